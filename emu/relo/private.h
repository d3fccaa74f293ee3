/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files of emu/relo share: one relocation at work, and what it remembers about a "no".
 *
 * The releases differ in these places only, each behind one function below:
 *
 *   access numbers   negative ones are read as they are: CORE-NEG-ACCESSOR        spec.c
 *   signedness       of what is no INT: CORE-SIGN-OF-NONINT                       value.c
 *   array width      of the whole array: CORE-ARRAY-WIDTH                         value.c
 *   nesting          2 levels in the kernel, 32 in libbpf                         compat.c
 *   sizes            of types above 2 GiB, of VAR and DATASEC: kernel             spec.c
 */
#ifndef BEMU_RELO_PRIVATE_H
#define BEMU_RELO_PRIVATE_H

#include <errno.h>
#include <string.h>

#include <bemu/quirks.h>

#include "relo/core.h"

/** enum bemu_core_topic - what a candidate's "no" is about; record.c has the sentences */
enum bemu_core_topic {
	BEMU_CORE_SAYS_NOTHING,
	BEMU_CORE_SAYS_KIND, /* kinds or names: both types are described */
	BEMU_CORE_SAYS_INT_OFFSET,
	BEMU_CORE_SAYS_SIZE,
	BEMU_CORE_SAYS_SIGN,
	BEMU_CORE_SAYS_MEMBERS,
	BEMU_CORE_SAYS_ENUMERATORS,
	BEMU_CORE_SAYS_PARAMS,
	BEMU_CORE_SAYS_ELEMS,
	BEMU_CORE_SAYS_NO_MEMBER,
	BEMU_CORE_SAYS_NO_ENUMERATOR,
	BEMU_CORE_SAYS_NOT_COMPOSITE,
	BEMU_CORE_SAYS_NOT_ARRAY,
	BEMU_CORE_SAYS_BOUND,
	BEMU_CORE_SAYS_NO_RULE, /* a kind that no rule is about */
};

/**
 * struct bemu_core_miss - why a candidate does not match; a few words, written only when it does not
 * @why:   enum bemu_core_why
 * @topic: enum bemu_core_topic
 * @name:  member or enumerator in question, or NULL
 * @local_id, @targ_id: types in question
 * @local_nr, @targ_nr: numbers in question
 */
struct bemu_core_miss {
	uint32_t why, topic;
	const char *name;
	uint32_t local_id, targ_id;
	uint32_t local_nr, targ_nr;
};

/** struct bemu_core_job - one relocation at work; @pos is the instruction index, for messages */
struct bemu_core_job {
	struct bemu_env *env;
	struct bemu_buf *lines; /* or NULL */
	uint32_t rules;
	uint32_t relo_idx;
	const char *prog;
	uint32_t pos, off_idx; /* off_idx: the record's own offset, which some messages count by */
	const struct bemu_btf *local;
	const struct bemu_btf *targ;
	struct bemu_core_miss miss;
};

static inline bool bemu_core_rules_kernel(uint32_t rules)
{
	return rules == BEMU_CORE_KERNEL_6_1 || rules == BEMU_CORE_KERNEL_6_18;
}

/*
 * Is it on under these rules? A kernel has what the library of its time has in the same file: Linux 6.1 that
 * of libbpf 1.1, 6.18 that of the next one.
 */
static inline bool bemu_core_quirk(const struct bemu_core_job *job, uint32_t quirk)
{
	static const uint32_t releases[] = {
		[BEMU_CORE_LIBBPF_1_1] = BEMU_LIBBPF_1_1,
		[BEMU_CORE_LIBBPF_1_5] = BEMU_LIBBPF_1_5,
		[BEMU_CORE_LIBBPF_1_7] = BEMU_LIBBPF_1_7,
		[BEMU_CORE_LIBBPF_NEXT] = BEMU_LIBBPF_NEXT,
		[BEMU_CORE_KERNEL_6_1] = BEMU_LIBBPF_1_1,
		[BEMU_CORE_KERNEL_6_18] = BEMU_LIBBPF_NEXT,
	};

	return bemu_env_quirk(job->env, quirk, releases[job->rules]);
}

/* Negative access numbers are refused since the release after libbpf 1.7; stable kernels have it. */
static inline bool bemu_core_takes_negative(const struct bemu_core_job *job)
{
	return bemu_core_rules_kernel(job->rules)
		       ? bemu_env_quirk(job->env, BEMU_QUIRK_CORE_NEG_ACCESSOR, BEMU_LIBBPF_NEXT)
		       : bemu_core_quirk(job, BEMU_QUIRK_CORE_NEG_ACCESSOR);
}

static inline bool bemu_core_is_field(uint32_t kind)
{
	return kind <= BEMU_CORE_FIELD_RSHIFT_U64;
}

static inline bool bemu_core_is_type(uint32_t kind)
{
	return (kind >= BEMU_CORE_TYPE_ID_LOCAL && kind <= BEMU_CORE_TYPE_SIZE) ||
	       kind == BEMU_CORE_TYPE_MATCHES;
}

static inline bool bemu_core_is_enumval(uint32_t kind)
{
	return kind == BEMU_CORE_ENUMVAL_EXISTS || kind == BEMU_CORE_ENUMVAL_VALUE;
}

/* Kinds are the same where CO-RE compares them; mirrors btf_kind_core_compat(). */
static inline bool bemu_core_same_kind(const struct btf_type *a, const struct btf_type *b)
{
	return bemu_btf_kind(a) == bemu_btf_kind(b) ||
	       (bemu_btf_is_any_enum(a) && bemu_btf_is_any_enum(b));
}

