/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu skel FILE: runs a light skeleton's loader and says what it did with every FD. */
#include "skel/skel.h"
#include "audit/witness.h"
#include "cli/cli.h"
#include "cli/skel.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

enum { LOG_LEN = 1 << 20 };

struct args {
	struct bemu_env *env;
	const char *path, *blob, *insns;
	struct bemu_cli_target target;
	uint32_t libbpf, nr_maps, nr_progs;
	bool quiet;
};

enum { MAX_SLOTS = 4000 };

enum { OPT_LIBBPF = BEMU_CLI_OPT_OWN, OPT_BLOB, OPT_INSNS, OPT_MAPS, OPT_PROGS };

static const struct option options[] = {
	{ "vmlinux", required_argument, NULL, BEMU_CLI_OPT_VMLINUX },
	{ "module", required_argument, NULL, BEMU_CLI_OPT_MODULE },
	{ "btf-dir", required_argument, NULL, BEMU_CLI_OPT_BTF_DIR },
	{ "kernel", required_argument, NULL, BEMU_CLI_OPT_KERNEL },
	{ "kallsyms", required_argument, NULL, BEMU_CLI_OPT_KALLSYMS },
	{ "libbpf", required_argument, NULL, OPT_LIBBPF },
	{ "blob", required_argument, NULL, OPT_BLOB },
	{ "insns", required_argument, NULL, OPT_INSNS },
	{ "maps", required_argument, NULL, OPT_MAPS },
	{ "progs", required_argument, NULL, OPT_PROGS },
	{ "quiet", no_argument, NULL, 'q' },
	{ 0 },
};

/** struct skel_run - one run and what is to be told of it */
struct skel_run {
	const struct args *args;
	struct bemu_cli_world world;
	struct bemu_env *env;
	struct bemu_skel *skel;
	struct bemu_skel_mem mem;
	struct bemu_task *task;
	struct bemu_witness *witness;
	struct bemu_cli_calls *calls;
	struct bemu_skel_result res;
	struct bemu_buf why; /* the kernel's last words on a load that it refused */
};

static int one_option(struct args *args, int opt)
{
	switch (opt) {
	case OPT_LIBBPF:
		return bemu_cli_libbpf_option(optarg, &args->libbpf);
	case OPT_BLOB:
		args->blob = optarg;
		return BEMU_CLI_YES;
	case OPT_INSNS:
		args->insns = optarg;
		return BEMU_CLI_YES;
	case OPT_MAPS:
		return bemu_cli_number_option("maps", optarg, 0, MAX_SLOTS, &args->nr_maps);
	case OPT_PROGS:
		return bemu_cli_number_option("progs", optarg, 0, MAX_SLOTS, &args->nr_progs);
	case 'q':
		args->quiet = true;
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
	while ((opt = getopt_long(argc, argv, ":q", options, NULL)) != -1) {
		if (opt == '?' || opt == ':')
			return bemu_cli_option_error("skel", opt, argv);
		code = one_option(args, opt);
		if (code)
			return code;
	}
	args->path = argv[optind] ? argv[optind] : args->blob;
	if (!args->blob != !args->insns)
		return bemu_cli_usage("skel: --blob and --insns go together");
	if (argc - optind != (args->blob ? 0 : 1))
		return bemu_cli_usage("skel: one header, or --blob and --insns");
	if ((args->nr_maps || args->nr_progs) && !args->blob)
		return bemu_cli_usage(
			"skel: a header says itself how many maps and programs it has");
	return bemu_cli_target_check("skel", &args->target);
}

/* 0 with run->skel, or an exit code after an error line. */
static int read_skel(struct skel_run *run)
{
	const struct args *args = run->args;
	struct bemu_cli_file a, b;
	struct bemu_buf why;
	int code, err;

	code = bemu_cli_read(run->env, args->path, &a);
	if (!code && args->blob)
		code = bemu_cli_read(run->env, args->insns, &b);
	if (code)
		return code;
	err = args->blob ? bemu_skel_read_raw(run->env, a.data, a.len, b.data, b.len, args->nr_maps,
					      args->nr_progs, &run->skel)
			 : bemu_skel_read_header(run->env, a.data, a.len, &run->skel);
	if (!err)
		return BEMU_CLI_YES;
	if (run->env->fault)
		return bemu_cli_fault(args->path, run->env->fault, &run->env->log);
	bemu_buf_init(&why, run->env);
	bemu_cli_log_line(&why, &run->env->log);
	bemu_cli_error("%s: no light skeleton: %s", args->path, bemu_buf_str(&why));
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
}

/* Asked of the emulated kernel as any process may. */
static int btf_name(void *ctx, int fd, char *buf, size_t len)
{
	struct skel_run *run = ctx;
	struct bpf_btf_info info = { .name = (uint64_t)(uintptr_t)buf, .name_len = (uint32_t)len };
	uint32_t nr = run->mem.nr;
	union bpf_attr attr;
	long kret;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uint64_t)(uintptr_t)&info;
	err = bemu_skel_mem_add(&run->mem, &attr, sizeof(attr));
	if (!err)
		err = bemu_skel_mem_add(&run->mem, &info, sizeof(info));
	if (!err)
		err = bemu_skel_mem_add(&run->mem, buf, len);
	if (!err)
		err = bemu_sys_bpf(run->task, BPF_OBJ_GET_INFO_BY_FD, (uint64_t)(uintptr_t)&attr,
				   sizeof(attr), &kret);
	bemu_skel_mem_cut(&run->mem, nr);
	return err ? err : (int)kret;
}

