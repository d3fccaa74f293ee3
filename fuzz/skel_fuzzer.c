// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: a light skeleton's loader, whoever wrote it, ends within its budget and leaves no allocation;
 * with its task every object is gone. A loader that our generator made of an object and whose calls all
 * succeed leaves nothing to complain of in the second book of FDs, and runs in a reset world as in a
 * new one.
 *
 * Input: an object file, of which a loader is generated; a knob lets its n-th call fail.
 * Extra knobs of an object: layout, and in the third byte which segment of the blob finds no memory. Or sections of a
 * four-letter tag, a length and that many bytes (or what is left): BLOB and INSN.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bemu/backend.h>

#include "hunt.h"
#include "loader.h"
#include "skel/gen.h"
#include "skel/skel.h"
#include "world.h"

enum { SECTION_HEAD = 8, MAX_RESULTS = 64 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_worlds_warm(FUZZ_WORLD_MINI);
	return 0;
}

static const uint8_t *section(const struct fuzz_input *in, const char *tag, uint32_t *out_len)
{
	size_t pos = 0, left;
	uint32_t len;

	while (in->size - pos >= SECTION_HEAD) {
		left = in->size - pos - SECTION_HEAD;
		memcpy(&len, in->data + pos + 4, sizeof(len));
		if (len > left)
			len = (uint32_t)left;
		if (!memcmp(in->data + pos, tag, 4)) {
			*out_len = len;
			return in->data + pos + SECTION_HEAD;
		}
		pos += SECTION_HEAD + len;
	}
	*out_len = 0;
	return NULL;
}

static struct bemu_skel *read_raw(const struct fuzz_input *in, struct bemu_env *env)
{
	uint32_t blob_len, insns_len;
	const uint8_t *blob = section(in, "BLOB", &blob_len);
	const uint8_t *insns = section(in, "INSN", &insns_len);
	uint32_t nr_maps = in->knobs.extra & (MAX_RESULTS - 1);
	uint32_t nr_progs = in->knobs.extra >> 8 & (MAX_RESULTS - 1);
	struct bemu_skel *skel = NULL;
	uint8_t *copy;
	int err;

	if (!blob || !insns)
		return NULL;
	blob = copy = fuzz_sub(blob, blob_len);
	err = bemu_skel_read_raw(env, blob, blob_len, insns, insns_len & ~7u, nr_maps, nr_progs,
				 &skel);
	free(copy);
	return err ? NULL : skel;
}

static uint32_t nr_generated(const struct bemu_obj *obj)
{
	uint32_t i, nr = 0;

	for (i = 0; i < obj->nr_progs; i++)
		nr += !obj->progs[i].is_subprog && obj->progs[i].autoload;
	return nr;
}

/* The load that writes the loader: its backend is the generating machine. */
static int generate(const struct fuzz_input *in, const struct bemu_obj *obj, struct bemu *em,
		    struct bemu_gen *gen, int *verdict)
{
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_load_opts opts = { .size = sizeof(opts),
				       .libbpf = fuzz_libbpf(in),
				       .gen = bemu_gen_recorder(gen) };
	struct bemu_load *ld = NULL;
	struct bemu_task *task = NULL;
	struct bemu_backend be;
	int err;

	err = bemu_task_new(em, &topts, &task);
	if (err)
		return err;
	bemu_backend_sys(task, &be);
	err = bemu_load_new(obj->env, obj, &be, &opts, &ld, verdict);
	if (!err && !*verdict)
		err = bemu_load_run(ld, verdict);
	if (!err)
		err = bemu_load_close(ld);
	bemu_load_free(ld);
	bemu_task_exit(task);
	return err;
}

static struct bemu_skel *from_object(const struct fuzz_input *in, struct bemu_env *env,
				     struct bemu *em)
{
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = fuzz_libbpf(in) };
	struct bemu_gen_opts gopts = { .size = sizeof(gopts),
				       .libbpf = fuzz_libbpf(in),
				       .no_memory_at = in->knobs.extra >> 16 & 63,
				       .quirks = fuzz_quirks() };
	struct bemu_gen_result made;
	struct bemu_skel *skel = NULL;
	struct bemu_gen *gen = NULL;
	struct bemu_obj *obj = NULL;
	int err, verdict = 0;

	if (bemu_obj_parse(env, in->data, in->size, &oopts, &obj))
		return NULL;
	gopts.layout = in->knobs.extra % 3; /* those that can be built */
	err = bemu_gen_new(env, &gopts, &gen);
	if (!err)
		err = generate(in, obj, em, gen, &verdict);
	if (!err && !verdict) {
		bemu_gen_get(gen, &made);
		err = bemu_skel_read_raw(env, made.data, made.data_len, made.insns,
					 made.nr_insns * sizeof(*made.insns), obj->nr_maps,
					 nr_generated(obj), &skel);
		if (!err)
			skel->fd_map_len = made.fd_map_len;
	}
	fuzz_judge_bounds(env);
	bemu_gen_free(gen);
	bemu_obj_free(obj);
	return err ? NULL : skel;
}

static void check_runs(const struct fuzz_input *in, const struct bemu_skel *skel, bool ours)
{
	uint32_t kernel = fuzz_kernel(in);
	struct fuzz_running a, b;

	fuzz_run_loader(&a, in, skel, fuzz_world(kernel, FUZZ_WORLD_MINI, 0), ours);
	if (!a.fault && !a.res.err)
		fuzz_outcome = FUZZ_ACCEPT;
	if (!a.fault && fuzz_twice(in) && !(in->knobs.flags & BEMU_KNOB_FAIL_ALLOC)) {
		fuzz_run_loader(&b, in, skel, fuzz_world(kernel, FUZZ_WORLD_MINI, 1), ours);
		FUZZ_CHECK(b.fault || (a.res.err == b.res.err && a.res.retval == b.res.retval));
		bemu_mem_free(skel->env, b.res.ctx);
	}
	bemu_mem_free(skel->env, a.res.ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bemu_skel *skel;
	struct bemu_env *env;
	struct fuzz_input in;
	struct bemu *em;
	bool ours;

	fuzz_input_init(&in, data, size);
	fuzz_outcome = FUZZ_REJECT;
	env = fuzz_env(&in);
	ours = in.size >= 4 && !memcmp(in.data, "\177ELF", 4);
	em = fuzz_world(fuzz_kernel(&in), FUZZ_WORLD_MINI, 0);
	fuzz_arm(em->env, &in);
	skel = ours ? from_object(&in, env, em) : read_raw(&in, env);
	bemu_reset(em);
	if (skel) {
		env->fault = 0;
		check_runs(&in, skel, ours);
		bemu_skel_free(skel);
	}
	fuzz_env_done(env);
	fuzz_input_fini(&in);
	return 0;
}
