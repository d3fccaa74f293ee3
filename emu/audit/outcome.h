/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What came of a task's own calls, against what its caller is told; and names that a program looks up, against
 * those that its object has.
 */
#ifndef BEMU_AUDIT_OUTCOME_H
#define BEMU_AUDIT_OUTCOME_H

#include <bemu/watch.h>

#include "audit/finding.h"

/** struct bemu_outcome - all-zero at first; @err: what failed last, negative, of call @step; 0 for nothing */
struct bemu_outcome {
	int err;
	uint32_t step;
	bool in_program; /* a program's own answer */
};

/** bemu_outcome_saw() - a call ended: those that the task makes itself count */
void bemu_outcome_saw(struct bemu_outcome *outcome, const struct bemu_seen *seen, uint32_t step);

/** bemu_outcome_told() - judges errno-mismatch; @told: 0 or a negative errno. 0 or -ENOMEM */
int bemu_outcome_told(const struct bemu_outcome *outcome, int told,
		      struct bemu_findings *findings) BEMU_MUST_CHECK;

/** bemu_outcome_asked() - @full: the object's name of which what is looked up is the beginning; 0 or -ENOMEM */
int bemu_outcome_asked(const struct bemu_seen *seen, const char *full, uint32_t step,
		       struct bemu_findings *findings) BEMU_MUST_CHECK;

#endif
