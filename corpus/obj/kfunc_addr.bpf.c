/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: the address of a function of the kernel, of a module, and a call beside each; before 1.2
 *         the module is not named in the address, and the kernel looks into its own types
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-ENOENT
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

extern u64 mini_sum(u32 a, u64 b) __ksym;
extern int m2_open(struct m2_dev *dev) __ksym;

SEC("tc")
int kfunc_addr(void *ctx)
{
	USE(mini_sum);
	USE(m2_open);
	return mini_sum(1, 2) + m2_open(ctx);
}

LICENSE("GPL");
