// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>

#include "helpers.h"

#include "insn/insn.h"

/* --- writing off and imm --- */

struct set_case {
	const char *name;
	bool is_imm;
	int64_t v;
	int err;
};

static const struct set_case set_cases[] = {
	{ "off_takes_the_largest_s16", false, INT16_MAX, 0 },
	{ "off_takes_the_smallest_s16", false, INT16_MIN, 0 },
	{ "off_refuses_one_above_the_largest", false, INT16_MAX + 1, -ERANGE },
	{ "off_refuses_one_below_the_smallest", false, INT16_MIN - 1, -ERANGE },
	{ "off_refuses_a_value_whose_low_half_fits", false, 0x10001, -ERANGE },
	{ "imm_takes_the_largest_s32", true, INT32_MAX, 0 },
	{ "imm_takes_the_smallest_s32", true, INT32_MIN, 0 },
	{ "imm_refuses_one_above_the_largest", true, (int64_t)INT32_MAX + 1, -ERANGE },
	{ "imm_refuses_one_below_the_smallest", true, (int64_t)INT32_MIN - 1, -ERANGE },
	{ "imm_refuses_a_value_whose_low_half_fits", true, 0x100000001, -ERANGE },
};

static void run_set_case(void **state)
{
	const struct set_case *c = *state;
	struct bpf_insn insn = { .code = 0x85, .dst_reg = 1, .src_reg = 2, .off = 77, .imm = 78 };
	struct bpf_insn want = insn;
	int err;

	if (!c->err && c->is_imm)
		want.imm = (int32_t)c->v;
	else if (!c->err)
		want.off = (int16_t)c->v;
	err = c->is_imm ? bemu_insn_set_imm(&insn, c->v) : bemu_insn_set_off(&insn, c->v);
	assert_int_equal(err, c->err);
	assert_memory_equal(&insn, &want, sizeof(insn));
}

struct wrap_case {
	const char *name;
	uint64_t v;
	bool is_imm;
	int32_t want;
	bool noted;
};

static const struct wrap_case wrap_cases[] = {
	{ "wrapped_off_keeps_32767_quietly", 32767, false, 32767, false },
	{ "wrapped_off_keeps_minus_1_quietly", UINT64_MAX, false, -1, false },
	{ "wrapped_off_keeps_minus_32768_quietly", (uint64_t)-32768, false, -32768, false },
	{ "wrapped_off_notes_32768_that_reads_back_negative", 32768, false, -32768, true },
	{ "wrapped_off_notes_65536_that_reads_back_0", 65536, false, 0, true },
	{ "wrapped_off_notes_0xffffffff_which_is_not_minus_1", UINT32_MAX, false, -1, true },
	{ "wrapped_imm_keeps_2147483647_quietly", INT32_MAX, true, INT32_MAX, false },
	{ "wrapped_imm_keeps_an_unsigned_word_quietly", UINT32_MAX, true, -1, false },
	{ "wrapped_imm_keeps_minus_1_quietly", UINT64_MAX, true, -1, false },
	{ "wrapped_imm_keeps_the_smallest_s32_quietly", (uint64_t)INT32_MIN, true, INT32_MIN,
	  false },
	{ "wrapped_imm_notes_33_bits", 0x100000005, true, 5, true },
	{ "wrapped_imm_notes_one_below_the_smallest_s32", 0xffffffff7fffffff, true, INT32_MAX,
	  true },
};

static void run_wrap_case(void **state)
{
	const struct wrap_case *c = *state;
	struct bpf_insn insn = { .code = 0x85, .dst_reg = 1, .src_reg = 2, .off = 77, .imm = 78 };
	struct bpf_insn want = insn;
	struct bemu_env *env = test_env();

	if (c->is_imm) {
		want.imm = c->want;
		bemu_insn_set_imm_wrap(env, &insn, c->v);
	} else {
		want.off = (int16_t)c->want;
		bemu_insn_set_off_wrap(env, &insn, c->v);
	}
	assert_memory_equal(&insn, &want, sizeof(insn));
	assert_int_equal(bemu_log_count(&env->log), c->noted);
	if (c->noted) {
		const struct bemu_log_record *rec = bemu_log_last(&env->log);

		assert_int_equal(rec->reason,
				 c->is_imm ? BEMU_R_INSN_IMM_WRAP : BEMU_R_INSN_OFF_WRAP);
		assert_int_equal(rec->err, 0);
		assert_true(rec->pos == c->v);
	}
	bemu_env_free(env);
}

