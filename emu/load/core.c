/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * CO-RE records in libbpf's order, and who may be a candidate.
 *
 * Candidates are searched once for each root type; what one record prunes, a later one with the same root
 * does not get back. Modules are consulted only when the kernel has no type of that name at all.
 *
 * Mirrors comments without a path mean tools/lib/bpf/libbpf.c of libbpf 1.7.
 */
#include <string.h>

#include <bemu/quirks.h>

#include "load/private.h"

/* Candidates of one root type for the whole load. */
struct cache {
	struct bemu_core_cands *lists;
	uint32_t nr, cap;
	uint32_t *of_type; /* by local type id: index into lists + 1 */
	struct bemu_core_cand *before; /* a list before a calculation that nobody may ask about */
	uint32_t before_cap;
};

static uint32_t rules_of(const struct bemu_load *ld)
{
	switch (ld->libbpf) {
	case BEMU_LIBBPF_1_1:
		return BEMU_CORE_LIBBPF_1_1;
	case BEMU_LIBBPF_1_5:
		return BEMU_CORE_LIBBPF_1_5;
	case BEMU_LIBBPF_NEXT:
		return BEMU_CORE_LIBBPF_NEXT;
	default:
		return BEMU_CORE_LIBBPF_1_7;
	}
}

static void free_cache(struct bemu_load *ld, struct cache *cache)
{
	uint32_t i;

	for (i = 0; i < cache->nr; i++)
		bemu_core_cands_fini(ld->env, &cache->lists[i]);
	bemu_mem_free(ld->env, cache->lists);
	bemu_mem_free(ld->env, cache->of_type);
	bemu_mem_free(ld->env, cache->before);
}

/* ---- candidates ---- */

/* Mirrors bpf_core_find_cands(). */
static int find_cands(struct bemu_load *ld, uint32_t type_id, struct bemu_core_cands *out)
{
	const struct bemu_btf *local = ld->obj->btf;
	const struct bemu_btf *main_btf = ld->custom_btf ? ld->custom_btf : ld->kernel_btf;
	const char *name = bemu_btf_name(local, type_id);
	uint32_t i;
	int err;

	if (!name || !*name)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_CORE_RECORD, type_id,
				 "candidates are found by name, and type %u has none", type_id);
	if (!main_btf)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_CORE_BTF, 0,
				 "no kernel BTF was read");
	err = bemu_core_add_cands(ld->env, local, type_id, main_btf, "vmlinux",
				  ld->custom_btf ? 0 : 1, out);
	if (err || out->nr || ld->custom_btf)
		return err;
	err = bemu_load_module_btfs(ld);
	for (i = 0; i < ld->nr_modules && !err; i++)
		err = bemu_core_add_cands(ld->env, local, type_id, ld->modules[i].btf,
					  ld->modules[i].name, ld->modules[i].id, out);
	return err;
}

/* Mirrors the cache of bpf_core_resolve_relo(): a search that failed leaves nothing in it. */
static int cached_cands(struct bemu_load *ld, struct cache *cache, uint32_t type_id,
			struct bemu_core_cands **out)
{
	struct bemu_core_cands cands = { 0 };
	int err;

	if (!cache->of_type[type_id]) {
		err = find_cands(ld, type_id, &cands);
		if (!err)
			err = bemu_grow(ld->env, &cache->lists, &cache->cap, cache->nr + 1u,
					sizeof(*cache->lists));
		if (err) {
			bemu_core_cands_fini(ld->env, &cands);
			return err;
		}
		cache->lists[cache->nr++] = cands;
		cache->of_type[type_id] = cache->nr;
	}
	*out = &cache->lists[cache->of_type[type_id] - 1];
	return 0;
}

/* ---- records ---- */

