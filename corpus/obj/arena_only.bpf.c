/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an arena without globals of its own
 * Compile: clang-19 -O2 -g -mcpu=v4
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_ARENA);
	MAP_NUM(map_flags, F_MMAPABLE);
	MAP_NUM(max_entries, 4);
} only SEC(".maps");

SEC("syscall")
int use_arena(void *ctx)
{
	USE(&only);
	return 0;
}

LICENSE("GPL");
