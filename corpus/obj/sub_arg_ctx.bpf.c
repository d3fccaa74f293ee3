/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: global functions with arguments tagged "arg:ctx", of programs of several types; kernels that do not
 *   know the tag get a struct of the right name in its place
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

#define __arg_ctx __tag("arg:ctx")

struct xdp_md;
struct pt_regs;
struct mine {
	u32 a;
};

__noinline int any_ctx(void *ctx __arg_ctx)
{
	asm volatile("");
	return !!ctx;
}

/* the second argument is tagged, and behind qualifiers */
__noinline int second(u32 len, const void *const ctx __arg_ctx)
{
	asm volatile("");
	return ctx ? len : 0;
}

__noinline int right_already(struct xdp_md *ctx __arg_ctx)
{
	asm volatile("");
	return !!ctx;
}

__noinline int regs(struct pt_regs *ctx __arg_ctx)
{
	asm volatile("");
	return !!ctx;
}

__noinline int own_struct(struct mine *m __arg_ctx)
{
	asm volatile("");
	return !!m;
}

__noinline int numbers(u64 *ctx __arg_ctx)
{
	asm volatile("");
	return !!ctx;
}

__noinline int untagged(void *p)
{
	asm volatile("");
	return !!p;
}

SEC("xdp")
int ctx_xdp(struct xdp_md *ctx)
{
	return any_ctx(ctx) + second(4, ctx) + right_already(ctx) + untagged(0);
}

SEC("tc")
int ctx_tc(void *ctx)
{
	return any_ctx(ctx) + any_ctx(0) + second(8, ctx);
}

SEC("kprobe/do_exit")
int ctx_kprobe(struct pt_regs *ctx)
{
	return any_ctx(ctx) + regs(ctx) + own_struct(0);
}

SEC("raw_tp/sched_switch")
int ctx_raw_tp(u64 *ctx)
{
	return numbers(ctx) + any_ctx(ctx);
}

SEC("perf_event")
int ctx_perf(void *ctx)
{
	return regs(ctx) + any_ctx(ctx);
}

SEC("sk_lookup")
int ctx_sk_lookup(void *ctx)
{
	return any_ctx(ctx) ? 1 : 0;
}

SEC("cgroup_skb/egress")
int ctx_cgroup_skb(void *ctx)
{
	return any_ctx(ctx) ? 1 : 0;
}

SEC("tp/sched/sched_process_exec")
int ctx_tp(void *ctx)
{
	return any_ctx(ctx);
}

LICENSE("GPL");
