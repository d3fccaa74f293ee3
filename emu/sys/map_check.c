/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Which geometry and flags MAP_CREATE takes for which type, and from whom. */
#include "sys/sys.h"

enum {
	PROG_ACCESS = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG,
	USER_ACCESS = BPF_F_RDONLY | BPF_F_WRONLY,
	ACCESS = USER_ACCESS | PROG_ACCESS,
	USER_FLAGS = BPF_F_NUMA_NODE | USER_ACCESS,
	ARRAY_FLAGS = BPF_F_NUMA_NODE | BPF_F_MMAPABLE | ACCESS | BPF_F_PRESERVE_ELEMS |
		      BPF_F_INNER_MAP,
	HASH_FLAGS = BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE | ACCESS |
		     BPF_F_ZERO_SEED,
	STORAGE_FLAGS = BPF_F_NUMA_NODE | ACCESS,
	LOCAL_FLAGS = BPF_F_NO_PREALLOC | BPF_F_CLONE,
	LINK_FLAG = 1 << 13,
	ARENA_FLAGS = BPF_F_MMAPABLE | 1 << 17 | 1 << 18, /* SEGV_ON_FAULT, NO_USER_CONV */

	K_PAGE = 4096,
	K_MAX_ALLOC = 4 << 20, /* KMALLOC_MAX_SIZE */
	K_PCPU_UNIT = 32 << 10, /* PCPU_MIN_UNIT_SIZE */
	K_STACK = 512, /* MAX_BPF_STACK */
	K_STACK_DEPTH = 127, /* sysctl perf_event_max_stack */
	K_BUILD_ID = 32, /* struct bpf_stack_build_id */
	K_CGROUP_KEY = 16, /* struct bpf_cgroup_storage_key */
	K_LOCAL_MAX = 0xffff - 128, /* BPF_LOCAL_STORAGE_MAX_VALUE_SIZE */
	K_HTAB_ELEM = 48, /* struct htab_elem */
	K_HTAB_BUCKETS = 1 << 27, /* a power of two of 16 bytes each in 32 bits */
	K_LPM_MIN = 5, /* struct bpf_lpm_trie_key_u8 and a byte */
	K_LPM_MAX = 4 + 256,
	K_LPM_NODE = 24, /* struct lpm_trie_node */
};

#define ATTR struct bemu_attr_map_create
#define ANY  UINT32_MAX

/**
 * struct map_rule - what makes an attribute -EINVAL, and the rest
 * @flags, @must: flags that may and that have to be there
 * @*_min, @*_max: bounds of the sizes and of max_entries
 * @early: map_alloc_check() of a type that checks most in map_alloc()
 * @more: further checks, after these
 * @late: map_alloc() checks, after the capabilities; else map_alloc_check(), before them
 * @net:  needs CAP_NET_ADMIN
 */
struct map_rule {
	uint32_t flags, must;
	uint32_t key_min, key_max;
	uint32_t val_min, val_max;
	uint32_t max_min, max_max;
	int (*early)(const ATTR *a, uint32_t caps);
	int (*more)(const ATTR *a, uint32_t caps);
	bool late, net;
};

/* Mirrors bpf_map_flags_access_ok(), include/linux/bpf.h. */
static bool access_ok(uint32_t flags)
{
	return (flags & PROG_ACCESS) != PROG_ACCESS;
}

/* Mirrors array_map_alloc_check(), kernel/bpf/arraymap.c. */
static int check_array(const ATTR *a, uint32_t caps)
{
	bool percpu = a->map_type == BPF_MAP_TYPE_PERCPU_ARRAY;

	(void)caps;
	if (percpu && a->map_flags & BPF_F_NUMA_NODE)
		return -EINVAL;
	if (a->map_type != BPF_MAP_TYPE_ARRAY && a->map_flags & (BPF_F_MMAPABLE | BPF_F_INNER_MAP))
		return -EINVAL;
	if (a->map_type != BPF_MAP_TYPE_PERF_EVENT_ARRAY && a->map_flags & BPF_F_PRESERVE_ELEMS)
		return -EINVAL;
	return a->value_size > INT32_MAX || (percpu && a->value_size > K_PCPU_UNIT) ? -E2BIG : 0;
}

