/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How programs find types of modules: by name through a helper (rows H of Linux 6.1 and 6.12), and by the kernel's
 * own relocations (rows J).
 */
#include "life.h"

enum { BTF_ID = BPF_BTF_GET_FD_BY_ID, FIND = 167, TYPE_ID_TARGET = 7, TYPE_EXISTS, TYPE_SIZE };

/* bpf_btf_find_by_name_kind() by a SYSCALL program, which leaves the answer in its context. */
static int64_t find(struct bemu_task *t, const char *name, uint32_t kind, uint32_t size,
		    uint64_t flags)
{
	uint64_t half[2] = { 0 }, ctx = 0;
	struct bemu_attr_test run = { .ctx_in = ptr(&ctx), .ctx_size_in = sizeof(ctx) };
	struct prog p = { .type = BPF_PROG_TYPE_SYSCALL };
	long fd;

	memcpy(half, name, strlen(name));
	{
		const struct bpf_insn insns[] = {
			MOVX(6, 1),
			LD64(7, 0, (int32_t)half[0], (int32_t)(half[0] >> 32)),
			STX(DW, 10, 7, -16),
			LD64(7, 0, (int32_t)half[1], (int32_t)(half[1] >> 32)),
			STX(DW, 10, 7, -8),
			MOVX(1, 10),
			ALU(0, 1, -16),
			MOV(2, size),
			MOV(3, kind),
			MOV(4, flags),
			CALL(FIND),
			STX(DW, 6, 0, 0),
			RETURN0,
		};

		p.insns = insns;
		p.nr = BEMU_ARRAY_SIZE(insns);
		p.a.prog_flags = BPF_F_SLEEPABLE;
		fd = prog_load(t, &p);
	}
	assert_true(fd > 0);
	run.prog_fd = (uint32_t)fd;
	assert_int_equal(life_bpf(t, BPF_PROG_TEST_RUN, &run, 80), 0);
	assert_int_equal(sys_close(t, fd), 0);
	return (int64_t)ctx;
}

static int64_t find_name(struct life *w, const char *name, uint32_t kind)
{
	return find(w->t, name, kind, (uint32_t)strlen(name) + 1, 0);
}

static void a_name_of_a_module_opens_a_descriptor_H01_H02(void **state)
{
	struct life w = life_new(0);
	struct bemu_fd_info info;
	int64_t got;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	got = find_name(&w, "one_func", BTF_KIND_FUNC);
	assert_int_equal((uint32_t)got, M_FUNC);
	assert_int_equal(got >> 32, 4); /* the lowest number, 3 is the program's */
	assert_int_equal(bemu_task_fd(w.t, 4, &info), 0);
	assert_int_equal(info.id, 2);
	assert_true(info.cloexec);
	assert_int_equal(mod_refs(&w, "one"), 0);
	got = find_name(&w, "one_func", BTF_KIND_FUNC);
	assert_int_equal(got >> 32, 5);
	life_end(&w);
}

static void a_name_of_vmlinux_opens_none_H04_H07(void **state)
{
	struct life w = life_new(0);

	(void)state;
	assert_int_equal(mod_load(&w, "vm"), 0); /* it has vm_func and vm_var as well */
	assert_int_equal(find_name(&w, "vm_func", BTF_KIND_FUNC), V_FUNC);
	assert_int_equal(find_name(&w, "task_struct", BTF_KIND_STRUCT), V_STRUCT);
	life_end(&w);
}

static void the_older_registration_wins_H08_H09(void **state)
{
	struct life w = life_new(0);
	struct bemu_fd_info info;
	int64_t got;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(mod_load(&w, "two"), 0);
	got = find_name(&w, "both", BTF_KIND_STRUCT);
	assert_int_equal(bemu_task_fd(w.t, (int)(got >> 32), &info), 0);
	assert_string_equal(info.name, "one");
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(mod_load(&w, "one"), 0);
	got = find_name(&w, "both", BTF_KIND_STRUCT);
	assert_int_equal(bemu_task_fd(w.t, (int)(got >> 32), &info), 0);
	assert_string_equal(info.name, "two");
	life_end(&w);
}

