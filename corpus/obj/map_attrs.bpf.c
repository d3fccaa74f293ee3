/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: every plain attribute of a BTF-defined map: type, key, value, max_entries, map_flags,
 *         numa_node, map_extra, pinning none
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct key {
	u32 a, b;
};

struct value {
	u64 v[3];
};

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, struct key);
	MAP_TYPE(value, struct value);
	MAP_NUM(max_entries, 1000);
	MAP_NUM(map_flags, F_NO_PREALLOC | F_NUMA_NODE);
	MAP_NUM(numa_node, 0);
	MAP_NUM(pinning, 0);
} full SEC(".maps");

struct {
	MAP_NUM(type, MAP_BLOOM_FILTER);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 100);
	MAP_NUM(map_extra, 3);
} bloom SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	u64 key[8] = {};

	USE(bpf_map_lookup_elem(&full, key));
	USE(&bloom);
	return 0;
}

LICENSE("GPL");
