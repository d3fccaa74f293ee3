// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/constants.h"

#include <errno.h>

enum { TYPE_LEN = 64 };

/** struct carried - a number in a program; @prog 0: the program is being loaded */
struct carried {
	uint32_t life, prog; /* of the ledger */
	uint32_t insn_idx, type_id;
	bool pinned, told;
	char type[TYPE_LEN];
};

struct bemu_constants {
	struct bemu_env *env;
	struct bemu_findings *findings;
	const struct bemu_ledger *ledger;
	struct bemu_constants_opts opts;
	uint32_t nr, cap;
	struct carried *arr;
};

int bemu_constants_new(struct bemu_env *env, struct bemu_findings *findings,
		       const struct bemu_ledger *ledger, const struct bemu_constants_opts *opts,
		       struct bemu_constants **out)
{
	struct bemu_constants *c = bemu_zalloc(env, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->env = env;
	c->findings = findings;
	c->ledger = ledger;
	c->opts = *opts;
	*out = c;
	return 0;
}

void bemu_constants_free(struct bemu_constants *c)
{
	if (!c)
		return;
	bemu_mem_free(c->env, c->arr);
	bemu_mem_free(c->env, c);
}

/* A type of the BTF behind @fd that the kernel's own has not: its name, else false. */
static bool only_there(const struct bemu_constants *c, int fd, uint32_t id, char name[TYPE_LEN])
{
	char other[TYPE_LEN];

	return c->opts.type_name && c->opts.type_name(c->opts.ctx, 0, id, other, TYPE_LEN) &&
	       !c->opts.type_name(c->opts.ctx, fd, id, name, TYPE_LEN) && name[0];
}

int bemu_constants_saw(struct bemu_constants *c, uint32_t insn_idx, const struct bpf_insn words[2])
{
	struct carried carried = { .insn_idx = insn_idx, .type_id = (uint32_t)words[0].imm };

	if (words[0].code != (BPF_LD | BPF_IMM | BPF_DW) || words[0].src_reg || words[1].imm <= 0)
		return 0;
	carried.life = bemu_ledger_open_life(c->ledger, words[1].imm);
	if (!carried.life || !only_there(c, words[1].imm, carried.type_id, carried.type))
		return 0;
	if (bemu_grow(c->env, &c->arr, &c->cap, (size_t)c->nr + 1, sizeof(*c->arr)))
		return -ENOMEM;
	c->arr[c->nr++] = carried;
	return 0;
}

void bemu_constants_loaded(struct bemu_constants *c, uint32_t life)
{
	uint32_t i;

	for (i = c->nr; i && !c->arr[i - 1].prog; i--)
		c->arr[i - 1].prog = life;
	if (!life)
		c->nr = i;
}

void bemu_constants_pinned(struct bemu_constants *c, uint32_t life)
{
	uint32_t i;

	for (i = 0; life && i < c->nr; i++)
		c->arr[i].pinned |= c->arr[i].prog == life;
}

/* One finding a program, with a line for each constant that has the number. */
static int tell(struct bemu_constants *c, uint32_t life, uint32_t prog_life, uint32_t step)
{
	const struct bemu_fd_life *btf = bemu_ledger_life(c->ledger, life), *prog;
	struct bemu_finding *finding;
	uint32_t i;

	prog = bemu_ledger_life(c->ledger, prog_life);
	finding = bemu_findings_add(c->findings, BEMU_FINDING_FD_ESCAPE, step, -1,
				    "%s in %s outlives its table entry", btf->what, prog->what);
	if (!finding)
		return -ENOMEM;
	bemu_finding_line(finding,
			  "%-7s fd %d  %s  opened by call %u; nothing holds it for the program",
			  "meant", btf->fd, btf->what, btf->opened);
	for (i = 0; i < c->nr; i++) {
		struct carried *carried = &c->arr[i];

		if (carried->life != life || carried->prog != prog_life)
			continue;
		carried->told = true;
		bemu_finding_line(finding, "%-7s insn %u has type id %u, %s, and fd %d above it",
				  "number", carried->insn_idx, carried->type_id, carried->type,
				  btf->fd);
	}
	return 0;
}

int bemu_constants_closed(struct bemu_constants *c, uint32_t life, uint32_t step)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < c->nr; i++) {
		const struct carried *carried = &c->arr[i];
		const struct bemu_fd_life *prog = bemu_ledger_life(c->ledger, carried->prog);

		if (carried->life != life || carried->told || !prog)
			continue;
		if (!prog->closed || carried->pinned)
			err = tell(c, life, carried->prog, step);
	}
	return err;
}