static void what_the_helper_refuses_H10_H11_H13(void **state)
{
	struct life w = life_new(0);

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	(void)btf_new(&w);
	assert_int_equal(find_name(&w, "nothing", BTF_KIND_FUNC), -ENOENT);
	assert_int_equal(find_name(&w, "one_func", BTF_KIND_STRUCT), -ENOENT);
	assert_int_equal(find_name(&w, "one_func", 0), -ENOENT);
	assert_int_equal(find_name(&w, "one_func", 99), -ENOENT);
	assert_int_equal(find(w.t, "one_func", BTF_KIND_FUNC, 9, 1), -EINVAL);
	assert_int_equal(find(w.t, "one_func", BTF_KIND_FUNC, 8, 0), -EINVAL); /* without the NUL */
	assert_int_equal(find(w.t, "o", BTF_KIND_FUNC, 1, 0), -EINVAL);
	assert_int_equal((uint32_t)find(w.t, "one_func", BTF_KIND_FUNC, 12, 0), M_FUNC);
	life_end(&w);
}

static void the_descriptor_is_the_runners_H14_H16(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *child;
	int64_t got;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(bemu_task_fork(w.t, 0, &child), 0);
	got = find(child, "one_func", BTF_KIND_FUNC, 9, 0);
	assert_true(bemu_fd_find(child, (int)(got >> 32)) != NULL);
	assert_null(bemu_fd_find(w.t, (int)(got >> 32)));
	bemu_task_set_nofile(w.t, 4); /* the program has the last one */
	assert_int_equal(find(w.t, "one_func", BTF_KIND_FUNC, 9, 0), -EMFILE);
	life_end(&w);
}

static void unloaded_names_are_gone_H18(void **state)
{
	struct life w = life_new(0);
	int64_t got;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	got = find_name(&w, "one_func", BTF_KIND_FUNC);
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(id_of(w.t, got >> 32), 0);
	assert_int_equal(find_name(&w, "one_func", BTF_KIND_FUNC), -ENOENT);
	life_end(&w);
}

/* A program with one ld64 of @type, whose record is of @kind; what the ld64 holds then. */
static long relocated(struct life *w, const char *type, uint32_t kind, uint64_t *value,
		      bool records)
{
	struct bpf_core_relo rec = { .kind = kind };
	struct bpf_func_info fi = { 0, 3 };
	struct bpf_prog_info info = { 0 };
	struct bemu_btf_enc *enc;
	struct bpf_insn out[4];
	struct bytes b;
	struct bemu_attr_btf_load load = { 0 };
	const struct bpf_insn insns[] = { LD64(1, 0,
					       kind == TYPE_ID_TARGET ? 4
					       : kind == TYPE_EXISTS  ? 1
								      : 4,
					       0),
					  RETURN0 };
	struct prog p = { .insns = insns, .nr = 4, .type = BPF_PROG_TYPE_RAW_TRACEPOINT };
	long fd;

	assert_int_equal(bemu_btf_enc_new(w->env, NULL, &enc), 0);
	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_func_proto(enc, 1);
	bemu_btf_enc_func(enc, "f", BTF_FUNC_GLOBAL, 2);
	rec.type_id = bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, type, 4);
	bemu_btf_enc_member(enc, "a", 1, 0, 0);
	rec.access_str_off = bemu_btf_enc_str(enc, "0");
	b = life_finish(enc);
	load.btf = ptr(b.data);
	load.btf_size = (uint32_t)b.len;
	p.a.prog_btf_fd = (uint32_t)life_bpf(w->t, BPF_BTF_LOAD, &load, sizeof(load));
	bemu_mem_free(w->env, b.data);
	p.a.func_info = ptr(&fi);
	p.a.func_info_cnt = records;
	p.a.func_info_rec_size = 8;
	p.a.core_relos = ptr(&rec);
	p.a.core_relo_cnt = 1;
	p.a.core_relo_rec_size = 16;
	fd = prog_load(w->t, &p);
	if (fd < 0)
		return fd;
	info.xlated_prog_insns = ptr(out);
	info.xlated_prog_len = sizeof(out);
	assert_int_equal(info_of(w->t, fd, &info, sizeof(info)), 0);
	*value = (uint32_t)out[0].imm | (uint64_t)(uint32_t)out[1].imm << 32;
	return 0;
}

