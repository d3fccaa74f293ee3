/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Module m2 of "mini". */
#include "kernel.h"

#define __percpu_data __attribute__((section(".data..percpu"), used))
#define __kernel_fn   __attribute__((noinline, used))
#define __kfunc	      __kernel_fn __attribute__((btf_decl_tag("bpf_kfunc")))

struct m2_dev {
	u64 id;
	char name[16];
	struct m2_dev *next;
};

struct mod_clash {
	u32 x;
	u64 wider;
	u32 y;
};

struct mod_same {
	u64 first;
	u32 second;
};

/* struct_ops that only a module has. */
struct m2_ops {
	int (*start)(struct m2_dev *);
	u32 prio;
};

struct bpf_struct_ops_m2_ops {
	struct bpf_struct_ops_common_value common;
	struct m2_ops data;
};

__percpu_data u32 m2_level;

__kfunc int m2_open(struct m2_dev *dev)
{
	return dev ? 1 : 0;
}

__kfunc void m2_close(struct m2_dev *dev)
{
	(void)dev;
}

__kfunc int mod_both(struct m2_dev *dev)
{
	return dev ? 2 : 0;
}

__kfunc int shadowed(int in_m2)
{
	return in_m2 + 2;
}

__kernel_fn int m2_handle(struct m2_dev *d, struct mod_clash *clash, struct mod_same *same)
{
	return d && clash && same;
}
