// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * MAP_CREATE and PROG_LOAD: the running kernel beside the model. A valid attribute of every type, with
 * one field at a time, and the flags with each, set to values at the edges; and a program that does
 * nothing, of every type, with every attach type. The errnos have to be the same.
 *
 * Exit 77: no kernel here that we model and may ask.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bemu/bemu.h>
#include <bemu/task.h>

#include "model/model.h"
#include "sys/sys.h"

enum { SKIP = 77, BUDGET = 64 << 20, NR_PROG_TYPES = 36, NR_ATTACH = 64, BAD_FLAG = 1u << 30 };

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct bemu_task *task;
/* numbers there and here of what maps are made with */
static struct {
	long theirs, mine;
} btf, inner;
static unsigned int nr_differ, nr_asked, nr_local;

static long host(uint32_t cmd, void *attr, uint32_t size)
{
	long fd = syscall(SYS_bpf, cmd, attr, size);

	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

static long ours(uint32_t cmd, void *attr, uint32_t size)
{
	long fd = 0, closed = 0;
	int fault = bemu_sys_bpf(task, cmd, (uint64_t)(uintptr_t)attr, size, &fd);

	if (fault)
		return -10000 + fault;
	if (fd < 0)
		return fd;
	return bemu_sys_close(task, (int)fd, &closed) ? -20000 : closed;
}

static const struct bemu_attr_map_create templates[] = {
	{ .map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	  .key_size = 4,
	  .value_size = 4,
	  .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_PERCPU_HASH, .key_size = 4, .value_size = 8, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_PERCPU_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_STACK_TRACE, .key_size = 4, .value_size = 64, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_CGROUP_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_LRU_HASH, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_LRU_PERCPU_HASH,
	  .key_size = 4,
	  .value_size = 8,
	  .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_LPM_TRIE,
	  .key_size = 8,
	  .value_size = 4,
	  .max_entries = 2,
	  .map_flags = BPF_F_NO_PREALLOC },
	{ .map_type = BPF_MAP_TYPE_DEVMAP, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_CPUMAP, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_XSKMAP, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_SOCKHASH, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_CGROUP_STORAGE, .key_size = 16, .value_size = 8 },
	{ .map_type = BPF_MAP_TYPE_REUSEPORT_SOCKARRAY,
	  .key_size = 4,
	  .value_size = 8,
	  .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, .key_size = 16, .value_size = 8 },
	{ .map_type = BPF_MAP_TYPE_QUEUE, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_STACK, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_SK_STORAGE,
	  .key_size = 4,
	  .value_size = 4,
	  .map_flags = BPF_F_NO_PREALLOC },
	{ .map_type = BPF_MAP_TYPE_DEVMAP_HASH, .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = 4096 },
	{ .map_type = BPF_MAP_TYPE_INODE_STORAGE,
	  .key_size = 4,
	  .value_size = 4,
	  .map_flags = BPF_F_NO_PREALLOC },
	{ .map_type = BPF_MAP_TYPE_TASK_STORAGE,
	  .key_size = 4,
	  .value_size = 4,
	  .map_flags = BPF_F_NO_PREALLOC },
	{ .map_type = BPF_MAP_TYPE_BLOOM_FILTER, .value_size = 4, .max_entries = 2 },
	{ .map_type = 31 /* USER_RINGBUF */, .max_entries = 4096 },
	{ .map_type = BEMU_BPF_MAP_TYPE_CGRP_STORAGE,
	  .key_size = 4,
	  .value_size = 4,
	  .map_flags = BPF_F_NO_PREALLOC },
	{ .map_type = BEMU_BPF_MAP_TYPE_ARENA, .max_entries = 2, .map_flags = BPF_F_MMAPABLE },
	{ .map_type = BEMU_BPF_MAP_TYPE_INSN_ARRAY,
	  .key_size = 4,
	  .value_size = 16,
	  .max_entries = 2 },
};

static const uint32_t sizes[] = { 0,
				  1,
				  2,
				  4,
				  5,
				  7,
				  8,
				  12,
				  16,
				  20,
				  24,
				  32,
				  33,
				  64,
				  100,
				  256,
				  257,
				  260,
				  261,
				  512,
				  513,
				  1016,
				  1017,
				  1024,
				  2048,
				  4064,
				  4065,
				  4096,
				  4097,
				  5000,
				  32767,
				  32768,
				  32769,
				  40000,
				  65024,
				  65407,
				  65408,
				  65535,
				  65536,
				  (4 << 20) - 280,
				  (4 << 20) - 279,
				  (4 << 20) - 53,
				  (4 << 20) - 52,
				  4 << 20,
				  (4 << 20) + 1,
				  0x7fffffff,
				  0x80000000,
				  0xffffffff };
static const uint32_t counts[] = { 0,
				   1,
				   2,
				   3,
				   100,
				   128,
				   255,
				   256,
				   257,
				   4096,
				   4097,
				   8192,
				   12288,
				   1u << 20,
				   (1u << 20) + 1,
				   1u << 31,
				   (1u << 31) + 1,
				   UINT32_MAX };
static const uint32_t pairs[] = { 0,
				  BPF_F_RDONLY | BPF_F_WRONLY,
				  BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG,
				  BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG,
				  BPF_F_NO_PREALLOC | BPF_F_ZERO_SEED,
				  BPF_F_NO_PREALLOC | BPF_F_CLONE,
				  BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU,
				  BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE,
				  BPF_F_MMAPABLE | BPF_F_INNER_MAP,
				  BPF_F_MMAPABLE | BPF_F_RDONLY_PROG,
				  BPF_F_MMAPABLE | BPF_F_NO_PREALLOC,
				  BPF_F_MMAPABLE | 1u << 17,
				  BPF_F_MMAPABLE | 1u << 18,
				  BPF_F_PRESERVE_ELEMS | BPF_F_RDONLY };
static const uint64_t extras[] = { 0,		1,
				   5,		15,
				   16,		4096,
				   4097,	0x80000000,
				   0xfffff000u, 0x100000000u,
				   1u << 30,	0xffffe000u,
				   UINT64_MAX,	UINT64_MAX - 4095 };

/* Neither much of the host's memory, nor a size whose allocation is the host's luck. */
static bool is_cheap(const struct bemu_attr_map_create *a)
{
	uint64_t slot = (uint64_t)a->key_size + a->value_size + 64;

	if (a->map_type == BPF_MAP_TYPE_RINGBUF || a->map_type == 31)
		return a->max_entries <= 1u << 20 || a->max_entries % 4096 ||
		       a->max_entries & (a->max_entries - 1);
	if (slot * a->max_entries <= BUDGET)
		return true;
	/* other types refuse a value of that size, whatever the count */
	return a->max_entries <= 2 &&
	       (a->map_type != BPF_MAP_TYPE_ARRAY || a->value_size > INT32_MAX);
}

/* Refused before anything is allocated, whatever the count. */
static bool is_refused_early(const struct bemu_attr_map_create *a)
{
	switch (a->map_type) {
	case BPF_MAP_TYPE_CPUMAP:
	case BEMU_BPF_MAP_TYPE_ARENA:
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return true;
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_SOCKHASH:
		return a->max_entries > 1u << 31;
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_STACK_TRACE:
		return a->max_entries > 1u << 31;
	default:
		return false;
	}
}

static void ask_map(const struct bemu_attr_map_create *a)
{
	struct bemu_attr_map_create b = *a, c = *a;
	long theirs, mine;

	if (!is_cheap(a) && !is_refused_early(a))
		return;
	nr_asked++;
	if (a->btf_fd) {
		b.btf_fd = (uint32_t)btf.theirs;
		c.btf_fd = (uint32_t)btf.mine;
	}
	if (a->inner_map_fd) {
		b.inner_map_fd = (uint32_t)inner.theirs;
		c.inner_map_fd = (uint32_t)inner.mine;
	}
	theirs = host(BPF_MAP_CREATE, &b, sizeof(b));
	mine = ours(BPF_MAP_CREATE, &c, sizeof(c));
	if (theirs == mine)
		return;
	nr_differ++;
	printf("map type %u key %u value %u max %u flags %#x extra %#llx btf %u %u: kernel %ld, model %ld\n",
	       a->map_type, a->key_size, a->value_size, a->max_entries, a->map_flags,
	       (unsigned long long)a->map_extra, a->btf_key_type_id, a->btf_value_type_id, theirs,
	       mine);
}

static void ask_map_flags(const struct bemu_attr_map_create *a)
{
	struct bemu_attr_map_create b;
	uint32_t i;

	for (i = 0; i < 32 + N(pairs); i++) {
		b = *a;
		b.map_flags = i < 32 ? 1u << i : pairs[i - 32];
		ask_map(&b);
		b.map_flags |= a->map_flags;
		ask_map(&b);
	}
}

static void ask_maps(const struct bemu_attr_map_create *t)
{
	struct bemu_attr_map_create a;
	size_t i;

	ask_map_flags(t);
	for (i = 0; i < N(sizes); i++) {
		a = *t;
		a.key_size = sizes[i];
		ask_map(&a);
		a = *t;
		a.value_size = sizes[i];
		ask_map(&a);
		a.map_flags |= BPF_F_STACK_BUILD_ID;
		ask_map(&a);
	}
	for (i = 0; i < N(counts); i++) {
		a = *t;
		a.max_entries = counts[i];
		ask_map(&a);
	}
	for (i = 0; i < N(extras); i++) {
		a = *t;
		a.map_extra = extras[i];
		ask_map(&a);
	}
	a = *t;
	a.map_ifindex = 1000000;
	ask_map(&a);
	a.map_ifindex = BEMU_K_LOOPBACK_IFINDEX;
	ask_map(&a);
	a = *t;
	a.btf_value_type_id = 1;
	ask_map(&a);
	a.btf_key_type_id = 1;
	ask_map(&a);
	a.btf_value_type_id = 0;
	ask_map(&a);
	a = *t;
	a.value_size = 5000000;
	ask_map_flags(&a);
}

static long our_open(uint32_t cmd, void *attr, uint32_t size)
{
	long fd = 0;
	int fault = bemu_sys_bpf(task, cmd, (uint64_t)(uintptr_t)attr, size, &fd);

	return fault ? -10000 + fault : fd;
}

#define K(kind, vlen)		  ((uint32_t)(kind) << 24 | (vlen))
#define INT(size, bits)		  1, K(BTF_KIND_INT, 0), size, bits
#define TWO(info, t0, o0, t1, o1) 1, info, 16, 1, t0, o0, 1, t1, o1

/* clang-format off */
static const uint32_t types[] = {
	INT(4, 32), /* 1 */
	INT(8, 64),
	INT(8, 32),
	0, K(BTF_KIND_PTR, 0), 0, /* 4 */
	0, K(BTF_KIND_CONST, 0), 2,
	1, K(BTF_KIND_STRUCT, 1), 4, 1, 1, 0,
	1, K(BTF_KIND_STRUCT, 1), 8, 1, 2, 0,
	1, K(BTF_KIND_VAR, 0), 1, 1, /* 8 */
	1, K(BTF_KIND_DATASEC, 1), 4, 8, 0, 4,
	TWO(K(BTF_KIND_STRUCT, 2), 2, 0, 1, 64), /* 10: a key of CGROUP_STORAGE */
	TWO(K(BTF_KIND_STRUCT, 2), 5, 0, 1, 64), /* another */
	TWO(K(BTF_KIND_STRUCT, 2), 2, 0, 1, 96),
	TWO(K(BTF_KIND_STRUCT, 2), 2, 0, 2, 64),
	TWO(K(BTF_KIND_STRUCT, 2), 3, 0, 1, 64),
	TWO(K(BTF_KIND_UNION, 2), 2, 0, 1, 0),
	TWO(1u << 31 | K(BTF_KIND_STRUCT, 2), 2, 0, 1, 64),
	TWO(1u << 31 | K(BTF_KIND_STRUCT, 2), 2, 0, 1, 64 | 32u << 24),
};

/* clang-format on */

static const uint32_t type_sizes[] = {
	0, 4, 8, 8, 8, 8, 4, 8, 4, 4, 16, 16, 16, 16, 16, 16, 16, 16
};

static int load_btf(void)
{
	struct {
		struct btf_header hdr;
		uint32_t types[N(types)];
		char strs[3];
	} raw = { .hdr = { .magic = BTF_MAGIC,
			   .version = BTF_VERSION,
			   .hdr_len = sizeof(raw.hdr),
			   .type_len = sizeof(types),
			   .str_off = sizeof(types),
			   .str_len = sizeof(raw.strs) },
		  .strs = { 0, 'a', 0 } };
	struct bemu_attr_btf_load a = { .btf = (uint64_t)(uintptr_t)&raw,
					.btf_size = sizeof(raw.hdr) + sizeof(types) +
						    sizeof(raw.strs) },
				  b = a;

	memcpy(raw.types, types, sizeof(types));
	btf.theirs = syscall(SYS_bpf, BPF_BTF_LOAD, &a, sizeof(a));
	btf.mine = our_open(BPF_BTF_LOAD, &b, sizeof(b));
	return btf.theirs < 0 || btf.mine < 0;
}

/* Every type for the key, and some for the value. */
static void ask_map_btf(const struct bemu_attr_map_create *t)
{
	static const uint32_t values[] = { 1, 2, 4, 8, 9 };
	struct bemu_attr_map_create a = *t;
	uint32_t k, v;

	a.btf_fd = 1;
	for (k = 0; k < N(type_sizes); k++)
		for (v = 0; v < N(values); v++) {
			a.btf_key_type_id = k;
			a.btf_value_type_id = values[v];
			a.key_size = k ? type_sizes[k] : t->key_size;
			a.value_size = type_sizes[values[v]];
			ask_map(&a);
		}
	if (t->max_entries == 2) {
		a = *t;
		a.max_entries = 1;
		ask_map_btf(&a);
	}
}

/* Which types may be in a map. */
static void ask_inner(const struct bemu_attr_map_create *t)
{
	struct bemu_attr_map_create a = *t, b,
				    of = { .map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
					   .key_size = 4,
					   .value_size = 4,
					   .max_entries = 1,
					   .inner_map_fd = 1 };
	bool btf_too = t->map_flags == BPF_F_NO_PREALLOC && t->key_size == 4;
	long kret;

	if (btf_too)
		a.btf_key_type_id = a.btf_value_type_id = 1;
	b = a;
	if (btf_too) {
		a.btf_fd = (uint32_t)btf.theirs;
		b.btf_fd = (uint32_t)btf.mine;
	}
	inner.theirs = syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a));
	inner.mine = our_open(BPF_MAP_CREATE, &b, sizeof(b));
	if (inner.theirs >= 0 && inner.mine >= 0) {
		ask_map(&of);
		of.map_type = BPF_MAP_TYPE_HASH_OF_MAPS;
		ask_map(&of);
	}
	if (inner.theirs >= 0)
		close((int)inner.theirs);
	if (inner.mine >= 0 && bemu_sys_close(task, (int)inner.mine, &kret))
		nr_differ++;
}

