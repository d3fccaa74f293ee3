/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What is known of registers and stack slots at one place of a program: see prog_value.c. */
#ifndef BEMU_SYS_PROG_VALUE_H
#define BEMU_SYS_PROG_VALUE_H

#include "sys/prog.h"

enum bemu_value_kind {
	BEMU_VALUE_ANY, /* nothing is known: it may even point into the own frame */
	BEMU_VALUE_DATA, /* unknown, but no pointer into the own frame */
	BEMU_VALUE_CONST, /* @num */
	BEMU_VALUE_MAP, /* byte @num of the value of the program's used map @map_idx */
	BEMU_VALUE_FRAME, /* byte @num, negative, from the end of the own frame */
};

struct bemu_value {
	uint64_t num;
	uint32_t map_idx;
	uint32_t kind; /* enum bemu_value_kind */
};

/* Registers 0 to 9, then the slots that are followed; r10 never changes. */
enum { BEMU_VALUE_NR_REGS = 10 };

/** struct bemu_values - one program's layout of a state: an array of bemu_values_nr() values */
struct bemu_values {
	const struct bemu_verif *v;
	uint8_t slot_of[64]; /* by word of the frame, counted down from r10 */
	uint32_t nr_slots;
};

void bemu_values_init(struct bemu_values *vs, const struct bemu_verif *v);
uint32_t bemu_values_nr(const struct bemu_values *vs);

/** bemu_values_join() - what holds on both ways; whether @into knows less now */
bool bemu_values_join(const struct bemu_values *vs, struct bemu_value *into,
		      const struct bemu_value *from);
bool bemu_value_join(struct bemu_value *into, struct bemu_value from);

/** bemu_values_entry() - state of a function that the kernel calls */
void bemu_values_entry(const struct bemu_values *vs, struct bemu_value *st);
/** bemu_values_enter() - state of a function that is called in state @caller */
void bemu_values_enter(const struct bemu_values *vs, const struct bemu_value *caller,
		       struct bemu_value *st);
/** bemu_value_returned() - what a caller knows of r0 of a function that returns in that state */
struct bemu_value bemu_value_returned(struct bemu_value r0);
/** bemu_values_return() - the caller's state behind a call */
void bemu_values_return(const struct bemu_values *vs, struct bemu_value *st, struct bemu_value r0);
/** bemu_values_step() - the state behind an instruction that is neither jump nor call */
void bemu_values_step(const struct bemu_values *vs, struct bemu_value *st, uint32_t insn_idx);

enum bemu_branch { BEMU_BRANCH_NOT_TAKEN = 1, BEMU_BRANCH_TAKEN = 2, BEMU_BRANCH_BOTH = 3 };

/** bemu_values_branch() - which ways of a conditional jump are open */
enum bemu_branch bemu_values_branch(const struct bemu_value *st, const struct bpf_insn *insn);

#endif
