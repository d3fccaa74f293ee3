/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Backend: what a loader needs of its kernel, with the kernel's own meanings.
 *
 * Every operation returns 0 and stores the kernel's verdict (>= 0 or a negative errno) in *kret, or
 * returns a fault of ours and leaves *kret alone. Pointers inside attributes are native pointers.
 * Implementations: bemu_backend_sys() over a task of the model; a recorder that wraps another one.
 */
#ifndef BEMU_BACKEND_H
#define BEMU_BACKEND_H

#include <bemu/task.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bemu_btf;

/** struct bemu_uname - the fields of uname(2) that a loader reads */
struct bemu_uname {
	char release[65];
	char version[65];
	char machine[65];
};

/**
 * struct bemu_backend_ops - one kernel
 * @bpf:         bpf(2); @attr is a native pointer to @size bytes
 * @close, @dup, @dup2, @dup3, @dupfd: as in bemu/task.h; @dupfd is fcntl F_DUPFD_CLOEXEC
 * @memfd_create: memfd_create(2)
 * @open:        open(2) of a virtual file: kernel BTF, kconfig, kallsyms, bpffs directory, an object
 * @read_file:   the whole content behind an FD from @open; *data is borrowed until that FD's file is gone
 * @access:      access(2) with F_OK
 * @mkdir:       mkdir(2)
 * @unlink:      unlink(2) of a pin
 * @statfs_type: f_type of statfs(2)
 * @mmap:        shared mapping of a map FD: *addr is borrowed until @munmap
 * @munmap:      ends it
 * @uname:       uname(2)
 * @perf_kprobe: perf_event_open(2) of a kprobe on the function @func, with close-on-exec. May be NULL: no
 *               kprobe can be made
 * @kernel_btf:  accelerator: the parsed BTF with this registry id, or NULL when the backend has none;
 *               a loader that gets NULL parses the bytes it read. May be NULL.
 */
struct bemu_backend_ops {
	size_t size;
	int (*bpf)(void *ctx, uint32_t cmd, void *attr, uint32_t size, long *kret);
	int (*close)(void *ctx, int fd, long *kret);
	int (*dup)(void *ctx, int fd, long *kret);
	int (*dup2)(void *ctx, int fd, int newfd, long *kret);
	int (*dup3)(void *ctx, int fd, int newfd, int flags, long *kret);
	int (*dupfd)(void *ctx, int fd, int min_fd, long *kret);
	int (*memfd_create)(void *ctx, const char *name, unsigned int flags, long *kret);
	int (*open)(void *ctx, const char *path, int flags, long *kret);
	int (*read_file)(void *ctx, int fd, const void **data, size_t *len, long *kret);
	int (*access)(void *ctx, const char *path, long *kret);
	int (*mkdir)(void *ctx, const char *path, unsigned int mode, long *kret);
	int (*unlink)(void *ctx, const char *path, long *kret);
	int (*statfs_type)(void *ctx, const char *path, long *f_type, long *kret);
	int (*mmap)(void *ctx, int fd, size_t len, int prot, void **addr, long *kret);
	int (*munmap)(void *ctx, void *addr, size_t len, long *kret);
	int (*uname)(void *ctx, struct bemu_uname *out, long *kret);
	int (*perf_kprobe)(void *ctx, const char *func, long *kret);
	const struct bemu_btf *(*kernel_btf)(void *ctx, uint32_t btf_id);
};

/** struct bemu_backend - operations and what they work on; copied freely, borrowed by loaders */
struct bemu_backend {
	const struct bemu_backend_ops *ops;
	void *ctx;
};

/** bemu_backend_sys() - backend over a task of the model with native memory. */
BEMU_API void bemu_backend_sys(struct bemu_task *task, struct bemu_backend *out);

#ifdef __cplusplus
}
#endif

#endif
