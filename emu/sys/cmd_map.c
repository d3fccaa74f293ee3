/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * MAP_CREATE, the element commands, MAP_FREEZE. What is mirrored is of kernel/bpf/syscall.c, for the rules of a
 * type of the file of that type, v6.18, unless another file is named.
 */
#include <string.h>

#include "sys/sys.h"

enum { K_PAGE = 4096 };

#define ATTR struct bemu_attr_map_create

/* Mirrors btf_type_id_size(), kernel/bpf/btf.c, v6.18: a variable stands for its type. */
static const struct btf_type *key_type(const struct bemu_map *map)
{
	const struct bemu_btf *btf = map->btf->btf;
	const struct btf_type *t = bemu_btf_skip_mods(btf, map->key_type_id, true, NULL);

	return t && bemu_btf_kind(t) == BTF_KIND_VAR ? bemu_btf_skip_mods(btf, t->type, true, NULL)
						     : t;
}

static bool is_plain_int(const struct btf_type *t, uint32_t bits)
{
	uint32_t data = t && bemu_btf_kind(t) == BTF_KIND_INT ? bemu_btf_int_data(t) : 0;

	return data && BTF_INT_BITS(data) == bits && !BTF_INT_OFFSET(data);
}

/* Mirrors array_map_check_btf(). */
static int check_array_btf(const struct bemu_map *map)
{
	const struct btf_type *t;

	if (map->key_type_id)
		return is_plain_int(key_type(map), 32) ? 0 : -EINVAL;
	if (map->type != BPF_MAP_TYPE_ARRAY || map->max_entries != 1)
		return -EINVAL;
	t = bemu_btf_type(map->btf->btf, map->value_type_id);
	return bemu_btf_kind(t) == BTF_KIND_DATASEC ? 0 : -EINVAL;
}

/* Mirrors btf_member_is_reg_int(), kernel/bpf/btf.c. */
static bool is_int_member(const struct bemu_btf *btf, const struct btf_type *t, uint32_t i,
			  uint32_t bit_off, uint32_t bits)
{
	return bemu_btf_member_bit_off(t, i) == bit_off && !bemu_btf_member_bitfield_size(t, i) &&
	       is_plain_int(bemu_btf_skip_mods(btf, bemu_btf_members(t)[i].type, true, NULL), bits);
}

/* Mirrors cgroup_storage_check_btf(): struct bpf_cgroup_storage_key, or the number of a cgroup. */
static int check_cgroup_btf(const struct bemu_map *map)
{
	const struct bemu_btf *btf = map->btf->btf;
	const struct btf_type *t = key_type(map);

	if (map->key_size == sizeof(uint64_t))
		return is_plain_int(t, 64) ? 0 : -EINVAL;
	return t && bemu_btf_kind(t) == BTF_KIND_STRUCT && bemu_btf_vlen(t) == 2 &&
			       is_int_member(btf, t, 0, 0, 64) && is_int_member(btf, t, 1, 64, 32)
		       ? 0
		       : -EINVAL;
}

/* What map_check_btf of the type says: map_check_no_btf() for many, and nothing where there is none. */
static int check_btf_of_type(const struct bemu_map *map)
{
	const struct btf_type *t;

	switch (map->type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return check_array_btf(map);
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BEMU_BPF_MAP_TYPE_CGRP_STORAGE: /* bpf_local_storage_map_check_btf() */
		return is_plain_int(key_type(map), 32) ? 0 : -EINVAL;
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return check_cgroup_btf(map);
	case BPF_MAP_TYPE_BLOOM_FILTER:
		return map->key_type_id ? -EINVAL : 0;
	case BPF_MAP_TYPE_LPM_TRIE:
		t = key_type(map);
		return t && bemu_btf_kind(t) == BTF_KIND_STRUCT ? 0 : -EINVAL;
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_STACK_TRACE:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_XSKMAP:
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_SOCKHASH:
	case BEMU_BPF_MAP_TYPE_ARENA:
		return -BEMU_K_ENOTSUPP;
	default:
		return map->key_type_id ? 0 : -EINVAL;
	}
}

