/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of the command share: exit codes, files, kernels, one load and its account. */
#ifndef BEMU_CLI_CLI_H
#define BEMU_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include <bemu/bemu.h>
#include <bemu/quirks.h>
#include <bemu/watch.h>

#include "audit/ledger.h"
#include "base/buf.h"
#include "base/env.h"
#include "load/load.h"
#include "load/record.h"
#include "scenario/claims.h"

enum bemu_cli_exit {
	BEMU_CLI_YES = 0,
	BEMU_CLI_NO = 1,
	BEMU_CLI_USAGE = 2,
	BEMU_CLI_FAULT = 3,
};

/* Subcommands: one file each; argv[0] is the subcommand's name; return an exit code. */
int bemu_cli_load(int argc, char **argv);
int bemu_cli_btf(int argc, char **argv);
int bemu_cli_list(int argc, char **argv);
int bemu_cli_skel(int argc, char **argv);
int bemu_cli_gen(int argc, char **argv);
int bemu_cli_layout(int argc, char **argv);
int bemu_cli_replay(int argc, char **argv);
int bemu_cli_gen_scenario(int argc, char **argv);
int bemu_cli_sweep(int argc, char **argv);
int bemu_cli_reduce(int argc, char **argv);
int bemu_cli_export(int argc, char **argv);

/* output.c: text is collected in buffers and written when nothing can fail any more. */
/* Colours are marks in a buffer, which bemu_cli_write() turns into escapes or drops. */
#define BEMU_CLI_GREEN	"\001"
#define BEMU_CLI_RED	"\002"
#define BEMU_CLI_YELLOW "\003"
#define BEMU_CLI_PLAIN	"\004"

/** bemu_cli_write() - print a buffer; control characters of foreign names become '?'. An exit code. */
int bemu_cli_write(const struct bemu_buf *buf, FILE *to);
/** bemu_cli_error() - one line on stderr: "bemu: ..."; control characters become '?' */
void bemu_cli_error(const char *fmt, ...) BEMU_PRINTF(1, 2);
/** bemu_cli_refuse() - the same, or the text alone into @line if not NULL */
void bemu_cli_refuse(struct bemu_buf *line, const char *fmt, ...) BEMU_PRINTF(2, 3);
/** bemu_cli_usage() - as bemu_cli_error() and where help is; returns BEMU_CLI_USAGE */
int bemu_cli_usage(const char *fmt, ...) BEMU_PRINTF(1, 2);
/** bemu_cli_option_error() - after getopt_long() returned '?' or ':' */
int bemu_cli_option_error(const char *cmd, int opt, char **argv);
/** bemu_cli_fault() - trouble of ours in words; returns BEMU_CLI_FAULT */
int bemu_cli_fault(const char *what, int err, const struct bemu_log *log);
/** bemu_cli_progress() - bar on a terminal when more than a second is left, drawn ten times a second at most; done == total wipes it */
struct bemu_cli_progress {
	int64_t start_ms, drawn_ms;
	bool shown;
};
void bemu_cli_progress(struct bemu_cli_progress *bar, uint32_t done, uint32_t total);

/* file.c */
struct bemu_cli_file {
	void *data;
	size_t len;
};
/** bemu_cli_read() - a whole file of bounded size; 0, or an exit code after an error line */
int bemu_cli_read(struct bemu_env *env, const char *path, struct bemu_cli_file *out);
/** bemu_cli_read_btf() - the same; of an ELF file the .BTF section */
int bemu_cli_read_btf(struct bemu_env *env, const char *path, struct bemu_cli_file *out);
/** bemu_cli_read_btf_or_say() - the same; the error line goes into @line if not NULL */
int bemu_cli_read_btf_or_say(struct bemu_env *env, const char *path, struct bemu_cli_file *out,
			     struct bemu_buf *line);
/** bemu_cli_write_file() - all or nothing: written beside @path and renamed; an exit code */
int bemu_cli_write_file(const char *path, const struct bemu_buf *buf);
/** bemu_cli_base_name() - what follows the last slash */
const char *bemu_cli_base_name(const char *path);
/** bemu_cli_log_line() - "text (REASON at 12)" of the newest failure in @log; "" without one */
void bemu_cli_log_line(struct bemu_buf *buf, const struct bemu_log *log);
/** bemu_cli_last_line() - the last line of a kernel's log that is no statistics; "" without one */
void bemu_cli_last_line(struct bemu_buf *buf, const char *log);

