// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Calls of scenario/calls.h as steps. A number that an earlier step of the same task answered, and that still
 * means what it meant then, is written by that step's name; any other is written as a number.
 */
#include "scenario/calls_text.h"

#include <errno.h>
#include <stdio.h>

#include <bemu/module.h>

#include "load/names.h"
#include "scenario/builtin.h"
#include "scenario/calls.h"
#include "scenario/private.h"

enum { TASK_NAME_LEN = 16, COLUMN = 40 /* of answers, behind the first step */ };

/** struct given - what a step's answer names; @alive: its number still is what it was */
struct given {
	bool alive;
	uint32_t task; /* serial number of the task */
	int fd;
	uint32_t gen;
};

/** struct writer - @serials: of the task in each place; that of the first, which is "main", is 0 */
struct writer {
	struct bemu_buf *buf;
	struct given given[BEMU_CALLS_MAX];
	uint32_t serials[BEMU_CALLS_TASKS], nr_tasks, under, nr_runs;
};

static const char *task_name(uint32_t serial, char buf[TASK_NAME_LEN])
{
	(void)snprintf(buf, TASK_NAME_LEN, serial ? "t%u" : "main", serial);
	return buf;
}

static bool is_named(const struct writer *w, const struct bemu_call *c, struct bemu_call_fd fd)
{
	return fd.from >= 0 && w->given[fd.from].alive && w->given[fd.from].fd == fd.fd &&
	       w->given[fd.from].task == w->serials[c->who];
}

static void put_fd(struct writer *w, const struct bemu_call *c, struct bemu_call_fd fd)
{
	if (is_named(w, c, fd))
		bemu_buf_printf(w->buf, "f%d", fd.from + 1);
	else
		bemu_buf_printf(w->buf, "%d", fd.fd);
}

static void word_fd(struct writer *w, const struct bemu_call *c, const char *words,
		    struct bemu_call_fd fd)
{
	bemu_buf_printf(w->buf, "%s ", words);
	put_fd(w, c, fd);
}

static void setting_fd(struct writer *w, const struct bemu_call *c, const char *key,
		       struct bemu_call_fd fd)
{
	bemu_buf_printf(w->buf, " %s=", key);
	put_fd(w, c, fd);
}

static void map_create(struct writer *w, const struct bemu_call *c)
{
	bool ring = c->type == BPF_MAP_TYPE_RINGBUF;

	bemu_buf_printf(w->buf, "map create %s %d %d %d", bemu_map_type_names[c->type],
			ring ? 0 : 4, ring ? 0 : 4, ring ? 4096 : 4);
	if (c->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || c->type == BPF_MAP_TYPE_HASH_OF_MAPS)
		setting_fd(w, c, "inner", c->fd);
	if (c->flags & 1) {
		setting_fd(w, c, "btf", c->fd2);
		bemu_buf_printf(w->buf, " key_type=1 value_type=1");
	}
}

/* As a word of the log; numbers that no program could have as the bytes that they are. */
static void put_ld64(struct writer *w, const struct bemu_call *c)
{
	bool is_btf = c->type == BPF_PSEUDO_BTF_ID;

	if (c->type && c->fd.fd >= 0) {
		word_fd(w, c,
			c->type == 1 ? "r1 = map"
			: is_btf     ? "r1 = btf"
				     : "r1 = value",
			c->fd);
		if (c->type == BPF_PSEUDO_MAP_VALUE)
			bemu_buf_printf(w->buf, " 0");
		else if (is_btf)
			bemu_buf_printf(w->buf, " %u", 1 + c->n);
		bemu_buf_printf(w->buf, " ll");
		return;
	}
	bemu_buf_printf(w->buf, "insn 0x18 1 %u 0 %d; insn 0 0 0 0 %d", c->type,
			is_btf ? 1 + (int)c->n : c->fd.fd, is_btf ? c->fd.fd : 0);
}

static void prog_load(struct writer *w, const struct bemu_call *c)
{
	bool tracing = c->flags & 8;

	bemu_buf_printf(w->buf, "prog load %s",
			tracing	       ? "tracing"
			: c->flags & 1 ? "raw_tp"
				       : "socket_filter");
	if (c->flags & 2) {
		bemu_buf_printf(w->buf, " fd_array=[0, ");
		put_fd(w, c, c->fd2);
		bemu_buf_printf(w->buf, c->flags & 4 ? "] fd_array_cnt=2" : "]");
	}
	if (tracing) {
		bemu_buf_printf(w->buf, " attach_type=%d attach_btf_id=%u", BPF_TRACE_FENTRY, c->n);
		setting_fd(w, c, "attach_prog", c->fd2);
	}
	bemu_buf_printf(w->buf, " { ");
	put_ld64(w, c);
	bemu_buf_printf(w->buf, "; r0 = 0; exit }");
}

