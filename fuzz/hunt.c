// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "hunt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/bounds.h"

enum { MAX_ID = 64 };

static struct hunt {
	bool read, on;
	bool without; /* the same input again, to see whether the finding is the quirk's */
	bool hit;
	uint32_t id;
	long answer;
	struct bemu_quirks quirks;
	char text[sizeof(((struct bemu_finding *)NULL)->summary) + MAX_ID];
} hunt;

/* An id that is unknown would be a hunt for nothing. */
static void want(const char *id)
{
	uint32_t quirk;

	if (bemu_quirk_find(id, &quirk)) {
		fprintf(stderr, "BEMU_FUZZ_QUIRKS: %s: no quirk that is known\n", id);
		exit(2);
	}
	bemu_quirks_set(&hunt.quirks, quirk, true);
}

static void read_list(const char *list)
{
	char id[MAX_ID];
	uint32_t i;

	for (i = 0; i < BEMU_NR_QUIRKS; i++)
		bemu_quirks_set(&hunt.quirks, i, false);
	while (*list) {
		size_t len = strcspn(list, ",");

		(void)snprintf(id, sizeof(id), "%.*s", (int)len, list);
		want(id);
		list += len + (list[len] == ',');
	}
}

static const struct hunt *the_hunt(void)
{
	const char *list;

	if (!hunt.read) {
		list = getenv("BEMU_FUZZ_QUIRKS");
		hunt.read = true;
		hunt.on = list && *list;
		if (hunt.on)
			read_list(list);
	}
	return &hunt;
}

bool fuzz_hunting(void)
{
	return the_hunt()->on;
}

bool fuzz_is_hunted(uint32_t quirk)
{
	return the_hunt()->quirks.on >> quirk & 1;
}

struct bemu_quirks fuzz_quirks(void)
{
	struct bemu_quirks set = the_hunt()->quirks;

	if (hunt.without)
		set.on = 0;
	return set;
}

struct bemu_quirks fuzz_kernel_quirks(void)
{
	struct bemu_quirks set = fuzz_quirks();
	uint32_t i;

	for (i = 0; i < BEMU_NR_QUIRKS; i++)
		if (strncmp(bemu_quirk_info(i)->id, "K-", 2) != 0 &&
		    i != BEMU_QUIRK_CORE_LOCAL_ID_NULL)
			set.on &= ~(1ull << i);
	return set;
}

_Noreturn static void over(void)
{
	fprintf(stderr, "finding: %s\n", hunt.text);
	abort();
}

/* Of placebos, any finding is. */
static bool is_wanted(const struct hunt *h, uint32_t id)
{
	const struct bemu_quirk_info *info;
	uint32_t i;

	if (!h->on || h->without)
		return !h->on || id == h->id;
	for (i = 0; i < BEMU_NR_QUIRKS; i++) {
		info = bemu_quirk_info(i);
		if (h->quirks.on >> i & 1 && (info->cls == BEMU_QUIRK_PLACEBO ||
					      !strcmp(info->detector, bemu_finding_name(id))))
			return true;
	}
	return false;
}

void fuzz_found_one(const struct bemu_finding *f)
{
	const struct hunt *h = the_hunt();

	if (h->hit || !is_wanted(h, f->id))
		return;
	hunt.hit = true;
	hunt.id = f->id;
	(void)snprintf(hunt.text, sizeof(hunt.text), "%s, call %u: %s", bemu_finding_name(f->id),
		       f->step, f->summary);
	if (!h->on)
		over();
}

void fuzz_found(const struct bemu_findings *set)
{
	uint32_t i;

	for (i = 0; i < set->nr; i++)
		fuzz_found_one(&set->arr[i]);
}

void fuzz_judge_bounds(struct bemu_env *env)
{
	struct bemu_findings set;
	uint32_t seen = 0;

	bemu_findings_init(&set, env);
	if (!bemu_bounds_audit(&env->guard, &seen, 0, &set))
		fuzz_found(&set);
	bemu_findings_fini(&set);
}

void fuzz_answer(long answer)
{
	hunt.answer = answer;
}

bool fuzz_hunt_ends(void)
{
	const struct hunt *h = the_hunt();

	return h->on && !h->without && (h->hit || is_wanted(h, BEMU_FINDING_VERDICT_MISMATCH));
}

void fuzz_hunt_again(int (*target)(const uint8_t *, size_t), const uint8_t *data, size_t size)
{
	const struct hunt first = hunt;

	hunt.hit = false;
	hunt.without = true;
	hunt.answer = 0;
	(void)target(data, size);
	hunt.without = false;
	if (first.hit && !hunt.hit) {
		hunt = first;
		over();
	}
	hunt.hit = false;
	if (!first.hit && first.answer != hunt.answer) {
		(void)snprintf(hunt.text, sizeof(hunt.text),
			       "verdict-mismatch, call 1: %ld, and %ld without quirks",
			       first.answer, hunt.answer);
		over();
	}
	hunt.answer = 0;
}
