/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu load OBJ...: replays libbpf's load of each object on each kernel. */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct args {
	struct bemu_env *env;
	const char *vmlinux, *btf_dir, *kconfig, *kallsyms, *baseline, *junit;
	uint32_t nr_modules, cap_modules;
	struct bemu_cli_module *modules;
	uint32_t profile;
	struct bemu_cli_load_opts load;
	bool dump, trace, json, verbose;
};

enum {
	OPT_VMLINUX = 256,
	OPT_MODULE,
	OPT_BTF_DIR,
	OPT_KERNEL,
	OPT_LIBBPF,
	OPT_KCONFIG,
	OPT_KALLSYMS,
	OPT_CPUS,
	OPT_DUMP,
	OPT_TRACE,
	OPT_JSON,
	OPT_BASELINE,
	OPT_JUNIT,
};

static const struct option options[] = {
	{ "vmlinux", required_argument, NULL, OPT_VMLINUX },
	{ "module", required_argument, NULL, OPT_MODULE },
	{ "btf-dir", required_argument, NULL, OPT_BTF_DIR },
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "libbpf", required_argument, NULL, OPT_LIBBPF },
	{ "kconfig", required_argument, NULL, OPT_KCONFIG },
	{ "kallsyms", required_argument, NULL, OPT_KALLSYMS },
	{ "cpus", required_argument, NULL, OPT_CPUS },
	{ "dump", required_argument, NULL, OPT_DUMP },
	{ "trace", no_argument, NULL, OPT_TRACE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "baseline", required_argument, NULL, OPT_BASELINE },
	{ "junit", required_argument, NULL, OPT_JUNIT },
	{ "verbose", no_argument, NULL, 'v' },
	{ 0 },
};

static int add_module(struct args *args, const char *text)
{
	struct bemu_cli_module module = { 0 };
	const char *eq = strchr(text, '=');

	if (!eq || eq == text || !eq[1])
		return bemu_cli_usage("--module %s: not NAME=FILE", text);
	module.name = bemu_strndup(args->env, text, (size_t)(eq - text));
	module.path = eq + 1;
	if (!module.name || bemu_grow(args->env, &args->modules, &args->cap_modules,
				      args->nr_modules + 1u, sizeof(module)))
		return bemu_cli_fault(text, -ENOMEM, NULL);
	args->modules[args->nr_modules++] = module;
	return BEMU_CLI_YES;
}

static int parse_cpus(const char *text, uint32_t *out)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (errno || *end || end == text || v < 1 || v > 65536)
		return bemu_cli_usage("--cpus %s: not a number from 1 to 65536", text);
	*out = (uint32_t)v;
	return BEMU_CLI_YES;
}

static int one_option(struct args *args, int opt)
{
	switch (opt) {
	case OPT_VMLINUX:
		args->vmlinux = optarg;
		return BEMU_CLI_YES;
	case OPT_MODULE:
		return add_module(args, optarg);
	case OPT_BTF_DIR:
		args->btf_dir = optarg;
		return BEMU_CLI_YES;
	case OPT_KERNEL:
		if (!bemu_cli_kernel_parse(optarg, &args->profile))
			return BEMU_CLI_YES;
		return bemu_cli_usage("--kernel %s: 'bemu list kernels' names them", optarg);
	case OPT_LIBBPF:
		if (!bemu_cli_libbpf_parse(optarg, &args->load.libbpf))
			return BEMU_CLI_YES;
		return bemu_cli_usage("--libbpf %s: one of 1.1, 1.5, 1.7, next", optarg);
	case OPT_KCONFIG:
		args->kconfig = optarg;
		return BEMU_CLI_YES;
	case OPT_KALLSYMS:
		args->kallsyms = optarg;
		return BEMU_CLI_YES;
	case OPT_CPUS:
		return parse_cpus(optarg, &args->load.nr_cpus);
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
	case 'v':
		args->verbose = true;
		return BEMU_CLI_YES;
	default:
		return BEMU_CLI_USAGE;
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
	if (args->btf_dir && (args->vmlinux || args->nr_modules))
		return bemu_cli_usage("load: --btf-dir already names vmlinux and modules");
	if (args->nr_modules && !args->vmlinux)
		return bemu_cli_usage("load: --module needs the --vmlinux it was built with");
	if (args->json && (args->trace || args->dump))
		return bemu_cli_usage("load: --json already has every call and instruction");
	return BEMU_CLI_YES;
}

static int find_kernels(struct args *args, struct bemu_cli_kernels *out)
{
	struct bemu_cli_kernel *kernel;
	uint32_t i;
	int code;

	if (args->btf_dir) {
		code = bemu_cli_kernels_dir(args->env, args->btf_dir, out);
	} else if (args->vmlinux) {
		code = bemu_grow(args->env, &out->arr, &out->cap, 1, sizeof(*out->arr))
			       ? bemu_cli_fault(args->vmlinux, -ENOMEM, NULL)
			       : BEMU_CLI_YES;
		if (code)
			return code;
		kernel = &out->arr[0];
		kernel->name = bemu_cli_base_name(args->vmlinux);
		kernel->vmlinux = args->vmlinux;
		out->nr = 1;
		for (i = 0; !code && i < args->nr_modules; i++)
			code = bemu_cli_kernel_add_module(args->env, kernel, args->modules[i].name,
							  args->modules[i].path);
	} else {
		code = bemu_cli_kernels_running(args->env, out);
	}
	for (i = 0; !code && i < out->nr; i++) {
		out->arr[i].kconfig = args->kconfig;
		out->arr[i].kallsyms = args->kallsyms;
	}
	return code;
}

static int single(const struct args *args, const struct bemu_cli_object *object,
		  const struct bemu_cli_kernel *kernel)
{
	struct bemu_cli_world world;
	struct bemu_cli_run run;
	struct bemu_buf buf;
	int code;

	code = bemu_cli_world_open(&world, kernel, args->profile);
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
		.profile = args->profile,
		.load = args->load,
	};
	uint32_t nr = (uint32_t)nr_paths, opened, i;
	int code;

	code = find_kernels(args, &kernels);
	if (code)
		return code;
	objects = bemu_zalloc_array(args->env, nr, sizeof(*objects));
	if (!objects)
		return bemu_cli_fault("load", -ENOMEM, NULL);
	for (opened = 0; !code && opened < nr; opened += !code)
		code = bemu_cli_object_open(paths[opened], args->load.libbpf, &objects[opened]);
	if (!code)
		name_rows(objects, nr);
	if (!code && nr == 1 && kernels.nr == 1 && !args->baseline && !args->junit)
		code = single(args, &objects[0], &kernels.arr[0]);
	else if (!code && (args->trace || args->dump))
		code = bemu_cli_usage("load: --trace and --dump are for one object on one kernel");
	else if (!code)
		code = bemu_cli_matrix(args->env, objects, nr, &kernels, &opts);
	for (i = 0; i < opened; i++)
		bemu_cli_object_close(&objects[i]);
	return code;
}

int bemu_cli_load(int argc, char **argv)
{
	struct args args = { .load.libbpf = BEMU_LIBBPF_1_7 };
	int code;

	if (bemu_env_new(NULL, NULL, &args.env))
		return bemu_cli_fault("load", -ENOMEM, NULL);
	code = parse_args(&args, argc, argv);
	if (!code)
		code = run_all(&args, argc - optind, argv + optind);
	bemu_env_free(args.env);
	return code;
}
