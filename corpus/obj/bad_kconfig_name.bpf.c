/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a strong extern that is neither CONFIG_ nor a known LINUX_ name
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

extern u32 BEMU_OTHER __kconfig;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(BEMU_OTHER);
	return 0;
}

LICENSE("GPL");
