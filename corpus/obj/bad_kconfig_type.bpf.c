/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a kconfig extern that is a struct
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EOPNOTSUPP
 */
#include "bemu_bpf.h"

struct pair {
	u32 a, b;
};

extern struct pair CONFIG_BEMU_PAIR __kconfig;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(CONFIG_BEMU_PAIR.a);
	return 0;
}

LICENSE("GPL");
