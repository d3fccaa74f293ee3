// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The frame of a run: header lines, the world that they ask for, one step after the other. */
#include "scenario/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "load/names.h"
#include "scenario/lex.h"
#include "scenario/private.h"

enum { DEFAULT_MEMORY = 256 << 20 };

#define NOT_ANSWERED INT64_MIN

static const struct {
	const char *word, *second; /* NULL: any */
	bemu_scn_step_fn *done;
	bool host; /* may be asked of a running kernel: one call, of this task, that asks for little */
} steps[] = {
	{ "close", NULL, bemu_scn_do_close, true },
	{ "dup", NULL, bemu_scn_do_dup, true },
	{ "dup2", NULL, bemu_scn_do_dup2, true },
	{ "cloexec", NULL, bemu_scn_do_cloexec, true },
	{ "fork", NULL, bemu_scn_do_fork, false },
	{ "exec", NULL, bemu_scn_do_exec, false },
	{ "exit", NULL, bemu_scn_do_exit, false },
	{ "send", NULL, bemu_scn_do_send, false },
	{ "reserve", NULL, bemu_scn_do_reserve, false },
	{ "open", "other", bemu_scn_do_open_other, true },
	{ "open", "file", bemu_scn_do_open_file, false },
	{ "open", NULL, bemu_scn_do_open, true },
	{ "nofile", NULL, bemu_scn_do_nofile, false },
	{ "drain", NULL, bemu_scn_do_drain, true },
	{ "defer", NULL, bemu_scn_do_defer, false },
	{ "map", "create", bemu_scn_do_map_create, true },
	{ "map", "update", bemu_scn_do_map_update, true },
	{ "map", "lookup", bemu_scn_do_map_lookup, true },
	{ "map", "delete", bemu_scn_do_map_delete, true },
	{ "map", "next", bemu_scn_do_map_next, true },
	{ "map", "freeze", bemu_scn_do_map_freeze, true },
	{ "btf", "load", bemu_scn_do_btf_load, true },
	{ "btf", "open", bemu_scn_do_btf_open, true },
	{ "prog", "load", bemu_scn_do_prog_load, true },
	{ "prog", "run", bemu_scn_do_prog_run, true },
	{ "prog", "bind", bemu_scn_do_prog_bind, true },
	{ "prog", "enter", bemu_scn_do_prog_enter, false },
	{ "prog", "leave", bemu_scn_do_prog_leave, false },
	{ "prog", "timer", bemu_scn_do_prog_timer, false },
	{ "poke", NULL, bemu_scn_do_poke, false },
	{ "link", "raw_tp", bemu_scn_do_link_raw_tp, true },
	{ "link", "create", bemu_scn_do_link_create, false },
	{ "pin", NULL, bemu_scn_do_pin, true },
	{ "get", NULL, bemu_scn_do_get, true },
	{ "unlink", NULL, bemu_scn_do_unlink, true },
	{ "next", NULL, bemu_scn_do_next, true },
	{ "info", NULL, bemu_scn_do_info, true },
	{ "bpf", NULL, bemu_scn_do_bpf, true },
	{ "module", NULL, bemu_scn_do_module, false },
	{ "mkdir", NULL, bemu_scn_do_mkdir, false },
	{ "rmdir", NULL, bemu_scn_do_rmdir, false },
	{ "rename", NULL, bemu_scn_do_rename, false },
	{ "ln", NULL, bemu_scn_do_ln, false },
	{ "umount", NULL, bemu_scn_do_umount, false },
	{ "release", NULL, bemu_scn_do_release, false },
	{ "post", NULL, bemu_scn_do_post, false },
	{ "receive", NULL, bemu_scn_do_receive, false },
	{ "object", NULL, bemu_scn_do_object, false },
	{ "gap", NULL, bemu_scn_do_gap, false },
	{ "skel", "run", bemu_scn_do_skel_run, false },
	{ "load", NULL, bemu_scn_do_load, false },
};

