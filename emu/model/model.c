/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include <string.h>

#include "model/model.h"

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
	return 0;
}

void bemu_model_seal(struct bemu_model *model)
{
	uint32_t i;

	for (i = 0; i < BEMU_OBJ_NR; i++) {
		struct bemu_idr *idr = &model->ids[i];

		idr->sealed_nr = i == BEMU_OBJ_BTF ? idr->nr : 0;
		idr->sealed_next = i == BEMU_OBJ_BTF ? idr->next : 0;
	}
}

void bemu_model_reset(struct bemu_model *model)
{
	struct bemu_kbtf *kbtf;
	uint32_t i;

	for (i = 0; i < BEMU_OBJ_NR; i++) {
		struct bemu_idr *idr = &model->ids[i];

		idr->nr = idr->sealed_nr;
		idr->next = idr->sealed_next;
		idr->nr_dead = 0;
		model->nr_live[i] = idr->sealed_nr;
	}
	for (kbtf = model->dirty; kbtf; kbtf = kbtf->next_dirty) {
		kbtf->dirty = false;
		kbtf->obj.refs = 1;
		if (kbtf->mod)
			kbtf->mod->refs = 0;
	}
	model->dirty = NULL;
	model->cands[0].used = model->cands[1].used = 0;
	model->tasks = NULL;
	model->bpffs = NULL;
	model->dead = NULL;
	model->dead_tail = &model->dead;
	model->draining = false;
	model->next_vaddr = first_vaddr;
	bemu_env_reset(model->env);
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

static void mark_dirty(struct bemu_model *model, struct bemu_kobj *obj)
{
	struct bemu_kbtf *kbtf = (struct bemu_kbtf *)obj;

	if (obj->kind != BEMU_OBJ_BTF || !kbtf->kernel || kbtf->dirty)
		return;
	kbtf->dirty = true;
	kbtf->next_dirty = model->dirty;
	model->dirty = kbtf;
}

void bemu_obj_get(struct bemu_model *model, struct bemu_kobj *obj)
{
	mark_dirty(model, obj);
	obj->refs++;
}

void bemu_obj_put(struct bemu_model *model, struct bemu_kobj *obj)
{
	if (!obj || --obj->refs)
		return;
	if (obj->id) {
		bemu_idr_remove(&model->ids[obj->kind], obj);
		model->nr_live[obj->kind]--;
	}
	if (obj->kind == BEMU_OBJ_PROG)
		bemu_prog_put_early(model, (struct bemu_prog *)obj);
	obj->next = NULL;
	*model->dead_tail = obj;
	model->dead_tail = &obj->next;
	bemu_model_drain(model);
}

void bemu_model_drain(struct bemu_model *model)
{
	struct bemu_kobj *obj;

	if (model->draining)
		return; /* what a free gives up joins the queue, so depth stays constant */
	model->draining = true;
	while (model->dead) {
		obj = model->dead;
		model->dead = obj->next;
		if (!model->dead)
			model->dead_tail = &model->dead;
		if (obj->kind == BEMU_OBJ_MAP)
			bemu_map_free(model, (struct bemu_map *)obj);
		else if (obj->kind == BEMU_OBJ_PROG)
			bemu_prog_free(model, (struct bemu_prog *)obj);
		else if (obj->kind == BEMU_OBJ_BTF)
			bemu_kbtf_free(model, (struct bemu_kbtf *)obj);
		else
			bemu_link_free(model, (struct bemu_link *)obj);
	}
	model->draining = false;
}

struct bemu_kobj *bemu_obj_find(const struct bemu_model *model, uint32_t kind, uint32_t id)
{
	return id ? bemu_idr_find(&model->ids[kind], id) : NULL;
}
