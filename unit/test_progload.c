// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* PROG_LOAD of the model: which ways through a program decide about it, and the kernel's relocations. */
#include "helpers.h"

#include <bemu/bemu.h>

#include "progload_side.h"

#include "progload_core.h"
#include "progload_rows.h"

/* 1 INT int, 2 STRUCT task_struct, 3 ENUM bpf_map_type, 4 TYPEDEF pid_t, 5 STRUCT ucounts, 7 FUNC do_exit, 8 TYPEDEF */
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

int main(void)
{
	enum {
		NR_PATHS = BEMU_ARRAY_SIZE(path_cases),
		NR_CORES = BEMU_ARRAY_SIZE(core_cases),
		NR_ROWS = BEMU_ARRAY_SIZE(row_cases)
	};
	static struct CMUnitTest tests[NR_PATHS + NR_CORES + NR_ROWS + 1];
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
	tests[nr] = (struct CMUnitTest)cmocka_unit_test(candidates_are_remembered_by_name_alone);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
