/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: numa_node and flags, map_extra at its largest
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_ARRAY);
	MAP_TYPE(key, u32);
	MAP_NUM(value_size, 32);
	MAP_NUM(max_entries, 8);
	MAP_NUM(map_flags, F_NUMA_NODE | F_MMAPABLE);
	MAP_NUM(numa_node, 3);
} far SEC(".maps");

struct {
	MAP_NUM(type, MAP_BLOOM_FILTER);
	MAP_NUM(value_size, 12);
	MAP_NUM(max_entries, 2147483647);
	MAP_NUM(map_extra, 15);
} sparse SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&far);
	USE(&sparse);
	return 0;
}

LICENSE("GPL");
