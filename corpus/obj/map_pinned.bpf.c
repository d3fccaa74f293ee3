/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a map that is pinned by name: looked for in bpffs first, created and pinned if it is
 *         not there
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 4);
	MAP_NUM(pinning, 1);
} bemu_pinned SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	u64 key[8] = {};

	USE(bpf_map_lookup_elem(&bemu_pinned, key));
	return 0;
}

LICENSE("GPL");
