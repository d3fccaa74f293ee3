/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Functions and variables of "mini": kfuncs, attach targets, per-CPU data. */
#include "kernel.h"

#define __percpu_data __attribute__((section(".data..percpu"), used))
#define __kernel_fn   __attribute__((noinline, used))
#define __kfunc	      __kernel_fn __attribute__((btf_decl_tag("bpf_kfunc")))

__percpu_data struct rq runqueues;
#ifndef MINI_B
__percpu_data int cpu_number = 3;
#endif
__percpu_data u64 mini_ticks[4];
__percpu_data struct outer mini_outer;

/* ---- kfuncs ---- */
__kfunc struct task_struct *mini_task_acquire(struct task_struct *task)
{
	return task;
}

__kfunc void mini_task_release(struct task_struct *task)
{
	(void)task;
}

#ifdef MINI_B
__kfunc int mini_take_ptr(struct outer *o)
{
	return !!o;
}
#else
__kfunc u64 mini_sum(u32 a, u64 b)
{
	return a + b;
}

__kfunc int mini_take_ptr(struct outer *o, int flags)
{
	return o ? flags : 0;
}
#endif

/*
 * Both modules have a function of this name, too (their parameter has another name, else it would
 * be left out of their BTF as a duplicate); this one is found first.
 */
__kfunc int shadowed(int x)
{
	return x;
}

/* ---- attach targets ---- */
__kernel_fn int some_kernel_func(struct task_struct *task, int how)
{
	return task ? how : 0;
}

__kernel_fn int mini_modify_return(int a)
{
	return a;
}

__kernel_fn int bpf_lsm_file_open(struct outer *file)
{
	return file ? 0 : -1;
}

__kernel_fn int bpf_lsm_task_alloc(struct task_struct *task, unsigned long clone_flags)
{
	return task ? (int)clone_flags : -1;
}

__kernel_fn int bpf_iter_task(struct bpf_iter_meta *meta, struct task_struct *task)
{
	return meta && task;
}

__kernel_fn int bpf_iter_mini_map(struct bpf_iter_meta *meta, void *map)
{
	return meta && map;
}
