// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: whatever up to four tasks do, in whatever order modules come and go and frees are late, a recount
 * of all references agrees with the counters after every call; when all tasks have gone nothing is left;
 * and the same calls in a new world have the same answers.
 *
 * Input: records of eight bytes: what to do, which task, up to three small arguments. A number below 32
 * is an FD; a larger one means what an earlier call answered. Extra knobs: bit 0, frees wait.
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include <bemu/life.h>
#include <bemu/module.h>

#include "audit/refs.h"
#include "world.h"

enum {
	CALL_LEN = 8,
	MAX_CALLS = 64,
	NR_TASKS = 4,
	NR_NAMES = 4,
	FIRST_RESULT = 32,
	BTF_BYTES = 64
};

/** struct call - as it stands in the input */
struct call {
	uint8_t op, task, a, b, c, d, e, f;
};

struct play {
	const struct fuzz_input *in;
	struct bemu *em;
	struct bemu_env *env;
	struct bemu_task *tasks[NR_TASKS];
	struct bemu_running *running;
	uint32_t running_task;
	long answers[MAX_CALLS];
	uint32_t nr;
	int fault;
};

static const char *const pins[NR_NAMES] = { "/sys/fs/bpf/a", "/sys/fs/bpf/b", "/sys/fs/bpf/d/a",
					    "/sys/fs/bpf/d" };
static const char *const modules[NR_NAMES] = { "m1", "m2", "m1", "m2" };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_worlds_warm(FUZZ_WORLD_MINI);
	return 0;
}

static uint64_t ptr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int fd_of(const struct play *p, uint8_t v)
{
	if (v < FIRST_RESULT || !p->nr)
		return v;
	return (int)p->answers[(uint32_t)(v - FIRST_RESULT) % p->nr];
}

static long bpf(struct play *p, struct bemu_task *t, uint32_t cmd, void *attr, uint32_t size)
{
	long kret = 0;
	int err = bemu_sys_bpf(t, cmd, ptr(attr), size, &kret);

	if (err && err != -EOPNOTSUPP)
		p->fault = err;
	return err ? err : kret;
}

static long map_create(struct play *p, struct bemu_task *t, const struct call *c)
{
	static const uint8_t types[] = { BPF_MAP_TYPE_ARRAY,	    BPF_MAP_TYPE_HASH,
					 BPF_MAP_TYPE_PROG_ARRAY,   BPF_MAP_TYPE_ARRAY_OF_MAPS,
					 BPF_MAP_TYPE_HASH_OF_MAPS, BPF_MAP_TYPE_RINGBUF };
	struct bemu_attr_map_create a = { .map_type = types[c->a % sizeof(types)],
					  .key_size = 4,
					  .value_size = 4,
					  .max_entries = 4 };

	if (a.map_type == BPF_MAP_TYPE_RINGBUF) {
		a.key_size = a.value_size = 0;
		a.max_entries = 4096;
	}
	if (a.map_type == BPF_MAP_TYPE_ARRAY_OF_MAPS || a.map_type == BPF_MAP_TYPE_HASH_OF_MAPS)
		a.inner_map_fd = (uint32_t)fd_of(p, c->b);
	if (c->c & 1) {
		a.btf_fd = (uint32_t)fd_of(p, c->d);
		a.btf_key_type_id = 1;
		a.btf_value_type_id = 1;
	}
	return bpf(p, t, BPF_MAP_CREATE, &a, sizeof(a));
}

static long map_elem(struct play *p, struct bemu_task *t, const struct call *c, uint32_t cmd)
{
	uint32_t key = c->b & 7, value = (uint32_t)fd_of(p, c->c);
	struct bemu_attr_elem a = { .map_fd = (uint32_t)fd_of(p, c->a),
				    .key = ptr(&key),
				    .value = ptr(&value) };

	return bpf(p, t, cmd, &a, cmd == BPF_MAP_FREEZE ? 4 : sizeof(a));
}

