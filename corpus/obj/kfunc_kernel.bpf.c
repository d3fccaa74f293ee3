/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: functions of the kernel: several calls, repeated, from two programs and a subprogram
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct task_struct {
	int pid;
};

struct outer {
	u32 head;
};

struct m1_conn {
	u32 zone;
};

struct m2_dev {
	u64 id;
};

extern struct task_struct *mini_task_acquire(struct task_struct *task) __ksym;
extern void mini_task_release(struct task_struct *task) __ksym;
extern u64 mini_sum(u32 a, u64 b) __ksym;

static __noinline u64 twice(u64 v)
{
	return mini_sum(v, v);
}

SEC("tc")
int kfunc_one(void *ctx)
{
	struct task_struct *t = mini_task_acquire(ctx);

	if (t)
		mini_task_release(t);
	return twice(3);
}

SEC("tc")
int kfunc_two(void *ctx)
{
	return mini_sum(1, 2) + mini_sum(3, 4) + twice(5);
}

LICENSE("GPL");
