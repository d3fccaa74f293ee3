/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * FD numbers that a program carries away in plain 64-bit constants. The kernel takes such a constant as it is,
 * so nothing holds what the number meant.
 *
 * The evidence: the upper half is the number of an FD that is open while the program is loaded, and the
 * lower half is the id of a type that only the BTF behind that FD has.
 */
#ifndef BEMU_AUDIT_CONSTANTS_H
#define BEMU_AUDIT_CONSTANTS_H

#include "audit/ledger.h"
#include "uapi/bpf.h"

struct bemu_constants;

/** struct bemu_constants_opts - @type_name: as in struct bemu_words_opts */
struct bemu_constants_opts {
	int (*type_name)(void *ctx, int fd, uint32_t id, char *buf, size_t len);
	void *ctx;
};

int bemu_constants_new(struct bemu_env *env, struct bemu_findings *findings,
		       const struct bemu_ledger *ledger, const struct bemu_constants_opts *opts,
		       struct bemu_constants **out) BEMU_MUST_CHECK;
void bemu_constants_free(struct bemu_constants *c);

/** bemu_constants_saw() - two words at @insn_idx of a program that is about to be loaded */
int bemu_constants_saw(struct bemu_constants *c, uint32_t insn_idx,
		       const struct bpf_insn words[2]) BEMU_MUST_CHECK;
/** bemu_constants_loaded() - it was, and @life is its FD's; 0: it was refused */
void bemu_constants_loaded(struct bemu_constants *c, uint32_t life);
/** bemu_constants_pinned() - the program of that life has a name of its own now */
void bemu_constants_pinned(struct bemu_constants *c, uint32_t life);
/** bemu_constants_closed() - that life ended, in this step: which programs have its number? */
int bemu_constants_closed(struct bemu_constants *c, uint32_t life, uint32_t step) BEMU_MUST_CHECK;

#endif