/* Mirrors htab_map_alloc_check(), and what htab_map_alloc() refuses, kernel/bpf/hashtab.c. */
static int check_hash(const ATTR *a, uint32_t caps)
{
	bool lru = a->map_type == BPF_MAP_TYPE_LRU_HASH ||
		   a->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	bool percpu = bemu_map_is_percpu(a->map_type);

	if (a->map_type == BPF_MAP_TYPE_HASH_OF_MAPS && a->value_size != 4)
		return -EINVAL;
	if (a->map_flags & BPF_F_ZERO_SEED && !(caps & BEMU_CAP_SYS_ADMIN))
		return -EPERM;
	if (a->map_flags & ~(uint32_t)HASH_FLAGS || !access_ok(a->map_flags))
		return -EINVAL;
	if (!lru && a->map_flags & BPF_F_NO_COMMON_LRU)
		return -EINVAL;
	if (lru && a->map_flags & BPF_F_NO_PREALLOC)
		return -BEMU_K_ENOTSUPP;
	if (a->map_flags & BPF_F_NUMA_NODE && (percpu || a->map_flags & BPF_F_NO_COMMON_LRU))
		return -EINVAL;
	if (!a->max_entries || !a->key_size || !a->value_size)
		return -EINVAL;
	if ((uint64_t)a->key_size + a->value_size >= K_MAX_ALLOC - K_HTAB_ELEM ||
	    (percpu && a->value_size > K_PCPU_UNIT))
		return -E2BIG;
	return a->max_entries > K_HTAB_BUCKETS ? -E2BIG : 0;
}

/* Mirrors stack_map_alloc(), kernel/bpf/stackmap.c. */
static int check_stack(const ATTR *a, uint32_t caps)
{
	uint32_t frame = a->map_flags & BPF_F_STACK_BUILD_ID ? K_BUILD_ID : 8;

	(void)caps;
	if (a->value_size % 8 || a->value_size % frame || a->value_size / frame > K_STACK_DEPTH)
		return -EINVAL;
	return a->max_entries > 1u << 31 ? -E2BIG : 0;
}

/* Mirrors cgroup_storage_map_alloc(), kernel/bpf/local_storage.c: the size comes before the flags. */
static int check_cgroup_storage(const ATTR *a, uint32_t caps)
{
	bool percpu = a->map_type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;

	(void)caps;
	if (a->key_size != K_CGROUP_KEY && a->key_size != 8)
		return -EINVAL;
	if (a->value_size > (percpu ? K_PCPU_UNIT : K_LOCAL_MAX))
		return -E2BIG;
	return a->map_flags & ~(uint32_t)STORAGE_FLAGS || !access_ok(a->map_flags) || a->max_entries
		       ? -EINVAL
		       : 0;
}

/* Mirrors bpf_local_storage_map_alloc_check(), kernel/bpf/bpf_local_storage.c. */
static int check_local(const ATTR *a, uint32_t caps)
{
	(void)caps;
	if (!a->btf_key_type_id || !a->btf_value_type_id)
		return -EINVAL;
	return a->value_size > K_LOCAL_MAX ? -E2BIG : 0;
}

/* Values that are an index, alone or with the descriptor of a program. */
static int check_4_or_8(const ATTR *a, uint32_t caps)
{
	(void)caps;
	return a->value_size == 4 || a->value_size == 8 ? 0 : -EINVAL;
}

/* Mirrors reuseport_array_alloc_check(), kernel/bpf/reuseport_array.c. */
static int check_reuseport(const ATTR *a, uint32_t caps)
{
	return check_4_or_8(a, caps) ? -EINVAL : check_array(a, caps);
}

/* Mirrors cpu_map_alloc(), kernel/bpf/cpumap.c. */
static int check_cpumap(const ATTR *a, uint32_t caps)
{
	if (check_4_or_8(a, caps))
		return -EINVAL;
	return a->max_entries > BEMU_K_NR_CPUS ? -E2BIG : 0;
}

