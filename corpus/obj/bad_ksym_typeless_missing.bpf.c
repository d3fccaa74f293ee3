/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a strong typeless symbol that is not in the symbol list
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-ESRCH
 */
#include "bemu_bpf.h"

extern const void not_in_the_list __ksym;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&not_in_the_list);
	return 0;
}

LICENSE("GPL");
