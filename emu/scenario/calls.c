// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Records are decoded where they are done: whether a task is there is known only then. */
#include "scenario/calls.h"

#include <errno.h>
#include <stdbool.h>

#include <bemu/module.h>

#include "sys/sys.h"

enum { NR_NAMES = 4, NR_OPS = 20 };

/** struct record - as it stands in the input */
struct record {
	uint8_t op, task, a, b, c, d, e, f;
};

static const char *const pins[NR_NAMES] = { "/sys/fs/bpf/a", "/sys/fs/bpf/b", "/sys/fs/bpf/d/a",
					    "/sys/fs/bpf/d" };
static const char *const modules[2] = { "m1", "m2" };

/* ---- decode ---- */

static struct bemu_call_fd fd_of(const struct bemu_calls *p, uint8_t v)
{
	uint32_t from;

	if (v < BEMU_CALLS_FIRST_RESULT || !p->nr)
		return (struct bemu_call_fd){ .fd = v, .from = -1 };
	from = (uint32_t)(v - BEMU_CALLS_FIRST_RESULT) % p->nr;
	return (struct bemu_call_fd){ .fd = (int)p->answers[from], .from = (int32_t)from };
}

static void decode_map(const struct bemu_calls *p, const struct record *r, struct bemu_call *c)
{
	static const uint8_t types[] = { BPF_MAP_TYPE_ARRAY,	    BPF_MAP_TYPE_HASH,
					 BPF_MAP_TYPE_PROG_ARRAY,   BPF_MAP_TYPE_ARRAY_OF_MAPS,
					 BPF_MAP_TYPE_HASH_OF_MAPS, BPF_MAP_TYPE_RINGBUF };

	c->op = BEMU_CALL_MAP_CREATE;
	c->type = types[r->a % sizeof(types)];
	c->fd = fd_of(p, r->b);
	c->flags = r->c & 1;
	c->fd2 = fd_of(p, r->d);
}

static void decode_elem(const struct bemu_calls *p, const struct record *r, struct bemu_call *c)
{
	static const uint8_t ops[] = { BEMU_CALL_MAP_UPDATE, BEMU_CALL_MAP_DELETE,
				       BEMU_CALL_MAP_LOOKUP, BEMU_CALL_MAP_FREEZE };

	c->op = ops[r->op % NR_OPS - 1];
	c->fd = fd_of(p, r->a);
	c->n = r->b & 7;
	c->fd2 = fd_of(p, r->c);
}

static void decode_prog(const struct bemu_calls *p, const struct record *r, struct bemu_call *c)
{
	c->op = BEMU_CALL_PROG_LOAD;
	c->type = r->b & 3;
	c->fd = fd_of(p, r->a);
	c->fd2 = fd_of(p, r->c);
	if ((r->d & 8) && !r->c)
		c->fd2 = (struct bemu_call_fd){ .fd = 0, .from = -1 };
	c->flags = r->d;
	c->n = r->e;
}

static void decode_module(const struct record *r, struct bemu_call *c)
{
	static const uint8_t ops[] = { BEMU_CALL_MODULE_LOAD,	BEMU_CALL_MODULE_COMING,
				       BEMU_CALL_MODULE_LIVE,	BEMU_CALL_MODULE_FAIL,
				       BEMU_CALL_MODULE_GOING,	BEMU_CALL_MODULE_GONE,
				       BEMU_CALL_MODULE_UNLOAD, BEMU_CALL_MODULE_UNLOAD };

	c->op = ops[r->b % 8];
	c->n = r->a & 1;
	c->name = modules[r->a & 1];
}

static void decode_task(const struct bemu_calls *p, const struct record *r, struct bemu_call *c)
{
	static const uint8_t ops[] = { BEMU_CALL_FORK, BEMU_CALL_EXIT, BEMU_CALL_EXEC,
				       BEMU_CALL_SEND, BEMU_CALL_RECV, BEMU_CALL_TASK };
	bool other;

	c->op = ops[r->b % 6];
	c->other = r->a % BEMU_CALLS_TASKS;
	c->fd = fd_of(p, r->c);
	c->flags = r->c & 1;
	other = p->tasks[c->other] != NULL;
	if (((c->op == BEMU_CALL_FORK || c->op == BEMU_CALL_TASK) && other) ||
	    (c->op == BEMU_CALL_EXIT && p->running && p->running_task == c->who) ||
	    (c->op == BEMU_CALL_SEND && !other))
		c->op = BEMU_CALL_NOTHING;
}

