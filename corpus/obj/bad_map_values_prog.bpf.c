/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: slots of a program array that are no functions
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EINVAL
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_PROG_ARRAY);
	MAP_NUM(key_size, 4);
	MAP_NUM(max_entries, 4);
	MAP_VALUES(u32);
} broken SEC(".maps");

SEC("tc")
int prog(void *ctx)
{
	bpf_tail_call(ctx, &broken, 1);
	return 0;
}

LICENSE("GPL");
