// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* What all kinds of objects share: names in bpffs, ids, what the kernel says of them; any attribute. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "scenario/lex.h"
#include "scenario/private.h"

static const char *const kinds[] = { "map", "prog", "btf", "link" };

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

static int obj_call(struct bemu_scn_run *run, uint32_t cmd, uint32_t path_arg, uint32_t fd)
{
	struct bemu_attr_obj a = { .bpf_fd = fd };
	const struct bemu_scn_arg *arg;
	char path[256];
	int err = bemu_scn_need(run, path_arg, "a path", &arg);

	if (err)
		return err;
	bemu_scn_path(run, arg, path, sizeof(path));
	a.pathname = (uint64_t)(uintptr_t)path;
	err = bemu_scn_setting_u32(run, "flags", 0, &a.file_flags);
	if (!err)
		err = bemu_scn_mem(run, path, strlen(path) + 1);
	return err ? err : bemu_scn_bpf(run, cmd, &a, offsetof(struct bemu_attr_obj, path_fd));
}

int bemu_scn_do_pin(struct bemu_scn_run *run)
{
	uint32_t fd;
	int err = need_fd(run, 1, "an FD", &fd);

	return err ? err : obj_call(run, BPF_OBJ_PIN, 2, fd);
}

int bemu_scn_do_get(struct bemu_scn_run *run)
{
	int err = obj_call(run, BPF_OBJ_GET, 1, 0);
	const struct bemu_scn_arg *path = bemu_scn_arg(run, 1);
	char text[40];

	if (err)
		return err;
	return bemu_scn_opened(run, run->task, "%s", bemu_scn_copy(run, path, text, sizeof(text)));
}

int bemu_scn_do_unlink(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg;
	char path[256];
	int err = bemu_scn_need(run, 1, "a path", &arg);

	if (err)
		return err;
	bemu_scn_path(run, arg, path, sizeof(path));
	if (!run->opts->kernel)
		return bemu_sys_unlink(run->task->task, path, &run->answer.ret);
	run->answer.ret = run->opts->kernel->unlink(run->opts->kernel->ctx, path);
	return 0;
}

static int need_kind(struct bemu_scn_run *run, uint32_t *kind, uint32_t *id)
{
	const struct bemu_scn_arg *arg;
	int64_t v = 0;
	int err = bemu_scn_need(run, 1, "map, prog, btf or link", &arg);

	if (!err)
		err = bemu_scn_enum(run, arg, kinds, BEMU_ARRAY_SIZE(kinds), "kind of object",
				    kind);
	if (!err && *kind >= BEMU_ARRAY_SIZE(kinds))
		err = bemu_scn_mistake(run, &arg->val, "not a kind of object");
	if (!err)
		err = bemu_scn_need_value(run, 2, "an id", &v);
	*id = bemu_wrap_u32((uint64_t)v);
	return err;
}

int bemu_scn_do_next(struct bemu_scn_run *run)
{
	static const uint32_t cmds[] = { BPF_MAP_GET_NEXT_ID, BPF_PROG_GET_NEXT_ID,
					 BPF_BTF_GET_NEXT_ID, BPF_LINK_GET_NEXT_ID };
	struct bemu_attr_id a = { 0 };
	uint32_t kind;
	int err = need_kind(run, &kind, &a.id);

	if (!err)
		err = bemu_scn_bpf(run, cmds[kind], &a, offsetof(struct bemu_attr_id, open_flags));
	if (err || run->answer.ret)
		return err;
	run->answer.ret = a.next_id;
	run->answer.is_id = true;
	return 0;
}

