// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The judgement on a stored number, as a table: the life it was stored with, against the life that the
 * number has when it is used.
 *
 *   stored life   life now     close             other use
 *   -----------   ----------   ---------------   ------------------
 *   A             A, open      fine              fine
 *   A, closed     none         fd-double-close   fd-use-after-close
 *   A, closed     B, open      fd-recycled       fd-recycled
 *   not known     none         fd-double-close   fd-use-after-close   (if it ever was open)
 *   not known     B, open      fine              fine
 */
#include "audit/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "uapi/bpf.h"

struct number {
	uint32_t life; /* the open one, from 1; 0 when closed */
	uint32_t last; /* the last one, from 1; 0 when it was never open */
	uint32_t nr_lives;
};

struct bemu_ledger {
	struct bemu_env *env;
	struct bemu_findings *findings;
	uint32_t nr_lives, cap_lives;
	struct bemu_fd_life *lives;
	uint32_t cap_numbers;
	struct number *numbers;
	uint32_t cap_roots;
	int32_t *root_of_life; /* by life - 1: finding + 1 that closed it wrongly, 0 when none */
	uint32_t nr_told, cap_told; /* findings about a number, whose history is to be told */
	struct told {
		uint32_t finding;
		int fd;
		bool effect; /* has its line */
	} * told;
};

bool bemu_ledger_returns_fd(uint32_t cmd)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
	case BPF_OBJ_GET:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_RAW_TRACEPOINT_OPEN:
	case BPF_BTF_LOAD:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_LINK_CREATE:
	case BPF_LINK_GET_FD_BY_ID:
	case BPF_ENABLE_STATS:
	case BPF_ITER_CREATE:
	case BEMU_BPF_TOKEN_CREATE:
		return true;
	default:
		return false;
	}
}

int bemu_ledger_new(struct bemu_env *env, struct bemu_findings *findings, struct bemu_ledger **out)
{
	struct bemu_ledger *ledger = bemu_zalloc(env, sizeof(*ledger));

	if (!ledger)
		return -ENOMEM;
	ledger->env = env;
	ledger->findings = findings;
	*out = ledger;
	return 0;
}

void bemu_ledger_free(struct bemu_ledger *ledger)
{
	if (!ledger)
		return;
	bemu_mem_free(ledger->env, ledger->lives);
	bemu_mem_free(ledger->env, ledger->numbers);
	bemu_mem_free(ledger->env, ledger->root_of_life);
	bemu_mem_free(ledger->env, ledger->told);
	bemu_mem_free(ledger->env, ledger);
}

const struct bemu_fd_life *bemu_ledger_life(const struct bemu_ledger *ledger, uint32_t nr)
{
	return nr && nr <= ledger->nr_lives ? &ledger->lives[nr - 1] : NULL;
}

uint32_t bemu_ledger_nr_lives(const struct bemu_ledger *ledger)
{
	return ledger->nr_lives;
}

static struct number *number_of(const struct bemu_ledger *ledger, int fd)
{
	return fd >= 0 && (uint32_t)fd < ledger->cap_numbers ? &ledger->numbers[fd] : NULL;
}

static void end_life(struct bemu_fd_life *life, const struct bemu_ledger_where *where)
{
	life->closed = where->step;
	life->closed_insn = where->insn_idx;
}

uint32_t bemu_ledger_open_life(const struct bemu_ledger *ledger, int fd)
{
	const struct number *number = number_of(ledger, fd);

	return number ? number->life : 0;
}

int bemu_ledger_opened(struct bemu_ledger *ledger, const struct bemu_ledger_where *where, int fd,
		       const char *what, uint32_t *life)
{
	struct bemu_fd_life *new;
	struct number *number;

	if (fd < 0)
		return -EINVAL;
	if (bemu_grow(ledger->env, &ledger->numbers, &ledger->cap_numbers, (size_t)fd + 1,
		      sizeof(*ledger->numbers)) ||
	    bemu_grow(ledger->env, &ledger->lives, &ledger->cap_lives, (size_t)ledger->nr_lives + 1,
		      sizeof(*ledger->lives)) ||
	    bemu_grow(ledger->env, &ledger->root_of_life, &ledger->cap_roots,
		      (size_t)ledger->nr_lives + 1, sizeof(*ledger->root_of_life)))
		return -ENOMEM;
	number = &ledger->numbers[fd];
	if (number->life) /* dup2 over an open number ends what it meant */
		end_life(&ledger->lives[number->life - 1], where);
	new = &ledger->lives[ledger->nr_lives++];
	memset(new, 0, sizeof(*new));
	new->fd = fd;
	new->nth = ++number->nr_lives;
	new->opened = where->step;
	new->opened_insn = where->insn_idx;
	new->closed_insn = -1;
	(void)snprintf(new->what, sizeof(new->what), "%s", what);
	ledger->root_of_life[ledger->nr_lives - 1] = 0;
	number->life = ledger->nr_lives;
	number->last = number->life;
	if (life)
		*life = number->life;
	return 0;
}

