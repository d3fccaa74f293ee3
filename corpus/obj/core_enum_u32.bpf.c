/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: unsigned 32-bit enumerators of 0x80000000 and more: the library compares with the
 *         sign-extended value and refuses
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

enum mask {
	MASK_LOW = 1,
	MASK_TOP = 0x80000000U,
};

SEC("raw_tp/mini_event")
int enum_u32(u64 *ctx)
{
	USE(core_enum_value(enum mask, MASK_LOW));
	return core_enum_value(enum mask, MASK_TOP);
}

LICENSE("GPL");
