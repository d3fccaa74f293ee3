// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * BTF_LOAD: the running kernel beside the model. The blobs of kbtf_blobs.h, and every word of the small
 * ones replaced by values that matter, through both: answer, log and its true size have to be equal.
 *
 * Usage: test_kbtf_host [MAX_LOADS [PHASE [FILE...]]]
 * When there are more replacements than loads allowed, each PHASE takes others; files are raw BTF.
 * Exit 77: no kernel here that we model and may ask.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/bpf.h>

#include <bemu/task.h>

#include "kbtf_blobs.h"

enum {
	LOG_MAX = 1 << 16,
	BIG_LOG_MAX = 64 << 20,
	MAX_SHOWN = 20,
	DEFAULT_LOADS = 20000,
	SKIP = 77
};

struct answer {
	long res;
	uint32_t true_size;
	char *log;
};

struct judge {
	struct bemu *em;
	struct bemu_task *task;
	struct answer host, ours;
	uint32_t log_max;
	unsigned long nr_loads, max_loads, nr_wrong;
	unsigned long nr_mutants, stride, phase;
	bool count_only;
	const char *wrong; /* what differs, of the last comparison */
};

static void die(const char *what)
{
	fprintf(stderr, "test_kbtf_host: %s\n", what);
	exit(1);
}

static void set_attr(struct kbtf_attr *attr, const void *raw, uint32_t len, uint32_t level,
		     char *log, uint32_t log_size)
{
	memset(attr, 0, sizeof(*attr));
	attr->btf = (uintptr_t)raw;
	attr->size = len;
	attr->log_level = level;
	attr->log_buf = log_size ? (uintptr_t)log : 0;
	attr->log_size = log_size;
	attr->log_true_size = 0xdeadbeef;
}

static void ask_host(struct answer *a, struct kbtf_attr *attr)
{
	a->res = syscall(SYS_bpf, BPF_BTF_LOAD, attr, sizeof(*attr));
	if (a->res < 0)
		a->res = -errno;
	else
		close((int)a->res);
	a->true_size = attr->log_true_size;
}

static void ask_ours(struct judge *j, struct answer *a, struct kbtf_attr *attr)
{
	long ignored;

	if (bemu_sys_bpf(j->task, BPF_BTF_LOAD, (uintptr_t)attr, sizeof(*attr), &a->res))
		die("the model has a fault of its own");
	a->true_size = attr->log_true_size;
	if (a->res >= 0 && bemu_sys_close(j->task, (int)a->res, &ignored))
		die("close");
}

/* One load on both sides; what of the buffers is compared is what the kernel may write. */
static bool same(struct judge *j, const void *raw, uint32_t len, uint32_t level, uint32_t log_size)
{
	uint32_t shown = log_size < j->log_max ? log_size : j->log_max;
	struct kbtf_attr attr;

	memset(j->host.log, 'Z', shown);
	memset(j->ours.log, 'Z', shown);
	set_attr(&attr, raw, len, level, j->host.log, log_size);
	ask_host(&j->host, &attr);
	set_attr(&attr, raw, len, level, j->ours.log, log_size);
	ask_ours(j, &j->ours, &attr);
	j->nr_loads++;
	j->wrong = NULL;
	if ((j->host.res < 0 ? j->host.res : 0) != (j->ours.res < 0 ? j->ours.res : 0))
		j->wrong = "answer";
	else if (j->host.true_size != j->ours.true_size)
		j->wrong = "true size";
	else if (memcmp(j->host.log, j->ours.log, shown) != 0)
		j->wrong = "log";
	return !j->wrong;
}

static void print_log(const char *who, const struct answer *a, uint32_t log_size)
{
	uint32_t len = (uint32_t)strnlen(a->log, log_size), from = len > 400 ? len - 400 : 0;

	printf("  %s %ld, true size %u, log of %u ends:\n%.*s\n", who, a->res, a->true_size, len,
	       (int)(len - from), a->log + from);
}

