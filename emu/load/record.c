/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The recording backend: calls in order with copies of everything the kernel would have read. */
#include "load/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "insn/insn.h"

enum {
	MAX_COPY = 64 << 20, /* a longer payload is refused by the kernel anyway */
	MAX_STR = 4096,
	BTF_INFO_LEN = 32,
};

struct bemu_recorder {
	struct bemu_env *env;
	struct bemu_backend inner;
	struct bemu_backend_ops ops;
	uint32_t nr, cap;
	struct bemu_call *calls;
};

/* Where a pointer lies in an attribute and how long its target is. */
struct ptr_rule {
	const char *field;
	uint32_t off; /* of the 64-bit pointer */
	uint32_t cnt_off; /* of the u32 count; UINT32_MAX: a string */
	uint32_t rec_off; /* of the u32 record size; UINT32_MAX: @rec_len */
	uint32_t rec_len;
};

static uint32_t attr_u32(const struct bemu_call *call, uint32_t off)
{
	uint32_t v = 0;

	if (off <= BEMU_CALL_ATTR_LEN - sizeof(v))
		memcpy(&v, call->attr_in + off, sizeof(v));
	return v;
}

static uint64_t attr_u64(const uint8_t *attr, uint32_t off)
{
	uint64_t v;

	memcpy(&v, attr + off, sizeof(v));
	return v;
}

static const void *attr_ptr(const uint8_t *attr, uint32_t off)
{
	return (const void *)(uintptr_t)attr_u64(attr, off);
}

/* Adds a payload; a copy that fails latches the fault of the env. */
static int add_payload(struct bemu_recorder *rec, struct bemu_call *call, const char *field,
		       uint32_t off, const void *src, uint64_t len)
{
	struct bemu_call_payload *pl;
	void *copy;

	if (!src || !len || len > MAX_COPY || call->nr_payloads == BEMU_CALL_MAX_PAYLOADS)
		return 0;
	copy = bemu_memdup(rec->env, src, (size_t)len);
	if (!copy)
		return -ENOMEM;
	pl = &call->payloads[call->nr_payloads++];
	pl->field = field;
	pl->attr_off = off;
	pl->len = (uint32_t)len;
	pl->data = copy;
	return 0;
}

#define NO_OFF	     UINT32_MAX
#define LOAD_OFF(f)  ((uint32_t)offsetof(struct bemu_attr_prog_load, f))
#define BTF_OFF(f)   ((uint32_t)offsetof(struct bemu_attr_btf_load, f))
#define UNION_OFF(f) ((uint32_t)offsetof(union bpf_attr, f))

static int copy_rules(struct bemu_recorder *rec, struct bemu_call *call,
		      const struct ptr_rule *rules, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct ptr_rule *rule = &rules[i];
		const void *src = attr_ptr(call->attr_in, rule->off);
		uint64_t len;
		int err;

		if (!src)
			continue;
		if (rule->cnt_off == NO_OFF)
			len = strnlen(src, MAX_STR);
		else
			len = (uint64_t)attr_u32(call, rule->cnt_off) *
			      (rule->rec_off == NO_OFF ? rule->rec_len
						       : attr_u32(call, rule->rec_off));
		err = add_payload(rec, call, rule->field, rule->off, src, len);
		if (err)
			return err;
	}
	return 0;
}

/* The kernel reads of fd_array only what the instructions index, so that is what is copied. */
static int copy_fd_array(struct bemu_recorder *rec, struct bemu_call *call)
{
	const struct bpf_insn *insns = attr_ptr(call->attr_in, LOAD_OFF(insns));
	const void *fds = attr_ptr(call->attr_in, LOAD_OFF(fd_array));
	uint32_t nr = attr_u32(call, LOAD_OFF(insn_cnt));
	uint32_t want = attr_u32(call, LOAD_OFF(fd_array_cnt));
	uint32_t i;

	if (!fds || !insns)
		return 0;
	for (i = 0; i < nr && nr <= MAX_COPY / sizeof(*insns); i++) {
		const struct bpf_insn *insn = &insns[i];
		int64_t idx = -1;

		if (bemu_insn_is_call_to(insn, BPF_PSEUDO_KFUNC_CALL))
			idx = insn->off > 0 ? insn->off : -1;
		else if (bemu_insn_is_ld64(insn) && (insn->src_reg == BPF_PSEUDO_MAP_IDX ||
						     insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE))
			idx = insn->imm;
		if (idx >= want && idx < 1 << 16)
			want = (uint32_t)idx + 1;
	}
	return add_payload(rec, call, "fd_array", LOAD_OFF(fd_array), fds,
			   (uint64_t)want * sizeof(int));
}

