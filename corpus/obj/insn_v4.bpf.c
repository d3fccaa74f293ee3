/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: instructions of -mcpu=v4: signed division, byte swap, sign-extending moves, long
 *         jumps, atomics
 * Compile: clang-19 -O2 -g -mcpu=v4
 * Expect: mini ok
 */
#include "bemu_bpf.h"

u64 cell;

SEC("raw_tp/mini_event")
int v4(u64 *ctx)
{
	s64 a = (s32)ctx[0], b = (s16)ctx[1];
	u64 old = __sync_fetch_and_add(&cell, 1);

	if (b)
		a = a / b + a % b;
	__sync_fetch_and_or(&cell, 4);
	return a + __builtin_bswap32((u32)old) + (s8)old;
}

LICENSE("GPL");
