/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a type that two modules have with different layouts
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

struct mod_clash {
	u32 x;
	u32 y;
} CORE;

SEC("raw_tp/mini_event")
int module_clash(u64 *ctx)
{
	struct mod_clash *c = (void *)ctx[0];

	return c->y;
}

LICENSE("GPL");
