/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: two exception callbacks of one program: they cancel each other
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

__noinline int on_one(u64 cookie)
{
	return cookie + 1;
}

__noinline int on_two(u64 cookie)
{
	return cookie + 2;
}

SEC("tc")
__tag("exception_callback:on_one") __tag("exception_callback:on_two")
int thrower(void *ctx)
{
	return 0;
}

LICENSE("GPL");
