/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Input of lifetime_fuzzer: what up to four tasks do, in records of eight bytes, decoded one after the
 * other while they are done on a world; and the same as a scenario.
 *
 * A record says what to do, which task does it, and has six small arguments. An argument that is an FD is
 * a number below 32, or stands for what an earlier call answered. Extra knobs: bit 0, frees wait.
 */
#ifndef BEMU_SCENARIO_CALLS_H
#define BEMU_SCENARIO_CALLS_H

#include <bemu/life.h>
#include <bemu/task.h>

#include "scenario/knobs.h"

enum {
	BEMU_CALL_LEN = 8,
	BEMU_CALLS_MAX = 64,
	BEMU_CALLS_TASKS = 4,
	BEMU_CALLS_FIRST_RESULT = 32,
};

enum bemu_call_op {
	BEMU_CALL_NOTHING, /* its task is gone, or what it would begin has begun */
	BEMU_CALL_MAP_CREATE,
	BEMU_CALL_MAP_UPDATE,
	BEMU_CALL_MAP_DELETE,
	BEMU_CALL_MAP_LOOKUP,
	BEMU_CALL_MAP_FREEZE,
	BEMU_CALL_PROG_LOAD,
	BEMU_CALL_BTF_LOAD,
	BEMU_CALL_OPEN,
	BEMU_CALL_PIN,
	BEMU_CALL_GET,
	BEMU_CALL_RAW_TP,
	BEMU_CALL_BIND,
	BEMU_CALL_MODULE_LOAD,
	BEMU_CALL_MODULE_COMING,
	BEMU_CALL_MODULE_LIVE,
	BEMU_CALL_MODULE_FAIL,
	BEMU_CALL_MODULE_GOING,
	BEMU_CALL_MODULE_GONE,
	BEMU_CALL_MODULE_UNLOAD,
	BEMU_CALL_TASK,
	BEMU_CALL_FORK,
	BEMU_CALL_EXIT,
	BEMU_CALL_EXEC,
	BEMU_CALL_SEND,
	BEMU_CALL_RECV,
	BEMU_CALL_DUP,
	BEMU_CALL_DUP2,
	BEMU_CALL_DUPFD,
	BEMU_CALL_RESERVE,
	BEMU_CALL_RELEASE,
	BEMU_CALL_OPEN_BPFFS,
	BEMU_CALL_OPEN_OTHER,
	BEMU_CALL_UNLINK,
	BEMU_CALL_MKDIR,
	BEMU_CALL_RMDIR,
	BEMU_CALL_RENAME,
	BEMU_CALL_LINK,
	BEMU_CALL_UMOUNT,
	BEMU_CALL_ENTER,
	BEMU_CALL_LEAVE,
	BEMU_CALL_DRAIN,
	BEMU_CALL_CLOSE,
};

/** struct bemu_call_fd - @from: the call that answered it, -1 for a number that is just that */
struct bemu_call_fd {
	int fd;
	int32_t from;
};

/**
 * struct bemu_call - one record, decoded
 * @who, @other: tasks
 * @type:  of a map; of an object that is opened, as enum bemu_kind; the pseudo register of an ldimm64
 * @n:     key, id, number; type of a variable
 * @flags: the record's own
 * @name, @to: of a module, in bpffs
 */
struct bemu_call {
	enum bemu_call_op op;
	uint32_t who, other;
	struct bemu_call_fd fd, fd2;
	uint32_t type, n, flags;
	const char *name, *to;
};

/** struct bemu_calls_btf - what modules m1 and m2 have */
struct bemu_calls_btf {
	const void *raw[2];
	size_t len[2];
};

/** struct bemu_calls - while records are done; @fault ends it; @unknown: the last one is not modelled */
struct bemu_calls {
	struct bemu *em;
	const struct bemu_calls_btf *btf;
	struct bemu_task *tasks[BEMU_CALLS_TASKS];
	struct bemu_running *running;
	uint32_t running_task;
	long answers[BEMU_CALLS_MAX];
	uint32_t nr;
	int fault;
	int unknown;
};

/** bemu_calls_done_fn - told of each call; its answer is answers[nr - 1] */
typedef void bemu_calls_done_fn(void *ctx, const struct bemu_calls *p,
				const struct bemu_call *call);

/** bemu_calls_play() - does all records of @data on @em, whose budget is set; bemu_calls_end() */
void bemu_calls_play(struct bemu_calls *p, struct bemu *em, const struct bemu_calls_btf *btf,
		     const uint8_t *data, size_t size, const struct bemu_knobs *knobs,
		     bemu_calls_done_fn *done, void *ctx);
/** bemu_calls_end() - the program that runs ends, all tasks exit, what waits to be freed is freed */
void bemu_calls_end(struct bemu_calls *p);

/** bemu_calls_btf_raw() - what BEMU_CALL_BTF_LOAD loads */
const void *bemu_calls_btf_raw(uint32_t *len);
/** bemu_calls_is_fd() - a call that answers a new number */
static inline int bemu_calls_is_fd(enum bemu_call_op op)
{
	switch (op) {
	case BEMU_CALL_MAP_CREATE:
	case BEMU_CALL_PROG_LOAD:
	case BEMU_CALL_BTF_LOAD:
	case BEMU_CALL_OPEN:
	case BEMU_CALL_GET:
	case BEMU_CALL_RAW_TP:
	case BEMU_CALL_RECV:
	case BEMU_CALL_DUP:
	case BEMU_CALL_DUP2:
	case BEMU_CALL_DUPFD:
	case BEMU_CALL_OPEN_BPFFS:
	case BEMU_CALL_OPEN_OTHER:
		return 1;
	default:
		return 0;
	}
}

#endif
