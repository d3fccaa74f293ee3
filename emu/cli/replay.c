/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu replay FILE...: runs scenarios and says what was not as they expect. */
#include "scenario/run.h"
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct args {
	bool trace, print, no_quirks, quiet;
};

enum { OPT_TRACE = 256, OPT_PRINT, OPT_NO_QUIRKS };

static const struct option options[] = {
	{ "trace", no_argument, NULL, OPT_TRACE },
	{ "print", no_argument, NULL, OPT_PRINT },
	{ "no-quirks", no_argument, NULL, OPT_NO_QUIRKS },
	{ "quiet", no_argument, NULL, 'q' },
	{ 0 },
};

/** struct source - a scenario's file, whose folder is where its own files are looked for */
struct source {
	struct bemu_env *env;
	const char *path;
};

static int parse_args(struct args *args, int argc, char **argv)
{
	int opt;

	opterr = 0;
	optind = 1;
	while ((opt = getopt_long(argc, argv, ":q", options, NULL)) != -1) {
		switch (opt) {
		case OPT_TRACE:
			args->trace = true;
			break;
		case OPT_PRINT:
			args->print = true;
			break;
		case OPT_NO_QUIRKS:
			args->no_quirks = true;
			break;
		case 'q':
			args->quiet = true;
			break;
		default:
			return bemu_cli_option_error("replay", opt, argv);
		}
	}
	if (optind == argc)
		return bemu_cli_usage("replay: at least one scenario");
	return BEMU_CLI_YES;
}

static int read_file(void *ctx, const char *name, const void **data, size_t *len)
{
	const struct source *source = ctx;
	const char *base = bemu_cli_base_name(source->path);
	struct bemu_cli_file file;
	struct bemu_buf path;
	int code;

	bemu_buf_init(&path, source->env);
	bemu_buf_printf(&path, "%.*s%s", *name == '/' ? 0 : (int)(base - source->path),
			source->path, name);
	code = path.err ? BEMU_CLI_FAULT : bemu_cli_read(source->env, bemu_buf_str(&path), &file);
	bemu_buf_fini(&path);
	if (code)
		return -ENOENT;
	*data = file.data;
	*len = file.len;
	return 0;
}

static int mistake(const struct source *source, const struct bemu_scn_where *where, int err)
{
	if (err != -EINVAL && err != -E2BIG && err != -EOPNOTSUPP)
		return bemu_cli_fault(source->path, err, &source->env->log);
	bemu_cli_error("%s:%u:%u: %s", source->path, where->line, where->col, where->text);
	return err == -EOPNOTSUPP ? BEMU_CLI_FAULT : BEMU_CLI_USAGE;
}

static const char *title_of(const struct bemu_scn *scn, size_t *len)
{
	uint32_t i;

	for (i = 0; i < scn->nr_lines; i++)
		if (scn->lines[i].title.len) {
			*len = scn->lines[i].title.len;
			return scn->text + scn->lines[i].title.off;
		}
	*len = 0;
	return "";
}

static int run_one(const struct args *args, struct source *source, const struct bemu_scn *scn,
		   struct bemu_buf *out)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts),
				      .no_quirks = args->no_quirks,
				      .read_file = read_file,
				      .ctx = source };
	struct bemu_buf report, trace;
	struct bemu_scn_result res = { 0 };
	struct bemu_scn_where where = { 0 };
	size_t len;
	const char *title = title_of(scn, &len);
	int err, code = BEMU_CLI_YES;

	bemu_buf_init(&report, source->env);
	bemu_buf_init(&trace, source->env);
	opts.report = &report;
	opts.trace = args->trace ? &trace : NULL;
	err = bemu_scn_run(source->env, scn, &opts, &where, &res);
	if (err) {
		code = mistake(source, &where, err);
	} else {
		if (!args->quiet || res.nr_unmet)
			bemu_buf_printf(out, "%s%s" BEMU_CLI_PLAIN "  %.*s\n",
					res.nr_unmet ? BEMU_CLI_RED : BEMU_CLI_GREEN,
					res.nr_unmet ? "NOT MET" : "ok", (int)len, title);
		bemu_buf_printf(out, "%s%s", bemu_buf_str(&trace), bemu_buf_str(&report));
		code = res.nr_unmet ? BEMU_CLI_NO : BEMU_CLI_YES;
	}
	bemu_buf_fini(&report);
	bemu_buf_fini(&trace);
	return code;
}

static int replay(const struct args *args, const char *path, struct bemu_buf *out)
{
	struct source source = { .path = path };
	struct bemu_scn_where where = { 0 };
	struct bemu_cli_file file;
	struct bemu_scn *scn = NULL;
	int code, err;

	if (bemu_env_new(NULL, NULL, &source.env))
		return bemu_cli_fault(path, -ENOMEM, NULL);
	code = bemu_cli_read(source.env, path, &file);
	if (!code) {
		err = bemu_scn_parse(source.env, file.data, file.len, &where, &scn);
		if (err)
			code = mistake(&source, &where, err);
		else if (args->print)
			bemu_scn_print(out, scn);
		else
			code = run_one(args, &source, scn, out);
	}
	bemu_scn_free(scn);
	bemu_env_free(source.env);
	return code;
}

int bemu_cli_replay(int argc, char **argv)
{
	struct args args = { 0 };
	struct bemu_env *env;
	struct bemu_buf out;
	int i, code, worst = BEMU_CLI_YES;

	code = parse_args(&args, argc, argv);
	if (code)
		return code;
	if (bemu_env_new(NULL, NULL, &env))
		return bemu_cli_fault("replay", -ENOMEM, NULL);
	bemu_buf_init(&out, env);
	for (i = optind; i < argc; i++) {
		code = replay(&args, argv[i], &out);
		if (code > worst)
			worst = code;
	}
	code = bemu_cli_write(&out, stdout);
	bemu_buf_fini(&out);
	bemu_env_free(env);
	return code ? code : worst;
}
