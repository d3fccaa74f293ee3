/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of the runner share: the world as a scenario knows it, one step, and its answer. */
#ifndef BEMU_SCENARIO_PRIVATE_H
#define BEMU_SCENARIO_PRIVATE_H

#include <bemu/life.h>
#include <bemu/module.h>
#include <bemu/quirks.h>
#include <bemu/task.h>
#include <bemu/yield.h>

#include "audit/btf_query.h"
#include "audit/checks.h"
#include "audit/escape.h"
#include "audit/ledger.h"
#include "audit/refs.h"
#include "btf/btf.h"
#include "scenario/asm.h"
#include "scenario/run.h"
#include "scenario/types.h"
#include "skel/mem.h"
#include "sys/sys.h"

enum {
	BEMU_SCN_MAX_FIELDS = 48,
	BEMU_SCN_FIELD_LEN = 320,
	BEMU_SCN_NAME_LEN = 128,
	BEMU_SCN_LOG_LEN = 1 << 16,
	BEMU_SCN_MAX_TASKS = 64,
};

/** struct bemu_scn_task - @task NULL: it has exited; @book: whose table and ledger it shares, itself without one */
struct bemu_scn_task {
	char name[BEMU_SCN_NAME_LEN];
	struct bemu_task *task;
	uint32_t pid;
	struct bemu_ledger *ledger;
	struct bemu_scn_task *book;
	struct bemu_scn_task *next;
};

struct bemu_scn_bytes {
	uint8_t *data;
	size_t len;
};

/** struct bemu_scn_read - what a call has read of its caller's memory: the beginning of it */
struct bemu_scn_read {
	uint64_t addr;
	uint32_t len;
	uint8_t data[64];
};

/** struct bemu_scn_trap - lines that are done when a call of @task gets to a yield point */
struct bemu_scn_trap {
	uint32_t point, nth;
	uint32_t line, first, end; /* the "at", and [first, end) */
	struct bemu_scn_task *task;
	bool sprung;
};

/** struct bemu_scn_running - a program that runs; @run NULL: it has left */
struct bemu_scn_running {
	char name[BEMU_SCN_NAME_LEN];
	struct bemu_running *run;
	struct bemu_scn_running *next;
};

/** struct bemu_scn_name - what an answer gave a name to; @life: of an FD, in its task's ledger, else 0 */
struct bemu_scn_name {
	struct bemu_scn_str str;
	int64_t value;
	struct bemu_scn_task *task;
	uint32_t life;
	uint32_t step;
	struct bemu_btf *btf; /* what was loaded by that step; NULL */
};

/** struct bemu_scn_module - BTF that names of types are looked up in; @raw lives as long as the world */
struct bemu_scn_module {
	char name[BEMU_SCN_NAME_LEN];
	void *raw;
	size_t len;
	struct bemu_btf *btf;
	struct bemu_scn_module *next;
};

struct bemu_scn_field {
	const char *name;
	bool is_text;
	uint64_t value;
	char text[BEMU_SCN_FIELD_LEN];
};

/**
 * struct bemu_scn_answer - of one step
 * @ret:     what the call returned
 * @is_fd:   a number of @task, new in its table; @what it is on
 * @log:     the kernel's log, NULL when none was asked for
 * @fields:  what else it said
 */
struct bemu_scn_answer {
	long ret;
	bool is_fd, is_id, unproven;
	struct bemu_scn_task *task;
	char what[BEMU_LIFE_WHAT_LEN];
	uint32_t life;
	const char *log;
	uint32_t nr_fields;
	struct bemu_scn_field fields[BEMU_SCN_MAX_FIELDS];
	struct bemu_btf *btf;
};

/** struct bemu_scn_made - an object that a step made on the running kernel; @kind: enum bemu_kind */
struct bemu_scn_made {
	uint32_t kind, id;
};

/** struct bemu_scn_expect - "expect finding", or a finding in an answer; @step 0: anywhere */
struct bemu_scn_expect {
	uint32_t id, step, line;
	struct bemu_scn_str text; /* of the summary, len 0: any */
	uint32_t nr_met;
};

