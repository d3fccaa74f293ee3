/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Code relocation: calls with the subprograms behind their main program, then every reference to data,
 * maps and kernel symbols.
 *
 * A main program gets a copy of each .text function that it reaches, in the order in which a walk over its
 * words meets them, and a function's own calls come before the rest of its caller's:
 *
 *   main: call a; call b     a: call c        laid out as    main | a | c | b
 *
 * Mirrors comments without a path mean tools/lib/bpf/libbpf.c of libbpf 1.7.
 */
#include <stdlib.h>
#include <string.h>

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

/* Mirrors find_prog_insn_relo() down to bsearch(3)'s choice among several for one word. */
static const struct bemu_obj_reloc *find_reloc(const struct bemu_load_text *text, uint32_t insn_idx)
{
	uint32_t l = 0, u = text->nr_relocs;

	while (l < u) {
		uint32_t idx = l + (u - l) / 2;
		const struct bemu_obj_reloc *reloc = &text->relocs[idx];

		if (insn_idx < reloc->insn_idx)
			u = idx;
		else if (insn_idx > reloc->insn_idx)
			l = idx + 1;
		else
			return reloc;
	}
	return NULL;
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

static int add_ref(struct bemu_load *ld, struct bemu_load_text *text, uint32_t insn_idx,
		   uint32_t kind, uint32_t idx, uint32_t off)
{
	int err = bemu_grow(ld->env, &text->refs, &text->refs_cap, text->nr_refs + 1u,
			    sizeof(*text->refs));

	if (!err)
		text->refs[text->nr_refs++] = (struct bemu_load_ref){ insn_idx, kind, idx, off };
	return err;
}

/* ---- calls and subprograms ---- */

/* A function whose words are being walked, and how far. */
struct frame {
	uint32_t prog_idx, insn_idx;
};

struct walk {
	struct bemu_load *ld;
	uint32_t main_idx;
	struct frame *frames;
	uint32_t nr, cap;
};

static bool is_subprog_call(const struct bpf_insn *insn)
{
	return bemu_insn_is_call_to(insn, BPF_PSEUDO_CALL) && !insn->dst_reg && !insn->off;
}

static bool is_func_addr(const struct bpf_insn *insn)
{
	return bemu_insn_is_ld64(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

/* Mirrors bpf_object__append_subprog_code() and append_subprog_relos(). */
static int append_subprog(struct bemu_load *ld, uint32_t main_idx, uint32_t sub_idx)
{
	struct bemu_load_text *text = &ld->texts[main_idx], *sub = &ld->texts[sub_idx];
	uint32_t i;
	int err;

	if (main_idx == sub_idx) {
		/* Up to 1.4 a lone .text function is a main program; one that calls itself is copied over itself. */
		(void)bemu_fail(ld->env, -EOPNOTSUPP, BEMU_R_LOAD_UNMODELLED, 0,
				"%s calls itself: libbpf 1.1 writes past its buffer there",
				ld->obj->progs[main_idx].name);
		return bemu_load_latch(ld, -EOPNOTSUPP);
	}
	err = bemu_env_step(ld->env, sub->nr_insns + sub->nr_relocs + 1u);
	if (!err)
		err = bemu_grow(ld->env, &text->insns, &text->insns_cap,
				(size_t)text->nr_insns + sub->nr_insns, sizeof(*text->insns));
	if (!err)
		err = bemu_grow(ld->env, &text->relocs, &text->relocs_cap,
				(size_t)text->nr_relocs + sub->nr_relocs, sizeof(*text->relocs));
	if (!err)
		err = bemu_grow(ld->env, &text->subs, &text->subs_cap, text->nr_subs + 1u,
				sizeof(*text->subs));
	if (err)
		return err;
	sub->sub_insn_off = text->nr_insns;
	text->subs[text->nr_subs++] = (struct bemu_load_sub){ sub_idx, text->nr_insns };
	memcpy(&text->insns[text->nr_insns], sub->insns, sub->nr_insns * sizeof(*sub->insns));
	text->nr_insns += sub->nr_insns;
	for (i = 0; i < sub->nr_relocs; i++) {
		struct bemu_obj_reloc *reloc = &text->relocs[text->nr_relocs++];

		*reloc = sub->relocs[i];
		reloc->insn_idx += sub->sub_insn_off;
	}
	return 0;
}

static int push(struct walk *w, uint32_t prog_idx)
{
	int err = bemu_load_func_info(w->ld, w->main_idx, prog_idx);

	if (!err)
		err = bemu_grow(w->ld->env, &w->frames, &w->cap, w->nr + 1u, sizeof(*w->frames));
	if (!err)
		w->frames[w->nr++] = (struct frame){ prog_idx, 0 };
	return err;
}

/*
 * Which word of .text a call or an ld64 of a function's address means: UINT64_MAX when it is left alone (a
 * kfunc). Arithmetic wraps as size_t does.
 */
static int call_target(struct bemu_load *ld, uint32_t prog_idx, uint32_t insn_idx,
		       const struct bpf_insn *insn, uint64_t *out)
{
	const struct bemu_obj_prog *prog = &ld->obj->progs[prog_idx];
	const struct bemu_obj_reloc *reloc = find_reloc(&ld->texts[prog_idx], insn_idx);
	uint64_t imm = (uint64_t)(int64_t)insn->imm;

	if (reloc && reloc->kind == BEMU_RELOC_EXTERN_CALL)
		*out = UINT64_MAX;
	else if (reloc && reloc->kind == BEMU_RELOC_CALL)
		*out = bemu_wrap_u32(reloc->sym_off) / sizeof(*insn) + imm + 1;
	else if (reloc && reloc->kind == BEMU_RELOC_SUBPROG_ADDR)
		*out = bemu_wrap_u32(reloc->sym_off + imm) / sizeof(*insn);
	else if (reloc)
		return bemu_fail(ld->env, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_LOAD_CALL, insn_idx,
				 "%s: the call has a relocation of kind %u", prog->name,
				 reloc->kind);
	else if (is_func_addr(insn))
		return bemu_fail(ld->env, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_LOAD_CALL, insn_idx,
				 "%s: the address of a function has no relocation", prog->name);
	else
		*out = (uint64_t)prog->sec_insn_off + insn_idx + imm + 1;
	return 0;
}

/* One word of the innermost function. *entered: its callee was appended and is walked first. */
static int relocate_word(struct walk *w, bool *entered)
{
	struct bemu_load *ld = w->ld;
	struct bemu_load_text *text = &ld->texts[w->main_idx];
	struct frame frame = w->frames[w->nr - 1];
	uint32_t at = ld->texts[frame.prog_idx].sub_insn_off + frame.insn_idx, sub_idx;
	struct bpf_insn *insn = &text->insns[at];
	uint64_t target = 0;
	int err;

	*entered = false;
	if (!is_subprog_call(insn) && !is_func_addr(insn))
		return 0;
	err = call_target(ld, frame.prog_idx, frame.insn_idx, insn, &target);
	if (err || target == UINT64_MAX)
		return err;
	sub_idx = bemu_load_prog_at(ld, ld->obj->text_sec_idx, target);
	if (!ld->obj->text_sec_idx || sub_idx == UINT32_MAX)
		return bemu_fail(ld->env, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_LOAD_CALL, at,
				 "%s: no function at word %lld of .text",
				 ld->obj->progs[frame.prog_idx].name, (long long)target);
	if (!ld->texts[sub_idx].sub_insn_off) {
		err = append_subprog(ld, w->main_idx, sub_idx);
		*entered = true;
		return err ? err : push(w, sub_idx);
	}
	bemu_insn_set_imm_wrap(ld->env, insn,
			       (uint64_t)((int64_t)ld->texts[sub_idx].sub_insn_off - at - 1));
	return add_ref(ld, text, at, is_func_addr(insn) ? BEMU_RELOC_SUBPROG_ADDR : BEMU_RELOC_CALL,
		       sub_idx, 0);
}

/* Mirrors bpf_object__reloc_code(), with a list of frames in place of its recursion. */
static int relocate_code(struct bemu_load *ld, uint32_t main_idx, uint32_t prog_idx)
{
	struct walk w = { .ld = ld, .main_idx = main_idx };
	int err = push(&w, prog_idx);

	while (!err && w.nr) {
		struct frame *frame = &w.frames[w.nr - 1];
		bool entered;

		if (frame->insn_idx == ld->obj->progs[frame->prog_idx].nr_insns) {
			w.nr--;
			continue;
		}
		err = relocate_word(&w, &entered);
		if (!err && !entered)
			w.frames[w.nr - 1].insn_idx++;
	}
	bemu_mem_free(ld->env, w.frames);
	return err;
}

/* The .text function that an exception_callback tag names. */
static int find_callback(struct bemu_load *ld, uint32_t main_idx, uint32_t tag_id, const char *name,
			 uint32_t *out)
{
	const char *main_name = ld->obj->progs[main_idx].name;
	uint32_t i;

	if (!*name)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_EXCEPTION, tag_id,
				 "%s: the tag names no exception callback", main_name);
	for (i = 0; i < ld->obj->nr_progs; i++) {
		const struct bemu_obj_prog *sub = &ld->obj->progs[i];

		if (!sub->is_subprog || strcmp(name, sub->name))
			continue;
		if (!sub->sym_global || sub->hidden)
			return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_EXCEPTION, tag_id,
					 "%s: exception callback %s is not global and visible",
					 main_name, name);
		*out = i;
		return 0;
	}
	return bemu_fail(ld->env, -ENOENT, BEMU_R_LOAD_EXCEPTION, tag_id,
			 "%s: exception callback %s does not exist", main_name, name);
}

/* Mirrors bpf_prog_assign_exc_cb(), 1.3: two tags for one program cancel each other. */
static int exception_callback(struct bemu_load *ld, uint32_t main_idx, uint32_t *out)
{
	static const char prefix[] = "exception_callback:";
	const struct bemu_btf *btf = ld->obj->btf;
	uint32_t id, nr;
	int err;

	*out = UINT32_MAX;
	if (!btf)
		return 0;
	err = bemu_load_feature(ld, BEMU_FEAT_BTF_DECL_TAG);
	if (err <= 0)
		return err;
	nr = bemu_btf_nr_types(btf);
	err = bemu_env_step(ld->env, nr);
	for (id = 1; id < nr && !err; id++) {
		const struct btf_type *t = bemu_btf_type(btf, id);
		const char *tag, *func;

		if (bemu_btf_kind(t) != BTF_KIND_DECL_TAG ||
		    bemu_btf_decl_tag(t)->component_idx != -1)
			continue;
		tag = bemu_btf_str(btf, t->name_off);
		if (!tag || strncmp(tag, prefix, sizeof(prefix) - 1))
			continue;
		func = bemu_btf_name(btf, t->type);
		t = bemu_btf_type(btf, t->type);
		if (!t || bemu_btf_kind(t) != BTF_KIND_FUNC || bemu_btf_vlen(t) != BTF_FUNC_GLOBAL)
			return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_EXCEPTION, id,
					 "the tag %s is not on a main program", tag);
		if (!func || strcmp(func, ld->obj->progs[main_idx].name))
			continue;
		if (*out != UINT32_MAX) {
			*out = UINT32_MAX;
			break;
		}
		err = find_callback(ld, main_idx, id, tag + sizeof(prefix) - 1, out);
	}
	return err;
}

