/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include "known.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 512, MAX_AREAS = 16 };

/* What is checked of every entry, whoever reads its probe. */
struct reader {
	const char *path;
	unsigned int line;
	bool open, has_probe, has_cause, has_owner;
	char id[64];
	struct {
		char name[32];
		uint32_t nr;
	} areas[MAX_AREAS];
};

static void __attribute__((noreturn)) bad(const struct reader *r, const char *why)
{
	fprintf(stderr, "%s:%u: %s\n", r->path, r->line, why);
	exit(2);
}

static void count_area(struct reader *r)
{
	size_t len = strcspn(r->id, "/"), i;

	if (!r->id[len] || len >= sizeof(r->areas[0].name))
		bad(r, "an id is AREA/NAME");
	for (i = 0; i < MAX_AREAS; i++) {
		if (!r->areas[i].nr)
			memcpy(r->areas[i].name, r->id, len);
		if (strlen(r->areas[i].name) == len && !strncmp(r->areas[i].name, r->id, len))
			break;
	}
	if (i == MAX_AREAS || ++r->areas[i].nr > LB_KNOWN_PER_AREA)
		bad(r, "more than ten known differences in this area");
}

static void end_entry(struct reader *r)
{
	if (r->open && !(r->has_probe && r->has_cause && r->has_owner))
		bad(r, "an entry has id, probe, cause and owner");
	r->open = false;
}

static void start_entry(struct reader *r, const char *id)
{
	end_entry(r);
	if (strlen(id) >= sizeof(r->id))
		bad(r, "the id is too long");
	memcpy(r->id, id, strlen(id) + 1);
	count_area(r);
	r->open = true;
	r->has_probe = r->has_cause = r->has_owner = false;
}

static void read_probe(struct reader *r, const char *text, struct lb_known_list *out)
{
	struct lb_known *known = &out->entries[out->nr];
	char judge[16];

	r->has_probe = true;
	if (strncmp(text, "libbpf ", 7))
		return; /* another judge's */
	if (out->nr == LB_MAX_KNOWN)
		bad(r, "too many entries");
	if (sscanf(text, "%15s %15s %63s %31s %159[^\n]", judge, known->version, known->object,
		   known->kernel, known->key) != 5)
		bad(r, "a probe is libbpf VERSION OBJECT KERNEL KEY");
	memcpy(known->id, r->id, sizeof(known->id));
	known->nr_seen = 0;
	out->nr++;
}

/* The text after "NAME:", or NULL. */
static const char *field(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(line, name, len) || line[len] != ':')
		return NULL;
	line += len + 1;
	return line + strspn(line, " \t");
}

void lb_known_read(const char *path, struct lb_known_list *out)
{
	struct reader r = { .path = path };
	FILE *file = fopen(path, "re");
	char line[MAX_LINE];
	const char *text;

	out->nr = 0;
	if (!file)
		bad(&r, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		r.line++;
		line[strcspn(line, "\n")] = '\0';
		if (!line[0] || line[0] == '#' || line[0] == ' ')
			continue; /* a line that starts with a space continues the one before */
		text = field(line, "id");
		if (text) {
			start_entry(&r, text);
			continue;
		}
		if (!r.open)
			bad(&r, "an entry starts with id:");
		if ((text = field(line, "probe")))
			read_probe(&r, text, out);
		else if ((text = field(line, "cause")))
			r.has_cause = *text != '\0';
		else if ((text = field(line, "owner")))
			r.has_owner = *text != '\0';
		else
			bad(&r, "not id, probe, cause or owner");
	}
	end_entry(&r);
	fclose(file);
}

bool lb_known_applies(const struct lb_known *known, const char *version)
{
	return !fnmatch(known->version, version, 0);
}

struct lb_known *lb_known_find(struct lb_known_list *list, const char *version, const char *object,
			       const char *kernel, const char *key)
{
	uint32_t i;

	for (i = 0; i < list->nr; i++) {
		struct lb_known *known = &list->entries[i];

		if (lb_known_applies(known, version) && !fnmatch(known->object, object, 0) &&
		    !fnmatch(known->kernel, kernel, 0) && strstr(key, known->key)) {
			known->nr_seen++;
			return known;
		}
	}
	return NULL;
}
