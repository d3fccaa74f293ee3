/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a strong function with another prototype than the kernel's
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
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

extern u64 mini_sum(u32 a, struct outer *o, int c) __ksym;

SEC("tc")
int kfunc_proto(void *ctx)
{
	return mini_sum(1, ctx, 2);
}

LICENSE("GPL");
