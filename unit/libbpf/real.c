/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The real libbpf, one object: open, load, close. Built once a release, with that release's headers. */
#include <errno.h>
#include <stdio.h>

#include <bpf/libbpf.h>

#include "shim.h"
#include "world.h"

static struct lb_run *printing;

static int print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	bemu_buf_vprintf(&printing->messages, fmt, args);
	if (level == LIBBPF_WARN)
		bemu_buf_vprintf(&printing->warnings, fmt, again);
	va_end(again);
	return 0;
}

/* A program that is not loaded has -ENOENT for a descriptor, a map -1 or -EINVAL, as releases go. */
static int number(int fd)
{
	return fd < 0 ? -1 : fd;
}

static void note_handles(struct lb_run *run, struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj) if (run->nr_maps < LB_MAX_HANDLES)
		run->map_fds[run->nr_maps++] = number(bpf_map__fd(map));
	bpf_object__for_each_program(prog, obj) if (run->nr_progs < LB_MAX_HANDLES)
		run->prog_fds[run->nr_progs++] = number(bpf_program__fd(prog));
}

void lb_run_real(struct lb_run *run, const struct lb_file *object, bool from_memory)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = object->name);
	LIBBPF_OPTS(gen_loader_opts, gen);
	struct bpf_object *obj;

	printing = run;
	libbpf_set_print(print);
	vk_attach(&run->be);
	if (from_memory)
		obj = bpf_object__open_mem(object->data, object->len, &opts);
	else
		obj = bpf_object__open_file(object->name, NULL);
	run->open_err = obj ? 0 : -errno;
	run->nr_open = run->nr_load = bemu_recorder_count(run->rec);
	if (!obj)
		return;
#if LIBBPF_MAJOR_VERSION > 1 || LIBBPF_MINOR_VERSION >= 7
	gen.gen_hash = run->gen_hash;
#endif
	if (run->generate)
		bpf_object__gen_loader(obj, &gen);
	run->load_err = bpf_object__load(obj);
	if (run->generate && !run->load_err) {
		bemu_buf_add(&run->gen_insns, gen.insns, gen.insns_sz);
		bemu_buf_add(&run->gen_data, gen.data, gen.data_sz);
	}
	run->nr_load = bemu_recorder_count(run->rec);
	note_handles(run, obj);
	bpf_object__close(obj);
}
