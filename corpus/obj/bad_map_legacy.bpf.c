/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a definition in the old maps section
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EOPNOTSUPP
 */
#include "bemu_bpf.h"

struct legacy_map {
	u32 type, key_size, value_size, max_entries, map_flags;
};

struct legacy_map broken SEC("maps") = {
	.type = MAP_ARRAY,
	.key_size = 4,
	.value_size = 4,
	.max_entries = 1,
};

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	u64 key[8] = {};

	USE(bpf_map_lookup_elem(&broken, key));
	return 0;
}

LICENSE("GPL");
