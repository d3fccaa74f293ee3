/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Special fields of structures that programs may allocate: locks, list and tree nodes and roots,
 * reference counts, kernel pointers. Mirrors btf_parse_struct_metas(), btf_parse_fields() and
 * btf_check_and_fixup_fields(), kernel/bpf/btf.c, v6.18. Nothing here writes to the log.
 *
 * Only structures with a direct member of a special type are looked at; those are found by the names
 * of types, and kernel pointers by their type tag.
 */
#include <string.h>

#include "sys/kbtf.h"

enum field {
	SPIN_LOCK = 1 << 0,
	RES_SPIN_LOCK = 1 << 1,
	LIST_HEAD = 1 << 2,
	LIST_NODE = 1 << 3,
	RB_ROOT = 1 << 4,
	RB_NODE = 1 << 5,
	REFCOUNT = 1 << 6,
	KPTR_UNREF = 1 << 7,
	KPTR_REF = 1 << 8,
	KPTR_PERCPU = 1 << 9,
	KPTR = KPTR_UNREF | KPTR_REF | KPTR_PERCPU,
	ROOT = LIST_HEAD | RB_ROOT,
	NODE = LIST_NODE | RB_NODE,
	MAX_FIELDS = 11, /* BTF_FIELDS_MAX */
	SPECIAL = 3, /* in place of a type's state, which is not needed any more */
};

/*
 * @size, @align: of the kernel's type
 * @finds:        a structure with a member of this type is looked at
 * @unique:       a structure has only one
 */
static const struct special {
	const char *name;
	enum field field;
	uint8_t size, align;
	bool finds, unique;
} specials[] = {
	{ "bpf_spin_lock", SPIN_LOCK, 4, 4, true, true },
	{ "bpf_res_spin_lock", RES_SPIN_LOCK, 4, 4, false, true },
	{ "bpf_list_head", LIST_HEAD, 16, 8, true, false },
	{ "bpf_list_node", LIST_NODE, 24, 8, true, false },
	{ "bpf_rb_root", RB_ROOT, 16, 8, true, false },
	{ "bpf_rb_node", RB_NODE, 32, 8, true, false },
	{ "bpf_refcount", REFCOUNT, 4, 4, true, false },
	{ "", KPTR_REF, 8, 8, false, false }, /* every other name; has to be last */
};

/* Kernel structures that a referenced pointer may point to, each if its destructor is there. */
static const struct {
	const char *type, *dtor;
} dtors[] = {
	{ "task_struct", "bpf_task_release_dtor" },
	{ "cgroup", "bpf_cgroup_release_dtor" },
	{ "bpf_cpumask", "bpf_cpumask_release_dtor" },
	{ "bpf_crypto_ctx", "bpf_crypto_ctx_release_dtor" },
	{ "prog_test_ref_kfunc", "bpf_kfunc_call_test_release_dtor" },
	{ "prog_test_member", "bpf_kfunc_call_memb_release_dtor" },
	{ "sk_buff", "bpf_kfree_skb_dtor" },
};

/* @target: what a pointer points to, or the type that a root holds by its member @node */
struct field_info {
	enum field field;
	uint32_t off;
	uint32_t size;
	uint32_t target;
	const char *node;
};

/* What is known of a structure that was looked at; mirrors struct btf_struct_meta. */
struct meta {
	uint32_t id;
	uint32_t mask;
	uint32_t nr_roots;
	uint32_t roots[MAX_FIELDS];
};

struct finder {
	struct bemu_kbtf_check *c;
	bool has_kptrs; /* v6.12, 7a851ecb1806: kernel pointers; nested structures, and arrays */
	struct meta *metas;
	uint32_t nr_metas, cap_metas;
};

/* What has no name is called "(anon)" here as in the log, and compared as such. */
static const char *name_of(const struct bemu_kbtf_check *c, const struct btf_type *t)
{
	return bemu_kbtf_name(c, t->name_off);
}

