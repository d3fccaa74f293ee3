// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include <errno.h>

#include "helpers.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/ints.h"

struct fit_case {
	const char *name;
	int64_t value;
	int err;
	int16_t out;
};

static const struct fit_case fit_cases[] = {
	{ "fit_s16_keeps_the_largest", INT16_MAX, 0, INT16_MAX },
	{ "fit_s16_keeps_the_smallest", INT16_MIN, 0, INT16_MIN },
	{ "fit_s16_refuses_one_above_the_largest", INT16_MAX + 1, -ERANGE, 77 },
	{ "fit_s16_refuses_one_below_the_smallest", INT16_MIN - 1, -ERANGE, 77 },
	{ "fit_s16_refuses_a_value_whose_low_half_fits", 0x10001, -ERANGE, 77 },
};

static void run_fit(void **state)
{
	const struct fit_case *c = *state;
	int16_t out = 77;

	assert_int_equal(bemu_s16_from_s64(c->value, &out), c->err);
	assert_int_equal(out, c->out);
}

static void fit_from_u64_does_not_take_all_ones_for_minus_one(void **state)
{
	int16_t out = 77;

	(void)state;
	assert_int_equal(bemu_s16_from_u64(~0ull, &out), -ERANGE);
	assert_int_equal(out, 77);
}

static void wraps_keep_the_low_bits(void **state)
{
	(void)state;
	assert_int_equal(bemu_wrap_s16(0x18000), -32768);
	assert_int_equal(bemu_wrap_s32(0x1ffffffffull), -1);
	assert_int_equal(bemu_wrap_u32(0x100000007ull), 7);
}

static void checked_arithmetic_reports_overflow_and_leaves_the_output(void **state)
{
	uint32_t out = 77;

	(void)state;
	assert_int_equal(bemu_add_u32(UINT32_MAX, 1, &out), -EOVERFLOW);
	assert_int_equal(bemu_sub_u32(0, 1, &out), -EOVERFLOW);
	assert_int_equal(bemu_mul_u32(0x10000, 0x10000, &out), -EOVERFLOW);
	assert_int_equal(bemu_align_up_u32(UINT32_MAX - 2, 8, &out), -EOVERFLOW);
	assert_int_equal(out, 77);
	assert_int_equal(bemu_align_up_u32(9, 8, &out), 0);
	assert_int_equal(out, 16);
}

static void cursor_stops_at_the_end_and_stays_there(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
	struct bemu_cursor cur;
	uint32_t v = 77;
	const void *slice;

	(void)state;
	bemu_cur_init(&cur, bytes, sizeof(bytes), false);
	assert_int_equal(bemu_cur_u32(&cur, &v), 0);
	v = 77;
	assert_int_equal(bemu_cur_u32(&cur, &v), -EINVAL);
	assert_int_equal(v, 77);
	assert_int_equal(bemu_cur_left(&cur), 1);
	assert_int_equal(bemu_cur_slice(&cur, 2, &slice), -EINVAL);
	assert_int_equal(bemu_cur_seek(&cur, 6), -EINVAL);
	assert_int_equal(bemu_cur_seek(&cur, 5), 0);
	assert_int_equal(bemu_cur_left(&cur), 0);
}

static void cursor_swaps_words_of_the_other_byte_order(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct bemu_cursor cur;
	uint32_t there, back;
	uint16_t half;

	(void)state;
	bemu_cur_init(&cur, bytes, sizeof(bytes), false);
	assert_int_equal(bemu_cur_u32(&cur, &there), 0);
	bemu_cur_init(&cur, bytes, sizeof(bytes), true);
	assert_int_equal(bemu_cur_u32(&cur, &back), 0);
	assert_int_equal(there, __builtin_bswap32(back));
	bemu_cur_init(&cur, bytes, sizeof(bytes), true);
	assert_int_equal(bemu_cur_u16(&cur, &half), 0);
	assert_int_equal(bemu_swap16(half), there & 0xffff);
}

