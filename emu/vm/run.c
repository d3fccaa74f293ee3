// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The interpreter. Mirrors ___bpf_prog_run(), kernel/bpf/core.c, v6.18; what its operations compute is in
 * insn/alu.h. What the verifier would not have let through traps.
 */
#include <errno.h>
#include <string.h>

#include "insn/alu.h"
#include "vm/machine.h"

static inline uint64_t load(const void *p, unsigned int size)
{
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (size) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		memcpy(&v16, p, sizeof(v16));
		return v16;
	case 4:
		memcpy(&v32, p, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, p, sizeof(v64));
		return v64;
	}
}

static inline void store(void *p, unsigned int size, uint64_t v)
{
	uint32_t v32 = (uint32_t)v;
	uint16_t v16 = (uint16_t)v;

	switch (size) {
	case 1:
		*(uint8_t *)p = (uint8_t)v;
		break;
	case 2:
		memcpy(p, &v16, sizeof(v16));
		break;
	case 4:
		memcpy(p, &v32, sizeof(v32));
		break;
	default:
		memcpy(p, &v, sizeof(v));
		break;
	}
}

static bool host_is_little(void)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

/* One atomic operation; the machine is single-threaded, so plain loads and stores are enough. */
static int run_atomic(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs)
{
	uint64_t addr = regs[insn->dst] + (uint64_t)(int64_t)insn->off;
	uint64_t old, src = regs[insn->src], new;
	void *p;

	if (addr % insn->size) {
		bemu_vm_set_trap(vm, BEMU_VM_TRAP_MISALIGNED, addr, insn->size, NULL);
		return -EFAULT;
	}
	p = bemu_vm_at(vm, addr, insn->size, BEMU_VM_READ | BEMU_VM_WRITE);
	if (!p)
		return -EFAULT;
	old = load(p, insn->size);
	if (insn->size == 4)
		src = (uint32_t)src;
	switch (insn->raw_imm & ~BPF_FETCH) {
	case BPF_ADD:
		new = old + src;
		break;
	case BPF_AND:
		new = old &src;
		break;
	case BPF_OR:
		new = old | src;
		break;
	case BPF_XOR:
		new = old ^ src;
		break;
	case BPF_XCHG & ~BPF_FETCH:
		new = src;
		break;
	default: /* BPF_CMPXCHG: compares with r0, which receives the old value */
		new = old == (insn->size == 4 ? (uint32_t)regs[0] : regs[0]) ? src : old;
		regs[0] = old;
		store(p, insn->size, new);
		return 0;
	}
	store(p, insn->size, new);
	if (insn->raw_imm & BPF_FETCH)
		regs[insn->src] = old;
	return 0;
}

static int run_call(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs)
{
	int err;

	if (vm->prov)
		bemu_vm_prov_set_r0(vm->prov, 0, 0); /* the helper may say otherwise */
	if (insn->op == VM_OP_CALL_HELPER)
		err = vm->ops->helper ? vm->ops->helper(vm->ops->ctx, vm, (uint32_t)insn->raw_imm,
							&regs[1], &regs[0])
				      : -ENOENT;
	else
		err = vm->ops->kfunc ? vm->ops->kfunc(vm->ops->ctx, vm, insn->raw_imm, insn->off,
						      &regs[1], &regs[0])
				     : -ENOENT;
	if (err == -ENOENT) {
		bemu_vm_set_trap(vm, BEMU_VM_TRAP_HELPER, (uint32_t)insn->raw_imm, 0, NULL);
		return -EFAULT;
	}
	return err;
}

