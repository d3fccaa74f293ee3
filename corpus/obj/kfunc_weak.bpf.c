/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: weak functions: found, missing everywhere, each behind a test of its address
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

extern u64 mini_sum(u32 a, u64 b) __ksym __weak;
extern int not_a_kfunc(int a) __ksym __weak;
extern int m1_mark(struct m1_conn *c, u32 mark) __ksym __weak;

SEC("tc")
int kfunc_weak(void *ctx)
{
	int ret = 0;

	if (mini_sum)
		ret += mini_sum(1, 2);
	if (not_a_kfunc)
		ret += not_a_kfunc(3);
	if (m1_mark)
		ret += m1_mark(ctx, 4);
	return ret;
}

LICENSE("GPL");
