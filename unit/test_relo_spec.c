// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Access strings: what is read from them, what is refused, and how specs are written. */
#include <assert.h>

#include "relo_sample.h"

enum spec_id {
	P_INT = 1,
	P_S, /* struct s { int a; struct { int b; int c[7]; }; int d[0]; } */
	P_ANON,
	P_C7,
	P_D0,
	P_E, /* enum e { MINUS = -1, ONE = 1 } */
	P_UE, /* enum ue { TOP = 0xffffffff } */
	P_E64, /* enum64 { BIG = 1 << 40 } */
	P_UE64,
	P_TD, /* typedef struct s td */
	P_MID, /* struct mid { int z[0]; int a; } */
	P_BITS, /* struct bits { int x:3; int y:5; } */
	P_NOSIZE, /* struct of void */
	P_FWD,
	P_GRID, /* int [2][3] */
	P_ROW,
	P_G, /* struct g { grid g; } */
	P_PTR,
};

static void types(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 36);
	bemu_btf_enc_member(enc, "a", P_INT, 0, 0);
	bemu_btf_enc_member(enc, NULL, P_ANON, 32, 0);
	bemu_btf_enc_member(enc, "d", P_D0, 288, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, NULL, 32);
	bemu_btf_enc_member(enc, "b", P_INT, 0, 0);
	bemu_btf_enc_member(enc, "c", P_C7, 32, 0);
	bemu_btf_enc_array(enc, P_INT, P_INT, 7);
	bemu_btf_enc_array(enc, P_INT, P_INT, 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e", 4, true);
	bemu_btf_enc_enumerator(enc, "MINUS", -1);
	bemu_btf_enc_enumerator(enc, "ONE", 1);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "ue", 4, false);
	bemu_btf_enc_enumerator(enc, "TOP", 0xffffffff);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, NULL, 8, true);
	bemu_btf_enc_enumerator(enc, "BIG", -(1ll << 40));
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, "ue64", 8, false);
	bemu_btf_enc_enumerator(enc, "HUGE", -1);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "td", P_S);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "mid", 4);
	bemu_btf_enc_member(enc, "z", P_D0, 0, 0);
	bemu_btf_enc_member(enc, "a", P_INT, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "bits", 4);
	bemu_btf_enc_member(enc, "x", P_INT, 0, 3);
	bemu_btf_enc_member(enc, "y", P_INT, 3, 5);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "void_t", 0);
	bemu_btf_enc_fwd(enc, "fwd", false);
	bemu_btf_enc_array(enc, P_ROW, P_INT, 2);
	bemu_btf_enc_array(enc, P_INT, P_INT, 3);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "g", 24);
	bemu_btf_enc_member(enc, "g", P_GRID, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, P_S);
}

#define OFF BEMU_CORE_FIELD_BYTE_OFFSET
#define VAL BEMU_CORE_ENUMVAL_VALUE
#define SIX4                                                                                     \
	"0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:" \
	"0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0"

