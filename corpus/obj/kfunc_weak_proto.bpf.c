/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a weak function with another prototype than the kernel's: since 1.3 it counts as
 *         missing, before it is refused
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

extern u64 mini_sum(u32 a) __ksym __weak;

SEC("tc")
int kfunc_weak_proto(void *ctx)
{
	if (!mini_sum)
		return 1;
	return mini_sum(1);
}

LICENSE("GPL");
