/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an exception callback that is static: refused since 1.3
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

static __noinline int on_exception(u64 cookie)
{
	asm volatile("" : "+r"(cookie));
	return cookie;
}

__noinline int keeps_it(u64 v)
{
	return on_exception(v);
}

SEC("tc")
__tag("exception_callback:on_exception")
int thrower(void *ctx)
{
	return 0;
}

LICENSE("GPL");
