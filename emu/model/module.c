/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Modules. A module that is coming has its BTF in the registry already; going, it has it there still.
 * What came before the seal is never freed, so that a reset finds it again. Mirrors btf_module_notify(),
 * kernel/bpf/btf.c, v6.18.
 */
#include <string.h>

#include "model/quirk.h"

static void touch(struct bemu_model *model, struct bemu_module *mod)
{
	if (!mod->sealed || mod->dirty)
		return;
	mod->dirty = true;
	mod->next_dirty = model->dirty_modules;
	model->dirty_modules = mod;
}

struct bemu_module *bemu_module_find(const struct bemu_model *model, const char *name)
{
	struct bemu_module *mod;

	for (mod = model->modules; mod && strcmp(mod->name, name);)
		mod = mod->next;
	return mod;
}

int bemu_module_check_name(struct bemu_model *model, const char *name)
{
	size_t room = sizeof(((struct bemu_module *)0)->name);

	if (name[0] && strlen(name) < room)
		return 0;
	return bemu_fail(bemu_model_env(model), -EINVAL, BEMU_R_KBTF_NAME, strlen(name),
			 "module name of %zu characters, 1 to %zu are possible", strlen(name),
			 room - 1);
}

int bemu_module_add(struct bemu_model *model, const char *name, struct bemu_btf *btf,
		    struct bemu_module **out)
{
	struct bemu_env *env = bemu_model_env(model);
	struct bemu_module *mod = bemu_zalloc(env, sizeof(*mod));
	int err = mod ? 0 : -ENOMEM;

	if (!err && btf)
		err = bemu_kbtf_new_kernel(model, name, mod, btf, &mod->btf);
	if (err) {
		bemu_mem_free(env, mod);
		return err;
	}
	memcpy(mod->name, name, strlen(name) + 1);
	mod->idx = model->nr_modules++;
	mod->state = BEMU_MODULE_COMING;
	*model->modules_tail = mod;
	model->modules_tail = &mod->next;
	if (btf)
		model->cands[1].used = 0;
	*out = mod;
	return 0;
}

/* K-MODBTF-NOT-LIVE: try_module_get() alone, which only fails for what is going. */
static bool takes_coming(const struct bemu_model *model, const struct bemu_module *mod)
{
	return mod->state == BEMU_MODULE_COMING &&
	       bemu_model_quirk(model, BEMU_QUIRK_K_MODBTF_NOT_LIVE);
}

/* Mirrors btf_try_get_module(), kernel/bpf/btf.c: what is coming could be taken, but is not live yet. */
struct bemu_module *bemu_kbtf_get_module(struct bemu_model *model, struct bemu_kbtf *kbtf)
{
	struct bemu_module *mod = kbtf->mod;

	if (!mod || (mod->state != BEMU_MODULE_LIVE && !takes_coming(model, mod)))
		return NULL;
	touch(model, mod);
	mod->refs++;
	return mod;
}

void bemu_module_get(struct bemu_model *model, struct bemu_module *mod)
{
	if (!mod)
		return;
	touch(model, mod);
	mod->refs++;
}

void bemu_module_put(struct bemu_model *model, struct bemu_module *mod)
{
	if (!mod)
		return;
	if (mod->gone) {
		bemu_oops(model, BEMU_OOPS_FREED, "module %s is let go after it was freed",
			  mod->name);
		return;
	}
	touch(model, mod);
	mod->refs--;
}

void bemu_module_set_state(struct bemu_model *model, struct bemu_module *mod, uint32_t state)
{
	touch(model, mod);
	mod->state = state;
}

void bemu_module_set_held(struct bemu_model *model, struct bemu_module *mod, uint32_t held)
{
	touch(model, mod);
	mod->refs = mod->refs - mod->held + held;
	mod->held = held;
}

/* Mirrors purge_cand_cache() for one BTF: what it was found in is searched for again. */
static void purge_cands(struct bemu_model *model, const struct bemu_kbtf *kbtf)
{
	struct bemu_cand_table *t = &model->cands[1];
	struct bemu_btf_essential_iter it;
	uint32_t no;

	for (no = 0; no < BEMU_K_CAND_SLOTS; no++) {
		const struct bemu_cand_slot *slot = &t->slots[no];

		if (!(t->used >> no & 1))
			continue;
		bemu_btf_essential_begin(&it, kbtf->btf, slot->name, slot->len, slot->kind);
		if (bemu_btf_essential_next(&it))
			t->used &= ~(1u << no);
	}
}

/*
 * Mirrors btf_module_notify(MODULE_STATE_GOING). The BTF lives on as an orphan while anybody holds it.
 * Since a fix of 2026, in 5.15, 6.1, 6.12 and 6.18 stable, the ID is taken back here, before with the last
 * reference (K-MODBTF-ID-LINGERS).
 */
