/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a BTF target that neither kernel nor modules have
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-ESRCH
 */
#include "bemu_bpf.h"

SEC("fentry/no_such_function")
int target(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
