/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu export --c FILE: a scenario as a C program of raw system calls, for a kernel without bemu. */
#include "cli/cli.h"
#include "scenario/export.h"

#include <errno.h>
#include <getopt.h>

struct args {
	const char *out, *vmlinux;
	bool c;
};

enum { OPT_C = 256, OPT_VMLINUX };

static const struct option options[] = {
	{ "c", no_argument, NULL, OPT_C },
	{ "vmlinux", required_argument, NULL, OPT_VMLINUX },
	{ "output", required_argument, NULL, 'o' },
	{ 0 },
};

static int parse_args(struct args *args, int argc, char **argv)
{
	int opt;

	opterr = 0;
	optind = 1;
	while ((opt = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		switch (opt) {
		case OPT_C:
			args->c = true;
			break;
		case OPT_VMLINUX:
			args->vmlinux = optarg;
			break;
		case 'o':
			args->out = optarg;
			break;
		default:
			return bemu_cli_option_error("export", opt, argv);
		}
	}
	if (!args->c)
		return bemu_cli_usage("export: --c");
	if (optind + 1 != argc)
		return bemu_cli_usage("export: one scenario");
	return BEMU_CLI_YES;
}

static int export_scn(const struct args *args, const struct bemu_cli_source *source,
		      struct bemu_buf *out)
{
	struct bemu_scn_where where = { 0 };
	struct bemu_cli_file file, vmlinux;
	struct bemu_scn *scn = NULL;
	const char *refused = NULL;
	int err, code = bemu_cli_read(source->env, source->path, &file);

	if (!code)
		code = bemu_cli_read_btf(source->env, args->vmlinux, &vmlinux);
	if (code)
		return code;
	err = bemu_scn_parse(source->env, file.data, file.len, &where, &scn);
	if (!err)
		err = bemu_scn_export_c(source->env, scn, vmlinux.data, vmlinux.len, &where, out,
					&refused);
	bemu_scn_free(scn);
	if (err)
		return bemu_cli_scn_mistake(source, &where, err);
	if (!refused)
		return BEMU_CLI_YES;
	bemu_cli_error("%s:%u: no real kernel can be asked this: %s", source->path, where.line,
		       refused);
	return BEMU_CLI_NO;
}

int bemu_cli_export(int argc, char **argv)
{
	struct args args = { .vmlinux = "/sys/kernel/btf/vmlinux" };
	struct bemu_cli_source source = { 0 };
	struct bemu_buf out;
	int code = parse_args(&args, argc, argv);

	if (code)
		return code;
	source.path = argv[optind];
	if (bemu_env_new(NULL, NULL, &source.env))
		return bemu_cli_fault("export", -ENOMEM, NULL);
	bemu_buf_init(&out, source.env);
	code = export_scn(&args, &source, &out);
	if (!code)
		code = args.out ? bemu_cli_write_file(args.out, &out)
				: bemu_cli_write(&out, stdout);
	bemu_buf_fini(&out);
	bemu_env_free(source.env);
	return code;
}
