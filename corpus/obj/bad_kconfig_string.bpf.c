/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a string setting read into an integer
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

extern u32 CONFIG_BEMU_STRING __kconfig;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(CONFIG_BEMU_STRING);
	return 0;
}

LICENSE("GPL");
