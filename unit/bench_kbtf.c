// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Times of BTF_LOAD with close(2), the model beside the running kernel: one whole kernel BTF, and one
 * int. Usage: bench_kbtf RAW_BTF
 */
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/bpf.h>

#include <bemu/task.h>

#include "bench.h"
#include "kbtf_blobs.h"

enum { MAX_LEN = 16 << 20, NR_ROUNDS = 7 };

struct load {
	struct bemu_task *task;
	struct kbtf_attr attr;
};

static void load_ours(void *ctx)
{
	struct load *l = ctx;
	long fd = -1, closed;

	if (bemu_sys_bpf(l->task, BPF_BTF_LOAD, (uintptr_t)&l->attr, sizeof(l->attr), &fd) ||
	    fd < 0)
		bench_die("load", "the model refuses this BTF");
	if (bemu_sys_close(l->task, (int)fd, &closed))
		bench_die("close", "fault");
}

static void load_host(void *ctx)
{
	struct load *l = ctx;
	long fd = syscall(SYS_bpf, BPF_BTF_LOAD, &l->attr, sizeof(l->attr));

	if (fd < 0)
		bench_die("load", "the kernel refuses this BTF");
	close((int)fd);
}

/* CPU time of this thread, in the program and in the kernel. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Seconds a load takes, of the quickest round. */
static double best(void (*run)(void *ctx), struct load *l, unsigned long nr)
{
	double quickest = 0, start, used;
	unsigned long i;
	int round;

	for (round = 0; round < NR_ROUNDS; round++) {
		start = now();
		for (i = 0; i < nr; i++)
			run(l);
		used = (now() - start) / (double)nr;
		if (!round || used < quickest)
			quickest = used;
	}
	return quickest;
}

static void row(const char *id, const char *unit, double scale, struct load *l, unsigned long nr)
{
	double ours = best(load_ours, l, nr), host;
	long fd = syscall(SYS_bpf, BPF_BTF_LOAD, &l->attr, sizeof(l->attr));

	if (fd < 0) {
		printf("%s\t%s\t%.4g\t-\n", id, unit, ours * scale);
		return;
	}
	close((int)fd);
	host = best(load_host, l, nr / 10 + 1);
	printf("%s\t%s\t%.4g\t%.4g\n", id, unit, ours * scale, host * scale);
}

int main(int argc, char **argv)
{
	struct load l = { 0 };
	struct bemu *em;
	uint32_t len;
	void *raw;
	FILE *f;

	if (argc != 2)
		bench_die("usage", "bench_kbtf RAW_BTF");
	f = fopen(argv[1], "rb");
	raw = malloc(MAX_LEN);
	if (!f || !raw)
		bench_die(argv[1], "cannot be read");
	len = (uint32_t)fread(raw, 1, MAX_LEN, f);
	fclose(f);
	if (bemu_new(NULL, &em) || bemu_seal(em) || bemu_task_new(em, NULL, &l.task))
		bench_die("world", "no memory");
	l.attr = (struct kbtf_attr){ .btf = (uintptr_t)raw, .size = len };
	row("btf-load-vmlinux", "ms", 1e3, &l, 20);
	free(raw);
	raw = kbtf_case_bytes(&kbtf_cases[0], &len);
	l.attr = (struct kbtf_attr){ .btf = (uintptr_t)raw, .size = len };
	row("btf-load-small", "us", 1e6, &l, 20000);
	free(raw);
	bemu_free(em);
	return 0;
}