static void btf_load(struct writer *w)
{
	uint32_t i, len;
	const uint8_t *raw = bemu_calls_btf_raw(&len);

	bemu_buf_printf(w->buf, "btf load hex=");
	for (i = 0; i < len; i++)
		bemu_buf_printf(w->buf, "%02x", raw[i]);
}

static void task_step(struct writer *w, const struct bemu_call *c)
{
	char name[TASK_NAME_LEN];

	switch (c->op) {
	case BEMU_CALL_FORK:
		bemu_buf_printf(w->buf, "fork %s%s", task_name(++w->nr_tasks, name),
				c->flags & 1 ? " files=shared" : "");
		w->serials[c->other] = w->nr_tasks;
		break;
	case BEMU_CALL_SEND:
		word_fd(w, c, "post", c->fd);
		bemu_buf_printf(w->buf, " %s", task_name(w->serials[c->other], name));
		break;
	case BEMU_CALL_RECV:
		bemu_buf_printf(w->buf, "receive%s", c->flags & 1 ? " cloexec=1" : "");
		break;
	default:
		bemu_buf_printf(w->buf, c->op == BEMU_CALL_EXIT ? "exit" : "exec");
	}
}

static void fd_step(struct writer *w, const struct bemu_call *c)
{
	switch (c->op) {
	case BEMU_CALL_DUP:
		word_fd(w, c, "dup", c->fd);
		break;
	case BEMU_CALL_DUP2:
		word_fd(w, c, "dup2", c->fd);
		bemu_buf_printf(w->buf, " %d", c->fd2.fd);
		break;
	case BEMU_CALL_DUPFD:
		word_fd(w, c, "dup", c->fd);
		bemu_buf_printf(w->buf, " min=%u%s", c->n, c->flags & 1 ? " cloexec=1" : "");
		break;
	case BEMU_CALL_RESERVE:
		bemu_buf_printf(w->buf, "reserve %u", c->n);
		break;
	case BEMU_CALL_RELEASE:
		bemu_buf_printf(w->buf, "release %u", c->n);
		break;
	case BEMU_CALL_OPEN_BPFFS:
		bemu_buf_printf(w->buf, "open file %s", c->name);
		break;
	case BEMU_CALL_OPEN_OTHER:
		bemu_buf_printf(w->buf, "open other memfd:x%s", c->flags & 1 ? " cloexec=1" : "");
		break;
	default:
		word_fd(w, c, "close", c->fd);
	}
}

static void run_step(struct writer *w, const struct bemu_calls *p, const struct bemu_call *c)
{
	if (c->op == BEMU_CALL_ENTER) {
		word_fd(w, c, "prog enter", c->fd);
		w->nr_runs += p->running != NULL;
		bemu_buf_printf(w->buf, p->running ? " run%u" : " none", w->nr_runs);
	} else if (c->op == BEMU_CALL_LEAVE) {
		bemu_buf_printf(w->buf, "prog leave run%u", w->nr_runs);
	} else {
		bemu_buf_printf(w->buf, "drain %u", c->n);
	}
}

