/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Inputs of fuzz targets as scenarios, decoded by what the targets themselves decode them with. */
#ifndef BEMU_SCENARIO_ARTEFACT_H
#define BEMU_SCENARIO_ARTEFACT_H

#include "base/buf.h"

/** bemu_scn_target() - the @n-th target whose inputs can be told as scenarios; NULL behind the last */
const char *bemu_scn_target(uint32_t n);

/** bemu_scn_target_unit() - bytes of what an input of the target consists of: one, or a record */
uint32_t bemu_scn_target_unit(const char *target);

/**
 * bemu_scn_decode() - the text of a scenario that does what @target does with an input
 * @target: "lifetime_fuzzer"
 * @out:    every step has the answer that the target saw; what cannot be told is a comment
 *
 * Return: 0; -ENOENT for a target that is none of bemu_scn_target(); -ENOMEM, -EDQUOT.
 */
int bemu_scn_decode(struct bemu_env *env, const char *target, const uint8_t *data, size_t size,
		    struct bemu_buf *out) BEMU_MUST_CHECK;

#endif
