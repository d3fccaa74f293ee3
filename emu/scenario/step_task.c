// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Tasks and their numbers: close, dup, fork, exec, exit, passing an FD. */
#include <errno.h>
#include <string.h>

#include "scenario/private.h"

static int fd_arg(struct bemu_scn_run *run, uint32_t n, const struct bemu_scn_arg **arg, int *fd)
{
	int64_t v = 0;
	int err = bemu_scn_need(run, n, "an FD", arg);

	if (!err)
		err = bemu_scn_value(run, &(*arg)->val, &v);
	if (!err && (v < INT32_MIN || v > INT32_MAX))
		err = bemu_scn_mistake(run, &(*arg)->val, "not an FD");
	*fd = (int)v;
	return err;
}

int bemu_scn_do_close(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg;
	uint32_t tag;
	int fd, err = fd_arg(run, 1, &arg, &fd);

	if (!err)
		err = bemu_scn_sys_close(run, fd, &run->answer.ret);
	if (err)
		return err;
	tag = bemu_scn_tag(run, &arg->val);
	/* a number that is written as a number is just that: what it meant before does not matter */
	if (!bemu_scn_find_name(run, run->scn->text + arg->val.off, arg->val.len)) {
		tag = bemu_ledger_open_life(run->task->ledger, fd);
		if (!tag)
			return 0;
	}
	return bemu_scn_ended(run, run->task, fd, tag, false);
}

/* What a number is on, in the words of its ledger. */
static const char *what_of(const struct bemu_scn_task *task, int fd)
{
	const struct bemu_fd_life *life =
		bemu_ledger_life(task->ledger, bemu_ledger_open_life(task->ledger, fd));

	return life ? life->what : "a file";
}

static int sys_dupfd(struct bemu_scn_run *run, int fd, int min, bool cloexec)
{
	const struct bemu_scn_kernel *kernel = run->opts->kernel;

	if (!kernel)
		return bemu_sys_dupfd(run->task->task, fd, min, cloexec, &run->answer.ret);
	run->answer.ret = kernel->dupfd(kernel->ctx, fd, min, cloexec);
	return 0;
}

/* @flags -1: dup2(2), else dup3(2) */
static int sys_dup2(struct bemu_scn_run *run, int fd, int newfd, int flags)
{
	const struct bemu_scn_kernel *kernel = run->opts->kernel;

	if (kernel)
		run->answer.ret = kernel->dup2(kernel->ctx, fd, newfd, flags);
	else if (flags < 0)
		return bemu_sys_dup2(run->task->task, fd, newfd, &run->answer.ret);
	else
		return bemu_sys_dup3(run->task->task, fd, newfd, flags, &run->answer.ret);
	return 0;
}

int bemu_scn_do_dup(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg;
	uint32_t min, cloexec;
	int fd, err = fd_arg(run, 1, &arg, &fd);

	if (!err)
		err = bemu_scn_setting_u32(run, "min", 0, &min);
	if (!err)
		err = bemu_scn_setting_u32(run, "cloexec", 0, &cloexec);
	if (!err)
		err = bemu_scn_use_fd(run, &arg->val, "dup");
	if (!err)
		err = sys_dupfd(run, fd, (int)min, cloexec != 0);
	return err ? err : bemu_scn_opened(run, run->task, "%s", what_of(run->task, fd));
}

int bemu_scn_do_dup2(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg, *to;
	struct bemu_ledger_where where = {
		.step = run->step, .insn_idx = -1, .call = "dup2", .stored_by = UINT32_MAX
	};
	uint32_t life, cloexec;
	int fd, newfd = -1, err = fd_arg(run, 1, &arg, &fd);

	if (!err)
		err = fd_arg(run, 2, &to, &newfd);
	if (!err)
		err = bemu_scn_setting_u32(run, "cloexec", UINT32_MAX, &cloexec);
	if (!err)
		err = bemu_scn_use_fd(run, &arg->val, "dup2");
	if (err)
		return err;
	life = bemu_ledger_open_life(run->task->ledger, newfd);
	err = sys_dup2(run, fd, newfd, cloexec == UINT32_MAX ? -1 : cloexec ? BEMU_K_O_CLOEXEC : 0);
	if (!err && life && run->answer.ret >= 0 && fd != newfd) {
		/* what was there is closed by this call, on purpose */
		err = bemu_ledger_closed(run->task->ledger, &where, newfd, 0, life);
		bemu_escape_ended(run->escape, run->task->book->pid, life, false);
	}
	if (!err && fd == newfd && run->answer.ret >= 0) {
		run->answer.is_fd = true;
		run->answer.task = run->task;
		run->answer.life = life;
		return 0;
	}
	return err ? err : bemu_scn_opened(run, run->task, "%s", what_of(run->task, fd));
}

