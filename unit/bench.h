/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the bench_* programs share. They print rows for ci/bench.sh, fields apart by tabs:
 *   ID  UNIT  OURS  LIBBPF      LIBBPF is "-" where there is nothing to compare with
 */
#ifndef BEMU_UNIT_BENCH_H
#define BEMU_UNIT_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <bemu/bemu.h>

static inline void __attribute__((noreturn)) bench_die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

/* User CPU time of this process. The clock is coarse: measure many runs at once. */
static inline double bench_user(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)ru.ru_utime.tv_sec + (double)ru.ru_utime.tv_usec / 1e6;
}

/* With the time that the kernel spent for it. */
static inline double bench_user_and_system(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return bench_user() + (double)ru.ru_stime.tv_sec + (double)ru.ru_stime.tv_usec / 1e6;
}

/* Seconds a run takes: as many runs at once as fill @seconds, the quickest of three such rounds. */
static inline double bench_time_by(double (*clock)(void), void (*run)(void *ctx), void *ctx,
				   double seconds)
{
	double best = 0, start, used;
	unsigned long nr = 1, i;
	int round;

	for (round = 0; round < 3;) {
		start = clock();
		for (i = 0; i < nr; i++)
			run(ctx);
		used = clock() - start;
		if (used < seconds / 3) {
			nr = used < seconds / 100
				     ? nr * 10
				     : (unsigned long)((double)nr * seconds / used) + 1;
			continue;
		}
		if (!round++ || used / (double)nr < best)
			best = used / (double)nr;
	}
	return best;
}

static inline double bench_time(void (*run)(void *ctx), void *ctx, double seconds)
{
	return bench_time_by(bench_user, run, ctx, seconds);
}

static inline double bench_time_all(void (*run)(void *ctx), void *ctx, double seconds)
{
	return bench_time_by(bench_user_and_system, run, ctx, seconds);
}

static inline void bench_row(const char *id, const char *unit, double ours, double theirs)
{
	printf("%s\t%s\t%.4g\t%.4g\n", id, unit, ours, theirs);
	fflush(stdout);
}

static inline void bench_row_alone(const char *id, const char *unit, double ours)
{
	printf("%s\t%s\t%.4g\t-\n", id, unit, ours);
	fflush(stdout);
}

static inline void *bench_read_file(const char *path, size_t *len)
{
	size_t cap = 1 << 20, n;
	FILE *f = fopen(path, "rb");
	char *data = malloc(cap), *more;

	if (!f || !data)
		bench_die(path, "cannot be read");
	*len = 0;
	while ((n = fread(data + *len, 1, cap - *len, f)) > 0) {
		*len += n;
		if (*len < cap)
			continue;
		cap *= 2;
		more = realloc(data, cap);
		if (!more)
			bench_die(path, "no memory");
		data = more;
	}
	fclose(f);
	return data;
}

/* An allocator that counts what is held. */
struct bench_counting {
	struct bemu_allocator ops;
	size_t held, peak;
};

static inline void *bench_counting_alloc(void *ctx, size_t size)
{
	struct bench_counting *c = ctx;

	c->held += size;
	if (c->held > c->peak)
		c->peak = c->held;
	return malloc(size);
}

static inline void bench_counting_free(void *ctx, void *ptr, size_t size)
{
	struct bench_counting *c = ctx;

	c->held -= size;
	free(ptr);
}

#endif
