/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Code relocation: calls with the subprograms behind their main program (calls.c), then every reference to
 * data, maps and kernel symbols.
 *
 * Mirrors comments without a path mean tools/lib/bpf/libbpf.c of libbpf 1.7.
 */
#include <stdlib.h>
#include <string.h>

#include <bemu/quirks.h>

#include "load/private.h"

enum {
	POISON_MAP_BASE = 2001000000,
	POISON_KFUNC_BASE = 2002000000,
	PAGE = 4096,
};

/* ---- finding things ---- */

uint32_t bemu_load_prog_at(const struct bemu_load *ld, uint32_t sec_idx, uint64_t insn_idx)
{
	const struct bemu_obj_prog *prog;
	uint32_t l = 0, r, m;

	if (!ld->obj->nr_progs)
		return UINT32_MAX;
	for (r = ld->obj->nr_progs - 1; l < r;) {
		m = l + (r - l + 1) / 2;
		prog = &ld->obj->progs[m];
		if (prog->sec_idx < sec_idx ||
		    (prog->sec_idx == sec_idx && prog->sec_insn_off <= insn_idx))
			l = m;
		else
			r = m - 1;
	}
	prog = &ld->obj->progs[l];
	if (prog->sec_idx == sec_idx && insn_idx >= prog->sec_insn_off &&
	    insn_idx - prog->sec_insn_off < prog->nr_insns)
		return l;
	return UINT32_MAX;
}

static bool reloc_after(const struct bemu_obj_reloc *a, const struct bemu_obj_reloc *b)
{
	return a->insn_idx != b->insn_idx ? a->insn_idx > b->insn_idx : a->kind > b->kind;
}

/* Stable, by (word, kind): of two relocations of one word the later one in the file has the last word. */
static int sort_relocs(struct bemu_load *ld, struct bemu_load_text *text)
{
	uint32_t nr = text->nr_relocs, width, i;
	struct bemu_obj_reloc *from = text->relocs, *to, *scratch;

	for (i = 1; i < nr && !reloc_after(&from[i - 1], &from[i]); i++)
		;
	if (i >= nr)
		return 0;
	scratch = bemu_zalloc_array(ld->env, nr, sizeof(*scratch));
	if (!scratch)
		return -ENOMEM;
	to = scratch;
	for (width = 1; width < nr; width *= 2) {
		uint32_t at, out = 0;

		for (at = 0; at < nr; at += 2 * width) {
			uint32_t a = at, b = nr - at < width ? nr : at + width, mid = b;
			uint32_t end = nr - at < 2 * width ? nr : at + 2 * width;

			while (a < mid || b < end) {
				bool second = a == mid ||
					      (b < end && reloc_after(&from[a], &from[b]));

				to[out++] = second ? from[b++] : from[a++];
			}
		}
		scratch = from;
		from = to;
		to = scratch;
	}
	if (from != text->relocs) {
		memcpy(text->relocs, from, nr * sizeof(*from));
		to = from;
	}
	bemu_mem_free(ld->env, to);
	return 0;
}

int bemu_load_add_ref(struct bemu_load *ld, struct bemu_load_text *text, uint32_t insn_idx,
		      uint32_t kind, uint32_t idx, uint32_t off)
{
	int err = bemu_grow(ld->env, &text->refs, &text->refs_cap, text->nr_refs + 1u,
			    sizeof(*text->refs));

	if (!err)
		text->refs[text->nr_refs++] = (struct bemu_load_ref){ insn_idx, kind, idx, off };
	return err;
}

/* ---- data, maps, kernel symbols ---- */

static void poison_call(struct bpf_insn *insn, uint32_t imm)
{
	memset(insn, 0, sizeof(*insn));
	insn->code = BEMU_INSN_CALL;
	insn->imm = bemu_wrap_s32(imm);
}

