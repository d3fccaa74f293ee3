/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A hunt: BEMU_FUZZ_QUIRKS=ID,... in the environment switches quirks on, all others being off whatever release is
 * replayed, and only a finding of their detectors ends the run: one that the same input does not give when they
 * are off, too. Of a placebo any detector counts. ci/fuzz-bench.sh measures how long that takes.
 * Without it, releases have what they have, and any finding ends the run.
 */
#ifndef BEMU_FUZZ_HUNT_H
#define BEMU_FUZZ_HUNT_H

#include <bemu/quirks.h>

#include "audit/finding.h"

/** fuzz_hunting() - are there quirks to be found? */
bool fuzz_hunting(void);
/** fuzz_is_hunted() - one of those, also while the input is run without them */
bool fuzz_is_hunted(uint32_t quirk);
/** fuzz_quirks() - what is overridden: all-zero when nothing is hunted */
struct bemu_quirks fuzz_quirks(void);
/** fuzz_kernel_quirks() - the same for a world, which keeps dead objects only when the kernel's are hunted */
struct bemu_quirks fuzz_kernel_quirks(void);

/** fuzz_found() - findings of a target: without a hunt, the first is said and ends the run */
void fuzz_found(const struct bemu_findings *set);
void fuzz_found_one(const struct bemu_finding *f);
/** fuzz_judge_bounds() - what was done beyond the bounds of memory (base/guard.h) */
void fuzz_judge_bounds(struct bemu_env *env);
/** fuzz_answer() - what an input was answered, where the only sign of a quirk may be another one */
void fuzz_answer(long answer);

/** fuzz_hunt_ends() - at the end of an input: is there something to be compared with a run without quirks? */
bool fuzz_hunt_ends(void);
/** fuzz_hunt_again() - the input once more without quirks: when it is quiet now, the hit is said and ends the run */
void fuzz_hunt_again(int (*target)(const uint8_t *, size_t), const uint8_t *data, size_t size);

#endif
