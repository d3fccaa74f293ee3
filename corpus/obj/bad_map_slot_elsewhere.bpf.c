/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a relocation in a map definition outside values
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EINVAL
 */
#include "bemu_bpf.h"

int stray;

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 1);
} broken SEC(".maps") = {
	.key = (void *)&stray,
};

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
