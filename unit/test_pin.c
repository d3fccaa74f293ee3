/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Names in bpffs: what may be pinned, what the calls answer, and how long a name keeps an object. */
#include <stdio.h>

#include "life.h"

#define P	 "/sys/fs/bpf"

#define NAME_51	 "abcdefghijklmnopqrstuvwxyz-bcdefghijklmnopqrstuvwxy"
#define NAME_255 NAME_51 NAME_51 NAME_51 NAME_51 NAME_51

enum call { PIN, GET, MKDIR, RMDIR, UNLINK, RENAME, LINK, SYMLINK };

enum { FD = 1 << 20 };

struct row {
	const char *name;
	enum call call;
	const char *a, *b;
	long want;
};

static const struct row rows[] = {
#define X(c, x, y, w) { #c " " x, c, c == SYMLINK ? x : P x, y, w },
#include "pin_rows.def"
#undef X
};

/* The other path: below bpffs, but for the text of a symbolic link, where it is the first. */
static long run(struct bemu_task *t, const struct row *r, long m)
{
	char other[512] = "";
	long got = -9999;
	int err = 0;

	if (r->b)
		snprintf(other, sizeof(other), P "%s", r->b);
	switch (r->call) {
	case PIN:
		return pin_at(t, r->a, m);
	case GET:
		got = get_at(t, r->a, 0);
		return got < 0 ? got : sys_close(t, got) ? -9999 : FD;
	case MKDIR:
		err = bemu_sys_mkdir(t, r->a, &got);
		break;
	case RMDIR:
		err = bemu_sys_rmdir(t, r->a, &got);
		break;
	case UNLINK:
		err = bemu_sys_unlink(t, r->a, &got);
		break;
	case RENAME:
		err = bemu_sys_rename(t, r->a, other, &got);
		break;
	case LINK:
		err = bemu_sys_link(t, r->a, other, &got);
		break;
	case SYMLINK:
		err = bemu_sys_symlink(t, r->a, other, &got);
		break;
	}
	assert_int_equal(err, 0);
	return got;
}

static void names_answer_as_on_linux_6_18(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t);
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		long got = run(w.t, &rows[i], m);

		if (got != rows[i].want)
			fail_msg("row %zu, %s %s: %ld, not %ld", i, rows[i].name,
				 rows[i].b ? rows[i].b : "", got, rows[i].want);
	}
	life_end(&w);
}

static long raw_tp_prog(struct bemu_task *t)
{
	return prog_load(t, &(struct prog){ .insns = (const struct bpf_insn[]){ RETURN0 },
					    .nr = 2,
					    .type = BPF_PROG_TYPE_RAW_TRACEPOINT });
}

static long raw_tp(struct bemu_task *t, long prog)
{
	struct bemu_attr_raw_tp tp = { .name = ptr("tp"), .prog_fd = (uint32_t)prog };

	return life_bpf(t, BPF_RAW_TRACEPOINT_OPEN, &tp, sizeof(tp));
}

static void maps_programs_and_links_can_be_pinned_N01(void **state)
{
	struct life w = life_new(0);
	long p = raw_tp_prog(w.t), other;

	(void)state;
	assert_int_equal(pin_at(w.t, P "/m", map_new(w.t)), 0);
	assert_int_equal(pin_at(w.t, P "/p", p), 0);
	assert_int_equal(pin_at(w.t, P "/l", raw_tp(w.t, p)), 0);
	assert_int_equal(pin_at(w.t, P "/b", btf_new(&w)), -EINVAL);
	assert_int_equal(bemu_sys_open_other(w.t, "file", 0, &other), 0);
	assert_int_equal(pin_at(w.t, P "/f", other), -EINVAL);
	assert_int_equal(pin_at(w.t, P "/x", 900), -EINVAL);
	life_end(&w);
}

static void a_module_btf_cannot_be_pinned_B13(void **state)
{
	struct life w = life_new(0);

	(void)state;
	assert_int_equal(mod_load(&w, "demo"), 0);
	assert_int_equal(pin_at(w.t, P "/b", mod_fd(&w, "demo")), -EINVAL);
	life_end(&w);
}

