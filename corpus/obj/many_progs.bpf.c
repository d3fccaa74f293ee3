/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: thirty-three programs with a shared subprogram: one more than a light skeleton has
 *         room for
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

static __noinline int shared(int v)
{
	asm volatile("" : "+r"(v));
	return v;
}

#define PROG(n)             \
	SEC("socket")       \
	int p##n(void *ctx) \
	{                   \
		return shared(n); \
	}
#define EIGHT(n) PROG(1##n) PROG(2##n) PROG(3##n) PROG(4##n) \
	PROG(5##n) PROG(6##n) PROG(7##n) PROG(8##n)

EIGHT(1)
EIGHT(2)
EIGHT(3)
EIGHT(4)
PROG(99)

LICENSE("GPL");
