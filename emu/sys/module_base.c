/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Module BTF that was split over a distilled base (.BTF.base) moves over to vmlinux. Mirrors btf_relocate(),
 * tools/lib/bpf/btf_relocate.c, which the kernel is built with since v6.11.
 *
 *   distilled base   1 INT int, 2 STRUCT foo(8)           vmlinux   1 INT char, 2 INT int, ... 900 STRUCT foo
 *   module           3 PTR -> 2, 4 FUNC_PROTO(3) -> 1      becomes   1001 PTR -> 900, 1002 FUNC_PROTO(1001) -> 2
 *
 * A distilled type has a name and, as far as it matters, a size: the whole matching is by these two. What is odd
 * there is kept: a FWD takes a struct by the struct's own kflag, and the kinds of composites are not compared.
 */
#include <string.h>

#include "sys/sys.h"

enum { EMBEDDED = UINT32_MAX }; /* in id_map, until there is a match: sizes must be equal */

/**
 * struct move - one relocation
 * @id_map:  new id of each distilled type, 0: none yet
 * @str_map: new offset of each distilled type's name, by id
 * @copies:  by the first distilled type of a name: how many composites of that name vmlinux has
 */
struct move {
	struct bemu_env *env;
	const struct bemu_btf *split, *dist, *base;
	uint32_t nr_dist, dist_str_len;
	uint32_t *id_map, *str_map, *copies;
};

static bool is_named(const struct bemu_btf *btf, const struct btf_type *t)
{
	return t->name_off && bemu_btf_str(btf, t->name_off);
}

static int check_dist(const struct move *m)
{
	uint32_t id;

	for (id = 1; id < m->nr_dist; id++) {
		const struct btf_type *t = bemu_btf_type(m->dist, id);

		switch (bemu_btf_kind(t)) {
		case BTF_KIND_INT:
		case BTF_KIND_FLOAT:
		case BTF_KIND_ENUM:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_FWD:
			if (is_named(m->dist, t))
				continue;
			break;
		default:
			break;
		}
		return bemu_fail(m->env, -EINVAL, BEMU_R_MODULE_BASE, id,
				 "a distilled base has a type of kind %s%s",
				 bemu_btf_kind_name(bemu_btf_kind(t)),
				 t->name_off ? "" : " without a name");
	}
	return 0;
}

/* What a member consists of, if that is a distilled composite, has to be as large as vmlinux has it. */
static int mark_embedded(struct move *m, uint32_t id)
{
	uint32_t left = bemu_btf_nr_types(m->split);
	const struct btf_type *t;

	for (; id; left--) {
		t = bemu_btf_type(m->split, id);
		if (!t || !left || bemu_env_step(m->env, 1))
			return -EINVAL; /* a circle, which the kernel would never leave */
		if (bemu_btf_is_mod_kind(bemu_btf_kind(t)) ||
		    bemu_btf_kind(t) == BTF_KIND_TYPEDEF) {
			id = t->type;
		} else if (bemu_btf_kind(t) == BTF_KIND_ARRAY) {
			id = bemu_btf_array(t)->type;
		} else {
			if (bemu_btf_is_composite(t) && id < m->nr_dist)
				m->id_map[id] = EMBEDDED;
			return 0;
		}
	}
	return 0;
}

static int mark_all_embedded(struct move *m)
{
	uint32_t id, i;
	int err;

	for (id = m->nr_dist; id < bemu_btf_nr_types(m->split); id++) {
		const struct btf_type *t = bemu_btf_type(m->split, id);

		if (!bemu_btf_is_composite(t))
			continue;
		for (i = 0; i < bemu_btf_vlen(t); i++) {
			err = mark_embedded(m, bemu_btf_members(t)[i].type);
			if (err)
				return err;
		}
	}
	return 0;
}

