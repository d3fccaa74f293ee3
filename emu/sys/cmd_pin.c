/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* OBJ_PIN and OBJ_GET. */
#include "sys/sys.h"

enum { K_PATH_MAX = 4096, K_AT_FDCWD = -100 };

static int read_path(struct bemu_call_ctx *ctx, char *path)
{
	long len = bemu_ctx_read_str(ctx, ctx->attr.obj.pathname, path, K_PATH_MAX);

	if (len < 0)
		return -EFAULT;
	if (len == K_PATH_MAX - 1)
		return -ENAMETOOLONG;
	return len ? 0 : -ENOENT;
}

/*
 * The directory that a path starts from: *at is NULL without one. Mirrors path_init(); a path from the root
 * does not look at @path_fd. Tasks have no current directory.
 */
static int start_of(struct bemu_call_ctx *ctx, const char *path, bool path_fd, struct bemu_pin **at)
{
	const struct bemu_file *file;

	*at = NULL;
	if (path[0] == '/' || !path_fd || ctx->attr.obj.path_fd == K_AT_FDCWD)
		return 0;
	file = bemu_fd_find(ctx->task, ctx->attr.obj.path_fd);
	if (!file)
		return -EBADF;
	if (file->kind != BEMU_FILE_BPFFS)
		return -ENOTDIR;
	*at = file->dir;
	return 0;
}

static bool has_path_fd(const struct bemu_call_ctx *ctx)
{
	return ctx->attr.obj.file_flags & BEMU_BPF_F_PATH_FD &&
	       ctx->model->prof->cmd_end[ctx->cmd] >= 20;
}

static void get_pinned(struct bemu_model *model, struct bemu_kobj *obj)
{
	if (obj->kind == BEMU_OBJ_MAP)
		bemu_map_get_uref(model, (struct bemu_map *)obj);
	else
		bemu_obj_get(model, obj);
}

static void put_pinned(struct bemu_model *model, struct bemu_kobj *obj)
{
	if (obj->kind == BEMU_OBJ_MAP)
		bemu_map_put_uref(model, (struct bemu_map *)obj);
	bemu_obj_put(model, obj);
}

/* Mirrors bpf_obj_pin(), bpf_obj_pin_user(): the object is taken before the path is looked at. */
long bemu_cmd_obj_pin(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_obj *a = &ctx->attr.obj;
	bool path_fd = has_path_fd(ctx);
	char path[K_PATH_MAX];
	struct bemu_file *file;
	struct bemu_kobj *obj;
	struct bemu_pin *at;
	int err;

	if (a->file_flags & ~(path_fd ? (uint32_t)BEMU_BPF_F_PATH_FD : 0))
		return -EINVAL;
	if (!path_fd && a->path_fd)
		return -EINVAL;
	file = bemu_fd_find(ctx->task, (int)a->bpf_fd);
	if (!file || (file->kind != BEMU_FILE_MAP && file->kind != BEMU_FILE_PROG &&
		      file->kind != BEMU_FILE_LINK))
		return -EINVAL;
	obj = file->obj;
	get_pinned(ctx->model, obj);
	err = bemu_yield(ctx->model, BEMU_YIELD_OBJ_PIN_PATH);
	if (!err)
		err = read_path(ctx, path);
	if (!err)
		err = start_of(ctx, path, path_fd, &at);
	if (!err)
		err = bemu_pin_add(ctx->model, at, path, obj);
	if (err == -EXDEV)
		err = bemu_path_exists(ctx->task, path) ? -EEXIST
		      : bemu_path_has_parent(path)	? -EPERM
							: -ENOENT;
	if (err)
		put_pinned(ctx->model, obj);
	return err;
}

/* Mirrors bpf_get_file_flag() and what the open file of a pin may do. */
static uint32_t acc_of(uint32_t kind, uint32_t flags)
{
	if (kind == BEMU_OBJ_LINK)
		return BEMU_ACC_READ;
	if (kind == BEMU_OBJ_MAP && flags & BPF_F_RDONLY)
		return BEMU_ACC_READ;
	if (kind == BEMU_OBJ_MAP && flags & BPF_F_WRONLY)
		return BEMU_ACC_WRITE;
	return BEMU_ACC_RW;
}

static int find_pinned(struct bemu_call_ctx *ctx, bool path_fd, struct bemu_kobj **out)
{
	char path[K_PATH_MAX];
	struct bemu_pin *pin, *at;
	int err = read_path(ctx, path);

	if (!err)
		err = start_of(ctx, path, path_fd, &at);
	if (!err)
		err = bemu_pin_find(ctx->model, at, path, BEMU_PIN_FOLLOW, &pin);
	if (err == -EXDEV)
		return bemu_path_exists(ctx->task, path) ? -EACCES : -ENOENT;
	if (err)
		return err;
	if (!pin->inode)
		return -EACCES; /* a directory */
	*out = pin->inode->obj;
	return 0;
}

/* Mirrors bpf_obj_get(), bpf_obj_get_user(). */
long bemu_cmd_obj_get(struct bemu_call_ctx *ctx)
{
	static const uint8_t filekind[] = {
		[BEMU_OBJ_MAP] = BEMU_FILE_MAP,
		[BEMU_OBJ_PROG] = BEMU_FILE_PROG,
		[BEMU_OBJ_BTF] = BEMU_FILE_BTF,
		[BEMU_OBJ_LINK] = BEMU_FILE_LINK,
	};
	const struct bemu_attr_obj *a = &ctx->attr.obj;
	bool path_fd = has_path_fd(ctx);
	uint32_t flags = a->file_flags & ~(path_fd ? (uint32_t)BEMU_BPF_F_PATH_FD : 0);
	struct bemu_file *file;
	struct bemu_kobj *obj;
	int err;

	if (a->bpf_fd || flags & ~(uint32_t)(BPF_F_RDONLY | BPF_F_WRONLY) ||
	    (!path_fd && a->path_fd) || flags == (BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	err = find_pinned(ctx, path_fd, &obj);
	if (err)
		return err;
	if (obj->kind == BEMU_OBJ_LINK && flags)
		return -EINVAL;
	err = bemu_fd_prepare(ctx->task, filekind[obj->kind], acc_of(obj->kind, flags), &file);
	if (err)
		return err;
	bemu_obj_get(ctx->model, obj);
	return bemu_ctx_install(ctx, file, obj);
}
