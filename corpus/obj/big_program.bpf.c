/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a long program: 900 loads with a relocation each, for limits and timing
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct task_struct {
	int pid;
	int tgid;
	u32 flags;
} CORE;

#define ONE                  \
	USE(t->pid);         \
	USE(t->tgid);        \
	USE(t->flags);
#define TEN ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

SEC("raw_tp/mini_event")
int big(u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0];

	HUNDRED HUNDRED HUNDRED
	return 0;
}

LICENSE("GPL");
