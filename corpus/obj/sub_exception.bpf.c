/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an exception callback by declaration tag: read since 1.3, ignored before; kernels
 *         since 6.7 read it too
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

__noinline int on_exception(u64 cookie)
{
	return cookie + 1;
}

SEC("tc")
__tag("exception_callback:on_exception")
int exception(void *ctx)
{
	return 0;
}

LICENSE("GPL");
