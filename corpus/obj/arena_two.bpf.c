/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: two arenas: refused since 1.4
 * Compile: clang-19 -O2 -g -mcpu=v4
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_ARENA);
	MAP_NUM(map_flags, F_MMAPABLE);
	MAP_NUM(max_entries, 4);
} first SEC(".maps");

struct {
	MAP_NUM(type, MAP_ARENA);
	MAP_NUM(map_flags, F_MMAPABLE);
	MAP_NUM(max_entries, 4);
} second SEC(".maps");

SEC("syscall")
int use_arena(void *ctx)
{
	USE(&first);
	USE(&second);
	return 0;
}

LICENSE("GPL");