/** bemu_core_skip_mods() - bemu_core_skip() for a type that is a modifier or a typedef */
const struct btf_type *bemu_core_skip_mods(struct bemu_core_job *job, const struct bemu_btf *btf,
					   uint32_t id, uint32_t *out_id);

/**
 * bemu_core_skip() - bemu_btf_skip_mods() on the budget
 * Return: the type; NULL for a chain that leaves the BTF, loops or is too long for the budget:
 *   bemu_core_chain() says which.
 */
static inline const struct btf_type *
bemu_core_skip(struct bemu_core_job *job, const struct bemu_btf *btf, uint32_t id, uint32_t *out_id)
{
	const struct btf_type *t = bemu_btf_type(btf, id);

	if (t && (bemu_btf_is_mod_kind(bemu_btf_kind(t)) || bemu_btf_kind(t) == BTF_KIND_TYPEDEF))
		return bemu_core_skip_mods(job, btf, id, out_id);
	if (t)
		*out_id = id;
	return t;
}

/* Names are charged to the budget by their length. */
static inline uint64_t bemu_core_name_steps(size_t len)
{
	return 1 + len / 64;
}

/**
 * bemu_core_names_match() - is the essential part of @name equal to the @len bytes of @want?
 * Return: 1, 0, -EDQUOT.
 */
static inline int bemu_core_names_match(struct bemu_core_job *job, const char *want, size_t len,
					const char *name)
{
	if (strncmp(name, want, len))
		return 0;
	/* only the end or a flavour may follow; a flavour may be very long */
	if (name[len] && bemu_env_step(job->env, bemu_core_name_steps(strlen(name + len))))
		return -EDQUOT;
	return bemu_btf_essential_len(name) == len;
}

static inline uint32_t bemu_core_enumerator_name_off(const struct btf_type *t, uint32_t idx)
{
	return bemu_btf_kind(t) == BTF_KIND_ENUM ? bemu_btf_enums(t)[idx].name_off
						 : bemu_btf_enums64(t)[idx].name_off;
}

/* Mirrors is_flex_arr(): no elements, and the last member of the composite that @acc names. */
static inline bool bemu_core_is_flex(const struct bemu_btf *btf,
				     const struct bemu_core_accessor *acc,
				     const struct btf_array *arr)
{
	return acc->name && !arr->nelems &&
	       acc->idx + 1 == bemu_btf_vlen(bemu_btf_type(btf, acc->type_id));
}

/** bemu_core_no() - remember why, and be the 0 that says "no match" */
static inline int bemu_core_no(struct bemu_core_job *job, struct bemu_core_miss miss)
{
	job->miss = miss;
	return 0;
}

/** bemu_core_say() - append a message as the mirrored code words it, and a newline; lines may be NULL */
void bemu_core_say(struct bemu_buf *lines, const char *fmt, ...) BEMU_PRINTF(2, 3);

enum { BEMU_CORE_KIND_TEXT_LEN = 16 };

/** bemu_core_kind_text() - "struct" as libbpf writes it, "STRUCT" as the kernel does */
const char *bemu_core_kind_text(uint32_t rules, uint32_t kind, char buf[BEMU_CORE_KIND_TEXT_LEN]);

/** bemu_core_chain() - log a chain without end or a missing type: -EINVAL; -EDQUOT was logged */
int bemu_core_chain(struct bemu_core_job *job, uint32_t type_id);

/** bemu_core_size() - mirrors btf__resolve_size() of both sides; negative results are errors */
int64_t bemu_core_size(struct bemu_core_job *job, const struct bemu_btf *btf, uint32_t id);

int bemu_core_parse(struct bemu_core_job *job, const struct bemu_core_relo *relo,
		    struct bemu_core_spec *out) BEMU_MUST_CHECK;

/* 1, 0 with job->miss, or a negative errno; compare job->local with job->targ */
int bemu_core_compat(struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id);
int bemu_core_match(struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id);
int bemu_core_fields_compat(struct bemu_core_job *job, const char *member, uint32_t local_id,
			    uint32_t targ_id);
/** bemu_core_spec_match() - job->targ's type @targ_id against @local; @out is filled as far as it got */
int bemu_core_spec_match(struct bemu_core_job *job, const struct bemu_core_spec *local,
			 uint32_t targ_id, struct bemu_core_spec *out);

/** struct bemu_core_value - what one side of a relocation amounts to */
struct bemu_core_value {
	uint64_t val;
	uint32_t size, type_id; /* of the access, for FIELD_BYTE_OFFSET of what is no bitfield */
	bool validate;
};

/** bemu_core_value_of() - mirrors bpf_core_calc_{field,type,enumval}_relo() for a spec that is there */
int bemu_core_value_of(struct bemu_core_job *job, const struct bemu_core_spec *spec,
		       struct bemu_core_value *out) BEMU_MUST_CHECK;

/* record.c: sentences about candidates */
void bemu_core_tell_miss(const struct bemu_core_job *job, struct bemu_core_tried *out);
void bemu_core_tell_offsets(uint32_t bit_off, uint32_t first_bit_off,
			    const struct bemu_core_cand *first, struct bemu_core_tried *out);
void bemu_core_tell_values(uint64_t value, uint64_t first_value, const struct bemu_core_cand *first,
			   struct bemu_core_tried *out);
void bemu_core_tell_error(int err, struct bemu_core_tried *out);
void bemu_core_tell_match(const struct bemu_core_spec *targ, const struct bemu_core_value *value,
			  struct bemu_core_tried *out);

#endif
