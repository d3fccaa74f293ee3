// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "scenario/skel_run.h"

#include <errno.h>
#include <string.h>

#include <bemu/backend.h>

#include "audit/witness.h"
#include "skel/tamper.h"

/** struct ran - one run; @witness is to be freed */
struct ran {
	struct bemu_witness *witness;
	long ret;
};

/* What the witness may ask. */
struct known {
	const struct bemu_skel *skel;
	const struct bemu_scn_object *object; /* NULL for a skeleton from a file */
};

static const char *result_name(void *ctx, uint32_t off)
{
	const struct known *known = ctx;

	return bemu_skel_result_name(known->skel, off);
}

static bool begins(const char *full, const char *name)
{
	return !strncmp(full, name, strlen(name));
}

/* A name that is there in full is meant as it is, whatever else begins like it. */
static const char *full_name(void *ctx, const char *name)
{
	const struct known *known = ctx;
	const struct bemu_scn_object *obj = known->object;
	const char *longer = NULL;
	uint32_t i;

	for (i = 0; obj && i < obj->nr_kfuncs; i++) {
		if (!strcmp(obj->kfuncs[i].name, name))
			return name;
		if (begins(obj->kfuncs[i].name, name))
			longer = obj->kfuncs[i].name;
	}
	for (i = 0; obj && i < obj->nr_progs; i++) {
		if (!strcmp(obj->progs[i].target, name))
			return name;
		if (begins(obj->progs[i].target, name))
			longer = obj->progs[i].target;
	}
	return longer;
}

/* What follows from an alignment that no release has is not counted. */
static bool counts(const struct bemu_finding *finding, bool by_four)
{
	return !by_four || finding->id != BEMU_FINDING_LAYOUT_MISALIGNED;
}

/* Where the finding at @idx goes, or would go. */
static int32_t place_of(const struct bemu_findings *from, int32_t idx, bool by_four, int32_t base)
{
	int32_t i;

	for (i = 0; i < idx; i++)
		base += counts(&from->arr[i], by_four);
	return base;
}

int bemu_scn_take_findings(struct bemu_scn_run *run, const struct bemu_findings *from, bool by_four)
{
	int32_t base = (int32_t)run->findings.nr;
	uint32_t i;

	for (i = 0; i < from->nr; i++) {
		const struct bemu_finding *one = &from->arr[i];
		struct bemu_finding *to;

		if (!counts(one, by_four))
			continue;
		to = bemu_findings_add(&run->findings, BEMU_FINDING_FD_LEAK, 0, -1, "%s", "");
		if (!to)
			return -ENOMEM;
		*to = *one;
		to->step = run->step;
		if (one->root >= 0)
			to->root = counts(&from->arr[one->root], by_four)
					   ? place_of(from, one->root, by_four, base)
					   : -1;
	}
	return 0;
}

/* In a task of its own. @ran->ret: what bpf_load_and_run() returns. */
static int run_once(struct bemu_scn_run *run, struct known *known,
		    const struct bemu_skel_override *overrides, const struct bemu_tamper *tamper,
		    struct ran *ran)
{
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts),
					    .mem = &run->mem.ops,
					    .nr_std = BEMU_TASK_STD };
	struct bemu_skel_run_opts opts = { .size = sizeof(opts),
					   .libbpf = run->libbpf,
					   .quirks = run->quirks,
					   .nr_overrides = overrides ? known->skel->nr_maps : 0,
					   .overrides = overrides,
					   .tamper = tamper,
					   .mem = &run->mem };
	struct bemu_witness_opts wopts = {
		.size = sizeof(wopts), .result = result_name, .full_name = full_name, .ctx = known
	};
	struct bemu_skel_result res = { 0 };
	struct bemu_task *task = NULL;
	struct bemu_backend be;
	int err;

	err = bemu_task_new(run->em, &task_opts, &task);
	if (!err)
		err = bemu_witness_new(run->env, &wopts, &ran->witness);
	if (!err) {
		bemu_task_watch(task, bemu_witness_watch(ran->witness));
		bemu_backend_sys(task, &be);
		err = bemu_skel_run(known->skel, &be, &opts, &res);
		bemu_task_watch(task, NULL);
	}
	if (!err)
		err = bemu_witness_told(ran->witness, res.err);
	if (!err)
		err = bemu_witness_end(ran->witness);
	ran->ret = res.err;
	bemu_mem_free(run->env, res.ctx);
	bemu_task_exit(task);
	return err;
}

/* The same again with something that no signature covers. @blob: what of the blob; NULL: the context */
static int compare(struct bemu_scn_run *run, struct known *known,
		   const struct bemu_skel_override *overrides, const struct bemu_tamper *tamper,
		   const char *blob, struct bemu_witness *witness)
{
	struct ran other = { 0 };
	int err = run_once(run, known, overrides, tamper, &other);

	if (!err)
		err = bemu_witness_compare(witness, other.witness, blob);
	bemu_witness_free(other.witness);
	return err;
}

static int compare_context(struct bemu_scn_run *run, struct known *known,
			   struct bemu_witness *witness)
{
	enum { OTHER_ENTRIES = 1 << 13, OTHER_LEN = 1 << 16 };
	uint32_t nr = known->skel->nr_maps, i;
	struct bemu_skel_override *overrides =
		bemu_zalloc(run->env, (1 + (size_t)nr) * sizeof(*overrides));
	uint8_t *bytes = bemu_alloc(run->env, OTHER_LEN);
	int err = -ENOMEM;

	if (overrides && bytes) {
		memset(bytes, 0x5a, OTHER_LEN);
		for (i = 0; i < nr; i++)
			overrides[i] =
				(struct bemu_skel_override){ i, OTHER_ENTRIES, bytes, OTHER_LEN };
		err = compare(run, known, overrides, NULL, NULL, witness);
	}
	bemu_mem_free(run->env, bytes);
	bemu_mem_free(run->env, overrides);
	return err;
}

static int compare_unsigned(struct bemu_scn_run *run, struct known *known,
			    struct bemu_witness *witness)
{
	const struct bemu_findings *findings = bemu_witness_findings(witness);
	struct bemu_tamper tamper;
	char text[64];
	uint32_t before, i;
	int err = compare_context(run, known, witness);

	/* one byte tells what all do */
	before = findings->nr;
	for (i = 0; !err && findings->nr == before && bemu_tamper_nth(known->skel, i, &tamper);
	     i++) {
		bemu_tamper_text(&tamper, text, sizeof(text));
		err = compare(run, known, NULL, &tamper, text, witness);
	}
	return err;
}

int bemu_scn_run_skel(struct bemu_scn_run *run, const struct bemu_skel *skel,
		      const struct bemu_scn_skel_how *how, long *ret)
{
	struct known known = { .skel = skel, .object = how->object };
	struct ran ran = { 0 };
	int err = run_once(run, &known, NULL, NULL, &ran);

	if (!err && how->is_signed)
		err = compare_unsigned(run, &known, ran.witness);
	if (!err)
		err = bemu_scn_take_findings(run, bemu_witness_findings(ran.witness), how->by_four);
	*ret = ran.ret;
	bemu_witness_free(ran.witness);
	return err;
}
