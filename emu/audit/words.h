/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a loader program puts into the words of the programs that it loads, against the names that it looked
 * up for them. A lookup's answer is followed by its tag into the word; when the program is loaded, the word
 * must still have what was answered, and the place that it selects must hold what was opened for that name.
 *
 * The evidence is the string given to the lookup, its answer, and the bytes that the kernel is about to read.
 */
#ifndef BEMU_AUDIT_WORDS_H
#define BEMU_AUDIT_WORDS_H

#include <bemu/watch.h>

#include "audit/ledger.h"
#include "uapi/bpf.h"

struct bemu_words;

/**
 * struct bemu_words_opts - what is asked of the emulated kernel, as any process may
 * @type_name: name of type @id in the BTF behind @fd, the kernel's own for 0; 0 when there is one. May be
 *             NULL.
 */
struct bemu_words_opts {
	int (*type_name)(void *ctx, int fd, uint32_t id, char *buf, size_t len);
	void *ctx;
};

int bemu_words_new(struct bemu_env *env, struct bemu_findings *findings,
		   const struct bemu_ledger *ledger, const struct bemu_words_opts *opts,
		   struct bemu_words **out) BEMU_MUST_CHECK;
void bemu_words_free(struct bemu_words *words);

/** bemu_words_is_lookup() - a tag of an answer, no life of the ledger */
bool bemu_words_is_lookup(uint32_t tag);

/** bemu_words_found() - a lookup answered; sets @seen's tags. @life: of the FD that came with it, or 0 */
int bemu_words_found(struct bemu_words *words, struct bemu_seen *seen,
		     uint32_t life) BEMU_MUST_CHECK;

/** bemu_words_judge() - one instruction of a program that is about to be loaded; @addr: where it is */
int bemu_words_judge(struct bemu_words *words, const struct bemu_seen *seen, uint32_t step,
		     uint64_t fd_array, uint64_t addr, uint32_t insn_idx,
		     const struct bpf_insn *insn) BEMU_MUST_CHECK;

#endif