static int keep_record(struct bemu_load *ld, struct bemu_core_record *rec, uint32_t prog_idx)
{
	int err;

	if (!rec->err && ld->opts.no_core_records) {
		bemu_core_record_fini(ld->env, rec);
		return 0;
	}
	err = bemu_grow(ld->env, &ld->core, &ld->core_cap, ld->nr_core + 1u, sizeof(*ld->core));
	if (!err)
		err = bemu_grow(ld->env, &ld->core_prog, &ld->core_prog_cap, ld->nr_core + 1u,
				sizeof(*ld->core_prog));
	if (err) {
		bemu_core_record_fini(ld->env, rec);
		return err;
	}
	ld->core_prog[ld->nr_core] = prog_idx;
	ld->core[ld->nr_core++] = *rec;
	return 0;
}

/* Mirrors record_relo_core(): the word counts as relocated, though nothing more is done there. */
static int note_relocation(struct bemu_load *ld, struct bemu_load_text *text, uint32_t insn_idx,
			   uint32_t block_idx, uint32_t rec_idx)
{
	int err = bemu_grow(ld->env, &text->relocs, &text->relocs_cap, text->nr_relocs + 1u,
			    sizeof(*text->relocs));

	if (!err)
		text->relocs[text->nr_relocs++] = (struct bemu_obj_reloc){
			.kind = BEMU_RELOC_CORE,
			.insn_idx = insn_idx,
			.map_idx = block_idx,
			.ext_idx = rec_idx,
		};
	return err;
}

void bemu_load_core_relo(const struct bemu_load *ld, const struct bemu_obj_reloc *reloc,
			 struct bemu_core_relo *out)
{
	const struct bemu_btf_ext_sub *sub = &ld->obj->ext->sub[BEMU_BTF_EXT_CORE_RELO];

	memcpy(out, bemu_btf_ext_rec(sub, &sub->blocks[reloc->map_idx], reloc->ext_idx),
	       sizeof(*out));
	out->insn_off = reloc->insn_idx * (uint32_t)sizeof(struct bpf_insn);
}

/*
 * The value of one relocation. An account costs more than the rest, so without records it is only made of
 * what failed, by doing it again on the candidates as they were.
 */
static int calc(struct bemu_load *ld, struct cache *cache, const struct bemu_core_relo *relo,
		struct bemu_core_cands *cands, const char *name, struct bemu_core_record *rec)
{
	const struct bemu_btf *local = ld->obj->btf;
	uint32_t nr = cands->nr;
	int err;

	if (!ld->opts.no_core_records)
		return bemu_core_calc(ld->env, rules_of(ld), local, relo, cands, name, &rec->res,
				      rec);
	err = bemu_grow(ld->env, &cache->before, &cache->before_cap, nr, sizeof(*cache->before));
	if (err)
		return err;
	if (nr)
		memcpy(cache->before, cands->arr, nr * sizeof(*cands->arr));
	err = bemu_core_calc(ld->env, rules_of(ld), local, relo, cands, name, &rec->res, NULL);
	if (!err || bemu_load_faulted(ld))
		return err;
	if (nr)
		memcpy(cands->arr, cache->before, nr * sizeof(*cands->arr));
	cands->nr = nr;
	return bemu_core_calc(ld->env, rules_of(ld), local, relo, cands, name, &rec->res, rec);
}

/* Whether a target was found; without an account the value tells. */
static bool found_target(const struct bemu_load *ld, const struct bemu_core_record *rec)
{
	if (rec->res.poison)
		return false;
	switch (rec->relo.kind) {
	case BEMU_CORE_FIELD_EXISTS:
	case BEMU_CORE_TYPE_ID_TARGET:
	case BEMU_CORE_TYPE_EXISTS:
	case BEMU_CORE_TYPE_SIZE:
	case BEMU_CORE_ENUMVAL_EXISTS:
	case BEMU_CORE_TYPE_MATCHES:
		return ld->opts.no_core_records ? rec->res.new_val != 0 : rec->nr_matched != 0;
	default:
		return true;
	}
}