/* Key and value sizes of a map are asked of the kernel behind us; that call is not recorded. */
static int map_sizes(struct bemu_recorder *rec, uint32_t map_fd, uint32_t *key, uint32_t *value)
{
	struct bpf_map_info info;
	union bpf_attr attr;
	long kret;
	int err;

	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = map_fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	err = rec->inner.ops->bpf(rec->inner.ctx, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr),
				  &kret);
	if (err)
		return err;
	*key = kret ? 0 : info.key_size;
	*value = kret ? 0 : info.value_size;
	return 0;
}

static int copy_elem(struct bemu_recorder *rec, struct bemu_call *call, bool before)
{
	uint32_t key, value;
	bool update = call->cmd == BPF_MAP_UPDATE_ELEM;
	int err;

	err = map_sizes(rec, attr_u32(call, UNION_OFF(map_fd)), &key, &value);
	if (err)
		return err;
	if (before) {
		err = add_payload(rec, call, "key", UNION_OFF(key),
				  attr_ptr(call->attr_in, UNION_OFF(key)), key);
		if (err)
			return err;
	}
	if (call->cmd == BPF_MAP_DELETE_ELEM || update != before || (!before && call->ret < 0))
		return 0;
	if (call->cmd == BPF_MAP_GET_NEXT_KEY)
		value = key;
	return add_payload(rec, call, call->cmd == BPF_MAP_GET_NEXT_KEY ? "next_key" : "value",
			   UNION_OFF(value), attr_ptr(call->attr_in, UNION_OFF(value)), value);
}

static int copy_before(struct bemu_recorder *rec, struct bemu_call *call)
{
	static const struct ptr_rule prog_load[] = {
		{ "insns", LOAD_OFF(insns), LOAD_OFF(insn_cnt), NO_OFF, sizeof(struct bpf_insn) },
		{ "license", LOAD_OFF(license), NO_OFF, NO_OFF, 0 },
		{ "func_info", LOAD_OFF(func_info), LOAD_OFF(func_info_cnt),
		  LOAD_OFF(func_info_rec_size), 0 },
		{ "line_info", LOAD_OFF(line_info), LOAD_OFF(line_info_cnt),
		  LOAD_OFF(line_info_rec_size), 0 },
		{ "core_relos", LOAD_OFF(core_relos), LOAD_OFF(core_relo_cnt),
		  LOAD_OFF(core_relo_rec_size), 0 },
	};
	static const struct ptr_rule btf_load[] = {
		{ "btf", BTF_OFF(btf), BTF_OFF(btf_size), NO_OFF, 1 },
	};
	static const struct ptr_rule obj_path[] = {
		{ "pathname", UNION_OFF(pathname), NO_OFF, NO_OFF, 0 },
	};
	static const struct ptr_rule raw_tp[] = {
		{ "name", UNION_OFF(raw_tracepoint.name), NO_OFF, NO_OFF, 0 },
	};
	int err;

	switch (call->cmd) {
	case BPF_PROG_LOAD:
		err = copy_rules(rec, call, prog_load, BEMU_ARRAY_SIZE(prog_load));
		return err ? err : copy_fd_array(rec, call);
	case BPF_BTF_LOAD:
		return copy_rules(rec, call, btf_load, BEMU_ARRAY_SIZE(btf_load));
	case BPF_OBJ_PIN:
	case BPF_OBJ_GET:
		return copy_rules(rec, call, obj_path, BEMU_ARRAY_SIZE(obj_path));
	case BPF_RAW_TRACEPOINT_OPEN:
		return copy_rules(rec, call, raw_tp, BEMU_ARRAY_SIZE(raw_tp));
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
		return copy_elem(rec, call, true);
	default:
		return 0;
	}
}

/* What OBJ_GET_INFO_BY_FD answered. Addresses are blanked, so that two runs compare equal. */
static int copy_info(struct bemu_recorder *rec, struct bemu_call *call)
{
	const void *info = attr_ptr(call->attr_in, UNION_OFF(info.info));
	uint32_t len;
	uint8_t copy[BTF_INFO_LEN];
	int err;

	memcpy(&len, call->attr_out + UNION_OFF(info.info_len), sizeof(len));
	if (call->ret || !info || len > attr_u32(call, UNION_OFF(info.info_len)))
		return 0;
	if (len != BTF_INFO_LEN)
		return add_payload(rec, call, "info", UNION_OFF(info.info), info, len);
	memcpy(copy, info, sizeof(copy));
	memset(copy + offsetof(struct bpf_btf_info, btf), 0, sizeof(uint64_t));
	memset(copy + offsetof(struct bpf_btf_info, name), 0, sizeof(uint64_t));
	err = add_payload(rec, call, "info", UNION_OFF(info.info), copy, len);
	if (!err) {
		const uint8_t *raw = info;
		const char *name = attr_ptr(raw, offsetof(struct bpf_btf_info, name));

		if (name)
			err = add_payload(rec, call, "name", 0, name, strnlen(name, MAX_STR));
	}
	return err;
}