static const char *result_name(void *ctx, uint32_t off)
{
	const struct skel_run *run = ctx;

	return bemu_skel_result_name(run->skel, off);
}

/*
 * The loader asks for no log, and asking would change its calls: it runs once more for the log alone, in
 * a process of its own that nobody watches.
 */
static int ask_why(struct skel_run *run)
{
	struct bemu_task_opts task_opts = {
		.size = sizeof(task_opts),
		.nr_std = BEMU_TASK_STD,
		.mem = &run->mem.ops,
	};
	struct bemu_skel_run_opts opts = {
		.size = sizeof(opts),
		.libbpf = run->args->libbpf,
		.mem = &run->mem,
		.log_level = 1,
		.log_buf = bemu_zalloc(run->env, LOG_LEN),
		.log_size = LOG_LEN,
	};
	struct bemu_skel_result res = { 0 };
	struct bemu_task *task = NULL;
	struct bemu_backend be;
	int err;

	err = opts.log_buf ? bemu_task_new(run->world.em, &task_opts, &task) : -ENOMEM;
	if (!err) {
		bemu_backend_sys(task, &be);
		err = bemu_skel_run(run->skel, &be, &opts, &res);
	}
	if (!err && res.err == run->res.err)
		bemu_cli_last_line(&run->why, opts.log_buf);
	bemu_task_exit(task);
	bemu_mem_free(run->env, res.ctx);
	bemu_mem_free(run->env, opts.log_buf);
	return err;
}

static int run_skel(struct skel_run *run)
{
	struct bemu_task_opts task_opts = {
		.size = sizeof(task_opts),
		.nr_std = BEMU_TASK_STD,
		.mem = &run->mem.ops,
	};
	struct bemu_skel_run_opts opts = {
		.size = sizeof(opts),
		.libbpf = run->args->libbpf,
		.mem = &run->mem,
	};
	struct bemu_witness_opts wopts = {
		.size = sizeof(wopts),
		.btf_name = btf_name,
		.result = result_name,
		.ctx = run,
	};
	struct bemu_backend be;
	int err;

	bemu_skel_mem_init(&run->mem, run->env);
	bemu_buf_init(&run->why, run->env);
	err = bemu_task_new(run->world.em, &task_opts, &run->task);
	if (!err)
		err = bemu_witness_new(run->env, &wopts, &run->witness);
	if (!err)
		err = bemu_cli_calls_new(run->env, bemu_witness_watch(run->witness), &run->calls);
	if (err)
		return err;
	bemu_task_watch(run->task, bemu_cli_calls_watch(run->calls));
	bemu_backend_sys(run->task, &be);
	err = bemu_skel_run(run->skel, &be, &opts, &run->res);
	bemu_task_watch(run->task, NULL);
	if (!err)
		err = bemu_witness_end(run->witness);
	if (!err && run->res.err && bemu_cli_calls_load_refused(run->calls))
		err = ask_why(run);
	return err ? err : run->why.err;
}

