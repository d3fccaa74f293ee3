/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a kconfig extern of an enum that is not libbpf_tristate
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EOPNOTSUPP
 */
#include "bemu_bpf.h"

enum other { OTHER };

extern enum other CONFIG_BEMU_TRI_Y __kconfig;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(CONFIG_BEMU_TRI_Y);
	return 0;
}

LICENSE("GPL");
