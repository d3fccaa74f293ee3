/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Failure of one call: a watcher that counts the calls of a task and of the programs that it runs, and
 * answers the n-th in the kernel's place with an errno that this call can end with.
 *
 * What cannot fail is not counted: close(2) frees its number whatever it answers, and what a helper
 * prints is nobody's business.
 */
#ifndef BEMU_SKEL_INJECT_H
#define BEMU_SKEL_INJECT_H

#include <bemu/watch.h>

#include "base/env.h"

enum { BEMU_INJECT_LABEL_LEN = 64 };

/** struct bemu_inject_call - @label: "PROG_LOAD on_exec"; @nth of that label, from 1 */
struct bemu_inject_call {
	uint32_t kind; /* enum bemu_seen_kind */
	uint32_t cmd;
	int32_t insn_idx;
	int err; /* that it can end with, negative */
	uint32_t nth;
	char label[BEMU_INJECT_LABEL_LEN];
};

/**
 * struct bemu_inject - @calls: every call that could have failed, in order; @fail_nr: the one that does,
 * from 1, 0 for none; @failed: it was met
 */
struct bemu_inject {
	struct bemu_watch watch; /* for bemu_task_watch() */
	struct bemu_env *env;
	const struct bemu_watch *next;
	uint32_t fail_nr;
	bool failed;
	uint32_t nr, cap;
	struct bemu_inject_call *calls;
};

/** bemu_inject_init() - @next is told of everything as well; borrowed. @inj may not move. */
void bemu_inject_init(struct bemu_inject *inj, struct bemu_env *env, const struct bemu_watch *next,
		      uint32_t fail_nr);
void bemu_inject_fini(struct bemu_inject *inj);

#endif
