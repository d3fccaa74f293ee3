// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The entry of bpf(2), OBJ_GET_INFO_BY_FD, exclusive maps, signatures and streams, row by row as Linux 6.18
 * answered; unit/rows.txt says which row is which test.
 */
#include "life.h"

#include "base/sha256.h"

enum { CLOSED = 900, BAD = 8, ATTR = 168 };

static long raw(struct life *w, uint32_t cmd, const void *bytes, uint32_t size)
{
	return life_bpf(w->t, cmd, (void *)(uintptr_t)bytes, size);
}

/* ---- E01 to E16 ---- */

/* MAP_CREATE of an array, with one byte set, unless another command is asked. */
static void attributes_are_cut_and_their_tails_looked_at_E01_to_E16(void **state)
{
	static const struct {
		const char *row;
		uint32_t cmd, size;
		int32_t at; /* which byte is 1; -1: none */
		bool zero; /* no array, all zeroes */
		long want;
	} rows[] = {
		{ "E01", 9999, ATTR, -1, true, -EINVAL },
		{ "E02", UINT32_MAX, ATTR, -1, true, -EINVAL },
		{ "E03", BPF_MAP_CREATE, 0, -1, false, -EINVAL },
		{ "E04", BPF_MAP_CREATE, 16, -1, false, 0 },
		{ "E05", BPF_MAP_CREATE, 15, -1, false, 0 },
		{ "E06", BPF_MAP_CREATE, 4096, -1, false, 0 },
		{ "E07", BPF_MAP_CREATE, 4097, -1, false, -E2BIG },
		{ "E08", BPF_MAP_CREATE, 169, 168, false, -E2BIG },
		{ "E09", BPF_MAP_CREATE, 168, 168, false, 0 },
		{ "E10", BPF_MAP_CREATE, 4096, 4095, false, -E2BIG },
		{ "E11", BPF_MAP_CREATE, ATTR, 92, false, -EINVAL },
		{ "E12", BPF_MAP_CREATE, ATTR, 167, false, -EINVAL },
		{ "E16", 9999, 200, 180, true, -E2BIG },
	};
	const uint32_t array[4] = { BPF_MAP_TYPE_ARRAY, 4, 8, 1 };
	uint8_t attr[8192];
	struct life w = life_new(0);
	size_t i;
	long ret;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		memset(attr, 0, sizeof(attr));
		if (!rows[i].zero)
			memcpy(attr, array, sizeof(array));
		if (rows[i].at >= 0)
			attr[rows[i].at] = 1;
		ret = raw(&w, rows[i].cmd, attr, rows[i].size);
		if (ret > 0)
			ret = sys_close(w.t, ret);
		if (ret != rows[i].want)
			fail_msg("%s: %ld", rows[i].row, ret);
	}
	/* native memory has one bad address */
	assert_int_equal(raw(&w, BPF_MAP_CREATE, NULL, ATTR), -EFAULT); /* E13 */
	assert_int_equal(raw(&w, BPF_MAP_CREATE, NULL, 5000), -E2BIG); /* E14 */
	assert_int_equal(raw(&w, 9999, NULL, ATTR), -EFAULT); /* E15 */
	life_end(&w);
}

/* ---- E200 to E223 ---- */