/* Mirrors sock_hash_alloc(), net/core/sock_map.c. */
static int check_sockhash(const ATTR *a, uint32_t caps)
{
	if (check_4_or_8(a, caps))
		return -EINVAL;
	if (a->key_size > K_STACK)
		return -E2BIG;
	return a->max_entries > K_HTAB_BUCKETS ? -EINVAL : 0;
}

/* Mirrors queue_stack_map_alloc_check(), kernel/bpf/queue_stack_maps.c. */
static int check_queue(const ATTR *a, uint32_t caps)
{
	(void)caps;
	return a->value_size > K_MAX_ALLOC ? -E2BIG : 0;
}

/* Mirrors ringbuf_map_alloc(), kernel/bpf/ringbuf.c. */
static int check_ringbuf(const ATTR *a, uint32_t caps)
{
	(void)caps;
	return a->max_entries % K_PAGE || a->max_entries & (a->max_entries - 1) ? -EINVAL : 0;
}

/* Mirrors bloom_map_alloc_check(), kernel/bpf/bloom_filter.c. */
static int check_bloom_early(const ATTR *a, uint32_t caps)
{
	(void)caps;
	return a->value_size > K_MAX_ALLOC ? -E2BIG : 0;
}

/* Mirrors bloom_map_alloc(): the number of hash functions takes four bits. */
static int check_bloom(const ATTR *a, uint32_t caps)
{
	(void)caps;
	return a->map_extra & ~0xfull ? -EINVAL : 0;
}

/* Mirrors bpf_struct_ops_map_alloc_check(), kernel/bpf/bpf_struct_ops.c. */
static int check_struct_ops(const ATTR *a, uint32_t caps)
{
	(void)caps;
	return a->btf_vmlinux_value_type_id ? 0 : -EINVAL;
}

/* Mirrors arena_map_alloc(), kernel/bpf/arena.c. */
static int check_arena(const ATTR *a, uint32_t caps)
{
	uint64_t range = (uint64_t)a->max_entries * K_PAGE;

	(void)caps;
	if (a->map_extra % K_PAGE)
		return -EINVAL;
	if (range > BEMU_K_ARENA_MAX)
		return -E2BIG;
	return a->map_extra >> 32 == (a->map_extra + range - 1) >> 32 ? 0 : -ERANGE;
}

#define ARRAY(value_min, value_max, accepted, check)                                     \
	{                                                                                \
		.flags = (accepted), .key_min = 4, .key_max = 4, .val_min = (value_min), \
		.val_max = (value_max), .max_min = 1, .max_max = ANY, .more = (check),   \
	}
/* htab_map_alloc_check() has an order of its own. */
#define HASH                                                                                     \
	{                                                                                        \
		.flags = ANY, .key_max = ANY, .val_max = ANY, .max_max = ANY, .more = check_hash \
	}
#define LOCAL                                                                                \
	{                                                                                    \
		.flags = LOCAL_FLAGS, .must = BPF_F_NO_PREALLOC, .key_min = 4, .key_max = 4, \
		.val_min = 1, .val_max = ANY, .more = check_local,                           \
	}
#define CGROUP_STORAGE                                                                      \
	{                                                                                   \
		.flags = ANY, .key_max = ANY, .val_min = 1, .val_max = ANY, .max_max = ANY, \
		.more = check_cgroup_storage, .late = true,                                 \
	}
#define QUEUE                                                                       \
	{                                                                           \
		.flags = STORAGE_FLAGS, .val_min = 1, .val_max = ANY, .max_min = 1, \
		.max_max = ANY, .more = check_queue,                                \
	}
#define RINGBUF                                                                                \
	{                                                                                      \
		.flags = BPF_F_NUMA_NODE, .max_min = 1, .max_max = ANY, .more = check_ringbuf, \
		.late = true,                                                                  \
	}
