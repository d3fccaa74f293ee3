/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: sections that are none of ours: skipped
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

u32 note SEC(".note.bemu") = 1;
u32 other SEC("other_data") = 2;

SEC("socket")
int unrelated(void *ctx)
{
	return 0;
}

LICENSE("GPL");