static void print_head(struct bemu_buf *buf, const struct skel_run *run)
{
	const struct bemu_cli_kernel *kernel = run->world.kernel;

	bemu_buf_printf(buf, "%s on %s (vmlinux", bemu_cli_base_name(run->args->path),
			kernel->name);
	if (kernel->nr_modules)
		bemu_buf_printf(buf, " + %u module%s", kernel->nr_modules,
				kernel->nr_modules == 1 ? "" : "s");
	bemu_buf_printf(buf, "), host side as libbpf %s, rules of Linux %s%s\n",
			bemu_cli_libbpf(bemu_skel_libbpf(run->skel, run->args->libbpf)),
			bemu_cli_kernel_short(run->world.profile), run->world.profile_from);
	bemu_buf_printf(buf,
			"loader    %u instructions, blob of %u bytes, %u map%s, %u program%s\n",
			run->skel->nr_insns, run->skel->data_len, run->skel->nr_maps,
			run->skel->nr_maps == 1 ? "" : "s", run->skel->nr_progs,
			run->skel->nr_progs == 1 ? "" : "s");
}

static void print_result(struct bemu_buf *buf, const struct skel_run *run, const char *kind,
			 const char *name, uint32_t off)
{
	const struct bemu_ledger *ledger = bemu_witness_ledger(run->witness);
	int fd = bemu_skel_fd(run->res.ctx, off);
	const struct bemu_fd_life *life =
		bemu_ledger_life(ledger, bemu_ledger_open_life(ledger, fd));

	if (!fd)
		bemu_buf_printf(buf, "  %-4s  %-20s -\n", kind, name);
	else
		bemu_buf_printf(buf, "  %-4s  %-20s fd %-3d  %s\n", kind, name, fd,
				life ? life->what : "not open");
}

static void print_results(struct bemu_buf *buf, const struct skel_run *run)
{
	const struct bemu_ledger *ledger = bemu_witness_ledger(run->witness);
	uint32_t nr = bemu_ledger_nr_lives(ledger), i, open = 0, handed = 0;
	const char *sep = "; left open: ";

	if (run->res.err)
		bemu_buf_printf(buf, "returns   " BEMU_CLI_RED "%s" BEMU_CLI_PLAIN ": %s\n",
				bemu_cli_errno(run->res.err), run->res.what);
	else
		bemu_buf_printf(buf, "returns   0\n");
	if (run->why.len)
		bemu_buf_printf(buf, "kernel    %s\n", bemu_buf_str(&run->why));
	for (i = 0; i < run->skel->nr_maps; i++)
		print_result(buf, run, "map", run->skel->maps[i].name,
			     bemu_skel_map_off(run->skel, i));
	for (i = 0; i < run->skel->nr_progs; i++)
		print_result(buf, run, "prog", run->skel->progs[i],
			     bemu_skel_prog_off(run->skel, i));
	for (i = 1; i <= nr; i++) {
		const struct bemu_fd_life *life = bemu_ledger_life(ledger, i);

		open += !life->closed;
		handed += !life->closed && life->handed;
	}
	bemu_buf_printf(buf, "FDs       opened %u, closed %u, returned %u", nr, nr - open, handed);
	for (i = 1; i <= nr; i++) {
		const struct bemu_fd_life *life = bemu_ledger_life(ledger, i);

		if (life->closed || life->handed)
			continue;
		bemu_buf_printf(buf, "%s%d (%s)", sep, life->fd, life->what);
		sep = ", ";
	}
	bemu_buf_printf(buf, "\n");
}

