/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: functions with flavours, one that fits and one that does not: understood since 1.3
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
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

extern int mini_take_ptr___two(struct outer *o, int flags) __ksym __weak;
extern int mini_take_ptr___one(struct outer *o) __ksym __weak;

SEC("tc")
int kfunc_flavour(void *ctx)
{
	if (mini_take_ptr___two)
		return mini_take_ptr___two(ctx, 1);
	if (mini_take_ptr___one)
		return mini_take_ptr___one(ctx);
	return 0;
}

LICENSE("GPL");
