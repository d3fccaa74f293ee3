/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* One object on one world: open, load, look, close. */
#include "cli/cli.h"

#include "audit/witness.h"

#include <bemu/module.h>

#include <errno.h>
#include <string.h>

int bemu_cli_object_open(const char *path, uint32_t libbpf, const struct bemu_quirks *quirks,
			 struct bemu_cli_object *out)
{
	struct bemu_obj_opts opts = { .size = sizeof(opts), .libbpf = libbpf, .path = path };
	struct bemu_cli_object object = { .path = path, .name = bemu_cli_base_name(path) };
	int code;

	if (bemu_env_new(NULL, NULL, &object.env))
		return bemu_cli_fault(path, -ENOMEM, NULL);
	object.env->quirks = *quirks;
	code = bemu_cli_read(object.env, path, &object.file);
	if (code) {
		bemu_env_free(object.env);
		return code;
	}
	object.err =
		bemu_obj_parse(object.env, object.file.data, object.file.len, &opts, &object.obj);
	if (object.env->fault) {
		code = bemu_cli_fault(path, object.env->fault, &object.env->log);
		bemu_cli_object_close(&object);
		return code;
	}
	*out = object;
	return BEMU_CLI_YES;
}

void bemu_cli_object_close(struct bemu_cli_object *object)
{
	bemu_obj_free(object->obj);
	bemu_env_free(object->env);
	object->obj = NULL;
	object->env = NULL;
}

/* The numbers that the close will forget. */
static int keep(struct bemu_cli_run *run)
{
	const struct bemu_obj *obj = run->object->obj;
	const struct bemu_load_result *res = run->res;

	run->maps = bemu_memdup(run->env, res->maps, obj->nr_maps * sizeof(*res->maps));
	run->progs = bemu_memdup(run->env, res->progs, obj->nr_progs * sizeof(*res->progs));
	run->has_btf_fd = res->btf_fd >= 0;
	return run->maps && run->progs ? 0 : -ENOMEM;
}

void bemu_cli_last_line(struct bemu_buf *buf, const char *log)
{
	const char *line, *end, *last = log;
	size_t len = 0;

	for (line = log; line && *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (end != line && strncmp(line, "processed ", strlen("processed "))) {
			last = line;
			len = (size_t)(end - line);
		}
	}
	if (len)
		bemu_buf_add(buf, last, len);
}

/* What the emulated kernel gave as its reason: the verifier's last words, else its own log. */
static void kernel_words(struct bemu_cli_run *run)
{
	const struct bemu_load_result *res = run->res;

	if (res->err_prog_idx >= 0)
		bemu_cli_last_line(&run->kernel_line, res->progs[res->err_prog_idx].kernel_log);
	if (!run->kernel_line.len)
		bemu_cli_log_line(&run->kernel_line, bemu_get_log(run->world->em));
}

static int load(struct bemu_cli_run *run, const struct bemu_cli_load_opts *opts)
{
	struct bemu_load_opts load_opts = {
		.size = sizeof(load_opts),
		.libbpf = opts->libbpf,
		.nr_cpus = opts->nr_cpus,
		.path = run->object->path,
		.type_id_fd = opts->design & BEMU_DESIGN_TYPE_ID_FD,
	};
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts), .nr_std = opts->lowest_fd };
	struct bemu_backend sys, recording;
	int err;

	err = bemu_task_new(run->world->em, &task_opts, &run->task);
	if (err)
		return err;
	err = bemu_cli_fds_watch(run);
	if (err)
		return err;
	bemu_cli_doubts_watch(&run->doubts, run->env, run->task, bemu_witness_watch(run->witness));
	bemu_backend_sys(run->task, &sys);
	err = bemu_recorder_new(run->env, &sys, &run->rec, &recording);
	if (err)
		return err;
	/* libbpf holds the file open while it reserves numbers for maps, so the world must have it */
	err = bemu_file_add(run->world->em, run->object->path, run->object->file.data,
			    run->object->file.len);
	if (err)
		return err;
	err = bemu_load_new(run->env, run->object->obj, &recording, &load_opts, &run->ld,
			    &run->verdict);
	run->not_replayed = err == -EOPNOTSUPP;
	if (err)
		return err;
	if (!run->verdict) {
		err = bemu_load_run(run->ld, &run->verdict);
		if (err)
			return err;
	}
	run->res = bemu_load_result(run->ld);
	run->nr_calls_loaded = bemu_recorder_count(run->rec);
	bemu_cli_log_line(&run->log_line, &run->env->log);
	kernel_words(run);
	err = keep(run);
	if (!err)
		err = bemu_cli_decide(run);
	if (!err)
		err = bemu_cli_fds_loaded(run);
	if (!err)
		err = bemu_load_close(run->ld);
	return err ? err : bemu_cli_fds_end(run);
}

int bemu_cli_run(struct bemu_cli_run *run, const struct bemu_cli_object *object,
		 const struct bemu_cli_world *world, const struct bemu_cli_load_opts *opts)
{
	int err, code;

	memset(run, 0, sizeof(*run));
	run->object = object;
	run->world = world;
	run->libbpf = opts->libbpf;
	run->quirks = opts->quirks;
	if (bemu_env_new(NULL, NULL, &run->env))
		return bemu_cli_fault(object->path, -ENOMEM, NULL);
	run->env->quirks = opts->quirks;
	bemu_set_quirks(world->em, &opts->quirks);
	bemu_set_design(world->em, opts->design);
	bemu_buf_init(&run->reason, run->env);
	bemu_buf_init(&run->log_line, run->env);
	bemu_buf_init(&run->kernel_line, run->env);
	if (!object->obj) {
		run->verdict = object->err;
		bemu_cli_log_line(&run->log_line, &object->env->log);
		err = bemu_cli_decide(run);
		if (!err)
			err = bemu_cli_fds_bounds(run);
	} else {
		err = load(run, opts);
	}
	if (!err)
		return BEMU_CLI_YES;
	if (run->not_replayed) {
		bemu_cli_error("--libbpf %s is not replayed: no comparison with the real library",
			       bemu_cli_libbpf(run->libbpf));
		bemu_cli_run_end(run);
		return BEMU_CLI_USAGE;
	}
	/* what is not modelled was logged on either side of the call */
	code = bemu_cli_fault(object->path, err,
			      bemu_log_count(bemu_get_log(world->em)) && err == -EOPNOTSUPP
				      ? bemu_get_log(world->em)
				      : &run->env->log);
	bemu_cli_run_end(run);
	return code;
}

void bemu_cli_run_end(struct bemu_cli_run *run)
{
	bemu_load_free(run->ld);
	bemu_recorder_free(run->rec);
	if (run->task)
		bemu_task_watch(run->task, NULL);
	bemu_task_exit(run->task);
	bemu_witness_free(run->witness);
	bemu_env_free(run->env);
	bemu_reset(run->world->em);
	memset(run, 0, sizeof(*run));
}
