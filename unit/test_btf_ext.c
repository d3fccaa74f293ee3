// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include <errno.h>

#include "helpers.h"

#include "base/ints.h"
#include "btf/ext.h"

/*
 * The sample, as words: header of 32 bytes, then func_info with two blocks, line_info with one, and
 * core_relo with one.
 */
enum {
	W_HDR_LEN = 1,
	W_FUNC_OFF,
	W_FUNC_LEN,
	W_LINE_OFF,
	W_LINE_LEN,
	W_CORE_OFF,
	W_CORE_LEN,
	W_FUNC, /* record size */
	W_FUNC_SEC,
	W_FUNC_NR,
	W_LINE = W_FUNC + 1 + 2 + 4 + 2 + 2,
	W_CORE = W_LINE + 1 + 2 + 4,
	W_END = W_CORE + 1 + 2 + 4,
};

static const uint32_t sample[W_END] = {
	0x0001eb9f,
	32,
	0,
	44,
	44,
	28,
	72,
	28,
	/* func_info */
	8,
	100,
	2,
	0,
	1,
	8,
	2,
	200,
	1,
	16,
	3,
	/* line_info */
	16,
	100,
	1,
	0,
	5,
	6,
	7 << 10 | 3,
	/* core_relo */
	16,
	300,
	1,
	24,
	9,
	10,
	11,
};

static void make(uint32_t *words, bool swap)
{
	size_t i;

	memcpy(words, sample, sizeof(sample));
	/* version 1 in the byte after the magic */
	((uint8_t *)words)[2] = 1;
	((uint8_t *)words)[3] = 0;
	((uint16_t *)words)[0] = swap ? bemu_swap16(0xeb9f) : 0xeb9f;
	for (i = 1; swap && i < W_END; i++)
		words[i] = bemu_swap32(words[i]);
}

struct ext_case {
	const char *name;
	int err;
	uint32_t reason;
	int32_t cut; /* bytes left; 0: all */
	bool swap;
	uint32_t word, value; /* replaced when word is not 0 */
	uint32_t word2, value2;
};

#define BAD(name, reason, ...)                              \
	{                                                   \
		name, -EINVAL, BEMU_R_##reason, __VA_ARGS__ \
	}

static const struct ext_case cases[] = {
	{ "accepts_the_sample", 0, 0, .cut = 0 },
	{ "accepts_the_sample_in_the_other_byte_order", 0, 0, .swap = true },
	{ "accepts_a_header_without_core_relo", 0, 0, .word = W_HDR_LEN, .value = 24,
	  .word2 = W_FUNC_LEN, .value2 = 0 },
	BAD("refuses_7_bytes", BTF_EXT_SHORT, .cut = 7),
	BAD("refuses_a_cut_header", BTF_EXT_SHORT, .cut = 31),
	BAD("refuses_a_header_without_data", BTF_EXT_SHORT, .cut = 32),
	BAD("refuses_a_header_of_20_bytes", BTF_EXT_HDR_LEN, .word = W_HDR_LEN, .value = 20),
	BAD("refuses_a_subsection_at_an_odd_offset", BTF_EXT_ALIGN, .word = W_LINE_OFF,
	    .value = 46),
	BAD("refuses_a_subsection_outside", BTF_EXT_SECTION, .word = W_LINE_OFF, .value = 400),
	BAD("refuses_a_subsection_that_wraps_around", BTF_EXT_SECTION, .word = W_LINE_OFF,
	    .value = 0xfffffffc),
	BAD("refuses_a_subsection_that_is_cut", BTF_EXT_SECTION, .cut = W_END * 4 - 1),
	BAD("refuses_a_subsection_of_3_bytes", BTF_EXT_RECORD, .word = W_LINE_LEN, .value = 3),
	BAD("refuses_a_subsection_of_only_a_record_size", BTF_EXT_BLOCK, .word = W_LINE_LEN,
	    .value = 4),
	BAD("refuses_func_info_records_of_4_bytes", BTF_EXT_RECORD, .word = W_FUNC, .value = 4),
	BAD("refuses_line_info_records_of_12_bytes", BTF_EXT_RECORD, .word = W_LINE, .value = 12),
	BAD("refuses_core_relo_records_of_8_bytes", BTF_EXT_RECORD, .word = W_CORE, .value = 8),
	BAD("refuses_records_of_10_bytes", BTF_EXT_ALIGN, .word = W_FUNC, .value = 10),
	BAD("refuses_long_records_in_the_other_byte_order", BTF_EXT_RECORD, .swap = true,
	    .word = W_FUNC, .value = 12),
	BAD("refuses_a_block_of_0_records", BTF_EXT_BLOCK, .word = W_FUNC_NR, .value = 0),
	BAD("refuses_more_records_than_there_is_room_for", BTF_EXT_BLOCK, .word = W_FUNC_NR,
	    .value = 0x20000000),
	BAD("refuses_a_rest_that_is_no_block", BTF_EXT_BLOCK, .word = W_FUNC_NR, .value = 3),
	BAD("refuses_a_cut_block_header", BTF_EXT_BLOCK, .word = W_FUNC_LEN, .value = 32),
};