int bemu_scn_do_open(struct bemu_scn_run *run)
{
	static const uint32_t cmds[] = { BPF_MAP_GET_FD_BY_ID, BPF_PROG_GET_FD_BY_ID,
					 BPF_BTF_GET_FD_BY_ID, BPF_LINK_GET_FD_BY_ID };
	struct bemu_attr_id a = { 0 };
	uint32_t kind, size = sizeof(a.id);
	int err = need_kind(run, &kind, &a.id);

	if (!err)
		err = bemu_scn_setting_u32(run, "flags", 0, &a.open_flags);
	if (a.open_flags || (!err && kind == BEMU_OBJ_MAP))
		size = offsetof(struct bemu_attr_id, token_fd);
	if (!err)
		err = bemu_scn_bpf(run, cmds[kind], &a, size);
	return err ? err : bemu_scn_opened(run, run->task, "%s id %u", kinds[kind], a.id);
}

/* ---- info ---- */

union info {
	uint8_t raw[256];
	struct bpf_map_info map;
	struct bpf_prog_info prog;
	struct bpf_btf_info btf;
	struct bpf_link_info link;
};

/** struct asked - an info structure with the buffers that it points to */
struct asked {
	union info info;
	char name[64];
	struct bpf_insn insns[64];
};

static void map_fields(struct bemu_scn_run *run, const struct bpf_map_info *info)
{
	bemu_scn_field(run, "type", info->type);
	bemu_scn_field(run, "id", info->id);
	bemu_scn_field(run, "key_size", info->key_size);
	bemu_scn_field(run, "value_size", info->value_size);
	bemu_scn_field(run, "max_entries", info->max_entries);
	bemu_scn_field(run, "map_flags", info->map_flags);
	bemu_scn_text_field(run, "name", info->name, sizeof(info->name));
	bemu_scn_field(run, "btf_id", info->btf_id);
	bemu_scn_field(run, "btf_key_type_id", info->btf_key_type_id);
	bemu_scn_field(run, "btf_value_type_id", info->btf_value_type_id);
}

static void insn_fields(struct bemu_scn_run *run, const struct asked *asked, uint32_t idx)
{
	const struct bpf_insn *insn = &asked->insns[idx];

	bemu_scn_field(run, "code", insn->code);
	bemu_scn_field(run, "dst_reg", insn->dst_reg);
	bemu_scn_field(run, "src_reg", insn->src_reg);
	bemu_scn_field(run, "off", (uint16_t)insn->off);
	bemu_scn_field(run, "imm", (uint32_t)insn->imm);
	if (bemu_insn_is_ld64(insn) && idx + 1 < BEMU_ARRAY_SIZE(asked->insns))
		bemu_scn_field(run, "next_imm", (uint32_t)insn[1].imm);
}

static int prog_fields(struct bemu_scn_run *run, const struct asked *asked)
{
	const struct bpf_prog_info *info = &asked->info.prog;
	uint32_t idx;
	int err = bemu_scn_setting_u32(run, "insn", UINT32_MAX, &idx);

	if (err)
		return err;
	bemu_scn_field(run, "type", info->type);
	bemu_scn_field(run, "id", info->id);
	bemu_scn_text_field(run, "name", info->name, sizeof(info->name));
	bemu_scn_field(run, "nr_map_ids", info->nr_map_ids);
	bemu_scn_field(run, "xlated_prog_len", info->xlated_prog_len);
	bemu_scn_field(run, "gpl_compatible", info->gpl_compatible);
	bemu_scn_field(run, "btf_id", info->btf_id);
	bemu_scn_field(run, "nr_func_info", info->nr_func_info);
	bemu_scn_field(run, "attach_btf_obj_id", info->attach_btf_obj_id);
	bemu_scn_field(run, "attach_btf_id", info->attach_btf_id);
	if (idx < info->xlated_prog_len / sizeof(struct bpf_insn) &&
	    idx < BEMU_ARRAY_SIZE(asked->insns))
		insn_fields(run, asked, idx);
	return 0;
}

