/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Every scenario of the corpus: it prints as itself, and every answer is as it expects. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "helpers.h"

#include "scenario/run.h"

static const char dir[] = BEMU_CORPUS "/scenario";

enum { MAX_SCENARIOS = 1000, MAX_FILES = 16 };

/** struct files - what a scenario's steps read, given back at its end */
struct files {
	uint32_t nr;
	char *data[MAX_FILES];
};

static char *read_all(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *data;
	long size;

	if (!f)
		return NULL;
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0);
	rewind(f);
	data = malloc((size_t)size + 1);
	assert_non_null(data);
	*len = fread(data, 1, (size_t)size, f);
	assert_int_equal(*len, size);
	(void)fclose(f);
	return data;
}

static int read_file(void *ctx, const char *name, const void **data, size_t *len)
{
	struct files *files = ctx;
	char path[512];

	assert_true(files->nr < MAX_FILES);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	files->data[files->nr] = read_all(path, len);
	*data = files->data[files->nr];
	if (!*data)
		return -ENOENT;
	files->nr++;
	return 0;
}

static void holds(void **state)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts), .read_file = read_file };
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_result res = { 0 };
	struct files files = { 0 };
	struct bemu_buf text, report;
	struct bemu_scn *scn = NULL;
	struct bemu_env *env;
	char path[512];
	size_t len;
	char *data;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, (const char *)*state);
	data = read_all(path, &len);
	assert_non_null(data);
	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	if (bemu_scn_parse(env, data, len, &where, &scn))
		fail_msg("%u:%u: %s", where.line, where.col, where.text);
	bemu_buf_init(&text, env);
	bemu_scn_print(&text, scn);
	data[len] = '\0';
	assert_string_equal(bemu_buf_str(&text), data);
	bemu_buf_init(&report, env);
	opts.ctx = &files;
	opts.report = &report;
	if (bemu_scn_run(env, scn, &opts, &where, &res))
		fail_msg("%u:%u: %s", where.line, where.col, where.text);
	if (res.nr_unmet)
		fail_msg("%s", bemu_buf_str(&report));
	assert_true(res.nr_steps);
	bemu_buf_fini(&text);
	bemu_buf_fini(&report);
	bemu_scn_free(scn);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
	while (files.nr)
		free(files.data[--files.nr]);
	free(data);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static uint32_t list(char *names[MAX_SCENARIOS])
{
	DIR *d = opendir(dir);
	struct dirent *e;
	uint32_t nr = 0;

	while (d && (e = readdir(d))) {
		const char *dot = strrchr(e->d_name, '.');

		if (dot && !strcmp(dot, ".scn") && nr < MAX_SCENARIOS)
			names[nr++] = strdup(e->d_name);
	}
	if (d)
		(void)closedir(d);
	qsort(names, nr, sizeof(*names), by_name);
	return nr;
}

int main(void)
{
	static struct CMUnitTest tests[MAX_SCENARIOS];
	static char *names[MAX_SCENARIOS];
	uint32_t i, nr = list(names);
	int failed;

	if (!nr) {
		(void)fprintf(stderr, "%s: no scenarios\n", dir);
		return 1;
	}
	for (i = 0; i < nr; i++)
		tests[i] = (struct CMUnitTest){ .name = names[i],
						.test_func = holds,
						.initial_state = names[i] };
	failed = _cmocka_run_group_tests("replay", tests, nr, NULL, NULL);
	for (i = 0; i < nr; i++)
		free(names[i]);
	return failed;
}