static void report(struct judge *j, const char *name, uint32_t level, uint32_t log_size)
{
	if (j->nr_wrong++ >= MAX_SHOWN)
		return;
	printf("DIFFERENT %s: %s (level %u, buffer %u)\n", j->wrong, name, level, log_size);
	print_log("kernel", &j->host, log_size < j->log_max ? log_size : j->log_max);
	print_log("model ", &j->ours, log_size < j->log_max ? log_size : j->log_max);
}

static void compare(struct judge *j, const char *name, const void *raw, uint32_t len,
		    uint32_t level, uint32_t log_size)
{
	if (!same(j, raw, len, level, log_size))
		report(j, name, level, log_size);
}

static void compare_case(struct judge *j, const struct kbtf_case *c)
{
	static const uint32_t levels[] = { 1, 2, 4 };
	uint32_t len, i, need;
	void *raw = kbtf_case_bytes(c, &len);

	if (c->big) {
		compare(j, c->name, raw, len, 0, 0);
		compare(j, c->name, raw, len, 1, 64);
		free(raw);
		return;
	}
	for (i = 0; i < BEMU_ARRAY_SIZE(levels); i++)
		compare(j, c->name, raw, len, levels[i], LOG_MAX);
	compare(j, c->name, raw, len, 0, 0);
	compare(j, c->name, raw, len, 1, 0);
	need = j->host.true_size;
	compare(j, c->name, raw, len, 1, need);
	compare(j, c->name, raw, len, 1, need - 1);
	compare(j, c->name, raw, len, 1, 1);
	compare(j, c->name, raw, len, 1, 37);
	compare(j, c->name, raw, len, 9, need - 1);
	compare(j, c->name, raw, len, 9, 37);
	free(raw);
}

/* Every word of an accepted blob, and every field of @info, replaced by what checks look for. */
static void mutate(struct judge *j, const struct kbtf_case *c)
{
	uint32_t len, nr, i, k, n, saved, values[64];
	char *raw = kbtf_case_bytes(c, &len);
	struct kbtf_blob b;
	char name[160];

	kbtf_blob_init(&b, c);
	nr = 6 + b.nr;
	kbtf_blob_fini(&b);
	for (i = 0; i < nr; i++) {
		memcpy(&saved, raw + 4 * (size_t)i, 4);
		n = 0;
		for (k = 0; k < 9; k++)
			values[n++] = k;
		for (k = 0; k < 20; k++) /* each kind, flag and length kept */
			values[n++] = (saved & ~0x1f000000u) | k << 24;
		values[n++] = saved ^ 1u << 31;
		values[n++] = saved + 1;
		values[n++] = saved - 1;
		values[n++] = saved + 4;
		values[n++] = saved ^ 1u << 16;
		values[n++] = saved << 1;
		values[n++] = saved * 8;
		values[n++] = 32;
		values[n++] = 0xfffff;
		values[n++] = 0x100000;
		values[n++] = 0x3fffffff;
		values[n++] = 0x7fffffff;
		values[n++] = 0x80000000;
		values[n++] = UINT32_MAX;
		for (k = 0; k < n; k++) {
			if (values[k] == saved || j->nr_mutants++ % j->stride != j->phase ||
			    j->count_only)
				continue;
			memcpy(raw + 4 * (size_t)i, &values[k], 4);
			snprintf(name, sizeof(name), "%s; word %u: 0x%x for 0x%x", c->name, i,
				 values[k], saved);
			compare(j, name, raw, len, 1, LOG_MAX);
		}
		memcpy(raw + 4 * (size_t)i, &saved, 4);
	}
	free(raw);
}

/* Special names are left out: some of what they allow makes the kernel warn. */
static bool may_mutate(const struct kbtf_case *c)
{
	return c->words && !c->err && !strstr(c->name, "bpf_");
}

static void mutate_each(struct judge *j)
{
	size_t i;

	j->nr_mutants = 0;
	for (i = 0; i < BEMU_ARRAY_SIZE(kbtf_cases); i++)
		if (may_mutate(&kbtf_cases[i]))
			mutate(j, &kbtf_cases[i]);
}

