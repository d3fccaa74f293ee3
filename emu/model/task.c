/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Processes: how they begin, what they share and hand to each other, and how they end. What is mirrored is of
 * kernel/fork.c, fs/exec.c and fs/file.c, v6.18.
 */
#include <string.h>

#include "model/model.h"

static int native_read(void *ctx, uint64_t uaddr, void *dst, size_t len)
{
	(void)ctx;
	if (!len)
		return 0;
	if (!uaddr)
		return -EFAULT;
	memcpy(dst, (const void *)(uintptr_t)uaddr, len);
	return 0;
}

static int native_write(void *ctx, uint64_t uaddr, const void *src, size_t len)
{
	(void)ctx;
	if (!len)
		return 0;
	if (!uaddr)
		return -EFAULT;
	memcpy((void *)(uintptr_t)uaddr, src, len);
	return 0;
}

/* A task without an FD table, the youngest of all. */
static struct bemu_task *new_task(struct bemu_model *model)
{
	struct bemu_task *task = bemu_zalloc(model->env, sizeof(*task));

	if (!task)
		return NULL;
	task->model = model;
	task->pid = ++model->next_pid;
	task->prev = model->last_task;
	if (task->prev)
		task->prev->next = task;
	else
		model->tasks = task;
	model->last_task = task;
	return task;
}

static int open_std(struct bemu_task *task, uint32_t nr)
{
	struct bemu_file *file;
	uint32_t i;

	for (i = 0; i < nr && i < task->nofile; i++) {
		if (bemu_fd_prepare(task, BEMU_FILE_OTHER, BEMU_ACC_RW, &file))
			return -ENOMEM;
		memcpy(file->what, "std", 4);
		(void)bemu_fd_install(task, file, false);
	}
	return 0;
}

int bemu_model_task_new(struct bemu_model *model, const struct bemu_task_opts *opts,
			struct bemu_task **out)
{
	static const struct bemu_mem_ops native = { .read = native_read, .write = native_write };
	struct bemu_task *task = new_task(model);

	if (!task)
		return -ENOMEM;
	task->mem = opts && opts->mem ? *opts->mem : native;
	task->caps = BEMU_CAP_ALL & ~(opts ? opts->no_caps : 0);
	task->nofile = model->env->limits.max_fds;
	if (bemu_fdtab_new(model, &task->fds) || open_std(task, opts ? opts->nr_std : 0)) {
		model->next_pid--;
		bemu_model_task_exit(task);
		return -ENOMEM;
	}
	*out = task;
	return 0;
}

/* Mirrors dup_mmap() for maps: bpf_map_mmap_open() counts a writer more. */
static int copy_mappings(struct bemu_task *task, const struct bemu_task *from)
{
	struct bemu_mapping **tail = &task->mappings;
	const struct bemu_mapping *old;

	for (old = from->mappings; old; old = old->next) {
		struct bemu_mapping *map = bemu_memdup(task->model->env, old, sizeof(*old));

		if (!map)
			return -ENOMEM;
		map->next = NULL;
		bemu_file_get(map->file);
		if (map->write)
			((struct bemu_map *)map->file->obj)->writecnt++;
		*tail = map;
		tail = &map->next;
	}
	return 0;
}

int bemu_model_task_fork(struct bemu_task *parent, unsigned int flags, struct bemu_task **out)
{
	struct bemu_model *model = parent->model;
	struct bemu_task *task = new_task(model);
	int err = 0;

	if (!task)
		return -ENOMEM;
	task->owner = parent->owner;
	task->mem = parent->mem;
	task->caps = parent->caps;
	task->nofile = parent->nofile;
	if (flags & BEMU_FORK_FILES) {
		task->fds = parent->fds;
		task->fds->refs++;
	} else {
		err = bemu_fdtab_copy(model, parent->fds, &task->fds);
	}
	if (!err)
		err = copy_mappings(task, parent);
	if (err) {
		model->next_pid--;
		bemu_model_task_exit(task);
		return err;
	}
	*out = task;
	return 0;
}

static void drop_mappings(struct bemu_task *task)
{
	struct bemu_mapping *map;

	while ((map = task->mappings)) {
		task->mappings = map->next;
		if (map->write)
			((struct bemu_map *)map->file->obj)->writecnt--;
		bemu_file_put(task->model, map->file);
		bemu_mem_free(task->model->env, map);
	}
}

/* Mirrors begin_new_exec(): unshare_files() comes first, do_close_on_exec() last. */
int bemu_model_task_exec(struct bemu_task *task)
{
	struct bemu_fdtab *fds = task->fds;

	if (fds->refs > 1) {
		if (bemu_fdtab_copy(task->model, fds, &task->fds))
			return -ENOMEM;
		bemu_fdtab_put(task->model, fds);
	}
	drop_mappings(task);
	bemu_fdtab_close_exec(task->model, task->fds);
	return 0;
}

int bemu_flight_add(struct bemu_task *to, struct bemu_file *file)
{
	struct bemu_flight *flight = bemu_zalloc(to->model->env, sizeof(*flight)), **at;

	if (!flight)
		return -ENOMEM;
	bemu_file_get(file);
	flight->file = file;
	for (at = &to->flights; *at;)
		at = &(*at)->next;
	*at = flight;
	return 0;
}

static struct bemu_file *pop_flight(struct bemu_task *task)
{
	struct bemu_flight *flight = task->flights;
	struct bemu_file *file = flight->file;

	task->flights = flight->next;
	bemu_mem_free(task->model->env, flight);
	return file;
}

/* Mirrors receive_fd(): what finds no number is lost. */
int bemu_flight_take(struct bemu_task *task, bool cloexec, int *out)
{
	if (!task->flights) {
		*out = -EAGAIN;
		return 0;
	}
	if (bemu_fd_room(task))
		return -ENOMEM;
	*out = bemu_fd_install(task, pop_flight(task), cloexec);
	return 0;
}

void bemu_model_task_exit(struct bemu_task *task)
{
	struct bemu_model *model;

	if (!task)
		return;
	model = task->model;
	drop_mappings(task);
	bemu_fdtab_put(model, task->fds);
	while (task->flights)
		bemu_file_put(model, pop_flight(task));
	if (task->prev)
		task->prev->next = task->next;
	else
		model->tasks = task->next;
	if (task->next)
		task->next->prev = task->prev;
	else
		model->last_task = task->prev;
	bemu_mem_free(model->env, task);
}
