// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* BTF, programs and links. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <bemu/watch.h>

#include "scenario/lex.h"
#include "scenario/private.h"

enum { MAX_SLOTS = 1024, MAX_NOTES = 64 };

static const char *const prog_types[] = {
	[BPF_PROG_TYPE_SOCKET_FILTER] = "socket_filter",
	[BPF_PROG_TYPE_KPROBE] = "kprobe",
	[BPF_PROG_TYPE_SCHED_CLS] = "sched_cls",
	[BPF_PROG_TYPE_SCHED_ACT] = "sched_act",
	[BPF_PROG_TYPE_TRACEPOINT] = "tracepoint",
	[BPF_PROG_TYPE_XDP] = "xdp",
	[BPF_PROG_TYPE_PERF_EVENT] = "perf_event",
	[BPF_PROG_TYPE_CGROUP_SKB] = "cgroup_skb",
	[BPF_PROG_TYPE_RAW_TRACEPOINT] = "raw_tp",
	[BPF_PROG_TYPE_TRACING] = "tracing",
	[BPF_PROG_TYPE_STRUCT_OPS] = "struct_ops",
	[BPF_PROG_TYPE_EXT] = "ext",
	[BPF_PROG_TYPE_LSM] = "lsm",
	[BPF_PROG_TYPE_SYSCALL] = "syscall",
};

static int need_log(struct bemu_scn_run *run, uint32_t *level, uint32_t *size)
{
	int err;

	err = bemu_scn_setting_u32(run, "log", bemu_scn_wants(run, "log"), level);
	if (!err)
		err = bemu_scn_setting_u32(run, "log_size", *level ? BEMU_SCN_LOG_LEN : 0, size);
	if (err || !*size)
		return err;
	if (*size > BEMU_SCN_LOG_LEN)
		return bemu_scn_mistake(run, NULL, "a log has at most %d bytes here",
					BEMU_SCN_LOG_LEN);
	memset(run->log, 0, BEMU_SCN_LOG_LEN);
	run->answer.log = run->log;
	return bemu_scn_mem(run, run->log, *size);
}

/* ---- BTF ---- */

int bemu_scn_do_btf_load(struct bemu_scn_run *run)
{
	struct bemu_attr_btf_load a = { 0 };
	uint32_t size = sizeof(a);
	char label[BEMU_LIFE_WHAT_LEN];
	void *raw = NULL;
	size_t len = 0;
	int err;

	err = bemu_scn_type_bytes(run, false, &raw, &len);
	if (!err)
		err = need_log(run, &a.btf_log_level, &a.btf_log_size);
	if (!err)
		err = bemu_scn_setting_u32(run, "size", (uint32_t)len, &a.btf_size);
	if (!err)
		err = bemu_scn_mem(run, raw, len);
	if (!err) {
		run->victim = (struct bemu_scn_bytes){ raw, len };
		a.btf = (uint64_t)(uintptr_t)raw;
		a.btf_log_buf = a.btf_log_size ? (uint64_t)(uintptr_t)run->log : 0;
		if (run->kernel && run->kernel <= BEMU_KERNEL_6_1)
			size = offsetof(struct bemu_attr_btf_load, btf_log_true_size);
		err = bemu_scn_bpf(run, BPF_BTF_LOAD, &a, size);
	}
	if (!err && run->answer.ret >= 0 &&
	    bemu_btf_parse(run->env, raw, len, NULL, 0, &run->answer.btf) && run->env->fault)
		err = run->env->fault;
	if (!err && size == sizeof(a) && a.btf_log_true_size)
		bemu_scn_field(run, "log_true_size", a.btf_log_true_size);
	bemu_mem_free(run->env, raw);
	return err ? err
		   : bemu_scn_opened(run, run->task, "btf %s", bemu_scn_label(run, "", label));
}

