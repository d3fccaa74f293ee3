/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include <string.h>

#include "model/quirk.h"

static const uint64_t first_vaddr = 0xffffc90000000000ull;

int bemu_model_init(struct bemu_model *model, struct bemu_env *sealed, struct bemu_env *env,
		    const struct bemu_kprofile *prof)
{
	memset(model, 0, sizeof(*model));
	model->sealed = sealed;
	model->env = env;
	model->prof = prof;
	model->modules_tail = &model->modules;
	model->dead_tail = &model->dead;
	model->next_vaddr = first_vaddr;
	model->nr_cpus = 1;
	model->unpriv_disabled = 2;
	model->max_files = UINT64_MAX;
	bemu_model_set_quirks(model, &env->quirks);
	return 0;
}

void bemu_model_set_quirks(struct bemu_model *model, const struct bemu_quirks *set)
{
	uint32_t i;

	model->quirks = 0;
	for (i = 0; i < BEMU_NR_QUIRKS; i++)
		if (bemu_quirks_has(set, i, BEMU_QUIRK_KERNEL | model->prof->kernel))
			model->quirks |= 1ull << i;
	model->keep_dead = set->on; /* what a release has by itself is as safe as the release */
}

void bemu_model_seal(struct bemu_model *model)
{
	bemu_modules_seal(model);
	model->ids[BEMU_OBJ_BTF].sealed_next = model->ids[BEMU_OBJ_BTF].next;
	model->objs[BEMU_OBJ_BTF].at_seal = model->objs[BEMU_OBJ_BTF].newest;
	model->sealed_serial = model->serial;
	model->is_sealed = true;
}

static void reset_objs(struct bemu_model *model)
{
	uint32_t i;

	for (i = 0; i < BEMU_OBJ_NR; i++) {
		struct bemu_objs *objs = &model->objs[i];
		struct bemu_idr *idr = &model->ids[i];

		idr->nr = idr->sealed_nr;
		idr->next = idr->sealed_next;
		idr->nr_dead = 0;
		model->nr_live[i] = idr->sealed_nr;
		objs->newest = objs->at_seal;
		if (objs->newest)
			objs->newest->newer = NULL;
		else
			objs->oldest = NULL;
	}
	model->serial = model->sealed_serial;
}

void bemu_model_reset(struct bemu_model *model)
{
	reset_objs(model);
	bemu_modules_reset(model);
	model->cands[0].used = model->cands[1].used = 0;
	model->tasks = model->last_task = NULL;
	model->next_pid = 0;
	model->oldest_file = model->newest_file = NULL;
	model->nr_files = 0;
	memset(&model->bpffs, 0, sizeof(model->bpffs));
	model->dead = NULL;
	model->dead_tail = &model->dead;
	model->nr_dead = 0;
	model->waiting = model->draining = false;
	model->clock = 0;
	model->running = NULL;
	model->checks.nr = model->checks.locks = 0;
	model->yield = NULL;
	model->yielding = false;
	model->caller = NULL;
	model->next_vaddr = first_vaddr;
	bemu_env_reset(model->env);
}

void bemu_obj_init(struct bemu_model *model, struct bemu_kobj *obj, uint32_t kind)
{
	struct bemu_objs *objs = &model->objs[kind];

	obj->kind = kind;
	obj->refs = 1;
	obj->serial = ++model->serial;
	obj->older = objs->newest;
	obj->newer = NULL;
	if (objs->newest)
		objs->newest->newer = obj;
	else
		objs->oldest = obj;
	objs->newest = obj;
}

void bemu_obj_fini(struct bemu_model *model, struct bemu_kobj *obj)
{
	struct bemu_objs *objs = &model->objs[obj->kind];

	if (obj->older)
		obj->older->newer = obj->newer;
	else
		objs->oldest = obj->newer;
	if (obj->newer)
		obj->newer->older = obj->older;
	else
		objs->newest = obj->older;
}