int bemu_scn_do_cloexec(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg;
	struct bemu_fd_info info;
	int fd, err = fd_arg(run, 1, &arg, &fd);

	if (err)
		return err;
	if (run->opts->kernel) {
		run->answer.ret = run->opts->kernel->cloexec(run->opts->kernel->ctx, fd);
		return 0;
	}
	run->answer.ret = bemu_task_fd(run->task->task, fd, &info);
	if (!run->answer.ret)
		run->answer.ret = info.cloexec;
	return 0;
}

/* The child's book begins as a copy: what is open in the parent is open in the child. */
static int copy_book(struct bemu_scn_run *run, const struct bemu_scn_task *parent,
		     struct bemu_scn_task *child)
{
	uint32_t i, nr = bemu_ledger_nr_lives(parent->ledger);
	struct bemu_scn_answer kept = run->answer;
	int err = 0;

	for (i = 1; !err && i <= nr; i++) {
		const struct bemu_fd_life *life = bemu_ledger_life(parent->ledger, i);

		if (life->closed)
			continue;
		run->answer.ret = life->fd;
		err = bemu_scn_opened(run, child, "%s", life->what);
	}
	run->answer = kept;
	return err;
}

/* files=shared: one table and one book for both */
static int share_book(struct bemu_scn_run *run, struct bemu_scn_task *child)
{
	const struct bemu_scn_arg *files = bemu_scn_setting(run, "files");

	if (!files)
		return 0;
	if (!bemu_scn_is(run->scn, &files->val, "shared"))
		return bemu_scn_mistake(run, &files->val, "shared");
	bemu_ledger_free(child->ledger);
	child->ledger = run->task->ledger;
	child->book = run->task->book;
	return 0;
}

/* Another task has the table that this one lets go of. */
static bool is_shared(const struct bemu_scn_run *run)
{
	const struct bemu_scn_task *task;

	for (task = run->tasks; task; task = task->next)
		if (task != run->task && task->task && task->ledger == run->task->ledger)
			return true;
	return false;
}

int bemu_scn_do_fork(struct bemu_scn_run *run)
{
	char name[BEMU_SCN_NAME_LEN];
	const struct bemu_scn_arg *arg;
	struct bemu_scn_task *child;
	bool shared;
	int err = bemu_scn_need(run, 1, "a name for the child", &arg);

	if (err)
		return err;
	if (bemu_scn_find_task(run, &arg->val))
		return bemu_scn_mistake(run, &arg->val, "a task has that name");
	err = bemu_scn_task_new(run, bemu_scn_copy(run, arg, name, sizeof(name)), &child);
	if (!err)
		err = share_book(run, child);
	if (err)
		return err;
	shared = child->book != child;
	err = bemu_task_fork(run->task->task, shared ? BEMU_FORK_FILES : 0, &child->task);
	if (err)
		return err;
	child->pid = bemu_task_pid(child->task);
	return shared ? 0 : copy_book(run, run->task, child);
}

/*
 * What was shared stays with the others, with its number and with the names that were given under it; the task
 * begins a book of its own.
 */
static int part_books(struct bemu_scn_run *run)
{
	struct bemu_scn_task *own = run->task, *heir = own->book, *task, before = *own;
	struct bemu_ledger *ledger;
	uint32_t i;
	int err = bemu_ledger_new(run->env, &run->findings, &ledger);

	if (err)
		return err;
	for (task = run->tasks; task && heir == own; task = task->next)
		if (task != own && task->task && task->ledger == own->ledger)
			heir = task;
	if (own->book == own) {
		own->pid = heir->pid;
		heir->pid = before.pid;
	}
	for (task = run->tasks; task; task = task->next)
		if (task->book == own)
			task->book = heir;
	for (i = 0; i < run->nr_names; i++)
		if (run->names[i].task == own)
			run->names[i].task = heir;
	own->book = own;
	own->ledger = ledger;
	return copy_book(run, &before, own);
}

int bemu_scn_do_exec(struct bemu_scn_run *run)
{
	struct bemu_fd_info info;
	int err = is_shared(run) ? part_books(run) : 0;
	uint32_t i, nr = bemu_ledger_nr_lives(run->task->ledger);

	if (!err)
		err = bemu_task_exec(run->task->task);
	for (i = 1; !err && i <= nr; i++) {
		const struct bemu_fd_life *life = bemu_ledger_life(run->task->ledger, i);

		if (!life->closed && bemu_task_fd(run->task->task, life->fd, &info))
			err = bemu_scn_ended(run, run->task, life->fd, i, false);
	}
	return err;
}

