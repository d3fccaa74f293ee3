/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files of the BTF verifier share. Mirrors kernel/bpf/btf.c, v6.18: two phases, first every
 * record by itself (kbtf_meta.c), then what a type refers to (kbtf_resolve.c, kbtf_member.c), then
 * chains of type tags and special fields (kbtf_field.c). Each stops at its first error, having said
 * so in the log (kbtf_log.c).
 *
 * Types are known by id, and most questions are about kinds: they are bits, so that one test answers
 * for a set of them.
 */
#ifndef BEMU_SYS_KBTF_H
#define BEMU_SYS_KBTF_H

#include "sys/sys.h"

#define BEMU_KIND_BIT(name) (1u << BTF_KIND_##name)

enum {
	BEMU_K_BTF_MAX_SIZE = 16 << 20,
	BEMU_K_BTF_MAX_TYPE = 0xfffff,
	BEMU_K_BTF_MAX_NAME_OFFSET = 0xffffff,
	BEMU_K_MAX_RESOLVE_DEPTH = 32,
	BEMU_K_BITS_PER_U128 = 128,
	BEMU_K_PTR_SIZE = 8,
	BEMU_KIND_VOID = 1u << 0,
	BEMU_KIND_MISSING = 1u << 30, /* an id past the last type */
	BEMU_KIND_MODIFIER = BEMU_KIND_BIT(TYPEDEF) | BEMU_KIND_BIT(VOLATILE) |
			     BEMU_KIND_BIT(CONST) | BEMU_KIND_BIT(RESTRICT) |
			     BEMU_KIND_BIT(TYPE_TAG),
	BEMU_KIND_COMPOSITE = BEMU_KIND_BIT(STRUCT) | BEMU_KIND_BIT(UNION),
	BEMU_KIND_SIZED = BEMU_KIND_COMPOSITE | BEMU_KIND_BIT(INT) | BEMU_KIND_BIT(ENUM) |
			  BEMU_KIND_BIT(DATASEC) | BEMU_KIND_BIT(FLOAT) | BEMU_KIND_BIT(ENUM64),
};

/** enum bemu_kbtf_state - how far a type is resolved; mirrors enum visit_state */
enum bemu_kbtf_state {
	BEMU_KBTF_NOT_VISITED,
	BEMU_KBTF_VISITED,
	BEMU_KBTF_RESOLVED,
};

/**
 * struct bemu_kbtf_check - one BTF while it is verified; mirrors struct btf_verifier_env
 * @base:        NULL, or what a module's BTF is split over
 * @kernel:      BTF of the kernel itself: records and tags only, and a log of errors only
 * @resolving:   the second phase
 * @needs:       kinds that have to be resolved
 * @log_type_id: the type that lines of the log are about
 * @first:       id of element 0 of the arrays: 0, which is void, or the first own one over a base
 * @nr:          one more than the largest id
 * @off:         where a type begins in @types
 * @kind:        its kind
 * @state:       enum bemu_kbtf_state
 * @res_id:      what modifiers, pointers, variables and functions lead to
 * @res_size:    bytes of an array
 * @good_name:   a bit for each offset in @strs that is known to be an identifier
 */
struct bemu_kbtf_check {
	struct bemu_model *model;
	struct bemu_env *env;
	struct bemu_klog *log;
	const struct bemu_btf *base;
	bool kernel;
	bool resolving;
	uint32_t needs;
	uint32_t log_type_id;
	uint32_t first;
	uint32_t nr;
	const char *types;
	uint32_t types_len;
	const char *strs;
	uint32_t start_str_off;
	uint32_t str_len;
	uint32_t *off;
	uint8_t *kind;
	uint8_t *state;
	uint32_t *res_id;
	uint32_t *res_size;
	uint8_t *good_name;
};

/* kbtf_check.c */
extern const struct btf_type bemu_kbtf_void[];

/** bemu_kbtf_type() - NULL past the last one */
static inline const struct btf_type *bemu_kbtf_type(const struct bemu_kbtf_check *c, uint32_t id)
{
	if (id >= c->nr)
		return NULL;
	if (id && id >= c->first)
		return (const struct btf_type *)(const void *)(c->types + c->off[id - c->first]);
	return id ? bemu_btf_type(c->base, id) : bemu_kbtf_void;
}

/** bemu_kbtf_kind() - bit of its kind; only of BTF without a base */
static inline uint32_t bemu_kbtf_kind(const struct bemu_kbtf_check *c, uint32_t id)
{
	return id < c->nr ? 1u << c->kind[id] : BEMU_KIND_MISSING;
}

/** bemu_kbtf_str() - NULL past the strings */
static inline const char *bemu_kbtf_str(const struct bemu_kbtf_check *c, uint32_t off)
{
	if (off < c->start_str_off)
		return bemu_btf_str(c->base, off);
	off -= c->start_str_off;
	return off < c->str_len ? c->strs + off : NULL;
}

/** bemu_kbtf_name_off_ok() - mirrors btf_name_offset_valid() */
static inline bool bemu_kbtf_name_off_ok(const struct bemu_kbtf_check *c, uint32_t off)
{
	return off <= BEMU_K_BTF_MAX_NAME_OFFSET && off < c->start_str_off + c->str_len;
}

/** bemu_kbtf_scan_identifier() / _section() - characters and length of a name at a valid offset */
bool bemu_kbtf_scan_identifier(struct bemu_kbtf_check *c, uint32_t off);
bool bemu_kbtf_section_ok(struct bemu_kbtf_check *c, uint32_t off);

