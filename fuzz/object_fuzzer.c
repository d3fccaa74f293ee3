// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: an object file is refused with a reason, or it is loaded as far as it goes and everything is
 * given back. After the load and its close no FD is open, no allocation is left, and a second book of
 * FDs, kept from system-call returns alone, has nothing to say; a world that was reset answers as a new
 * one does, down to the words that PROG_LOAD was given.
 *
 * Input: a BPF object file. A knob lets one of its system calls fail. Extra knobs: number of processors (3 bits);
 * bit 3, once more in the world with what the first load has pinned; bit 4, 0 is the lowest free number; in the
 * third byte, a map, and in the fourth, what is added to the size of its values between open and load.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bemu/backend.h>

#include "audit/witness.h"
#include "hunt.h"
#include "load/load.h"
#include "scenario/claims.h"
#include "skel/inject.h"
#include "world.h"

enum { EXTRA_AGAIN = 1 << 3, EXTRA_LOW = 1 << 4, NR_TARGETS = 3 };

struct loading {
	const struct fuzz_input *in;
	struct bemu_env *env;
	struct bemu *em;
	struct bemu_task *task;
	struct bemu_witness *witness;
	struct bemu_inject inject;
	struct bemu_obj_claims claims;
	const struct bemu_btf *targets[NR_TARGETS];
	uint32_t nr_std;
	struct bemu_load *ld;
	int fault; /* of ours: there is no verdict */
	int verdict;
	uint64_t digest;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_worlds_warm(FUZZ_WORLD_MINI);
	return 0;
}

static void mix(uint64_t *digest, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i < len; i++)
		*digest = (*digest ^ p[i]) * 0x100000001b3;
}

/* What a user can see of a load. */
static uint64_t digest(const struct bemu_load_result *res)
{
	uint64_t sum = 0xcbf29ce484222325;
	uint32_t i;

	mix(&sum, &res->stage, sizeof(res->stage));
	mix(&sum, &res->err, sizeof(res->err));
	for (i = 0; i < res->obj->nr_maps; i++)
		mix(&sum, &res->maps[i].fd, sizeof(res->maps[i].fd));
	for (i = 0; i < res->obj->nr_progs; i++) {
		const struct bemu_load_prog *prog = &res->progs[i];

		mix(&sum, &prog->fd, sizeof(prog->fd));
		mix(&sum, &prog->err, sizeof(prog->err));
		if (prog->insns)
			mix(&sum, prog->insns, prog->nr_insns * sizeof(*prog->insns));
	}
	return sum;
}

static int btf_name(void *ctx, int fd, char *buf, size_t len)
{
	return bemu_ask_btf_name(ctx, fd, buf, len);
}

static int type_name(void *ctx, int fd, uint32_t id, char *buf, size_t len)
{
	return bemu_ask_type_name(ctx, fd, id, buf, len);
}

/* What the kernel's own BTF and its modules' are to a judge of CO-RE records. */
static uint32_t targets(uint32_t kernel, const struct bemu_btf *out[NR_TARGETS])
{
	static struct bemu_btf *btfs[NR_TARGETS];
	const void *raw;
	uint32_t i;
	size_t len;

	for (i = 0; i < NR_TARGETS; i++) {
		raw = i ? fuzz_world_module(i > 1, &len) : fuzz_world_vmlinux(&len);
		if (!btfs[i])
			FUZZ_CHECK(!bemu_btf_parse(fuzz_steady_env(), raw, len, i ? btfs[0] : NULL,
						   BEMU_BTF_PARSE_BORROW, &btfs[i]));
		out[i] = btfs[i];
	}
	return kernel == BEMU_KERNEL_5_15 ? 1 : NR_TARGETS;
}

/* The judges of what is loaded take long: in hunts only. */
static int open_witness(struct loading *l, const struct bemu_obj *obj)
{
	struct bemu_witness_opts opts = { .size = sizeof(opts),
					  .btf_name = btf_name,
					  .type_name = type_name,
					  .ctx = l->task,
					  .claims = &l->claims.claims };
	uint32_t nr_targets;
	int err;

	if (!fuzz_hunting())
		return bemu_witness_new(l->env, NULL, &l->witness);
	nr_targets = targets(fuzz_kernel(l->in), l->targets);
	err = bemu_obj_claims_init(&l->claims, l->env, obj, nr_targets, l->targets);
	return err ? err : bemu_witness_new(l->env, &opts, &l->witness);
}

