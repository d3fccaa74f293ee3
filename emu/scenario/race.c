// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What others do in the middle of a call, and programs while they run:
 *
 *   at prog_load.fd_lookup#2      the next call of this task that gets there
 *     task other                  finds these lines done
 *       close x        -> 0
 */
#include <errno.h>
#include <string.h>

#include "scenario/lex.h"
#include "scenario/private.h"

enum { MAX_RUNNING = 16, MAX_NTH = 1000000 };

/* ---- traps ---- */

/* "POINT" or "POINT#N" */
static int read_point(struct bemu_scn_run *run, struct bemu_scn_trap *trap)
{
	const struct bemu_scn_arg *arg;
	int64_t nth = 1;
	char name[64];
	char *hash;
	int point, err = bemu_scn_need(run, 1, "a yield point", &arg);

	if (err)
		return err;
	bemu_scn_copy(run, arg, name, sizeof(name));
	hash = strchr(name, '#');
	if (hash) {
		*hash++ = '\0';
		if (bemu_scn_number(hash, strlen(hash), &nth) || nth < 1 || nth > MAX_NTH)
			return bemu_scn_mistake(run, &arg->val, "how often: a number from 1");
	}
	point = bemu_yield_find(name);
	if (point < 0)
		return bemu_scn_mistake(run, &arg->val, "no yield point has that name");
	trap->point = (uint32_t)point;
	trap->nth = (uint32_t)nth;
	return 0;
}

/* The lines that belong to line @at: all that follow and are deeper. */
static uint32_t end_of_body(const struct bemu_scn *scn, uint32_t at)
{
	uint32_t i = at + 1, end = at + 1;

	for (; i < scn->nr_lines; i++) {
		if (scn->lines[i].kind != BEMU_SCN_STEP)
			continue;
		if (scn->lines[i].depth <= scn->lines[at].depth)
			break;
		end = i + 1;
	}
	return end;
}

int bemu_scn_set_trap(struct bemu_scn_run *run, uint32_t *at)
{
	struct bemu_scn_trap trap = { .first = *at + 1, .task = run->task };
	int err = read_point(run, &trap);

	if (!err && run->line->has_answer)
		err = bemu_scn_mistake(run, NULL, "a yield point has no answer");
	if (!err && run->nested)
		err = bemu_scn_mistake(run, NULL, "a yield point in the lines of another");
	if (err)
		return err;
	trap.end = end_of_body(run->scn, *at);
	trap.line = *at;
	if (trap.end == trap.first)
		return bemu_scn_mistake(run, NULL, "nothing is indented under it");
	if (bemu_grow(run->env, &run->traps, &run->cap_traps, (size_t)run->nr_traps + 1,
		      sizeof(*run->traps)))
		return -ENOMEM;
	run->traps[run->nr_traps++] = trap;
	*at = trap.end - 1;
	return 0;
}

/* The step that is under way keeps what it knows while other lines are done. */
static int do_body(struct bemu_scn_run *run, const struct bemu_scn_trap *trap,
		   struct bemu_task *caller)
{
	struct bemu_scn_answer *kept = bemu_memdup(run->env, &run->answer, sizeof(run->answer));
	const struct bemu_scn_line *line = run->line;
	const struct bemu_scn_bytes victim = run->victim, none = { NULL, 0 };
	struct bemu_scn_task *task = run->task;
	uint32_t step = run->step, base = run->mem_base;
	uint64_t used = run->used;
	int err;

	if (!kept)
		return -ENOMEM;
	run->answer.btf = NULL;
	run->nested = caller;
	run->in_body = true;
	run->prey = victim;
	run->mem_base = run->mem.nr;
	run->task = trap->task;
	err = bemu_scn_do_lines(run, trap->first, trap->end);
	bemu_skel_mem_cut(&run->mem, run->mem_base);
	bemu_btf_put(run->answer.btf);
	run->answer = *kept;
	run->mem_base = base;
	run->in_body = false;
	run->victim = victim;
	run->prey = none;
	run->nested = NULL;
	run->used = used;
	run->step = step;
	run->task = task;
	run->line = line;
	bemu_mem_free(run->env, kept);
	return err;
}

static int told(void *ctx, struct bemu_task *caller, uint32_t point, uint32_t nth)
{
	struct bemu_scn_run *run = ctx;
	uint32_t i;

	for (i = 0; i < run->nr_traps && !run->body_err; i++) {
		struct bemu_scn_trap trap = run->traps[i];

		if (trap.sprung || trap.point != point || trap.nth != nth ||
		    (caller && trap.task->task != caller))
			continue;
		run->traps[i].sprung = true;
		run->body_err = do_body(run, &trap, caller);
	}
	return 0; /* a mistake is told when the call has ended */
}

