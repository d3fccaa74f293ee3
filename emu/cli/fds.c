/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Every descriptor's life, as the second book of emu/audit has it from the calls' answers, and what is wrong
 * with their use; a recount of all references after the load and after the close. The model's own table is
 * never asked.
 */
#include "cli/cli.h"

#include "audit/bounds.h"
#include "audit/refs.h"
#include "audit/witness.h"
#include "sys/sys.h"

/* As --trace counts: what the recorder has not seen the end of yet is the next. */
static uint32_t step(void *ctx)
{
	const struct bemu_cli_run *run = ctx;

	return bemu_recorder_count(run->rec) + 1;
}

static int btf_name(void *ctx, int fd, char *buf, size_t len)
{
	const struct bemu_cli_run *run = ctx;

	return bemu_ask_btf_name(run->task, fd, buf, len);
}

static int type_name(void *ctx, int fd, uint32_t id, char *buf, size_t len)
{
	const struct bemu_cli_run *run = ctx;

	return bemu_ask_type_name(run->task, fd, id, buf, len);
}

static uint32_t count_open(const struct bemu_cli_run *run)
{
	uint32_t nr = bemu_ledger_nr_lives(run->ledger), i, open = 0;

	for (i = 1; i <= nr; i++)
		open += !bemu_ledger_life(run->ledger, i)->closed;
	return open;
}

/* What the file says of the words, and where the types are that it means. */
static int claim(struct bemu_cli_run *run)
{
	struct bemu_backend be;
	uint32_t nr;

	bemu_backend_sys(run->task, &be);
	for (nr = 0; nr < BEMU_CLI_TARGETS; nr++) {
		run->targets[nr] = be.ops->kernel_btf(be.ctx, nr + 1);
		if (!run->targets[nr])
			break;
	}
	return bemu_obj_claims_init(&run->claims, run->env, run->object->obj, nr, run->targets);
}

int bemu_cli_fds_watch(struct bemu_cli_run *run)
{
	struct bemu_witness_opts opts = { .size = sizeof(opts),
					  .step = step,
					  .btf_name = btf_name,
					  .type_name = type_name,
					  .ctx = run,
					  .claims = &run->claims.claims };
	int err = claim(run);

	bemu_findings_init(&run->findings, run->env);
	if (!err)
		err = bemu_witness_new(run->env, &opts, &run->witness);
	if (!err)
		run->ledger = bemu_witness_ledger(run->witness);
	return err;
}

/* Once: what was wrong with counters after the load still is after the close. */
static int recount(struct bemu_cli_run *run)
{
	return run->findings.nr ? 0
				: bemu_refs_audit(&run->world->em->model,
						  bemu_recorder_count(run->rec), &run->findings);
}

int bemu_cli_fds_loaded(struct bemu_cli_run *run)
{
	run->nr_fd_returned = count_open(run);
	return recount(run);
}

int bemu_cli_fds_end(struct bemu_cli_run *run)
{
	const struct bemu_findings *seen = bemu_witness_findings(run->witness);
	uint32_t first, i;
	int err = recount(run);

	run->nr_fd_open = count_open(run);
	if (!err)
		err = bemu_witness_end(run->witness);
	first = run->findings.nr;
	for (i = 0; !err && i < seen->nr; i++) {
		struct bemu_finding *f = bemu_findings_add(&run->findings, seen->arr[i].id,
							   seen->arr[i].step, -1, "%s",
							   seen->arr[i].summary);

		if (!f)
			return -ENOMEM;
		*f = seen->arr[i];
		f->root += f->root < 0 ? 0 : (int32_t)first;
	}
	return err ? err : bemu_cli_fds_bounds(run);
}

int bemu_cli_fds_bounds(struct bemu_cli_run *run)
{
	uint32_t step_nr = run->rec ? bemu_recorder_count(run->rec) : 0, seen = 0;
	int err;

	run->findings.env = run->env;
	err = bemu_bounds_audit(&run->object->env->guard, &seen, step_nr, &run->findings);
	seen = 0;
	return err ? err : bemu_bounds_audit(&run->env->guard, &seen, step_nr, &run->findings);
}