struct bemu_scn_object;

/** struct bemu_scn_run - a scenario while it runs */
struct bemu_scn_run {
	struct bemu_env *env;
	const struct bemu_scn *scn;
	const struct bemu_scn_opts *opts;
	struct bemu_scn_where *where;
	struct bemu_scn_result *res;
	struct bemu *em;
	struct bemu_skel_mem mem;
	uint32_t kernel, libbpf, nofile;
	bool has_quirks;
	struct bemu_quirks quirks;
	uint32_t design;
	struct bemu_scn_module *modules; /* the first is vmlinux */
	struct bemu_scn_task *tasks, *task;
	uint32_t nr_names, cap_names;
	struct bemu_scn_name *names;
	uint32_t nr_made, cap_made;
	struct bemu_scn_made *made;
	uint32_t nr_expects, cap_expects;
	struct bemu_scn_expect *expects;
	struct bemu_findings findings;
	struct bemu_escape *escape;
	struct bemu_scn_object *object;
	struct bemu_scn_str layout;
	uint32_t layout_line;
	char *log;
	bool audit_each; /* a recount after each step */
	uint32_t seen_checks;
	uint64_t seen_btfs;
	/* what the same lines were answered without quirks, by line; NULL: they are being asked, or there are none */
	const int64_t *twin;
	int64_t *answers;
	uint32_t diverged; /* the first step that was answered otherwise; 0: none was */
	char divergence[BEMU_FINDING_LINE_LEN];
	/* bytes of BTF or instructions that the call under way has been handed, and those of the one interrupted */
	struct bemu_scn_bytes victim, prey;
	struct bemu_mem_ops mem_ops; /* of all tasks: notes what a call reads */
	uint32_t nr_reads, cap_reads;
	struct bemu_scn_read *reads;
	struct bemu_yield yield;
	uint32_t nr_traps, cap_traps;
	struct bemu_scn_trap *traps;
	struct bemu_scn_running *running;
	/* while the lines of a trap are done: whose call is under way, NULL for none */
	bool in_body;
	struct bemu_task *nested;
	int body_err;
	uint32_t mem_base; /* what the step may forget of its memory is behind this */
	uint32_t cap_step_lines;
	uint32_t *step_lines; /* of each step, for a watch */
	/* of the step that is done now */
	const struct bemu_scn_line *line;
	uint32_t step;
	uint64_t used; /* bits: arguments of the line that the step knew */
	struct bemu_scn_answer answer;
};

/* args.c: words, settings and values of the line that is done now */
/** bemu_scn_arg() - the @n-th word that is no setting; NULL when there are fewer. Lists count as one. */
const struct bemu_scn_arg *bemu_scn_arg(struct bemu_scn_run *run, uint32_t n);
/** bemu_scn_setting() - the setting @key; NULL without it */
const struct bemu_scn_arg *bemu_scn_setting(struct bemu_scn_run *run, const char *key);
/** bemu_scn_need() - as bemu_scn_arg(), -EINVAL when it is missing; @what names it */
int bemu_scn_need(struct bemu_scn_run *run, uint32_t n, const char *what,
		  const struct bemu_scn_arg **out) BEMU_MUST_CHECK;
/** bemu_scn_value() - a number or the value of a name; -EINVAL */
int bemu_scn_value(struct bemu_scn_run *run, const struct bemu_scn_str *str,
		   int64_t *out) BEMU_MUST_CHECK;
/** bemu_scn_need_value() - of the @n-th word */
int bemu_scn_need_value(struct bemu_scn_run *run, uint32_t n, const char *what,
			int64_t *out) BEMU_MUST_CHECK;
/** bemu_scn_need_u32() - the same of 32 bits, signed or unsigned */
int bemu_scn_need_u32(struct bemu_scn_run *run, uint32_t n, const char *what,
		      uint32_t *out) BEMU_MUST_CHECK;
/** bemu_scn_setting_value() - of a setting, @def without it */
int bemu_scn_setting_value(struct bemu_scn_run *run, const char *key, int64_t def,
			   int64_t *out) BEMU_MUST_CHECK;
