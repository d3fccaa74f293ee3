/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Module m1 of "mini". */
#include "kernel.h"

#define __percpu_data __attribute__((section(".data..percpu"), used))
#define __kernel_fn   __attribute__((noinline, used))
#define __kfunc	      __kernel_fn __attribute__((btf_decl_tag("bpf_kfunc")))

/* In this module alone. */
struct m1_conn {
#ifdef MINI_B
	u64 id;
#endif
	struct inner in;
	u32 zone;
	u32 mark;
	u64 timeout;
};

/* In both modules, and they do not agree about y. */
struct mod_clash {
	u32 x;
	u32 y;
};

/* In both modules with one layout. */
struct mod_same {
	u64 first;
	u32 second;
};

enum m1_state {
	M1_NEW = 1,
	M1_OLD = 2,
};

__percpu_data u64 m1_counter;
__percpu_data struct m1_conn m1_last;

__kfunc struct m1_conn *m1_conn_get(u32 zone)
{
	static struct m1_conn c;

	c.zone = zone;
	return &c;
}

__kfunc void m1_conn_put(struct m1_conn *c)
{
	(void)c;
}

#ifndef MINI_B
__kfunc int m1_mark(struct m1_conn *c, u32 mark)
{
	return c ? (int)mark : -1;
}
#endif

/* The same name in m2 has another prototype. */
__kfunc int mod_both(u32 a)
{
	return (int)a;
}

__kfunc int shadowed(int in_m1)
{
	return in_m1 + 1;
}

__kernel_fn int m1_handle(struct m1_conn *c, struct mod_clash *clash, struct mod_same *same)
{
	return c && clash && same;
}

__kernel_fn int m1_state_of(enum m1_state s)
{
	return s == M1_OLD;
}
