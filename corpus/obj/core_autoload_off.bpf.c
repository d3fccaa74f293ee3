/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a relocation that would be refused (ERANGE) in a program that is not loaded by
 *         default: skipped
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct huge {
	u8 over;
} CORE;

struct task_struct {
	int pid;
} CORE;

SEC("?raw_tp/mini_event")
int not_loaded(u64 *ctx)
{
	struct huge *h = (void *)ctx[0];

	return h->over;
}

SEC("raw_tp/mini_event")
int loaded(u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0];

	return t->pid;
}

LICENSE("GPL");