/** struct bemu_cli_source - a scenario's file, whose folder is where its own files are looked for */
struct bemu_cli_source {
	struct bemu_env *env;
	const char *path;
};
struct bemu_scn_where;
/** bemu_cli_scn_file() - read_file of struct bemu_scn_opts; @ctx is a struct bemu_cli_source */
int bemu_cli_scn_file(void *ctx, const char *name, const void **data, size_t *len);
/** bemu_cli_scn_mistake() - the line about a scenario that cannot be run; an exit code */
int bemu_cli_scn_mistake(const struct bemu_cli_source *source, const struct bemu_scn_where *where,
			 int err);

/* name.c: numbers to words */
const char *bemu_cli_map_type(uint32_t type);
const char *bemu_cli_prog_type(uint32_t type);
const char *bemu_cli_errno(int err);
const char *bemu_cli_stage(uint32_t stage);
const char *bemu_cli_why(uint32_t why);
const char *bemu_cli_libbpf(uint32_t libbpf);
int bemu_cli_libbpf_parse(const char *text, uint32_t *out);
/** bemu_cli_kernel_short() - "6.18" for BEMU_KERNEL_6_18; "" when unknown */
const char *bemu_cli_kernel_short(uint32_t kernel);
int bemu_cli_kernel_parse(const char *text, uint32_t *out);

/* kernel.c: a target, by the paths it is read from */
struct bemu_cli_module {
	const char *name;
	const char *path;
};

struct bemu_cli_kernel {
	const char *name;
	const char *vmlinux;
	const char *kconfig, *kallsyms; /* NULL when not given */
	uint32_t nr_modules, cap_modules;
	struct bemu_cli_module *modules;
};

struct bemu_cli_kernels {
	uint32_t nr, cap;
	struct bemu_cli_kernel *arr;
};

/* All return an exit code, after an error line. */
int bemu_cli_kernel_add_module(struct bemu_env *env, struct bemu_cli_kernel *kernel,
			       const char *name, const char *path);
/** bemu_cli_kernels_add() - @kernel is copied */
int bemu_cli_kernels_add(struct bemu_env *env, struct bemu_cli_kernels *set,
			 const struct bemu_cli_kernel *kernel);
int bemu_cli_kernels_dir(struct bemu_env *env, const char *dir, struct bemu_cli_kernels *out);
int bemu_cli_kernels_running(struct bemu_env *env, struct bemu_cli_kernels *out);

/* option.c: options that several subcommands take. All return an exit code, after an error line. */
int bemu_cli_number_option(const char *option, const char *text, uint32_t min, uint32_t max,
			   uint32_t *out);
int bemu_cli_libbpf_option(const char *text, uint32_t *out);
/** bemu_cli_target() - the fuzz target that --target of @command names, in *out; or BEMU_CLI_USAGE */
int bemu_cli_target(const char *command, const char *name, const char **out);
int bemu_cli_kernel_option(const char *text, uint32_t *out);

enum { BEMU_CLI_MAX_CPUS = 8192, BEMU_CLI_MAX_FD = 60000 };

/* A command lists those that it takes; options of its own begin at BEMU_CLI_OPT_OWN. */
enum {
	BEMU_CLI_OPT_VMLINUX = 256,
	BEMU_CLI_OPT_MODULE,
	BEMU_CLI_OPT_BTF_DIR,
	BEMU_CLI_OPT_KERNEL,
	BEMU_CLI_OPT_KCONFIG,
	BEMU_CLI_OPT_KALLSYMS,
	BEMU_CLI_OPT_OWN,
};

/** struct bemu_cli_target - the kernels that a command line names */
struct bemu_cli_target {
	const char *btf_dir;
	uint32_t profile; /* enum bemu_kernel */
	struct bemu_cli_kernel kernel; /* what --vmlinux, --module and the texts say */
};