static void imm64_comes_back_from_its_two_halves(void **state)
{
	static const uint64_t values[] = { 0,	       1,	   0x80000000,	       0xffffffff,
					   1ull << 32, 1ull << 63, 0x1122334455667788, UINT64_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(values); i++) {
		struct bpf_insn insn[2] = { { .code = 0x18, .dst_reg = 3 }, { .off = 5 } };

		bemu_insn_set_imm64(insn, values[i]);
		assert_true(bemu_insn_imm64(insn) == values[i]);
		assert_true((uint32_t)insn[0].imm == (uint32_t)values[i]);
		assert_true((uint32_t)insn[1].imm == values[i] >> 32);
		assert_int_equal(insn[0].code, 0x18);
		assert_int_equal(insn[0].dst_reg, 3);
		assert_int_equal(insn[1].off, 5);
	}
}

static void swap_reads_a_word_of_the_other_byte_order(void **state)
{
	/* if r1 == r2 goto pc+0x0102, imm 0x03040506, of a machine of either kind */
	static const uint8_t little[8] = { 0x1d, 0x21, 0x02, 0x01, 0x06, 0x05, 0x04, 0x03 };
	static const uint8_t big[8] = { 0x1d, 0x12, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06 };
	static const uint16_t one = 1;
	bool is_little = *(const uint8_t *)&one == 1;
	struct bpf_insn insn;

	(void)state;
	memcpy(&insn, is_little ? big : little, sizeof(insn));
	bemu_insn_swap(&insn);
	assert_int_equal(insn.code, 0x1d);
	assert_int_equal(insn.dst_reg, 1);
	assert_int_equal(insn.src_reg, 2);
	assert_int_equal(insn.off, 0x0102);
	assert_int_equal(insn.imm, 0x03040506);
	assert_memory_equal(&insn, is_little ? little : big, sizeof(insn));
	bemu_insn_swap(&insn);
	assert_memory_equal(&insn, is_little ? big : little, sizeof(insn));
}

