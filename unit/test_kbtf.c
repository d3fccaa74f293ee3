/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* BTF_LOAD against rows that were measured on Linux 6.18, its log, and what older kernels differ in. */
#include <assert.h>
#include <stdio.h>

#include <bemu/task.h>

#include "helpers.h"

#include "kbtf_blobs.h"
#include "sys/kbtf.h"

enum { LOG_MAX = 1 << 16 };

/* void, int, then what kernel pointers of the rows may point to, and one destructor */
static const struct kbtf_case vmlinux_case = {
	.name = "vmlinux",
	.words = (const uint32_t[]){ T(STRUCT, 0, 0, N(task_struct), 64),
				     T(STRUCT, 0, 0, N(list_node), 24), T(FUNC_PROTO, 0, 0, 0, 0),
				     T(FUNC, 0, 0, N(task_dtor), 4) },
	.nr_words = 12,
};

struct world {
	struct bemu *em;
	struct bemu_task *task;
	char log[LOG_MAX];
	struct kbtf_attr attr; /* of the last load */
};

static int world_new(struct world *w, uint32_t kernel, const struct bemu_allocator *alloc)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel, .alloc = alloc };
	uint32_t len;
	void *raw;
	int err;

	memset(w, 0, sizeof(*w));
	err = bemu_new(&opts, &w->em);
	if (err)
		return err;
	raw = kbtf_case_bytes(&vmlinux_case, &len);
	err = bemu_set_vmlinux(w->em, raw, len, 0);
	free(raw);
	if (!err)
		err = bemu_seal(w->em);
	return err ? err : bemu_task_new(w->em, NULL, &w->task);
}

static struct world *world_of(uint32_t kernel)
{
	struct world *w = malloc(sizeof(*w));

	assert_non_null(w);
	assert_int_equal(world_new(w, kernel, NULL), 0);
	return w;
}

/* Nothing may be left of what a test loaded. */
static void world_end(struct world *w)
{
	bemu_task_exit(w->task);
	assert_int_equal(bemu_idr_next(&w->em->model.ids[BEMU_OBJ_BTF], 1), 0);
	assert_int_equal(bemu_env_live(w->em->env), 0);
	bemu_free(w->em);
	free(w);
}

static int try_load(struct world *w, const void *raw, uint32_t len, uint32_t level,
		    uint32_t log_size, long *kret)
{
	memset(w->log, 'Z', sizeof(w->log));
	w->attr = (struct kbtf_attr){ .btf = (uintptr_t)raw,
				      .size = len,
				      .log_level = level,
				      .log_buf = log_size ? (uintptr_t)w->log : 0,
				      .log_size = log_size,
				      .log_true_size = 77 };
	return bemu_sys_bpf(w->task, BPF_BTF_LOAD, (uintptr_t)&w->attr, sizeof(w->attr), kret);
}

static long load(struct world *w, const void *raw, uint32_t len, uint32_t level, uint32_t log_size)
{
	long kret = -9999, closed;

	assert_int_equal(try_load(w, raw, len, level, log_size, &kret), 0);
	if (kret < 0)
		return kret;
	assert_int_equal(bemu_sys_close(w->task, (int)kret, &closed), 0);
	return 0;
}

/* The text behind the last newline but one, or behind the last one when it is not the end. */
static const char *last_line(const char *log)
{
	static char line[LOG_MAX];
	const char *nl;
	size_t len = strlen(log);

	memcpy(line, log, len + 1);
	if (len && line[len - 1] == '\n')
		line[len - 1] = '\0';
	nl = strrchr(line, '\n');
	return nl ? nl + 1 : line;
}