static int open_task(struct loading *l, const struct bemu_obj *obj)
{
	const struct bemu_knobs *knobs = &l->in->knobs;
	struct bemu_task_opts opts = { .size = sizeof(opts) };
	int err;

	l->nr_std = knobs->extra & EXTRA_LOW ? 0 : BEMU_TASK_STD;
	opts.nr_std = l->nr_std;
	err = bemu_task_new(l->em, &opts, &l->task);
	if (!err)
		err = open_witness(l, obj);
	if (err)
		return err;
	bemu_inject_init(&l->inject, l->env, bemu_witness_watch(l->witness),
			 knobs->flags & BEMU_KNOB_FAIL_CALL ? knobs->nth : 0);
	bemu_task_watch(l->task, &l->inject.watch);
	return 0;
}

/* What a caller may do between open and load. */
static void resize(struct loading *l, const struct bemu_obj *obj)
{
	uint32_t more = l->in->knobs.extra >> 24, map;

	if (!more || !obj->nr_maps)
		return;
	map = (l->in->knobs.extra >> 16 & 0xff) % obj->nr_maps;
	(void)!bemu_load_set_value_size(l->ld, map, obj->maps[map].value_size + more);
}

static int load(struct loading *l, const struct bemu_obj *obj)
{
	struct bemu_load_opts opts = { .size = sizeof(opts),
				       .libbpf = fuzz_libbpf(l->in),
				       .nr_cpus = 1 + (l->in->knobs.extra & 7) };
	struct bemu_backend be;
	int err;

	bemu_backend_sys(l->task, &be);
	err = bemu_load_new(l->env, obj, &be, &opts, &l->ld, &l->verdict);
	if (!err && !l->verdict)
		resize(l, obj);
	if (!err && !l->verdict)
		err = bemu_load_run(l->ld, &l->verdict);
	if (!err)
		l->digest = digest(bemu_load_result(l->ld));
	if (!err)
		err = bemu_load_close(l->ld);
	return err;
}

static void check_books(struct loading *l)
{
	if (l->fault || bemu_witness_end(l->witness))
		return;
	fuzz_found(bemu_witness_findings(l->witness));
	FUZZ_CHECK_MSG(fuzz_hunting() || l->task->fds->nr_open == l->nr_std,
		       "%u numbers are open at the end", l->task->fds->nr_open);
}

static void run(struct loading *l, const struct fuzz_input *in, const struct bemu_obj *obj,
		struct bemu *em)
{
	memset(l, 0, sizeof(*l));
	l->in = in;
	l->env = obj->env;
	l->em = em;
	fuzz_arm(em->env, in);
	l->fault = open_task(l, obj);
	if (!l->fault)
		l->fault = load(l, obj);
	if (l->fault)
		FUZZ_CHECK(l->fault == -ENOMEM || l->fault == -EDQUOT || l->fault == -EOPNOTSUPP);
	else if (l->verdict)
		FUZZ_CHECK(l->verdict < 0);
	check_books(l);
	bemu_load_free(l->ld);
	if (l->task)
		bemu_task_watch(l->task, NULL);
	bemu_task_exit(l->task);
	if (l->witness)
		bemu_inject_fini(&l->inject);
	bemu_witness_free(l->witness);
	if (l->claims.env)
		bemu_obj_claims_fini(&l->claims);
}

static void load_in_worlds(const struct fuzz_input *in, const struct bemu_obj *obj)
{
	struct loading first, second;
	struct bemu *em;
	uint32_t kernel = fuzz_kernel(in);

	em = fuzz_world(kernel, FUZZ_WORLD_MINI, 0);
	run(&first, in, obj, em);
	if (!first.fault && (in->knobs.extra & EXTRA_AGAIN))
		run(&second, in, obj, em);
	bemu_reset(em);
	if (!first.fault && !first.verdict)
		fuzz_outcome = FUZZ_ACCEPT;
	if (first.fault || !fuzz_twice(in) || (in->knobs.flags & BEMU_KNOB_FAIL_ALLOC))
		return;
	em = fuzz_world(kernel, FUZZ_WORLD_MINI, 1);
	run(&second, in, obj, em);
	bemu_reset(em);
	FUZZ_CHECK(second.fault || second.verdict == first.verdict);
	FUZZ_CHECK(second.fault || second.digest == first.digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bemu_obj_opts opts = { .size = sizeof(opts) };
	struct bemu_obj *obj = (struct bemu_obj *)-1;
	struct bemu_env *env;
	struct fuzz_input in;
	int err;

	fuzz_input_init(&in, data, size);
	fuzz_outcome = FUZZ_REJECT;
	env = fuzz_env(&in);
	opts.libbpf = fuzz_libbpf(&in);
	err = bemu_obj_parse(env, in.data, in.size, &opts, &obj);
	if (err) {
		FUZZ_CHECK(obj == (struct bemu_obj *)-1);
		FUZZ_CHECK(bemu_log_last(&env->log));
	} else {
		env->fault = 0;
		load_in_worlds(&in, obj);
		bemu_obj_free(obj);
	}
	fuzz_judge_bounds(env);
	fuzz_env_done(env);
	fuzz_input_fini(&in);
	return 0;
}
