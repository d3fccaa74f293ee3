/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a function that m1 has with another prototype and m2 with this one: the first module
 *         found decides
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

extern int mod_both(struct m2_dev *dev) __ksym;

SEC("tc")
int kfunc_module_proto(void *ctx)
{
	return mod_both(ctx);
}

LICENSE("GPL");
