/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a tp_btf target that is a function but no tracepoint
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-ESRCH
 */
#include "bemu_bpf.h"

SEC("tp_btf/some_kernel_func")
int target(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
