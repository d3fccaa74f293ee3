// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* What a record says about each candidate, and the messages of the library and the kernel. */
#include <assert.h>

#include "relo_sample.h"

/* The object wants; the kernel has. Ids agree, so that each row names one root of both. */
enum told_id {
	T_INT = 1,
	T_LONG,
	T_U32,
	T_PTR,
	T_MEMBERS, /* object: { gone; kind; in; arr; e; odd } */
	T_IN,
	T_ARR,
	T_E,
	T_ODD,
	T_SIZES, /* matches: sizes, signs, counts ... one of them differs */
	T_SIGNS,
	T_COUNTS,
	T_ELEMS,
	T_ENUM_SIZE,
	T_ENUM_COUNT,
	T_ENUM_NAME,
	T_FN,
	T_FN_PTR,
	T_FNS,
	T_FN_T, /* typedef */
	T_FLOAT,
	T_FLOATS,
	T_NAMED,
	T_TD_STRUCT, /* object: typedef struct, kernel: typedef int */
	T_TD_ENUM,
	T_TD_INT,
	T_BITS,
	T_ANY,
};

static bool kernel_now;

static void told_members(struct bemu_btf_enc *enc, bool k)
{
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "members", 64);
	bemu_btf_enc_member(enc, k ? "other" : "gone", T_INT, 0, 0);
	bemu_btf_enc_member(enc, "kind", k ? T_PTR : T_INT, 64, 0);
	bemu_btf_enc_member(enc, "in", T_IN, 128, 0);
	bemu_btf_enc_member(enc, "arr", T_ARR, 192, 0);
	bemu_btf_enc_member(enc, "e", T_E, 256, 0);
	bemu_btf_enc_member(enc, "odd", k ? T_ODD : T_INT, 320, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "in", 8);
	bemu_btf_enc_member(enc, k ? "z" : "x", T_INT, 0, 0);
	bemu_btf_enc_array(enc, T_INT, T_INT, k ? 2 : 4);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, k ? "hue" : "colour", 4, false);
	bemu_btf_enc_enumerator(enc, "A", 0);
}

static void told(struct bemu_btf_enc *enc)
{
	static const uint32_t odd_data[] = { 29 | 3 << 16 };
	const struct btf_type odd = { .name_off = bemu_btf_enc_str(enc, "odd"),
				      .info = (uint32_t)BTF_KIND_INT << 24,
				      .size = 4 };
	bool k = kernel_now;

	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "int", 8, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 0);
	told_members(enc, k);
	bemu_btf_enc_type_raw(enc, &odd, odd_data, sizeof(odd_data));
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "sizes", 8);
	bemu_btf_enc_member(enc, "m", k ? T_LONG : T_INT, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "signs", 8);
	bemu_btf_enc_member(enc, "m", k ? T_U32 : T_INT, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "counts", 8);
	bemu_btf_enc_member(enc, "m", T_INT, 0, 0);
	if (!k)
		bemu_btf_enc_member(enc, "n", T_INT, 32, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "elems", 16);
	bemu_btf_enc_member(enc, "m", T_ARR, 0, 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "enum_size", k ? 1 : 4, false);
	bemu_btf_enc_enumerator(enc, "A", 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "enum_count", 4, false);
	bemu_btf_enc_enumerator(enc, "A", 0);
	if (!k)
		bemu_btf_enc_enumerator(enc, "B", 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "enum_name", 4, false);
	bemu_btf_enc_enumerator(enc, k ? "A" : "B", 0);
	bemu_btf_enc_func_proto(enc, 0);
	if (k)
		bemu_btf_enc_param(enc, "n", T_INT);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, T_FN);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "fns", 8);
	bemu_btf_enc_member(enc, "call", T_FN_PTR, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "fn_t", T_FN_PTR);
	bemu_btf_enc_float(enc, "float", 4);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "floats", 8);
	bemu_btf_enc_member(enc, "f", T_FLOAT, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "named", 8);
	bemu_btf_enc_member(enc, k ? "n" : "m", T_INT, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "td_struct", k ? T_INT : T_IN);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "td_enum", k ? T_INT : T_E);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "td_int", k ? T_ODD : T_INT);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "bits", 8);
	bemu_btf_enc_member(enc, "b", T_INT, k ? 13 : 3, 3);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "any", 8);
	bemu_btf_enc_member(enc, "m", k ? T_ARR : T_INT, 0, 0);
}

static void told_here(struct bemu_btf_enc *enc)
{
	kernel_now = true;
	told(enc);
}

