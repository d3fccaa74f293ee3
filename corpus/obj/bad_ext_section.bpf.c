/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an extern variable in no section: it is in no DATASEC
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-ENOENT
 */
#include "bemu_bpf.h"

extern u32 nowhere;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&nowhere);
	return 0;
}

LICENSE("GPL");
