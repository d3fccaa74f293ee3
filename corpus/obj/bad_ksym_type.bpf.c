/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a typed variable whose kind of type differs: refused even though it is weak
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

extern const int runqueues __ksym __weak;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&runqueues);
	return 0;
}

LICENSE("GPL");