/** bemu_cli_target_option() - takes optarg of one of the options above */
int bemu_cli_target_option(struct bemu_env *env, struct bemu_cli_target *target, int opt);
/** bemu_cli_target_check() - after the last option: do they go together? */
int bemu_cli_target_check(const char *cmd, const struct bemu_cli_target *target);
/** bemu_cli_target_kernels() - without --vmlinux and --btf-dir, the running one */
int bemu_cli_target_kernels(struct bemu_env *env, const struct bemu_cli_target *target,
			    struct bemu_cli_kernels *out);
/** bemu_cli_target_kernel() - the same where only one will do */
int bemu_cli_target_kernel(struct bemu_env *env, const char *cmd,
			   const struct bemu_cli_target *target, struct bemu_cli_kernel *out);

/** struct bemu_cli_world - a kernel, made and sealed */
struct bemu_cli_world {
	const struct bemu_cli_kernel *kernel;
	struct bemu_env *env; /* the files' bytes */
	struct bemu *em;
	uint32_t profile; /* enum bemu_kernel, never default */
	const char *profile_from; /* "", " (by its BTF)", " (default)" */
};

/** bemu_cli_world_open() - @profile: enum bemu_kernel; the default is read off the BTF. An exit code. */
int bemu_cli_world_open(struct bemu_cli_world *world, const struct bemu_cli_kernel *kernel,
			uint32_t profile);
/**
 * bemu_cli_world_try() - the same, for who has other kernels to go on with
 * @why:  the error line about a file of the kernel itself; empty when it went to stderr, which ends all
 * @verdict: what the emulated kernel said to that file, or 0
 */
int bemu_cli_world_try(struct bemu_cli_world *world, const struct bemu_cli_kernel *kernel,
		       uint32_t profile, struct bemu_buf *why, int *verdict);
void bemu_cli_world_close(struct bemu_cli_world *world);

/* run.c: one object on one world */
enum bemu_cli_answer {
	BEMU_CLI_ANSWER_YES,
	BEMU_CLI_ANSWER_NO,
	BEMU_CLI_ANSWER_UNPROVEN,
	BEMU_CLI_ANSWER_SKIPPED, /* of a program: not asked to load */
	BEMU_CLI_ANSWER_NOT_TRIED, /* of a program: the load ended before its turn */
};

struct bemu_cli_object {
	const char *path;
	const char *name; /* for tables */
	struct bemu_cli_file file;
	struct bemu_env *env;
	struct bemu_obj *obj; /* NULL when the open phase refused it */
	int err;
};

struct bemu_cli_load_opts {
	uint32_t libbpf;
	uint32_t nr_cpus;
	uint32_t lowest_fd; /* numbers below it are open on something else */
	uint32_t design; /* enum bemu_design */
	struct bemu_quirks quirks;
};

/* doubts.c: what the kernel could not decide about a program that it accepted */
struct bemu_cli_doubt {
	int fd;
	bool unproven;
	uint32_t insn_idx; /* refused if the verifier gets there */
};

struct bemu_cli_doubts {
	struct bemu_env *env;
	struct bemu_task *task;
	const struct bemu_watch *next;
	struct bemu_watch watch;
	uint32_t nr, cap;
	struct bemu_cli_doubt *arr;
};

struct bemu_witness;

enum { BEMU_CLI_TARGETS = 64 };

struct bemu_cli_run {
	const struct bemu_cli_object *object;
	const struct bemu_cli_world *world;
	uint32_t libbpf;
	struct bemu_quirks quirks; /* that were overridden */
	struct bemu_obj_claims claims;
	const struct bemu_btf *targets[BEMU_CLI_TARGETS];
	struct bemu_env *env;
	struct bemu_task *task;
	struct bemu_recorder *rec;
	struct bemu_load *ld;
	const struct bemu_load_result *res; /* NULL when the object was not opened */
	struct bemu_load_map *maps; /* copies from before the close */
	struct bemu_load_prog *progs;
	uint32_t nr_calls_loaded; /* calls up to the end of the load */
	struct bemu_cli_doubts doubts;
	struct bemu_witness *witness;
	struct bemu_findings findings;
	const struct bemu_ledger *ledger; /* the witness's; NULL when there was no load */
	bool not_replayed; /* the libbpf release is refused */
	uint32_t nr_fd_returned, nr_fd_open; /* after the load; after the close */
	bool has_btf_fd; /* the object's own BTF was kept open by the load */
	int verdict;
	uint32_t answer; /* enum bemu_cli_answer */
	const char *needs; /* the option without which nobody can tell; NULL */
	struct bemu_buf reason; /* why not yes; empty for yes */
	struct bemu_buf log_line; /* the loader's last words */
	struct bemu_buf kernel_line; /* the emulated kernel's last words */
};

