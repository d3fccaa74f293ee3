/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What decides what a loader program does. Everything that it hands to the kernel is put down in two runs
 * that differ in nothing but what no signature covers, the context: where they differ, unsigned bytes
 * decided.
 */
#ifndef BEMU_AUDIT_INPUTS_H
#define BEMU_AUDIT_INPUTS_H

#include <bemu/watch.h>

#include "audit/finding.h"

struct bemu_inputs;

int bemu_inputs_new(struct bemu_env *env, struct bemu_inputs **out) BEMU_MUST_CHECK;
void bemu_inputs_free(struct bemu_inputs *inputs);

/**
 * bemu_inputs_saw() - a bpf(2) call of the program begins
 * @map, @value_len: MAP_UPDATE_ELEM: name of the map and bytes of its values; 0 for those that are FDs
 */
int bemu_inputs_saw(struct bemu_inputs *inputs, const struct bemu_seen *seen, const char *map,
		    uint32_t value_len) BEMU_MUST_CHECK;

/** bemu_inputs_compare() - the first call that differs is a finding */
int bemu_inputs_compare(const struct bemu_inputs *a, const struct bemu_inputs *b,
			struct bemu_findings *findings) BEMU_MUST_CHECK;

#endif
