/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The control-flow graph: every instruction has to be reachable, whatever conditions say.
 * Mirrors check_cfg(), kernel/bpf/verifier.c, v6.18: a depth-first walk with a stack of its own, in which
 * an instruction is discovered when it is pushed and explored when all its edges were walked. Edges that
 * leave their function were refused before.
 */
#include "sys/prog.h"

enum cfg_mark {
	CFG_DISCOVERED = 0x10,
	CFG_EXPLORED = 0x20,
	CFG_KIND = 0xf0,
};

/* The first and the second edge of an instruction; a mark tells which was walked last. */
enum cfg_edge { CFG_FALLTHROUGH = 1, CFG_BRANCH = 2 };

struct cfg {
	struct bemu_verif *v;
	uint8_t *marks;
	uint32_t *stack;
	uint32_t depth;
};

static uint32_t words_of(const struct bpf_insn *insn)
{
	return bemu_insn_is_ld64(insn) ? 2 : 1;
}

/*
 * Up to v6.6 loops were allowed to who may only where a jump closes them, not a call: there a function that
 * calls itself is refused here and not for the depth of its calls.
 */
static bool loop_allowed(const struct bemu_verif *v, const struct bpf_insn *insn)
{
	if (!bemu_task_capable(v->ctx->task, BEMU_CAP_BPF))
		return false;
	return bemu_model_has(v->ctx->model, BEMU_KF_CFG_LOOPS) || insn->code != BEMU_INSN_CALL;
}

/* 1: pushed, go on there; 0: nothing new. Mirrors push_insn(). */
static int push_edge(struct cfg *c, uint32_t from, int64_t to, enum cfg_edge edge)
{
	struct bemu_verif *v = c->v;
	uint8_t *mark;

	if (c->marks[from] >= (CFG_DISCOVERED | edge))
		return 0;
	if (to < 0 || to >= v->prog->nr_insns) {
		bemu_klog(v->log, "jump out of range from insn %u to %lld\n", from, (long long)to);
		return -EINVAL;
	}
	mark = &c->marks[to];
	if (!*mark) {
		c->marks[from] = (uint8_t)(CFG_DISCOVERED | edge);
		*mark = CFG_DISCOVERED;
		c->stack[c->depth++] = (uint32_t)to;
		return 1;
	}
	if ((*mark & CFG_KIND) == CFG_EXPLORED) {
		c->marks[from] = (uint8_t)(CFG_DISCOVERED | edge);
	} else if (!loop_allowed(v, &v->prog->insns[from])) {
		bemu_klog(v->log, "back-edge from insn %u to %lld\n", from, (long long)to);
		return -EINVAL;
	}
	return 0;
}

/* Mirrors visit_func_insn(): what is behind the call, then the function. */
static int visit_func(struct cfg *c, uint32_t at, bool enter)
{
	const struct bpf_insn *insn = &c->v->prog->insns[at];
	int ret = push_edge(c, at, (int64_t)at + words_of(insn), CFG_FALLTHROUGH);

	if (ret || !enter)
		return ret;
	return push_edge(c, at, (int64_t)at + insn->imm + 1, CFG_BRANCH);
}

/* Mirrors visit_insn(). */
static int visit(struct cfg *c, uint32_t at)
{
	const struct bpf_insn *insn = &c->v->prog->insns[at];
	int ret;

	if (bemu_insn_is_ld64(insn) && insn->src_reg == BPF_PSEUDO_FUNC)
		return visit_func(c, at, true);
	if (!bemu_insn_is_jump_class(insn))
		return push_edge(c, at, (int64_t)at + words_of(insn), CFG_FALLTHROUGH);
	switch (BPF_OP(insn->code)) {
	case BPF_EXIT:
		return 0;
	case BPF_CALL:
		return visit_func(c, at, insn->src_reg == BPF_PSEUDO_CALL);
	case BPF_JA:
		return push_edge(c, at, bemu_insn_jump_target(insn, at), CFG_FALLTHROUGH);
	default:
		ret = push_edge(c, at, (int64_t)at + 1, CFG_FALLTHROUGH);
		return ret ? ret : push_edge(c, at, bemu_insn_jump_target(insn, at), CFG_BRANCH);
	}
}

static int walk(struct cfg *c, uint32_t from)
{
	int ret;

	c->marks[from] = CFG_DISCOVERED;
	c->stack[0] = from;
	c->depth = 1;
	while (c->depth) {
		uint32_t at = c->stack[c->depth - 1];

		if (bemu_env_step(c->v->ctx->env, 1))
			return -EDQUOT;
		ret = visit(c, at);
		if (ret < 0)
			return ret;
		if (!ret) {
			c->marks[at] = CFG_EXPLORED;
			c->depth--;
		}
	}
	return 0;
}

static int check_marks(struct cfg *c)
{
	const struct bpf_insn *insns = c->v->prog->insns;
	uint32_t i;

	for (i = 0; i < c->v->prog->nr_insns; i++) {
		if (c->marks[i] != CFG_EXPLORED) {
			bemu_klog(c->v->log, "unreachable insn %u\n", i);
			return -EINVAL;
		}
		if (!bemu_insn_is_ld64(&insns[i]))
			continue;
		if (c->marks[i + 1]) {
			bemu_klog(c->v->log, "jump into the middle of ldimm64 insn %u\n", i);
			return -EINVAL;
		}
		i++;
	}
	return 0;
}

int bemu_verif_check_cfg(struct bemu_verif *v)
{
	struct bemu_env *env = v->ctx->env;
	struct cfg c = { .v = v };
	int err = -ENOMEM;

	/* an instruction is discovered once, so the stack is never deeper than the program is long */
	c.marks = bemu_zalloc(env, v->prog->nr_insns);
	c.stack = bemu_zalloc_array(env, v->prog->nr_insns, sizeof(*c.stack));
	if (!c.marks || !c.stack)
		goto out;
	err = walk(&c, 0);
	if (!err && v->exception_start && c.marks[v->exception_start] != CFG_EXPLORED)
		err = walk(&c, v->exception_start);
	if (!err)
		err = check_marks(&c);
out:
	bemu_mem_free(env, c.marks);
	bemu_mem_free(env, c.stack);
	return err;
}
