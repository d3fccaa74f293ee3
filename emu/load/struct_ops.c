/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * struct_ops variables: the kernel's type of the same name, member by member, and what the programs behind
 * function pointers attach to.
 * Mirrors bpf_map__init_kern_struct_ops(), find_struct_ops_kern_types() and
 * bpf_object_adjust_struct_ops_autoload(), tools/lib/bpf/libbpf.c. Values are filled in with program FDs only
 * when a map is attached, which loading does not do.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "load/private.h"

enum {
	NAME_LEN = 256,
	MAX_BTF_NAME = 128, /* mirrors BTF_MAX_NAME_SIZE */
};

static const char value_prefix[] = "bpf_struct_ops_";

/* One variable against the kernel. */
struct st_ops {
	struct bemu_load *ld;
	uint32_t map_idx;
	const struct bemu_obj_map *map;
	const struct btf_type *type; /* in the object */
	const struct bemu_btf *kernel; /* vmlinux or a module */
	uint32_t kernel_id, value_id, mod_idx;
};

static int fail_missing(struct st_ops *s, int err, const char *name)
{
	if (bemu_load_faulted(s->ld))
		return err;
	return bemu_fail(s->ld->env, err, BEMU_R_LOAD_STRUCT_OPS, s->map_idx,
			 "%s: no struct %s in kernel BTF", s->map->name, name);
}

/* Mirrors btf__find_by_name_kind() over a BTF with its base; -ENOENT. */
static int find_struct(struct st_ops *s, const char *name, uint32_t *id)
{
	*id = bemu_btf_find(s->kernel, name, BTF_KIND_STRUCT, false);
	return *id ? 0 : -ENOENT;
}

/*
 * Which of the two types is searched in modules: up to 1.2 neither, then the struct, since 1.6 the value, whose
 * name nobody else has. The other one must be in the same BTF or its base.
 */
static int find_types(struct st_ops *s)
{
	const char *full = bemu_btf_str(s->ld->obj->btf, s->type->name_off);
	bool modules = bemu_load_at_least(s->ld, BEMU_LIBBPF_1_5);
	bool value_first = bemu_load_at_least(s->ld, BEMU_LIBBPF_1_7);
	char name[NAME_LEN], value[NAME_LEN];
	int err, len;

	if (!full)
		full = "";
	snprintf(name, value_first ? 192 : sizeof(name), "%.*s",
		 modules ? (int)bemu_btf_essential_len(full) : (int)strnlen(full, NAME_LEN), full);
	len = snprintf(value, sizeof(value), "%s%s", value_prefix, name);

	s->mod_idx = UINT32_MAX;
	s->kernel = s->ld->kernel_btf;
	if (!s->kernel)
		return fail_missing(s, -ESRCH, name);
	if (!modules)
		err = find_struct(s, name, &s->kernel_id);
	else
		err = bemu_load_find_kernel_type(s->ld, value_first ? value : name, BTF_KIND_STRUCT,
						 value_first ? &s->value_id : &s->kernel_id,
						 &s->mod_idx);
	if (err)
		return fail_missing(s, err, value_first ? value : name);
	s->kernel = bemu_load_btf_of(s->ld, s->mod_idx);
	if (value_first)
		err = find_struct(s, name, &s->kernel_id);
	else
		err = len >= MAX_BTF_NAME ? -ENAMETOOLONG : find_struct(s, value, &s->value_id);
	return err ? fail_missing(s, err, value_first ? name : value) : 0;
}

/* The value type wraps the struct in one of its members. */
static int find_data_member(struct st_ops *s)
{
	const struct btf_type *value = bemu_btf_type(s->kernel, s->value_id);
	uint32_t i;

	for (i = 0; i < bemu_btf_vlen(value); i++)
		if (bemu_btf_members(value)[i].type == s->kernel_id)
			return 0;
	return bemu_fail(s->ld->env, -EINVAL, BEMU_R_LOAD_STRUCT_OPS, s->map_idx,
			 "%s: struct %s has no member of type [%u]", s->map->name,
			 bemu_btf_name(s->kernel, s->value_id), s->kernel_id);
}

