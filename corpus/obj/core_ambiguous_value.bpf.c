/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: two candidates with one offset for the member, whose type sizes differ: the values
 *         disagree
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

struct flav {
	u32 a;
	u32 b;
} CORE;

SEC("raw_tp/mini_event")
int ambiguous_value(u64 *ctx)
{
	struct flav *f = (void *)ctx[0];

	USE(f->a);
	return core_type_size(struct flav);
}

LICENSE("GPL");
