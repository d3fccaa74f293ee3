/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an extern in an object compiled without -g
 * Compile: clang-14 -O2
 * Expect: mini open:-ESRCH
 */
#include "bemu_bpf.h"

extern const void elsewhere __ksym;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&elsewhere);
	return 0;
}

LICENSE("GPL");
