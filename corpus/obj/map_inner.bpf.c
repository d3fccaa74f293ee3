/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: maps in maps: array with two slots of which one is used, hash, and an inner definition
 *         without slots
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct inner {
	MAP_NUM(type, MAP_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 2);
};

struct inner in_a SEC(".maps");
struct inner in_b SEC(".maps");

struct {
	MAP_NUM(type, MAP_ARRAY_OF_MAPS);
	MAP_TYPE(key, u32);
	MAP_NUM(max_entries, 4);
	MAP_VALUES(struct inner);
} outer_array SEC(".maps") = {
	.values = { [1] = (void *)&in_a, [3] = (void *)&in_b },
};

struct {
	MAP_NUM(type, MAP_HASH_OF_MAPS);
	MAP_TYPE(key, u32);
	MAP_NUM(max_entries, 4);
	MAP_VALUES(struct inner);
} outer_hash SEC(".maps") = {
	.values = { (void *)&in_b },
};

struct {
	MAP_NUM(type, MAP_ARRAY_OF_MAPS);
	MAP_TYPE(key, u32);
	MAP_NUM(max_entries, 3);
	MAP_VALUES(struct {
		MAP_NUM(type, MAP_HASH);
		MAP_TYPE(key, u32);
		MAP_TYPE(value, u32);
		MAP_NUM(max_entries, 7);
	});
} outer_defined SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	u64 key[8] = {};

	USE(bpf_map_lookup_elem(&outer_array, key));
	USE(bpf_map_lookup_elem(&outer_hash, key));
	USE(bpf_map_lookup_elem(&outer_defined, key));
	return 0;
}

LICENSE("GPL");
