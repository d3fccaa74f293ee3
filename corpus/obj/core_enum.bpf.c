/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: enumval_value and enumval_exists of 32-bit enums: positive, negative, flavoured; a
 *         missing one only tested
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

enum colour { COLOUR_RED, COLOUR_GREEN, COLOUR_BLUE, COLOUR_NONE };
enum mood { MOOD_BAD = -1, MOOD_GOOD = 1 };
enum colour___old { COLOUR_GREEN___old = 2 };

SEC("raw_tp/mini_event")
int enums(u64 *ctx)
{
	USE(core_enum_value(enum colour, COLOUR_RED));
	USE(core_enum_value(enum colour, COLOUR_BLUE));
	USE(core_enum_value(enum colour___old, COLOUR_GREEN___old));
	USE(core_enum_value(enum mood, MOOD_BAD));
	USE(core_enum_value(enum mood, MOOD_GOOD));
	USE(core_enum(enum colour, COLOUR_GREEN));
	USE(core_enum(enum colour, COLOUR_NONE));
	return 0;
}

LICENSE("GPL");
