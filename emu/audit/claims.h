/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What an object's file says of words of its programs, against the words that are loaded. A symbol is
 * followed to what it names: the map behind the number, the type behind FD and id. A CO-RE record is
 * evaluated again from the layout of the target's types, by rules that are few and sure; where they say
 * nothing, neither does the judge.
 */
#ifndef BEMU_AUDIT_CLAIMS_H
#define BEMU_AUDIT_CLAIMS_H

#include <bemu/watch.h>

#include "audit/finding.h"
#include "btf/btf.h"
#include "uapi/bpf.h"

enum bemu_claim_kind {
	BEMU_CLAIM_MAP, /* the word names a map */
	BEMU_CLAIM_FUNC, /* calls a function of the kernel, or loads its address */
	BEMU_CLAIM_VAR, /* loads the address of a variable of the kernel */
	BEMU_CLAIM_CORE, /* a CO-RE record */
};

/**
 * struct bemu_claim - word @insn_idx of @prog; strings are borrowed
 * @name:    of the symbol; CORE: the access string
 * @type_id: CORE: in the local BTF
 * @core:    CORE: enum bpf_core_relo_kind
 * @before:  CORE: the word in the file, and the one behind it
 */
struct bemu_claim {
	uint32_t kind; /* enum bemu_claim_kind */
	const char *prog;
	uint32_t insn_idx;
	const char *name;
	uint32_t type_id, core;
	struct bpf_insn before[2];
};

/** struct bemu_claims - @targets: the kernel's own BTF, then those of its modules; all borrowed */
struct bemu_claims {
	uint32_t nr;
	const struct bemu_claim *arr;
	const struct bemu_btf *local;
	uint32_t nr_targets;
	const struct bemu_btf *const *targets;
};

/**
 * struct bemu_claims_ops - what is asked while a program is loaded
 * @map_name:  of the map behind @fd as it was given to its creation; "" when @fd is something else; NULL
 *             when nothing is known of @fd
 * @what:      what a number is on, for the report
 * @type_name: as in struct bemu_witness_opts; NULL: types of symbols are not judged
 */
struct bemu_claims_ops {
	const char *(*map_name)(void *ctx, int fd);
	const char *(*what)(void *ctx, int fd);
	void *ctx;
	int (*type_name)(void *ctx, int fd, uint32_t id, char *buf, size_t len);
	void *type_ctx;
};

/** bemu_claims_judge() - a PROG_LOAD is about to be done; 0, -ENOMEM */
int bemu_claims_judge(const struct bemu_claims *claims, const struct bemu_claims_ops *ops,
		      const struct bemu_seen *seen, uint32_t step,
		      struct bemu_findings *findings) BEMU_MUST_CHECK;

/** enum bemu_core_truth - what is known of a record */
enum bemu_core_truth {
	BEMU_TRUTH_UNKNOWN,
	BEMU_TRUTH_ABSENT, /* the target has nothing of that name */
	BEMU_TRUTH_VALUE,
};

/**
 * bemu_core_truth_of() - the value that a record names in the targets
 * @size: receives the bytes of a scalar, or of an element of an array of them; 0 for others
 */
enum bemu_core_truth bemu_core_truth_of(const struct bemu_claims *claims,
					const struct bemu_claim *claim, uint64_t *value,
					uint32_t *size);

#endif
