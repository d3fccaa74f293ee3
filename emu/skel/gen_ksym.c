/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Kernel symbols of one program: looked up by name when the loader runs, at the first word that needs them;
 * later words copy from that one.
 *
 * The module of a kfunc is named by an index into fd_array in insn->off; the place's number is stored by the
 * loader, and closed once the program is loaded. The place is taken for symbols of the kernel as well: which
 * of the two it is, is not known before.
 */
#include <errno.h>
#include <string.h>

#include "skel/gen_private.h"

enum {
	IMM0 = offsetof(struct bpf_insn, imm),
	IMM1 = sizeof(struct bpf_insn) + IMM0,
	OFF = offsetof(struct bpf_insn, off),
	REGS = 1, /* the byte of both registers */
};

/* The name is what the next segments are for. */
static uint32_t add_name(struct bemu_gen *gen, const char *name, size_t len)
{
	gen->for_name = (uint32_t)gen->data.len;
	return bemu_gen_add_data(gen, BEMU_BLOB_NAME, name, len);
}

uint32_t bemu_gen_find(struct bemu_gen *gen, const char *name, uint32_t kind)
{
	size_t len = strlen(name) + 1;
	uint32_t name_off = add_name(gen, name, len);

	gen->for_name = BEMU_BLOB_NONE;
	bemu_gen_addr(gen, BPF_REG_1, name_off);
	bemu_gen_mov_imm(gen, BPF_REG_2, (int64_t)len);
	bemu_gen_mov_imm(gen, BPF_REG_3, kind);
	bemu_gen_mov_imm(gen, BPF_REG_4, 0);
	bemu_gen_call(gen, BEMU_GEN_FUNC_FIND_BY_NAME_KIND);
	bemu_gen_mov(gen, BPF_REG_7, BPF_REG_0);
	return name_off;
}

/* R9 = address of @name, R7 = 0 or an errno; mirrors emit_bpf_kallsyms_lookup_name(). */
static void find_address(struct bemu_gen *gen, const char *name)
{
	size_t len = strlen(name) + 1;
	uint32_t name_off = add_name(gen, name, len);
	uint32_t res_off = bemu_gen_add_data(gen, BEMU_BLOB_ADDRESS, NULL, sizeof(uint64_t));

	gen->for_name = BEMU_BLOB_NONE;
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_SYMBOL, res_off, sizeof(uint64_t));
	bemu_gen_addr(gen, BPF_REG_1, name_off);
	bemu_gen_mov_imm(gen, BPF_REG_2, (int64_t)len);
	bemu_gen_mov_imm(gen, BPF_REG_3, 0);
	bemu_gen_addr(gen, BPF_REG_4, res_off);
	bemu_gen_mov(gen, BPF_REG_7, BPF_REG_4);
	bemu_gen_call(gen, BEMU_GEN_FUNC_KALLSYMS_LOOKUP_NAME);
	bemu_gen_load(gen, BPF_DW, BPF_REG_9, BPF_REG_7, 0);
	bemu_gen_mov(gen, BPF_REG_7, BPF_REG_0);
}

/* ---- descriptors ---- */

void bemu_gen_add_symbol(void *ctx, const struct bemu_load_gen_symbol *sym)
{
	struct bemu_gen *gen = ctx;

	if (bemu_grow(gen->env, &gen->symbols, &gen->symbols_cap, gen->nr_symbols + 1u,
		      sizeof(*sym)))
		bemu_gen_fail(gen, gen->env->fault);
	else
		gen->symbols[gen->nr_symbols++] = *sym;
}

/* Up to 1.1 the address of a kfunc is looked up as if it were a variable. */
static uint32_t kind_of(const struct bemu_gen *gen, const struct bemu_load_gen_symbol *sym)
{
	if (!sym->is_ld64)
		return BTF_KIND_FUNC;
	return sym->is_func && bemu_gen_at_least(gen, BEMU_LIBBPF_1_5) ? BTF_KIND_FUNC
								       : BTF_KIND_VAR;
}

/* Mirrors get_ksym_desc(): up to 1.1 one name has one descriptor, whatever it is used for. */
static struct bemu_gen_desc *get_desc(struct bemu_gen *gen, const struct bemu_load_gen_symbol *sym)
{
	bool by_name = !bemu_gen_at_least(gen, BEMU_LIBBPF_1_5);
	uint32_t kind = kind_of(gen, sym), i;
	struct bemu_gen_desc *desc;

