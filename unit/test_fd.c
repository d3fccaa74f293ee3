/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Descriptors: what each command answers for each kind of them, and rights. Rows F01 to F11 of Linux 6.18. */
#include <bemu/backend.h>

#include "life.h"

enum kind { CLOSED, MINUS1, FILE_FD, MAP, PROG_FD, BTF, LINK, NR_KINDS };

struct fds {
	struct life w;
	long fd[NR_KINDS];
	uint32_t key, value;
};

static void open_all(struct fds *f)
{
	struct prog p = { .insns = (const struct bpf_insn[]){ RETURN0 },
			  .nr = 2,
			  .type = BPF_PROG_TYPE_RAW_TRACEPOINT };
	struct bemu_attr_raw_tp tp = { .name = ptr("tp") };

	memset(f, 0, sizeof(*f));
	f->w = life_new(0);
	f->fd[CLOSED] = 900;
	f->fd[MINUS1] = -1;
	assert_int_equal(bemu_sys_open_other(f->w.t, "file", 0, &f->fd[FILE_FD]), 0);
	f->fd[MAP] = map_new(f->w.t);
	f->fd[PROG_FD] = prog_load(f->w.t, &p);
	f->fd[BTF] = btf_new(&f->w);
	tp.prog_fd = (uint32_t)f->fd[PROG_FD];
	f->fd[LINK] = life_bpf(f->w.t, BPF_RAW_TRACEPOINT_OPEN, &tp, sizeof(tp));
}

static long info(struct fds *f, long fd)
{
	uint8_t buf[256] = { 0 };

	return info_of(f->w.t, fd, buf, 16);
}

static long elem(struct fds *f, uint32_t cmd, long fd)
{
	struct bemu_attr_elem a = { .map_fd = (uint32_t)fd,
				    .key = ptr(&f->key),
				    .value = ptr(&f->value) };

	return life_bpf(f->w.t, cmd, &a, cmd == BPF_MAP_GET_NEXT_KEY ? 24 : 32);
}

static long lookup(struct fds *f, long fd)
{
	return elem(f, BPF_MAP_LOOKUP_ELEM, fd);
}

static long update(struct fds *f, long fd)
{
	return elem(f, BPF_MAP_UPDATE_ELEM, fd);
}

static long next_key(struct fds *f, long fd)
{
	return elem(f, BPF_MAP_GET_NEXT_KEY, fd);
}

static long freeze(struct fds *f, long fd)
{
	struct bemu_attr_elem a = { .map_fd = (uint32_t)fd };

	return life_bpf(f->w.t, BPF_MAP_FREEZE, &a, 4);
}

static long bind_prog(struct fds *f, long fd)
{
	struct bemu_attr_three a = { .a = (uint32_t)fd, .b = (uint32_t)f->fd[MAP] };

	return life_bpf(f->w.t, BPF_PROG_BIND_MAP, &a, 12);
}

static long bind_map(struct fds *f, long fd)
{
	struct bemu_attr_three a = { .a = (uint32_t)f->fd[PROG_FD], .b = (uint32_t)fd };

	return life_bpf(f->w.t, BPF_PROG_BIND_MAP, &a, 12);
}

static long raw_tp(struct fds *f, long fd)
{
	struct bemu_attr_raw_tp a = { .name = ptr("tp"), .prog_fd = (uint32_t)fd };

	return life_bpf(f->w.t, BPF_RAW_TRACEPOINT_OPEN, &a, sizeof(a));
}

static long pin(struct fds *f, long fd)
{
	long kret, got = pin_at(f->w.t, "/sys/fs/bpf/x", fd);

	assert_int_equal(bemu_sys_unlink(f->w.t, "/sys/fs/bpf/x", &kret), 0);
	return got;
}

static long link_update(struct fds *f, long fd)
{
	struct bemu_attr_three a = { .a = (uint32_t)fd, .b = (uint32_t)f->fd[PROG_FD] };

	return life_bpf(f->w.t, BPF_LINK_UPDATE, &a, 16);
}

static long link_detach(struct fds *f, long fd)
{
	struct bemu_attr_three a = { .a = (uint32_t)fd };

	return life_bpf(f->w.t, BPF_LINK_DETACH, &a, 4);
}

static long token(struct fds *f, long fd)
{
	struct bemu_attr_three a = { .b = (uint32_t)fd };

	return life_bpf(f->w.t, BEMU_BPF_TOKEN_CREATE, &a, 8);
}

