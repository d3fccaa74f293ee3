/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu skel FILE: runs a light skeleton's loader and says what it did with every FD. */
#include "skel/skel.h"
#include "audit/witness.h"
#include "cli/cli.h"
#include "cli/skel.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

enum { MAX_OVERRIDES = 64 };

struct args {
	struct bemu_env *env;
	const char *path, *blob, *insns, *fds;
	struct bemu_cli_target target;
	uint32_t libbpf, nr_maps, nr_progs;
	struct bemu_gen_opts gen; /* of an object */
	bool is_signed, json;
	uint32_t nr_texts;
	struct {
		const char *text; /* MAP=VALUE */
		bool init;
	} texts[MAX_OVERRIDES];
	bool quiet;
};

enum { MAX_SLOTS = 4000 };

enum {
	OPT_LIBBPF = BEMU_CLI_OPT_OWN,
	OPT_BLOB,
	OPT_INSNS,
	OPT_FDS,
	OPT_MAPS,
	OPT_PROGS,
	OPT_HASH,
	OPT_QUIRK,
	OPT_NO_QUIRK,
	OPT_SIGNED,
	OPT_MAX_ENTRIES,
	OPT_INIT,
	OPT_JSON,
};

static const struct option options[] = {
	{ "vmlinux", required_argument, NULL, BEMU_CLI_OPT_VMLINUX },
	{ "module", required_argument, NULL, BEMU_CLI_OPT_MODULE },
	{ "btf-dir", required_argument, NULL, BEMU_CLI_OPT_BTF_DIR },
	{ "kernel", required_argument, NULL, BEMU_CLI_OPT_KERNEL },
	{ "kconfig", required_argument, NULL, BEMU_CLI_OPT_KCONFIG },
	{ "kallsyms", required_argument, NULL, BEMU_CLI_OPT_KALLSYMS },
	{ "libbpf", required_argument, NULL, OPT_LIBBPF },
	{ "blob", required_argument, NULL, OPT_BLOB },
	{ "insns", required_argument, NULL, OPT_INSNS },
	{ "fds", required_argument, NULL, OPT_FDS },
	{ "maps", required_argument, NULL, OPT_MAPS },
	{ "progs", required_argument, NULL, OPT_PROGS },
	{ "hash", no_argument, NULL, OPT_HASH },
	{ "quirk", required_argument, NULL, OPT_QUIRK },
	{ "no-quirk", required_argument, NULL, OPT_NO_QUIRK },
	{ "signed", no_argument, NULL, OPT_SIGNED },
	{ "max-entries", required_argument, NULL, OPT_MAX_ENTRIES },
	{ "init", required_argument, NULL, OPT_INIT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "quiet", no_argument, NULL, 'q' },
	{ 0 },
};

/** struct told - what is printed: @run, and where it comes from */
struct told {
	const struct args *args;
	struct bemu_cli_world world;
	struct bemu_cli_skel_run run;
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
	case OPT_FDS:
		args->fds = optarg;
		return BEMU_CLI_YES;
	case OPT_MAPS:
		return bemu_cli_number_option("maps", optarg, 0, MAX_SLOTS, &args->nr_maps);
	case OPT_PROGS:
		return bemu_cli_number_option("progs", optarg, 0, MAX_SLOTS, &args->nr_progs);
	case OPT_HASH:
		args->gen.gen_hash = true;
		return BEMU_CLI_YES;
	case OPT_JSON:
		args->json = true;
		return BEMU_CLI_YES;
	case OPT_SIGNED:
		args->is_signed = true;
		return BEMU_CLI_YES;
	case OPT_MAX_ENTRIES:
	case OPT_INIT:
		if (args->nr_texts == MAX_OVERRIDES || !strchr(optarg, '='))
			return bemu_cli_usage("--%s %s: not MAP=%s, or more than %d of them",
					      opt == OPT_INIT ? "init" : "max-entries", optarg,
					      opt == OPT_INIT ? "FILE" : "N", MAX_OVERRIDES);
		args->texts[args->nr_texts].text = optarg;
		args->texts[args->nr_texts++].init = opt == OPT_INIT;
		return BEMU_CLI_YES;
	case OPT_QUIRK:
	case OPT_NO_QUIRK:
		return bemu_cli_quirk_option(optarg, opt == OPT_QUIRK, &args->gen.quirks);
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
	if (args->fds && !args->blob)
		return bemu_cli_usage("skel: --fds goes with --blob and --insns");
	if ((args->nr_maps || args->nr_progs) && !args->blob)
		return bemu_cli_usage(
			"skel: a header says itself how many maps and programs it has");
	return bemu_cli_target_check("skel", &args->target);
}

