// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Times of opening and loading objects, ours beside the real libbpf 1.1 over the same model: kernel BTFs
 * are registered and checked before, as in a fuzzer or a service that asks again and again.
 * Usage: bench_load object VMLINUX_BTF OBJECT...
 *        bench_load relos | growth
 *        bench_load instructions     one load of 1,000 relocations, for callgrind:
 *                                    --toggle-collect=bench_measured_load
 */
#include <string.h>

#include <bpf/libbpf.h>

#include "bench.h"
#include "bench_object.h"
#include "libbpf/shim.h"
#include "load/load.h"
#include "obj/obj.h"

enum { KERNEL_TYPES = 125000 }; /* as many as a distribution's kernel has */

struct world {
	struct bemu *em;
	struct bemu_env *env;
	const struct bench_bytes *object;
};

static void world_init(struct world *w, const struct bench_bytes *vmlinux,
		       const struct bench_bytes *object)
{
	w->object = object;
	if (bemu_new(NULL, &w->em) || bemu_env_new(NULL, NULL, &w->env))
		bench_die("world", "no memory");
	if (bemu_set_vmlinux(w->em, vmlinux->data, vmlinux->len, BEMU_BTF_BORROW))
		bench_die("vmlinux", bemu_log_last(bemu_get_log(w->em))->text);
}

static void world_seal(struct world *w)
{
	if (bemu_seal(w->em))
		bench_die("world", "already sealed");
}

static void world_fini(struct world *w)
{
	bemu_free(w->em);
	bemu_env_free(w->env);
}

static void new_backend(struct world *w, struct bemu_backend *be)
{
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };
	struct bemu_task *task;

	if (bemu_task_new(w->em, &opts, &task))
		bench_die("task", "no memory");
	bemu_backend_sys(task, be);
}

static void load_ours(void *ctx)
{
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = BEMU_LIBBPF_1_1 };
	struct bemu_load_opts lopts = { .size = sizeof(lopts),
					.libbpf = BEMU_LIBBPF_1_1,
					.no_core_records = true };
	struct world *w = ctx;
	struct bemu_load *ld;
	struct bemu_backend be;
	struct bemu_obj *obj;
	int verdict;

	new_backend(w, &be);
	if (bemu_obj_parse(w->env, w->object->data, w->object->len, &oopts, &obj))
		bench_die("open", bemu_log_last(&w->env->log)->text);
	if (bemu_load_new(w->env, obj, &be, &lopts, &ld, &verdict) || verdict ||
	    bemu_load_run(ld, &verdict) || verdict || bemu_load_close(ld))
		bench_die("load", "refused");
	bemu_load_free(ld);
	bemu_obj_free(obj);
	bemu_env_reset(w->env);
	bemu_reset(w->em);
}

/* A name that callgrind finds. */
void bench_measured_load(struct world *w);

