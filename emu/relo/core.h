/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * CO-RE: from a record and a list of candidate types to a patched instruction, and the account of how
 * the answer came about. Pure functions; who may be a candidate is the caller's business.
 * Mirrors bpf_core_calc_relo_insn() and bpf_core_patch_insn(), tools/lib/bpf/relo_core.c, libbpf 1.7.
 */
#ifndef BEMU_RELO_CORE_H
#define BEMU_RELO_CORE_H

#include "btf/btf.h"
#include "insn/insn.h"

enum bemu_core_kind {
	BEMU_CORE_FIELD_BYTE_OFFSET = 0,
	BEMU_CORE_FIELD_BYTE_SIZE = 1,
	BEMU_CORE_FIELD_EXISTS = 2,
	BEMU_CORE_FIELD_SIGNED = 3,
	BEMU_CORE_FIELD_LSHIFT_U64 = 4,
	BEMU_CORE_FIELD_RSHIFT_U64 = 5,
	BEMU_CORE_TYPE_ID_LOCAL = 6,
	BEMU_CORE_TYPE_ID_TARGET = 7,
	BEMU_CORE_TYPE_EXISTS = 8,
	BEMU_CORE_TYPE_SIZE = 9,
	BEMU_CORE_ENUMVAL_EXISTS = 10,
	BEMU_CORE_ENUMVAL_VALUE = 11,
	BEMU_CORE_TYPE_MATCHES = 12,
	BEMU_CORE_NR_KINDS,
};

enum { BEMU_CORE_SPEC_MAX_LEN = 64, BEMU_CORE_POISON_IMM = 0x0bad2310 };

/** struct bemu_core_relo - record of .BTF.ext and of bpf(2); mirrors struct bpf_core_relo */
struct bemu_core_relo {
	uint32_t insn_off; /* bytes */
	uint32_t type_id;
	uint32_t access_str_off;
	uint32_t kind; /* enum bemu_core_kind */
};

/** enum bemu_core_rules - whose rules where they differ; the engine is one, see private.h */
enum bemu_core_rules {
	BEMU_CORE_LIBBPF_1_1,
	BEMU_CORE_LIBBPF_1_5,
	BEMU_CORE_LIBBPF_1_7,
	BEMU_CORE_LIBBPF_NEXT,
	BEMU_CORE_KERNEL_6_1,
	BEMU_CORE_KERNEL_6_18,
};

/** struct bemu_core_cand - one target type; @owner ("vmlinux", module name) is borrowed */
struct bemu_core_cand {
	const struct bemu_btf *btf;
	const char *owner;
	uint32_t type_id;
	uint32_t btf_id; /* registry id, 0 when unknown */
};

struct bemu_core_cands {
	uint32_t nr, cap;
	struct bemu_core_cand *arr;
};

/**
 * bemu_core_add_cands() - append own types of @btf that fit the essential name and kind of the local type
 *
 * As libbpf: ENUM and ENUM64 are one kind here. @cands starts zeroed; bemu_core_cands_fini() frees it.
 * Return: 0; -EINVAL for a local type that does not exist or has no name; -ENOMEM, -EDQUOT.
 */
int bemu_core_add_cands(struct bemu_env *env, const struct bemu_btf *local, uint32_t local_id,
			const struct bemu_btf *btf, const char *owner, uint32_t btf_id,
			struct bemu_core_cands *cands) BEMU_MUST_CHECK;
/** bemu_core_add_cands_kernel() - the same as the kernel does it: kinds must be equal */
int bemu_core_add_cands_kernel(struct bemu_env *env, const struct bemu_btf *local,
			       uint32_t local_id, const struct bemu_btf *btf, const char *owner,
			       uint32_t btf_id, struct bemu_core_cands *cands) BEMU_MUST_CHECK;
void bemu_core_cands_fini(struct bemu_env *env, struct bemu_core_cands *cands);

struct bemu_core_accessor {
	uint32_t type_id;
	uint32_t idx;
	const char *name; /* NULL for array elements */
};

/** struct bemu_core_spec - mirrors struct bpf_core_spec; only the first nr_acc and nr_raw are filled */
struct bemu_core_spec {
	const struct bemu_btf *btf;
	uint32_t root_type_id;
	uint32_t kind;
	struct bemu_core_accessor acc[BEMU_CORE_SPEC_MAX_LEN];
	uint32_t nr_acc;
	uint32_t raw[BEMU_CORE_SPEC_MAX_LEN];
	uint32_t nr_raw;
	uint32_t bit_off;
};

/** struct bemu_core_res - mirrors struct bpf_core_relo_res */
struct bemu_core_res {
	uint64_t orig_val;
	uint64_t new_val;
	bool poison;
	bool validate;
	bool fail_memsz_adjust;
	uint32_t orig_sz, orig_type_id;
	uint32_t new_sz, new_type_id;
};

/** enum bemu_core_why - what became of a candidate */
enum bemu_core_why {
	BEMU_CORE_MATCHED,
	BEMU_CORE_NO_MEMBER, /* no member of that name */
	BEMU_CORE_BAD_MEMBER_KIND, /* member found, its type is not compatible */
	BEMU_CORE_NOT_COMPOSITE,
	BEMU_CORE_NOT_ARRAY,
	BEMU_CORE_ARRAY_BOUND,
	BEMU_CORE_NO_ENUMERATOR,
	BEMU_CORE_TYPE_INCOMPATIBLE,
	BEMU_CORE_TYPE_MISMATCH, /* TYPE_MATCHES said no */
	BEMU_CORE_AMBIGUOUS, /* differs from an earlier match */
	BEMU_CORE_ERROR, /* could not be compared or measured: too deep, too large, in a circle */
};

