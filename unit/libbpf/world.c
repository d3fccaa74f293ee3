/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Inputs of a run: files, kernels, worlds. A failure here ends the process: there is nothing to test. */
#define _GNU_SOURCE
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bemu/watch.h>

#include "base/env.h"
#include "uapi/bpf.h"

static void __attribute__((noreturn)) fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(2);
}

void lb_file_read(const char *path, struct lb_file *out)
{
	const char *slash = strrchr(path, '/');
	FILE *file = fopen(path, "rbe");
	size_t cap = 1 << 16, got;
	char *data;

	if (!file)
		fail(path, strerror(errno));
	data = malloc(cap);
	out->len = 0;
	while (data && (got = fread(data + out->len, 1, cap - out->len, file)) > 0) {
		out->len += got;
		if (out->len == cap) {
			cap *= 2;
			data = realloc(data, cap);
		}
	}
	if (!data || ferror(file))
		fail(path, "cannot be read");
	fclose(file);
	out->data = data;
	out->name = strdup(slash ? slash + 1 : path);
	if (!out->name)
		fail(path, "no memory");
}

void lb_file_free(struct lb_file *file)
{
	free(file->name);
	free(file->data);
	memset(file, 0, sizeof(*file));
}

static int is_btf(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".btf");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void lb_kernel_read(const char *dir, struct lb_kernel *out)
{
	struct dirent **list;
	struct lb_file *file;
	char path[4096];
	int i, nr;

	memset(out, 0, sizeof(*out));
	nr = scandir(dir, &list, is_btf, by_name);
	if (nr < 0)
		fail(dir, strerror(errno));
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (!strcmp(list[i]->d_name, "vmlinux.btf"))
			file = &out->vmlinux;
		else if (out->nr_modules < LB_MAX_MODULES)
			file = &out->modules[out->nr_modules++];
		else
			fail(dir, "too many modules");
		lb_file_read(path, file);
		*strrchr(file->name, '.') = '\0';
		free(list[i]);
	}
	free(list);
	if (!out->vmlinux.data)
		fail(dir, "no vmlinux.btf");
}

void lb_kernel_texts(const char *dir, struct lb_kernel *kernel)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/kconfig.txt", dir);
	lb_file_read(path, &kernel->kconfig);
	snprintf(path, sizeof(path), "%s/kallsyms.txt", dir);
	lb_file_read(path, &kernel->kallsyms);
}

void lb_kernel_free(struct lb_kernel *kernel)
{
	uint32_t i;

	lb_file_free(&kernel->vmlinux);
	lb_file_free(&kernel->kconfig);
	lb_file_free(&kernel->kallsyms);
	for (i = 0; i < kernel->nr_modules; i++)
		lb_file_free(&kernel->modules[i]);
}

uint32_t lb_profile(const char *name)
{
	uint32_t i;
	size_t len = strlen(name);
	const char *release;

	for (i = BEMU_KERNEL_5_15; (release = bemu_kernel_name(i)); i++)
		if (!strncmp(release, name, len) && (release[len] == '.' || !release[len]))
			return i;
	fail(name, "not a kernel that is modelled");
}

struct bemu *lb_world_new(const struct lb_kernel *kernel, uint32_t profile)
{
	static const char possible[] = "0-3\n"; /* LB_NR_CPUS of them */
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = profile };
	struct bemu *em = NULL;
	uint32_t i;
	int err;

	err = bemu_new(&opts, &em);
	if (!err)
		err = bemu_set_vmlinux(em, kernel->vmlinux.data, kernel->vmlinux.len,
				       BEMU_BTF_BORROW);
	for (i = 0; !err && i < kernel->nr_modules; i++) {
		const struct lb_file *mod = &kernel->modules[i];

		err = bemu_add_module(em, mod->name, mod->data, mod->len, BEMU_BTF_BORROW);
	}
	if (!err && kernel->kconfig.data)
		err = bemu_set_kconfig(em, kernel->kconfig.data, kernel->kconfig.len);
	if (!err && kernel->kallsyms.data)
		err = bemu_set_kallsyms(em, kernel->kallsyms.data, kernel->kallsyms.len);
	if (!err)
		err = bemu_file_add(em, "/sys/devices/system/cpu/possible", possible,
				    sizeof(possible) - 1);
	if (!err)
		err = bemu_seal(em);
	if (err)
		fail("kernel", "no world of it");
	return em;
}

