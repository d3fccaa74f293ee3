/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a ring buffer without max_entries: 0 stays 0, and the kernel refuses the map
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_RINGBUF);
	MAP_NUM(map_flags, 0);
} none SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&none);
	return 0;
}

LICENSE("GPL");