static void told_there(struct bemu_btf_enc *enc)
{
	kernel_now = false;
	told(enc);
}

#define EXISTS	BEMU_CORE_FIELD_EXISTS
#define MATCHES BEMU_CORE_TYPE_MATCHES
#define THERE	BEMU_CORE_TYPE_EXISTS

/* clang-format off */
static const struct row {
	const char *name;
	uint32_t root, kind;
	const char *access;
	uint32_t why;
	const char *text;
} rows[] = {
	{ "a member that is missing", T_MEMBERS, EXISTS, "0:0", BEMU_CORE_NO_MEMBER, "no member \"gone\"" },
	{ "a member that is missing further down", T_MEMBERS, EXISTS, "0:2:0", BEMU_CORE_NO_MEMBER,
	  "no member \"x\" in STRUCT in" },
	{ "a member of other kind", T_MEMBERS, EXISTS, "0:1", BEMU_CORE_BAD_MEMBER_KIND,
	  "member \"kind\" is PTR here, INT int in the object" },
	{ "a member of other name of type", T_MEMBERS, EXISTS, "0:4", BEMU_CORE_BAD_MEMBER_KIND,
	  "member \"e\" is ENUM hue here, ENUM colour in the object" },
	{ "an old bitfield integer", T_MEMBERS, EXISTS, "0:5", BEMU_CORE_BAD_MEMBER_KIND,
	  "member \"odd\" is an INT with bit offset 3 here, 0 in the object" },
	{ "an element past the end", T_MEMBERS, EXISTS, "0:3:3", BEMU_CORE_ARRAY_BOUND,
	  "index 3 of member \"arr\" is past its 2 elements here" },
	{ "an array in place of a scalar", T_ANY, EXISTS, "0:0", BEMU_CORE_BAD_MEMBER_KIND,
	  "member \"m\" is ARRAY here, INT int in the object" },
	{ "an enumerator that is missing", T_ENUM_NAME, BEMU_CORE_ENUMVAL_EXISTS, "0",
	  BEMU_CORE_NO_ENUMERATOR, "no enumerator \"B\"" },
	{ "an enumerator of what is no enum", T_TD_ENUM, BEMU_CORE_ENUMVAL_EXISTS, "0",
	  BEMU_CORE_TYPE_INCOMPATIBLE, "no enumerator \"A\"" },
	{ "a member of what has none", T_TD_STRUCT, EXISTS, "0:0", BEMU_CORE_NOT_COMPOSITE,
	  "INT int has no members here, so no \"x\"" },
	{ "a size", T_SIZES, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "member \"m\" has 8 bytes here, 4 in the object" },
	{ "a sign", T_SIGNS, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "member \"m\" is unsigned here, signed in the object" },
	{ "a number of members", T_COUNTS, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "the type has 1 member here, 2 in the object" },
	{ "a number of elements", T_ELEMS, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "member \"m\" has 2 elements here, 4 in the object" },
	{ "the size of an enum", T_ENUM_SIZE, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "the type has 1 byte here, 4 in the object" },
	{ "a number of enumerators", T_ENUM_COUNT, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "the type has 1 enumerator here, 2 in the object" },
	{ "an enumerator's name", T_ENUM_NAME, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "no enumerator \"B\"" },
	{ "a number of parameters", T_FNS, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "member \"call\" has 1 parameter here, 0 in the object" },
	{ "a member's name", T_NAMED, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "no member \"m\"" },
	{ "no rule for floats", T_FLOATS, MATCHES, "0", BEMU_CORE_TYPE_MISMATCH, "no rule compares FLOAT float here with FLOAT float in the object" },
	{ "parameters of compatible types", T_FN_T, THERE, "0", BEMU_CORE_TYPE_INCOMPATIBLE, "the type has 1 parameter here, 0 in the object" },
	{ "kinds of types", T_TD_STRUCT, THERE, "0", BEMU_CORE_TYPE_INCOMPATIBLE, "the type is INT int here, STRUCT in in the object" },
	{ "an old bitfield integer as a type", T_TD_INT, THERE, "0", BEMU_CORE_TYPE_INCOMPATIBLE,
	  "the type is an INT with bit offset 3 here, 0 in the object" },
	{ "a member that is there", T_MEMBERS, EXISTS, "0:3:1", BEMU_CORE_MATCHED, "offset 28" },
	{ "a bitfield that is there", T_BITS, EXISTS, "0:0", BEMU_CORE_MATCHED, "offset 1.5" },
	{ "an enumerator that is there", T_ENUM_SIZE, BEMU_CORE_ENUMVAL_EXISTS, "0", BEMU_CORE_MATCHED, "enumerator \"A\"" },
	{ "a type that is there", T_SIZES, THERE, "0", BEMU_CORE_MATCHED, "compatible" },
	{ "a type that matches", T_BITS, MATCHES, "0", BEMU_CORE_MATCHED, "matches" },
};
/* clang-format on */

