/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: names of data maps: custom sections longer than 15 characters, characters that are
 *         replaced, a long object name, string constants
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

u32 a SEC(".data.a_very_long_section_name") = 1;
u32 b SEC(".bss.dash-and+plus");
const u32 c SEC(".rodata.str.like") = 2;
u32 d;

SEC("raw_tp/mini_event")
int names(u64 *ctx)
{
	const char *s = ctx[0] ? "mergeable one" : "mergeable two";

	USE(&a);
	USE(&b);
	USE(&c);
	d = 1;
	USE(s);
	return 0;
}

LICENSE("GPL");
