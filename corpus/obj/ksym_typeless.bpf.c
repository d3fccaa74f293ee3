/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: typeless kernel symbols, strong and weak, found and missing: addresses from the symbol
 *         list
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

extern const void some_kernel_func __ksym;
extern const void bpf_prog_active __ksym;
extern const void m1_handle __ksym;
extern const void not_in_the_list __ksym __weak;

SEC("raw_tp/mini_event")
int ksym_typeless(u64 *ctx)
{
	USE(&some_kernel_func);
	USE(&bpf_prog_active);
	USE(&m1_handle);
	if (&not_in_the_list)
		USE(&not_in_the_list);
	return 0;
}

LICENSE("GPL");
