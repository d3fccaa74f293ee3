/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What a program uses, and fd_array, through which it may be named. */
#include <string.h>

#include "model/quirk.h"
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

const struct bemu_map *bemu_verif_arena(const struct bemu_verif *v)
{
	uint32_t i;

	for (i = 0; i < v->prog->nr_used_maps; i++)
		if (v->prog->used_maps[i]->type == BEMU_BPF_MAP_TYPE_ARENA)
			return v->prog->used_maps[i];
	return NULL;
}

/* The arena's part of check_map_prog_compatibility(), v6.9; there is a JIT, and it knows arenas. */
static int check_arena(struct bemu_verif *v, const struct bemu_map *map)
{
	uint32_t caps = v->ctx->task->caps;

	if (bemu_verif_arena(v) != map) {
		bemu_klog(v->log, "Only one arena per program\n");
		return -EBUSY;
	}
	if (!(caps & (BEMU_CAP_PERFMON | BEMU_CAP_SYS_ADMIN)) ||
	    !(caps & (BEMU_CAP_BPF | BEMU_CAP_SYS_ADMIN))) {
		bemu_klog(v->log, "CAP_BPF and CAP_PERFMON are required to use arena\n");
		return -EPERM;
	}
	if (!map->user_start) {
		bemu_klog(v->log, "arena's user address must be set via map_extra or mmap()\n");
		return -EINVAL;
	}
	return 0;
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
	/* a program is not hashed yet while fd_array_cnt is looked at: zeroes are what matches then */
	if (map->excl && memcmp(map->excl_hash, v->digest, sizeof(map->excl_hash)) != 0) {
		bemu_klog(v->log, "program's hash doesn't match map's excl_prog_hash\n");
		return -EACCES;
	}
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
	return map->type == BEMU_BPF_MAP_TYPE_ARENA ? check_arena(v, map) : 0;
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

	if (bemu_ctx_read(v->ctx, at, fd, sizeof(*fd)))
		return -EFAULT;
	bemu_ctx_number(v->ctx, (uint32_t)*fd);
	return 0;
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
		file = bemu_ctx_file(v->ctx, (uint32_t)fd);
		/* the number is tried as a map's, and then looked up again */
		if (file && file->kind != BEMU_FILE_MAP &&
		    bemu_model_quirk(v->ctx->model, BEMU_QUIRK_K_FDARRAY_DOUBLE_FDGET))
			file = bemu_ctx_file(v->ctx, (uint32_t)fd);
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
