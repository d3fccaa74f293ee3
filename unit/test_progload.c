// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* PROG_LOAD of the model: which ways through a program decide about it, and the kernel's relocations. */
#include "helpers.h"

#include <bemu/bemu.h>

#include "progload_side.h"

#include "progload_core.h"
#include "progload_rows.h"

/* 1 INT int, 2 STRUCT task_struct, 3 ENUM bpf_map_type, 4 TYPEDEF pid_t, 5 STRUCT ucounts, 7 FUNC do_exit, 8 TYPEDEF, 9 FUNC kf, tagged */
static uint32_t vmlinux_btf(struct bb *b)
{
	memset(b, 0, sizeof(*b));
	b->len = 1;
	bb_type(b, bb_str(b, "int"), BTF_KIND_INT, 0, 4);
	b->types[b->nr++] = 0x01000020;
	bb_type(b, bb_str(b, "task_struct"), BTF_KIND_STRUCT, 2, 16);
	bb_words(b, bb_str(b, "flags"), 1, 0);
	bb_words(b, bb_str(b, "pid"), 1, 64);
	bb_type(b, bb_str(b, "bpf_map_type"), BTF_KIND_ENUM, 1, 4);
	b->types[b->nr++] = bb_str(b, "BPF_MAP_TYPE_ARRAY");
	b->types[b->nr++] = 2;
	bb_type(b, bb_str(b, "pid_t"), BTF_KIND_TYPEDEF, 0, 1);
	bb_type(b, bb_str(b, "ucounts"), BTF_KIND_STRUCT, 0, 4);
	bb_type(b, 0, BTF_KIND_FUNC_PROTO, 0, 1);
	bb_type(b, bb_str(b, "do_exit"), BTF_KIND_FUNC, 0, 6);
	bb_type(b, bb_str(b, "btf_trace_task_rename"), BTF_KIND_TYPEDEF, 0, 1);
	bb_type(b, bb_str(b, "kf"), BTF_KIND_FUNC, 0, 6);
	bb_type(b, bb_str(b, "bpf_kfunc"), BTF_KIND_DECL_TAG, 0, 9);
	b->types[b->nr++] = UINT32_MAX;
	return bb_end(b);
}

static const uint32_t vmlinux_ids[3] = { 1, 7, 8 };

static struct bemu *world(struct side *side, uint32_t kernel, const struct bemu_allocator *alloc)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel, .alloc = alloc };
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts),
					    .nr_std = BEMU_TASK_STD,
					    .mem = &checked_mem };
	static struct bb b;
	struct bemu *em = NULL;
	uint32_t len = vmlinux_btf(&b);

	assert_int_equal(bemu_new(&opts, &em), 0);
	assert_int_equal(bemu_set_vmlinux(em, b.raw, len, 0), 0);
	assert_int_equal(bemu_seal(em), 0);
	assert_int_equal(bemu_task_new(em, &task_opts, &side->task), 0);
	side->bpf = side_model_bpf;
	side->close = side_model_close;
	assert_true(side_begin(side));
	return em;
}

static void path_decides(void **state)
{
	const struct path_case *c = *state;
	struct side *side = calloc(1, sizeof(*side));
	uint32_t insn_idx = 999;
	struct bemu *em;
	long fd;

	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	fd = path_load(side, c);
	if (c->answer == NO) {
		assert_int_equal(fd, c->err);
		assert_string_equal(side_line(side), c->line);
	} else {
		assert_true(fd >= 0);
		assert_int_equal(bemu_prog_unproven(side->task, (int)fd, &insn_idx),
				 c->answer == UNPROVEN);
		if (c->answer == UNPROVEN)
			assert_int_equal(c->insns[insn_idx].imm, POISON_IMM);
		else
			assert_int_equal(insn_idx, 999);
		side_model_close(side, fd);
	}
	side_end(side);
	bemu_free(em);
	free(side);
}

