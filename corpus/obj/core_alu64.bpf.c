/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: relocated immediates in 64-bit moves
 * Compile: clang-14 -O2 -g -mcpu=v2
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct scalars {
	u64 u8b;
	u32 u4b;
	u16 u2b;
	u8 u1b;
	s64 s8b;
	s32 s4b;
	s16 s2b;
	s8 s1b;
	void *ptr;
} CORE;

SEC("raw_tp/mini_event")
int alu64(u64 *ctx)
{
	struct scalars *s = (void *)ctx[0];
	u64 out = 0;

	bpf_probe_read_kernel(&out, sizeof(s->s8b), &s->s8b);
	USE(core_off(s->s8b));
	USE(core_size(s->s8b));
	return out;
}

LICENSE("GPL");