static void print_head(struct bemu_buf *buf, const struct told *t)
{
	const struct bemu_cli_kernel *kernel = t->world.kernel;

	bemu_buf_printf(buf, "%s on %s (vmlinux", bemu_cli_base_name(t->args->path), kernel->name);
	if (kernel->nr_modules)
		bemu_buf_printf(buf, " + %u module%s", kernel->nr_modules,
				kernel->nr_modules == 1 ? "" : "s");
	bemu_buf_printf(buf, "), host side as libbpf %s, rules of Linux %s%s\n",
			bemu_cli_libbpf(bemu_skel_libbpf(t->run.skel, t->args->libbpf)),
			bemu_cli_kernel_short(t->world.profile), t->world.profile_from);
	bemu_buf_printf(buf,
			"loader    %u instructions, blob of %u bytes, %u map%s, %u program%s\n",
			t->run.skel->nr_insns, t->run.skel->data_len, t->run.skel->nr_maps,
			t->run.skel->nr_maps == 1 ? "" : "s", t->run.skel->nr_progs,
			t->run.skel->nr_progs == 1 ? "" : "s");
}

static void print_result(struct bemu_buf *buf, const struct told *t, const char *kind,
			 const char *name, uint32_t off)
{
	const struct bemu_ledger *ledger = bemu_witness_ledger(t->run.witness);
	int fd = bemu_skel_fd(t->run.res.ctx, off);
	const struct bemu_fd_life *life =
		bemu_ledger_life(ledger, bemu_ledger_open_life(ledger, fd));

	if (!fd)
		bemu_buf_printf(buf, "  %-4s  %-20s -\n", kind, name);
	else
		bemu_buf_printf(buf, "  %-4s  %-20s fd %-3d  %s\n", kind, name, fd,
				life ? life->what : "not open");
}

