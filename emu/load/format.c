/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* One line of text for a recorded call: the same for the same call in another process. */
#include "load/record.h"

#include <errno.h>
#include <string.h>

enum { SHOW_BYTES = 16 };

const char *bemu_call_kind_name(uint32_t kind)
{
	switch ((enum bemu_call_kind)kind) {
	case BEMU_CALL_BPF:
		return "bpf";
	case BEMU_CALL_CLOSE:
		return "close";
	case BEMU_CALL_DUP:
		return "dup";
	case BEMU_CALL_DUP2:
		return "dup2";
	case BEMU_CALL_DUP3:
		return "dup3";
	case BEMU_CALL_DUPFD:
		return "fcntl";
	case BEMU_CALL_MEMFD:
		return "memfd_create";
	case BEMU_CALL_OPEN:
		return "open";
	case BEMU_CALL_MKDIR:
		return "mkdir";
	case BEMU_CALL_UNLINK:
		return "unlink";
	case BEMU_CALL_ACCESS:
		return "access";
	case BEMU_CALL_STATFS:
		return "statfs";
	case BEMU_CALL_MMAP:
		return "mmap";
	case BEMU_CALL_MUNMAP:
		return "munmap";
	case BEMU_CALL_UNAME:
		return "uname";
	case BEMU_CALL_PERF_KPROBE:
		return "perf_event_open";
	}
	return "?";
}

const char *bemu_call_cmd_name(uint32_t cmd)
{
	static const char *const names[] = {
		"MAP_CREATE",	     "MAP_LOOKUP_ELEM",
		"MAP_UPDATE_ELEM",   "MAP_DELETE_ELEM",
		"MAP_GET_NEXT_KEY",  "PROG_LOAD",
		"OBJ_PIN",	     "OBJ_GET",
		"PROG_ATTACH",	     "PROG_DETACH",
		"PROG_TEST_RUN",     "PROG_GET_NEXT_ID",
		"MAP_GET_NEXT_ID",   "PROG_GET_FD_BY_ID",
		"MAP_GET_FD_BY_ID",  "OBJ_GET_INFO_BY_FD",
		"PROG_QUERY",	     "RAW_TRACEPOINT_OPEN",
		"BTF_LOAD",	     "BTF_GET_FD_BY_ID",
		"TASK_FD_QUERY",     "MAP_LOOKUP_AND_DELETE_ELEM",
		"MAP_FREEZE",	     "BTF_GET_NEXT_ID",
		"MAP_LOOKUP_BATCH",  "MAP_LOOKUP_AND_DELETE_BATCH",
		"MAP_UPDATE_BATCH",  "MAP_DELETE_BATCH",
		"LINK_CREATE",	     "LINK_UPDATE",
		"LINK_GET_FD_BY_ID", "LINK_GET_NEXT_ID",
		"ENABLE_STATS",	     "ITER_CREATE",
		"LINK_DETACH",	     "PROG_BIND_MAP",
		"TOKEN_CREATE",	     "PROG_STREAM_READ_BY_FD",
	};

	return cmd < BEMU_ARRAY_SIZE(names) ? names[cmd] : NULL;
}

static const char *errno_name(long err)
{
	static const struct {
		int err;
		const char *name;
	} names[] = {
		{ EPERM, "EPERM" },   { ENOENT, "ENOENT" },   { ESRCH, "ESRCH" },
		{ EINTR, "EINTR" },   { E2BIG, "E2BIG" },     { EBADF, "EBADF" },
		{ EAGAIN, "EAGAIN" }, { ENOMEM, "ENOMEM" },   { EACCES, "EACCES" },
		{ EFAULT, "EFAULT" }, { EBUSY, "EBUSY" },     { EEXIST, "EEXIST" },
		{ ENODEV, "ENODEV" }, { ENOTDIR, "ENOTDIR" }, { EISDIR, "EISDIR" },
		{ EINVAL, "EINVAL" }, { ENFILE, "ENFILE" },   { EMFILE, "EMFILE" },
		{ ENOSPC, "ENOSPC" }, { ERANGE, "ERANGE" },   { ENOSYS, "ENOSYS" },
		{ EPROTO, "EPROTO" }, { EBADFD, "EBADFD" },   { EOPNOTSUPP, "EOPNOTSUPP" },
		{ ENXIO, "ENXIO" },   { 524, "ENOTSUPP" },
	};
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(names); i++)
		if (names[i].err == err)
			return names[i].name;
	return NULL;
}

