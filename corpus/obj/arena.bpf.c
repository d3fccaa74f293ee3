/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an arena map, globals in its address space and pointers into it; libraries know them
 *         since 1.4
 * Compile: clang-19 -O2 -g -mcpu=v4
 * Expect: mini open:-EINVAL
 */
#include "bemu_bpf.h"

#define __arena __attribute__((address_space(1)))

struct {
	MAP_NUM(type, MAP_ARENA);
	MAP_NUM(map_flags, F_MMAPABLE);
	MAP_NUM(max_entries, 16);
	enum { arena_at = 0x1ULL << 44 } map_extra;
} arena SEC(".maps");

struct node {
	struct node __arena *next;
	u64 value;
};

u64 __arena counter __attribute__((section(".addr_space.1")));
struct node __arena *head;

SEC("syscall")
int use_arena(void *ctx)
{
	struct node __arena *n = head;

	USE(&arena);
	counter++;
	if (n)
		counter += n->value;
	return 0;
}

LICENSE("GPL");
