/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: fentry without a target
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

SEC("fentry")
int target(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
