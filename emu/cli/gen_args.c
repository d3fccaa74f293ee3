/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Options of a generation, the object and the machine. */
#include "cli/cli.h"
#include "cli/gen.h"
#include "cli/skel.h"

#include <errno.h>
#include <string.h>

int bemu_cli_layout_option(const char *text, uint32_t *out)
{
	if (!bemu_layout_parse(text, out))
		return BEMU_CLI_YES;
	return bemu_cli_usage("--layout %s: one of reserved, sparse, second-map, aux-map", text);
}

uint32_t bemu_cli_gen_loads_as(uint32_t libbpf)
{
	return libbpf > BEMU_LIBBPF_1_7 ? BEMU_LIBBPF_1_7 : libbpf;
}

static int parse_range_check(const char *text, bool *any_off)
{
	*any_off = !strcmp(text, "off");
	if (*any_off || !strcmp(text, "on"))
		return BEMU_CLI_YES;
	return bemu_cli_usage("--range-check %s: on or off", text);
}

int bemu_cli_gen_option(struct bemu_cli_gen_args *args, int opt, const char *value)
{
	switch (opt) {
	case BEMU_CLI_OPT_GEN_LIBBPF:
		if (!strcmp(value, "next")) {
			args->opts.libbpf = BEMU_LIBBPF_NEXT;
			return BEMU_CLI_YES;
		}
		return bemu_cli_libbpf_option(value, &args->opts.libbpf);
	case BEMU_CLI_OPT_KCONFIG:
		args->kconfig = value;
		return BEMU_CLI_YES;
	case BEMU_CLI_OPT_KALLSYMS:
		args->kallsyms = value;
		return BEMU_CLI_YES;
	case BEMU_CLI_OPT_GEN_HASH:
		args->opts.gen_hash = true;
		return BEMU_CLI_YES;
	case BEMU_CLI_OPT_GEN_STABLE:
		args->opts.stable_6_1 = true;
		return BEMU_CLI_YES;
	case BEMU_CLI_OPT_GEN_CPUS:
		return bemu_cli_number_option("cpus", value, 1, BEMU_CLI_MAX_CPUS, &args->nr_cpus);
	case BEMU_CLI_OPT_GEN_LAYOUT:
		return bemu_cli_layout_option(value, &args->opts.layout);
	case BEMU_CLI_OPT_GEN_RANGE_CHECK:
		return parse_range_check(value, &args->opts.any_off);
	case BEMU_CLI_OPT_GEN_QUIRK:
		return bemu_cli_quirk_option(value, true, &args->opts.quirks);
	case BEMU_CLI_OPT_GEN_NO_QUIRK:
		return bemu_cli_quirk_option(value, false, &args->opts.quirks);
	default:
		args->opts.unaligned = true;
		return BEMU_CLI_YES;
	}
}

int bemu_cli_gen_check(const char *cmd, const struct bemu_cli_gen_args *args)
{
	if (args->opts.gen_hash && args->opts.libbpf < BEMU_LIBBPF_1_7)
		return bemu_cli_usage("%s: before libbpf 1.7 no loader checks a hash", cmd);
	if (args->opts.stable_6_1 && args->opts.libbpf != BEMU_LIBBPF_1_1)
		return bemu_cli_usage("%s: Linux 6.1.y has libbpf 1.1", cmd);
	return BEMU_CLI_YES;
}

/* The generating machine: nothing of this one but the texts that were named. */
static int fill_world(const struct bemu_cli_gen_args *args, struct bemu *em)
{
	struct bemu_cli_file file;
	int code, err = 0;

	if (args->kconfig) {
		code = bemu_cli_read(args->env, args->kconfig, &file);
		if (code)
			return code;
		err = bemu_set_kconfig(em, file.data, file.len);
	}
	if (!err && args->kallsyms) {
		code = bemu_cli_read(args->env, args->kallsyms, &file);
		if (code)
			return code;
		err = bemu_set_kallsyms(em, file.data, file.len);
	}
	if (!err)
		err = bemu_seal(em);
	return err ? bemu_cli_fault(args->path, err, bemu_get_log(em)) : BEMU_CLI_YES;
}

int bemu_cli_gen_open(const struct bemu_cli_gen_args *args, struct bemu_cli_gen_job *job)
{
	struct bemu_opts opts = { .size = sizeof(opts) };
	int code;

	memset(job, 0, sizeof(*job));
	code = bemu_cli_object_open(args->path, bemu_cli_gen_loads_as(args->opts.libbpf),
				    &args->opts.quirks, &job->object);
	if (code)
		return code;
	if (job->object.err)
		return bemu_cli_gen_refused(&job->object, job->object.err);
	return bemu_new(&opts, &job->em) ? bemu_cli_fault(args->path, -ENOMEM, NULL)
					 : fill_world(args, job->em);
}

void bemu_cli_gen_close(struct bemu_cli_gen_job *job)
{
	bemu_free(job->em);
	bemu_cli_object_close(&job->object);
}

int bemu_cli_gen_refused(const struct bemu_cli_object *object, int err)
{
	const struct bemu_log_record *last = bemu_log_last(&object->env->log);
	struct bemu_buf why;

	bemu_buf_init(&why, object->env);
	bemu_cli_log_line(&why, &object->env->log);
	bemu_cli_error("%s: not generated: %s: %s%s", object->path, bemu_cli_errno(err),
		       bemu_buf_str(&why),
		       last && last->reason == BEMU_R_LOAD_NO_KCONFIG
			       ? "; --kconfig FILE names the generating machine's"
			       : "");
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
}

const struct bemu_obj_prog *bemu_cli_gen_prog(const struct bemu_obj *obj, uint32_t nr)
{
	uint32_t i;

	for (i = 0; i < obj->nr_progs; i++)
		if (!obj->progs[i].is_subprog && obj->progs[i].autoload && !nr--)
			return &obj->progs[i];
	return NULL;
}

int bemu_cli_generate(const struct bemu_cli_object *object, struct bemu *em, uint32_t nr_cpus,
		      const struct bemu_gen_opts *gen_opts, struct bemu_gen **out, int *verdict)
{
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts), .nr_std = BEMU_TASK_STD };
	struct bemu_load_opts opts = {
		.size = sizeof(opts),
		.libbpf = bemu_cli_gen_loads_as(gen_opts->libbpf),
		.nr_cpus = nr_cpus,
	};
	struct bemu_task *task = NULL;
	struct bemu_load *ld = NULL;
	struct bemu_gen *gen = NULL;
	struct bemu_backend be;
	int err;

	*verdict = 0;
	err = bemu_gen_new(object->env, gen_opts, &gen);
	if (!err)
		err = bemu_task_new(em, &task_opts, &task);
	if (err)
		goto out;
	bemu_backend_sys(task, &be);
	opts.gen = bemu_gen_recorder(gen);
	err = bemu_load_new(object->env, object->obj, &be, &opts, &ld, verdict);
	if (!err && !*verdict)
		err = bemu_load_run(ld, verdict);
out:
	bemu_load_free(ld);
	bemu_task_exit(task);
	if (err || *verdict) {
		bemu_gen_free(gen);
		gen = NULL;
	}
	*out = gen;
	return err ? bemu_cli_fault(object->path, err, &object->env->log) : BEMU_CLI_YES;
}
