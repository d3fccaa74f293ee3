/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Pre-decoded instructions, shared by decode.c and run.c. */
#ifndef BEMU_VM_PROG_H
#define BEMU_VM_PROG_H

#include "vm/vm.h"

/*
 * The operation of a decoded word: its opcode byte, or one of these where the byte alone does not
 * decide (the offset or the source register selects a variant).
 */
enum vm_op {
	VM_OP_SDIV64_X = 0x100,
	VM_OP_SDIV64_K,
	VM_OP_SMOD64_X,
	VM_OP_SMOD64_K,
	VM_OP_SDIV32_X,
	VM_OP_SDIV32_K,
	VM_OP_SMOD32_X,
	VM_OP_SMOD32_K,
	VM_OP_MOVSX64_8,
	VM_OP_MOVSX64_16,
	VM_OP_MOVSX64_32,
	VM_OP_MOVSX32_8,
	VM_OP_MOVSX32_16,
	VM_OP_TO_LE,
	VM_OP_TO_BE,
	VM_OP_BSWAP,
	VM_OP_CALL_HELPER,
	VM_OP_CALL_KFUNC,
	VM_OP_CALL_FUNC,
	VM_OP_LOAD_ACQ,
	VM_OP_STORE_REL,
	VM_OP_NOP,
	VM_OP_SECOND_WORD, /* of an ld64: never reached */
};

/** struct vm_insn - one word; @target is the word that a jump or call goes to */
struct vm_insn {
	uint16_t op; /* opcode byte or enum vm_op */
	uint8_t dst;
	uint8_t src;
	int16_t off;
	uint8_t size; /* bytes of a memory access, or bits of a swap */
	uint8_t pad;
	uint32_t target;
	int32_t raw_imm;
	uint64_t imm; /* sign-extended, or the whole constant of an ld64 */
};

struct bemu_vm_prog {
	uint32_t nr_insns;
	struct vm_insn insns[];
};

/* prov.c: tags of register halves and of memory words. */
struct vm_prov;

/** struct vm_tag - of 4 bytes; @by stored them, and a register's were loaded from @from */
struct vm_tag {
	uint32_t tag; /* 0: none, and the rest means nothing */
	uint32_t by;
	uint64_t from;
};

int bemu_vm_prov_new(struct bemu_env *env, struct vm_prov **out);
void bemu_vm_prov_free(struct vm_prov *prov);
/* A new run: no tag anywhere. */
void bemu_vm_prov_reset(struct vm_prov *prov);
/* Before the instruction is carried out, while its operands still have their values. 0 or -ENOMEM. */
int bemu_vm_prov_step(struct vm_prov *prov, const struct vm_insn *insn, uint32_t pc,
		      const uint64_t *regs);
/* r1..r5 and r0 are the callee's now; r6..r9 come back at the exit. */
void bemu_vm_prov_enter(struct vm_prov *prov);
void bemu_vm_prov_leave(struct vm_prov *prov);
void bemu_vm_prov_set_r0(struct vm_prov *prov, uint32_t low, uint32_t high);
uint32_t bemu_vm_prov_arg(const struct vm_prov *prov, unsigned int arg);
struct bemu_vm_place bemu_vm_prov_arg_place(const struct vm_prov *prov, unsigned int arg);
struct vm_tag bemu_vm_prov_mem(const struct vm_prov *prov, uint64_t addr);
/* The first word of what was written gets @tag, the rest loses its own. */
int bemu_vm_prov_set_mem(struct vm_prov *prov, uint64_t addr, uint64_t len, struct vm_tag tag);

#endif
