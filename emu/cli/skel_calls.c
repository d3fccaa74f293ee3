/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The calls of a task and of the programs that it runs, as lines. What a pointer of an attribute means
 * is read through the watcher's own eyes, so that no length that a program states is believed.
 */
#include "cli/skel.h"

#include <errno.h>
#include <string.h>

#include "btf/btf.h"
#include "cli/cli.h"
#include "load/record.h"

enum { MAX_DEPTH = 4, MAX_PAYLOAD = 16 << 20, MAX_STR = 4096, MAX_SLOTS = 8, NO_OFF = UINT32_MAX };

struct line {
	int32_t insn_idx;
	char *text; /* NULL: did not come to an end */
};

/** struct geometry - sizes of a map's elements, by the number it was given last */
struct geometry {
	uint32_t key, value;
};

struct bemu_cli_calls {
	struct bemu_env *env;
	const struct bemu_watch *next;
	struct bemu_watch watch;
	bool load_refused;
	uint32_t nr, cap;
	struct line *lines;
	uint32_t depth;
	uint32_t open[MAX_DEPTH]; /* lines of the calls under way */
	struct bemu_call pending[MAX_DEPTH];
	uint32_t cap_maps;
	struct geometry *maps;
};

static uint32_t attr_u32(const struct bemu_call *call, uint32_t off)
{
	uint32_t v;

	memcpy(&v, call->attr_in + off, sizeof(v));
	return v;
}

static uint64_t attr_u64(const struct bemu_call *call, uint32_t off)
{
	uint64_t v;

	memcpy(&v, call->attr_in + off, sizeof(v));
	return v;
}

static void call_fini(struct bemu_cli_calls *calls, struct bemu_call *call)
{
	uint32_t i;

	for (i = 0; i < call->nr_payloads; i++)
		bemu_mem_free(calls->env, (void *)(uintptr_t)call->payloads[i].data);
	memset(call, 0, sizeof(*call));
}

/* @len bytes that the pointer at @off means; nothing when they cannot be read. */
static int add_bytes(struct bemu_cli_calls *calls, const struct bemu_seen *seen,
		     struct bemu_call *call, const char *field, uint32_t off, uint64_t len)
{
	struct bemu_call_payload *pl;
	void *copy;

	if (!len || len > MAX_PAYLOAD || call->nr_payloads == BEMU_CALL_MAX_PAYLOADS)
		return 0;
	copy = bemu_alloc(calls->env, (size_t)len);
	if (!copy)
		return -ENOMEM;
	if (seen->ops->read(seen, attr_u64(call, off), copy, (size_t)len)) {
		bemu_mem_free(calls->env, copy);
		return 0;
	}
	pl = &call->payloads[call->nr_payloads++];
	pl->field = field;
	pl->attr_off = off;
	pl->len = (uint32_t)len;
	pl->data = copy;
	return 0;
}

static int add_str(struct bemu_cli_calls *calls, const struct bemu_seen *seen,
		   struct bemu_call *call, const char *field, uint32_t off)
{
	uint64_t addr = attr_u64(call, off);
	uint32_t len;
	char c = 1;

	for (len = 0; len < MAX_STR; len++)
		if (seen->ops->read(seen, addr + len, &c, 1) || !c)
			break;
	return c ? 0 : add_bytes(calls, seen, call, field, off, len);
}

#define LOAD_OFF(f) ((uint32_t)offsetof(struct bemu_attr_prog_load, f))
#define BTF_OFF(f)  ((uint32_t)offsetof(struct bemu_attr_btf_load, f))

static int add_prog(struct bemu_cli_calls *calls, const struct bemu_seen *seen,
		    struct bemu_call *call)
{
	static const struct {
		const char *field;
		uint32_t off, cnt_off, rec_off;
	} rules[] = {
		{ "insns", LOAD_OFF(insns), LOAD_OFF(insn_cnt), NO_OFF },
		{ "func_info", LOAD_OFF(func_info), LOAD_OFF(func_info_cnt),
		  LOAD_OFF(func_info_rec_size) },
		{ "line_info", LOAD_OFF(line_info), LOAD_OFF(line_info_cnt),
		  LOAD_OFF(line_info_rec_size) },
		{ "core_relos", LOAD_OFF(core_relos), LOAD_OFF(core_relo_cnt),
		  LOAD_OFF(core_relo_rec_size) },
	};
	size_t i;
	int err = add_str(calls, seen, call, "license", LOAD_OFF(license));

	for (i = 0; !err && i < BEMU_ARRAY_SIZE(rules); i++) {
		uint64_t size = rules[i].rec_off == NO_OFF ? sizeof(struct bpf_insn)
							   : attr_u32(call, rules[i].rec_off);

		err = add_bytes(calls, seen, call, rules[i].field, rules[i].off,
				attr_u32(call, rules[i].cnt_off) * size);
	}
	return err;
}

