// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* One call of the current task, and what the second book of FDs is told of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scenario/private.h"

int bemu_scn_mem(struct bemu_scn_run *run, const void *ptr, size_t len)
{
	return len ? bemu_skel_mem_add(&run->mem, ptr, len) : 0;
}

int bemu_scn_sys_bpf(struct bemu_scn_run *run, uint32_t cmd, void *attr, uint32_t size, long *ret)
{
	const struct bemu_scn_kernel *kernel = run->opts->kernel;

	if (!kernel)
		return bemu_sys_bpf(run->task->task, cmd, (uint64_t)(uintptr_t)attr, size, ret);
	run->res->skipped = bemu_scn_not_ours(run, cmd, attr, size);
	if (run->res->skipped)
		return -ECANCELED;
	*ret = kernel->bpf(kernel->ctx, cmd, attr, size);
	return bemu_scn_made(run, cmd, *ret);
}

int bemu_scn_sys_close(struct bemu_scn_run *run, int fd, long *ret)
{
	const struct bemu_scn_kernel *kernel = run->opts->kernel;

	if (!kernel)
		return bemu_sys_close(run->task->task, fd, ret);
	*ret = kernel->close(kernel->ctx, fd);
	return 0;
}

uint32_t bemu_scn_kind(const struct bemu_scn_run *run, int fd)
{
	struct bemu_fd_info info;

	if (run->opts->kernel)
		return run->opts->kernel->kind(run->opts->kernel->ctx, fd);
	return bemu_task_fd(run->task->task, fd, &info) ? (uint32_t)BEMU_KIND_BTF : info.kind;
}

static const char bpffs[] = "/sys/fs/bpf/";

bool bemu_scn_path_ok(const struct bemu_scn_run *run, const struct bemu_scn_arg *arg)
{
	char path[256];

	bemu_scn_copy(run, arg, path, sizeof(path));
	return !strncmp(path, bpffs, sizeof(bpffs) - 1) && !strstr(path, "..");
}

const char *bemu_scn_path(const struct bemu_scn_run *run, const struct bemu_scn_arg *arg, char *buf,
			  size_t size)
{
	char path[256];

	bemu_scn_copy(run, arg, path, sizeof(path));
	if (!run->opts->kernel)
		(void)snprintf(buf, size, "%s", path);
	else if (bemu_scn_path_ok(run, arg))
		(void)snprintf(buf, size, "%s%s", run->opts->kernel->prefix,
			       path + sizeof(bpffs) - 1);
	else
		buf[0] = '\0'; /* such a scenario is skipped before its first step */
	return buf;
}

int bemu_scn_bpf(struct bemu_scn_run *run, uint32_t cmd, void *attr, uint32_t size)
{
	int err = bemu_scn_mem(run, attr, size);

	if (err)
		return err;
	err = bemu_scn_sys_bpf(run, cmd, attr, size, &run->answer.ret);
	if (err == -EOPNOTSUPP) {
		const struct bemu_log_record *rec = bemu_log_last(bemu_get_log(run->em));

		(void)bemu_scn_mistake(run, NULL, "not modelled: %.90s", rec ? rec->text : "");
	}
	return err;
}

static struct bemu_ledger_where where_of(const struct bemu_scn_run *run, const char *call)
{
	return (struct bemu_ledger_where){
		.step = run->step, .insn_idx = -1, .call = call, .stored_by = UINT32_MAX
	};
}

uint32_t bemu_scn_tag(struct bemu_scn_run *run, const struct bemu_scn_str *str)
{
	const struct bemu_scn_name *name =
		bemu_scn_find_name(run, run->scn->text + str->off, str->len);

	return name && name->task && name->task->ledger == run->task->ledger ? name->life : 0;
}

int bemu_scn_use_fd(struct bemu_scn_run *run, const struct bemu_scn_str *str, const char *call)
{
	uint32_t tag = bemu_scn_tag(run, str);
	const struct bemu_fd_life *life = bemu_ledger_life(run->task->ledger, tag);
	struct bemu_ledger_where where;
	char text[64];

	if (!life)
		return 0;
	(void)snprintf(text, sizeof(text), "%.40s(%d)", call, life->fd);
	where = where_of(run, text);
	return bemu_ledger_used(run->task->ledger, &where, life->fd, tag);
}

const char *bemu_scn_label(const struct bemu_scn_run *run, const char *name,
			   char buf[BEMU_LIFE_WHAT_LEN])
{
	const struct bemu_scn_line *line = run->line;
	uint32_t len;

	if (*name || line->nr_answer < 2)
		return name;
	if (!bemu_scn_is(run->scn, &run->scn->args[line->answer].val, "fd"))
		return name;
	len = run->scn->args[line->answer + 1].val.len;
	if (len >= BEMU_LIFE_WHAT_LEN)
		len = BEMU_LIFE_WHAT_LEN - 1;
	memcpy(buf, run->scn->text + run->scn->args[line->answer + 1].val.off, len);
	buf[len] = '\0';
	return buf;
}

int bemu_scn_opened(struct bemu_scn_run *run, struct bemu_scn_task *task, const char *what, ...)
{
	struct bemu_scn_answer *a = &run->answer;
	struct bemu_ledger_where where = where_of(run, "");
	va_list args;
	int err;

	va_start(args, what);
	(void)vsnprintf(a->what, sizeof(a->what), what, args);
	va_end(args);
	a->is_fd = true;
	a->task = task;
	if (a->ret < 0)
		return 0;
	err = bemu_ledger_opened(task->ledger, &where, (int)a->ret, a->what, &a->life);
	return err ? err : bemu_ledger_handed(task->ledger, &where, (int)a->ret, a->life, a->what);
}

int bemu_scn_ended(struct bemu_scn_run *run, struct bemu_scn_task *task, int fd, uint32_t tag,
		   bool exits)
{
	uint32_t life = bemu_ledger_open_life(task->ledger, fd);
	struct bemu_ledger_where where;
	char text[64];
	int err;

	(void)snprintf(text, sizeof(text), exits ? "exit closes %d" : "close(%d)", fd);
	where = where_of(run, text);
	err = bemu_ledger_closed(task->ledger, &where, fd, run->answer.ret, tag);
	if (!err && life && run->answer.ret == 0)
		bemu_escape_ended(run->escape, task->book->pid, life, exits);
	return err;
}

int bemu_scn_task_new(struct bemu_scn_run *run, const char *name, struct bemu_scn_task **out)
{
	struct bemu_scn_task *task, **link;
	uint32_t nr = 0;
	int err;

	for (link = &run->tasks; *link; link = &(*link)->next)
		nr++;
	if (nr >= BEMU_SCN_MAX_TASKS)
		return bemu_scn_mistake(run, NULL, "more than %d tasks", BEMU_SCN_MAX_TASKS);
	task = bemu_zalloc(run->env, sizeof(*task));
	if (!task)
		return -ENOMEM;
	memcpy(task->name, name, strnlen(name, sizeof(task->name) - 1));
	task->book = task;
	err = bemu_ledger_new(run->env, &run->findings, &task->ledger);
	if (err) {
		bemu_mem_free(run->env, task);
		return err;
	}
	*link = task;
	*out = task;
	return 0;
}

struct bemu_scn_task *bemu_scn_find_task(struct bemu_scn_run *run, const struct bemu_scn_str *str)
{
	struct bemu_scn_task *task;

	for (task = run->tasks; task; task = task->next)
		if (bemu_scn_is(run->scn, str, task->name))
			return task;
	return NULL;
}
