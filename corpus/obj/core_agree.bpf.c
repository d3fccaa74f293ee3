/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: two candidates in the kernel, and two in two modules, that agree
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct agree {
	u32 k;
	u32 v;
} CORE;

struct mod_same {
	u64 first;
	u32 second;
} CORE;

SEC("raw_tp/mini_event")
int agree(u64 *ctx)
{
	struct agree *a = (void *)ctx[0];
	struct mod_same *m = (void *)ctx[1];

	return a->v + m->second;
}

LICENSE("GPL");
