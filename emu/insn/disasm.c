// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Instruction words as text, in the words of the kernel's verifier log. One function a class; each
 * writes the line of print_bpf_insn(), kernel/bpf/disasm.c, v6.18, for any bits whatever.
 */
#include "insn/insn.h"

#include <inttypes.h>

enum {
	MODE_NOSPEC = 0xc0, /* BPF_NOSPEC: in the class ST the mode bits of an atomic */
	OFF_ADDR_SPACE_CAST = 1,
	OFF_ADDR_PERCPU = -1, /* the kernel writes it when it inlines helpers */
	SRC_MAY_GOTO = 0,
};

/* printf() of the kernel writes this for a string that is not there: unused operators print so. */
static const char *or_null(const char *s)
{
	return s ? s : "(null)";
}

static const char *alu_op(unsigned int op)
{
	static const char *const names[16] = {
		[BPF_ADD >> 4] = "+=",	  [BPF_SUB >> 4] = "-=",     [BPF_MUL >> 4] = "*=",
		[BPF_DIV >> 4] = "/=",	  [BPF_OR >> 4] = "|=",	     [BPF_AND >> 4] = "&=",
		[BPF_LSH >> 4] = "<<=",	  [BPF_RSH >> 4] = ">>=",    [BPF_NEG >> 4] = "neg",
		[BPF_MOD >> 4] = "%=",	  [BPF_XOR >> 4] = "^=",     [BPF_MOV >> 4] = "=",
		[BPF_ARSH >> 4] = "s>>=", [BPF_END >> 4] = "endian",
	};

	return or_null(names[op >> 4]);
}

static const char *jmp_op(unsigned int op)
{
	static const char *const names[16] = {
		[BPF_JA >> 4] = "jmp",	  [BPF_JEQ >> 4] = "==",    [BPF_JGT >> 4] = ">",
		[BPF_JLT >> 4] = "<",	  [BPF_JGE >> 4] = ">=",    [BPF_JLE >> 4] = "<=",
		[BPF_JSET >> 4] = "&",	  [BPF_JNE >> 4] = "!=",    [BPF_JSGT >> 4] = "s>",
		[BPF_JSLT >> 4] = "s<",	  [BPF_JSGE >> 4] = "s>=",  [BPF_JSLE >> 4] = "s<=",
		[BPF_CALL >> 4] = "call", [BPF_EXIT >> 4] = "exit",
	};

	return or_null(names[op >> 4]);
}

static const char *access_type(const struct bpf_insn *insn)
{
	static const char *const names[4] = {
		[BPF_W >> 3] = "u32",
		[BPF_H >> 3] = "u16",
		[BPF_B >> 3] = "u8",
		[BPF_DW >> 3] = "u64",
	};

	return names[BPF_SIZE(insn->code) >> 3];
}

static const char *signed_access_type(const struct bpf_insn *insn)
{
	static const char *const names[4] = {
		[BPF_W >> 3] = "s32",
		[BPF_H >> 3] = "s16",
		[BPF_B >> 3] = "s8",
	};

	return or_null(names[BPF_SIZE(insn->code) >> 3]);
}

static const char *alu_op_of(const struct bpf_insn *insn)
{
	if (insn->off == 1 && BPF_OP(insn->code) == BPF_DIV)
		return "s/=";
	if (insn->off == 1 && BPF_OP(insn->code) == BPF_MOD)
		return "s%=";
	return alu_op(BPF_OP(insn->code));
}

static const char *movsx_cast(const struct bpf_insn *insn)
{
	if (BPF_OP(insn->code) != BPF_MOV)
		return "";
	switch (insn->off) {
	case 8:
		return "(s8)";
	case 16:
		return "(s16)";
	case 32:
		return "(s32)";
	default:
		return "";
	}
}

static void disasm_alu(struct bemu_buf *buf, const struct bpf_insn *insn)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	bool is_mov64_x = insn->code == (BPF_ALU64 | BPF_MOV | BPF_X);
	char reg = is64 ? 'r' : 'w';
	uint32_t imm = (uint32_t)insn->imm;

	bemu_buf_printf(buf, "(%02x) ", insn->code);
	if (BPF_OP(insn->code) == BPF_END) {
		const char *kind = BPF_SRC(insn->code) == BPF_TO_BE ? "be" : "le";

		bemu_buf_printf(buf, "r%d = %s%d r%d", insn->dst_reg, is64 ? "bswap" : kind,
				insn->imm, insn->dst_reg);
	} else if (BPF_OP(insn->code) == BPF_NEG) {
		bemu_buf_printf(buf, "%c%d = -%c%d", reg, insn->dst_reg, reg, insn->dst_reg);
	} else if (is_mov64_x && insn->off == OFF_ADDR_SPACE_CAST) {
		bemu_buf_printf(buf, "r%d = addr_space_cast(r%d, %" PRIu32 ", %" PRIu32 ")",
				insn->dst_reg, insn->src_reg, imm >> 16, imm & 0xffff);
	} else if (is_mov64_x && insn->off == OFF_ADDR_PERCPU) {
		bemu_buf_printf(buf, "r%d = &(void __percpu *)(r%d)", insn->dst_reg, insn->src_reg);
	} else if (BPF_SRC(insn->code) == BPF_X) {
		bemu_buf_printf(buf, "%c%d %s %s%c%d", reg, insn->dst_reg, alu_op_of(insn),
				movsx_cast(insn), reg, insn->src_reg);
	} else {
		bemu_buf_printf(buf, "%c%d %s %d", reg, insn->dst_reg, alu_op_of(insn), insn->imm);
	}
}

