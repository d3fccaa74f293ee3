/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What "bemu gen" and "bemu layout" share: the options of a generation, the machine that it is done on. */
#ifndef BEMU_CLI_GEN_H
#define BEMU_CLI_GEN_H

#include "cli/cli.h"
#include "skel/gen.h"

/** struct bemu_cli_gen_args - an object and how a loader is generated from it */
struct bemu_cli_gen_args {
	struct bemu_env *env;
	const char *path, *kconfig, *kallsyms;
	uint32_t nr_cpus;
	struct bemu_gen_opts opts;
};

enum {
	BEMU_CLI_OPT_GEN_LIBBPF = BEMU_CLI_OPT_OWN,
	BEMU_CLI_OPT_GEN_HASH,
	BEMU_CLI_OPT_GEN_STABLE,
	BEMU_CLI_OPT_GEN_CPUS,
	BEMU_CLI_OPT_GEN_LAYOUT,
	BEMU_CLI_OPT_GEN_RANGE_CHECK,
	BEMU_CLI_OPT_GEN_UNALIGNED,
	BEMU_CLI_OPT_GEN_QUIRK,
	BEMU_CLI_OPT_GEN_NO_QUIRK,
	BEMU_CLI_OPT_GEN_OWN, /* where a command's own options begin */
};

/* clang-format off */
#define BEMU_CLI_GEN_OPTIONS                                                        \
	{ "libbpf", required_argument, NULL, BEMU_CLI_OPT_GEN_LIBBPF },             \
	{ "kconfig", required_argument, NULL, BEMU_CLI_OPT_KCONFIG },               \
	{ "kallsyms", required_argument, NULL, BEMU_CLI_OPT_KALLSYMS },             \
	{ "hash", no_argument, NULL, BEMU_CLI_OPT_GEN_HASH },                       \
	{ "stable-6.1", no_argument, NULL, BEMU_CLI_OPT_GEN_STABLE },               \
	{ "cpus", required_argument, NULL, BEMU_CLI_OPT_GEN_CPUS },                 \
	{ "layout", required_argument, NULL, BEMU_CLI_OPT_GEN_LAYOUT },             \
	{ "range-check", required_argument, NULL, BEMU_CLI_OPT_GEN_RANGE_CHECK },   \
	{ "unaligned", no_argument, NULL, BEMU_CLI_OPT_GEN_UNALIGNED },             \
	{ "quirk", required_argument, NULL, BEMU_CLI_OPT_GEN_QUIRK },               \
	{ "no-quirk", required_argument, NULL, BEMU_CLI_OPT_GEN_NO_QUIRK }
/* clang-format on */

/** bemu_cli_gen_option() - one of BEMU_CLI_GEN_OPTIONS; an exit code */
int bemu_cli_gen_option(struct bemu_cli_gen_args *args, int opt, const char *value);
/** bemu_cli_gen_loads_as() - the release whose opening and loading a generation replays */
uint32_t bemu_cli_gen_loads_as(uint32_t libbpf);
/** bemu_cli_gen_check() - options that do not go together; an exit code */
int bemu_cli_gen_check(const char *cmd, const struct bemu_cli_gen_args *args);

/** struct bemu_cli_gen_job - an object that was opened, a machine to generate on */
struct bemu_cli_gen_job {
	struct bemu_cli_object object;
	struct bemu *em;
};

/** bemu_cli_gen_open() - an exit code; bemu_cli_gen_close() follows in any case */
int bemu_cli_gen_open(const struct bemu_cli_gen_args *args, struct bemu_cli_gen_job *job);
void bemu_cli_gen_close(struct bemu_cli_gen_job *job);
/** bemu_cli_gen_refused() - an error line for a verdict; returns BEMU_CLI_NO */
int bemu_cli_gen_refused(const struct bemu_cli_object *object, int err);
/** bemu_cli_gen_prog() - the object's program that is the @nr-th to be generated; NULL */
const struct bemu_obj_prog *bemu_cli_gen_prog(const struct bemu_obj *obj, uint32_t nr);
/** bemu_cli_gen_header() - C text of the light skeleton; an exit code, after an error line */
int bemu_cli_gen_header(struct bemu_buf *buf, const struct bemu_cli_gen_args *args,
			const struct bemu_obj *obj, const struct bemu_gen_result *made,
			const struct bemu_blob *blob);

#endif
