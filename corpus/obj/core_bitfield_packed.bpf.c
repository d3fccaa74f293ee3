/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: bitfields that are packed in the target so that no word of their type holds them:
 *         the size doubles until one does
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct packed_bits {
	u32 a : 6;
	u32 b : 7;
	u32 c : 17;
	u32 d : 12;
	u32 e : 4;
} CORE;

#define BITS(field)              \
	do {                     \
		USE(core_off(field));    \
		USE(core_size(field));   \
		USE(core_lshift(field)); \
		USE(core_rshift(field)); \
	} while (0)

SEC("raw_tp/mini_event")
int bitfield_packed(u64 *ctx)
{
	struct packed_bits *b = (void *)ctx[0];

	BITS(b->a);
	BITS(b->b);
	BITS(b->c);
	BITS(b->d);
	BITS(b->e);
	return 0;
}

LICENSE("GPL");