static const struct good {
	const char *name;
	uint32_t root, kind;
	const char *access, *text;
} goods[] = {
	{ "the root itself", P_S, OFF, "0", "<byte_off> [2] struct s (0 @ offset 0)" },
	{ "an index of the root", P_S, OFF, "3:0",
	  "<byte_off> [2] struct s[3].a (3:0 @ offset 108)" },
	{ "a member", P_S, BEMU_CORE_FIELD_EXISTS, "0:0",
	  "<field_exists> [2] struct s.a (0:0 @ offset 0)" },
	{ "a member of an anonymous one", P_S, BEMU_CORE_FIELD_BYTE_SIZE, "0:1:0",
	  "<byte_sz> [2] struct s.b (0:1:0 @ offset 4)" },
	{ "an element of it", P_S, BEMU_CORE_FIELD_SIGNED, "0:1:1:6",
	  "<signed> [2] struct s.c[6] (0:1:1:6 @ offset 32)" },
	{ "an anonymous member alone", P_S, OFF, "0:1",
	  "<byte_off> [2] struct s (0:1 @ offset 4)" },
	{ "a flexible array", P_S, OFF, "0:2:9",
	  "<byte_off> [2] struct s.d[9] (0:2:9 @ offset 72)" },
	{ "an array of arrays", P_G, OFF, "0:0:1:2",
	  "<byte_off> [17] struct g.g[1][2] (0:0:1:2 @ offset 20)" },
	{ "through a typedef", P_TD, OFF, "0:0", "<byte_off> [10] typedef td.a (0:0 @ offset 0)" },
	{ "bits of a byte", P_BITS, BEMU_CORE_FIELD_LSHIFT_U64, "0:1",
	  "<lshift_u64> [12] struct bits.y (0:1 @ offset 0.3)" },
	{ "an integer's offset", P_INT, BEMU_CORE_FIELD_RSHIFT_U64, "1",
	  "<rshift_u64> [1] int int[1] (1 @ offset 4)" },
	{ "a pointer's", P_PTR, OFF, "2", "<byte_off> [18] ptr <anon>[2] (2 @ offset 16)" },
	{ "a negative enumerator", P_E, VAL, "0", "<enumval_value> [6] enum e::MINUS = -1" },
	{ "an unsigned enumerator", P_UE, BEMU_CORE_ENUMVAL_EXISTS, "0",
	  "<enumval_exists> [7] enum ue::TOP = 4294967295" },
	{ "a negative 64-bit enumerator of an anonymous enum", P_E64, VAL, "0",
	  "<enumval_value> [8] enum64 <anon>::BIG = -1099511627776" },
	{ "an unsigned 64-bit enumerator", P_UE64, VAL, "0",
	  "<enumval_value> [9] enum64 ue64::HUGE = 18446744073709551615" },
	{ "a type", P_S, BEMU_CORE_TYPE_SIZE, "0", "<type_size> [2] struct s" },
	{ "a type's id", P_S, BEMU_CORE_TYPE_ID_TARGET, "0", "<target_type_id> [2] struct s" },
	{ "a local id", P_E64, BEMU_CORE_TYPE_ID_LOCAL, "0", "<local_type_id> [8] enum64 <anon>" },
	{ "a type that exists", P_FWD, BEMU_CORE_TYPE_EXISTS, "0", "<type_exists> [14] fwd fwd" },
	{ "a type that matches", 0, BEMU_CORE_TYPE_MATCHES, "0", "<type_matches> [0] void <anon>" },
	{ "blanks before numbers", P_S, OFF, " 0:\t2:\n1",
	  "<byte_off> [2] struct s.d[1] (0:2:1 @ offset 40)" },
	{ "blanks instead of colons", P_S, OFF, "0 0",
	  "<byte_off> [2] struct s.a (0:0 @ offset 0)" },
	{ "a plus", P_S, OFF, "+0:+0", "<byte_off> [2] struct s.a (0:0 @ offset 0)" },
	{ "minus nothing", P_S, OFF, "-0:0", "<byte_off> [2] struct s.a (0:0 @ offset 0)" },
	{ "leading zeroes", P_S, OFF, "00000000000000000000000:0",
	  "<byte_off> [2] struct s.a (0:0 @ offset 0)" },
	{ "a number of 33 bits loses the highest", P_S, OFF, "4294967297:0",
	  "<byte_off> [2] struct s[1].a (1:0 @ offset 36)" },
	{ "offsets wrap at 2^32 bits", P_S, OFF, "14913081:0", /* 288 * n mod 2^32 */
	  "<byte_off> [2] struct s[14913081].a (14913081:0 @ offset 4)" },
};