static long map_btf(struct fds *f, long fd)
{
	struct bemu_attr_map_create a = { .map_type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = 4,
					  .max_entries = 1,
					  .btf_fd = (uint32_t)fd,
					  .btf_key_type_id = V_INT,
					  .btf_value_type_id = V_INT };

	return life_bpf(f->w.t, BPF_MAP_CREATE, &a, sizeof(a));
}

static long inner_map(struct fds *f, long fd)
{
	return map_of(f->w.t, BPF_MAP_TYPE_ARRAY_OF_MAPS, (uint32_t)fd);
}

static const struct bpf_insn return0[] = { RETURN0 };

static long prog_btf(struct fds *f, long fd)
{
	struct bpf_func_info fi = { 0, V_FUNC };
	struct prog p = { .insns = return0, .nr = 2 };

	p.a.prog_btf_fd = (uint32_t)fd;
	p.a.func_info = ptr(&fi);
	p.a.func_info_cnt = 1;
	p.a.func_info_rec_size = 8;
	return prog_load(f->w.t, &p);
}

static long attach_fd(struct fds *f, long fd)
{
	struct prog p = { .insns = return0, .nr = 2, .type = BPF_PROG_TYPE_TRACING };

	p.a.expected_attach_type = BPF_TRACE_FENTRY;
	p.a.attach_prog_fd = (uint32_t)fd;
	p.a.attach_btf_id = V_FUNC;
	return prog_load(f->w.t, &p);
}

static long ld_map(struct fds *f, long fd)
{
	return PROG(f->w.t, LD64(1, 1, fd, 0), RETURN0);
}

static long ld_idx(struct fds *f, long fd)
{
	const struct bpf_insn insns[] = { LD64(1, 5, 0, 0), RETURN0 };
	struct prog p = { .insns = insns, .nr = 4 };
	int32_t fds[1] = { (int32_t)fd };

	p.a.fd_array = ptr(fds);
	return prog_load(f->w.t, &p);
}

static long ld_btf(struct fds *f, long fd)
{
	return PROG(f->w.t, LD64(1, 3, V_VAR, fd), RETURN0);
}

static long fd_array(struct fds *f, long fd)
{
	struct prog p = { .insns = return0, .nr = 2 };
	int32_t fds[1] = { (int32_t)fd };

	p.a.fd_array = ptr(fds);
	p.a.fd_array_cnt = 1;
	return prog_load(f->w.t, &p);
}

static long kfunc(struct fds *f, long fd)
{
	const struct bpf_insn insns[] = { KCALL(V_FUNC, 1), RETURN0 };
	struct prog p = { .insns = insns, .nr = 3 };
	int32_t fds[2] = { -1, (int32_t)fd };

	p.a.fd_array = ptr(fds);
	return prog_load(f->w.t, &p);
}

enum { BAD = -EBADF, INV = -EINVAL, NOT = -K_ENOTSUPP };

