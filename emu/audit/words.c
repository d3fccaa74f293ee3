// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME_LEN = 64, MAX_SCAN = 1 << 20 };

/* Tags of answers are above all lives: two for each, what the low and the high half of it carry. */
static const uint32_t lookup_tag = 1u << 31;

struct lookup {
	char name[NAME_LEN];
	bool is_ksym;
	uint32_t id;
	uint32_t life; /* of the module's BTF, 0 for the kernel's own */
	uint64_t addr; /* of a symbol */
};

struct bemu_words {
	struct bemu_env *env;
	struct bemu_findings *findings;
	const struct bemu_ledger *ledger;
	struct bemu_words_opts opts;
	uint32_t nr, cap;
	struct lookup *lookups;
};

/* Where a word is, for the functions below. */
struct word {
	struct bemu_words *words;
	const struct bemu_seen *seen;
	uint32_t step, insn_idx;
	uint64_t fd_array, addr;
	const struct bpf_insn *insn;
	const struct lookup *lookup;
};

int bemu_words_new(struct bemu_env *env, struct bemu_findings *findings,
		   const struct bemu_ledger *ledger, const struct bemu_words_opts *opts,
		   struct bemu_words **out)
{
	struct bemu_words *words = bemu_zalloc(env, sizeof(*words));

	if (!words)
		return -ENOMEM;
	words->env = env;
	words->findings = findings;
	words->ledger = ledger;
	if (opts)
		words->opts = *opts;
	*out = words;
	return 0;
}

void bemu_words_free(struct bemu_words *words)
{
	if (!words)
		return;
	bemu_mem_free(words->env, words->lookups);
	bemu_mem_free(words->env, words);
}

bool bemu_words_is_lookup(uint32_t tag)
{
	return tag & lookup_tag;
}

static const struct lookup *lookup_of(const struct bemu_words *words, uint32_t tag, bool high)
{
	uint32_t idx = (tag & ~lookup_tag) / 2;

	if (!bemu_words_is_lookup(tag) || idx >= words->nr || (tag & 1) != high)
		return NULL;
	return &words->lookups[idx];
}

int bemu_words_found(struct bemu_words *words, struct bemu_seen *seen, uint32_t life)
{
	struct lookup *lookup;

	if (seen->ret < 0 || words->nr >= lookup_tag / 2)
		return 0;
	if (bemu_grow(words->env, &words->lookups, &words->cap, (size_t)words->nr + 1,
		      sizeof(*lookup)))
		return -ENOMEM;
	lookup = &words->lookups[words->nr];
	memset(lookup, 0, sizeof(*lookup));
	strncpy(lookup->name, seen->name, sizeof(lookup->name) - 1);
	lookup->is_ksym = seen->kind == BEMU_SEEN_KSYM;
	lookup->life = life;
	lookup->id = (uint32_t)seen->ret;
	if (lookup->is_ksym && seen->ops->read(seen, seen->uattr, &lookup->addr, 8))
		return 0;
	seen->low_tag = lookup_tag | 2 * words->nr;
	if (lookup->is_ksym)
		seen->tag = seen->low_tag | 1;
	words->nr++;
	return 0;
}

/* ---- reports ---- */

static int report(const struct word *w, enum bemu_finding_id id, const char *text)
{
	struct bemu_finding *finding = bemu_findings_add(w->words->findings, id, w->step,
							 w->seen->insn_idx, "%s: %s",
							 w->lookup->name, text);
	const struct bemu_fd_life *life = bemu_ledger_life(w->words->ledger, w->lookup->life);
	uint64_t off = 0;
	const char *region = w->seen->ops->region(w->seen, w->addr, &off);

	if (!finding)
		return -ENOMEM;
	if (w->seen->insn_idx >= 0)
		bemu_finding_line(finding, "%-7s loader insn %d: PROG_LOAD", "where",
				  w->seen->insn_idx);
	else
		bemu_finding_line(finding, "%-7s call %u: PROG_LOAD", "where", w->step);
	if (region)
		bemu_finding_line(finding, "%-7s insn %u of the program, at %.32s+%llu", "word",
				  w->insn_idx, region, (unsigned long long)off);
	else
		bemu_finding_line(finding, "%-7s insn %u of the program", "word", w->insn_idx);
	bemu_finding_line(finding, "%-7s off %d, imm %d", "has", w->insn->off, w->insn->imm);
	if (w->lookup->is_ksym)
		bemu_finding_line(finding, "%-7s address 0x%llx", "meant",
				  (unsigned long long)w->lookup->addr);
	else
		bemu_finding_line(finding, "%-7s id %u of %s", "meant", w->lookup->id,
				  life ? life->what : "the kernel's own BTF");
	return 0;
}

