/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a member of 16 bytes: offset and size are fine, shifts are not what a register could
 *         hold
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct scalars {
	__int128 oct;
	u64 u8b;
} CORE;

SEC("raw_tp/mini_event")
int wide(u64 *ctx)
{
	struct scalars *s = (void *)ctx[0];

	USE(core_off(s->oct));
	USE(core_size(s->oct));
	USE(s->u8b);
	return 0;
}

LICENSE("GPL");
