/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an exception callback that does not exist: refused since 1.3
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

SEC("tc")
__tag("exception_callback:nowhere")
int thrower(void *ctx)
{
	return 0;
}

LICENSE("GPL");
