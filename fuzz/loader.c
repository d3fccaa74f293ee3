// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "loader.h"

#include <errno.h>
#include <string.h>

#include <bemu/backend.h>

#include "hunt.h"
#include "sys/sys.h"

static int open_task(struct fuzz_running *r)
{
	struct bemu_task_opts opts = { .size = sizeof(opts),
				       .nr_std = BEMU_TASK_STD,
				       .mem = &r->mem.ops };
	const struct bemu_knobs *knobs = &r->in->knobs;
	int err;

	bemu_skel_mem_init(&r->mem, r->env);
	err = bemu_task_new(r->em, &opts, &r->task);
	if (!err)
		err = bemu_witness_new(r->env, NULL, &r->witness);
	if (err)
		return err;
	bemu_inject_init(&r->inject, r->env, bemu_witness_watch(r->witness),
			 knobs->flags & BEMU_KNOB_FAIL_CALL ? knobs->nth : 0);
	bemu_task_watch(r->task, &r->inject.watch);
	return 0;
}

/* A release's own loader may leave something open when a call fails; in a hunt that is none of its own. */
static void judge_run(struct fuzz_running *r, bool ours)
{
	if (r->fault || (fuzz_hunting() && bemu_witness_told(r->witness, r->res.err)) ||
	    bemu_witness_end(r->witness) || !ours)
		return;
	if (fuzz_hunting() || (!r->res.err && !r->inject.failed))
		fuzz_found(bemu_witness_findings(r->witness));
}

void fuzz_run_loader(struct fuzz_running *r, const struct fuzz_input *in,
		     const struct bemu_skel *skel, struct bemu *em, bool ours)
{
	struct bemu_skel_run_opts opts = { .size = sizeof(opts),
					   .libbpf = fuzz_libbpf(in),
					   .quirks = fuzz_quirks() };
	struct bemu_backend be;

	memset(r, 0, sizeof(*r));
	r->in = in;
	r->env = skel->env;
	r->em = em;
	fuzz_arm(em->env, in);
	opts.mem = &r->mem;
	r->fault = open_task(r);
	if (!r->fault) {
		bemu_backend_sys(r->task, &be);
		r->fault = bemu_skel_run(skel, &be, &opts, &r->res);
	}
	if (r->fault)
		FUZZ_CHECK(r->fault == -ENOMEM || r->fault == -EDQUOT || r->fault == -EOPNOTSUPP);
	judge_run(r, ours);
	if (r->task)
		bemu_task_watch(r->task, NULL);
	bemu_task_exit(r->task);
	if (r->witness)
		bemu_inject_fini(&r->inject);
	bemu_witness_free(r->witness);
	bemu_skel_mem_fini(&r->mem);
	fuzz_env_done(em->env);
	bemu_reset(em);
}
