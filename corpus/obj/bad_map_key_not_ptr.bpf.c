/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: key as a plain integer
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EINVAL
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_HASH);
	u32 key;
	MAP_TYPE(value, u32);
} broken SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