void lb_world_add(struct bemu *em, const struct lb_file *object)
{
	if (bemu_file_add(em, object->name, object->data, object->len))
		fail(object->name, "no memory");
}

static bool without_ctx_tags;

void lb_without_ctx_tags(void)
{
	without_ctx_tags = true;
}

/*
 * What the arguments of a global function may be is for the verifier to say, which is not modelled: a kernel
 * that does not know the tag is one that refuses the probe's program.
 */
static bool refuse_ctx_tags(void *ctx, const struct bemu_seen *seen, int64_t *ret)
{
	struct bemu_attr_prog_load attr;

	(void)ctx;
	if (seen->kind != BEMU_SEEN_BPF || seen->cmd != BPF_PROG_LOAD)
		return false;
	memcpy(&attr, seen->attr,
	       sizeof(attr) < BEMU_SEEN_ATTR_LEN ? sizeof(attr) : BEMU_SEEN_ATTR_LEN);
	if (strncmp(attr.prog_name, "det_arg_ctx", sizeof(attr.prog_name)))
		return false;
	*ret = -EINVAL;
	return true;
}

static int see_nothing(void *ctx, const struct bemu_seen *seen)
{
	(void)ctx;
	(void)seen;
	return 0;
}

static int see_no_end(void *ctx, struct bemu_seen *seen)
{
	(void)ctx;
	(void)seen;
	return 0;
}

static const struct bemu_watch old_kernel = {
	.size = sizeof(old_kernel),
	.begin = see_nothing,
	.end = see_no_end,
	.answer = refuse_ctx_tags,
};

void lb_run_init(struct lb_run *run, struct bemu *em)
{
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };
	struct bemu_backend sys;
	struct bemu_task *task;
	int err;

	memset(run, 0, sizeof(*run));
	err = bemu_env_new(NULL, NULL, &run->env);
	if (!err)
		err = bemu_task_new(em, &opts, &task);
	if (!err) {
		if (without_ctx_tags)
			bemu_task_watch(task, &old_kernel);
		bemu_backend_sys(task, &sys);
		err = bemu_recorder_new(run->env, &sys, &run->rec, &run->be);
	}
	if (err)
		fail("recorder", "no memory");
	bemu_buf_init(&run->messages, run->env);
	bemu_buf_init(&run->warnings, run->env);
	bemu_buf_init(&run->gen_insns, run->env);
	bemu_buf_init(&run->gen_data, run->env);
	memset(run->map_fds, -1, sizeof(run->map_fds));
	memset(run->prog_fds, -1, sizeof(run->prog_fds));
}

void lb_run_fini(struct lb_run *run)
{
	bemu_buf_fini(&run->messages);
	bemu_buf_fini(&run->warnings);
	bemu_buf_fini(&run->gen_insns);
	bemu_buf_fini(&run->gen_data);
	bemu_recorder_free(run->rec);
	bemu_env_free(run->env);
}

const char *lb_errno(int err)
{
	static const char *const libbpf[] = {
		"LIBELF", "FORMAT", "KVERSION", "ENDIAN", "INTERNAL", "RELOC",
		"LOAD",	  "VERIFY", "PROG2BIG", "KVER",	  "PROGTYPE",
	};
	static char text[64];
	const char *name;

	if (!err)
		return "0";
	name = err < 0 ? strerrorname_np(-err) : NULL;
	if (name)
		snprintf(text, sizeof(text), "-%s", name);
	else if (err <= -4000 && -err - 4000 < (int)BEMU_ARRAY_SIZE(libbpf))
		snprintf(text, sizeof(text), "-LIBBPF_ERRNO__%s", libbpf[-err - 4000]);
	else
		snprintf(text, sizeof(text), "%d", err);
	return text;
}
