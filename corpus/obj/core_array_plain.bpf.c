/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: array indices in the middle of an access, strides that follow the target, index of
 *         the root
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct inner {
	u32 x;
	u64 y;
} CORE;

struct outer {
	struct inner many[2];
	u8 grid[15];
	struct inner *link;
} CORE;

SEC("raw_tp/mini_event")
int array_plain(u64 *ctx)
{
	struct outer *o = (void *)ctx[0];

	USE(o->many[1].y);
	USE(o->grid[14]);
	USE(o[1].many[0].x);
	USE(o->link[2].y);
	USE(core_off(o->many[1]));
	return 0;
}

LICENSE("GPL");