#define NET(accepted, k_min, k_max, v_max, m_max, check, is_late)                          \
	{                                                                                  \
		.flags = (accepted), .key_min = (k_min), .key_max = (k_max), .val_min = 4, \
		.val_max = (v_max), .max_min = 1, .max_max = (m_max), .more = (check),     \
		.late = (is_late), .net = true,                                            \
	}

/* Each type's map_alloc_check() and map_alloc(), v6.18. */
static const struct map_rule rules[] = {
	[BPF_MAP_TYPE_HASH] = HASH,
	[BPF_MAP_TYPE_ARRAY] = ARRAY(1, ANY, ARRAY_FLAGS, check_array),
	/* fd_array_map_alloc_check(): programs have no other access */
	[BPF_MAP_TYPE_PROG_ARRAY] = ARRAY(4, 4, ARRAY_FLAGS & ~PROG_ACCESS, check_array),
	[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = ARRAY(4, 4, ARRAY_FLAGS & ~PROG_ACCESS, check_array),
	[BPF_MAP_TYPE_PERCPU_HASH] = HASH,
	[BPF_MAP_TYPE_PERCPU_ARRAY] = ARRAY(1, ANY, ARRAY_FLAGS, check_array),
	[BPF_MAP_TYPE_STACK_TRACE] = {
		.flags = USER_FLAGS | BPF_F_STACK_BUILD_ID, .key_min = 4, .key_max = 4,
		.val_min = 8, .val_max = ANY, .max_min = 1, .max_max = ANY,
		.more = check_stack, .late = true,
	},
	[BPF_MAP_TYPE_CGROUP_ARRAY] = ARRAY(4, 4, ARRAY_FLAGS & ~PROG_ACCESS, check_array),
	[BPF_MAP_TYPE_LRU_HASH] = HASH,
	[BPF_MAP_TYPE_LRU_PERCPU_HASH] = HASH,
	[BPF_MAP_TYPE_LPM_TRIE] = {
		.flags = BPF_F_NO_PREALLOC | STORAGE_FLAGS, .must = BPF_F_NO_PREALLOC,
		.key_min = K_LPM_MIN, .key_max = K_LPM_MAX, .val_min = 1,
		.val_max = K_MAX_ALLOC - 256 - K_LPM_NODE, .max_min = 1, .max_max = ANY,
		.late = true,
	},
	[BPF_MAP_TYPE_ARRAY_OF_MAPS] = ARRAY(4, 4, ARRAY_FLAGS & ~PROG_ACCESS, check_array),
	[BPF_MAP_TYPE_HASH_OF_MAPS] = HASH,
	[BPF_MAP_TYPE_DEVMAP] = NET(USER_FLAGS, 4, 4, 8, ANY, check_4_or_8, false),
	[BPF_MAP_TYPE_SOCKMAP] = NET(USER_FLAGS, 4, 4, 8, ANY, check_4_or_8, true),
	[BPF_MAP_TYPE_CPUMAP] = {
		.flags = BPF_F_NUMA_NODE, .key_min = 4, .key_max = 4, .val_min = 4, .val_max = 8,
		.max_min = 1, .max_max = ANY, .more = check_cpumap, .late = true,
	},
	[BPF_MAP_TYPE_XSKMAP] = NET(USER_FLAGS, 4, 4, 4, ANY, NULL, true),
	[BPF_MAP_TYPE_SOCKHASH] = NET(USER_FLAGS, 1, ANY, 8, ANY, check_sockhash, true),
	[BPF_MAP_TYPE_CGROUP_STORAGE] = CGROUP_STORAGE,
	[BPF_MAP_TYPE_REUSEPORT_SOCKARRAY] = ARRAY(4, 8, ARRAY_FLAGS, check_reuseport),
	[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = CGROUP_STORAGE,
	[BPF_MAP_TYPE_QUEUE] = QUEUE,
	[BPF_MAP_TYPE_STACK] = QUEUE,
	[BPF_MAP_TYPE_SK_STORAGE] = LOCAL,
	[BPF_MAP_TYPE_DEVMAP_HASH] = NET(USER_FLAGS, 4, 4, 8, 1u << 31, check_4_or_8, false),
	[BPF_MAP_TYPE_STRUCT_OPS] = {
		.flags = LINK_FLAG | BEMU_BPF_F_VTYPE_BTF_OBJ_FD, .key_min = 4, .key_max = 4,
		.val_max = ANY, .max_min = 1, .max_max = 1, .more = check_struct_ops,
	},
	[BPF_MAP_TYPE_RINGBUF] = RINGBUF,
	[BPF_MAP_TYPE_INODE_STORAGE] = LOCAL,
	[BPF_MAP_TYPE_TASK_STORAGE] = LOCAL,
	[BPF_MAP_TYPE_BLOOM_FILTER] = {
		.flags = BPF_F_ZERO_SEED | STORAGE_FLAGS, .val_min = 1, .val_max = ANY,
		.max_min = 1, .max_max = ANY, .early = check_bloom_early, .more = check_bloom,
		.late = true,
	},
	[BPF_MAP_TYPE_USER_RINGBUF] = RINGBUF,
	[BEMU_BPF_MAP_TYPE_CGRP_STORAGE] = LOCAL,
	[BEMU_BPF_MAP_TYPE_ARENA] = {
		.flags = ARENA_FLAGS, .must = BPF_F_MMAPABLE, .max_min = 1, .max_max = ANY,
		.more = check_arena, .late = true,
	},
};

static int check_rule(const struct map_rule *r, const ATTR *a, uint32_t caps)
{
	bool own = r->flags == ANY;

	if (a->map_flags & ~r->flags || (a->map_flags & r->must) != r->must ||
	    a->key_size < r->key_min || a->key_size > r->key_max || a->value_size < r->val_min ||
	    a->value_size > r->val_max || a->max_entries < r->max_min ||
	    a->max_entries > r->max_max || (!own && !access_ok(a->map_flags)))
		return -EINVAL;
	return r->more ? r->more(a, caps) : 0;
}

/* Mirrors the part of bpf_map_offload_map_alloc() before the driver, kernel/bpf/offload.c. */
static int check_offload(const ATTR *a, uint32_t caps)
{
	if (!(caps & BEMU_CAP_NET_ADMIN))
		return -EPERM;
	if (a->map_type != BPF_MAP_TYPE_ARRAY && a->map_type != BPF_MAP_TYPE_HASH)
		return -EINVAL;
	/* the loopback device, which loads nothing, is all there is */
	return a->map_ifindex == BEMU_K_LOOPBACK_IFINDEX ? -EOPNOTSUPP : -EINVAL;
}

/* Types that a task without CAP_BPF may have, if the sysctl lets it have any. Mirrors map_create(), v6.18. */
static bool is_unprivileged(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return true;
	default:
		return false;
	}
}

int bemu_map_check_type(struct bemu_call_ctx *ctx, bool token)
{
	const ATTR *a = &ctx->attr.map_create;
	uint32_t caps = ctx->task->caps, net = BEMU_CAP_NET_ADMIN;
	const struct map_rule *r;
	int err;

	if (!a->map_type || a->map_type > ctx->model->prof->max_map_type ||
	    a->map_type >= BEMU_ARRAY_SIZE(rules))
		return -EINVAL;
	r = &rules[a->map_type];
	err = r->early ? r->early(a, caps) : 0;
	if (!err && !r->late)
		err = check_rule(r, a, caps);
	if (err)
		return err;
	if (token)
		return bemu_fd_find(ctx->task, a->map_token_fd) ? -EINVAL : -EBADF;
	if (!bemu_task_capable(ctx->task, BEMU_CAP_BPF) &&
	    (ctx->model->unpriv_disabled || (!r->net && !is_unprivileged(a->map_type))))
		return -EPERM;
	/* v6.9, with tokens: CAP_SYS_ADMIN stands in for this one too */
	if (bemu_model_has(ctx->model, BEMU_KF_TOKEN))
		net |= BEMU_CAP_SYS_ADMIN;
	if (r->net && !(caps & net))
		return -EPERM;
	if (a->map_ifindex)
		return check_offload(a, caps);
	return r->late ? check_rule(r, a, caps) : 0;
}