/* Operations that are not told by the opcode byte alone. 0, -EFAULT for a trap, or a fault of ours. */
static int run_variant(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs)
{
	uint64_t *dst = &regs[insn->dst], src = regs[insn->src], addr;
	void *p;

	switch (insn->op) {
	case VM_OP_SDIV64_X:
	case VM_OP_SMOD64_X:
		*dst = bemu_alu_sdivmod(*dst, src, insn->op == VM_OP_SMOD64_X);
		return 0;
	case VM_OP_SDIV64_K:
	case VM_OP_SMOD64_K:
		*dst = bemu_alu_sdivmod(*dst, insn->imm, insn->op == VM_OP_SMOD64_K);
		return 0;
	case VM_OP_SDIV32_X:
	case VM_OP_SMOD32_X:
		*dst = (uint32_t)bemu_alu_sdivmod(bemu_sign_extend(*dst, 32),
						  bemu_sign_extend(src, 32),
						  insn->op == VM_OP_SMOD32_X);
		return 0;
	case VM_OP_SDIV32_K:
	case VM_OP_SMOD32_K:
		*dst = (uint32_t)bemu_alu_sdivmod(bemu_sign_extend(*dst, 32), insn->imm,
						  insn->op == VM_OP_SMOD32_K);
		return 0;
	case VM_OP_MOVSX64_8:
		*dst = bemu_sign_extend(src, 8);
		return 0;
	case VM_OP_MOVSX64_16:
		*dst = bemu_sign_extend(src, 16);
		return 0;
	case VM_OP_MOVSX64_32:
		*dst = bemu_sign_extend(src, 32);
		return 0;
	case VM_OP_MOVSX32_8:
		*dst = (uint32_t)bemu_sign_extend(src, 8);
		return 0;
	case VM_OP_MOVSX32_16:
		*dst = (uint32_t)bemu_sign_extend(src, 16);
		return 0;
	case VM_OP_TO_LE:
		*dst = bemu_alu_byte_order(*dst, insn->size, !host_is_little());
		return 0;
	case VM_OP_TO_BE:
		*dst = bemu_alu_byte_order(*dst, insn->size, host_is_little());
		return 0;
	case VM_OP_BSWAP:
		*dst = bemu_alu_byte_order(*dst, insn->size, true);
		return 0;
	case VM_OP_CALL_HELPER:
	case VM_OP_CALL_KFUNC:
		return run_call(vm, insn, regs);
	case VM_OP_LOAD_ACQ:
	case VM_OP_STORE_REL:
		addr = (insn->op == VM_OP_LOAD_ACQ ? src : *dst) + (uint64_t)(int64_t)insn->off;
		if (addr % insn->size) {
			bemu_vm_set_trap(vm, BEMU_VM_TRAP_MISALIGNED, addr, insn->size, NULL);
			return -EFAULT;
		}
		p = bemu_vm_at(vm, addr, insn->size,
			       insn->op == VM_OP_LOAD_ACQ ? BEMU_VM_READ : BEMU_VM_WRITE);
		if (!p)
			return -EFAULT;
		if (insn->op == VM_OP_LOAD_ACQ)
			*dst = load(p, insn->size);
		else
			store(p, insn->size, src);
		return 0;
	default: /* VM_OP_NOP */
		return 0;
	}
}

/* bemu_vm_at() for what hits the region of the access before, as most do. */
static inline void *at(struct bemu_vm *vm, uint64_t addr, uint32_t len, uint32_t perm)
{
	const struct bemu_vm_region *r = &vm->regions[vm->last_region];
	uint64_t off = addr - r->base;

	if (off < r->len && len <= r->len - off && (r->perm & perm) == perm)
		return (uint8_t *)r->host + off;
	return bemu_vm_at(vm, addr, len, perm);
}

static inline int run_load(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs,
			   uint32_t size)
{
	void *p = at(vm, regs[insn->src] + (uint64_t)(int64_t)insn->off, size, BEMU_VM_READ);

	if (!p)
		return -EFAULT;
	regs[insn->dst] = load(p, size);
	return 0;
}

static inline int run_store(struct bemu_vm *vm, const struct vm_insn *insn, const uint64_t *regs,
			    uint32_t size, uint64_t v)
{
	void *p = at(vm, regs[insn->dst] + (uint64_t)(int64_t)insn->off, size, BEMU_VM_WRITE);

	if (!p)
		return -EFAULT;
	store(p, size, v);
	return 0;
}

/* Memory accesses that are neither plain loads nor plain stores. */
static int run_mem(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs)
{
	uint8_t code = (uint8_t)insn->op;
	int err;

	if (BPF_MODE(code) == BPF_ATOMIC)
		return run_atomic(vm, insn, regs);
	err = run_load(vm, insn, regs, insn->size); /* BEMU_BPF_MEMSX */
	if (!err)
		regs[insn->dst] = bemu_sign_extend(regs[insn->dst], insn->size * 8u);
	return err;
}

