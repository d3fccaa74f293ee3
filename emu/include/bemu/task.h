/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Tasks: the processes of an emulated world, and the calls that they make.
 *
 * Verdict and fault: what the kernel would have answered is stored in *kret; the return value only
 * says whether that could be found out (bemu/bemu.h). Numbers mirror fs/file.c, and what ends with the
 * last number the release functions of kernel/bpf, v6.18.
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

/** enum bemu_fork_flags - what a child shares with its parent */
enum bemu_fork_flags {
	/** CLONE_FILES: one FD table for both; a close by one is a close for both */
	BEMU_FORK_FILES = 1u << 0,
};

/**
 * bemu_task_fork() - a child with the numbers, mappings, limit and capabilities of @task
 * @flags: enum bemu_fork_flags
 * @out:   as of bemu_task_new()
 *
 * The child has the memory accessor of its parent, and no watcher. Mirrors dup_fd(), fs/file.c: a
 * reserved number is free in a copied table.
 *
 * Return: 0, -ENOMEM, -EDQUOT, -EINVAL for unknown flags.
 */
BEMU_API int bemu_task_fork(struct bemu_task *task, unsigned int flags,
			    struct bemu_task **out) BEMU_MUST_CHECK;

/**
 * bemu_task_exec() - execve(2): close-on-exec numbers close and mappings end; a shared table is
 * copied first. Return: 0 or -ENOMEM, with which nothing has changed.
 */
BEMU_API int bemu_task_exec(struct bemu_task *task) BEMU_MUST_CHECK;

/** bemu_task_pid() - number of a task, from 1 in the order of birth, for printing */
BEMU_API uint32_t bemu_task_pid(const struct bemu_task *task);

/** bemu_task_set_caps() - enum bemu_cap bits that the task has from now on */
BEMU_API void bemu_task_set_caps(struct bemu_task *task, uint32_t caps);
/** bemu_task_caps() - those bits */
BEMU_API uint32_t bemu_task_caps(const struct bemu_task *task);

/** bemu_task_set_nofile() - RLIMIT_NOFILE: a new number is below @max; open ones stay */
BEMU_API void bemu_task_set_nofile(struct bemu_task *task, uint32_t max);

/**
 * bemu_task_reserve_fd() - take a number that nothing is behind, so that others must do without it
 * @fd: the number, or -1 for the lowest free one
 *
 * As get_unused_fd_flags() without fd_install(): using or closing it is -EBADF, dup2(2) onto it -EBUSY.
 *
 * Return: 0 with the number, -EBUSY when it is taken, -EMFILE at the limit in *kret; -ENOMEM.
 */
BEMU_API int bemu_task_reserve_fd(struct bemu_task *task, int fd, long *kret) BEMU_MUST_CHECK;

/** bemu_task_release_fd() - gives a reserved number back: 0, or -EBADF for one that is not reserved */
BEMU_API int bemu_task_release_fd(struct bemu_task *task, int fd);

/**
 * bemu_task_send_fd() - SCM_RIGHTS: what is behind @fd goes into the queue of @to's socket
 *
 * From then on the queue holds it, whatever becomes of the sender. Return: 0 with 0 or -EBADF in *kret;
 * -ENOMEM.
 */
BEMU_API int bemu_task_send_fd(struct bemu_task *task, int fd, struct bemu_task *to,
			       long *kret) BEMU_MUST_CHECK;

/**
 * bemu_task_recv_fd() - takes the oldest from the socket's queue: the lowest free number
 * @cloexec: MSG_CMSG_CLOEXEC
 * Return: 0 with the number, or -EAGAIN for an empty queue, -EMFILE (it is lost then) in *kret; -ENOMEM.
 */
BEMU_API int bemu_task_recv_fd(struct bemu_task *task, int cloexec, long *kret) BEMU_MUST_CHECK;

/** bemu_task_pass_fd() - both in one: number in @to; nothing else may wait in its queue (-EBUSY) */
BEMU_API int bemu_task_pass_fd(struct bemu_task *task, int fd, struct bemu_task *to, int cloexec,
			       long *kret) BEMU_MUST_CHECK;

/**
 * bemu_set_unprivileged_bpf() - sysctl kernel.unprivileged_bpf_disabled
 * @disabled: 0 lets tasks without capabilities do what the kernel lets them; 1 and 2, which is the
 *            default, nothing
 */
BEMU_API void bemu_set_unprivileged_bpf(struct bemu *em, uint32_t disabled);

/** bemu_set_max_files() - sysctl fs.file-max: more open files are -ENFILE without CAP_SYS_ADMIN */
BEMU_API void bemu_set_max_files(struct bemu *em, uint64_t max);

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

/**
 * bemu_sys_open() - open(2) of a directory of bpffs (O_DIRECTORY, O_PATH), for path_fd and TOKEN_CREATE
 * @flags: as open(2) of x86-64 numbers them
 * The other files that a backend finds can be opened too.
 */
BEMU_API int bemu_sys_open(struct bemu_task *task, const char *path, int flags,
			   long *kret) BEMU_MUST_CHECK;

/*
 * Names in bpffs, which is mounted at /sys/fs/bpf: unlink(2), mkdir(2) and so on. Mirrors kernel/bpf/inode.c,
 * v6.18, and what of fs/namei.c it is seen through. *kret is 0 or what the system call answers: -ENOENT,
 * -ENOTDIR, -EISDIR, -EEXIST, -ENOTEMPTY, -EBUSY (the root), -EPERM (a dot in a new name), -EXDEV.
 * Return: 0 or -ENOMEM.
 */
BEMU_API int bemu_sys_unlink(struct bemu_task *task, const char *path, long *kret) BEMU_MUST_CHECK;
BEMU_API int bemu_sys_mkdir(struct bemu_task *task, const char *path, long *kret) BEMU_MUST_CHECK;
BEMU_API int bemu_sys_rmdir(struct bemu_task *task, const char *path, long *kret) BEMU_MUST_CHECK;
BEMU_API int bemu_sys_rename(struct bemu_task *task, const char *from, const char *to,
			     long *kret) BEMU_MUST_CHECK;
/** bemu_sys_link() - a second name; the object goes with the last one */
BEMU_API int bemu_sys_link(struct bemu_task *task, const char *from, const char *to,
			   long *kret) BEMU_MUST_CHECK;
BEMU_API int bemu_sys_symlink(struct bemu_task *task, const char *text, const char *path,
			      long *kret) BEMU_MUST_CHECK;
/** bemu_sys_umount() - unmounts /sys/fs/bpf and mounts an empty one: every pin is given up */
BEMU_API int bemu_sys_umount(struct bemu_task *task, long *kret) BEMU_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
