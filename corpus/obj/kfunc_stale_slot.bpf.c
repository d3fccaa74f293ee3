/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a program that calls a module's function, one that calls the kernel's, one that calls
 *         none: in a light skeleton the second finds the slot of the first in fd_array
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

extern int mod_both(u32 a) __ksym;
extern u64 mini_sum(u32 a, u64 b) __ksym;

SEC("tc")
int prog_a(void *ctx)
{
	return mod_both(1);
}

SEC("tc")
int prog_b(void *ctx)
{
	return (int)mini_sum(2, 3);
}

SEC("tc")
int prog_c(void *ctx)
{
	return 4;
}

LICENSE("GPL");