/** bemu_scn_setting_u32() - the same in 32 bits, signed or unsigned */
int bemu_scn_setting_u32(struct bemu_scn_run *run, const char *key, uint32_t def,
			 uint32_t *out) BEMU_MUST_CHECK;
/** bemu_scn_copy() - the slice with a NUL, at most @size - 1 bytes; escapes of TEXT undone */
const char *bemu_scn_copy(const struct bemu_scn_run *run, const struct bemu_scn_arg *arg, char *buf,
			  size_t size);
/** bemu_scn_bytes() - "x:0011" or "0011" as bytes; -EINVAL. *out is given. */
int bemu_scn_hex(struct bemu_scn_run *run, const struct bemu_scn_str *str, uint8_t **out,
		 size_t *len) BEMU_MUST_CHECK;
/** bemu_scn_mistake() - -EINVAL at @str, or at the line when it is NULL */
int bemu_scn_mistake(struct bemu_scn_run *run, const struct bemu_scn_str *str, const char *fmt, ...)
	BEMU_PRINTF(3, 4);
struct bemu_scn_name *bemu_scn_find_name(struct bemu_scn_run *run, const char *text, size_t len);
int bemu_scn_give_name(struct bemu_scn_run *run, const struct bemu_scn_str *str, int64_t value,
		       struct bemu_scn_task *task, uint32_t life) BEMU_MUST_CHECK;
/** bemu_scn_enum() - a word of @names, or a number; -EINVAL */
int bemu_scn_enum(struct bemu_scn_run *run, const struct bemu_scn_arg *arg,
		  const char *const *names, uint32_t nr, const char *what,
		  uint32_t *out) BEMU_MUST_CHECK;
/** bemu_scn_file() - bytes of a file that the text names; -EINVAL */
int bemu_scn_file(struct bemu_scn_run *run, const struct bemu_scn_arg *arg, const void **data,
		  size_t *len) BEMU_MUST_CHECK;

/* btf.c: where types come from */
/** bemu_scn_add_btf() - takes @raw over; names of types are looked up in it by @name */
int bemu_scn_add_btf(struct bemu_scn_run *run, const char *name, void *raw,
		     size_t len) BEMU_MUST_CHECK;
void bemu_scn_free_btfs(struct bemu_scn_run *run);
/** bemu_scn_type_bytes() - of the line's block, file= or hex=; @split: over vmlinux. *out is given. */
int bemu_scn_type_bytes(struct bemu_scn_run *run, bool split, void **out,
			size_t *len) BEMU_MUST_CHECK;
/** bemu_scn_type_id() - @name in the BTF called @btf; 0 or -ENOENT */
int bemu_scn_type_id(struct bemu_scn_run *run, const char *btf, size_t btf_len, const char *name,
		     size_t len, uint32_t *out);
int bemu_scn_set_vmlinux(struct bemu_scn_run *run,
			 const struct bemu_scn_line *line) BEMU_MUST_CHECK;
const struct bemu_btf *bemu_scn_vmlinux(const struct bemu_scn_run *run);

/* call.c: one call of the current task */
/** bemu_scn_mem() - @len bytes at @ptr are part of the task's memory until the step ends */
int bemu_scn_mem(struct bemu_scn_run *run, const void *ptr, size_t len) BEMU_MUST_CHECK;
/** bemu_scn_bpf() - bpf(2); the answer goes to run->answer */
int bemu_scn_bpf(struct bemu_scn_run *run, uint32_t cmd, void *attr, uint32_t size) BEMU_MUST_CHECK;
/* The system calls of the current task, or of the kernel that is asked in its place. */
int bemu_scn_sys_bpf(struct bemu_scn_run *run, uint32_t cmd, void *attr, uint32_t size,
		     long *ret) BEMU_MUST_CHECK;
