/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu gen-scenario: a scenario made by chance, for comparing the model with a running kernel. */
#include "scenario/generate.h"
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>

enum { OPT_SEED = 256, OPT_STEPS };

static const struct option options[] = {
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "steps", required_argument, NULL, OPT_STEPS },
	{ 0 },
};

static int parse_number(const char *option, long max, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(optarg, &end, 10);
	if (errno || *end || end == optarg || *out < 0 || *out > max)
		return bemu_cli_usage("--%s %s: not a number from 0 to %ld", option, optarg, max);
	return BEMU_CLI_YES;
}

static int generate(long seed, long steps)
{
	struct bemu_env *env;
	struct bemu_buf out;
	int err, code;

	if (bemu_env_new(NULL, NULL, &env))
		return bemu_cli_fault("gen-scenario", -ENOMEM, NULL);
	bemu_buf_init(&out, env);
	err = bemu_scn_generate(env, (uint64_t)seed, (uint32_t)steps, &out);
	code = err ? bemu_cli_fault("gen-scenario", err, &env->log) : bemu_cli_write(&out, stdout);
	bemu_buf_fini(&out);
	bemu_env_free(env);
	return code;
}

int bemu_cli_gen_scenario(int argc, char **argv)
{
	long seed = 0, steps = 200;
	int opt, code = BEMU_CLI_YES;

	opterr = 0;
	optind = 1;
	while (!code && (opt = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (opt == OPT_SEED)
			code = parse_number("seed", LONG_MAX, &seed);
		else if (opt == OPT_STEPS)
			code = parse_number("steps", BEMU_SCN_MAX_GENERATED, &steps);
		else
			code = bemu_cli_option_error("gen-scenario", opt, argv);
	}
	if (code)
		return code;
	if (optind != argc || !steps)
		return bemu_cli_usage("gen-scenario: --seed N --steps N");
	return generate(seed, steps);
}