static void kernel_relocates(void **state)
{
	const struct core_case *c = *state;
	struct side *side = calloc(1, sizeof(*side));
	struct core_btf *btf = core_btf();
	struct bemu *em;
	long btf_fd, fd;

	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	btf_fd = core_load_btf(side, btf);
	assert_true(btf_fd >= 0);
	fd = core_load(side, btf_fd, c, btf, 1);
	if (c->err) {
		assert_int_equal(fd, c->err);
		assert_string_equal(side_line(side), c->line);
	} else {
		assert_true(fd >= 0);
		assert_int_equal(core_first_imm(side, fd), c->want);
		side_model_close(side, fd);
	}
	side_model_close(side, btf_fd);
	side_end(side);
	bemu_free(em);
	free(btf);
	free(side);
}

static void measured_row(void **state)
{
	const struct row_case *c = *state;
	struct side *side = calloc(1, sizeof(*side));
	struct row_side rs;
	struct bemu *em;
	long fd;

	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	assert_true(row_begin(&rs, side, vmlinux_ids));
	fd = row_load(&rs, c);
	assert_int_equal(fd < 0 ? fd : 0, c->err);
	if (c->err && c->line)
		assert_string_equal(side_line(side), c->line);
	if (fd >= 0)
		side_model_close(side, fd);
	row_end(&rs);
	side_end(side);
	bemu_free(em);
	free(side);
}

static void exception_callback(void **state)
{
	const struct throw_case *c = *state;
	struct side *side = calloc(1, sizeof(*side));
	struct bemu *em;
	long fd;

	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	fd = throw_load(side, c);
	assert_int_equal(fd < 0 ? fd : 0, c->err);
	if (c->err)
		assert_string_equal(side_line(side), c->line);
	else
		side_model_close(side, fd);
	side_end(side);
	bemu_free(em);
	free(side);
}

/* R146 to R151: different maps or BTFs, through fd_array or by instructions. */
static long load_many(struct side *side, bool btfs, bool by_array, uint32_t nr)
{
	struct bpf_insn insns[2 * 66 + 2] = { 0 };
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
					    .insns = (uintptr_t)insns,
					    .license = (uintptr_t) "GPL" };
	uint32_t fds[66], i, at = 0;
	long ret;

	for (i = 0; i < nr; i++) {
		fds[i] = (uint32_t)(btfs ? side_btf(side) : row_map(side, BPF_MAP_TYPE_ARRAY, 1));
		if (by_array)
			continue;
		insns[at] = (struct bpf_insn)I(0x18, 1, BPF_PSEUDO_MAP_FD, 0, fds[i]);
		at += 2;
	}
	insns[at++] = (struct bpf_insn)MOV(0, 0);
	insns[at++] = (struct bpf_insn)EXIT;
	attr.insn_cnt = at;
	if (by_array) {
		attr.fd_array = (uintptr_t)fds;
		attr.fd_array_cnt = nr;
	}
	attr.log_level = 1;
	attr.log_buf = (uintptr_t)side->log;
	attr.log_size = sizeof(side->log);
	ret = side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (ret >= 0)
		side_model_close(side, ret);
	for (i = 0; i < nr; i++)
		side_model_close(side, fds[i]);
	return ret;
}

static void limit_of_used_objects(void **state)
{
	static const struct {
		bool btfs, by_array;
		const char *line;
	} ways[] = {
		{ false, false,
		  "The total number of maps per program has reached the limit of 64" },
		{ false, true, "The total number of maps per program has reached the limit of 64" },
		{ true, true, "The total number of btfs per program has reached the limit of 64" },
	};
	struct side *side = calloc(1, sizeof(*side));
	struct bemu *em;
	uint32_t i;

	(void)state;
	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	for (i = 0; i < BEMU_ARRAY_SIZE(ways); i++) {
		assert_true(load_many(side, ways[i].btfs, ways[i].by_array, 64) >= 0);
		assert_int_equal(load_many(side, ways[i].btfs, ways[i].by_array, 65), -E2BIG);
		assert_string_equal(side_line(side), ways[i].line);
	}
	side_end(side);
	bemu_free(em);
	/* 6.1 has the limit and says nothing */
	em = world(side, BEMU_KERNEL_6_1, NULL);
	assert_true(load_many(side, false, false, 64) >= 0);
	assert_int_equal(load_many(side, false, false, 65), -E2BIG);
	assert_string_equal(side_line(side), "");
	side_end(side);
	bemu_free(em);
	free(side);
}

