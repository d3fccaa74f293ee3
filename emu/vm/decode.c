// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * From instruction words to struct vm_insn. What is accepted is what bpf_opcode_in_insntable() and
 * check_insn_fields() of the verifier accept, v6.18, less the legacy packet loads.
 */
#include <errno.h>
#include <string.h>

#include "insn/insn.h"
#include "vm/prog.h"

struct decoder {
	struct bemu_env *env;
	const struct bpf_insn *insns;
	uint32_t nr_insns;
	struct bemu_vm_prog *prog;
};

static int bad_opcode(struct decoder *d, uint32_t idx)
{
	const struct bpf_insn *insn = &d->insns[idx];

	return bemu_fail(d->env, -EINVAL, BEMU_R_VM_OPCODE, idx,
			 "insn %u: opcode 0x%02x with dst r%u, src r%u, off %d, imm %d is not eBPF",
			 idx, insn->code, insn->dst_reg, insn->src_reg, insn->off, insn->imm);
}

static int decode_mov(struct decoder *d, uint32_t idx, struct vm_insn *out, bool wide)
{
	const struct bpf_insn *insn = &d->insns[idx];

	if (insn->off == 0)
		return 0;
	if (BPF_SRC(insn->code) != BPF_X)
		return bad_opcode(d, idx);
	if (insn->off == 8)
		out->op = wide ? VM_OP_MOVSX64_8 : VM_OP_MOVSX32_8;
	else if (insn->off == 16)
		out->op = wide ? VM_OP_MOVSX64_16 : VM_OP_MOVSX32_16;
	else if (insn->off == 32 && wide)
		out->op = VM_OP_MOVSX64_32;
	else
		return bad_opcode(d, idx); /* addr_space_cast (off 1) needs an arena */
	return 0;
}

static int decode_divmod(struct decoder *d, uint32_t idx, struct vm_insn *out, bool wide)
{
	const struct bpf_insn *insn = &d->insns[idx];
	bool is_mod = BPF_OP(insn->code) == BPF_MOD;
	bool is_reg = BPF_SRC(insn->code) == BPF_X;

	if (!is_reg && insn->imm == 0)
		return bad_opcode(d, idx);
	if (insn->off == 0)
		return 0;
	if (insn->off != 1)
		return bad_opcode(d, idx);
	out->op = (uint16_t)((wide ? VM_OP_SDIV64_X : VM_OP_SDIV32_X) + (is_mod ? 2 : 0) +
			     (is_reg ? 0 : 1));
	return 0;
}

static int decode_alu(struct decoder *d, uint32_t idx, struct vm_insn *out)
{
	const struct bpf_insn *insn = &d->insns[idx];
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	bool is_reg = BPF_SRC(insn->code) == BPF_X;
	uint8_t op = BPF_OP(insn->code);

	if (op == BPF_END) {
		if (insn->src_reg || insn->off ||
		    (insn->imm != 16 && insn->imm != 32 && insn->imm != 64) || (wide && is_reg))
			return bad_opcode(d, idx);
		out->op = wide ? VM_OP_BSWAP : is_reg ? VM_OP_TO_BE : VM_OP_TO_LE;
		out->size = (uint8_t)insn->imm;
		return 0;
	}
	if (op > BPF_END)
		return bad_opcode(d, idx);
	if (op == BPF_NEG) {
		if (is_reg || insn->src_reg || insn->off || insn->imm)
			return bad_opcode(d, idx);
		return 0;
	}
	if (is_reg ? insn->imm != 0 : insn->src_reg != 0)
		return bad_opcode(d, idx);
	if (op == BPF_MOV)
		return decode_mov(d, idx, out, wide);
	if (op == BPF_DIV || op == BPF_MOD)
		return decode_divmod(d, idx, out, wide);
	if (insn->off)
		return bad_opcode(d, idx);
	if (!is_reg && (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH) &&
	    (insn->imm < 0 || insn->imm >= (wide ? 64 : 32)))
		return bad_opcode(d, idx);
	return 0;
}

static int set_target(struct decoder *d, uint32_t idx, struct vm_insn *out, int64_t dist)
{
	int64_t target = (int64_t)idx + 1 + dist;

	if (target < 0 || target >= d->nr_insns)
		return bemu_fail(d->env, -EINVAL, BEMU_R_VM_JUMP, idx,
				 "insn %u: target %lld is outside of the %u instructions", idx,
				 (long long)target, d->nr_insns);
	out->target = (uint32_t)target;
	return 0;
}