static const char *ordinal(uint32_t n, char *buf, size_t len)
{
	const char *suffix = "th";

	if (n % 100 < 11 || n % 100 > 13)
		suffix = n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
	(void)snprintf(buf, len, "%u%s", n, suffix);
	return buf;
}

enum { WHEN_LEN = 24 };

/* "insn 214" of a loader program, "call 3" of the task itself */
static const char *when(uint32_t step, int32_t insn_idx, char buf[WHEN_LEN])
{
	if (insn_idx >= 0)
		(void)snprintf(buf, WHEN_LEN, "insn %d", insn_idx);
	else
		(void)snprintf(buf, WHEN_LEN, "call %u", step);
	return buf;
}

static void line_of_life(struct bemu_finding *finding, const char *key,
			 const struct bemu_fd_life *life)
{
	char nth[16], from[WHEN_LEN], to[WHEN_LEN];

	ordinal(life->nth, nth, sizeof(nth));
	when(life->opened, life->opened_insn, from);
	when(life->closed, life->closed_insn, to);
	if (life->closed)
		bemu_finding_line(finding, "%-7s fd %d (%s)  %s  opened %s, closed %s", key,
				  life->fd, nth, life->what, from, to);
	else
		bemu_finding_line(finding, "%-7s fd %d (%s)  %s  opened %s", key, life->fd, nth,
				  life->what, from);
}

/* Everything that ever happened to the number: "fd 6    insn 102 btf m1 --insn 130x   insn 207 prog b -->". */
static void line_of_number(struct bemu_ledger *ledger, struct bemu_finding *finding, int fd)
{
	char text[BEMU_FINDING_LINE_LEN] = "", from[WHEN_LEN], to[WHEN_LEN];
	size_t used = 0;
	uint32_t i;

	for (i = 0; i < ledger->nr_lives && used < sizeof(text) - 1; i++) {
		const struct bemu_fd_life *life = &ledger->lives[i];
		int n;

		if (life->fd != fd)
			continue;
		when(life->opened, life->opened_insn, from);
		when(life->closed, life->closed_insn, to);
		if (life->closed)
			n = snprintf(text + used, sizeof(text) - used, "  %s: %s --x %s;", from,
				     life->what, to);
		else
			n = snprintf(text + used, sizeof(text) - used, "  %s: %s -->%s", from,
				     life->what, life->handed ? " caller" : "");
		used += n > 0 ? (size_t)n : 0;
	}
	bemu_finding_line(finding, "fd %-4d%.140s", fd, text);
}

/* The finding that was added last is about @fd. */
static int remember(struct bemu_ledger *ledger, int fd)
{
	if (bemu_grow(ledger->env, &ledger->told, &ledger->cap_told, (size_t)ledger->nr_told + 1,
		      sizeof(*ledger->told)))
		return -ENOMEM;
	ledger->told[ledger->nr_told++] =
		(struct told){ .finding = ledger->findings->nr - 1, .fd = fd };
	return 0;
}

static void describe(struct bemu_finding *finding, const struct bemu_ledger_where *where,
		     const struct bemu_fd_life *meant, const struct bemu_fd_life *hit)
{
	const char *sep = where->symbol ? " for " : "",
		   *symbol = where->symbol ? where->symbol : "";

	if (where->insn_idx >= 0)
		bemu_finding_line(finding, "%-7s loader insn %d: %s", "where", where->insn_idx,
				  where->call);
	else
		bemu_finding_line(finding, "%-7s call %u: %s", "where", where->step, where->call);
	if (where->stored && where->stored_by != UINT32_MAX)
		bemu_finding_line(finding, "%-7s %s, stored by insn %u%s%s", "number",
				  where->stored, where->stored_by, sep, symbol);
	else if (where->stored)
		bemu_finding_line(finding, "%-7s %s%s%s", "number", where->stored, sep, symbol);
	if (meant)
		line_of_life(finding, "meant", meant);
	if (hit)
		line_of_life(finding, "hit", hit);
}

