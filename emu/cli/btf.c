/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu btf FILE: checks a BTF, as a library or as a kernel would; counts or dumps it. */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "sys/sys.h"

enum dump { DUMP_NONE, DUMP_RAW, DUMP_C };

enum { OPT_DUMP = 256, OPT_CHECK, OPT_KERNEL };

enum { MAX_LOG = 1 << 28 };

#define MODULE_HINT " (a module's BTF? name its vmlinux with --base)"

/* A BTF that is refused: one line with the reason. */
static int refused(struct bemu_env *env, const char *path, int err, const char *hint)
{
	struct bemu_buf why;

	if (env->fault)
		return bemu_cli_fault(path, err, &env->log);
	bemu_buf_init(&why, env);
	bemu_cli_log_line(&why, &env->log);
	bemu_cli_error("%s: %s: %s%s", path, bemu_cli_errno(err), bemu_buf_str(&why), hint);
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
}

/* Strings that begin in the middle of a name are how a split BTF looks without its base. */
static bool needs_base(const struct bemu_env *env, const struct bemu_btf *base)
{
	const struct bemu_log_record *last = bemu_log_last(&env->log);

	return !base && last && last->reason == BEMU_R_BTF_STRINGS;
}

static int parse(struct bemu_env *env, const char *path, const struct bemu_btf *base,
		 struct bemu_btf **out)
{
	struct bemu_cli_file file;
	int code, err;

	code = bemu_cli_read_btf(env, path, &file);
	if (code)
		return code;
	err = bemu_btf_parse(env, file.data, file.len, base, BEMU_BTF_PARSE_BORROW, out);
	if (!err)
		return BEMU_CLI_YES;
	return refused(env, path, err, needs_base(env, base) ? MODULE_HINT : "");
}

static void summary(struct bemu_buf *buf, const struct bemu_btf *btf, const char *path)
{
	uint32_t count[BTF_KIND_ENUM64 + 1] = { 0 }, start = bemu_btf_start_id(btf), i;
	uint32_t nr = bemu_btf_nr_types(btf);
	size_t len;

	bemu_btf_raw(btf, &len);
	bemu_buf_printf(buf, "%s: %zu bytes, %s, %u types [%u..%u], %u bytes of strings%s\n",
			bemu_cli_base_name(path), len, bemu_btf_base(btf) ? "split" : "stand-alone",
			nr - start, start, nr - 1,
			bemu_btf_end_str_off(btf) - bemu_btf_start_str_off(btf),
			bemu_btf_swapped(btf) ? ", other byte order" : "");
	for (i = start; i < nr; i++) {
		uint32_t kind = bemu_btf_kind(bemu_btf_type(btf, i));

		if (kind <= BTF_KIND_ENUM64)
			count[kind]++;
	}
	for (i = 1; i <= BTF_KIND_ENUM64; i++) {
		if (count[i])
			bemu_buf_printf(buf, "  %-10s %8u\n", bemu_btf_kind_name(i), count[i]);
	}
	bemu_buf_printf(buf,
			"well-formed: bounds, names and references hold; the kernel's own rules "
			"were not applied\n");
}

static int show(struct bemu_env *env, const char *path, const char *base_path, enum dump dump)
{
	struct bemu_btf *base = NULL, *btf = NULL;
	struct bemu_buf buf;
	int code = BEMU_CLI_YES, err = 0;

	bemu_buf_init(&buf, env);
	if (base_path)
		code = parse(env, base_path, NULL, &base);
	if (!code)
		code = parse(env, path, base, &btf);
	if (code)
		goto out;
	switch (dump) {
	case DUMP_NONE:
		summary(&buf, btf, path);
		break;
	case DUMP_RAW:
		bemu_btf_dump_raw(&buf, btf);
		break;
	case DUMP_C:
		err = bemu_btf_dump_c(&buf, btf);
		break;
	}
	code = err ? refused(env, path, err, "") : bemu_cli_write(&buf, stdout);
out:
	bemu_buf_fini(&buf);
	bemu_btf_put(btf);
	bemu_btf_put(base);
	return code;
}

/*
 * The verdict of a kernel, and its log. A BTF over a base is one of its modules, which the kernel checks
 * less: by itself only, and with a log of errors alone.
 */
