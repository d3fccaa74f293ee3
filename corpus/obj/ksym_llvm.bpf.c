/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: typeless symbols that the list has under a suffix of the compiler: found since 1.5
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-ESRCH
 */
#include "bemu_bpf.h"

extern const void promoted_data __ksym;

SEC("raw_tp/mini_event")
int ksym_llvm(u64 *ctx)
{
	USE(&promoted_data);
	return 0;
}

LICENSE("GPL");
