/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Instructions from text, in the words of the verifier's log: what bemu_insn_disasm() writes is read back
 * as the same words, opcode in parentheses or not. bemu-scenario(5) has what is spelt beyond that.
 */
#ifndef BEMU_SCENARIO_ASM_H
#define BEMU_SCENARIO_ASM_H

#include "insn/insn.h"
#include "scenario/scn.h"

enum { BEMU_SCN_MAX_INSNS = 1 << 16 };

/**
 * struct bemu_scn_asm_ops - what names in operands stand for; NULL members: there are none
 * @number: of a name; 0, or -ENOENT
 * @type:   id of @name in the BTF that is called @btf; 0, or -ENOENT
 * @noted:  the number of @name went into half @half of the constant at @insn_idx
 * @kfunc:  the call at @insn_idx is of a kernel function that is found later; 0, or -ENOENT
 * Slices are text with a length, without NUL.
 */
struct bemu_scn_asm_ops {
	void *ctx;
	int (*number)(void *ctx, const char *name, size_t len, int64_t *out);
	int (*type)(void *ctx, const char *btf, size_t btf_len, const char *name, size_t len,
		    uint32_t *out);
	int (*noted)(void *ctx, const char *name, size_t len, uint32_t insn_idx, uint32_t half);
	int (*kfunc)(void *ctx, const char *name, size_t len, uint32_t insn_idx);
};

/** struct bemu_scn_insns - what was read; @insns belongs to the caller: bemu_mem_free() */
struct bemu_scn_insns {
	uint32_t nr, cap;
	struct bpf_insn *insns;
};

/** bemu_scn_asm() - a block of instructions; 0, -EINVAL with @where, -E2BIG, -ENOMEM */
int bemu_scn_asm(struct bemu_env *env, const struct bemu_scn *scn, struct bemu_scn_where *where,
		 const struct bemu_scn_str *block, const struct bemu_scn_asm_ops *ops,
		 struct bemu_scn_insns *out) BEMU_MUST_CHECK;

/** bemu_scn_asm_text() - the same from a text of its own */
int bemu_scn_asm_text(struct bemu_env *env, const char *text, struct bemu_scn_where *where,
		      const struct bemu_scn_asm_ops *ops,
		      struct bemu_scn_insns *out) BEMU_MUST_CHECK;

#endif
