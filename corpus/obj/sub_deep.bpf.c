/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a chain of seven subprograms and a diamond: appended depth first, each once
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

static __noinline int step7(int v)
{
	asm volatile("" : "+r"(v));
	return v;
}

static __noinline int step6(int v)
{
	asm volatile("" : "+r"(v));
	return step7(v);
}

static __noinline int step5(int v)
{
	asm volatile("" : "+r"(v));
	return step6(v) + step7(v + 1);
}

static __noinline int step4(int v)
{
	asm volatile("" : "+r"(v));
	return step5(v) + step6(v + 1);
}

static __noinline int step3(int v)
{
	asm volatile("" : "+r"(v));
	return step4(v) + step5(v + 1);
}

static __noinline int step2(int v)
{
	asm volatile("" : "+r"(v));
	return step3(v) + step4(v + 1);
}

static __noinline int step1(int v)
{
	asm volatile("" : "+r"(v));
	return step2(v) + step3(v + 1);
}

SEC("tc")
int deep(void *ctx)
{
	return step1(1) + step5(2);
}

LICENSE("GPL");
