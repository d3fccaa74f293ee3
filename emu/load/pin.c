/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Pinned maps: reuse of what lies at the path, and pinning of what was made.
 * Mirrors comments without a path mean tools/lib/bpf/libbpf.c of libbpf 1.7.
 */
#include <string.h>

#include <bemu/quirks.h>

#include "load/private.h"

enum {
	O_RDONLY_CLOEXEC = 02000000,
	BPF_FS_MAGIC = (int)0xcafe4a11,
	DIR_MODE = 0700,
};

/* BPF_OBJ_PIN and BPF_OBJ_GET; path_fd since v6.5. */
struct path_attr {
	uint64_t pathname;
	uint32_t bpf_fd;
	uint32_t file_flags;
	int32_t path_fd;
};

struct info_attr {
	uint32_t bpf_fd;
	uint32_t info_len;
	uint64_t info;
};

/* struct bpf_map_info of v6.18: what libbpf 1.7 asks for is 16 bytes longer than before. */
union map_info {
	struct bpf_map_info v6_1;
	uint8_t bytes[104];
};

enum { MAP_INFO_LEN_1_1 = 88, MAP_INFO_LEN_1_7 = 104 };

static uint32_t path_attr_len(const struct bemu_load *ld)
{
	return bemu_load_at_least(ld, BEMU_LIBBPF_1_5) ? sizeof(uint64_t) + 3 * sizeof(uint32_t)
						       : sizeof(uint64_t) + 2 * sizeof(uint32_t);
}

static int map_info(struct bemu_load *ld, int fd, union map_info *info)
{
	struct info_attr attr = {
		.bpf_fd = (uint32_t)fd,
		.info_len = bemu_load_at_least(ld, BEMU_LIBBPF_1_7) ? MAP_INFO_LEN_1_7
								    : MAP_INFO_LEN_1_1,
		.info = (uintptr_t)info,
	};

	memset(info, 0, sizeof(*info));
	/* Differs: kernels that answer -EINVAL (before v4.13) are not modelled, so /proc is not asked. */
	return bemu_load_bpf_ret(ld, BPF_OBJ_GET_INFO_BY_FD, (union bpf_attr *)(void *)&attr,
				 sizeof(attr));
}

/* Mirrors map_is_reuse_compat(): 1, 0, or a fault. */
static int fits(struct bemu_load *ld, uint32_t map_idx, int fd)
{
	const struct bemu_obj_map *def = &ld->obj->maps[map_idx];
	const struct bemu_load_map *map = &ld->maps[map_idx];
	union map_info info;
	uint32_t flags;
	int err = map_info(ld, fd, &info);

	if (err)
		return bemu_load_faulted(ld) ? err : 0;
	flags = info.v6_1.map_flags;
	/* A device map always shows this flag, whatever it was made with; 1.6 looks over it. */
	if (bemu_load_at_least(ld, BEMU_LIBBPF_1_7) &&
	    (def->type == BPF_MAP_TYPE_DEVMAP || def->type == BPF_MAP_TYPE_DEVMAP_HASH))
		flags &= ~(uint32_t)BPF_F_RDONLY_PROG;
	return info.v6_1.type == def->type && info.v6_1.key_size == def->key_size &&
	       info.v6_1.value_size == map->value_size &&
	       info.v6_1.max_entries == map->max_entries && flags == map->map_flags &&
	       info.v6_1.map_extra == def->map_extra;
}

int bemu_load_move_fd(struct bemu_load *ld, int fixed_fd, int tmp_fd)
{
	long kret = 0;
	int err = bemu_load_latch(ld, ld->be.ops->dup3(ld->be.ctx, tmp_fd, fixed_fd,
						       O_RDONLY_CLOEXEC, &kret));

	if (bemu_load_close_fd(ld, tmp_fd))
		err = ld->fault;
	return err ? err : kret < 0 ? (int)kret : 0;
}

/* The reused map's own number: the reserved one, or up to 1.3 a new one above a file on "/". */
static int take_number(struct bemu_load *ld, uint32_t map_idx, int fd)
{
	long new_fd = 0, kret = 0;
	int err;

	if (bemu_load_at_least(ld, BEMU_LIBBPF_1_5)) {
		err = bemu_load_latch(ld, ld->be.ops->dupfd(ld->be.ctx, fd, 3, &new_fd));
		if (err || new_fd < 0)
			return err ? err : (int)new_fd;
		return bemu_load_move_fd(ld, ld->map_fds[map_idx], (int)new_fd);
	}
	err = bemu_load_latch(ld, ld->be.ops->open(ld->be.ctx, "/", O_RDONLY_CLOEXEC, &new_fd));
	if (err || new_fd < 0)
		return err ? err : (int)new_fd;
	err = bemu_load_latch(ld, ld->be.ops->dup3(ld->be.ctx, fd, (int)new_fd, O_RDONLY_CLOEXEC,
						   &kret));
	if (err || kret < 0) {
		int e = bemu_load_close_fd(ld, (int)new_fd);

		return err ? err : e ? e : (int)kret;
	}
	ld->map_fds[map_idx] = (int)new_fd;
	return 0;
}