static void btf_fields(struct bemu_scn_run *run, const struct asked *asked)
{
	const struct bpf_btf_info *info = &asked->info.btf;

	bemu_scn_field(run, "id", info->id);
	bemu_scn_text_field(run, "name", asked->name, sizeof(asked->name));
	bemu_scn_field(run, "name_len", info->name_len);
	bemu_scn_field(run, "btf_size", info->btf_size);
	bemu_scn_field(run, "kernel_btf", info->kernel_btf);
}

static void link_fields(struct bemu_scn_run *run, const struct asked *asked)
{
	const struct bpf_link_info *info = &asked->info.link;

	bemu_scn_field(run, "type", info->type);
	bemu_scn_field(run, "id", info->id);
	bemu_scn_field(run, "prog_id", info->prog_id);
	if (info->type == BPF_LINK_TYPE_RAW_TRACEPOINT)
		bemu_scn_text_field(run, "tp_name", asked->name, sizeof(asked->name));
}

static uint32_t prepare(struct asked *asked, uint32_t kind)
{
	switch (kind) {
	case BEMU_KIND_MAP:
		return 80;
	case BEMU_KIND_PROG:
		asked->info.prog.xlated_prog_insns = (uint64_t)(uintptr_t)asked->insns;
		asked->info.prog.xlated_prog_len = sizeof(asked->insns);
		return offsetof(struct bpf_prog_info, attach_btf_id) + 4;
	case BEMU_KIND_LINK:
		return 32;
	default:
		asked->info.btf.name = (uint64_t)(uintptr_t)asked->name;
		asked->info.btf.name_len = sizeof(asked->name);
		return sizeof(asked->info.btf);
	}
}

/* The name of a tracepoint can be asked for only of a link that is on one. */
static int ask_link_name(struct bemu_scn_run *run, struct bemu_attr_info *a, struct asked *asked)
{
	if (asked->info.link.type != BPF_LINK_TYPE_RAW_TRACEPOINT)
		return 0;
	asked->info.link.raw_tracepoint.tp_name = (uint64_t)(uintptr_t)asked->name;
	asked->info.link.raw_tracepoint.tp_name_len = sizeof(asked->name);
	return bemu_scn_bpf(run, BPF_OBJ_GET_INFO_BY_FD, a, sizeof(*a));
}

static int ask(struct bemu_scn_run *run, struct asked *asked, uint32_t fd)
{
	struct bemu_attr_info a = { .bpf_fd = fd, .info = (uint64_t)(uintptr_t)&asked->info };
	uint32_t kind = bemu_scn_kind(run, (int)fd), def = prepare(asked, kind);
	int err = bemu_scn_setting_u32(run, "info_len", def, &a.info_len);

	if (!err && kind == BEMU_KIND_BTF && bemu_scn_setting(run, "name_len"))
		err = bemu_scn_setting_u32(run, "name_len", 0, &asked->info.btf.name_len);
	if (!err && a.info_len > sizeof(asked->info))
		err = bemu_scn_mistake(run, NULL, "info_len is at most %zu here",
				       sizeof(asked->info));
	if (!err)
		err = bemu_scn_mem(run, asked, sizeof(*asked));
	if (!err)
		err = bemu_scn_bpf(run, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a));
	if (!err && kind == BEMU_KIND_LINK && !run->answer.ret)
		err = ask_link_name(run, &a, asked);
	/* a name that did not fit leaves everything else written */
	if (err || (run->answer.ret && run->answer.ret != -ENOSPC))
		return err;
	if (kind == BEMU_KIND_MAP)
		map_fields(run, &asked->info.map);
	else if (kind == BEMU_KIND_PROG)
		err = prog_fields(run, asked);
	else if (kind == BEMU_KIND_LINK)
		link_fields(run, asked);
	else
		btf_fields(run, asked);
	bemu_scn_field(run, "info_len", a.info_len);
	return err;
}

