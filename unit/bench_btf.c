// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Times of one raw kernel BTF, ours beside libbpf's: parsing, look-up by name and kind, memory.
 * Usage: bench_btf RAW_BTF. Prints "name ours libbpf ratio" lines: user CPU time, medians.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <bpf/btf.h>

#include "btf/btf.h"

enum { ROUNDS = 41, NR_NAMES = 4000, NR_LINEAR = 60 };

struct counting {
	struct bemu_allocator ops;
	size_t held, peak;
};

static void *counting_alloc(void *ctx, size_t size)
{
	struct counting *c = ctx;

	c->held += size;
	if (c->held > c->peak)
		c->peak = c->held;
	return malloc(size);
}

static void counting_free(void *ctx, void *ptr, size_t size)
{
	struct counting *c = ctx;

	c->held -= size;
	free(ptr);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* User time only; its clock is coarse, so many rounds are measured at once. */
static double user_seconds(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)ru.ru_utime.tv_sec + (double)ru.ru_utime.tv_usec / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

static void die(const char *what)
{
	fprintf(stderr, "bench_btf: %s\n", what);
	exit(1);
}

static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	size_t cap = 1 << 20, n;
	char *data = malloc(cap);

	if (!f || !data)
		die(path);
	*len = 0;
	while ((n = fread(data + *len, 1, cap - *len, f)) > 0) {
		*len += n;
		if (*len == cap) {
			cap *= 2;
			data = realloc(data, cap);
			if (!data)
				die("out of memory");
		}
	}
	fclose(f);
	return data;
}

static void print_row(const char *name, const char *unit, double ours, double theirs)
{
	printf("%-34s %10.3f %10.3f %-4s %8.2fx\n", name, ours, theirs, unit, theirs / ours);
}

int main(int argc, char **argv)
{
	struct counting c = { .ops = { counting_alloc, counting_free, &c } };
	double ours[ROUNDS], theirs[ROUNDS], ours_user, theirs_user, t;
	const char *names[NR_NAMES];
	char misses[NR_NAMES][16];
	uint32_t kinds[NR_NAMES], nr_types, i, nr = 0;
	struct bemu_btf *btf = NULL;
	struct bemu_env *env = NULL;
	unsigned long found = 0;
	struct btf *lib = NULL;
	size_t len, before;
	void *raw;

	if (argc != 2)
		die("usage: bench_btf RAW_BTF");
	raw = read_file(argv[1], &len);
	if (bemu_env_new(&c.ops, NULL, &env))
		die("out of memory");

	ours_user = user_seconds();
	for (i = 0; i < ROUNDS; i++) {
		bemu_btf_put(btf);
		btf = NULL;
		t = seconds();
		if (bemu_btf_parse(env, raw, len, NULL, BEMU_BTF_PARSE_BORROW, &btf))
			die(bemu_log_last(&env->log)->text);
		ours[i] = seconds() - t;
	}
	ours_user = (user_seconds() - ours_user) / ROUNDS;
	theirs_user = user_seconds();
	for (i = 0; i < ROUNDS; i++) {
		btf__free(lib);
		t = seconds();
		lib = btf__new(raw, (uint32_t)len);
		if (!lib)
			die("libbpf refuses this BTF");
		theirs[i] = seconds() - t;
	}
	theirs_user = (user_seconds() - theirs_user) / ROUNDS;
	print_row("parse, user time", "ms", ours_user * 1e3, theirs_user * 1e3);
	print_row("parse, user and system time", "ms", median(ours, ROUNDS) * 1e3,
		  median(theirs, ROUNDS) * 1e3);

	bemu_btf_put(btf);
	before = c.held;
	c.peak = c.held;
	if (bemu_btf_parse(env, raw, len, NULL, BEMU_BTF_PARSE_BORROW, &btf))
		die("parse");
	printf("%-34s %10.3f MB (while parsing %.3f MB), %u types\n", "memory beyond the bytes",
	       (double)(c.held - before) / 1e6, (double)(c.peak - before) / 1e6,
	       bemu_btf_nr_types(btf) - 1);

	nr_types = bemu_btf_nr_types(btf);
	for (i = 0; nr < NR_NAMES && i < nr_types; i++) {
		uint32_t id = 1 + (uint32_t)(((uint64_t)i * 2654435761u) % (nr_types - 1));

		if (!*bemu_btf_name(btf, id))
			continue;
		names[nr] = bemu_btf_name(btf, id);
		kinds[nr] = bemu_btf_kind(bemu_btf_type(btf, id));
		snprintf(misses[nr], sizeof(misses[nr]), "no_such_%u", nr);
		nr++;
	}
	t = seconds();
	for (i = 0; i < 100 * nr; i++)
		found += bemu_btf_find(btf, names[i % nr], kinds[i % nr], false);
	ours[0] = (seconds() - t) / (100 * nr);
	t = seconds();
	for (i = 0; i < NR_LINEAR; i++)
		found += (unsigned long)btf__find_by_name_kind(lib, names[i], kinds[i]);
	theirs[0] = (seconds() - t) / NR_LINEAR;
	print_row("look-up, hit", "ns", ours[0] * 1e9, theirs[0] * 1e9);
	t = seconds();
	for (i = 0; i < 100 * nr; i++)
		found += bemu_btf_find(btf, misses[i % nr], BTF_KIND_STRUCT, false);
	ours[0] = (seconds() - t) / (100 * nr);
	t = seconds();
	for (i = 0; i < NR_LINEAR; i++)
		found += btf__find_by_name_kind(lib, misses[i], BTF_KIND_STRUCT) > 0;
	theirs[0] = (seconds() - t) / NR_LINEAR;
	print_row("look-up, miss", "ns", ours[0] * 1e9, theirs[0] * 1e9);
	btf__free(lib);
	bemu_btf_put(btf);
	bemu_env_free(env);
	free(raw);
	return found ? 0 : 1;
}
