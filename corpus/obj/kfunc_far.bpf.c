/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: more than 128 KiB of data between a map and the functions of two modules: where FDs are
 *         kept among the data, their distance does not fit insn->off
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct m1_conn {
	u32 zone;
};

struct m2_dev {
	u64 id;
};

extern int m2_open(struct m2_dev *dev) __ksym;
extern struct m1_conn *m1_conn_get(u32 zone) __ksym;
extern void m1_conn_put(struct m1_conn *c) __ksym;

struct {
	MAP_NUM(type, MAP_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 1);
} first SEC(".maps");

u8 between[128 * 1024];

SEC("tc")
int kfunc_far(void *ctx)
{
	u32 zero = 0, *v = bpf_map_lookup_elem(&first, &zero);
	struct m1_conn *c = m1_conn_get(v ? *v : 0);

	if (c)
		m1_conn_put(c);
	return m2_open(ctx) + between[0];
}

LICENSE("GPL");
