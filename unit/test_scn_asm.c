/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Instructions from text: every word that the disassembler can write is read back as the same words. */
#include <errno.h>

#include "helpers.h"

#include "scenario/asm.h"

static void words_of(struct bemu_env *env, const struct bpf_insn *insns, uint32_t nr,
		     struct bemu_buf *out)
{
	bemu_buf_init(out, env);
	bemu_insn_disasm(out, insns, nr, 0, NULL);
	assert_int_equal(out->err, 0);
}

/* What has no words of its own: operators that do not exist, half an instruction. */
static bool says_nothing(const char *words)
{
	return strstr(words, "(null)") || strstr(words, "BUG");
}

static uint32_t round_trip(struct bemu_env *env, const struct bpf_insn insns[2], uint32_t nr)
{
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_insns read;
	struct bemu_buf words, again;

	words_of(env, insns, nr, &words);
	if (says_nothing(bemu_buf_str(&words))) {
		bemu_buf_fini(&words);
		return 0;
	}
	if (bemu_scn_asm_text(env, bemu_buf_str(&words), &where, NULL, &read))
		fail_msg("\"%s\": %u:%u: %s", bemu_buf_str(&words), where.line, where.col,
			 where.text);
	words_of(env, read.insns, read.nr, &again);
	assert_string_equal(bemu_buf_str(&again), bemu_buf_str(&words));
	assert_int_equal(read.insns[0].code, insns[0].code);
	bemu_mem_free(env, read.insns);
	bemu_buf_fini(&words);
	bemu_buf_fini(&again);
	return 1;
}

