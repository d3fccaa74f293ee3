/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * BTF: bytes to checked types. A struct bemu_btf never changes after it was parsed, so a sealed
 * registry, the model and loaders share one. Type ids of a split BTF go on where its base ends; every
 * function below takes ids and string offsets of the whole chain.
 *
 * Only get and put accept a NULL BTF. Type ids and string offsets may be anything, everywhere.
 *
 * Types are used as the UAPI structs in place: struct btf_type followed by its kind's records, always
 * in host byte order (BTF of the other order is swapped into a copy while parsing).
 */
#ifndef BEMU_BTF_BTF_H
#define BEMU_BTF_BTF_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/env.h"
#include "uapi/btf.h"

struct bemu_btf;

enum bemu_btf_parse_flags {
	BEMU_BTF_PARSE_BORROW = 1u << 0, /* bytes outlive the BTF; else copied. (copied anyway when
						 * not 4-aligned or of the other byte order) */
	BEMU_BTF_PARSE_LIBBPF_1_1 = 1u << 1, /* libbpf 1.1's rules: ids and names are not validated
						 * (where following them is safe for us) */
	BEMU_BTF_PARSE_TAKE =
		1u << 2, /* on success the bytes, which are memory of @env, are the BTF's */
	BEMU_BTF_PARSE_CHECKED = 1u << 3, /* every name offset and id is known to be valid */
	BEMU_BTF_PARSE_NO_INDEX = 1u << 4, /* mostly asked by id: a look-up by name is a walk */
};

/**
 * bemu_btf_parse() - check structure, bounds, name offsets and referenced ids; index names
 * @raw:  bytes
 * @base: NULL, or the BTF that this one is split over; a reference is taken
 * @out:  given; one reference
 * Rules are those of libbpf's btf_parse_hdr(), btf_parse_type_sec(), btf_sanity_check() 1.7, which
 * look at every id but one: what a FUNC_PROTO returns. The kernel's own rules are in emu/sys/kbtf.h.
 * Names of 128 bytes and more are paid for from the budget of @env.
 * Return: 0, -EINVAL or -ENOTSUP with reason and byte offset or type id in the log, -ENOMEM, -EDQUOT.
 */
int bemu_btf_parse(struct bemu_env *env, const void *raw, size_t len, const struct bemu_btf *base,
		   unsigned int flags, struct bemu_btf **out) BEMU_MUST_CHECK;

/** bemu_btf_get() / bemu_btf_put() - references; put of the last one frees. put accepts NULL. */
struct bemu_btf *bemu_btf_get(const struct bemu_btf *btf);
void bemu_btf_put(struct bemu_btf *btf);

const struct bemu_btf *bemu_btf_base(const struct bemu_btf *btf);
/** bemu_btf_raw() - the bytes in host order, borrowed */
const void *bemu_btf_raw(const struct bemu_btf *btf, size_t *len);
/** bemu_btf_start_id() - first own id: 1, or the base's bemu_btf_nr_types() */
uint32_t bemu_btf_start_id(const struct bemu_btf *btf);
/** bemu_btf_nr_types() - one more than the largest id; void and the base's types count */
uint32_t bemu_btf_nr_types(const struct bemu_btf *btf);
/** bemu_btf_start_str_off() / bemu_btf_end_str_off() - own strings are [start, end) */
uint32_t bemu_btf_start_str_off(const struct bemu_btf *btf);
uint32_t bemu_btf_end_str_off(const struct bemu_btf *btf);
/** bemu_btf_swapped() - the input was of the other byte order */
bool bemu_btf_swapped(const struct bemu_btf *btf);

/** bemu_btf_type() - the type; void for id 0; NULL past the end. Borrowed. */
const struct btf_type *bemu_btf_type(const struct bemu_btf *btf, uint32_t type_id);
/** bemu_btf_str() - the string at @off; NULL past the end. Borrowed. */
const char *bemu_btf_str(const struct bemu_btf *btf, uint32_t off);
/** bemu_btf_name() - name of a type, "" when it has none; NULL for an id past the end */
const char *bemu_btf_name(const struct bemu_btf *btf, uint32_t type_id);

static inline uint32_t bemu_btf_kind(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info);
}

static inline uint32_t bemu_btf_vlen(const struct btf_type *t)
{
	return BTF_INFO_VLEN(t->info);
}

static inline bool bemu_btf_kflag(const struct btf_type *t)
{
	return BTF_INFO_KFLAG(t->info);
}

/* The records behind a type. Only for the kinds that have them. */
static inline const struct btf_member *bemu_btf_members(const struct btf_type *t)
{
	return (const struct btf_member *)(t + 1);
}

static inline const struct btf_enum *bemu_btf_enums(const struct btf_type *t)
{
	return (const struct btf_enum *)(t + 1);
}

static inline const struct btf_enum64 *bemu_btf_enums64(const struct btf_type *t)
{
	return (const struct btf_enum64 *)(t + 1);
}

static inline const struct btf_array *bemu_btf_array(const struct btf_type *t)
{
	return (const struct btf_array *)(t + 1);
}

static inline const struct btf_param *bemu_btf_params(const struct btf_type *t)
{
	return (const struct btf_param *)(t + 1);
}

static inline const struct btf_var *bemu_btf_var(const struct btf_type *t)
{
	return (const struct btf_var *)(t + 1);
}

static inline const struct btf_var_secinfo *bemu_btf_secinfos(const struct btf_type *t)
{
	return (const struct btf_var_secinfo *)(t + 1);
}

