/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Instruction words. A program is an array of struct bpf_insn in host byte order; the two nibbles
 * of the register byte are swapped when words of the other byte order are brought in.
 */
#ifndef BEMU_INSN_INSN_H
#define BEMU_INSN_INSN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/env.h"
#include "base/ints.h"
#include "uapi/bpf.h"

enum {
	BEMU_INSN_LD64 = BPF_LD | BPF_IMM | BPF_DW, /* 0x18, two words */
	BEMU_INSN_CALL = BPF_JMP | BPF_CALL, /* 0x85 */
	BEMU_PSEUDO_BTF_OBJ = 7, /* src_reg of an ld64, of no kernel: design btf-ptr=obj-fd */
};

static inline bool bemu_insn_is_ld64(const struct bpf_insn *insn)
{
	return insn->code == BEMU_INSN_LD64;
}

/** bemu_insn_is_call_to() - a call word with that src_reg (0 helper, 1 subprogram, 2 kfunc) */
static inline bool bemu_insn_is_call_to(const struct bpf_insn *insn, unsigned int src)
{
	return insn->code == BEMU_INSN_CALL && insn->src_reg == src;
}

/** bemu_insn_set_off() - write insn->off; -ERANGE, nothing written, when @v does not fit 16 bits */
int bemu_insn_set_off(struct bpf_insn *insn, int64_t v) BEMU_MUST_CHECK;
/** bemu_insn_set_imm() - write insn->imm; -ERANGE when @v does not fit 32 signed bits */
int bemu_insn_set_imm(struct bpf_insn *insn, int64_t v) BEMU_MUST_CHECK;
/** bemu_insn_set_off_wrap() - keep the low 16 bits as the mirrored code does; logs a change */
void bemu_insn_set_off_wrap(struct bemu_env *env, struct bpf_insn *insn, uint64_t v);
/** bemu_insn_set_imm_wrap() - keep the low 32 bits; logs if it fits neither signed nor unsigned */
void bemu_insn_set_imm_wrap(struct bemu_env *env, struct bpf_insn *insn, uint64_t v);
/** bemu_insn_set_imm64() - both halves of an ld64; @insn points at two words */
void bemu_insn_set_imm64(struct bpf_insn *insn, uint64_t v);
/** bemu_insn_imm64() - the constant of an ld64 */
uint64_t bemu_insn_imm64(const struct bpf_insn *insn);

/** bemu_insn_swap() - word between byte orders: register nibbles, off and imm; code stays */
void bemu_insn_swap(struct bpf_insn *insn);

/** bemu_insn_width() - bytes that a LDX, ST or STX word accesses: 1, 2, 4, 8 */
unsigned int bemu_insn_width(const struct bpf_insn *insn);

/** bemu_insn_helper_name() - "map_lookup_elem" for 1; NULL when not known (v6.18) */
const char *bemu_insn_helper_name(uint32_t helper_id);

/**
 * struct bemu_disasm_opts - how names of relocated operands get into the text
 * @call_name: name for the call word at @insn_idx, or NULL. A kfunc prints as "call NAME#5", a
 *             subprogram as "call pc+5#NAME", as in bpftool; a known helper keeps its own.
 * @imm_name:  what the ld64 at @insn_idx prints in place of its constant ("map[id:4]"), or NULL
 * Names are borrowed until the text is appended.
 */
struct bemu_disasm_opts {
	const char *(*call_name)(void *ctx, uint32_t insn_idx, const struct bpf_insn *insn);
	const char *(*imm_name)(void *ctx, uint32_t insn_idx, const struct bpf_insn *insn);
	void *ctx;
};

/**
 * bemu_insn_disasm() - append one instruction in the words of print_bpf_insn(), no newline
 * @insns, @nr_insns: the program
 * @insn_idx:         which word; the second word of an ld64 and one past the end append nothing
 * @opts:             may be NULL
 * Mirrors print_bpf_insn(), kernel/bpf/disasm.c, v6.18, for a caller who may see pointers.
 * An append that fails is kept in @buf->err.
 */
void bemu_insn_disasm(struct bemu_buf *buf, const struct bpf_insn *insns, uint32_t nr_insns,
		      uint32_t insn_idx, const struct bemu_disasm_opts *opts);

#endif