/** bemu_kbtf_identifier_ok() - mirrors btf_name_valid_identifier(), which accepts Latin-1 letters */
static inline bool bemu_kbtf_identifier_ok(struct bemu_kbtf_check *c, uint32_t off)
{
	uint32_t own = off - c->start_str_off;

	if (off >= c->start_str_off && c->good_name[own / 8] >> own % 8 & 1)
		return true;
	return bemu_kbtf_scan_identifier(c, off);
}

/* kbtf_log.c: lines of the log. All return -EINVAL, so that saying and leaving are one line. */
/** bemu_kbtf_name() - for people: "(anon)", "(invalid-name-offset)"; mirrors __btf_name_by_offset() */
const char *bemu_kbtf_name(const struct bemu_kbtf_check *c, uint32_t off);
/** bemu_kbtf_say() - a text by itself */
int bemu_kbtf_say(struct bemu_kbtf_check *c, const char *fmt, ...) BEMU_PRINTF(2, 3);
/** bemu_kbtf_say_type() - a type with its details, and what is wrong; @fmt NULL: nothing is */
int bemu_kbtf_say_type(struct bemu_kbtf_check *c, const struct btf_type *t, const char *fmt, ...)
	BEMU_PRINTF(3, 4);
/** bemu_kbtf_say_basic() - as bemu_kbtf_say_type() without the details */
int bemu_kbtf_say_basic(struct bemu_kbtf_check *c, const struct btf_type *t, const char *fmt, ...)
	BEMU_PRINTF(3, 4);
int bemu_kbtf_say_member(struct bemu_kbtf_check *c, const struct btf_type *t,
			 const struct btf_member *m, const char *fmt, ...) BEMU_PRINTF(4, 5);
int bemu_kbtf_say_entry(struct bemu_kbtf_check *c, const struct btf_type *t,
			const struct btf_var_secinfo *entry, const char *why);
void bemu_kbtf_say_enum(struct bemu_kbtf_check *c, const struct btf_type *t,
			const struct btf_enum *e);
void bemu_kbtf_say_enum64(struct bemu_kbtf_check *c, const struct btf_type *t,
			  const struct btf_enum64 *e);

static inline bool bemu_kbtf_logs(const struct bemu_kbtf_check *c)
{
	return c->log->level;
}

/* Lines about what is right are worth a call only when somebody reads them. */
static inline void bemu_kbtf_show_type(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	if (bemu_kbtf_logs(c))
		(void)bemu_kbtf_say_type(c, t, NULL);
}

static inline void bemu_kbtf_show_member(struct bemu_kbtf_check *c, const struct btf_type *t,
					 const struct btf_member *m)
{
	if (bemu_kbtf_logs(c))
		(void)bemu_kbtf_say_member(c, t, m, NULL);
}

/** bemu_kbtf_note_names() - fills @good_name */
void bemu_kbtf_note_names(struct bemu_kbtf_check *c);
/** bemu_kbtf_check_metas() - every record by itself; mirrors btf_check_all_metas() */
int bemu_kbtf_check_metas(struct bemu_kbtf_check *c);
/** bemu_kbtf_check_types() - what types refer to; mirrors btf_check_all_types() */
int bemu_kbtf_check_types(struct bemu_kbtf_check *c);
/** bemu_kbtf_check_member() - a member whose type is resolved; mirrors the check_member operations */
int bemu_kbtf_check_member(struct bemu_kbtf_check *c, const struct btf_type *t,
			   const struct btf_member *m);
/** bemu_kbtf_check_tags() - mirrors btf_check_type_tags() */
int bemu_kbtf_check_tags(struct bemu_kbtf_check *c);
/** bemu_kbtf_check_fields() - mirrors btf_parse_struct_metas(), btf_check_and_fixup_fields() */
int bemu_kbtf_check_fields(struct bemu_kbtf_check *c);

/**
 * bemu_kbtf_size() - what an id leads to, and its size; mirrors btf_type_id_size()
 * @id:   replaced by the id behind modifiers
 * @size: may be NULL
 * Return: whether it has a size; nothing is written when it has none.
 */
static inline bool bemu_kbtf_size(const struct bemu_kbtf_check *c, uint32_t *id, uint32_t *size)
{
	uint32_t cur = *id, kind = bemu_kbtf_kind(c, cur), bytes;

	if (kind & (BEMU_KIND_MODIFIER | BEMU_KIND_BIT(VAR))) {
		cur = c->res_id[cur];
		kind = bemu_kbtf_kind(c, cur);
	}
	if (kind & BEMU_KIND_SIZED)
		bytes = size ? bemu_kbtf_type(c, cur)->size : 0;
	else if (kind & BEMU_KIND_BIT(ARRAY))
		bytes = c->res_size[cur];
	else if (kind & BEMU_KIND_BIT(PTR))
		bytes = BEMU_K_PTR_SIZE;
	else
		return false;
	*id = cur;
	if (size)
		*size = bytes;
	return true;
}

/** bemu_kbtf_int_is_regular() - mirrors btf_type_int_is_regular() */
bool bemu_kbtf_int_is_regular(const struct btf_type *t);

static inline uint32_t bemu_kbtf_round_up_bytes(uint32_t bits)
{
	return bits / 8 + (bits % 8 != 0);
}

#endif