static void ask_update(long theirs_map, long mine_map, long theirs_fd, long mine_fd, uint64_t flags)
{
	uint32_t key = 0, there = (uint32_t)theirs_fd, here = (uint32_t)mine_fd;
	struct bemu_attr_elem a = { .map_fd = (uint32_t)theirs_map,
				    .key = (uint64_t)(uintptr_t)&key,
				    .value = (uint64_t)(uintptr_t)&there,
				    .flags = flags },
			      b = a;
	long theirs = syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &a, sizeof(a)) ? -errno : 0, mine;

	b.map_fd = (uint32_t)mine_map;
	b.value = (uint64_t)(uintptr_t)&here;
	mine = our_open(BPF_MAP_UPDATE_ELEM, &b, sizeof(b));
	nr_asked++;
	if (theirs == mine)
		return;
	nr_differ++;
	printf("update with fd %u flags %#llx: kernel %ld, model %ld\n", there,
	       (unsigned long long)flags, theirs, mine);
}

/* Maps of maps: a number that is not open, a map that fits, one that does not; and flags. */
static void ask_updates(uint32_t type)
{
	static const uint64_t flags[] = { 0, 1, 2, 3, 4, 5, 8, 1ull << 40 };
	struct bemu_attr_map_create a = templates[1], b = a, c, d;
	long theirs, mine, kret;
	size_t i;

	inner.theirs = syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a));
	inner.mine = our_open(BPF_MAP_CREATE, &b, sizeof(b));
	c = d = (struct bemu_attr_map_create){
		.map_type = type, .key_size = 4, .value_size = 4, .max_entries = 1
	};
	c.inner_map_fd = (uint32_t)inner.theirs;
	d.inner_map_fd = (uint32_t)inner.mine;
	theirs = syscall(SYS_bpf, BPF_MAP_CREATE, &c, sizeof(c));
	mine = our_open(BPF_MAP_CREATE, &d, sizeof(d));
	if (theirs < 0 || mine < 0) {
		nr_differ++;
		return;
	}
	for (i = 0; i < N(flags); i++) {
		ask_update(theirs, mine, 9999, 9999, flags[i]);
		ask_update(theirs, mine, theirs, mine, flags[i]);
	}
	for (i = 0; i < N(flags); i++)
		ask_update(theirs, mine, inner.theirs, inner.mine, flags[i]);
	close((int)theirs);
	close((int)inner.theirs);
	if (bemu_sys_close(task, (int)mine, &kret) || bemu_sys_close(task, (int)inner.mine, &kret))
		nr_differ++;
}

