/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a program array with slots: a gap, and the same program twice
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

typedef int tail_fn(void *ctx);

tail_fn tail_one;
tail_fn tail_two;

struct {
	MAP_NUM(type, MAP_PROG_ARRAY);
	MAP_NUM(key_size, 4);
	MAP_NUM(max_entries, 5);
	MAP_VALUES(tail_fn);
} jumps SEC(".maps") = {
	.values = { [0] = (void *)&tail_one, [2] = (void *)&tail_two, [4] = (void *)&tail_one },
};

SEC("tc")
int tail_one(void *ctx)
{
	return 1;
}

SEC("tc")
int tail_two(void *ctx)
{
	return 2;
}

SEC("tc")
int entry(void *ctx)
{
	bpf_tail_call(ctx, &jumps, 2);
	return 0;
}

LICENSE("GPL");