/* Mirrors btf_find_by_name_kind() for structures, with a name that need not end: 0 or -ENOENT. */
static int find_struct(struct bemu_kbtf_check *c, const char *name, size_t len, uint32_t *out)
{
	const char *other;
	uint32_t id;

	if (bemu_env_step(c->env, c->nr))
		return -EDQUOT;
	for (id = 1; id < c->nr; id++) {
		if (c->kind[id] != BTF_KIND_STRUCT)
			continue;
		other = bemu_kbtf_str(c, bemu_kbtf_type(c, id)->name_off);
		if (!strncmp(other, name, len) && !other[len]) {
			*out = id;
			return 0;
		}
	}
	return -ENOENT;
}

/* Mirrors btf_find_kptr(): a field (its bit), 0, or -EINVAL for tags that nobody knows. */
static int find_kptr(const struct bemu_kbtf_check *c, uint32_t id, uint32_t *target)
{
	const struct btf_type *t = bemu_kbtf_type(c, id);
	enum field field;
	const char *tag;
	uint32_t next;

	if (bemu_btf_kind(t) == BTF_KIND_VOLATILE)
		t = bemu_kbtf_type(c, t->type);
	if (bemu_btf_kind(t) != BTF_KIND_PTR)
		return 0;
	t = bemu_kbtf_type(c, t->type);
	if (bemu_btf_kind(t) != BTF_KIND_TYPE_TAG || bemu_btf_kflag(t))
		return 0;
	if (c->kind[t->type] == BTF_KIND_TYPE_TAG)
		return -EINVAL;
	tag = name_of(c, t);
	if (!strcmp(tag, "kptr_untrusted"))
		field = KPTR_UNREF;
	else if (!strcmp(tag, "kptr"))
		field = KPTR_REF;
	else if (!strcmp(tag, "percpu_kptr"))
		field = KPTR_PERCPU;
	else
		return strcmp(tag, "uptr") ? -EINVAL : 0;
	/* the chain is no longer than the tag check allows */
	for (next = t->type; 1u << c->kind[next] & BEMU_KIND_MODIFIER;)
		next = bemu_kbtf_type(c, next)->type;
	if (c->kind[next] != BTF_KIND_STRUCT)
		return -EINVAL;
	*target = next;
	return (int)field;
}

/* Mirrors btf_find_next_decl_tag(): an id behind @last, 0, or -EDQUOT. */
static int next_decl_tag(struct bemu_kbtf_check *c, uint32_t id, uint32_t member_idx,
			 const char *key, uint32_t last, uint32_t *out)
{
	*out = 0;
	if (bemu_env_step(c->env, c->nr))
		return -EDQUOT;
	for (last++; last < c->nr; last++) {
		const struct btf_type *t = bemu_kbtf_type(c, last);

		if (c->kind[last] != BTF_KIND_DECL_TAG || t->type != id ||
		    bemu_btf_decl_tag(t)->component_idx != (int32_t)member_idx ||
		    strncmp(name_of(c, t), key, strlen(key)) != 0)
			continue;
		*out = last;
		return 0;
	}
	return 0;
}

/* Mirrors btf_find_graph_root(): a tag "contains:TYPE:MEMBER" says what a root holds. */
static int find_root(struct bemu_kbtf_check *c, uint32_t id, uint32_t member_idx,
		     struct field_info *info)
{
	static const char key[] = "contains:";
	uint32_t tag, second = 0;
	const char *value, *colon;
	int err;

	err = next_decl_tag(c, id, member_idx, key, 0, &tag);
	if (!err && tag)
		err = next_decl_tag(c, id, member_idx, key, tag, &second);
	if (err)
		return err;
	if (!tag || second)
		return -EINVAL;
	value = name_of(c, bemu_kbtf_type(c, tag)) + sizeof(key) - 1;
	colon = strchr(value, ':');
	if (!colon)
		return -EINVAL;
	err = find_struct(c, value, (size_t)(colon - value), &info->target);
	if (err)
		return err;
	if (!colon[1])
		return -EINVAL;
	info->node = colon + 1;
	return 0;
}

static int find_fields(struct finder *f, uint32_t id, struct field_info *out, uint32_t room,
		       uint32_t level);

