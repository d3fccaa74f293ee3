/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a chain of pointers, each hop relocated, read with bpf_probe_read_kernel
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct task_struct {
	int tgid;
	struct task_struct *real_parent;
	struct nsproxy *nsproxy;
} CORE;

struct ns_common {
	unsigned int inum;
} CORE;

struct pid_namespace {
	struct ns_common ns;
} CORE;

struct nsproxy {
	struct pid_namespace *pid_ns_for_children;
} CORE;

static __inline u64 hop(const void *src)
{
	u64 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), src);
	return v;
}

SEC("raw_tp/mini_event")
int chain(u64 *ctx)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	struct nsproxy *n;
	struct pid_namespace *p;

	t = (void *)hop(&t->real_parent);
	n = (void *)hop(&t->nsproxy);
	p = (void *)hop(&n->pid_ns_for_children);
	return hop(&p->ns.inum);
}

LICENSE("GPL");