/* Whether a type of vmlinux can stand for a distilled one of the same name. */
static bool fits(const struct move *m, const struct btf_type *t, uint32_t dist_id, uint32_t first)
{
	const struct btf_type *d = bemu_btf_type(m->dist, dist_id);
	uint32_t kind = bemu_btf_kind(t), dist_kind = bemu_btf_kind(d);
	bool by_size = bemu_btf_is_composite(t) ? m->copies[first] > 1 : kind != BTF_KIND_FWD;

	if (by_size && t->size != d->size)
		return false;
	switch (dist_kind) {
	case BTF_KIND_FWD:
		if (kind == BTF_KIND_FWD)
			return bemu_btf_kflag(t) == bemu_btf_kflag(d);
		return kind == BTF_KIND_STRUCT	? !bemu_btf_kflag(t)
		       : kind == BTF_KIND_UNION ? bemu_btf_kflag(t)
						: false;
	case BTF_KIND_INT:
		return kind == BTF_KIND_INT && BTF_INT_ENCODING(bemu_btf_int_data(t)) ==
						       BTF_INT_ENCODING(bemu_btf_int_data(d));
	case BTF_KIND_FLOAT:
		return kind == BTF_KIND_FLOAT;
	case BTF_KIND_ENUM:
		return kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
	default:
		return m->id_map[dist_id] != EMBEDDED || t->size == d->size;
	}
}

static bool is_candidate(const struct btf_type *t)
{
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FWD:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return t->name_off;
	default:
		return false;
	}
}

static int match_one(struct move *m, uint32_t id, uint32_t first)
{
	const struct btf_type *t = bemu_btf_type(m->base, id);
	const char *name = bemu_btf_str(m->base, t->name_off);
	uint32_t d;

	for (d = first; d < m->nr_dist; d++) {
		const struct btf_type *dist = bemu_btf_type(m->dist, d);

		if (bemu_env_step(m->env, 1))
			return -EDQUOT;
		if (strcmp(bemu_btf_str(m->dist, dist->name_off), name) || !fits(m, t, d, first))
			continue;
		if (m->id_map[d] && m->id_map[d] != EMBEDDED)
			return bemu_fail(m->env, -EINVAL, BEMU_R_MODULE_BASE, d,
					 "distilled type %s may be type %u or type %u of vmlinux",
					 name, m->id_map[d], id);
		m->id_map[d] = id;
		m->str_map[d] = t->name_off;
	}
	return 0;
}

static int match_all(struct move *m)
{
	uint32_t id, first, round, nr = bemu_btf_nr_types(m->base);
	int err;

	for (round = 0; round < 2; round++) /* how many there are decides how they match */
		for (id = 1; id < nr; id++) {
			const struct btf_type *t = bemu_btf_type(m->base, id);

			if (bemu_env_step(m->env, 1))
				return -EDQUOT;
			first = is_candidate(t)
					? bemu_btf_find_any(m->dist,
							    bemu_btf_str(m->base, t->name_off))
					: 0;
			if (!first)
				continue;
			if (!round) {
				m->copies[first] += bemu_btf_is_composite(t);
				continue;
			}
			err = match_one(m, id, first);
			if (err)
				return err;
		}
	for (id = 1; id < m->nr_dist; id++)
		if (!m->id_map[id] || m->id_map[id] == EMBEDDED)
			return bemu_fail(m->env, -EINVAL, BEMU_R_MODULE_BASE, id,
					 "distilled type %s is not in vmlinux",
					 bemu_btf_name(m->dist, id));
	return 0;
}

