/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: addresses of static and global subprograms as callbacks of bpf_loop and
 *         bpf_for_each_map_elem
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

static long turn(u32 i, u64 *sum)
{
	*sum += i;
	return 0;
}

__noinline long global_turn(u32 i, u64 *sum)
{
	return i > 5;
}

SEC("tc")
int callback_global(void *ctx)
{
	u64 sum = 0;

	bpf_loop(10, turn, &sum, 0);
	bpf_loop(10, global_turn, &sum, 0);
	return sum;
}

LICENSE("GPL");
