/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a small agent as people write them: two programs, five maps, thirteen relocations.
 *         Meant for real kernels as well: a state field that was renamed in 5.14, a member that
 *         may be missing
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

#define EXEC 1
#define EXIT 2

struct ns_common {
	unsigned int inum;
} CORE;

struct pid_namespace {
	struct ns_common ns;
} CORE;

struct nsproxy {
	struct pid_namespace *pid_ns_for_children;
} CORE;

struct mm_struct {
	unsigned long total_vm;
} CORE;

struct task_struct {
	int pid;
	int tgid;
	int exit_code;
	struct task_struct *real_parent;
	u64 start_time;
	char comm[16];
	struct nsproxy *nsproxy;
	struct mm_struct *mm;
} CORE;

/* Since 5.14 the state is named __state and has another type. */
struct task_struct___new {
	unsigned int __state;
} CORE;

struct task_struct___old {
	long state;
} CORE;

struct event {
	u32 kind;
	s32 pid, ppid;
	u32 pid_ns;
	u64 when, vm_pages;
	s64 state;
	s32 exit_code;
	char comm[16];
};

struct {
	MAP_NUM(type, MAP_RINGBUF);
	MAP_NUM(max_entries, 65536);
} events SEC(".maps");

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, s32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 1024);
} started SEC(".maps");

struct {
	MAP_NUM(type, MAP_PERCPU_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 4);
} counts SEC(".maps");

const volatile s32 only_tgid;
u64 dropped;

#define READ(dst, src) bpf_probe_read_kernel(&(dst), sizeof(dst), src)

static __inline void count(u32 what)
{
	u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		++*n;
}

SEC("tp/sched/sched_process_exec")
int on_exec(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *parent = 0;
	struct nsproxy *nsproxy = 0;
	struct pid_namespace *pid_ns = 0;
	struct mm_struct *mm = 0;
	struct event *e;
	s32 tgid = 0;
	u64 now = 0;

	count(EXEC);
	READ(tgid, &task->tgid);
	if (only_tgid && only_tgid != tgid)
		return 0;
	READ(now, &task->start_time);
	bpf_map_update_elem(&started, &tgid, &now, 0);
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		dropped++;
		return 0;
	}
	e->kind = EXEC;
	e->pid = tgid;
	e->when = now;
	READ(parent, &task->real_parent);
	READ(e->ppid, &parent->pid);
	READ(nsproxy, &task->nsproxy);
	READ(pid_ns, &nsproxy->pid_ns_for_children);
	READ(e->pid_ns, &pid_ns->ns.inum);
	READ(mm, &task->mm);
	READ(e->vm_pages, &mm->total_vm);
	bpf_probe_read_kernel_str(e->comm, sizeof(e->comm), &task->comm);
	e->state = 0;
	e->exit_code = 0;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(u64 *ctx)
{
	struct task_struct___new *new = (void *)bpf_get_current_task();
	struct task_struct___old *old = (void *)new;
	s32 tgid = bpf_get_current_pid_tgid() >> 32;
	u64 state = 0;
	u32 now = 0;

	count(EXIT);
	if (core_field(new->__state)) {
		READ(now, &new->__state);
		state = now;
	} else {
		READ(state, &old->state);
	}
	bpf_map_update_elem(&started, &tgid, &state, 0);
	return 0;
}

LICENSE("GPL");
