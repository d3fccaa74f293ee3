/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: relocated immediates beside 32-bit arithmetic (-mcpu=v3)
 * Compile: clang-14 -O2 -g -mcpu=v3
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
int alu32(u64 *ctx)
{
	struct scalars *s = (void *)ctx[0];
	u32 a = core_off(s->u2b), b = core_size(s->u2b), c = core_field(s->s8b);

	return a * 256 + b * 16 + c;
}

LICENSE("GPL");
