/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A scenario with much in it that its finding does not need, and what is left. */
#include <errno.h>
#include <stdio.h>

#include "helpers.h"

#include "scenario/artefact.h"
#include "scenario/calls.h"
#include "scenario/reduce.h"

enum { TEXT_LEN = 16384 };

static const char core[] = "scenario: a number is closed twice\n"
			   "map create array 0 0 0  -> fd m\n"
			   "close m                 -> 0\n"
			   "close m                 -> -EBADF\n"
			   "expect finding fd-double-close at 3\n";

/* 40 steps, three of which are needed. */
static void pad(char text[TEXT_LEN])
{
	uint32_t i;
	int n = snprintf(text, TEXT_LEN,
			 "scenario: a number is closed twice\nkernel 6.12\n"
			 "module load demo { struct s { int a; }; } -> ok\n"
			 "task other\n");

	for (i = 0; i < 10; i++)
		n += snprintf(
			text + n, TEXT_LEN - (size_t)n,
			"  map create hash 4 %u 8 name=h%u -> fd h%u\n  map update h%u 1 2 -> 0\n",
			8 * (i + 1), i, i, i);
	n += snprintf(
		text + n, TEXT_LEN - (size_t)n,
		"task user\n  map create array 4 16 3 flags=0x400 name=mine -> fd m\n"
		"  prog load socket_filter {\n    r1 = map m ll\n    r0 = 0\n    exit\n  } -> fd p\n");
	for (i = 0; i < 7; i++)
		n += snprintf(text + n, TEXT_LEN - (size_t)n,
			      "  dup p -> fd d%u\n  close d%u -> 0\n", i, i);
	(void)snprintf(text + n, TEXT_LEN - (size_t)n,
		       "  close m -> 0\n  close m -> -EBADF\n  close p -> 0\n"
		       "expect finding fd-double-close: map m\n");
}

static int reduce(struct bemu_env *env, const char *text, uint32_t max_runs, struct bemu_buf *out,
		  struct bemu_reduce_result *res)
{
	const struct bemu_reduce_opts opts = { .size = sizeof(opts), .max_runs = max_runs };
	struct bemu_scn_where where = { 0 };

	bemu_buf_init(out, env);
	return bemu_scn_reduce(env, text, strlen(text), &opts, &where, out, res);
}

/* Runs the text: everything is as it expects. */
static void holds(struct bemu_env *env, const char *text)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts) };
	struct bemu_scn_result res = { 0 };
	struct bemu_scn *scn = NULL;
	struct bemu_buf report;

	bemu_buf_init(&report, env);
	opts.report = &report;
	assert_int_equal(bemu_scn_parse(env, text, strlen(text), NULL, &scn), 0);
	assert_int_equal(bemu_scn_run(env, scn, &opts, NULL, &res), 0);
	if (res.nr_unmet)
		fail_msg("%s", bemu_buf_str(&report));
	assert_int_equal(res.nr_findings, 1);
	bemu_scn_free(scn);
	bemu_buf_fini(&report);
}

static void forty_steps_become_the_three_that_are_needed(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_reduce_result res;
	struct bemu_buf out;
	char text[TEXT_LEN];

	(void)state;
	pad(text);
	holds(env, text);
	assert_int_equal(reduce(env, text, 0, &out, &res), 0);
	assert_true(res.found);
	assert_false(res.exhausted);
	assert_int_equal(res.id, BEMU_FINDING_FD_DOUBLE_CLOSE);
	holds(env, bemu_buf_str(&out));
	if (!strstr(bemu_buf_str(&out), "close m") || out.len > strlen(core) + 60)
		fail_msg("%s", bemu_buf_str(&out));
	bemu_buf_fini(&out);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void what_is_small_stays_as_it_is(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_reduce_result res;
	struct bemu_buf first, second;
	char text[TEXT_LEN];

	(void)state;
	pad(text);
	assert_int_equal(reduce(env, text, 0, &first, &res), 0);
	assert_int_equal(reduce(env, bemu_buf_str(&first), 0, &second, &res), 0);
	assert_string_equal(bemu_buf_str(&first), bemu_buf_str(&second));
	bemu_buf_fini(&first);
	bemu_buf_fini(&second);
	bemu_env_free(env);
}

static void a_budget_ends_it_with_a_scenario_that_holds(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_reduce_result res;
	struct bemu_buf out;
	char text[TEXT_LEN];
	uint32_t runs;

	(void)state;
	pad(text);
	for (runs = 2; runs < 30; runs += 9) {
		assert_int_equal(reduce(env, text, runs, &out, &res), 0);
		assert_true(res.found && res.exhausted);
		assert_int_equal(res.nr_runs, runs);
		holds(env, bemu_buf_str(&out));
		bemu_buf_fini(&out);
	}
	bemu_env_free(env);
}

static void without_a_finding_nothing_is_done(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_reduce_result res;
	struct bemu_buf out;

	(void)state;
	assert_int_equal(
		reduce(env, "scenario: s\nmap create array 4 4 1 -> fd m\n", 0, &out, &res), 0);
	assert_false(res.found);
	assert_int_equal(out.len, 0);
	assert_int_equal(res.nr_runs, 1);
	bemu_buf_fini(&out);
	bemu_env_free(env);
}

static void what_is_no_scenario_is_refused(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_reduce_result res;
	struct bemu_buf out;

	(void)state;
	assert_int_equal(reduce(env, "no scenario\n", 0, &out, &res), -EINVAL);
	bemu_buf_fini(&out);
	bemu_env_free(env);
}

/* As accept-module-comes-and-goes, with padding: on 6.6 the id of a module's BTF stays too long. */
static void bytes_become_the_records_that_are_needed(void **state)
{
	static const uint8_t needed[2][BEMU_CALL_LEN] = { { 8, 0, 2, 2 }, { 13, 0, 0, 7 } };
	const struct bemu_reduce_opts opts = { .size = sizeof(opts) };
	struct bemu_knobs knobs = { .kernel = BEMU_KERNEL_6_6, .magic = { 'K', 'N', 'O', 'B' } };
	uint8_t input[16 * BEMU_CALL_LEN + sizeof(knobs)] = { 0 };
	struct bemu_env *env = test_env();
	struct bemu_reduce_result res;
	struct bemu_buf out;

	(void)state;
	memcpy(input + 5 * BEMU_CALL_LEN, needed[0], BEMU_CALL_LEN);
	memcpy(input + 9 * BEMU_CALL_LEN, needed[1], BEMU_CALL_LEN);
	memcpy(input + 16 * BEMU_CALL_LEN, &knobs, sizeof(knobs));
	bemu_buf_init(&out, env);
	assert_int_equal(bemu_artefact_reduce(env, "lifetime_fuzzer", input, sizeof(input), &opts,
					      &out, &res),
			 0);
	assert_true(res.found);
	assert_int_equal(res.id, BEMU_FINDING_ID_STALE);
	assert_int_equal(out.len, 2 * BEMU_CALL_LEN + sizeof(knobs));
	bemu_buf_fini(&out);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forty_steps_become_the_three_that_are_needed),
		cmocka_unit_test(what_is_small_stays_as_it_is),
		cmocka_unit_test(a_budget_ends_it_with_a_scenario_that_holds),
		cmocka_unit_test(without_a_finding_nothing_is_done),
		cmocka_unit_test(what_is_no_scenario_is_refused),
		cmocka_unit_test(bytes_become_the_records_that_are_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
