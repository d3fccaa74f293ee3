// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Runs a target over files: each argument is a file, or a folder whose files are taken in sorted order.
 * A file named accept-* must be accepted by its target, and reject-* must be refused; issue-* may be
 * either. Other names are no seeds: with --seeds they are an error. --outcome says what became of each.
 * --mutate N runs N inputs that the target's mutator makes of each, one of the other, and crosses them with
 * the input before.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "mutate.h"

enum { ROOM = 4096 };

static unsigned long nr_run, nr_wrong;
static bool only_seeds, tell_outcome;
static unsigned int nr_mutated;
static uint8_t *before;
static size_t before_size;

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

static void run_exact(const uint8_t *data, size_t size)
{
	uint8_t *exact = fuzz_sub(data, size);

	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	nr_run++;
}

/* The same data and seed give the same, whatever was done before. */
static void run_mutated(const uint8_t *data, size_t size)
{
	size_t max = size + ROOM, n = size, again;
	uint8_t *a = malloc(max), *b = malloc(max);
	unsigned int seed;

	FUZZ_CHECK(a && b);
	if (size)
		memcpy(a, data, size);
	for (seed = 1; seed <= nr_mutated; seed++) {
		memcpy(b, a, n);
		again = fuzz_mutate(b, n, max, seed);
		n = fuzz_mutate(a, n, max, seed);
		FUZZ_CHECK(n && n <= max && n == again && !memcmp(a, b, n));
		run_exact(a, n);
	}
	for (seed = 0; fuzz_trim(data, size, seed, b); seed += 7)
		run_exact(b, fuzz_trim(data, size, seed, b));
	n = fuzz_cross(data, size, before, before_size, b, max, nr_mutated);
	FUZZ_CHECK(n <= max);
	run_exact(b, n);
	free(a);
	free(b);
	free(before);
	before = fuzz_sub(data, size);
	before_size = size;
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
		if (nr_mutated)
			run_mutated(data, (size_t)size);
		else if (tell_outcome)
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
		if (argc > 2 && !strcmp(argv[1], "--mutate")) {
			nr_mutated = (unsigned int)strtoul(argv[2], NULL, 10);
			first = 3;
		}
	}
	for (i = first; i < argc; i++)
		err |= run_path(argv[i], 0);
	free(before);
	if (!nr_run)
		fprintf(stderr, "%s: no inputs\n", argv[0]);
	printf("%lu inputs, %lu not as their names say\n", nr_run, nr_wrong);
	return err || nr_wrong || !nr_run;
}