/* Returns 0; @b: refers to a map, calls m1's kfunc through fd_array, or attaches to a function. */
static long prog_load(struct play *p, struct bemu_task *t, const struct call *c)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1, .src_reg = c->b & 3 },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int32_t fds[2] = { 0, fd_of(p, c->c) };
	struct bemu_attr_prog_load a = {
		.prog_type = c->d & 1 ? BPF_PROG_TYPE_RAW_TRACEPOINT : BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = ptr(insns),
		.insn_cnt = 4,
		.license = ptr("GPL"),
	};

	insns[0].imm = fd_of(p, c->a);
	if (insns[0].src_reg == 3) { /* a variable of a module, by its BTF */
		insns[0].imm = 1 + c->e;
		insns[1].imm = fd_of(p, c->a);
	}
	if (c->d & 2) {
		a.fd_array = ptr(fds);
		a.fd_array_cnt = c->d & 4 ? 2 : 0;
	}
	if (c->d & 8) {
		a.prog_type = BPF_PROG_TYPE_TRACING;
		a.expected_attach_type = BPF_TRACE_FENTRY;
		a.attach_btf_id = c->e;
		a.attach_prog_fd = c->c ? (uint32_t)fd_of(p, c->c) : 0;
	}
	return bpf(p, t, BPF_PROG_LOAD, &a, sizeof(a));
}

static long btf_load(struct play *p, struct bemu_task *t)
{
	static const struct {
		struct btf_header hdr;
		uint32_t types[4];
		char strs[8];
	} raw = { { .magic = BTF_MAGIC,
		    .version = 1,
		    .hdr_len = 24,
		    .type_len = 16,
		    .str_off = 16,
		    .str_len = 8 },
		  { 1, 0x01000000, 4, 0x20 },
		  "\0int" };
	struct bemu_attr_btf_load a = { .btf = ptr(&raw), .btf_size = sizeof(raw) };

	return bpf(p, t, BPF_BTF_LOAD, &a, sizeof(a));
}

static long by_id(struct play *p, struct bemu_task *t, const struct call *c)
{
	static const uint8_t cmds[] = { BPF_MAP_GET_FD_BY_ID, BPF_PROG_GET_FD_BY_ID,
					BPF_BTF_GET_FD_BY_ID, BPF_LINK_GET_FD_BY_ID };
	struct bemu_attr_id a = { .id = c->b };

	return bpf(p, t, cmds[c->a & 3], &a, 12);
}

static long pin(struct play *p, struct bemu_task *t, const struct call *c, uint32_t cmd)
{
	struct bemu_attr_obj a = { .pathname = ptr(pins[c->b % NR_NAMES]) };

	if (cmd == BPF_OBJ_PIN)
		a.bpf_fd = (uint32_t)fd_of(p, c->a);
	return bpf(p, t, cmd, &a, 16);
}

static long raw_tp(struct play *p, struct bemu_task *t, const struct call *c)
{
	struct bemu_attr_raw_tp a = { .name = ptr("sys_enter"),
				      .prog_fd = (uint32_t)fd_of(p, c->a) };

	return bpf(p, t, BPF_RAW_TRACEPOINT_OPEN, &a, 16);
}

static long link_or_bind(struct play *p, struct bemu_task *t, const struct call *c)
{
	uint32_t a[3] = { (uint32_t)fd_of(p, c->a), (uint32_t)fd_of(p, c->b), 0 };

	return bpf(p, t, BPF_PROG_BIND_MAP, a, sizeof(a));
}

static long module_call(struct play *p, const struct call *c)
{
	const char *name = modules[c->a % NR_NAMES];
	struct bemu_module_opts opts = { .size = sizeof(opts), .name = name };
	long kret = 0;
	int err;

	opts.btf = fuzz_world_module(c->a & 1, &opts.btf_len);
	switch (c->b % 8) {
	case 0:
		err = bemu_module_load(p->em, &opts, &kret);
		break;
	case 1:
		err = bemu_module_begin(p->em, &opts, &kret);
		break;
	case 2:
		err = bemu_module_live(p->em, name, &kret);
		break;
	case 3:
		err = bemu_module_fail(p->em, name, &kret);
		break;
	case 4:
		err = bemu_module_going(p->em, name, &kret);
		break;
	case 5:
		err = bemu_module_gone(p->em, name, &kret);
		break;
	default:
		err = bemu_module_unload(p->em, name, &kret);
		break;
	}
	p->fault = err;
	return kret;
}

