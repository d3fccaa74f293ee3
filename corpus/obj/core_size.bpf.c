/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: field_byte_size of scalars, arrays, nested structs and array elements
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct inner {
	u32 pad;
	u32 x;
	u64 y;
} CORE;

struct outer {
	struct inner one;
	struct inner many[4];
	u8 grid[15];
	struct inner *link;
} CORE;

struct task_struct {
	char comm[16];
	int pid;
} CORE;

SEC("raw_tp/mini_event")
int size(u64 *ctx)
{
	struct outer *o = (void *)ctx[0];
	struct task_struct *t = (void *)ctx[1];

	USE(core_size(o->one));
	USE(core_size(o->one.y));
	USE(core_size(o->many));
	USE(core_size(o->many[2]));
	USE(core_size(o->many[1].x));
	USE(core_size(o->grid));
	USE(core_size(o->grid[1]));
	USE(core_size(o->link));
	USE(core_size(t->comm));
	USE(core_size(t->pid));
	return 0;
}

LICENSE("GPL");