/* The words of the copy, which may be anywhere. */
static uint32_t get(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static void put(uint8_t *at, uint32_t v)
{
	memcpy(at, &v, sizeof(v));
}

static void move_id(const struct move *m, uint8_t *at)
{
	uint32_t id = get(at);

	put(at, id >= m->nr_dist ? id - m->nr_dist + bemu_btf_nr_types(m->base)
		: id		 ? m->id_map[id]
				 : 0);
}

static int move_str(const struct move *m, uint8_t *at)
{
	uint32_t off = get(at), id;

	if (!off)
		return 0;
	if (off >= m->dist_str_len) {
		put(at, off - m->dist_str_len + bemu_btf_end_str_off(m->base));
		return 0;
	}
	for (id = 1; id < m->nr_dist; id++)
		if (bemu_btf_type(m->dist, id)->name_off == off) {
			put(at, m->str_map[id]);
			return 0;
		}
	return bemu_fail(m->env, -ENOENT, BEMU_R_MODULE_BASE, off,
			 "string %u of a distilled base is no type's name", off);
}

/* Records behind a type: where their names and ids are, in bytes; -1: they have none. */
struct layout {
	int size, name, id;
};

static struct layout layout_of(uint32_t kind)
{
	switch (kind) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return (struct layout){ sizeof(struct btf_member), 0, 4 };
	case BTF_KIND_ENUM:
		return (struct layout){ sizeof(struct btf_enum), 0, -1 };
	case BTF_KIND_ENUM64:
		return (struct layout){ sizeof(struct btf_enum64), 0, -1 };
	case BTF_KIND_FUNC_PROTO:
		return (struct layout){ sizeof(struct btf_param), 0, 4 };
	case BTF_KIND_DATASEC:
		return (struct layout){ sizeof(struct btf_var_secinfo), -1, 0 };
	default:
		return (struct layout){ 0, -1, -1 };
	}
}

static bool has_type(uint32_t kind)
{
	switch (kind) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FUNC_PROTO:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
	case BTF_KIND_TYPE_TAG:
		return true;
	default:
		return false;
	}
}

static int move_type(const struct move *m, const struct btf_type *t, uint8_t *at)
{
	uint8_t *rec = at + sizeof(*t);
	uint32_t kind = bemu_btf_kind(t), i;
	struct layout l = layout_of(kind);
	int err = move_str(m, at);

	if (has_type(kind))
		move_id(m, at + 8);
	if (kind == BTF_KIND_ARRAY) {
		move_id(m, rec);
		move_id(m, rec + 4);
	}
	for (i = 0; !err && l.size && i < bemu_btf_vlen(t); i++, rec += l.size) {
		if (l.id >= 0)
			move_id(m, rec + l.id);
		if (l.name >= 0)
			err = move_str(m, rec + l.name);
	}
	return err;
}

static int rewrite(const struct move *m, struct bemu_btf **out)
{
	size_t len;
	const uint8_t *raw = bemu_btf_raw(m->split, &len);
	uint8_t *copy = bemu_memdup(m->env, raw, len);
	uint32_t id;
	int err = 0;

	if (!copy)
		return -ENOMEM;
	for (id = m->nr_dist; id < bemu_btf_nr_types(m->split) && !err; id++) {
		const struct btf_type *t = bemu_btf_type(m->split, id);

		err = bemu_env_step(m->env, 1 + bemu_btf_vlen(t));
		if (!err)
			err = move_type(m, t, copy + ((const uint8_t *)t - raw));
	}
	if (!err)
		err = bemu_btf_parse(m->env, copy, len, m->base, BEMU_BTF_PARSE_TAKE, out);
	if (err)
		bemu_mem_free(m->env, copy);
	return err;
}

int bemu_module_relocate(struct bemu_env *env, const struct bemu_btf *split,
			 const struct bemu_btf *vmlinux, struct bemu_btf **out)
{
	struct move m = { .env = env, .split = split, .base = vmlinux };
	int err;

	m.dist = bemu_btf_base(split);
	m.nr_dist = bemu_btf_nr_types(m.dist);
	m.dist_str_len = bemu_btf_end_str_off(m.dist);
	m.id_map = bemu_zalloc_array(env, m.nr_dist, 3 * sizeof(*m.id_map));
	if (!m.id_map)
		return -ENOMEM;
	m.str_map = m.id_map + m.nr_dist;
	m.copies = m.str_map + m.nr_dist;
	err = check_dist(&m);
	if (!err)
		err = mark_all_embedded(&m);
	if (!err)
		err = match_all(&m);
	if (!err)
		err = rewrite(&m, out);
	bemu_mem_free(env, m.id_map);
	return err;
}
