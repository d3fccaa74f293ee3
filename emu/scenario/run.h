/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A scenario done on the model: each step, its answer against what the text expects, and findings. */
#ifndef BEMU_SCENARIO_RUN_H
#define BEMU_SCENARIO_RUN_H

#include "audit/finding.h"
#include "scenario/scn.h"

struct bemu_skel_mem;

/**
 * struct bemu_scn_kernel - another kernel than the model's: the running one. Answers as its system calls
 * give them, >= 0 or a negative errno
 * @release: enum bemu_kernel
 * @vmlinux: its own BTF, where names of types are looked up
 * @dup2:    @flags -1 is dup2(2), else dup3(2)
 * @drain:   waits until what is freed later is freed
 * @kind:    enum bemu_kind of what is behind a number
 * @mem:     receives what calls may point to, while the scenario is run; may be NULL
 * @step:    told of each line before its calls; may be NULL
 * @prefix:  what names in bpffs begin with, in place of /sys/fs/bpf/
 */
struct bemu_scn_kernel {
	size_t size;
	void *ctx;
	uint32_t release;
	const void *vmlinux;
	size_t vmlinux_len;
	const char *prefix;
	const struct bemu_skel_mem **mem;
	void (*step)(void *ctx, const struct bemu_scn *scn, const struct bemu_scn_line *line);
	long (*bpf)(void *ctx, uint32_t cmd, void *attr, uint32_t size);
	long (*close)(void *ctx, int fd);
	long (*dupfd)(void *ctx, int fd, int min, bool cloexec);
	long (*dup2)(void *ctx, int fd, int newfd, int flags);
	long (*open_other)(void *ctx);
	long (*cloexec)(void *ctx, int fd);
	uint32_t (*kind)(void *ctx, int fd);
	long (*unlink)(void *ctx, const char *path);
	void (*drain)(void *ctx);
};

/**
 * struct bemu_scn_watch - told what a run is about
 * @unmet: line number @line of the text was answered otherwise: with @ret
 * @found: a root finding; @line: of the step that it is of, 0 when that is the last one
 */
struct bemu_scn_watch {
	void *ctx;
	void (*unmet)(void *ctx, uint32_t line, long ret);
	void (*found)(void *ctx, const struct bemu_finding *finding, uint32_t line, bool expected);
};

/**
 * struct bemu_scn_opts - all-zero means defaults
 * @size:      sizeof(struct bemu_scn_opts)
 * @no_quirks: without the quirks that the text names; the findings that they give must not come
 * @audit_each: a recount after each step, as with "audit every-step"
 * @max_memory: bytes that the emulated world may hold; 0 is 256 MiB
 * @read_file: bytes of a file that a step names; 0 or a negative errno. NULL: no step may name one
 * @ctx:       handed to it
 * @kernel:    asked in place of the model; NULL: the model
 * @record:    receives the text with the answers that came; steps need none then, and findings are not
 *             judged. Steps on one line only. May be NULL
 * @report:    receives a paragraph for everything that is not as expected; may be NULL
 * @watch:     told of what was not as expected; may be NULL
 * @trace:     receives every step with its answer and the life of every number; may be NULL
 */
struct bemu_scn_opts {
	size_t size;
	bool no_quirks, audit_each;
	size_t max_memory;
	int (*read_file)(void *ctx, const char *path, const void **data, size_t *len);
	void *ctx;
	const struct bemu_scn_kernel *kernel;
	struct bemu_buf *record;
	const struct bemu_scn_watch *watch;
	struct bemu_buf *report;
	struct bemu_buf *trace;
};

/**
 * struct bemu_scn_result - what became of it
 * @nr_unmet:      answers and findings that are not as expected
 * @nr_findings:   root findings, expected or not
 * @skipped:       the kernel that was asked for cannot do this scenario, and why; NULL otherwise
 */
struct bemu_scn_result {
	uint32_t nr_steps;
	uint32_t nr_unmet;
	uint32_t nr_findings;
	const char *skipped;
};

/**
 * bemu_scn_run() - do all steps
 * @where: receives the mistake of a step that cannot be done as it is written; may be NULL
 *
 * Return: 0 with @out, whatever was met; -EINVAL for a mistake in the text; -EOPNOTSUPP for a step that
 * the model does not know, with @where; -ENOMEM, -EDQUOT.
 */
int bemu_scn_run(struct bemu_env *env, const struct bemu_scn *scn, const struct bemu_scn_opts *opts,
		 struct bemu_scn_where *where, struct bemu_scn_result *out) BEMU_MUST_CHECK;

#endif