static int copy_after(struct bemu_recorder *rec, struct bemu_call *call)
{
	switch (call->cmd) {
	case BPF_OBJ_GET_INFO_BY_FD:
		return copy_info(rec, call);
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
		return copy_elem(rec, call, false);
	default:
		return 0;
	}
}

static void call_fini(struct bemu_env *env, struct bemu_call *call)
{
	uint32_t i;

	for (i = 0; i < call->nr_payloads; i++)
		bemu_mem_free(env, (void *)(uintptr_t)call->payloads[i].data);
	bemu_mem_free(env, (void *)(uintptr_t)call->path);
}

static int call_keep(struct bemu_recorder *rec, const struct bemu_call *call)
{
	int err;

	err = bemu_grow(rec->env, &rec->calls, &rec->cap, (size_t)rec->nr + 1, sizeof(*rec->calls));
	if (!err)
		rec->calls[rec->nr++] = *call;
	return err;
}

/* Ends a call that is not bpf(2): keep it when it was modelled, else forget it. */
static int call_done(struct bemu_recorder *rec, uint32_t kind, const char *path, int a0, int a1,
		     int a2, int err, long kret, long *out)
{
	struct bemu_call call;

	if (err)
		return err;
	memset(&call, 0, sizeof(call));
	call.kind = kind;
	call.args[0] = a0;
	call.args[1] = a1;
	call.args[2] = a2;
	call.ret = kret;
	if (path) {
		call.path = bemu_strdup(rec->env, path);
		if (!call.path)
			return -ENOMEM;
	}
	err = call_keep(rec, &call);
	if (err)
		call_fini(rec->env, &call);
	else
		*out = kret;
	return err;
}

static int rec_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size, long *kret)
{
	struct bemu_recorder *rec = ctx;
	uint32_t keep = size < BEMU_CALL_ATTR_LEN ? size : BEMU_CALL_ATTR_LEN;
	struct bemu_call call;
	long ret = 0;
	int err;

	memset(&call, 0, sizeof(call));
	call.kind = BEMU_CALL_BPF;
	call.cmd = cmd;
	call.attr_len = size;
	if (attr)
		memcpy(call.attr_in, attr, keep);
	err = attr ? copy_before(rec, &call) : 0;
	if (!err)
		err = rec->inner.ops->bpf(rec->inner.ctx, cmd, attr, size, &ret);
	call.ret = ret;
	if (!err && attr) {
		memcpy(call.attr_out, attr, keep);
		err = copy_after(rec, &call);
	}
	if (!err)
		err = call_keep(rec, &call);
	if (err)
		call_fini(rec->env, &call);
	else
		*kret = ret;
	return err;
}

static int rec_close(void *ctx, int fd, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->close(rec->inner.ctx, fd, &ret);

	return call_done(rec, BEMU_CALL_CLOSE, NULL, fd, 0, 0, err, ret, kret);
}

static int rec_dup(void *ctx, int fd, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->dup(rec->inner.ctx, fd, &ret);

	return call_done(rec, BEMU_CALL_DUP, NULL, fd, 0, 0, err, ret, kret);
}

static int rec_dup2(void *ctx, int fd, int newfd, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->dup2(rec->inner.ctx, fd, newfd, &ret);

	return call_done(rec, BEMU_CALL_DUP2, NULL, fd, newfd, 0, err, ret, kret);
}

static int rec_dup3(void *ctx, int fd, int newfd, int flags, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->dup3(rec->inner.ctx, fd, newfd, flags, &ret);

	return call_done(rec, BEMU_CALL_DUP3, NULL, fd, newfd, flags, err, ret, kret);
}

static int rec_dupfd(void *ctx, int fd, int min_fd, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->dupfd(rec->inner.ctx, fd, min_fd, &ret);

	return call_done(rec, BEMU_CALL_DUPFD, NULL, fd, min_fd, 0, err, ret, kret);
}

static int rec_memfd_create(void *ctx, const char *name, unsigned int flags, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->memfd_create(rec->inner.ctx, name, flags, &ret);

	return call_done(rec, BEMU_CALL_MEMFD, name, 0, 0, (int)flags, err, ret, kret);
}

static int rec_open(void *ctx, const char *path, int flags, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->open(rec->inner.ctx, path, flags, &ret);

	return call_done(rec, BEMU_CALL_OPEN, path, 0, 0, flags, err, ret, kret);
}

