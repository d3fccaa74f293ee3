/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: array indices in the middle of an access, an index of the root, and an array of two
 *         dimensions: pahole's BTF of a kernel has one of them, so that nothing fits
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

struct inner {
	u32 x;
	u64 y;
} CORE;

struct outer {
	struct inner many[2];
	u8 grid[3][5];
	struct inner *link;
} CORE;

SEC("raw_tp/mini_event")
int array(u64 *ctx)
{
	struct outer *o = (void *)ctx[0];

	USE(o->many[1].y);
	USE(o->grid[2][4]);
	USE(o[1].many[0].x);
	USE(o->link[2].y);
	USE(core_off(o->many[1]));
	return 0;
}

LICENSE("GPL");