/* What differs before 6.18, as measured on 6.1.192 or read from its source. */
static void older_kernels(void **state)
{
	static const struct path_case late = { .name = "",
					       .funcs = { STATIC, GLOBAL },
					       P(MOV(1, 0), JMP(BPF_JEQ, 1, 0, 1), SUBCALL(2),
						 RETURN0, POISON, EXIT) };
	static const struct path_case self = { .name = "", P(SUBCALL(1), EXIT, SUBCALL(-1), EXIT) };
	static const struct path_case imm = { .name = "",
					      P(ST(DW, 10, -8, 7), LDX(DW, 1, 10, -8),
						JMP(BPF_JEQ, 1, 7, 1), POISON, RETURN0) };
	static const struct row_case func_id = { "C21",
						 -EINVAL,
						 "pseudo btf_id 7 in ldimm64 isn't KIND_VAR.",
						 { LD64(1, 3, ID_FUNC, 0), RETURN0 },
						 { { 0 } },
						 { 0 } };
	static const struct row_case order = { "attach target first",
					       -EINVAL,
					       "Tracing programs must provide btf_id",
					       { JA(1), MOV(0, 0), RETURN0 },
					       { TRACING(BPF_TRACE_RAW_TP) },
					       { 0 } };
	static const struct row_case sleeper = {
		"",
		-EINVAL,
		"Sleepable programs can only use array, hash, and ringbuf maps",
		{ LD64(1, 1, FD_PROGS, 0), RETURN0 },
		{ F32(prog_type, BPF_PROG_TYPE_SYSCALL), F32(prog_flags, BPF_F_SLEEPABLE) },
		{ 0 }
	};
	const struct row_case *const rows[] = { &func_id, &order, &sleeper };
	struct side *side = calloc(1, sizeof(*side));
	struct row_side rs;
	uint32_t idx = 0, i;
	struct bemu *em;
	long fd;

	(void)state;
	assert_non_null(side);
	em = world(side, BEMU_KERNEL_6_1, NULL);
	assert_true(row_begin(&rs, side, vmlinux_ids));
	/* global functions are verified whether or not they are called */
	assert_int_equal(path_load(side, &late), -EINVAL);
	assert_string_equal(side_line(side), UNKNOWN);
	assert_int_equal(path_load(side, &self), -EINVAL);
	assert_string_equal(side_line(side), "back-edge from insn 2 to 2");
	/* constants stored as such were not followed before 6.2 */
	fd = path_load(side, &imm);
	assert_true(fd >= 0);
	assert_int_equal(bemu_prog_unproven(side->task, (int)fd, &idx), 1);
	side_model_close(side, fd);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		assert_int_equal(row_load(&rs, rows[i]), rows[i]->err);
		assert_string_equal(side_line(side), rows[i]->line);
	}
	row_end(&rs);
	side_end(side);
	bemu_free(em);
	free(side);
}

