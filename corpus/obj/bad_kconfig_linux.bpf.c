/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a strong extern named LINUX_* that the library does not know
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

extern u32 LINUX_UNHEARD_OF __kconfig;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(LINUX_UNHEARD_OF);
	return 0;
}

LICENSE("GPL");