static void a_type_of_a_module_loses_its_module_J01_to_J05(void **state)
{
	struct life w = life_new(0);
	uint64_t v;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(relocated(&w, "one_struct", TYPE_ID_TARGET, &v, true), 0);
	assert_int_equal(v, M_STRUCT);
	assert_int_equal(mod_refs(&w, "one"), 0);
	assert_int_equal(mod_unload(&w, "one"), 0); /* J03 */
	assert_int_equal(relocated(&w, "one_struct", TYPE_ID_TARGET, &v, true), 0);
	assert_int_equal(v, 0); /* J04 */
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(relocated(&w, "one_struct", TYPE_ID_TARGET, &v, true), 0);
	assert_int_equal(v, M_STRUCT); /* J05 */
	life_end(&w);
}

static void whether_a_type_exists_J06_J13(void **state)
{
	struct life w = life_new(0);
	uint64_t v;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(relocated(&w, "one_struct", TYPE_EXISTS, &v, true), 0);
	assert_int_equal(v, 1);
	assert_int_equal(relocated(&w, "no_struct", TYPE_EXISTS, &v, true), 0);
	assert_int_equal(v, 0);
	assert_int_equal(relocated(&w, "no_struct", TYPE_ID_TARGET, &v, true), 0);
	assert_int_equal(v, 0); /* J12 */
	life_end(&w);
}

static void vmlinux_comes_first_J08_J09(void **state)
{
	struct life w = life_new(0);
	uint64_t v;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(relocated(&w, "task_struct", TYPE_ID_TARGET, &v, true), 0);
	assert_int_equal(v, V_STRUCT);
	life_end(&w);
}

static void two_modules_are_ambiguous_J10_J11(void **state)
{
	struct life w = life_new(0);
	uint64_t v;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(mod_load(&w, "two"), 0);
	/* both modules have the same number of types, so that the ids agree and nothing is ambiguous ... */
	assert_int_equal(relocated(&w, "both", TYPE_ID_TARGET, &v, true), 0);
	assert_int_equal(v, M_BOTH);
	{
		/* ... and a third has another id */
		struct bemu_btf_enc *enc;
		struct bytes b;
		struct bemu_module_opts o = { .size = sizeof(o), .name = "three" };
		long kret;

		assert_int_equal(bemu_btf_enc_new(w.env, w.base, &enc), 0);
		bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "both", 4);
		bemu_btf_enc_member(enc, "a", V_INT, 0, 0);
		b = life_finish(enc);
		o.btf = b.data;
		o.btf_len = b.len;
		assert_int_equal(bemu_module_load(w.em, &o, &kret), 0);
		assert_int_equal(kret, 0);
		bemu_mem_free(w.env, b.data);
	}
	assert_int_equal(relocated(&w, "both", TYPE_ID_TARGET, &v, true), -EINVAL);
	assert_int_equal(relocated(&w, "both", TYPE_EXISTS, &v, true), 0);
	assert_int_equal(v, 1);
	assert_int_equal(relocated(&w, "both", TYPE_SIZE, &v, true), 0);
	assert_int_equal(v, 4);
	/* without it the table that remembers candidates forgets them */
	assert_int_equal(mod_unload(&w, "three"), 0);
	assert_int_equal(relocated(&w, "both", TYPE_ID_TARGET, &v, true), 0);
	life_end(&w);
}

static void records_need_function_records_J14_J15(void **state)
{
	struct life w = life_new(0);
	uint64_t v;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(relocated(&w, "one_struct", TYPE_ID_TARGET, &v, false), 0);
	assert_int_equal(v, 4); /* the local id */
	assert_int_equal(relocated(&w, "one_struct___x", TYPE_ID_TARGET, &v, true), 0);
	assert_int_equal(v, M_STRUCT);
	life_end(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_of_a_module_opens_a_descriptor_H01_H02),
		cmocka_unit_test(a_name_of_vmlinux_opens_none_H04_H07),
		cmocka_unit_test(the_older_registration_wins_H08_H09),
		cmocka_unit_test(what_the_helper_refuses_H10_H11_H13),
		cmocka_unit_test(the_descriptor_is_the_runners_H14_H16),
		cmocka_unit_test(unloaded_names_are_gone_H18),
		cmocka_unit_test(a_type_of_a_module_loses_its_module_J01_to_J05),
		cmocka_unit_test(whether_a_type_exists_J06_J13),
		cmocka_unit_test(vmlinux_comes_first_J08_J09),
		cmocka_unit_test(two_modules_are_ambiguous_J10_J11),
		cmocka_unit_test(records_need_function_records_J14_J15),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
