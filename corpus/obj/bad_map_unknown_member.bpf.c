/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a member that the library does not know
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EOPNOTSUPP
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(colour, 3);
} broken SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