/* Each allocation of a load that walks ways and relocates, failed once: -ENOMEM, and nothing is left. */
static int whole_load(const struct bemu_allocator *alloc, unsigned long *nr)
{
	static const struct core_case dead = { "",
					       C_NOPE,
					       "0:0",
					       0,
					       0,
					       NULL,
					       0,
					       32,
					       { MOV(6, 0), STX(DW, 10, 6, -8), LDX(DW, 1, 10, -8),
						 JMP(BPF_JEQ, 1, 0, 1), MOV(1, 0), EXIT } };
	struct test_alloc *counter = alloc->ctx;
	struct bemu_opts opts = { .size = sizeof(opts), .alloc = alloc };
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts), .nr_std = BEMU_TASK_STD };
	static struct side side;
	static struct bb b;
	struct core_btf *btf = core_btf();
	uint32_t len = vmlinux_btf(&b);
	struct bemu *em = NULL;
	unsigned long fail_at = counter->fail_at, before;
	long btf_fd, kret = 0;
	int err;

	counter->fail_at = 0;
	assert_int_equal(bemu_new(&opts, &em), 0);
	assert_int_equal(bemu_set_vmlinux(em, b.raw, len, 0), 0);
	assert_int_equal(bemu_seal(em), 0);
	assert_int_equal(bemu_task_new(em, &task_opts, &side.task), 0);
	side.bpf = side_model_bpf;
	btf_fd = core_load_btf(&side, btf);
	assert_true(btf_fd >= 0);
	before = counter->nr_calls;
	counter->fail_at = fail_at ? before + fail_at : 0;
	kret = core_load(&side, btf_fd, &dead, btf, 2);
	err = kret == -9999 ? -ENOMEM : 0;
	counter->fail_at = 0;
	*nr = counter->nr_calls - before;
	if (err) /* nothing is left behind: the number is free */
		assert_int_equal(
			bemu_sys_close(side.task, (int)btf_fd + 1, &kret) || kret != -EBADF, 0);
	else
		assert_true(kret >= 0);
	bemu_free(em);
	free(btf);
	return err;
}

static void failed_allocation_changes_nothing(void **state)
{
	struct test_alloc alloc;
	unsigned long nr = 0, at, all;

	(void)state;
	test_alloc_init(&alloc, 0);
	assert_int_equal(whole_load(&alloc.ops, &all), 0);
	assert_int_equal(alloc.live, 0);
	for (at = 1; at <= all; at++) {
		test_alloc_init(&alloc, at);
		assert_int_equal(whole_load(&alloc.ops, &nr), -ENOMEM);
		assert_int_equal(alloc.live, 0);
	}
}

/* C060 to C063: a union that nobody has hides the struct of its name until other names take the slot. */
static void candidates_are_remembered_by_name_alone(void **state)
{
	struct core_case c = { "", C_UCOUNTS, "0", 8, 0, NULL, 0, ONE(1) };
	struct side *side = calloc(1, sizeof(*side));
	struct core_btf *btf = core_btf();
	static const struct {
		uint32_t type;
		int32_t exists;
	} steps[] = { { C_UCOUNTS, 1 }, { 0, 0 }, { C_UCOUNTS_U, 0 },
		      { C_UCOUNTS, 0 }, { 0, 0 }, { C_UCOUNTS, 1 } };
	uint32_t i, j;
	struct bemu *em;
	long btf_fd, fd;

	(void)state;
	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	btf_fd = core_load_btf(side, btf);
	for (i = 0; i < BEMU_ARRAY_SIZE(steps); i++)
		for (j = 0; j < (steps[i].type ? 1 : NR_FLUSH); j++) {
			c.type = steps[i].type ? steps[i].type : C_FLUSH + j;
			fd = core_load(side, btf_fd, &c, btf, 1);
			assert_true(fd >= 0);
			assert_int_equal(core_first_imm(side, fd), steps[i].exists);
			side_model_close(side, fd);
		}
	side_model_close(side, btf_fd);
	side_end(side);
	bemu_free(em);
	free(btf);
	free(side);
}

/* ---- what a load says of its log ---- */

