/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: globals of an arena without an arena
 * Compile: clang-19 -O2 -g -mcpu=v4
 * Expect: mini open:-LIBBPF_ERRNO__RELOC
 */
#include "bemu_bpf.h"

#define __arena __attribute__((address_space(1)))

u64 __arena counter __attribute__((section(".addr_space.1")));

SEC("syscall")
int use_arena(void *ctx)
{
	counter++;
	return 0;
}

LICENSE("GPL");