int bemu_scn_do_info(struct bemu_scn_run *run)
{
	struct asked *asked = bemu_zalloc(run->env, sizeof(*asked));
	uint32_t fd;
	int err = asked ? need_fd(run, 1, "an FD", &fd) : -ENOMEM;

	if (!err)
		err = ask(run, asked, fd);
	bemu_mem_free(run->env, asked);
	return err;
}

/* ---- any attribute ---- */

static const char *const cmds[] = {
	[BPF_MAP_CREATE] = "MAP_CREATE",
	[BPF_MAP_LOOKUP_ELEM] = "MAP_LOOKUP_ELEM",
	[BPF_MAP_UPDATE_ELEM] = "MAP_UPDATE_ELEM",
	[BPF_MAP_DELETE_ELEM] = "MAP_DELETE_ELEM",
	[BPF_MAP_GET_NEXT_KEY] = "MAP_GET_NEXT_KEY",
	[BPF_PROG_LOAD] = "PROG_LOAD",
	[BPF_OBJ_PIN] = "OBJ_PIN",
	[BPF_OBJ_GET] = "OBJ_GET",
	[BPF_PROG_TEST_RUN] = "PROG_TEST_RUN",
	[BPF_PROG_GET_NEXT_ID] = "PROG_GET_NEXT_ID",
	[BPF_MAP_GET_NEXT_ID] = "MAP_GET_NEXT_ID",
	[BPF_PROG_GET_FD_BY_ID] = "PROG_GET_FD_BY_ID",
	[BPF_MAP_GET_FD_BY_ID] = "MAP_GET_FD_BY_ID",
	[BPF_OBJ_GET_INFO_BY_FD] = "OBJ_GET_INFO_BY_FD",
	[BPF_RAW_TRACEPOINT_OPEN] = "RAW_TRACEPOINT_OPEN",
	[BPF_BTF_LOAD] = "BTF_LOAD",
	[BPF_BTF_GET_FD_BY_ID] = "BTF_GET_FD_BY_ID",
	[BPF_MAP_FREEZE] = "MAP_FREEZE",
	[BPF_BTF_GET_NEXT_ID] = "BTF_GET_NEXT_ID",
	[BPF_LINK_CREATE] = "LINK_CREATE",
	[BPF_PROG_BIND_MAP] = "PROG_BIND_MAP",
};

const char *bemu_scn_command(uint32_t cmd)
{
	return cmd < BEMU_ARRAY_SIZE(cmds) ? cmds[cmd] : NULL;
}

enum { NO_COMMAND = 255 }; /* no kernel has one behind it */

/* Nobody puts the prefix before a path that is spelled as bytes. */
bool bemu_scn_bpf_on_host(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *arg = bemu_scn_arg(run, 1);
	uint32_t cmd;

	if (!arg || bemu_scn_enum(run, arg, cmds, BEMU_ARRAY_SIZE(cmds), "command", &cmd))
		return true; /* a mistake, which the step reports */
	if (cmd == BPF_OBJ_PIN || cmd == BPF_OBJ_GET)
		return !run->line->has_block;
	return cmd < BEMU_ARRAY_SIZE(cmds) ? cmds[cmd] != NULL : cmd > NO_COMMAND;
}

enum { RAW_LEN = 4096, MAX_POINTERS = 8 };

/** struct raw - an attribute that a text spells out */
struct raw {
	uint8_t attr[RAW_LEN + 8];
	uint32_t end;
	uint32_t nr_ptrs;
	uint8_t *ptrs[MAX_POINTERS];
};

static int read_off(struct bemu_scn_lex *lex, uint32_t len, uint32_t *off)
{
	if (lex->tok.kind != BEMU_SCN_TOK_NUMBER || lex->tok.value < 0 ||
	    lex->tok.value > RAW_LEN - (int64_t)len)
		return bemu_scn_lex_fail(lex, "an offset within the attribute is missing");
	*off = (uint32_t)lex->tok.value;
	return bemu_scn_lex_next(lex);
}

