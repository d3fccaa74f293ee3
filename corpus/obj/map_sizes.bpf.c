/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: key_size and value_size as numbers, both forms given and equal, attributes in reverse
 *         order
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_NUM(key_size, 12);
	MAP_NUM(value_size, 20);
	MAP_NUM(max_entries, 8);
} numbers SEC(".maps");

struct {
	MAP_NUM(max_entries, 9);
	MAP_TYPE(value, u64);
	MAP_NUM(value_size, 8);
	MAP_NUM(key_size, 4);
	MAP_TYPE(key, u32);
	MAP_NUM(type, MAP_ARRAY);
} both SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	u64 key[8] = {};

	USE(bpf_map_lookup_elem(&numbers, key));
	USE(bpf_map_lookup_elem(&both, key));
	return 0;
}

LICENSE("GPL");
