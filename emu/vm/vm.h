/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * An interpreter for the eBPF instruction set of Linux 6.18 over declared memory. It knows no bpf(2)
 * and no maps: a helper call goes to the table it was handed, a pseudo ld64 was resolved by whoever
 * decoded the program. Every address that a program can hold is synthetic; it means something only
 * through a region. What the kernel's verifier would have kept out (a wild address, a jump into the
 * middle of an ld64, falling off the end) is a trap that names instruction, address and region.
 */
#ifndef BEMU_VM_VM_H
#define BEMU_VM_VM_H

#include <stdbool.h>

#include "base/env.h"
#include "uapi/bpf.h"

enum bemu_vm_perm {
	BEMU_VM_READ = 1u << 0,
	BEMU_VM_WRITE = 1u << 1,
};

/** struct bemu_vm_region - @len bytes at the program's address @base, kept at @host */
struct bemu_vm_region {
	uint64_t base;
	uint64_t len;
	void *host;
	uint32_t perm; /* enum bemu_vm_perm */
	const char *name; /* for traps; borrowed */
};

enum bemu_vm_trap_reason {
	BEMU_VM_TRAP_NONE,
	BEMU_VM_TRAP_UNMAPPED, /* no region holds the first byte */
	BEMU_VM_TRAP_CROSSES_END, /* the access starts in a region and leaves it */
	BEMU_VM_TRAP_PERMISSION,
	BEMU_VM_TRAP_MISALIGNED, /* an atomic access off its natural alignment */
	BEMU_VM_TRAP_BUDGET, /* more instructions than allowed */
	BEMU_VM_TRAP_CALL_DEPTH, /* more than BEMU_VM_MAX_FRAMES functions deep */
	BEMU_VM_TRAP_HELPER, /* a helper that is not in the table */
};

/** struct bemu_vm_trap - why a run ended early; @region is NULL when no region was hit */
struct bemu_vm_trap {
	uint32_t reason; /* enum bemu_vm_trap_reason */
	uint32_t insn_idx;
	uint64_t addr;
	uint32_t len;
	const char *region;
};

enum {
	BEMU_VM_STACK_SIZE = 512, /* MAX_BPF_STACK, include/linux/filter.h */
	BEMU_VM_MAX_FRAMES = 8, /* MAX_CALL_FRAMES, include/linux/bpf_verifier.h */
	BEMU_VM_NR_REGS = 11,
};

struct bemu_vm;

/**
 * struct bemu_vm_ops - what the program may call
 * @helper: helper @id with r1..r5 in @args; stores r0 in *@r0. 0, -ENOENT when there is no such
 *          helper (a trap), or a fault of ours, which ends the run
 * @kfunc:  the same for kfunc calls, by (imm, off); NULL when there are none
 */
struct bemu_vm_ops {
	int (*helper)(void *ctx, struct bemu_vm *vm, uint32_t id, const uint64_t args[5],
		      uint64_t *r0);
	int (*kfunc)(void *ctx, struct bemu_vm *vm, int32_t imm, int16_t off,
		     const uint64_t args[5], uint64_t *r0);
	void *ctx;
};

struct bemu_vm_prog;

/**
 * bemu_vm_decode() - check and pre-decode a program
 * @insns: words as the kernel keeps them after relocation: every ld64 is a plain constant, or the
 *         address of a function (src_reg 4, imm relative to the instruction)
 *
 * Refused with -EINVAL and the instruction in the log: an unknown opcode or reserved bits, an ld64
 * without its second word, a jump or call out of the program or into an ld64, a last word that can
 * be fallen off.
 *
 * Return: 0, -EINVAL, -E2BIG (no instruction, or more than the limit), -ENOMEM.
 */
int bemu_vm_decode(struct bemu_env *env, const struct bpf_insn *insns, uint32_t nr_insns,
		   struct bemu_vm_prog **out) BEMU_MUST_CHECK;
void bemu_vm_prog_free(struct bemu_env *env, struct bemu_vm_prog *prog);

/** bemu_vm_new() - a machine without memory; @ops is borrowed */
int bemu_vm_new(struct bemu_env *env, const struct bemu_vm_ops *ops,
		struct bemu_vm **out) BEMU_MUST_CHECK;
void bemu_vm_free(struct bemu_vm *vm);