static void one_object_may_have_many_names_N02(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t), kret;
	uint32_t id = id_of(w.t, m);

	(void)state;
	assert_int_equal(pin_at(w.t, P "/a", m), 0);
	assert_int_equal(pin_at(w.t, P "/a", m), -EEXIST);
	assert_int_equal(pin_at(w.t, P "/b", m), 0);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(bemu_sys_unlink(w.t, P "/a", &kret), 0);
	assert_int_equal(probe(w.t, BPF_MAP_GET_FD_BY_ID, id), 0);
	assert_int_equal(bemu_sys_unlink(w.t, P "/b", &kret), 0);
	assert_int_equal(probe(w.t, BPF_MAP_GET_FD_BY_ID, id), -ENOENT);
	life_end(&w);
}

static void a_pin_needs_a_place_N03(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t);
	struct bemu_attr_obj a = { .bpf_fd = (uint32_t)m };

	(void)state;
	assert_int_equal(pin_at(w.t, P "/none/x", m), -ENOENT);
	assert_int_equal(pin_at(w.t, "/tmp/x", m), -EPERM);
	assert_int_equal(pin_at(w.t, "/sys/kernel/btf/vmlinux", m), -EEXIST);
	assert_int_equal(pin_at(w.t, P "/a.b", m), -EPERM);
	assert_int_equal(pin_at(w.t, "", m), -ENOENT);
	assert_int_equal(life_bpf(w.t, BPF_OBJ_PIN, &a, 20), -EFAULT);
	assert_int_equal(life_bpf(w.t, BPF_OBJ_GET, &(struct bemu_attr_obj){ 0 }, sizeof(a)),
			 -EFAULT);
	life_end(&w);
}

static long obj(struct bemu_task *t, uint32_t cmd, struct bemu_attr_obj a)
{
	a.pathname = ptr(P "/x");
	return life_bpf(t, cmd, &a, 20);
}

static void flags_of_pin_and_get_N04_N06_N07(void **state)
{
	struct life w = life_new(0), old = life_new(BEMU_KERNEL_6_1);
	uint32_t m = (uint32_t)map_new(w.t), path_fd = 1u << 14;

	(void)state;
	assert_int_equal(obj(w.t, BPF_OBJ_PIN,
			     (struct bemu_attr_obj){ .bpf_fd = m, .file_flags = 8 }),
			 -EINVAL);
	assert_int_equal(obj(w.t, BPF_OBJ_PIN, (struct bemu_attr_obj){ .bpf_fd = m, .path_fd = 5 }),
			 -EINVAL);
	assert_int_equal(obj(w.t, BPF_OBJ_PIN,
			     (struct bemu_attr_obj){ .bpf_fd = m, .file_flags = 1 }),
			 -EINVAL);
	/* an absolute path does not look at path_fd */
	assert_int_equal(
		obj(w.t, BPF_OBJ_PIN,
		    (struct bemu_attr_obj){ .bpf_fd = m, .file_flags = path_fd, .path_fd = 900 }),
		0);
	assert_int_equal(obj(w.t, BPF_OBJ_GET, (struct bemu_attr_obj){ .file_flags = 24 }),
			 -EINVAL);
	assert_int_equal(obj(w.t, BPF_OBJ_GET, (struct bemu_attr_obj){ .file_flags = 1 }), -EINVAL);
	assert_int_equal(obj(w.t, BPF_OBJ_GET, (struct bemu_attr_obj){ .path_fd = 5 }), -EINVAL);
	assert_int_equal(obj(w.t, BPF_OBJ_GET, (struct bemu_attr_obj){ .bpf_fd = 7 }), -EINVAL);
	m = (uint32_t)map_new(old.t);
	assert_int_equal(obj(old.t, BPF_OBJ_PIN,
			     (struct bemu_attr_obj){ .bpf_fd = m, .file_flags = path_fd }),
			 -EINVAL);
	life_end(&w);
	life_end(&old);
}

static long obj_at(struct bemu_task *t, uint32_t cmd, uint32_t fd, const char *path, long dir)
{
	struct bemu_attr_obj a = {
		.pathname = ptr(path), .bpf_fd = fd, .file_flags = 1u << 14, .path_fd = (int32_t)dir
	};

	return life_bpf(t, cmd, &a, 20);
}