/* ---- what a place holds ---- */

/* Both are numbers of one BTF: a module that is opened twice has two. */
static bool same_object(const struct bemu_ledger *ledger, uint32_t a, uint32_t b)
{
	const struct bemu_fd_life *la = bemu_ledger_life(ledger, a),
				  *lb = bemu_ledger_life(ledger, b);

	return a == b || (la && lb && !strcmp(la->what, lb->what));
}

static uint32_t life_at(const struct word *w, uint64_t addr)
{
	int32_t fd;

	if (w->seen->ops->read(w->seen, addr, &fd, sizeof(fd)))
		return 0;
	return bemu_ledger_open_life(w->words->ledger, fd);
}

/* The index of the place that the lookup's own number was stored to; -1 when it is nowhere. */
static int64_t find_slot(const struct word *w)
{
	uint32_t i;
	int32_t fd;

	for (i = 0; i < MAX_SCAN; i++) {
		uint64_t addr = w->fd_array + 4ull * i;

		if (w->seen->ops->read(w->seen, addr, &fd, sizeof(fd)))
			return -1;
		if (w->seen->ops->tag(w->seen, addr, NULL) == w->lookup->life)
			return i;
	}
	return -1;
}

static const char *name_of(const struct word *w, int fd, uint32_t id, char *buf, size_t len)
{
	const struct bemu_words_opts *o = &w->words->opts;

	if (!o->type_name || o->type_name(o->ctx, fd, id, buf, len) || !buf[0])
		return "(no name)";
	return buf;
}

/* ---- the two kinds of words ---- */

static int judge_off(const struct word *w)
{
	char text[120], name[NAME_LEN] = "";
	const struct bemu_fd_life *hit;
	int16_t off = w->insn->off;
	int64_t slot;
	uint32_t life;

	if (!off && !w->lookup->life)
		return 0;
	life = off > 0 && w->fd_array ? life_at(w, w->fd_array + 4u * (uint32_t)off) : 0;
	if (life && w->lookup->life && same_object(w->words->ledger, life, w->lookup->life))
		return 0;
	slot = w->lookup->life && w->fd_array ? find_slot(w) : -1;
	if (slot > INT16_MAX && (int16_t)slot == off) {
		(void)snprintf(text, sizeof(text),
			       "index %lld does not fit insn->off, which has %d", (long long)slot,
			       off);
		return report(w, BEMU_FINDING_INSN_OFF_TRUNCATED, text);
	}
	hit = bemu_ledger_life(w->words->ledger, life);
	if (!off)
		(void)snprintf(text, sizeof(text),
			       "off 0 is the kernel's own BTF, whose id %d is %.40s", w->insn->imm,
			       name_of(w, 0, (uint32_t)w->insn->imm, name, sizeof(name)));
	else if (off < 0)
		(void)snprintf(text, sizeof(text), "off %d selects nothing", off);
	else if (hit)
		(void)snprintf(text, sizeof(text),
			       "fd_array[%d] is fd %d, %.40s, whose id %d is %.30s", off, hit->fd,
			       hit->what, w->insn->imm,
			       name_of(w, hit->fd, (uint32_t)w->insn->imm, name, sizeof(name)));
	else
		(void)snprintf(text, sizeof(text), "fd_array[%d] holds no open number", off);
	return report(w, BEMU_FINDING_INSN_OFF_ALIAS, text);
}

