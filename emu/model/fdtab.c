/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Descriptor tables. A number points at an open file description; dup shares the description, which
 * holds the object. Mirrors fs/file.c, v6.18, and the release functions of kernel/bpf.
 */
#include <string.h>

#include "model/model.h"

enum { WORD_BITS = 64 };

static int make_room(struct bemu_env *env, struct bemu_fdtab *fds, uint32_t need)
{
	size_t words = need / WORD_BITS + 1;

	if (need <= fds->cap && words <= fds->cap_used && words / WORD_BITS < fds->cap_full)
		return 0;
	if (bemu_grow(env, &fds->used, &fds->cap_used, words, sizeof(*fds->used)) ||
	    bemu_grow(env, &fds->full, &fds->cap_full, words / WORD_BITS + 1, sizeof(*fds->full)))
		return -ENOMEM;
	return bemu_grow(env, &fds->arr, &fds->cap, need, sizeof(*fds->arr));
}

static uint64_t bit(uint32_t at)
{
	return (uint64_t)1 << at % WORD_BITS;
}

static bool is_used(const struct bemu_fdtab *fds, uint32_t fd)
{
	return fd / WORD_BITS < fds->cap_used && fds->used[fd / WORD_BITS] & bit(fd);
}

/* The first zero from @at on in @nr_words of bits; behind the last when all are ones. */
static uint32_t first_zero(const uint64_t *words, uint32_t nr_words, uint32_t at)
{
	while (at / WORD_BITS < nr_words) {
		uint64_t zeroes = ~words[at / WORD_BITS] & ~(uint64_t)0 << at % WORD_BITS;

		if (zeroes)
			return at / WORD_BITS * WORD_BITS + (uint32_t)__builtin_ctzll(zeroes);
		at = (at / WORD_BITS + 1) * WORD_BITS;
	}
	return at;
}

/* Mirrors find_next_fd(): full words are passed over by their bits in @full. */
static uint32_t lowest_free(const struct bemu_fdtab *fds, uint32_t min)
{
	uint32_t fd = min < fds->hint ? fds->hint : min, word;

	if (fd / WORD_BITS >= fds->cap_used)
		return fd;
	if (~fds->used[fd / WORD_BITS] & ~(uint64_t)0 << fd % WORD_BITS)
		return first_zero(fds->used, fds->cap_used, fd);
	word = first_zero(fds->full, fds->cap_full, fd / WORD_BITS + 1);
	return first_zero(fds->used, fds->cap_used, word * WORD_BITS);
}

static void mark_used(struct bemu_fdtab *fds, uint32_t fd)
{
	uint32_t word = fd / WORD_BITS;

	fds->used[word] |= bit(fd);
	if (!~fds->used[word])
		fds->full[word / WORD_BITS] |= bit(word);
}

static void mark_free(struct bemu_fdtab *fds, uint32_t fd)
{
	uint32_t word = fd / WORD_BITS;

	fds->used[word] &= ~bit(fd);
	fds->full[word / WORD_BITS] &= ~bit(word);
	if (fd < fds->hint)
		fds->hint = fd;
}

static void set_slot(struct bemu_fdtab *fds, uint32_t fd, struct bemu_file *file, bool cloexec)
{
	fds->arr[fd].file = file;
	fds->arr[fd].gen++;
	fds->arr[fd].cloexec = cloexec;
	mark_used(fds, fd);
	fds->nr_open++;
	fds->nr_installed++;
}

static struct bemu_file *take_slot(struct bemu_fdtab *fds, uint32_t fd)
{
	struct bemu_file *file = fds->arr[fd].file;

	fds->arr[fd].file = NULL;
	fds->arr[fd].cloexec = false;
	mark_free(fds, fd);
	fds->nr_open--;
	fds->nr_closed++;
	return file;
}

int bemu_fdtab_new(struct bemu_model *model, struct bemu_fdtab **out)
{
	struct bemu_fdtab *fds = bemu_zalloc(model->env, sizeof(*fds));

	if (!fds)
		return -ENOMEM;
	fds->refs = 1;
	*out = fds;
	return 0;
}

static void free_tab(struct bemu_env *env, struct bemu_fdtab *fds)
{
	bemu_mem_free(env, fds->arr);
	bemu_mem_free(env, fds->used);
	bemu_mem_free(env, fds->full);
	bemu_mem_free(env, fds);
}

int bemu_fdtab_copy(struct bemu_model *model, const struct bemu_fdtab *from,
		    struct bemu_fdtab **out)
{
	struct bemu_fdtab *fds;
	uint32_t i;
	int fd;

