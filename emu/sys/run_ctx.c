/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How much of its context a program may touch: the kernel's verifier remembers the largest end of any
 * access (max_ctx_offset), and PROG_TEST_RUN refuses a context that is shorter.
 *
 * The idea: a set of registers an instruction that hold the context's address when it is reached; sets
 * flow along jumps and calls until none grows. A load or store through such a register is an access.
 *
 * Differs: an address that was spilt to the stack is lost, and what only a dead branch touches counts,
 * because register states are not modelled.
 */
#include <string.h>

#include "insn/insn.h"
#include "sys/sys.h"

enum { ARGS = 0x3e, CALLER_SAVED = 0x3f };

struct flow {
	struct bemu_env *env;
	const struct bpf_insn *insns;
	uint32_t nr;
	uint16_t *sets; /* by instruction */
	uint32_t end;
	bool grew;
};

/* Besides the registers: something leads there, and that has grown since it was followed. */
enum { REACHED = 1u << 15, PENDING = 1u << 14 };

static void flow_to(struct flow *f, int64_t idx, uint32_t set)
{
	uint16_t now;

	if (idx < 0 || idx >= f->nr)
		return;
	now = (uint16_t)(f->sets[idx] | set | REACHED);
	if (now == f->sets[idx])
		return;
	f->grew = true;
	f->sets[idx] = (uint16_t)(now | PENDING);
}

static void note_access(struct flow *f, const struct bpf_insn *insn, uint32_t reg, uint32_t set)
{
	uint32_t end;

	if (!(set & 1u << reg) || insn->off < 0)
		return;
	end = (uint32_t)insn->off + bemu_insn_width(insn);
	if (end > f->end)
		f->end = end;
}

/* Where a jump goes to besides what follows; the set that flows on is returned. */
static uint32_t flow_jump(struct flow *f, uint32_t i, uint32_t set)
{
	const struct bpf_insn *insn = &f->insns[i];
	bool ja32 = insn->code == (BPF_JMP32 | BPF_JA);

	switch (BPF_OP(insn->code)) {
	case BPF_EXIT:
		return UINT32_MAX;
	case BPF_CALL:
		if (insn->src_reg == BPF_PSEUDO_CALL)
			flow_to(f, (int64_t)i + 1 + insn->imm, set & ARGS);
		return set & ~(uint32_t)CALLER_SAVED;
	default:
		flow_to(f, (int64_t)i + 1 + (ja32 ? insn->imm : insn->off), set);
		return BPF_OP(insn->code) == BPF_JA ? UINT32_MAX : set;
	}
}

static void flow_insn(struct flow *f, uint32_t i)
{
	const struct bpf_insn *insn = &f->insns[i];
	uint32_t set = f->sets[i] & ~(uint32_t)(REACHED | PENDING), dst = 1u << insn->dst_reg;

	switch (BPF_CLASS(insn->code)) {
	case BPF_JMP:
	case BPF_JMP32:
		set = flow_jump(f, i, set);
		if (set == UINT32_MAX)
			return;
		break;
	case BPF_ALU64:
		if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) && !insn->off &&
		    set & 1u << insn->src_reg)
			set |= dst;
		else
			set &= ~dst;
		break;
	case BPF_LDX:
		note_access(f, insn, insn->src_reg, set);
		set &= ~dst;
		break;
	case BPF_ST:
	case BPF_STX:
		note_access(f, insn, insn->dst_reg, set);
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			set &= ~(1u << insn->src_reg | 1u);
		break;
	default:
		set &= ~dst;
		break;
	}
	flow_to(f, (int64_t)i + (bemu_insn_is_ld64(insn) ? 2 : 1), set);
}

int bemu_run_ctx_end(struct bemu_env *env, const struct bemu_prog *prog, uint32_t *out)
{
	struct flow f = { .env = env, .insns = prog->insns, .nr = prog->nr_insns };
	uint32_t i;
	int err = 0;

	f.sets = bemu_zalloc_array(env, prog->nr_insns, sizeof(*f.sets));
	if (!f.sets)
		return -ENOMEM;
	flow_to(&f, 0, 1u << BPF_REG_1);
	while (!err && f.grew) {
		f.grew = false;
		err = bemu_env_step(env, f.nr);
		for (i = 0; !err && i < f.nr; i++) {
			if (!(f.sets[i] & PENDING))
				continue;
			f.sets[i] &= (uint16_t)~PENDING;
			flow_insn(&f, i);
		}
	}
	bemu_mem_free(env, f.sets);
	if (!err)
		*out = f.end;
	return err;
}