static void a_byte_behind_the_last_field_is_refused_E200_to_E223(void **state)
{
	static const struct {
		uint32_t cmd, end;
		long zero; /* the answer to zeroes, while number 0 is closed; 1: 0 or -ENOENT */
	} rows[] = {
		{ BPF_MAP_CREATE, 92, -EINVAL },
		{ BPF_MAP_LOOKUP_ELEM, 32, -EBADF },
		{ BPF_MAP_UPDATE_ELEM, 32, -EBADF },
		{ BPF_MAP_DELETE_ELEM, 16, -EBADF },
		{ BPF_MAP_GET_NEXT_KEY, 24, -EBADF },
		{ BPF_MAP_FREEZE, 4, -EBADF },
		{ BPF_PROG_LOAD, 168, -E2BIG },
		{ BPF_OBJ_PIN, 20, -EINVAL },
		{ BPF_OBJ_GET, 20, -EFAULT },
		{ BPF_PROG_TEST_RUN, 76, -EBADF },
		{ BPF_PROG_GET_NEXT_ID, 8, 1 },
		{ BPF_PROG_GET_FD_BY_ID, 4, -ENOENT },
		{ BPF_MAP_GET_FD_BY_ID, 12, -ENOENT },
		{ BPF_BTF_GET_FD_BY_ID, 16, -ENOENT },
		{ BPF_LINK_GET_FD_BY_ID, 4, -ENOENT },
		{ BPF_OBJ_GET_INFO_BY_FD, 16, -EBADFD },
		{ BPF_BTF_LOAD, 40, -EINVAL },
		{ BPF_RAW_TRACEPOINT_OPEN, 24, -EBADF },
		{ BPF_LINK_CREATE, 60, -EBADF },
		{ BPF_LINK_UPDATE, 16, -EBADF },
		{ BPF_LINK_DETACH, 4, -EBADF },
		{ BPF_PROG_BIND_MAP, 12, -EBADF },
		{ BEMU_BPF_TOKEN_CREATE, 8, -EBADF },
		{ BEMU_BPF_PROG_STREAM_READ_BY_FD, 20, -EBADF },
	};
	struct life w = life_new(0);
	uint8_t attr[ATTR];
	size_t i;
	long ret;

	(void)state;
	assert_int_equal(sys_close(w.t, 0), 0);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		memset(attr, 0, sizeof(attr));
		ret = raw(&w, rows[i].cmd, attr, sizeof(attr));
		if (rows[i].zero == 1 ? ret && ret != -ENOENT : ret != rows[i].zero)
			fail_msg("E%zu, zeroes: %ld", 200 + i, ret);
		if (rows[i].end == ATTR)
			continue;
		memset(attr, 0, sizeof(attr));
		attr[rows[i].end] = 1;
		ret = raw(&w, rows[i].cmd, attr, sizeof(attr));
		if (ret != -EINVAL)
			fail_msg("E%zu, byte %u: %ld", 200 + i, rows[i].end, ret);
	}
	life_end(&w);
}

/* ---- I01 to I49 ---- */

/* An info structure of which some words were set, asked of an FD. */
struct asked {
	uint8_t bytes[4096 + 8];
	uint32_t len; /* returned */
};

static void put(struct asked *a, uint32_t off, uint64_t v, uint32_t size)
{
	memcpy(a->bytes + off, &v, size);
}

static uint32_t word(const struct asked *a, uint32_t off)
{
	uint32_t v;

	memcpy(&v, a->bytes + off, sizeof(v));
	return v;
}

static long ask(struct life *w, long fd, uint32_t len, struct asked *a)
{
	struct bemu_attr_info attr = { .bpf_fd = (uint32_t)fd,
				       .info_len = len,
				       .info = ptr(a->bytes) };
	long ret = life_bpf(w->t, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));

	a->len = attr.info_len;
	return ret;
}

/* Offsets in struct bpf_btf_info. */
enum {
	BTF_SIZE = 8,
	BTF_ID_OFF = 12,
	BTF_NAME = 16,
	BTF_NAME_LEN = 24,
	BTF_KERNEL = 28,
	BTF_INFO = 32
};

static long ask_name(struct life *w, long fd, char *name, uint32_t room, struct asked *a)
{
	memset(a, 0, sizeof(*a));
	put(a, BTF_NAME, ptr(name), 8);
	put(a, BTF_NAME_LEN, room, 4);
	return ask(w, fd, BTF_INFO, a);
}