static int add_elem(struct bemu_cli_calls *calls, const struct bemu_seen *seen,
		    struct bemu_call *call)
{
	uint32_t fd = attr_u32(call, 0);
	int err;

	if (fd >= calls->cap_maps)
		return 0;
	err = add_bytes(calls, seen, call, "key", 8, calls->maps[fd].key);
	if (err || call->cmd != BPF_MAP_UPDATE_ELEM)
		return err;
	return add_bytes(calls, seen, call, "value", 16, calls->maps[fd].value);
}

static int add_payloads(struct bemu_cli_calls *calls, const struct bemu_seen *seen,
			struct bemu_call *call)
{
	switch (call->cmd) {
	case BPF_PROG_LOAD:
		return add_prog(calls, seen, call);
	case BPF_BTF_LOAD:
		return add_bytes(calls, seen, call, "btf", BTF_OFF(btf),
				 attr_u32(call, BTF_OFF(btf_size)));
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_DELETE_ELEM:
		return add_elem(calls, seen, call);
	default:
		return 0;
	}
}

/* The slots of fd_array that the instructions name, with what is in them: "fd_array[64]=6". */
static void print_slots(struct bemu_buf *buf, const struct bemu_seen *seen,
			const struct bemu_call *call)
{
	uint64_t insns = attr_u64(call, LOAD_OFF(insns)),
		 slots = attr_u64(call, LOAD_OFF(fd_array));
	uint32_t nr = attr_u32(call, LOAD_OFF(insn_cnt)), i, j, nr_known = 0;
	int32_t known[MAX_SLOTS], idx, fd;

	for (i = 0; slots && i < nr && nr_known < MAX_SLOTS; i++) {
		struct bpf_insn insn;

		if (seen->ops->read(seen, insns + 8ull * i, &insn, sizeof(insn)))
			return;
		idx = -1;
		if (insn.code == (BPF_JMP | BPF_CALL) && insn.src_reg == BPF_PSEUDO_KFUNC_CALL)
			idx = insn.off > 0 ? insn.off : -1;
		else if (insn.code == (BPF_LD | BPF_IMM | BPF_DW) &&
			 (insn.src_reg == BPF_PSEUDO_MAP_IDX ||
			  insn.src_reg == BPF_PSEUDO_MAP_IDX_VALUE))
			idx = insn.imm;
		for (j = 0; j < nr_known && known[j] != idx; j++)
			;
		if (idx < 0 || j < nr_known ||
		    seen->ops->read(seen, slots + 4ull * (uint32_t)idx, &fd, sizeof(fd)))
			continue;
		known[nr_known++] = idx;
		bemu_buf_printf(buf, "  fd_array[%d]=%d", idx, fd);
	}
}

static int on_begin(void *ctx, const struct bemu_seen *seen)
{
	struct bemu_cli_calls *calls = ctx;
	struct bemu_call *call;
	int err = calls->next->begin(calls->next->ctx, seen);

	if (err)
		return err;
	if (calls->depth == MAX_DEPTH)
		return -EOPNOTSUPP;
	err = bemu_grow(calls->env, &calls->lines, &calls->cap, (size_t)calls->nr + 1,
			sizeof(*calls->lines));
	if (err)
		return err;
	calls->lines[calls->nr] = (struct line){ .insn_idx = seen->insn_idx };
	call = &calls->pending[calls->depth];
	calls->open[calls->depth++] = calls->nr++;
	memset(call, 0, sizeof(*call));
	if (seen->kind != BEMU_SEEN_BPF)
		return 0;
	call->kind = BEMU_CALL_BPF;
	call->cmd = seen->cmd;
	call->attr_len = seen->attr_len;
	memcpy(call->attr_in, seen->attr, sizeof(call->attr_in));
	return add_payloads(calls, seen, call);
}

static int keep_geometry(struct bemu_cli_calls *calls, const struct bemu_call *call)
{
	int err;

	if (call->cmd != BPF_MAP_CREATE || call->ret < 0)
		return 0;
	err = bemu_grow(calls->env, &calls->maps, &calls->cap_maps, (size_t)call->ret + 1,
			sizeof(*calls->maps));
	if (err)
		return err;
	calls->maps[call->ret].key =
		attr_u32(call, (uint32_t)offsetof(struct bemu_attr_map_create, key_size));
	calls->maps[call->ret].value =
		attr_u32(call, (uint32_t)offsetof(struct bemu_attr_map_create, value_size));
	return 0;
}