/* Program behind a function pointer, UINT32_MAX when none. */
static uint32_t prog_of(const struct bemu_obj_map *map, uint32_t member_idx)
{
	uint32_t i;

	for (i = 0; i < map->nr_members; i++)
		if (map->funcs[i].member_idx == member_idx)
			return map->funcs[i].prog_idx;
	return UINT32_MAX;
}

/* The variable's bytes [off, off + len), as the ELF has them; a wild range reads as not zero. */
static bool is_zero(const struct bemu_obj_map *map, uint64_t off, uint64_t len)
{
	const char *data = map->data;
	uint64_t i;

	if (off > map->value_size || len > map->value_size - off)
		return false;
	for (i = 0; data && i < len; i++)
		if (data[off + i])
			return false;
	return true;
}

static int fail_member(struct st_ops *s, int err, const char *member, const char *what)
{
	return bemu_fail(s->ld->env, err, BEMU_R_LOAD_STRUCT_OPS, s->map_idx, "%s.%s: %s",
			 s->map->name, member, what);
}

static uint32_t find_member(const struct bemu_btf *btf, const struct btf_type *t, const char *name)
{
	uint32_t i;

	for (i = 0; i < bemu_btf_vlen(t); i++) {
		const char *s = bemu_btf_str(btf, bemu_btf_members(t)[i].name_off);

		if (s && !strcmp(s, name))
			break;
	}
	return i;
}

/* A program that several variables use must be the same member of the same struct for all of them, 1.4. */
static int attach_prog(struct st_ops *s, uint32_t prog_idx, const char *member, uint32_t member_idx)
{
	struct bemu_load_text *text = &s->ld->texts[prog_idx];
	bool shared = bemu_load_at_least(s->ld, BEMU_LIBBPF_1_5);

	if (s->mod_idx != UINT32_MAX)
		text->attach_btf_obj_fd = s->ld->modules[s->mod_idx].fd;
	if (!shared || !text->attach_btf_id) {
		text->attach_btf_id = s->kernel_id;
		text->expected_attach_type = member_idx;
	}
	if (text->attach_btf_id != s->kernel_id || text->expected_attach_type != member_idx)
		return fail_member(s, -EINVAL, member, "its program has another place already");
	return 0;
}

static int init_pointer(struct st_ops *s, uint32_t i, const char *name,
			const struct btf_type *kernel_type, uint32_t member_idx)
{
	const struct bemu_obj *obj = s->ld->obj;
	uint32_t prog_idx = prog_of(s->map, i);
	uint32_t off = bemu_btf_members(s->type)[i].offset / 8;
	const struct btf_type *target;

	if (prog_idx == UINT32_MAX) {
		/* since 1.4 whatever the slot holds is taken for a program */
		if (bemu_load_at_least(s->ld, BEMU_LIBBPF_1_5) && !is_zero(s->map, off, 8))
			return fail_member(s, -ENOTSUP, name, "not a struct_ops program");
		return 0;
	}
	if (obj->progs[prog_idx].type != BPF_PROG_TYPE_STRUCT_OPS)
		return fail_member(s, -ENOTSUP, name, "not a struct_ops program");
	target = bemu_btf_skip_mods(s->kernel, kernel_type->type, true, NULL);
	if (!target || bemu_btf_kind(target) != BTF_KIND_FUNC_PROTO)
		return fail_member(s, -ENOTSUP, name, "no pointer to a function in the kernel");
	return attach_prog(s, prog_idx, name, member_idx);
}

