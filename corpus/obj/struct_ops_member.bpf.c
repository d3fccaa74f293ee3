/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: struct_ops with a member that the kernel does not have: refused while set, whether or
 *         not by an older library
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EOPNOTSUPP
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
	u32 invented;
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

struct mini_ops more SEC(".struct_ops") = {
	.init = (void *)do_init,
	.invented = 1,
};

LICENSE("GPL");