static void run_good(void **state)
{
	const struct good *row = *state;
	struct bemu_env *env = test_env();
	struct bemu_core_relo relo = { .type_id = row->root, .kind = row->kind };
	struct bemu_core_spec spec;
	struct bemu_btf *btf;
	char text[256];
	int err;

	btf = object_parse(env, types, row->access, &relo.access_str_off);
	err = bemu_core_spec_parse(env, BEMU_CORE_LIBBPF_1_7, btf, &relo, &spec);
	if (err)
		fail_msg("%d: %s", err, bemu_log_last(&env->log)->text);
	bemu_core_spec_format(BEMU_CORE_LIBBPF_1_7, &spec, text, sizeof(text));
	assert_string_equal(text, row->text);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static const struct bad {
	const char *name;
	uint32_t root, kind;
	const char *access;
	int err;
	uint32_t reason;
} bads[] = {
	{ "an empty string", P_S, OFF, "", -EINVAL, BEMU_R_CORE_ACCESS },
	{ "a leading colon", P_S, OFF, ":0", -EINVAL, BEMU_R_CORE_ACCESS },
	{ "a trailing colon", P_S, OFF, "0:", -EINVAL, BEMU_R_CORE_ACCESS },
	{ "two colons", P_S, OFF, "0::0", -EINVAL, BEMU_R_CORE_ACCESS },
	{ "a trailing blank", P_S, OFF, "0 ", -EINVAL, BEMU_R_CORE_ACCESS },
	{ "a word", P_S, OFF, "zero", -EINVAL, BEMU_R_CORE_ACCESS },
	{ "a hexadecimal number", P_S, OFF, "0x0", -EINVAL, BEMU_R_CORE_ACCESS },
	{ "a sign alone", P_S, OFF, "0:-", -EINVAL, BEMU_R_CORE_ACCESS },
	{ "65 numbers", P_S, OFF, SIX4 ":0", -E2BIG, BEMU_R_CORE_ACCESS_LONG },
	{ "64 numbers are read", P_S, OFF, SIX4, -EINVAL, BEMU_R_CORE_ACCESS_KIND },
	{ "a type with a path", P_S, BEMU_CORE_TYPE_EXISTS, "0:0", -EINVAL, BEMU_R_CORE_ACCESS },
	{ "a type with another number", P_S, BEMU_CORE_TYPE_SIZE, "1", -EINVAL,
	  BEMU_R_CORE_ACCESS },
	{ "a type with 0 written otherwise", P_S, BEMU_CORE_TYPE_SIZE, "00", -EINVAL,
	  BEMU_R_CORE_ACCESS },
	{ "an enumerator with a path", P_E, VAL, "0:0", -EINVAL, BEMU_R_CORE_ACCESS_KIND },
	{ "an enumerator of a struct", P_S, VAL, "0", -EINVAL, BEMU_R_CORE_ACCESS_KIND },
	{ "an enumerator that is not there", P_E, VAL, "2", -EINVAL, BEMU_R_CORE_ACCESS_BOUND },
	{ "a negative enumerator number", P_E, VAL, "-1", -EINVAL, BEMU_R_CORE_ACCESS_BOUND },
	{ "a member that is not there", P_S, OFF, "0:3", -EINVAL, BEMU_R_CORE_ACCESS_BOUND },
	{ "a negative member", P_S, OFF, "0:-1", -EINVAL, BEMU_R_CORE_ACCESS_BOUND },
	{ "an element that is not there", P_S, OFF, "0:1:1:7", -EINVAL, BEMU_R_CORE_ACCESS_BOUND },
	{ "a negative element", P_S, OFF, "0:1:1:-1", -EINVAL, BEMU_R_CORE_ACCESS_BOUND },
	{ "an empty array that is not last", P_MID, OFF, "0:0:0", -EINVAL,
	  BEMU_R_CORE_ACCESS_BOUND },
	{ "an empty array that is nobody's member", P_D0, OFF, "0:0", -EINVAL,
	  BEMU_R_CORE_ACCESS_BOUND },
	{ "behind an integer", P_S, OFF, "0:0:0", -EINVAL, BEMU_R_CORE_ACCESS_KIND },
	{ "behind a pointer", P_PTR, OFF, "0:0", -EINVAL, BEMU_R_CORE_ACCESS_KIND },
	{ "a field of void", P_NOSIZE, OFF, "0", -EINVAL, BEMU_R_BTF_NO_SIZE },
	{ "a field of a declaration", P_FWD, OFF, "0", -EINVAL, BEMU_R_BTF_NO_SIZE },
	{ "kind 13", P_S, 13, "0", -EINVAL, BEMU_R_CORE_KIND },
	{ "kind 0xffffffff", P_S, UINT32_MAX, "0", -EINVAL, BEMU_R_CORE_KIND },
	{ "an unknown kind is noticed after the numbers", P_S, 13, "x", -EINVAL,
	  BEMU_R_CORE_ACCESS },
};

static void run_bad(void **state)
{
	const struct bad *row = *state;
	struct bemu_env *env = test_env();
	struct bemu_core_relo relo = { .type_id = row->root, .kind = row->kind };
	struct bemu_core_res res;
	struct bemu_core_spec spec;
	struct bemu_btf *btf;

	btf = object_parse(env, types, row->access, &relo.access_str_off);
	assert_int_equal(bemu_core_spec_parse(env, BEMU_CORE_LIBBPF_1_7, btf, &relo, &spec),
			 row->err);
	assert_int_equal(last_reason(env), row->reason);
	/* whatever the parser says, a relocation fails with -EINVAL */
	assert_int_equal(bemu_core_calc(env, BEMU_CORE_LIBBPF_1_7, btf, &relo, NULL, "p", &res,
					NULL),
			 -EINVAL);
	assert_int_equal(env->fault, 0);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

/* Releases differ in negative numbers, in '+', and in numbers that no long can hold. */
static const struct release {
	const char *name;
	const char *access;
	uint32_t rules;
	int err;
	int32_t first; /* of the numbers, when err is 0 */
} releases[] = {
	{ "1.1 reads a negative root index", "-1:0", BEMU_CORE_LIBBPF_1_1, 0, -1 },
	{ "1.7 reads a negative root index", "-1:0", BEMU_CORE_LIBBPF_1_7, 0, -1 },
	{ "the release after 1.7 does not", "-1:0", BEMU_CORE_LIBBPF_NEXT, -EINVAL, 0 },
	{ "stable 6.1 does not", "-1:0", BEMU_CORE_KERNEL_6_1, -EINVAL, 0 },
	{ "stable 6.18 does not", "-1:0", BEMU_CORE_KERNEL_6_18, -EINVAL, 0 },
	{ "a plus in user space", "+1:0", BEMU_CORE_LIBBPF_NEXT, 0, 1 },
	{ "a plus in the kernel", "+1:0", BEMU_CORE_KERNEL_6_18, -EINVAL, 0 },
	{ "past a long in user space: LONG_MAX as an int", "9223372036854775808:0",
	  BEMU_CORE_LIBBPF_1_7, 0, -1 },
	{ "LONG_MAX itself", "9223372036854775807:0", BEMU_CORE_LIBBPF_1_7, 0, -1 },
	{ "below a long: LONG_MIN as an int", "-9223372036854775809:0", BEMU_CORE_LIBBPF_1_7, 0,
	  0 },
	{ "just above LONG_MIN", "-9223372036854775807:0", BEMU_CORE_LIBBPF_1_7, 0, 1 },
	{ "past a long in the kernel: wraps", "9223372036854775808:0", BEMU_CORE_KERNEL_6_18, 0,
	  0 },
	{ "past 64 bits in the kernel: wraps", "18446744073709551623:0", BEMU_CORE_KERNEL_6_18, 0,
	  7 },
};

static void run_release(void **state)
{
	const struct release *row = *state;
	struct bemu_env *env = test_env();
	struct bemu_core_relo relo = { .type_id = P_S };
	struct bemu_core_spec spec;
	struct bemu_btf *btf;

	btf = object_parse(env, types, row->access, &relo.access_str_off);
	assert_int_equal(bemu_core_spec_parse(env, row->rules, btf, &relo, &spec), row->err);
	if (!row->err)
		assert_int_equal((int32_t)spec.raw[0], row->first);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static void the_kernel_writes_kinds_in_capitals(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_core_relo relo = { .type_id = P_S };
	struct bemu_core_spec spec;
	struct bemu_btf *btf;
	char text[256], small[24];

	(void)state;
	btf = object_parse(env, types, "0:0", &relo.access_str_off);
	assert_int_equal(bemu_core_spec_parse(env, BEMU_CORE_KERNEL_6_18, btf, &relo, &spec), 0);
	bemu_core_spec_format(BEMU_CORE_KERNEL_6_18, &spec, text, sizeof(text));
	assert_string_equal(text, "<byte_off> [2] STRUCT s.a (0:0 @ offset 0)");
	bemu_core_spec_format(BEMU_CORE_LIBBPF_1_7, &spec, small, sizeof(small));
	assert_string_equal(small, "<byte_off> [2] struct s");
	bemu_core_spec_format(BEMU_CORE_LIBBPF_1_7, &spec, small, 1);
	assert_string_equal(small, "");
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static void an_access_string_outside_the_strings_is_refused(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_core_relo relo = { .type_id = P_S };
	struct bemu_core_spec spec;
	struct bemu_btf *btf;

	(void)state;
	btf = object_parse(env, types, "0:0", &relo.access_str_off);
	relo.access_str_off = UINT32_MAX;
	assert_int_equal(bemu_core_spec_parse(env, BEMU_CORE_LIBBPF_1_7, btf, &relo, &spec),
			 -EINVAL);
	assert_int_equal(last_reason(env), BEMU_R_CORE_ACCESS);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static void kinds_have_names(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < BEMU_CORE_NR_KINDS; i++) {
		assert_string_not_equal(bemu_core_kind_name(i), "unknown");
		assert_string_not_equal(bemu_core_kind_long_name(i), "unknown");
	}
	assert_string_equal(bemu_core_kind_name(BEMU_CORE_NR_KINDS), "unknown");
	assert_string_equal(bemu_core_kind_long_name(UINT32_MAX), "unknown");
}

int main(void)
{
	static struct CMUnitTest tests[128] = {
		cmocka_unit_test(the_kernel_writes_kinds_in_capitals),
		cmocka_unit_test(an_access_string_outside_the_strings_is_refused),
		cmocka_unit_test(kinds_have_names),
	};
	size_t nr_tests = 3;

	RUN_ROWS(goods, run_good);
	RUN_ROWS(bads, run_bad);
	RUN_ROWS(releases, run_release);
	return _cmocka_run_group_tests("relo_spec", tests, nr_tests, NULL, NULL);
}