static void zalloc_gives_zeroes_after_reuse(void **state)
{
	struct bemu_env *env = test_env();
	size_t size, i;

	(void)state;
	for (size = 0; size < 5000; size = size * 2 + 1) {
		char *a = bemu_zalloc(env, size);

		assert_non_null(a);
		memset(a, 0x5a, size);
		bemu_mem_free(env, a);
		a = bemu_zalloc(env, size);
		for (i = 0; i < size; i++)
			assert_int_equal(a[i], 0);
		bemu_mem_free(env, a);
	}
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void large_and_small_allocations_do_not_overlap(void **state)
{
	struct bemu_env *env = test_env();
	unsigned char *p[200];
	size_t i, j;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(p); i++) {
		p[i] = bemu_alloc(env, i * i);
		assert_non_null(p[i]);
		memset(p[i], (int)i, i * i);
	}
	for (i = 0; i < BEMU_ARRAY_SIZE(p); i++)
		for (j = 0; j < i * i; j++)
			assert_int_equal(p[i][j], i & 0xff);
	for (i = 0; i < BEMU_ARRAY_SIZE(p); i += 2)
		bemu_mem_free(env, p[i]);
	assert_int_equal(bemu_env_live(env), BEMU_ARRAY_SIZE(p) / 2);
	bemu_env_reset(env);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void a_steady_workload_stops_asking_the_outer_allocator(void **state)
{
	struct test_alloc a;
	struct bemu_env *env = NULL;
	unsigned long after_first = 0;
	int round, i;

	(void)state;
#ifdef BEMU_ALLOC_PASSTHROUGH
	skip();
#endif
	test_alloc_init(&a, 0);
	assert_int_equal(bemu_env_new(&a.ops, NULL, &env), 0);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 3000; i++)
			assert_non_null(bemu_alloc(env, (size_t)(i % 600)));
		bemu_env_reset(env);
		if (round == 0)
			after_first = a.nr_calls;
	}
	assert_int_equal(a.nr_calls, after_first);
	bemu_env_free(env);
	assert_int_equal(a.live, 0);
}

static void impossible_sizes_are_a_fault_and_not_a_crash(void **state)
{
	struct bemu_env *env = test_env();

	(void)state;
	assert_null(bemu_zalloc(env, SIZE_MAX));
	assert_int_equal(env->fault, -ENOMEM);
	env->fault = 0;
	assert_null(bemu_zalloc_array(env, SIZE_MAX / 2, 4));
	assert_int_equal(env->fault, -ENOMEM);
	assert_int_equal(bemu_log_last(&env->log)->reason, BEMU_R_NO_MEMORY);
	bemu_env_free(env);
}

static void memory_budget_is_kept(void **state)
{
	struct bemu_limits limits = { .max_memory = 1 << 20 };
	struct bemu_env *env = NULL;
	void *p;
	int n = 0;

	(void)state;
	assert_int_equal(bemu_env_new(NULL, &limits, &env), 0);
	while ((p = bemu_alloc(env, 100000)))
		n++;
	assert_in_range(n, 8, 10);
	assert_int_equal(env->fault, -ENOMEM);
	bemu_env_free(env);
}

static void work_budget_runs_out_once_and_latches(void **state)
{
	struct bemu_limits limits = { .max_steps = 10 };
	struct bemu_env *env = NULL;

	(void)state;
	assert_int_equal(bemu_env_new(NULL, &limits, &env), 0);
	assert_int_equal(bemu_env_step(env, 10), 0);
	assert_int_equal(bemu_env_step(env, 1), -EDQUOT);
	assert_int_equal(env->fault, -EDQUOT);
	assert_int_equal(bemu_log_last(&env->log)->reason, BEMU_R_BUDGET);
	bemu_env_budget(env);
	assert_int_equal(bemu_env_step(env, 1), 0);
	bemu_env_free(env);
}

static void grow_keeps_content_and_zeroes_the_rest(void **state)
{
	struct bemu_env *env = test_env();
	uint32_t *arr = NULL, cap = 0, i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		assert_int_equal(bemu_grow(env, &arr, &cap, i + 1, sizeof(*arr)), 0);
		assert_int_equal(arr[i], 0);
		arr[i] = i;
	}
	for (i = 0; i < 1000; i++)
		assert_int_equal(arr[i], i);
	assert_int_equal(bemu_grow(env, &arr, &cap, SIZE_MAX, sizeof(*arr)), -ENOMEM);
	assert_int_equal(arr[999], 999);
	bemu_mem_free(env, arr);
	bemu_env_free(env);
}

static void log_keeps_the_newest_records_and_cuts_long_text(void **state)
{
	struct bemu_env *env = test_env();
	char text[500];
	int i;

	(void)state;
	assert_null(bemu_log_last(&env->log));
	for (i = 0; i < 100; i++)
		assert_int_equal(bemu_fail(env, -EINVAL, BEMU_R_TRUNCATED, (uint64_t)i, "n %d", i),
				 -EINVAL);
	assert_int_equal(bemu_log_count(&env->log), BEMU_LOG_RING);
	assert_string_equal(bemu_log_get(&env->log, 0)->text, "n 36");
	assert_string_equal(bemu_log_last(&env->log)->text, "n 99");
	assert_null(bemu_log_get(&env->log, BEMU_LOG_RING));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	bemu_note(env, BEMU_R_OVERFLOW, 0, "%s", text);
	assert_int_equal(strlen(bemu_log_last(&env->log)->text), BEMU_LOG_TEXT_LEN - 1);
	assert_string_equal(bemu_log_last(&env->log)->text + BEMU_LOG_TEXT_LEN - 4, "...");
	bemu_env_free(env);
}