static void print_results(struct bemu_buf *buf, const struct told *t)
{
	const struct bemu_ledger *ledger = bemu_witness_ledger(t->run.witness);
	uint32_t nr = bemu_ledger_nr_lives(ledger), i, open = 0, handed = 0;
	const char *sep = "; left open: ";

	if (t->run.res.err)
		bemu_buf_printf(buf, "returns   " BEMU_CLI_RED "%s" BEMU_CLI_PLAIN ": %s\n",
				bemu_cli_errno(t->run.res.err), t->run.res.what);
	else
		bemu_buf_printf(buf, "returns   0\n");
	if (t->run.why.len)
		bemu_buf_printf(buf, "kernel    %s\n", bemu_buf_str(&t->run.why));
	for (i = 0; i < t->run.skel->nr_maps; i++)
		print_result(buf, t, "map", t->run.skel->maps[i].name,
			     bemu_skel_map_off(t->run.skel, i));
	for (i = 0; i < t->run.skel->nr_progs; i++)
		print_result(buf, t, "prog", t->run.skel->progs[i],
			     bemu_skel_prog_off(t->run.skel, i));
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

static void print_all(struct bemu_buf *buf, const struct told *t)
{
	const struct bemu_findings *set = bemu_witness_findings(t->run.witness);
	uint32_t i, roots = bemu_findings_roots(set);

	print_head(buf, t);
	if (!t->args->quiet)
		bemu_cli_calls_print(buf, t->run.calls);
	if (t->run.trap) {
		bemu_buf_printf(buf, "answer: " BEMU_CLI_RED "NO" BEMU_CLI_PLAIN ", %s\n",
				t->run.trap);
		return;
	}
	print_results(buf, t);
	for (i = 0; i < set->nr; i++)
		if (set->arr[i].root < 0)
			bemu_cli_finding_print(buf, set, i, &t->run.quirks, t->world.profile);
	bemu_buf_printf(buf, "findings  %u\n", roots);
	bemu_buf_printf(buf, "not checked: the verifier beyond relocation, attaching, running\n");
	if (t->run.res.err)
		bemu_buf_printf(buf,
				"answer: " BEMU_CLI_RED "NO" BEMU_CLI_PLAIN
				", the loader failed with %s\n",
				bemu_cli_errno(t->run.res.err));
	else if (roots)
		bemu_buf_printf(buf, "answer: " BEMU_CLI_RED "NO" BEMU_CLI_PLAIN
				     ", the loader ran to its end and left things wrong\n");
	else
		bemu_buf_printf(buf,
				"answer: " BEMU_CLI_GREEN "yes" BEMU_CLI_PLAIN
				", the loader runs as on %s: the verifier was not run, the "
				"kernel may still refuse it\n",
				bemu_cli_kernel_short(t->world.profile));
}

static int report(const struct told *t)
{
	struct bemu_buf buf;
	int code;

	bemu_buf_init(&buf, t->run.env);
	if (!t->args->json)
		print_all(&buf, t);
	else if (bemu_cli_skel_records(&buf, &t->run, bemu_cli_base_name(t->args->path)))
		buf.err = -ENOMEM;
	code = bemu_cli_write(&buf, stdout);
	bemu_buf_fini(&buf);
	if (code)
		return code;
	return t->run.trap || t->run.res.err || bemu_witness_findings(t->run.witness)->nr
		       ? BEMU_CLI_NO
		       : BEMU_CLI_YES;
}

/* As a user of the skeleton sets fields of it between open and load. */
static int read_override(const struct told *t, const struct bemu_skel *skel, uint32_t nr,
			 struct bemu_skel_override *out)
{
	const char *text = t->args->texts[nr].text, *eq = strchr(text, '=');
	size_t len = (size_t)(eq - text);
	struct bemu_cli_file file;
	uint32_t i;
	int code;

	for (i = 0; i < skel->nr_maps; i++)
		if (strlen(skel->maps[i].name) == len && !memcmp(skel->maps[i].name, text, len))
			break;
	if (i == skel->nr_maps)
		return bemu_cli_usage("skel: %s: no map of that name", text);
	*out = (struct bemu_skel_override){ .map_idx = i };
	if (!t->args->texts[nr].init)
		return bemu_cli_number_option("max-entries", eq + 1, 1, UINT32_MAX,
					      &out->max_entries);
	code = bemu_cli_read(t->run.env, eq + 1, &file);
	if (code)
		return code;
	out->init = file.data;
	out->init_len = (uint32_t)file.len;
	return BEMU_CLI_YES;
}

static int run_skel(struct told *t, const struct bemu_cli_skel_file *file)
{
	struct bemu_skel_override overrides[MAX_OVERRIDES];
	struct bemu_cli_skel_run *run = &t->run;
	struct bemu_skel *skel = NULL;
	int code, err;
	uint32_t i;

	code = bemu_cli_skel_read(file, t->world.em, &skel);
	for (i = 0; !code && i < t->args->nr_texts; i++)
		code = read_override(t, skel, i, &overrides[i]);
	if (code)
		return code;
	skel->is_exclusive = t->args->is_signed || t->args->gen.gen_hash;
	run->skel = skel;
	run->overrides = overrides;
	run->nr_overrides = t->args->nr_texts;
	err = bemu_cli_skel_run(run);
	if (!err && !run->trap && (t->args->is_signed || t->args->gen.gen_hash))
		err = bemu_cli_skel_unsigned(run);
	code = err ? bemu_cli_fault(file->path, err, bemu_cli_skel_log(run)) : report(t);
	bemu_cli_skel_run_end(run);
	return code;
}

static int run_on(const struct args *args, const struct bemu_cli_kernel *kernel)
{
	struct told t = { .args = args,
			  .run = { .world = &t.world,
				   .libbpf = args->libbpf,
				   .lowest_fd = BEMU_TASK_STD,
				   .quirks = args->gen.quirks,
				   .ask_why = true,
				   .unnamed = args->insns != NULL } };
	struct bemu_cli_skel_file file = {
		.path = args->path,
		.insns = args->insns,
		.fds = args->fds,
		.nr_maps = args->nr_maps,
		.nr_progs = args->nr_progs,
		.libbpf = args->libbpf,
		.gen = args->gen,
	};
	int code;

	if (bemu_env_new(NULL, NULL, &t.run.env))
		return bemu_cli_fault(args->path, -ENOMEM, NULL);
	file.env = t.run.env;
	code = bemu_cli_world_open(&t.world, kernel, args->target.profile);
	if (!code) {
		code = run_skel(&t, &file);
		bemu_cli_world_close(&t.world);
	}
	bemu_env_free(t.run.env);
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