void bemu_scn_hang_on(struct bemu_scn_run *run)
{
	run->yield = (struct bemu_yield){ .size = sizeof(run->yield), .at = told, .ctx = run };
	bemu_set_yield(run->em, &run->yield);
}

void bemu_scn_judge_traps(struct bemu_scn_run *run)
{
	uint32_t i;

	for (i = 0; i < run->nr_traps; i++) {
		if (run->traps[i].sprung)
			continue;
		run->res->nr_unmet++;
		if (run->opts->report)
			bemu_buf_printf(run->opts->report, "line %u: no call came to %s#%u\n",
					run->scn->lines[run->traps[i].line].at.line,
					bemu_yield_name(run->traps[i].point), run->traps[i].nth);
	}
}

/* "poke OFF HEX": bytes that the interrupted call was handed, BTF or instructions, are written over */
int bemu_scn_do_poke(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *hex;
	uint32_t off;
	uint8_t *bytes;
	size_t len;
	int err = bemu_scn_need_u32(run, 1, "an offset", &off);

	if (!err)
		err = bemu_scn_need(run, 2, "bytes", &hex);
	if (!err && !run->prey.data)
		err = bemu_scn_mistake(run, NULL, "no call is under way that was handed bytes");
	if (!err)
		err = bemu_scn_hex(run, &hex->val, &bytes, &len);
	if (err)
		return err;
	if (off > run->prey.len || len > run->prey.len - off)
		err = bemu_scn_mistake(run, &hex->val, "the call was handed %zu bytes",
				       run->prey.len);
	else
		memcpy(run->prey.data + off, bytes, len);
	bemu_mem_free(run->env, bytes);
	return err;
}

/* ---- what a call reads twice ---- */

/* Bytes that both reads have, and that differ. */
static bool differs(const struct bemu_scn_read *a, const struct bemu_scn_read *b)
{
	uint64_t from = a->addr > b->addr ? a->addr : b->addr;
	uint64_t end = a->addr + a->len < b->addr + b->len ? a->addr + a->len : b->addr + b->len;

	return from < end && memcmp(a->data + (from - a->addr), b->data + (from - b->addr),
				    (size_t)(end - from)) != 0;
}

static int note_read(struct bemu_scn_run *run, uint64_t addr, const void *data, size_t len)
{
	struct bemu_scn_read read = { .addr = addr };
	uint32_t i;

	read.len = len < sizeof(read.data) ? (uint32_t)len : sizeof(read.data);
	memcpy(read.data, data, read.len);
	for (i = 0; i < run->nr_reads; i++)
		if (differs(&run->reads[i], &read) &&
		    !bemu_findings_add(
			    &run->findings, BEMU_FINDING_DOUBLE_FETCH, run->step, -1,
			    "%zu bytes were read again, and they were others than before", len))
			return -ENOMEM;
	if (bemu_grow(run->env, &run->reads, &run->cap_reads, (size_t)run->nr_reads + 1,
		      sizeof(*run->reads)))
		return -ENOMEM;
	run->reads[run->nr_reads++] = read;
	return 0;
}

static int read_mem(void *ctx, uint64_t addr, void *dst, size_t len)
{
	struct bemu_scn_run *run = ctx;
	int err = run->mem.ops.read(run->mem.ops.ctx, addr, dst, len);

	/* only where somebody comes between can it matter */
	if (!err && run->nr_traps && !run->in_body && !run->body_err)
		run->body_err = note_read(run, addr, dst, len);
	return err;
}

static int write_mem(void *ctx, uint64_t addr, const void *src, size_t len)
{
	struct bemu_scn_run *run = ctx;

	return run->mem.ops.write(run->mem.ops.ctx, addr, src, len);
}

void bemu_scn_mem_ops(struct bemu_scn_run *run)
{
	run->mem_ops = (struct bemu_mem_ops){ .read = read_mem, .write = write_mem, .ctx = run };
}

/* ---- programs that run ---- */

static struct bemu_scn_running *find_running(struct bemu_scn_run *run,
					     const struct bemu_scn_str *name)
{
	struct bemu_scn_running *r;

	for (r = run->running; r; r = r->next)
		if (r->run && bemu_scn_is(run->scn, name, r->name))
			return r;
	return NULL;
}

