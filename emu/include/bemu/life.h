/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * When objects end, and what there is to see of them.
 *
 * The kernel frees much of an object a little after its last reference went: after a grace period, in
 * a worker, or both. Here that is a queue. By default it is emptied as soon as something comes into it;
 * whoever wants to see both orders lets it wait and runs it early or late.
 */
#ifndef BEMU_LIFE_H
#define BEMU_LIFE_H

#include <bemu/task.h>

#ifdef __cplusplus
extern "C" {
#endif

/** bemu_deferred_wait() - @wait: what is to be freed waits for bemu_deferred_run(); 0 runs all of it */
BEMU_API void bemu_deferred_wait(struct bemu *em, int wait);
/** bemu_deferred_nr() - how many steps of freeing wait */
BEMU_API size_t bemu_deferred_nr(const struct bemu *em);
/**
 * bemu_deferred_run() - do at most @max steps, oldest first; SIZE_MAX: all, and what they bring
 *
 * A program has two steps, after the grace period and in the worker; a map, a BTF and a link have one.
 * A step that waits for a program that runs (bemu_prog_enter()) is passed over.
 * Return: how many were done.
 */
BEMU_API size_t bemu_deferred_run(struct bemu *em, size_t max);

/** bemu_deferred_run_kind() - the same of one kind of objects (enum bemu_kind), before what came earlier */
BEMU_API size_t bemu_deferred_run_kind(struct bemu *em, uint32_t kind, size_t max);

struct bemu_running;

/**
 * bemu_prog_enter() - a program begins to run, on some CPU, and stays there
 * @fd:  a number of @task; it may be closed while the program runs
 * @out: given until bemu_prog_leave()
 *
 * It has no reference; no grace period ends before it leaves, so that what was let go meanwhile waits:
 * sleepable programs hold up what only they could reach, others everything.
 *
 * Return: 0 with 0, -EBADF or -EINVAL (not a program) in *kret; -ENOMEM. @out is written with *kret 0.
 */
BEMU_API int bemu_prog_enter(struct bemu_task *task, int fd, struct bemu_running **out,
			     long *kret) BEMU_MUST_CHECK;
/**
 * bemu_prog_hold() - a program that runs has found the object of @fd, a map in a map of maps for example
 *
 * A pointer, no reference: what lets the object live on is that no grace period ends.
 * Return: 0; -EBADF, or -E2BIG after 8 of them.
 */
BEMU_API int bemu_prog_hold(struct bemu_running *run, const struct bemu_task *task,
			    int fd) BEMU_MUST_CHECK;
/**
 * bemu_prog_timer() - a program that runs calls bpf_timer_init() for the first value of a map that it uses
 * @kret: 0; -EBUSY: there is one; -EPERM: no process has the map open any more; -EINVAL: it has no place for one
 *
 * Return: 0, or -EBADF for what is not the FD of a map that the program uses.
 */
BEMU_API int bemu_prog_timer(const struct bemu_running *run, const struct bemu_task *task, int fd,
			     long *kret) BEMU_MUST_CHECK;
/** bemu_prog_leave() - it has ended; NULL is allowed */
BEMU_API void bemu_prog_leave(struct bemu_running *run);

/** enum bemu_kind - what an FD is on, what a reference is to */
enum bemu_kind {
	BEMU_KIND_MAP,
	BEMU_KIND_PROG,
	BEMU_KIND_BTF,
	BEMU_KIND_LINK,
	BEMU_KIND_OTHER, /* no BPF object: "memfd:x" */
	BEMU_KIND_DATA, /* a file with content */
	BEMU_KIND_BPFFS, /* a directory of bpffs */
};

/** bemu_kind_name() - "map", "prog", "btf", "link", "file", "file", "bpffs"; NULL when unknown */
BEMU_API const char *bemu_kind_name(uint32_t kind);

/**
 * struct bemu_fd_info - one number
 * @fd:       the number
 * @kind:     enum bemu_kind
 * @id:       of the object; 0: none, or taken back
 * @gen:      how often the number was installed in this table
 * @cloexec:  close-on-exec flag
 * @reserved: nothing is behind it (bemu_task_reserve_fd()), and the fields above but @fd say nothing
 * @file:     the open file description: equal numbers are the same one, whatever the task
 * @name:     of the object or file, "" without one; borrowed until the next call of any task
 */
struct bemu_fd_info {
	int32_t fd;
	uint32_t kind;
	uint32_t id;
	uint32_t gen;
	uint8_t cloexec;
	uint8_t reserved;
	uint8_t pad[6];
	uint64_t file;
	const char *name;
};

/** bemu_task_fd() - what is behind @fd: 0 or -EBADF */
BEMU_API int bemu_task_fd(const struct bemu_task *task, int fd, struct bemu_fd_info *out);
/** bemu_task_next_fd() - the next number above @after, -1 to begin with: 0, or -ENOENT at the end */
BEMU_API int bemu_task_next_fd(const struct bemu_task *task, int after, struct bemu_fd_info *out);
/** bemu_next_task() - tasks that live, oldest first; @task NULL to begin with; NULL at the end */
BEMU_API struct bemu_task *bemu_next_task(struct bemu *em, const struct bemu_task *task);

/**
 * struct bemu_object_info - a map, program, BTF or link
 * @serial: number that no other object has, in the order of birth; ids of orphans are 0
 * @refs:   its counter
 * @type:   of a map, program or link; 1 for the BTF of vmlinux or a module, 2 when that is an orphan
 * @dying:  its counter was 0, and it waits to be freed
 */
struct bemu_object_info {
	uint64_t serial;
	uint32_t kind;
	uint32_t id;
	uint32_t refs;
	uint32_t type;
	uint32_t dying;
	uint32_t reserved;
	const char *name;
};

/** bemu_next_object() - objects, orphans and dying ones too, oldest first: 0, or -ENOENT at the end */
BEMU_API int bemu_next_object(const struct bemu *em, uint32_t kind, uint64_t after_serial,
			      struct bemu_object_info *out);

#ifdef __cplusplus
}
#endif

#endif