static long task_call(struct play *p, uint32_t who, const struct call *c)
{
	struct bemu_task *t = p->tasks[who], **other = &p->tasks[c->a % NR_TASKS];
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };
	long kret = 0;

	switch (c->b % 6) {
	case 0:
		if (!*other)
			p->fault = bemu_task_fork(t, c->c & 1 ? BEMU_FORK_FILES : 0, other);
		break;
	case 1:
		if (p->running && p->running_task == who)
			break;
		bemu_task_exit(t);
		p->tasks[who] = NULL;
		break;
	case 2:
		p->fault = bemu_task_exec(t);
		break;
	case 3:
		if (*other)
			p->fault = bemu_task_send_fd(t, fd_of(p, c->c), *other, &kret);
		break;
	case 4:
		p->fault = bemu_task_recv_fd(t, c->c & 1, &kret);
		break;
	default:
		if (!*other)
			p->fault = bemu_task_new(p->em, &opts, other);
		break;
	}
	return kret;
}

static long fd_call(struct play *p, struct bemu_task *t, const struct call *c)
{
	long kret = 0;

	switch (c->b % 8) {
	case 0:
		p->fault = bemu_sys_dup(t, fd_of(p, c->a), &kret);
		break;
	case 1:
		p->fault = bemu_sys_dup2(t, fd_of(p, c->a), fd_of(p, c->c), &kret);
		break;
	case 2:
		p->fault = bemu_sys_dupfd(t, fd_of(p, c->a), c->c & 31, c->d & 1, &kret);
		break;
	case 3:
		p->fault = bemu_task_reserve_fd(t, c->a & 31, &kret);
		break;
	case 4:
		kret = bemu_task_release_fd(t, c->a & 31);
		break;
	case 5:
		p->fault = bemu_sys_open(t, "/sys/fs/bpf", 0, &kret);
		break;
	default:
		p->fault = bemu_sys_open_other(t, "memfd:x", c->d & 1, &kret);
		break;
	}
	return kret;
}

static long path_call(struct play *p, struct bemu_task *t, const struct call *c)
{
	const char *from = pins[c->a % NR_NAMES], *to = pins[c->c % NR_NAMES];
	long kret = 0;

	switch (c->b % 6) {
	case 0:
		p->fault = bemu_sys_unlink(t, from, &kret);
		break;
	case 1:
		p->fault = bemu_sys_mkdir(t, from, &kret);
		break;
	case 2:
		p->fault = bemu_sys_rmdir(t, from, &kret);
		break;
	case 3:
		p->fault = bemu_sys_rename(t, from, to, &kret);
		break;
	case 4:
		p->fault = bemu_sys_link(t, from, to, &kret);
		break;
	default:
		p->fault = bemu_sys_umount(t, &kret);
		break;
	}
	return kret;
}

static long run_call(struct play *p, uint32_t who, const struct call *c)
{
	long kret = 0;

	switch (c->b % 4) {
	case 0:
		if (!p->running) {
			p->fault =
				bemu_prog_enter(p->tasks[who], fd_of(p, c->a), &p->running, &kret);
			p->running_task = who;
		}
		break;
	case 1:
		bemu_prog_leave(p->running);
		p->running = NULL;
		break;
	default:
		kret = (long)bemu_deferred_run(p->em, 1 + (c->a & 3));
		break;
	}
	return kret;
}

static long one_call(struct play *p, const struct call *c)
{
	uint32_t who = c->task % NR_TASKS;
	struct bemu_task *t = p->tasks[who];
	long kret = 0;

	if (!t)
		return 0;
	switch (c->op % 20) {
	case 0:
		return map_create(p, t, c);
	case 1:
		return map_elem(p, t, c, BPF_MAP_UPDATE_ELEM);
	case 2:
		return map_elem(p, t, c, BPF_MAP_DELETE_ELEM);
	case 3:
		return map_elem(p, t, c, BPF_MAP_LOOKUP_ELEM);
	case 4:
		return map_elem(p, t, c, BPF_MAP_FREEZE);
	case 5:
	case 6:
		return prog_load(p, t, c);
	case 7:
		return btf_load(p, t);
	case 8:
		return by_id(p, t, c);
	case 9:
		return pin(p, t, c, BPF_OBJ_PIN);
	case 10:
		return pin(p, t, c, BPF_OBJ_GET);
	case 11:
		return raw_tp(p, t, c);
	case 12:
		return link_or_bind(p, t, c);
	case 13:
		return module_call(p, c);
	case 14:
		return task_call(p, who, c);
	case 15:
		return fd_call(p, t, c);
	case 16:
		return path_call(p, t, c);
	case 17:
		return run_call(p, who, c);
	default:
		p->fault = bemu_sys_close(t, fd_of(p, c->a), &kret);
		return kret;
	}
}

