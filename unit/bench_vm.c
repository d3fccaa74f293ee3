// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The interpreter beside the least that an interpreter can be: one switch in a loop over pre-decoded words,
 * whose registers hold addresses of this process, without regions, permissions, budget or traps. Both run
 * one program, and must come to the same result.
 */
#include "bench_vm.h"

#include <string.h>

#include "bench.h"
#include "vm/vm.h"

enum { LEN = 4096, NR_ROUNDS = 64, PER_WORD = 14 };

#define INSN(c, d, s, o, i)                                                         \
	{                                                                           \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) \
	}
#define ALU(op, d, s)  INSN(BPF_ALU64 | BPF_X | (op), d, s, 0, 0)
#define ALUK(op, d, i) INSN(BPF_ALU64 | BPF_K | (op), d, 0, 0, i)

/* Goes over the context word by word: hashes, branches, writes some back, spills one value to the stack. */
static const struct bpf_insn insns[] = {
	ALU(BPF_MOV, 6, 1),
	ALUK(BPF_MOV, 7, NR_ROUNDS),
	ALUK(BPF_MOV, 0, 0x1234),
	ALUK(BPF_MOV, 2, 0), /* 3 */
	ALU(BPF_MOV, 3, 6), /* 4 */
	ALU(BPF_ADD, 3, 2),
	INSN(BPF_LDX | BPF_MEM | BPF_W, 4, 3, 0, 0),
	ALU(BPF_XOR, 0, 4),
	ALUK(BPF_MUL, 0, 16777619),
	INSN(BPF_ALU | BPF_X | BPF_MOV, 5, 0, 0, 0),
	INSN(BPF_ALU | BPF_K | BPF_RSH, 5, 0, 0, 7),
	INSN(BPF_JMP | BPF_K | BPF_JSET, 4, 0, 1, 1),
	INSN(BPF_STX | BPF_MEM | BPF_W, 3, 5, 0, 0),
	INSN(BPF_STX | BPF_MEM | BPF_DW, 10, 0, -8, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0),
	ALU(BPF_ADD, 0, 1),
	ALUK(BPF_ADD, 2, 4),
	INSN(BPF_JMP | BPF_K | BPF_JLT, 2, 0, -14, LEN),
	ALUK(BPF_SUB, 7, 1),
	INSN(BPF_JMP | BPF_K | BPF_JNE, 7, 0, -17, 0),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};

enum { NR = sizeof(insns) / sizeof(insns[0]) };

struct word {
	uint8_t op, dst, src;
	int16_t off;
	uint32_t target;
	uint64_t imm;
};

struct both {
	struct word words[NR];
	struct bemu_env *env;
	struct bemu_vm *vm;
	struct bemu_vm_prog *prog;
	uint8_t data[LEN], stack[512];
	uint64_t ours, plain;
};

static void fill(struct both *b)
{
	uint32_t i;

	for (i = 0; i < LEN; i++)
		b->data[i] = (uint8_t)(i * 37 >> 3);
}