static void run_case(void **state)
{
	const struct kbtf_case *c = *state;
	struct world *w = world_of(0);
	static char first[LOG_MAX];
	uint32_t len, need;
	void *raw = kbtf_case_bytes(c, &len);

	assert_int_equal(load(w, raw, len, 0, 0), c->err);
	assert_int_equal(w->attr.log_true_size, 0);
	if (c->big) {
		assert_int_equal(load(w, raw, len, 1, 64), -ENOSPC);
		if (c->line)
			assert_string_equal(last_line(w->log), c->line);
		goto out;
	}
	assert_int_equal(load(w, raw, len, 1, LOG_MAX), c->err);
	if (c->line)
		assert_string_equal(last_line(w->log), c->line);
	need = (uint32_t)strlen(w->log) + 1;
	assert_int_equal(w->attr.log_true_size, need);
	memcpy(first, w->log, need);
	assert_int_equal(load(w, raw, len, 2, LOG_MAX), c->err);
	assert_string_equal(w->log, first);
	assert_int_equal(load(w, raw, len, 4, LOG_MAX), c->err);
	assert_string_equal(w->log, first);
	assert_int_equal(load(w, raw, len, 1, 0), c->err);
	assert_int_equal(w->attr.log_true_size, need);
	assert_int_equal(load(w, raw, len, 1, need), c->err);
	assert_int_equal(load(w, raw, len, 1, need - 1), -ENOSPC);
	assert_int_equal(w->attr.log_true_size, need);
	assert_string_equal(w->log, first + 1);
	assert_int_equal(w->log[need - 1], 'Z');
	assert_int_equal(load(w, raw, len, 9, 10), -ENOSPC);
	assert_memory_equal(w->log, first, 9);
	assert_int_equal(w->log[9], '\0');
	assert_int_equal(w->log[10], 'Z');
out:
	free(raw);
	world_end(w);
}

/* Bytes too few for what a header needs. */
static void short_blobs(void **state)
{
	struct world *w = world_of(0);
	uint32_t len;
	void *raw = kbtf_case_bytes(&kbtf_cases[0], &len);
	uint32_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		assert_int_equal(load(w, raw, i, 1, LOG_MAX), -EINVAL);
		assert_string_equal(w->log, "hdr_len not found");
	}
	for (; i < 24; i++) {
		assert_int_equal(load(w, raw, i, 1, LOG_MAX), -EINVAL);
		assert_string_equal(w->log, "btf_header not found");
	}
	for (; i < len; i++)
		assert_int_equal(load(w, raw, i, 0, 0), -EINVAL);
	free(raw);
	world_end(w);
}

static long load_attr(struct world *w, struct kbtf_attr *attr, uint32_t size)
{
	long kret = -9999, closed;

	assert_int_equal(bemu_sys_bpf(w->task, BPF_BTF_LOAD, (uintptr_t)attr, size, &kret), 0);
	if (kret < 0)
		return kret;
	assert_int_equal(bemu_sys_close(w->task, (int)kret, &closed), 0);
	return 0;
}

static const struct attr_case {
	const char *name;
	uint32_t kernel;
	uint32_t level, log_size;
	bool log_buf;
	long res;
} attr_cases[] = {
	{ "a log buffer without size and level is refused", 0, 0, 0, true, -EINVAL },
	{ "a log buffer without level is refused", 0, 0, 4, true, -EINVAL },
	{ "level 16 does not exist", 0, 16, 64, true, -EINVAL },
	{ "a level alone is accepted", 0, 1, 0, false, 0 },
	{ "a log size without buffer is refused", 0, 1, 4, false, -EINVAL },
	{ "a log of 0x40000000 bytes is refused", 0, 1, 0x40000000, true, -EINVAL },
	{ "a log of 0x3fffffff bytes is accepted", 0, 1, 0x3fffffff, true, 0 },
	{ "level 8 keeps the beginning", 0, 8, 4, true, -ENOSPC },
	{ "6.1 needs a buffer with a level", BEMU_KERNEL_6_1, 1, 0, false, -EINVAL },
	{ "6.1 needs a buffer of 128 bytes", BEMU_KERNEL_6_1, 1, 127, true, -EINVAL },
	{ "6.1 says when the log is full", BEMU_KERNEL_6_1, 1, 128, true, -ENOSPC },
	{ "6.1 takes a log that just fits for a full one", BEMU_KERNEL_6_1, 1, 176, true, -ENOSPC },
	{ "6.1 is content with a byte more", BEMU_KERNEL_6_1, 1, 177, true, 0 },
	{ "6.1 knows no level 8", BEMU_KERNEL_6_1, 8, 4096, true, -EINVAL },
	{ "6.6 rotates", BEMU_KERNEL_6_6, 1, 176, true, 0 },
};