static void width_is_the_bytes_that_are_accessed(void **state)
{
	static const struct {
		uint8_t code;
		unsigned int width;
	} rows[] = {
		{ 0x61, 4 }, { 0x69, 2 }, { 0x71, 1 }, { 0x79, 8 }, { 0x81, 4 }, { 0x91, 1 },
		{ 0x62, 4 }, { 0x6a, 2 }, { 0x72, 1 }, { 0x7a, 8 }, { 0x63, 4 }, { 0xdb, 8 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		struct bpf_insn insn = { .code = rows[i].code };

		assert_int_equal(bemu_insn_width(&insn), rows[i].width);
	}
}

/* --- helper numbers --- */

static void helper_names_are_those_of_the_installed_header(void **state)
{
	static const char *const names[] = {
#define FN(x) [BPF_FUNC_##x] = #x
		__BPF_FUNC_MAPPER(FN)
#undef FN
	};
	uint32_t i;

	(void)state;
	assert_true(BEMU_ARRAY_SIZE(names) > 200);
	for (i = 0; i < BEMU_ARRAY_SIZE(names); i++)
		assert_string_equal(bemu_insn_helper_name(i), names[i]);
}

static void helper_numbers_end_at_211(void **state)
{
	(void)state;
	assert_string_equal(bemu_insn_helper_name(0), "unspec");
	assert_string_equal(bemu_insn_helper_name(1), "map_lookup_elem");
	assert_string_equal(bemu_insn_helper_name(210), "cgrp_storage_get");
	assert_string_equal(bemu_insn_helper_name(211), "cgrp_storage_delete");
	assert_null(bemu_insn_helper_name(212));
	assert_null(bemu_insn_helper_name(UINT32_MAX));
}

/* --- text: a test a line --- */

struct line_case {
	const char *line;
	uint8_t code;
	uint8_t dst_reg;
	uint8_t src_reg;
	int16_t off;
	int32_t imm;
	int32_t high;
};

#define X(...) { __VA_ARGS__ },

static const struct line_case line_cases[] = {
/* clang-format off */
#include "insn_lines.def"
	/*
	 * Read from print_bpf_insn(), kernel/bpf/disasm.c, v6.18: no such word reaches the log of the
	 * verifier.
	 */
	X("BUG_ld_00", 0x00, 0, 0, 0, 0, 0)
	X("BUG_ld_78", 0x78, 0, 0, 0, 0, 0)
	X("BUG_ldx_01", 0x01, 1, 2, 0, 0, 0)
	X("BUG_ldx_c1", 0xc1, 1, 2, 0, 0, 0)
	X("BUG_st_02", 0x02, 1, 0, 0, 0, 0)
	X("BUG_03", 0x03, 1, 0, 0, 0, 0)
	X("BUG_a3", 0xa3, 1, 0, 0, 0, 0)
	X("(c2) nospec", 0xc2, 0, 0, 0, 0, 0)
	X("(99) r1 = *((null) *)(r2 +0)", 0x99, 1, 2, 0, 0, 0)
	X("(e7) r1 (null) 3", 0xe7, 1, 0, 0, 3, 0)
	X("(fc) w1 (null) w2", 0xfc, 1, 2, 0, 0, 0)
	X("(8d) call bpf_get_prandom_u32#7", 0x8d, 0, 0, 0, 7, 0)
	X("(86) call unknown#300", 0x86, 0, 0, 0, 300, 0)
	X("(0d) if r3 jmp r0 goto pc+0", 0x0d, 3, 0, 0, 0, 0)
	X("(96) if w0 exit 0x0 goto pc+0", 0x96, 0, 0, 0, 0, 0)
	X("(9d) if r0 exit r0 goto pc+0", 0x9d, 0, 0, 0, 0, 0)
	X("(e6) if w0 (null) 0x0 goto pc+2", 0xe6, 0, 0, 2, 0, 0)
	X("(85) call kernel-function#5", 0x85, 0, 2, 0, 5, 0)
	X("(85) call pc-1", 0x85, 0, 1, 0, -1, 0)
	X("(18) r2 = 0x100000004", 0x18, 2, 1, 0, 4, 1)
	X("(61) r15 = *(u32 *)(r14 -32768)", 0x61, 15, 14, INT16_MIN, 0, 0)
	/* clang-format on */
};

#undef X

static void run_line_case(void **state)
{
	const struct line_case *c = *state;
	const struct bpf_insn insns[2] = { { .code = c->code,
					     .dst_reg = c->dst_reg & 0xfu,
					     .src_reg = c->src_reg & 0xfu,
					     .off = c->off,
					     .imm = c->imm },
					   { .imm = c->high } };
	struct bemu_env *env = test_env();
	struct bemu_buf buf;

	bemu_buf_init(&buf, env);
	bemu_insn_disasm(&buf, insns, BEMU_ARRAY_SIZE(insns), 0, NULL);
	assert_string_equal(bemu_buf_str(&buf), c->line);
	bemu_buf_fini(&buf);
	bemu_env_free(env);
}

static void any_word_is_one_line_that_names_its_code(void **state)
{
	static const int16_t offs[] = { -1, 0, 1, 8, 16, 32 };
	static const int32_t imms[] = { -1, 0, 1, 0x10, 0x41, 0xe1, 0xf1, 0x100, 0x110, INT32_MIN };
	struct bemu_env *env = test_env();
	struct bemu_buf buf;
	unsigned int i;

	(void)state;
	bemu_buf_init(&buf, env);
	for (i = 0; i < 256 * 16 * BEMU_ARRAY_SIZE(offs) * BEMU_ARRAY_SIZE(imms); i++) {
		struct bpf_insn insns[2] = { { .code = (uint8_t)i, .src_reg = i >> 8 & 0xfu } };
		char code[3];

		insns[0].off = offs[(i >> 12) % BEMU_ARRAY_SIZE(offs)];
		insns[0].imm = imms[(i >> 12) / BEMU_ARRAY_SIZE(offs)];
		snprintf(code, sizeof(code), "%02x", insns[0].code);
		bemu_buf_clear(&buf);
		bemu_insn_disasm(&buf, insns, 2, 0, NULL);
		assert_null(strchr(bemu_buf_str(&buf), '\n'));
		if (!strncmp(bemu_buf_str(&buf), "BUG_", 4))
			assert_string_equal(bemu_buf_str(&buf) + buf.len - 2, code);
		else
			assert_memory_equal(bemu_buf_str(&buf) + 1, code, 2);
	}
	bemu_buf_fini(&buf);
	bemu_env_free(env);
}

/* --- text of a program --- */

struct names {
	uint32_t call_idx; /* where the name belongs */
	uint32_t imm_idx;
};

static const char *name_call(void *ctx, uint32_t insn_idx, const struct bpf_insn *insn)
{
	const struct names *names = ctx;

	assert_int_equal(insn->code, BEMU_INSN_CALL);
	return insn_idx == names->call_idx ? "fn" : NULL;
}

static const char *name_imm(void *ctx, uint32_t insn_idx, const struct bpf_insn *insn)
{
	const struct names *names = ctx;

	assert_int_equal(insn->code, BEMU_INSN_LD64);
	return insn_idx == names->imm_idx ? "map[id:4]" : NULL;
}

static const struct bpf_insn prog[] = {
	{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = 4 },
	{ .imm = 1 },
	{ .code = 0x85, .src_reg = 2, .imm = 65499 },
	{ .code = 0x85, .src_reg = 1, .imm = 7 },
	{ .code = 0x85, .imm = 7 },
	{ .code = 0x85, .imm = 212 },
	{ .code = 0x18, .dst_reg = 1 },
};

static void assert_line(uint32_t insn_idx, const struct bemu_disasm_opts *opts, const char *line)
{
	struct bemu_env *env = test_env();
	struct bemu_buf buf;

	bemu_buf_init(&buf, env);
	bemu_buf_printf(&buf, ">");
	bemu_insn_disasm(&buf, prog, BEMU_ARRAY_SIZE(prog), insn_idx, opts);
	assert_string_equal(bemu_buf_str(&buf) + 1, line);
	bemu_buf_fini(&buf);
	bemu_env_free(env);
}

static void given_names_replace_constants_and_follow_calls(void **state)
{
	struct names names = { .imm_idx = 0 };
	struct bemu_disasm_opts opts = { .call_name = name_call,
					 .imm_name = name_imm,
					 .ctx = &names };

	(void)state;
	assert_line(0, &opts, "(18) r1 = map[id:4]");
	names.call_idx = 2; /* as the log of Linux 6.18.44 has it for a kfunc */
	assert_line(2, &opts, "(85) call fn#65499");
	names.call_idx = 3;
	assert_line(3, &opts, "(85) call pc+7#fn");
	names.call_idx = 4;
	assert_line(4, &opts, "(85) call bpf_get_prandom_u32#7");
	names.call_idx = 5;
	assert_line(5, &opts, "(85) call fn#212");
}

static void a_name_that_is_not_known_leaves_the_number(void **state)
{
	struct names names = { .call_idx = UINT32_MAX, .imm_idx = UINT32_MAX };
	struct bemu_disasm_opts opts = { .call_name = name_call,
					 .imm_name = name_imm,
					 .ctx = &names };

	(void)state;
	assert_line(0, &opts, "(18) r1 = 0x100000004");
	assert_line(2, &opts, "(85) call kernel-function#65499");
	assert_line(3, &opts, "(85) call pc+7");
	assert_line(5, &opts, "(85) call unknown#212");
}

static void words_without_a_line_of_their_own_append_nothing(void **state)
{
	(void)state;
	assert_line(1, NULL, "");
	assert_line(BEMU_ARRAY_SIZE(prog), NULL, "");
	assert_line(UINT32_MAX, NULL, "");
}

static void half_an_ld64_at_the_end_is_not_read_past(void **state)
{
	(void)state;
	assert_line(BEMU_ARRAY_SIZE(prog) - 1, NULL, "BUG_ld_18");
}

static int disasm_all(struct bemu_env *env, void *arg)
{
	struct bemu_buf buf;
	uint32_t i;
	int err;

	(void)arg;
	bemu_buf_init(&buf, env);
	for (i = 0; i < BEMU_ARRAY_SIZE(prog); i++)
		bemu_insn_disasm(&buf, prog, BEMU_ARRAY_SIZE(prog), i, NULL);
	err = buf.err;
	bemu_buf_fini(&buf);
	return err;
}

static void memory_that_runs_out_stays_in_the_buffer(void **state)
{
	(void)state;
	test_failure_sweep(disasm_all, NULL);
}

#define NR_TABLE_TESTS \
	(BEMU_ARRAY_SIZE(set_cases) + BEMU_ARRAY_SIZE(wrap_cases) + BEMU_ARRAY_SIZE(line_cases))

int main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(imm64_comes_back_from_its_two_halves),
		cmocka_unit_test(swap_reads_a_word_of_the_other_byte_order),
		cmocka_unit_test(width_is_the_bytes_that_are_accessed),
		cmocka_unit_test(helper_names_are_those_of_the_installed_header),
		cmocka_unit_test(helper_numbers_end_at_211),
		cmocka_unit_test(any_word_is_one_line_that_names_its_code),
		cmocka_unit_test(given_names_replace_constants_and_follow_calls),
		cmocka_unit_test(a_name_that_is_not_known_leaves_the_number),
		cmocka_unit_test(words_without_a_line_of_their_own_append_nothing),
		cmocka_unit_test(half_an_ld64_at_the_end_is_not_read_past),
		cmocka_unit_test(memory_that_runs_out_stays_in_the_buffer),
	};
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(plain) + NR_TABLE_TESTS];
	size_t n = 0, i;

	memset(tests, 0, sizeof(tests));
	for (i = 0; i < BEMU_ARRAY_SIZE(plain); i++)
		tests[n++] = plain[i];
#define ADD_TABLE(table, label, fn)                               \
	for (i = 0; i < BEMU_ARRAY_SIZE(table); i++)              \
	tests[n++] = (struct CMUnitTest){ .name = table[i].label, \
					  .test_func = fn,        \
					  .initial_state = (void *)(uintptr_t)&table[i] }
	ADD_TABLE(set_cases, name, run_set_case);
	ADD_TABLE(wrap_cases, name, run_wrap_case);
	ADD_TABLE(line_cases, line, run_line_case);
	return cmocka_run_group_tests_name("insn", tests, NULL, NULL);
}
