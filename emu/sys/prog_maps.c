/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What a program uses, and fd_array, through which it may be named. */
#include "sys/prog.h"

/* Types of maps that a program which may sleep can use, by release. */
static bool sleeper_may_use(const struct bemu_verif *v, uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
		return true;
	case BEMU_BPF_MAP_TYPE_CGRP_STORAGE: /* v6.2 */
		return bemu_model_has(v->ctx->model, BEMU_KF_LDIMM64_FUNC);
	case BPF_MAP_TYPE_QUEUE: /* v6.9 */
	case BPF_MAP_TYPE_STACK:
	case BEMU_BPF_MAP_TYPE_ARENA:
		return bemu_model_has(v->ctx->model, BEMU_KF_TOKEN);
	default:
		return false;
	}
}

int bemu_verif_use_map(struct bemu_verif *v, struct bemu_map *map)
{
	int err = bemu_prog_use_map(v->ctx->model, v->prog, map, BEMU_K_MAX_USED_MAPS);

	if (err == -E2BIG && bemu_model_has(v->ctx->model, BEMU_KF_LIMIT_TEXT))
		bemu_klog(v->log,
			  "The total number of maps per program has reached the limit of %u\n",
			  BEMU_K_MAX_USED_MAPS);
	if (err)
		return err;
	if (map->type == BPF_MAP_TYPE_STRUCT_OPS) {
		bemu_klog(v->log, "bpf_struct_ops map cannot be used in prog\n");
		return -EINVAL;
	}
	if (v->prog->flags & BPF_F_SLEEPABLE && !sleeper_may_use(v, map->type)) {
		bemu_klog(
			v->log,
			bemu_model_has(v->ctx->model, BEMU_KF_LDIMM64_FUNC)
				? "Sleepable programs can only use array, hash, ringbuf and local storage maps\n"
				: "Sleepable programs can only use array, hash, and ringbuf maps\n");
		return -EINVAL;
	}
	if (map->excl)
		return (int)bemu_unmodelled(v->ctx, "a program that uses an exclusive map");
	return 0;
}

int bemu_verif_use_btf(struct bemu_verif *v, struct bemu_kbtf *btf)
{
	int err = bemu_prog_use_btf(v->ctx->model, v->prog, btf);

	if (err == -E2BIG && bemu_model_has(v->ctx->model, BEMU_KF_FD_ARRAY_CNT))
		bemu_klog(v->log,
			  "The total number of btfs per program has reached the limit of %u\n",
			  BEMU_K_MAX_USED_BTFS);
	return err;
}

/* Slot of fd_array; negative indices read before it, as the kernel does. */
int bemu_verif_fd_slot(struct bemu_verif *v, int32_t idx, int32_t *fd)
{
	uint64_t at = v->ctx->attr.prog_load.fd_array + (uint64_t)((int64_t)idx * 4);

	return bemu_ctx_read(v->ctx, at, fd, sizeof(*fd));
}

/* Mirrors process_fd_array(). */
int bemu_verif_fd_array(struct bemu_verif *v)
{
	uint32_t cnt = v->ctx->attr.prog_load.fd_array_cnt, i;
	struct bemu_file *file;
	int32_t fd;
	int err;

	if (cnt >= UINT32_MAX / 4) {
		bemu_klog(v->log, "fd_array_cnt is too big (%u)\n", cnt);
		return -EINVAL;
	}
	for (i = 0; i < cnt; i++) {
		if (bemu_env_step(v->ctx->env, 1))
			return -EDQUOT;
		if (!v->ctx->attr.prog_load.fd_array || bemu_verif_fd_slot(v, (int32_t)i, &fd))
			return -EFAULT;
		file = bemu_fd_find(v->ctx->task, fd);
		if (file && file->kind == BEMU_FILE_MAP) {
			err = bemu_verif_use_map(v, (struct bemu_map *)file->obj);
		} else if (file && file->kind == BEMU_FILE_BTF) {
			err = bemu_verif_use_btf(v, (struct bemu_kbtf *)file->obj);
		} else {
			bemu_klog(v->log, "fd %d is not pointing to valid bpf_map or btf\n", fd);
			err = file ? -EINVAL : -EBADF;
		}
		if (err)
			return err;
	}
	return 0;
}
