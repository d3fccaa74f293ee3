// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * PROG_LOAD: the running kernel beside the model, on the same small programs. What the model accepts
 * without doubt, the kernel has to accept; what it refuses, the kernel has to refuse with the same errno
 * and last line of its log; where it is in doubt, the table says what the kernel finds out.
 *
 * Exit 77: no kernel here that we model and may ask.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bemu/bemu.h>

#include "progload_side.h"

#include "model/model.h"
#include "progload_core.h"
#include "progload_rows.h"
#include "sys/sys.h"

enum { SKIP = 77 };

static long host_bpf(struct side *side, uint32_t cmd, void *attr, uint32_t size)
{
	long ret = syscall(SYS_bpf, cmd, attr, size);

	(void)side;
	return ret < 0 ? -errno : ret;
}

static void host_close(struct side *side, long fd)
{
	(void)side;
	close((int)fd);
}

static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	size_t cap = 32 << 20;
	char *buf = f ? malloc(cap) : NULL;

	*len = buf ? fread(buf, 1, cap, f) : 0;
	if (f)
		fclose(f);
	return buf;
}

static struct side host = { .bpf = host_bpf, .close = host_close };
static struct side model = { .bpf = side_model_bpf, .close = side_model_close };

static bool same_path(const struct path_case *c)
{
	long want = c->answer == YES ? 0 : c->answer == NO ? c->err : c->kernel, ours, theirs;
	uint32_t insn_idx = 0;
	int doubt = 0;
	bool ok;

	theirs = path_load(&host, c);
	ours = path_load(&model, c);
	if (ours >= 0)
		doubt = bemu_prog_unproven(model.task, (int)ours, &insn_idx);
	ok = (theirs < 0 ? theirs : 0) == want;
	switch (c->answer) {
	case YES:
		ok = ok && ours >= 0 && !doubt;
		break;
	case NO:
		ok = ok && ours == c->err && !strcmp(side_line(&host), c->line) &&
		     !strcmp(side_line(&model), c->line);
		break;
	case UNPROVEN:
		ok = ok && ours >= 0 && doubt == 1;
		break;
	}
	if (!ok)
		printf("DIFFERENT %s: kernel %ld \"%s\", model %ld%s \"%s\"\n", c->name, theirs,
		       side_line(&host), ours, doubt ? " in doubt" : "", side_line(&model));
	if (theirs >= 0)
		host_close(&host, theirs);
	if (ours >= 0)
		side_model_close(&model, ours);
	return ok;
}

/* Without what the main verification says: there ours knows only the last line. */
static void cut_log(char *log)
{
	static const char *const ends[] = { "0: R1=ctx()", "0: (85) call", "processed ",
					    "invalid func unknown", "Live regs before" };
	size_t i;
	char *end;

	for (i = 0; i < BEMU_ARRAY_SIZE(ends); i++) {
		end = strstr(log, ends[i]);
		if (end)
			*end = 0;
	}
}

/* Number of the slot that remembers task_struct, and ends the log in front of the table; -1: none. */
static int cut_cache(char *log)
{
	char *cache = strstr(log, "vmlinux_cand_cache:"), *slot;

	slot = cache ? strstr(cache, "]task_struct(") : NULL;
	if (cache)
		*cache = 0;
	while (slot && slot[-1] != '[')
		slot--;
	return slot ? atoi(slot) : -1;
}

static bool same_core(const struct core_case *c, const long *btf_fds, const struct core_btf *btf,
		      uint32_t level)
{
	long theirs = core_load(&host, btf_fds[0], c, btf, level);
	long ours = core_load(&model, btf_fds[1], c, btf, level);
	bool ok = (theirs < 0 ? theirs : 0) == (ours < 0 ? ours : 0);

	if (level == 2) /* the rest of the kernel's table is of what others asked for */
		ok = cut_cache(host.log) == cut_cache(model.log) && ok;
	cut_log(host.log);
	cut_log(model.log);
	ok = ok && !strcmp(host.log, model.log);
	if (theirs >= 0 && ours >= 0)
		ok = ok && core_first_imm(&host, theirs) == core_first_imm(&model, ours);
	if (!ok)
		printf("DIFFERENT %s: kernel %ld:\n%s\nmodel %ld:\n%s\n", c->name, theirs, host.log,
		       ours, model.log);
	if (theirs >= 0)
		host_close(&host, theirs);
	if (ours >= 0)
		side_model_close(&model, ours);
	return ok;
}

/* A search for a union hides the struct of that name until other names take its slot. */
static uint32_t same_cache(const long *btf_fds, const struct core_btf *btf)
{
	struct core_case c = { "candidate cache", C_UCOUNTS, "0", 8, 0, NULL, 0, ONE(1) };
	static const uint32_t types[] = { C_UCOUNTS, 0, C_UCOUNTS_U, C_UCOUNTS, 0, C_UCOUNTS, 0 };
	uint32_t nr_wrong = 0, i, j;

	for (i = 0; i < BEMU_ARRAY_SIZE(types); i++) {
		for (j = 0; !types[i] && j < NR_FLUSH; j++) {
			c.type = C_FLUSH + j;
			nr_wrong += !same_core(&c, btf_fds, btf, 1);
		}
		c.type = types[i] ? types[i] : C_TASK;
		nr_wrong += !same_core(&c, btf_fds, btf, 1);
	}
	return nr_wrong;
}

