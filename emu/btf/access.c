// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Questions about types of a parsed BTF. Ids may be anything; chains may be as long or circular. */
#include "btf/private.h"

#include <errno.h>

enum {
	MAX_RESOLVE_DEPTH = 32,
	PTR_SIZE = 8, /* a BPF object's and every modelled kernel's */
	MAX_ALIGN_STEPS = 1 << 20,
};

static const struct btf_type void_type;

const struct bemu_btf *bemu_btf_base(const struct bemu_btf *btf)
{
	return btf->base;
}

const void *bemu_btf_raw(const struct bemu_btf *btf, size_t *len)
{
	*len = btf->raw_len;
	return btf->raw;
}

uint32_t bemu_btf_start_id(const struct bemu_btf *btf)
{
	return btf->start_id;
}

uint32_t bemu_btf_nr_types(const struct bemu_btf *btf)
{
	return btf->start_id + btf->nr_own;
}

uint32_t bemu_btf_start_str_off(const struct bemu_btf *btf)
{
	return btf->start_str_off;
}

uint32_t bemu_btf_end_str_off(const struct bemu_btf *btf)
{
	return btf->start_str_off + btf->str_len;
}

bool bemu_btf_swapped(const struct bemu_btf *btf)
{
	return btf->swapped;
}

const struct btf_type *bemu_btf_type(const struct bemu_btf *btf, uint32_t type_id)
{
	if (!type_id)
		return &void_type;
	while (type_id < btf->start_id)
		btf = btf->base;
	if (type_id - btf->start_id >= btf->nr_own)
		return NULL;
	return bemu_btf_own(btf, type_id - btf->start_id);
}

const char *bemu_btf_str(const struct bemu_btf *btf, uint32_t off)
{
	while (off < btf->start_str_off)
		btf = btf->base;
	off -= btf->start_str_off;
	return off < btf->str_len ? btf->strs + off : NULL;
}

const char *bemu_btf_name(const struct bemu_btf *btf, uint32_t type_id)
{
	const struct btf_type *t = bemu_btf_type(btf, type_id);
	const char *name;

	if (!t)
		return NULL;
	name = t->name_off ? bemu_btf_str(btf, t->name_off) : NULL;
	return name ? name : "";
}

uint32_t bemu_btf_member_bit_off(const struct btf_type *t, uint32_t member_idx)
{
	uint32_t off = bemu_btf_members(t)[member_idx].offset;

	return bemu_btf_kflag(t) ? BTF_MEMBER_BIT_OFFSET(off) : off;
}

uint32_t bemu_btf_member_bitfield_size(const struct btf_type *t, uint32_t member_idx)
{
	uint32_t off = bemu_btf_members(t)[member_idx].offset;

	return bemu_btf_kflag(t) ? BTF_MEMBER_BITFIELD_SIZE(off) : 0;
}

const char *bemu_btf_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[BTF_KIND_UNKN] = "UNKNOWN",	  [BTF_KIND_INT] = "INT",
		[BTF_KIND_PTR] = "PTR",		  [BTF_KIND_ARRAY] = "ARRAY",
		[BTF_KIND_STRUCT] = "STRUCT",	  [BTF_KIND_UNION] = "UNION",
		[BTF_KIND_ENUM] = "ENUM",	  [BTF_KIND_FWD] = "FWD",
		[BTF_KIND_TYPEDEF] = "TYPEDEF",	  [BTF_KIND_VOLATILE] = "VOLATILE",
		[BTF_KIND_CONST] = "CONST",	  [BTF_KIND_RESTRICT] = "RESTRICT",
		[BTF_KIND_FUNC] = "FUNC",	  [BTF_KIND_FUNC_PROTO] = "FUNC_PROTO",
		[BTF_KIND_VAR] = "VAR",		  [BTF_KIND_DATASEC] = "DATASEC",
		[BTF_KIND_FLOAT] = "FLOAT",	  [BTF_KIND_DECL_TAG] = "DECL_TAG",
		[BTF_KIND_TYPE_TAG] = "TYPE_TAG", [BTF_KIND_ENUM64] = "ENUM64",
	};

	return kind < BEMU_ARRAY_SIZE(names) ? names[kind] : "?";
}

/* Mirrors btf_int_encoding_str(), kernel/bpf/btf.c, v6.18; bpftool has the same words. */
const char *bemu_btf_encoding_name(uint32_t encoding)
{
	switch (encoding) {
	case 0:
		return "(none)";
	case BTF_INT_SIGNED:
		return "SIGNED";
	case BTF_INT_CHAR:
		return "CHAR";
	case BTF_INT_BOOL:
		return "BOOL";
	default:
		return "UNKN";
	}
}