static void disasm_atomic(struct bemu_buf *buf, const struct bpf_insn *insn)
{
	const char *type = access_type(insn);
	const char *wide = BPF_SIZE(insn->code) == BPF_DW ? "64" : "";
	const char *fetch = NULL;

	switch (insn->imm) {
	case BPF_ADD:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		bemu_buf_printf(buf, "(%02x) lock *(%s *)(r%d %+d) %s r%d", insn->code, type,
				insn->dst_reg, insn->off, alu_op((unsigned int)insn->imm),
				insn->src_reg);
		return;
	case BPF_ADD | BPF_FETCH:
		fetch = "add";
		break;
	case BPF_AND | BPF_FETCH:
		fetch = "and";
		break;
	case BPF_OR | BPF_FETCH:
		fetch = "or";
		break;
	case BPF_XOR | BPF_FETCH:
		fetch = "xor";
		break;
	case BPF_CMPXCHG:
		bemu_buf_printf(buf, "(%02x) r0 = atomic%s_cmpxchg((%s *)(r%d %+d), r0, r%d)",
				insn->code, wide, type, insn->dst_reg, insn->off, insn->src_reg);
		return;
	case BPF_XCHG:
		bemu_buf_printf(buf, "(%02x) r%d = atomic%s_xchg((%s *)(r%d %+d), r%d)", insn->code,
				insn->src_reg, wide, type, insn->dst_reg, insn->off, insn->src_reg);
		return;
	case BEMU_BPF_LOAD_ACQ:
		bemu_buf_printf(buf, "(%02x) r%d = load_acquire((%s *)(r%d %+d))", insn->code,
				insn->dst_reg, type, insn->src_reg, insn->off);
		return;
	case BEMU_BPF_STORE_REL:
		bemu_buf_printf(buf, "(%02x) store_release((%s *)(r%d %+d), r%d)", insn->code, type,
				insn->dst_reg, insn->off, insn->src_reg);
		return;
	default:
		bemu_buf_printf(buf, "BUG_%02x", insn->code);
		return;
	}
	bemu_buf_printf(buf, "(%02x) r%d = atomic%s_fetch_%s((%s *)(r%d %+d), r%d)", insn->code,
			insn->src_reg, wide, fetch, type, insn->dst_reg, insn->off, insn->src_reg);
}

static void disasm_stx(struct bemu_buf *buf, const struct bpf_insn *insn)
{
	if (BPF_MODE(insn->code) == BPF_MEM)
		bemu_buf_printf(buf, "(%02x) *(%s *)(r%d %+d) = r%d", insn->code, access_type(insn),
				insn->dst_reg, insn->off, insn->src_reg);
	else if (BPF_MODE(insn->code) == BPF_ATOMIC)
		disasm_atomic(buf, insn);
	else
		bemu_buf_printf(buf, "BUG_%02x", insn->code);
}

static void disasm_st(struct bemu_buf *buf, const struct bpf_insn *insn)
{
	if (BPF_MODE(insn->code) == BPF_MEM)
		bemu_buf_printf(buf, "(%02x) *(%s *)(r%d %+d) = %d", insn->code, access_type(insn),
				insn->dst_reg, insn->off, insn->imm);
	else if (BPF_MODE(insn->code) == MODE_NOSPEC)
		bemu_buf_printf(buf, "(%02x) nospec", insn->code);
	else
		bemu_buf_printf(buf, "BUG_st_%02x", insn->code);
}

static void disasm_ldx(struct bemu_buf *buf, const struct bpf_insn *insn)
{
	const char *type;

	if (BPF_MODE(insn->code) == BPF_MEM) {
		type = access_type(insn);
	} else if (BPF_MODE(insn->code) == BEMU_BPF_MEMSX) {
		type = signed_access_type(insn);
	} else {
		bemu_buf_printf(buf, "BUG_ldx_%02x", insn->code);
		return;
	}
	bemu_buf_printf(buf, "(%02x) r%d = *(%s *)(r%d %+d)", insn->code, insn->dst_reg, type,
			insn->src_reg, insn->off);
}

