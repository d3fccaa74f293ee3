/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a constant array that the compiler moved from .rodata into a section of mergeable
 *         strings: the BTF still lists a .rodata that is not there
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-ENOENT
 */
#include "bemu_bpf.h"

u32 d;

SEC("raw_tp/mini_event")
int merged(u64 *ctx)
{
	static const char fmt[] = "a string of its own";

	d = fmt[ctx[1] & 7];
	return 0;
}

LICENSE("GPL");
