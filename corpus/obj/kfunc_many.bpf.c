/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: kernel functions and variables of kernel and modules, kconfig, maps, data and
 *         subprograms in one object
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct m1_conn {
	u32 zone;
};

struct m2_dev {
	u64 id;
} CORE;

extern u64 mini_sum(u32 a, u64 b) __ksym;
extern struct m1_conn *m1_conn_get(u32 zone) __ksym;
extern void m1_conn_put(struct m1_conn *c) __ksym;
extern int m2_open(struct m2_dev *dev) __ksym;
extern int not_a_kfunc(void) __ksym __weak;
extern const u64 m1_counter __ksym;
extern const u32 m2_level __ksym;
extern const void some_kernel_func __ksym;
extern bool CONFIG_BEMU_BOOL __kconfig;

u64 total;

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 16);
} zones SEC(".maps");

static __noinline u64 with_conn(u32 zone)
{
	struct m1_conn *c = m1_conn_get(zone);
	u64 *v = bpf_map_lookup_elem(&zones, &zone);

	if (c)
		m1_conn_put(c);
	return v ? *v : m1_counter;
}

SEC("tc")
int many_one(void *ctx)
{
	total += with_conn(3);
	if (CONFIG_BEMU_BOOL)
		total += mini_sum(1, total);
	USE(&m2_level);
	return 0;
}

SEC("tc")
int many_two(void *ctx)
{
	struct m2_dev *d = ctx;

	USE(&some_kernel_func);
	if (not_a_kfunc)
		total += not_a_kfunc();
	return m2_open(d) + d->id + with_conn(4);
}

LICENSE("GPL");