/*
 * Of no release: what the second revision of a patch of December 2020 did, "libbpf: support module BTF for
 * BPF_TYPE_ID_TARGET CO-RE relocation". A BTF from a file is not the kernel's either, and has no FD.
 */
static void add_target_fd(const struct bemu_load *ld, const struct bemu_core_cands *cands,
			  struct bemu_core_record *rec)
{
	const struct bemu_btf *btf = cands->nr ? cands->arr[0].btf : NULL;
	int fd = -1;
	uint32_t i;

	if (rec->relo.kind != BEMU_CORE_TYPE_ID_TARGET || !btf || !rec->res.new_val ||
	    btf == ld->kernel_btf)
		return;
	for (i = 0; i < ld->nr_modules; i++)
		if (ld->modules[i].btf == btf)
			fd = ld->modules[i].fd;
	rec->res.new_val |= (uint64_t)(uint32_t)fd << 32;
}

/* Mirrors bpf_core_resolve_relo(), and bpf_core_patch_insn(), tools/lib/bpf/relo_core.c, 1.7. */
static int resolve(struct bemu_load *ld, struct cache *cache, uint32_t prog_idx,
		   const struct bemu_core_relo *relo, struct bemu_core_record *rec)
{
	struct bemu_load_text *text = &ld->texts[prog_idx];
	const char *name = ld->obj->progs[prog_idx].name;
	const struct btf_type *type = bemu_btf_type(ld->obj->btf, relo->type_id);
	struct bemu_core_cands none = { 0 }, *cands = &none;
	int err;

	if (!type || !bemu_btf_str(ld->obj->btf, type->name_off))
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_CORE_RECORD, rec->relo_idx,
				 "%s: insn %u: record for type %u, which has no name: the last one "
				 "is %u",
				 name, rec->insn_idx, relo->type_id,
				 bemu_btf_nr_types(ld->obj->btf) - 1);
	if (relo->kind != BEMU_CORE_TYPE_ID_LOCAL) {
		err = cached_cands(ld, cache, relo->type_id, &cands);
		if (err)
			return err;
	}
	err = calc(ld, cache, relo, cands, name, rec);
	if (err)
		return err;
	if (ld->opts.type_id_fd)
		add_target_fd(ld, cands, rec);
	err = bemu_core_patch(ld->env, rules_of(ld), name, text->insns, text->nr_insns,
			      rec->insn_idx, relo, &rec->res);
	rec->patched = !err;
	return err;
}

static void copy_words(const struct bemu_load_text *text, uint32_t insn_idx, struct bpf_insn *out)
{
	uint32_t nr = text->nr_insns - insn_idx < 2 ? 1 : 2;

	memcpy(out, &text->insns[insn_idx], nr * sizeof(*out));
}

static int one_record(struct bemu_load *ld, struct cache *cache, uint32_t prog_idx,
		      uint32_t insn_idx, uint32_t relo_idx, const struct bemu_core_relo *relo)
{
	struct bemu_load_text *text = &ld->texts[prog_idx];
	struct bemu_core_record rec = { .relo = *relo, .relo_idx = relo_idx, .insn_idx = insn_idx };
	int err, kept;

	copy_words(text, insn_idx, rec.before);
	err = resolve(ld, cache, prog_idx, relo, &rec);
	copy_words(text, insn_idx, rec.after);
	/* a load or store that cannot follow the target's width is poisoned though a target was found */
	rec.res.poison |= !err && bemu_core_is_poisoned(&rec.after[0]);
	rec.err = err;
	text->nr_core++;
	if (!err && found_target(ld, &rec))
		text->nr_core_matched++;
	if (bemu_load_faulted(ld)) {
		bemu_core_record_fini(ld->env, &rec);
		return err;
	}
	kept = keep_record(ld, &rec, prog_idx);
	return err ? err : kept;
}

