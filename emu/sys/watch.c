/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Telling a watcher of the calls that a task makes itself; emu/sys/run_mem.c has those of its programs. */
#include <stdio.h>
#include <string.h>

#include <bemu/backend.h>

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

/* ---- what a watcher may ask ---- */

static int btf_info(struct bemu_task *task, int fd, struct bpf_btf_info *info)
{
	struct bemu_attr_info attr = { .bpf_fd = (uint32_t)fd,
				       .info_len = sizeof(*info),
				       .info = (uint64_t)(uintptr_t)info };
	long ret = 0;
	int err = bemu_sys_bpf(task, BPF_OBJ_GET_INFO_BY_FD, (uint64_t)(uintptr_t)&attr,
			       sizeof(attr), &ret);

	return err ? err : (int)ret;
}

int bemu_ask_btf_name(struct bemu_task *task, int fd, char *buf, size_t len)
{
	struct bpf_btf_info info = { .name = (uint64_t)(uintptr_t)buf, .name_len = (uint32_t)len };

	return btf_info(task, fd, &info);
}

int bemu_ask_type_name(struct bemu_task *task, int fd, uint32_t type_id, char *buf, size_t len)
{
	struct bpf_btf_info info = { .id = 1 };
	const struct bemu_btf *btf;
	struct bemu_backend be;
	const char *name;
	int err = fd ? btf_info(task, fd, &info) : 0;

	if (err)
		return err;
	bemu_backend_sys(task, &be);
	btf = be.ops->kernel_btf(be.ctx, info.id);
	name = btf ? bemu_btf_name(btf, type_id) : NULL;
	if (!name)
		return -ENOENT;
	(void)snprintf(buf, len, "%s", name);
	return 0;
}