/* What this machine is, not what the kernel does: its policy, and infrared drivers left out. */
static bool is_local(uint32_t type, long theirs)
{
	switch (type) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_EXT:
		return theirs == -EPERM;
	case BPF_PROG_TYPE_LIRC_MODE2:
		return theirs == -EINVAL;
	default:
		return false;
	}
}

static void ask_prog(uint32_t type, uint32_t attach, uint32_t flags, uint32_t ifindex, char name)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bemu_attr_prog_load a = { .prog_type = type,
					 .insn_cnt = N(insns),
					 .insns = (uint64_t)(uintptr_t)insns,
					 .license = (uint64_t)(uintptr_t) "GPL",
					 .expected_attach_type = attach,
					 .prog_flags = flags,
					 .prog_name = { name },
					 .prog_ifindex = ifindex },
				   b = a;
	long theirs = host(BPF_PROG_LOAD, &a, sizeof(a));
	long mine = ours(BPF_PROG_LOAD, &b, sizeof(b));

	nr_asked++;
	if (theirs == mine)
		return;
	if (is_local(type, theirs)) {
		nr_local++;
		return;
	}
	nr_differ++;
	printf("prog type %u attach %u flags %#x ifindex %u name '%c': kernel %ld, model %ld\n",
	       type, attach, flags, ifindex, name ? name : ' ', theirs, mine);
}