static void run_case(void **state)
{
	const struct ext_case *c = *state;
	struct bemu_env *env = test_env();
	struct bemu_btf_ext *mark = (void *)&env, *ext = mark;
	uint32_t words[W_END];
	size_t len = c->cut ? (size_t)c->cut : sizeof(words);
	char *copy = malloc(len);

	assert_non_null(copy);
	make(words, c->swap);
	if (c->word)
		words[c->word] = c->swap ? bemu_swap32(c->value) : c->value;
	if (c->word2)
		words[c->word2] = c->swap ? bemu_swap32(c->value2) : c->value2;
	if (!c->err && c->word == W_HDR_LEN) {
		/* what follows the shorter header is the core_relo pair; the offsets skip it */
		words[W_LINE_OFF] += 8;
	}
	memcpy(copy, words, len);
	assert_int_equal(bemu_btf_ext_parse(env, copy, len, &ext), c->err);
	if (c->err) {
		assert_ptr_equal(ext, mark);
		assert_int_equal(bemu_log_last(&env->log)->reason, c->reason);
	} else {
		assert_int_equal(ext->swapped, c->swap);
		bemu_btf_ext_free(ext);
	}
	free(copy);
	assert_int_equal(env->fault, 0);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void first_bytes(uint8_t off, uint8_t value, int err, uint32_t reason)
{
	struct bemu_env *env = test_env();
	struct bemu_btf_ext *ext = NULL;
	uint32_t words[W_END];

	make(words, false);
	((uint8_t *)words)[off] = value;
	assert_int_equal(bemu_btf_ext_parse(env, words, sizeof(words), &ext), err);
	assert_null(ext);
	assert_int_equal(bemu_log_last(&env->log)->reason, reason);
	bemu_env_free(env);
}

static void magic_version_and_flags_are_checked(void **state)
{
	(void)state;
	first_bytes(0, 0, -EINVAL, BEMU_R_BTF_EXT_MAGIC);
	first_bytes(2, 2, -ENOTSUP, BEMU_R_BTF_EXT_VERSION);
	first_bytes(3, 1, -ENOTSUP, BEMU_R_BTF_EXT_VERSION);
}

static int parse_sample(struct bemu_env *env, void *arg)
{
	struct bemu_btf_ext *ext = NULL;
	uint32_t words[W_END];
	const uint32_t *rec;
	int err;

	make(words, arg != NULL);
	err = bemu_btf_ext_parse(env, words, sizeof(words), &ext);
	if (err)
		return err;
	assert_int_equal(ext->sub[BEMU_BTF_EXT_FUNC_INFO].rec_size, 8);
	assert_int_equal(ext->sub[BEMU_BTF_EXT_FUNC_INFO].nr_blocks, 2);
	assert_int_equal(ext->sub[BEMU_BTF_EXT_FUNC_INFO].blocks[0].nr_recs, 2);
	assert_int_equal(ext->sub[BEMU_BTF_EXT_FUNC_INFO].blocks[1].sec_name_off, 200);
	rec = bemu_btf_ext_rec(&ext->sub[BEMU_BTF_EXT_FUNC_INFO],
			       &ext->sub[BEMU_BTF_EXT_FUNC_INFO].blocks[0], 1);
	assert_int_equal(rec[0], 8);
	assert_int_equal(rec[1], 2);
	rec = ext->sub[BEMU_BTF_EXT_LINE_INFO].blocks[0].recs;
	assert_int_equal(rec[3], 7 << 10 | 3);
	rec = ext->sub[BEMU_BTF_EXT_CORE_RELO].blocks[0].recs;
	assert_int_equal(rec[0], 24);
	assert_int_equal(rec[3], 11);
	bemu_btf_ext_free(ext);
	return 0;
}

static void records_are_found_in_both_byte_orders(void **state)
{
	struct bemu_env *env = test_env();

	(void)state;
	assert_int_equal(parse_sample(env, NULL), 0);
	assert_int_equal(parse_sample(env, env), 0);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_btf_ext_free(NULL);
	bemu_env_free(env);
}

static void ext_parse_survives_the_failure_sweep(void **state)
{
	(void)state;
	test_failure_sweep(parse_sample, NULL);
}

static void every_truncation_and_flipped_bit_is_answered(void **state)
{
	struct bemu_env *env = test_env();
	uint32_t words[W_END], swap;
	size_t len, i;

	(void)state;
	for (swap = 0; swap < 2; swap++) {
		for (len = 0; len <= sizeof(words) * 9; len++) {
			size_t n = len <= sizeof(words) ? len : sizeof(words);
			struct bemu_btf_ext *ext = NULL;
			char *copy = malloc(n ? n : 1);
			uint32_t kind, b;

			assert_non_null(copy);
			make(words, swap);
			i = len - sizeof(words);
			if (len > sizeof(words) && i < sizeof(words) * 8)
				((uint8_t *)words)[i / 8] ^= (uint8_t)(1 << i % 8);
			memcpy(copy, words, n);
			if (!bemu_btf_ext_parse(env, copy, n, &ext)) {
				uint32_t sum = 0;

				for (kind = 0; kind < BEMU_BTF_EXT_NR; kind++)
					for (b = 0; b < ext->sub[kind].nr_blocks; b++) {
						const struct bemu_btf_ext_block *block =
							&ext->sub[kind].blocks[b];
						const uint32_t *last = bemu_btf_ext_rec(
							&ext->sub[kind], block, block->nr_recs - 1);

						sum += last[ext->sub[kind].rec_size / 4 - 1];
					}
				(void)sum;
			}
			bemu_btf_ext_free(ext);
			assert_int_equal(bemu_env_live(env), 0);
			free(copy);
		}
	}
	bemu_env_free(env);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(magic_version_and_flags_are_checked),
		cmocka_unit_test(records_are_found_in_both_byte_orders),
		cmocka_unit_test(ext_parse_survives_the_failure_sweep),
		cmocka_unit_test(every_truncation_and_flipped_bit_is_answered),
	};
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(cases) + BEMU_ARRAY_SIZE(fixed)];
	size_t i, n = 0;

	for (i = 0; i < BEMU_ARRAY_SIZE(cases); i++)
		tests[n++] = (struct CMUnitTest){ .name = cases[i].name,
						  .test_func = run_case,
						  .initial_state = (void *)(uintptr_t)&cases[i] };
	memcpy(&tests[n], fixed, sizeof(fixed));
	return _cmocka_run_group_tests("btf_ext", tests, BEMU_ARRAY_SIZE(tests), NULL, NULL);
}
