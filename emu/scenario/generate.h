/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Scenarios made by chance: sequences of ordinary calls, with the answers that the model gives to them. */
#ifndef BEMU_SCENARIO_GENERATE_H
#define BEMU_SCENARIO_GENERATE_H

#include "base/buf.h"

enum { BEMU_SCN_MAX_GENERATED = 10000 };

/**
 * bemu_scn_generate() - the text of a scenario of @nr_steps steps
 * @seed: the same gives the same text
 *
 * Only calls that ask little of a kernel: small maps, small BTF, socket filters, names in bpffs, numbers
 * of FDs; most of them are valid. What differs between two machines is not part of an answer: ids, the
 * order of a hash.
 *
 * Return: 0, -EINVAL for a number of steps that is 0 or too large, -ENOMEM, -EDQUOT.
 */
int bemu_scn_generate(struct bemu_env *env, uint64_t seed, uint32_t nr_steps,
		      struct bemu_buf *out) BEMU_MUST_CHECK;

#endif
