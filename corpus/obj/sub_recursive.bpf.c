/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a subprogram that calls itself, and two that call each other: relocated; a kernel
 *         refuses the recursion
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

static __noinline int itself(int v)
{
	asm volatile("" : "+r"(v));
	return v ? itself(v - 1) + 1 : 0;
}

int pong(int v);

__noinline int ping(int v)
{
	return v ? pong(v - 1) + 1 : 0;
}

__noinline int pong(int v)
{
	return v ? ping(v - 1) + 2 : 0;
}

SEC("tc")
int recursive(void *ctx)
{
	return itself(3) + ping(2);
}

LICENSE("GPL");
