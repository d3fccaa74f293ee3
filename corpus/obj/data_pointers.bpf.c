/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: pointers inside .data: their relocations are skipped; alignment holes and an aligned
 *         variable
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

u8 one = 1;
u64 eight __attribute__((aligned(64))) = 8;
u8 three[3] = { 1, 2, 3 };
u32 *pointer = (u32 *)&eight;

SEC("raw_tp/mini_event")
int pointers(u64 *ctx)
{
	USE(pointer);
	three[1] = one;
	eight++;
	return 0;
}

LICENSE("GPL");