/* Mirrors the first loop over main programs of bpf_object__relocate(). */
static int relocate_calls(struct bemu_load *ld, uint32_t main_idx)
{
	uint32_t i, callback;
	int err;

	for (i = 0; i < ld->obj->nr_progs; i++)
		if (ld->obj->progs[i].is_subprog)
			ld->texts[i].sub_insn_off = 0;
	err = bemu_env_step(ld->env, ld->obj->nr_progs);
	if (!err)
		err = relocate_code(ld, main_idx, main_idx);
	if (err || !bemu_load_at_least(ld, BEMU_LIBBPF_1_5))
		return err;
	err = exception_callback(ld, main_idx, &callback);
	if (err || callback == UINT32_MAX || ld->texts[callback].sub_insn_off)
		return err;
	err = append_subprog(ld, main_idx, callback);
	return err ? err : relocate_code(ld, main_idx, callback);
}

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
		insn[1].imm = ext->is_func && !bemu_load_at_least(ld, BEMU_LIBBPF_1_5)
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
	return add_ref(ld, text, reloc->insn_idx, reloc->kind, idx, bemu_wrap_u32(off));
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
		return add_ref(ld, text, reloc->insn_idx, reloc->kind, reloc->ext_idx, 0);
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
		return err ? err : add_ref(ld, text, reloc->insn_idx, reloc->kind, 0, 0);
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
		err = relocate_calls(ld, i);
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
