/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* *_GET_NEXT_ID and *_GET_FD_BY_ID. What is mirrored is of kernel/bpf/syscall.c, v6.18. */
#include "sys/sys.h"

/* Mirrors bpf_obj_get_next_id(). */
long bemu_cmd_next_id(struct bemu_call_ctx *ctx, uint32_t kind)
{
	uint32_t id;

	if (ctx->attr.id.id >= INT32_MAX)
		return -EINVAL;
	if (!(ctx->task->caps & BEMU_CAP_SYS_ADMIN))
		return -EPERM;
	id = bemu_idr_next(&ctx->model->ids[kind], ctx->attr.id.id);
	if (!id)
		return -ENOENT;
	return bemu_ctx_put_attr(ctx, 4, &id, sizeof(id));
}

/* Mirrors bpf_get_file_flag(): 0 or -EINVAL. */
static int acc_of(uint32_t flags, uint32_t *acc)
{
	if (flags & BPF_F_RDONLY && flags & BPF_F_WRONLY)
		return -EINVAL;
	*acc = flags & BPF_F_RDONLY   ? BEMU_ACC_READ
	       : flags & BPF_F_WRONLY ? BEMU_ACC_WRITE
				      : BEMU_ACC_RW;
	return 0;
}

/* Mirrors bpf_{prog,map,link}_get_fd_by_id(), bpf_btf_get_fd_by_id(). */
long bemu_cmd_fd_by_id(struct bemu_call_ctx *ctx, uint32_t kind)
{
	static const uint8_t filekind[] = {
		[BEMU_OBJ_MAP] = BEMU_FILE_MAP,
		[BEMU_OBJ_PROG] = BEMU_FILE_PROG,
		[BEMU_OBJ_BTF] = BEMU_FILE_BTF,
		[BEMU_OBJ_LINK] = BEMU_FILE_LINK,
	};
	uint32_t acc = kind == BEMU_OBJ_BTF || kind == BEMU_OBJ_LINK ? BEMU_ACC_READ : BEMU_ACC_RW;
	uint32_t flags = ctx->attr.id.open_flags;
	struct bemu_file *file;
	struct bemu_kobj *obj;
	int err;

	if (kind == BEMU_OBJ_MAP &&
	    (flags & ~(uint32_t)(BPF_F_RDONLY | BPF_F_WRONLY) || acc_of(flags, &acc)))
		return -EINVAL;
	if (kind == BEMU_OBJ_BTF && flags & ~(uint32_t)BEMU_BPF_F_TOKEN_FD)
		return -EINVAL;
	if (kind == BEMU_OBJ_BTF && flags && !bemu_fd_find(ctx->task, ctx->attr.id.token_fd))
		return -EBADF;
	if (kind == BEMU_OBJ_BTF && flags)
		return -EINVAL;
	if (!(ctx->task->caps & BEMU_CAP_SYS_ADMIN))
		return -EPERM;
	obj = bemu_obj_find(ctx->model, kind, ctx->attr.id.id);
	if (!obj)
		return -ENOENT;
	err = bemu_fd_prepare(ctx->task, filekind[kind], acc, &file);
	if (err)
		return err;
	bemu_obj_get(ctx->model, obj);
	return bemu_ctx_install(ctx, file, obj);
}