static uint64_t run_plain(struct both *b)
{
	uint64_t r[11] = { [1] = (uintptr_t)b->data, [10] = (uintptr_t)b->stack + 512 };
	uint32_t idx = 0, v32;

	for (;;) {
		const struct word *w = &b->words[idx++];

		switch (w->op) {
		case BPF_ALU64 | BPF_X | BPF_MOV:
			r[w->dst] = r[w->src];
			break;
		case BPF_ALU64 | BPF_K | BPF_MOV:
			r[w->dst] = w->imm;
			break;
		case BPF_ALU64 | BPF_X | BPF_ADD:
			r[w->dst] += r[w->src];
			break;
		case BPF_ALU64 | BPF_K | BPF_ADD:
			r[w->dst] += w->imm;
			break;
		case BPF_ALU64 | BPF_K | BPF_SUB:
			r[w->dst] -= w->imm;
			break;
		case BPF_ALU64 | BPF_X | BPF_XOR:
			r[w->dst] ^= r[w->src];
			break;
		case BPF_ALU64 | BPF_K | BPF_MUL:
			r[w->dst] *= w->imm;
			break;
		case BPF_ALU | BPF_X | BPF_MOV:
			r[w->dst] = (uint32_t)r[w->src];
			break;
		case BPF_ALU | BPF_K | BPF_RSH:
			r[w->dst] = (uint32_t)r[w->dst] >> w->imm;
			break;
		case BPF_LDX | BPF_MEM | BPF_W:
			memcpy(&v32, (void *)(uintptr_t)(r[w->src] + (uint64_t)(int64_t)w->off), 4);
			r[w->dst] = v32;
			break;
		case BPF_LDX | BPF_MEM | BPF_DW:
			memcpy(&r[w->dst],
			       (void *)(uintptr_t)(r[w->src] + (uint64_t)(int64_t)w->off), 8);
			break;
		case BPF_STX | BPF_MEM | BPF_W:
			v32 = (uint32_t)r[w->src];
			memcpy((void *)(uintptr_t)(r[w->dst] + (uint64_t)(int64_t)w->off), &v32, 4);
			break;
		case BPF_STX | BPF_MEM | BPF_DW:
			memcpy((void *)(uintptr_t)(r[w->dst] + (uint64_t)(int64_t)w->off),
			       &r[w->src], 8);
			break;
		case BPF_JMP | BPF_K | BPF_JSET:
			if (r[w->dst] & w->imm)
				idx = w->target;
			break;
		case BPF_JMP | BPF_K | BPF_JLT:
			if (r[w->dst] < w->imm)
				idx = w->target;
			break;
		case BPF_JMP | BPF_K | BPF_JNE:
			if (r[w->dst] != w->imm)
				idx = w->target;
			break;
		case BPF_JMP | BPF_EXIT:
			return r[0];
		default:
			bench_die("vm", "an opcode that the plain loop lacks");
		}
	}
}

static void plain(void *ctx)
{
	struct both *b = ctx;

	fill(b);
	b->plain = run_plain(b);
}

static void ours(void *ctx)
{
	struct bemu_vm_trap trap;
	struct both *b = ctx;

	fill(b);
	if (bemu_vm_run(b->vm, b->prog, 0xffff888000000000ull, UINT64_MAX, &b->ours, &trap))
		bench_die("vm", "trap");
}

void bench_vm(void)
{
	static const struct bemu_vm_ops ops;
	static struct both b;
	const struct bemu_vm_region region = { .base = 0xffff888000000000ull,
					       .len = LEN,
					       .host = b.data,
					       .perm = BEMU_VM_READ | BEMU_VM_WRITE,
					       .name = "context" };
	double t, per_insn = 1e9 / ((double)NR_ROUNDS * (LEN / 4.0) * PER_WORD);
	uint32_t i;

	for (i = 0; i < NR; i++)
		b.words[i] = (struct word){ .op = insns[i].code,
					    .dst = insns[i].dst_reg,
					    .src = insns[i].src_reg,
					    .off = insns[i].off,
					    .target = (uint32_t)((int32_t)i + 1 + insns[i].off),
					    .imm = (uint64_t)(int64_t)insns[i].imm };
	if (bemu_env_new(NULL, NULL, &b.env) || bemu_vm_new(b.env, &ops, &b.vm) ||
	    bemu_vm_map(b.vm, &region) || bemu_vm_decode(b.env, insns, NR, &b.prog))
		bench_die("vm", "refused");
	t = bench_time(ours, &b, 0.5) * per_insn;
	bench_row("vm", "ns", t, bench_time(plain, &b, 0.5) * per_insn);
	if (b.ours != b.plain)
		bench_die("vm", "the two come to different results");
	bemu_vm_prog_free(b.env, b.prog);
	bemu_vm_free(b.vm);
	bemu_env_free(b.env);
}
