/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: field_byte_offset in ST (store immediate) of 1, 2, 4 and 8 bytes, which only -mcpu=v4
 *         emits
 * Compile: clang-19 -O2 -g -mcpu=v4
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
int store_imm(u64 *ctx)
{
	struct scalars *s = (void *)ctx[0];

	s->u8b = 11;
	s->u4b = 12;
	s->u2b = 13;
	s->u1b = 14;
	return 0;
}

LICENSE("GPL");
