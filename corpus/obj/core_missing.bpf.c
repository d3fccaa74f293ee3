/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: missing members on the straight path: LDX, STX, ALU and size are poisoned
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

struct task_struct {
	int pid;
	int vanished;
} CORE;

SEC("raw_tp/mini_event")
int missing(u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0];

	USE(t->vanished);
	t->vanished = t->pid;
	USE(core_off(t->vanished));
	USE(core_size(t->vanished));
	USE(core_signed(t->vanished));
	return 0;
}

LICENSE("GPL");
