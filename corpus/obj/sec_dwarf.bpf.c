/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an object with its DWARF left in, as the compiler wrote it: .debug sections and their
 *         relocations are skipped
 * Compile: clang-14 -O2 -g (keep DWARF)
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct task_struct {
	int pid;
} CORE;

u32 pids;

SEC("raw_tp/mini_event")
int dwarf(u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0];

	pids += t->pid;
	return 0;
}

LICENSE("GPL");
