/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Calls and subprograms. A main program gets a copy of each .text function that it reaches, in the order in
 * which a walk over its words meets them, and a function's own calls come before the rest of its caller's:
 *
 *   main: call a; call b     a: call c        laid out as    main | a | c | b
 *
 * Mirrors comments without a path mean tools/lib/bpf/libbpf.c of libbpf 1.7.
 */
#include <string.h>

#include "load/private.h"

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
	return bemu_load_add_ref(ld, text, at,
				 is_func_addr(insn) ? BEMU_RELOC_SUBPROG_ADDR : BEMU_RELOC_CALL,
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
int bemu_load_calls(struct bemu_load *ld, uint32_t main_idx)
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