static int check_in(struct bemu *em, const char *path, const char *base_path, uint32_t kernel)
{
	struct bemu_klog log = { .level = 1, .ubuf = 1, .size = MAX_LOG };
	struct bemu_cli_file file, base_file;
	const struct bemu_btf *base = NULL;
	struct bemu_buf buf;
	int code, err;

	code = bemu_cli_read_btf(em->env, path, &file);
	if (!code && base_path)
		code = bemu_cli_read_btf(em->env, base_path, &base_file);
	if (code)
		return code;
	if (file.len > UINT32_MAX)
		return bemu_cli_usage("btf: %s is too large", path);
	if (base_path) {
		err = bemu_set_vmlinux(em, base_file.data, base_file.len, BEMU_BTF_BORROW);
		if (err)
			return bemu_cli_fault(base_path, err, bemu_get_log(em));
		base = em->model.vmlinux->btf;
	}
	bemu_buf_init(&buf, em->env);
	bemu_buf_init(&log.buf, em->env);
	bemu_env_budget(em->env);
	err = bemu_kbtf_check(&em->model, em->env, &log, file.data, (uint32_t)file.len, base,
			      base ? BEMU_KBTF_KERNEL : 0);
	if (em->env->fault) {
		code = bemu_cli_fault(path, em->env->fault, &em->env->log);
		goto out;
	}
	bemu_buf_printf(&buf, "%s: %s by Linux %s%s%s%s\n", bemu_cli_base_name(path),
			err ? "refused" : "accepted", bemu_cli_kernel_short(kernel),
			base ? " as BTF of a module" : "", err ? ", " : "",
			err ? bemu_cli_errno(err) : "");
	bemu_buf_printf(&buf, "%s", bemu_buf_str(&log.buf));
	if (log.buf.len && log.buf.data[log.buf.len - 1] != '\n')
		bemu_buf_printf(&buf, "\n");
	code = bemu_cli_write(&buf, stdout);
	if (!code && err)
		code = BEMU_CLI_NO;
out:
	bemu_buf_fini(&log.buf);
	bemu_buf_fini(&buf);
	return code;
}

static int check(const char *path, const char *base_path, uint32_t kernel)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel };
	struct bemu *em;
	int code;

	if (bemu_new(&opts, &em))
		return bemu_cli_fault("btf", -ENOMEM, NULL);
	code = check_in(em, path, base_path, kernel);
	bemu_free(em);
	return code;
}

int bemu_cli_btf(int argc, char **argv)
{
	static const struct option options[] = {
		{ "base", required_argument, NULL, 'B' },
		{ "check", no_argument, NULL, OPT_CHECK },
		{ "kernel", required_argument, NULL, OPT_KERNEL },
		{ "dump", required_argument, NULL, OPT_DUMP },
		{ 0 },
	};
	const char *base = NULL;
	enum dump dump = DUMP_NONE;
	uint32_t kernel = BEMU_KERNEL_6_18;
	bool checks = false, has_kernel = false;
	struct bemu_env *env;
	int opt, code;

	opterr = 0;
	optind = 1;
	for (;;) {
		opt = getopt_long(argc, argv, ":B:", options, NULL);
		if (opt == -1)
			break;
		switch (opt) {
		case 'B':
			base = optarg;
			break;
		case OPT_CHECK:
			checks = true;
			break;
		case OPT_KERNEL:
			code = bemu_cli_kernel_option(optarg, &kernel);
			if (code)
				return code;
			has_kernel = true;
			break;
		case OPT_DUMP:
			if (!strcmp(optarg, "raw"))
				dump = DUMP_RAW;
			else if (!strcmp(optarg, "c"))
				dump = DUMP_C;
			else
				return bemu_cli_usage("btf: --dump %s: 'raw' or 'c'", optarg);
			break;
		default:
			return bemu_cli_option_error("btf", opt, argv);
		}
	}
	if (argc - optind != 1)
		return bemu_cli_usage("btf: one file, please");
	if (checks && dump != DUMP_NONE)
		return bemu_cli_usage("btf: either --check or --dump");
	if (has_kernel && !checks)
		return bemu_cli_usage("btf: --kernel is for --check");
	if (checks)
		return check(argv[optind], base, kernel);
	if (bemu_env_new(NULL, NULL, &env))
		return bemu_cli_fault("btf", -ENOMEM, NULL);
	code = show(env, argv[optind], base, dump);
	bemu_env_free(env);
	return code;
}
