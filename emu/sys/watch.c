/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Telling a watcher of the calls that a task makes itself; emu/sys/run_mem.c has those of its programs. */
#include <string.h>

#include "sys/sys.h"

static int native_read(const struct bemu_seen *seen, uint64_t addr, void *dst, size_t len)
{
	const struct bemu_task *task = seen->src;

	return task->mem.read(task->mem.ctx, addr, dst, len);
}

static uint32_t native_tag(const struct bemu_seen *seen, uint64_t addr, struct bemu_origin *origin)
{
	(void)seen;
	(void)addr;
	(void)origin;
	return 0;
}

static uint32_t native_arg(const struct bemu_seen *seen, struct bemu_origin *origin)
{
	(void)seen;
	(void)origin;
	return 0;
}

static const char *native_region(const struct bemu_seen *seen, uint64_t addr, uint64_t *off)
{
	(void)seen;
	(void)addr;
	(void)off;
	return NULL;
}

static const struct bemu_seen_ops native_ops = {
	.read = native_read,
	.tag = native_tag,
	.arg = native_arg,
	.region = native_region,
};

void bemu_task_watch(struct bemu_task *task, const struct bemu_watch *watch)
{
	task->watch = watch;
}

/* What of the attribute can be read; the kernel's own verdict on the rest comes from the call. */
static void read_attr(struct bemu_told *told)
{
	struct bemu_seen *seen = &told->seen;
	uint32_t len = seen->attr_len;

	if (len > sizeof(told->attr))
		len = sizeof(told->attr);
	if (len && seen->ops->read(seen, seen->uattr, told->attr, len))
		memset(told->attr, 0, sizeof(told->attr));
}

int bemu_tell_begin(struct bemu_told *told)
{
	struct bemu_task *task = told->task;
	const struct bemu_watch *watch = task->watch;
	int err;

	if (!watch)
		return 0;
	told->told = true;
	if (!told->seen.ops) {
		told->seen.ops = &native_ops;
		told->seen.src = task;
	}
	if (!told->seen.name)
		told->seen.name = "";
	told->seen.attr = told->attr;
	if (told->seen.kind == BEMU_SEEN_BPF)
		read_attr(told);
	task->watch = NULL;
	err = watch->begin(watch->ctx, &told->seen);
	if (!err && watch->answer)
		told->answered = watch->answer(watch->ctx, &told->seen, &told->answer);
	task->watch = watch;
	if (err && told->seen.insn_idx != BEMU_SEEN_NATIVE)
		task->watch_fault = err; /* it has to come out of the call that runs the program */
	return err;
}

int bemu_tell_end(struct bemu_told *told, int64_t ret)
{
	struct bemu_task *task = told->task;
	const struct bemu_watch *watch = task->watch;
	int err;

	if (!told->told || !watch)
		return 0;
	if (told->seen.kind == BEMU_SEEN_BPF)
		read_attr(told);
	told->seen.ret = ret;
	task->watch = NULL;
	err = watch->end(watch->ctx, &told->seen);
	task->watch = watch;
	if (err && told->seen.insn_idx != BEMU_SEEN_NATIVE)
		task->watch_fault = err; /* it has to come out of the call that runs the program */
	return err;
}