static void true_sizes_of_logs_R032_to_R036(void **state)
{
	static const struct bpf_insn insns[] = { RETURN0 }, bad[] = { LD64(1, 1, 900, 0), RETURN0 };
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
					    .insns = (uintptr_t)insns,
					    .insn_cnt = 2,
					    .license = (uintptr_t) "GPL",
					    .log_level = 1 };
	struct side *side = calloc(1, sizeof(*side));
	struct bemu *em;
	long fd;

	(void)state;
	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	fd = side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr)); /* R032: no buffer */
	assert_true(fd >= 0);
	side_model_close(side, fd);
	assert_int_equal(attr.log_true_size, 98);
	attr.log_buf = (uintptr_t)side->log;
	attr.log_size = 8;
	assert_int_equal(side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr)), -ENOSPC); /* R033 */
	assert_int_equal(attr.log_true_size, 98);
	attr.log_size = sizeof(side->log);
	fd = side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr)); /* R034 */
	assert_true(fd >= 0);
	side_model_close(side, fd);
	assert_int_equal(attr.log_true_size, strlen(side->log) + 1);
	attr.log_true_size = 77;
	fd = side->bpf(side, BPF_PROG_LOAD, &attr, 140); /* R036 */
	assert_true(fd >= 0);
	side_model_close(side, fd);
	assert_int_equal(attr.log_true_size, 77);
	attr.insns = (uintptr_t)bad;
	attr.insn_cnt = 4;
	attr.log_level = attr.log_size = 0;
	attr.log_buf = 0;
	assert_int_equal(side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr)), -EBADF); /* R035 */
	assert_int_equal(attr.log_true_size, 0);
	side_end(side);
	bemu_free(em);
	free(side);
}

/* Records longer than what is known, with zeroes behind it; level 2 tells of candidates. */
static void records_of_other_sizes_C043_C055_C070(void **state)
{
	static const struct core_case c = { "", C_TASK, "0:0", 0, 0, NULL, 8, 0, ONE(0) };
	struct side *side = calloc(1, sizeof(*side));
	struct core_btf *btf = core_btf();
	static const uint32_t sizes[] = { 20, 252 };
	struct bemu *em;
	long btf_fd, fd;
	uint32_t i;

	(void)state;
	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	btf_fd = core_load_btf(side, btf);
	assert_true(btf_fd >= 0);
	for (i = 0; i < BEMU_ARRAY_SIZE(sizes); i++) { /* C043 */
		fd = core_load_rec(side, btf_fd, &c, btf, 1, sizes[i]);
		assert_true(fd >= 0);
		assert_int_equal(core_first_imm(side, fd), 8);
		side_model_close(side, fd);
	}
	fd = core_load(side, btf_fd, &c, btf, 2); /* C055 */
	assert_true(fd >= 0);
	assert_true(strstr(side->log, "vmlinux_cand_cache:") != NULL);
	side_model_close(side, fd);
	fd = core_load(side, btf_fd, &c, btf, 1); /* C070: what a good load said is dropped */
	assert_true(fd >= 0);
	assert_memory_equal(side->log, "processed ", 10);
	side_model_close(side, fd);
	side_model_close(side, btf_fd);
	side_end(side);
	bemu_free(em);
	free(btf);
	free(side);
}

/* ---- what remains of instructions ---- */

static uint32_t dump(struct side *side, long fd, struct bpf_insn *insns, uint32_t size,
		     struct bpf_prog_info *info)
{
	struct {
		uint32_t fd, len;
		uint64_t info;
	} attr = { (uint32_t)fd, sizeof(*info), (uintptr_t)info };

	memset(info, 0, sizeof(*info));
	info->xlated_prog_insns = (uintptr_t)insns;
	info->xlated_prog_len = size;
	assert_int_equal(side->bpf(side, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	return info->xlated_prog_len;
}

static void five_ways_of_ldimm64_R400(void **state)
{
	struct side *side = calloc(1, sizeof(*side));
	struct row_side rs;
	struct bpf_prog_info info;
	struct bpf_insn out[12] = { 0 };
	struct bemu *em;
	uint32_t id;
	long fd;

	(void)state;
	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	assert_true(row_begin(&rs, side, vmlinux_ids));
	{
		const int32_t map = (int32_t)row_map(side, BPF_MAP_TYPE_ARRAY, 1);
		const struct bpf_insn insns[] = { LD64(1, 1, map, 0),
						  LD64(2, 5, 0, 0),
						  LD64(3, 2, map, 4),
						  LD64(4, 6, 0, 2),
						  LD64(5, 0, 0x11223344, 0x55667788),
						  RETURN0 };
		struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
						    .insns = (uintptr_t)insns,
						    .insn_cnt = BEMU_ARRAY_SIZE(insns),
						    .license = (uintptr_t) "GPL",
						    .fd_array = (uintptr_t)&map };

		fd = side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr));
		side_model_close(side, map);
	}
	assert_true(fd >= 0);
	assert_int_equal(dump(side, fd, out, sizeof(out), &info), sizeof(out));
	assert_int_equal(info.nr_map_ids, 1);
	id = (uint32_t)out[0].imm;
	assert_true(id > 0);
	assert_int_equal(out[0].src_reg, BPF_PSEUDO_MAP_FD);
	assert_int_equal(out[2].src_reg, BPF_PSEUDO_MAP_FD);
	assert_int_equal(out[2].imm, id);
	assert_int_equal(out[4].src_reg, BPF_PSEUDO_MAP_VALUE);
	assert_int_equal(out[4].imm, id);
	assert_int_equal(out[5].imm, 4);
	assert_int_equal(out[6].src_reg, BPF_PSEUDO_MAP_VALUE);
	assert_int_equal(out[7].imm, 2);
	assert_int_equal(out[8].src_reg, 0);
	assert_int_equal(out[8].imm, 0x11223344);
	assert_int_equal(out[9].imm, 0x55667788);
	side_model_close(side, fd);
	row_end(&rs);
	side_end(side);
	bemu_free(em);
	free(side);
}