/* The word after a program's last one is taken for its own: there is no room to patch it. */
static void patch_behind(struct bemu_load *ld, uint32_t block_idx, uint32_t insn_idx)
{
	uint32_t prog_idx =
		insn_idx ? bemu_load_prog_at(ld, ld->ext_secs[BEMU_BTF_EXT_CORE_RELO][block_idx],
					     insn_idx - 1)
			 : UINT32_MAX;

	if (prog_idx != UINT32_MAX)
		bemu_guard_ok(&ld->env->guard, BEMU_GUARD_INSNS, true, ld->texts[prog_idx].nr_insns,
			      1, ld->texts[prog_idx].nr_insns, "a patched word of %s",
			      ld->obj->progs[prog_idx].name);
}

static int one_block(struct bemu_load *ld, struct cache *cache, uint32_t block_idx)
{
	const struct bemu_btf_ext_sub *sub = &ld->obj->ext->sub[BEMU_BTF_EXT_CORE_RELO];
	const struct bemu_btf_ext_block *block = &sub->blocks[block_idx];
	const char *sec_name = bemu_btf_str(ld->obj->btf, block->sec_name_off);
	uint32_t i;
	int err;

	if (!sec_name || !*sec_name)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_CORE_RECORD, 0,
				 "block %u of CO-RE records names no section: offset %u in the %u "
				 "bytes of strings",
				 block_idx, block->sec_name_off,
				 bemu_btf_end_str_off(ld->obj->btf));
	for (i = 0; i < block->nr_recs; i++) {
		struct bemu_core_relo relo;
		uint32_t prog_idx, insn_idx;

		memcpy(&relo, bemu_btf_ext_rec(sub, block, i), sizeof(relo));
		if (relo.insn_off % sizeof(struct bpf_insn))
			return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_CORE_RECORD, i,
					 "section %s: offset %u is no instruction's", sec_name,
					 relo.insn_off);
		insn_idx = relo.insn_off / (uint32_t)sizeof(struct bpf_insn);
		prog_idx = bemu_load_prog_at(ld, ld->ext_secs[BEMU_BTF_EXT_CORE_RELO][block_idx],
					     insn_idx);
		err = bemu_env_step(ld->env, 1);
		if (err)
			return err;
		if (prog_idx == UINT32_MAX && bemu_load_quirk(ld, BEMU_QUIRK_CORE_INSN_IDX_OFF1))
			patch_behind(ld, block_idx, insn_idx);
		/* code of an overridden weak function, or of a program that stays out */
		if (prog_idx == UINT32_MAX || !ld->texts[prog_idx].autoload)
			continue;
		insn_idx -= ld->obj->progs[prog_idx].sec_insn_off;
		err = note_relocation(ld, &ld->texts[prog_idx], insn_idx, block_idx, i);
		if (!err && !ld->opts.gen) /* the loader hands them on to the kernel */
			err = one_record(ld, cache, prog_idx, insn_idx, i, &relo);
		if (err) {
			ld->res.err_prog_idx = (int)prog_idx;
			return err;
		}
	}
	return 0;
}

/* Mirrors bpf_object__relocate_core(). */
int bemu_load_core(struct bemu_load *ld)
{
	const struct bemu_btf_ext_sub *sub = &ld->obj->ext->sub[BEMU_BTF_EXT_CORE_RELO];
	struct cache cache = { 0 };
	uint32_t i;
	int err = 0;

	if (!sub->rec_size)
		return 0;
	if (ld->opts.btf_custom_path) {
		err = bemu_load_parse_btf_file(ld, ld->opts.btf_custom_path, &ld->custom_btf);
		if (err)
			return err;
	}
	cache.of_type =
		bemu_zalloc_array(ld->env, bemu_btf_nr_types(ld->obj->btf), sizeof(*cache.of_type));
	if (!cache.of_type)
		return -ENOMEM;
	for (i = 0; i < sub->nr_blocks && !err; i++)
		err = one_block(ld, &cache, i);
	free_cache(ld, &cache);
	return err;
}
