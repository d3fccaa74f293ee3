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
	bemu_obj_get(model, &btf->obj);
	if (bemu_kbtf_is_module(btf)) {
		mod = bemu_kbtf_get_module(model, btf);
		if (!mod) {
			bemu_obj_put(model, &btf->obj);
			return -ENXIO;
		}
	}
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
	bemu_module_put(prog->attach_mod);
	prog->attach_mod = NULL;
	put_obj(model, prog->attach_btf);
	prog->attach_btf = NULL;
}

/* The deferred rest. Mirrors bpf_prog_free_deferred(), kernel/bpf/core.c, v6.18. */
void bemu_prog_free(struct bemu_model *model, struct bemu_prog *prog)
{
	struct bemu_env *env = model->env;
	uint32_t i;

	bemu_obj_put(model, prog->dst_prog ? &prog->dst_prog->obj : NULL);
	for (i = prog->nr_kfunc_btfs; i-- > 0;) {
		bemu_module_put(prog->kfunc_btfs[i].mod);
		put_obj(model, prog->kfunc_btfs[i].btf);
	}
	for (i = 0; i < prog->nr_used_maps; i++)
		bemu_obj_put(model, &prog->used_maps[i]->obj);
	for (i = 0; i < prog->nr_used_btfs; i++) {
		bemu_module_put(prog->used_btfs[i].mod);
		put_obj(model, prog->used_btfs[i].btf);
	}
	bemu_mem_free(env, prog->kfunc_btfs);
	bemu_mem_free(env, prog->kfuncs);
	bemu_mem_free(env, prog->used_maps);
	bemu_mem_free(env, prog->used_btfs);
	bemu_mem_free(env, prog->func_info);
	bemu_mem_free(env, prog->line_info);
	bemu_mem_free(env, prog->insns);
	bemu_mem_free(env, prog);
}

void bemu_link_free(struct bemu_model *model, struct bemu_link *link)
{
	bemu_obj_put(model, link->prog ? &link->prog->obj : NULL);
	bemu_mem_free(model->env, link);
}