static int judge_call(const struct word *w)
{
	char text[120];

	if ((uint32_t)w->insn->imm != w->lookup->id) {
		(void)snprintf(text, sizeof(text), "id %u was found, the call has %d",
			       w->lookup->id, w->insn->imm);
		return report(w, BEMU_FINDING_IMM_TRUNCATED, text);
	}
	return judge_off(w);
}

static int judge_addr(const struct word *w, int32_t high)
{
	uint64_t has = (uint64_t)(uint32_t)w->insn->imm | (uint64_t)(uint32_t)high << 32;
	char text[120];

	if (has == w->lookup->addr)
		return 0;
	(void)snprintf(text, sizeof(text), "address 0x%llx was found, the word has 0x%llx",
		       (unsigned long long)w->lookup->addr, (unsigned long long)has);
	return report(w, BEMU_FINDING_IMM_TRUNCATED, text);
}

/* {id, FD of the module's BTF}, 0 for the kernel's own: a number 0 cannot be told from that. */
static int judge_typed(const struct word *w, int32_t fd)
{
	const struct bemu_fd_life *meant = bemu_ledger_life(w->words->ledger, w->lookup->life);
	char text[120], name[NAME_LEN] = "";
	uint32_t life;

	if ((uint32_t)w->insn->imm != w->lookup->id) {
		(void)snprintf(text, sizeof(text), "id %u was found, the word has %d",
			       w->lookup->id, w->insn->imm);
		return report(w, BEMU_FINDING_IMM_TRUNCATED, text);
	}
	if (w->insn->src_reg != BPF_PSEUDO_BTF_ID) {
		(void)snprintf(text, sizeof(text),
			       "id %d is left behind as a constant: source register %u, not %u",
			       w->insn->imm, w->insn->src_reg, BPF_PSEUDO_BTF_ID);
		return report(w, BEMU_FINDING_CORE_WRONG_PATCH, text);
	}
	if (meant && !meant->fd)
		return report(w, BEMU_FINDING_FD_STD,
			      "its BTF is fd 0, which means the kernel's own here");
	life = fd ? life_at(w, w->addr + 12) : 0;
	if (!fd == !meant && (!fd || same_object(w->words->ledger, life, w->lookup->life)))
		return 0;
	(void)snprintf(text, sizeof(text), "id %d is looked up in fd %d, where it is %.40s",
		       w->insn->imm, fd,
		       name_of(w, fd, (uint32_t)w->insn->imm, name, sizeof(name)));
	return report(w, BEMU_FINDING_CORE_WRONG_PATCH, text);
}

int bemu_words_judge(struct bemu_words *words, const struct bemu_seen *seen, uint32_t step,
		     uint64_t fd_array, uint64_t addr, uint32_t insn_idx,
		     const struct bpf_insn *insn)
{
	struct word w = {
		.words = words,
		.seen = seen,
		.step = step,
		.insn_idx = insn_idx,
		.fd_array = fd_array,
		.addr = addr,
		.insn = insn,
		.lookup = lookup_of(words, seen->ops->tag(seen, addr + 4, NULL), false),
	};
	bool is_call = insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL;
	int32_t high;

	if (is_call)
		return w.lookup && !w.lookup->is_ksym ? judge_call(&w) : 0;
	if (insn->code != (BPF_LD | BPF_IMM | BPF_DW) ||
	    seen->ops->read(seen, addr + 12, &high, sizeof(high)))
		return 0;
	if (!w.lookup) {
		/* an upper half alone: the lower was cut off */
		w.lookup = lookup_of(words, seen->ops->tag(seen, addr + 12, NULL), true);
		return w.lookup ? judge_addr(&w, high) : 0;
	}
	return w.lookup->is_ksym ? judge_addr(&w, high) : judge_typed(&w, high);
}
