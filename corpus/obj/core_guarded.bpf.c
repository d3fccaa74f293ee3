/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: missing members and enumerators behind field_exists, type_exists and enumval_exists
 *         guards: poisoned, never reached
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct task_struct {
	int pid;
	int vanished;
} CORE;

struct no_such_type {
	int field;
} CORE;

enum colour { COLOUR_MAUVE = 99 };

SEC("raw_tp/mini_event")
int guarded(u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0];
	struct no_such_type *n = (void *)ctx[1];
	int ret = t->pid;

	if (core_field(t->vanished))
		ret += t->vanished;
	if (core_type(struct no_such_type))
		ret += n->field;
	if (core_enum(enum colour, COLOUR_MAUVE))
		ret += core_enum_value(enum colour, COLOUR_MAUVE);
	return ret;
}

LICENSE("GPL");