/* One BTF of the walk: -ENOENT, or its number in run->answer.ret. */
static int open_if_named(struct bemu_scn_run *run, uint32_t id, const char *want, bool *found)
{
	struct bemu_attr_id by_id = { .id = id };
	struct bpf_btf_info info = { 0 };
	struct bemu_attr_info a = { .info_len = sizeof(info), .info = (uint64_t)(uintptr_t)&info };
	char name[64] = "";
	long fd, ret;
	int err;

	err = bemu_scn_bpf(run, BPF_BTF_GET_FD_BY_ID, &by_id, sizeof(by_id.id));
	fd = run->answer.ret;
	if (err || fd < 0)
		return err;
	a.bpf_fd = (uint32_t)fd;
	info.name = (uint64_t)(uintptr_t)name;
	info.name_len = sizeof(name);
	err = bemu_scn_mem(run, &info, sizeof(info));
	if (!err)
		err = bemu_scn_mem(run, name, sizeof(name));
	if (!err)
		err = bemu_scn_bpf(run, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a));
	if (err)
		return err;
	*found = !run->answer.ret && info.kernel_btf && !strcmp(name, want);
	run->answer.ret = fd;
	return *found ? 0 : bemu_scn_sys_close(run, (int)fd, &ret);
}

/* As loaders find the BTF of a module: there is no call that takes its name. */
int bemu_scn_do_btf_open(struct bemu_scn_run *run)
{
	char want[64];
	const struct bemu_scn_arg *name;
	struct bemu_attr_id next = { 0 };
	bool found = false;
	int err = bemu_scn_need(run, 2, "a name", &name);

	if (err)
		return err;
	bemu_scn_copy(run, name, want, sizeof(want));
	while (!err && !found) {
		bemu_skel_mem_cut(&run->mem, run->mem_base);
		err = bemu_scn_bpf(run, BPF_BTF_GET_NEXT_ID, &next,
				   offsetof(struct bemu_attr_id, open_flags));
		if (err || run->answer.ret)
			break;
		next.id = next.next_id;
		err = open_if_named(run, next.id, want, &found);
		if (!err && !found && run->answer.ret < 0 && run->answer.ret != -ENOENT)
			break;
	}
	return err ? err : bemu_scn_opened(run, run->task, "btf %s", want);
}

/* ---- programs ---- */

/** struct load - PROG_LOAD while its attribute is put together */
struct load {
	struct bemu_scn_run *run;
	struct bemu_attr_prog_load attr;
	struct bemu_scn_insns insns;
	int32_t *slots;
	struct bpf_func_info *funcs;
	uint32_t nr_notes;
	struct bemu_escape_note notes[MAX_NOTES];
	char name[64], license[128];
};

static int asm_number(void *ctx, const char *name, size_t len, int64_t *out)
{
	const struct load *load = ctx;
	const struct bemu_scn_name *given = bemu_scn_find_name(load->run, name, len);

	if (!given)
		return -ENOENT;
	*out = given->value;
	return 0;
}

static int asm_type(void *ctx, const char *btf, size_t btf_len, const char *name, size_t len,
		    uint32_t *out)
{
	const struct load *load = ctx;

	return bemu_scn_type_id(load->run, btf, btf_len, name, len, out);
}

static int asm_noted(void *ctx, const char *name, size_t len, uint32_t insn_idx, uint32_t half)
{
	struct load *load = ctx;
	const struct bemu_scn_name *given = bemu_scn_find_name(load->run, name, len);
	struct bemu_escape_note *note;

	(void)half;
	if (!given || !given->life || load->nr_notes >= MAX_NOTES)
		return 0;
	note = &load->notes[load->nr_notes++];
	memset(note, 0, sizeof(*note));
	note->table = given->task->task ? given->task->book->pid : 0;
	note->life = given->life;
	note->insn_idx = insn_idx;
	note->fd = (int32_t)given->value;
	memcpy(note->name, name, len < sizeof(note->name) ? len : sizeof(note->name) - 1);
	return 0;
}

static const struct bemu_scn_arg *list_item(const struct bemu_scn_arg *list, uint32_t i)
{
	return list->kind == BEMU_SCN_LIST ? &list[1 + i] : list;
}