static uint32_t same_cores(void)
{
	struct core_btf *btf = core_btf();
	long fds[2] = { core_load_btf(&host, btf), core_load_btf(&model, btf) };
	uint32_t i, nr_wrong = 0;

	if (fds[0] < 0 || fds[1] < 0)
		return 1;
	for (i = 0; i < 2 * BEMU_ARRAY_SIZE(core_cases); i++)
		nr_wrong += !same_core(&core_cases[i / 2], fds, btf, i % 2 ? 2 : 1);
	nr_wrong += same_cache(fds, btf);
	host_close(&host, fds[0]);
	side_model_close(&model, fds[1]);
	free(btf);
	return nr_wrong;
}

static bool same_row(const struct row_case *c, struct row_side *sides)
{
	long theirs = row_load(&sides[0], c), ours = row_load(&sides[1], c);
	bool ok = (theirs < 0 ? theirs : 0) == c->err && (ours < 0 ? ours : 0) == c->err;
	const char *line = side_line(&host);

	if (c->err) /* with a descriptor's number in it where the table has no text */
		ok = ok && (c->line ? !strcmp(line, c->line) && !strcmp(side_line(&model), line)
				    : !*line == !*side_line(&model));
	if (!ok)
		printf("DIFFERENT %s: kernel %ld \"%s\", model %ld \"%s\"\n", c->name, theirs, line,
		       ours, side_line(&model));
	if (theirs >= 0)
		host_close(&host, theirs);
	if (ours >= 0)
		side_model_close(&model, ours);
	return ok;
}

static bool same_throw(const struct throw_case *c)
{
	long theirs = throw_load(&host, c), ours = throw_load(&model, c);
	bool ok = (theirs < 0 ? theirs : 0) == c->err && (ours < 0 ? ours : 0) == c->err;

	if (c->err)
		ok = ok && !strcmp(side_line(&host), c->line) &&
		     !strcmp(side_line(&model), c->line);
	if (!ok)
		printf("DIFFERENT %s: kernel %ld \"%s\", model %ld \"%s\"\n", c->name, theirs,
		       side_line(&host), ours, side_line(&model));
	if (theirs >= 0)
		host_close(&host, theirs);
	if (ours >= 0)
		side_model_close(&model, ours);
	return ok;
}

static uint32_t same_rows(const struct bemu *em)
{
	const struct bemu_btf *btf = em->model.vmlinux->btf;
	const uint32_t ids[3] = { bemu_btf_find(btf, "int", BTF_KIND_INT, false),
				  bemu_btf_find(btf, "do_exit", BTF_KIND_FUNC, false),
				  bemu_btf_find(btf, "btf_trace_task_rename", BTF_KIND_TYPEDEF,
						false) };
	static struct row_side sides[2];
	uint32_t i, nr_wrong = 0;

	if (!row_begin(&sides[0], &host, ids) || !row_begin(&sides[1], &model, ids))
		return 1;
	for (i = 0; i < BEMU_ARRAY_SIZE(row_cases); i++)
		nr_wrong += !same_row(&row_cases[i], sides);
	for (i = 0; i < BEMU_ARRAY_SIZE(throw_cases); i++)
		nr_wrong += !same_throw(&throw_cases[i]);
	row_end(&sides[0]);
	row_end(&sides[1]);
	return nr_wrong;
}

int main(void)
{
	struct bemu_opts opts = { .size = sizeof(opts) };
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts),
					    .nr_std = BEMU_TASK_STD,
					    .mem = &checked_mem };
	uint32_t i, nr_wrong = 0;
	struct bemu *em = NULL;
	struct utsname un;
	size_t len;
	void *btf;

	if (uname(&un) || strncmp(un.release, "6.18.", 5) || !side_begin(&host)) {
		printf("skipped: no 6.18 kernel that lets us load programs\n");
		return SKIP;
	}
	btf = read_file("/sys/kernel/btf/vmlinux", &len);
	if (!btf || bemu_new(&opts, &em) || bemu_set_vmlinux(em, btf, len, 0) || bemu_seal(em) ||
	    bemu_task_new(em, &task_opts, &model.task) || !side_begin(&model)) {
		fprintf(stderr, "test_progload_host: no model\n");
		return 1;
	}
	for (i = 0; i < BEMU_ARRAY_SIZE(path_cases); i++)
		nr_wrong += !same_path(&path_cases[i]);
	nr_wrong += same_cores();
	nr_wrong += same_rows(em);
	side_end(&host);
	side_end(&model);
	bemu_free(em);
	free(btf);
	printf("%zu programs, %zu relocations, %zu rows, %u different\n",
	       BEMU_ARRAY_SIZE(path_cases), BEMU_ARRAY_SIZE(core_cases), BEMU_ARRAY_SIZE(row_cases),
	       nr_wrong);
	return nr_wrong != 0;
}
