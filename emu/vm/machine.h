/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The machine, shared by mem.c and run.c. */
#ifndef BEMU_VM_MACHINE_H
#define BEMU_VM_MACHINE_H

#include "vm/prog.h"

#define BEMU_VM_STACK_BASE 0xffffe90000000000ull /* a kernel address, far from where maps lie */
/* Frames lie apart, so that an access past one frame's end meets nothing. */
#define BEMU_VM_FRAME_GAP 0x1000u

struct vm_frame {
	uint32_t ret_idx;
	uint64_t saved[4]; /* r6..r9 of the caller */
};

struct bemu_vm {
	struct bemu_env *env;
	const struct bemu_vm_ops *ops;
	const struct bemu_vm_prog *prog;
	uint32_t nr_regions, cap_regions;
	struct bemu_vm_region *regions; /* sorted by base */
	uint32_t last_region; /* hit by the last access: most accesses repeat */
	uint32_t nr_frames;
	uint32_t pc;
	uint64_t budget;
	struct bemu_vm_trap trap;
	struct vm_prov *prov; /* NULL: tags are not carried */
	struct vm_frame frames[BEMU_VM_MAX_FRAMES];
	_Alignas(8) uint8_t stack[BEMU_VM_MAX_FRAMES][BEMU_VM_STACK_SIZE];
};

/** bemu_vm_set_trap() - what the instruction at the machine's pc did that no verifier lets pass */
void bemu_vm_set_trap(struct bemu_vm *vm, uint32_t reason, uint64_t addr, uint64_t len,
		      const char *region);

#endif