	if (bemu_env_step(gen->env, 1 + gen->nr_descs)) {
		bemu_gen_fail(gen, gen->env->fault);
		return NULL;
	}
	for (i = 0; i < gen->nr_descs; i++) {
		desc = &gen->descs[i];
		if (strcmp(desc->name, sym->name))
			continue;
		if (!by_name && (desc->kind != kind || desc->is_ld64 != sym->is_ld64))
			continue;
		desc->nr_uses++;
		return desc;
	}
	if (bemu_grow(gen->env, &gen->descs, &gen->descs_cap, gen->nr_descs + 1u, sizeof(*desc))) {
		bemu_gen_fail(gen, gen->env->fault);
		return NULL;
	}
	desc = &gen->descs[gen->nr_descs++];
	*desc = (struct bemu_gen_desc){
		.name = sym->name,
		.kind = kind,
		.nr_uses = 1,
		.is_ld64 = sym->is_ld64,
		.slot = BEMU_BLOB_NONE,
	};
	return desc;
}

/* A field of the word that is being relocated */
static void note_symbol(struct bemu_gen *gen, uint32_t off, uint32_t len)
{
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_SYMBOL, off, len);
}

static void copy_word(struct bemu_gen *gen, uint32_t dst_off, uint32_t len, uint32_t src_off)
{
	bemu_gen_blob_to_blob(gen, BEMU_BLOB_WRITE_SYMBOL, dst_off, len, src_off);
}

/* ---- a lookup that fails ---- */

/* Where the number of a module's BTF is that was opened for @desc; UINT32_MAX for none. */
static uint32_t fd_of(const struct bemu_gen *gen, const struct bemu_gen_desc *desc)
{
	if (!desc->is_ld64)
		return bemu_gen_slot_addr(gen, desc->slot);
	return desc->is_typeless ? UINT32_MAX : desc->insn_off + IMM1;
}

/* How many numbers are open when @desc, the program's newest, is looked up */
static uint32_t nr_open(const struct bemu_gen *gen, const struct bemu_gen_desc *desc)
{
	uint32_t i, nr = gen->attach_kind != 0;

	for (i = 0; &gen->descs[i] < desc; i++)
		nr += fd_of(gen, &gen->descs[i]) != UINT32_MAX;
	return nr;
}

static bool closes_on_error(const struct bemu_gen *gen, const struct bemu_gen_desc *desc)
{
	return !bemu_gen_has(gen, BEMU_QUIRK_GL_SYMFD_LEAK_ON_ERR) && nr_open(gen, desc);
}

enum { CLOSE_LEN = 6 }; /* words of bemu_gen_close_blob() */

static int64_t close_on_error_len(const struct bemu_gen *gen, const struct bemu_gen_desc *desc)
{
	return 1 + CLOSE_LEN * (int64_t)nr_open(gen, desc) + bemu_gen_check_len(gen);
}

/* The clean-up knows nothing of modules: what was found for this program is closed before. */
static void check_lookup(struct bemu_gen *gen, const struct bemu_gen_desc *desc)
{
	uint32_t i;

	if (!closes_on_error(gen, desc)) {
		bemu_gen_check(gen);
		return;
	}
	bemu_gen_jump(gen, BPF_JSGE, BPF_REG_7, 0, close_on_error_len(gen, desc) - 1);
	if (gen->attach_kind)
		bemu_gen_close_blob(gen, gen->attach_fd);
	for (i = 0; &gen->descs[i] < desc; i++)
		if (fd_of(gen, &gen->descs[i]) != UINT32_MAX)
			bemu_gen_close_blob(gen, fd_of(gen, &gen->descs[i]));
	bemu_gen_check(gen);
}

/* ---- kfunc calls ---- */

