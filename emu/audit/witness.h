/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A watcher of a task (bemu/watch.h) that keeps the second book of FDs: from what was asked and what
 * came back it knows which numbers are alive, follows each through the memory of a loader program by
 * its tag, and judges every use; programs and blobs that it loads are judged by words.h and blob.h. It
 * knows nothing of who wrote the program.
 */
#ifndef BEMU_AUDIT_WITNESS_H
#define BEMU_AUDIT_WITNESS_H

#include <bemu/watch.h>

#include "audit/claims.h"
#include "audit/ledger.h"

/**
 * struct bemu_witness_opts - what the witness is told besides the calls
 * @size:     sizeof(struct bemu_witness_opts)
 * @btf_name: name of the BTF behind an FD, as OBJ_GET_INFO_BY_FD gives it, into @buf; 0 when there is
 *            one. May be NULL.
 * @result:   what the caller calls the FD at @off of a program's context; NULL when it expects none
 *            there. May be NULL: then every followed number there is a result.
 * @type_name: name of type @id in the BTF behind @fd, the kernel's own for 0; 0 when there is one. May
 *            be NULL.
 * @step:     number of the call that begins, as the caller counts its calls; NULL: counted from 1
 * @full_name: the object's symbol that is @name or begins with it; NULL for none. May be NULL: a name that a
 *            program looks up is not judged.
 * @ctx:      handed to all
 * @claims:   what an object's file says of its programs' words, for who loads it natively; borrowed, NULL
 *            for nothing
 * @named:    @result gives the programs' own names
 */
struct bemu_witness_opts {
	size_t size;
	int (*btf_name)(void *ctx, int fd, char *buf, size_t len);
	const char *(*result)(void *ctx, uint32_t off);
	int (*type_name)(void *ctx, int fd, uint32_t id, char *buf, size_t len);
	uint32_t (*step)(void *ctx);
	const char *(*full_name)(void *ctx, const char *name);
	void *ctx;
	bool named;
	const struct bemu_claims *claims;
};

struct bemu_witness;

/** bemu_witness_new() - @opts is copied, NULL for none; 0, -ENOMEM, -EINVAL for an unknown size */
int bemu_witness_new(struct bemu_env *env, const struct bemu_witness_opts *opts,
		     struct bemu_witness **out) BEMU_MUST_CHECK;
void bemu_witness_free(struct bemu_witness *w);

/** bemu_witness_watch() - for bemu_task_watch(), or to be called from another watcher. Borrowed. */
const struct bemu_watch *bemu_witness_watch(struct bemu_witness *w);

/**
 * bemu_witness_exec() - the task is about to exec: numbers that close on it end, and an object's that does
 * not is a finding
 */
int bemu_witness_exec(struct bemu_witness *w) BEMU_MUST_CHECK;

/** bemu_witness_told() - what the caller is told: 0, or an errno when a call failed or a program said so */
int bemu_witness_told(struct bemu_witness *w, int told) BEMU_MUST_CHECK;

/** bemu_witness_end() - nothing more will come: what is open and was not handed out is a leak */
int bemu_witness_end(struct bemu_witness *w) BEMU_MUST_CHECK;

/**
 * bemu_witness_compare() - @other saw the same loader with something else that is not signed: what they handed
 * to the kernel may not differ
 * @blob: what of its blob is another, and then it may have done nothing; NULL: its context is
 */
int bemu_witness_compare(struct bemu_witness *w, const struct bemu_witness *other,
			 const char *blob) BEMU_MUST_CHECK;

/** bemu_witness_findings() / bemu_witness_ledger() - borrowed */
const struct bemu_findings *bemu_witness_findings(const struct bemu_witness *w);
const struct bemu_ledger *bemu_witness_ledger(const struct bemu_witness *w);

#endif
