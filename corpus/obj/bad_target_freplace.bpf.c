/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: freplace without a target program
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

SEC("freplace/main_prog")
int target(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
