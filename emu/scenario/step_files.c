// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Names in bpffs but for pins, and numbers that are reserved or on their way to another task. */
#include <errno.h>
#include <string.h>

#include "scenario/private.h"

enum { MAX_PATH_LEN = 256 };

static int need_path(struct bemu_scn_run *run, uint32_t n, char path[MAX_PATH_LEN])
{
	const struct bemu_scn_arg *arg;
	int err = bemu_scn_need(run, n, "a path", &arg);

	if (!err)
		bemu_scn_copy(run, arg, path, MAX_PATH_LEN);
	return err;
}

int bemu_scn_do_mkdir(struct bemu_scn_run *run)
{
	char path[MAX_PATH_LEN];
	int err = need_path(run, 1, path);

	return err ? err : bemu_sys_mkdir(run->task->task, path, &run->answer.ret);
}

int bemu_scn_do_rmdir(struct bemu_scn_run *run)
{
	char path[MAX_PATH_LEN];
	int err = need_path(run, 1, path);

	return err ? err : bemu_sys_rmdir(run->task->task, path, &run->answer.ret);
}

int bemu_scn_do_rename(struct bemu_scn_run *run)
{
	char from[MAX_PATH_LEN], to[MAX_PATH_LEN];
	int err = need_path(run, 1, from);

	if (!err)
		err = need_path(run, 2, to);
	return err ? err : bemu_sys_rename(run->task->task, from, to, &run->answer.ret);
}

int bemu_scn_do_ln(struct bemu_scn_run *run)
{
	char from[MAX_PATH_LEN], to[MAX_PATH_LEN];
	int err = need_path(run, 1, from);

	if (!err)
		err = need_path(run, 2, to);
	return err ? err : bemu_sys_link(run->task->task, from, to, &run->answer.ret);
}

int bemu_scn_do_umount(struct bemu_scn_run *run)
{
	return bemu_sys_umount(run->task->task, &run->answer.ret);
}

/* A directory of bpffs, or another file that the model has. */
int bemu_scn_do_open_file(struct bemu_scn_run *run)
{
	char path[MAX_PATH_LEN];
	int err = need_path(run, 2, path);

	if (!err)
		err = bemu_sys_open(run->task->task, path, 0, &run->answer.ret);
	return err ? err : bemu_scn_opened(run, run->task, "%.40s", path);
}

int bemu_scn_do_release(struct bemu_scn_run *run)
{
	int64_t fd = -1;
	int err = bemu_scn_need_value(run, 1, "a number", &fd);

	if (!err)
		run->answer.ret =
			bemu_task_release_fd(run->task->task, bemu_wrap_s32((uint64_t)fd));
	return err;
}

/* "post FD TASK": into the queue of its socket */
int bemu_scn_do_post(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg, *name;
	struct bemu_scn_task *to;
	int64_t fd = -1;
	int err = bemu_scn_need(run, 1, "an FD", &arg);

	if (!err)
		err = bemu_scn_value(run, &arg->val, &fd);
	if (!err)
		err = bemu_scn_need(run, 2, "a task", &name);
	if (err)
		return err;
	to = bemu_scn_find_task(run, &name->val);
	if (!to || !to->task)
		return bemu_scn_mistake(run, &name->val, "no task has that name");
	err = bemu_scn_use_fd(run, &arg->val, "sendmsg");
	return err ? err
		   : bemu_task_send_fd(run->task->task, bemu_wrap_s32((uint64_t)fd), to->task,
				       &run->answer.ret);
}

int bemu_scn_do_receive(struct bemu_scn_run *run)
{
	uint32_t cloexec;
	int err = bemu_scn_setting_u32(run, "cloexec", 0, &cloexec);

	if (!err)
		err = bemu_task_recv_fd(run->task->task, cloexec != 0, &run->answer.ret);
	return err ? err : bemu_scn_opened(run, run->task, "received");
}
