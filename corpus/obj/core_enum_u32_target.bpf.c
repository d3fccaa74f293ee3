/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an enumerator that is small here and 0xffffffff in the target, where it is sign-
 *         extended
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

enum mask {
	MASK_LOW = 1,
	MASK_ALL = 3,
};

SEC("raw_tp/mini_event")
int enum_u32_target(u64 *ctx)
{
	USE(core_enum_value(enum mask, MASK_LOW));
	USE(core_enum_value(enum mask, MASK_ALL));
	return 0;
}

LICENSE("GPL");
