/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: struct_ops of a type that the kernel does not have
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-ENOENT
 */
#include "bemu_bpf.h"

struct outer {
	u32 head;
};

struct absent_ops {
	int (*init)(struct outer *);
	void (*release)(struct outer *);
	u64 (*score)(struct outer *, u32);
	u32 flags;
	char name[16];
};

SEC("struct_ops/init")
int do_init(u64 *ctx)
{
	return 0;
}

SEC("struct_ops/score")
u64 do_score(u64 *ctx)
{
	return ctx[1];
}

struct absent_ops gone SEC(".struct_ops") = {
	.init = (void *)do_init,
};

LICENSE("GPL");