/* The map's number, or for a map that is not to be made, two words that no verifier lets pass. */
static void map_words(struct bemu_load *ld, struct bpf_insn *insn, uint32_t map_idx, uint32_t src)
{
	if (ld->opts.gen) {
		/* by index into the loader's fd_array, whose first entries are the maps */
		insn[0].src_reg = src == BPF_PSEUDO_MAP_FD ? BPF_PSEUDO_MAP_IDX
							   : BPF_PSEUDO_MAP_IDX_VALUE;
		insn[0].imm = bemu_wrap_s32(map_idx);
		return;
	}
	if (ld->map_autocreate[map_idx]) {
		insn[0].src_reg = src & 0xf;
		insn[0].imm = ld->map_fds[map_idx];
		return;
	}
	poison_call(&insn[0], POISON_MAP_BASE + map_idx);
	poison_call(&insn[1], POISON_MAP_BASE + map_idx);
}

static void extern_words(struct bemu_load *ld, struct bpf_insn *insn, uint32_t ext_idx)
{
	const struct bemu_obj_extern *ext = &ld->obj->externs[ext_idx];
	const struct bemu_load_extern *found = &ld->externs[ext_idx];

	if (ext->kind == BEMU_EXT_KCONFIG && ld->opts.gen) {
		map_words(ld, insn, ld->obj->kconfig_map_idx, BPF_PSEUDO_MAP_VALUE);
		bemu_insn_set_imm_wrap(ld->env, &insn[1], ext->kcfg_data_off);
	} else if (ext->kind == BEMU_EXT_KCONFIG) {
		insn[0].src_reg = BPF_PSEUDO_MAP_VALUE;
		insn[0].imm = ld->map_fds[ld->obj->kconfig_map_idx];
		bemu_insn_set_imm_wrap(ld->env, &insn[1], ext->kcfg_data_off);
	} else if (ext->ksym_type_id && found->is_set) {
		insn[0].src_reg = BPF_PSEUDO_BTF_ID;
		bemu_insn_set_imm_wrap(ld->env, &insn[0], found->kernel_btf_id);
		/* up to 1.1 the address of a module's kfunc is looked for in the kernel's BTF */
		insn[1].imm = ext->is_func && bemu_load_quirk(ld, BEMU_QUIRK_LB_KFUNC_LD64_NO_OBJ)
				      ? 0
				      : found->btf_fd;
	} else {
		bemu_insn_set_imm64(insn, found->value);
	}
}

static void kfunc_word(struct bemu_load *ld, struct bpf_insn *insn, uint32_t ext_idx)
{
	const struct bemu_load_extern *found = &ld->externs[ext_idx];

	insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
	if (found->is_set) {
		bemu_insn_set_imm_wrap(ld->env, insn, found->kernel_btf_id);
		bemu_insn_set_off_wrap(ld->env, insn, found->fd_array_idx);
	} else if (bemu_load_at_least(ld, BEMU_LIBBPF_1_5)) {
		poison_call(insn, POISON_KFUNC_BASE + ext_idx);
	} else {
		insn->imm = 0;
		insn->off = 0;
	}
}

/*
 * The word and the one behind it, which only an ld64 that is no program's last word has.
 * Differs: libbpf writes a missing second word behind its buffer; here that word is dropped.
 */
static uint32_t take_words(struct bemu_load *ld, uint32_t prog_idx, uint32_t insn_idx,
			   struct bpf_insn *pair)
{
	const struct bemu_load_text *text = &ld->texts[prog_idx];
	uint32_t nr = text->nr_insns - insn_idx < 2 ? 1 : 2;

	memset(pair, 0, 2 * sizeof(*pair));
	memcpy(pair, &text->insns[insn_idx], nr * sizeof(*pair));
	if (nr < 2)
		bemu_note(
			ld->env, BEMU_R_LOAD_RELOC, insn_idx,
			"%s: an ld64 without its second word, which libbpf writes past its buffer",
			ld->obj->progs[prog_idx].name);
	return nr;
}

static uint64_t arena_off(const struct bemu_load *ld, uint32_t map_idx)
{
	return map_idx == ld->obj->arena_map_idx ? ld->arena_data_off : 0;
}