static void what_infos_say_of_targets_R023_R140_R214(void **state)
{
	static const struct row_case target = {
		"",
		0,
		NULL,
		{ RETURN0 },
		{ TRACING(BPF_TRACE_RAW_TP), F32(attach_btf_id, ID_TP) },
		{ 0 }
	};
	static const struct row_case held = {
		"", 0, NULL, { RETURN0 }, { F64(fd_array, FDS + 5), F32(fd_array_cnt, 4) }, { 0 }
	};
	static const struct row_case call = { "",	 0,    NULL, { KCALL(9, 0), RETURN0 },
					      { { 0 } }, { 0 } };
	static const struct row_case *const rows[] = { &target, &held, &call };
	struct side *side = calloc(1, sizeof(*side));
	struct bpf_prog_info info;
	struct bpf_insn out[4];
	struct row_side rs;
	struct bemu *em;
	uint32_t i;
	long fd;

	(void)state;
	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	assert_true(row_begin(&rs, side, vmlinux_ids));
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		fd = row_load(&rs, rows[i]);
		assert_true(fd >= 0);
		(void)dump(side, fd, out, sizeof(out), &info);
		switch (i) {
		case 0: /* R023+ */
			assert_int_equal(info.attach_btf_obj_id, 1);
			assert_int_equal(info.attach_btf_id, vmlinux_ids[2]);
			break;
		case 1: /* R140+: map, user BTF, vmlinux, the map again */
			assert_int_equal(info.nr_map_ids, 1);
			assert_int_equal(info.btf_id, 0);
			break;
		default: /* R214, R214+: no type id is left in a call */
			assert_int_equal(out[0].code, 0x85);
			assert_int_equal(out[0].src_reg, BPF_PSEUDO_KFUNC_CALL);
			assert_int_equal(out[0].off, 0);
			assert_int_not_equal(out[0].imm, 9);
		}
		side_model_close(side, fd);
	}
	row_end(&rs);
	side_end(side);
	bemu_free(em);
	free(side);
}

/* ---- variables and functions by their names alone ---- */

static long load_symbol(struct side *side, long btf, uint32_t id)
{
	const struct bpf_insn insns[] = { LD64(1, 3, id, btf), RETURN0 };
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
					    .insns = (uintptr_t)insns,
					    .insn_cnt = BEMU_ARRAY_SIZE(insns),
					    .license = (uintptr_t) "GPL",
					    .log_level = 1,
					    .log_buf = (uintptr_t)side->log,
					    .log_size = sizeof(side->log) };
	long fd = side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		return fd;
	side_model_close(side, fd);
	return 0;
}

