/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: no type
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EINVAL
 */
#include "bemu_bpf.h"

struct {
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 1);
} broken SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