static const struct bemu_scn_arg *word(const struct bemu_scn_run *run, uint32_t n)
{
	return n < run->line->nr_args ? &run->scn->args[run->line->args + n] : NULL;
}

static bool is_word(const struct bemu_scn_run *run, uint32_t n, const char *text)
{
	const struct bemu_scn_arg *arg = word(run, n);

	return arg && !arg->key.len && bemu_scn_is(run->scn, &arg->val, text);
}

/* Words that the step did not ask for are mistakes. */
static int check_used(struct bemu_scn_run *run)
{
	uint32_t i, nr = run->line->nr_args;

	for (i = 0; i < nr && i < 64; i++) {
		const struct bemu_scn_arg *arg = word(run, i);

		if (!(run->used & 1ull << i))
			return bemu_scn_mistake(run, arg->key.len ? &arg->key : &arg->val,
						"this step has no such word");
		i += arg->nr_items;
	}
	return 0;
}

/* ---- header ---- */

/* Which of @names, some of which are NULL, the line says. */
static int pick_release(struct bemu_scn_run *run, const char *const *names, uint32_t nr,
			uint32_t *out)
{
	const struct bemu_scn_arg *arg;
	uint32_t i;
	int err = bemu_scn_need(run, 1, "a release", &arg);

	for (i = 0; !err && i < nr; i++)
		if (names[i] && bemu_scn_is(run->scn, &arg->val, names[i])) {
			*out = i;
			return 0;
		}
	return err ? err : bemu_scn_mistake(run, &arg->val, "no release that is known");
}

static int pick_design(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg = word(run, 1);
	char key[32], value[32];

	if (!arg || !arg->key.len || arg->key.len >= sizeof(key))
		return bemu_scn_mistake(run, NULL, "KEY=VALUE of a design");
	memcpy(key, run->scn->text + arg->key.off, arg->key.len);
	key[arg->key.len] = '\0';
	(void)bemu_scn_setting(run, key); /* it is used */
	switch (bemu_design_choose(key, bemu_scn_copy(run, arg, value, sizeof(value)),
				   &run->design)) {
	case 0:
		return 0;
	case -ENOENT:
		return bemu_scn_mistake(run, &arg->key, "no design that is modelled");
	default:
		return bemu_scn_mistake(run, &arg->val, "no such %s", key);
	}
}

/* "quirk ID", or "no-quirk ID" for one that the release has */
static int pick_quirk(struct bemu_scn_run *run)
{
	const bool on = is_word(run, 0, "quirk");
	const struct bemu_scn_arg *arg;
	char id[64];
	uint32_t quirk;
	int err = bemu_scn_need(run, 1, "the id of a quirk", &arg);

	if (err)
		return err;
	if (bemu_quirk_find(bemu_scn_copy(run, arg, id, sizeof(id)), &quirk))
		return bemu_scn_mistake(run, &arg->val, "no quirk that is known");
	bemu_quirks_set(&run->quirks, quirk, on && !run->opts->no_quirks);
	run->has_quirks |= on;
	return 0;
}

static int pick_audit(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg;
	int err = bemu_scn_need(run, 1, "every-step", &arg);

	if (!err && !bemu_scn_is(run->scn, &arg->val, "every-step"))
		err = bemu_scn_mistake(run, &arg->val, "every-step");
	run->audit_each = true;
	return err;
}

static bool is_header(const struct bemu_scn_run *run)
{
	return is_word(run, 0, "audit") || is_word(run, 0, "kernel") || is_word(run, 0, "libbpf") ||
	       is_word(run, 0, "design") || is_word(run, 0, "quirk") ||
	       is_word(run, 0, "no-quirk") || is_word(run, 0, "vmlinux");
}

