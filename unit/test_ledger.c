// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include <errno.h>

#include "helpers.h"

#include "audit/ledger.h"

/* A run is a string of steps: oN open N, cN close, uN use, hN hand out; a letter after it names the life. */
struct book {
	struct bemu_env *env;
	struct bemu_findings findings;
	struct bemu_ledger *ledger;
	uint32_t step;
	uint32_t life[128]; /* by letter */
};

static void book_open(struct book *b)
{
	memset(b, 0, sizeof(*b));
	b->env = test_env();
	bemu_findings_init(&b->findings, b->env);
	assert_int_equal(bemu_ledger_new(b->env, &b->findings, &b->ledger), 0);
}

static void book_close(struct book *b)
{
	bemu_ledger_free(b->ledger);
	bemu_findings_fini(&b->findings);
	assert_int_equal(bemu_env_live(b->env), 0);
	bemu_env_free(b->env);
}

/* One step: verb, number, and the letter of the life that the number was stored as, or '-'. */
static int step(struct book *b, char verb, int fd, char letter)
{
	struct bemu_ledger_where where = { .step = ++b->step,
					   .insn_idx = (int32_t)b->step * 10,
					   .call = "bpf_sys_close",
					   .stored = "blob+256",
					   .stored_by = UINT32_MAX };
	uint32_t tag = letter == '-' ? 0 : b->life[(unsigned char)letter];
	char what[8] = { 'p', 'r', 'o', 'g', ' ', letter, '\0' };

	switch (verb) {
	case 'o':
		return bemu_ledger_opened(b->ledger, &where, fd, what,
					  &b->life[(unsigned char)letter]);
	case 'c':
		return bemu_ledger_closed(b->ledger, &where, fd, 0, tag);
	case 'b':
		return bemu_ledger_closed(b->ledger, &where, fd, -EBADF, tag);
	case 'u':
		return bemu_ledger_used(b->ledger, &where, fd, tag);
	case 'h':
		return bemu_ledger_handed(b->ledger, &where, fd, tag, what);
	default:
		return bemu_ledger_end(b->ledger, &where);
	}
}

struct book_case {
	const char *name;
	const char *steps; /* verb, digit, letter, blank ... */
	uint32_t nr, roots;
	uint32_t first; /* id of the first finding */
	uint32_t first_step;
};

static const struct book_case cases[] = {
	{ "open_use_close_is_quiet", "o3a u3a c3a e0-", 0, 0, 0, 0 },
	{ "a_number_reused_with_its_new_life_is_quiet", "o3a c3a o3b u3b c3b e0-", 0, 0, 0, 0 },
	{ "what_is_handed_out_is_no_leak", "o3a h3a e0-", 0, 0, 0, 0 },
	{ "what_is_left_open_is_a_leak", "o3a o4b h4b e0-", 1, 1, BEMU_FINDING_FD_LEAK, 4 },
	{ "closing_twice", "o3a c3a b3a e0-", 1, 1, BEMU_FINDING_FD_DOUBLE_CLOSE, 3 },
	{ "closing_twice_without_a_tag", "o3a c3a b3- e0-", 1, 1, BEMU_FINDING_FD_DOUBLE_CLOSE, 3 },
	{ "closing_a_number_that_never_was_is_not_judged", "b9- e0-", 0, 0, 0, 0 },
	{ "using_a_dead_number", "o3a c3a u3a e0-", 1, 1, BEMU_FINDING_FD_USE_AFTER_CLOSE, 3 },
	{ "closing_a_number_that_names_another_object_by_now", "o3a c3a o3b c3a e0-", 1, 1,
	  BEMU_FINDING_FD_RECYCLED, 4 },
	{ "using_a_number_that_names_another_object_by_now", "o3a c3a o3b u3a h3b e0-", 1, 1,
	  BEMU_FINDING_FD_RECYCLED, 4 },
	{ "an_untagged_use_of_a_live_number_is_quiet", "o3a c3a o3b u3- c3- e0-", 0, 0, 0, 0 },
	{ "results_that_follow_from_a_wrong_close_are_consequences",
	  "o6m c6m o6b c6m o6c h6b h6c e0-", 2, 1, BEMU_FINDING_FD_RECYCLED, 4 },
	{ "two_results_that_are_one_number", "o6a h6- h6- e0-", 1, 1,
	  BEMU_FINDING_FD_ALIASED_RESULT, 3 },
	{ "dup2_over_an_open_number_ends_its_life", "o6a o6b c6a e0-", 1, 1,
	  BEMU_FINDING_FD_RECYCLED, 3 },
};

