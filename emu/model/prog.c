/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Programs and links: what they hold and in which order they let go of it. */
#include "model/model.h"

int bemu_prog_use_map(struct bemu_model *model, struct bemu_prog *prog, struct bemu_map *map,
		      uint32_t limit)
{
	uint32_t i;

	for (i = 0; i < prog->nr_used_maps; i++)
		if (prog->used_maps[i] == map)
			return 0;
	if (prog->nr_used_maps >= limit)
		return -E2BIG;
	if (bemu_grow(model->env, &prog->used_maps, &prog->cap_used_maps,
		      (size_t)prog->nr_used_maps + 1, sizeof(struct bemu_map *)))
		return -ENOMEM;
	bemu_obj_get(model, &map->obj);
	prog->used_maps[prog->nr_used_maps++] = map;
	return 0;
}

bool bemu_prog_take_module(struct bemu_model *model, struct bemu_kbtf *btf,
			   struct bemu_module **out)
{
	bemu_obj_get(model, &btf->obj);
	(void)bemu_yield(model, BEMU_YIELD_PROG_LOAD_MODULE);
	*out = bemu_kbtf_get_module(model, btf);
	if (!*out) {
		bemu_obj_put(model, &btf->obj);
		return false;
	}
	if (model->design & BEMU_DESIGN_KEEP_BTF) {
		bemu_module_put(model, *out);
		*out = NULL;
	}
	return true;
}

int bemu_prog_use_btf(struct bemu_model *model, struct bemu_prog *prog, struct bemu_kbtf *btf)
{
	struct bemu_module *mod = NULL;
	uint32_t i;

	for (i = 0; i < prog->nr_used_btfs; i++)
		if (prog->used_btfs[i].btf == btf)
			return 0;
	if (prog->nr_used_btfs >= BEMU_K_MAX_USED_BTFS)
		return -E2BIG;
	if (bemu_grow(model->env, &prog->used_btfs, &prog->cap_used_btfs,
		      (size_t)prog->nr_used_btfs + 1, sizeof(*prog->used_btfs)))
		return -ENOMEM;
	if (!bemu_kbtf_is_module(btf))
		bemu_obj_get(model, &btf->obj);
	else if (!bemu_prog_take_module(model, btf, &mod))
		return -ENXIO;
	prog->used_btfs[prog->nr_used_btfs].btf = btf;
	prog->used_btfs[prog->nr_used_btfs++].mod = mod;
	return 0;
}

static void put_obj(struct bemu_model *model, struct bemu_kbtf *kbtf)
{
	bemu_obj_put(model, kbtf ? &kbtf->obj : NULL);
}

/* What goes synchronously with the last reference. Mirrors __bpf_prog_put_noref(), v6.18. */
void bemu_prog_put_early(struct bemu_model *model, struct bemu_prog *prog)
{
	put_obj(model, prog->btf);
	prog->btf = NULL;
	bemu_module_put(model, prog->attach_mod);
	prog->attach_mod = NULL;
	put_obj(model, prog->attach_btf);
	prog->attach_btf = NULL;
}

/* Mirrors __bpf_prog_put_rcu(). */
void bemu_prog_free_rcu(struct bemu_model *model, struct bemu_prog *prog)
{
	struct bemu_prog *dst = prog->dst_prog;

	bemu_mem_free(model->env, prog->func_info);
	prog->func_info = NULL;
	prog->dst_prog = NULL;
	bemu_obj_put(model, dst ? &dst->obj : NULL);
}

static void put_used(struct bemu_model *model, struct bemu_prog *prog)
{
	uint32_t i;

	for (i = 0; i < prog->nr_used_maps; i++)
		bemu_obj_put(model, &prog->used_maps[i]->obj);
	prog->nr_used_maps = 0;
	for (i = 0; i < prog->nr_used_btfs; i++) {
		bemu_module_put(model, prog->used_btfs[i].mod);
		put_obj(model, prog->used_btfs[i].btf);
	}
	prog->nr_used_btfs = 0;
}

/* The deferred rest. Mirrors bpf_prog_free_deferred(), kernel/bpf/core.c, v6.18. */
void bemu_prog_free(struct bemu_model *model, struct bemu_prog *prog)
{
	struct bemu_env *env = model->env;

	while (prog->nr_kfunc_btfs) {
		const struct bemu_used_btf *last = &prog->kfunc_btfs[--prog->nr_kfunc_btfs];

		bemu_module_put(model, last->mod);
		put_obj(model, last->btf);
	}
	put_used(model, prog);
	bemu_obj_fini(model, &prog->obj);
	if (model->keep_dead) { /* with all that a stale pointer leads to */
		bemu_obj_release(model, env, &prog->obj);
		return;
	}
	bemu_mem_free(env, prog->kfunc_btfs);
	bemu_mem_free(env, prog->kfuncs);
	bemu_mem_free(env, prog->used_maps);
	bemu_mem_free(env, prog->used_btfs);
	bemu_mem_free(env, prog->line_info);
	bemu_mem_free(env, prog->insns);
	bemu_obj_release(model, env, &prog->obj);
}

/* Mirrors release_maps(), release_btfs() at the end of bpf_check(), and __bpf_prog_put_noref(). */
void bemu_prog_reject(struct bemu_model *model, struct bemu_prog *prog)
{
	put_used(model, prog);
	prog->obj.refs = 0;
	bemu_prog_put_early(model, prog);
	if (prog->nr_subprogs > 1) {
		prog->obj.defer.grace = model->clock;
		bemu_defer(model, &prog->obj.defer, &prog->obj, BEMU_DEFER_FREE);
		return;
	}
	bemu_prog_free_rcu(model, prog);
	bemu_defer(model, &prog->obj.defer, &prog->obj, BEMU_DEFER_PROG_WORK);
}

/* Mirrors bpf_link_free(): before v6.9 a link let its program go at once. */
void bemu_link_put_early(struct bemu_model *model, struct bemu_link *link)
{
	struct bemu_prog *prog = link->prog;

	if (link->type == BEMU_LINK_TRACING)
		prog->attached = false;
	bemu_module_put(model, link->mod);
	link->mod = NULL;
	bemu_obj_put(model, link->tgt_prog ? &link->tgt_prog->obj : NULL);
	link->tgt_prog = NULL;
	if (bemu_model_has(model, BEMU_KF_LINK_DEFER))
		return;
	link->prog = NULL;
	bemu_obj_put(model, &prog->obj);
}

void bemu_link_free(struct bemu_model *model, struct bemu_link *link)
{
	bemu_obj_fini(model, &link->obj);
	bemu_obj_put(model, link->prog ? &link->prog->obj : NULL);
	bemu_obj_release(model, model->env, &link->obj);
}
