/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: two candidates of the kernel at which the member lies at different offsets
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

struct flav {
	u32 a;
	u32 b;
} CORE;

SEC("raw_tp/mini_event")
int ambiguous(u64 *ctx)
{
	struct flav *f = (void *)ctx[0];

	return f->b;
}

LICENSE("GPL");
