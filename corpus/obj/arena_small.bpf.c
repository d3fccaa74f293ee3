/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: globals that are larger than their arena: refused since 1.4
 * Compile: clang-19 -O2 -g -mcpu=v4
 * Expect: mini open:-LIBBPF_ERRNO__RELOC
 */
#include "bemu_bpf.h"

#define __arena __attribute__((address_space(1)))

struct {
	MAP_NUM(type, MAP_ARENA);
	MAP_NUM(map_flags, F_MMAPABLE);
	MAP_NUM(max_entries, 1);
} small SEC(".maps");

u8 __arena large[5000] __attribute__((section(".addr_space.1")));

SEC("syscall")
int use_arena(void *ctx)
{
	large[4999] = 1;
	USE(&small);
	return 0;
}

LICENSE("GPL");
