/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: key of a type that is only declared
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EINVAL
 */
#include "bemu_bpf.h"

struct nowhere;

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, struct nowhere);
	MAP_TYPE(value, u32);
} broken SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
