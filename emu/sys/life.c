/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What there is to see of objects and FDs, and when objects end: bemu/life.h and bemu/yield.h. */
#include <string.h>

#include "model/quirk.h"
#include "sys/sys.h"

void bemu_deferred_wait(struct bemu *em, int wait)
{
	em->model.waiting = wait;
	if (!wait)
		(void)bemu_model_drain(&em->model, SIZE_MAX);
}

size_t bemu_deferred_nr(const struct bemu *em)
{
	return em->model.nr_dead;
}

size_t bemu_deferred_run(struct bemu *em, size_t max)
{
	return bemu_model_drain(&em->model, max);
}

size_t bemu_deferred_run_kind(struct bemu *em, uint32_t kind, size_t max)
{
	return bemu_model_drain_kind(&em->model, kind, max);
}

int bemu_prog_enter(struct bemu_task *task, int fd, struct bemu_running **out, long *kret)
{
	struct bemu_model *model = task->model;
	struct bemu_file *file = bemu_fd_find(task, fd);

	if (!file || file->kind != BEMU_FILE_PROG) {
		*kret = file ? -EINVAL : -EBADF;
		return 0;
	}
	if (bemu_model_run_enter(model, (struct bemu_prog *)file->obj, out)) {
		model->env->fault = 0;
		return -ENOMEM;
	}
	*kret = 0;
	return 0;
}

int bemu_prog_hold(struct bemu_running *run, const struct bemu_task *task, int fd)
{
	const struct bemu_file *file = bemu_fd_find(task, fd);

	if (!file || !file->obj)
		return -EBADF;
	if (run->nr_held == BEMU_RUN_HELD)
		return -E2BIG;
	run->held[run->nr_held].obj = file->obj;
	run->held[run->nr_held++].serial = file->obj->serial;
	return 0;
}

static bool uses(const struct bemu_prog *prog, const struct bemu_map *map)
{
	uint32_t i;

	for (i = 0; i < prog->nr_used_maps; i++)
		if (prog->used_maps[i] == map)
			return true;
	return false;
}

/*
 * Mirrors bpf_timer_init(), kernel/bpf/helpers.c, v6.18: the timer can be seen before users are counted, so that
 * either this or who lets the last one go finds it. K-TIMER-USERCNT: the other way round.
 */
static long timer_init(struct bemu_model *model, struct bemu_map *map)
{
	bool early = bemu_model_quirk(model, BEMU_QUIRK_K_TIMER_USERCNT);

	if (!map->has_timer)
		return -EINVAL;
	if (map->timer)
		return -EBUSY;
	if (early && !map->usercnt)
		return -EPERM;
	(void)bemu_yield(model, BEMU_YIELD_TIMER_INIT_MADE);
	map->timer = true;
	if (!early && !map->usercnt) {
		map->timer = false;
		return -EPERM;
	}
	return 0;
}

int bemu_prog_timer(const struct bemu_running *run, const struct bemu_task *task, int fd,
		    long *kret)
{
	const struct bemu_file *file = bemu_fd_find(task, fd);

	if (!file || file->kind != BEMU_FILE_MAP ||
	    !uses(run->prog, (const struct bemu_map *)file->obj))
		return -EBADF;
	*kret = timer_init(run->model, (struct bemu_map *)file->obj);
	return 0;
}

void bemu_prog_leave(struct bemu_running *run)
{
	if (run)
		bemu_model_run_leave(run);
}

const char *bemu_kind_name(uint32_t kind)
{
	static const char *const names[] = { "map", "prog", "btf", "link", "file", "file", "bpffs" };

	return kind < BEMU_ARRAY_SIZE(names) ? names[kind] : NULL;
}

static const char *name_of(const struct bemu_kobj *obj)
{
	switch (obj->kind) {
	case BEMU_OBJ_MAP:
		return ((const struct bemu_map *)obj)->name;
	case BEMU_OBJ_PROG:
		return ((const struct bemu_prog *)obj)->name;
	case BEMU_OBJ_BTF:
		return ((const struct bemu_kbtf *)obj)->name;
	default:
		return ((const struct bemu_link *)obj)->tp_name;
	}
}

static void fill_fd(const struct bemu_task *task, int fd, struct bemu_fd_info *out)
{
	const struct bemu_fd *slot = &task->fds->arr[fd];

	memset(out, 0, sizeof(*out));
	out->fd = fd;
	out->name = "";
	out->reserved = !slot->file;
	if (!slot->file)
		return;
	out->kind = slot->file->kind; /* the kinds are numbered alike */
	out->id = slot->file->obj ? slot->file->obj->id : 0;
	out->gen = slot->gen;
	out->cloexec = slot->cloexec;
	out->file = slot->file->serial;
	out->name = slot->file->obj ? name_of(slot->file->obj) : slot->file->what;
}

int bemu_task_fd(const struct bemu_task *task, int fd, struct bemu_fd_info *out)
{
	if (!bemu_fd_find(task, fd) && !bemu_fd_reserved(task, fd))
		return -EBADF;
	fill_fd(task, fd, out);
	return 0;
}

int bemu_task_next_fd(const struct bemu_task *task, int after, struct bemu_fd_info *out)
{
	int fd = after < -1 ? -1 : bemu_fd_next(task->fds, after);

	if (fd < 0)
		return -ENOENT;
	fill_fd(task, fd, out);
	return 0;
}

struct bemu_task *bemu_next_task(struct bemu *em, const struct bemu_task *task)
{
	return task ? task->next : em->model.tasks;
}

static uint32_t type_of(const struct bemu_kobj *obj)
{
	const struct bemu_kbtf *kbtf;

	switch (obj->kind) {
	case BEMU_OBJ_MAP:
		return ((const struct bemu_map *)obj)->type;
	case BEMU_OBJ_PROG:
		return ((const struct bemu_prog *)obj)->type;
	case BEMU_OBJ_BTF:
		kbtf = (const struct bemu_kbtf *)obj;
		return !kbtf->kernel ? 0 : kbtf->module && !kbtf->mod ? 2 : 1;
	default:
		return ((const struct bemu_link *)obj)->type;
	}
}

int bemu_next_object(const struct bemu *em, uint32_t kind, uint64_t after_serial,
		     struct bemu_object_info *out)
{
	const struct bemu_kobj *obj;

	if (kind >= BEMU_OBJ_NR)
		return -ENOENT;
	for (obj = em->model.objs[kind].oldest; obj; obj = obj->newer)
		if (obj->serial > after_serial && !obj->gone)
			break;
	if (!obj)
		return -ENOENT;
	memset(out, 0, sizeof(*out));
	out->serial = obj->serial;
	out->kind = kind;
	out->id = obj->id;
	out->refs = obj->refs;
	out->type = type_of(obj);
	out->dying = !obj->refs;
	out->name = name_of(obj);
	return 0;
}

const char *bemu_yield_name(uint32_t point)
{
	static const char *const names[] = {
#define X(name, text, where) text,
		BEMU_YIELDS(X)
#undef X
	};

	return point < BEMU_ARRAY_SIZE(names) ? names[point] : NULL;
}

int bemu_yield_find(const char *name)
{
	int i;

	for (i = 0; i < BEMU_YIELD_NR; i++)
		if (!strcmp(bemu_yield_name((uint32_t)i), name))
			return i;
	return -ENOENT;
}

void bemu_set_yield(struct bemu *em, const struct bemu_yield *hook)
{
	em->model.yield = hook;
}
