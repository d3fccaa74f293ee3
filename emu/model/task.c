/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
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

int bemu_model_task_new(struct bemu_model *model, const struct bemu_task_opts *opts,
			struct bemu_task **out)
{
	static const struct bemu_mem_ops native = { .read = native_read, .write = native_write };
	struct bemu_task *task = bemu_zalloc(model->env, sizeof(*task));
	uint32_t i;

	if (!task)
		return -ENOMEM;
	task->model = model;
	task->mem = opts && opts->mem ? *opts->mem : native;
	task->caps = BEMU_CAP_ALL & ~(opts ? opts->no_caps : 0);
	task->fds.max = model->env->limits.max_fds;
	task->next = model->tasks;
	if (model->tasks)
		model->tasks->prev = task;
	model->tasks = task;
	for (i = 0; opts && i < opts->nr_std && i < task->fds.max; i++) {
		struct bemu_file *file;

		if (bemu_fd_prepare(task, BEMU_FILE_OTHER, BEMU_ACC_RW, &file)) {
			bemu_model_task_exit(task);
			return -ENOMEM;
		}
		memcpy(file->what, "std", 4);
		(void)bemu_fd_install(task, file, 0, false);
	}
	*out = task;
	return 0;
}

void bemu_model_task_exit(struct bemu_task *task)
{
	struct bemu_model *model;
	struct bemu_mapping *map;

	if (!task)
		return;
	model = task->model;
	while ((map = task->mappings)) {
		task->mappings = map->next;
		if (map->write)
			((struct bemu_map *)map->file->obj)->writecnt--;
		bemu_file_put(model, map->file);
		bemu_mem_free(model->env, map);
	}
	bemu_fdtab_close_all(task);
	bemu_mem_free(model->env, task->fds.arr);
	bemu_mem_free(model->env, task->fds.used);
	if (task->prev)
		task->prev->next = task->next;
	else
		model->tasks = task->next;
	if (task->next)
		task->next->prev = task->prev;
	bemu_mem_free(model->env, task);
}
