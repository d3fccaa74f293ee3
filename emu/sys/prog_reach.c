/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether the verifier gets to an instruction that it refuses at sight. The verifier walks every way that
 * its knowledge of registers leaves open; here the same graph is walked with the little that prog_value.c
 * knows, each place once for every time that it knows less there. Three answers follow:
 *
 *   no such instruction is on an open way       dead for the verifier as well: nothing to say
 *   no open way leads round them to an exit     the verifier takes one of these ways and refuses
 *   there are ways of both kinds                what registers hold at run time decides: unproven
 *
 *     0: r1 = 0                       constant
 *     1: if r1 == 0 goto 3            only taken
 *     2: call unknown#195896080       dead
 *     3: exit
 *
 * Functions are walked once for all their calls: what their callers know is joined, and where a function
 * returns, so do all calls of it. Global functions are verified alone; who reaches a call of one that never
 * returns is refused as well. Callbacks count as ways that may be open.
 */
#include <string.h>

#include "sys/prog_value.h"

enum reach_flag {
	LEADER = 1 << 0, /* ways meet here: a state is kept */
	QUEUED = 1 << 1,
	REACHED = 1 << 2,
	FALLS = 1 << 3, /* open ways of a conditional jump */
	JUMPS = 1 << 4,
	SITE = 1 << 5, /* a call whose function knows of it */
	SEEN = 1 << 6, /* by the walk for the first refusal */
};

enum { NO_SITE = UINT32_MAX, BTF_LINKAGE_GLOBAL = 1, NOT_FOUND = UINT32_MAX };

struct func {
	struct bemu_value ret;
	uint32_t sites; /* calls of it that were reached */
	bool global;
	bool entered;
	bool returns;
};

struct site {
	uint32_t leader, next;
};

struct reach {
	struct bemu_verif *v;
	struct bemu_values vs;
	uint8_t *flags;
	uint32_t *state_of; /* by leader: number of its state, counted from 1 */
	struct bemu_value *states;
	uint32_t nr_states, cap_states;
	struct bemu_value *cur;
	uint32_t *queue;
	uint32_t nr_queue;
	struct func *funcs;
	struct site *sites;
	uint32_t nr_sites, cap_sites;
	uint32_t leader; /* of the block that is walked */
};

static const struct bpf_insn *insn_at(const struct reach *r, uint32_t at)
{
	return &r->v->prog->insns[at];
}

static uint32_t next_of(const struct reach *r, uint32_t at)
{
	return at + (bemu_insn_is_ld64(insn_at(r, at)) ? 2 : 1);
}

