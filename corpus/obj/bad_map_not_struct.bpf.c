/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a map definition that is an integer
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EINVAL
 */
#include "bemu_bpf.h"

int broken SEC(".maps") = 1;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