	if (bemu_fdtab_new(model, &fds))
		return -ENOMEM;
	if (from->cap && make_room(model->env, fds, from->cap)) {
		free_tab(model->env, fds);
		return -ENOMEM;
	}
	for (fd = bemu_fd_next(from, -1); fd >= 0; fd = bemu_fd_next(from, fd)) {
		const struct bemu_fd *slot = &from->arr[fd];

		if (!slot->file)
			continue;
		bemu_file_get(slot->file);
		set_slot(fds, (uint32_t)fd, slot->file, slot->cloexec);
	}
	for (i = 0; i < from->cap; i++)
		fds->arr[i].gen = from->arr[i].gen;
	fds->nr_installed = from->nr_installed;
	fds->nr_closed = from->nr_closed;
	*out = fds;
	return 0;
}

void bemu_fdtab_put(struct bemu_model *model, struct bemu_fdtab *fds)
{
	int fd;

	if (!fds || --fds->refs)
		return;
	for (fd = bemu_fd_next(fds, -1); fd >= 0; fd = bemu_fd_next(fds, fd))
		if (fds->arr[fd].file)
			bemu_file_put(model, take_slot(fds, (uint32_t)fd));
	free_tab(model->env, fds);
}

/* Mirrors do_close_on_exec(). */
void bemu_fdtab_close_exec(struct bemu_model *model, struct bemu_fdtab *fds)
{
	int fd;

	for (fd = bemu_fd_next(fds, -1); fd >= 0; fd = bemu_fd_next(fds, fd))
		if (fds->arr[fd].cloexec)
			bemu_file_put(model, take_slot(fds, (uint32_t)fd));
}

int bemu_fd_next(const struct bemu_fdtab *fds, int after)
{
	uint32_t fd = (uint32_t)(after + 1);

	for (; fd / WORD_BITS < fds->cap_used; fd = (fd / WORD_BITS + 1) * WORD_BITS) {
		uint64_t ones = fds->used[fd / WORD_BITS] & ~(uint64_t)0 << fd % WORD_BITS;

		if (ones)
			return (int)(fd / WORD_BITS * WORD_BITS + (uint32_t)__builtin_ctzll(ones));
	}
	return -1;
}

int bemu_fd_room(struct bemu_task *task)
{
	return make_room(task->model->env, task->fds, lowest_free(task->fds, 0) + 1);
}

