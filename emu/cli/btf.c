/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu btf FILE: checks a BTF, counts or dumps it. */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

enum dump { DUMP_NONE, DUMP_RAW, DUMP_C };

enum { OPT_DUMP = 256 };

static int parse(struct bemu_env *env, const char *path, const struct bemu_btf *base,
		 struct bemu_btf **out)
{
	struct bemu_cli_file file;
	struct bemu_buf why;
	int code, err;

	code = bemu_cli_read_btf(env, path, &file);
	if (code)
		return code;
	err = bemu_btf_parse(env, file.data, file.len, base, BEMU_BTF_PARSE_BORROW, out);
	if (!err)
		return BEMU_CLI_YES;
	if (env->fault)
		return bemu_cli_fault(path, err, &env->log);
	bemu_buf_init(&why, env);
	bemu_cli_log_line(&why, &env->log);
	bemu_cli_error("%s: %s: %s", path, bemu_cli_errno(err), bemu_buf_str(&why));
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
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
	code = err ? bemu_cli_fault(path, err, &env->log) : bemu_cli_write(&buf, stdout);
out:
	bemu_buf_fini(&buf);
	bemu_btf_put(btf);
	bemu_btf_put(base);
	return code;
}

int bemu_cli_btf(int argc, char **argv)
{
	static const struct option options[] = {
		{ "base", required_argument, NULL, 'B' },
		{ "dump", required_argument, NULL, OPT_DUMP },
		{ 0 },
	};
	const char *base = NULL;
	enum dump dump = DUMP_NONE;
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
	if (bemu_env_new(NULL, NULL, &env))
		return bemu_cli_fault("btf", -ENOMEM, NULL);
	code = show(env, argv[optind], base, dump);
	bemu_env_free(env);
	return code;
}
