/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#ifndef BEMU_SCENARIO_CALLS_TEXT_H
#define BEMU_SCENARIO_CALLS_TEXT_H

#include "base/buf.h"
#include "scenario/knobs.h"

/** bemu_calls_text() - records of scenario/calls.h, done on a world of their own, as steps of a scenario */
int bemu_calls_text(struct bemu_env *env, const uint8_t *data, size_t size,
		    const struct bemu_knobs *knobs, struct bemu_buf *out) BEMU_MUST_CHECK;

#endif