int bemu_scn_sys_close(struct bemu_scn_run *run, int fd, long *ret) BEMU_MUST_CHECK;
/** bemu_scn_kind() - enum bemu_kind of what a number is on, which a caller would know */
uint32_t bemu_scn_kind(const struct bemu_scn_run *run, int fd);
/** bemu_scn_path_ok() - a running kernel may be told it: it is below /sys/fs/bpf/ and has no ".." */
bool bemu_scn_path_ok(const struct bemu_scn_run *run, const struct bemu_scn_arg *arg);
/** bemu_scn_path() - a name in bpffs as that kernel is to be told it */
const char *bemu_scn_path(const struct bemu_scn_run *run, const struct bemu_scn_arg *arg, char *buf,
			  size_t size);
/** bemu_scn_use_fd() - tells the ledger that the name or number @str is used as an FD */
int bemu_scn_use_fd(struct bemu_scn_run *run, const struct bemu_scn_str *str,
		    const char *call) BEMU_MUST_CHECK;
/** bemu_scn_opened() - the answer is a new number of @task, on @what */
int bemu_scn_opened(struct bemu_scn_run *run, struct bemu_scn_task *task, const char *what,
		    ...) BEMU_MUST_CHECK BEMU_PRINTF(3, 4);
/** bemu_scn_label() - @name, or without one what the text calls the result of this step */
const char *bemu_scn_label(const struct bemu_scn_run *run, const char *name,
			   char buf[BEMU_LIFE_WHAT_LEN]);
/** bemu_scn_ended() - close(@fd) by @task, or what amounts to it, said 0 */
int bemu_scn_ended(struct bemu_scn_run *run, struct bemu_scn_task *task, int fd, uint32_t tag,
		   bool exits) BEMU_MUST_CHECK;
/** bemu_scn_tag() - life that the name was given to; 0 for numbers and other tasks' names */
uint32_t bemu_scn_tag(struct bemu_scn_run *run, const struct bemu_scn_str *str);
int bemu_scn_task_new(struct bemu_scn_run *run, const char *name,
		      struct bemu_scn_task **out) BEMU_MUST_CHECK;
struct bemu_scn_task *bemu_scn_find_task(struct bemu_scn_run *run, const struct bemu_scn_str *str);

/* answer.c */
void bemu_scn_field(struct bemu_scn_run *run, const char *name, uint64_t value);
void bemu_scn_text_field(struct bemu_scn_run *run, const char *name, const char *text, size_t len);
/** bemu_scn_match() - run->answer against the line's; counts and reports what is not met */
int bemu_scn_match(struct bemu_scn_run *run) BEMU_MUST_CHECK;
/** bemu_scn_record() - the line as it is, and with the answer that it got */
void bemu_scn_record(struct bemu_scn_run *run, bool answered);
/** bemu_scn_expect_line() - an "expect finding" line */
int bemu_scn_expect_line(struct bemu_scn_run *run) BEMU_MUST_CHECK;
/** bemu_scn_judge() - at the end: findings against what was expected */
int bemu_scn_judge(struct bemu_scn_run *run) BEMU_MUST_CHECK;
/** bemu_scn_errno() - "-EINVAL"; "-1234" when it has no name */
const char *bemu_scn_errno(long err, char buf[32]);
/** bemu_scn_errno_find() - the opposite: "EINVAL" to -22; 0 when unknown */
int bemu_scn_errno_find(const char *name, size_t len);
/** bemu_scn_wants() - the answer that is expected has this word as a part's first */
bool bemu_scn_wants(const struct bemu_scn_run *run, const char *word);

/* steps: 0 with run->answer, or an error */
typedef int bemu_scn_step_fn(struct bemu_scn_run *run);

bemu_scn_step_fn bemu_scn_do_close, bemu_scn_do_dup, bemu_scn_do_dup2, bemu_scn_do_cloexec,
	bemu_scn_do_fork, bemu_scn_do_exec, bemu_scn_do_exit, bemu_scn_do_send, bemu_scn_do_reserve,
	bemu_scn_do_open_other, bemu_scn_do_drain, bemu_scn_do_defer, bemu_scn_do_nofile;
