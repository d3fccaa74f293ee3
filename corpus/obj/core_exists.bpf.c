/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: field_exists: present, absent, absent type, incompatible member, nested and indexed
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct inner {
	u32 x;
	u32 never;
} CORE;

struct outer {
	struct inner one;
	struct inner many[9];
	u32 gone;
	u32 link;
} CORE;

struct no_such_type {
	int field;
} CORE;

SEC("raw_tp/mini_event")
int exists(u64 *ctx)
{
	struct outer *o = (void *)ctx[0];
	struct no_such_type *n = (void *)ctx[1];

	USE(core_field(o->one));
	USE(core_field(o->one.x));
	USE(core_field(o->one.never));
	USE(core_field(o->many[1]));
	USE(core_field(o->many[8]));
	USE(core_field(o->gone));
	USE(core_field(o->link));
	USE(core_field(n->field));
	return 0;
}

LICENSE("GPL");
