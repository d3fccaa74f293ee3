/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: addresses of static subprograms as callbacks of bpf_loop and
 *         bpf_for_each_map_elem
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 4);
} numbers SEC(".maps");

static long each(void *map, u32 *key, u64 *value, u64 *sum)
{
	*sum += *value;
	return 0;
}

static long turn(u32 i, u64 *sum)
{
	*sum += i;
	return 0;
}

SEC("tc")
int callback(void *ctx)
{
	u64 sum = 0;

	bpf_for_each_map_elem(&numbers, each, &sum, 0);
	bpf_loop(10, turn, &sum, 0);
	return sum;
}

LICENSE("GPL");
