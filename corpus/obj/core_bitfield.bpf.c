/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: all six field kinds on bitfields: inside a word, across words, 40 bits wide, signed;
 *         one that is a plain field here and a bitfield there, and the reverse
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct bits {
	u32 lead : 9;
	u32 a : 3;
	s32 neg : 5;
	u32 cross : 11;
	u64 wide : 40;
	u8 tail : 6;
	u32 whole : 7;
	u32 was_bitfield : 3;
	u32 top;
} CORE;

#define BITS(field)                  \
	do {                         \
		USE(core_off(field));    \
		USE(core_size(field));   \
		USE(core_field(field));  \
		USE(core_signed(field)); \
		USE(core_lshift(field)); \
		USE(core_rshift(field)); \
	} while (0)

SEC("raw_tp/mini_event")
int bitfield(u64 *ctx)
{
	struct bits *b = (void *)ctx[0];

	BITS(b->lead);
	BITS(b->a);
	BITS(b->neg);
	BITS(b->cross);
	BITS(b->wide);
	BITS(b->tail);
	BITS(b->whole);
	BITS(b->was_bitfield);
	return 0;
}

LICENSE("GPL");
