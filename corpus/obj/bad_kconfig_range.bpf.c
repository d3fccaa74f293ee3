/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a setting that does not fit the variable
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

extern u8 CONFIG_BEMU_HEX __kconfig;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(CONFIG_BEMU_HEX);
	return 0;
}

LICENSE("GPL");
