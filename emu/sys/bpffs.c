/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* System calls on names in bpffs. */
#include "sys/sys.h"

static int finish(struct bemu_task *task, int err, long *kret)
{
	struct bemu_env *env = task->model->env;
	int fault = env->fault;

	env->fault = 0;
	if (!fault)
		*kret = err;
	return fault;
}

/* Outside of bpffs there is nothing that could be removed, and no room for anything new. */
static int outside(int err, int as)
{
	return err == -EXDEV ? as : err;
}

int bemu_sys_unlink(struct bemu_task *task, const char *path, long *kret)
{
	int err = bemu_pin_remove(task->model, path, false);

	return finish(task, outside(err, -ENOENT), kret);
}

int bemu_sys_rmdir(struct bemu_task *task, const char *path, long *kret)
{
	int err = bemu_pin_remove(task->model, path, true);

	return finish(task, outside(err, -ENOENT), kret);
}

int bemu_sys_mkdir(struct bemu_task *task, const char *path, long *kret)
{
	int err = bemu_pin_add(task->model, NULL, path, NULL);

	return finish(task, outside(err, -EPERM), kret);
}

int bemu_sys_rename(struct bemu_task *task, const char *from, const char *to, long *kret)
{
	return finish(task, bemu_pin_rename(task->model, from, to), kret);
}

int bemu_sys_link(struct bemu_task *task, const char *from, const char *to, long *kret)
{
	return finish(task, bemu_pin_link(task->model, from, to), kret);
}

int bemu_sys_symlink(struct bemu_task *task, const char *text, const char *path, long *kret)
{
	int err = bemu_pin_symlink(task->model, text, path);

	return finish(task, outside(err, -EPERM), kret);
}

int bemu_sys_umount(struct bemu_task *task, long *kret)
{
	return finish(task, bemu_pin_umount(task->model), kret);
}
