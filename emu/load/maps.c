/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Maps: numbers reserved at open, creation with its retries, first contents, inner maps, slots.
 *
 * Since 1.4 a map's number is that of a memory file made at open; creating the map moves the new object
 * onto it:   memfd -> 5    MAP_CREATE -> 9    dup3(9, 5)    close(9)
 *
 * Mirrors comments without a path mean tools/lib/bpf/libbpf.c of libbpf 1.7.
 */
#include <errno.h>
#include <string.h>

#include <bemu/quirks.h>

#include "load/private.h"

enum {
	MEMFD_CLOEXEC = 1,
	MEMFD_NOEXEC_SEAL = 8,
	PROT_RD = 1,
	PROT_WR = 2,
	PAGE = 4096,
};

static int placeholder(struct bemu_load *ld)
{
	static const char name[] = "libbpf-placeholder-fd";
	unsigned int flags = MEMFD_CLOEXEC;
	long kret = 0;
	int err;

	if (bemu_load_at_least(ld, BEMU_LIBBPF_1_7))
		flags |= MEMFD_NOEXEC_SEAL;
	err = bemu_load_latch(ld, ld->be.ops->memfd_create(ld->be.ctx, name, flags, &kret));
	if (!err && kret == -EINVAL && flags & MEMFD_NOEXEC_SEAL)
		err = bemu_load_latch(ld, ld->be.ops->memfd_create(ld->be.ctx, name, MEMFD_CLOEXEC,
								   &kret));
	return err ? err : bemu_load_good_fd(ld, (int)kret);
}

static int reserve(struct bemu_load *ld, uint32_t map_idx, int *out)
{
	int fd = placeholder(ld);

	if (fd < 0) {
		if (bemu_load_faulted(ld))
			return fd;
		return bemu_fail(ld->env, fd, BEMU_R_LOAD_OPEN, map_idx,
				 "no number could be reserved for map %s",
				 ld->obj->maps[map_idx].name);
	}
	*out = fd;
	return 0;
}

/* Mirrors create_placeholder_fd() and its two callers, 1.4. */
int bemu_load_reserve_maps(struct bemu_load *ld)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < ld->obj->nr_maps && !err; i++) {
		err = reserve(ld, i, &ld->map_fds[i]);
		if (!err && ld->obj->maps[i].inner)
			err = reserve(ld, i, &ld->inner_fds[i]);
	}
	return err;
}

/* Mirrors bpf_map__is_internal(): maps that libbpf made of a section. */
static bool is_internal(const struct bemu_obj_map *def)
{
	return def->kind == BEMU_MAP_DATA || def->kind == BEMU_MAP_BSS ||
	       def->kind == BEMU_MAP_RODATA || def->kind == BEMU_MAP_KCONFIG;
}

static bool is_constant(const struct bemu_obj_map *def)
{
	return def->kind == BEMU_MAP_RODATA || def->kind == BEMU_MAP_KCONFIG;
}

static bool is_map_in_map(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* Mirrors bpf_object__sanitize_maps(). */
int bemu_load_sanitize_maps(struct bemu_load *ld)
{
	uint32_t i;

	for (i = 0; i < ld->obj->nr_maps; i++) {
		int ret;

		if (!is_internal(&ld->obj->maps[i]))
			continue;
		ret = bemu_load_feature(ld, BEMU_FEAT_ARRAY_MMAP);
		if (ret < 0)
			return ret;
		if (!ret)
			ld->maps[i].map_flags &= ~(uint32_t)BPF_F_MMAPABLE;
	}
	return 0;
}

/* Mirrors map_set_def_max_entries(). */
static void set_max_entries(const struct bemu_load *ld, uint32_t type, struct bemu_load_map *map)
{
	if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && !map->max_entries)
		map->max_entries = ld->opts.nr_cpus;
}

/* Map types whose keys and values the kernel does not describe with BTF. */
static bool takes_no_btf(const struct bemu_load *ld, uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_STACK_TRACE:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_XSKMAP:
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_SOCKHASH:
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
		return true;
	case BEMU_BPF_MAP_TYPE_ARENA:
		return bemu_load_at_least(ld, BEMU_LIBBPF_1_5);
	default:
		return false;
	}
}

