// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * libbpf's own load, of a file or of an object that the text spells out, under the eyes of a witness: in a
 * process of its own, which ends with the object's close.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bemu/backend.h>

#include "audit/bounds.h"
#include "audit/witness.h"
#include "load/load.h"
#include "scenario/claims.h"
#include "scenario/object.h"

enum { MAX_TARGETS = 64 };

/* ---- what the witness may ask ---- */

static int btf_name(void *ctx, int fd, char *buf, size_t len)
{
	return bemu_ask_btf_name(ctx, fd, buf, len);
}

static int type_name(void *ctx, int fd, uint32_t id, char *buf, size_t len)
{
	return bemu_ask_type_name(ctx, fd, id, buf, len);
}

/* ---- the load ---- */

/* "resize=MAP value-size=N": what a caller of libbpf may do between open and load */
static int resize(struct bemu_scn_run *run, struct bemu_load *ld, const struct bemu_obj *obj)
{
	const struct bemu_scn_arg *arg = bemu_scn_setting(run, "resize");
	uint32_t size, i;
	int err = bemu_scn_setting_u32(run, "value-size", 0, &size);

	if (err || !arg)
		return err;
	for (i = 0; i < obj->nr_maps; i++)
		if (bemu_scn_is(run->scn, &arg->val, obj->maps[i].real_name))
			break;
	if (i == obj->nr_maps || !size)
		return bemu_scn_mistake(run, &arg->val, "a map of the object, and its value-size=");
	return bemu_load_set_value_size(ld, i, size);
}

static int replay(struct bemu_scn_run *run, struct bemu_task *task, const struct bemu_obj *obj)
{
	struct bemu_load_opts opts = { .size = sizeof(opts),
				       .libbpf = run->libbpf,
				       .type_id_fd = run->design & BEMU_DESIGN_TYPE_ID_FD };
	struct bemu_load *ld = NULL;
	struct bemu_backend be;
	int err, verdict = 0;

	bemu_backend_sys(task, &be);
	err = bemu_load_new(run->env, obj, &be, &opts, &ld, &verdict);
	if (!err && !verdict)
		err = resize(run, ld, obj);
	if (!err && !verdict)
		err = bemu_load_run(ld, &verdict);
	run->answer.ret = verdict;
	if (ld)
		err = err ? err : bemu_load_close(ld);
	bemu_load_free(ld);
	return err;
}

/* The kernel's own BTF, then the modules'; the newest of a name comes first. */
static uint32_t list_targets(const struct bemu_scn_run *run, const struct bemu_btf **out)
{
	const struct bemu_scn_module *mod;
	uint32_t nr = 0;

	for (mod = run->modules; mod && nr < MAX_TARGETS; mod = mod->next)
		if (mod->btf)
			out[nr++] = mod->btf;
	return nr;
}

/* Its calls point wherever libbpf keeps things, so the task's memory is all memory. */
static int load_object(struct bemu_scn_run *run, const struct bemu_obj *obj)
{
	const struct bemu_btf *targets[MAX_TARGETS];
	struct bemu_obj_claims claims;
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts), .nr_std = BEMU_TASK_STD };
	struct bemu_witness_opts wopts = { .size = sizeof(wopts),
					   .btf_name = btf_name,
					   .type_name = type_name };
	struct bemu_witness *witness = NULL;
	struct bemu_task *task = NULL;
	int err = bemu_scn_setting_u32(run, "lowest-fd", BEMU_TASK_STD, &task_opts.nr_std), fault;

	fault = bemu_obj_claims_init(&claims, run->env, obj, list_targets(run, targets), targets);
	wopts.claims = &claims.claims;
	err = err ? err : fault;
	if (!err)
		err = bemu_task_new(run->em, &task_opts, &task);
	wopts.ctx = task;
	if (!err)
		err = bemu_witness_new(run->env, &wopts, &witness);
	if (!err) {
		bemu_task_watch(task, bemu_witness_watch(witness));
		err = replay(run, task, obj);
		bemu_task_watch(task, NULL);
	}
	if (!err)
		err = bemu_witness_end(witness);
	if (!err)
		err = bemu_scn_take_findings(run, bemu_witness_findings(witness), false);
	bemu_witness_free(witness);
	bemu_obj_claims_fini(&claims);
	bemu_task_exit(task);
	return err;
}

/* *verdict: what bpf_object__open() says; 0 with *out. */
static int from_file(struct bemu_scn_run *run, const struct bemu_scn_arg *arg, int *verdict,
		     struct bemu_obj **out)
{
	const struct bemu_obj_opts opts = { .size = sizeof(opts),
					    .libbpf = run->libbpf,
					    .name = "object" };
	const void *data;
	size_t len;
	int err = bemu_scn_file(run, arg, &data, &len);

	if (err)
		return err;
	*verdict = bemu_obj_parse(run->env, data, len, &opts, out);
	return run->env->fault ? *verdict : 0;
}

static int load(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg = bemu_scn_arg(run, 1);
	struct bemu_obj *obj = NULL;
	int err, verdict = 0;

	if (!arg && !run->object)
		return bemu_scn_mistake(run, NULL, "no object was given before");
	err = arg ? from_file(run, arg, &verdict, &obj)
		  : bemu_scn_object_open(run, run->object, &verdict, &obj);
	if (!err && verdict)
		run->answer.ret = verdict;
	else if (!err)
		err = load_object(run, obj);
	if (arg)
		bemu_obj_free(obj);
	else
		bemu_scn_object_close(run, obj);
	return err;
}

int bemu_scn_do_load(struct bemu_scn_run *run)
{
	const struct bemu_quirks before = run->env->quirks;
	uint32_t seen = 0;
	int err;

	run->env->quirks = run->quirks;
	run->env->guard.nr = 0;
	err = load(run);
	run->env->quirks = before;
	if (!err)
		err = bemu_bounds_audit(&run->env->guard, &seen, run->step, &run->findings);
	return err;
}