/*
 * One case for each opcode of a kind: the function that it calls is inlined with a constant operation,
 * so that each case is what it says and no more.
 */
#define EACH_ALU(X) \
	X(BPF_ADD)  \
	X(BPF_SUB)  \
	X(BPF_MUL)  \
	X(BPF_DIV)  \
	X(BPF_MOD) X(BPF_OR) X(BPF_AND) X(BPF_XOR) X(BPF_LSH) X(BPF_RSH) X(BPF_ARSH) X(BPF_MOV)
#define EACH_JMP(X) \
	X(BPF_JEQ)  \
	X(BPF_JNE)  \
	X(BPF_JGT)  \
	X(BPF_JGE) X(BPF_JLT) X(BPF_JLE) X(BPF_JSET) X(BPF_JSGT) X(BPF_JSGE) X(BPF_JSLT) X(BPF_JSLE)
#define EACH_SIZE(X) X(BPF_B, 1) X(BPF_H, 2) X(BPF_W, 4) X(BPF_DW, 8)

#define ALU_CASES(op)                                                       \
	case BPF_ALU64 | BPF_K | (op):                                      \
		*dst = bemu_alu64(op, *dst, insn->imm);                     \
		break;                                                      \
	case BPF_ALU64 | BPF_X | (op):                                      \
		*dst = bemu_alu64(op, *dst, src);                           \
		break;                                                      \
	case BPF_ALU | BPF_K | (op):                                        \
		*dst = bemu_alu32(op, (uint32_t)*dst, (uint32_t)insn->imm); \
		break;                                                      \
	case BPF_ALU | BPF_X | (op):                                        \
		*dst = bemu_alu32(op, (uint32_t)*dst, (uint32_t)src);       \
		break;
#define JMP_CASES(op)                                           \
	case BPF_JMP | BPF_K | (op):                            \
		if (bemu_jmp_holds(op, *dst, insn->imm, true))  \
			idx = insn->target;                     \
		break;                                          \
	case BPF_JMP | BPF_X | (op):                            \
		if (bemu_jmp_holds(op, *dst, src, true))        \
			idx = insn->target;                     \
		break;                                          \
	case BPF_JMP32 | BPF_K | (op):                          \
		if (bemu_jmp_holds(op, *dst, insn->imm, false)) \
			idx = insn->target;                     \
		break;                                          \
	case BPF_JMP32 | BPF_X | (op):                          \
		if (bemu_jmp_holds(op, *dst, src, false))       \
			idx = insn->target;                     \
		break;
#define MEM_CASES(size, len)                                     \
	case BPF_LDX | BPF_MEM | (size):                         \
		err = run_load(vm, insn, regs, len);             \
		break;                                           \
	case BPF_STX | BPF_MEM | (size):                         \
		err = run_store(vm, insn, regs, len, src);       \
		break;                                           \
	case BPF_ST | BPF_MEM | (size):                          \
		err = run_store(vm, insn, regs, len, insn->imm); \
		break;

/* A call of a function of the program: its frame; -EFAULT when there are too many. */
static int enter_frame(struct bemu_vm *vm, uint32_t ret_idx, uint64_t *regs)
{
	struct vm_frame *frame;

	if (vm->nr_frames == BEMU_VM_MAX_FRAMES) {
		bemu_vm_set_trap(vm, BEMU_VM_TRAP_CALL_DEPTH, 0, 0, NULL);
		return -EFAULT;
	}
	frame = &vm->frames[vm->nr_frames++];
	frame->ret_idx = ret_idx;
	memcpy(frame->saved, &regs[6], sizeof(frame->saved));
	if (vm->prov)
		bemu_vm_prov_enter(vm->prov);
	regs[10] += BEMU_VM_FRAME_GAP;
	return 0;
}

/* Back to the caller: where it goes on. */
static uint32_t leave_frame(struct bemu_vm *vm, uint64_t *regs)
{
	const struct vm_frame *frame = &vm->frames[vm->nr_frames];

	memcpy(&regs[6], frame->saved, sizeof(frame->saved));
	if (vm->prov)
		bemu_vm_prov_leave(vm->prov);
	regs[10] -= BEMU_VM_FRAME_GAP;
	return frame->ret_idx;
}

