/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu load OBJ...: replays libbpf's load of each object on each kernel. */
#include "cli/cli.h"
#include "cli/skel.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

struct args {
	struct bemu_env *env;
	struct bemu_cli_target target;
	const char *baseline, *junit;
	struct bemu_cli_load_opts load;
	bool dump, trace, json, verbose;
};

enum {
	OPT_LIBBPF = BEMU_CLI_OPT_OWN,
	OPT_CPUS,
	OPT_DUMP,
	OPT_TRACE,
	OPT_JSON,
	OPT_BASELINE,
	OPT_JUNIT,
	OPT_LOWEST_FD,
	OPT_QUIRK,
	OPT_NO_QUIRK,
	OPT_DESIGN,
};

static const struct option options[] = {
	{ "vmlinux", required_argument, NULL, BEMU_CLI_OPT_VMLINUX },
	{ "module", required_argument, NULL, BEMU_CLI_OPT_MODULE },
	{ "btf-dir", required_argument, NULL, BEMU_CLI_OPT_BTF_DIR },
	{ "kernel", required_argument, NULL, BEMU_CLI_OPT_KERNEL },
	{ "kconfig", required_argument, NULL, BEMU_CLI_OPT_KCONFIG },
	{ "kallsyms", required_argument, NULL, BEMU_CLI_OPT_KALLSYMS },
	{ "libbpf", required_argument, NULL, OPT_LIBBPF },
	{ "cpus", required_argument, NULL, OPT_CPUS },
	{ "dump", required_argument, NULL, OPT_DUMP },
	{ "trace", no_argument, NULL, OPT_TRACE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "baseline", required_argument, NULL, OPT_BASELINE },
	{ "junit", required_argument, NULL, OPT_JUNIT },
	{ "lowest-fd", required_argument, NULL, OPT_LOWEST_FD },
	{ "quirk", required_argument, NULL, OPT_QUIRK },
	{ "no-quirk", required_argument, NULL, OPT_NO_QUIRK },
	{ "design", required_argument, NULL, OPT_DESIGN },
	{ "verbose", no_argument, NULL, 'v' },
	{ 0 },
};

static int one_option(struct args *args, int opt)
{
	switch (opt) {
	case OPT_LIBBPF:
		return bemu_cli_libbpf_option(optarg, &args->load.libbpf);
	case OPT_CPUS:
		return bemu_cli_number_option("cpus", optarg, 1, BEMU_CLI_MAX_CPUS,
					      &args->load.nr_cpus);
	case OPT_DUMP:
		if (strcmp(optarg, "insns"))
			return bemu_cli_usage("--dump %s: only 'insns'", optarg);
		args->dump = true;
		return BEMU_CLI_YES;
	case OPT_TRACE:
		args->trace = true;
		return BEMU_CLI_YES;
	case OPT_JSON:
		args->json = true;
		return BEMU_CLI_YES;
	case OPT_BASELINE:
		args->baseline = optarg;
		return BEMU_CLI_YES;
	case OPT_JUNIT:
		args->junit = optarg;
		return BEMU_CLI_YES;
	case OPT_LOWEST_FD:
		return bemu_cli_number_option("lowest-fd", optarg, 0, BEMU_CLI_MAX_FD,
					      &args->load.lowest_fd);
	case OPT_QUIRK:
	case OPT_NO_QUIRK:
		return bemu_cli_quirk_option(optarg, opt == OPT_QUIRK, &args->load.quirks);
	case OPT_DESIGN:
		return bemu_cli_design_option(optarg, &args->load.design);
	case 'v':
		args->verbose = true;
		return BEMU_CLI_YES;
	default:
		return bemu_cli_target_option(args->env, &args->target, opt);
	}
}

static int parse_args(struct args *args, int argc, char **argv)
{
	int opt, code;

	opterr = 0;
	optind = 1;
	for (;;) {
		opt = getopt_long(argc, argv, ":v", options, NULL);
		if (opt == -1)
			break;
		if (opt == '?' || opt == ':')
			return bemu_cli_option_error("load", opt, argv);
		code = one_option(args, opt);
		if (code)
			return code;
	}
	if (optind == argc)
		return bemu_cli_usage("load: no object file");
	if (args->json && (args->trace || args->dump))
		return bemu_cli_usage("load: --json already has every call and instruction");
	return bemu_cli_target_check("load", &args->target);
}