static void run_row(void **state)
{
	const struct row *row = *state;
	struct bemu_core_res res;
	struct relo_world w;

	world_init(&w, told_there, told_here, row->root, row->kind, row->access);
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), 0);
	assert_int_equal(w.rec.nr_tried, 1);
	assert_string_equal(w.rec.tried[0].text, row->text);
	assert_int_equal(w.rec.tried[0].why, row->why);
	assert_int_equal(w.rec.nr_matched, row->why == BEMU_CORE_MATCHED);
	assert_string_equal(w.rec.tried[0].cand.owner, "vmlinux");
	assert_int_equal(w.rec.res.new_val, res.new_val);
	assert_int_equal(w.rec.relo.kind, row->kind);
	world_fini(&w);
}

/* struct amb { p; q; } against the two of the sample kernel */
static void amb(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "unsigned int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "amb", 8);
	bemu_btf_enc_member(enc, "p", 1, 0, 0);
	bemu_btf_enc_member(enc, "q", 1, 32, 0);
	bemu_btf_enc_member(enc, "r", 1, 64, 0);
}

static void an_ambiguity_names_both_sides(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, amb, NULL, 2, BEMU_CORE_FIELD_BYTE_OFFSET, "0:1");
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_int_equal(w.rec.err, -EINVAL);
	assert_int_equal(w.rec.nr_tried, 2);
	assert_string_equal(w.rec.spec, "<byte_off> [2] struct amb.q (0:1 @ offset 4)");
	assert_string_equal(w.rec.tried[0].text, "offset 4");
	assert_int_equal(w.rec.tried[1].why, BEMU_CORE_AMBIGUOUS);
	assert_string_equal(w.rec.tried[1].text, "offset 8 here, 4 in vmlinux [20]");
	world_fini(&w);
	world_init(&w, amb, NULL, 2, BEMU_CORE_TYPE_SIZE, "0");
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_string_equal(w.rec.tried[1].text, "value 12 here, 8 in vmlinux [20]");
	world_fini(&w);
}

static void a_spec_that_cannot_be_parsed_leaves_an_empty_text(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, amb, NULL, 2, BEMU_CORE_FIELD_BYTE_OFFSET, "0:7");
	strcpy(w.rec.spec, "of an earlier one");
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_string_equal(w.rec.spec, "");
	assert_int_equal(w.rec.nr_tried, 0);
	assert_int_equal(w.rec.err, -EINVAL);
	world_fini(&w);
}