static void disasm_ld(struct bemu_buf *buf, const struct bpf_insn *insn)
{
	if (BPF_MODE(insn->code) == BPF_ABS)
		bemu_buf_printf(buf, "(%02x) r0 = *(%s *)skb[%d]", insn->code, access_type(insn),
				insn->imm);
	else if (BPF_MODE(insn->code) == BPF_IND)
		bemu_buf_printf(buf, "(%02x) r0 = *(%s *)skb[r%d + %d]", insn->code,
				access_type(insn), insn->src_reg, insn->imm);
	else
		bemu_buf_printf(buf, "BUG_ld_%02x", insn->code);
}

static void disasm_call(struct bemu_buf *buf, const struct bpf_insn *insn, const char *given)
{
	const char *name;

	if (insn->src_reg == BPF_PSEUDO_CALL) {
		bemu_buf_printf(buf, "(%02x) call pc%+d%s%s", insn->code, insn->imm,
				given ? "#" : "", given ? given : "");
		return;
	}
	/* A negative number is none of a helper. */
	name = insn->src_reg ? NULL : bemu_insn_helper_name((uint32_t)insn->imm);
	if (name)
		bemu_buf_printf(buf, "(%02x) call bpf_%s#%d", insn->code, name, insn->imm);
	else if (given)
		bemu_buf_printf(buf, "(%02x) call %s#%d", insn->code, given, insn->imm);
	else if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		bemu_buf_printf(buf, "(%02x) call kernel-function#%d", insn->code, insn->imm);
	else
		bemu_buf_printf(buf, "(%02x) call unknown#%d", insn->code, insn->imm);
}

static void disasm_jmp(struct bemu_buf *buf, const struct bpf_insn *insn)
{
	char reg = BPF_CLASS(insn->code) == BPF_JMP32 ? 'w' : 'r';

	bemu_buf_printf(buf, "(%02x) ", insn->code);
	if (insn->code == (BPF_JMP | BPF_JA))
		bemu_buf_printf(buf, "goto pc%+d", insn->off);
	else if (insn->code == (BPF_JMP | BEMU_BPF_JCOND) && insn->src_reg == SRC_MAY_GOTO)
		bemu_buf_printf(buf, "may_goto pc%+d", insn->off);
	else if (insn->code == (BPF_JMP32 | BPF_JA))
		bemu_buf_printf(buf, "gotol pc%+d", insn->imm);
	else if (insn->code == (BPF_JMP | BPF_EXIT))
		bemu_buf_printf(buf, "exit");
	else if (BPF_SRC(insn->code) == BPF_X)
		bemu_buf_printf(buf, "if %c%d %s %c%d goto pc%+d", reg, insn->dst_reg,
				jmp_op(BPF_OP(insn->code)), reg, insn->src_reg, insn->off);
	else
		bemu_buf_printf(buf, "if %c%d %s 0x%" PRIx32 " goto pc%+d", reg, insn->dst_reg,
				jmp_op(BPF_OP(insn->code)), (uint32_t)insn->imm, insn->off);
}

/* With the leave to see pointers: without it the kernel prints a map's constant as 0x0. */
static void disasm_ld64(struct bemu_buf *buf, const struct bpf_insn *insn, const char *given)
{
	if (given)
		bemu_buf_printf(buf, "(%02x) r%d = %s", insn->code, insn->dst_reg, given);
	else
		bemu_buf_printf(buf, "(%02x) r%d = 0x%" PRIx64, insn->code, insn->dst_reg,
				bemu_insn_imm64(insn));
}

void bemu_insn_disasm(struct bemu_buf *buf, const struct bpf_insn *insns, uint32_t nr_insns,
		      uint32_t insn_idx, const struct bemu_disasm_opts *opts)
{
	const struct bpf_insn *insn;
	const char *given = NULL;

	if (insn_idx >= nr_insns)
		return;
	insn = &insns[insn_idx];
	if (insn->code == 0 && insn_idx && bemu_insn_is_ld64(&insn[-1]))
		return;
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		disasm_alu(buf, insn);
		break;
	case BPF_STX:
		disasm_stx(buf, insn);
		break;
	case BPF_ST:
		disasm_st(buf, insn);
		break;
	case BPF_LDX:
		disasm_ldx(buf, insn);
		break;
	case BPF_LD:
		/* Differs: a program that ends in half an ld64 says so, because there is no constant. */
		if (!bemu_insn_is_ld64(insn) || nr_insns - insn_idx < 2) {
			disasm_ld(buf, insn);
			break;
		}
		if (opts && opts->imm_name)
			given = opts->imm_name(opts->ctx, insn_idx, insn);
		disasm_ld64(buf, insn, given);
		break;
	default: /* BPF_JMP, BPF_JMP32: the field has three bits */
		if (BPF_OP(insn->code) != BPF_CALL) {
			disasm_jmp(buf, insn);
			break;
		}
		if (opts && opts->call_name)
			given = opts->call_name(opts->ctx, insn_idx, insn);
		disasm_call(buf, insn, given);
		break;
	}
}
