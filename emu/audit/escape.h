/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * FD numbers that were put into a program as plain data. Nothing that the kernel keeps refers to what such a
 * number means: when the table entry goes, or its task, the program is left with a number of nothing.
 */
#ifndef BEMU_AUDIT_ESCAPE_H
#define BEMU_AUDIT_ESCAPE_H

#include "audit/finding.h"

struct bemu_escape;

enum { BEMU_ESCAPE_NAME_LEN = 48 };

/**
 * struct bemu_escape_note - a number in a program
 * @table: whose table it is of, any value that stands for one
 * @life:  which life of the number, as the ledger of that table counts
 * @prog_id: id of the program that has it
 */
struct bemu_escape_note {
	uint32_t table, life;
	uint32_t prog_id, insn_idx;
	int32_t fd;
	char name[BEMU_ESCAPE_NAME_LEN]; /* of the number */
	char prog[BEMU_ESCAPE_NAME_LEN];
};

/**
 * bemu_escape_new() - @alive tells whether a program with that id is still there, as any task can ask
 */
int bemu_escape_new(struct bemu_env *env, struct bemu_findings *findings,
		    bool (*alive)(void *ctx, uint32_t prog_id), void *ctx,
		    struct bemu_escape **out) BEMU_MUST_CHECK;
void bemu_escape_free(struct bemu_escape *escape);

/** bemu_escape_note() - 0 or -ENOMEM */
int bemu_escape_note(struct bemu_escape *escape,
		     const struct bemu_escape_note *note) BEMU_MUST_CHECK;
/** bemu_escape_ended() - that life is over; @exits: with its task. Judged by bemu_escape_judge(). */
void bemu_escape_ended(struct bemu_escape *escape, uint32_t table, uint32_t life, bool exits);
/** bemu_escape_judge() - the step is over: which numbers that ended in it have programs that live on? */
int bemu_escape_judge(struct bemu_escape *escape, uint32_t step) BEMU_MUST_CHECK;

#endif
