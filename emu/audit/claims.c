// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/claims.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/seen.h"
#include "insn/insn.h"

enum {
	NAME_LEN = 16, /* of a program or map, with its NUL */
	TYPE_LEN = 64,
	POISON = 0x0bad2310, /* what libbpf puts in the place of a missing field */
};

/* ---- one word ---- */

struct judge {
	const struct bemu_claims *claims;
	const struct bemu_claims_ops *ops;
	const struct bemu_seen *seen;
	struct bemu_findings *findings;
	uint32_t step;
	const struct bemu_claim *claim;
	struct bpf_insn insn[2];
};

static int add(struct judge *j, enum bemu_finding_id id, const char *text)
{
	uint32_t i;

	/* a load that is refused is done once more for its log */
	for (i = 0; i < j->findings->nr; i++)
		if (j->findings->arr[i].id == id && !strcmp(j->findings->arr[i].summary, text))
			return 0;
	return bemu_findings_add(j->findings, id, j->step, -1, "%s", text) ? 0 : -ENOMEM;
}

static bool is_poison(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && insn->imm == POISON;
}

static int judge_map(struct judge *j)
{
	const struct bemu_claim *c = j->claim;
	char text[BEMU_FINDING_LINE_LEN];
	const char *name;

	if (!bemu_insn_is_ld64(j->insn) ||
	    (j->insn->src_reg != BPF_PSEUDO_MAP_FD && j->insn->src_reg != BPF_PSEUDO_MAP_VALUE))
		return 0;
	name = j->ops->map_name(j->ops->ctx, j->insn->imm);
	if (!name || !strncmp(name, c->name, NAME_LEN - 1))
		return 0;
	(void)snprintf(text, sizeof(text), "insn %u of %.15s names map %.15s, and fd %d is %.40s",
		       c->insn_idx, c->prog, c->name, j->insn->imm,
		       j->ops->what(j->ops->ctx, j->insn->imm));
	return add(j, BEMU_FINDING_FD_RECYCLED, text);
}

/* A name of a flavour stands for the one before the flavour. */
static bool names(const char *symbol, const char *name)
{
	size_t len = bemu_btf_essential_len(symbol);

	return !strcmp(symbol, name) || (strlen(name) == len && !memcmp(symbol, name, len));
}

static int judge_type(struct judge *j)
{
	const struct bemu_claim *c = j->claim;
	uint64_t fd_array = bemu_seen_u64(j->seen, LOAD_OFF(fd_array));
	char text[BEMU_FINDING_LINE_LEN], name[TYPE_LEN] = "nothing";
	uint32_t id = (uint32_t)j->insn->imm;
	int32_t fd = 0;

	if (!j->ops->type_name)
		return 0;
	if (bemu_insn_is_ld64(j->insn) && j->insn->src_reg == BPF_PSEUDO_BTF_ID)
		fd = j->insn[1].imm;
	else if (j->insn->code != (BPF_JMP | BPF_CALL) || !id ||
		 j->insn->src_reg != BPF_PSEUDO_KFUNC_CALL)
		return 0;
	else if (j->insn->off &&
		 j->seen->ops->read(j->seen, fd_array + 4ull * (uint16_t)j->insn->off, &fd, 4))
		return 0;
	if (!j->ops->type_name(j->ops->type_ctx, fd, id, name, sizeof(name)) &&
	    names(c->name, name))
		return 0;
	(void)snprintf(text, sizeof(text), "insn %u of %.15s names %.40s, and id %u of %s is %.40s",
		       c->insn_idx, c->prog, c->name, id, fd ? "its module" : "vmlinux", name);
	return add(j, BEMU_FINDING_CORE_WRONG_PATCH, text);
}

/* ---- CO-RE ---- */

static bool is_mem(const struct bpf_insn *insn)
{
	uint32_t class = BPF_CLASS(insn->code);

	return class == BPF_LDX || class == BPF_ST || class == BPF_STX;
}

