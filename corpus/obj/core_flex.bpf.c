/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: flexible arrays: on both sides, here only, in the target only
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct inner {
	u32 x;
	u64 y;
} CORE;

struct flexible {
	u32 nr;
	struct inner items[];
} CORE;

struct flexible___fixed {
	u32 nr;
	struct inner items[3];
} CORE;

struct bounded {
	u32 nr;
	u32 items[];
} CORE;

SEC("raw_tp/mini_event")
int flex(u64 *ctx)
{
	struct flexible *f = (void *)ctx[0];
	struct flexible___fixed *g = (void *)ctx[0];
	struct bounded *b = (void *)ctx[1];

	USE(f->items[7].y);
	USE(g->items[2].x);
	USE(b->items[3]);
	USE(core_field(b->items[4]));
	return 0;
}

LICENSE("GPL");
