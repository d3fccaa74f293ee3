/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a displacement of 32768, the smallest that does not fit an instruction
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-ERANGE
 */
#include "bemu_bpf.h"

struct huge {
	char pad[8];
	u8 over;
} CORE;

SEC("raw_tp/mini_event")
int range_bad(u64 *ctx)
{
	struct huge *h = (void *)ctx[0];

	return h->over;
}

LICENSE("GPL");