static void info_of_a_btf_I01_to_I17(void **state)
{
	struct life w = life_new(0);
	long user = btf_new(&w), vmlinux = by_id(w.t, BPF_BTF_GET_FD_BY_ID, 1);
	uint32_t full = (uint32_t)w.vmlinux.len;
	uint8_t data[1024];
	static struct asked a;
	static const struct asked none;
	char name[64] = "zzzzzzzzzzz";

	(void)state;
	assert_int_equal(ask(&w, user, 0, &a), 0); /* I01 */
	assert_int_equal(a.len, 0);
	assert_int_equal(ask(&w, user, 4096, &a), 0); /* I02 */
	assert_int_equal(a.len, BTF_INFO);
	a = none;
	assert_int_equal(ask(&w, user, 4097, &a), -E2BIG); /* I03 */
	put(&a, 32, 1, 1);
	assert_int_equal(ask(&w, user, 33, &a), -E2BIG); /* I04 */
	a = none;
	assert_int_equal(ask(&w, user, 12, &a), 0); /* I05 */
	assert_int_equal(word(&a, BTF_SIZE), full);
	assert_int_equal(word(&a, BTF_ID_OFF), 0);
	a = none;
	assert_int_equal(ask(&w, user, BTF_INFO, &a), 0); /* I06 */
	assert_int_equal(word(&a, BTF_SIZE), full);
	assert_int_equal(word(&a, BTF_NAME_LEN), 0);
	assert_int_equal(word(&a, BTF_KERNEL), 0);
	a = none;
	memset(data, 0xee, sizeof(data));
	put(&a, 0, ptr(data), 8);
	put(&a, BTF_SIZE, 10, 4);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), 0); /* I07 */
	assert_memory_equal(data, w.vmlinux.data, 10);
	assert_int_equal(data[10], 0xee);
	assert_int_equal(word(&a, BTF_SIZE), full);
	put(&a, BTF_SIZE, sizeof(data), 4);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), 0); /* I08 */
	assert_memory_equal(data, w.vmlinux.data, full);
	assert_int_equal(word(&a, BTF_SIZE), full);
	a = none;
	put(&a, BTF_NAME, ptr(name), 8);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), -EINVAL); /* I10 */
	a = none;
	put(&a, BTF_NAME_LEN, 5, 4);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), -EINVAL); /* I11 */
	assert_int_equal(ask_name(&w, user, name, 1, &a), 0); /* I12 */
	assert_string_equal(name, "");
	assert_int_equal(ask_name(&w, vmlinux, name, 7, &a), -ENOSPC); /* I13 */
	assert_string_equal(name, "vmlinu");
	assert_int_equal(word(&a, BTF_NAME_LEN), 7);
	assert_int_equal(word(&a, BTF_ID_OFF), 1);
	assert_int_equal(word(&a, BTF_KERNEL), 1);
	assert_int_equal(ask_name(&w, vmlinux, name, 8, &a), 0); /* I14 */
	assert_string_equal(name, "vmlinux");
	assert_int_equal(ask_name(&w, vmlinux, name, 1, &a), -ENOSPC); /* I15 */
	assert_string_equal(name, "");
	assert_int_equal(word(&a, BTF_NAME_LEN), 7);
	a = none;
	put(&a, BTF_ID_OFF, 99, 4);
	put(&a, BTF_KERNEL, 99, 4);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), 0); /* I16 */
	assert_int_equal(word(&a, BTF_ID_OFF), 2);
	assert_int_equal(word(&a, BTF_KERNEL), 0);
	life_end(&w);
}

/* Offsets in struct bpf_prog_info. */
enum {
	P_XLATED_LEN = 20,
	P_XLATED = 32,
	P_NR_MAPS = 52,
	P_MAPS = 56,
	P_GPL = 84,
	P_NR_KSYMS = 104,
	P_FUNC_SIZE = 132,
	P_FUNC_INFO = 136,
	P_NR_FUNC = 144,
	P_LINE_SIZE = 172,
	P_JITED_LINE_SIZE = 176,
	P_NR_TAGS = 180,
	P_PAD = 228,
	P_INFO = 232,
};

static void info_of_a_program_I20_to_I30(void **state)
{
	struct life w = life_new(0);
	long fd = PROG(w.t, RETURN0);
	static struct asked a;
	static const struct asked none;
	uint8_t data[32] = { 0 };

	(void)state;
	assert_int_equal(ask(&w, fd, 4096, &a), 0); /* I20 */
	assert_int_equal(a.len, P_INFO);
	a = none;
	put(&a, P_PAD, 1, 4);
	assert_int_equal(ask(&w, fd, P_INFO, &a), -E2BIG); /* I21 */
	a = none;
	put(&a, P_INFO, 1, 4);
	assert_int_equal(ask(&w, fd, 240, &a), -E2BIG); /* I22 */
	a = none;
	assert_int_equal(ask(&w, fd, P_INFO, &a), 0); /* I23, but for verified_insns */
	assert_int_equal(word(&a, P_XLATED_LEN), 16);
	assert_int_equal(word(&a, P_NR_MAPS), 0);
	assert_int_equal(word(&a, P_FUNC_SIZE), 8);
	assert_int_equal(word(&a, P_LINE_SIZE), 16);
	assert_int_equal(word(&a, P_JITED_LINE_SIZE), 8);
	assert_int_equal(word(&a, P_NR_KSYMS), 1);
	assert_int_equal(word(&a, P_NR_TAGS), 1);
	assert_int_equal(word(&a, P_GPL) & 1, 1);
	a = none;
	put(&a, P_NR_FUNC, 1, 4);
	assert_int_equal(ask(&w, fd, P_INFO, &a), -EINVAL); /* I24 */
	a = none;
	put(&a, P_FUNC_SIZE, 16, 4);
	assert_int_equal(ask(&w, fd, P_INFO, &a), -EINVAL); /* I25 */
	a = none;
	put(&a, P_FUNC_SIZE, 8, 4);
	put(&a, P_NR_FUNC, 4, 4);
	put(&a, P_FUNC_INFO, ptr(data), 8);
	assert_int_equal(ask(&w, fd, P_INFO, &a), 0); /* I26 */
	assert_int_equal(word(&a, P_NR_FUNC), 0);
	a = none;
	put(&a, P_XLATED_LEN, 8, 4);
	put(&a, P_XLATED, ptr(data), 8);
	assert_int_equal(ask(&w, fd, P_INFO, &a), 0); /* I27 */
	assert_int_equal(word(&a, P_XLATED_LEN), 16);
	assert_int_equal(data[0], 0xb7);
	assert_int_equal(data[8], 0);
	a = none;
	put(&a, P_NR_MAPS, 5, 4);
	put(&a, P_MAPS, BAD, 8);
	assert_int_equal(ask(&w, fd, P_INFO, &a), 0); /* I29: there is none to write */
	assert_int_equal(word(&a, P_NR_MAPS), 0);
	a = none;
	assert_int_equal(ask(&w, fd, 8, &a), 0); /* I30 */
	assert_int_equal(word(&a, 0), BPF_PROG_TYPE_SOCKET_FILTER);
	life_end(&w);
}