static uint32_t list_len(const struct bemu_scn_arg *list)
{
	return list->kind == BEMU_SCN_LIST ? list->nr_items : 1;
}

static int read_fd_array(struct load *load)
{
	struct bemu_scn_run *run = load->run;
	const struct bemu_scn_arg *list = bemu_scn_setting(run, "fd_array");
	uint32_t i, nr;
	int64_t v;
	int err = 0;

	if (!list)
		return 0;
	nr = list_len(list);
	if (nr > MAX_SLOTS)
		return bemu_scn_mistake(run, &list->key, "at most %d slots", MAX_SLOTS);
	load->slots = bemu_zalloc_array(run->env, (size_t)nr + 1, sizeof(*load->slots));
	if (!load->slots)
		return -ENOMEM;
	for (i = 0; !err && i < nr; i++) {
		const struct bemu_scn_arg *item = list_item(list, i);

		load->slots[i] = -1;
		if (bemu_scn_is(run->scn, &item->val, "_"))
			continue;
		err = bemu_scn_value(run, &item->val, &v);
		if (!err)
			err = bemu_scn_use_fd(run, &item->val, "bpf PROG_LOAD");
		if (!err)
			load->slots[i] = bemu_wrap_s32((uint64_t)v);
	}
	load->attr.fd_array = (uint64_t)(uintptr_t)load->slots;
	return err ? err : bemu_scn_mem(run, load->slots, nr * sizeof(*load->slots));
}

/* func_info=[0, b:f, 5, b:g]: pairs of an instruction and a function's type */
static int read_func_info(struct load *load)
{
	struct bemu_scn_run *run = load->run;
	const struct bemu_scn_arg *list = bemu_scn_setting(run, "func_info");
	uint32_t i, nr;
	int64_t v;
	int err = 0;

	if (!list)
		return 0;
	nr = list_len(list) / 2;
	if (list_len(list) % 2 || nr > MAX_SLOTS)
		return bemu_scn_mistake(run, &list->key, "pairs of an instruction and a type");
	load->funcs = bemu_zalloc_array(run->env, (size_t)nr + 1, sizeof(*load->funcs));
	if (!load->funcs)
		return -ENOMEM;
	for (i = 0; !err && i < nr; i++) {
		const struct bemu_scn_str *off = &list_item(list, 2 * i)->val,
					  *type = &list_item(list, 2 * i + 1)->val;
		const char *text = run->scn->text + type->off, *colon;

		err = bemu_scn_value(run, off, &v);
		if (err)
			break;
		load->funcs[i].insn_off = bemu_wrap_u32((uint64_t)v);
		colon = memchr(text, ':', type->len);
		if (!colon || bemu_scn_type_id(run, text, (size_t)(colon - text), colon + 1,
					       type->len - (size_t)(colon - text) - 1,
					       &load->funcs[i].type_id))
			err = bemu_scn_mistake(run, type, "BTF:FUNCTION");
	}
	load->attr.func_info = (uint64_t)(uintptr_t)load->funcs;
	load->attr.func_info_cnt = nr;
	load->attr.func_info_rec_size = sizeof(*load->funcs);
	return err ? err : bemu_scn_mem(run, load->funcs, nr * sizeof(*load->funcs));
}

/* A setting that is an FD: its use is told. */
static int setting_fd(struct bemu_scn_run *run, const char *key, uint32_t *out)
{
	const struct bemu_scn_arg *arg = bemu_scn_setting(run, key);
	int err = bemu_scn_setting_u32(run, key, *out, out);

	return err || !arg ? err : bemu_scn_use_fd(run, &arg->val, "bpf PROG_LOAD");
}

/* A number, or BTF:TYPE. */
static int setting_type(struct bemu_scn_run *run, const char *key, uint32_t *out)
{
	const struct bemu_scn_arg *arg = bemu_scn_setting(run, key);
	const char *text, *colon;

	if (!arg)
		return 0;
	text = run->scn->text + arg->val.off;
	colon = memchr(text, ':', arg->val.len);
	if (!colon)
		return bemu_scn_setting_u32(run, key, 0, out);
	if (bemu_scn_type_id(run, text, (size_t)(colon - text), colon + 1,
			     arg->val.len - (size_t)(colon - text) - 1, out))
		return bemu_scn_mistake(run, &arg->val, "no such BTF or type");
	return 0;
}