int bemu_obj_prepare(struct bemu_model *model, uint32_t kind)
{
	struct bemu_env *env = model->env;
	uint64_t live = 0;
	uint32_t i;

	for (i = 0; i < BEMU_OBJ_NR; i++)
		live += model->nr_live[i];
	if (live >= env->limits.max_objects) {
		env->fault = env->fault ? env->fault : -EDQUOT;
		return bemu_fail(env, -EDQUOT, BEMU_R_BUDGET, env->limits.max_objects,
				 "more than %u objects are alive", env->limits.max_objects);
	}
	return bemu_idr_prepare(model->sealed, &model->ids[kind]);
}

void bemu_obj_publish(struct bemu_model *model, struct bemu_kobj *obj)
{
	bemu_idr_add(&model->ids[obj->kind], obj);
	model->nr_live[obj->kind]++;
}

static void touch(struct bemu_model *model, struct bemu_kobj *obj)
{
	if (obj->kind == BEMU_OBJ_BTF)
		bemu_kbtf_touch(model, (struct bemu_kbtf *)obj);
}

/* K-REFCNT-OVERFLOW. Differs: of 4 bits in the place of 32, so that a scenario gets there. */
static void wrap(const struct bemu_model *model, struct bemu_kobj *obj)
{
	if ((obj->kind == BEMU_OBJ_MAP || obj->kind == BEMU_OBJ_PROG) &&
	    bemu_model_quirk(model, BEMU_QUIRK_K_REFCNT_OVERFLOW))
		obj->refs &= 15;
}

void bemu_obj_get(struct bemu_model *model, struct bemu_kobj *obj)
{
	touch(model, obj);
	if (obj->gone && !bemu_obj_alive(model, obj, "is taken"))
		return;
	obj->refs++;
	if (model->keep_dead)
		wrap(model, obj);
}

/* Whether a grace period comes before the rest, and whether only programs that may sleep matter to it. */
static bool needs_grace(const struct bemu_model *model, const struct bemu_kobj *obj, bool *sleepers)
{
	*sleepers = false;
	switch (obj->kind) {
	case BEMU_OBJ_MAP:
		return ((const struct bemu_map *)obj)->was_inner &&
		       !bemu_model_quirk(model, BEMU_QUIRK_K_INNER_EARLY_FREE);
	case BEMU_OBJ_PROG:
		*sleepers = ((const struct bemu_prog *)obj)->flags & BPF_F_SLEEPABLE;
		return true;
	case BEMU_OBJ_LINK:
		*sleepers = ((const struct bemu_link *)obj)->prog->flags & BPF_F_SLEEPABLE;
		return true;
	default:
		return true;
	}
}

void bemu_obj_put(struct bemu_model *model, struct bemu_kobj *obj)
{
	bool sleepers;

	if (!obj)
		return;
	touch(model, obj);
	if (obj->gone && !bemu_obj_alive(model, obj, "is let go"))
		return;
	if (--obj->refs)
		return;
	if (obj->kind == BEMU_OBJ_BTF)
		bemu_lock(model, BEMU_LOCK_BTF_IDR); /* btf_free_id(), also without an id */
	if (obj->id) {
		bemu_idr_remove(&model->ids[obj->kind], obj);
		model->nr_live[obj->kind]--;
	}
	if (obj->kind == BEMU_OBJ_BTF)
		bemu_unlock(model, BEMU_LOCK_BTF_IDR);
	(void)bemu_yield(model, BEMU_YIELD_PUT_ID_GONE);
	obj->defer.grace = needs_grace(model, obj, &sleepers) ? model->clock : 0;
	obj->defer.sleepers = sleepers;
	if (obj->kind == BEMU_OBJ_MAP)
		bemu_map_put_early(model, (struct bemu_map *)obj);
	if (obj->kind == BEMU_OBJ_PROG)
		bemu_prog_put_early(model, (struct bemu_prog *)obj);
	if (obj->kind == BEMU_OBJ_LINK)
		bemu_link_put_early(model, (struct bemu_link *)obj);
	bemu_defer(model, &obj->defer, obj, BEMU_DEFER_FREE);
}

struct bemu_kobj *bemu_obj_find(const struct bemu_model *model, uint32_t kind, uint32_t id)
{
	return id ? bemu_idr_find(&model->ids[kind], id) : NULL;
}
