/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu reduce FILE: the smallest scenario, or fuzz input, with the same finding. */
#include "cli/cli.h"
#include "scenario/artefact.h"
#include "scenario/reduce.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

struct args {
	const char *target, *out;
	uint32_t max_runs;
};

enum { OPT_TARGET = 256, OPT_MAX_RUNS, MAX_MAX_RUNS = 1000000 };

static const struct option options[] = {
	{ "target", required_argument, NULL, OPT_TARGET },
	{ "max-runs", required_argument, NULL, OPT_MAX_RUNS },
	{ "output", required_argument, NULL, 'o' },
	{ 0 },
};

/** struct reducing - what the library's callbacks get */
struct reducing {
	struct bemu_cli_source source;
	struct bemu_cli_progress bar;
};

static int parse_args(struct args *args, int argc, char **argv)
{
	int opt, code = BEMU_CLI_YES;

	opterr = 0;
	optind = 1;
	while (!code && (opt = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		switch (opt) {
		case OPT_TARGET:
			args->target = NULL;
			code = bemu_cli_target("reduce", optarg, &args->target);
			break;
		case OPT_MAX_RUNS:
			code = bemu_cli_number_option("--max-runs", optarg, 1, MAX_MAX_RUNS,
						      &args->max_runs);
			break;
		case 'o':
			args->out = optarg;
			break;
		default:
			return bemu_cli_option_error("reduce", opt, argv);
		}
	}
	if (!code && optind + 1 != argc)
		code = bemu_cli_usage("reduce: one file");
	if (!code && args->target && !args->out)
		code = bemu_cli_usage("reduce: --target needs -o FILE for the input");
	return code;
}

static int read_file(void *ctx, const char *name, const void **data, size_t *len)
{
	return bemu_cli_scn_file(&((struct reducing *)ctx)->source, name, data, len);
}

static void progress(void *ctx, uint32_t done, uint32_t total)
{
	bemu_cli_progress(&((struct reducing *)ctx)->bar, done, total);
}

static int write_out(const struct args *args, const struct bemu_buf *buf)
{
	return args->out ? bemu_cli_write_file(args->out, buf) : bemu_cli_write(buf, stdout);
}

/* The input to its file; then the scenario that it is, reduced as a text, to stdout. */
static int reduce_input(const struct args *args, struct reducing *r,
			const struct bemu_cli_file *file, const struct bemu_reduce_opts *opts,
			struct bemu_scn_where *where, struct bemu_reduce_result *res)
{
	struct bemu_buf bytes, text, out;
	int err, code = BEMU_CLI_YES;

	bemu_buf_init(&bytes, r->source.env);
	bemu_buf_init(&text, r->source.env);
	bemu_buf_init(&out, r->source.env);
	err = bemu_artefact_reduce(r->source.env, args->target, file->data, file->len, opts, &bytes,
				   res);
	if (!err && res->found) {
		code = write_out(args, &bytes);
		err = bemu_scn_decode(r->source.env, args->target, (const uint8_t *)bytes.data,
				      bytes.len, &text);
		if (!err && !code)
			err = bemu_scn_reduce(r->source.env, bemu_buf_str(&text), text.len, opts,
					      where, &out, res);
		bemu_cli_progress(&r->bar, 1, 1);
		if (!err && !code)
			code = bemu_cli_write(&out, stdout);
	}
	bemu_buf_fini(&out);
	bemu_buf_fini(&text);
	bemu_buf_fini(&bytes);
	return err ? bemu_cli_scn_mistake(&r->source, where, err) : code;
}

static int reduce_text(const struct args *args, struct reducing *r,
		       const struct bemu_cli_file *file, const struct bemu_reduce_opts *opts,
		       struct bemu_scn_where *where, struct bemu_reduce_result *res)
{
	struct bemu_buf out;
	int err, code = BEMU_CLI_YES;

	bemu_buf_init(&out, r->source.env);
	err = bemu_scn_reduce(r->source.env, file->data, file->len, opts, where, &out, res);
	bemu_cli_progress(&r->bar, 1, 1);
	if (err)
		code = bemu_cli_scn_mistake(&r->source, where, err);
	else if (res->found)
		code = write_out(args, &out);
	bemu_buf_fini(&out);
	return code;
}

static int reduce(const struct args *args, struct reducing *r)
{
	struct bemu_reduce_opts opts = { .size = sizeof(opts),
					 .max_runs = args->max_runs,
					 .read_file = read_file,
					 .progress = progress,
					 .ctx = r };
	struct bemu_scn_where where = { 0 };
	struct bemu_reduce_result res = { 0 };
	struct bemu_cli_file file;
	int code = bemu_cli_read(r->source.env, r->source.path, &file);

	if (!code)
		code = args->target ? reduce_input(args, r, &file, &opts, &where, &res)
				    : reduce_text(args, r, &file, &opts, &where, &res);
	if (code)
		return code;
	if (!res.found) {
		bemu_cli_error("%s: no finding", r->source.path);
		return BEMU_CLI_NO;
	}
	if (res.exhausted)
		bemu_cli_error("%s: ended after %u runs: there may be a smaller one",
			       r->source.path, res.nr_runs);
	return BEMU_CLI_YES;
}

int bemu_cli_reduce(int argc, char **argv)
{
	struct reducing r = { 0 };
	struct args args = { 0 };
	int code = parse_args(&args, argc, argv);

	if (code)
		return code;
	r.source.path = argv[optind];
	if (bemu_env_new(NULL, NULL, &r.source.env))
		return bemu_cli_fault("reduce", -ENOMEM, NULL);
	code = reduce(&args, &r);
	bemu_env_free(r.source.env);
	return code;
}
