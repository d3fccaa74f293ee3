/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a version section that is not four bytes
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-LIBBPF_ERRNO__FORMAT
 */
#include "bemu_bpf.h"

u64 kernel_version SEC("version") = 0x060180;

SEC("socket")
int versioned(void *ctx)
{
	return 0;
}

LICENSE("GPL");