static int init_member(struct st_ops *s, uint32_t i)
{
	const struct bemu_btf *btf = s->ld->obj->btf;
	const struct btf_type *kernel = bemu_btf_type(s->kernel, s->kernel_id);
	const struct btf_member *member = &bemu_btf_members(s->type)[i];
	bool missing_ok = bemu_load_at_least(s->ld, BEMU_LIBBPF_1_5);
	const char *name = bemu_btf_str(btf, member->name_off);
	uint32_t off = member->offset / 8, idx, type_id, kernel_type_id;
	const struct btf_type *t, *kernel_t;
	int64_t size = -1, kernel_size;
	int err;

	name = name ? name : "";
	if (missing_ok) {
		err = bemu_btf_resolve_size(btf, member->type, &size);
		if (err)
			return fail_member(s, err, name, "a type without size");
	}
	idx = find_member(s->kernel, kernel, name);
	if (idx == bemu_btf_vlen(kernel)) {
		if (!missing_ok || prog_of(s->map, i) != UINT32_MAX ||
		    !is_zero(s->map, off, (uint64_t)size))
			return fail_member(s, -ENOTSUP, name, "set, and unknown to the kernel");
		return 0;
	}
	if (bemu_btf_member_bitfield_size(s->type, i) || bemu_btf_member_bitfield_size(kernel, idx))
		return fail_member(s, -ENOTSUP, name, "a bitfield");
	t = bemu_btf_skip_mods(btf, member->type, true, &type_id);
	kernel_t = bemu_btf_skip_mods(s->kernel, bemu_btf_members(kernel)[idx].type, true,
				      &kernel_type_id);
	if (!t || !kernel_t || bemu_btf_kind(t) != bemu_btf_kind(kernel_t))
		return fail_member(s, -ENOTSUP, name, "another kind of type in the kernel");
	if (bemu_btf_kind(t) == BTF_KIND_PTR)
		return init_pointer(s, i, name, kernel_t, idx);
	if (bemu_btf_resolve_size(btf, type_id, &size) ||
	    bemu_btf_resolve_size(s->kernel, kernel_type_id, &kernel_size) || size != kernel_size)
		return fail_member(s, -ENOTSUP, name, "another size in the kernel");
	return 0;
}

static int init_map(struct bemu_load *ld, uint32_t map_idx)
{
	const struct bemu_obj_map *map = &ld->obj->maps[map_idx];
	struct st_ops s = {
		.ld = ld,
		.map_idx = map_idx,
		.map = map,
		.type = bemu_btf_skip_mods(ld->obj->btf, map->struct_ops_type_id, true, NULL),
	};
	uint32_t i;
	int err;

	if (!s.type || bemu_btf_kind(s.type) != BTF_KIND_STRUCT)
		return fail_member(&s, -EINVAL, "", "no struct");
	err = find_types(&s);
	if (!err)
		err = find_data_member(&s);
	if (err)
		return err;
	if (s.mod_idx != UINT32_MAX)
		ld->map_states[map_idx].mod_btf_fd = ld->modules[s.mod_idx].fd;
	ld->map_states[map_idx].kernel_value_type_id = s.value_id;
	ld->maps[map_idx].value_size = bemu_btf_type(s.kernel, s.value_id)->size;
	for (i = 0; i < bemu_btf_vlen(s.type); i++) {
		err = bemu_env_step(ld->env, 1);
		if (!err)
			err = init_member(&s, i);
		if (err)
			return err;
	}
	return 0;
}

/* A program that only maps use which are not created is not loaded; one that nobody uses stays as it is. */
static void adjust_autoload(struct bemu_load *ld, uint32_t prog_idx)
{
	const struct bemu_obj *obj = ld->obj;
	bool used = false, wanted = false;
	uint32_t i, j;

	for (i = 0; i < obj->nr_maps; i++) {
		if (obj->maps[i].kind != BEMU_MAP_STRUCT_OPS)
			continue;
		for (j = 0; j < obj->maps[i].nr_members; j++)
			if (obj->maps[i].funcs[j].prog_idx == prog_idx) {
				used = true;
				wanted |= ld->map_autocreate[i];
			}
	}
	if (used)
		ld->texts[prog_idx].autoload = wanted;
}

int bemu_load_struct_ops(struct bemu_load *ld)
{
	bool since_1_4 = bemu_load_at_least(ld, BEMU_LIBBPF_1_5);
	const struct bemu_obj *obj = ld->obj;
	uint32_t i;
	int err;

	for (i = 0; i < obj->nr_maps; i++) {
		if (obj->maps[i].kind != BEMU_MAP_STRUCT_OPS ||
		    (since_1_4 && !ld->map_autocreate[i]))
			continue;
		err = init_map(ld, i);
		if (err)
			return err;
	}
	for (i = 0; i < obj->nr_progs && since_1_4; i++)
		if (obj->progs[i].type == BPF_PROG_TYPE_STRUCT_OPS)
			adjust_autoload(ld, i);
	return 0;
}
