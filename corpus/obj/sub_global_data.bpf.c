/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: subprograms that use data and maps: their relocations are appended with them
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

u64 hits[4];
static u32 mode = 2;

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 4);
} table SEC(".maps");

static __noinline void hit(u32 which)
{
	hits[which & 3]++;
	mode = which;
}

__noinline int look(u32 key)
{
	u64 *v = bpf_map_lookup_elem(&table, &key);

	hit(key);
	return v ? *v : mode;
}

SEC("tc")
int sub_data_one(void *ctx)
{
	return look(1);
}

SEC("xdp")
int sub_data_two(void *ctx)
{
	hit(2);
	return look(3);
}

LICENSE("GPL");