static uint64_t fnv1a(const uint8_t *data, uint32_t len)
{
	uint64_t hash = 0xcbf29ce484222325u;
	uint32_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ data[i]) * 0x100000001b3u;
	return hash;
}

/* A field of an attribute by its place. Shown when not zero. */
struct field {
	const char *name;
	uint16_t off;
	uint8_t len; /* 4, 8; 16: text; 1: 4 bytes, shown also when zero */
};

#define MAP_F(f, len)                                             \
	{                                                         \
#f, offsetof(struct bemu_attr_map_create, f), len \
	}
#define LOAD_F(f, len)                                           \
	{                                                        \
#f, offsetof(struct bemu_attr_prog_load, f), len \
	}
#define BTF_F(f, len)                                           \
	{                                                       \
#f, offsetof(struct bemu_attr_btf_load, f), len \
	}
#define ATTR_F(name, f, len)                           \
	{                                              \
		name, offsetof(union bpf_attr, f), len \
	}

static const struct field map_create_fields[] = {
	MAP_F(map_type, 1),
	MAP_F(key_size, 1),
	MAP_F(value_size, 1),
	MAP_F(max_entries, 1),
	MAP_F(map_flags, 4),
	MAP_F(inner_map_fd, 4),
	MAP_F(numa_node, 4),
	MAP_F(map_name, 16),
	MAP_F(map_ifindex, 4),
	MAP_F(btf_fd, 4),
	MAP_F(btf_key_type_id, 4),
	MAP_F(btf_value_type_id, 4),
	MAP_F(btf_vmlinux_value_type_id, 4),
	MAP_F(map_extra, 8),
	MAP_F(value_type_btf_obj_fd, 4),
	MAP_F(map_token_fd, 4),
	MAP_F(excl_prog_hash_size, 4),
};
static const struct field prog_load_fields[] = {
	LOAD_F(prog_type, 1),
	LOAD_F(insn_cnt, 1),
	LOAD_F(log_level, 4),
	LOAD_F(log_size, 4),
	LOAD_F(kern_version, 4),
	LOAD_F(prog_flags, 4),
	LOAD_F(prog_name, 16),
	LOAD_F(prog_ifindex, 4),
	LOAD_F(expected_attach_type, 4),
	LOAD_F(prog_btf_fd, 4),
	LOAD_F(func_info_rec_size, 4),
	LOAD_F(func_info_cnt, 4),
	LOAD_F(line_info_rec_size, 4),
	LOAD_F(line_info_cnt, 4),
	LOAD_F(attach_btf_id, 4),
	LOAD_F(attach_prog_fd, 4),
	LOAD_F(core_relo_cnt, 4),
	LOAD_F(core_relo_rec_size, 4),
	LOAD_F(prog_token_fd, 4),
	LOAD_F(fd_array_cnt, 4),
	LOAD_F(signature_size, 4),
};
static const struct field btf_load_fields[] = {
	BTF_F(btf_size, 1),  BTF_F(btf_log_size, 4), BTF_F(btf_log_level, 4),
	BTF_F(btf_flags, 4), BTF_F(btf_token_fd, 4),
};
static const struct field elem_fields[] = {
	ATTR_F("map_fd", map_fd, 1),
	ATTR_F("flags", flags, 8),
};
static const struct field freeze_fields[] = { ATTR_F("map_fd", map_fd, 1) };
static const struct field pin_fields[] = {
	ATTR_F("bpf_fd", bpf_fd, 4),
	ATTR_F("file_flags", file_flags, 4),
	{ "path_fd", 16, 4 },
};
static const struct field test_run_fields[] = {
	ATTR_F("prog_fd", test.prog_fd, 1),
	ATTR_F("data_size_in", test.data_size_in, 4),
	ATTR_F("repeat", test.repeat, 4),
	ATTR_F("ctx_size_in", test.ctx_size_in, 4),
	ATTR_F("ctx_size_out", test.ctx_size_out, 4),
	ATTR_F("flags", test.flags, 4),
};
static const struct field id_fields[] = {
	ATTR_F("id", start_id, 1),
	ATTR_F("open_flags", open_flags, 4),
};
static const struct field info_fields[] = {
	ATTR_F("bpf_fd", info.bpf_fd, 1),
	ATTR_F("info_len", info.info_len, 1),
};
static const struct field bind_fields[] = {
	ATTR_F("prog_fd", prog_bind_map.prog_fd, 1),
	ATTR_F("map_fd", prog_bind_map.map_fd, 1),
	ATTR_F("flags", prog_bind_map.flags, 4),
};
static const struct field token_fields[] = { { "flags", 0, 4 }, { "bpffs_fd", 4, 1 } };
static const struct field link_fields[] = {
	ATTR_F("prog_fd", link_create.prog_fd, 1),
	ATTR_F("target_fd", link_create.target_fd, 1),
	ATTR_F("attach_type", link_create.attach_type, 1),
	ATTR_F("flags", link_create.flags, 4),
};