/* clang-format off */
static const struct talk {
	const char *name;
	uint32_t rules, kind;
	const char *access;
	struct bpf_insn insn;
	int err;
	const char *lines;
} talks[] = {
	{ "the kernel: a patched word", BEMU_CORE_KERNEL_6_18, BEMU_CORE_FIELD_BYTE_OFFSET, "0:0", LDX(BPF_W, 1, 1, 0), 0,
	  "prog '': relo #3: <byte_off> [2] STRUCT amb.p (0:0 @ offset 0)\n"
	  "prog '': relo #3: matching candidate #0 <byte_off> [20] STRUCT amb.p (0:0 @ offset 0)\n"
	  "prog '': relo #3: matching candidate #1 <byte_off> [21] STRUCT amb.p (0:0 @ offset 0)\n"
	  "prog '': relo #3: patched insn #0 (LDX/ST/STX) off 0 -> 0\n" },
	{ "the kernel: a value that is not expected", BEMU_CORE_KERNEL_6_18, BEMU_CORE_FIELD_BYTE_OFFSET, "0:0", MOV(0, 5), -EINVAL,
	  "prog '': relo #3: <byte_off> [2] STRUCT amb.p (0:0 @ offset 0)\n"
	  "prog '': relo #3: matching candidate #0 <byte_off> [20] STRUCT amb.p (0:0 @ offset 0)\n"
	  "prog '': relo #3: matching candidate #1 <byte_off> [21] STRUCT amb.p (0:0 @ offset 0)\n"
	  "prog '': relo #3: unexpected insn #0 (ALU/ALU64) value: got 5, exp 0 -> 0\n" },
	{ "the kernel: ambiguous offsets", BEMU_CORE_KERNEL_6_18, BEMU_CORE_FIELD_BYTE_OFFSET, "0:1", MOV(0, 4), -EINVAL,
	  "prog '': relo #3: <byte_off> [2] STRUCT amb.q (0:1 @ offset 4)\n"
	  "prog '': relo #3: matching candidate #0 <byte_off> [20] STRUCT amb.q (0:1 @ offset 4)\n"
	  "prog '': relo #3: matching candidate #1 <byte_off> [21] STRUCT amb.q (0:2 @ offset 8)\n"
	  "prog '': relo #3: field offset ambiguity: 64 != 32\n" },
	{ "libbpf: a candidate that does not match", BEMU_CORE_LIBBPF_1_7, BEMU_CORE_FIELD_BYTE_SIZE, "0:2", MOV(0, 4), 0,
	  "prog '': relo #3: <byte_sz> [2] struct amb.r (0:2 @ offset 8)\n"
	  "prog '': relo #3: non-matching candidate #0 <byte_sz> [20] struct amb (0 @ offset 0)\n"
	  "prog '': relo #3: matching candidate #1 <byte_sz> [21] struct amb.r (0:1 @ offset 4)\n"
	  "prog '': relo #3: patched insn #0 (ALU/ALU64) imm 4 -> 4\n" },
	{ "the kernel: behind a scalar", BEMU_CORE_KERNEL_6_18, BEMU_CORE_FIELD_EXISTS, "0:0:0", MOV(0, 1), -EINVAL,
	  "prog '': relo for [2]  (at idx 2) captures type [1] of unexpected kind INT\n"
	  "prog '': relo #3: parsing [2] STRUCT amb + 0:0:0 failed: -22\n" },
	{ "the kernel: a word", BEMU_CORE_KERNEL_6_18, BEMU_CORE_FIELD_EXISTS, "x", MOV(0, 1), -EINVAL,
	  "prog '': relo #3: parsing [2] STRUCT amb + x failed: -22\n" },
	{ "the kernel: an exit", BEMU_CORE_KERNEL_6_18, BEMU_CORE_TYPE_EXISTS, "0", EXIT, -EINVAL,
	  "prog '': relo #3: <type_exists> [2] STRUCT amb\n"
	  "prog '': relo #3: matching candidate #0 <type_exists> [20] STRUCT amb\n"
	  "prog '': relo #3: matching candidate #1 <type_exists> [21] STRUCT amb\n"
	  "prog '': relo #3: trying to relocate unrecognized insn #0, code:0x95, src:0x0, dst:0x0, off:0x0, imm:0x0\n" },
};
/* clang-format on */

static void run_talk(void **state)
{
	const struct talk *row = *state;
	struct bpf_insn insn = row->insn;
	struct bemu_core_res res;
	struct bemu_buf lines;
	struct relo_world w;
	int err;

	world_init(&w, amb, NULL, 2, row->kind, row->access);
	bemu_buf_init(&lines, w.env);
	w.rec.lines = &lines;
	w.rec.relo_idx = 3;
	assert_int_equal(world_cands(&w), 0);
	err = bemu_core_calc(w.env, row->rules, w.object, &w.relo, &w.cands, "", &res, &w.rec);
	if (!err)
		err = bemu_core_patch_lines(w.env, "", &insn, 1, 0, 3, &res, &lines);
	assert_int_equal(err, row->err);
	assert_string_equal(bemu_buf_str(&lines), row->lines);
	bemu_buf_fini(&lines);
	world_fini(&w);
}

static void a_poisoned_word_can_be_told_from_others(void **state)
{
	const struct bpf_insn call = { .code = BEMU_INSN_CALL, .imm = 1 };
	struct bpf_insn insn = LDX(BPF_W, 1, 1, 0);

	(void)state;
	assert_false(bemu_core_is_poisoned(&insn));
	assert_false(bemu_core_is_poisoned(&call));
	bemu_core_poison(&insn);
	assert_true(bemu_core_is_poisoned(&insn));
}

int main(void)
{
	static struct CMUnitTest tests[64] = {
		cmocka_unit_test(an_ambiguity_names_both_sides),
		cmocka_unit_test(a_spec_that_cannot_be_parsed_leaves_an_empty_text),
		cmocka_unit_test(a_poisoned_word_can_be_told_from_others),
	};
	size_t nr_tests = 3;

	RUN_ROWS(rows, run_row);
	RUN_ROWS(talks, run_talk);
	return _cmocka_run_group_tests("relo_record", tests, nr_tests, NULL, NULL);
}