static void drop_btf(struct bemu_model *model, struct bemu_module *mod)
{
	struct bemu_kbtf *kbtf = mod->btf;

	if (!kbtf)
		return;
	purge_cands(model, kbtf);
	bemu_kbtf_touch(model, kbtf);
	kbtf->mod = NULL;
	mod->btf = NULL;
	if (!bemu_model_quirk(model, BEMU_QUIRK_K_MODBTF_ID_LINGERS)) {
		bemu_idr_remove(&model->ids[BEMU_OBJ_BTF], &kbtf->obj);
		model->nr_live[BEMU_OBJ_BTF]--;
	}
	bemu_obj_put(model, &kbtf->obj);
}

void bemu_module_remove(struct bemu_model *model, struct bemu_module *mod)
{
	struct bemu_module **at = &model->modules;

	touch(model, mod);
	drop_btf(model, mod);
	while (*at != mod)
		at = &(*at)->next;
	*at = mod->next;
	if (!mod->next)
		model->modules_tail = at;
	if (mod->sealed)
		model->relink_modules = true;
	else if (!model->keep_dead)
		bemu_mem_free(bemu_model_env(model), mod);
	if (model->keep_dead)
		mod->gone = true;
}

void bemu_modules_seal(struct bemu_model *model)
{
	struct bemu_idr *idr = &model->ids[BEMU_OBJ_BTF];
	struct bemu_kbtf **tail = &model->sealed_btfs;
	struct bemu_module *mod;
	struct bemu_kobj *obj;

	model->sealed_modules = model->modules;
	model->sealed_nr_modules = model->nr_modules;
	for (mod = model->modules; mod; mod = mod->next) {
		mod->sealed = true;
		mod->next_sealed = mod->next;
		mod->at_seal.held = mod->held;
		mod->at_seal.state = mod->state;
		mod->at_seal.btf = mod->btf;
	}
	idr->sealed_nr = 0;
	for (obj = model->objs[BEMU_OBJ_BTF].oldest; obj; obj = obj->newer) {
		struct bemu_kbtf *kbtf = (struct bemu_kbtf *)obj;

		if (!kbtf->kernel || !obj->id)
			continue;
		kbtf->sealed = true;
		kbtf->at_seal.id = obj->id;
		kbtf->at_seal.mod = kbtf->mod;
		*tail = kbtf;
		tail = &kbtf->next_sealed;
		idr->sealed_nr++;
	}
	idr->moved = idr->sealed_nr != idr->nr; /* BTF of tasks, which a reset forgets */
}

/* Everything that was sealed is in its place again; else only what changed is looked at. */
static void restore_all(struct bemu_model *model)
{
	struct bemu_objs *objs = &model->objs[BEMU_OBJ_BTF];
	struct bemu_idr *idr = &model->ids[BEMU_OBJ_BTF];
	struct bemu_kbtf *kbtf;
	uint32_t i = 0;

	objs->oldest = objs->newest = NULL;
	for (kbtf = model->sealed_btfs; kbtf; kbtf = kbtf->next_sealed) {
		idr->arr[i].id = kbtf->at_seal.id;
		idr->arr[i++].obj = &kbtf->obj;
		kbtf->obj.older = objs->newest;
		kbtf->obj.newer = NULL;
		if (objs->newest)
			objs->newest->newer = &kbtf->obj;
		else
			objs->oldest = &kbtf->obj;
		objs->newest = &kbtf->obj;
	}
	objs->at_seal = objs->newest;
	idr->moved = false;
}

void bemu_modules_reset(struct bemu_model *model)
{
	struct bemu_module *mod, **tail = &model->modules;
	struct bemu_kbtf *kbtf;

	if (model->ids[BEMU_OBJ_BTF].moved)
		restore_all(model);
	for (kbtf = model->dirty; kbtf; kbtf = kbtf->next_dirty) {
		kbtf->dirty = false;
		kbtf->obj.refs = 1;
		kbtf->obj.gone = false;
		kbtf->mod = kbtf->at_seal.mod;
		bemu_idr_restore(&model->ids[BEMU_OBJ_BTF], &kbtf->obj, kbtf->at_seal.id);
	}
	for (mod = model->dirty_modules; mod; mod = mod->next_dirty) {
		mod->dirty = false;
		mod->refs = mod->at_seal.held; /* tasks and what they hold are forgotten */
		mod->held = mod->at_seal.held;
		mod->state = mod->at_seal.state;
		mod->btf = mod->at_seal.btf;
		mod->gone = false;
	}
	if (model->nr_modules != model->sealed_nr_modules || model->relink_modules) {
		for (mod = model->sealed_modules; mod; mod = mod->next_sealed) {
			*tail = mod;
			tail = &mod->next;
		}
		*tail = NULL;
		model->modules_tail = tail;
	}
	for (; model->nr_split; model->nr_split--)
		bemu_btf_put(model->vmlinux->btf);
	model->dirty = NULL;
	model->dirty_modules = NULL;
	model->relink_modules = false;
	model->nr_modules = model->sealed_nr_modules;
}