/* References that fill both words of an ld64. */
static int relocate_pair(struct bemu_load *ld, uint32_t prog_idx,
			 const struct bemu_obj_reloc *reloc)
{
	struct bemu_load_text *text = &ld->texts[prog_idx];
	struct bpf_insn pair[2];
	uint32_t nr = take_words(ld, prog_idx, reloc->insn_idx, pair), idx = reloc->map_idx;
	uint64_t off = 0;

	switch (reloc->kind) {
	case BEMU_RELOC_LD64:
		map_words(ld, pair, idx, BPF_PSEUDO_MAP_FD);
		break;
	case BEMU_RELOC_DATA:
		off = (uint64_t)(int64_t)pair[0].imm + reloc->sym_off + arena_off(ld, idx);
		pair[1].imm = bemu_wrap_s32(off);
		map_words(ld, pair, idx, BPF_PSEUDO_MAP_VALUE);
		break;
	default:
		idx = reloc->ext_idx;
		extern_words(ld, pair, idx);
		break;
	}
	memcpy(&text->insns[reloc->insn_idx], pair, nr * sizeof(*pair));
	return bemu_load_add_ref(ld, text, reloc->insn_idx, reloc->kind, idx, bemu_wrap_u32(off));
}

static int relocate_one(struct bemu_load *ld, uint32_t prog_idx, const struct bemu_obj_reloc *reloc)
{
	struct bemu_load_text *text = &ld->texts[prog_idx];
	struct bpf_insn *insn = &text->insns[reloc->insn_idx];
	int err;

	switch (reloc->kind) {
	case BEMU_RELOC_LD64:
	case BEMU_RELOC_DATA:
	case BEMU_RELOC_EXTERN_LD64:
		return relocate_pair(ld, prog_idx, reloc);
	case BEMU_RELOC_EXTERN_CALL:
		kfunc_word(ld, insn, reloc->ext_idx);
		return bemu_load_add_ref(ld, text, reloc->insn_idx, reloc->kind, reloc->ext_idx, 0);
	case BEMU_RELOC_SUBPROG_ADDR:
		if (insn->src_reg == BPF_PSEUDO_FUNC)
			return 0; /* done with the calls */
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_RELOC, reloc->insn_idx,
				 "%s: the address of a function was overwritten",
				 ld->obj->progs[prog_idx].name);
	case BEMU_RELOC_CALL:
	case BEMU_RELOC_CORE:
		return 0;
	case BEMU_RELOC_INSN_ARRAY:
		err = bemu_load_jump_table(ld, prog_idx, reloc);
		return err ? err : bemu_load_add_ref(ld, text, reloc->insn_idx, reloc->kind, 0, 0);
	default:
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_RELOC, reloc->insn_idx,
				 "%s: relocation of unknown kind %u", ld->obj->progs[prog_idx].name,
				 reloc->kind);
	}
}

static int compare_refs(const void *a, const void *b)
{
	const struct bemu_load_ref *x = a, *y = b;

	if (x->insn_idx != y->insn_idx)
		return x->insn_idx < y->insn_idx ? -1 : 1;
	return x->kind < y->kind ? -1 : x->kind > y->kind;
}

static bool is_poisoned(const struct bemu_load *ld, const struct bpf_insn *insn)
{
	uint32_t imm = (uint32_t)insn->imm;

	if (insn->code != BEMU_INSN_CALL || insn->dst_reg || insn->off)
		return false;
	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		return !imm; /* a weak kfunc that is missing, up to 1.1 */
	return !insn->src_reg &&
	       (bemu_core_is_poisoned(insn) || imm - POISON_MAP_BASE < ld->obj->nr_maps ||
		imm - POISON_KFUNC_BASE < ld->obj->nr_externs);
}

/* The finished program, as callers see it. */
static void publish_prog(struct bemu_load *ld, uint32_t prog_idx)
{
	struct bemu_load_text *text = &ld->texts[prog_idx];
	struct bemu_load_prog *prog = &ld->progs[prog_idx];
	uint32_t i;

	if (text->nr_refs)
		qsort(text->refs, text->nr_refs, sizeof(*text->refs), compare_refs);
	prog->insns = text->insns;
	prog->nr_insns = text->nr_insns;
	prog->refs = text->refs;
	prog->nr_refs = text->nr_refs;
	for (i = 0; i < text->nr_insns && !prog->poisoned && !ld->opts.gen; i++) {
		if (!is_poisoned(ld, &text->insns[i]))
			continue;
		prog->poisoned = true;
		prog->poison_insn_idx = i;
	}
}

