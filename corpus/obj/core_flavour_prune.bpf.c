/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: two candidates, of which an earlier relocation leaves one: later relocations of that
 *         root see only it
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct prune {
	u32 common;
	u32 only_plain;
	u32 only_alt;
} CORE;

SEC("raw_tp/mini_event")
int flavour_prune(u64 *ctx)
{
	struct prune *p = (void *)ctx[0];

	USE(core_field(p->common));
	USE(core_field(p->only_alt));
	USE(core_field(p->only_plain));
	return 0;
}

LICENSE("GPL");