/* For a device: the loopback one, and none. */
static void ask_prog_device(uint32_t type)
{
	static const uint32_t devs[] = { BEMU_K_LOOPBACK_IFINDEX, 1000000, UINT32_MAX };
	static const uint32_t flags[] = { 0,	   1u << 5,	    1u << 6,
					  3u << 5, BPF_F_SLEEPABLE, BPF_F_TEST_RND_HI32 };
	size_t i, j;

	for (i = 0; i < N(devs); i++)
		for (j = 0; j < N(flags); j++) {
			ask_prog(type, 0, flags[j], devs[i], 'a');
			ask_prog(type, 0, flags[j], devs[i], '-');
		}
}

static bool may_ask(void)
{
	struct bemu_attr_map_create a = templates[1];
	struct utsname uts;

	return !uname(&uts) && !strncmp(uts.release, "6.18.", 5) &&
	       !host(BPF_MAP_CREATE, &a, sizeof(a));
}

int main(void)
{
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };
	static const uint32_t flags[] = { 0, BPF_F_SLEEPABLE, BAD_FLAG };
	struct bemu *em = NULL;
	uint32_t type, attach;
	size_t i;

	if (!may_ask())
		return SKIP;
	if (bemu_new(NULL, &em) || bemu_task_new(em, &opts, &task))
		return 1;
	if (load_btf())
		return 1;
	for (i = 0; i < N(templates); i++) {
		ask_maps(&templates[i]);
		ask_map_btf(&templates[i]);
		ask_inner(&templates[i]);
	}
	ask_updates(BPF_MAP_TYPE_ARRAY_OF_MAPS);
	ask_updates(BPF_MAP_TYPE_HASH_OF_MAPS);
	for (type = 0; type < NR_PROG_TYPES; type++)
		ask_prog_device(type);
	ask_prog_device(NR_PROG_TYPES + 100);
	for (type = 0; type < NR_PROG_TYPES; type++)
		for (attach = 0; attach < NR_ATTACH; attach++)
			for (i = 0; i < (attach ? N(flags) - 1 : N(flags)); i++)
				ask_prog(type, attach, flags[i], 0, 0);
	printf("%u asked, %u answered by what this machine is, %u differ\n", nr_asked, nr_local,
	       nr_differ);
	bemu_task_exit(task);
	bemu_free(em);
	return nr_differ ? 1 : 0;
}
