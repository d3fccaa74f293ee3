/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A loader program in a task of its own, under the eyes of a witness. */
#ifndef BEMU_FUZZ_LOADER_H
#define BEMU_FUZZ_LOADER_H

#include "audit/witness.h"
#include "fuzz.h"
#include "skel/inject.h"
#include "skel/skel.h"

/** struct fuzz_running - one run; @fault is ours, and then there is no result */
struct fuzz_running {
	const struct fuzz_input *in;
	struct bemu_env *env;
	struct bemu *em;
	struct bemu_task *task;
	struct bemu_skel_mem mem;
	struct bemu_witness *witness;
	struct bemu_inject inject;
	struct bemu_skel_result res;
	int fault;
};

/**
 * fuzz_run_loader() - in @em, which is reset afterwards; @r->res.ctx is to be freed
 * @ours: our generator made it, so that what is found is a finding
 */
void fuzz_run_loader(struct fuzz_running *r, const struct fuzz_input *in,
		     const struct bemu_skel *skel, struct bemu *em, bool ours);

#endif
