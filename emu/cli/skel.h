/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of "bemu skel", "bemu gen" and "bemu sweep" share. */
#ifndef BEMU_CLI_SKEL_H
#define BEMU_CLI_SKEL_H

#include <bemu/watch.h>

#include "audit/witness.h"
#include "base/buf.h"
#include "cli/cli.h"
#include "skel/gen.h"
#include "skel/inject.h"
#include "skel/skel.h"

/**
 * bemu_cli_generate() - the light skeleton of an object
 * @em:      the generating machine
 * @out:     given to the caller; NULL unless it was made
 * @verdict: 0, or what bpf_object__load() returns; the log of @object's env says why
 * An exit code.
 */
int bemu_cli_generate(const struct bemu_cli_object *object, struct bemu *em, uint32_t nr_cpus,
		      const struct bemu_gen_opts *gen_opts, struct bemu_gen **out, int *verdict);

/** bemu_cli_layout_option() - --layout of a generation; an exit code */
int bemu_cli_layout_option(const char *text, uint32_t *out);

/* ---- quirk.c ---- */

/** bemu_cli_quirk_option() - --quirk (@on) or --no-quirk; an exit code */
int bemu_cli_quirk_option(const char *id, bool on, struct bemu_quirks *set);
/** bemu_cli_quirks_made() - of the generator is the first that is overridden; NULL: the host's only */
const char *bemu_cli_quirks_made(const struct bemu_quirks *set);
/** bemu_cli_quirks_text() - "none", or those that are overridden: "GL-ONE, no GL-OTHER" */
void bemu_cli_quirks_text(struct bemu_buf *buf, const struct bemu_quirks *set);

/* ---- finding.c ---- */

/**
 * bemu_cli_finding_print() - the report of one that follows from no other, with what follows from it
 * @quirks: that were overridden
 */
void bemu_cli_finding_print(struct bemu_buf *buf, const struct bemu_findings *set, uint32_t idx,
			    const struct bemu_quirks *quirks, uint32_t profile);

/* ---- skel_run.c ---- */

/**
 * struct bemu_cli_skel_file - a loader, by what it is read from
 * @env:    what is read lives in it
 * @path:   a header, a blob with @insns, or an object that @gen makes a loader of
 * @fds:    with @insns: what a second map for FDs begins with, zeroes; NULL when there is none
 * @libbpf: of an object, whose generator; 0 for the default
 */
struct bemu_cli_skel_file {
	struct bemu_env *env;
	const char *path, *insns, *fds;
	uint32_t nr_maps, nr_progs;
	uint32_t libbpf;
	struct bemu_gen_opts gen;
};

/** bemu_cli_skel_finished() - a loader that is made already takes no options of @gen: an exit code */
int bemu_cli_skel_finished(const struct bemu_cli_skel_file *file);

/** bemu_cli_skel_read() - @em: the generating machine, NULL takes no objects. An exit code. */
int bemu_cli_skel_read(const struct bemu_cli_skel_file *file, struct bemu *em,
		       struct bemu_skel **out);

/**
 * struct bemu_cli_skel_run - one run and what is to be told of it; first come what it is given
 * @lowest_fd: numbers below it are open on something else
 * @fail_nr:   the call that fails, from 1; 0 for none
 * @ask_why:   when the kernel refuses a load, @why is the last line of its log
 * @trap:      the loader did what no verifier lets pass, which ended the run; NULL when it did not
 */
struct bemu_cli_skel_run {
	struct bemu_env *env;
	const struct bemu_cli_world *world;
	const struct bemu_skel *skel;
	uint32_t libbpf, lowest_fd, fail_nr;
	struct bemu_quirks quirks; /* of the host side */
	const struct bemu_tamper *tamper; /* what the host side does to the blob; NULL: nothing */
	uint32_t nr_overrides;
	const struct bemu_skel_override *overrides;
	bool ask_why;
	bool unnamed; /* @skel knows its programs by number only */

	struct bemu_skel_mem mem;
	struct bemu_task *task;
	struct bemu_witness *witness;
	struct bemu_cli_calls *calls;
	struct bemu_inject inject;
	struct bemu_skel_result res;
	struct bemu_buf why;
	const char *trap;
};

/** bemu_cli_skel_run() - 0, also with a @trap, or a fault of ours; bemu_cli_skel_run_end() follows in any case */
int bemu_cli_skel_run(struct bemu_cli_skel_run *run) BEMU_MUST_CHECK;
void bemu_cli_skel_run_end(struct bemu_cli_skel_run *run);
/**
 * bemu_cli_skel_unsigned() - run it again with every map's size and contents set in the context, which no
 * signature covers: what decides differently is a finding of the first run. 0 or a fault of ours.
 */
int bemu_cli_skel_unsigned(struct bemu_cli_skel_run *run) BEMU_MUST_CHECK;
/** bemu_cli_skel_log() - where a fault left its reason */
const struct bemu_log *bemu_cli_skel_log(const struct bemu_cli_skel_run *run);

/* ---- skel_records.c ---- */

/** bemu_cli_skel_records() - the run as JSON lines; 0 or -ENOMEM */
int bemu_cli_skel_records(struct bemu_buf *buf, const struct bemu_cli_skel_run *run,
			  const char *object);

/* ---- skel_calls.c ---- */

/** struct bemu_cli_calls - every call in the order of its beginning; texts are formed at its end */
struct bemu_cli_calls;

/** bemu_cli_calls_new() - @next is told of everything as well, first; borrowed */
int bemu_cli_calls_new(struct bemu_env *env, const struct bemu_watch *next,
		       struct bemu_cli_calls **out) BEMU_MUST_CHECK;
void bemu_cli_calls_free(struct bemu_cli_calls *calls);
const struct bemu_watch *bemu_cli_calls_watch(struct bemu_cli_calls *calls);
/** bemu_cli_calls_load_refused() - the newest call that failed loads a program or a BTF */
bool bemu_cli_calls_load_refused(const struct bemu_cli_calls *calls);
void bemu_cli_calls_print(struct bemu_buf *buf, const struct bemu_cli_calls *calls);

#endif