/* *vmlinux: the line that has its types. */
static int header_line(struct bemu_scn_run *run, const struct bemu_scn_line **vmlinux)
{
	int err = 0;

	run->used = 1;
	if (is_word(run, 0, "kernel"))
		err = pick_release(run, bemu_kernel_names, BEMU_NR_KERNEL_NAMES, &run->kernel);
	else if (is_word(run, 0, "libbpf"))
		err = pick_release(run, bemu_libbpf_names, BEMU_NR_LIBBPF_NAMES, &run->libbpf);
	else if (is_word(run, 0, "design"))
		err = pick_design(run);
	else if (is_word(run, 0, "quirk") || is_word(run, 0, "no-quirk"))
		err = pick_quirk(run);
	else if (is_word(run, 0, "audit"))
		err = pick_audit(run);
	else {
		*vmlinux = run->line;
		(void)bemu_scn_setting(run, "file");
		(void)bemu_scn_setting(run, "hex");
		(void)bemu_scn_setting(run, "builtin");
	}
	if (!err && (run->line->depth || run->line->has_answer))
		err = bemu_scn_mistake(run, NULL, "a header line stands alone");
	return err ? err : check_used(run);
}

/* Lines before the first step; *first receives that one's index. */
static int read_header(struct bemu_scn_run *run, uint32_t *first,
		       const struct bemu_scn_line **vmlinux)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < run->scn->nr_lines; i++) {
		run->line = &run->scn->lines[i];
		if (run->line->kind == BEMU_SCN_STEP && !is_word(run, 0, "scenario:") &&
		    !is_header(run))
			break;
		if (run->opts->record)
			bemu_scn_record(run, false);
		if (run->line->kind != BEMU_SCN_STEP || is_word(run, 0, "scenario:"))
			continue;
		err = header_line(run, vmlinux);
	}
	*first = i;
	return err;
}

static bool prog_alive(void *ctx, uint32_t prog_id)
{
	const struct bemu_scn_run *run = ctx;
	struct bemu_object_info info;
	uint64_t serial = 0;

	while (!bemu_next_object(run->em, BEMU_KIND_PROG, serial, &info)) {
		if (info.id == prog_id && !info.dying)
			return true;
		serial = info.serial;
	}
	return false;
}

/* Without a line that says so, the library that came with the kernel. */
static uint32_t libbpf_of(uint32_t kernel)
{
	switch (kernel) {
	case BEMU_KERNEL_5_15:
	case BEMU_KERNEL_6_1:
		return BEMU_LIBBPF_1_1;
	case BEMU_KERNEL_6_6:
	case BEMU_KERNEL_6_12:
		return BEMU_LIBBPF_1_5;
	default:
		return BEMU_LIBBPF_1_7;
	}
}

static int make_world(struct bemu_scn_run *run, const struct bemu_scn_line *vmlinux)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = run->kernel };
	int err;

	if (!run->libbpf)
		run->libbpf = libbpf_of(run->kernel);
	opts.limits.max_memory = run->opts->max_memory ? run->opts->max_memory : DEFAULT_MEMORY;
	err = bemu_new(&opts, &run->em);
	if (err)
		return err;
	run->line = vmlinux ? vmlinux : &run->scn->lines[0];
	err = bemu_scn_set_vmlinux(run, vmlinux);
	if (!err)
		err = bemu_seal(run->em);
	if (!err)
		bemu_set_design(run->em, run->design);
	if (!err) {
		bemu_set_quirks(run->em, &run->quirks);
		bemu_scn_hang_on(run);
	}
	if (!err)
		err = bemu_escape_new(run->env, &run->findings, prog_alive, run, &run->escape);
	run->log = bemu_zalloc(run->env, BEMU_SCN_LOG_LEN + 1);
	return err || !run->log ? (err ? err : -ENOMEM) : 0;
}

/* ---- tasks ---- */