/* A task whose memory is what is on this page: every other address is bad. */
static uint8_t page[4096];

static int page_at(uint64_t at, size_t len)
{
	uint64_t start = ptr(page);

	return at < start || len > sizeof(page) || at - start > sizeof(page) - len ? -EFAULT : 0;
}

static int page_read(void *ctx, uint64_t at, void *dst, size_t len)
{
	(void)ctx;
	if (len && page_at(at, len))
		return -EFAULT;
	memcpy(dst, (const void *)(uintptr_t)at, len);
	return 0;
}

static int page_write(void *ctx, uint64_t at, const void *src, size_t len)
{
	(void)ctx;
	if (len && page_at(at, len))
		return -EFAULT;
	memcpy((void *)(uintptr_t)at, src, len);
	return 0;
}

static void bad_pointers_in_infos_I09_I17_I28(void **state)
{
	const struct bemu_mem_ops ops = { .read = page_read, .write = page_write };
	struct bemu_task_opts opts = { .size = sizeof(opts), .mem = &ops };
	struct life w = life_new(0);
	struct bemu_task *t;
	struct bemu_attr_info *a = (struct bemu_attr_info *)(void *)page;
	long user = btf_new(&w), prog = PROG(w.t, RETURN0), kret;
	uint8_t *info = page + 64;
	static const uint64_t bad = BAD;
	const uint32_t ten = 10;

	(void)state;
	assert_int_equal(bemu_task_new(w.em, &opts, &t), 0);
	assert_int_equal(bemu_task_pass_fd(w.t, (int)user, t, 0, &user), 0);
	assert_int_equal(bemu_task_pass_fd(w.t, (int)prog, t, 0, &prog), 0);
	memset(page, 0, sizeof(page));
	*a = (struct bemu_attr_info){ .bpf_fd = (uint32_t)user,
				      .info_len = BTF_INFO,
				      .info = ptr(info) };
	memcpy(info, &bad, 8);
	memcpy(info + BTF_SIZE, &ten, 4);
	assert_int_equal(bemu_sys_bpf(t, BPF_OBJ_GET_INFO_BY_FD, ptr(page), 16, &kret), 0);
	assert_int_equal(kret, -EFAULT); /* I09 */
	a->info = BAD;
	assert_int_equal(bemu_sys_bpf(t, BPF_OBJ_GET_INFO_BY_FD, ptr(page), 16, &kret), 0);
	assert_int_equal(kret, -EFAULT); /* I17 */
	memset(info, 0, P_INFO);
	*a = (struct bemu_attr_info){ .bpf_fd = (uint32_t)prog,
				      .info_len = P_INFO,
				      .info = ptr(info) };
	memcpy(info + P_XLATED, &bad, 8);
	memcpy(info + P_XLATED_LEN, &ten, 4);
	assert_int_equal(bemu_sys_bpf(t, BPF_OBJ_GET_INFO_BY_FD, ptr(page), 16, &kret), 0);
	assert_int_equal(kret, -EFAULT); /* I28 */
	life_end(&w);
}

