// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Runs a target over files: each argument is a file, or a folder whose files are taken in sorted order.
 * A file named accept-* must be accepted by its target, and reject-* must be refused; issue-* may be
 * either. Other names are no seeds: with --seeds they are an error. --outcome says what became of each.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned long nr_run, nr_wrong;
static bool only_seeds, tell_outcome;

static const char *const words[] = { "undecided", "accept", "reject" };

static int is_named(const char *path, const char *prefix)
{
	const char *slash = strrchr(path, '/');

	return !strncmp(slash ? slash + 1 : path, prefix, strlen(prefix));
}

static void check_outcome(const char *path)
{
	enum fuzz_outcome want = FUZZ_UNDECIDED;

	if (is_named(path, "accept-"))
		want = FUZZ_ACCEPT;
	else if (is_named(path, "reject-"))
		want = FUZZ_REJECT;
	else if (is_named(path, "issue-") || !only_seeds)
		return;
	if (want == FUZZ_UNDECIDED)
		fprintf(stderr, "%s: a seed is named accept-, reject- or issue-\n", path);
	else if (want != fuzz_outcome)
		fprintf(stderr, "%s: the target says %s\n", path, words[fuzz_outcome]);
	else
		return;
	nr_wrong++;
}

/* Each input in a block of exactly its size, so that a read past its end is seen. */
static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long size = -1;
	int err = -1;

	if (f && !fseek(f, 0, SEEK_END) && (size = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET)) {
		data = malloc(size ? (size_t)size : 1);
		if (data && fread(data, 1, (size_t)size, f) == (size_t)size)
			err = 0;
	}
	if (f)
		fclose(f);
	if (err) {
		fprintf(stderr, "%s: %s\n", path, errno ? strerror(errno) : "cannot be read");
	} else {
		if (!tell_outcome)
			printf("%s\n", path);
		fflush(stdout);
		LLVMFuzzerTestOneInput(data, (size_t)size);
		if (tell_outcome)
			printf("%s %s\n", words[fuzz_outcome], path);
		else
			check_outcome(path);
		nr_run++;
	}
	free(data);
	return err;
}

static int run_path(const char *path, int depth)
{
	struct dirent **entries = NULL;
	char name[4096];
	struct stat st;
	int n, i, err = 0;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return run_file(path);
	n = scandir(path, &entries, NULL, alphasort);
	if (n < 0 || depth > 8) {
		fprintf(stderr, "%s: cannot be listed\n", path);
		return -1;
	}
	for (i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
			err |= run_path(name, depth + 1);
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}

int main(int argc, char **argv)
{
	int i, err = 0, first = 1;

	fuzz_is_replay = true;
	LLVMFuzzerInitialize(&argc, &argv);
	if (argc > 1) {
		only_seeds = !strcmp(argv[1], "--seeds");
		tell_outcome = !strcmp(argv[1], "--outcome");
		first += only_seeds || tell_outcome;
	}
	for (i = first; i < argc; i++)
		err |= run_path(argv[i], 0);
	if (!nr_run)
		fprintf(stderr, "%s: no inputs\n", argv[0]);
	printf("%lu inputs, %lu not as their names say\n", nr_run, nr_wrong);
	return err || nr_wrong || !nr_run;
}