/** bemu_cli_object_open() - reads and parses; 0 also when refused (@out->err); else an exit code */
int bemu_cli_object_open(const char *path, uint32_t libbpf, const struct bemu_quirks *quirks,
			 struct bemu_cli_object *out);
void bemu_cli_object_close(struct bemu_cli_object *object);
/** bemu_cli_run() - an exit code: 0 when there is an answer, whatever it is */
int bemu_cli_run(struct bemu_cli_run *run, const struct bemu_cli_object *object,
		 const struct bemu_cli_world *world, const struct bemu_cli_load_opts *opts);
void bemu_cli_run_end(struct bemu_cli_run *run);

/* fds.c: the life of every descriptor, told by a witness of the task; what is wrong */
/** bemu_cli_fds_watch() - from now on; before bemu_cli_doubts_watch(), which is given the watcher */
int bemu_cli_fds_watch(struct bemu_cli_run *run);
/** bemu_cli_fds_loaded() - between load and close */
int bemu_cli_fds_loaded(struct bemu_cli_run *run);
int bemu_cli_fds_end(struct bemu_cli_run *run);
/** bemu_cli_fds_bounds() - accesses out of bounds while the object was read and loaded; part of the end */
int bemu_cli_fds_bounds(struct bemu_cli_run *run);

/** bemu_cli_doubts_watch() - from now on, asked about every program that @task loads; @next is told first */
void bemu_cli_doubts_watch(struct bemu_cli_doubts *doubts, struct bemu_env *env,
			   struct bemu_task *task, const struct bemu_watch *next);
/** bemu_cli_doubt_of() - NULL: none */
const struct bemu_cli_doubt *bemu_cli_doubt_of(const struct bemu_cli_run *run, uint32_t prog_idx);

/* answer.c */
const char *bemu_cli_answer_name(uint32_t answer);
uint32_t bemu_cli_prog_answer(const struct bemu_cli_run *run, uint32_t prog_idx);
/** bemu_cli_decide() - fills run->answer and run->reason */
int bemu_cli_decide(struct bemu_cli_run *run);
/** bemu_cli_line_of() - "agent.bpf.c:41" for an instruction of a program; false when not known */
bool bemu_cli_line_of(const struct bemu_obj *obj, uint32_t prog_idx, uint32_t insn_idx, char *buf,
		      size_t len);
/** bemu_cli_core_ok() - a CO-RE record that neither failed nor poisoned its instruction */
bool bemu_cli_core_ok(const struct bemu_core_record *rec);

/* dump.c: final instructions with names */
enum bemu_cli_ref_kind {
	BEMU_CLI_REF_NONE,
	BEMU_CLI_REF_MAP,
	BEMU_CLI_REF_MAP_VALUE,
	BEMU_CLI_REF_KCONFIG,
	BEMU_CLI_REF_KSYM, /* an address */
	BEMU_CLI_REF_BTF_ID,
	BEMU_CLI_REF_KFUNC,
	BEMU_CLI_REF_TYPE_ID, /* a number that CO-RE wrote: of a target's type, or of one of the object */
	BEMU_CLI_REF_SUBPROG,
	BEMU_CLI_REF_MISSING, /* a weak symbol that is not there */
};

struct bemu_cli_ref {
	uint32_t kind; /* enum bemu_cli_ref_kind */
	const char *name;
	const char *owner; /* "vmlinux", a module, "object"; NULL */
	const char *btf_kind; /* "VAR"; NULL */
	uint32_t btf_id;
	uint32_t off; /* into the map's value; KFUNC: index into fd_array, as insn->off has it */
	uint64_t value;
	const struct bemu_core_record *core; /* NULL when no CO-RE record touched the word */
};