static void decode_fd(const struct bemu_calls *p, const struct record *r, struct bemu_call *c)
{
	static const uint8_t ops[] = { BEMU_CALL_DUP,	     BEMU_CALL_DUP2,
				       BEMU_CALL_DUPFD,	     BEMU_CALL_RESERVE,
				       BEMU_CALL_RELEASE,    BEMU_CALL_OPEN_BPFFS,
				       BEMU_CALL_OPEN_OTHER, BEMU_CALL_OPEN_OTHER };

	c->op = ops[r->b % 8];
	c->fd = fd_of(p, r->a);
	c->fd2 = fd_of(p, r->c);
	c->n = c->op == BEMU_CALL_DUPFD ? r->c & 31 : r->a & 31;
	c->flags = r->d & 1;
	if (c->op == BEMU_CALL_OPEN_BPFFS)
		c->name = "/sys/fs/bpf";
}

static void decode_path(const struct record *r, struct bemu_call *c)
{
	static const uint8_t ops[] = { BEMU_CALL_UNLINK, BEMU_CALL_MKDIR, BEMU_CALL_RMDIR,
				       BEMU_CALL_RENAME, BEMU_CALL_LINK,  BEMU_CALL_UMOUNT };

	c->op = ops[r->b % 6];
	c->name = pins[r->a % NR_NAMES];
	c->to = pins[r->c % NR_NAMES];
}

static void decode_run(const struct bemu_calls *p, const struct record *r, struct bemu_call *c)
{
	c->fd = fd_of(p, r->a);
	c->n = 1 + (r->a & 3);
	if (r->b % 4 > 1)
		c->op = BEMU_CALL_DRAIN;
	else if (r->b % 4 == 1)
		c->op = p->running ? BEMU_CALL_LEAVE : BEMU_CALL_NOTHING;
	else
		c->op = p->running ? BEMU_CALL_NOTHING : BEMU_CALL_ENTER;
}

static void decode(const struct bemu_calls *p, const struct record *r, struct bemu_call *c)
{
	static const uint8_t kinds[] = { BEMU_KIND_MAP, BEMU_KIND_PROG, BEMU_KIND_BTF,
					 BEMU_KIND_LINK };

	*c = (struct bemu_call){ .who = r->task % BEMU_CALLS_TASKS };
	if (!p->tasks[c->who])
		return;
	switch (r->op % NR_OPS) {
	case 0:
		decode_map(p, r, c);
		return;
	case 1:
	case 2:
	case 3:
	case 4:
		decode_elem(p, r, c);
		return;
	case 5:
	case 6:
		decode_prog(p, r, c);
		return;
	case 7:
		c->op = BEMU_CALL_BTF_LOAD;
		return;
	case 8:
		c->op = BEMU_CALL_OPEN;
		c->type = kinds[r->a & 3];
		c->n = r->b;
		return;
	case 9:
	case 10:
		c->op = r->op % NR_OPS == 9 ? BEMU_CALL_PIN : BEMU_CALL_GET;
		c->fd = fd_of(p, r->a);
		c->name = pins[r->b % NR_NAMES];
		return;
	case 11:
	case 12:
		c->op = r->op % NR_OPS == 11 ? BEMU_CALL_RAW_TP : BEMU_CALL_BIND;
		c->fd = fd_of(p, r->a);
		c->fd2 = fd_of(p, r->b);
		return;
	case 13:
		decode_module(r, c);
		return;
	case 14:
		decode_task(p, r, c);
		return;
	case 15:
		decode_fd(p, r, c);
		return;
	case 16:
		decode_path(r, c);
		return;
	case 17:
		decode_run(p, r, c);
		return;
	default:
		c->op = BEMU_CALL_CLOSE;
		c->fd = fd_of(p, r->a);
	}
}

/* ---- do ---- */

static uint64_t ptr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* A command that is not modelled is an answer like others. */
static long bpf(struct bemu_calls *p, const struct bemu_call *c, uint32_t cmd, void *attr,
		uint32_t size)
{
	long kret = 0;
	int err = bemu_sys_bpf(p->tasks[c->who], cmd, ptr(attr), size, &kret);

	if (err && err != -EOPNOTSUPP)
		p->fault = err;
	p->unknown = err == -EOPNOTSUPP;
	return err ? err : kret;
}