bemu_scn_step_fn bemu_scn_do_map_create, bemu_scn_do_map_update, bemu_scn_do_map_lookup,
	bemu_scn_do_map_delete, bemu_scn_do_map_next, bemu_scn_do_map_freeze;
bemu_scn_step_fn bemu_scn_do_btf_load, bemu_scn_do_btf_open, bemu_scn_do_prog_load,
	bemu_scn_do_prog_run, bemu_scn_do_prog_bind, bemu_scn_do_link_raw_tp,
	bemu_scn_do_link_create;
bemu_scn_step_fn bemu_scn_do_pin, bemu_scn_do_get, bemu_scn_do_unlink, bemu_scn_do_next,
	bemu_scn_do_open, bemu_scn_do_info, bemu_scn_do_bpf;
bemu_scn_step_fn bemu_scn_do_mkdir, bemu_scn_do_rmdir, bemu_scn_do_rename, bemu_scn_do_ln,
	bemu_scn_do_umount, bemu_scn_do_open_file, bemu_scn_do_release, bemu_scn_do_post,
	bemu_scn_do_receive;
bemu_scn_step_fn bemu_scn_do_module, bemu_scn_do_module_info;
bemu_scn_step_fn bemu_scn_do_object, bemu_scn_do_gap, bemu_scn_do_skel_run, bemu_scn_do_load;

/** bemu_scn_command() - "MAP_CREATE" of a number; NULL when it has no name here */
const char *bemu_scn_command(uint32_t cmd);
void bemu_scn_object_free(struct bemu_scn_run *run);
/** bemu_scn_take_findings() - a loader's, as this step's; @by_four: without what follows from that alone */
int bemu_scn_take_findings(struct bemu_scn_run *run, const struct bemu_findings *from,
			   bool by_four) BEMU_MUST_CHECK;
/** bemu_scn_bpf_on_host() - the line, a "bpf", may be asked of a running kernel: modelled, and no path in it */
bool bemu_scn_bpf_on_host(struct bemu_scn_run *run);

/* trace.c */
void bemu_scn_trace_step(struct bemu_scn_run *run);
void bemu_scn_trace_end(struct bemu_scn_run *run);
/* race.c */
/** bemu_scn_mem_ops() - the memory of tasks, watched for what is read twice */
void bemu_scn_mem_ops(struct bemu_scn_run *run);
/** bemu_scn_set_trap() - an "at" line; *at: its index, and then that of the last line that belongs to it */
int bemu_scn_set_trap(struct bemu_scn_run *run, uint32_t *at) BEMU_MUST_CHECK;
void bemu_scn_hang_on(struct bemu_scn_run *run);
/** bemu_scn_judge_traps() - those that no call came to */
void bemu_scn_judge_traps(struct bemu_scn_run *run);
void bemu_scn_race_free(struct bemu_scn_run *run);
/** bemu_scn_audit() - after a step: checked accesses, and with @whole a recount */
int bemu_scn_audit(struct bemu_scn_run *run, bool whole) BEMU_MUST_CHECK;
/** bemu_scn_do_lines() - lines [first, end) of the text */
int bemu_scn_do_lines(struct bemu_scn_run *run, uint32_t first, uint32_t end) BEMU_MUST_CHECK;
bemu_scn_step_fn bemu_scn_do_prog_enter, bemu_scn_do_prog_leave, bemu_scn_do_prog_timer,
	bemu_scn_do_poke;

/** bemu_scn_words() - the words of a line, as they print, cut to one line */
void bemu_scn_words(struct bemu_buf *buf, const struct bemu_scn *scn,
		    const struct bemu_scn_line *line);

/* host.c */
/** bemu_scn_not_ours() - NULL, or why a running kernel is not asked for this: an id of somebody else's object */
const char *bemu_scn_not_ours(struct bemu_scn_run *run, uint32_t cmd, const void *attr,
			      uint32_t size);
/** bemu_scn_made() - notes the id of what @cmd gave an FD for; on a running kernel only */
int bemu_scn_made(struct bemu_scn_run *run, uint32_t cmd, long ret) BEMU_MUST_CHECK;

#endif