static int read_settings(struct load *load)
{
	struct bemu_scn_run *run = load->run;
	struct bemu_attr_prog_load *a = &load->attr;
	const struct bemu_scn_arg *name = bemu_scn_setting(run, "name"),
				  *license = bemu_scn_setting(run, "license");
	int err;

	if (name)
		bemu_scn_copy(run, name, load->name, sizeof(load->name));
	memcpy(a->prog_name, load->name, sizeof(a->prog_name));
	memcpy(load->license, "GPL", 4);
	if (license)
		bemu_scn_copy(run, license, load->license, sizeof(load->license));
	a->license = (uint64_t)(uintptr_t)load->license;
	err = bemu_scn_setting_u32(run, "flags", 0, &a->prog_flags);
	if (!err)
		err = bemu_scn_setting_u32(run, "attach_type", 0, &a->expected_attach_type);
	if (!err)
		err = bemu_scn_setting_u32(run, "ifindex", 0, &a->prog_ifindex);
	if (!err)
		err = bemu_scn_setting_u32(run, "fd_array_cnt", 0, &a->fd_array_cnt);
	if (!err)
		err = bemu_scn_setting_u32(run, "insn_cnt", load->insns.nr, &a->insn_cnt);
	if (!err)
		err = setting_fd(run, "btf", &a->prog_btf_fd);
	if (!err)
		err = setting_fd(run, "attach_btf", &a->attach_prog_fd);
	if (!err)
		err = setting_fd(run, "attach_prog", &a->attach_prog_fd);
	if (!err)
		err = setting_type(run, "attach_btf_id", &a->attach_btf_id);
	if (!err)
		err = read_fd_array(load);
	if (!err)
		err = read_func_info(load);
	return err;
}

static int read_insns(struct load *load)
{
	const struct bemu_scn_asm_ops ops = {
		.ctx = load, .number = asm_number, .type = asm_type, .noted = asm_noted
	};
	struct bemu_scn_run *run = load->run;
	const struct bemu_scn_arg *hex = bemu_scn_setting(run, "hex");
	uint8_t *bytes;
	size_t len;
	int err;

	if (run->line->has_block)
		return bemu_scn_asm(run->env, run->scn, run->where, &run->line->block, &ops,
				    &load->insns);
	if (!hex)
		return bemu_scn_mistake(run, NULL, "instructions are missing: a block or hex=");
	err = bemu_scn_hex(run, &hex->val, &bytes, &len);
	if (err)
		return err;
	load->insns.insns = (struct bpf_insn *)bytes;
	load->insns.nr = (uint32_t)(len / sizeof(*load->insns.insns));
	return 0;
}

/* What the kernel keeps of a program, as any task with the right can read it. */
static int prog_id_of(struct bemu_scn_run *run, int fd, uint32_t *out)
{
	struct bpf_prog_info info = { 0 };
	struct bemu_attr_info a = { .bpf_fd = (uint32_t)fd,
				    .info_len = offsetof(struct bpf_prog_info, tag),
				    .info = (uint64_t)(uintptr_t)&info };
	long ret = run->answer.ret;
	int err = bemu_scn_mem(run, &info, sizeof(info));

	if (!err)
		err = bemu_scn_bpf(run, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a));
	*out = info.id;
	run->answer.ret = ret;
	return err;
}

/* Only what the kernel does not take for a reference: constants without a pseudo register. */
static bool is_plain_data(const struct load *load, uint32_t insn_idx)
{
	const struct bpf_insn *insn;

	if (insn_idx >= load->insns.nr)
		return false;
	insn = &load->insns.insns[insn_idx];
	return !bemu_insn_is_ld64(insn) || !insn->src_reg;
}

