/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What both ways of reducing share: one run, judged. */
#ifndef BEMU_SCENARIO_REDUCER_H
#define BEMU_SCENARIO_REDUCER_H

#include "scenario/private.h"
#include "scenario/reduce.h"

enum { BEMU_REDUCER_MAX_UNMET = 256, BEMU_REDUCER_WORDS_LEN = 64 };

/** struct bemu_reducer_key - what a finding is known by; @words: how its step begins, "" for the last step */
struct bemu_reducer_key {
	bool any, unexpected;
	uint32_t id;
	char summary[BEMU_FINDING_LINE_LEN], words[BEMU_REDUCER_WORDS_LEN];
	uint32_t step;
};

struct bemu_reducer_unmet {
	uint32_t line;
	long ret;
};

struct bemu_reducer {
	struct bemu_env *env;
	const struct bemu_reduce_opts *opts;
	struct bemu_scn_where *where;
	bool by_bytes; /* names have numbers in them, which are the numbers of records */
	struct bemu_reducer_key want;
	uint32_t nr_runs, max_runs;
	struct bemu_buf text; /* the smallest so far */
	/* of the run that goes on */
	const struct bemu_scn *scn;
	struct bemu_reducer_key got, first;
	uint32_t nr_unmet;
	struct bemu_reducer_unmet unmet[BEMU_REDUCER_MAX_UNMET];
};

void bemu_reducer_begin(struct bemu_reducer *r, struct bemu_env *env,
			const struct bemu_reduce_opts *opts);
/** bemu_reducer_run() - 0, also for a text that cannot be run as it is; *same: it has the finding */
int bemu_reducer_run(struct bemu_reducer *r, const char *text, size_t len,
		     bool *same) BEMU_MUST_CHECK;
/** bemu_reducer_tell() - the finding that stayed, and what it took */
void bemu_reducer_tell(const struct bemu_reducer *r, struct bemu_reduce_result *res);

#endif