/* Mirrors btf_repeat_fields(): the fields of one element for the others of an array. */
static int repeat(struct field_info *info, uint32_t room, uint32_t nr, uint32_t nr_elems,
		  uint32_t elem_size)
{
	uint32_t i, j, cur = nr;

	for (i = 0; i < nr; i++)
		if (!(info[i].field & (KPTR | ROOT)))
			return -EINVAL;
	if (nr * nr_elems > room)
		return -E2BIG;
	for (i = 1; i < nr_elems && nr; i++) {
		for (j = 0; j < nr && cur < room; j++, cur++) {
			info[cur] = info[j];
			info[cur].off += i * elem_size;
		}
	}
	return 0;
}

/* Mirrors btf_find_nested_struct(). */
static int find_nested(struct finder *f, uint32_t id, uint32_t off, uint32_t nr_elems,
		       struct field_info *out, uint32_t room, uint32_t level)
{
	int nr, err, i;

	if (++level >= BEMU_K_MAX_RESOLVE_DEPTH)
		return -E2BIG;
	nr = find_fields(f, id, out, room, level);
	if (nr <= 0)
		return nr;
	for (i = 0; i < nr; i++)
		out[i].off += off;
	if (nr_elems < 2)
		return nr;
	err = repeat(out, room, (uint32_t)nr, nr_elems, bemu_kbtf_type(f->c, id)->size);
	return err ? err : (int)((uint32_t)nr * nr_elems);
}

/* Mirrors btf_get_field_type(). NULL: no special type. */
static const struct special *special_of(const struct finder *f, uint32_t id)
{
	const char *name = name_of(f->c, bemu_kbtf_type(f->c, id));
	const struct special *s;

	for (s = specials; s->name[0]; s++) {
		if (s->field == RES_SPIN_LOCK && !bemu_model_has(f->c->model, BEMU_KF_TAG_KFLAG))
			continue; /* v6.15 */
		if (!strcmp(name, s->name))
			return s;
	}
	return f->has_kptrs && f->c->kind[id] != BTF_KIND_STRUCT ? s : NULL;
}

/* One special member of structure @id: 1, 0 when it is none after all, or an error. */
static int take_field(struct finder *f, const struct special *s, uint32_t id, uint32_t member_idx,
		      uint32_t type, struct field_info *info)
{
	struct bemu_kbtf_check *c = f->c;
	int res;

	info->field = s->field;
	info->size = s->size;
	if (s->field == KPTR_REF) {
		res = find_kptr(c, type, &info->target);
		if (res <= 0)
			return res;
		info->field = (enum field)res;
		return 1;
	}
	if (c->kind[type] != BTF_KIND_STRUCT || bemu_kbtf_type(c, type)->size != s->size)
		return 0;
	if (s->field & ROOT) {
		res = find_root(c, id, member_idx, info);
		if (res)
			return res;
	}
	return 1;
}

/* Mirrors btf_find_field_one(): how many fields member @member_idx of structure @id brings. */
static int find_in_member(struct finder *f, uint32_t id, uint32_t member_idx, uint32_t type,
			  uint32_t off, uint32_t *seen, struct field_info *out, uint32_t room,
			  uint32_t level)
{
	struct bemu_kbtf_check *c = f->c;
	struct field_info info = { .off = off };
	const struct special *s;
	uint32_t nr_elems = 1, i;
	int res;

	for (i = 0; f->has_kptrs && c->kind[type] == BTF_KIND_ARRAY; i++) {
		if (i == BEMU_K_MAX_RESOLVE_DEPTH)
			return -E2BIG;
		nr_elems *= bemu_btf_array(bemu_kbtf_type(c, type))->nelems;
		type = bemu_btf_array(bemu_kbtf_type(c, type))->type;
	}
	if (!nr_elems)
		return 0;
	s = special_of(f, type);
	if (!s) {
		if (!f->has_kptrs || c->kind[type] != BTF_KIND_STRUCT)
			return 0;
		return find_nested(f, type, off, nr_elems, out, room, level);
	}
	if (s->unique) {
		if (*seen & s->field)
			return -E2BIG;
		*seen |= s->field;
	}
	if (off % s->align)
		return 0;
	res = take_field(f, s, id, member_idx, type, &info);
	if (res <= 0)
		return res;
	if (!room)
		return -E2BIG;
	out[0] = info;
	if (nr_elems > 1) {
		res = repeat(out, room, 1, nr_elems, s->size);
		if (res)
			return res;
	}
	return (int)nr_elems;
}