static void a_path_may_start_from_an_open_directory_N05(void **state)
{
	struct life w = life_new(0);
	uint32_t m = (uint32_t)map_new(w.t);
	long kret, dir, o_path;

	(void)state;
	assert_int_equal(bemu_sys_mkdir(w.t, P "/d", &kret), 0);
	assert_int_equal(bemu_sys_open(w.t, P "/d", BEMU_K_O_DIRECTORY, &dir), 0);
	assert_int_equal(bemu_sys_open(w.t, P "/d", BEMU_K_O_PATH, &o_path), 0);
	assert_int_equal(obj_at(w.t, BPF_OBJ_PIN, m, "x", dir), 0);
	assert_true(obj_at(w.t, BPF_OBJ_GET, 0, "x", o_path) > 0);
	assert_true(get_at(w.t, P "/d/x", 0) > 0);
	assert_int_equal(obj_at(w.t, BPF_OBJ_PIN, m, "y", 999), -EBADF);
	assert_int_equal(obj_at(w.t, BPF_OBJ_PIN, m, "y", m), -ENOTDIR);
	assert_int_equal(obj_at(w.t, BPF_OBJ_PIN, (uint32_t)dir, "y", dir), -EINVAL);
	/* O_PATH is no number of bpf(2)'s: EBADF, where a directory is EINVAL */
	assert_int_equal(life_bpf(w.t, BPF_MAP_FREEZE,
				  &(struct bemu_attr_elem){ .map_fd = (uint32_t)o_path }, 4),
			 -EBADF);
	assert_int_equal(life_bpf(w.t, BPF_MAP_FREEZE,
				  &(struct bemu_attr_elem){ .map_fd = (uint32_t)dir }, 4),
			 -EINVAL);
	/* who has it open keeps the directory, but it takes no names any more */
	assert_int_equal(bemu_sys_unlink(w.t, P "/d/x", &kret), 0);
	assert_int_equal(bemu_sys_rmdir(w.t, P "/d", &kret), 0);
	assert_int_equal(kret, 0);
	assert_int_equal(obj_at(w.t, BPF_OBJ_PIN, m, "x", dir), -ENOENT);
	assert_int_equal(obj_at(w.t, BPF_OBJ_PIN, m, "x.y", dir), -ENOENT);
	assert_int_equal(bemu_sys_umount(w.t, &kret), 0);
	assert_int_equal(kret, -EBUSY);
	assert_int_equal(sys_close(w.t, dir), 0);
	assert_int_equal(sys_close(w.t, o_path), 0);
	assert_int_equal(bemu_sys_umount(w.t, &kret), 0);
	assert_int_equal(kret, 0);
	life_end(&w);
}

static void what_get_refuses_N06(void **state)
{
	struct life w = life_new(0);
	static const char text[] = "x";
	long kret;

	(void)state;
	assert_int_equal(bemu_file_add(w.em, "/etc/hosts", text, 1), 0);
	assert_int_equal(bemu_sys_mkdir(w.t, P "/d", &kret), 0);
	assert_int_equal(get_at(w.t, P "/missing", 0), -ENOENT);
	assert_int_equal(get_at(w.t, P "/d", 0), -EACCES);
	assert_int_equal(get_at(w.t, "/etc/hosts", 0), -EACCES);
	assert_int_equal(get_at(w.t, "/etc/passwd", 0), -ENOENT);
	life_end(&w);
}

