/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: loads that cannot follow the target's width (signed members): poisoned, as is a member
 *         whose kind differs
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

struct widths {
	s32 was_s32;
	u64 was_u32_signed;
	u32 was_int;
	u64 was_u64_ptr;
	u32 same;
} CORE;

SEC("raw_tp/mini_event")
int width_bad(u64 *ctx)
{
	struct widths *w = (void *)ctx[0];

	if (!ctx[1])
		return w->same;
	USE(w->was_s32);
	USE(w->was_u32_signed);
	USE(w->was_int);
	USE(w->was_u64_ptr);
	return 0;
}

LICENSE("GPL");
