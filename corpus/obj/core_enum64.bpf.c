/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: 64-bit enums (ENUM64), signed and unsigned, against 64-bit ones and against each
 *         other's 32-bit kin
 * Compile: clang-19 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

enum big {
	BIG_ONE = 1,
	BIG_TWO = 0x100000000ULL,
	BIG_TOP = 0xf000000000000000ULL,
};

enum big_signed {
	BIGS_MIN = -0x100000000LL,
	BIGS_ONE = 1,
};

enum colour {
	COLOUR_RED = 0x100000001ULL,
};

enum mood {
	MOOD_BAD = -1,
};

SEC("raw_tp/mini_event")
int enum64(u64 *ctx)
{
	USE(core_enum_value(enum big, BIG_ONE));
	USE(core_enum_value(enum big, BIG_TWO));
	USE(core_enum_value(enum big, BIG_TOP));
	USE(core_enum_value(enum big_signed, BIGS_MIN));
	USE(core_enum_value(enum big_signed, BIGS_ONE));
	USE(core_enum_value(enum colour, COLOUR_RED));
	USE(core_enum_value(enum mood, MOOD_BAD));
	USE(core_enum(enum big, BIG_TOP));
	return 0;
}

LICENSE("GPL");