/** bemu_vm_map() - declare a region; -EEXIST when it overlaps one, -EINVAL when it wraps, -ENOMEM */
int bemu_vm_map(struct bemu_vm *vm, const struct bemu_vm_region *region) BEMU_MUST_CHECK;

/**
 * bemu_vm_at() - the host bytes of an access by a helper, or NULL with the trap recorded
 * @perm: enum bemu_vm_perm bits that are needed
 */
void *bemu_vm_at(struct bemu_vm *vm, uint64_t addr, uint64_t len, uint32_t perm);
/** bemu_vm_peek() - as bemu_vm_at(), without a trap when there is nothing */
void *bemu_vm_peek(const struct bemu_vm *vm, uint64_t addr, uint64_t len, uint32_t perm);

/** bemu_vm_region_of() - name of the region that holds @addr and the offset in it; NULL without one */
const char *bemu_vm_region_of(const struct bemu_vm *vm, uint64_t addr, uint64_t *off);

/** bemu_vm_pc() - the instruction that is being run, as an index of words */
uint32_t bemu_vm_pc(const struct bemu_vm *vm);

/**
 * bemu_vm_run() - from the first instruction to its exit
 * @ctx:    r1
 * @budget: instructions at most
 * @ret:    r0 at the exit
 * @trap:   receives the reason when -EFAULT is returned
 *
 * Return: 0; -EFAULT for a trap; a fault of ours from a helper; -ENOMEM.
 */
int bemu_vm_run(struct bemu_vm *vm, const struct bemu_vm_prog *prog, uint64_t ctx, uint64_t budget,
		uint64_t *ret, struct bemu_vm_trap *trap) BEMU_MUST_CHECK;

/** bemu_vm_call() - a callback from inside a helper: the function at @insn_idx with r1..r5 */
int bemu_vm_call(struct bemu_vm *vm, uint32_t insn_idx, const uint64_t args[5],
		 uint64_t *ret) BEMU_MUST_CHECK;

/** The address that an ld64 of a function yields: bemu_vm_func_idx() undoes it; UINT32_MAX if none. */
uint64_t bemu_vm_func_addr(uint32_t insn_idx);
uint32_t bemu_vm_func_idx(const struct bemu_vm *vm, uint64_t addr);

const char *bemu_vm_trap_name(uint32_t reason);

/*
 * Provenance. A tag is a number of the user's, 0 for none, that stands for where 32 bits of data came
 * from (an FD and its generation). Each half of a register and each aligned word of memory may carry
 * one. Tags go along with moves, with 64-bit shifts by 32, and with loads and stores of 4 and 8
 * bytes; whatever else writes a register or a byte drops its tag.
 */

/** bemu_vm_track() - start to carry tags; before bemu_vm_run(). 0 or -ENOMEM. */
int bemu_vm_track(struct bemu_vm *vm) BEMU_MUST_CHECK;
/** bemu_vm_tag_r0() - inside a helper: what its result carries in the low and the high half */
void bemu_vm_tag_r0(struct bemu_vm *vm, uint32_t low, uint32_t high);
/** bemu_vm_arg_tag() - inside a helper: tag of the low half of argument 0..4 */
uint32_t bemu_vm_arg_tag(const struct bemu_vm *vm, unsigned int arg);
/** bemu_vm_mem_tag() - tag of the 4 bytes at @addr, a multiple of 4 */
uint32_t bemu_vm_mem_tag(const struct bemu_vm *vm, uint64_t addr);

/** struct bemu_vm_place - a word of memory, and the instruction that stored what it holds; @addr 0: none */
struct bemu_vm_place {
	uint64_t addr;
	uint32_t stored_by;
};

/** bemu_vm_arg_place() - the word that the tagged low half of argument 0..4 was last loaded from */
struct bemu_vm_place bemu_vm_arg_place(const struct bemu_vm *vm, unsigned int arg);
/** bemu_vm_mem_place() - the word at @addr itself, when it has a tag */
struct bemu_vm_place bemu_vm_mem_place(const struct bemu_vm *vm, uint64_t addr);
/** bemu_vm_tag_mem() - a helper wrote @len bytes at @addr: the first word carries @tag, the rest nothing */
int bemu_vm_tag_mem(struct bemu_vm *vm, uint64_t addr, uint64_t len, uint32_t tag) BEMU_MUST_CHECK;

#endif
