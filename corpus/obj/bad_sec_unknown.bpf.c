/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a program section of an unknown name: opened, and refused as a program of no type
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

SEC("no_such_section/x")
int target(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
