/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a strong kconfig extern that is not set
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-ESRCH
 */
#include "bemu_bpf.h"

extern u32 CONFIG_BEMU_NOT_SET __kconfig;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(CONFIG_BEMU_NOT_SET);
	return 0;
}

LICENSE("GPL");
