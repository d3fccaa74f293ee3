/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an index within the bounds here and outside them in the target: no match, poisoned
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

struct bounded {
	u32 nr;
	u32 items[8];
} CORE;

SEC("raw_tp/mini_event")
int array_bound(u64 *ctx)
{
	struct bounded *b = (void *)ctx[0];

	USE(b->items[3]);
	USE(core_field(b->items[4]));
	USE(b->items[7]);
	return 0;
}

LICENSE("GPL");