/* The fields that are shown of a command; NULL for none. */
static const struct field *fields_of(uint32_t cmd, uint32_t *nr)
{
	static const struct {
		uint32_t cmd;
		uint32_t nr;
		const struct field *fields;
	} cmds[] = {
#define CMD(cmd, fields) { cmd, BEMU_ARRAY_SIZE(fields), fields }
		CMD(BPF_MAP_CREATE, map_create_fields),
		CMD(BPF_PROG_LOAD, prog_load_fields),
		CMD(BPF_BTF_LOAD, btf_load_fields),
		CMD(BPF_MAP_UPDATE_ELEM, elem_fields),
		CMD(BPF_MAP_LOOKUP_ELEM, elem_fields),
		CMD(BPF_MAP_DELETE_ELEM, elem_fields),
		CMD(BPF_MAP_GET_NEXT_KEY, elem_fields),
		CMD(BPF_MAP_FREEZE, freeze_fields),
		CMD(BPF_OBJ_PIN, pin_fields),
		CMD(BPF_OBJ_GET, pin_fields),
		CMD(BPF_BTF_GET_NEXT_ID, id_fields),
		CMD(BPF_BTF_GET_FD_BY_ID, id_fields),
		CMD(BPF_MAP_GET_NEXT_ID, id_fields),
		CMD(BPF_MAP_GET_FD_BY_ID, id_fields),
		CMD(BPF_PROG_GET_NEXT_ID, id_fields),
		CMD(BPF_PROG_GET_FD_BY_ID, id_fields),
		CMD(BPF_OBJ_GET_INFO_BY_FD, info_fields),
		CMD(BPF_PROG_TEST_RUN, test_run_fields),
		CMD(BPF_PROG_BIND_MAP, bind_fields),
		CMD(BPF_LINK_CREATE, link_fields),
		CMD(BEMU_BPF_TOKEN_CREATE, token_fields),
#undef CMD
	};
	size_t i;

	*nr = 0;
	for (i = 0; i < BEMU_ARRAY_SIZE(cmds); i++) {
		if (cmds[i].cmd == cmd) {
			*nr = cmds[i].nr;
			return cmds[i].fields;
		}
	}
	return NULL;
}

bool bemu_call_next_field(const struct bemu_call *call, uint32_t *pos, struct bemu_call_field *out)
{
	const struct field *fields, *f;
	uint32_t nr, v32;

	if (call->kind != BEMU_CALL_BPF)
		return false;
	fields = fields_of(call->cmd, &nr);
	while (*pos < nr) {
		f = &fields[(*pos)++];
		memset(out, 0, sizeof(*out));
		out->name = f->name;
		out->is_text = f->len == 16;
		out->is_u64 = f->len == 8;
		if (out->is_text) {
			memcpy(out->text, call->attr_in + f->off, f->len);
		} else if (out->is_u64) {
			memcpy(&out->value, call->attr_in + f->off, sizeof(out->value));
		} else {
			memcpy(&v32, call->attr_in + f->off, sizeof(v32));
			out->value = v32;
		}
		if (f->len == 1 || out->value || out->text[0])
			return true;
	}
	return false;
}

static void payload_append(struct bemu_buf *buf, const struct bemu_call_payload *pl)
{
	const uint8_t *data = pl->data;
	bool text = !strcmp(pl->field, "license") || !strcmp(pl->field, "pathname") ||
		    !strcmp(pl->field, "name");
	uint32_t i;

	if (text) {
		bemu_buf_printf(buf, "%s=\"%.*s\"", pl->field, (int)pl->len, (const char *)data);
		return;
	}
	bemu_buf_printf(buf, "%s=", pl->field);
	if (pl->len > SHOW_BYTES) {
		bemu_buf_printf(buf, "%u:%016llx", pl->len,
				(unsigned long long)fnv1a(data, pl->len));
		return;
	}
	for (i = 0; i < pl->len; i++)
		bemu_buf_printf(buf, "%02x", data[i]);
}