static void run_attr(void **state)
{
	const struct attr_case *c = *state;
	struct world *w = world_of(c->kernel);
	uint32_t len;
	void *raw = kbtf_case_bytes(&kbtf_cases[0], &len);
	struct kbtf_attr attr = { .btf = (uintptr_t)raw,
				  .size = len,
				  .log_level = c->level,
				  .log_size = c->log_size,
				  .log_buf = c->log_buf ? (uintptr_t)w->log : 0 };

	assert_int_equal(load_attr(w, &attr, c->kernel == BEMU_KERNEL_6_1 ? 28 : sizeof(attr)),
			 c->res);
	free(raw);
	world_end(w);
}

static void attributes(void **state)
{
	struct world *w = world_of(0);
	uint32_t len;
	void *raw = kbtf_case_bytes(&kbtf_cases[0], &len);
	struct kbtf_attr attr = { .btf = (uintptr_t)raw, .size = len };

	(void)state;
	attr.flags = 1;
	assert_int_equal(load_attr(w, &attr, sizeof(attr)), -EINVAL);
	attr.flags = 0;
	attr.token_fd = 5;
	assert_int_equal(load_attr(w, &attr, sizeof(attr)), 0);
	attr.token_fd = 0;
	attr.log_true_size = 77;
	assert_int_equal(load_attr(w, &attr, 28), 0);
	assert_int_equal(attr.log_true_size, 77);
	attr.size = (16 << 20) + 1;
	assert_int_equal(load_attr(w, &attr, sizeof(attr)), -E2BIG);
	attr.size = len;
	attr.btf = 0;
	attr.log_level = 1;
	attr.log_buf = (uintptr_t)w->log;
	attr.log_size = 64;
	memset(w->log, 'Z', 64);
	assert_int_equal(load_attr(w, &attr, sizeof(attr)), -EFAULT);
	assert_int_equal(attr.log_true_size, 0); /* nothing was said, nothing is stored */
	assert_int_equal(w->log[0], 'Z');
	free(raw);
	world_end(w);
}

static int no_write(void *ctx, uint64_t uaddr, const void *src, size_t len)
{
	(void)src;
	(void)len;
	if (uaddr == 8)
		return -EFAULT;
	return ((struct bemu_mem_ops *)ctx)->write(NULL, uaddr, src, len);
}

static int native_read(void *ctx, uint64_t uaddr, void *dst, size_t len)
{
	(void)ctx;
	memcpy(dst, (const void *)(uintptr_t)uaddr, len);
	return 0;
}

static int native_write(void *ctx, uint64_t uaddr, const void *src, size_t len)
{
	(void)ctx;
	memcpy((void *)(uintptr_t)uaddr, src, len);
	return 0;
}

static void bad_log_pointer(void **state)
{
	struct world *w = world_of(0);
	struct bemu_mem_ops native = { .write = native_write };
	struct bemu_mem_ops mem = { .read = native_read, .write = no_write, .ctx = &native };
	struct bemu_task_opts topts = { .size = sizeof(topts), .mem = &mem };
	struct bemu_task *task = NULL;
	uint32_t len;
	void *raw = kbtf_case_bytes(&kbtf_cases[0], &len);
	struct kbtf_attr attr = {
		.btf = (uintptr_t)raw, .size = len, .log_level = 1, .log_buf = 8, .log_size = 4096
	};
	long kret = 0;

	(void)state;
	assert_int_equal(bemu_task_new(w->em, &topts, &task), 0);
	assert_int_equal(bemu_sys_bpf(task, BPF_BTF_LOAD, (uintptr_t)&attr, sizeof(attr), &kret),
			 0);
	assert_int_equal(kret, -EFAULT);
	assert_int_equal(attr.log_true_size, 176);
	bemu_task_exit(task);
	free(raw);
	world_end(w);
}

