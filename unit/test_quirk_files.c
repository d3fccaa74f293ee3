/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Each quirk of the generator and the host side has a scenario that shows what its line in the table says, and
 * a near miss: another scenario with the quirk, in which nothing is found. With the quirk off the first is
 * quiet, too.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <bemu/quirks.h>

#include "helpers.h"

#include "audit/finding.h"
#include "scenario/run.h"

static const char dir[] = BEMU_CORPUS "/scenario";

enum { MAX_SCENARIOS = 1000, PATH_LEN = 512 };

struct scenario {
	char name[256];
	char *text;
	size_t len;
};

static struct scenario scenarios[MAX_SCENARIOS];
static uint32_t nr_scenarios;

static void read_all(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)) && nr_scenarios < MAX_SCENARIOS) {
		struct scenario *s = &scenarios[nr_scenarios];
		const char *dot = strrchr(e->d_name, '.');
		char path[PATH_LEN];
		FILE *f;

		if (!dot || strcmp(dot, ".scn") != 0)
			continue;
		(void)snprintf(s->name, sizeof(s->name), "%s", e->d_name);
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		f = fopen(path, "rb");
		s->text = f ? calloc(1, 1 << 16) : NULL;
		if (!s->text)
			abort();
		s->len = fread(s->text, 1, (1 << 16) - 1, f);
		(void)fclose(f);
		nr_scenarios++;
	}
	if (d)
		(void)closedir(d);
}

static const struct scenario *find(const char *name)
{
	uint32_t i;

	for (i = 0; i < nr_scenarios; i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

/* "quirk ID" is a line of it */
static bool names(const struct scenario *s, const char *id)
{
	char line[128];
	const char *at;

	(void)snprintf(line, sizeof(line), "\nquirk %s\n", id);
	at = strstr(s->text, line);
	return at != NULL;
}

static void run(const struct scenario *s, bool no_quirks, struct bemu_scn_result *res)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts), .no_quirks = no_quirks };
	struct bemu_scn_where where = { 0 };
	struct bemu_scn *scn = NULL;
	struct bemu_buf report;
	struct bemu_env *env;

	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	bemu_buf_init(&report, env);
	opts.report = &report;
	if (bemu_scn_parse(env, s->text, s->len, &where, &scn) ||
	    bemu_scn_run(env, scn, &opts, &where, res))
		fail_msg("%s:%u:%u: %s", s->name, where.line, where.col, where.text);
	if (res->nr_unmet)
		fail_msg("%s", bemu_buf_str(&report));
	bemu_buf_fini(&report);
	bemu_scn_free(scn);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void shows_its_finding(const struct bemu_quirk_info *quirk)
{
	char name[128] = "quirk-", expected[128];
	const struct scenario *s;
	struct bemu_scn_result res;
	size_t i;

	for (i = 0; quirk->id[i]; i++)
		name[6 + i] = (char)tolower((unsigned char)quirk->id[i]);
	strcat(name, ".scn");
	s = find(name);
	if (!s)
		fail_msg("%s has no %s", quirk->id, name);
	assert_true(names(s, quirk->id));
	(void)snprintf(expected, sizeof(expected), "finding %s\n", quirk->detector);
	if (!strstr(s->text, expected))
		fail_msg("%s expects no %s", name, expected);
	run(s, false, &res);
	assert_true(res.nr_findings > 0);
	run(s, true, &res);
	assert_int_equal(res.nr_findings, 0);
}

static void has_a_near_miss(const struct bemu_quirk_info *quirk)
{
	struct bemu_scn_result res;
	uint32_t i, nr = 0;

	for (i = 0; i < nr_scenarios; i++) {
		const struct scenario *s = &scenarios[i];

		if (!names(s, quirk->id) || strstr(s->text, "finding ") ||
		    !strncmp(s->name, "quirk-", 6))
			continue;
		run(s, false, &res);
		assert_int_equal(res.nr_findings, 0);
		nr++;
	}
	if (!nr)
		fail_msg("%s has no near miss", quirk->id);
}

static void is_shown_and_missed(void **state)
{
	const struct bemu_quirk_info *quirk = *state;

	shows_its_finding(quirk);
	has_a_near_miss(quirk);
}

int main(void)
{
	static const char *const classes[] = { "GL-", "SK-" };
	static struct CMUnitTest tests[BEMU_NR_QUIRKS];
	uint32_t i, nr = 0;
	size_t k;
	int failed;

	read_all();
	for (i = 0; i < BEMU_NR_QUIRKS; i++)
		for (k = 0; k < BEMU_ARRAY_SIZE(classes); k++)
			if (!strncmp(bemu_quirk_info(i)->id, classes[k], 3))
				tests[nr++] = (struct CMUnitTest){
					.name = bemu_quirk_info(i)->id,
					.test_func = is_shown_and_missed,
					.initial_state = (void *)(uintptr_t)bemu_quirk_info(i)
				};
	failed = nr < 20 ? 1 : _cmocka_run_group_tests("quirk_files", tests, nr, NULL, NULL);
	for (i = 0; i < nr_scenarios; i++)
		free(scenarios[i].text);
	return failed;
}
