// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: whatever up to four tasks do, in whatever order modules come and go and frees are late, a recount
 * of all references agrees with the counters after every call; when all tasks have gone nothing is left;
 * and the same calls in a new world have the same answers.
 *
 * Input: the records of scenario/calls.h.
 */
#include "fuzz.h"

#include <errno.h>

#include "audit/checks.h"
#include "audit/refs.h"
#include "hunt.h"
#include "model/quirk.h"
#include "scenario/calls.h"
#include "world.h"

struct play {
	struct bemu_calls calls;
	const struct fuzz_input *in;
	struct bemu_env *env;
	uint32_t seen; /* of what the model checked */
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_worlds_warm(FUZZ_WORLD_MINI);
	return 0;
}

/*
 * Kernels that take the id of a module's BTF back with its last reference, not when the module goes, are
 * modelled as they are: there the finding is true.
 */
static bool is_true_of(const struct bemu_model *model, const struct bemu_finding *f)
{
	return f->id == BEMU_FINDING_ID_STALE &&
	       bemu_model_quirk(model, BEMU_QUIRK_K_MODBTF_ID_LINGERS);
}

static void audit(struct play *p, const char *when)
{
	const struct bemu_model *model = &p->calls.em->model;
	struct bemu_findings set;
	uint32_t i;
	int err;

	bemu_findings_init(&set, p->env);
	err = bemu_refs_audit(model, p->calls.nr, &set);
	if (!err)
		err = bemu_checks_audit(model, &p->seen, p->calls.nr, &set);
	if (!err && fuzz_hunting()) {
		fuzz_found(&set);
	} else if (!err) {
		for (i = 0; i < set.nr; i++)
			FUZZ_CHECK_MSG(is_true_of(model, &set.arr[i]), "%s call %u: %s: %s", when,
				       p->calls.nr, bemu_finding_name(set.arr[i].id),
				       set.arr[i].summary);
	}
	bemu_findings_fini(&set);
}

static void after_call(void *ctx, const struct bemu_calls *calls, const struct bemu_call *call)
{
	struct play *p = ctx;

	(void)calls;
	(void)call;
	if (!(p->in->knobs.flags & BEMU_KNOB_FAIL_ALLOC))
		audit(p, "after");
}

static void check_model(const struct bemu_model *m)
{
	uint32_t i;

	for (i = 0; i < BEMU_OBJ_NR; i++)
		FUZZ_CHECK(i == BEMU_OBJ_BTF || !m->objs[i].oldest);
	FUZZ_CHECK(!m->oldest_file && !m->nr_files && !m->nr_dead);
	FUZZ_CHECK(!m->vmlinux || m->vmlinux->obj.refs == 1);
}

/* Everything goes: no object, no file, no memory of a task is left. */
static void check_empty(struct play *p)
{
	struct bemu_model *m = &p->calls.em->model;

	bemu_calls_end(&p->calls);
	if (p->calls.fault || (p->in->knobs.flags & BEMU_KNOB_FAIL_ALLOC) || bemu_pin_umount(m))
		return;
	if (!fuzz_hunting()) /* a quirk leaves what it leaves */
		check_model(m);
	audit(p, "at the end, after");
}

static void play(struct play *p, const struct fuzz_input *in, struct bemu *em, struct bemu_env *env)
{
	struct bemu_calls_btf btf;

	p->in = in;
	p->env = env;
	p->seen = em->model.checks.nr;
	btf.raw[0] = fuzz_world_module(false, &btf.len[0]);
	btf.raw[1] = fuzz_world_module(true, &btf.len[1]);
	fuzz_arm(em->env, in);
	bemu_calls_play(&p->calls, em, &btf, in->data, in->size, &in->knobs, after_call, p);
	if (!p->calls.fault)
		fuzz_outcome = FUZZ_ACCEPT;
	check_empty(p);
	bemu_reset(em);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t kernel, i;
	struct play first, second;
	struct bemu_env *env;
	struct fuzz_input in;

	fuzz_input_init(&in, data, size);
	fuzz_outcome = FUZZ_REJECT;
	env = fuzz_env(&in);
	bemu_env_fail_at(env, 0);
	kernel = fuzz_kernel(&in);
	play(&first, &in, fuzz_world(kernel, FUZZ_WORLD_MINI, 0), env);
	if (!first.calls.fault && !(in.knobs.flags & BEMU_KNOB_FAIL_ALLOC) && fuzz_twice(&in)) {
		play(&second, &in, fuzz_world(kernel, FUZZ_WORLD_MINI, 1), env);
		FUZZ_CHECK(second.calls.nr == first.calls.nr);
		for (i = 0; i < first.calls.nr; i++)
			FUZZ_CHECK_MSG(first.calls.answers[i] == second.calls.answers[i],
				       "call %u: %ld, in another world %ld", i + 1,
				       first.calls.answers[i], second.calls.answers[i]);
	}
	fuzz_env_done(env);
	fuzz_input_fini(&in);
	return 0;
}
