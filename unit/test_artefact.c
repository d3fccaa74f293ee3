/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Inputs of fuzz targets told as scenarios. The text has the answers that the target saw while it read the
 * bytes, so a run of the text that meets them all is a round trip.
 */
#include <errno.h>
#include <stdio.h>

#include "helpers.h"

#include "scenario/artefact.h"
#include "scenario/builtin.h"
#include "scenario/calls.h"
#include "scenario/run.h"

enum { NR_INPUTS = 400, MAX_LEN = BEMU_CALL_LEN * BEMU_CALLS_MAX + BEMU_KNOBS_LEN };

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1dull) >> 32) % below;
}

/* Small arguments, most FDs by the call that made them, so that many calls are valid. */
static size_t make_input(uint64_t seed, uint8_t data[MAX_LEN])
{
	uint64_t state = (seed + 1) * 0x9e3779b97f4a7c15ull;
	uint32_t nr = 1 + draw(&state, BEMU_CALLS_MAX), i, k;
	struct bemu_knobs knobs = { .kernel = (uint8_t)draw(&state, 6), .magic = "KNOB" };

	memcpy(knobs.magic, "KNOB", 4);
	for (i = 0; i < nr; i++) {
		uint8_t *r = data + (size_t)i * BEMU_CALL_LEN;

		r[0] = (uint8_t)draw(&state, 20);
		r[1] = (uint8_t)(draw(&state, 3) ? 0 : draw(&state, 4));
		for (k = 2; k < BEMU_CALL_LEN; k++)
			r[k] = (uint8_t)(draw(&state, 2) ? draw(&state, 8)
							 : 32 + draw(&state, i + 1));
	}
	knobs.extra = draw(&state, 2);
	memcpy(data + (size_t)nr * BEMU_CALL_LEN, &knobs, sizeof(knobs));
	return (size_t)nr * BEMU_CALL_LEN + sizeof(knobs);
}

/* What a ledger says of the names that the text uses is not the target's business: only answers are. */
static void run_text(struct bemu_env *env, const struct bemu_buf *text, uint64_t seed)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts) };
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_result res = { 0 };
	struct bemu_scn *scn = NULL;
	struct bemu_buf report;
	int err;

	bemu_buf_init(&report, env);
	opts.report = &report;
	if (bemu_scn_parse(env, text->data, text->len, &where, &scn))
		fail_msg("seed %u: %u:%u: %s", (unsigned)seed, where.line, where.col, where.text);
	err = bemu_scn_run(env, scn, &opts, &where, &res);
	if (err)
		fail_msg("seed %u: %u:%u: %s", (unsigned)seed, where.line, where.col, where.text);
	if (strstr(bemu_buf_str(&report), "  expected  "))
		fail_msg("seed %u: %s\n%s", (unsigned)seed, bemu_buf_str(&report),
			 (const char *)text->data);
	bemu_scn_free(scn);
	bemu_buf_fini(&report);
}

static void calls_made_by_chance_have_the_answers_that_the_target_saw(void **state)
{
	uint8_t data[MAX_LEN];
	uint64_t seed;

	(void)state;
	for (seed = 0; seed < NR_INPUTS; seed++) {
		struct bemu_env *env = NULL;
		struct bemu_buf text;
		size_t len = make_input(seed, data);

		assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
		bemu_buf_init(&text, env);
		assert_int_equal(bemu_scn_decode(env, "lifetime_fuzzer", data, len, &text), 0);
		(void)bemu_buf_str(&text);
		run_text(env, &text, seed);
		bemu_buf_fini(&text);
		assert_int_equal(bemu_env_live(env), 0);
		bemu_env_free(env);
	}
}

static void an_empty_input_is_a_scenario_of_its_modules(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_buf text;

	(void)state;
	bemu_buf_init(&text, env);
	assert_int_equal(bemu_scn_decode(env, "lifetime_fuzzer", NULL, 0, &text), 0);
	assert_non_null(strstr(bemu_buf_str(&text), "module load m2 builtin=m2"));
	run_text(env, &text, 0);
	bemu_buf_fini(&text);
	bemu_env_free(env);
}

static void a_text_is_itself_without_its_knobs(void **state)
{
	static const char input[] = "scenario: s\nmap create array 4 4 1 -> 3\n"
				    "\1\0\0\0\0\0\0\0\0\0\0\0KNOB";
	struct bemu_env *env = test_env();
	struct bemu_buf text;

	(void)state;
	bemu_buf_init(&text, env);
	assert_int_equal(bemu_scn_decode(env, "scenario_fuzzer", (const uint8_t *)input,
					 sizeof(input) - 1, &text),
			 0);
	assert_string_equal(bemu_buf_str(&text), "scenario: s\nmap create array 4 4 1 -> 3\n");
	bemu_buf_fini(&text);
	bemu_env_free(env);
}

static void a_target_that_is_none_is_refused(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_buf text;

	(void)state;
	bemu_buf_init(&text, env);
	assert_int_equal(bemu_scn_decode(env, "no_fuzzer", NULL, 0, &text), -ENOENT);
	assert_int_equal(text.len, 0);
	assert_null(bemu_scn_target(1000));
	bemu_buf_fini(&text);
	bemu_env_free(env);
}

/* Each failed run leaves nothing, and says so. */
static void allocations_that_fail_are_told(void **state)
{
	static const uint8_t input[] = { 0, 0, 0, 0, 0, 0, 0, 0, 18, 0, 32, 0, 0, 0, 0, 0 };
	unsigned long at;
	int err = -ENOMEM;

	(void)state;
	for (at = 1; err; at++) {
		struct test_alloc alloc;
		struct bemu_env *env = NULL;
		struct bemu_buf text;

		assert_true(at < 1000);
		test_alloc_init(&alloc, at);
		if (bemu_env_new(&alloc.ops, NULL, &env))
			continue;
		bemu_buf_init(&text, env);
		err = bemu_scn_decode(env, "lifetime_fuzzer", input, sizeof(input), &text);
		assert_true(!err || err == -ENOMEM);
		bemu_buf_fini(&text);
		bemu_env_free(env);
		assert_int_equal(alloc.live, 0);
	}
}

static void same_as_file(const char *name, const char *file)
{
	char path[512];
	uint8_t data[16384];
	const void *raw;
	size_t len, nr;
	FILE *f;

	raw = bemu_scn_builtin(name, &len);
	assert_non_null(raw);
	(void)snprintf(path, sizeof(path), "%s/btf/mini/%s", BEMU_CORPUS, file);
	f = fopen(path, "rb");
	assert_non_null(f);
	nr = fread(data, 1, sizeof(data), f);
	(void)fclose(f);
	assert_int_equal(nr, len);
	assert_memory_equal(data, raw, len);
}

static void the_built_in_kernel_is_the_one_of_the_targets(void **state)
{
	size_t len = 7;

	(void)state;
	same_as_file("mini", "vmlinux.btf");
	same_as_file("m1", "m1.btf");
	same_as_file("m2", "m2.btf");
	assert_null(bemu_scn_builtin("m3", &len));
	assert_int_equal(len, 7);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_made_by_chance_have_the_answers_that_the_target_saw),
		cmocka_unit_test(an_empty_input_is_a_scenario_of_its_modules),
		cmocka_unit_test(a_text_is_itself_without_its_knobs),
		cmocka_unit_test(a_target_that_is_none_is_refused),
		cmocka_unit_test(allocations_that_fail_are_told),
		cmocka_unit_test(the_built_in_kernel_is_the_one_of_the_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