/* What a row says of the last line, these say of the whole. */
static const struct log_case {
	const char *name;
	const char *log; /* behind the header */
	const uint32_t *words;
	uint32_t nr_words;
} log_cases[] = {
#define LOG(name, log, ...)                                           \
	{                                                             \
		name, log, (const uint32_t[]){ __VA_ARGS__ },         \
			sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4 \
	}
	LOG("types and members are logged in order",
	    "[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	    "[2] STRUCT s size=8 vlen=2\n\ta type_id=3 bits_offset=0\n\tc type_id=1 bits_offset=32\n"
	    "[3] TYPEDEF td type_id=4\n[4] CONST (anon) type_id=1\n",
	    T(STRUCT, 0, 2, N(s), 8), MEMBER(N(a), 3, 0), MEMBER(N(c), 1, 32),
	    T(TYPEDEF, 0, 0, N(td), 4), T(CONST, 0, 0, 0, 1)),
	LOG("a member that does not resolve is logged with its owner",
	    "[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	    "[2] STRUCT s size=4 vlen=1\n\tm type_id=99 bits_offset=0\n"
	    "[2] STRUCT s size=4 vlen=1\n\tm type_id=99 bits_offset=0 Invalid member\n",
	    T(STRUCT, 0, 1, N(s), 4), MEMBER(N(m), 99, 0)),
	LOG("an entry that does not resolve is logged with its owner",
	    "[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	    "[2] VAR v type_id=1 linkage=1\n[3] DATASEC .data size=4 vlen=1\n"
	    "\t type_id=2 offset=0 size=3\n[3] DATASEC .data size=4 vlen=1\n"
	    "\t type_id=2 offset=0 size=3 Invalid size\n",
	    T(VAR, 0, 0, N(v), 1), 1, T(DATASEC, 0, 1, N(_data), 4), ENTRY(2, 0, 3)),
	LOG("an enumerator without a name ends the log without a newline",
	    "[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	    "[2] ENUM e size=4 vlen=1\n\tInvalid name_offset:9999",
	    T(ENUM, 0, 1, N(e), 4), 9999, 1),
	LOG("a union, a FWD of each kind, signed and unsigned values, bit fields",
	    "[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	    "[2] UNION (anon) size=4 vlen=1\n\t(anon) type_id=1 bitfield_size=3 bits_offset=0\n"
	    "[3] FWD f struct\n[4] FWD f union\n[5] ENUM (anon) size=4 vlen=1\n\tA val=4294967295\n"
	    "[6] ENUM (anon) size=4 vlen=1\n\tA val=-1\n"
	    "[7] ENUM64 (anon) size=8 vlen=1\n\tA val=18446744073709551615\n",
	    T(UNION, 1, 1, 0, 4), MEMBER(0, 1, 3u << 24), T(FWD, 0, 0, N(f), 0),
	    T(FWD, 1, 0, N(f), 0), T(ENUM, 0, 1, 0, 4), N(A), UINT32_MAX, T(ENUM, 1, 1, 0, 4), N(A),
	    UINT32_MAX, T(ENUM64, 0, 1, 0, 8), N(A), UINT32_MAX, UINT32_MAX),
};

static void run_log(void **state)
{
	const struct log_case *c = *state;
	struct kbtf_case blob = { .words = c->words, .nr_words = c->nr_words };
	struct world *w = world_of(0);
	char header[512];
	uint32_t len;
	void *raw = kbtf_case_bytes(&blob, &len);
	uint32_t types = 4 * (4 + c->nr_words);

	(void)load(w, raw, len, 1, LOG_MAX);
	snprintf(header, sizeof(header),
		 "magic: 0xeb9f\nversion: 1\nflags: 0x0\nhdr_len: 24\ntype_off: 0\ntype_len: %u\n"
		 "str_off: %u\nstr_len: %zu\nbtf_total_size: %u\n",
		 types, types, sizeof(kbtf_names), len);
	assert_memory_equal(w->log, header, strlen(header));
	assert_string_equal(w->log + strlen(header), c->log);
	free(raw);
	world_end(w);
}

static void a_piece_of_log_is_cut_at_1023_characters(void **state)
{
	static const struct kbtf_case tag = { .make = kbtf_make_tag_3000 };
	struct world *w = world_of(0);
	uint32_t len;
	void *raw = kbtf_case_bytes(&tag, &len);
	const char *name;

	(void)state;
	assert_int_equal(load(w, raw, len, 1, LOG_MAX), 0);
	name = strstr(w->log, "DECL_TAG ") + 9;
	assert_int_equal(strspn(name, "n"), 1010);
	assert_string_equal(name + 1010, "type=2 component_idx=-1\n");
	free(raw);
	world_end(w);
}

