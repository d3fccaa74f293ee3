/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: offsets of 32768 and more in an immediate, which has room for them
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct huge {
	char pad[8];
	u8 over;
	u32 far_away;
} CORE;

SEC("raw_tp/mini_event")
int range_alu(u64 *ctx)
{
	struct huge *h = (void *)ctx[0];

	USE(core_off(h->over));
	USE(core_off(h->far_away));
	USE(&h->far_away);
	return 0;
}

LICENSE("GPL");