int bemu_fd_prepare(struct bemu_task *task, uint32_t kind, uint32_t acc, struct bemu_file **out)
{
	struct bemu_model *model = task->model;
	struct bemu_file *file;

	if (bemu_fd_room(task))
		return -ENOMEM;
	file = bemu_zalloc(model->env, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->kind = kind;
	file->refs = 1;
	file->acc = acc;
	file->serial = ++model->serial;
	file->older = model->newest_file;
	if (file->older)
		file->older->newer = file;
	else
		model->oldest_file = file;
	model->newest_file = file;
	model->nr_files++;
	*out = file;
	return 0;
}

/* Mirrors get_unused_fd_flags(), and alloc_empty_file(), which comes after it. */
static int verdict_at(const struct bemu_task *task, uint32_t fd)
{
	if (fd >= task->nofile)
		return -EMFILE;
	return task->model->nr_files >= task->model->max_files && !(task->caps & BEMU_CAP_SYS_ADMIN)
		       ? -ENFILE
		       : 0;
}

int bemu_fd_verdict(const struct bemu_task *task)
{
	return verdict_at(task, lowest_free(task->fds, 0));
}

int bemu_fd_install(struct bemu_task *task, struct bemu_file *file, bool cloexec)
{
	struct bemu_fdtab *fds = task->fds;
	uint32_t fd = lowest_free(fds, 0);
	int err;

	task->model->nr_files--; /* a new file does not count as one that is there */
	err = verdict_at(task, fd);
	task->model->nr_files++;

	if (!err) /* who shares the table may have had the room */
		err = make_room(task->model->env, fds, fd + 1);
	if (err) {
		bemu_file_put(task->model, file);
		return err;
	}
	fds->hint = fd + 1; /* none below is free; mirrors alloc_fd() */
	set_slot(fds, fd, file, cloexec);
	return (int)fd;
}

/* What a kernel would have read out of freed memory is noted, and is no file. */
static bool is_dead(struct bemu_model *model, const struct bemu_file *file)
{
	if (file->gone)
		bemu_oops(model, BEMU_OOPS_FREED, "a file is used after it was freed");
	return file->gone || (file->obj && !bemu_obj_alive(model, file->obj, "is used"));
}

struct bemu_file *bemu_fd_find(const struct bemu_task *task, int fd)
{
	struct bemu_file *file;

	if (fd < 0 || (uint32_t)fd >= task->fds->cap)
		return NULL;
	file = task->fds->arr[fd].file;
	return file && task->model->keep_dead && is_dead(task->model, file) ? NULL : file;
}

bool bemu_fd_reserved(const struct bemu_task *task, int fd)
{
	return fd >= 0 && is_used(task->fds, (uint32_t)fd) && !task->fds->arr[fd].file;
}

bool bemu_fd_cloexec(const struct bemu_task *task, int fd)
{
	return bemu_fd_find(task, fd) && task->fds->arr[fd].cloexec;
}

uint32_t bemu_fd_gen(const struct bemu_task *task, int fd)
{
	return fd >= 0 && (uint32_t)fd < task->fds->cap ? task->fds->arr[fd].gen : 0;
}

void bemu_file_get(struct bemu_file *file)
{
	file->refs += !file->gone;
}

void bemu_file_put(struct bemu_model *model, struct bemu_file *file)
{
	if (!file)
		return;
	if (file->gone) {
		bemu_oops(model, BEMU_OOPS_FREED, "a file is let go after it was freed");
		return;
	}
	if (--file->refs)
		return;
	if (file->obj && file->kind == BEMU_FILE_MAP)
		bemu_map_put_uref(model, (struct bemu_map *)file->obj);
	bemu_obj_put(model, file->obj);
	if (file->dir)
		bemu_pin_put_dir(model, file->dir);
	if (file->older)
		file->older->newer = file->newer;
	else
		model->oldest_file = file->newer;
	if (file->newer)
		file->newer->older = file->older;
	else
		model->newest_file = file->older;
	model->nr_files--;
	if (model->keep_dead)
		file->gone = true;
	else
		bemu_mem_free(model->env, file);
}

int bemu_fd_close(struct bemu_task *task, int fd)
{
	if (fd < 0 || (uint32_t)fd >= task->fds->cap || !task->fds->arr[fd].file)
		return -EBADF;
	bemu_file_put(task->model, take_slot(task->fds, (uint32_t)fd));
	return 0;
}

/* Mirrors f_dupfd(): the look-up of @fd comes first. */
int bemu_fd_dup(struct bemu_task *task, int fd, int min, bool cloexec, int *out)
{
	struct bemu_fdtab *fds = task->fds;
	struct bemu_file *file = bemu_fd_find(task, fd);
	uint32_t to;

	if (!file) {
		*out = -EBADF;
		return 0;
	}
	if (min < 0 || (min && (uint32_t)min >= task->nofile)) {
		*out = -EINVAL;
		return 0;
	}
	to = lowest_free(fds, (uint32_t)min);
	if (to >= task->nofile) {
		*out = -EMFILE;
		return 0;
	}
	if (make_room(task->model->env, fds, to + 1))
		return -ENOMEM;
	bemu_file_get(file);
	if (!min)
		fds->hint = to + 1;
	set_slot(fds, to, file, cloexec);
	*out = (int)to;
	return 0;
}

/* Mirrors ksys_dup3() and do_dup2(). */
int bemu_fd_dup_to(struct bemu_task *task, int fd, int newfd, bool cloexec, int *out)
{
	struct bemu_fdtab *fds = task->fds;
	struct bemu_file *file = bemu_fd_find(task, fd), *old = NULL;

	if (!file || newfd < 0 || (uint32_t)newfd >= task->nofile) {
		*out = -EBADF;
		return 0;
	}
	if (bemu_fd_reserved(task, newfd)) {
		*out = -EBUSY;
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

int bemu_fd_reserve(struct bemu_task *task, int fd, int *out)
{
	struct bemu_fdtab *fds = task->fds;
	uint32_t no = fd < 0 ? lowest_free(fds, 0) : (uint32_t)fd;

	if (no >= task->nofile || is_used(fds, no)) {
		*out = no >= task->nofile ? -EMFILE : -EBUSY;
		return 0;
	}
	if (make_room(task->model->env, fds, no + 1))
		return -ENOMEM;
	mark_used(fds, no);
	fds->nr_reserved++;
	*out = (int)no;
	return 0;
}

int bemu_fd_release(struct bemu_task *task, int fd)
{
	if (!bemu_fd_reserved(task, fd))
		return -EBADF;
	mark_free(task->fds, (uint32_t)fd);
	task->fds->nr_reserved--;
	return 0;
}
