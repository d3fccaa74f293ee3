/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* MAP_CREATE, the element commands, MAP_FREEZE. */
#include <string.h>

#include "sys/sys.h"

enum {
	ACCESS_FLAGS = BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG,
	ARRAY_FLAGS = BPF_F_NUMA_NODE | BPF_F_MMAPABLE | ACCESS_FLAGS | BPF_F_PRESERVE_ELEMS |
		      BPF_F_INNER_MAP,
	HASH_FLAGS = BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE | ACCESS_FLAGS |
		     BPF_F_ZERO_SEED,
	ARENA_FLAGS = 1 << 17 | 1 << 18, /* SEGV_ON_FAULT, NO_USER_CONV */
	K_PAGE = 4096,
	K_MAX_ALLOC = 4 << 20, /* KMALLOC_MAX_SIZE */
	K_PCPU_UNIT = 32 << 10, /* PCPU_MIN_UNIT_SIZE */
	K_STACK_DEPTH = 127, /* sysctl perf_event_max_stack */
	K_CGROUP_KEY = 16, /* struct bpf_cgroup_storage_key */
	K_LOCAL_STORAGE_MAX = 0xfe00,
};

#define ATTR struct bemu_attr_map_create

static int check_array(const ATTR *a)
{
	bool percpu = a->map_type == BPF_MAP_TYPE_PERCPU_ARRAY;

	if (!a->max_entries || a->key_size != 4 || !a->value_size ||
	    a->map_flags & ~(uint32_t)ARRAY_FLAGS ||
	    (a->map_flags & BPF_F_RDONLY_PROG && a->map_flags & BPF_F_WRONLY_PROG) ||
	    (percpu && a->map_flags & BPF_F_NUMA_NODE))
		return -EINVAL;
	if (a->map_type != BPF_MAP_TYPE_ARRAY && a->map_flags & (BPF_F_MMAPABLE | BPF_F_INNER_MAP))
		return -EINVAL;
	if (a->map_type != BPF_MAP_TYPE_PERF_EVENT_ARRAY && a->map_flags & BPF_F_PRESERVE_ELEMS)
		return -EINVAL;
	if (a->value_size > INT32_MAX || (percpu && a->value_size > K_PCPU_UNIT))
		return -E2BIG;
	return 0;
}