const struct btf_type *bemu_btf_skip_mods(const struct bemu_btf *btf, uint32_t type_id,
					  bool typedefs, uint32_t *out_id)
{
	uint32_t left = bemu_btf_nr_types(btf);
	const struct btf_type *t;

	for (t = bemu_btf_type(btf, type_id); t; t = bemu_btf_type(btf, type_id)) {
		uint32_t kind = bemu_btf_kind(t);

		if (!bemu_btf_is_mod_kind(kind) && !(typedefs && kind == BTF_KIND_TYPEDEF)) {
			if (out_id)
				*out_id = type_id;
			return t;
		}
		if (!left--)
			return NULL;
		type_id = t->type;
	}
	return NULL;
}

int bemu_btf_resolve_size(const struct bemu_btf *btf, uint32_t type_id, int64_t *out)
{
	const struct btf_type *t = bemu_btf_type(btf, type_id);
	uint32_t id = type_id, nr_elems = 1, size, i;

	for (i = 0; i < MAX_RESOLVE_DEPTH && id && t; i++) {
		switch (bemu_btf_kind(t)) {
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_DATASEC:
		case BTF_KIND_FLOAT:
			size = t->size;
			goto done;
		case BTF_KIND_PTR:
			size = PTR_SIZE;
			goto done;
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_VAR:
		case BTF_KIND_DECL_TAG:
		case BTF_KIND_TYPE_TAG:
			id = t->type;
			break;
		case BTF_KIND_ARRAY:
			if (nr_elems && bemu_btf_array(t)->nelems > UINT32_MAX / nr_elems)
				return bemu_fail(btf->env, -E2BIG, BEMU_R_BTF_SIZE_OVERFLOW, id,
						 "type %u: %u arrays of %u elements are too many",
						 id, nr_elems, bemu_btf_array(t)->nelems);
			nr_elems *= bemu_btf_array(t)->nelems;
			id = bemu_btf_array(t)->type;
			break;
		default:
			return bemu_fail(btf->env, -EINVAL, BEMU_R_BTF_NO_SIZE, type_id,
					 "type %u: %s %u has no size", type_id,
					 bemu_btf_kind_name(bemu_btf_kind(t)), id);
		}
		t = bemu_btf_type(btf, id);
	}
	if (id && t)
		return bemu_fail(btf->env, -EINVAL, BEMU_R_BTF_CHAIN, type_id,
				 "type %u: its size is more than %u steps away", type_id,
				 (unsigned int)MAX_RESOLVE_DEPTH);
	return bemu_fail(btf->env, -EINVAL, BEMU_R_BTF_NO_SIZE, type_id,
			 "type %u: %s %u has no size", type_id, id ? "missing type" : "void", id);
done:
	if (nr_elems && size > UINT32_MAX / nr_elems)
		return bemu_fail(btf->env, -E2BIG, BEMU_R_BTF_SIZE_OVERFLOW, type_id,
				 "type %u: %u elements of %u bytes are too many", type_id, nr_elems,
				 size);
	*out = (int64_t)nr_elems * size;
	return 0;
}

static uint32_t align_of(const struct bemu_btf *btf, uint32_t type_id, uint32_t depth,
			 uint32_t *steps_left)
{
	const struct btf_type *t = bemu_btf_type(btf, type_id);
	uint32_t max_align = 1, align, i;

	if (!t || depth > MAX_RESOLVE_DEPTH || !*steps_left)
		return 0;
	--*steps_left;
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
		return t->size < PTR_SIZE ? t->size : PTR_SIZE;
	case BTF_KIND_PTR:
		return PTR_SIZE;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return align_of(btf, t->type, depth + 1, steps_left);
	case BTF_KIND_ARRAY:
		return align_of(btf, bemu_btf_array(t)->type, depth + 1, steps_left);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (i = 0; i < bemu_btf_vlen(t); i++) {
			align = align_of(btf, bemu_btf_members(t)[i].type, depth + 1, steps_left);
			if (!align)
				return 0;
			if (align > max_align)
				max_align = align;
			/* a member where its type may not be: the composite is packed */
			if (!bemu_btf_member_bitfield_size(t, i) &&
			    bemu_btf_members(t)[i].offset % (8 * align))
				return 1;
		}
		return t->size % max_align ? 1 : max_align;
	default:
		return 0;
	}
}

uint32_t bemu_btf_align_of(const struct bemu_btf *btf, uint32_t type_id)
{
	uint32_t steps_left = MAX_ALIGN_STEPS;

	return align_of(btf, type_id, 0, &steps_left);
}
