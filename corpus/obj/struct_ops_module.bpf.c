/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: struct_ops of a type that only module m2 has: since 1.4
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

struct m2_dev {
	u64 id;
};

struct m2_ops {
	int (*start)(struct m2_dev *);
	u32 prio;
};

SEC("struct_ops/start")
int do_start(u64 *ctx)
{
	return 0;
}

struct m2_ops in_module SEC(".struct_ops.link") = {
	.start = (void *)do_start,
	.prio = 3,
};

LICENSE("GPL");