/* Offsets in struct bpf_map_info. */
enum {
	M_BTF_ID = 64,
	M_KEY_TYPE = 68,
	M_VALUE_TYPE = 72,
	M_HASH = 88,
	M_HASH_SIZE = 96,
	M_PAD = 100,
	M_INFO = 104
};

static long array_of(struct life *w, uint32_t value_size, uint32_t nr)
{
	struct bemu_attr_map_create a = { .map_type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = value_size,
					  .max_entries = nr };

	return life_bpf(w->t, BPF_MAP_CREATE, &a, sizeof(a));
}

/* Values 1, 2, 3 ... in every entry, and frozen. */
static void fill_and_freeze(struct life *w, long fd, uint32_t nr)
{
	static const uint8_t value[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint32_t key, map = (uint32_t)fd;

	for (key = 0; key < nr; key++) {
		struct bemu_attr_elem a = { .map_fd = map, .key = ptr(&key), .value = ptr(value) };

		assert_int_equal(life_bpf(w->t, BPF_MAP_UPDATE_ELEM, &a, sizeof(a)), 0);
	}
	assert_int_equal(life_bpf(w->t, BPF_MAP_FREEZE, &map, 4), 0);
}

static long ask_hash(struct life *w, long fd, uint32_t size, uint8_t *hash)
{
	static struct asked a;

	memset(&a, 0, sizeof(a));
	put(&a, M_HASH, ptr(hash), 8);
	put(&a, M_HASH_SIZE, size, 4);
	return ask(w, fd, M_INFO, &a);
}

static void info_of_a_map_I40_to_I49(void **state)
{
	/* as the kernel gave them */
	static const uint8_t one[32] = { 0x66, 0x84, 0x0d, 0xda, 0x15, 0x4e, 0x8a, 0x11,
					 0x3c, 0x31, 0xdd, 0x0a, 0xd3, 0x2f, 0x7f, 0x3a,
					 0x36, 0x6a, 0x80, 0xe8, 0x13, 0x69, 0x79, 0xd8,
					 0xf5, 0xa1, 0x01, 0xd3, 0xd2, 0x9d, 0x6f, 0x72 };
	static const uint8_t three[32] = { 0xb2, 0xcc, 0x72, 0x88, 0x14, 0x25, 0x20, 0xb2,
					   0x30, 0x3a, 0x18, 0x7b, 0x94, 0x8a, 0x50, 0x65,
					   0x8a, 0xf3, 0xf5, 0x5a, 0xb9, 0x3a, 0x36, 0xe0,
					   0x02, 0x4d, 0x85, 0xbc, 0x06, 0x46, 0x12, 0x39 };
	struct life w = life_new(0);
	long fd = array_of(&w, 8, 1), many = array_of(&w, 5, 3);
	static struct asked a;
	static const struct asked none;
	uint8_t hash[32];

	(void)state;
	assert_int_equal(ask(&w, fd, 4096, &a), 0); /* I40 */
	assert_int_equal(a.len, M_INFO);
	a = none;
	assert_int_equal(ask(&w, fd, 80, &a), 0); /* I41 */
	assert_int_equal(word(&a, 0), BPF_MAP_TYPE_ARRAY);
	assert_int_equal(word(&a, 8), 4);
	assert_int_equal(word(&a, 12), 8);
	assert_int_equal(word(&a, 16), 1);
	assert_int_equal(word(&a, 20), 0);
	a = none;
	put(&a, M_PAD, 1, 4);
	assert_int_equal(ask(&w, fd, M_INFO, &a), -E2BIG); /* I42 */
	a = none;
	put(&a, M_HASH_SIZE, 32, 4);
	assert_int_equal(ask(&w, fd, M_INFO, &a), -EINVAL); /* I43 */
	assert_int_equal(ask_hash(&w, fd, 31, hash), -EINVAL); /* I44 */
	assert_int_equal(ask_hash(&w, fd, 32, hash), -EPERM); /* I45 */
	assert_int_equal(ask_hash(&w, map_of(w.t, BPF_MAP_TYPE_HASH, 0), 32, hash),
			 -EINVAL); /* I46 */
	fill_and_freeze(&w, fd, 1);
	assert_int_equal(ask_hash(&w, fd, 32, hash), 0); /* I47 */
	assert_memory_equal(hash, one, sizeof(hash));
	fill_and_freeze(&w, many, 3);
	assert_int_equal(ask_hash(&w, many, 32, hash), 0); /* I48 */
	assert_memory_equal(hash, three, sizeof(hash));
	a = none;
	assert_int_equal(ask(&w, fd, M_INFO, &a), 0); /* I49 */
	assert_int_equal(word(&a, M_BTF_ID), 0);
	assert_int_equal(word(&a, M_KEY_TYPE), 0);
	assert_int_equal(word(&a, M_VALUE_TYPE), 0);
	life_end(&w);
}

/* ---- X020 to X030: exclusive maps ---- */

static long excl_map(struct life *w, const uint8_t *hash, uint32_t size)
{
	struct bemu_attr_map_create a = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1
	};

	a.excl_prog_hash = ptr(hash);
	a.excl_prog_hash_size = size;
	return life_bpf(w->t, BPF_MAP_CREATE, &a, sizeof(a));
}