static int caps_of(struct bemu_scn_run *run, uint32_t *out)
{
	static const char *const names[] = { "bpf", "perfmon", "net_admin", "sys_admin" };
	const struct bemu_scn_arg *list = bemu_scn_setting(run, "without");
	uint32_t i, cap;
	int err = 0;

	*out = 0;
	for (i = 0; !err && list && i < (list->kind == BEMU_SCN_LIST ? list->nr_items : 1); i++) {
		const struct bemu_scn_arg *item = list->kind == BEMU_SCN_LIST ? &list[1 + i] : list;

		err = bemu_scn_enum(run, item, names, BEMU_ARRAY_SIZE(names), "capability", &cap);
		if (!err && cap >= BEMU_ARRAY_SIZE(names))
			err = bemu_scn_mistake(run, &item->val, "not a capability");
		if (!err)
			*out |= 1u << cap;
	}
	return err;
}

static int start_task(struct bemu_scn_run *run, const char *name, uint32_t no_caps)
{
	struct bemu_task_opts opts = { .size = sizeof(opts),
				       .mem = &run->mem_ops,
				       .no_caps = no_caps,
				       .nr_std = BEMU_TASK_STD };
	struct bemu_scn_task *task;
	int err = bemu_scn_task_new(run, name, &task);

	if (!err)
		err = bemu_task_new(run->em, &opts, &task->task);
	if (!err) {
		task->pid = bemu_task_pid(task->task);
		run->task = task;
	}
	return err;
}

static int task_line(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg;
	struct bemu_scn_task *task;
	char name[BEMU_SCN_NAME_LEN];
	uint32_t no_caps;
	int err = bemu_scn_need(run, 1, "the name of a task", &arg);

	if (!err)
		err = caps_of(run, &no_caps);
	if (!err && run->line->has_answer)
		err = bemu_scn_mistake(run, NULL, "a task has no answer");
	if (err)
		return err;
	task = bemu_scn_find_task(run, &arg->val);
	if (!task)
		return start_task(run, bemu_scn_copy(run, arg, name, sizeof(name)), no_caps);
	run->task = task;
	return 0;
}

/* ---- steps ---- */

static int layout_line(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg;
	int err = bemu_scn_need(run, 1, "a layout", &arg);

	if (err)
		return err;
	(void)bemu_scn_setting(run, "range-check");
	(void)bemu_scn_setting(run, "hash");
	(void)bemu_scn_setting(run, "signed");
	run->layout = arg->val;
	run->layout_line = (uint32_t)(run->line - run->scn->lines);
	return 0;
}

static int no_answer_needed(const struct bemu_scn_run *run)
{
	return is_word(run, 0, "exit") || is_word(run, 0, "exec") || is_word(run, 0, "drain") ||
	       is_word(run, 0, "defer") || is_word(run, 0, "object") ||
	       is_word(run, 0, "reserve") || is_word(run, 0, "nofile") || is_word(run, 0, "poke");
}

/* The row of the line's step; the table's length when there is none. */
static size_t find_step(const struct bemu_scn_run *run)
{
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(steps); i++)
		if (is_word(run, 0, steps[i].word) &&
		    (!steps[i].second || is_word(run, 1, steps[i].second)))
			break;
	return i;
}

/* A running kernel's files are not the scenario's: only names in bpffs, which get a prefix of their own. */
static bool names_a_file(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *path;
	uint32_t n = is_word(run, 0, "pin") ? 2 : 1;

	if (n == 1 && !is_word(run, 0, "get") && !is_word(run, 0, "unlink"))
		return false;
	path = bemu_scn_arg(run, n);
	return path && !bemu_scn_path_ok(run, path);
}