/* Mirrors map_check_btf(), without the special fields of values. */
static int check_btf(const struct bemu_map *map)
{
	const struct bemu_btf *btf = map->btf->btf;
	int64_t size;

	if (map->key_type_id &&
	    (bemu_btf_resolve_size(btf, map->key_type_id, &size) || size != map->key_size))
		return -EINVAL;
	if (!map->value_type_id || bemu_btf_resolve_size(btf, map->value_type_id, &size) ||
	    size != map->value_size)
		return -EINVAL;
	return check_btf_of_type(map);
}

/* Types whose operations have map_meta_equal. */
static bool can_be_inner(uint32_t type)
{
	return type != BPF_MAP_TYPE_PROG_ARRAY && type != BPF_MAP_TYPE_STRUCT_OPS &&
	       type != BPF_MAP_TYPE_CGROUP_STORAGE && type != BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

/* Mirrors bpf_map_meta_alloc(), kernel/bpf/map_in_map.c. */
static int set_inner(struct bemu_call_ctx *ctx, struct bemu_map *map, uint32_t inner_fd)
{
	const struct bemu_map *inner;
	struct bemu_kobj *obj;
	int err = bemu_ctx_fd(ctx, inner_fd, BEMU_FILE_MAP, NULL, &obj);

	if (err)
		return err;
	inner = (const struct bemu_map *)obj;
	if (inner->inner)
		return -EINVAL;
	if (!can_be_inner(inner->type))
		return -BEMU_K_ENOTSUPP;
	map->inner = bemu_zalloc(ctx->env, sizeof(*map->inner));
	if (!map->inner)
		return -ENOMEM;
	map->inner->type = inner->type;
	map->inner->key_size = inner->key_size;
	map->inner->value_size = inner->value_size;
	map->inner->max_entries = inner->max_entries;
	map->inner->flags = inner->flags;
	return 0;
}

static bool is_map_of_maps(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static int check_early(struct bemu_call_ctx *ctx, ATTR *a)
{
	bool token = a->map_flags & BEMU_BPF_F_TOKEN_FD &&
		     bemu_model_has(ctx->model, BEMU_KF_TOKEN);

	if (token)
		a->map_flags &= ~(uint32_t)BEMU_BPF_F_TOKEN_FD;
	if (a->btf_vmlinux_value_type_id) {
		if (a->map_type != BPF_MAP_TYPE_STRUCT_OPS || a->btf_key_type_id ||
		    a->btf_value_type_id)
			return -EINVAL;
	} else if (a->btf_key_type_id && !a->btf_value_type_id) {
		return -EINVAL;
	}
	if (a->map_extra && a->map_type != BPF_MAP_TYPE_BLOOM_FILTER &&
	    a->map_type != BEMU_BPF_MAP_TYPE_ARENA)
		return -EINVAL;
	if (a->map_flags & BPF_F_RDONLY && a->map_flags & BPF_F_WRONLY)
		return -EINVAL;
	if (a->map_flags & BPF_F_NUMA_NODE && a->numa_node) /* one node is online */
		return -EINVAL;
	return bemu_map_check_type(ctx, token);
}

static void set_geometry(struct bemu_model *model, struct bemu_map *map, const ATTR *a)
{
	uint64_t bytes;

	bemu_obj_init(model, &map->obj, BEMU_OBJ_MAP);
	map->type = a->map_type;
	map->key_size = a->key_size;
	map->value_size = a->value_size;
	map->max_entries = a->max_entries;
	map->flags = a->map_flags & ~(uint32_t)(BPF_F_RDONLY | BPF_F_WRONLY);
	map->extra = a->map_extra;
	map->vmlinux_value_type_id = a->btf_vmlinux_value_type_id;
	map->stride = (a->value_size + 7) & ~7u;
	if (map->type == BPF_MAP_TYPE_PERCPU_ARRAY)
		map->stride *= model->nr_cpus;
	bytes = bemu_map_is_array(map->type) ? (uint64_t)map->stride * map->max_entries : 0;
	map->kaddr = model->next_vaddr;
	map->vaddr = map->kaddr + 2 * K_PAGE;
	if (map->type == BEMU_BPF_MAP_TYPE_ARENA && map->extra) {
		map->user_start = map->extra;
		map->user_end = map->extra + (uint64_t)K_PAGE * map->max_entries;
	}
	/* the object, then a hole, the values, and a hole again */
	model->next_vaddr = map->vaddr + ((bytes + K_PAGE - 1) & ~(uint64_t)(K_PAGE - 1)) + K_PAGE;
}

static int set_excl(struct bemu_call_ctx *ctx, struct bemu_map *map, const ATTR *a)
{
	if (!bemu_model_has(ctx->model, BEMU_KF_EXCL))
		return 0;
	if (!a->excl_prog_hash)
		return a->excl_prog_hash_size ? -EINVAL : 0;
	if (a->excl_prog_hash_size != sizeof(map->excl_hash))
		return -EINVAL;
	map->excl = true;
	map->head.excl = 1;
	return bemu_ctx_read(ctx, a->excl_prog_hash, map->excl_hash, sizeof(map->excl_hash));
}

/* Whether a structure has a member of this kernel's type; of members in members the outer ones. */
static bool has_member(const struct bemu_btf *btf, uint32_t type_id, const char *name)
{
	const struct btf_type *t = bemu_btf_type(btf, type_id), *of;
	const struct btf_member *m;
	uint32_t i;

	if (!t || bemu_btf_kind(t) != BTF_KIND_STRUCT)
		return false;
	m = bemu_btf_members(t);
	for (i = 0; i < bemu_btf_vlen(t); i++) {
		of = bemu_btf_type(btf, m[i].type);
		if (of && bemu_btf_kind(of) == BTF_KIND_STRUCT &&
		    !strcmp(bemu_btf_str(btf, of->name_off), name))
			return true;
	}
	return false;
}

static int set_btf(struct bemu_call_ctx *ctx, struct bemu_map *map, const ATTR *a)
{
	struct bemu_kbtf *kbtf;
	struct bemu_kobj *obj;
	int err;

	if (!a->btf_key_type_id && !a->btf_value_type_id && !a->btf_vmlinux_value_type_id)
		return 0;
	err = bemu_ctx_fd(ctx, a->btf_fd, BEMU_FILE_BTF, NULL, &obj);
	if (err)
		return err;
	kbtf = (struct bemu_kbtf *)obj;
	if (kbtf->kernel)
		return -EACCES;
	bemu_obj_get(ctx->model, obj);
	map->btf = kbtf;
	map->key_type_id = a->btf_key_type_id;
	map->value_type_id = a->btf_value_type_id;
	err = a->btf_value_type_id ? check_btf(map) : 0;
	if (!err && (has_member(kbtf->btf, map->value_type_id, "bpf_list_head") ||
		     has_member(kbtf->btf, map->value_type_id, "bpf_rb_root")))
		map->record = kbtf;
	map->has_timer = !err && has_member(kbtf->btf, map->value_type_id, "bpf_timer");
	return err;
}

/* Mirrors map_create(), kernel/bpf/syscall.c, v6.18. */
long bemu_cmd_map_create(struct bemu_call_ctx *ctx)
{
	ATTR *a = &ctx->attr.map_create;
	uint32_t flags = a->map_flags, acc;
	uint64_t vaddr = ctx->model->next_vaddr;
	struct bemu_file *file = NULL;
	struct bemu_map *map;
	long res;

	res = check_early(ctx, a);
	if (res)
		return res;
	acc = flags & BPF_F_RDONLY   ? BEMU_ACC_READ
	      : flags & BPF_F_WRONLY ? BEMU_ACC_WRITE
				     : BEMU_ACC_RW;
	map = bemu_zalloc(ctx->env, sizeof(*map));
	if (!map)
		return -ENOMEM;
	set_geometry(ctx->model, map, a);
	if (bemu_map_is_array(map->type) &&
	    (uint64_t)map->stride * map->max_entries > (uint64_t)UINT32_MAX + 1)
		res = -E2BIG;
	if (!res && is_map_of_maps(a->map_type))
		res = set_inner(ctx, map, a->inner_map_fd);
	if (!res)
		res = bemu_ctx_obj_name(map->name, a->map_name);
	if (!res)
		res = set_btf(ctx, map, a);
	if (!res)
		res = set_excl(ctx, map, a);
	if (!res)
		res = bemu_obj_prepare(ctx->model, BEMU_OBJ_MAP);
	if (!res)
		res = bemu_fd_prepare(ctx->task, BEMU_FILE_MAP, acc, &file);
	if (!res) {
		bemu_obj_publish(ctx->model, &map->obj);
		file->obj = &map->obj;
		map->usercnt = 1;
		(void)bemu_yield(ctx->model, BEMU_YIELD_MAP_CREATE_PUBLIC);
		return bemu_fd_install(ctx->task, file, true);
	}
	ctx->model->next_vaddr = vaddr;
	bemu_map_free(ctx->model, map); /* nobody has seen it */
	return res;
}

static bool has_elems(const struct bemu_map *map)
{
	return bemu_map_is_array(map->type) || bemu_map_is_hash(map->type) ||
	       bemu_map_is_fd(map->type);
}

/* Mirrors bpf_fd_array_map_update_elem(), bpf_fd_htab_map_update_elem(). */
static long update_fd(struct bemu_call_ctx *ctx, struct bemu_map *map, const void *key, uint32_t fd,
		      uint64_t flags)
{
	bool progs = map->type == BPF_MAP_TYPE_PROG_ARRAY;
	const struct bemu_map *inner;
	struct bemu_kobj *obj;
	uint32_t idx;
	int err;

	if (flags & BPF_F_LOCK)
		return -EINVAL; /* no value has a lock */
	if (map->type != BPF_MAP_TYPE_HASH_OF_MAPS) {
		memcpy(&idx, key, sizeof(idx));
		if (flags != BPF_ANY)
			return -EINVAL;
		if (idx >= map->max_entries)
			return -E2BIG;
	}
	err = bemu_ctx_fd(ctx, fd, progs ? BEMU_FILE_PROG : BEMU_FILE_MAP, NULL, &obj);
	if (err)
		return err;
	inner = (const struct bemu_map *)obj;
	if (!progs &&
	    (inner->type != map->inner->type || inner->key_size != map->inner->key_size ||
	     inner->value_size != map->inner->value_size || inner->flags != map->inner->flags ||
	     (inner->type == BPF_MAP_TYPE_ARRAY && !(inner->flags & BPF_F_INNER_MAP) &&
	      inner->max_entries != map->inner->max_entries)))
		return -EINVAL;
	if (flags > BPF_EXIST)
		return -EINVAL; /* of hashes alone: the FD comes first */
	bemu_obj_get(ctx->model, obj);
	err = bemu_map_set_obj(ctx->model, map, key, obj, flags);
	if (err)
		bemu_obj_put(ctx->model, obj);
	return err;
}

static long do_elem(struct bemu_call_ctx *ctx, struct bemu_map *map, uint8_t *key, uint8_t *value)
{
	const struct bemu_attr_elem *a = &ctx->attr.elem;
	uint32_t len = bemu_map_value_len(ctx->model, map), fd;
	long res;

	switch (ctx->cmd) {
	case BPF_MAP_LOOKUP_ELEM:
		res = bemu_map_lookup(ctx->model, map, key, value);
		return res ? res : bemu_ctx_write(ctx, a->value, value, len);
	case BPF_MAP_UPDATE_ELEM:
		if (bemu_ctx_read(ctx, a->value, value, len))
			return -EFAULT;
		if (!bemu_map_is_fd(map->type))
			return bemu_map_update(ctx->model, map, key, value, a->flags);
		memcpy(&fd, value, sizeof(fd));
		return update_fd(ctx, map, key, fd, a->flags);
	case BPF_MAP_DELETE_ELEM:
		return bemu_map_delete(ctx->model, map, key);
	default:
		res = bemu_map_next_key(ctx->model, map, a->key ? key : NULL, value);
		return res ? res : bemu_ctx_write(ctx, a->value, value, map->key_size);
	}
}

/* Mirrors map_lookup_elem(), map_update_elem(), map_delete_elem(), map_get_next_key(). */
long bemu_cmd_map_elem(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_elem *a = &ctx->attr.elem;
	uint8_t small[256], *key = small;
	uint32_t need, acc, value_len;
	struct bemu_file *file;
	struct bemu_map *map;
	struct bemu_kobj *obj;
	long res;
	int err;

	if (ctx->cmd == BPF_MAP_LOOKUP_ELEM && a->flags & ~(uint64_t)BPF_F_LOCK)
		return -EINVAL;
	err = bemu_ctx_fd(ctx, a->map_fd, BEMU_FILE_MAP, &file, &obj);
	if (err)
		return err;
	map = (struct bemu_map *)obj;
	acc = ctx->cmd == BPF_MAP_LOOKUP_ELEM || ctx->cmd == BPF_MAP_GET_NEXT_KEY ? BEMU_ACC_READ
										  : BEMU_ACC_WRITE;
	if (!(file->acc & acc) || (acc == BEMU_ACC_WRITE && map->frozen))
		return -EPERM;
	if (ctx->cmd == BPF_MAP_LOOKUP_ELEM && a->flags)
		return -EINVAL; /* no value has a lock */
	if (!has_elems(map))
		return bemu_unmodelled(ctx, "elements of this map type");
	value_len = bemu_map_value_len(ctx->model, map);
	need = value_len > map->key_size ? value_len : map->key_size;
	if ((uint64_t)need + map->key_size + 8 > sizeof(small)) {
		key = bemu_zalloc(ctx->env, (size_t)need + map->key_size + 8);
		if (!key)
			return -ENOMEM;
	}
	res = 0;
	if (ctx->cmd != BPF_MAP_GET_NEXT_KEY || a->key)
		res = bemu_ctx_read(ctx, a->key, key, map->key_size);
	if (!res)
		res = do_elem(ctx, map, key, key + map->key_size);
	if (key != small)
		bemu_mem_free(ctx->env, key);
	return res;
}

/* Mirrors map_freeze(). */
long bemu_cmd_map_freeze(struct bemu_call_ctx *ctx)
{
	struct bemu_file *file;
	struct bemu_map *map;
	struct bemu_kobj *obj;
	int err = bemu_ctx_fd(ctx, ctx->attr.elem.map_fd, BEMU_FILE_MAP, &file, &obj);

	if (err)
		return err;
	map = (struct bemu_map *)obj;
	if (map->type == BPF_MAP_TYPE_STRUCT_OPS)
		return -BEMU_K_ENOTSUPP;
	if (!bemu_model_has(ctx->model, BEMU_KF_FREEZE_EPERM)) {
		if (!(ctx->task->caps & (BEMU_CAP_BPF | BEMU_CAP_SYS_ADMIN)))
			return -EPERM;
		if (map->writecnt || map->frozen)
			return -EBUSY;
	} else {
		if (!(file->acc & BEMU_ACC_WRITE) || map->frozen)
			return -EPERM;
		if (map->writecnt)
			return -EBUSY;
	}
	map->frozen = true;
	return 0;
}
