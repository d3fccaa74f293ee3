/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: field_byte_offset in STX of 1, 2, 4 and 8 bytes
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct scalars {
	u64 u8b;
	u32 u4b;
	u16 u2b;
	u8 u1b;
	s64 s8b;
	s32 s4b;
	s16 s2b;
	s8 s1b;
	void *ptr;
} CORE;

SEC("raw_tp/mini_event")
int store(u64 *ctx)
{
	struct scalars *s = (void *)ctx[0];
	u64 v = ctx[1];

	s->u8b = v;
	s->u4b = v;
	s->u2b = v;
	s->u1b = v;
	return 0;
}

LICENSE("GPL");