/* Words after the lookup: failure, then success. R8 is the call. */
static void store_kfunc(struct bemu_gen *gen, uint32_t slot)
{
	uint32_t addr = bemu_gen_slot_addr(gen, slot);

	bemu_gen_jump(gen, BPF_JSGE, BPF_REG_7, 0, 3);
	bemu_gen_store_imm(gen, BPF_W, BPF_REG_8, IMM0, 0);
	bemu_gen_store_imm(gen, BPF_H, BPF_REG_8, OFF, 0);
	bemu_gen_jump(gen, BPF_JA, 0, 0, 10);
	bemu_gen_store(gen, BPF_W, BPF_REG_8, IMM0, BPF_REG_7);
	bemu_gen_mov(gen, BPF_REG_9, BPF_REG_7);
	bemu_gen_insn(gen, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_9, 0, 0, 32);
	if (!bemu_gen_has(gen, BEMU_QUIRK_GL_KFUNC_STALE_SLOT)) {
		bemu_gen_addr(gen, BPF_REG_0, addr);
		bemu_gen_store(gen, BPF_W, BPF_REG_0, 0, BPF_REG_9);
		bemu_gen_jump(gen, BPF_JNE, BPF_REG_9, 0, 2);
		bemu_gen_store_imm(gen, BPF_H, BPF_REG_8, OFF, 0);
		bemu_gen_jump(gen, BPF_JA, 0, 0, 1);
	} else {
		/* the place keeps an older number for a symbol of the kernel, and that one is closed again */
		bemu_gen_jump(gen, BPF_JNE, BPF_REG_9, 0, 2);
		bemu_gen_store_imm(gen, BPF_H, BPF_REG_8, OFF, 0);
		bemu_gen_jump(gen, BPF_JA, 0, 0, 4);
		bemu_gen_addr(gen, BPF_REG_0, addr);
		bemu_gen_store(gen, BPF_W, BPF_REG_0, 0, BPF_REG_9);
	}
	/* a half word: a larger index is cut here */
	bemu_gen_store_imm(gen, BPF_H, BPF_REG_8, OFF, gen->error ? 0 : gen->slots[slot].idx);
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_FD, addr, 4);
}

/* Mirrors emit_relo_kfunc_btf(). */
static void relocate_kfunc(struct bemu_gen *gen, const struct bemu_load_gen_symbol *sym,
			   struct bemu_gen_desc *desc, uint32_t insn_off)
{
	if (desc->nr_uses > 1) {
		copy_word(gen, insn_off + IMM0, 4, desc->insn_off + IMM0);
		copy_word(gen, insn_off + OFF, 2, desc->insn_off + OFF);
		bemu_gen_note_call(gen, sym->insn_idx, insn_off, desc->slot, true);
		return;
	}
	desc->insn_off = insn_off;
	desc->name_off = bemu_gen_find(gen, sym->name, desc->kind);
	if (!sym->is_weak)
		check_lookup(gen, desc);
	desc->slot = bemu_gen_take_kfunc_slot(gen, desc);
	if (sym->is_weak && !bemu_gen_has(gen, BEMU_QUIRK_GL_WEAK_STALE_SLOT)) {
		/* nothing else is written there when the function is missing, but it is closed */
		bemu_gen_addr(gen, BPF_REG_0, bemu_gen_slot_addr(gen, desc->slot));
		bemu_gen_store_imm(gen, BPF_W, BPF_REG_0, 0, 0);
	}
	store_kfunc(gen, desc->slot);
	note_symbol(gen, insn_off + IMM0, 4);
	note_symbol(gen, insn_off + OFF, 2);
	bemu_gen_note_call(gen, sym->insn_idx, insn_off, desc->slot, false);
}

/* ---- ld64 of a variable or function by type ---- */

/* Which half of the byte is the destination; mirrors src_reg_mask(). */
static int dst_nibble(const struct bemu_gen *gen)
{
	const uint16_t one = 1;
	bool little_host = *(const uint8_t *)&one;

	return little_host != gen->obj->foreign_order ? 0x0f : 0xf0;
}

/* The word is a plain constant after all. */
static void clear_src(struct bemu_gen *gen, uint32_t insn_off)
{
	note_symbol(gen, insn_off + REGS, 1);
	bemu_gen_load(gen, BPF_B, BPF_REG_9, BPF_REG_8, REGS);
	bemu_gen_insn(gen, BPF_ALU | BPF_AND | BPF_K, BPF_REG_9, 0, 0, dst_nibble(gen));
	bemu_gen_store(gen, BPF_B, BPF_REG_8, REGS, BPF_REG_9);
}