/* NULL, or why the kernel that was asked for cannot do the scenario. */
static const char *not_for_kernel(struct bemu_scn_run *run, uint32_t first, bool vmlinux)
{
	uint32_t i;

	if (run->kernel && run->kernel != run->opts->kernel->release)
		return "it is about another release";
	if (vmlinux || run->design || run->has_quirks)
		return "it is about another kernel";
	for (i = first; i < run->scn->nr_lines; i++) {
		size_t step;

		run->line = &run->scn->lines[i];
		if (run->line->kind != BEMU_SCN_STEP || is_word(run, 0, "expect"))
			continue;
		step = find_step(run);
		if (step == BEMU_ARRAY_SIZE(steps) || !steps[step].host)
			return "it has tasks, modules or loaders";
		if (names_a_file(run))
			return "it names a file that is not below /sys/fs/bpf/";
		if (is_word(run, 0, "bpf") && !bemu_scn_bpf_on_host(run))
			return "it has a command that is not modelled, or names a file by its bytes";
	}
	return NULL;
}

/* What bpf(2) and the like answer, against what they answer without quirks. */
static void compare_twin(struct bemu_scn_run *run)
{
	size_t at = (size_t)(run->line - run->scn->lines);
	long ret = run->answer.ret;
	char with[32], without[32];

	if (run->answers)
		run->answers[at] = ret;
	if (!run->twin || run->diverged || run->twin[at] == NOT_ANSWERED || run->twin[at] == ret ||
	    (run->twin[at] >= 0 && ret >= 0))
		return;
	run->diverged = run->step;
	(void)snprintf(
		run->divergence, sizeof(run->divergence), "the answer is %s, and %s without quirks",
		ret < 0 ? bemu_scn_errno(ret, with) : "no error",
		run->twin[at] < 0 ? bemu_scn_errno((long)run->twin[at], without) : "no error");
}

/* Where nothing else tells of a quirk, the other answer does. */
static int judge_twin(struct bemu_scn_run *run)
{
	if (!run->diverged || run->findings.nr)
		return 0;
	return bemu_findings_add(&run->findings, BEMU_FINDING_VERDICT_MISMATCH, run->diverged, -1,
				 "%s", run->divergence)
		       ? 0
		       : -ENOMEM;
}

/* Steps that are no call of the task which they stand under. */
static bool is_apart(const struct bemu_scn_run *run)
{
	return is_word(run, 0, "module") || is_word(run, 0, "drain") || is_word(run, 0, "defer") ||
	       is_word(run, 0, "poke") || is_word(run, 1, "leave");
}

static int do_step(struct bemu_scn_run *run)
{
	size_t i = find_step(run);
	int err;

	if (i == BEMU_ARRAY_SIZE(steps))
		return bemu_scn_mistake(run, NULL, "no step begins like this");
	if (!run->line->has_answer && !no_answer_needed(run) && !run->opts->record)
		return bemu_scn_mistake(run, NULL, "a step needs its answer: -> ...");
	if (!run->task->task)
		return bemu_scn_mistake(run, NULL, "task %.64s has exited", run->task->name);
	if (run->nested == run->task->task && !is_apart(run))
		return bemu_scn_mistake(run, NULL, "a call of task %.64s is under way",
					run->task->name);
	run->step = ++run->res->nr_steps;
	if (run->opts->watch) {
		if (bemu_grow(run->env, &run->step_lines, &run->cap_step_lines, run->step,
			      sizeof(*run->step_lines)))
			return -ENOMEM;
		run->step_lines[run->step - 1] = run->line->at.line;
	}
	run->used |= steps[i].second ? 3 : 1;
	if (!run->in_body)
		run->nr_reads = 0;
	run->victim = (struct bemu_scn_bytes){ NULL, 0 };
	if (run->opts->kernel && run->opts->kernel->step)
		run->opts->kernel->step(run->opts->kernel->ctx, run->scn, run->line);
	err = steps[i].done(run);
	if (run->body_err)
		return run->body_err;
	if (!err && steps[i].host)
		compare_twin(run);
	if (!err)
		err = check_used(run);
	if (!err)
		err = bemu_escape_judge(run->escape, run->step);
	if (!err)
		err = bemu_scn_audit(run, run->audit_each || run->opts->audit_each);
	if (err)
		return err;
	bemu_scn_trace_step(run);
	if (run->opts->record)
		bemu_scn_record(run, true);
	err = bemu_scn_match(run);
	bemu_btf_put(run->answer.btf);
	run->answer.btf = NULL;
	return err;
}

