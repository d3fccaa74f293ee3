/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: one member in several programs and subprograms, local types of one name in two
 *         versions, a member of a nested anonymous union in an array
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct outer {
	struct inner {
		u32 x;
		u64 y;
	} many[4];
	union {
		struct {
			u64 deep;
		};
	};
} CORE;

struct outer___again {
	u32 head;
} CORE;

static __noinline u64 sub(struct outer *o)
{
	return o->deep + o->many[3].y;
}

SEC("raw_tp/mini_event")
int one(u64 *ctx)
{
	struct outer *o = (void *)ctx[0];
	struct outer___again *again = (void *)ctx[0];

	return o->deep + again->head + sub(o);
}

SEC("raw_tp/sched_process_exit")
int two(u64 *ctx)
{
	struct outer *o = (void *)ctx[0];

	return o->deep + sub(o + 1);
}

SEC("tp_btf/mini_event")
int three(u64 *ctx)
{
	return sub((void *)ctx[0]);
}

LICENSE("GPL");