static void run_case(void **state)
{
	const struct book_case *c = *state;
	const char *s;
	struct book b;

	book_open(&b);
	for (s = c->steps; *s; s += s[3] ? 4 : 3)
		assert_int_equal(step(&b, s[0], s[1] - '0', s[2]), 0);
	assert_int_equal(b.findings.nr, c->nr);
	assert_int_equal(bemu_findings_roots(&b.findings), c->roots);
	if (c->nr) {
		assert_int_equal(b.findings.arr[0].id, c->first);
		assert_int_equal(b.findings.arr[0].step, c->first_step);
		assert_int_equal(b.findings.arr[0].root, -1);
	}
	if (c->nr > c->roots)
		assert_int_equal(b.findings.arr[1].root, 0);
	book_close(&b);
}

static void a_report_names_both_owners_and_the_whole_life_of_the_number(void **state)
{
	static const char steps[] = "o6m c6m o6b c6m o6c h6c e0-";
	const struct bemu_finding *f;
	const char *s;
	struct book b;

	(void)state;
	book_open(&b);
	for (s = steps; *s; s += s[3] ? 4 : 3)
		assert_int_equal(step(&b, s[0], s[1] - '0', s[2]), 0);
	assert_int_equal(b.findings.nr, 1);
	f = &b.findings.arr[0];
	assert_string_equal(bemu_finding_name(f->id), "fd-recycled");
	assert_string_equal(f->summary, "bpf_sys_close closed prog b instead of prog m");
	assert_int_equal(f->nr_lines, 5);
	assert_string_equal(f->lines[0], "where   loader insn 40: bpf_sys_close");
	assert_string_equal(f->lines[1], "number  blob+256");
	assert_string_equal(f->lines[2],
			    "meant   fd 6 (1st)  prog m  opened insn 10, closed insn 20");
	assert_string_equal(f->lines[3], "hit     fd 6 (2nd)  prog b  opened insn 30");
	assert_string_equal(
		f->lines[4],
		"fd 6     insn 10: prog m --x insn 20;  insn 30: prog b --x insn 40;  insn 50: prog c --> caller");
	book_close(&b);
}

static int keep_book(struct bemu_env *env, void *arg)
{
	struct bemu_ledger_where where = { .step = 1, .call = "close" };
	struct bemu_findings findings;
	struct bemu_ledger *ledger = NULL;
	int err, fd;

	(void)arg;
	bemu_findings_init(&findings, env);
	err = bemu_ledger_new(env, &findings, &ledger);
	for (fd = 0; fd < 20 && !err; fd++)
		err = bemu_ledger_opened(ledger, &where, fd, "map m", NULL);
	if (!err)
		err = bemu_ledger_end(ledger, &where);
	if (!err)
		assert_int_equal(findings.nr, 20);
	bemu_ledger_free(ledger);
	bemu_findings_fini(&findings);
	return err;
}

static void a_book_survives_the_failure_sweep(void **state)
{
	(void)state;
	test_failure_sweep(keep_book, NULL);
}

static void a_negative_number_is_refused(void **state)
{
	struct book b;

	(void)state;
	book_open(&b);
	assert_int_equal(step(&b, 'o', -1, 'a'), -EINVAL);
	assert_int_equal(bemu_ledger_nr_lives(b.ledger), 0);
	assert_null(bemu_ledger_life(b.ledger, 1));
	book_close(&b);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(a_report_names_both_owners_and_the_whole_life_of_the_number),
		cmocka_unit_test(a_book_survives_the_failure_sweep),
		cmocka_unit_test(a_negative_number_is_refused),
	};
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(cases) + BEMU_ARRAY_SIZE(fixed)];
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = run_case,
						.initial_state = (void *)(uintptr_t)&cases[i] };
	memcpy(&tests[i], fixed, sizeof(fixed));
	return _cmocka_run_group_tests("ledger", tests, BEMU_ARRAY_SIZE(tests), NULL, NULL);
}