/* Everything but the inner map and the name. */
static void fill_attr(const struct bemu_load *ld, const struct bemu_obj_map *def,
		      const struct bemu_load_map_state *state, struct bemu_load_map *map,
		      struct bemu_attr_map_create *attr)
{
	bool newer = bemu_load_at_least(ld, BEMU_LIBBPF_1_5);

	attr->map_type = def->type;
	attr->key_size = def->key_size;
	attr->value_size = map->value_size;
	attr->max_entries = map->max_entries;
	attr->map_flags = map->map_flags;
	attr->numa_node = def->numa_node;
	attr->map_extra = def->map_extra;
	if (ld->token_fd > 0) {
		attr->map_flags |= BEMU_BPF_F_TOKEN_FD;
		attr->map_token_fd = ld->token_fd;
	}
	if (def->kind == BEMU_MAP_STRUCT_OPS) {
		attr->btf_vmlinux_value_type_id = state->kernel_value_type_id;
		if (newer && state->mod_btf_fd >= 0) {
			attr->value_type_btf_obj_fd = state->mod_btf_fd;
			attr->map_flags |= BEMU_BPF_F_VTYPE_BTF_OBJ_FD;
		}
	}
	if (takes_no_btf(ld, def->type)) {
		map->key_type_id = 0;
		map->value_type_id = 0;
	} else if (ld->btf_fd >= 0) {
		attr->btf_fd = (uint32_t)ld->btf_fd;
		attr->btf_key_type_id = map->key_type_id;
		attr->btf_value_type_id = map->value_type_id;
		if (newer && def->type == BPF_MAP_TYPE_STRUCT_OPS)
			attr->btf_value_type_id = 0;
	}
}

static void set_name(struct bemu_attr_map_create *attr, const char *name)
{
	memset(attr->map_name, 0, sizeof(attr->map_name));
	memcpy(attr->map_name, name, strnlen(name, sizeof(attr->map_name) - 1));
}

static int create(struct bemu_load *ld, uint32_t map_idx, const struct bemu_obj_map *def,
		  struct bemu_load_map *map, int *fixed_fd);

/* Mirrors the inner half of bpf_object__create_map(): its FD is *fixed_fd of the inner map. */
static int create_inner(struct bemu_load *ld, uint32_t map_idx)
{
	const struct bemu_obj_map *def = ld->obj->maps[map_idx].inner;
	struct bemu_load_map map = {
		.fd = -1,
		.max_entries = def->max_entries,
		.value_size = def->value_size,
		.key_type_id = def->btf_key_type_id,
		.value_type_id = def->btf_value_type_id,
		.map_flags = def->map_flags,
	};

	if (bemu_load_at_least(ld, BEMU_LIBBPF_1_5))
		set_max_entries(ld, def->type, &map);
	return create(ld, map_idx, def, &map, &ld->inner_fds[map_idx]);
}

/*
 * Mirrors bpf_object__create_map(): once more without BTF ids when the kernel refuses, the inner map
 * closed as soon as the outer one was tried.
 */
static int create(struct bemu_load *ld, uint32_t map_idx, const struct bemu_obj_map *def,
		  struct bemu_load_map *map, int *fixed_fd)
{
	const struct bemu_load_map_state *state = &ld->map_states[map_idx];
	struct bemu_attr_map_create attr = { 0 }, retry;
	bool outer = def == &ld->obj->maps[map_idx];
	int fd, err, named;

