/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: BTF targets in modules, found without a prefix and (by newer libraries) with one
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

SEC("fentry/m1_handle")
int in_m1(u64 *ctx)
{
	return 0;
}

SEC("fexit/m2_handle")
int in_m2(u64 *ctx)
{
	return 0;
}

SEC("?fentry/m1:m1_handle")
int with_prefix(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
