/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* OBJ_PIN and OBJ_GET. */
#include "sys/sys.h"

enum { K_PATH_MAX = 4096 };

static int read_path(struct bemu_call_ctx *ctx, char *path)
{
	long len = bemu_ctx_read_str(ctx, ctx->attr.obj.pathname, path, K_PATH_MAX);

	if (len < 0)
		return -EFAULT;
	if (len == K_PATH_MAX - 1)
		return -ENAMETOOLONG;
	return len ? 0 : -ENOENT;
}

/* Mirrors bpf_obj_pin(), bpf_obj_pin_user(). */
long bemu_cmd_obj_pin(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_obj *a = &ctx->attr.obj;
	bool path_fd = a->file_flags & BEMU_BPF_F_PATH_FD &&
		       ctx->model->prof->cmd_end[ctx->cmd] >= 20;
	char path[K_PATH_MAX];
	struct bemu_file *file;
	int err;

	if (a->file_flags & ~(path_fd ? (uint32_t)BEMU_BPF_F_PATH_FD : 0))
		return -EINVAL;
	if (!path_fd && a->path_fd)
		return -EINVAL;
	file = bemu_fd_find(ctx->task, (int)a->bpf_fd);
	if (!file || (file->kind != BEMU_FILE_MAP && file->kind != BEMU_FILE_PROG &&
		      file->kind != BEMU_FILE_LINK))
		return -EINVAL;
	if (path_fd)
		return bemu_unmodelled(ctx, "a path relative to path_fd");
	err = read_path(ctx, path);
	if (!err)
		err = bemu_pin_add(ctx->model, NULL, path, file->obj);
	if (err)
		return err;
	if (file->kind == BEMU_FILE_MAP)
		bemu_map_get_uref(ctx->model, (struct bemu_map *)file->obj);
	else
		bemu_obj_get(ctx->model, file->obj);
	return 0;
}

/* Mirrors bpf_obj_get(), bpf_obj_get_user(). */
long bemu_cmd_obj_get(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_obj *a = &ctx->attr.obj;
	uint32_t flags = a->file_flags, acc, kind;
	bool path_fd = flags & BEMU_BPF_F_PATH_FD && ctx->model->prof->cmd_end[ctx->cmd] >= 20;
	char path[K_PATH_MAX];
	struct bemu_file *file;
	struct bemu_pin *pin;
	struct bemu_kobj *obj;
	int err;

	if (path_fd)
		flags &= ~(uint32_t)BEMU_BPF_F_PATH_FD;
	if (a->bpf_fd || flags & ~(uint32_t)(BPF_F_RDONLY | BPF_F_WRONLY) ||
	    (!path_fd && a->path_fd) || flags == (BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	if (path_fd)
		return bemu_unmodelled(ctx, "a path relative to path_fd");
	err = read_path(ctx, path);
	if (!err)
		err = bemu_pin_find(ctx->model, NULL, path, BEMU_PIN_FOLLOW, &pin);
	if (err)
		return err == -EXDEV ? -ENOENT : err;
	if (!pin->inode)
		return -EACCES;
	obj = pin->inode->obj;
	acc = flags & BPF_F_RDONLY   ? BEMU_ACC_READ
	      : flags & BPF_F_WRONLY ? BEMU_ACC_WRITE
				     : BEMU_ACC_RW;
	kind = obj->kind == BEMU_OBJ_MAP    ? BEMU_FILE_MAP
	       : obj->kind == BEMU_OBJ_PROG ? BEMU_FILE_PROG
					    : BEMU_FILE_LINK;
	if (kind == BEMU_FILE_LINK && flags)
		return -EINVAL;
	if (kind == BEMU_FILE_PROG)
		acc = BEMU_ACC_RW;
	err = bemu_fd_prepare(ctx->task, kind, kind == BEMU_FILE_LINK ? BEMU_ACC_READ : acc, &file);
	if (err)
		return err;
	bemu_obj_get(ctx->model, obj);
	return bemu_ctx_install(ctx, file, obj);
}