	named = bemu_load_feature(ld, BEMU_FEAT_PROG_NAME);
	if (named < 0)
		return named;
	if (named)
		set_name(&attr, def->name);
	fill_attr(ld, def, state, map, &attr);
	if (outer && is_map_in_map(def->type) && def->inner) {
		err = create_inner(ld, map_idx);
		if (err)
			return err;
		attr.inner_map_fd = (uint32_t)ld->inner_fds[map_idx];
	}
	if (ld->opts.gen) {
		ld->opts.gen->create_map(ld->opts.gen->ctx, &attr, outer ? map_idx : UINT32_MAX);
		if (*fixed_fd < 0)
			*fixed_fd = 0; /* as if there were one, for all who ask; until 1.3 */
		if (outer && is_map_in_map(def->type))
			ld->inner_fds[map_idx] = -1; /* a reserved number is left behind */
		return 0;
	}
	retry = attr;
	fd = bemu_load_map_create(ld, &attr);
	if (fd < 0 && !bemu_load_faulted(ld) &&
	    (retry.btf_key_type_id || retry.btf_value_type_id)) {
		bemu_note(ld->env, BEMU_R_LOAD_MAP_CREATE, map_idx,
			  "map %s with BTF types is refused (%d), trying without", def->name, fd);
		retry.btf_fd = 0;
		retry.btf_key_type_id = 0;
		retry.btf_value_type_id = 0;
		map->key_type_id = 0;
		map->value_type_id = 0;
		fd = bemu_load_map_create(ld, &retry);
	}
	if (fd < 0 && bemu_load_quirk(ld, BEMU_QUIRK_LB_INNERMAP_LEAK))
		ld->inner_fds[map_idx] = -1; /* nobody knows of it any more */
	if (outer && is_map_in_map(def->type) && bemu_load_zclose(ld, &ld->inner_fds[map_idx])) {
		err = bemu_load_zclose(ld, &fd);
		return err ? err : ld->fault;
	}
	if (fd < 0) {
		if (bemu_load_faulted(ld))
			return fd;
		return bemu_fail(ld->env, fd, BEMU_R_LOAD_MAP_CREATE, map_idx,
				 "map %s, type %u, is refused", def->name, def->type);
	}
	if (*fixed_fd >= 0)
		return bemu_load_move_fd(ld, *fixed_fd, fd);
	*fixed_fd = fd;
	return 0;
}

int bemu_load_map_update(struct bemu_load *ld, int map_fd, const void *key, const void *value)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map_fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	return bemu_load_bpf_ret(ld, BPF_MAP_UPDATE_ELEM, &attr,
				 offsetof(union bpf_attr, flags) + sizeof(attr.flags));
}

int bemu_load_map_freeze(struct bemu_load *ld, int map_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map_fd;
	return bemu_load_bpf_ret(ld, BPF_MAP_FREEZE, &attr,
				 offsetof(union bpf_attr, map_fd) + sizeof(attr.map_fd));
}