/*
 * Kernels that take the id of a module's BTF back with its last reference, not when the module goes, are
 * modelled as they are: there the finding is true.
 */
static bool is_true_of(const struct bemu_model *model, const struct bemu_finding *f)
{
	return f->id == BEMU_FINDING_ID_STALE && !bemu_model_has(model, BEMU_KF_MODULE_ID_EARLY);
}

static void audit(const struct play *p, const char *when)
{
	struct bemu_findings set;
	uint32_t i;

	bemu_findings_init(&set, p->env);
	if (!bemu_refs_audit(&p->em->model, p->nr, &set)) {
		for (i = 0; i < set.nr; i++)
			FUZZ_CHECK_MSG(is_true_of(&p->em->model, &set.arr[i]), "%s call %u: %s: %s",
				       when, p->nr, bemu_finding_name(set.arr[i].id),
				       set.arr[i].summary);
	}
	bemu_findings_fini(&set);
}

/* Everything goes: no object, no file, no memory of a task is left. */
static void check_empty(struct play *p)
{
	struct bemu_model *m = &p->em->model;
	uint32_t i;

	bemu_prog_leave(p->running);
	for (i = 0; i < NR_TASKS; i++)
		bemu_task_exit(p->tasks[i]);
	bemu_deferred_wait(p->em, 0);
	if (p->fault || bemu_pin_umount(m))
		return;
	for (i = 0; i < BEMU_OBJ_NR; i++)
		FUZZ_CHECK(i == BEMU_OBJ_BTF || !m->objs[i].oldest);
	FUZZ_CHECK(!m->oldest_file && !m->nr_files && !m->nr_dead);
	FUZZ_CHECK(!m->vmlinux || m->vmlinux->obj.refs == 1);
	audit(p, "at the end, after");
}

static void play(struct play *p, const struct fuzz_input *in, struct bemu *em, struct bemu_env *env)
{
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };
	struct call c;
	uint32_t i, nr = (uint32_t)(in->size / CALL_LEN);

	memset(p, 0, sizeof(*p));
	p->in = in;
	p->em = em;
	p->env = env;
	fuzz_arm(em->env, in);
	bemu_deferred_wait(em, in->knobs.extra & 1);
	p->fault = bemu_task_new(em, &opts, &p->tasks[0]);
	for (i = 0; !p->fault && i < nr && i < MAX_CALLS; i++) {
		memcpy(&c, in->data + (size_t)i * CALL_LEN, CALL_LEN);
		p->answers[i] = one_call(p, &c);
		p->nr = i + 1;
		if (!(in->knobs.flags & FUZZ_FAIL_ALLOC))
			audit(p, "after");
	}
	if (!p->fault)
		fuzz_outcome = FUZZ_ACCEPT;
	if (in->knobs.flags & FUZZ_FAIL_ALLOC)
		p->fault = -ENOMEM;
	check_empty(p);
	bemu_reset(em);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t kernel, i;
	struct play first, second;
	struct bemu_env *env;
	struct fuzz_input in;

	fuzz_input_init(&in, data, size);
	fuzz_outcome = FUZZ_REJECT;
	env = fuzz_env(&in);
	bemu_env_fail_at(env, 0);
	kernel = fuzz_kernel(&in);
	play(&first, &in, fuzz_world(kernel, FUZZ_WORLD_MINI, 0), env);
	if (!first.fault && fuzz_twice(&in)) {
		play(&second, &in, fuzz_world(kernel, FUZZ_WORLD_MINI, 1), env);
		FUZZ_CHECK(second.nr == first.nr);
		for (i = 0; i < first.nr; i++)
			FUZZ_CHECK_MSG(first.answers[i] == second.answers[i],
				       "call %u: %ld, in another world %ld", i + 1,
				       first.answers[i], second.answers[i]);
	}
	fuzz_env_done(env);
	fuzz_input_fini(&in);
	return 0;
}
