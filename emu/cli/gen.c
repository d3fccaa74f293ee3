/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu gen OBJ -o FILE: the light skeleton of an object, as a header and as raw bytes. */
#include "cli/cli.h"
#include "cli/gen.h"
#include "cli/skel.h"

#include <errno.h>
#include <getopt.h>

struct args {
	struct bemu_cli_gen_args gen;
	const char *out;
};

static const struct option options[] = {
	BEMU_CLI_GEN_OPTIONS,
	{ "output", required_argument, NULL, 'o' },
	{ 0 },
};

static int parse_args(struct args *args, int argc, char **argv)
{
	int opt, code;

	opterr = 0;
	optind = 1;
	while ((opt = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		if (opt == '?' || opt == ':')
			return bemu_cli_option_error("gen", opt, argv);
		if (opt == 'o') {
			args->out = optarg;
			continue;
		}
		code = bemu_cli_gen_option(&args->gen, opt, optarg);
		if (code)
			return code;
	}
	if (argc - optind != 1)
		return bemu_cli_usage(argc == optind ? "gen: no object file"
						     : "gen: one object at a time");
	if (!args->out)
		return bemu_cli_usage("gen: -o FILE says where to");
	if (!*args->out)
		return bemu_cli_usage("gen: -o: the name of the file is empty");
	args->gen.path = argv[optind];
	return bemu_cli_gen_check("gen", &args->gen);
}

static int write_raw(const struct args *args, const char *suffix, const void *data, size_t len)
{
	struct bemu_buf path, buf;
	int code;

	bemu_buf_init(&path, args->gen.env);
	bemu_buf_init(&buf, args->gen.env);
	bemu_buf_printf(&path, "%s%s", args->out, suffix);
	bemu_buf_add(&buf, data, len);
	code = path.err ? bemu_cli_fault(args->out, path.err, NULL)
			: bemu_cli_write_file(bemu_buf_str(&path), &buf);
	bemu_buf_fini(&path);
	bemu_buf_fini(&buf);
	return code;
}

static int write_all(const struct args *args, const struct bemu_obj *obj,
		     const struct bemu_gen_result *made, const struct bemu_blob *blob)
{
	struct bemu_buf buf;
	int code;

	bemu_buf_init(&buf, args->gen.env);
	code = bemu_cli_gen_header(&buf, &args->gen, obj, made, blob);
	if (!code)
		code = bemu_cli_write_file(args->out, &buf);
	if (!code)
		code = write_raw(args, ".data", made->data, made->data_len);
	if (!code)
		code = write_raw(args, ".insns", made->insns,
				 made->nr_insns * sizeof(*made->insns));
	bemu_buf_clear(&buf);
	bemu_buf_add(&buf, NULL, made->fd_map_len);
	if (!code && made->fd_map_len)
		code = write_raw(args, ".fds", buf.data, buf.len);
	bemu_buf_clear(&buf);
	bemu_buf_printf(&buf, "%s as libbpf %s: %u instructions, blob of %u bytes",
			bemu_cli_base_name(args->gen.path), bemu_cli_libbpf(args->gen.opts.libbpf),
			made->nr_insns, made->data_len);
	if (made->fd_map_len)
		bemu_buf_printf(&buf, ", map of %u bytes for FDs", made->fd_map_len);
	bemu_buf_printf(&buf, "\n");
	if (!code)
		code = bemu_cli_write(&buf, stdout);
	bemu_buf_fini(&buf);
	return code;
}

/* A loader of this layout would have to address the value of a map that it has just made. */
static int not_buildable(const struct args *args)
{
	bemu_cli_error(
		"%s: layout aux-map is a model: no helper lets a loader address the value of a map "
		"that it made; 'bemu layout' shows it",
		args->gen.path);
	return BEMU_CLI_NO;
}

static int run(const struct args *args)
{
	struct bemu_cli_gen_job job;
	struct bemu_gen_result made;
	struct bemu_blob blob;
	struct bemu_gen *gen = NULL;
	int code, verdict = 0;

	code = bemu_cli_gen_open(&args->gen, &job);
	if (!code)
		code = bemu_cli_generate(&job.object, job.em, args->gen.nr_cpus, &args->gen.opts,
					 &gen, &verdict);
	if (!code && verdict)
		code = bemu_cli_gen_refused(&job.object, verdict);
	if (!code && args->gen.opts.layout == BEMU_LAYOUT_AUX_MAP)
		code = not_buildable(args);
	if (!code) {
		bemu_gen_get(gen, &made);
		bemu_gen_blob(gen, &blob);
		code = write_all(args, job.object.obj, &made, &blob);
	}
	bemu_gen_free(gen);
	bemu_cli_gen_close(&job);
	return code;
}

int bemu_cli_gen(int argc, char **argv)
{
	struct args args = {
		.gen.opts = { .size = sizeof(args.gen.opts), .libbpf = BEMU_LIBBPF_1_7 },
	};
	int code;

	if (bemu_env_new(NULL, NULL, &args.gen.env))
		return bemu_cli_fault("gen", -ENOMEM, NULL);
	code = parse_args(&args, argc, argv);
	if (!code)
		code = run(&args);
	bemu_env_free(args.gen.env);
	return code;
}