static void every_opcode_is_read_back(void **state)
{
	static const int32_t imms[] = { 0,     1,    -1,   5,	 INT32_MIN, INT32_MAX, 0xf1, 0x100,
					0x110, 0x41, 0x51, 0xa1, 0xe1,	    0x50,      0x40, 0xa0 };
	static const int16_t offs[] = { 0, 1, -1, 8, 16, 32, INT16_MIN, INT16_MAX };
	struct bpf_insn insns[2] = { { 0 } };
	uint32_t code, i, k, src, nr = 0;
	struct bemu_env *env;

	(void)state;
	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	for (code = 0; code < 256; code++)
		for (i = 0; i < BEMU_ARRAY_SIZE(imms); i++)
			for (k = 0; k < BEMU_ARRAY_SIZE(offs); k++)
				for (src = 0; src < 4; src++) {
					insns[0] = (struct bpf_insn){ .code = (uint8_t)code,
								      .dst_reg = (i + k) & 15,
								      .src_reg = src & 15,
								      .off = offs[k],
								      .imm = imms[i] };
					insns[1].imm = imms[(i + k) % BEMU_ARRAY_SIZE(imms)];
					nr += round_trip(env, insns, code == 0x18 ? 2 : 1);
				}
	assert_in_range(nr, 70000, 256 * 16 * 8 * 4);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static int number(void *ctx, const char *name, size_t len, int64_t *out)
{
	(void)ctx;
	*out = 7;
	return len == 1 && *name == 'm' ? 0 : -ENOENT;
}

static int type(void *ctx, const char *btf, size_t btf_len, const char *name, size_t len,
		uint32_t *out)
{
	(void)ctx;
	*out = 100;
	return btf_len == 4 && !memcmp(btf, "demo", 4) && len == 1 && *name == 's' ? 0 : -ENOENT;
}

static uint32_t nr_noted;

static int noted(void *ctx, const char *name, size_t len, uint32_t insn_idx, uint32_t half)
{
	(void)ctx;
	assert_int_equal(len, 1);
	assert_int_equal(*name, 'm');
	nr_noted += 1 + insn_idx * 16 + half * 256;
	return 0;
}

static const struct bemu_scn_asm_ops ops = { .number = number, .type = type, .noted = noted };

struct row {
	const char *text;
	struct bpf_insn insns[2];
	uint32_t nr, noted;
};

static const struct row rows[] = {
	{ "r1 = 5 ll", { { 0x18, 1, 0, 0, 5 }, { 0, 0, 0, 0, 0 } }, 2, 0 },
	{ "r1 = demo:s | m << 32 ll", { { 0x18, 1, 0, 0, 100 }, { 0, 0, 0, 0, 7 } }, 2, 257 },
	{ "r1 = map m ll", { { 0x18, 1, 1, 0, 7 }, { 0, 0, 0, 0, 0 } }, 2, 1 },
	{ "r1 = value m 4 ll", { { 0x18, 1, 2, 0, 7 }, { 0, 0, 0, 0, 4 } }, 2, 1 },
	{ "r1 = btf m demo:s ll", { { 0x18, 1, 3, 0, 100 }, { 0, 0, 0, 0, 7 } }, 2, 1 },
	{ "r1 = func pc+3 ll", { { 0x18, 1, 4, 0, 3 }, { 0, 0, 0, 0, 0 } }, 2, 0 },
	{ "r1 = map[2] ll", { { 0x18, 1, 5, 0, 2 }, { 0, 0, 0, 0, 0 } }, 2, 0 },
	{ "r1 = value[-1] 8 ll", { { 0x18, 1, 6, 0, -1 }, { 0, 0, 0, 0, 8 } }, 2, 0 },
	{ "call demo:s off=-3", { { 0x85, 0, 2, -3, 100 } }, 1, 0 },
	{ "call bpf_map_lookup_elem", { { 0x85, 0, 0, 0, 1 } }, 1, 0 },
	{ "call 181", { { 0x85, 0, 0, 0, 181 } }, 1, 0 },
	{ "insn 0xff 1 2 -3 m", { { 0xff, 1, 2, -3, 7 } }, 1, 1 },
	{ "r1=2;r2 -= r1", { { 0xb7, 1, 0, 0, 2 }, { 0x1f, 2, 1, 0, 0 } }, 2, 0 },
	{ "\n # c\n  exit # d; exit\n;;", { { 0x95, 0, 0, 0, 0 } }, 1, 0 },
	{ "r1 = 0xffffffff", { { 0xb7, 1, 0, 0, -1 } }, 1, 0 },
};

static void is_read(void **state)
{
	const struct row *row = *state;
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_insns read;
	struct bemu_env *env;

	nr_noted = 0;
	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	if (bemu_scn_asm_text(env, row->text, &where, &ops, &read))
		fail_msg("%u:%u: %s", where.line, where.col, where.text);
	assert_int_equal(read.nr, row->nr);
	assert_memory_equal(read.insns, row->insns, row->nr * sizeof(*read.insns));
	assert_int_equal(nr_noted, row->noted);
	bemu_env_free(env);
}

struct mistake {
	const char *text;
	uint32_t line, col;
};

static const struct mistake mistakes[] = {
	{ "r1", 1, 3 },
	{ "r1 = ", 1, 6 },
	{ "r1 = 0x100000000", 1, 6 },
	{ "r1 += 0x100000000", 1, 7 },
	{ "r16 = 1", 1, 1 },
	{ "exit exit", 1, 6 },
	{ "exit\ngoto pc+32768", 2, 8 },
	{ "(95) goto pc+1", 1, 1 },
	{ "(zz) exit", 1, 1 },
	{ "r1 = x ll", 1, 6 },
	{ "r1 = demo:x ll", 1, 11 },
	{ "r1 = *(u7 *)(r1 +0)", 1, 8 },
	{ "r2 = atomic64_xchg((u64 *)(r1 +0), r3)", 1, 39 },
	{ "call nothing", 1, 6 },
};

static void is_refused(void **state)
{
	const struct mistake *mistake = *state;
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_insns read;
	struct bemu_env *env;

	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	assert_int_equal(bemu_scn_asm_text(env, mistake->text, &where, &ops, &read), -EINVAL);
	assert_int_equal(where.line, mistake->line);
	assert_int_equal(where.col, mistake->col);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

int main(void)
{
	enum { NR = 1 + BEMU_ARRAY_SIZE(rows) + BEMU_ARRAY_SIZE(mistakes) };
	struct CMUnitTest tests[NR] = { cmocka_unit_test(every_opcode_is_read_back) };
	size_t i, nr = 1;

	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++)
		tests[nr++] = (struct CMUnitTest){ .name = rows[i].text,
						   .test_func = is_read,
						   .initial_state = (void *)&rows[i] };
	for (i = 0; i < BEMU_ARRAY_SIZE(mistakes); i++)
		tests[nr++] = (struct CMUnitTest){ .name = mistakes[i].text,
						   .test_func = is_refused,
						   .initial_state = (void *)&mistakes[i] };
	return _cmocka_run_group_tests("scn_asm", tests, nr, NULL, NULL);
}