/** struct bemu_core_tried - one candidate's line in a record */
struct bemu_core_tried {
	struct bemu_core_cand cand;
	uint32_t why; /* enum bemu_core_why */
	uint32_t bit_off; /* when matched */
	uint64_t value; /* when matched */
	const char *detail; /* member or type in question; borrowed from a BTF, or NULL */
	char text[160]; /* one sentence: 'no member "__state"'; "here" is the candidate */
};

/**
 * struct bemu_core_record - the account of one relocation: what users ask for most
 * @spec: "<byte_off> [7] struct task_struct.__state (0:5 @ offset 24)"; "" when it cannot be parsed
 *
 * @lines: NULL, or receives the library's own messages, debug ones included, as the kernel logs them
 *
 * relo_idx, insn_idx, lines, patched, before and after are the caller's; bemu_core_calc() fills the
 * rest and takes nothing that was there before. Messages count instructions by insn_idx.
 */
struct bemu_core_record {
	struct bemu_core_relo relo;
	uint32_t relo_idx;
	uint32_t insn_idx; /* in the program; the caller's numbering */
	char spec[224];
	uint32_t nr_tried;
	struct bemu_core_tried *tried; /* from the env; bemu_core_record_fini() */
	struct bemu_core_res res;
	int err;
	uint32_t nr_matched;
	bool patched;
	struct bpf_insn before[2], after[2];
	struct bemu_buf *lines;
};

void bemu_core_record_fini(struct bemu_env *env, struct bemu_core_record *rec);

/**
 * bemu_core_calc() - value of one relocation
 * @rules:    enum bemu_core_rules
 * @local:    BTF of the object; @relo->type_id and access_str_off are its
 * @cands:    candidates; compacted to the matching ones when at least one matched, as libbpf does.
 *            NULL is an empty list.
 * @prog:     name for messages
 * @res:      receives the result
 * @rec:      NULL, or receives the account (also on failure)
 *
 * Differs: where the mirrored code divides by zero, reads out of bounds or never ends (a bitfield of a
 * type without size, arrays of themselves, typedefs in a circle) the answer is -EINVAL and a reason.
 *
 * Return: 0, or the errno with which libbpf's load would fail; the reason is in the log. -ENOMEM and
 *   -EDQUOT are ours when env->fault says so.
 */
int bemu_core_calc(struct bemu_env *env, uint32_t rules, const struct bemu_btf *local,
		   const struct bemu_core_relo *relo, struct bemu_core_cands *cands,
		   const char *prog, struct bemu_core_res *res,
		   struct bemu_core_record *rec) BEMU_MUST_CHECK;

/**
 * bemu_core_patch() - write the result into the word(s) at @insn_idx
 *
 * Mirrors bpf_core_patch_insn(): the same for all releases of enum bemu_core_rules.
 * Return: 0; -EINVAL for a word that cannot take the value or does not hold the expected one; -ERANGE
 *   for an offset above 32767. The words are unchanged then.
 */
int bemu_core_patch(struct bemu_env *env, uint32_t rules, const char *prog, struct bpf_insn *insns,
		    uint32_t nr_insns, uint32_t insn_idx, const struct bemu_core_relo *relo,
		    const struct bemu_core_res *res) BEMU_MUST_CHECK;

/** bemu_core_patch_lines() - bemu_core_patch() that also appends the library's messages to @lines */
int bemu_core_patch_lines(struct bemu_env *env, const char *prog, struct bpf_insn *insns,
			  uint32_t nr_insns, uint32_t insn_idx, uint32_t relo_idx,
			  const struct bemu_core_res *res, struct bemu_buf *lines) BEMU_MUST_CHECK;

/** bemu_core_poison() - the word becomes the poisoned call */
void bemu_core_poison(struct bpf_insn *insn);
/**
 * bemu_core_is_poisoned() - a word that a relocation poisoned
 *
 * bemu_core_patch() poisons for res->poison, and a load or store also for res->fail_memsz_adjust.
 */
bool bemu_core_is_poisoned(const struct bpf_insn *insn);

/**
 * bemu_core_types_compat() - mirrors libbpf's bpf_core_types_are_compat()
 * Return: 1, 0, or -EINVAL past 32 levels.
 */
int bemu_core_types_compat(struct bemu_env *env, const struct bemu_btf *local, uint32_t local_id,
			   const struct bemu_btf *targ, uint32_t targ_id) BEMU_MUST_CHECK;
/** bemu_core_types_match() - mirrors libbpf's bpf_core_types_match(): 1, 0, -EINVAL, -EDQUOT */
int bemu_core_types_match(struct bemu_env *env, const struct bemu_btf *local, uint32_t local_id,
			  const struct bemu_btf *targ, uint32_t targ_id) BEMU_MUST_CHECK;

/** bemu_core_kind_name() - "byte_off", as libbpf's messages; bemu_core_kind_long_name() - "field_byte_offset" */
const char *bemu_core_kind_name(uint32_t kind);
const char *bemu_core_kind_long_name(uint32_t kind);
/**
 * bemu_core_spec_parse() - the access string of a record, checked against its type
 * Mirrors bpf_core_parse_spec(). Return: 0, -EINVAL, -E2BIG; the reason is in the log.
 */
int bemu_core_spec_parse(struct bemu_env *env, uint32_t rules, const struct bemu_btf *btf,
			 const struct bemu_core_relo *relo,
			 struct bemu_core_spec *out) BEMU_MUST_CHECK;
/** bemu_core_spec_format() - mirrors bpf_core_format_spec(); the kernel writes kinds in capitals */
void bemu_core_spec_format(uint32_t rules, const struct bemu_core_spec *spec, char *buf,
			   size_t len);

#endif
