/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a typeless symbol that the list has at two addresses
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

extern const void seen_twice __ksym;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&seen_twice);
	return 0;
}

LICENSE("GPL");