/* Mirrors bpf_map__reuse_fd(). */
static int reuse(struct bemu_load *ld, uint32_t map_idx, int fd)
{
	struct bemu_load_map *map = &ld->maps[map_idx];
	union map_info info;
	int err = map_info(ld, fd, &info);

	if (!err)
		err = take_number(ld, map_idx, fd);
	if (err)
		return err;
	map->fd = ld->map_fds[map_idx];
	map->reused = true;
	map->value_size = info.v6_1.value_size;
	map->max_entries = info.v6_1.max_entries;
	map->map_flags = info.v6_1.map_flags;
	map->key_type_id = info.v6_1.btf_key_type_id;
	map->value_type_id = info.v6_1.btf_value_type_id;
	return 0;
}

int bemu_load_reuse_pinned(struct bemu_load *ld, uint32_t map_idx)
{
	const struct bemu_obj_map *def = &ld->obj->maps[map_idx];
	struct path_attr attr = { .pathname = (uintptr_t)def->pin_path };
	int pin_fd, err, ret;

	pin_fd = bemu_load_bpf_fd(ld, BPF_OBJ_GET, (union bpf_attr *)(void *)&attr,
				  path_attr_len(ld));
	if (pin_fd < 0) {
		if (bemu_load_faulted(ld))
			return pin_fd;
		if (pin_fd == -ENOENT)
			return 0;
		return bemu_fail(ld->env, pin_fd, BEMU_R_LOAD_MAP_PIN, map_idx,
				 "what is pinned at %s cannot be opened", def->pin_path);
	}
	ret = fits(ld, map_idx, pin_fd);
	if (ret > 0)
		err = reuse(ld, map_idx, pin_fd);
	else if (ret < 0)
		err = ret;
	else
		err = bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_MAP_PIN, map_idx,
				"the map pinned at %s is not like map %s", def->pin_path,
				def->name);
	if (ret > 0 && !err && bemu_load_quirk(ld, BEMU_QUIRK_LB_REUSE_PINFD_LEAK))
		pin_fd = -1; /* the map has a copy, and nobody thinks of the original */
	if (bemu_load_close_fd(ld, pin_fd))
		return ld->fault;
	if (!err)
		ld->map_states[map_idx].pinned = true;
	return err;
}

/* As dirname(3). */
static char *parent_dir(struct bemu_env *env, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len;

	if (!slash)
		return bemu_strdup(env, ".");
	for (len = (size_t)(slash - path); len && path[len - 1] == '/';)
		len--;
	return len ? bemu_strndup(env, path, len) : bemu_strdup(env, "/");
}

/* Mirrors check_path(). */
static int check_path(struct bemu_load *ld, const char *dir)
{
	long type = 0, kret = 0;
	int err = bemu_load_latch(ld, ld->be.ops->statfs_type(ld->be.ctx, dir, &type, &kret));

	if (err || kret < 0)
		return err ? err : (int)kret;
	return (int)(uint32_t)type == BPF_FS_MAGIC ? 0 : -EINVAL;
}

/* Mirrors bpf_map__pin(): the directory is made when it is not there, its parents are not. */
int bemu_load_pin(struct bemu_load *ld, uint32_t map_idx)
{
	const char *path = ld->obj->maps[map_idx].pin_path;
	struct path_attr attr = {
		.pathname = (uintptr_t)path,
		.bpf_fd = (uint32_t)ld->map_fds[map_idx],
	};
	char *dir = parent_dir(ld->env, path);
	long kret = 0;
	int err;

	if (!dir)
		return -ENOMEM;
	err = bemu_load_latch(ld, ld->be.ops->mkdir(ld->be.ctx, dir, DIR_MODE, &kret));
	if (!err && kret < 0 && kret != -EEXIST)
		err = (int)kret;
	if (!err)
		err = check_path(ld, dir);
	bemu_mem_free(ld->env, dir);
	if (!err)
		err = bemu_load_bpf_ret(ld, BPF_OBJ_PIN, (union bpf_attr *)(void *)&attr,
					path_attr_len(ld));
	if (!err)
		ld->map_states[map_idx].pinned = true;
	return err;
}

/* Mirrors bpf_object_unpin(): what this load pinned is unpinned when it fails. */
int bemu_load_unpin(struct bemu_load *ld)
{
	uint32_t i;

	for (i = 0; i < ld->obj->nr_maps; i++) {
		const char *path = ld->obj->maps[i].pin_path;
		long kret = 0;
		char *dir;
		int err;

		if (!ld->map_states[i].pinned || ld->maps[i].reused)
			continue;
		dir = parent_dir(ld->env, path);
		if (!dir)
			return -ENOMEM;
		err = check_path(ld, dir);
		bemu_mem_free(ld->env, dir);
		if (!err)
			err = bemu_load_latch(ld, ld->be.ops->unlink(ld->be.ctx, path, &kret));
		if (bemu_load_faulted(ld))
			return err;
		if (!err && !kret)
			ld->map_states[i].pinned = false;
	}
	return 0;
}
