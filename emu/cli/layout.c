/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu layout OBJ: what the bytes of a light skeleton's blob are, and how far each limit is. */
#include "cli/layout.h"
#include "cli/cli.h"
#include "cli/skel.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

struct args {
	struct bemu_cli_gen_args gen;
	const char *svg;
	bool compare, json;
};

enum { OPT_COMPARE = BEMU_CLI_OPT_GEN_OWN, OPT_SVG, OPT_JSON };

static const struct option options[] = {
	BEMU_CLI_GEN_OPTIONS,
	{ "compare", no_argument, NULL, OPT_COMPARE },
	{ "svg", required_argument, NULL, OPT_SVG },
	{ "json", no_argument, NULL, OPT_JSON },
	{ 0 },
};

static int parse_args(struct args *args, int argc, char **argv)
{
	bool layout = false;
	int opt, code;

	opterr = 0;
	optind = 1;
	while ((opt = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		code = BEMU_CLI_YES;
		if (opt == '?' || opt == ':')
			return bemu_cli_option_error("layout", opt, argv);
		layout = layout || opt == BEMU_CLI_OPT_GEN_LAYOUT;
		if (opt == OPT_COMPARE)
			args->compare = true;
		else if (opt == OPT_SVG)
			args->svg = optarg;
		else if (opt == OPT_JSON)
			args->json = true;
		else
			code = bemu_cli_gen_option(&args->gen, opt, optarg);
		if (code)
			return code;
	}
	if (argc - optind != 1)
		return bemu_cli_usage(argc == optind ? "layout: no object file"
						     : "layout: one object at a time");
	if (args->compare && (layout || args->svg))
		return bemu_cli_usage("layout: --compare is of all layouts, and is no picture");
	args->gen.path = argv[optind];
	return bemu_cli_gen_check("layout", &args->gen);
}

/* An index that is refused is looked at all the same. */
static int make(const struct args *args, const struct bemu_cli_gen_job *job, uint32_t layout,
		struct bemu_cli_layout *l)
{
	struct bemu_gen_opts opts = args->gen.opts;
	int code, verdict;

	l->args = &args->gen;
	l->obj = job->object.obj;
	l->layout = opts.layout = layout;
	code = bemu_cli_generate(&job->object, job->em, args->gen.nr_cpus, &opts, &l->gen,
				 &l->verdict);
	if (!code && l->verdict == -E2BIG) {
		opts.any_off = true;
		code = bemu_cli_generate(&job->object, job->em, args->gen.nr_cpus, &opts, &l->gen,
					 &verdict);
	}
	if (!code && l->gen) {
		bemu_gen_get(l->gen, &l->made);
		bemu_gen_blob(l->gen, &l->blob);
	}
	return code;
}

/* 0 or an exit code. */
static int add_text(const struct args *args, const struct bemu_cli_layout *l, struct bemu_buf *buf)
{
	if (args->json)
		return bemu_cli_layout_json(buf, l) ? bemu_cli_fault(args->gen.path, -ENOMEM, NULL)
						    : BEMU_CLI_YES;
	bemu_cli_layout_table(buf, l);
	bemu_cli_layout_calls(buf, l);
	bemu_cli_layout_limits(buf, l);
	return BEMU_CLI_YES;
}

static int show_one(const struct args *args, const struct bemu_cli_gen_job *job,
		    struct bemu_buf *buf)
{
	struct bemu_cli_layout l = { 0 };
	struct bemu_buf svg;
	int code;

	bemu_buf_init(&svg, args->gen.env);
	code = make(args, job, args->gen.opts.layout, &l);
	if (!code && !l.gen) {
		code = bemu_cli_gen_refused(&job->object, l.verdict);
	} else if (!code) {
		code = add_text(args, &l, buf);
		if (!code && args->svg) {
			bemu_cli_layout_svg(&svg, &l);
			code = bemu_cli_write_file(args->svg, &svg);
		}
		if (!code)
			code = bemu_cli_write(buf, stdout);
		if (!code && l.verdict)
			code = bemu_cli_gen_refused(&job->object, l.verdict);
	}
	bemu_buf_fini(&svg);
	bemu_gen_free(l.gen);
	return code;
}

static int show_all(const struct args *args, const struct bemu_cli_gen_job *job,
		    struct bemu_buf *buf)
{
	struct bemu_cli_layout l[BEMU_NR_LAYOUTS];
	int code = BEMU_CLI_YES;
	uint32_t i;

	memset(l, 0, sizeof(l));
	for (i = 0; !code && i < BEMU_NR_LAYOUTS; i++)
		code = make(args, job, i, &l[i]);
	for (i = 0; !code && args->json && i < BEMU_NR_LAYOUTS; i++)
		code = add_text(args, &l[i], buf);
	if (!code && !args->json)
		bemu_cli_layout_compare(buf, l);
	if (!code)
		code = bemu_cli_write(buf, stdout);
	for (i = 0; i < BEMU_NR_LAYOUTS; i++)
		bemu_gen_free(l[i].gen);
	return code;
}

static int run(const struct args *args)
{
	struct bemu_cli_gen_job job;
	struct bemu_buf buf;
	int code;

	bemu_buf_init(&buf, args->gen.env);
	code = bemu_cli_gen_open(&args->gen, &job);
	if (!code)
		code = args->compare ? show_all(args, &job, &buf) : show_one(args, &job, &buf);
	bemu_buf_fini(&buf);
	bemu_cli_gen_close(&job);
	return code;
}

int bemu_cli_layout(int argc, char **argv)
{
	struct args args = {
		.gen.opts = { .size = sizeof(args.gen.opts), .libbpf = BEMU_LIBBPF_1_7 },
	};
	int code;

	if (bemu_env_new(NULL, NULL, &args.gen.env))
		return bemu_cli_fault("layout", -ENOMEM, NULL);
	code = parse_args(&args, argc, argv);
	if (!code)
		code = run(&args);
	bemu_env_free(args.gen.env);
	return code;
}
