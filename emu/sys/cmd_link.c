/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* RAW_TRACEPOINT_OPEN, LINK_CREATE, TOKEN_CREATE: as far as feature probes and loaders go. */
#include <stdio.h>
#include <string.h>

#include "sys/sys.h"

enum { ATTACH_PERF_EVENT = 41, ATTACH_UPROBE_MULTI = 48, LINK_RAW_TRACEPOINT = 1 };

static bool tracepoint_exists(const struct bemu_model *model, const char *name)
{
	char type[160];

	if (!model->vmlinux)
		return false;
	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return bemu_btf_find(model->vmlinux->btf, type, BTF_KIND_TYPEDEF, false);
}

/* Mirrors bpf_raw_tp_link_attach(). */
long bemu_cmd_raw_tp_open(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_raw_tp *a = &ctx->attr.raw_tp;
	struct bemu_file *file = NULL;
	struct bemu_link *link = NULL;
	struct bemu_prog *prog;
	struct bemu_kobj *obj;
	char name[128] = { 0 };
	int err = bemu_ctx_fd(ctx, a->prog_fd, BEMU_FILE_PROG, NULL, &obj);

	if (err)
		return err;
	prog = (struct bemu_prog *)obj;
	switch (prog->type) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_EXT:
	case BPF_PROG_TYPE_LSM:
		if (a->name)
			return -EINVAL;
		return bemu_unmodelled(ctx, "attaching a program with a BTF target");
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		break;
	default:
		return -EINVAL;
	}
	if (bemu_ctx_read_user_str(ctx, a->name, name, sizeof(name)) < 0)
		return -EFAULT;
	if (!tracepoint_exists(ctx->model, name))
		return -ENOENT;
	err = bemu_fd_verdict(ctx->task); /* bpf_link_prime(): the number comes before the ID */
	if (err)
		return err;
	link = bemu_zalloc(ctx->env, sizeof(*link));
	if (!link)
		return -ENOMEM;
	err = bemu_obj_prepare(ctx->model, BEMU_OBJ_LINK);
	if (!err)
		err = bemu_fd_prepare(ctx->task, BEMU_FILE_LINK, BEMU_ACC_READ, &file);
	if (err) {
		bemu_mem_free(ctx->env, link);
		return err;
	}
	bemu_obj_init(ctx->model, &link->obj, BEMU_OBJ_LINK);
	link->type = LINK_RAW_TRACEPOINT;
	link->cookie = a->cookie;
	memcpy(link->tp_name, name, sizeof(name));
	bemu_obj_get(ctx->model, obj);
	link->prog = prog;
	bemu_obj_publish(ctx->model, &link->obj);
	return bemu_ctx_install(ctx, file, &link->obj);
}

/* Mirrors link_create() as far as its refusals: no hook is modelled. */
long bemu_cmd_link_create(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_link_create *a = &ctx->attr.link_create;
	const struct bemu_prog *prog;
	struct bemu_kobj *obj;
	char path[16];
	int err;

	err = bemu_ctx_fd(ctx, a->prog_fd, BEMU_FILE_PROG, NULL, &obj);
	if (err)
		return err;
	prog = (const struct bemu_prog *)obj;
	if (a->attach_type == ATTACH_PERF_EVENT) {
		if (prog->type != BPF_PROG_TYPE_TRACEPOINT && prog->type != BPF_PROG_TYPE_KPROBE &&
		    prog->type != BPF_PROG_TYPE_PERF_EVENT)
			return -EINVAL;
		return a->flags ? -EINVAL : -EBADF; /* no number is a perf event */
	}
	if (a->attach_type == ATTACH_UPROBE_MULTI) {
		if (ctx->model->prof->cmd_end[BPF_LINK_CREATE] < 60 ||
		    prog->type != BPF_PROG_TYPE_KPROBE ||
		    prog->expected_attach_type != ATTACH_UPROBE_MULTI)
			return -EINVAL;
		if (a->flags || !a->path || !a->offsets || !a->cnt || a->multi_flags & ~1u ||
		    a->pid < 0)
			return -EINVAL;
		if (bemu_ctx_read_str(ctx, a->path, path, sizeof(path)) < 0)
			return -EFAULT;
		if (!strcmp(path, "/"))
			return -EBADF; /* not a regular file */
	}
	return bemu_unmodelled(ctx, "attaching a program with LINK_CREATE");
}

/* Mirrors bpf_token_create(): tasks live in the initial user namespace, which may not have one. */
long bemu_cmd_token_create(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_three *a = &ctx->attr.three;
	const struct bemu_file *file;

	if (a->a)
		return -EINVAL;
	file = bemu_fd_find(ctx->task, (int)a->b);
	if (!file)
		return -EBADF;
	if (file->kind != BEMU_FILE_BPFFS || file->dir != ctx->model->bpffs.root)
		return -EINVAL;
	if (!(ctx->task->caps & BEMU_CAP_BPF))
		return -EPERM;
	return -EOPNOTSUPP;
}