/* Mirrors bpf_map_mmap_sz() of an array. */
static size_t image_len(const struct bemu_load_map *map)
{
	size_t len = (((size_t)map->value_size + 7) & ~(size_t)7) * map->max_entries;

	return (len + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static int map_memory(struct bemu_load *ld, uint32_t map_idx, size_t len, int prot)
{
	struct bemu_load_map_state *state = &ld->map_states[map_idx];
	void *addr = NULL;
	long kret = 0;
	int err;

	err = bemu_load_latch(ld, ld->be.ops->mmap(ld->be.ctx, ld->map_fds[map_idx], len, prot,
						   &addr, &kret));
	if (err)
		return err;
	if (kret < 0)
		return bemu_fail(ld->env, (int)kret, BEMU_R_LOAD_MAP_DATA, map_idx,
				 "map %s cannot be mapped", ld->obj->maps[map_idx].name);
	state->mapped = addr;
	state->mapped_len = len;
	return 0;
}

int bemu_load_unmap(struct bemu_load *ld, uint32_t map_idx)
{
	struct bemu_load_map_state *state = &ld->map_states[map_idx];
	long kret;
	int err;

	if (!state->mapped)
		return 0;
	err = ld->be.ops->munmap(ld->be.ctx, state->mapped, state->mapped_len, &kret);
	state->mapped = NULL;
	return bemu_load_latch(ld, err);
}

/*
 * Mirrors bpf_object__populate_internal_map(): the image becomes element 0. The kernel's memory takes the
 * image's place since 1.5; before, only skeletons did that.
 */
static int populate(struct bemu_load *ld, uint32_t map_idx)
{
	const struct bemu_obj_map *def = &ld->obj->maps[map_idx];
	struct bemu_load_map *map = &ld->maps[map_idx];
	const void *image = ld->map_data[map_idx] ? ld->map_data[map_idx] : def->data;
	const uint32_t zero = 0;
	int err;

	if (!image) {
		image = ld->map_data[map_idx] = bemu_zalloc(ld->env, map->value_size);
		if (!image)
			return -ENOMEM;
	}
	if (ld->opts.gen) {
		ld->opts.gen->fill_map(ld->opts.gen->ctx, map_idx, image, map->value_size);
		map->frozen = is_constant(def);
		if (map->frozen)
			ld->opts.gen->freeze_map(ld->opts.gen->ctx, map_idx);
		return 0;
	}
	err = bemu_load_map_update(ld, ld->map_fds[map_idx], &zero, image);
	if (err)
		goto fail;
	if (is_constant(def)) {
		err = bemu_load_map_freeze(ld, ld->map_fds[map_idx]);
		if (err)
			goto fail;
		map->frozen = true;
	}
	if (bemu_load_at_least(ld, BEMU_LIBBPF_1_5) && map->map_flags & BPF_F_MMAPABLE)
		return map_memory(ld, map_idx, image_len(map),
				  map->map_flags & BPF_F_RDONLY_PROG ? PROT_RD : PROT_RD | PROT_WR);
	return 0;
fail:
	if (bemu_load_faulted(ld))
		return err;
	return bemu_fail(ld->env, err, BEMU_R_LOAD_MAP_DATA, map_idx,
			 "first contents of map %s are refused", def->name);
}

/* Mirrors the arena's part of bpf_object__create_maps(), 1.4. */
static int map_arena(struct bemu_load *ld, uint32_t map_idx)
{
	struct bemu_load_map_state *state = &ld->map_states[map_idx];
	size_t len = (size_t)PAGE * ld->maps[map_idx].max_entries;
	int err = map_memory(ld, map_idx, len, PROT_RD | PROT_WR);

	/* the object's parser checked that the globals fit */
	if (!err && ld->obj->arena_data && state->mapped)
		memcpy((char *)state->mapped + ld->arena_data_off, ld->obj->arena_data,
		       ld->obj->arena_data_len);
	return err;
}

/* Mirrors init_map_in_map_slots() and init_prog_array_slots(). */
static int fill_slots(struct bemu_load *ld, uint32_t map_idx, bool progs)
{
	const struct bemu_obj_map *def = &ld->obj->maps[map_idx];
	uint32_t i;

	for (i = 0; i < def->nr_slots; i++) {
		uint32_t target = def->slots[i];
		int fd, err;

		if (progs && ld->opts.gen)
			return bemu_fail(ld->env, -ENOTSUP, BEMU_R_LOAD_MAP_SLOT, map_idx,
					 "slots of program array %s: a loader cannot fill them",
					 def->name);
		if (target == BEMU_OBJ_NO_SLOT)
			continue;
		if (ld->opts.gen) {
			ld->opts.gen->fill_slot(ld->opts.gen->ctx, map_idx, i, target);
			continue;
		}
		fd = progs ? ld->progs[target].fd : ld->map_fds[target];
		if (progs && fd < 0)
			fd = -ENOENT; /* bpf_program__fd()'s error is passed on as a number */
		err = bemu_load_map_update(ld, ld->map_fds[map_idx], &i, &fd);
		if (err && bemu_load_faulted(ld))
			return err;
		if (err)
			return bemu_fail(ld->env, err, BEMU_R_LOAD_MAP_SLOT, map_idx,
					 "slot %u of map %s cannot hold %s, FD %d", i, def->name,
					 progs ? ld->obj->progs[target].name
					       : ld->obj->maps[target].name,
					 fd);
	}
	return 0;
}

/* Mirrors bpf_object_init_prog_arrays(); in 1.1 the map that was not filled is closed at once. */
int bemu_load_prog_slots(struct bemu_load *ld)
{
	uint32_t i;
	int err;

	for (i = 0; i < ld->obj->nr_maps; i++) {
		if (ld->obj->maps[i].type != BPF_MAP_TYPE_PROG_ARRAY)
			continue;
		err = fill_slots(ld, i, true);
		if (!err)
			continue;
		if (!bemu_load_faulted(ld) && !bemu_load_at_least(ld, BEMU_LIBBPF_1_5) &&
		    bemu_load_zclose(ld, &ld->map_fds[i]))
			return ld->fault;
		return err;
	}
	return 0;
}

/* A map that was not reused. In 1.1 a failure after its creation closes it at once. */
static int make(struct bemu_load *ld, uint32_t map_idx)
{
	const struct bemu_obj_map *def = &ld->obj->maps[map_idx];
	struct bemu_load_map *map = &ld->maps[map_idx];
	int err = create(ld, map_idx, def, map, &ld->map_fds[map_idx]);

	if (err)
		return err;
	map->created = true;
	map->fd = ld->map_fds[map_idx];
	if (is_internal(def))
		err = populate(ld, map_idx);
	else if (def->type == BEMU_BPF_MAP_TYPE_ARENA && bemu_load_at_least(ld, BEMU_LIBBPF_1_5))
		err = map_arena(ld, map_idx);
	if (!err && def->type != BPF_MAP_TYPE_PROG_ARRAY) {
		err = fill_slots(ld, map_idx, false);
		if (err && bemu_load_quirk(ld, BEMU_QUIRK_LB_SLOT_INIT_LEAK))
			ld->map_fds[map_idx] = -1; /* only the maps before this one are closed */
	}
	if (err && !bemu_load_faulted(ld) && !bemu_load_at_least(ld, BEMU_LIBBPF_1_5) &&
	    bemu_load_zclose(ld, &ld->map_fds[map_idx]))
		return ld->fault;
	return err;
}

/* One map of bpf_object__create_maps(): reuse or make, then pin; found pinned meanwhile, once more. */
static int make_or_reuse(struct bemu_load *ld, uint32_t map_idx)
{
	const struct bemu_obj_map *def = &ld->obj->maps[map_idx];
	bool by_number = !bemu_load_at_least(ld, BEMU_LIBBPF_1_5), retried = false;
	int err;

	for (;;) {
		if (def->pinned) {
			err = bemu_load_reuse_pinned(ld, map_idx);
			if (err)
				return err;
			if (retried && ld->map_fds[map_idx] < 0)
				return bemu_fail(
					ld->env, -ENOENT, BEMU_R_LOAD_MAP_PIN, map_idx,
					"map %s was pinned by someone else, and is gone again",
					def->name);
		}
		if (by_number ? ld->map_fds[map_idx] < 0 : !ld->maps[map_idx].reused) {
			err = make(ld, map_idx);
			if (err)
				return err;
		}
		if (!def->pinned || ld->map_states[map_idx].pinned)
			return 0;
		err = bemu_load_pin(ld, map_idx);
		if (!err || bemu_load_faulted(ld))
			return err;
		if (by_number && bemu_load_zclose(ld, &ld->map_fds[map_idx]))
			return ld->fault;
		if (retried || err != -EEXIST)
			return bemu_fail(ld->env, err, BEMU_R_LOAD_MAP_PIN, map_idx,
					 "map %s cannot be pinned at %s", def->name, def->pin_path);
		retried = true;
	}
}

int bemu_load_create_maps(struct bemu_load *ld)
{
	uint32_t i, j;
	int err, ret;

	for (i = 0; i < ld->obj->nr_maps; i++) {
		if (is_internal(&ld->obj->maps[i])) {
			ret = bemu_load_feature(ld, BEMU_FEAT_GLOBAL_DATA);
			if (ret < 0)
				return ret;
			if (!ret)
				ld->map_autocreate[i] = false;
		}
		if (!ld->map_autocreate[i])
			continue;
		set_max_entries(ld, ld->obj->maps[i].type, &ld->maps[i]);
		err = make_or_reuse(ld, i);
		if (!err)
			continue;
		for (j = 0; j < i && !bemu_load_faulted(ld); j++)
			if (bemu_load_zclose(ld, &ld->map_fds[j]))
				return ld->fault;
		return err;
	}
	return 0;
}