static int note_numbers(struct load *load)
{
	struct bemu_scn_run *run = load->run;
	char label[BEMU_LIFE_WHAT_LEN];
	const char *name = bemu_scn_label(run, "", label);
	uint32_t i, id = 0;
	int err = 0;

	if (!load->nr_notes || run->answer.ret < 0)
		return 0;
	err = prog_id_of(run, (int)run->answer.ret, &id);
	for (i = 0; !err && i < load->nr_notes; i++) {
		struct bemu_escape_note *note = &load->notes[i];

		if (!is_plain_data(load, note->insn_idx))
			continue;
		note->prog_id = id;
		memcpy(note->prog, name, strnlen(name, sizeof(note->prog) - 1));
		err = bemu_escape_note(run->escape, note);
	}
	return err;
}

static uint32_t attr_size(const struct bemu_scn_run *run, const struct bemu_attr_prog_load *a)
{
	if (a->fd_array_cnt)
		return offsetof(struct bemu_attr_prog_load, signature);
	if (run->kernel && run->kernel <= BEMU_KERNEL_6_1)
		return offsetof(struct bemu_attr_prog_load, core_relos);
	return offsetof(struct bemu_attr_prog_load, prog_token_fd);
}

static int do_load(struct load *load)
{
	struct bemu_scn_run *run = load->run;
	struct bemu_attr_prog_load *a = &load->attr;
	const struct bemu_scn_arg *type;
	char label[BEMU_LIFE_WHAT_LEN];
	uint32_t insn_idx;
	int err = bemu_scn_need(run, 2, "the type of the program", &type);

	if (!err)
		err = bemu_scn_enum(run, type, prog_types, BEMU_ARRAY_SIZE(prog_types),
				    "program type", &a->prog_type);
	if (!err)
		err = read_insns(load);
	if (!err)
		err = read_settings(load);
	if (!err)
		err = need_log(run, &a->log_level, &a->log_size);
	if (!err)
		err = bemu_scn_mem(run, load->insns.insns,
				   load->insns.nr * sizeof(*load->insns.insns));
	if (!err)
		err = bemu_scn_mem(run, load->license, sizeof(load->license));
	if (err)
		return err;
	run->victim = (struct bemu_scn_bytes){ (uint8_t *)load->insns.insns,
					       load->insns.nr * sizeof(*load->insns.insns) };
	a->insns = (uint64_t)(uintptr_t)load->insns.insns;
	a->log_buf = a->log_size ? (uint64_t)(uintptr_t)run->log : 0;
	err = bemu_scn_bpf(run, BPF_PROG_LOAD, a, attr_size(run, a));
	if (!err && run->answer.ret >= 0 && !run->opts->kernel)
		run->answer.unproven =
			bemu_prog_unproven(run->task->task, (int)run->answer.ret, &insn_idx) == 1;
	if (!err)
		err = note_numbers(load);
	return err ? err
		   : bemu_scn_opened(run, run->task, "prog %s",
				     bemu_scn_label(run, load->name, label));
}

int bemu_scn_do_prog_load(struct bemu_scn_run *run)
{
	struct load *load = bemu_zalloc(run->env, sizeof(*load));
	int err;

	if (!load)
		return -ENOMEM;
	load->run = run;
	err = do_load(load);
	bemu_mem_free(run->env, load->insns.insns);
	bemu_mem_free(run->env, load->slots);
	bemu_mem_free(run->env, load->funcs);
	bemu_mem_free(run->env, load);
	return err;
}

static int need_fd(struct bemu_scn_run *run, uint32_t n, const char *what, uint32_t *out)
{
	const struct bemu_scn_arg *arg;
	int64_t v = 0;
	int err = bemu_scn_need(run, n, what, &arg);

	if (!err)
		err = bemu_scn_value(run, &arg->val, &v);
	*out = bemu_wrap_u32((uint64_t)v);
	return err ? err : bemu_scn_use_fd(run, &arg->val, "bpf");
}

/* ---- calls of programs ---- */

static int call_begins(void *ctx, const struct bemu_seen *seen)
{
	(void)ctx;
	(void)seen;
	return 0;
}