/** struct bemu_cli_refs - one program's words to what is known of them; every number is one more, 0 is none */
struct bemu_cli_refs {
	struct bemu_env *env;
	uint32_t prog_idx;
	uint32_t *ref; /* by instruction: reference of the load */
	uint32_t *core; /* by instruction: CO-RE record */
	uint32_t *begins; /* by instruction: subprogram that begins there */
	uint32_t *start; /* by the object's program: where it lies in this one */
};

int bemu_cli_refs_init(struct bemu_cli_refs *refs, const struct bemu_cli_run *run,
		       uint32_t prog_idx) BEMU_MUST_CHECK;
void bemu_cli_refs_fini(struct bemu_cli_refs *refs);
/** bemu_cli_ref_at() - what the word refers to */
void bemu_cli_ref_at(const struct bemu_cli_run *run, const struct bemu_cli_refs *refs,
		     uint32_t insn_idx, struct bemu_cli_ref *out);
/** bemu_cli_ref_text() - "map events", ".rodata + 4", "kfunc f of m1, FUNC [51], off=1"; nothing for none */
void bemu_cli_ref_text(struct bemu_buf *buf, const struct bemu_cli_ref *ref);
/** bemu_cli_insn_text() - one instruction in the kernel's syntax, no newline */
void bemu_cli_insn_text(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t prog_idx,
			uint32_t insn_idx);
void bemu_cli_dump_insns(struct bemu_buf *buf, const struct bemu_cli_run *run);

/* report.c */
void bemu_cli_report(struct bemu_buf *buf, const struct bemu_cli_run *run, bool verbose);
void bemu_cli_trace(struct bemu_buf *buf, const struct bemu_cli_run *run);

/* records.c: the same as JSON lines */
int bemu_cli_records(struct bemu_buf *buf, const struct bemu_cli_run *run);
int bemu_cli_verdict_record(struct bemu_buf *buf, const struct bemu_cli_run *run);
/** bemu_cli_untried_record() - the verdict record of an object whose kernel could not be made */
int bemu_cli_untried_record(struct bemu_buf *buf, const struct bemu_cli_object *object,
			    const struct bemu_cli_kernel *kernel, uint32_t libbpf, int err,
			    const char *reason);

/* matrix.c */
struct bemu_cli_matrix_opts {
	const char *baseline, *junit;
	bool json;
	bool verbose; /* a report for each that is not yes */
	uint32_t profile;
	struct bemu_cli_load_opts load;
};
int bemu_cli_matrix(struct bemu_env *env, const struct bemu_cli_object *objects,
		    uint32_t nr_objects, const struct bemu_cli_kernels *kernels,
		    const struct bemu_cli_matrix_opts *opts);

/** bemu_cli_design_option() - --design KEY=VALUE */
int bemu_cli_design_option(const char *text, uint32_t *design);

/** struct bemu_cli_cell - one object on one kernel, in short */
struct bemu_cli_cell {
	uint32_t answer;
	int err;
	uint32_t nr_findings; /* that follow from no other */
	const char *reason;
	bool changed, fresh; /* against the baseline: another answer; not in it */
	const char *was; /* the baseline's answer */
	bool were_findings; /* there */
};

/** bemu_cli_cell_good() - a yes without findings */
bool bemu_cli_cell_good(const struct bemu_cli_cell *cell);
/** bemu_cli_cell_failed() - with a baseline: changed, or not in it and not good */
bool bemu_cli_cell_failed(const struct bemu_cli_cell *cell, bool baseline);

/* junit.c; @known: the baseline, NULL without one */
struct bemu_cli_verdict;
int bemu_cli_junit(struct bemu_env *env, const char *path, const struct bemu_cli_object *objects,
		   uint32_t nr_objects, const struct bemu_cli_kernels *kernels,
		   const struct bemu_cli_cell *cells, const struct bemu_cli_verdict *known,
		   uint32_t nr_known);

#endif
