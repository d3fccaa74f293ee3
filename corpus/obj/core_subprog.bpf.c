/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: relocations inside static and global subprograms that two programs share
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct task_struct {
	int pid;
	int tgid;
	u32 flags;
} CORE;

static __noinline int get_pid(struct task_struct *t)
{
	return t->pid;
}

__noinline int get_both(struct task_struct *t)
{
	return t->tgid + get_pid(t);
}

SEC("raw_tp/mini_event")
int subprog_one(u64 *ctx)
{
	return get_pid((void *)ctx[0]);
}

SEC("raw_tp/sched_process_exit")
int subprog_two(u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0];

	return get_both(t) + t->flags;
}

LICENSE("GPL");
