/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* close(2), dup(2) and friends. */
#include <string.h>

#include "sys/sys.h"

static void saw(struct bemu_told *told, struct bemu_task *task, uint32_t kind, int fd)
{
	told->task = task;
	told->told = told->answered = false;
	if (!task->watch)
		return; /* nobody reads the rest */
	memset(&told->seen, 0, sizeof(told->seen));
	memset(told->attr, 0, sizeof(told->attr));
	told->seen.kind = kind;
	told->seen.insn_idx = BEMU_SEEN_NATIVE;
	told->seen.fd = fd;
}

static int finish(struct bemu_told *told, int err, int res, long *kret)
{
	struct bemu_env *env = told->task->model->env;

	if (env->fault)
		err = env->fault;
	env->fault = 0;
	if (!err)
		err = bemu_tell_end(told, res);
	if (!err)
		*kret = res;
	return err;
}

int bemu_sys_close(struct bemu_task *task, int fd, long *kret)
{
	struct bemu_told told;
	int err;

	saw(&told, task, BEMU_SEEN_CLOSE, fd);
	err = bemu_tell_begin(&told);
	if (err)
		return err;
	return finish(&told, 0, told.answered ? (int)told.answer : bemu_fd_close(task, fd), kret);
}

int bemu_sys_dupfd(struct bemu_task *task, int fd, int min_fd, int cloexec, long *kret)
{
	struct bemu_told told;
	int res = 0, err;

	saw(&told, task, BEMU_SEEN_DUP, fd);
	told.seen.cloexec = cloexec;
	err = bemu_tell_begin(&told);
	if (err)
		return err;
	if (told.answered)
		res = (int)told.answer;
	else
		err = bemu_fd_dup(task, fd, min_fd, cloexec, &res);
	return finish(&told, err, res, kret);
}

int bemu_sys_dup(struct bemu_task *task, int fd, long *kret)
{
	return bemu_sys_dupfd(task, fd, 0, 0, kret);
}

static int dup_to(struct bemu_task *task, int fd, int newfd, bool cloexec, long *kret)
{
	struct bemu_told told;
	int res = 0, err;

	saw(&told, task, BEMU_SEEN_DUP, fd);
	told.seen.cloexec = cloexec;
	err = bemu_tell_begin(&told);
	if (err)
		return err;
	if (told.answered)
		res = (int)told.answer;
	else
		err = bemu_fd_dup_to(task, fd, newfd, cloexec, &res);
	return finish(&told, err, res, kret);
}

int bemu_sys_dup2(struct bemu_task *task, int fd, int newfd, long *kret)
{
	if (fd == newfd) {
		*kret = bemu_fd_find(task, fd) ? fd : -EBADF;
		return 0;
	}
	return dup_to(task, fd, newfd, false, kret);
}

int bemu_sys_dup3(struct bemu_task *task, int fd, int newfd, int flags, long *kret)
{
	if (flags & ~BEMU_K_O_CLOEXEC || fd == newfd) {
		*kret = -EINVAL;
		return 0;
	}
	return dup_to(task, fd, newfd, flags & BEMU_K_O_CLOEXEC, kret);
}

int bemu_sys_open_other(struct bemu_task *task, const char *what, int cloexec, long *kret)
{
	struct bemu_file *file;
	struct bemu_told told;
	int res = 0, err;

	saw(&told, task, BEMU_SEEN_OPEN, -1);
	told.seen.name = what;
	told.seen.cloexec = cloexec;
	err = bemu_tell_begin(&told);
	if (err)
		return err;
	if (told.answered)
		return finish(&told, 0, (int)told.answer, kret);
	err = bemu_fd_prepare(task, BEMU_FILE_OTHER, BEMU_ACC_RW, &file);
	if (!err) {
		memcpy(file->what, what, strnlen(what, sizeof(file->what) - 1));
		res = bemu_fd_install(task, file, cloexec);
	}
	return finish(&told, err, res, kret);
}