static void log_text_is_one_line_whatever_names_hold(void **state)
{
	struct bemu_env *env = test_env();
	const struct bemu_log_record *rec;

	(void)state;
	assert_int_equal(bemu_fail(env, -EINVAL, BEMU_R_TRUNCATED, 1, "section \"%s\"",
				   "a\nb\tc\x1b[2J\x7f \xc3\xa4"),
			 -EINVAL);
	bemu_note(env, BEMU_R_TRUNCATED, 2, "%s", "\r\n");
	rec = bemu_log_get(&env->log, 0);
	assert_string_equal(rec->text, "section \"a?b?c?[2J? \xc3\xa4\"");
	rec = bemu_log_get(&env->log, 1);
	assert_string_equal(rec->text, "??");
	bemu_env_free(env);
}

static void reasons_have_names_and_layers(void **state)
{
	struct bemu_env *env = test_env();

	(void)state;
	assert_string_equal(bemu_reason_name(BEMU_R_BUDGET), "BUDGET");
	assert_string_equal(bemu_reason_name(BEMU_R_NONE), "NONE");
	assert_string_equal(bemu_reason_name(BEMU_R_COUNT), "?");
	bemu_note(env, BEMU_R_NO_MEMORY, 0, "first of base");
	assert_int_equal(bemu_log_last(&env->log)->layer, BEMU_LAYER_BASE);
	bemu_note(env, BEMU_R_OVERFLOW, 0, "last of base");
	assert_int_equal(bemu_log_last(&env->log)->layer, BEMU_LAYER_BASE);
	bemu_env_free(env);
}

static int make_text(struct bemu_env *env, void *arg)
{
	struct bemu_buf buf;
	int err, i;

	(void)arg;
	bemu_buf_init(&buf, env);
	for (i = 0; i < 50; i++)
		bemu_buf_printf(&buf, "%d,", i);
	bemu_buf_add(&buf, NULL, 3);
	err = buf.err;
	if (!err) {
		assert_int_equal(buf.len, 10 * 2 + 40 * 3 + 3);
		assert_memory_equal(bemu_buf_str(&buf), "0,1,2,3,", 8);
	}
	bemu_buf_fini(&buf);
	return err;
}

static void text_survives_the_failure_sweep(void **state)
{
	(void)state;
	test_failure_sweep(make_text, NULL);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(fit_from_u64_does_not_take_all_ones_for_minus_one),
		cmocka_unit_test(wraps_keep_the_low_bits),
		cmocka_unit_test(checked_arithmetic_reports_overflow_and_leaves_the_output),
		cmocka_unit_test(cursor_stops_at_the_end_and_stays_there),
		cmocka_unit_test(cursor_swaps_words_of_the_other_byte_order),
		cmocka_unit_test(zalloc_gives_zeroes_after_reuse),
		cmocka_unit_test(large_and_small_allocations_do_not_overlap),
		cmocka_unit_test(a_steady_workload_stops_asking_the_outer_allocator),
		cmocka_unit_test(impossible_sizes_are_a_fault_and_not_a_crash),
		cmocka_unit_test(memory_budget_is_kept),
		cmocka_unit_test(work_budget_runs_out_once_and_latches),
		cmocka_unit_test(grow_keeps_content_and_zeroes_the_rest),
		cmocka_unit_test(log_keeps_the_newest_records_and_cuts_long_text),
		cmocka_unit_test(log_text_is_one_line_whatever_names_hold),
		cmocka_unit_test(reasons_have_names_and_layers),
		cmocka_unit_test(text_survives_the_failure_sweep),
	};
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(fit_cases) + BEMU_ARRAY_SIZE(fixed)];
	size_t i, n = 0;

	for (i = 0; i < BEMU_ARRAY_SIZE(fit_cases); i++)
		tests[n++] =
			(struct CMUnitTest){ .name = fit_cases[i].name,
					     .test_func = run_fit,
					     .initial_state = (void *)(uintptr_t)&fit_cases[i] };
	memcpy(&tests[n], fixed, sizeof(fixed));
	return _cmocka_run_group_tests("base", tests, BEMU_ARRAY_SIZE(tests), NULL, NULL);
}
