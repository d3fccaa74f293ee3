/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Where a loader program jumps when something fails. libbpf's generator makes backward jumps for one thing
 * only, to leave with an error: all of them land on the first word of the clean-up. A wrong distance lands a
 * word or two beside it. Loaders that others write may have loops, whose heads are targets of backward jumps
 * as well: two targets are taken for one place only when they are that close and two jumps agree on one.
 */
#ifndef BEMU_AUDIT_JUMPS_H
#define BEMU_AUDIT_JUMPS_H

#include <bemu/watch.h>

#include "audit/finding.h"

/** bemu_jumps_judge() - the @nr words at @insns of a program that @seen loads, by call @step */
int bemu_jumps_judge(struct bemu_findings *findings, const struct bemu_seen *seen, uint32_t step,
		     uint64_t insns, uint32_t nr) BEMU_MUST_CHECK;

#endif
