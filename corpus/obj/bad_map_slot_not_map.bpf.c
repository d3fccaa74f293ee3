/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a slot of an array of maps that names a variable elsewhere
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-LIBBPF_ERRNO__RELOC
 */
#include "bemu_bpf.h"

struct inner {
	MAP_NUM(type, MAP_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 2);
};

struct inner in_a SEC(".maps");

int stray;

struct {
	MAP_NUM(type, MAP_ARRAY_OF_MAPS);
	MAP_TYPE(key, u32);
	MAP_NUM(max_entries, 4);
	MAP_VALUES(struct inner);
} broken SEC(".maps") = {
	.values = { (void *)&stray },
};

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
