/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: static, global, weak and hidden subprograms, called from two programs in different
 *         orders
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

static __noinline int leaf(int v)
{
	asm volatile("" : "+r"(v));
	return v + 1;
}

__noinline int global_one(int v)
{
	return leaf(v) * 2;
}

__weak __noinline int weak_one(int v)
{
	return leaf(v) * 3;
}

__hidden __noinline int hidden_one(int v)
{
	return global_one(v) + weak_one(v);
}

SEC("tc")
int sub_first(void *ctx)
{
	return leaf(1) + global_one(2) + weak_one(3) + hidden_one(4);
}

SEC("xdp")
int sub_second(void *ctx)
{
	return hidden_one(4) + weak_one(3) + global_one(2) + leaf(1);
}

SEC("tc")
int sub_none(void *ctx)
{
	return 0;
}

LICENSE("GPL");