/* What the word yields: a constant, or the place that it accesses. */
static bool yields(const struct bpf_insn *insn, uint64_t *out, uint64_t *mask)
{
	*mask = UINT64_MAX;
	if (bemu_insn_is_ld64(insn)) {
		*out = bemu_insn_imm64(insn);
		return !insn->src_reg;
	}
	if (is_mem(insn)) {
		*out = (uint64_t)(int64_t)insn->off;
		return true;
	}
	*mask = UINT32_MAX; /* wider than 32 bits is no matter of the loader's */
	*out = (uint32_t)insn->imm;
	return (BPF_CLASS(insn->code) == BPF_ALU || BPF_CLASS(insn->code) == BPF_ALU64) &&
	       BPF_SRC(insn->code) == BPF_K;
}

/* A question has an answer whether or not the target has the thing. */
static bool is_question(uint32_t core)
{
	return core == BPF_CORE_FIELD_EXISTS || core == BPF_CORE_TYPE_EXISTS ||
	       core == BPF_CORE_TYPE_SIZE || core == BPF_CORE_ENUMVAL_EXISTS;
}

static int wrong(struct judge *j, const char *fmt, unsigned long long a, unsigned long long b)
{
	const struct bemu_claim *c = j->claim;
	char text[BEMU_FINDING_LINE_LEN];
	const char *type = bemu_btf_name(j->claims->local, c->type_id);
	int n = snprintf(text, sizeof(text), "insn %u of %.15s, %.24s %.12s: ", c->insn_idx,
			 c->prog, type ? type : "?", c->name);

	if (n > 0 && (size_t)n < sizeof(text))
		(void)snprintf(text + n, sizeof(text) - (size_t)n, fmt, a, b);
	return add(j, BEMU_FINDING_CORE_WRONG_PATCH, text);
}

static int judge_core(struct judge *j)
{
	const struct bemu_claim *c = j->claim;
	bool question = is_question(c->core), poisoned = is_poison(j->insn);
	uint64_t value = 0, got, mask;
	uint32_t size = 0;
	enum bemu_core_truth truth = bemu_core_truth_of(j->claims, c, &value, &size);

	if (truth == BEMU_TRUTH_UNKNOWN)
		return 0;
	if (truth == BEMU_TRUTH_ABSENT && !question)
		return poisoned
			       ? 0
			       : wrong(j, "the target has no such thing, and the word stays", 0, 0);
	if (poisoned) {
		/* an access of another width may have to be */
		if (is_mem(c->before) && bemu_insn_width(c->before) != size)
			return 0;
		return wrong(j, "poisoned, and the target has it, as %llu", value, 0);
	}
	if (!yields(j->insn, &got, &mask) || ((got ^ value) & mask) == 0)
		return 0;
	return wrong(j, "the word has %#llx, the target %#llx", got, value & mask);
}

int bemu_claims_judge(const struct bemu_claims *claims, const struct bemu_claims_ops *ops,
		      const struct bemu_seen *seen, uint32_t step, struct bemu_findings *findings)
{
	struct judge j = { claims, ops, seen, findings, step, NULL, { { 0 } } };
	uint64_t insns = bemu_seen_u64(seen, LOAD_OFF(insns));
	uint32_t nr = bemu_seen_u32(seen, LOAD_OFF(insn_cnt)), i;
	const char *prog = (const char *)seen->attr + LOAD_OFF(prog_name);
	int err = 0;

	for (i = 0; !err && i < claims->nr; i++) {
		j.claim = &claims->arr[i];
		if (strncmp(j.claim->prog, prog, NAME_LEN - 1) != 0 || j.claim->insn_idx >= nr)
			continue;
		memset(j.insn, 0, sizeof(j.insn));
		if (seen->ops->read(seen, insns + 8ull * j.claim->insn_idx, j.insn,
				    j.claim->insn_idx + 1 < nr ? 16 : 8))
			continue;
		switch (j.claim->kind) {
		case BEMU_CLAIM_MAP:
			err = judge_map(&j);
			break;
		case BEMU_CLAIM_CORE:
			err = judge_core(&j);
			break;
		default:
			err = judge_type(&j);
			break;
		}
	}
	return err;
}