static void rights_of_what_get_opens_N08(void **state)
{
	struct life w = life_new(0);
	long p = raw_tp_prog(w.t), fd;
	uint32_t v;

	(void)state;
	assert_int_equal(pin_at(w.t, P "/m", map_new(w.t)), 0);
	assert_int_equal(pin_at(w.t, P "/p", p), 0);
	assert_int_equal(pin_at(w.t, P "/l", raw_tp(w.t, p)), 0);
	fd = get_at(w.t, P "/m", BPF_F_RDONLY);
	assert_int_equal(map_get(w.t, fd, 0, &v), 0);
	assert_int_equal(map_set(w.t, fd, 0, 1), -EPERM);
	fd = get_at(w.t, P "/m", BPF_F_WRONLY);
	assert_int_equal(map_get(w.t, fd, 0, &v), -EPERM);
	assert_int_equal(map_set(w.t, fd, 0, 1), 0);
	fd = get_at(w.t, P "/m", 0);
	assert_int_equal(map_set(w.t, fd, 0, 1), 0);
	assert_true(get_at(w.t, P "/p", BPF_F_RDONLY) > 0);
	assert_true(get_at(w.t, P "/p", BPF_F_WRONLY) > 0);
	assert_true(get_at(w.t, P "/l", 0) > 0);
	assert_int_equal(get_at(w.t, P "/l", BPF_F_RDONLY), -EINVAL);
	assert_int_equal(get_at(w.t, P "/l", BPF_F_WRONLY), -EINVAL);
	life_end(&w);
}

static void opening_a_pin_is_an_io_error_N11(void **state)
{
	struct life w = life_new(0);
	long got;

	(void)state;
	assert_int_equal(pin_at(w.t, P "/m", map_new(w.t)), 0);
	assert_int_equal(bemu_sys_open(w.t, P "/m", 0, &got), 0);
	assert_int_equal(got, -EIO);
	life_end(&w);
}

static void a_pin_keeps_its_object_until_unlink_N12_N13(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t), kret;
	uint32_t id = id_of(w.t, m);

	(void)state;
	assert_int_equal(pin_at(w.t, P "/m", m), 0);
	assert_int_equal(sys_close(w.t, m), 0);
	m = get_at(w.t, P "/m", 0);
	assert_int_equal(id_of(w.t, m), id);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(bemu_sys_link(w.t, P "/m", P "/n", &kret), 0);
	assert_int_equal(bemu_sys_unlink(w.t, P "/m", &kret), 0);
	assert_int_equal(probe(w.t, BPF_MAP_GET_FD_BY_ID, id), 0);
	assert_int_equal(bemu_sys_unlink(w.t, P "/n", &kret), 0);
	assert_int_equal(probe(w.t, BPF_MAP_GET_FD_BY_ID, id), -ENOENT);
	life_end(&w);
}

static void umount_lets_every_pin_go_N17(void **state)
{
	struct life w = life_new(0);
	long p = raw_tp_prog(w.t), l = raw_tp(w.t, p), m = map_new(w.t), kret;

	(void)state;
	assert_int_equal(bemu_sys_mkdir(w.t, P "/d", &kret), 0);
	assert_int_equal(pin_at(w.t, P "/d/m", m), 0);
	assert_int_equal(pin_at(w.t, P "/d/p", p), 0);
	assert_int_equal(pin_at(w.t, P "/l", l), 0);
	sys_close(w.t, p);
	sys_close(w.t, l);
	sys_close(w.t, m);
	assert_int_equal(next_id(w.t, BPF_PROG_GET_NEXT_ID, 0), 1);
	assert_int_equal(bemu_sys_umount(w.t, &kret), 0);
	assert_int_equal(kret, 0);
	assert_int_equal(next_id(w.t, BPF_PROG_GET_NEXT_ID, 0), 0);
	assert_int_equal(next_id(w.t, BPF_MAP_GET_NEXT_ID, 0), 0);
	assert_int_equal(next_id(w.t, BPF_LINK_GET_NEXT_ID, 0), 0);
	assert_int_equal(get_at(w.t, P "/d/m", 0), -ENOENT);
	life_end(&w);
}

