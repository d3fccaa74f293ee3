/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a strong typed variable that no BTF has
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

extern const int no_such_variable __ksym;

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&no_such_variable);
	return 0;
}

LICENSE("GPL");
