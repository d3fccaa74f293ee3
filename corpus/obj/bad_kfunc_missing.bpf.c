/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a strong function that no BTF has
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

extern int not_a_kfunc(int a) __ksym;

SEC("tc")
int kfunc_missing(void *ctx)
{
	return not_a_kfunc(1);
}

LICENSE("GPL");