int bemu_scn_do_exit(struct bemu_scn_run *run)
{
	uint32_t i, nr = is_shared(run) ? 0 : bemu_ledger_nr_lives(run->task->ledger);
	int err = 0;

	for (i = 1; !err && i <= nr; i++) {
		const struct bemu_fd_life *life = bemu_ledger_life(run->task->ledger, i);

		if (!life->closed)
			err = bemu_scn_ended(run, run->task, life->fd, i, true);
	}
	bemu_task_exit(run->task->task);
	run->task->task = NULL;
	return err;
}

int bemu_scn_do_send(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg, *name;
	struct bemu_scn_task *to;
	char what[BEMU_LIFE_WHAT_LEN] = "";
	int fd, err = fd_arg(run, 1, &arg, &fd);

	if (!err)
		err = bemu_scn_need(run, 2, "a task", &name);
	if (err)
		return err;
	to = bemu_scn_find_task(run, &name->val);
	if (!to || !to->task)
		return bemu_scn_mistake(run, &name->val, "no task has that name");
	err = bemu_scn_use_fd(run, &arg->val, "sendmsg");
	if (err)
		return err;
	memcpy(what, what_of(run->task, fd), strlen(what_of(run->task, fd)));
	err = bemu_task_pass_fd(run->task->task, fd, to->task, true, &run->answer.ret);
	return err ? err : bemu_scn_opened(run, to, "%s", what);
}

int bemu_scn_do_reserve(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg;
	int fd, err = fd_arg(run, 1, &arg, &fd);

	return err ? err : bemu_task_reserve_fd(run->task->task, fd, &run->answer.ret);
}

int bemu_scn_do_open_other(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg = bemu_scn_arg(run, 2);
	char what[BEMU_LIFE_WHAT_LEN] = "file";
	uint32_t cloexec;
	int err = bemu_scn_setting_u32(run, "cloexec", 0, &cloexec);

	if (err)
		return err;

	if (arg)
		bemu_scn_copy(run, arg, what, sizeof(what));
	if (run->opts->kernel) {
		run->answer.ret = run->opts->kernel->open_other(run->opts->kernel->ctx);
		return bemu_scn_opened(run, run->task, "%s", what);
	}
	err = bemu_sys_open_other(run->task->task, what, cloexec != 0, &run->answer.ret);
	return err ? err : bemu_scn_opened(run, run->task, "%s", what);
}

/* "drain": all of it; "drain map": only what is left of maps; "drain 2 -> 1": two steps, of which there was one */
int bemu_scn_do_drain(struct bemu_scn_run *run)
{
	static const char *const kinds[] = { "map", "prog", "btf", "link" };
	const struct bemu_scn_arg *arg = bemu_scn_arg(run, 1);
	int64_t max = 0;
	uint32_t i;
	int err;

	if (!arg) {
		if (run->opts->kernel)
			run->opts->kernel->drain(run->opts->kernel->ctx);
		else
			(void)bemu_deferred_run(run->em, SIZE_MAX);
		return 0;
	}
	for (i = 0; i < BEMU_ARRAY_SIZE(kinds); i++)
		if (bemu_scn_is(run->scn, &arg->val, kinds[i])) {
			(void)bemu_deferred_run_kind(run->em, i, SIZE_MAX);
			return 0;
		}
	err = bemu_scn_value(run, &arg->val, &max);
	if (!err && (max < 0 || max > UINT32_MAX))
		return bemu_scn_mistake(run, &arg->val, "not a number of steps");
	if (!err)
		run->answer.ret = (long)bemu_deferred_run(run->em, (size_t)max);
	return err;
}

/* "defer on": what the kernel frees later waits for drain; "defer off": it is done at once */
int bemu_scn_do_defer(struct bemu_scn_run *run)
{
	static const char *const words[] = { "off", "on" };
	const struct bemu_scn_arg *arg;
	uint32_t on = 0;
	int err = bemu_scn_need(run, 1, "on or off", &arg);

	if (!err)
		err = bemu_scn_enum(run, arg, words, 2, "on or off", &on);
	if (!err)
		bemu_deferred_wait(run->em, (int)on);
	return err;
}

int bemu_scn_do_nofile(struct bemu_scn_run *run)
{
	int64_t max = 0;
	int err = bemu_scn_need_value(run, 1, "a number", &max);

	if (!err && (max < 0 || max > UINT32_MAX))
		err = bemu_scn_mistake(run, NULL, "not a limit");
	if (!err)
		bemu_task_set_nofile(run->task->task, (uint32_t)max);
	return err;
}