/* One row a command; 0 is any success. */
static const struct row {
	const char *name;
	long (*run)(struct fds *f, long fd);
	long want[NR_KINDS]; /* closed, -1, file, map, prog, btf, link */
} rows[] = {
	{ "F07 OBJ_GET_INFO_BY_FD", info, { -EBADFD, -EBADFD, INV, 0, 0, 0, 0 } },
	{ "F07 MAP_LOOKUP_ELEM", lookup, { BAD, BAD, INV, 0, INV, INV, INV } },
	{ "F07 MAP_UPDATE_ELEM", update, { BAD, BAD, INV, 0, INV, INV, INV } },
	{ "F07 MAP_GET_NEXT_KEY", next_key, { BAD, BAD, INV, 0, INV, INV, INV } },
	{ "F07 MAP_FREEZE", freeze, { BAD, BAD, INV, 0, INV, INV, INV } },
	{ "F07 PROG_BIND_MAP, prog_fd", bind_prog, { BAD, BAD, INV, INV, 0, INV, INV } },
	{ "F07 PROG_BIND_MAP, map_fd", bind_map, { BAD, BAD, INV, 0, INV, INV, INV } },
	{ "F07 RAW_TRACEPOINT_OPEN", raw_tp, { BAD, BAD, INV, INV, 0, INV, INV } },
	{ "F07 OBJ_PIN", pin, { INV, INV, INV, 0, 0, INV, 0 } },
	{ "F07 K16 LINK_UPDATE", link_update, { BAD, BAD, INV, INV, INV, INV, INV } },
	{ "F07 K17 LINK_DETACH", link_detach, { BAD, BAD, INV, INV, INV, INV, -EOPNOTSUPP } },
	{ "F07 TOKEN_CREATE", token, { BAD, BAD, INV, INV, INV, INV, INV } },
	{ "F07 MAP_CREATE, btf_fd", map_btf, { BAD, BAD, INV, INV, INV, 0, INV } },
	{ "F07 MAP_CREATE, inner_map_fd", inner_map, { BAD, BAD, INV, 0, INV, INV, INV } },
	{ "F07 PROG_LOAD, prog_btf_fd", prog_btf, { BAD, BAD, INV, INV, INV, 0, INV } },
	{ "F07 PROG_LOAD, attach_prog_fd", attach_fd, { INV, INV, INV, INV, INV, NOT, INV } },
	{ "F07 ldimm64 src 1", ld_map, { BAD, BAD, INV, 0, INV, INV, INV } },
	{ "F07 ldimm64 src 5", ld_idx, { BAD, BAD, INV, 0, INV, INV, INV } },
	{ "F07 ldimm64 src 3", ld_btf, { INV, INV, INV, INV, INV, 0, INV } },
	{ "F07 fd_array with a count", fd_array, { BAD, BAD, INV, 0, INV, 0, INV } },
	{ "F07 kfunc call", kfunc, { BAD, BAD, INV, INV, INV, INV, INV } },
};

static void run_row(void **state)
{
	const struct row *r = *state;
	struct fds f;
	uint32_t kind;

	for (kind = 0; kind < NR_KINDS; kind++) {
		long got;

		open_all(&f);
		got = r->run(&f, f.fd[kind]);
		if (got != r->want[kind] && !(!r->want[kind] && got > 0))
			fail_msg("%s, kind %u: %ld, not %ld", r->name, kind, got, r->want[kind]);
		life_end(&f.w);
	}
}

static void new_objects_take_the_lowest_number_and_close_on_exec_F01_F02_F08(void **state)
{
	struct fds f;
	uint32_t kind;
	long d;

	(void)state;
	open_all(&f);
	for (kind = MAP; kind < NR_KINDS; kind++) {
		assert_int_equal(f.fd[kind], kind + 1); /* 0 to 2, the file, and so on */
		assert_true(bemu_fd_cloexec(f.w.t, (int)f.fd[kind]));
	}
	d = sys_dup(f.w.t, f.fd[MAP]);
	assert_false(bemu_fd_cloexec(f.w.t, (int)d));
	assert_int_equal(bemu_sys_dup2(f.w.t, (int)f.fd[MAP], 20, &d), 0);
	assert_false(bemu_fd_cloexec(f.w.t, 20));
	assert_int_equal(bemu_sys_dup3(f.w.t, (int)f.fd[MAP], 21, 02000000, &d), 0);
	assert_true(bemu_fd_cloexec(f.w.t, 21));
	assert_int_equal(bemu_sys_dupfd(f.w.t, (int)f.fd[MAP], 22, 0, &d), 0);
	assert_false(bemu_fd_cloexec(f.w.t, 22));
	assert_int_equal(bemu_sys_dupfd(f.w.t, (int)f.fd[MAP], 23, 1, &d), 0);
	assert_true(bemu_fd_cloexec(f.w.t, 23));
	life_end(&f.w);
}

static void a_duplicate_outlives_the_first_number_F09(void **state)
{
	struct fds f;
	long d;

	(void)state;
	open_all(&f);
	d = sys_dup(f.w.t, f.fd[MAP]);
	assert_int_equal(sys_close(f.w.t, f.fd[MAP]), 0);
	assert_int_equal(lookup(&f, d), 0);
	assert_int_equal(lookup(&f, f.fd[MAP]), -EBADF);
	life_end(&f.w);
}

static long map_flags(struct bemu_task *t, uint32_t flags)
{
	struct bemu_attr_map_create a = { .map_type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = 4,
					  .max_entries = 1,
					  .map_flags = flags };

	return life_bpf(t, BPF_MAP_CREATE, &a, sizeof(a));
}

