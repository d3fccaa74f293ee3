/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: shift kinds on members that are no bitfields (values are checked against the
 *         instruction), and a plain load of one that became a bitfield
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct bits {
	u64 wide : 40;
	u32 whole;
	u32 top;
} CORE;

struct scalars {
	u64 u8b;
	u16 u2b;
	s8 s1b;
} CORE;

SEC("raw_tp/mini_event")
int bitfield_plain(u64 *ctx)
{
	struct bits *b = (void *)ctx[0];
	struct scalars *s = (void *)ctx[1];

	USE(core_lshift(b->whole));
	USE(core_rshift(b->whole));
	USE(core_off(b->top));
	USE(core_lshift(b->top));
	USE(core_rshift(b->top));
	USE(core_lshift(s->u8b));
	USE(core_rshift(s->u8b));
	USE(core_lshift(s->u2b));
	USE(core_rshift(s->u2b));
	USE(core_rshift(s->s1b));
	return 0;
}

LICENSE("GPL");
