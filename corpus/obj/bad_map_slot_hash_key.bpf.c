/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: slots of a hash of maps whose keys are not 4 bytes
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EINVAL
 */
#include "bemu_bpf.h"

struct inner {
	MAP_NUM(type, MAP_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 2);
};

struct inner in_a SEC(".maps");

struct {
	MAP_NUM(type, MAP_HASH_OF_MAPS);
	MAP_TYPE(key, u64);
	MAP_NUM(max_entries, 4);
	MAP_VALUES(struct inner);
} broken SEC(".maps") = {
	.values = { (void *)&in_a },
};

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