static void print_finding(struct bemu_buf *buf, const struct skel_run *run, uint32_t idx)
{
	const struct bemu_findings *set = bemu_witness_findings(run->witness);
	const struct bemu_finding *f = &set->arr[idx];
	uint32_t i;

	bemu_buf_printf(buf, "==bemu== FINDING " BEMU_CLI_RED "%s" BEMU_CLI_PLAIN ": %s\n",
			bemu_finding_name(f->id), f->summary);
	for (i = 0; i < f->nr_lines; i++)
		bemu_buf_printf(buf, "  %s\n", f->lines[i]);
	for (i = 0; i < set->nr; i++)
		if (set->arr[i].root == (int32_t)idx)
			bemu_buf_printf(buf, "  then    %s at %u: %s\n",
					bemu_finding_name(set->arr[i].id), set->arr[i].step,
					set->arr[i].summary);
	bemu_buf_printf(buf, "  judged by  system-call ledger; quirks: none; rules of Linux %s\n",
			bemu_cli_kernel_short(run->world.profile));
}

static void print_all(struct bemu_buf *buf, const struct skel_run *run)
{
	const struct bemu_findings *set = bemu_witness_findings(run->witness);
	uint32_t i, roots = bemu_findings_roots(set);

	print_head(buf, run);
	if (!run->args->quiet)
		bemu_cli_calls_print(buf, run->calls);
	print_results(buf, run);
	for (i = 0; i < set->nr; i++)
		if (set->arr[i].root < 0)
			print_finding(buf, run, i);
	bemu_buf_printf(buf, "findings  %u\n", roots);
	bemu_buf_printf(buf, "not checked: the verifier beyond relocation, attaching, running\n");
	if (run->res.err)
		bemu_buf_printf(buf, "answer: " BEMU_CLI_RED "NO" BEMU_CLI_PLAIN
				     ", the loader failed\n");
	else if (roots)
		bemu_buf_printf(buf, "answer: " BEMU_CLI_RED "NO" BEMU_CLI_PLAIN
				     ", the loader ran to its end and left things wrong\n");
	else
		bemu_buf_printf(buf,
				"answer: " BEMU_CLI_GREEN "yes" BEMU_CLI_PLAIN
				", the loader runs as on %s: the verifier was not run, the "
				"kernel may still refuse it\n",
				bemu_cli_kernel_short(run->world.profile));
}

static int report(struct skel_run *run)
{
	struct bemu_buf buf;
	int code;

	bemu_buf_init(&buf, run->env);
	print_all(&buf, run);
	code = bemu_cli_write(&buf, stdout);
	bemu_buf_fini(&buf);
	if (code)
		return code;
	return run->res.err || bemu_witness_findings(run->witness)->nr ? BEMU_CLI_NO : BEMU_CLI_YES;
}

static int run_on(struct args *args, const struct bemu_cli_kernel *kernel)
{
	struct skel_run run = { .args = args };
	int code, err;

	if (bemu_env_new(NULL, NULL, &run.env))
		return bemu_cli_fault(args->path, -ENOMEM, NULL);
	code = read_skel(&run);
	if (!code)
		code = bemu_cli_world_open(&run.world, kernel, args->target.profile);
	if (code)
		goto out;
	err = run_skel(&run);
	if (err)
		code = bemu_cli_fault(args->path, err,
				      run.env->fault || !bemu_log_count(bemu_get_log(run.world.em))
					      ? &run.env->log
					      : bemu_get_log(run.world.em));
	else
		code = report(&run);
	bemu_cli_calls_free(run.calls);
	bemu_witness_free(run.witness);
	bemu_task_exit(run.task);
	bemu_skel_mem_fini(&run.mem);
	bemu_cli_world_close(&run.world);
out:
	bemu_env_free(run.env);
	return code;
}

int bemu_cli_skel(int argc, char **argv)
{
	struct bemu_cli_kernel kernel = { 0 };
	struct args args = { 0 };
	int code;

	if (bemu_env_new(NULL, NULL, &args.env))
		return bemu_cli_fault("skel", -ENOMEM, NULL);
	code = parse_args(&args, argc, argv);
	if (!code)
		code = bemu_cli_target_kernel(args.env, "skel", &args.target, &kernel);
	if (!code)
		code = run_on(&args, &kernel);
	bemu_env_free(args.env);
	return code;
}
