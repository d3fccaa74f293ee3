// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The entry of bpf(2), exclusive maps, signatures, tokens, tags and streams, row by row as Linux 6.18 answered.
 */
#include "entry_rows.h"

#include "base/sha256.h"

enum { CLOSED = 900, ATTR = 168 };

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

/* ---- X020 to X030: exclusive maps ---- */

static long excl_map(struct life *w, const uint8_t *hash, uint32_t size)
{
	struct bemu_attr_map_create a = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
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

/* ---- X001 to X005: tokens ---- */

enum { O_PATH_X86 = 010000000, O_DIRECTORY_X86 = 0200000 };

static long token_of(struct life *w, const char *path, int flags, uint32_t token_flags)
{
	struct bemu_attr_three a = { .a = token_flags };
	long fd, ret;

	assert_int_equal(bemu_sys_open(w->t, path, O_DIRECTORY_X86 | flags, &fd), 0);
	assert_true(fd > 0);
	a.b = (uint32_t)fd;
	ret = life_bpf(w->t, BEMU_BPF_TOKEN_CREATE, &a, 8);
	assert_int_equal(sys_close(w->t, fd), 0);
	return ret;
}

static void no_token_in_the_initial_namespace_X001_to_X005(void **state)
{
	struct life w = life_new(0);
	struct bemu_attr_three a = { 0 };
	long kret, fd;

	(void)state;
	assert_int_equal(bemu_sys_open_other(w.t, "directory", 0, &fd), 0);
	a.b = (uint32_t)fd;
	assert_int_equal(life_bpf(w.t, BEMU_BPF_TOKEN_CREATE, &a, 8), -EINVAL); /* X001 */
	assert_int_equal(token_of(&w, "/sys/fs/bpf", 0, 0), -EOPNOTSUPP); /* X002 */
	assert_int_equal(token_of(&w, "/sys/fs/bpf", 0, 1), -EINVAL); /* X003 */
	assert_int_equal(bemu_sys_mkdir(w.t, "/sys/fs/bpf/d", &kret), 0);
	assert_int_equal(kret, 0);
	assert_int_equal(token_of(&w, "/sys/fs/bpf/d", 0, 0), -EINVAL); /* X004 */
	assert_int_equal(token_of(&w, "/sys/fs/bpf", O_PATH_X86, 0), -EBADF); /* X005 */
	life_end(&w);
}

/* What a task without capabilities may not do; a token that would let it cannot be had. */
static void without_capabilities_and_token_T01_T07(void **state)
{
	struct life w = life_new(0);

	(void)state;
	bemu_task_set_caps(w.t, 0);
	assert_int_equal(array_of(&w, 8, 1), -EPERM); /* T01 */
	assert_int_equal(btf_new(&w), -EPERM); /* T07 */
	bemu_task_set_caps(w.t, UINT32_MAX);
	life_end(&w);
}

/* ---- X010 to X012: tags ---- */

static void tag_of(struct life *w, const struct bpf_insn *insns, uint32_t nr, const int32_t *fds,
		   uint8_t tag[8])
{
	struct prog p = { .insns = insns, .nr = nr };
	struct bpf_prog_info info = { 0 };
	long fd;

	p.a.fd_array = ptr(fds);
	fd = prog_load(w->t, &p);
	assert_true(fd > 0);
	assert_int_equal(info_of(w->t, fd, &info, sizeof(info)), 0);
	memcpy(tag, info.tag, 8);
}

static void a_tag_is_of_the_sha256_X010_to_X012(void **state)
{
	static const struct bpf_insn plain[] = { RETURN0 };
	struct life w = life_new(0);
	int32_t map = (int32_t)map_new(w.t);
	struct bpf_insn by_fd[] = { LD64(1, 1, map, 0), LD64(2, 0, 9, 9), RETURN0 };
	struct bpf_insn by_idx[] = { LD64(1, 5, 0, 0), LD64(2, 0, 9, 9), RETURN0 };
	uint8_t sha[BEMU_SHA256_LEN], tag[8];

	(void)state;
	tag_of(&w, plain, 2, NULL, tag); /* X010 */
	bemu_sha256(plain, sizeof(plain), sha);
	assert_memory_equal(tag, sha, 8);
	tag_of(&w, by_fd, 6, NULL, tag); /* X011: the number counts as zero */
	by_fd[0].imm = 0;
	bemu_sha256(by_fd, sizeof(by_fd), sha);
	assert_memory_equal(tag, sha, 8);
	tag_of(&w, by_idx, 6, &map, tag); /* X012: an index stays */
	bemu_sha256(by_idx, sizeof(by_idx), sha);
	assert_memory_equal(tag, sha, 8);
	life_end(&w);
}

/* ---- M53: elements ---- */

static long elem_at(struct bemu_task *t, uint32_t cmd, long map, uint64_t key, uint64_t value)
{
	struct bemu_attr_elem a = { .map_fd = (uint32_t)map, .key = key, .value = value };
	long kret = -9999;

	memcpy(page, &a, sizeof(a));
	assert_int_equal(bemu_sys_bpf(t, cmd, ptr(page), sizeof(a), &kret), 0);
	return kret;
}

static void elements_with_bad_pointers_M53(void **state)
{
	const struct bemu_mem_ops ops = { .read = page_read, .write = page_write };
	struct bemu_task_opts opts = { .size = sizeof(opts), .mem = &ops };
	struct life w = life_new(0);
	struct bemu_task *t;
	uint64_t good = ptr(page + 512);
	long map;

	(void)state;
	memset(page, 0, sizeof(page));
	assert_int_equal(bemu_task_new(w.em, &opts, &t), 0);
	assert_int_equal(bemu_task_pass_fd(w.t, (int)map_new(w.t), t, 0, &map), 0);
	assert_int_equal(elem_at(t, BPF_MAP_LOOKUP_ELEM, map, BAD, good), -EFAULT);
	assert_int_equal(elem_at(t, BPF_MAP_UPDATE_ELEM, map, BAD, good), -EFAULT);
	assert_int_equal(elem_at(t, BPF_MAP_UPDATE_ELEM, map, good, BAD), -EFAULT);
	assert_int_equal(elem_at(t, BPF_MAP_LOOKUP_ELEM, map, good, BAD), -EFAULT);
	assert_int_equal(elem_at(t, BPF_MAP_LOOKUP_ELEM, map, good, good), 0);
	life_end(&w);
}

/* ---- S063 ---- */

static void a_syscall_program_may_print_S063(void **state)
{
	static const struct bpf_insn insns[] = {
		ST(DW, 10, -8, 0x41), MOVX(1, 10), ALU(0, 1, -8), MOV(2, 8), CALL(6), EXIT
	};
	struct prog p = { .insns = insns,
			  .nr = BEMU_ARRAY_SIZE(insns),
			  .type = BPF_PROG_TYPE_SYSCALL };
	struct life w = life_new(0);

	(void)state;
	p.a.prog_flags = BPF_F_SLEEPABLE;
	assert_true(prog_load(w.t, &p) > 0);
	life_end(&w);
}

/* ---- F03 ---- */

static void what_a_new_number_may_do_F03(void **state)
{
	struct life w = life_new(0);
	struct bemu_attr_raw_tp open = { .name = ptr("tp") };
	struct prog p = { .type = BPF_PROG_TYPE_RAW_TRACEPOINT };
	static const struct bpf_insn insns[] = { RETURN0 };
	long map = map_new(w.t), prog, btf = btf_new(&w), link;

	(void)state;
	p.insns = insns;
	p.nr = 2;
	prog = prog_load(w.t, &p);
	open.prog_fd = (uint32_t)prog;
	link = life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &open, sizeof(open));
	assert_int_equal(bemu_fd_find(w.t, (int)map)->acc, BEMU_ACC_RW);
	assert_int_equal(bemu_fd_find(w.t, (int)prog)->acc, BEMU_ACC_RW);
	assert_int_equal(bemu_fd_find(w.t, (int)btf)->acc, BEMU_ACC_READ);
	assert_int_equal(bemu_fd_find(w.t, (int)link)->acc, BEMU_ACC_READ);
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
		cmocka_unit_test(exclusive_maps_X020_to_X030),
		cmocka_unit_test(an_exclusive_map_with_a_bad_hash_pointer_X022),
		cmocka_unit_test(no_signature_is_good_X040_to_X047),
		cmocka_unit_test(a_signature_that_cannot_be_read_is_no_memory_X047),
		cmocka_unit_test(no_token_in_the_initial_namespace_X001_to_X005),
		cmocka_unit_test(without_capabilities_and_token_T01_T07),
		cmocka_unit_test(a_tag_is_of_the_sha256_X010_to_X012),
		cmocka_unit_test(elements_with_bad_pointers_M53),
		cmocka_unit_test(a_syscall_program_may_print_S063),
		cmocka_unit_test(what_a_new_number_may_do_F03),
		cmocka_unit_test(streams_are_empty),
		cmocka_unit_test(pins_outside_bpffs_N03),
		cmocka_unit_test(helpers_of_loaders_are_for_syscall_programs_S064_H19),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