static inline const struct btf_decl_tag *bemu_btf_decl_tag(const struct btf_type *t)
{
	return (const struct btf_decl_tag *)(t + 1);
}

static inline uint32_t bemu_btf_int_data(const struct btf_type *t)
{
	return *(const uint32_t *)(t + 1);
}

/** bemu_btf_member_bit_off() / _bitfield_size() - with and without kflag */
uint32_t bemu_btf_member_bit_off(const struct btf_type *t, uint32_t member_idx);
uint32_t bemu_btf_member_bitfield_size(const struct btf_type *t, uint32_t member_idx);

/** bemu_btf_kind_name() - "STRUCT" for BTF_KIND_STRUCT; "?" when unknown */
const char *bemu_btf_kind_name(uint32_t kind);
/** bemu_btf_encoding_name() - "SIGNED" for BTF_INT_SIGNED; "UNKN" for more than one bit */
const char *bemu_btf_encoding_name(uint32_t encoding);

static inline bool bemu_btf_is_composite(const struct btf_type *t)
{
	return bemu_btf_kind(t) == BTF_KIND_STRUCT || bemu_btf_kind(t) == BTF_KIND_UNION;
}

static inline bool bemu_btf_is_any_enum(const struct btf_type *t)
{
	return bemu_btf_kind(t) == BTF_KIND_ENUM || bemu_btf_kind(t) == BTF_KIND_ENUM64;
}

static inline bool bemu_btf_is_mod_kind(uint32_t kind)
{
	return kind == BTF_KIND_CONST || kind == BTF_KIND_VOLATILE || kind == BTF_KIND_RESTRICT ||
	       kind == BTF_KIND_TYPE_TAG;
}

/**
 * bemu_btf_skip_mods() - through const, volatile, restrict, type tags and, when @typedefs, typedefs
 * @out_id: may be NULL
 * Return: the type; NULL when the chain leaves the BTF or loops (more steps than there are types).
 */
const struct btf_type *bemu_btf_skip_mods(const struct bemu_btf *btf, uint32_t type_id,
					  bool typedefs, uint32_t *out_id);

/**
 * bemu_btf_resolve_size() - bytes of a type: at most 32 steps, arrays multiplied
 * Mirrors btf__resolve_size(), tools/lib/bpf/btf.c. Return: 0, -EINVAL (void, FWD, FUNC), -E2BIG.
 */
int bemu_btf_resolve_size(const struct bemu_btf *btf, uint32_t type_id,
			  int64_t *out) BEMU_MUST_CHECK;
/** bemu_btf_align_of() - mirrors btf__align_of(): 0 when unknown */
uint32_t bemu_btf_align_of(const struct bemu_btf *btf, uint32_t type_id);

/** bemu_btf_essential_len() - length of @name without its last "___flavour" */
size_t bemu_btf_essential_len(const char *name);

/**
 * bemu_btf_find() - first type with that full name and kind, lowest id first, base before own types
 * @own_only: search only the split part
 * Return: the id, or 0 when there is none. O(1) after parsing.
 */
uint32_t bemu_btf_find(const struct bemu_btf *btf, const char *name, uint32_t kind, bool own_only);
/** bemu_btf_find_any() - first type with that full name, of whatever kind; base before own types */
uint32_t bemu_btf_find_any(const struct bemu_btf *btf, const char *name);

/**
 * struct bemu_btf_essential_iter - own types (not the base's) of one kind and essential name, ids rising
 */
struct bemu_btf_essential_iter {
	const struct bemu_btf *btf;
	const char *name;
	size_t len;
	uint32_t kind;
	uint32_t tag;
	uint32_t next;
};

/** bemu_btf_essential_begin() - @kind: either kind of enum stands for both */
void bemu_btf_essential_begin(struct bemu_btf_essential_iter *it, const struct bemu_btf *btf,
			      const char *name, size_t essential_len, uint32_t kind);
/** bemu_btf_essential_next() - next id, 0 at the end */
uint32_t bemu_btf_essential_next(struct bemu_btf_essential_iter *it);

/** bemu_btf_decl_append() - a type as C would name it ("struct rq *"), bounded depth */
void bemu_btf_decl_append(struct bemu_buf *buf, const struct bemu_btf *btf, uint32_t type_id);
/**
 * bemu_btf_var_append() - "u32 counts[4]": a declaration without qualifiers
 * @tabs: depth at which it is written; types without a name have their bodies, over several lines
 * Return: 0; -E2BIG when it is nested too deep or too long; -ENOMEM.
 */
int bemu_btf_var_append(struct bemu_buf *buf, const struct bemu_btf *btf, uint32_t type_id,
			const char *name, uint32_t tabs) BEMU_MUST_CHECK;
/** bemu_btf_dump_raw() - all own types, in the format of `bpftool btf dump file F format raw` */
void bemu_btf_dump_raw(struct bemu_buf *buf, const struct bemu_btf *btf);
/**
 * bemu_btf_dump_c() - own named composites, enums and typedefs as compilable C in dependency order
 *
 * Layouts are kept with padding and packing. The second of one name becomes name___2. Types of the
 * base are referred to by name only, so a module's text goes behind its kernel's.
 * Return: 0; -EINVAL for types that contain themselves or are nested too deep; -ENOMEM.
 */
int bemu_btf_dump_c(struct bemu_buf *buf, const struct bemu_btf *btf) BEMU_MUST_CHECK;

#endif