/* Only what is indented under a task, a yield point or a layout is deeper than the line before. */
static int check_depth(struct bemu_scn_run *run, const struct bemu_scn_line *before)
{
	const struct bemu_scn_arg *arg;

	if (!before || run->line->depth <= before->depth)
		return 0;
	arg = &run->scn->args[before->args];
	if (bemu_scn_is(run->scn, &arg->val, "task") || bemu_scn_is(run->scn, &arg->val, "at") ||
	    bemu_scn_is(run->scn, &arg->val, "layout"))
		return 0;
	return bemu_scn_mistake(run, NULL, "nothing can be indented under the line before");
}

static int do_line(struct bemu_scn_run *run)
{
	int err;

	memset(&run->answer, 0, sizeof(run->answer));
	bemu_skel_mem_cut(&run->mem, run->mem_base);
	run->used = 1;
	if (is_word(run, 0, "task"))
		err = task_line(run);
	else if (is_word(run, 0, "layout"))
		err = layout_line(run);
	else if (is_word(run, 0, "expect"))
		return bemu_scn_expect_line(run);
	else
		return do_step(run);
	return err ? err : check_used(run);
}

int bemu_scn_do_lines(struct bemu_scn_run *run, uint32_t first, uint32_t end)
{
	const struct bemu_scn_line *before = NULL;
	struct bemu_scn_task *task = run->task; /* of lines that are under no "task" */
	uint32_t i, depth = 0;
	int err = 0;

	for (i = first; !err && i < end; i++) {
		run->line = &run->scn->lines[i];
		if (run->line->kind != BEMU_SCN_STEP)
			continue;
		err = check_depth(run, before);
		if (!before)
			depth = run->line->depth;
		before = run->line;
		if (run->line->depth == depth)
			run->task = task;
		if (err)
			break;
		run->used = 1;
		err = is_word(run, 0, "at") ? bemu_scn_set_trap(run, &i) : do_line(run);
	}
	return err;
}

static void close_books(struct bemu_scn_run *run)
{
	const struct bemu_ledger_where where = { .step = run->step, .insn_idx = -1, .call = "end" };
	struct bemu_scn_task *task;

	for (task = run->tasks; task; task = task->next)
		if (task->book == task)
			(void)!bemu_ledger_end(task->ledger, &where);
}

static void end_world(struct bemu_scn_run *run)
{
	struct bemu_scn_task *task;

	bemu_btf_put(run->answer.btf);
	bemu_scn_object_free(run);
	while ((task = run->tasks)) {
		run->tasks = task->next;
		bemu_task_exit(task->task);
		if (task->book == task)
			bemu_ledger_free(task->ledger);
		bemu_mem_free(run->env, task);
	}
	bemu_scn_race_free(run);
	bemu_escape_free(run->escape);
	bemu_free(run->em);
	bemu_scn_free_btfs(run);
	bemu_skel_mem_fini(&run->mem);
	bemu_findings_fini(&run->findings);
	bemu_mem_free(run->env, run->names);
	bemu_mem_free(run->env, run->made);
	bemu_mem_free(run->env, run->expects);
	bemu_mem_free(run->env, run->step_lines);
	bemu_mem_free(run->env, run->log);
}

