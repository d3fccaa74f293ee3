/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: field_signed of signed and unsigned integers, bool, char, enums
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

enum colour { COLOUR_RED = 10 };
enum mood { MOOD_BAD = -7 };

struct scalars {
	u32 u4b;
	bool flag;
	s32 s4b;
	s8 s1b;
	char chr;
} CORE;

struct matched {
	enum colour c;
} CORE;

SEC("raw_tp/mini_event")
int is_signed(u64 *ctx)
{
	struct scalars *s = (void *)ctx[0];
	struct matched *m = (void *)ctx[1];

	USE(core_signed(s->u4b));
	USE(core_signed(s->flag));
	USE(core_signed(s->s4b));
	USE(core_signed(s->s1b));
	USE(core_signed(s->chr));
	USE(core_signed(m->c));
	return 0;
}

LICENSE("GPL");
