/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: field_byte_offset in LDX of 1, 2, 4 and 8 bytes, and in the ALU64 immediate that adds
 *         an offset to a pointer
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

u64 sum;

SEC("raw_tp/mini_event")
int load(u64 *ctx)
{
	struct scalars *s = (void *)ctx[0];

	sum = s->u8b + s->u4b + s->u2b + s->u1b;
	sum += s->s8b + s->s4b + s->s2b + s->s1b;
	USE(&s->s4b);
	USE(s->ptr);
	return 0;
}

LICENSE("GPL");