static void put_step(struct writer *w, const struct bemu_calls *p, const struct bemu_call *c)
{
	static const char *const modules[] = {
		[BEMU_CALL_MODULE_LOAD] = "load",     [BEMU_CALL_MODULE_COMING] = "coming",
		[BEMU_CALL_MODULE_LIVE] = "live",     [BEMU_CALL_MODULE_FAIL] = "fail",
		[BEMU_CALL_MODULE_GOING] = "going",   [BEMU_CALL_MODULE_GONE] = "gone",
		[BEMU_CALL_MODULE_UNLOAD] = "unload",
	};
	static const char *const elems[] = { [BEMU_CALL_MAP_UPDATE] = "map update",
					     [BEMU_CALL_MAP_DELETE] = "map delete",
					     [BEMU_CALL_MAP_LOOKUP] = "map lookup" };
	static const char *const paths[] = {
		[BEMU_CALL_UNLINK] = "unlink", [BEMU_CALL_MKDIR] = "mkdir",
		[BEMU_CALL_RMDIR] = "rmdir",   [BEMU_CALL_RENAME] = "rename",
		[BEMU_CALL_LINK] = "ln",
	};

	switch (c->op) {
	case BEMU_CALL_MAP_CREATE:
		map_create(w, c);
		break;
	case BEMU_CALL_MAP_UPDATE:
	case BEMU_CALL_MAP_DELETE:
	case BEMU_CALL_MAP_LOOKUP:
		word_fd(w, c, elems[c->op], c->fd);
		bemu_buf_printf(w->buf, " %u", c->n);
		if (c->op == BEMU_CALL_MAP_UPDATE)
			word_fd(w, c, "", c->fd2);
		break;
	case BEMU_CALL_MAP_FREEZE:
		word_fd(w, c, "map freeze", c->fd);
		break;
	case BEMU_CALL_PROG_LOAD:
		prog_load(w, c);
		break;
	case BEMU_CALL_BTF_LOAD:
		btf_load(w);
		break;
	case BEMU_CALL_OPEN:
		bemu_buf_printf(w->buf, "open %s %u", bemu_kind_name(c->type), c->n);
		break;
	case BEMU_CALL_PIN:
		word_fd(w, c, "pin", c->fd);
		bemu_buf_printf(w->buf, " %s", c->name);
		break;
	case BEMU_CALL_GET:
		bemu_buf_printf(w->buf, "get %s", c->name);
		break;
	case BEMU_CALL_RAW_TP:
		word_fd(w, c, "link raw_tp", c->fd);
		bemu_buf_printf(w->buf, " sys_enter");
		break;
	case BEMU_CALL_BIND:
		word_fd(w, c, "prog bind", c->fd);
		word_fd(w, c, "", c->fd2);
		break;
	case BEMU_CALL_MODULE_LOAD:
	case BEMU_CALL_MODULE_COMING:
	case BEMU_CALL_MODULE_LIVE:
	case BEMU_CALL_MODULE_FAIL:
	case BEMU_CALL_MODULE_GOING:
	case BEMU_CALL_MODULE_GONE:
	case BEMU_CALL_MODULE_UNLOAD:
		bemu_buf_printf(w->buf, "module %s %s", modules[c->op], c->name);
		if (c->op == BEMU_CALL_MODULE_LOAD || c->op == BEMU_CALL_MODULE_COMING)
			bemu_buf_printf(w->buf, " builtin=%s", c->name);
		break;
	case BEMU_CALL_FORK:
	case BEMU_CALL_EXIT:
	case BEMU_CALL_EXEC:
	case BEMU_CALL_SEND:
	case BEMU_CALL_RECV:
		task_step(w, c);
		break;
	case BEMU_CALL_UNLINK:
	case BEMU_CALL_MKDIR:
	case BEMU_CALL_RMDIR:
		bemu_buf_printf(w->buf, "%s %s", paths[c->op], c->name);
		break;
	case BEMU_CALL_RENAME:
	case BEMU_CALL_LINK:
		bemu_buf_printf(w->buf, "%s %s %s", paths[c->op], c->name, c->to);
		break;
	case BEMU_CALL_UMOUNT:
		bemu_buf_printf(w->buf, "umount");
		break;
	case BEMU_CALL_ENTER:
	case BEMU_CALL_LEAVE:
	case BEMU_CALL_DRAIN:
		run_step(w, p, c);
		break;
	default:
		fd_step(w, c);
	}
}

static void put_answer(struct writer *w, const struct bemu_calls *p, const struct bemu_call *c)
{
	long ret = p->answers[p->nr - 1];
	char name[32];

	if (c->op == BEMU_CALL_EXIT || c->op == BEMU_CALL_EXEC)
		return;
	if (ret < 0)
		bemu_buf_printf(w->buf, "  -> %s", bemu_scn_errno(ret, name));
	else if (bemu_calls_is_fd(c->op))
		bemu_buf_printf(w->buf, "  -> fd f%u", p->nr);
	else
		bemu_buf_printf(w->buf, "  -> %ld", ret);
}

