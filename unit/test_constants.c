// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Which constants carry an FD away, and which only look like it. */
#include <errno.h>
#include <stdio.h>

#include "helpers.h"

#include "audit/constants.h"

enum { MODULE_FD = 5, USER_FD = 6, OTHER_FD = 7, PROG_FD = 8, CLOSED_FD = 9 };

/* vmlinux has types 1 to 9, the module behind fd 5 up to 19, the user's BTF behind fd 6 up to 4. */
static int type_name(void *ctx, int fd, uint32_t id, char *buf, size_t len)
{
	uint32_t nr = fd == 0 ? 10 : fd == MODULE_FD ? 20 : fd == USER_FD ? 5 : 0;

	(void)ctx;
	if (!id || id >= nr)
		return -ENOENT;
	(void)snprintf(buf, len, "%s", id == 15 ? "" : "type");
	return 0;
}

struct world {
	struct bemu_env *env;
	struct bemu_findings findings;
	struct bemu_ledger *ledger;
	struct bemu_constants *constants;
	uint32_t step;
};

static struct bemu_ledger_where here(struct world *w)
{
	return (struct bemu_ledger_where){
		.step = ++w->step, .insn_idx = -1, .call = "call", .stored_by = UINT32_MAX
	};
}

static uint32_t open_fd(struct world *w, int fd, const char *what)
{
	struct bemu_ledger_where where = here(w);
	uint32_t life = 0;

	assert_int_equal(bemu_ledger_opened(w->ledger, &where, fd, what, &life), 0);
	return life;
}

static void close_fd(struct world *w, int fd)
{
	struct bemu_ledger_where where = here(w);
	uint32_t life = bemu_ledger_open_life(w->ledger, fd);

	assert_int_equal(bemu_ledger_closed(w->ledger, &where, fd, 0, 0), 0);
	assert_int_equal(bemu_constants_closed(w->constants, life, where.step), 0);
}

static void open_world(struct world *w)
{
	struct bemu_constants_opts opts = { .type_name = type_name };

	memset(w, 0, sizeof(*w));
	w->env = test_env();
	bemu_findings_init(&w->findings, w->env);
	assert_int_equal(bemu_ledger_new(w->env, &w->findings, &w->ledger), 0);
	assert_int_equal(bemu_constants_new(w->env, &w->findings, w->ledger, &opts, &w->constants),
			 0);
	(void)open_fd(w, MODULE_FD, "btf demo");
	(void)open_fd(w, USER_FD, "btf of the user");
	(void)open_fd(w, OTHER_FD, "map m");
	(void)open_fd(w, CLOSED_FD, "btf gone");
	close_fd(w, CLOSED_FD);
}

static void close_world(struct world *w)
{
	bemu_constants_free(w->constants);
	bemu_ledger_free(w->ledger);
	bemu_findings_fini(&w->findings);
	assert_int_equal(bemu_env_live(w->env), 0);
	bemu_env_free(w->env);
}

static void saw(struct world *w, uint32_t insn_idx, uint32_t src_reg, int32_t low, int32_t high)
{
	const struct bpf_insn words[2] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = src_reg & 0xf, .imm = low },
		{ .imm = high }
	};

	assert_int_equal(bemu_constants_saw(w->constants, insn_idx, words), 0);
}

struct row {
	const char *name;
	uint32_t src_reg;
	int32_t low, high;
	bool found;
};

static const struct row rows[] = {
	{ "an_fd_above_a_type_of_its_btf", 0, 12, MODULE_FD, true },
	{ "an_fd_above_a_type_that_vmlinux_has_too", 0, 9, MODULE_FD, false },
	{ "an_fd_above_what_is_no_type", 0, 20, MODULE_FD, false },
	{ "an_fd_above_a_type_without_a_name", 0, 15, MODULE_FD, false },
	{ "an_fd_above_0", 0, 0, MODULE_FD, false },
	{ "an_fd_of_a_users_btf", 0, 3, USER_FD, false },
	{ "an_fd_of_a_map", 0, 12, OTHER_FD, false },
	{ "a_number_that_was_closed_before", 0, 12, CLOSED_FD, false },
	{ "a_number_that_was_never_open", 0, 12, 77, false },
	{ "nothing_above_the_type", 0, 12, 0, false },
	{ "all_ones_above_the_type", 0, 12, -1, false },
	{ "a_reference_that_the_kernel_takes", BPF_PSEUDO_BTF_ID, 12, MODULE_FD, false },
};

/* The FD is closed while the program is there. */
static void run_row(void **state)
{
	const struct row *row = *state;
	struct world w;

	open_world(&w);
	saw(&w, 3, row->src_reg, row->low, row->high);
	bemu_constants_loaded(w.constants, open_fd(&w, PROG_FD, "prog p"));
	assert_int_equal(w.findings.nr, 0);
	close_fd(&w, MODULE_FD);
	close_fd(&w, USER_FD);
	close_fd(&w, OTHER_FD);
	assert_int_equal(w.findings.nr, row->found);
	if (row->found)
		assert_string_equal(w.findings.arr[0].summary,
				    "btf demo in prog p outlives its table entry");
	close_world(&w);
}

static void a_program_that_was_refused_carries_nothing(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	saw(&w, 0, 0, 12, MODULE_FD);
	bemu_constants_loaded(w.constants, 0);
	/* the next one is another program */
	bemu_constants_loaded(w.constants, open_fd(&w, PROG_FD, "prog p"));
	close_fd(&w, MODULE_FD);
	assert_int_equal(w.findings.nr, 0);
	close_world(&w);
}

static void a_program_that_ended_first_carries_nothing(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	saw(&w, 0, 0, 12, MODULE_FD);
	bemu_constants_loaded(w.constants, open_fd(&w, PROG_FD, "prog p"));
	close_fd(&w, PROG_FD);
	close_fd(&w, MODULE_FD);
	assert_int_equal(w.findings.nr, 0);
	close_world(&w);
}

static void a_pinned_program_lives_on_without_an_fd(void **state)
{
	struct world w;
	uint32_t life;

	(void)state;
	open_world(&w);
	saw(&w, 0, 0, 12, MODULE_FD);
	life = open_fd(&w, PROG_FD, "prog p");
	bemu_constants_loaded(w.constants, life);
	bemu_constants_pinned(w.constants, life);
	close_fd(&w, PROG_FD);
	close_fd(&w, MODULE_FD);
	assert_int_equal(w.findings.nr, 1);
	close_world(&w);
}

static void constants_of_one_number_are_one_finding_a_program(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	saw(&w, 0, 0, 12, MODULE_FD);
	saw(&w, 2, 0, 13, MODULE_FD);
	bemu_constants_loaded(w.constants, open_fd(&w, PROG_FD, "prog p"));
	saw(&w, 0, 0, 12, MODULE_FD);
	bemu_constants_loaded(w.constants, open_fd(&w, PROG_FD + 10, "prog q"));
	close_fd(&w, MODULE_FD);
	assert_int_equal(w.findings.nr, 2);
	close_world(&w);
}

int main(void)
{
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(rows) + 4];
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
						.test_func = run_row,
						.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[i++] =
		(struct CMUnitTest)cmocka_unit_test(a_program_that_was_refused_carries_nothing);
	tests[i++] =
		(struct CMUnitTest)cmocka_unit_test(a_program_that_ended_first_carries_nothing);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(a_pinned_program_lives_on_without_an_fd);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(
		constants_of_one_number_are_one_finding_a_program);
	return cmocka_run_group_tests_name("constants", tests, NULL, NULL);
}
