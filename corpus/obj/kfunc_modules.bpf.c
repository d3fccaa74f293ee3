/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: functions of two modules and of the kernel: fd_array indices by first use in name
 *         order
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct task_struct {
	int pid;
};

struct outer {
	u32 head;
};

struct m1_conn {
	u32 zone;
};

struct m2_dev {
	u64 id;
};

extern int m2_open(struct m2_dev *dev) __ksym;
extern void m2_close(struct m2_dev *dev) __ksym;
extern struct m1_conn *m1_conn_get(u32 zone) __ksym;
extern void m1_conn_put(struct m1_conn *c) __ksym;
extern int shadowed(int x) __ksym;
extern int mod_both(u32 a) __ksym;

SEC("tc")
int kfunc_modules(void *ctx)
{
	struct m1_conn *c = m1_conn_get(4);

	if (c)
		m1_conn_put(c);
	if (m2_open(ctx))
		m2_close(ctx);
	return shadowed(1) + mod_both(2);
}

LICENSE("GPL");