static long map_create(struct bemu_calls *p, const struct bemu_call *c)
{
	struct bemu_attr_map_create a = {
		.map_type = c->type, .key_size = 4, .value_size = 4, .max_entries = 4
	};

	if (a.map_type == BPF_MAP_TYPE_RINGBUF) {
		a.key_size = a.value_size = 0;
		a.max_entries = 4096;
	}
	if (a.map_type == BPF_MAP_TYPE_ARRAY_OF_MAPS || a.map_type == BPF_MAP_TYPE_HASH_OF_MAPS)
		a.inner_map_fd = (uint32_t)c->fd.fd;
	if (c->flags & 1) {
		a.btf_fd = (uint32_t)c->fd2.fd;
		a.btf_key_type_id = 1;
		a.btf_value_type_id = 1;
	}
	return bpf(p, c, BPF_MAP_CREATE, &a, sizeof(a));
}

static long map_elem(struct bemu_calls *p, const struct bemu_call *c, uint32_t cmd)
{
	uint32_t key = c->n, value = (uint32_t)c->fd2.fd;
	struct bemu_attr_elem a = { .map_fd = (uint32_t)c->fd.fd,
				    .key = ptr(&key),
				    .value = ptr(&value) };

	return bpf(p, c, cmd, &a,
		   cmd == BPF_MAP_FREEZE	? 4
		   : cmd == BPF_MAP_DELETE_ELEM ? 16
						: sizeof(a));
}

/* Returns 0; refers to a map, to a module's variable, has an fd_array, or attaches to a function. */
static long prog_load(struct bemu_calls *p, const struct bemu_call *c)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1, .src_reg = c->type & 3 },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int32_t fds[2] = { 0, c->fd2.fd };
	struct bemu_attr_prog_load a = { .prog_type = c->flags & 1 ? BPF_PROG_TYPE_RAW_TRACEPOINT
								   : BPF_PROG_TYPE_SOCKET_FILTER,
					 .insns = ptr(insns),
					 .insn_cnt = 4,
					 .license = ptr("GPL") };

	insns[0].imm = c->fd.fd;
	if (insns[0].src_reg == BPF_PSEUDO_BTF_ID) {
		insns[0].imm = 1 + (int32_t)c->n;
		insns[1].imm = c->fd.fd;
	}
	if (c->flags & 2) {
		a.fd_array = ptr(fds);
		a.fd_array_cnt = c->flags & 4 ? 2 : 0;
	}
	if (c->flags & 8) {
		a.prog_type = BPF_PROG_TYPE_TRACING;
		a.expected_attach_type = BPF_TRACE_FENTRY;
		a.attach_btf_id = c->n;
		a.attach_prog_fd = (uint32_t)c->fd2.fd;
	}
	return bpf(p, c, BPF_PROG_LOAD, &a, sizeof(a));
}

static const struct {
	struct btf_header hdr;
	uint32_t types[4];
	char strs[8];
} an_int = { { .magic = BTF_MAGIC,
	       .version = 1,
	       .hdr_len = 24,
	       .type_len = 16,
	       .str_off = 16,
	       .str_len = 8 },
	     { 1, 0x01000000, 4, 0x20 },
	     "\0int" };

const void *bemu_calls_btf_raw(uint32_t *len)
{
	*len = sizeof(an_int);
	return &an_int;
}

static long bpf_call(struct bemu_calls *p, const struct bemu_call *c)
{
	static const uint8_t by_id[] = { [BEMU_KIND_MAP] = BPF_MAP_GET_FD_BY_ID,
					 [BEMU_KIND_PROG] = BPF_PROG_GET_FD_BY_ID,
					 [BEMU_KIND_BTF] = BPF_BTF_GET_FD_BY_ID,
					 [BEMU_KIND_LINK] = BPF_LINK_GET_FD_BY_ID };
	struct bemu_attr_btf_load btf = { .btf = ptr(&an_int), .btf_size = sizeof(an_int) };
	struct bemu_attr_id id = { .id = c->n };
	struct bemu_attr_obj obj = { .pathname = ptr(c->name) };
	struct bemu_attr_raw_tp tp = { .name = ptr("sys_enter"), .prog_fd = (uint32_t)c->fd.fd };
	uint32_t bind[3] = { (uint32_t)c->fd.fd, (uint32_t)c->fd2.fd, 0 };

	switch (c->op) {
	case BEMU_CALL_BTF_LOAD:
		return bpf(p, c, BPF_BTF_LOAD, &btf, sizeof(btf));
	case BEMU_CALL_OPEN:
		return bpf(p, c, by_id[c->type], &id, 12);
	case BEMU_CALL_PIN:
		obj.bpf_fd = (uint32_t)c->fd.fd;
		return bpf(p, c, BPF_OBJ_PIN, &obj, 16);
	case BEMU_CALL_GET:
		return bpf(p, c, BPF_OBJ_GET, &obj, 16);
	case BEMU_CALL_RAW_TP:
		return bpf(p, c, BPF_RAW_TRACEPOINT_OPEN, &tp, 16);
	default:
		return bpf(p, c, BPF_PROG_BIND_MAP, bind, sizeof(bind));
	}
}

