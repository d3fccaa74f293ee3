/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: map_extra as an enumerator of 64 bits, which newer libraries accept; libbpf 1.1 wants
 *         a pointer to an array
 * Compile: clang-19 -O2 -g
 * Expect: mini open:-EINVAL
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 1);
	enum { wide_extra = 0x100000000ULL } map_extra;
} wide SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	u64 key[8] = {};

	USE(bpf_map_lookup_elem(&wide, key));
	return 0;
}

LICENSE("GPL");