/* How a file is read (read, mmap, size of the pieces) differs without meaning: not recorded. */
static int rec_read_file(void *ctx, int fd, const void **data, size_t *len, long *kret)
{
	struct bemu_recorder *rec = ctx;

	return rec->inner.ops->read_file(rec->inner.ctx, fd, data, len, kret);
}

static int rec_access(void *ctx, const char *path, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->access(rec->inner.ctx, path, &ret);

	return call_done(rec, BEMU_CALL_ACCESS, path, 0, 0, 0, err, ret, kret);
}

static int rec_mkdir(void *ctx, const char *path, unsigned int mode, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->mkdir(rec->inner.ctx, path, mode, &ret);

	return call_done(rec, BEMU_CALL_MKDIR, path, 0, 0, (int)mode, err, ret, kret);
}

static int rec_unlink(void *ctx, const char *path, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->unlink(rec->inner.ctx, path, &ret);

	return call_done(rec, BEMU_CALL_UNLINK, path, 0, 0, 0, err, ret, kret);
}

static int rec_statfs_type(void *ctx, const char *path, long *f_type, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->statfs_type(rec->inner.ctx, path, f_type, &ret);

	return call_done(rec, BEMU_CALL_STATFS, path, 0, 0, 0, err, ret, kret);
}

static int rec_mmap(void *ctx, int fd, size_t len, int prot, void **addr, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->mmap(rec->inner.ctx, fd, len, prot, addr, &ret);

	return call_done(rec, BEMU_CALL_MMAP, NULL, fd, (int)len, prot, err, ret, kret);
}

static int rec_munmap(void *ctx, void *addr, size_t len, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->munmap(rec->inner.ctx, addr, len, &ret);

	return call_done(rec, BEMU_CALL_MUNMAP, NULL, 0, (int)len, 0, err, ret, kret);
}

static int rec_uname(void *ctx, struct bemu_uname *out, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->uname(rec->inner.ctx, out, &ret);

	return call_done(rec, BEMU_CALL_UNAME, NULL, 0, 0, 0, err, ret, kret);
}

static int rec_perf_kprobe(void *ctx, const char *func, long *kret)
{
	struct bemu_recorder *rec = ctx;
	long ret = 0;
	int err = rec->inner.ops->perf_kprobe(rec->inner.ctx, func, &ret);

	return call_done(rec, BEMU_CALL_PERF_KPROBE, func, 0, 0, 0, err, ret, kret);
}

static const struct bemu_btf *rec_kernel_btf(void *ctx, uint32_t btf_id)
{
	struct bemu_recorder *rec = ctx;

	return rec->inner.ops->kernel_btf(rec->inner.ctx, btf_id);
}

int bemu_recorder_new(struct bemu_env *env, const struct bemu_backend *inner,
		      struct bemu_recorder **out, struct bemu_backend *out_be)
{
	static const struct bemu_backend_ops ops = {
		.size = sizeof(ops),
		.bpf = rec_bpf,
		.close = rec_close,
		.dup = rec_dup,
		.dup2 = rec_dup2,
		.dup3 = rec_dup3,
		.dupfd = rec_dupfd,
		.memfd_create = rec_memfd_create,
		.open = rec_open,
		.read_file = rec_read_file,
		.access = rec_access,
		.mkdir = rec_mkdir,
		.unlink = rec_unlink,
		.statfs_type = rec_statfs_type,
		.mmap = rec_mmap,
		.munmap = rec_munmap,
		.uname = rec_uname,
		.perf_kprobe = rec_perf_kprobe,
		.kernel_btf = rec_kernel_btf,
	};
	struct bemu_recorder *rec = bemu_zalloc(env, sizeof(*rec));

	if (!rec)
		return -ENOMEM;
	rec->env = env;
	rec->inner = *inner;
	rec->ops = ops;
	if (!inner->ops->perf_kprobe)
		rec->ops.perf_kprobe = NULL;
	if (!inner->ops->kernel_btf)
		rec->ops.kernel_btf = NULL;
	out_be->ops = &rec->ops;
	out_be->ctx = rec;
	*out = rec;
	return 0;
}

void bemu_recorder_free(struct bemu_recorder *rec)
{
	uint32_t i;

	if (!rec)
		return;
	for (i = 0; i < rec->nr; i++)
		call_fini(rec->env, &rec->calls[i]);
	bemu_mem_free(rec->env, rec->calls);
	bemu_mem_free(rec->env, rec);
}

uint32_t bemu_recorder_count(const struct bemu_recorder *rec)
{
	return rec->nr;
}

const struct bemu_call *bemu_recorder_get(const struct bemu_recorder *rec, uint32_t idx)
{
	return idx < rec->nr ? &rec->calls[idx] : NULL;
}
