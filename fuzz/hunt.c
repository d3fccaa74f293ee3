// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "hunt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ID = 64 };

static struct hunt {
	bool read, on;
	bool without; /* the same input again, to see whether the finding is the quirk's */
	bool hit;
	uint32_t id;
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
		if (strncmp(bemu_quirk_info(i)->id, "K-", 2) != 0)
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

void fuzz_found(const struct bemu_findings *set)
{
	const struct hunt *h = the_hunt();
	const struct bemu_finding *f;
	uint32_t i;

	for (i = 0; i < set->nr && !h->hit; i++) {
		f = &set->arr[i];
		if (!is_wanted(h, f->id))
			continue;
		hunt.hit = true;
		hunt.id = f->id;
		(void)snprintf(hunt.text, sizeof(hunt.text), "%s, call %u: %s",
			       bemu_finding_name(f->id), f->step, f->summary);
		if (!h->on)
			over();
	}
}

bool fuzz_hunt_hit(void)
{
	return hunt.hit && !hunt.without;
}

void fuzz_hunt_again(int (*target)(const uint8_t *, size_t), const uint8_t *data, size_t size)
{
	char text[sizeof(hunt.text)];

	memcpy(text, hunt.text, sizeof(text));
	hunt.hit = false;
	hunt.without = true;
	(void)target(data, size);
	hunt.without = false;
	memcpy(hunt.text, text, sizeof(text));
	if (!hunt.hit)
		over();
	hunt.hit = false;
}
