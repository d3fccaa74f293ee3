/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: data sections that no instruction refers to, and an object without any map otherwise
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

u32 unused_bss;
u32 unused_data = 1;
const u32 unused_rodata = 2;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