/* A program that names the map by @src and the number or index @imm; @log receives the last of its log. */
static long load_with(struct life *w, uint8_t src, int32_t imm, int32_t extra, const int32_t *fds,
		      uint32_t cnt, char *log, uint32_t log_size)
{
	const struct bpf_insn insns[] = { LD64(1, src & 15u, imm, 0), MOV(2, extra), RETURN0 };
	struct prog p = { .insns = insns, .nr = BEMU_ARRAY_SIZE(insns) };

	memset(log, 0, log_size);
	p.a.fd_array = ptr(fds);
	p.a.fd_array_cnt = cnt;
	p.a.log_level = 1;
	p.a.log_buf = ptr(log);
	p.a.log_size = log_size;
	return prog_load(w->t, &p);
}

static void hash_of(uint8_t src, int32_t imm, uint8_t *out)
{
	/* numbers of maps count as zero, indices as they are */
	const struct bpf_insn insns[] = { LD64(1, src & 15u, src == BPF_PSEUDO_MAP_FD ? 0 : imm, 0),
					  MOV(2, 0), RETURN0 };

	bemu_sha256(insns, sizeof(insns), out);
}

static void exclusive_maps_X020_to_X030(void **state)
{
	static const char text[] = "program's hash doesn't match map's excl_prog_hash\n";
	static const uint8_t zero[32];
	struct life w = life_new(0);
	uint8_t by_fd[32], by_idx[32];
	struct bemu_attr_three bind = { 0 };
	int32_t fds[2];
	char log[512];
	long map, other;

	(void)state;
	hash_of(BPF_PSEUDO_MAP_FD, 0, by_fd);
	hash_of(BPF_PSEUDO_MAP_IDX, 0, by_idx);
	assert_int_equal(excl_map(&w, by_fd, 31), -EINVAL); /* X020 */
	assert_int_equal(excl_map(&w, NULL, 32), -EINVAL); /* X021 */
	map = excl_map(&w, by_fd, 32);
	assert_true(map > 0);
	assert_true(load_with(&w, 1, (int32_t)map, 0, NULL, 0, log, sizeof(log)) > 0); /* X023 */
	assert_int_equal(load_with(&w, 1, (int32_t)map, 1, NULL, 0, log, sizeof(log)), -EACCES);
	assert_true(strstr(log, text) != NULL); /* X024 */
	fds[0] = fds[1] = (int32_t)map;
	assert_int_equal(load_with(&w, 1, (int32_t)map, 0, fds, 1, log, sizeof(log)), -EACCES);
	assert_true(strstr(log, text) != NULL); /* X025 */
	other = PROG(w.t, RETURN0);
	bind.a = (uint32_t)other;
	bind.b = (uint32_t)map;
	assert_int_equal(life_bpf(w.t, BPF_PROG_BIND_MAP, &bind, 12), 0); /* X026 */
	assert_int_equal(map_set(w.t, map, 0, 5), 0); /* X027 */
	map = excl_map(&w, by_idx, 32);
	fds[0] = (int32_t)map;
	assert_true(load_with(&w, 5, 0, 0, fds, 0, log, sizeof(log)) > 0); /* X028 */
	assert_int_equal(load_with(&w, 5, 0, 0, fds, 1, log, sizeof(log)), -EACCES); /* X029 */
	assert_true(strstr(log, text) != NULL);
	/* nothing is hashed yet when fd_array_cnt is looked at */
	fds[0] = (int32_t)excl_map(&w, zero, 32);
	map = map_new(w.t);
	assert_true(load_with(&w, 1, (int32_t)map, 0, fds, 1, log, sizeof(log)) > 0); /* X030 */
	life_end(&w);
}