#define KERNEL(name, kernel, err, ...)                                \
	{                                                             \
		name, kernel, err, (const uint32_t[]){ __VA_ARGS__ }, \
			sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4 \
	}

static const struct kernel_case {
	const char *name;
	uint32_t kernel;
	int err;
	const uint32_t *words;
	uint32_t nr_words;
} kernel_cases[] = {
	KERNEL("5.15 knows no DECL_TAG", BEMU_KERNEL_5_15, -EINVAL, T(STRUCT, 0, 0, N(s), 4),
	       T(DECL_TAG, 0, 0, N(t), 2), UINT32_MAX),
	KERNEL("6.1 knows DECL_TAG", BEMU_KERNEL_6_1, 0, T(STRUCT, 0, 0, N(s), 4),
	       T(DECL_TAG, 0, 0, N(t), 2), UINT32_MAX),
	KERNEL("5.15 knows no signed ENUM", BEMU_KERNEL_5_15, -EINVAL, T(ENUM, 1, 0, N(e), 4)),
	KERNEL("6.1 knows signed ENUM", BEMU_KERNEL_6_1, 0, T(ENUM, 1, 0, N(e), 4)),
	KERNEL("5.15 knows FLOAT", BEMU_KERNEL_5_15, 0, T(FLOAT, 0, 0, N(f), 4)),
	KERNEL("6.12 knows no flagged DECL_TAG", BEMU_KERNEL_6_12, -EINVAL,
	       T(STRUCT, 0, 0, N(s), 4), T(DECL_TAG, 1, 0, N(t), 2), UINT32_MAX),
	KERNEL("6.18 knows flagged DECL_TAG", BEMU_KERNEL_6_18, 0, T(STRUCT, 0, 0, N(s), 4),
	       T(DECL_TAG, 1, 0, N(t), 2), UINT32_MAX),
	KERNEL("6.12 knows no flagged TYPE_TAG", BEMU_KERNEL_6_12, -EINVAL,
	       T(TYPE_TAG, 1, 0, N(t), 1)),
	KERNEL("6.6 wants an identifier for a section", BEMU_KERNEL_6_6, -EINVAL,
	       T(DATASEC, 0, 0, N(_da_ta__x), 4)),
	KERNEL("6.12 wants printable characters for a section", BEMU_KERNEL_6_12, 0,
	       T(DATASEC, 0, 0, N(_da_ta__x), 4)),
	KERNEL("5.15 returns a DATASEC", BEMU_KERNEL_5_15, 0, T(DATASEC, 0, 0, N(_data), 4),
	       T(FUNC_PROTO, 0, 0, 0, 2)),
	KERNEL("6.1 returns no DATASEC", BEMU_KERNEL_6_1, -EINVAL, T(DATASEC, 0, 0, N(_data), 4),
	       T(FUNC_PROTO, 0, 0, 0, 2)),
	KERNEL("5.15 refuses a pointer to a FUNC, which has no state there", BEMU_KERNEL_5_15,
	       -EINVAL, T(FUNC_PROTO, 0, 0, 0, 1), T(FUNC, 0, 0, N(f), 2), T(PTR, 0, 0, 0, 3)),
	KERNEL("6.1 accepts a pointer to an earlier FUNC", BEMU_KERNEL_6_1, 0,
	       T(FUNC_PROTO, 0, 0, 0, 1), T(FUNC, 0, 0, N(f), 2), T(PTR, 0, 0, 0, 3)),
	KERNEL("5.15 looks at a FUNC's parameters", BEMU_KERNEL_5_15, -EINVAL,
	       T(FUNC_PROTO, 0, 1, 0, 1), PARAM(0, 1), T(FUNC, 0, 0, N(f), 2)),
	KERNEL("6.1 has no special fields", BEMU_KERNEL_6_1, 0, LOCK_TYPE, T(STRUCT, 0, 2, N(s), 8),
	       MEMBER(N(l), 2, 0), MEMBER(N(k), 2, 32)),
	KERNEL("6.6 has special fields", BEMU_KERNEL_6_6, -E2BIG, LOCK_TYPE,
	       T(STRUCT, 0, 2, N(s), 8), MEMBER(N(l), 2, 0), MEMBER(N(k), 2, 32)),
	KERNEL("6.6 sees no kernel pointers", BEMU_KERNEL_6_6, 0, T(STRUCT, 0, 0, N(list_node), 24),
	       T(TYPE_TAG, 0, 0, N(kptr), 2), T(PTR, 0, 0, 0, 3), T(STRUCT, 0, 1, N(s), 8),
	       MEMBER(N(p), 4, 0)),
	KERNEL("6.1 wants type tags first", BEMU_KERNEL_6_1, -EINVAL, T(CONST, 0, 0, 0, 3),
	       T(TYPE_TAG, 0, 0, N(tag), 1)),
};

