/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a bool whose setting is m
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

extern bool CONFIG_BEMU_TRI_M __kconfig;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(CONFIG_BEMU_TRI_M);
	return 0;
}

LICENSE("GPL");
