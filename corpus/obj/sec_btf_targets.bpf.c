/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: sections with a BTF target in the kernel: tp_btf, fentry, fexit, fmod_ret, lsm, iter,
 *         sleepable forms
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

SEC("tp_btf/mini_event")
int t_tp_btf(u64 *ctx)
{
	return 0;
}

SEC("fentry/some_kernel_func")
int t_fentry(u64 *ctx)
{
	return 0;
}

SEC("fentry.s/some_kernel_func")
int t_fentry_s(u64 *ctx)
{
	return 0;
}

SEC("fexit/some_kernel_func")
int t_fexit(u64 *ctx)
{
	return 0;
}

SEC("fmod_ret/mini_modify_return")
int t_fmod_ret(u64 *ctx)
{
	return 0;
}

SEC("lsm/file_open")
int t_lsm(u64 *ctx)
{
	return 0;
}

SEC("lsm.s/task_alloc")
int t_lsm_s(u64 *ctx)
{
	return 0;
}

SEC("lsm_cgroup/file_open")
int t_lsm_cgroup(u64 *ctx)
{
	return 1;
}

SEC("iter/task")
int t_iter(u64 *ctx)
{
	return 0;
}

SEC("iter.s/mini_map")
int t_iter_s(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