/* Runs from @idx until the frame it started in exits. @regs[1..5] are set, r10 and the rest are ours. */
static int run_frames(struct bemu_vm *vm, uint32_t idx, uint64_t *regs)
{
	const struct vm_insn *insns = vm->prog->insns;
	uint32_t first_frame = vm->nr_frames;
	int err = 0;

	vm->nr_frames++;
	regs[10] =
		BEMU_VM_STACK_BASE + (uint64_t)first_frame * BEMU_VM_FRAME_GAP + BEMU_VM_STACK_SIZE;
	while (!err) {
		const struct vm_insn *insn = &insns[idx];
		uint64_t *dst = &regs[insn->dst], src = regs[insn->src];

		vm->pc = idx++;
		if (vm->budget == 0) {
			bemu_vm_set_trap(vm, BEMU_VM_TRAP_BUDGET, 0, 0, NULL);
			return -EFAULT;
		}
		vm->budget--;
		if (vm->prov) {
			err = bemu_vm_prov_step(vm->prov, insn, vm->pc, regs);
			if (err)
				return err;
		}
		switch (insn->op) {
			EACH_ALU(ALU_CASES)
			EACH_JMP(JMP_CASES)
			EACH_SIZE(MEM_CASES)
		case BPF_ALU64 | BPF_NEG:
			*dst = 0 - *dst;
			break;
		case BPF_ALU | BPF_NEG:
			*dst = (uint32_t)(0 - *dst);
			break;
		case BPF_LD | BPF_IMM | BPF_DW:
			*dst = insn->imm;
			idx++;
			break;
		case BPF_JMP | BPF_JA:
		case BPF_JMP32 | BPF_JA:
			idx = insn->target;
			break;
		case BPF_JMP | BPF_EXIT:
			vm->nr_frames--;
			if (vm->nr_frames == first_frame)
				return 0;
			idx = leave_frame(vm, regs);
			break;
		case VM_OP_CALL_FUNC:
			err = enter_frame(vm, idx, regs);
			idx = insn->target;
			break;
		default:
			err = insn->op >= VM_OP_SDIV64_X ? run_variant(vm, insn, regs)
							 : run_mem(vm, insn, regs);
			break;
		}
	}
	return err;
}

int bemu_vm_run(struct bemu_vm *vm, const struct bemu_vm_prog *prog, uint64_t ctx, uint64_t budget,
		uint64_t *ret, struct bemu_vm_trap *trap)
{
	uint64_t regs[BEMU_VM_NR_REGS] = { 0 };
	int err;

	vm->prog = prog;
	vm->nr_frames = 0;
	vm->budget = budget;
	memset(&vm->trap, 0, sizeof(vm->trap));
	memset(vm->stack, 0, sizeof(vm->stack));
	if (vm->prov)
		bemu_vm_prov_reset(vm->prov);
	regs[1] = ctx;
	err = run_frames(vm, 0, regs);
	if (!err) {
		*ret = regs[0];
	} else if (err == -EFAULT) {
		*trap = vm->trap;
		bemu_note(vm->env, BEMU_R_VM_TRAP, vm->trap.insn_idx,
			  "insn %u: %s: %u bytes at 0x%llx%s%s", vm->trap.insn_idx,
			  bemu_vm_trap_name(vm->trap.reason), vm->trap.len,
			  (unsigned long long)vm->trap.addr, vm->trap.region ? " in " : "",
			  vm->trap.region ? vm->trap.region : "");
	}
	return err;
}

int bemu_vm_call(struct bemu_vm *vm, uint32_t insn_idx, const uint64_t args[5], uint64_t *ret)
{
	uint64_t regs[BEMU_VM_NR_REGS] = { 0 };
	uint32_t pc = vm->pc;
	int err;

	if (!vm->prog || insn_idx >= vm->prog->nr_insns ||
	    vm->prog->insns[insn_idx].op == VM_OP_SECOND_WORD)
		return -EINVAL;
	if (vm->nr_frames == BEMU_VM_MAX_FRAMES) {
		bemu_vm_set_trap(vm, BEMU_VM_TRAP_CALL_DEPTH, 0, 0, NULL);
		return -EFAULT;
	}
	memcpy(&regs[1], args, 5 * sizeof(args[0]));
	err = run_frames(vm, insn_idx, regs);
	if (err)
		return err;
	vm->pc = pc;
	*ret = regs[0];
	return 0;
}
