/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a program that calls a module's function, one that may call a weak one that is nowhere, one that calls
 *         none: in a light skeleton the second leaves the number of the first in its slot of fd_array
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

extern int mod_both(u32 a) __ksym;
extern int no_such_func(u32 a) __ksym __weak;

SEC("tc")
int prog_a(void *ctx)
{
	return mod_both(1);
}

SEC("tc")
int prog_b(void *ctx)
{
	return no_such_func ? no_such_func(2) : 3;
}

SEC("tc")
int prog_c(void *ctx)
{
	return 4;
}

LICENSE("GPL");
