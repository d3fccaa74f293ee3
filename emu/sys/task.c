/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Tasks as callers see them: bemu/task.h, as far as it is no bpf(2) and no FD call. */
#include "sys/sys.h"

int bemu_task_new(struct bemu *em, const struct bemu_task_opts *opts, struct bemu_task **out)
{
	int err;

	if (opts && opts->size != sizeof(*opts))
		return -EINVAL;
	err = bemu_model_task_new(&em->model, opts, out);
	if (!err)
		(*out)->owner = em;
	em->env->fault = 0;
	return err;
}

int bemu_task_fork(struct bemu_task *task, unsigned int flags, struct bemu_task **out)
{
	int err;

	if (flags & ~(unsigned int)BEMU_FORK_FILES)
		return -EINVAL;
	err = bemu_model_task_fork(task, flags, out);
	task->model->env->fault = 0;
	return err;
}

int bemu_task_exec(struct bemu_task *task)
{
	int err = bemu_model_task_exec(task);

	task->model->env->fault = 0;
	return err;
}

void bemu_task_exit(struct bemu_task *task)
{
	bemu_model_task_exit(task);
}

uint32_t bemu_task_pid(const struct bemu_task *task)
{
	return task->pid;
}

void bemu_task_set_caps(struct bemu_task *task, uint32_t caps)
{
	task->caps = caps & BEMU_CAP_ALL;
}

uint32_t bemu_task_caps(const struct bemu_task *task)
{
	return task->caps;
}

void bemu_task_set_nofile(struct bemu_task *task, uint32_t max)
{
	uint32_t most = task->model->env->limits.max_fds;

	task->nofile = max < most ? max : most;
}

static int finish(struct bemu_task *task, int err, int res, long *kret)
{
	task->model->env->fault = 0;
	if (!err)
		*kret = res;
	return err;
}

int bemu_task_reserve_fd(struct bemu_task *task, int fd, long *kret)
{
	int res = 0, err = bemu_fd_reserve(task, fd, &res);

	return finish(task, err, res, kret);
}

int bemu_task_release_fd(struct bemu_task *task, int fd)
{
	return bemu_fd_release(task, fd);
}

int bemu_task_send_fd(struct bemu_task *task, int fd, struct bemu_task *to, long *kret)
{
	struct bemu_file *file = bemu_fd_find(task, fd);

	return finish(task, file ? bemu_flight_add(to, file) : 0, file ? 0 : -EBADF, kret);
}

int bemu_task_recv_fd(struct bemu_task *task, int cloexec, long *kret)
{
	int res = 0, err = bemu_flight_take(task, cloexec, &res);

	return finish(task, err, res, kret);
}

int bemu_task_pass_fd(struct bemu_task *task, int fd, struct bemu_task *to, int cloexec, long *kret)
{
	long sent = 0;
	int err;

	if (to->flights) {
		*kret = -EBUSY;
		return 0;
	}
	err = bemu_fd_room(to) ? finish(to, -ENOMEM, 0, kret)
			       : bemu_task_send_fd(task, fd, to, &sent);
	if (err)
		return err;
	if (sent) {
		*kret = sent;
		return 0;
	}
	return bemu_task_recv_fd(to, cloexec, kret);
}

void bemu_set_unprivileged_bpf(struct bemu *em, uint32_t disabled)
{
	em->model.unpriv_disabled = disabled;
}

void bemu_set_max_files(struct bemu *em, uint64_t max)
{
	em->model.max_files = max;
}