static long module_call(struct bemu_calls *p, const struct bemu_call *c)
{
	struct bemu_module_opts opts = { .size = sizeof(opts),
					 .name = c->name,
					 .btf = p->btf->raw[c->n],
					 .btf_len = p->btf->len[c->n] };
	long kret = 0;

	switch (c->op) {
	case BEMU_CALL_MODULE_LOAD:
		p->fault = bemu_module_load(p->em, &opts, &kret);
		break;
	case BEMU_CALL_MODULE_COMING:
		p->fault = bemu_module_begin(p->em, &opts, &kret);
		break;
	case BEMU_CALL_MODULE_LIVE:
		p->fault = bemu_module_live(p->em, c->name, &kret);
		break;
	case BEMU_CALL_MODULE_FAIL:
		p->fault = bemu_module_fail(p->em, c->name, &kret);
		break;
	case BEMU_CALL_MODULE_GOING:
		p->fault = bemu_module_going(p->em, c->name, &kret);
		break;
	case BEMU_CALL_MODULE_GONE:
		p->fault = bemu_module_gone(p->em, c->name, &kret);
		break;
	default:
		p->fault = bemu_module_unload(p->em, c->name, &kret);
	}
	return kret;
}

static long task_call(struct bemu_calls *p, const struct bemu_call *c)
{
	struct bemu_task *t = p->tasks[c->who], **other = &p->tasks[c->other];
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };
	long kret = 0;

	switch (c->op) {
	case BEMU_CALL_FORK:
		p->fault = bemu_task_fork(t, c->flags & 1 ? BEMU_FORK_FILES : 0, other);
		break;
	case BEMU_CALL_EXIT:
		bemu_task_exit(t);
		p->tasks[c->who] = NULL;
		break;
	case BEMU_CALL_EXEC:
		p->fault = bemu_task_exec(t);
		break;
	case BEMU_CALL_SEND:
		p->fault = bemu_task_send_fd(t, c->fd.fd, *other, &kret);
		break;
	case BEMU_CALL_RECV:
		p->fault = bemu_task_recv_fd(t, c->flags & 1, &kret);
		break;
	default:
		p->fault = bemu_task_new(p->em, &opts, other);
	}
	return kret;
}

static long fd_call(struct bemu_calls *p, const struct bemu_call *c)
{
	struct bemu_task *t = p->tasks[c->who];
	long kret = 0;

	switch (c->op) {
	case BEMU_CALL_DUP:
		p->fault = bemu_sys_dup(t, c->fd.fd, &kret);
		break;
	case BEMU_CALL_DUP2:
		p->fault = bemu_sys_dup2(t, c->fd.fd, c->fd2.fd, &kret);
		break;
	case BEMU_CALL_DUPFD:
		p->fault = bemu_sys_dupfd(t, c->fd.fd, (int)c->n, c->flags & 1, &kret);
		break;
	case BEMU_CALL_RESERVE:
		p->fault = bemu_task_reserve_fd(t, (int)c->n, &kret);
		break;
	case BEMU_CALL_RELEASE:
		kret = bemu_task_release_fd(t, (int)c->n);
		break;
	case BEMU_CALL_OPEN_BPFFS:
		p->fault = bemu_sys_open(t, c->name, 0, &kret);
		break;
	case BEMU_CALL_OPEN_OTHER:
		p->fault = bemu_sys_open_other(t, "memfd:x", c->flags & 1, &kret);
		break;
	default:
		p->fault = bemu_sys_close(t, c->fd.fd, &kret);
	}
	return kret;
}

static long path_call(struct bemu_calls *p, const struct bemu_call *c)
{
	struct bemu_task *t = p->tasks[c->who];
	long kret = 0;

	switch (c->op) {
	case BEMU_CALL_UNLINK:
		p->fault = bemu_sys_unlink(t, c->name, &kret);
		break;
	case BEMU_CALL_MKDIR:
		p->fault = bemu_sys_mkdir(t, c->name, &kret);
		break;
	case BEMU_CALL_RMDIR:
		p->fault = bemu_sys_rmdir(t, c->name, &kret);
		break;
	case BEMU_CALL_RENAME:
		p->fault = bemu_sys_rename(t, c->name, c->to, &kret);
		break;
	case BEMU_CALL_LINK:
		p->fault = bemu_sys_link(t, c->name, c->to, &kret);
		break;
	default:
		p->fault = bemu_sys_umount(t, &kret);
	}
	return kret;
}