static int run_all(struct bemu_scn_run *run, uint32_t first, const struct bemu_scn_line *vmlinux)
{
	int err = make_world(run, vmlinux);

	if (!err)
		err = start_task(run, "main", 0);
	if (!err)
		err = bemu_scn_do_lines(run, first, run->scn->nr_lines);
	if (!err && !run->res->nr_steps) {
		run->line = &run->scn->lines[run->scn->nr_lines - 1];
		err = bemu_scn_mistake(run, NULL, "a scenario needs a step");
	}
	if (err)
		return err;
	close_books(run);
	/* findings follow from answers, which are the other kernel's own business */
	if (run->opts->kernel || run->opts->record)
		return 0;
	err = bemu_scn_audit(run, true);
	if (!err)
		err = judge_twin(run);
	if (err)
		return err;
	if (!run->opts->no_quirks || !run->has_quirks)
		bemu_scn_judge_traps(run);
	bemu_scn_trace_end(run);
	return bemu_scn_judge(run);
}

static int run_once(struct bemu_env *env, const struct bemu_scn *scn,
		    const struct bemu_scn_opts *opts, struct bemu_scn_where *where,
		    int64_t *answers, const int64_t *twin, struct bemu_scn_result *out)
{
	struct bemu_scn_result res = { 0 };
	const struct bemu_scn_line *vmlinux = NULL;
	struct bemu_scn_run *run;
	uint32_t first = 0;
	int err;

	run = bemu_zalloc(env, sizeof(*run));
	if (!run)
		return -ENOMEM;
	run->env = env;
	run->scn = scn;
	run->opts = opts;
	run->where = where;
	run->res = &res;
	run->answers = answers;
	run->twin = twin;
	bemu_skel_mem_init(&run->mem, env);
	if (opts->kernel && opts->kernel->mem)
		*opts->kernel->mem = &run->mem;
	bemu_scn_mem_ops(run);
	bemu_findings_init(&run->findings, env);
	bemu_env_budget(env);
	err = read_header(run, &first, &vmlinux);
	if (!err && opts->kernel)
		res.skipped = not_for_kernel(run, first, vmlinux != NULL);
	if (!err && res.skipped && where && run->line)
		where->line = run->line->at.line;
	if (!err && !res.skipped)
		err = run_all(run, first, vmlinux);
	if (res.skipped)
		err = 0; /* found out on the way */
	if (env->fault)
		err = env->fault;
	end_world(run);
	bemu_mem_free(env, run);
	if (!err)
		*out = res;
	return err;
}

/* A line "quirk K-...": what the kernel answers may be the quirk's. */
static bool has_kernel_quirk(const struct bemu_scn *scn)
{
	uint32_t i;

	for (i = 0; i < scn->nr_lines; i++) {
		const struct bemu_scn_line *line = &scn->lines[i];
		const struct bemu_scn_arg *args = &scn->args[line->args];

		if (line->kind == BEMU_SCN_STEP && line->nr_args == 2 &&
		    bemu_scn_is(scn, &args[0].val, "quirk") && args[1].val.len > 2 &&
		    !memcmp(scn->text + args[1].val.off, "K-", 2))
			return true;
	}
	return false;
}

int bemu_scn_run(struct bemu_env *env, const struct bemu_scn *scn, const struct bemu_scn_opts *opts,
		 struct bemu_scn_where *where, struct bemu_scn_result *out)
{
	struct bemu_scn_opts without = *opts;
	struct bemu_scn_result unused;
	int64_t *answers;
	uint32_t i;
	int err;

	if (opts->size != sizeof(*opts))
		return -EINVAL;
	if (opts->no_quirks || opts->kernel || opts->record || !has_kernel_quirk(scn))
		return run_once(env, scn, opts, where, NULL, NULL, out);
	answers = bemu_zalloc_array(env, (size_t)scn->nr_lines + 1, sizeof(*answers));
	if (!answers)
		return -ENOMEM;
	for (i = 0; i < scn->nr_lines; i++)
		answers[i] = NOT_ANSWERED;
	without.no_quirks = true;
	without.report = without.trace = NULL;
	without.watch = NULL;
	err = run_once(env, scn, &without, where, answers, NULL, &unused);
	if (!err)
		err = run_once(env, scn, opts, where, NULL, answers, out);
	bemu_mem_free(env, answers);
	return err;
}