static void a_pinned_program_outlives_its_loader_N18(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *other, *loader = w.t;
	struct bpf_func_info fi = { 0, V_FUNC };
	struct prog p = { .insns = (const struct bpf_insn[]){ RETURN0 }, .nr = 2 };
	uint32_t prog_id, btf_id;
	long fd, kret;

	(void)state;
	assert_int_equal(bemu_task_new(w.em, NULL, &other), 0);
	p.a.prog_btf_fd = (uint32_t)btf_new(&w);
	p.a.func_info = ptr(&fi);
	p.a.func_info_cnt = 1;
	p.a.func_info_rec_size = 8;
	fd = prog_load(loader, &p);
	assert_true(fd > 0);
	prog_id = id_of(loader, fd);
	btf_id = id_of(loader, p.a.prog_btf_fd);
	assert_int_equal(pin_at(loader, P "/p", fd), 0);
	bemu_task_exit(loader);
	assert_int_equal(probe(other, BPF_PROG_GET_FD_BY_ID, prog_id), 0);
	assert_int_equal(probe(other, BPF_BTF_GET_FD_BY_ID, btf_id), 0);
	assert_int_equal(bemu_sys_unlink(other, P "/p", &kret), 0);
	assert_int_equal(probe(other, BPF_PROG_GET_FD_BY_ID, prog_id), -ENOENT);
	assert_int_equal(probe(other, BPF_BTF_GET_FD_BY_ID, btf_id), -ENOENT);
	life_end(&w);
}

static void failed_allocations_leave_no_trace(void **state)
{
	static const struct row steps[] = {
		{ "", MKDIR, P "/d", NULL, 0 },	     { "", PIN, P "/d/m", NULL, 0 },
		{ "", LINK, P "/d/m", "/n", 0 },     { "", SYMLINK, "n", "/s", 0 },
		{ "", RENAME, P "/d", "/other", 0 },
	};
	unsigned long n;
	size_t i;

	(void)state;
	for (n = 1; n < 10000; n++) {
		struct test_alloc a;
		struct life w;
		uint32_t key[4] = { 2, 4, 4, 1 };
		long got = 0, m = 0;
		int err = -ENOMEM;

		test_alloc_init(&a, n);
		w = life_new_with(0, &a.ops);
		if (w.t)
			err = bemu_sys_bpf(w.t, BPF_MAP_CREATE, ptr(key), sizeof(key), &m);
		for (i = 0; !err && i < BEMU_ARRAY_SIZE(steps); i++) {
			const struct row *r = &steps[i];
			struct bemu_attr_obj o = { .pathname = ptr(r->a), .bpf_fd = (uint32_t)m };
			char other[64];

			snprintf(other, sizeof(other), P "%s", r->b ? r->b : "");
			if (r->call == MKDIR)
				err = bemu_sys_mkdir(w.t, r->a, &got);
			else if (r->call == PIN)
				err = bemu_sys_bpf(w.t, BPF_OBJ_PIN, ptr(&o), 20, &got);
			else if (r->call == LINK)
				err = bemu_sys_link(w.t, r->a, other, &got);
			else if (r->call == SYMLINK)
				err = bemu_sys_symlink(w.t, r->a, other, &got);
			else
				err = bemu_sys_rename(w.t, r->a, other, &got);
			assert_int_equal(got, 0);
		}
		if (err)
			assert_int_equal(err, -ENOMEM);
		if (w.t) {
			life_check_empty(&w);
			assert_int_equal(bemu_env_live(w.em->env), 0);
		}
		bemu_free(w.em);
		bemu_btf_put(w.base);
		bemu_env_free(w.env);
		assert_int_equal(a.live, 0);
		if (!err && a.nr_calls < n)
			return;
	}
	fail_msg("the sweep never came to an end");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_answer_as_on_linux_6_18),
		cmocka_unit_test(maps_programs_and_links_can_be_pinned_N01),
		cmocka_unit_test(a_module_btf_cannot_be_pinned_B13),
		cmocka_unit_test(one_object_may_have_many_names_N02),
		cmocka_unit_test(a_pin_needs_a_place_N03),
		cmocka_unit_test(flags_of_pin_and_get_N04_N06_N07),
		cmocka_unit_test(a_path_may_start_from_an_open_directory_N05),
		cmocka_unit_test(what_get_refuses_N06),
		cmocka_unit_test(rights_of_what_get_opens_N08),
		cmocka_unit_test(opening_a_pin_is_an_io_error_N11),
		cmocka_unit_test(a_pin_keeps_its_object_until_unlink_N12_N13),
		cmocka_unit_test(umount_lets_every_pin_go_N17),
		cmocka_unit_test(a_pinned_program_outlives_its_loader_N18),
		cmocka_unit_test(failed_allocations_leave_no_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
