/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The running kernel, asked by system calls of this process: what the model is compared with. Linux only.
 * Calls are made as they are given, but no file outside bpffs is removed; who decides which are made is
 * the caller.
 */
#ifndef BEMU_HOST_HOST_H
#define BEMU_HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each answers >= 0 or a negative errno. */
long bemu_host_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size);
long bemu_host_close(void *ctx, int fd);
/** bemu_host_dupfd() - F_DUPFD or F_DUPFD_CLOEXEC */
long bemu_host_dupfd(void *ctx, int fd, int min, bool cloexec);
/** bemu_host_dup2() - @flags -1: dup2(2), else dup3(2) */
long bemu_host_dup2(void *ctx, int fd, int newfd, int flags);
/** bemu_host_open_other() - a number for something that is no BPF object */
long bemu_host_open_other(void *ctx);
/** bemu_host_cloexec() - 0 or 1 */
long bemu_host_cloexec(void *ctx, int fd);
/** bemu_host_kind() - enum bemu_kind of what is behind a number */
uint32_t bemu_host_kind(void *ctx, int fd);
/** bemu_host_drain() - a grace period and a worker's time: there is nothing to wait for exactly */
void bemu_host_drain(void *ctx);
/** bemu_host_unlink() - -EPERM for what is not below /sys/fs/bpf/, or has ".." in it */
long bemu_host_unlink(void *ctx, const char *path);

/** bemu_host_release() - what uname(2) says of the running kernel; "" when it says nothing */
void bemu_host_release(char *buf, size_t size);
/** bemu_host_may_bpf() - may this process make bpf(2) calls? 0 or a negative errno */
int bemu_host_may_bpf(void);
/** bemu_host_close_from() - closes every number from @fd on */
void bemu_host_close_from(int fd);
/** bemu_host_unlink_all() - names of /sys/fs/bpf that begin with @prefix, a base name */
void bemu_host_unlink_all(const char *prefix);

#endif