static void run_kernel(void **state)
{
	const struct kernel_case *c = *state;
	struct kbtf_case blob = { .words = c->words, .nr_words = c->nr_words };
	struct world *w = world_of(c->kernel);
	uint32_t len;
	void *raw = kbtf_case_bytes(&blob, &len);
	struct kbtf_attr attr = { .btf = (uintptr_t)raw, .size = len };

	assert_int_equal(load_attr(w, &attr, 28), c->err);
	free(raw);
	world_end(w);
}

/* A structure of two of the next one, and so on, all of no size: 2^31 ways to the last. */
static void nested_structures_run_into_the_budget(void **state)
{
	struct world *w = world_of(0);
	struct kbtf_case base = { .words = (const uint32_t[]){ LOCK_TYPE }, .nr_words = 6 };
	struct kbtf_blob b;
	uint32_t len, i;
	long kret = 77;
	void *raw;

	(void)state;
	kbtf_blob_init(&b, &base);
	kbtf_type(&b, N(s), INFO(STRUCT, 0, 2), 8);
	kbtf_type(&b, N(l), 2, 0);
	kbtf_type(&b, N(m), 4, 32);
	for (i = 4; i < 33; i++) {
		kbtf_type(&b, N(s), INFO(STRUCT, 0, 2), 0);
		kbtf_type(&b, N(m), i + 1, 0);
		kbtf_type(&b, N(n), i + 1, 0);
	}
	kbtf_type(&b, N(s), INFO(STRUCT, 0, 0), 0);
	raw = kbtf_bytes(&b, &len);
	w->em->env->limits.max_steps = 100000;
	assert_int_equal(try_load(w, raw, len, 0, 0, &kret), -EDQUOT);
	assert_int_equal(kret, 77);
	kbtf_blob_fini(&b);
	free(raw);
	world_end(w);
}

static void a_rotating_log_keeps_no_more_than_it_needs(void **state)
{
	static const struct kbtf_case many = { .make = kbtf_make_vlen_max };
	struct world *w = world_of(0);
	uint32_t len;
	void *raw = kbtf_case_bytes(&many, &len);

	(void)state;
	assert_int_equal(load(w, raw, len, 1, 64), -ENOSPC);
	assert_int_equal(strlen(w->log), 63);
	assert_string_equal(last_line(w->log), "[3] CONST (anon) type_id=1");
	assert_true(w->attr.log_true_size > 65535 * 25);
	free(raw);
	world_end(w);
}

/* Module BTF: records and tags, with ids and names of its base, and a log of errors only. */
static int check_split(struct world *w, const struct kbtf_blob *b, struct bemu_klog *log)
{
	struct bemu_model *model = &w->em->model;
	uint32_t len;
	void *raw = kbtf_bytes(b, &len);
	int err = bemu_kbtf_check(model, w->em->env, log, raw, len, model->vmlinux->btf,
				  BEMU_KBTF_KERNEL);

	free(raw);
	return err;
}

