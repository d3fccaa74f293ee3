/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What decides what a loader program does. Everything that it hands to the kernel is put down in two runs of
 * the same instructions, which are signed, that differ in something else: its context, or its blob. Where
 * what is put down differs, unsigned bytes decided. A loader that checks its blob does nothing at all with
 * another one.
 */
#ifndef BEMU_AUDIT_INPUTS_H
#define BEMU_AUDIT_INPUTS_H

#include <bemu/watch.h>

#include "audit/finding.h"

struct bemu_inputs;

int bemu_inputs_new(struct bemu_env *env, struct bemu_inputs **out) BEMU_MUST_CHECK;
void bemu_inputs_free(struct bemu_inputs *inputs);

/**
 * bemu_inputs_saw() - a bpf(2) call or a lookup of the program begins
 * @map, @value_len: MAP_UPDATE_ELEM: name of the map and bytes of its values; 0 for those that are FDs
 */
int bemu_inputs_saw(struct bemu_inputs *inputs, const struct bemu_seen *seen, const char *map,
		    uint32_t value_len) BEMU_MUST_CHECK;

/**
 * bemu_inputs_compare() - the first call that differs is a finding
 * @blob: what is another in the run of @b: of the blob, and @b may have done nothing; NULL: the context
 */
int bemu_inputs_compare(const struct bemu_inputs *a, const struct bemu_inputs *b, const char *blob,
			struct bemu_findings *findings) BEMU_MUST_CHECK;

#endif
