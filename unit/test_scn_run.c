/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the runner makes of a text: mistakes that only it can see, findings, scenarios made by chance. */
#include <errno.h>

#include "helpers.h"

#include "scenario/generate.h"
#include "scenario/run.h"

enum { SEEDS = 40, STEPS = 100 };

static int run_text(const char *text, struct bemu_scn_where *where, struct bemu_scn_result *res)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts) };
	struct bemu_scn *scn = NULL;
	struct bemu_buf report;
	struct bemu_env *env;
	int err;

	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	bemu_buf_init(&report, env);
	opts.report = &report;
	if (bemu_scn_parse(env, text, strlen(text), where, &scn))
		fail_msg("%u:%u: %s", where->line, where->col, where->text);
	err = bemu_scn_run(env, scn, &opts, where, res);
	if (!err && res->nr_unmet)
		print_message("%s", bemu_buf_str(&report));
	bemu_buf_fini(&report);
	bemu_scn_free(scn);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
	return err;
}

static void is_mistake(const char *text, uint32_t line, const char *why)
{
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_result res = { 0 };

	assert_int_equal(run_text(text, &where, &res), -EINVAL);
	assert_int_equal(where.line, line);
	assert_non_null(strstr(where.text, why));
}

static void no_step_is_a_mistake(void **state)
{
	(void)state;
	is_mistake("scenario: a\n", 1, "needs a step");
	is_mistake("# x\n\nscenario: a\nkernel 6.1\n", 4, "needs a step");
	is_mistake("scenario: a\ntask t\n", 2, "needs a step");
	is_mistake("scenario: a\nexpect finding fd-leak\n", 2, "needs a step");
}

#define NAME_55 "m234567890123456789012345678901234567890123456789012345"

static void long_names_of_modules(void **state)
{
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_result res = { 0 };

	(void)state;
	assert_int_equal(strlen(NAME_55), 55);
	is_mistake("scenario: a\nmodule load " NAME_55 "6 { int v; } -> ok\n", 2, "55 characters");
	is_mistake("scenario: a\nobject { kfunc k in " NAME_55 "6 }\n", 2, "55 characters");
	assert_int_equal(run_text("scenario: a\nmodule load " NAME_55 " { int v; } -> ok\n"
				  "btf open " NAME_55 " -> fd m\nclose m -> 0\n",
				  &where, &res),
			 0);
	assert_int_equal(res.nr_unmet, 0);
}

static uint32_t findings_of(const char *text)
{
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_result res = { 0 };

	assert_int_equal(run_text(text, &where, &res), 0);
	return res.nr_findings;
}

static void a_number_is_just_that(void **state)
{
	(void)state;
	assert_int_equal(findings_of("scenario: a\nopen other -> fd f 3\nclose 3 -> 0\n"
				     "close 3 -> -EBADF\n"),
			 0);
	assert_int_equal(findings_of("scenario: a\nopen other -> fd f 3\nclose 3 -> 0\n"
				     "close f -> -EBADF, finding fd-double-close\n"),
			 1);
	assert_int_equal(findings_of("scenario: a\nopen other -> fd f 3\nclose f -> 0\n"
				     "open other -> fd g 3\nclose 3 -> 0\n"),
			 0);
}

static void generated_ones_hold(void **state)
{
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_result res = { 0 };
	struct bemu_buf text;
	struct bemu_env *env;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
		bemu_buf_init(&text, env);
		assert_int_equal(bemu_scn_generate(env, seed, STEPS, &text), 0);
		assert_int_equal(run_text(bemu_buf_str(&text), &where, &res), 0);
		if (res.nr_unmet || res.nr_steps != STEPS)
			fail_msg("seed %u: %u steps, %u not met", (unsigned int)seed, res.nr_steps,
				 res.nr_unmet);
		bemu_buf_fini(&text);
		bemu_env_free(env);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_step_is_a_mistake),
		cmocka_unit_test(long_names_of_modules),
		cmocka_unit_test(a_number_is_just_that),
		cmocka_unit_test(generated_ones_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