static void user_btf_names_symbols_R168_R169_R171(void **state)
{
	static const char kallsyms[] = "ffffffff81000100 T do_exit\n";
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct side *side = calloc(1, sizeof(*side));
	struct bemu_attr_btf_load load = { 0 };
	static struct bb b, user;
	uint32_t len = vmlinux_btf(&b);
	struct bemu *em = NULL;
	long btf;

	(void)state;
	assert_non_null(side);
	assert_int_equal(bemu_new(NULL, &em), 0);
	assert_int_equal(bemu_set_vmlinux(em, b.raw, len, 0), 0);
	assert_int_equal(bemu_set_kallsyms(em, kallsyms, sizeof(kallsyms) - 1), 0);
	assert_int_equal(bemu_seal(em), 0);
	assert_int_equal(bemu_task_new(em, &topts, &side->task), 0);
	side->bpf = side_model_bpf;
	memset(&user, 0, sizeof(user));
	user.len = 1;
	bb_type(&user, bb_str(&user, "int"), BTF_KIND_INT, 0, 4);
	user.types[user.nr++] = 0x01000020;
	bb_type(&user, 0, BTF_KIND_FUNC_PROTO, 0, 1);
	bb_type(&user, bb_str(&user, "do_exit"), BTF_KIND_FUNC, 0, 2);
	bb_type(&user, bb_str(&user, "do_exit"), BTF_KIND_VAR, 0, 1);
	user.types[user.nr++] = 1;
	bb_type(&user, bb_str(&user, "not_there"), BTF_KIND_VAR, 0, 1);
	user.types[user.nr++] = 1;
	load.btf_size = bb_end(&user);
	load.btf = (uintptr_t)user.raw;
	btf = side->bpf(side, BPF_BTF_LOAD, &load, sizeof(load));
	assert_true(btf > 0);
	assert_int_equal(load_symbol(side, btf, 3), 0); /* R168 */
	assert_int_equal(load_symbol(side, btf, 4), 0); /* R169 */
	assert_int_equal(load_symbol(side, btf, 5), -ENOENT); /* R171: types do not make a symbol */
	assert_string_equal(side_line(side),
			    "ldimm64 failed to find the address for kernel symbol 'not_there'.");
	bemu_free(em);
	free(side);
}

int main(void)
{
	enum {
		NR_PATHS = BEMU_ARRAY_SIZE(path_cases),
		NR_CORES = BEMU_ARRAY_SIZE(core_cases),
		NR_ROWS = BEMU_ARRAY_SIZE(row_cases),
		NR_THROWS = BEMU_ARRAY_SIZE(throw_cases)
	};
	static struct CMUnitTest tests[NR_PATHS + NR_CORES + NR_ROWS + NR_THROWS + 9];
	uint32_t i, nr = 0;

	for (i = 0; i < NR_PATHS; i++)
		tests[nr++] = (struct CMUnitTest){
			.name = path_cases[i].name,
			.test_func = path_decides,
			.initial_state = (void *)(uintptr_t)&path_cases[i],
		};
	for (i = 0; i < NR_CORES; i++)
		tests[nr++] = (struct CMUnitTest){
			.name = core_cases[i].name,
			.test_func = kernel_relocates,
			.initial_state = (void *)(uintptr_t)&core_cases[i],
		};
	for (i = 0; i < NR_ROWS; i++)
		tests[nr++] = (struct CMUnitTest){
			.name = row_cases[i].name,
			.test_func = measured_row,
			.initial_state = (void *)(uintptr_t)&row_cases[i],
		};
	for (i = 0; i < NR_THROWS; i++)
		tests[nr++] = (struct CMUnitTest){
			.name = throw_cases[i].name,
			.test_func = exception_callback,
			.initial_state = (void *)(uintptr_t)&throw_cases[i],
		};
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(candidates_are_remembered_by_name_alone);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(limit_of_used_objects);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(true_sizes_of_logs_R032_to_R036);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(records_of_other_sizes_C043_C055_C070);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(five_ways_of_ldimm64_R400);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(what_infos_say_of_targets_R023_R140_R214);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(user_btf_names_symbols_R168_R169_R171);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(older_kernels);
	tests[nr] = (struct CMUnitTest)cmocka_unit_test(failed_allocation_changes_nothing);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