/* Mirrors emit_relo_ksym_btf(). */
static void relocate_typed(struct bemu_gen *gen, const struct bemu_load_gen_symbol *sym,
			   struct bemu_gen_desc *desc, uint32_t insn_off)
{
	if (desc->nr_uses > 1) {
		/*
		 * R0 is what was copied last: since 1.2 the id. Before, it is the module's FD, which is 0 for
		 * symbols of the kernel: their second word becomes a plain constant.
		 */
		bool clears = bemu_gen_has(gen, BEMU_QUIRK_GL_KSYM_COPY_CLEARS_SRC);
		uint32_t first = clears ? IMM0 : IMM1, last = clears ? IMM1 : IMM0;

		copy_word(gen, insn_off + first, 4, desc->insn_off + first);
		copy_word(gen, insn_off + last, 4, desc->insn_off + last);
		bemu_gen_jump(gen, BPF_JNE, BPF_REG_0, 0, 3);
		clear_src(gen, insn_off);
		return;
	}
	desc->insn_off = insn_off;
	(void)bemu_gen_find(gen, sym->name, desc->kind);
	if (!sym->is_weak)
		check_lookup(gen, desc);
	bemu_gen_jump(gen, BPF_JSGE, BPF_REG_7, 0, 3);
	bemu_gen_store_imm(gen, BPF_W, BPF_REG_8, IMM0, 0);
	bemu_gen_store_imm(gen, BPF_W, BPF_REG_8, IMM1, 0);
	bemu_gen_jump(gen, BPF_JA, 0, 0, 4);
	bemu_gen_store(gen, BPF_W, BPF_REG_8, IMM0, BPF_REG_7);
	bemu_gen_insn(gen, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_7, 0, 0, 32);
	bemu_gen_store(gen, BPF_W, BPF_REG_8, IMM1, BPF_REG_7);
	if (bemu_gen_has(gen, BEMU_QUIRK_GL_KSYM_COPY_CLEARS_SRC))
		bemu_gen_jump(gen, BPF_JSGE, BPF_REG_7, 0, 3); /* of the same fix; always true */
	else
		bemu_gen_jump(gen, BPF_JA, 0, 0, 3);
	clear_src(gen, insn_off);
	note_symbol(gen, insn_off + IMM0, 4);
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_FD, insn_off + IMM1, 4);
}

/* ---- ld64 of an address by name only ---- */

/* Mirrors emit_relo_ksym_typeless(): a name that is not there has address 0, weak or not. */
static void relocate_typeless(struct bemu_gen *gen, const struct bemu_load_gen_symbol *sym,
			      struct bemu_gen_desc *desc, uint32_t insn_off)
{
	if (desc->nr_uses > 1) {
		copy_word(gen, insn_off + IMM0, 4, desc->insn_off + IMM0);
		copy_word(gen, insn_off + IMM1, 4, desc->insn_off + IMM1);
		return;
	}
	desc->insn_off = insn_off;
	desc->is_typeless = true; /* no FD to close */
	find_address(gen, sym->name);
	if (closes_on_error(gen, desc)) {
		bemu_gen_jump(gen, BPF_JEQ, BPF_REG_7, -ENOENT, close_on_error_len(gen, desc));
		check_lookup(gen, desc);
	} else {
		bemu_gen_jump(gen, BPF_JEQ, BPF_REG_7, -ENOENT, bemu_gen_check_len(gen));
		bemu_gen_check(gen);
	}
	bemu_gen_store(gen, BPF_W, BPF_REG_8, IMM0, BPF_REG_9);
	bemu_gen_insn(gen, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_9, 0, 0, 32);
	bemu_gen_store(gen, BPF_W, BPF_REG_8, IMM1, BPF_REG_9);
	note_symbol(gen, insn_off + IMM0, 4);
	note_symbol(gen, insn_off + IMM1, 4);
}

/* ---- all of them ---- */

void bemu_gen_relocate(struct bemu_gen *gen, uint32_t insns_off)
{
	uint32_t i;

	for (i = 0; i < gen->nr_symbols && !gen->error; i++) {
		const struct bemu_load_gen_symbol *sym = &gen->symbols[i];
		uint32_t insn_off = insns_off + sym->insn_idx * (uint32_t)sizeof(struct bpf_insn);
		struct bemu_gen_desc *desc = get_desc(gen, sym);

		if (!desc)
			return;
		bemu_gen_addr(gen, BPF_REG_8, insn_off);
		if (!sym->is_ld64)
			relocate_kfunc(gen, sym, desc, insn_off);
		else if (sym->is_typeless)
			relocate_typeless(gen, sym, desc, insn_off);
		else
			relocate_typed(gen, sym, desc, insn_off);
	}
}

/* By what the first use was: a variable's FD is in its ld64, a kfunc's in fd_array. */
void bemu_gen_close_symbols(struct bemu_gen *gen)
{
	uint32_t nr_kfuncs = 0, i;

	for (i = 0; i < gen->nr_descs; i++) {
		const struct bemu_gen_desc *desc = &gen->descs[i];

		if (desc->is_ld64) {
			if (!desc->is_typeless)
				bemu_gen_close_blob(gen, desc->insn_off + IMM1);
			continue;
		}
		bemu_gen_close_blob(gen, bemu_gen_slot_addr(gen, desc->slot));
		bemu_gen_leave_slot(gen, desc->slot);
		nr_kfuncs++;
	}
	if (nr_kfuncs > gen->max_kfunc_fds)
		gen->max_kfunc_fds = nr_kfuncs;
	gen->nr_descs = 0;
	gen->nr_symbols = 0;
}