/* Which names still mean what they meant, before the next call. */
static void follow(struct writer *w, const struct bemu_calls *p, const struct bemu_call *c)
{
	struct given *own = &w->given[p->nr - 1];
	struct bemu_fd_info info;
	uint32_t i, k;

	if (bemu_calls_is_fd(c->op) && p->answers[p->nr - 1] >= 0) {
		own->fd = (int)p->answers[p->nr - 1];
		own->task = w->serials[c->who];
		own->alive = !bemu_task_fd(p->tasks[c->who], own->fd, &info);
		own->gen = own->alive ? info.gen : 0;
	}
	for (i = 0; i < p->nr; i++) {
		if (!w->given[i].alive)
			continue;
		w->given[i].alive = false;
		for (k = 0; k < BEMU_CALLS_TASKS; k++)
			if (p->tasks[k] && w->serials[k] == w->given[i].task &&
			    !bemu_task_fd(p->tasks[k], w->given[i].fd, &info))
				w->given[i].alive = info.gen == w->given[i].gen;
	}
}

/* Under the task that does it; steps of the first one stand above all others. */
static void go_under(struct writer *w, uint32_t serial)
{
	char name[TASK_NAME_LEN];

	if (w->under != serial)
		bemu_buf_printf(w->buf, "task %s\n", task_name(serial, name));
	w->under = serial;
}

static void step(void *ctx, const struct bemu_calls *p, const struct bemu_call *c)
{
	struct writer *w = ctx;

	if (p->fault) {
		bemu_buf_printf(w->buf, "# call %u met a limit of the emulator\n", p->nr);
		return;
	}
	if (c->op == BEMU_CALL_NOTHING)
		return;
	if (c->op == BEMU_CALL_TASK) {
		w->serials[c->other] = ++w->nr_tasks;
		go_under(w, w->nr_tasks);
		return;
	}
	go_under(w, w->serials[c->who]);
	bemu_buf_printf(w->buf, "%s%s", w->under ? "  " : "", p->unknown ? "# not modelled: " : "");
	put_step(w, p, c);
	put_answer(w, p, c);
	bemu_buf_printf(w->buf, "\n");
	follow(w, p, c);
}

static int make_world(struct bemu_env *env, uint32_t kernel, const struct bemu_calls_btf *btf,
		      struct bemu **out)
{
	struct bemu_opts opts = { .size = sizeof(opts),
				  .kernel = kernel,
				  .limits = { .max_memory = BEMU_KNOB_MAX_MEMORY,
					      .max_fds = 1024 } };
	static const char *const names[] = { "m1", "m2" };
	struct bemu *em = NULL;
	const void *raw;
	size_t len;
	uint32_t i;
	int err = bemu_new(&opts, &em);

	(void)env;
	raw = bemu_scn_builtin("mini", &len);
	if (!err)
		err = bemu_set_vmlinux(em, raw, len, BEMU_BTF_BORROW);
	for (i = 0; !err && i < 2 && kernel != BEMU_KERNEL_5_15; i++)
		err = bemu_add_module(em, names[i], btf->raw[i], btf->len[i], BEMU_BTF_BORROW);
	if (!err)
		err = bemu_seal(em);
	if (err)
		bemu_free(em);
	else
		*out = em;
	return err;
}

int bemu_calls_text(struct bemu_env *env, const uint8_t *data, size_t size,
		    const struct bemu_knobs *knobs, struct bemu_buf *out)
{
	uint32_t kernel = bemu_knobs_kernel(knobs);
	struct bemu_calls *p = bemu_zalloc(env, sizeof(*p));
	struct writer *w = bemu_zalloc(env, sizeof(*w));
	struct bemu_calls_btf btf;
	struct bemu *em = NULL;
	int err = -ENOMEM;

	btf.raw[0] = bemu_scn_builtin("m1", &btf.len[0]);
	btf.raw[1] = bemu_scn_builtin("m2", &btf.len[1]);
	if (p && w)
		err = make_world(env, kernel, &btf, &em);
	if (!err) {
		w->buf = out;
		bemu_buf_printf(out, "vmlinux builtin=mini\n");
		if (kernel != BEMU_KERNEL_5_15)
			bemu_buf_printf(out,
					"module load m1 builtin=m1%*s-> ok\n"
					"module load m2 builtin=m2 -> ok\n",
					COLUMN, "");
		if (knobs->extra & 1)
			bemu_buf_printf(out, "defer on\n");
		bemu_calls_play(p, em, &btf, data, size, knobs, step, w);
		bemu_calls_end(p);
		bemu_free(em);
		err = out->err;
	}
	bemu_mem_free(env, w);
	bemu_mem_free(env, p);
	return err;
}