/* Mirrors bpf_object__relocate_data() and what follows it. */
static int relocate_data(struct bemu_load *ld, uint32_t prog_idx)
{
	struct bemu_load_text *text = &ld->texts[prog_idx];
	uint32_t i;
	int err;

	err = bemu_env_step(ld->env, (uint64_t)text->nr_relocs + text->nr_insns);
	for (i = 0; i < text->nr_relocs && !err; i++)
		err = relocate_one(ld, prog_idx, &text->relocs[i]);
	publish_prog(ld, prog_idx);
	if (!err && bemu_load_at_least(ld, BEMU_LIBBPF_1_5))
		err = bemu_load_context_tags(ld, prog_idx);
	return err;
}

/* ---- everything ---- */

/* CO-RE records of the program and of what is behind it. */
static void count_records(struct bemu_load *ld, uint32_t main_idx)
{
	const struct bemu_load_text *text = &ld->texts[main_idx];
	struct bemu_load_prog *prog = &ld->progs[main_idx];
	uint32_t i;

	prog->nr_core = text->nr_core;
	prog->nr_core_matched = text->nr_core_matched;
	for (i = 0; i < text->nr_subs; i++) {
		const struct bemu_load_text *sub = &ld->texts[text->subs[i].prog_idx];

		prog->nr_core += sub->nr_core;
		prog->nr_core_matched += sub->nr_core_matched;
	}
}

/* Since 1.7 arena data lies at the arena's end, where the kernel can address it. */
static int place_arena(struct bemu_load *ld)
{
	const struct bemu_obj_map *arena;
	uint64_t data_len;
	int ret;

	if (ld->obj->arena_map_idx >= ld->obj->nr_maps || !bemu_load_at_least(ld, BEMU_LIBBPF_1_7))
		return 0;
	ret = bemu_load_feature(ld, BEMU_FEAT_LDIMM64_FULL_RANGE_OFF);
	if (ret <= 0)
		return ret;
	arena = &ld->obj->maps[ld->obj->arena_map_idx];
	data_len = ((uint64_t)ld->obj->arena_data_len + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	ld->arena_data_off = (uint64_t)PAGE * arena->max_entries - data_len;
	return 0;
}

static void mark_func_addrs(struct bemu_load *ld)
{
	uint32_t i, j;

	for (i = 0; i < ld->obj->nr_progs; i++) {
		struct bemu_load_text *text = &ld->texts[i];

		for (j = 0; j < text->nr_relocs; j++)
			if (text->relocs[j].kind == BEMU_RELOC_SUBPROG_ADDR)
				text->insns[text->relocs[j].insn_idx].src_reg = BPF_PSEUDO_FUNC;
	}
}

static bool is_main(const struct bemu_load *ld, uint32_t prog_idx)
{
	return !ld->obj->progs[prog_idx].is_subprog && ld->texts[prog_idx].autoload;
}

/* Mirrors bpf_object__relocate(). */
int bemu_load_relocate(struct bemu_load *ld)
{
	uint32_t i;
	int err = 0;

	if (ld->obj->ext) {
		err = bemu_load_core(ld);
		for (i = 0; i < ld->obj->nr_progs && !err; i++)
			err = sort_relocs(ld, &ld->texts[i]);
	}
	if (!err)
		err = place_arena(ld);
	if (err)
		return err;
	mark_func_addrs(ld);
	for (i = 0; i < ld->obj->nr_progs && !err; i++) {
		if (!is_main(ld, i))
			continue;
		err = bemu_load_calls(ld, i);
		count_records(ld, i);
		if (err)
			ld->res.err_prog_idx = (int)i;
	}
	for (i = 0; i < ld->obj->nr_progs && !err; i++) {
		if (!is_main(ld, i))
			continue;
		err = relocate_data(ld, i);
		if (err)
			ld->res.err_prog_idx = (int)i;
	}
	return err;
}
