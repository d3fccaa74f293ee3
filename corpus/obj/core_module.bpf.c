/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a type that only a module has: offset, size, existence, type id
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct m1_conn {
	u32 zone;
	u64 timeout;
} CORE;

struct m2_dev {
	char name[16];
	struct m2_dev *next;
} CORE;

enum m1_state { M1_OLD = 0x77 };

SEC("raw_tp/mini_event")
int module(u64 *ctx)
{
	struct m1_conn *c = (void *)ctx[0];
	struct m2_dev *d = (void *)ctx[1];

	USE(c->timeout);
	USE(core_type(struct m1_conn));
	USE(core_type_size(struct m1_conn));
	USE(core_target_id(struct m1_conn));
	USE(core_enum_value(enum m1_state, M1_OLD));
	USE(d->next->name[3]);
	return 0;
}

LICENSE("GPL");
