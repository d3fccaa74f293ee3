// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * One BTF-defined map: the members of its struct. A number is written as a pointer to an array of that
 * many elements, a type as a pointer to it.
 */
#include <stdio.h>

#include "obj/private.h"

enum { PIN_NONE, PIN_BY_NAME };

/* One definition while its members are read. @inner is NULL when it is an inner map itself. */
struct def_reader {
	struct bemu_obj_open *o;
	const struct bemu_btf *btf;
	const char *map;
	uint32_t var_id;
	struct bemu_obj_map_def *def;
	struct bemu_obj_map_def *inner;
};

/* "map NAME: attr MEMBER: " and so on, with the variable's type id as position. */
#define FAIL(r, err, reason, fmt, ...) \
	bemu_fail((r)->o->env, err, reason, (r)->var_id, "map %s: " fmt, (r)->map, __VA_ARGS__)

static uint32_t kind_of(const struct btf_type *t)
{
	return t ? bemu_btf_kind(t) : (uint32_t)BTF_KIND_UNKN;
}

/* Mirrors get_map_field_int(). */
static int get_u32(struct def_reader *r, const struct btf_member *m, uint32_t *out)
{
	const char *name = bemu_btf_str(r->btf, m->name_off);
	const struct btf_type *t = bemu_obj_skip(r->o, m->type, NULL);

	if (kind_of(t) != BTF_KIND_PTR)
		return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_ATTR, "%s is of kind %s, not PTR, type %u",
			    name, bemu_btf_kind_name(kind_of(t)), m->type);
	t = bemu_obj_type(r->o, t->type);
	if (kind_of(t) != BTF_KIND_ARRAY)
		return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_ATTR,
			    "%s points to kind %s, not ARRAY, type %u", name,
			    bemu_btf_kind_name(kind_of(t)), m->type);
	*out = bemu_btf_array(t)->nelems;
	return 0;
}

/* Mirrors get_map_field_long(), since 1.5: also an enumeration of one value. */
static int get_u64(struct def_reader *r, const struct btf_member *m, uint64_t *out)
{
	const char *name = bemu_btf_str(r->btf, m->name_off);
	const struct btf_type *t = bemu_obj_skip(r->o, m->type, NULL);
	const struct btf_enum64 *e64;
	uint32_t v;
	int err;

	if (!bemu_obj_since(r->o, BEMU_LIBBPF_1_5) || kind_of(t) == BTF_KIND_PTR) {
		err = get_u32(r, m, &v);
		if (!err)
			*out = v;
		return err;
	}
	if (!t || !bemu_btf_is_any_enum(t) || bemu_btf_vlen(t) != 1)
		return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_ATTR,
			    "%s is of kind %s with %u values, not an ENUM of 1", name,
			    bemu_btf_kind_name(kind_of(t)), t ? bemu_btf_vlen(t) : 0);
	if (bemu_btf_kind(t) == BTF_KIND_ENUM) {
		*out = (uint64_t)(int64_t)bemu_btf_enums(t)[0].val;
	} else {
		e64 = bemu_btf_enums64(t);
		*out = (uint64_t)e64->val_hi32 << 32 | e64->val_lo32;
	}
	return 0;
}

/* A size that may be said twice, but only once differently; 0 counts as not said. */
static int set_size(struct def_reader *r, const char *what, uint32_t *size, int64_t v)
{
	if (*size && *size != v)
		return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_CONFLICT, "%s size %u and %lld", what, *size,
			    (long long)v);
	*size = bemu_wrap_u32((uint64_t)v);
	return 0;
}

static int parse_size(struct def_reader *r, const struct btf_member *m, const char *what,
		      uint32_t *size)
{
	uint32_t v;
	int err = get_u32(r, m, &v);

	return err ? err : set_size(r, what, size, v);
}

static int parse_type(struct def_reader *r, const struct btf_member *m, const char *what,
		      uint32_t *size, uint32_t *type_id)
{
	const struct btf_type *t = bemu_obj_type(r->o, m->type);
	int64_t v;
	int err;

	if (!t)
		return -EINVAL;
	if (bemu_btf_kind(t) != BTF_KIND_PTR)
		return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_ATTR, "%s is of kind %s, not PTR, type %u",
			    what, bemu_btf_kind_name(bemu_btf_kind(t)), m->type);
	err = bemu_btf_resolve_size(r->btf, t->type, &v);
	if (err)
		return err;
	err = set_size(r, what, size, v);
	if (!err)
		*type_id = t->type;
	return err;
}

static bool is_map_in_map(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static int bad_values(struct def_reader *r, const struct btf_type *t, const char *want)
{
	return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_ATTR, "values lead to kind %s, not %s",
		    bemu_btf_kind_name(kind_of(t)), want);
}