/* holds=[M, N]: maps that it has found in maps of maps */
static int holds(struct bemu_scn_run *run, struct bemu_running *running)
{
	const struct bemu_scn_arg *list = bemu_scn_setting(run, "holds");
	uint32_t i, nr = !list ? 0 : list->kind == BEMU_SCN_LIST ? list->nr_items : 1;
	int64_t fd;
	int err = 0;

	for (i = 0; !err && i < nr; i++) {
		const struct bemu_scn_arg *item = list->kind == BEMU_SCN_LIST ? &list[1 + i] : list;

		err = bemu_scn_value(run, &item->val, &fd);
		if (!err && bemu_prog_hold(running, run->task->task, bemu_wrap_s32((uint64_t)fd)))
			err = bemu_scn_mistake(run, &item->val, "not the FD of an object");
	}
	return err;
}

/* "prog enter P NAME": P begins to run and stays where it is */
int bemu_scn_do_prog_enter(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *prog, *name;
	struct bemu_scn_running *r;
	uint32_t nr = 0;
	int64_t fd = -1;
	int err = bemu_scn_need(run, 2, "a program", &prog);

	if (!err)
		err = bemu_scn_need(run, 3, "a name for the run", &name);
	if (!err)
		err = bemu_scn_value(run, &prog->val, &fd);
	if (!err)
		err = bemu_scn_use_fd(run, &prog->val, "a run of ");
	if (err)
		return err;
	for (r = run->running; r; r = r->next)
		nr++;
	if (nr >= MAX_RUNNING || find_running(run, &name->val))
		return bemu_scn_mistake(run, &name->val,
					nr >= MAX_RUNNING ? "more than %d runs"
							  : "a run has that name, of %d",
					MAX_RUNNING);
	r = bemu_zalloc(run->env, sizeof(*r));
	if (!r)
		return -ENOMEM;
	bemu_scn_copy(run, name, r->name, sizeof(r->name));
	r->next = run->running;
	run->running = r;
	err = bemu_prog_enter(run->task->task, bemu_wrap_s32((uint64_t)fd), &r->run,
			      &run->answer.ret);
	return err || !r->run ? err : holds(run, r->run);
}

int bemu_scn_do_prog_leave(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *name;
	struct bemu_scn_running *r;
	int err = bemu_scn_need(run, 2, "a run", &name);

	if (err)
		return err;
	r = find_running(run, &name->val);
	if (!r)
		return bemu_scn_mistake(run, &name->val, "no run has that name");
	bemu_prog_leave(r->run);
	r->run = NULL;
	return 0;
}

/* "prog timer NAME MAP": bpf_timer_init() in the middle of a run */
int bemu_scn_do_prog_timer(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *name, *map;
	struct bemu_scn_running *r;
	int64_t fd;
	int err = bemu_scn_need(run, 2, "a run", &name);

	if (!err)
		err = bemu_scn_need(run, 3, "a map", &map);
	if (!err)
		err = bemu_scn_value(run, &map->val, &fd);
	if (err)
		return err;
	r = find_running(run, &name->val);
	if (!r)
		return bemu_scn_mistake(run, &name->val, "no run has that name");
	if (bemu_prog_timer(r->run, run->task->task, bemu_wrap_s32((uint64_t)fd), &run->answer.ret))
		return bemu_scn_mistake(run, &map->val, "not the FD of a map that it uses");
	return 0;
}

void bemu_scn_race_free(struct bemu_scn_run *run)
{
	struct bemu_scn_running *r;

	while ((r = run->running)) {
		run->running = r->next;
		bemu_mem_free(run->env, r);
	}
	bemu_mem_free(run->env, run->traps);
	bemu_mem_free(run->env, run->reads);
}

/* ---- audit ---- */

/* Each is told once: what stays wrong is the first step's. */
static void forget_twice(struct bemu_findings *set, uint32_t nr_before)
{
	uint32_t i, k, nr = nr_before;

	for (i = nr_before; i < set->nr; i++) {
		for (k = 0; k < nr; k++)
			if (set->arr[k].id == set->arr[i].id &&
			    !strcmp(set->arr[k].summary, set->arr[i].summary))
				break;
		if (k == nr)
			set->arr[nr++] = set->arr[i];
	}
	set->nr = nr;
}

int bemu_scn_audit(struct bemu_scn_run *run, bool whole)
{
	const struct bemu_model *model = &run->em->model;
	uint32_t nr = run->findings.nr;
	int err;

	err = bemu_checks_audit(model, &run->seen_checks, run->step, &run->findings);
	if (!err)
		err = bemu_btf_query_audit(model, &run->seen_btfs, run->step, &run->findings);
	/* a recount is for the time between two calls */
	if (!err && whole && !run->in_body) {
		err = bemu_refs_audit(model, run->step, &run->findings);
		forget_twice(&run->findings, nr);
	}
	return err;
}
