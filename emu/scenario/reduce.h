/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A scenario, or an input of a fuzz target, made smaller while its finding stays. */
#ifndef BEMU_SCENARIO_REDUCE_H
#define BEMU_SCENARIO_REDUCE_H

#include "scenario/run.h"

enum { BEMU_REDUCE_MAX_RUNS = 5000 };

/**
 * struct bemu_reduce_opts - all-zero means defaults
 * @size:      sizeof(struct bemu_reduce_opts)
 * @max_runs:  how often a candidate is run; 0 is BEMU_REDUCE_MAX_RUNS
 * @read_file: as of struct bemu_scn_opts, with @ctx
 * @progress:  told before each run; may be NULL
 */
struct bemu_reduce_opts {
	size_t size;
	uint32_t max_runs;
	int (*read_file)(void *ctx, const char *path, const void **data, size_t *len);
	void (*progress)(void *ctx, uint32_t done, uint32_t total);
	void *ctx;
};

/**
 * struct bemu_reduce_result
 * @found:   there is a finding; without one nothing was done
 * @id:      enum bemu_finding_id
 * @summary: of the finding at the end
 * @nr_runs: runs that it took; @exhausted: as many as were allowed
 */
struct bemu_reduce_result {
	bool found, exhausted;
	uint32_t id;
	char summary[BEMU_FINDING_LINE_LEN];
	uint32_t nr_runs;
};

/**
 * bemu_scn_reduce() - drops steps with what depends on them, headers, statements of blocks, settings and items of
 * lists, then makes numbers smaller, again and again until nothing more can go
 *
 * The finding that stays is the first that the text does not expect, or without one the first: the same
 * detector, the same summary and the same kind of step, but for numbers. Answers are kept true. What the text
 * expected is replaced by that finding. The same text gives the same result.
 *
 * Return: 0 with @out and @res; -EINVAL with @where for what is no scenario; -EOPNOTSUPP, -ENOMEM, -EDQUOT.
 */
int bemu_scn_reduce(struct bemu_env *env, const char *text, size_t len,
		    const struct bemu_reduce_opts *opts, struct bemu_scn_where *where,
		    struct bemu_buf *out, struct bemu_reduce_result *res) BEMU_MUST_CHECK;

/**
 * bemu_artefact_reduce() - the same for the bytes of an input of @target (bemu_scn_decode()): records go, then
 * bytes become 0; knobs that are not needed go, too
 */
int bemu_artefact_reduce(struct bemu_env *env, const char *target, const uint8_t *data, size_t size,
			 const struct bemu_reduce_opts *opts, struct bemu_buf *out,
			 struct bemu_reduce_result *res) BEMU_MUST_CHECK;

#endif
