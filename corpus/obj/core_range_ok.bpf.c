/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a displacement of 32767, the largest that fits
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct huge {
	char pad[8];
	u8 last;
} CORE;

SEC("raw_tp/mini_event")
int range_ok(u64 *ctx)
{
	struct huge *h = (void *)ctx[0];

	return h->last;
}

LICENSE("GPL");