static long run_call(struct bemu_calls *p, const struct bemu_call *c)
{
	long kret = 0;

	if (c->op == BEMU_CALL_DRAIN)
		return (long)bemu_deferred_run(p->em, c->n);
	if (c->op == BEMU_CALL_LEAVE) {
		bemu_prog_leave(p->running);
		p->running = NULL;
		return 0;
	}
	p->fault = bemu_prog_enter(p->tasks[c->who], c->fd.fd, &p->running, &kret);
	p->running_task = c->who;
	return kret;
}

static long do_call(struct bemu_calls *p, const struct bemu_call *c)
{
	switch (c->op) {
	case BEMU_CALL_NOTHING:
		return 0;
	case BEMU_CALL_MAP_CREATE:
		return map_create(p, c);
	case BEMU_CALL_MAP_UPDATE:
		return map_elem(p, c, BPF_MAP_UPDATE_ELEM);
	case BEMU_CALL_MAP_DELETE:
		return map_elem(p, c, BPF_MAP_DELETE_ELEM);
	case BEMU_CALL_MAP_LOOKUP:
		return map_elem(p, c, BPF_MAP_LOOKUP_ELEM);
	case BEMU_CALL_MAP_FREEZE:
		return map_elem(p, c, BPF_MAP_FREEZE);
	case BEMU_CALL_PROG_LOAD:
		return prog_load(p, c);
	case BEMU_CALL_BTF_LOAD:
	case BEMU_CALL_OPEN:
	case BEMU_CALL_PIN:
	case BEMU_CALL_GET:
	case BEMU_CALL_RAW_TP:
	case BEMU_CALL_BIND:
		return bpf_call(p, c);
	case BEMU_CALL_MODULE_LOAD:
	case BEMU_CALL_MODULE_COMING:
	case BEMU_CALL_MODULE_LIVE:
	case BEMU_CALL_MODULE_FAIL:
	case BEMU_CALL_MODULE_GOING:
	case BEMU_CALL_MODULE_GONE:
	case BEMU_CALL_MODULE_UNLOAD:
		return module_call(p, c);
	case BEMU_CALL_TASK:
	case BEMU_CALL_FORK:
	case BEMU_CALL_EXIT:
	case BEMU_CALL_EXEC:
	case BEMU_CALL_SEND:
	case BEMU_CALL_RECV:
		return task_call(p, c);
	case BEMU_CALL_UNLINK:
	case BEMU_CALL_MKDIR:
	case BEMU_CALL_RMDIR:
	case BEMU_CALL_RENAME:
	case BEMU_CALL_LINK:
	case BEMU_CALL_UMOUNT:
		return path_call(p, c);
	case BEMU_CALL_ENTER:
	case BEMU_CALL_LEAVE:
	case BEMU_CALL_DRAIN:
		return run_call(p, c);
	case BEMU_CALL_DUP:
	case BEMU_CALL_DUP2:
	case BEMU_CALL_DUPFD:
	case BEMU_CALL_RESERVE:
	case BEMU_CALL_RELEASE:
	case BEMU_CALL_OPEN_BPFFS:
	case BEMU_CALL_OPEN_OTHER:
	case BEMU_CALL_CLOSE:
		return fd_call(p, c);
	}
	return 0;
}

void bemu_calls_play(struct bemu_calls *p, struct bemu *em, const struct bemu_calls_btf *btf,
		     const uint8_t *data, size_t size, const struct bemu_knobs *knobs,
		     bemu_calls_done_fn *done, void *ctx)
{
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };
	struct bemu_call call;
	struct record r;
	uint32_t i;

	*p = (struct bemu_calls){ .em = em, .btf = btf };
	bemu_deferred_wait(em, knobs->extra & 1);
	p->fault = bemu_task_new(em, &opts, &p->tasks[0]);
	for (i = 0; !p->fault && i < size / BEMU_CALL_LEN && i < BEMU_CALLS_MAX; i++) {
		memcpy(&r, data + (size_t)i * BEMU_CALL_LEN, sizeof(r));
		decode(p, &r, &call);
		p->unknown = 0;
		p->answers[i] = do_call(p, &call);
		p->nr = i + 1;
		done(ctx, p, &call);
	}
}

void bemu_calls_end(struct bemu_calls *p)
{
	uint32_t i;

	bemu_prog_leave(p->running);
	p->running = NULL;
	for (i = 0; i < BEMU_CALLS_TASKS; i++) {
		bemu_task_exit(p->tasks[i]);
		p->tasks[i] = NULL;
	}
	bemu_deferred_wait(p->em, 0);
}
