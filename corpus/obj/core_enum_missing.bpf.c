/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: the value of a missing enumerator: both halves of the ldimm64 are poisoned
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

enum colour { COLOUR_RED, COLOUR_NONE = 5 };

SEC("raw_tp/mini_event")
int enum_missing(u64 *ctx)
{
	USE(core_enum_value(enum colour, COLOUR_RED));
	return core_enum_value(enum colour, COLOUR_NONE);
}

LICENSE("GPL");