static void module_btf_is_checked_over_its_base(void **state)
{
	struct world *w = world_of(0);
	struct bemu_call_ctx ctx = {
		.task = w->task, .mem = &w->task->mem, .model = &w->em->model, .env = w->em->env
	};
	static const char str[] = "mine";
	char want[256];
	const struct kbtf_case none = { .alone = true };
	struct kbtf_blob b;
	struct bemu_klog log;
	uint32_t true_size;

	(void)state;
	kbtf_blob_init(&b, &none);
	memcpy(b.strs, str, sizeof(str));
	b.str_len = sizeof(str);
	bemu_env_budget(w->em->env);
	assert_int_equal(bemu_klog_init(&log, &ctx, 1, (uintptr_t)w->log, LOG_MAX), 0);
	/* a name of the base, one of its own, a type that nobody has: phase two does not run */
	kbtf_type(&b, N(s), INFO(TYPEDEF, 0, 0), 1);
	kbtf_type(&b, sizeof(kbtf_names), INFO(TYPEDEF, 0, 0), 99);
	kbtf_type(&b, 0, INFO(STRUCT, 0, 1), 4);
	kbtf_type(&b, sizeof(kbtf_names), 2, 0);
	assert_int_equal(check_split(w, &b, &log), -EINVAL); /* the tag check follows chains */
	b.words[5] = 6;
	assert_int_equal(check_split(w, &b, &log), 0);
	assert_int_equal(log.max_len, 0);
	kbtf_type(&b, sizeof(kbtf_names) + sizeof(str), INFO(TYPEDEF, 0, 0), 1);
	assert_int_equal(check_split(w, &b, &log), -EINVAL);
	b.words[12] = sizeof(kbtf_names) + 1;
	b.words[14] = 0x100000;
	assert_int_equal(check_split(w, &b, &log), -EINVAL);
	assert_int_equal(bemu_klog_finish(&log, &ctx, &true_size), 0);
	snprintf(want, sizeof(want),
		 "[9] Invalid name_offset:%zu[9] TYPEDEF ine type_id=1048576 Invalid type_id\n",
		 sizeof(kbtf_names) + sizeof(str));
	assert_string_equal(w->log, want);
	kbtf_blob_fini(&b);
	world_end(w);
}

static void every_failed_allocation_is_reported(void **state)
{
	uint32_t len;
	const struct kbtf_case *c = &kbtf_cases[0];
	void *raw = kbtf_case_bytes(c, &len);
	unsigned long n;

	(void)state;
	for (n = 1;; n++) {
		struct test_alloc a;
		struct world *w = malloc(sizeof(*w));
		long kret = 77;
		int err;

		assert_non_null(w);
		test_alloc_init(&a, 0);
		assert_int_equal(world_new(w, 0, &a.ops), 0);
		a.fail_at = a.nr_calls + n;
		err = try_load(w, raw, len, 1, LOG_MAX, &kret);
		if (a.nr_calls < a.fail_at) {
			assert_int_equal(err, 0);
			assert_true(kret >= 0);
			world_end(w);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(kret, 77);
		assert_int_equal(w->log[0], 'Z');
		assert_int_equal(w->attr.log_true_size, 77);
		world_end(w);
	}
	free(raw);
}

int main(void)
{
	static struct CMUnitTest tests[512];
	size_t n = 0, i;

#define ADD_ALL(table, run)                                        \
	for (i = 0; i < BEMU_ARRAY_SIZE(table); i++)               \
	tests[n++] = (struct CMUnitTest){ .name = (table)[i].name, \
					  .test_func = (run),      \
					  .initial_state = (void *)(uintptr_t) & (table)[i] }
	ADD_ALL(kbtf_cases, run_case);
	ADD_ALL(attr_cases, run_attr);
	ADD_ALL(log_cases, run_log);
	ADD_ALL(kernel_cases, run_kernel);
	{
		const struct CMUnitTest more[] = {
			cmocka_unit_test(short_blobs),
			cmocka_unit_test(attributes),
			cmocka_unit_test(bad_log_pointer),
			cmocka_unit_test(a_piece_of_log_is_cut_at_1023_characters),
			cmocka_unit_test(nested_structures_run_into_the_budget),
			cmocka_unit_test(a_rotating_log_keeps_no_more_than_it_needs),
			cmocka_unit_test(module_btf_is_checked_over_its_base),
			cmocka_unit_test(every_failed_allocation_is_reported),
		};

		for (i = 0; i < BEMU_ARRAY_SIZE(more); i++)
			tests[n++] = more[i];
	}
	assert(n <= BEMU_ARRAY_SIZE(tests));
	return _cmocka_run_group_tests("kbtf", tests, n, NULL, NULL);
}
