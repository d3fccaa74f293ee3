/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a typed variable of a struct that is only declared here: a forward declaration is no
 *         struct
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

struct rq;
extern const struct rq runqueues __ksym;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&runqueues);
	return 0;
}

LICENSE("GPL");