/* Mirrors btf_find_struct_field(). */
static int find_fields(struct finder *f, uint32_t id, struct field_info *out, uint32_t room,
		       uint32_t level)
{
	const struct btf_type *t = bemu_kbtf_type(f->c, id);
	uint32_t nr = 0, seen = 0, off, i;
	int res;

	for (i = 0; i < bemu_btf_vlen(t); i++) {
		if (bemu_env_step(f->c->env, 1))
			return -EDQUOT;
		off = bemu_btf_member_bit_off(t, i);
		if (off % 8)
			return -EINVAL;
		res = find_in_member(f, id, i, bemu_btf_members(t)[i].type, off / 8, &seen,
				     out + nr, room - nr, level);
		if (res < 0)
			return res;
		nr += (uint32_t)res;
	}
	return (int)nr;
}

/* The first structure of vmlinux, then of the modules, with a name; mirrors bpf_find_btf_id(). */
static int find_kernel_struct(struct bemu_model *model, const char *name,
			      const struct bemu_btf **out)
{
	const struct bemu_module *mod;

	if (!model->vmlinux)
		return -EINVAL;
	*out = model->vmlinux->btf;
	if (bemu_btf_find(*out, name, BTF_KIND_STRUCT, false))
		return 0;
	for (mod = model->modules; mod; mod = mod->next) {
		if (!mod->btf)
			continue;
		*out = mod->btf->btf;
		if (bemu_btf_find(*out, name, BTF_KIND_STRUCT, true))
			return 0;
	}
	return -ENOENT;
}

/* Mirrors btf_parse_kptr(). */
static int check_kptr(struct finder *f, const struct field_info *info)
{
	const char *name = name_of(f->c, bemu_kbtf_type(f->c, info->target));
	const struct bemu_btf *btf = NULL;
	size_t i;
	int err = find_kernel_struct(f->c->model, name, &btf);

	if (err == -ENOENT)
		return 0; /* a type of the program itself */
	if (err || info->field != KPTR_REF)
		return err;
	for (i = 0; i < BEMU_ARRAY_SIZE(dtors); i++)
		if (!strcmp(name, dtors[i].type) &&
		    bemu_btf_find(btf, dtors[i].dtor, BTF_KIND_FUNC, false))
			return 0;
	return -ENOENT;
}

/* Mirrors btf_parse_graph_root(). */
static int check_root(struct finder *f, const struct field_info *info)
{
	struct bemu_kbtf_check *c = f->c;
	const struct btf_type *t = bemu_kbtf_type(c, info->target);
	const char *node_type = info->field == LIST_HEAD ? "bpf_list_node" : "bpf_rb_node";
	const struct btf_member *m = bemu_btf_members(t);
	bool found = false;
	uint32_t i, off;

	for (i = 0; i < bemu_btf_vlen(t); i++) {
		if (strcmp(info->node, bemu_kbtf_name(c, m[i].name_off)) != 0)
			continue;
		if (found || c->kind[m[i].type] != BTF_KIND_STRUCT ||
		    strcmp(node_type, name_of(c, bemu_kbtf_type(c, m[i].type))) != 0)
			return -EINVAL;
		found = true;
		/* as the kernel has it: the flag is asked of the node's type */
		off = bemu_btf_kflag(bemu_kbtf_type(c, m[i].type))
			      ? BTF_MEMBER_BIT_OFFSET(m[i].offset)
			      : m[i].offset;
		if (off % 64)
			return -EINVAL;
	}
	return found ? 0 : -ENOENT;
}

static int check_info(struct finder *f, const struct field_info *info)
{
	if (info->field & KPTR)
		return check_kptr(f, info);
	return info->field & ROOT ? check_root(f, info) : 0;
}