/* Counts first, then takes every so many-th replacement that the loads which are left suffice. */
static void mutate_all(struct judge *j, unsigned long phase)
{
	unsigned long left = j->max_loads > j->nr_loads ? j->max_loads - j->nr_loads : 1;

	j->stride = 1;
	j->count_only = true;
	mutate_each(j);
	j->stride = j->nr_mutants / left + 1;
	printf("every %lu. of %lu replacements\n", j->stride, j->nr_mutants);
	j->phase = phase % j->stride;
	j->count_only = false;
	mutate_each(j);
}

/* Given, to be freed. */
static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	void *raw = malloc(16 << 20);

	if (!f || !raw)
		die(path);
	*len = fread(raw, 1, 16 << 20, f);
	fclose(f);
	return raw;
}

static void compare_file(struct judge *j, const char *path)
{
	size_t len;
	void *raw = read_file(path, &len);

	compare(j, path, raw, (uint32_t)len, 0, 0);
	compare(j, path, raw, (uint32_t)len, 1, BIG_LOG_MAX);
	compare(j, path, raw, (uint32_t)len, 1, 100);
	free(raw);
}

/* The profile of the running kernel, and whether it lets us in. */
static uint32_t running_kernel(void)
{
	static const struct {
		const char *prefix;
		uint32_t kernel;
	} kernels[] = {
		{ "5.15.", BEMU_KERNEL_5_15 }, { "6.1.", BEMU_KERNEL_6_1 },
		{ "6.6.", BEMU_KERNEL_6_6 },   { "6.12.", BEMU_KERNEL_6_12 },
		{ "6.18.", BEMU_KERNEL_6_18 },
	};
	struct kbtf_attr attr = { 0 };
	struct utsname name;
	size_t i;

	if (syscall(SYS_bpf, BPF_BTF_LOAD, &attr, sizeof(attr)) >= 0 || errno != EINVAL ||
	    uname(&name))
		return 0;
	for (i = 0; i < BEMU_ARRAY_SIZE(kernels); i++)
		if (!strncmp(name.release, kernels[i].prefix, strlen(kernels[i].prefix)))
			return kernels[i].kernel;
	return 0;
}

int main(int argc, char **argv)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = running_kernel() };
	struct judge j = { .max_loads = argc > 1 ? strtoul(argv[1], NULL, 10) : DEFAULT_LOADS,
			   .log_max = BIG_LOG_MAX };
	size_t i, vmlinux_len;
	void *vmlinux;

	if (!opts.kernel) {
		printf("skipped: no kernel that is modelled and lets us load BTF\n");
		return SKIP;
	}
	vmlinux = read_file("/sys/kernel/btf/vmlinux", &vmlinux_len);
	j.host.log = malloc(BIG_LOG_MAX);
	j.ours.log = malloc(BIG_LOG_MAX);
	if (!j.host.log || !j.ours.log || bemu_new(&opts, &j.em) ||
	    bemu_set_vmlinux(j.em, vmlinux, vmlinux_len, BEMU_BTF_BORROW) || bemu_seal(j.em) ||
	    bemu_task_new(j.em, NULL, &j.task))
		die("no memory");
	for (i = 0; i < BEMU_ARRAY_SIZE(kbtf_cases); i++)
		compare_case(&j, &kbtf_cases[i]);
	for (i = 3; i < (size_t)argc; i++)
		compare_file(&j, argv[i]);
	printf("%lu loads of %zu cases\n", j.nr_loads, BEMU_ARRAY_SIZE(kbtf_cases));
	mutate_all(&j, argc > 2 ? strtoul(argv[2], NULL, 10) : 0);
	printf("%lu loads, %lu different\n", j.nr_loads, j.nr_wrong);
	bemu_free(j.em);
	free(vmlinux);
	free(j.host.log);
	free(j.ours.log);
	return j.nr_wrong ? 1 : 0;
}
