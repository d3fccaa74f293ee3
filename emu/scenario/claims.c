// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* From ELF relocations and .BTF.ext to claims; nothing here comes from the loader. */
#include "scenario/claims.h"

#include <errno.h>
#include <string.h>

#include "relo/core.h"

static int add(struct bemu_obj_claims *set, const struct bemu_claim *claim)
{
	if (bemu_grow(set->env, &set->arr, &set->cap, set->claims.nr + 1u, sizeof(*set->arr)))
		return -ENOMEM;
	set->arr[set->claims.nr++] = *claim;
	set->claims.arr = set->arr;
	return 0;
}

/* A program without others in it keeps its words where they were; those of .text go elsewhere. */
static int symbols(struct bemu_obj_claims *set, const struct bemu_obj *obj,
		   const struct bemu_obj_prog *prog)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < prog->nr_relocs; i++) {
		const struct bemu_obj_reloc *reloc = &prog->relocs[i];
		struct bemu_claim claim = { .prog = prog->name, .insn_idx = reloc->insn_idx };
		const struct bemu_obj_extern *ext;

		switch (reloc->kind) {
		case BEMU_RELOC_LD64:
		case BEMU_RELOC_DATA:
			if (reloc->map_idx >= obj->nr_maps || reloc->map_idx == obj->arena_map_idx)
				continue;
			claim.name = obj->maps[reloc->map_idx].name;
			break;
		case BEMU_RELOC_EXTERN_LD64:
		case BEMU_RELOC_EXTERN_CALL:
			ext = &obj->externs[reloc->ext_idx];
			if (ext->kind != BEMU_EXT_KSYM)
				continue;
			claim.kind = ext->is_func ? BEMU_CLAIM_FUNC : BEMU_CLAIM_VAR;
			claim.name = ext->name;
			break;
		default:
			continue;
		}
		err = add(set, &claim);
	}
	return err;
}

static const struct bemu_obj_prog *prog_at(const struct bemu_obj *obj, const char *sec_name,
					   uint32_t insn_idx)
{
	uint32_t i;

	for (i = 0; i < obj->nr_progs; i++) {
		const struct bemu_obj_prog *prog = &obj->progs[i];

		if (!strcmp(obj->sec_names[prog->sec_idx], sec_name) &&
		    insn_idx >= prog->sec_insn_off &&
		    insn_idx - prog->sec_insn_off < prog->nr_insns)
			return prog;
	}
	return NULL;
}

static int record(struct bemu_obj_claims *set, const struct bemu_obj *obj, const char *sec_name,
		  const struct bemu_core_relo *relo)
{
	const struct bemu_obj_prog *prog = prog_at(obj, sec_name, relo->insn_off / 8);
	struct bemu_claim claim = { .kind = BEMU_CLAIM_CORE,
				    .name = bemu_btf_str(obj->btf, relo->access_str_off),
				    .type_id = relo->type_id,
				    .core = relo->kind };

	if (!prog || !claim.name)
		return 0;
	claim.prog = prog->name;
	claim.insn_idx = relo->insn_off / 8 - prog->sec_insn_off;
	memcpy(claim.before, &prog->insns[claim.insn_idx],
	       (prog->nr_insns - claim.insn_idx < 2 ? 1 : 2) * sizeof(*claim.before));
	return add(set, &claim);
}

static int records(struct bemu_obj_claims *set, const struct bemu_obj *obj)
{
	const struct bemu_btf_ext_sub *sub = &obj->ext->sub[BEMU_BTF_EXT_CORE_RELO];
	struct bemu_core_relo relo;
	uint32_t i, k;
	int err = 0;

	for (i = 0; i < sub->nr_blocks; i++) {
		const char *name = bemu_btf_str(obj->btf, sub->blocks[i].sec_name_off);

		for (k = 0; name && !err && k < sub->blocks[i].nr_recs; k++) {
			memcpy(&relo, bemu_btf_ext_rec(sub, &sub->blocks[i], k), sizeof(relo));
			err = bemu_env_step(set->env, 1 + obj->nr_progs / 16);
			if (!err)
				err = record(set, obj, name, &relo);
		}
	}
	return err;
}

int bemu_obj_claims_init(struct bemu_obj_claims *set, struct bemu_env *env,
			 const struct bemu_obj *obj, uint32_t nr_targets,
			 const struct bemu_btf *const *targets)
{
	uint32_t i;
	int err = 0;

	memset(set, 0, sizeof(*set));
	set->env = env;
	set->claims.local = obj->btf;
	set->claims.nr_targets = nr_targets;
	set->claims.targets = targets;
	for (i = 0; !err && i < obj->nr_progs; i++)
		if (!obj->progs[i].is_subprog)
			err = symbols(set, obj, &obj->progs[i]);
	if (!err && obj->btf && obj->ext)
		err = records(set, obj);
	return err;
}

void bemu_obj_claims_fini(struct bemu_obj_claims *set)
{
	bemu_mem_free(set->env, set->arr);
}
