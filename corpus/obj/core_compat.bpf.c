/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: member kinds that are compatible though they differ: struct and union, integers,
 *         pointers, enum and enum flavour, arrays of other lengths
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct matched___compat {
	u64 a;
	struct whatever *flex;
	union {
		u32 x;
	} in;
	enum colour___mine { C_ANY } c;
} CORE;

struct task_struct___compat {
	char comm[64];
	void *mm;
} CORE;

SEC("raw_tp/mini_event")
int compat(u64 *ctx)
{
	struct matched___compat *m = (void *)ctx[0];
	struct task_struct___compat *t = (void *)ctx[1];

	USE(core_off(m->in.x));
	USE(m->flex);
	USE(m->c);
	USE(m->a);
	USE(&t->comm);
	USE(t->mm);
	return 0;
}

LICENSE("GPL");