static void an_exclusive_map_with_a_bad_hash_pointer_X022(void **state)
{
	const struct bemu_mem_ops ops = { .read = page_read, .write = page_write };
	struct bemu_task_opts opts = { .size = sizeof(opts), .mem = &ops };
	struct bemu_attr_map_create a = { .map_type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = 8,
					  .max_entries = 1,
					  .excl_prog_hash = BAD,
					  .excl_prog_hash_size = 32 };
	struct life w = life_new(0);
	struct bemu_task *t;
	long kret;

	(void)state;
	assert_int_equal(bemu_task_new(w.em, &opts, &t), 0);
	memcpy(page, &a, sizeof(a));
	assert_int_equal(bemu_sys_bpf(t, BPF_MAP_CREATE, ptr(page), sizeof(a), &kret), 0);
	assert_int_equal(kret, -EFAULT);
	life_end(&w);
}

/* ---- X040 to X047: signatures ---- */

static long signed_load(struct life *w, uint64_t sig, uint32_t size, int32_t ring)
{
	static const struct bpf_insn insns[] = { RETURN0 };
	struct prog p = { .insns = insns, .nr = 2 };

	p.a.signature = sig;
	p.a.signature_size = size;
	p.a.keyring_id = ring;
	return prog_load(w->t, &p);
}

static void no_signature_is_good_X040_to_X047(void **state)
{
	static const uint8_t junk[16];
	static const int32_t rings[] = { -5, -4, -3, 0, 1, 2 }, no_rings[] = { -7, -6, -2, -1, 3 };
	struct life w = life_new(0);
	size_t i;

	(void)state;
	assert_true(signed_load(&w, 0, 5, 0) > 0); /* X040 */
	assert_true(signed_load(&w, 0, 0, 77) > 0); /* X041 */
	assert_int_equal(signed_load(&w, ptr(junk), 0, 0), -EOPNOTSUPP); /* X042 */
	for (i = 0; i < BEMU_ARRAY_SIZE(rings); i++) /* X043, X045 */
		assert_int_equal(signed_load(&w, ptr(junk), 16, rings[i]), -EOPNOTSUPP);
	for (i = 0; i < BEMU_ARRAY_SIZE(no_rings); i++)
		assert_int_equal(signed_load(&w, ptr(junk), 16, no_rings[i]), -EINVAL);
	assert_int_equal(signed_load(&w, ptr(junk), 16, 99999999), -EINVAL); /* X044 */
	assert_int_equal(signed_load(&w, ptr(junk), 8193, 0), -EINVAL); /* X046 */
	life_end(&w);
}

static void a_signature_that_cannot_be_read_is_no_memory_X047(void **state)
{
	const struct bemu_mem_ops ops = { .read = page_read, .write = page_write };
	struct bemu_task_opts opts = { .size = sizeof(opts), .mem = &ops };
	static const struct bpf_insn insns[] = { RETURN0 };
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
					 .insn_cnt = 2,
					 .insns = ptr(page + 512),
					 .license = ptr(page + 1024),
					 .signature = BAD,
					 .signature_size = 16 };
	struct life w = life_new(0);
	struct bemu_task *t;
	long kret;

	(void)state;
	assert_int_equal(bemu_task_new(w.em, &opts, &t), 0);
	memcpy(page, &a, sizeof(a));
	memcpy(page + 512, insns, sizeof(insns));
	memcpy(page + 1024, "GPL", 4);
	assert_int_equal(bemu_sys_bpf(t, BPF_PROG_LOAD, ptr(page), sizeof(a), &kret), 0);
	assert_int_equal(kret, -ENOMEM);
	life_end(&w);
}

/* ---- streams ---- */

static void streams_are_empty(void **state)
{
	struct life w = life_new(0);
	struct bemu_attr_stream_read a = { .stream_id = 1 };
	char buf[8];

	(void)state;
	a.stream_buf = ptr(buf);
	a.stream_buf_len = sizeof(buf);
	a.prog_fd = (uint32_t)PROG(w.t, RETURN0);
	assert_int_equal(life_bpf(w.t, BEMU_BPF_PROG_STREAM_READ_BY_FD, &a, 20), 0);
	a.stream_id = 2;
	assert_int_equal(life_bpf(w.t, BEMU_BPF_PROG_STREAM_READ_BY_FD, &a, 20), 0);
	a.stream_id = 3;
	assert_int_equal(life_bpf(w.t, BEMU_BPF_PROG_STREAM_READ_BY_FD, &a, 20), -ENOENT);
	a.prog_fd = (uint32_t)map_new(w.t);
	assert_int_equal(life_bpf(w.t, BEMU_BPF_PROG_STREAM_READ_BY_FD, &a, 20), -EINVAL);
	a.prog_fd = CLOSED;
	assert_int_equal(life_bpf(w.t, BEMU_BPF_PROG_STREAM_READ_BY_FD, &a, 20), -EBADF);
	life_end(&w);
}

