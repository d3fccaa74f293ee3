/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A light skeleton's run, with what is found in it as findings of the step. */
#ifndef BEMU_SCENARIO_SKEL_RUN_H
#define BEMU_SCENARIO_SKEL_RUN_H

#include "scenario/object.h"
#include "skel/skel.h"

/**
 * struct bemu_scn_skel_how - all-zero for a skeleton from a file
 * @object:    it was generated from, whose names are known
 * @by_four:   segments are rounded up to 4, and what that brings is not counted
 * @is_signed: whatever its signature does not cover is turned over in further runs
 * @fd_map_len: bytes of the map for descriptors that the host makes, 0 for as many as the loader was made for
 */
struct bemu_scn_skel_how {
	const struct bemu_scn_object *object;
	bool by_four, is_signed;
	uint32_t fd_map_len;
};

/** bemu_scn_run_skel() - in a task of its own; @ret: what bpf_load_and_run() returns */
int bemu_scn_run_skel(struct bemu_scn_run *run, const struct bemu_skel *skel,
		      const struct bemu_scn_skel_how *how, long *ret) BEMU_MUST_CHECK;

#endif
