/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu replay FILE...: runs scenarios and says what was not as they expect. */
#include "scenario/artefact.h"
#include "scenario/run.h"
#include "cli/cli.h"
#include "host/host.h"
#include "load/names.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77, HOST_SECONDS = 20, FIRST_FD = 3 };

struct args {
	bool trace, print, no_quirks, audit_each, quiet, host;
	struct bemu_cli_file vmlinux; /* of the running kernel, for --host */
	uint32_t release; /* of the running kernel: enum bemu_kernel */
	const char *target; /* whose inputs the files are; NULL: scenarios */
};

enum { OPT_TRACE = 256, OPT_PRINT, OPT_NO_QUIRKS, OPT_AUDIT_EACH, OPT_HOST, OPT_TARGET };

static const struct option options[] = {
	{ "trace", no_argument, NULL, OPT_TRACE },
	{ "print", no_argument, NULL, OPT_PRINT },
	{ "no-quirks", no_argument, NULL, OPT_NO_QUIRKS },
	{ "audit-each", no_argument, NULL, OPT_AUDIT_EACH },
	{ "host", no_argument, NULL, OPT_HOST },
	{ "target", required_argument, NULL, OPT_TARGET },
	{ "quiet", no_argument, NULL, 'q' },
	{ 0 },
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
		case OPT_AUDIT_EACH:
			args->audit_each = true;
			break;
		case OPT_HOST:
			args->host = true;
			break;
		case OPT_TARGET:
			args->target = NULL;
			opt = bemu_cli_target("replay", optarg, &args->target);
			if (opt)
				return opt;
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

int bemu_cli_scn_file(void *ctx, const char *name, const void **data, size_t *len)
{
	const struct bemu_cli_source *source = ctx;
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

int bemu_cli_scn_mistake(const struct bemu_cli_source *source, const struct bemu_scn_where *where,
			 int err)
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

static int run_one(const struct args *args, struct bemu_cli_source *source,
		   const struct bemu_scn *scn, const struct bemu_scn_kernel *kernel,
		   struct bemu_buf *out)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts),
				      .no_quirks = args->no_quirks,
				      .audit_each = args->audit_each,
				      .read_file = bemu_cli_scn_file,
				      .ctx = source,
				      .kernel = kernel };
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
		code = bemu_cli_scn_mistake(source, &where, err);
	} else if (res.skipped) {
		if (!args->quiet)
			bemu_buf_printf(out,
					BEMU_CLI_YELLOW "skipped" BEMU_CLI_PLAIN "  %.*s: %s\n",
					(int)len, title, res.skipped);
		code = SKIPPED;
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

/* In a process of its own, whose numbers begin at 3 and which does not live long. */
static int run_on_host(const struct args *args, struct bemu_cli_source *source,
		       const struct bemu_scn *scn)
{
	char name[64], prefix[96];
	struct bemu_scn_kernel kernel = {
		.size = sizeof(kernel),
		.release = args->release,
		.vmlinux = args->vmlinux.data,
		.vmlinux_len = args->vmlinux.len,
		.prefix = prefix,
		.bpf = bemu_host_bpf,
		.close = bemu_host_close,
		.dupfd = bemu_host_dupfd,
		.dup2 = bemu_host_dup2,
		.open_other = bemu_host_open_other,
		.cloexec = bemu_host_cloexec,
		.kind = bemu_host_kind,
		.unlink = bemu_host_unlink,
		.drain = bemu_host_drain,
	};
	struct bemu_buf out;
	int status, code;
	pid_t pid;

	(void)snprintf(name, sizeof(name), "bemu%ld_", (long)getpid());
	(void)snprintf(prefix, sizeof(prefix), "/sys/fs/bpf/%s", name);
	(void)fflush(stdout);
	pid = fork();
	if (pid < 0)
		return bemu_cli_fault(source->path, -errno, NULL);
	if (!pid) {
		(void)alarm(HOST_SECONDS);
		bemu_host_close_from(FIRST_FD);
		bemu_buf_init(&out, source->env);
		code = run_one(args, source, scn, &kernel, &out);
		status = bemu_cli_write(&out, stdout);
		_exit(status ? status : code);
	}
	if (waitpid(pid, &status, 0) != pid)
		return bemu_cli_fault(source->path, -errno, NULL);
	bemu_host_unlink_all(name);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	bemu_cli_error("%s: ended by signal %d", source->path, WTERMSIG(status));
	return BEMU_CLI_FAULT;
}

/* The scenario of a file: its text, or what its bytes tell a fuzz target to do. */
static int read_scenario(const struct args *args, struct bemu_cli_source *source,
			 struct bemu_scn **out)
{
	struct bemu_scn_where where = { 0 };
	struct bemu_cli_file file;
	struct bemu_buf text;
	int code = bemu_cli_read(source->env, source->path, &file), err = 0;

	if (code)
		return code;
	bemu_buf_init(&text, source->env);
	if (args->target)
		err = bemu_scn_decode(source->env, args->target, file.data, file.len, &text);
	if (err)
		code = bemu_cli_fault(source->path, err, &source->env->log);
	else
		err = args->target ? bemu_scn_parse(source->env, bemu_buf_str(&text), text.len,
						    &where, out)
				   : bemu_scn_parse(source->env, file.data, file.len, &where, out);
	if (!code && err)
		code = bemu_cli_scn_mistake(source, &where, err);
	bemu_buf_fini(&text);
	return code;
}

static int replay(const struct args *args, const char *path, struct bemu_buf *out)
{
	struct bemu_cli_source source = { .path = path };
	struct bemu_scn *scn = NULL;
	int code;

	if (bemu_env_new(NULL, NULL, &source.env))
		return bemu_cli_fault(path, -ENOMEM, NULL);
	code = read_scenario(args, &source, &scn);
	if (!code) {
		if (args->print)
			bemu_scn_print(out, scn);
		else if (args->host)
			code = run_on_host(args, &source, scn);
		else
			code = run_one(args, &source, scn, NULL, out);
	}
	bemu_scn_free(scn);
	bemu_env_free(source.env);
	return code;
}

/* The modelled release that the running kernel is of: 6.18 of "6.18.44-x"; 0 for none. */
static uint32_t running_release(void)
{
	char text[80];
	uint32_t i;

	bemu_host_release(text, sizeof(text));
	for (i = 0; i < BEMU_NR_KERNEL_NAMES; i++) {
		const char *name = bemu_kernel_names[i];
		size_t len = name ? strlen(name) : 0;

		if (name && !strncmp(text, name, len) && text[len] == '.')
			return i;
	}
	return 0;
}

/* 0, 77 where the running kernel cannot be asked, or another exit code. */
static int open_host(struct args *args, struct bemu_env *env)
{
	int err = bemu_host_may_bpf();

	if (err) {
		bemu_cli_error("replay: bpf(2) on this machine: %s", strerror(-err));
		return SKIPPED;
	}
	args->release = running_release();
	if (!args->release) {
		bemu_cli_error("replay: the running kernel is none of 'bemu list kernels'");
		return SKIPPED;
	}
	return bemu_cli_read(env, "/sys/kernel/btf/vmlinux", &args->vmlinux);
}

/* A scenario that was skipped says nothing; all of them do. */
static int worse(int worst, int code, bool first)
{
	if (first)
		return code;
	if (code == SKIPPED || worst == SKIPPED)
		return code == SKIPPED ? worst : code;
	return code > worst ? code : worst;
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
	code = args.host && !args.print ? open_host(&args, env) : BEMU_CLI_YES;
	if (code) {
		bemu_env_free(env);
		return code;
	}
	for (i = optind; i < argc; i++)
		worst = worse(worst, replay(&args, argv[i], &out), i == optind);
	code = bemu_cli_write(&out, stdout);
	bemu_buf_fini(&out);
	bemu_env_free(env);
	return code ? code : worst;
}