/* ---- names outside bpffs ---- */

static void pins_outside_bpffs_N03(void **state)
{
	struct life w = life_new(0);
	long fd = map_new(w.t);

	(void)state;
	assert_int_equal(pin_at(w.t, "/sys/fs/bpf/none/x", fd), -ENOENT);
	assert_int_equal(pin_at(w.t, "/no/such/place", fd), -ENOENT);
	assert_int_equal(pin_at(w.t, "/tmp/none/x", fd), -ENOENT);
	assert_int_equal(pin_at(w.t, "/tmp/file", fd), -EPERM);
	assert_int_equal(pin_at(w.t, "/file", fd), -EPERM);
	assert_int_equal(pin_at(w.t, "file", fd), -EPERM);
	assert_int_equal(pin_at(w.t, "none/file", fd), -ENOENT);
	assert_int_equal(pin_at(w.t, "/tmp", fd), -EEXIST);
	assert_int_equal(pin_at(w.t, "/sys/fs/bpf/a.b", fd), -EPERM);
	assert_int_equal(pin_at(w.t, "", fd), -ENOENT);
	assert_int_equal(pin_at(w.t, NULL, fd), -EFAULT);
	assert_int_equal(get_at(w.t, "/tmp", 0), -EACCES); /* a directory, as in N06 */
	assert_int_equal(get_at(w.t, "/tmp/file", 0), -ENOENT);
	life_end(&w);
}

/* ---- helpers of one type of programs ---- */

static void helpers_of_loaders_are_for_syscall_programs_S064_H19(void **state)
{
	static const struct {
		uint32_t kernel;
		const char *line;
	} rows[] = {
		{ BEMU_KERNEL_6_1, "unknown func bpf_btf_find_by_name_kind#167\n" },
		{ BEMU_KERNEL_6_12,
		  "program of this type cannot use helper bpf_btf_find_by_name_kind#167\n" },
		{ 0, "program of this type cannot use helper bpf_btf_find_by_name_kind#167\n" },
	};
	static const struct bpf_insn insns[] = { CALL(167), EXIT },
				     dead[] = { RETURN0, CALL(166), EXIT };
	char log[1024];
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		struct life w = life_new(rows[i].kernel);
		struct prog p = { .insns = insns, .nr = 2 };

		memset(log, 0, sizeof(log));
		p.a.log_level = 1;
		p.a.log_buf = ptr(log);
		p.a.log_size = sizeof(log);
		assert_int_equal(prog_load(w.t, &p), -EINVAL);
		assert_true(strstr(log, rows[i].line) != NULL);
		p.type = BPF_PROG_TYPE_SYSCALL;
		assert_int_equal(prog_load(w.t, &p), -EINVAL);
		assert_true(strstr(log, "Syscall programs can only be sleepable\n") != NULL);
		p.a.prog_flags = BPF_F_SLEEPABLE;
		assert_true(prog_load(w.t, &p) > 0);
		p.insns = dead;
		p.nr = BEMU_ARRAY_SIZE(dead);
		p.type = 0;
		p.a.prog_flags = 0;
		assert_int_equal(prog_load(w.t, &p),
				 -EINVAL); /* unreachable, which is another error */
		life_end(&w);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_are_cut_and_their_tails_looked_at_E01_to_E16),
		cmocka_unit_test(a_byte_behind_the_last_field_is_refused_E200_to_E223),
		cmocka_unit_test(info_of_a_btf_I01_to_I17),
		cmocka_unit_test(info_of_a_program_I20_to_I30),
		cmocka_unit_test(bad_pointers_in_infos_I09_I17_I28),
		cmocka_unit_test(info_of_a_map_I40_to_I49),
		cmocka_unit_test(exclusive_maps_X020_to_X030),
		cmocka_unit_test(an_exclusive_map_with_a_bad_hash_pointer_X022),
		cmocka_unit_test(no_signature_is_good_X040_to_X047),
		cmocka_unit_test(a_signature_that_cannot_be_read_is_no_memory_X047),
		cmocka_unit_test(streams_are_empty),
		cmocka_unit_test(pins_outside_bpffs_N03),
		cmocka_unit_test(helpers_of_loaders_are_for_syscall_programs_S064_H19),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