static int decode_call(struct decoder *d, uint32_t idx, struct vm_insn *out)
{
	const struct bpf_insn *insn = &d->insns[idx];

	if (BPF_CLASS(insn->code) != BPF_JMP || BPF_SRC(insn->code) != BPF_K || insn->dst_reg)
		return bad_opcode(d, idx);
	switch (insn->src_reg) {
	case 0:
		if (insn->off)
			return bad_opcode(d, idx);
		out->op = VM_OP_CALL_HELPER;
		return 0;
	case BPF_PSEUDO_CALL:
		if (insn->off)
			return bad_opcode(d, idx);
		out->op = VM_OP_CALL_FUNC;
		return set_target(d, idx, out, insn->imm);
	case BPF_PSEUDO_KFUNC_CALL:
		out->op = VM_OP_CALL_KFUNC;
		return 0;
	default:
		return bad_opcode(d, idx);
	}
}

static int decode_jmp(struct decoder *d, uint32_t idx, struct vm_insn *out)
{
	const struct bpf_insn *insn = &d->insns[idx];
	bool is_reg = BPF_SRC(insn->code) == BPF_X;
	bool wide = BPF_CLASS(insn->code) == BPF_JMP;

	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		return decode_call(d, idx, out);
	case BPF_EXIT:
		if (!wide || is_reg || insn->dst_reg || insn->src_reg || insn->off || insn->imm)
			return bad_opcode(d, idx);
		return 0;
	case BPF_JA:
		if (is_reg || insn->dst_reg || insn->src_reg || (wide ? insn->imm : insn->off))
			return bad_opcode(d, idx);
		return set_target(d, idx, out, wide ? insn->off : insn->imm);
	case BEMU_BPF_JCOND:
		/* may_goto: the verifier makes a bounded counter of it; here it falls through */
		if (!wide || is_reg || insn->dst_reg || insn->src_reg || insn->imm)
			return bad_opcode(d, idx);
		out->op = VM_OP_NOP;
		return set_target(d, idx, out, insn->off);
	case 0xf0:
		return bad_opcode(d, idx);
	default:
		if (is_reg ? insn->imm != 0 : insn->src_reg != 0)
			return bad_opcode(d, idx);
		return set_target(d, idx, out, insn->off);
	}
}

static int decode_atomic(struct decoder *d, uint32_t idx, struct vm_insn *out)
{
	const struct bpf_insn *insn = &d->insns[idx];

	switch (insn->imm) {
	case BEMU_BPF_LOAD_ACQ:
		out->op = VM_OP_LOAD_ACQ;
		return 0;
	case BEMU_BPF_STORE_REL:
		out->op = VM_OP_STORE_REL;
		return 0;
	case BPF_ADD:
	case BPF_ADD | BPF_FETCH:
	case BPF_AND:
	case BPF_AND | BPF_FETCH:
	case BPF_OR:
	case BPF_OR | BPF_FETCH:
	case BPF_XOR:
	case BPF_XOR | BPF_FETCH:
	case BPF_XCHG:
	case BPF_CMPXCHG:
		if (out->size < 4)
			return bad_opcode(d, idx);
		return 0;
	default:
		return bad_opcode(d, idx);
	}
}

static int decode_mem(struct decoder *d, uint32_t idx, struct vm_insn *out)
{
	const struct bpf_insn *insn = &d->insns[idx];
	uint8_t mode = BPF_MODE(insn->code);

	out->size = (uint8_t)bemu_insn_width(insn);
	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX:
		if (insn->imm || (mode != BPF_MEM && mode != BEMU_BPF_MEMSX) ||
		    (mode == BEMU_BPF_MEMSX && out->size == 8))
			return bad_opcode(d, idx);
		return 0;
	case BPF_ST:
		return mode != BPF_MEM || insn->src_reg ? bad_opcode(d, idx) : 0;
	default:
		if (mode == BPF_ATOMIC)
			return decode_atomic(d, idx, out);
		return mode != BPF_MEM || insn->imm ? bad_opcode(d, idx) : 0;
	}
}