/* Compares what a number was stored as with what it is. *root receives the finding + 1, or 0. */
static int judge(struct bemu_ledger *ledger, const struct bemu_ledger_where *where, int fd,
		 uint32_t tag, enum bemu_finding_id dead, const char *verb, int32_t *root)
{
	const struct bemu_fd_life *meant = bemu_ledger_life(ledger, tag), *hit;
	struct number *number = number_of(ledger, fd);
	struct bemu_finding *finding;

	*root = 0;
	if (meant && meant->fd != fd)
		meant = NULL; /* the number was computed, not only carried */
	if (!number || !number->last)
		return 0; /* never seen: not ours to judge */
	hit = bemu_ledger_life(ledger, number->life);
	if (hit && (!meant || meant == hit))
		return 0;
	if (!hit) {
		if (!meant)
			meant = bemu_ledger_life(ledger, number->last);
		finding = bemu_findings_add(ledger->findings, dead, where->step, where->insn_idx,
					    "%s %s a number that was closed at %u: %s", where->call,
					    verb, meant->closed, meant->what);
	} else {
		finding = bemu_findings_add(ledger->findings, BEMU_FINDING_FD_RECYCLED, where->step,
					    where->insn_idx, "%s %s %s instead of %s", where->call,
					    verb, hit->what, meant->what);
	}
	if (!finding)
		return -ENOMEM;
	if (remember(ledger, fd))
		return -ENOMEM;
	describe(finding, where, meant, hit);
	/* what an earlier finding did to this object explains this one */
	finding->root = ledger->root_of_life[(hit ? hit : meant) - ledger->lives] - 1;
	if (finding->root < 0 && meant)
		finding->root = ledger->root_of_life[meant - ledger->lives] - 1;
	*root = finding->root < 0 ? (int32_t)ledger->findings->nr : finding->root + 1;
	return 0;
}

int bemu_ledger_closed(struct bemu_ledger *ledger, const struct bemu_ledger_where *where, int fd,
		       long ret, uint32_t tag)
{
	struct number *number = number_of(ledger, fd);
	int32_t root;
	int err;

	err = judge(ledger, where, fd, tag, BEMU_FINDING_FD_DOUBLE_CLOSE, "closed", &root);
	if (err)
		return err;
	if (ret == 0 && number && number->life) {
		end_life(&ledger->lives[number->life - 1], where);
		ledger->root_of_life[number->life - 1] = root;
		number->life = 0;
	}
	return 0;
}

int bemu_ledger_used(struct bemu_ledger *ledger, const struct bemu_ledger_where *where, int fd,
		     uint32_t tag)
{
	int32_t root;

	return judge(ledger, where, fd, tag, BEMU_FINDING_FD_USE_AFTER_CLOSE, "used", &root);
}

int bemu_ledger_handed(struct bemu_ledger *ledger, const struct bemu_ledger_where *where, int fd,
		       uint32_t tag, const char *what)
{
	struct bemu_ledger_where here = *where;
	struct number *number = number_of(ledger, fd);
	char call[64];
	int32_t root;
	int err;

	(void)snprintf(call, sizeof(call), "the result %.48s", what);
	here.call = call;
	err = judge(ledger, &here, fd, tag, BEMU_FINDING_FD_USE_AFTER_CLOSE, "is", &root);
	if (err)
		return err;
	if (!root && number && number->life) {
		struct bemu_fd_life *life = &ledger->lives[number->life - 1];

		if (life->handed &&
		    !bemu_findings_add(ledger->findings, BEMU_FINDING_FD_ALIASED_RESULT,
				       where->step, where->insn_idx,
				       "the result %s is fd %d, which another result is", what, fd))
			return -ENOMEM;
		life->handed = true;
	}
	return 0;
}

void bemu_ledger_effect(struct bemu_ledger *ledger, const char *fmt, ...)
{
	char text[BEMU_FINDING_LINE_LEN];
	va_list args;
	uint32_t i;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (i = 0; i < ledger->nr_told; i++) {
		struct told *told = &ledger->told[i];
		struct bemu_finding *finding = &ledger->findings->arr[told->finding];

		if (told->effect || finding->root >= 0)
			continue;
		bemu_finding_line(finding, "%-7s %.100s", "effect", text);
		told->effect = true;
	}
}

int bemu_ledger_end(struct bemu_ledger *ledger, const struct bemu_ledger_where *where)
{
	uint32_t i;

	for (i = 0; i < ledger->nr_lives; i++) {
		const struct bemu_fd_life *life = &ledger->lives[i];

		if (life->closed || life->handed)
			continue;
		/* who closes what is above 0 alone takes this one for none */
		if (!bemu_findings_add(ledger->findings,
				       life->fd ? BEMU_FINDING_FD_LEAK : BEMU_FINDING_FD_STD,
				       where->step, where->insn_idx, "fd %d (%s) is still open",
				       life->fd, life->what) ||
		    remember(ledger, life->fd))
			return -ENOMEM;
	}
	for (i = 0; i < ledger->nr_told; i++)
		line_of_number(ledger, &ledger->findings->arr[ledger->told[i].finding],
			       ledger->told[i].fd);
	ledger->nr_told = 0;
	return 0;
}
