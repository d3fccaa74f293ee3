/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a slot of a program array that names a subprogram
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-ESRCH
 */
#include "bemu_bpf.h"

typedef int tail_fn(void *ctx);

__noinline int helper(void *ctx)
{
	return 3;
}

struct {
	MAP_NUM(type, MAP_PROG_ARRAY);
	MAP_NUM(key_size, 4);
	MAP_NUM(max_entries, 4);
	MAP_VALUES(tail_fn);
} broken SEC(".maps") = {
	.values = { (void *)&helper },
};

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(helper(ctx));
	return 0;
}

LICENSE("GPL");