void __attribute__((noinline)) bench_measured_load(struct world *w)
{
	load_ours(w);
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

static void load_theirs(void *ctx)
{
	struct world *w = ctx;
	struct bpf_object *obj;
	struct bemu_backend be;

	new_backend(w, &be);
	vk_attach(&be);
	obj = bpf_object__open_mem(w->object->data, w->object->len, NULL);
	if (!obj || bpf_object__load(obj))
		bench_die("libbpf", "refused");
	bpf_object__close(obj);
	bemu_reset(w->em);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What a world holds for a kernel, its borrowed bytes not counted. */
static void row_memory(const struct bench_bytes *vmlinux)
{
	struct bench_counting c = { .ops = { bench_counting_alloc, bench_counting_free, &c } };
	struct bemu_opts opts = { .size = sizeof(opts), .alloc = &c.ops };
	struct bemu *em;

	if (bemu_new(&opts, &em))
		bench_die("world", "no memory");
	if (bemu_set_vmlinux(em, vmlinux->data, vmlinux->len, BEMU_BTF_BORROW))
		bench_die("vmlinux", bemu_log_last(bemu_get_log(em))->text);
	bench_row_alone("world-memory", "MB", (double)c.held / 1e6);
	bemu_free(em);
}

static void rows_object(int argc, char **argv)
{
	struct bench_bytes vmlinux, object;
	struct world w;
	char id[128];
	int i;

	vmlinux.data = bench_read_file(argv[0], &vmlinux.len);
	row_memory(&vmlinux);
	world_init(&w, &vmlinux, &object);
	world_seal(&w);
	for (i = 1; i < argc; i++) {
		object.data = bench_read_file(argv[i], &object.len);
		snprintf(id, sizeof(id), "object-%s", base_name(argv[i]));
		bench_row(id, "us", bench_time(load_ours, &w, 0.5) * 1e6,
			  bench_time(load_theirs, &w, 0.5) * 1e6);
		free(object.data);
	}
	world_fini(&w);
	free(vmlinux.data);
}

/* What @nr_relos relocations over @nr_types types add to a load, each in seconds. */
static double marginal(struct world *w, struct bemu_env *env, void (*load)(void *),
		       uint32_t nr_relos, uint32_t nr_types, uint32_t stride)
{
	struct bench_bytes with, without;
	double t;

	bench_object(env, nr_relos, nr_types, stride, &with);
	bench_object(env, nr_types, nr_types, stride, &without);
	w->object = &with;
	t = bench_time(load, w, 0.3);
	w->object = &without;
	t -= bench_time(load, w, 0.3);
	bemu_mem_free(env, with.data);
	bemu_mem_free(env, without.data);
	return t / (nr_relos - nr_types);
}

static void rows_relos(struct bemu_env *env)
{
	struct bench_bytes vmlinux, object;
	struct world w;

	bench_kernel(env, KERNEL_TYPES, &vmlinux);
	bench_object(env, 1000, 1000, 12, &object);
	world_init(&w, &vmlinux, &object);
	world_seal(&w);
	bench_row("relos-1000-types-1000", "ms", bench_time(load_ours, &w, 0.5) * 1e3,
		  bench_time(load_theirs, &w, 0.5) * 1e3);
	bench_row("relo-10000-types-10", "us", marginal(&w, env, load_ours, 10000, 10, 1000) * 1e6,
		  marginal(&w, env, load_theirs, 10000, 10, 1000) * 1e6);
	world_fini(&w);
}

/* Seconds for one relocation among a thousand, in a world of @nr_kernel types and @nr_modules modules. */
static double relo_in_world(struct bemu_env *env, uint32_t nr_kernel, uint32_t nr_modules)
{
	uint32_t nr_types = 100, stride = nr_kernel / 10 / nr_types, i;
	struct bench_bytes vmlinux, *modules;
	struct world w;
	char name[32];
	double t;

	modules = bemu_zalloc_array(env, nr_modules, sizeof(*modules));
	if (!modules)
		bench_die("modules", "no memory");
	bench_kernel(env, nr_kernel, &vmlinux);
	world_init(&w, &vmlinux, NULL);
	for (i = 0; i < nr_modules; i++) {
		bench_module(env, &vmlinux, i, 20, &modules[i]);
		snprintf(name, sizeof(name), "module_%u", i);
		if (bemu_add_module(w.em, name, modules[i].data, modules[i].len, BEMU_BTF_BORROW))
			bench_die(name, bemu_log_last(bemu_get_log(w.em))->text);
	}
	world_seal(&w);
	t = marginal(&w, env, load_ours, 10 * nr_types, nr_types, stride);
	world_fini(&w);
	for (i = 0; i < nr_modules; i++)
		bemu_mem_free(env, modules[i].data);
	bemu_mem_free(env, modules);
	bemu_mem_free(env, vmlinux.data);
	return t;
}

/* Growth has no libbpf beside it: the second figure is the larger world's. */
static void rows_growth(struct bemu_env *env)
{
	bench_row("growth-modules-1-500", "us", relo_in_world(env, 10000, 1) * 1e6,
		  relo_in_world(env, 10000, 500) * 1e6);
	bench_row("growth-types-1k-500k", "us", relo_in_world(env, 1000, 0) * 1e6,
		  relo_in_world(env, 500000, 0) * 1e6);
}

static void instructions(struct bemu_env *env)
{
	struct bench_bytes vmlinux, object;
	struct world w;

	bench_kernel(env, KERNEL_TYPES, &vmlinux);
	bench_object(env, 1000, 1000, 12, &object);
	world_init(&w, &vmlinux, &object);
	world_seal(&w);
	bench_measured_load(&w);
	world_fini(&w);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct bemu_env *env;

	libbpf_set_print(silent);
	if (bemu_env_new(NULL, NULL, &env))
		bench_die("env", "no memory");
	if (!strcmp(what, "object") && argc > 3)
		rows_object(argc - 2, argv + 2);
	else if (!strcmp(what, "relos"))
		rows_relos(env);
	else if (!strcmp(what, "growth"))
		rows_growth(env);
	else if (!strcmp(what, "instructions"))
		instructions(env);
	else
		bench_die("usage",
			  "bench_load object VMLINUX OBJECT... | relos | growth | instructions");
	bemu_env_free(env);
	return 0;
}
