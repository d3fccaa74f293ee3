/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What happens later: steps of freeing that wait for a grace period or a worker, the programs whose run
 * a grace period waits for, and the points where another task may come between.
 *
 * Mirrors, of v6.18: bpf_map_put() and bpf_map_free_deferred(), __bpf_prog_put_rcu() and then
 * bpf_prog_free_deferred(), bpf_link_free(), kernel/bpf/syscall.c and core.c; btf_put() and btf_free_rcu(),
 * kernel/bpf/btf.c.
 */
#include <string.h>

#include "model/model.h"

void bemu_defer(struct bemu_model *model, struct bemu_defer *step, struct bemu_kobj *obj,
		uint32_t what)
{
	step->obj = obj;
	step->what = what;
	step->next = NULL;
	*model->dead_tail = step;
	model->dead_tail = &step->next;
	model->nr_dead++;
	if (!model->waiting)
		(void)bemu_model_drain(model, SIZE_MAX);
}

bool bemu_defer_blocked(const struct bemu_model *model, const struct bemu_defer *step)
{
	const struct bemu_running *run;

	for (run = model->running; run; run = run->next)
		if (run->seq < step->grace && (run->sleeps || !step->sleepers))
			return true;
	return false;
}

static void do_step(struct bemu_model *model, struct bemu_defer *step)
{
	struct bemu_kobj *obj = step->obj;
	uint32_t what = step->what;

	step->what = BEMU_DEFER_NONE;
	if (what == BEMU_DEFER_MAP_CLEAR) {
		bemu_map_clear(model, (struct bemu_map *)obj);
		bemu_obj_put(model, obj);
	} else if (what == BEMU_DEFER_PROG_WORK) {
		bemu_prog_free(model, (struct bemu_prog *)obj);
	} else if (obj->kind == BEMU_OBJ_MAP) {
		bemu_map_free(model, (struct bemu_map *)obj);
	} else if (obj->kind == BEMU_OBJ_PROG) {
		bemu_prog_free_rcu(model, (struct bemu_prog *)obj);
		step->grace = 0;
		bemu_defer(model, step, obj, BEMU_DEFER_PROG_WORK);
	} else if (obj->kind == BEMU_OBJ_BTF) {
		bemu_kbtf_free(model, (struct bemu_kbtf *)obj);
	} else {
		bemu_link_free(model, (struct bemu_link *)obj);
	}
}

size_t bemu_model_drain(struct bemu_model *model, size_t max)
{
	return bemu_model_drain_kind(model, BEMU_OBJ_NR, max);
}

size_t bemu_model_drain_kind(struct bemu_model *model, uint32_t kind, size_t max)
{
	struct bemu_defer **at, *step;
	size_t nr = 0;

	if (model->draining)
		return 0;
	model->draining = true;
	for (at = &model->dead; *at && nr < max;) {
		step = *at;
		if ((model->running && bemu_defer_blocked(model, step)) ||
		    (kind != BEMU_OBJ_NR && step->obj->kind != kind)) {
			at = &step->next;
			continue;
		}
		*at = step->next;
		if (!step->next)
			model->dead_tail = at;
		model->nr_dead--;
		nr++;
		do_step(model, step);
	}
	model->draining = false;
	return nr;
}

int bemu_model_run_enter(struct bemu_model *model, struct bemu_prog *prog,
			 struct bemu_running **out)
{
	struct bemu_running *run = bemu_zalloc(model->env, sizeof(*run));

	if (!run)
		return -ENOMEM;
	run->model = model;
	run->prog = prog;
	run->seq = model->clock++;
	run->sleeps = prog->flags & BPF_F_SLEEPABLE;
	run->next = model->running;
	if (run->next)
		run->next->prev = run;
	model->running = run;
	*out = run;
	return 0;
}

void bemu_model_run_leave(struct bemu_running *run)
{
	struct bemu_model *model = run->model;
	uint32_t i;

	/* up to its end it uses what it has found */
	for (i = 0; model->keep_dead && i < run->nr_held; i++)
		(void)bemu_obj_alive(model, run->held[i].obj, "is used by a program that runs");
	if (run->prev)
		run->prev->next = run->next;
	else
		model->running = run->next;
	if (run->next)
		run->next->prev = run->prev;
	bemu_mem_free(model->env, run);
	if (!model->waiting)
		(void)bemu_model_drain(model, SIZE_MAX);
}

int bemu_yield(struct bemu_model *model, uint32_t point)
{
	const struct bemu_yield *hook = model->yield;
	struct bemu_task *caller = model->caller;
	uint32_t passed[BEMU_YIELD_NR];
	uint64_t steps = model->env->steps_left;
	int fault = model->env->fault, err;

	if (!hook || model->yielding)
		return 0;
	model->yielding = true;
	memcpy(passed, model->passed, sizeof(passed));
	passed[point] = caller ? passed[point] + 1 : 1;
	memset(model->passed, 0, sizeof(model->passed));
	model->caller = NULL;
	model->env->fault = 0;
	err = hook->at(hook->ctx, caller, point, passed[point]);
	model->yielding = false;
	model->caller = caller;
	memcpy(model->passed, passed, sizeof(passed));
	model->env->steps_left = steps;
	model->env->fault = fault ? fault : err;
	return err;
}