static void bpf_append(struct bemu_buf *buf, const struct bemu_call *call)
{
	const char *name = bemu_call_cmd_name(call->cmd);
	const char *sep = "";
	struct bemu_call_field field;
	uint32_t pos = 0, i;

	if (name)
		bemu_buf_printf(buf, "bpf(%s, {", name);
	else
		bemu_buf_printf(buf, "bpf(%u, {", call->cmd);
	while (bemu_call_next_field(call, &pos, &field)) {
		bemu_buf_printf(buf, "%s%s=", sep, field.name);
		if (field.is_text)
			bemu_buf_printf(buf, "\"%s\"", field.text);
		else
			bemu_buf_printf(buf, "%llu", (unsigned long long)field.value);
		sep = " ";
	}
	for (i = 0; i < call->nr_payloads; i++) {
		bemu_buf_printf(buf, "%s", sep);
		payload_append(buf, &call->payloads[i]);
		sep = " ";
	}
	bemu_buf_printf(buf, "}, %u)", call->attr_len);
	if (call->ret == 0 &&
	    (call->cmd == BPF_BTF_GET_NEXT_ID || call->cmd == BPF_MAP_GET_NEXT_ID ||
	     call->cmd == BPF_PROG_GET_NEXT_ID)) {
		uint32_t next;

		memcpy(&next, call->attr_out + offsetof(union bpf_attr, next_id), sizeof(next));
		bemu_buf_printf(buf, " -> %u", next);
	}
}

void bemu_call_format(struct bemu_buf *buf, const struct bemu_call *call)
{
	const int *a = call->args;
	const char *path = call->path ? call->path : "";

	switch (call->kind) {
	case BEMU_CALL_BPF:
		bpf_append(buf, call);
		break;
	case BEMU_CALL_CLOSE:
		bemu_buf_printf(buf, "close(%d)", a[0]);
		break;
	case BEMU_CALL_DUP:
		bemu_buf_printf(buf, "dup(%d)", a[0]);
		break;
	case BEMU_CALL_DUP2:
		bemu_buf_printf(buf, "dup2(%d, %d)", a[0], a[1]);
		break;
	case BEMU_CALL_DUP3:
		bemu_buf_printf(buf, "dup3(%d, %d, %#x)", a[0], a[1], (unsigned int)a[2]);
		break;
	case BEMU_CALL_DUPFD:
		bemu_buf_printf(buf, "fcntl(%d, F_DUPFD_CLOEXEC, %d)", a[0], a[1]);
		break;
	case BEMU_CALL_MEMFD:
		bemu_buf_printf(buf, "memfd_create(\"%s\", %#x)", path, (unsigned int)a[2]);
		break;
	case BEMU_CALL_OPEN:
		bemu_buf_printf(buf, "open(\"%s\", %#x)", path, (unsigned int)a[2]);
		break;
	case BEMU_CALL_MKDIR:
		bemu_buf_printf(buf, "mkdir(\"%s\", %#o)", path, (unsigned int)a[2]);
		break;
	case BEMU_CALL_UNLINK:
		bemu_buf_printf(buf, "unlink(\"%s\")", path);
		break;
	case BEMU_CALL_ACCESS:
		bemu_buf_printf(buf, "access(\"%s\")", path);
		break;
	case BEMU_CALL_STATFS:
		bemu_buf_printf(buf, "statfs(\"%s\")", path);
		break;
	case BEMU_CALL_MMAP:
		bemu_buf_printf(buf, "mmap(%d, %d, prot=%d)", a[0], a[1], a[2]);
		break;
	case BEMU_CALL_MUNMAP:
		bemu_buf_printf(buf, "munmap(%d)", a[1]);
		break;
	case BEMU_CALL_UNAME:
		bemu_buf_printf(buf, "uname()");
		break;
	case BEMU_CALL_PERF_KPROBE:
		bemu_buf_printf(buf, "perf_event_open(kprobe %s)", path);
		break;
	default:
		bemu_buf_printf(buf, "call(%u)", call->kind);
		break;
	}
	if (call->ret < 0 && errno_name(-call->ret))
		bemu_buf_printf(buf, " = -%s", errno_name(-call->ret));
	else
		bemu_buf_printf(buf, " = %ld", call->ret);
}
