/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: typed kernel variables of the kernel and of both modules, by address and through
 *         bpf_per_cpu_ptr
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct rq {
	u32 nr_running;
};

struct m1_conn {
	u32 other_size;
};

extern const struct rq runqueues __ksym;
extern const u64 mini_ticks[4] __ksym;
extern const u64 m1_counter __ksym;
extern const struct m1_conn m1_last __ksym;
extern const u32 m2_level __ksym;

SEC("raw_tp/mini_event")
int ksym_typed(u64 *ctx)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, 0);

	USE(rq);
	USE(bpf_this_cpu_ptr(&mini_ticks));
	USE(&m1_counter);
	USE(&m1_last);
	USE(&m2_level);
	return 0;
}

LICENSE("GPL");
