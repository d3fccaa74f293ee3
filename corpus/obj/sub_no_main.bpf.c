/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: subprograms only, two of them: nothing to load
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

__noinline int text_one(int v)
{
	return v + 1;
}

__noinline int text_two(int v)
{
	return text_one(v) + 2;
}

LICENSE("GPL");