/*
 * A program may be handed attributes of its own making, whose pointers are the kernel's. PROG_TEST_RUN takes
 * such a pointer for its caller's and so may not be among its calls: bpf_sys_bpf(), include/uapi/linux/bpf.h.
 */
static int call_ends(void *ctx, struct bemu_seen *seen)
{
	struct bemu_scn_run *run = ctx;

	if (seen->kind != BEMU_SEEN_BPF || seen->insn_idx == BEMU_SEEN_NATIVE ||
	    seen->cmd != BPF_PROG_TEST_RUN || seen->ret < 0)
		return 0;
	return bemu_findings_add(&run->findings, BEMU_FINDING_PRIVILEGE, run->step, seen->insn_idx,
				 "insn %d of a program has run another with its own pointers",
				 seen->insn_idx)
		       ? 0
		       : -ENOMEM;
}

int bemu_scn_do_prog_run(struct bemu_scn_run *run)
{
	const struct bemu_watch watch = {
		.size = sizeof(watch), .begin = call_begins, .end = call_ends, .ctx = run
	};
	struct bemu_attr_test a = { 0 };
	const struct bemu_scn_arg *ctx = bemu_scn_setting(run, "ctx");
	uint8_t *bytes = NULL;
	size_t len = 0;
	int err = need_fd(run, 2, "a program", &a.prog_fd);

	if (!err && ctx)
		err = bemu_scn_hex(run, &ctx->val, &bytes, &len);
	if (!err && ctx) {
		a.ctx_in = (uint64_t)(uintptr_t)bytes;
		a.ctx_size_in = (uint32_t)len;
		err = bemu_scn_mem(run, bytes, len);
	}
	if (!err && !run->opts->kernel)
		bemu_task_watch(run->task->task, &watch);
	if (!err)
		err = bemu_scn_bpf(run, BPF_PROG_TEST_RUN, &a,
				   offsetof(struct bemu_attr_test, batch_size));
	if (!run->opts->kernel)
		bemu_task_watch(run->task->task, NULL);
	if (!err && !run->answer.ret)
		bemu_scn_field(run, "retval", a.retval);
	bemu_mem_free(run->env, bytes);
	return err;
}

int bemu_scn_do_prog_bind(struct bemu_scn_run *run)
{
	struct bemu_attr_three a = { 0 };
	int err = need_fd(run, 2, "a program", &a.a);

	if (!err)
		err = need_fd(run, 3, "a map", &a.b);
	return err ? err : bemu_scn_bpf(run, BPF_PROG_BIND_MAP, &a, 12);
}

/* ---- links ---- */

int bemu_scn_do_link_raw_tp(struct bemu_scn_run *run)
{
	struct bemu_attr_raw_tp a = { 0 };
	const struct bemu_scn_arg *arg;
	char name[128] = "";
	int err = need_fd(run, 2, "a program", &a.prog_fd);

	arg = bemu_scn_arg(run, 3);
	if (arg) {
		bemu_scn_copy(run, arg, name, sizeof(name));
		a.name = (uint64_t)(uintptr_t)name;
	}
	if (!err)
		err = bemu_scn_mem(run, name, sizeof(name));
	if (!err)
		err = bemu_scn_bpf(run, BPF_RAW_TRACEPOINT_OPEN, &a,
				   offsetof(struct bemu_attr_raw_tp, pad));
	return err ? err : bemu_scn_opened(run, run->task, "link %s", name);
}

int bemu_scn_do_link_create(struct bemu_scn_run *run)
{
	struct bemu_attr_link_create a = { 0 };
	int err = need_fd(run, 2, "a program", &a.prog_fd);

	if (!err)
		err = bemu_scn_setting_u32(run, "attach_type", 0, &a.attach_type);
	if (!err)
		err = bemu_scn_bpf(run, BPF_LINK_CREATE, &a,
				   offsetof(struct bemu_attr_link_create, path));
	return err ? err : bemu_scn_opened(run, run->task, "link");
}
