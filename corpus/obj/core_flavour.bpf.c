/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: local flavours (___x): of the root, of a nested type, a name with two separators, one
 *         with none that counts
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct task_struct___new {
	unsigned int __state;
} CORE;

struct task_struct___v514 {
	long state;
} CORE;

struct inner___local {
	u32 x;
} CORE;

struct outer___a {
	struct inner___local one;
} CORE;

struct rq____four {
	u32 nr_running;
} CORE;

SEC("raw_tp/mini_event")
int flavour(u64 *ctx)
{
	struct task_struct___new *n = (void *)ctx[0];
	struct task_struct___v514 *o = (void *)ctx[0];
	struct outer___a *a = (void *)ctx[1];
	struct rq____four *r = (void *)ctx[1];

	if (core_field(n->__state))
		USE(n->__state);
	if (core_field(o->state))
		USE(o->state);
	USE(a->one.x);
	USE(core_field(r->nr_running));
	return 0;
}

LICENSE("GPL");
