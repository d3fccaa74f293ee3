/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A second book of FDs, kept from system-call returns alone: it is told what was asked and what came
 * back, and never looks into the model's own tables. Each time that a number comes to mean something
 * is a *life*, with a beginning, an end and a name; a stored number is remembered with its life, so
 * that its later use tells whether it still means the same.
 */
#ifndef BEMU_AUDIT_LEDGER_H
#define BEMU_AUDIT_LEDGER_H

#include <stdbool.h>

#include "audit/finding.h"

enum { BEMU_LIFE_WHAT_LEN = 48 };

/** struct bemu_fd_life - one meaning of a number */
struct bemu_fd_life {
	int32_t fd;
	uint32_t nth; /* the n-th life of this number, from 1 */
	uint32_t opened; /* step */
	uint32_t closed; /* step, 0 while open */
	int32_t opened_insn, closed_insn; /* of a loader program, -1 for native calls */
	bool handed; /* given to the caller: not a leak */
	char what[BEMU_LIFE_WHAT_LEN]; /* "btf m1", "prog prog_b" */
};

/** struct bemu_ledger_where - who does something, for the report */
struct bemu_ledger_where {
	uint32_t step;
	int32_t insn_idx; /* of the loader program, -1 for native calls */
	const char *call; /* "bpf_sys_close(6)"; borrowed for the call */
	const char *stored; /* where the number was kept, "blob+256"; NULL when not known */
	uint32_t stored_by; /* instruction that stored it there, UINT32_MAX when not known */
	const char *symbol; /* that the number was looked up for; NULL for none */
};

struct bemu_ledger;

int bemu_ledger_new(struct bemu_env *env, struct bemu_findings *findings,
		    struct bemu_ledger **out) BEMU_MUST_CHECK;
void bemu_ledger_free(struct bemu_ledger *ledger);

/** bemu_ledger_returns_fd() - does that command of bpf(2) answer a new number? */
bool bemu_ledger_returns_fd(uint32_t cmd);

/**
 * bemu_ledger_opened() - a call returned @fd, new
 * @life: receives the number of its life, from 1: the tag for provenance. May be NULL.
 * Return: 0, -ENOMEM, -EINVAL for a negative number.
 */
int bemu_ledger_opened(struct bemu_ledger *ledger, const struct bemu_ledger_where *where, int fd,
		       const char *what, uint32_t *life) BEMU_MUST_CHECK;

/**
 * bemu_ledger_closed() - close(@fd) was called and answered @ret
 * @tag: life that the number was stored with, 0 when not known
 * Judges fd-double-close and fd-recycled.
 */
int bemu_ledger_closed(struct bemu_ledger *ledger, const struct bemu_ledger_where *where, int fd,
		       long ret, uint32_t tag) BEMU_MUST_CHECK;

/** bemu_ledger_used() - @fd was handed to a call otherwise. Judges fd-use-after-close and fd-recycled. */
int bemu_ledger_used(struct bemu_ledger *ledger, const struct bemu_ledger_where *where, int fd,
		     uint32_t tag) BEMU_MUST_CHECK;

/**
 * bemu_ledger_handed() - the caller was given @fd as the result named @what
 * @tag: life that the number was stored with, 0 when not known
 * Judges a result that is dead or names another object than it was stored for; as a consequence when
 * the same life was the victim of an earlier finding.
 */
int bemu_ledger_handed(struct bemu_ledger *ledger, const struct bemu_ledger_where *where, int fd,
		       uint32_t tag, const char *what) BEMU_MUST_CHECK;

/** bemu_ledger_effect() - a line for every root finding so far that has none yet */
void bemu_ledger_effect(struct bemu_ledger *ledger, const char *fmt, ...) BEMU_PRINTF(2, 3);

/** bemu_ledger_open_life() - the open life of a number, from 1; 0 when it has none */
uint32_t bemu_ledger_open_life(const struct bemu_ledger *ledger, int fd);

/**
 * bemu_ledger_end() - the load ended: every open life that was not handed out is a leak
 *
 * Findings get their last line here, the whole history of their number.
 */
int bemu_ledger_end(struct bemu_ledger *ledger,
		    const struct bemu_ledger_where *where) BEMU_MUST_CHECK;

/** bemu_ledger_life() - life @nr, from 1; NULL past the last. Borrowed until the next call. */
const struct bemu_fd_life *bemu_ledger_life(const struct bemu_ledger *ledger, uint32_t nr);
uint32_t bemu_ledger_nr_lives(const struct bemu_ledger *ledger);

#endif
