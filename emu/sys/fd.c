/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* close(2), dup(2) and friends. */
#include <string.h>

#include "sys/sys.h"

static int finish(struct bemu_task *task, int err, int res, long *kret)
{
	struct bemu_env *env = task->model->env;

	if (env->fault)
		err = env->fault;
	env->fault = 0;
	if (!err)
		*kret = res;
	return err;
}

int bemu_sys_close(struct bemu_task *task, int fd, long *kret)
{
	*kret = bemu_fd_close(task, fd);
	return 0;
}

int bemu_sys_dupfd(struct bemu_task *task, int fd, int min_fd, int cloexec, long *kret)
{
	int res = 0, err = bemu_fd_dup(task, fd, min_fd, cloexec, &res);

	return finish(task, err, res, kret);
}

int bemu_sys_dup(struct bemu_task *task, int fd, long *kret)
{
	return bemu_sys_dupfd(task, fd, 0, 0, kret);
}

int bemu_sys_dup2(struct bemu_task *task, int fd, int newfd, long *kret)
{
	int res = 0, err;

	if (fd == newfd) {
		*kret = bemu_fd_find(task, fd) ? fd : -EBADF;
		return 0;
	}
	err = bemu_fd_dup_to(task, fd, newfd, false, &res);
	return finish(task, err, res, kret);
}

int bemu_sys_dup3(struct bemu_task *task, int fd, int newfd, int flags, long *kret)
{
	int res = 0, err;

	if (flags & ~BEMU_K_O_CLOEXEC || fd == newfd) {
		*kret = -EINVAL;
		return 0;
	}
	err = bemu_fd_dup_to(task, fd, newfd, flags & BEMU_K_O_CLOEXEC, &res);
	return finish(task, err, res, kret);
}

int bemu_sys_open_other(struct bemu_task *task, const char *what, int cloexec, long *kret)
{
	struct bemu_file *file;
	int res = 0, err = bemu_fd_prepare(task, BEMU_FILE_OTHER, BEMU_ACC_RW, &file);

	if (!err) {
		memcpy(file->what, what, strnlen(what, sizeof(file->what) - 1));
		res = bemu_fd_install(task, file, 0, cloexec);
	}
	return finish(task, err, res, kret);
}