static int single(const struct args *args, const struct bemu_cli_object *object,
		  const struct bemu_cli_kernel *kernel)
{
	struct bemu_cli_world world;
	struct bemu_cli_run run;
	struct bemu_buf buf;
	int code;

	code = bemu_cli_world_open(&world, kernel, args->target.profile);
	if (code)
		return code;
	code = bemu_cli_run(&run, object, &world, &args->load);
	if (code)
		goto out;
	bemu_buf_init(&buf, args->env);
	if (args->json) {
		if (bemu_cli_records(&buf, &run))
			buf.err = -ENOMEM;
	} else {
		if (args->trace)
			bemu_cli_trace(&buf, &run);
		if (run.res || args->verbose)
			bemu_cli_report(&buf, &run, args->verbose);
		if (args->dump)
			bemu_cli_dump_insns(&buf, &run);
	}
	/* not even opened: bad input, and nothing for stdout */
	if (!run.res)
		bemu_cli_error("%s: %s", object->path, bemu_buf_str(&run.reason));
	code = bemu_cli_write(&buf, stdout);
	if (!code)
		code = run.answer == BEMU_CLI_ANSWER_YES && !run.findings.nr ? BEMU_CLI_YES
									     : BEMU_CLI_NO;
	bemu_buf_fini(&buf);
	bemu_cli_run_end(&run);
out:
	bemu_cli_world_close(&world);
	return code;
}

/* Rows of a table are told apart by the files' names, or by their paths where two have the same name. */
static void name_rows(struct bemu_cli_object *objects, uint32_t nr)
{
	uint32_t i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < nr; j++) {
			if (i != j && !strcmp(bemu_cli_base_name(objects[i].path),
					      bemu_cli_base_name(objects[j].path)))
				objects[i].name = objects[i].path;
		}
	}
}

static int run_all(struct args *args, int nr_paths, char **paths)
{
	struct bemu_cli_kernels kernels = { 0 };
	struct bemu_cli_object *objects;
	struct bemu_cli_matrix_opts opts = {
		.baseline = args->baseline,
		.junit = args->junit,
		.json = args->json,
		.verbose = args->verbose,
		.profile = args->target.profile,
		.load = args->load,
	};
	uint32_t nr = (uint32_t)nr_paths, opened, i;
	int code;

	code = bemu_cli_target_kernels(args->env, &args->target, &kernels);
	if (code)
		return code;
	objects = bemu_zalloc_array(args->env, nr, sizeof(*objects));
	if (!objects)
		return bemu_cli_fault("load", -ENOMEM, NULL);
	for (opened = 0; !code && opened < nr; opened += !code)
		code = bemu_cli_object_open(paths[opened], args->load.libbpf, &args->load.quirks,
					    &objects[opened]);
	if (!code)
		name_rows(objects, nr);
	if (!code && nr == 1 && kernels.nr == 1 && !args->baseline && !args->junit)
		code = single(args, &objects[0], &kernels.arr[0]);
	else if (!code && (args->trace || args->dump))
		code = bemu_cli_usage("load: --trace and --dump are for one object on one kernel");
	else if (!code && args->json && args->verbose)
		code = bemu_cli_usage("load: -v explains a table, and --json has none");
	else if (!code)
		code = bemu_cli_matrix(args->env, objects, nr, &kernels, &opts);
	for (i = 0; i < opened; i++)
		bemu_cli_object_close(&objects[i]);
	return code;
}

int bemu_cli_load(int argc, char **argv)
{
	struct args args = { .load = { .libbpf = BEMU_LIBBPF_1_7, .lowest_fd = BEMU_TASK_STD } };
	int code;

	if (bemu_env_new(NULL, NULL, &args.env))
		return bemu_cli_fault("load", -ENOMEM, NULL);
	code = parse_args(&args, argc, argv);
	if (!code)
		code = run_all(&args, argc - optind, argv + optind);
	bemu_env_free(args.env);
	return code;
}