static int read_pointer(struct bemu_scn_run *run, struct bemu_scn_lex *lex, struct raw *raw,
			uint64_t *out)
{
	size_t len = 0;
	int err;

	if (raw->nr_ptrs == MAX_POINTERS)
		return bemu_scn_lex_fail(lex, "more than %d pointers", MAX_POINTERS);
	err = bemu_scn_hex(run, &lex->tok.str, &raw->ptrs[raw->nr_ptrs], &len);
	if (err)
		return err;
	*out = (uint64_t)(uintptr_t)raw->ptrs[raw->nr_ptrs++];
	return bemu_scn_mem(run, raw->ptrs[raw->nr_ptrs - 1], len);
}

/* "u32 OFF VALUE", "u64 OFF VALUE", "ptr OFF \"HEX\"" */
static int read_field(struct bemu_scn_run *run, struct bemu_scn_lex *lex, struct raw *raw)
{
	bool is_ptr = bemu_scn_lex_is(lex, "ptr");
	uint32_t len = bemu_scn_lex_is(lex, "u32") ? 4 : 8, off = 0;
	uint64_t v = 0;
	int64_t value = 0;
	int err;

	if (!is_ptr && len == 8 && !bemu_scn_lex_is(lex, "u64"))
		return bemu_scn_lex_fail(lex, "u32, u64 or ptr");
	err = bemu_scn_lex_next(lex);
	if (!err)
		err = read_off(lex, len, &off);
	if (err)
		return err;
	if (is_ptr) {
		err = read_pointer(run, lex, raw, &v);
	} else {
		err = bemu_scn_value(run, &lex->tok.str, &value);
		if (!err)
			err = bemu_scn_use_fd(run, &lex->tok.str, "bpf");
		v = (uint64_t)value;
	}
	memcpy(raw->attr + off, &v, len);
	if (off + len > raw->end)
		raw->end = off + len;
	if (!err)
		err = bemu_scn_lex_next(lex);
	if (!err && bemu_scn_lex_is(lex, ";"))
		err = bemu_scn_lex_next(lex);
	return err;
}

static int do_raw(struct bemu_scn_run *run, struct raw *raw)
{
	const struct bemu_scn_arg *arg;
	struct bemu_scn_lex lex = { 0 };
	uint32_t cmd = 0, size;
	int err = bemu_scn_need(run, 1, "a command", &arg);

	if (!err)
		err = bemu_scn_enum(run, arg, cmds, BEMU_ARRAY_SIZE(cmds), "command", &cmd);
	if (!err && run->line->has_block)
		err = bemu_scn_lex_init(&lex, run->env, run->scn, run->where, &run->line->block);
	while (!err && lex.tok.kind != BEMU_SCN_TOK_END)
		err = read_field(run, &lex, raw);
	if (!err)
		err = bemu_scn_setting_u32(run, "size", raw->end, &size);
	if (!err)
		err = bemu_scn_mem(run, raw->attr, sizeof(raw->attr));
	if (err)
		return err;
	err = bemu_scn_sys_bpf(run, cmd, raw->attr, size, &run->answer.ret);
	if (err == -EOPNOTSUPP)
		(void)bemu_scn_mistake(run, &arg->val, "this command is not modelled");
	if (err || !bemu_ledger_returns_fd(cmd))
		return err;
	return bemu_scn_opened(run, run->task, "bpf %s",
			       cmd < BEMU_ARRAY_SIZE(cmds) && cmds[cmd] ? cmds[cmd] : "?");
}

int bemu_scn_do_bpf(struct bemu_scn_run *run)
{
	struct raw *raw = bemu_zalloc(run->env, sizeof(*raw));
	uint32_t i;
	int err = raw ? do_raw(run, raw) : -ENOMEM;

	for (i = 0; raw && i < raw->nr_ptrs; i++)
		bemu_mem_free(run->env, raw->ptrs[i]);
	bemu_mem_free(run->env, raw);
	return err;
}
