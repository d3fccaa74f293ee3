/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: members of type float and double: offset, size, existence
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct scalars {
	float flt;
	double dbl;
	int (*fn)(int);
	u64 *ptr;
} CORE;

SEC("raw_tp/mini_event")
int floats(u64 *ctx)
{
	struct scalars *s = (void *)ctx[0];

	USE(core_field(s->flt));
	USE(core_off(s->dbl));
	USE(core_size(s->dbl));
	USE(&s->fn);
	USE(s->ptr);
	return 0;
}

LICENSE("GPL");
