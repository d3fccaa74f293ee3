/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: static, hidden and internal variables: a section with nothing else is not mapped into
 *         user space
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

static u32 counter;
static volatile u64 filled = 9;
__hidden u32 hidden_one SEC(".data.hidden") = 1;
__internal u32 internal_one SEC(".data.internal") = 2;
u32 seen SEC(".data.seen") = 3;
static volatile const char text[] = "static text";

SEC("raw_tp/mini_event")
int statics(u64 *ctx)
{
	counter++;
	filled += text[ctx[0] & 7];
	hidden_one = internal_one;
	seen = counter;
	return 0;
}

LICENSE("GPL");
