/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: struct_ops in .struct_ops and in .struct_ops.link, with functions, data, and an unset
 *         member
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct outer {
	u32 head;
};

struct mini_ops {
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

struct mini_ops plain SEC(".struct_ops") = {
	.init = (void *)do_init,
	.score = (void *)do_score,
	.flags = 5,
	.name = "plain",
};

struct mini_ops linked SEC(".struct_ops.link") = {
	.init = (void *)do_init,
	.name = "linked",
};

LICENSE("GPL");