/* The function that starts at or before an instruction. */
static uint32_t func_of(const struct reach *r, int64_t at)
{
	uint32_t lo = 0, hi = r->v->nr_starts, mid;

	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (r->v->starts[mid] <= at)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static bool is_pseudo_func(const struct bpf_insn *insn)
{
	return bemu_insn_is_ld64(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

static bool is_cond(const struct bpf_insn *insn)
{
	uint32_t op = BPF_OP(insn->code);

	return bemu_insn_is_jump_class(insn) && op != BPF_JA && op != BPF_CALL && op != BPF_EXIT;
}

/* ---- states ---- */

static void enqueue(struct reach *r, uint32_t leader)
{
	if (r->flags[leader] & QUEUED)
		return;
	r->flags[leader] |= QUEUED;
	r->queue[r->nr_queue++] = leader;
}

static struct bemu_value *state_at(const struct reach *r, uint32_t leader)
{
	return r->states + (size_t)(r->state_of[leader] - 1) * bemu_values_nr(&r->vs);
}

static int flow(struct reach *r, const struct bemu_value *from, uint32_t to)
{
	uint32_t nr = bemu_values_nr(&r->vs);
	size_t need = (size_t)(r->nr_states + 1) * nr;

	if (r->state_of[to]) {
		if (bemu_values_join(&r->vs, state_at(r, to), from))
			enqueue(r, to);
		return 0;
	}
	if (need > UINT32_MAX ||
	    bemu_grow(r->v->ctx->env, &r->states, &r->cap_states, need, sizeof(*r->states)))
		return -ENOMEM;
	r->state_of[to] = ++r->nr_states;
	memcpy(state_at(r, to), from, nr * sizeof(*from));
	enqueue(r, to);
	return 0;
}

/* ---- functions ---- */

/* The kernel enters the function itself, or may do so. */
static int enter_alone(struct reach *r, uint32_t func)
{
	struct bemu_value *st;
	int err;

	if (r->funcs[func].entered)
		return 0;
	st = bemu_alloc(r->v->ctx->env, bemu_values_nr(&r->vs) * sizeof(*st));
	if (!st)
		return -ENOMEM;
	r->funcs[func].entered = true;
	bemu_values_entry(&r->vs, st);
	err = flow(r, st, r->v->starts[func]);
	bemu_mem_free(r->v->ctx->env, st);
	return err;
}

static int enter_called(struct reach *r, uint32_t func)
{
	struct bemu_value *st;
	int err;

	if (r->funcs[func].global)
		return enter_alone(r, func);
	st = bemu_alloc(r->v->ctx->env, bemu_values_nr(&r->vs) * sizeof(*st));
	if (!st)
		return -ENOMEM;
	bemu_values_enter(&r->vs, r->cur, st);
	err = flow(r, st, r->v->starts[func]);
	bemu_mem_free(r->v->ctx->env, st);
	return err;
}

/* 1: the walk goes on behind the call; 0: nothing is known to come back yet. */
static int call(struct reach *r, uint32_t at)
{
	uint32_t func = func_of(r, (int64_t)at + insn_at(r, at)->imm + 1);
	struct func *f = &r->funcs[func];
	int err = enter_called(r, func);

	if (err)
		return err;
	if (!(r->flags[at] & SITE)) {
		if (bemu_grow(r->v->ctx->env, &r->sites, &r->cap_sites, (size_t)r->nr_sites + 1,
			      sizeof(*r->sites)))
			return -ENOMEM;
		r->flags[at] |= SITE;
		r->sites[r->nr_sites] = (struct site){ r->leader, f->sites };
		f->sites = r->nr_sites++;
	}
	if (!f->returns)
		return 0;
	bemu_values_return(&r->vs, r->cur, f->ret);
	return 1;
}

static void leave(struct reach *r, uint32_t func, struct bemu_value r0)
{
	struct func *f = &r->funcs[func];
	bool changed = !f->returns;
	uint32_t i;

	r0 = bemu_value_returned(r0);
	if (f->global)
		r0 = (struct bemu_value){ .kind = BEMU_VALUE_DATA };
	if (changed)
		f->ret = r0;
	else
		changed = bemu_value_join(&f->ret, r0);
	f->returns = true;
	for (i = changed ? f->sites : NO_SITE; i != NO_SITE; i = r->sites[i].next)
		enqueue(r, r->sites[i].leader);
}

/* A program that throws is left at once. */
static bool throws(const struct reach *r, const struct bpf_insn *insn)
{
	const struct bemu_kbtf *vmlinux = r->v->ctx->model->vmlinux;
	const char *name;

	if (insn->src_reg != BPF_PSEUDO_KFUNC_CALL || insn->off || !vmlinux)
		return false;
	name = bemu_btf_name(vmlinux->btf, (uint32_t)insn->imm);
	return name && !strcmp(name, "bpf_throw");
}

/* ---- the walk ---- */

/* 1: to the next instruction; 0: the block is over. */
static int step_jump(struct reach *r, uint32_t at)
{
	const struct bpf_insn *insn = insn_at(r, at);
	enum bemu_branch ways;
	int err = 0;

	switch (BPF_OP(insn->code)) {
	case BPF_EXIT:
		leave(r, func_of(r, at), r->cur[BPF_REG_0]);
		return 0;
	case BPF_JA:
		return flow(r, r->cur, (uint32_t)bemu_insn_jump_target(insn, at));
	case BPF_CALL:
		if (insn->src_reg == BPF_PSEUDO_CALL)
			return call(r, at);
		if (throws(r, insn)) {
			leave(r, 0, (struct bemu_value){ .kind = BEMU_VALUE_DATA });
			return 0;
		}
		bemu_values_return(&r->vs, r->cur, (struct bemu_value){ .kind = BEMU_VALUE_DATA });
		return 1;
	default:
		ways = bemu_values_branch(r->cur, insn);
		if (ways & BEMU_BRANCH_NOT_TAKEN) {
			r->flags[at] |= FALLS;
			err = flow(r, r->cur, at + 1);
		}
		if (!err && ways & BEMU_BRANCH_TAKEN) {
			r->flags[at] |= JUMPS;
			err = flow(r, r->cur, (uint32_t)bemu_insn_jump_target(insn, at));
		}
		return err;
	}
}

static int step(struct reach *r, uint32_t at)
{
	const struct bpf_insn *insn = insn_at(r, at);
	int err = 0;

	if (bemu_env_step(r->v->ctx->env, 1))
		return -EDQUOT;
	r->flags[at] |= REACHED;
	if (bemu_verif_refuses(r->v, at))
		return 0;
	if (bemu_insn_is_jump_class(insn))
		return step_jump(r, at);
	if (is_pseudo_func(insn))
		err = enter_alone(r, func_of(r, (int64_t)at + insn->imm + 1));
	bemu_values_step(&r->vs, r->cur, at);
	return err ? err : 1;
}

static int walk_block(struct reach *r, uint32_t at)
{
	int ret;

	r->leader = at;
	memcpy(r->cur, state_at(r, at), bemu_values_nr(&r->vs) * sizeof(*r->cur));
	do {
		ret = step(r, at);
		if (ret <= 0)
			return ret;
		at = next_of(r, at);
	} while (!(r->flags[at] & LEADER));
	return flow(r, r->cur, at);
}

static int walk(struct reach *r)
{
	uint32_t leader;
	int err = 0;

	while (r->nr_queue && !err) {
		leader = r->queue[--r->nr_queue];
		r->flags[leader] &= (uint8_t)~QUEUED;
		err = walk_block(r, leader);
	}
	return err;
}

/* ---- before and after ---- */

static void mark_leaders(struct reach *r)
{
	uint32_t i;

	for (i = 0; i < r->v->nr_starts; i++)
		r->flags[r->v->starts[i]] |= LEADER;
	for (i = 0; i < r->v->prog->nr_insns; i = next_of(r, i)) {
		const struct bpf_insn *insn = insn_at(r, i);
		bool cond = is_cond(insn);

		if (cond)
			r->flags[i + 1] |= LEADER;
		if (cond || (bemu_insn_is_jump_class(insn) && BPF_OP(insn->code) == BPF_JA))
			r->flags[bemu_insn_jump_target(insn, i)] |= LEADER;
	}
}

static void mark_globals(struct reach *r)
{
	const struct bemu_prog *prog = r->v->prog;
	const struct btf_type *t;
	uint32_t i;

	for (i = 0; i < r->v->nr_starts; i++) {
		r->funcs[i].sites = NO_SITE;
		if (!i || i >= prog->nr_func_info)
			continue;
		t = bemu_btf_type(prog->btf->btf, prog->func_info[i].type_id);
		r->funcs[i].global = t && bemu_btf_vlen(t) == BTF_LINKAGE_GLOBAL;
	}
}

/* In the verifier's order: straight on first, functions where they are called. */
static uint32_t first_refused(struct reach *r, uint32_t at)
{
	const struct bpf_insn *insn;
	uint32_t func;

	r->nr_queue = 0;
	for (;;) {
		if (!(r->flags[at] & REACHED) || r->flags[at] & SEEN)
			goto pop;
		r->flags[at] |= SEEN;
		if (bemu_verif_refuses(r->v, at))
			return at;
		insn = insn_at(r, at);
		if (is_cond(insn)) {
			if (r->flags[at] & JUMPS)
				r->queue[r->nr_queue++] = (uint32_t)bemu_insn_jump_target(insn, at);
			if (!(r->flags[at] & FALLS))
				goto pop;
			at++;
			continue;
		}
		if (bemu_insn_is_jump_class(insn)) {
			if (BPF_OP(insn->code) == BPF_EXIT)
				goto pop;
			if (BPF_OP(insn->code) == BPF_JA) {
				at = (uint32_t)bemu_insn_jump_target(insn, at);
				continue;
			}
			if (insn->src_reg == BPF_PSEUDO_CALL) {
				func = func_of(r, (int64_t)at + insn->imm + 1);
				r->queue[r->nr_queue++] = at + 1;
				if (!r->funcs[func].global) {
					at = r->v->starts[func];
					continue;
				}
				goto pop;
			}
		}
		at = next_of(r, at);
		continue;
pop:
		if (!r->nr_queue)
			return NOT_FOUND;
		at = r->queue[--r->nr_queue];
	}
}

/* Since v6.8 a global function is verified after its callers, and only when it has any. */
static uint32_t find_refused(struct reach *r)
{
	bool late = bemu_model_has(r->v->ctx->model, BEMU_KF_LAZY_GLOBALS);
	uint32_t i, at = late ? first_refused(r, 0) : NOT_FOUND;

	for (i = 1; i < r->v->nr_starts && at == NOT_FOUND; i++)
		if (r->funcs[i].entered)
			at = first_refused(r, r->v->starts[i]);
	return at == NOT_FOUND && !late ? first_refused(r, 0) : at;
}

static bool surely_refused(const struct reach *r)
{
	bool sure = !r->funcs[0].returns;
	uint32_t i;

	for (i = 1; i < r->v->nr_starts && !bemu_model_has(r->v->ctx->model, BEMU_KF_LAZY_GLOBALS);
	     i++)
		sure |= r->funcs[i].global && !r->funcs[i].returns;
	return sure;
}

static int enter_roots(struct reach *r)
{
	int err = enter_alone(r, 0);
	uint32_t i;

	for (i = 1; i < r->v->nr_starts && !err; i++)
		if ((r->funcs[i].global &&
		     !bemu_model_has(r->v->ctx->model, BEMU_KF_LAZY_GLOBALS)) ||
		    (r->v->exception_start && r->v->starts[i] == r->v->exception_start))
			err = enter_alone(r, i);
	return err;
}

static int judge(struct reach *r)
{
	uint32_t at = find_refused(r);

	if (at == NOT_FOUND)
		return 0;
	if (surely_refused(r))
		return bemu_verif_refuse(r->v, at);
	r->v->prog->unproven = true;
	r->v->prog->unproven_insn_idx = at;
	return 0;
}

static bool nothing_to_refuse(const struct bemu_verif *v)
{
	uint32_t i;

	for (i = 0; i < v->prog->nr_insns; i += bemu_insn_is_ld64(&v->prog->insns[i]) ? 2 : 1)
		if (bemu_verif_refuses(v, i))
			return false;
	return true;
}

int bemu_verif_reach(struct bemu_verif *v)
{
	struct bemu_env *env = v->ctx->env;
	struct reach r = { .v = v };
	uint32_t nr = v->prog->nr_insns;
	int err = -ENOMEM;

	if (nothing_to_refuse(v))
		return 0;
	bemu_values_init(&r.vs, v);
	r.flags = bemu_zalloc(env, nr);
	r.state_of = bemu_zalloc_array(env, nr, sizeof(*r.state_of));
	/* the walk for the first refusal leaves one way behind at each instruction at most */
	r.queue = bemu_zalloc_array(env, (size_t)nr + 1, sizeof(*r.queue));
	r.funcs = bemu_zalloc_array(env, v->nr_starts, sizeof(*r.funcs));
	r.cur = bemu_zalloc_array(env, bemu_values_nr(&r.vs), sizeof(*r.cur));
	if (!r.flags || !r.state_of || !r.queue || !r.funcs || !r.cur)
		goto out;
	mark_leaders(&r);
	mark_globals(&r);
	err = enter_roots(&r);
	if (!err)
		err = walk(&r);
	if (!err)
		err = judge(&r);
out:
	bemu_mem_free(env, r.flags);
	bemu_mem_free(env, r.state_of);
	bemu_mem_free(env, r.states);
	bemu_mem_free(env, r.cur);
	bemu_mem_free(env, r.queue);
	bemu_mem_free(env, r.funcs);
	bemu_mem_free(env, r.sites);
	return err;
}
