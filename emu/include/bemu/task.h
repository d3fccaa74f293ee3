/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Tasks: the processes of an emulated world, and the calls that they make.
 *
 * Verdict and fault: what the kernel would have answered is stored in *kret; the return value only
 * says whether that could be found out (bemu/bemu.h).
 */
#ifndef BEMU_TASK_H
#define BEMU_TASK_H

#include <bemu/bemu.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bemu_task;

/** enum bemu_cap - the capabilities that bpf(2) asks for, as bits */
enum bemu_cap {
	BEMU_CAP_BPF = 1u << 0,
	BEMU_CAP_PERFMON = 1u << 1,
	BEMU_CAP_NET_ADMIN = 1u << 2,
	BEMU_CAP_SYS_ADMIN = 1u << 3,
	BEMU_CAP_ALL = 0xf,
};

/**
 * struct bemu_mem_ops - how the model reads and writes a task's memory; all or nothing
 * @read:  copies @len bytes at @uaddr to @dst; 0 or -EFAULT
 * @write: copies @len bytes from @src to @uaddr; 0 or -EFAULT
 * @ctx:   handed to both
 */
struct bemu_mem_ops {
	int (*read)(void *ctx, uint64_t uaddr, void *dst, size_t len);
	int (*write)(void *ctx, uint64_t uaddr, const void *src, size_t len);
	void *ctx;
};

/**
 * struct bemu_task_opts - options of bemu_task_new(); all-zero means defaults
 * @size:    sizeof(struct bemu_task_opts)
 * @mem:     borrowed for the life of the task; NULL is native memory: addresses are trusted pointers
 *           of the calling program, and only address 0 answers -EFAULT
 * @no_caps: enum bemu_cap bits that the task lacks
 * @nr_std:  numbers 0 .. nr_std-1 are open on something else; BEMU_TASK_STD for the usual three
 */
struct bemu_task_opts {
	size_t size;
	const struct bemu_mem_ops *mem;
	uint32_t no_caps;
	uint32_t nr_std;
};

enum { BEMU_TASK_STD = 3 };

/**
 * bemu_task_new() - a process with an FD table of its own
 * @out: owned by the world, ended by bemu_task_exit() or with it
 * Return: 0, -ENOMEM, -EDQUOT, -EINVAL for an unknown @opts->size.
 */
BEMU_API int bemu_task_new(struct bemu *em, const struct bemu_task_opts *opts,
			   struct bemu_task **out) BEMU_MUST_CHECK;

/** bemu_task_exit() - closes every FD and ends the task; NULL is allowed */
BEMU_API void bemu_task_exit(struct bemu_task *task);

/**
 * bemu_sys_bpf() - perform one emulated bpf(2) call
 * @task:  the calling process, borrowed
 * @cmd:   a BPF_* command; any value is allowed
 * @uattr: address of the attribute bytes in the task's memory; results are written back there
 * @size:  bytes at @uattr; may be shorter or longer than union bpf_attr
 * @kret:  receives the kernel's answer: >= 0, or a negative errno
 *
 * Mirrors __sys_bpf() in kernel/bpf/syscall.c, Linux v6.18.
 *
 * Return: 0 when the call was modelled, whatever the verdict in @kret; else
 *   -ENOMEM      our own allocator failed
 *   -EDQUOT      a budget in struct bemu_limits ran out
 *   -EOPNOTSUPP  a real command that we do not model; the log names it
 * @kret is written only when 0 is returned.
 */
BEMU_API int bemu_sys_bpf(struct bemu_task *task, uint32_t cmd, uint64_t uattr, uint32_t size,
			  long *kret) BEMU_MUST_CHECK;

/**
 * bemu_prog_unproven() - whether a program was accepted although the kernel may refuse it
 * @fd:       number of a program
 * @insn_idx: receives the instruction that the verifier refuses if it gets there, which only what
 *            registers hold at run time decides
 *
 * Return: 1; 0 when nothing of the kind is in doubt; -EBADF, or -EINVAL for a number of something else.
 */
BEMU_API int bemu_prog_unproven(struct bemu_task *task, int fd, uint32_t *insn_idx) BEMU_MUST_CHECK;

/** bemu_sys_close() - close(2): *kret is 0 or -EBADF. Return: 0 or -ENOMEM. */
BEMU_API int bemu_sys_close(struct bemu_task *task, int fd, long *kret) BEMU_MUST_CHECK;

/** bemu_sys_dup() - dup(2): the lowest free number, close-on-exec clear. -EBADF, -EMFILE. */
BEMU_API int bemu_sys_dup(struct bemu_task *task, int fd, long *kret) BEMU_MUST_CHECK;

/** bemu_sys_dup2() - dup2(2): @newfd == @fd gives @newfd when it is open. */
BEMU_API int bemu_sys_dup2(struct bemu_task *task, int fd, int newfd, long *kret) BEMU_MUST_CHECK;

/** bemu_sys_dup3() - dup3(2): @flags 0 or O_CLOEXEC; equal numbers are -EINVAL. */
BEMU_API int bemu_sys_dup3(struct bemu_task *task, int fd, int newfd, int flags,
			   long *kret) BEMU_MUST_CHECK;

/** bemu_sys_dupfd() - fcntl(F_DUPFD or F_DUPFD_CLOEXEC): the lowest free number >= @min_fd. */
BEMU_API int bemu_sys_dupfd(struct bemu_task *task, int fd, int min_fd, int cloexec,
			    long *kret) BEMU_MUST_CHECK;

/**
 * bemu_sys_open_other() - an FD on something that is no BPF object (memfd, file, directory)
 * @what:    short description for traces; copied, at most 63 characters
 * @cloexec: close-on-exec flag
 */
BEMU_API int bemu_sys_open_other(struct bemu_task *task, const char *what, int cloexec,
				 long *kret) BEMU_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
