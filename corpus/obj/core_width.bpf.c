/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: loads and stores whose width follows the target member: 4 to 8, 8 to 4, 1 to 2, 2 to 1
 *         bytes
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct widths {
	u32 was_u32;
	u64 was_u64;
	u8 was_u8;
	u16 was_u16;
	u32 same;
} CORE;

SEC("raw_tp/mini_event")
int width(u64 *ctx)
{
	struct widths *w = (void *)ctx[0];
	u64 sum = w->was_u32 + w->was_u64 + w->was_u8 + w->was_u16 + w->same;

	w->was_u32 = 1;
	w->was_u64 = 2;
	USE(sum);
	return 0;
}

LICENSE("GPL");