/* Mirrors fd_array_map_alloc_check(). */
static int check_fd_array(const ATTR *a)
{
	if (a->value_size != 4 || a->map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EINVAL;
	return check_array(a);
}

/* Mirrors htab_map_alloc_check(). */
static int check_hash(const ATTR *a, uint32_t caps)
{
	bool lru = a->map_type == BPF_MAP_TYPE_LRU_HASH ||
		   a->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	bool percpu = bemu_map_is_percpu(a->map_type);

	if (a->map_flags & BPF_F_ZERO_SEED && !(caps & BEMU_CAP_SYS_ADMIN))
		return -EPERM;
	if (a->map_flags & ~(uint32_t)HASH_FLAGS ||
	    (a->map_flags & BPF_F_RDONLY_PROG && a->map_flags & BPF_F_WRONLY_PROG))
		return -EINVAL;
	if (!lru && a->map_flags & BPF_F_NO_COMMON_LRU)
		return -EINVAL;
	if (lru && a->map_flags & BPF_F_NO_PREALLOC)
		return -BEMU_K_ENOTSUPP;
	if (a->map_flags & BPF_F_NUMA_NODE && (percpu || a->map_flags & BPF_F_NO_COMMON_LRU))
		return -EINVAL;
	if (!a->max_entries || !a->key_size || !a->value_size)
		return -EINVAL;
	if (a->map_type == BPF_MAP_TYPE_HASH_OF_MAPS && a->value_size != 4)
		return -EINVAL;
	if ((uint64_t)a->key_size + a->value_size >= K_MAX_ALLOC - 64 ||
	    (percpu && a->value_size > K_PCPU_UNIT))
		return -E2BIG;
	return 0;
}

/* Mirrors arena_map_alloc(), kernel/bpf/arena.c, v6.9. */
static int check_arena(const ATTR *a)
{
	uint64_t range = (uint64_t)a->max_entries * K_PAGE;

	if (a->key_size || a->value_size || !a->max_entries || !(a->map_flags & BPF_F_MMAPABLE) ||
	    a->map_flags & ~(uint32_t)(BPF_F_MMAPABLE | ARENA_FLAGS) || a->map_extra % K_PAGE)
		return -EINVAL;
	if (range > BEMU_K_ARENA_MAX)
		return -E2BIG;
	return a->map_extra >> 32 == (a->map_extra + range - 1) >> 32 ? 0 : -ERANGE;
}

static bool power_of_two(uint32_t v)
{
	return v && !(v & (v - 1));
}

/* Each type's map_alloc_check(), or the checks at the start of its map_alloc(), v6.18. */
static int check_type(const ATTR *a, uint32_t caps)
{
	const uint32_t rdwr = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY;
	uint32_t f = a->map_flags, bad = 0;

	switch (a->map_type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return check_array(a);
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		return check_fd_array(a);
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return check_hash(a, caps);
	case BPF_MAP_TYPE_STACK_TRACE:
		if (f & ~(rdwr | BPF_F_STACK_BUILD_ID) || !a->max_entries || a->key_size != 4 ||
		    a->value_size < 8 || a->value_size % 8)
			return -EINVAL;
		bad = a->value_size / (f & BPF_F_STACK_BUILD_ID ? 32 : 8) > K_STACK_DEPTH;
		break;
	case BPF_MAP_TYPE_LPM_TRIE:
		bad = !a->max_entries || !(f & BPF_F_NO_PREALLOC) ||
		      f & ~(uint32_t)(BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | ACCESS_FLAGS) ||
		      a->key_size < 5 || a->key_size > 260 || !a->value_size;
		break;
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
		bad = !a->max_entries || a->key_size != 4 ||
		      (a->value_size != 4 && a->value_size != 8) || f & ~rdwr;
		break;
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_SOCKHASH:
		bad = !a->max_entries || !a->key_size ||
		      (a->map_type == BPF_MAP_TYPE_SOCKMAP && a->key_size != 4) ||
		      (a->value_size != 4 && a->value_size != 8) || f & ~rdwr;
		break;
	case BPF_MAP_TYPE_CPUMAP:
		bad = !a->max_entries || a->key_size != 4 ||
		      (a->value_size != 4 && a->value_size != 8) || f & ~(uint32_t)BPF_F_NUMA_NODE;
		break;
	case BPF_MAP_TYPE_XSKMAP:
		bad = !a->max_entries || a->key_size != 4 || a->value_size != 4 || f & ~rdwr;
		break;
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		if ((a->key_size != K_CGROUP_KEY && a->key_size != 8) || !a->value_size ||
		    a->max_entries || f & ~(uint32_t)(BPF_F_NUMA_NODE | ACCESS_FLAGS))
			return -EINVAL;
		return a->value_size > K_PAGE ? -E2BIG : 0;
	case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
		if (a->value_size != 4 && a->value_size != 8)
			return -EINVAL;
		return check_array(a);
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
		if (!a->max_entries || a->key_size || !a->value_size ||
		    f & ~(uint32_t)(BPF_F_NUMA_NODE | ACCESS_FLAGS))
			return -EINVAL;
		return a->value_size > K_MAX_ALLOC ? -E2BIG : 0;
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BEMU_BPF_MAP_TYPE_CGRP_STORAGE:
		if (f & ~(uint32_t)(BPF_F_NO_PREALLOC | BPF_F_CLONE) || !(f & BPF_F_NO_PREALLOC) ||
		    a->max_entries || a->key_size != 4 || !a->value_size || !a->btf_key_type_id ||
		    !a->btf_value_type_id)
			return -EINVAL;
		return a->value_size > K_LOCAL_STORAGE_MAX ? -E2BIG : 0;
	case BPF_MAP_TYPE_STRUCT_OPS:
		bad = a->key_size != 4 || a->max_entries != 1 || !a->btf_vmlinux_value_type_id ||
		      f & ~(uint32_t)(1 << 13 | BEMU_BPF_F_VTYPE_BTF_OBJ_FD);
		break;
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
		bad = f & ~(uint32_t)BPF_F_NUMA_NODE || a->key_size || a->value_size ||
		      !power_of_two(a->max_entries) || a->max_entries % K_PAGE;
		break;
	case BPF_MAP_TYPE_BLOOM_FILTER:
		bad = a->key_size || !a->value_size || !a->max_entries || a->map_extra & ~0xfull ||
		      f & ~(uint32_t)(BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | ACCESS_FLAGS);
		break;
	case BEMU_BPF_MAP_TYPE_ARENA:
		return check_arena(a);
	default:
		return -EINVAL;
	}
	return bad ? -EINVAL : 0;
}

/* map_check_no_btf(), and the types whose operations leave map_check_btf empty. */
static int check_btf_of_type(const struct bemu_map *map)
{
	const struct bemu_btf *btf = map->btf->btf;
	const struct btf_type *t;
	uint32_t data;

	switch (map->type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		if (!map->key_type_id) {
			t = bemu_btf_type(btf, map->value_type_id);
			return map->max_entries == 1 && bemu_btf_kind(t) == BTF_KIND_DATASEC
				       ? 0
				       : -EINVAL;
		}
		t = bemu_btf_skip_mods(btf, map->key_type_id, true, NULL);
		if (!t || bemu_btf_kind(t) != BTF_KIND_INT)
			return -EINVAL;
		data = bemu_btf_int_data(t);
		return BTF_INT_BITS(data) == 32 && !BTF_INT_OFFSET(data) ? 0 : -EINVAL;
	case BPF_MAP_TYPE_BLOOM_FILTER:
		return map->key_type_id ? -EINVAL : 0;
	case BPF_MAP_TYPE_LPM_TRIE:
		t = bemu_btf_skip_mods(btf, map->key_type_id, true, NULL);
		return t && bemu_btf_kind(t) == BTF_KIND_STRUCT ? 0 : -EINVAL;
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_STACK_TRACE:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_XSKMAP:
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
	if (inner->type == BPF_MAP_TYPE_CGROUP_STORAGE || inner->type == BPF_MAP_TYPE_STRUCT_OPS ||
	    inner->type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE)
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
	int err;

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
	if (!a->map_type || a->map_type > ctx->model->prof->max_map_type)
		return -EINVAL;
	err = check_type(a, ctx->task->caps);
	if (err)
		return err;
	if (a->map_ifindex)
		return a->map_type == BPF_MAP_TYPE_ARRAY || a->map_type == BPF_MAP_TYPE_HASH
			       ? -EOPNOTSUPP
			       : -EINVAL;
	if (token)
		return bemu_fd_find(ctx->task, a->map_token_fd) ? -EINVAL : -EBADF;
	if (!(ctx->task->caps & (BEMU_CAP_BPF | BEMU_CAP_SYS_ADMIN)))
		return -EPERM;
	return 0;
}

static void set_geometry(struct bemu_model *model, struct bemu_map *map, const ATTR *a)
{
	uint64_t bytes;

	map->obj.kind = BEMU_OBJ_MAP;
	map->obj.refs = 1;
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
	return a->btf_value_type_id ? check_btf(map) : 0;
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
		return bemu_ctx_install(ctx, file, &map->obj);
	}
	ctx->model->next_vaddr = vaddr;
	bemu_obj_put(ctx->model, &map->obj);
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

	if (map->type != BPF_MAP_TYPE_HASH_OF_MAPS) {
		memcpy(&idx, key, sizeof(idx));
		if (flags != BPF_ANY)
			return -EINVAL;
		if (idx >= map->max_entries)
			return -E2BIG;
	} else if (flags > BPF_EXIST) {
		return -EINVAL;
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
