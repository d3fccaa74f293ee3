/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Our reader and loader, one object: what real.c does with the real libbpf. */
#include <errno.h>
#include <string.h>

#include "load/load.h"
#include "obj/obj.h"
#include "skel/gen.h"
#include "world.h"

static void note_log(struct lb_run *run, const struct bemu_log *log)
{
	size_t nr = bemu_log_count(log), i;

	for (i = nr > 4 ? nr - 4 : 0; i < nr; i++) {
		const struct bemu_log_record *rec = bemu_log_get(log, i);

		bemu_buf_printf(&run->warnings, "%s at %llu: %s\n", bemu_reason_name(rec->reason),
				(unsigned long long)rec->pos, rec->text);
	}
}

static void note_handles(struct lb_run *run, const struct bemu_load_result *res)
{
	uint32_t i;

	for (i = 0; i < res->obj->nr_maps && i < LB_MAX_HANDLES; i++)
		run->map_fds[run->nr_maps++] = res->maps[i].fd;
	for (i = 0; i < res->obj->nr_progs && i < LB_MAX_HANDLES; i++)
		if (!res->obj->progs[i].is_subprog) /* libbpf's iterator passes over them too */
			run->prog_fds[run->nr_progs++] = res->progs[i].fd;
}

static int load(struct lb_run *run, const struct bemu_obj *obj, uint32_t libbpf, const char *path)
{
	struct bemu_load_opts opts = {
		.size = sizeof(opts),
		.libbpf = libbpf,
		.nr_cpus = LB_NR_CPUS,
		.path = path,
	};
	const struct bemu_gen_opts gen_opts = {
		.size = sizeof(gen_opts),
		.libbpf = libbpf,
		.gen_hash = run->gen_hash,
	};
	struct bemu_gen_result made;
	struct bemu_gen *gen = NULL;
	struct bemu_load *ld = NULL;
	int err;

	if (run->generate) {
		err = bemu_gen_new(run->env, &gen_opts, &gen);
		if (err)
			return err;
		opts.gen = bemu_gen_recorder(gen);
	}
	err = bemu_load_new(run->env, obj, &run->be, &opts, &ld, &run->open_err);
	if (err)
		goto out;
	run->nr_open = run->nr_load = bemu_recorder_count(run->rec);
	if (!run->open_err) {
		err = bemu_load_run(ld, &run->load_err);
		run->nr_load = bemu_recorder_count(run->rec);
		if (!err) {
			note_handles(run, bemu_load_result(ld));
			err = bemu_load_close(ld);
		}
		if (gen && !err && !run->load_err) {
			bemu_gen_get(gen, &made);
			bemu_buf_add(&run->gen_insns, made.insns,
				     made.nr_insns * sizeof(*made.insns));
			bemu_buf_add(&run->gen_data, made.data, made.data_len);
		}
	}
out:
	bemu_load_free(ld);
	bemu_gen_free(gen);
	return err;
}

int lb_run_ours(struct lb_run *run, const struct lb_file *object, uint32_t libbpf, bool from_memory,
		const struct bemu *em)
{
	const char *path = from_memory ? NULL : object->name;
	struct bemu_obj_opts opts = { .size = sizeof(opts),
				      .libbpf = libbpf,
				      .path = path,
				      .name = from_memory ? object->name : NULL };
	struct bemu_obj *obj = NULL;
	int err;

	run->open_err = bemu_obj_parse(run->env, object->data, object->len, &opts, &obj);
	err = run->env->fault;
	if (!err && !run->open_err)
		err = load(run, obj, libbpf, path);
	note_log(run, &run->env->log);
	if (err || run->load_err)
		note_log(run, bemu_get_log(em));
	bemu_obj_free(obj);
	return err;
}