/* Initial values: an array without size of pointers to inner definitions or to functions. */
static int parse_values(struct def_reader *r, const struct btf_member *m, bool is_last)
{
	uint32_t type = r->def->type;
	bool is_progs = type == BPF_MAP_TYPE_PROG_ARRAY;
	const struct btf_type *t;
	char inner_name[128];
	int err;

	if (!r->inner)
		return FAIL(r, -ENOTSUP, BEMU_R_OBJ_MAP_ATTR,
			    "values of an inner map, type %u; %u level is read", m->type, 1u);
	if (!is_last)
		return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_ATTR,
			    "values are not the last member, type %u of map type %u", m->type,
			    type);
	if (!is_map_in_map(type) && !is_progs)
		return FAIL(r, -ENOTSUP, BEMU_R_OBJ_MAP_ATTR,
			    "values in a map of type %u, which is none of %u, %u, %u", type,
			    BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS,
			    BPF_MAP_TYPE_PROG_ARRAY);
	err = set_size(r, "value", &r->def->value_size, 4);
	if (err)
		return err;
	t = bemu_obj_type(r->o, m->type);
	if (kind_of(t) != BTF_KIND_ARRAY || bemu_btf_array(t)->nelems)
		return bad_values(r, t, "an ARRAY without elements");
	t = bemu_obj_skip(r->o, bemu_btf_array(t)->type, NULL);
	if (kind_of(t) != BTF_KIND_PTR)
		return bad_values(r, t, "PTR");
	t = bemu_obj_skip(r->o, t->type, NULL);
	if (is_progs)
		return kind_of(t) == BTF_KIND_FUNC_PROTO ? 0 : bad_values(r, t, "FUNC_PROTO");
	if (kind_of(t) != BTF_KIND_STRUCT)
		return bad_values(r, t, "STRUCT");
	snprintf(inner_name, sizeof(inner_name), "%s.inner", r->map);
	r->def->has_inner = true;
	return bemu_obj_parse_map_def(r->o, inner_name, r->var_id, t, r->inner, NULL);
}

static int parse_pinning(struct def_reader *r, const struct btf_member *m)
{
	uint32_t v;
	int err;

	if (!r->inner)
		return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_ATTR,
			    "an inner map cannot be pinned, type %u, map type %u", m->type,
			    r->def->type);
	err = get_u32(r, m, &v);
	if (err)
		return err;
	if (v != PIN_NONE && v != PIN_BY_NAME)
		return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_ATTR, "pinning is %u; %d is the most", v,
			    PIN_BY_NAME);
	r->def->pinning = v;
	return 0;
}

static int parse_member(struct def_reader *r, const struct btf_member *m, bool is_last)
{
	const char *name = bemu_btf_str(r->btf, m->name_off);
	struct bemu_obj_map_def *def = r->def;

	if (!name)
		return FAIL(r, -EINVAL, BEMU_R_OBJ_MAP_ATTR,
			    "name offset %u is past the %u bytes of strings", m->name_off,
			    bemu_btf_end_str_off(r->btf));
	if (!strcmp(name, "type"))
		return get_u32(r, m, &def->type);
	if (!strcmp(name, "max_entries"))
		return get_u32(r, m, &def->max_entries);
	if (!strcmp(name, "map_flags"))
		return get_u32(r, m, &def->map_flags);
	if (!strcmp(name, "numa_node"))
		return get_u32(r, m, &def->numa_node);
	if (!strcmp(name, "key_size"))
		return parse_size(r, m, "key", &def->key_size);
	if (!strcmp(name, "key"))
		return parse_type(r, m, "key", &def->key_size, &def->key_type_id);
	if (!strcmp(name, "value_size"))
		return parse_size(r, m, "value", &def->value_size);
	if (!strcmp(name, "value"))
		return parse_type(r, m, "value", &def->value_size, &def->value_type_id);
	if (!strcmp(name, "values"))
		return parse_values(r, m, is_last);
	if (!strcmp(name, "pinning"))
		return parse_pinning(r, m);
	if (!strcmp(name, "map_extra"))
		return get_u64(r, m, &def->map_extra);
	return FAIL(r, -ENOTSUP, BEMU_R_OBJ_MAP_UNKNOWN,
		    "attribute %s, type %u, is none that libbpf %u knows", name, m->type,
		    r->o->libbpf);
}

/* Mirrors parse_btf_map_def(), tools/lib/bpf/libbpf.c, 1.7, in strict mode. */
int bemu_obj_parse_map_def(struct bemu_obj_open *o, const char *map_name, uint32_t var_id,
			   const struct btf_type *t, struct bemu_obj_map_def *out,
			   struct bemu_obj_map_def *inner)
{
	struct def_reader r = { o, o->obj->btf, map_name, var_id, out, inner };
	uint32_t nr = bemu_btf_vlen(t), i;
	int err = bemu_env_step(o->env, nr);

	for (i = 0; !err && i < nr; i++)
		err = parse_member(&r, &bemu_btf_members(t)[i], i == nr - 1);
	if (!err && out->type == BPF_MAP_TYPE_UNSPEC)
		err = FAIL(&r, -EINVAL, BEMU_R_OBJ_MAP_ATTR, "type is %u in %u attributes",
			   out->type, nr);
	return err;
}