static int decode_ld64(struct decoder *d, uint32_t idx, struct vm_insn *out)
{
	const struct bpf_insn *insn = &d->insns[idx];
	const struct bpf_insn *next = insn + 1;

	if (!bemu_insn_is_ld64(insn) || insn->off)
		return bad_opcode(d, idx);
	if (idx + 1 >= d->nr_insns || next->code || next->dst_reg || next->src_reg || next->off)
		return bemu_fail(d->env, -EINVAL, BEMU_R_VM_LD64, idx,
				 "insn %u: ld64 without a proper second word", idx);
	if (insn->src_reg == BPF_PSEUDO_FUNC) {
		int err = set_target(d, idx, out, insn->imm);

		out->imm = bemu_vm_func_addr(out->target);
		return err;
	}
	if (insn->src_reg)
		return bemu_fail(d->env, -EINVAL, BEMU_R_VM_LD64, idx,
				 "insn %u: ld64 with pseudo source %u was not resolved", idx,
				 insn->src_reg);
	out->imm = bemu_insn_imm64(insn);
	return 0;
}

static int decode_one(struct decoder *d, uint32_t idx)
{
	const struct bpf_insn *insn = &d->insns[idx];
	struct vm_insn *out = &d->prog->insns[idx];

	out->op = insn->code;
	out->dst = insn->dst_reg;
	out->src = insn->src_reg;
	out->off = insn->off;
	out->raw_imm = insn->imm;
	out->imm = (uint64_t)(int64_t)insn->imm;
	if (insn->dst_reg >= BEMU_VM_NR_REGS ||
	    (insn->src_reg >= BEMU_VM_NR_REGS && !bemu_insn_is_ld64(insn)))
		return bad_opcode(d, idx);
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		if (insn->dst_reg == BPF_REG_10)
			return bad_opcode(d, idx);
		return decode_alu(d, idx, out);
	case BPF_JMP:
	case BPF_JMP32:
		return decode_jmp(d, idx, out);
	case BPF_LD:
		if (insn->dst_reg == BPF_REG_10)
			return bad_opcode(d, idx);
		return decode_ld64(d, idx, out);
	default:
		if (BPF_CLASS(insn->code) == BPF_LDX && insn->dst_reg == BPF_REG_10)
			return bad_opcode(d, idx);
		return decode_mem(d, idx, out);
	}
}

/* Jumps may not land in the second word of an ld64; the program may not run past its end. */
static int check_targets(struct decoder *d)
{
	const struct vm_insn *insns = d->prog->insns;
	uint32_t last = d->nr_insns - 1;
	uint32_t i;

	for (i = 0; i < d->nr_insns; i++) {
		if (insns[insns[i].target].op == VM_OP_SECOND_WORD)
			return bemu_fail(d->env, -EINVAL, BEMU_R_VM_JUMP, i,
					 "insn %u: target %u is the second word of an ld64", i,
					 insns[i].target);
	}
	if (insns[last].op != (BPF_JMP | BPF_EXIT) && insns[last].op != (BPF_JMP | BPF_JA) &&
	    insns[last].op != (BPF_JMP32 | BPF_JA))
		return bemu_fail(d->env, -EINVAL, BEMU_R_VM_FALL_OFF, last,
				 "insn %u: the last instruction is neither an exit nor a jump",
				 last);
	return 0;
}

int bemu_vm_decode(struct bemu_env *env, const struct bpf_insn *insns, uint32_t nr_insns,
		   struct bemu_vm_prog **out)
{
	struct decoder d = { .env = env, .insns = insns, .nr_insns = nr_insns };
	uint32_t i;
	int err;

	if (nr_insns == 0 || nr_insns > env->limits.max_insns)
		return bemu_fail(env, -E2BIG, BEMU_R_VM_LENGTH, nr_insns,
				 "%u instructions; 1 to %u are possible", nr_insns,
				 env->limits.max_insns);
	d.prog = bemu_zalloc(env, sizeof(*d.prog) + (size_t)nr_insns * sizeof(struct vm_insn));
	if (!d.prog)
		return -ENOMEM;
	d.prog->nr_insns = nr_insns;
	for (i = 0; i < nr_insns; i++) {
		err = decode_one(&d, i);
		if (err)
			goto fail;
		if (bemu_insn_is_ld64(&insns[i]))
			d.prog->insns[++i].op = VM_OP_SECOND_WORD;
	}
	err = check_targets(&d);
	if (err)
		goto fail;
	*out = d.prog;
	return 0;
fail:
	bemu_mem_free(env, d.prog);
	return err;
}

void bemu_vm_prog_free(struct bemu_env *env, struct bemu_vm_prog *prog)
{
	bemu_mem_free(env, prog);
}
