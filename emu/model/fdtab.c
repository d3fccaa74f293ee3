/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Descriptor tables. A number points at an open file description; dup shares the description, which
 * holds the object. Mirrors fs/file.c and the release functions of kernel/bpf.
 */
#include <string.h>

#include "model/model.h"

enum { WORD_BITS = 64 };

static int make_room(struct bemu_env *env, struct bemu_fdtab *fds, uint32_t need)
{
	if (bemu_grow(env, &fds->used, &fds->cap_used, need / WORD_BITS + 1, sizeof(*fds->used)))
		return -ENOMEM;
	return bemu_grow(env, &fds->arr, &fds->cap, need, sizeof(*fds->arr));
}

static bool is_used(const struct bemu_fdtab *fds, uint32_t fd)
{
	return fd < fds->cap && fd / WORD_BITS < fds->cap_used &&
	       (fds->used[fd / WORD_BITS] >> fd % WORD_BITS & 1);
}

static uint32_t lowest_free(const struct bemu_fdtab *fds, uint32_t min)
{
	uint32_t fd = min < fds->hint ? fds->hint : min;

	while (fd / WORD_BITS < fds->cap_used) {
		uint64_t unused = ~fds->used[fd / WORD_BITS] & ~(uint64_t)0 << fd % WORD_BITS;

		if (unused)
			return fd / WORD_BITS * WORD_BITS + (uint32_t)__builtin_ctzll(unused);
		fd = (fd / WORD_BITS + 1) * WORD_BITS;
	}
	return fd;
}

static void set_slot(struct bemu_fdtab *fds, uint32_t fd, struct bemu_file *file, bool cloexec)
{
	fds->arr[fd].file = file;
	fds->arr[fd].gen++;
	fds->arr[fd].cloexec = cloexec;
	fds->used[fd / WORD_BITS] |= (uint64_t)1 << fd % WORD_BITS;
	if (fd == fds->hint)
		fds->hint = fd + 1;
	fds->nr_open++;
	fds->nr_installed++;
}

int bemu_fd_prepare(struct bemu_task *task, uint32_t kind, uint32_t acc, struct bemu_file **out)
{
	struct bemu_env *env = task->model->env;
	struct bemu_file *file;

	/* the lowest free number is at most the count of open ones */
	if (make_room(env, &task->fds, task->fds.nr_open + 1))
		return -ENOMEM;
	file = bemu_zalloc(env, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->kind = kind;
	file->refs = 1;
	file->acc = acc;
	*out = file;
	return 0;
}

int bemu_fd_install(struct bemu_task *task, struct bemu_file *file, uint32_t min, bool cloexec)
{
	struct bemu_fdtab *fds = &task->fds;
	uint32_t fd = lowest_free(fds, min);

	if (fd >= fds->max) {
		bemu_file_put(task->model, file);
		return -EMFILE;
	}
	set_slot(fds, fd, file, cloexec);
	return (int)fd;
}

struct bemu_file *bemu_fd_find(const struct bemu_task *task, int fd)
{
	if (fd < 0 || (uint32_t)fd >= task->fds.cap)
		return NULL;
	return task->fds.arr[fd].file;
}

bool bemu_fd_cloexec(const struct bemu_task *task, int fd)
{
	return bemu_fd_find(task, fd) && task->fds.arr[fd].cloexec;
}

uint32_t bemu_fd_gen(const struct bemu_task *task, int fd)
{
	return fd >= 0 && (uint32_t)fd < task->fds.cap ? task->fds.arr[fd].gen : 0;
}

void bemu_file_get(struct bemu_file *file)
{
	file->refs++;
}

void bemu_file_put(struct bemu_model *model, struct bemu_file *file)
{
	if (!file || --file->refs)
		return;
	if (file->obj && file->kind == BEMU_FILE_MAP)
		bemu_map_put_uref(model, (struct bemu_map *)file->obj);
	bemu_obj_put(model, file->obj);
	bemu_mem_free(model->env, file);
}

static struct bemu_file *take_slot(struct bemu_fdtab *fds, uint32_t fd)
{
	struct bemu_file *file = fds->arr[fd].file;

	fds->arr[fd].file = NULL;
	fds->arr[fd].cloexec = false;
	fds->used[fd / WORD_BITS] &= ~((uint64_t)1 << fd % WORD_BITS);
	if (fd < fds->hint)
		fds->hint = fd;
	fds->nr_open--;
	fds->nr_closed++;
	return file;
}

int bemu_fd_close(struct bemu_task *task, int fd)
{
	if (!bemu_fd_find(task, fd))
		return -EBADF;
	bemu_file_put(task->model, take_slot(&task->fds, (uint32_t)fd));
	return 0;
}

int bemu_fd_dup(struct bemu_task *task, int fd, int min, bool cloexec, int *out)
{
	struct bemu_fdtab *fds = &task->fds;
	struct bemu_file *file = bemu_fd_find(task, fd);
	uint32_t to;

	if (!file) {
		*out = -EBADF;
		return 0;
	}
	if (min < 0 || (uint32_t)min >= fds->max) {
		*out = -EINVAL;
		return 0;
	}
	to = lowest_free(fds, (uint32_t)min);
	if (to >= fds->max) {
		*out = -EMFILE;
		return 0;
	}
	if (make_room(task->model->env, fds, to + 1))
		return -ENOMEM;
	bemu_file_get(file);
	set_slot(fds, to, file, cloexec);
	*out = (int)to;
	return 0;
}

int bemu_fd_dup_to(struct bemu_task *task, int fd, int newfd, bool cloexec, int *out)
{
	struct bemu_fdtab *fds = &task->fds;
	struct bemu_file *file = bemu_fd_find(task, fd), *old = NULL;

	if (!file || newfd < 0 || (uint32_t)newfd >= fds->max) {
		*out = -EBADF;
		return 0;
	}
	if (make_room(task->model->env, fds, (uint32_t)newfd + 1))
		return -ENOMEM;
	bemu_file_get(file);
	if (is_used(fds, (uint32_t)newfd))
		old = take_slot(fds, (uint32_t)newfd);
	set_slot(fds, (uint32_t)newfd, file, cloexec);
	bemu_file_put(task->model, old);
	*out = newfd;
	return 0;
}

void bemu_fdtab_close_all(struct bemu_task *task)
{
	struct bemu_fdtab *fds = &task->fds;
	uint32_t word;

	for (word = 0; word < fds->cap_used; word++)
		while (fds->used[word])
			(void)bemu_fd_close(task,
					    (int)(word * WORD_BITS +
						  (uint32_t)__builtin_ctzll(fds->used[word])));
}