/* Mirrors btf_parse_fields(). */
static int parse_fields(struct finder *f, uint32_t id, struct meta *meta)
{
	const struct btf_type *t = bemu_kbtf_type(f->c, id);
	struct field_info infos[MAX_FIELDS];
	uint32_t end = 0, mask = 0;
	int nr, i, err;

	nr = find_fields(f, id, infos, MAX_FIELDS, 0);
	if (nr <= 0)
		return nr ? nr : -EFAULT;
	for (i = 0; i < nr; i++) {
		const struct field_info *info = &infos[i];

		if ((uint64_t)info->off + info->size > t->size)
			return -EFAULT;
		if (info->off < end)
			return -EEXIST;
		end = info->off + info->size;
		mask |= info->field;
		err = check_info(f, info);
		if (err)
			return err;
		if (info->field & ROOT)
			meta->roots[meta->nr_roots++] = info->target;
	}
	if ((mask & SPIN_LOCK && mask & RES_SPIN_LOCK) ||
	    (mask & ROOT && !(mask & (SPIN_LOCK | RES_SPIN_LOCK))) ||
	    (!(mask & REFCOUNT) && mask & LIST_NODE && mask & RB_NODE))
		return -EINVAL;
	meta->id = id;
	meta->mask = mask;
	return 0;
}

/* Marks the types whose presence makes a structure special. */
static bool mark_types(struct finder *f)
{
	struct bemu_kbtf_check *c = f->c;
	const struct special *s;
	uint32_t id, seen = 0, target;
	bool any = false;

	for (id = 1; id < c->nr; id++) {
		if (c->kind[id] == BTF_KIND_STRUCT) {
			const char *name = name_of(c, bemu_kbtf_type(c, id));

			if (name[0] != 'b' || strncmp(name, "bpf_", 4) != 0)
				continue;
			s = special_of(f, id);
			/* only the first of a name counts */
			if (!s || !s->finds || seen & s->field)
				continue;
			seen |= s->field;
		} else if (!f->has_kptrs ||
			   (c->kind[id] != BTF_KIND_PTR && c->kind[id] != BTF_KIND_VOLATILE) ||
			   find_kptr(c, id, &target) <= 0) {
			continue;
		}
		c->state[id] = SPECIAL;
		any = true;
	}
	return any;
}

static bool has_special_member(const struct bemu_kbtf_check *c, const struct btf_type *t)
{
	const struct btf_member *m = bemu_btf_members(t), *end = m + bemu_btf_vlen(t);

	for (; m < end; m++)
		if (c->state[m->type] == SPECIAL)
			return true;
	return false;
}

static int parse_structs(struct finder *f)
{
	struct bemu_kbtf_check *c = f->c;
	uint32_t id;
	int err;

	for (id = 1; id < c->nr; id++) {
		if (c->kind[id] != BTF_KIND_STRUCT || !has_special_member(c, bemu_kbtf_type(c, id)))
			continue;
		err = bemu_grow(c->env, &f->metas, &f->cap_metas, f->nr_metas + 1,
				sizeof(*f->metas));
		if (!err)
			err = parse_fields(f, id, &f->metas[f->nr_metas]);
		if (err)
			return err;
		f->nr_metas++;
	}
	return 0;
}

static const struct meta *find_meta(const struct finder *f, uint32_t id)
{
	uint32_t lo = 0, hi = f->nr_metas, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (f->metas[mid].id == id)
			return &f->metas[mid];
		if (f->metas[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* Mirrors btf_check_and_fixup_fields(): nobody owns a type that might own its owner. */
static int check_owners(const struct finder *f)
{
	const struct meta *meta, *owned;
	uint32_t i, j;

	for (i = 0; i < f->nr_metas; i++) {
		meta = &f->metas[i];
		for (j = 0; j < meta->nr_roots; j++) {
			owned = find_meta(f, meta->roots[j]);
			if (!owned)
				return -EFAULT;
			if (meta->mask & NODE && owned->mask & ROOT)
				return -ELOOP;
		}
	}
	return 0;
}

int bemu_kbtf_check_fields(struct bemu_kbtf_check *c)
{
	struct finder f = { .c = c, .has_kptrs = c->model->prof->kernel > BEMU_KERNEL_6_6 };
	int err = 0;

	if (mark_types(&f))
		err = parse_structs(&f);
	if (!err)
		err = check_owners(&f);
	bemu_mem_free(c->env, f.metas);
	return err;
}
