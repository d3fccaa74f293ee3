/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of "bemu skel" share: the calls of a run, told by a watcher. */
#ifndef BEMU_CLI_SKEL_H
#define BEMU_CLI_SKEL_H

#include <bemu/watch.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "skel/gen.h"

/**
 * bemu_cli_generate() - the light skeleton of an object
 * @em:      the generating machine
 * @out:     given to the caller; NULL unless it was made
 * @verdict: 0, or what bpf_object__load() returns; the log of @object's env says why
 * An exit code.
 */
int bemu_cli_generate(const struct bemu_cli_object *object, struct bemu *em, uint32_t nr_cpus,
		      const struct bemu_gen_opts *gen_opts, struct bemu_gen **out, int *verdict);

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