static void print_call(struct bemu_buf *buf, const struct bemu_seen *seen, struct bemu_call *call)
{
	uint32_t retval;

	switch (seen->kind) {
	case BEMU_SEEN_BPF:
		bemu_call_format(buf, call);
		if (call->cmd == BPF_PROG_TEST_RUN && !call->ret) {
			memcpy(&retval, call->attr_out + 4, sizeof(retval));
			bemu_buf_printf(buf, "  retval %lld",
					(long long)retval - ((long long)(retval >> 31) << 32));
		}
		if (call->cmd == BPF_PROG_LOAD)
			print_slots(buf, seen, call);
		return;
	case BEMU_SEEN_CLOSE:
	case BEMU_SEEN_DUP:
		call->kind = seen->kind == BEMU_SEEN_CLOSE ? BEMU_CALL_CLOSE : BEMU_CALL_DUP;
		call->args[0] = seen->fd;
		bemu_call_format(buf, call);
		return;
	case BEMU_SEEN_FIND_BTF:
		bemu_buf_printf(buf, "btf_find_by_name_kind(\"%s\", %s) = ", seen->name,
				bemu_btf_kind_name(seen->btf_kind));
		break;
	case BEMU_SEEN_KSYM:
		bemu_buf_printf(buf, "kallsyms_lookup_name(\"%s\") = ", seen->name);
		break;
	case BEMU_SEEN_PRINTK:
		bemu_buf_printf(buf, "trace_printk(\"%s\") = ", seen->name);
		break;
	default:
		bemu_buf_printf(buf, "open(%s) = ", seen->name);
		break;
	}
	if (seen->ret < 0)
		bemu_buf_printf(buf, "%s", bemu_cli_errno((int)seen->ret));
	else if (seen->ret >> 32)
		bemu_buf_printf(buf, "%u, fd %u", (uint32_t)seen->ret, (uint32_t)(seen->ret >> 32));
	else
		bemu_buf_printf(buf, "%lld", (long long)seen->ret);
}

static int on_end(void *ctx, struct bemu_seen *seen)
{
	struct bemu_cli_calls *calls = ctx;
	struct bemu_call *call;
	struct bemu_buf buf;
	int err = calls->next->end(calls->next->ctx, seen);

	if (err || seen->kind == BEMU_SEEN_EXIT)
		return err;
	call = &calls->pending[--calls->depth];
	call->ret = (long)seen->ret;
	if (seen->ret < 0)
		calls->load_refused = seen->kind == BEMU_SEEN_BPF &&
				      (seen->cmd == BPF_PROG_LOAD || seen->cmd == BPF_BTF_LOAD);
	if (seen->kind == BEMU_SEEN_BPF) {
		memcpy(call->attr_out, seen->attr, sizeof(call->attr_out));
		err = keep_geometry(calls, call);
	}
	bemu_buf_init(&buf, calls->env);
	print_call(&buf, seen, call);
	call_fini(calls, call);
	if (!err)
		err = buf.err;
	if (!err) {
		char *text = bemu_strdup(calls->env, bemu_buf_str(&buf));

		calls->lines[calls->open[calls->depth]].text = text;
		err = text ? 0 : -ENOMEM;
	}
	bemu_buf_fini(&buf);
	return err;
}

int bemu_cli_calls_new(struct bemu_env *env, const struct bemu_watch *next,
		       struct bemu_cli_calls **out)
{
	struct bemu_cli_calls *calls = bemu_zalloc(env, sizeof(*calls));

	if (!calls)
		return -ENOMEM;
	calls->env = env;
	calls->next = next;
	calls->watch.size = sizeof(calls->watch);
	calls->watch.begin = on_begin;
	calls->watch.end = on_end;
	calls->watch.ctx = calls;
	*out = calls;
	return 0;
}

void bemu_cli_calls_free(struct bemu_cli_calls *calls)
{
	uint32_t i;

	if (!calls)
		return;
	for (i = 0; i < calls->nr; i++)
		bemu_mem_free(calls->env, calls->lines[i].text);
	for (i = 0; i < MAX_DEPTH; i++)
		call_fini(calls, &calls->pending[i]);
	bemu_mem_free(calls->env, calls->lines);
	bemu_mem_free(calls->env, calls->maps);
	bemu_mem_free(calls->env, calls);
}

const struct bemu_watch *bemu_cli_calls_watch(struct bemu_cli_calls *calls)
{
	return &calls->watch;
}

bool bemu_cli_calls_load_refused(const struct bemu_cli_calls *calls)
{
	return calls->load_refused;
}

void bemu_cli_calls_print(struct bemu_buf *buf, const struct bemu_cli_calls *calls)
{
	uint32_t i;

	for (i = 0; i < calls->nr; i++) {
		const struct line *line = &calls->lines[i];

		if (line->insn_idx >= 0)
			bemu_buf_printf(buf, "%4u  insn %-5d ", i + 1, line->insn_idx);
		else
			bemu_buf_printf(buf, "%4u  ", i + 1);
		bemu_buf_printf(buf, "%s\n", line->text ? line->text : "(did not return)");
	}
}