static long del(struct fds *f, long fd)
{
	struct bemu_attr_elem a = { .map_fd = (uint32_t)fd, .key = ptr(&f->key) };

	return life_bpf(f->w.t, BPF_MAP_DELETE_ELEM, &a, 16);
}

static void rights_are_the_descriptors_F10(void **state)
{
	struct fds f;
	struct bpf_map_info mi = { 0 };
	long r, w, wide;

	(void)state;
	open_all(&f);
	r = map_flags(f.w.t, BPF_F_RDONLY);
	assert_int_equal(lookup(&f, r), 0); /* F10a */
	assert_int_equal(update(&f, r), -EPERM);
	assert_int_equal(del(&f, r), -EPERM);
	assert_int_equal(next_key(&f, r), -ENOENT); /* the only key */
	assert_int_equal(info_of(f.w.t, r, &mi, 88), 0);
	assert_int_equal(mi.map_flags, 0);
	wide = by_id(f.w.t, BPF_MAP_GET_FD_BY_ID, id_of(f.w.t, r));
	assert_int_equal(update(&f, wide), 0);
	assert_true(ld_map(&f, r) > 0);
	assert_int_equal(freeze(&f, r), -EPERM);
	assert_int_equal(update(&f, wide), 0);
	w = map_flags(f.w.t, BPF_F_WRONLY);
	assert_int_equal(lookup(&f, w), -EPERM); /* F10b */
	assert_int_equal(update(&f, w), 0);
	assert_int_equal(del(&f, w), -EINVAL);
	assert_int_equal(next_key(&f, w), -EPERM);
	wide = by_id(f.w.t, BPF_MAP_GET_FD_BY_ID, id_of(f.w.t, w));
	assert_int_equal(lookup(&f, wide), 0);
	assert_true(ld_map(&f, w) > 0);
	assert_int_equal(freeze(&f, w), 0);
	assert_int_equal(update(&f, wide), -EPERM);
	assert_int_equal(map_flags(f.w.t, BPF_F_RDONLY | BPF_F_WRONLY), -EINVAL); /* F10c */
	life_end(&f.w);
}

/* Three levels of bits, each of which grows at its own pace. */
static void a_table_of_100000_numbers_gives_the_lowest(void **state)
{
	enum { NR = 100000 };
	struct life w = life_new(0);
	long fd = map_new(w.t), got = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < NR; i++) {
		got = sys_dup(w.t, fd);
		if (got != fd + 1 + i)
			fail_msg("%ld after %u", got, i);
	}
	assert_int_equal(sys_close(w.t, 70000), 0);
	assert_int_equal(sys_close(w.t, 4096), 0);
	assert_int_equal(sys_dup(w.t, fd), 4096);
	assert_int_equal(sys_dup(w.t, fd), 70000);
	assert_int_equal(sys_dup(w.t, fd), got + 1);
	for (i = 0; i < NR; i += 4096)
		assert_ptr_equal(bemu_fd_find(w.t, (int)(fd + i)), bemu_fd_find(w.t, (int)fd));
	life_end(&w);
}

static void a_frozen_map_is_read_only_F11(void **state)
{
	struct fds f;

	(void)state;
	open_all(&f);
	assert_int_equal(freeze(&f, f.fd[MAP]), 0);
	assert_int_equal(freeze(&f, f.fd[MAP]), -EPERM);
	assert_int_equal(lookup(&f, f.fd[MAP]), 0);
	assert_int_equal(update(&f, f.fd[MAP]), -EPERM);
	assert_int_equal(del(&f, f.fd[MAP]), -EPERM);
	life_end(&f.w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_objects_take_the_lowest_number_and_close_on_exec_F01_F02_F08),
		cmocka_unit_test(a_duplicate_outlives_the_first_number_F09),
		cmocka_unit_test(rights_are_the_descriptors_F10),
		cmocka_unit_test(a_table_of_100000_numbers_gives_the_lowest),
		cmocka_unit_test(a_frozen_map_is_read_only_F11),
	};
	struct CMUnitTest cells[BEMU_ARRAY_SIZE(rows)];
	size_t i;
	int failed;

	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++)
		cells[i] = (struct CMUnitTest){ .name = rows[i].name,
						.test_func = run_row,
						.initial_state = (void *)(uintptr_t)&rows[i] };
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + cmocka_run_group_tests_name("rows", cells, NULL, NULL);
}
