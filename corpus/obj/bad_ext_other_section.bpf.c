/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an extern variable in a section that is neither .kconfig nor .ksyms
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EOPNOTSUPP
 */
#include "bemu_bpf.h"

extern u32 elsewhere __attribute__((section(".other")));

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&elsewhere);
	return 0;
}

LICENSE("GPL");
