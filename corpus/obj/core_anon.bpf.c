/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: anonymous structs and unions on one side, the other, or both; a union member
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct outer {
	union {
		struct {
			u64 deep;
		};
		u32 as_u32;
	};
	union {
		u16 half[2];
		u32 full;
	} parts;
} CORE;

struct outer___flat {
	u64 deep;
} CORE;

struct mm_struct {
	unsigned long arg_start;
	struct {
		unsigned long total_vm;
	};
} CORE;

union overlay {
	u8 byte[4];
	u32 word;
} CORE;

SEC("raw_tp/mini_event")
int anon(u64 *ctx)
{
	struct outer *o = (void *)ctx[0];
	struct outer___flat *f = (void *)ctx[0];
	struct mm_struct *m = (void *)ctx[1];
	union overlay *u = (void *)ctx[1];

	USE(o->deep);
	USE(o->as_u32);
	USE(o->parts.half[1]);
	USE(f->deep);
	USE(m->arg_start);
	USE(m->total_vm);
	USE(u->byte[2]);
	return 0;
}

LICENSE("GPL");
