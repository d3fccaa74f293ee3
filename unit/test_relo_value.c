// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Values of fields: one member "m" here and there, at an offset, with or without a bitfield size. */
#include <assert.h>

#include "relo_sample.h"

/* Types that both sides have, in this order; the holder follows. */
enum value_id {
	V_I32 = 1,
	V_U32,
	V_U64,
	V_U8,
	V_BOOL,
	V_CHAR_SIGNED, /* INT, encoding CHAR | SIGNED */
	V_PTR,
	V_FLOAT,
	V_E,
	V_E_SIGNED,
	V_E64_SIGNED,
	V_A4,
	V_A8,
	V_A2_A4,
	V_WIDE, /* struct of 16 bytes */
	V_EMPTY, /* struct of 0 bytes */
	V_FWD,
	V_HUGE, /* struct of 2 GiB */
	V_SCHAR64, /* as V_CHAR_SIGNED, 8 bytes */
	V_U24, /* INT of 3 bytes */
	V_HOLDER,
	V_LAST, /* FLOAT, the last type: the strings follow it in the bytes */
};

static void value_types(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "ggy", 4, BTF_INT_SIGNED); /* the first string: see V_LAST */
	bemu_btf_enc_int(enc, "u32", 4, 0);
	bemu_btf_enc_int(enc, "u64", 8, 0);
	bemu_btf_enc_int(enc, "u8", 1, 0);
	bemu_btf_enc_int(enc, "_Bool", 1, BTF_INT_BOOL);
	bemu_btf_enc_int(enc, "char", 1, BTF_INT_CHAR | BTF_INT_SIGNED);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 0);
	bemu_btf_enc_float(enc, "float", 4);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e", 4, false);
	bemu_btf_enc_enumerator(enc, "A", 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e", 4, true);
	bemu_btf_enc_enumerator(enc, "A", 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, "e", 8, true);
	bemu_btf_enc_enumerator(enc, "A", 0);
	bemu_btf_enc_array(enc, V_I32, V_U32, 4);
	bemu_btf_enc_array(enc, V_I32, V_U32, 8);
	bemu_btf_enc_array(enc, V_A4, V_U32, 2);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "wide", 16);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "empty", 0);
	bemu_btf_enc_fwd(enc, "fwd", false);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "huge", 0x80000000);
	bemu_btf_enc_int(enc, "char64", 8, BTF_INT_CHAR | BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "u24", 3, 0);
}

struct member {
	uint32_t type, bit_off, bits;
};

#define OFF    BEMU_CORE_FIELD_BYTE_OFFSET
#define SZ     BEMU_CORE_FIELD_BYTE_SIZE
#define SIGNED BEMU_CORE_FIELD_SIGNED
#define LSHIFT BEMU_CORE_FIELD_LSHIFT_U64
#define RSHIFT BEMU_CORE_FIELD_RSHIFT_U64
#define V1_1   BEMU_CORE_LIBBPF_1_1
#define V1_5   BEMU_CORE_LIBBPF_1_5
#define V1_7   BEMU_CORE_LIBBPF_1_7
#define K6_1   BEMU_CORE_KERNEL_6_1
#define K6_18  BEMU_CORE_KERNEL_6_18

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LE_BE(le, be) (le)
#else
#define LE_BE(le, be) (be)
#endif

/* clang-format off */
static const struct row {
	const char *name;
	uint32_t rules, kind;
	struct member local, targ;
	int err;
	uint32_t reason;	/* when err */
	uint64_t orig, val;
	bool no_validate, bad_width;
	uint32_t orig_sz, new_sz;
} rows[] = {
	{ "offset of a plain field", V1_7, OFF, { V_U32, 32, 0 }, { V_U32, 96, 0 },
	  0, 0, 4, 12, false, false, 4, 4 },
	{ "unsigned integers may widen", V1_7, OFF, { V_U32, 0, 0 }, { V_U64, 0, 0 },
	  0, 0, 0, 0, false, false, 4, 8 },
	{ "unsigned integers may narrow", V1_7, OFF, { V_U64, 0, 0 }, { V_U8, 0, 0 },
	  0, 0, 0, 0, false, false, 8, 1 },
	{ "a signed one may not", V1_7, OFF, { V_I32, 0, 0 }, { V_U64, 0, 0 },
	  0, 0, 0, 0, false, true, 4, 8 },
	{ "nor become one", V1_7, OFF, { V_U64, 0, 0 }, { V_I32, 0, 0 },
	  0, 0, 0, 0, false, true, 8, 4 },
	{ "only exactly SIGNED is signed", V1_7, OFF, { V_CHAR_SIGNED, 0, 0 }, { V_SCHAR64, 0, 0 },
	  0, 0, 0, 0, false, false, 1, 8 },
	{ "signed integers of one size", V1_7, OFF, { V_I32, 0, 0 }, { V_I32, 64, 0 },
	  0, 0, 0, 8, false, false, 4, 4 },
	{ "an enum may not widen", V1_7, OFF, { V_E, 0, 0 }, { V_E64_SIGNED, 0, 0 },
	  0, 0, 0, 0, false, true, 4, 8 },
	{ "an array's width is its element's since 1.6", V1_7, OFF, { V_A4, 32, 0 }, { V_A8, 128, 0 },
	  0, 0, 4, 16, false, false, 4, 4 },
	{ "an array's width is the array's up to 1.5", V1_5, OFF, { V_A4, 32, 0 }, { V_A8, 128, 0 },
	  0, 0, 4, 16, false, true, 16, 32 },
	{ "an array's width in 6.18", K6_18, OFF, { V_A4, 32, 0 }, { V_A8, 128, 0 },
	  0, 0, 4, 16, false, false, 4, 4 },
	{ "an array's width in 6.1", K6_1, OFF, { V_A4, 32, 0 }, { V_A8, 128, 0 },
	  0, 0, 4, 16, false, true, 16, 32 },
	{ "an array of arrays is as wide as the innermost element", V1_7, OFF,
	  { V_A2_A4, 0, 0 }, { V_A2_A4, 64, 0 }, 0, 0, 0, 8, false, false, 4, 4 },
	{ "size of an array is all of it", V1_7, SZ, { V_A4, 0, 0 }, { V_A8, 0, 0 }, 0, 0, 16, 32, false, false, 0, 0 },
	{ "size of an array of arrays", V1_7, SZ, { V_A2_A4, 0, 0 }, { V_A2_A4, 0, 0 }, 0, 0, 32, 32, false, false, 0, 0 },
	{ "size of a pointer", V1_7, SZ, { V_PTR, 0, 0 }, { V_PTR, 0, 0 }, 0, 0, 8, 8, false, false, 0, 0 },

	{ "signedness: INT", V1_7, SIGNED, { V_I32, 0, 0 }, { V_U32, 0, 0 }, 0, 0, 1, 0, false, false, 0, 0 },
	{ "signedness: CHAR and SIGNED", V1_7, SIGNED, { V_CHAR_SIGNED, 0, 0 }, { V_U8, 0, 0 }, 0, 0, 1, 0, false, false, 0, 0 },
	{ "signedness: BOOL", V1_7, SIGNED, { V_BOOL, 0, 0 }, { V_I32, 0, 0 }, 0, 0, 0, 1, false, false, 0, 0 },
	{ "signedness: an enum's is its flag", V1_7, SIGNED, { V_E, 0, 0 }, { V_E_SIGNED, 0, 0 }, 0, 0, 0, 1, false, false, 0, 0 },
	{ "signedness: an enum64's, too", V1_7, SIGNED, { V_E, 0, 0 }, { V_E64_SIGNED, 0, 0 }, 0, 0, 0, 1, false, false, 0, 0 },
	{ "signedness: a pointer has none", V1_7, SIGNED, { V_PTR, 0, 0 }, { V_PTR, 0, 0 }, 0, 0, 0, 0, false, false, 0, 0 },
	{ "signedness: of a bitfield it is compared", V1_7, SIGNED, { V_I32, 0, 3 }, { V_U32, 3, 3 }, 0, 0, 1, 0, false, false, 0, 0 },
	{ "signedness: 1.5 asks for an INT", V1_5, SIGNED, { V_LAST, 0, 0 }, { V_LAST, 0, 0 }, 0, 0, 0, 0, false, false, 0, 0 },
	{ "signedness: 1.1 reads the word behind a FLOAT", V1_1, SIGNED, { V_LAST, 0, 0 }, { V_LAST, 0, 0 }, 0, 0, LE_BE(1, 0), LE_BE(1, 0), false, false, 0, 0 },
	{ "signedness: 6.1 does so, too", K6_1, SIGNED, { V_LAST, 0, 0 }, { V_FLOAT, 0, 0 }, 0, 0, LE_BE(1, 0), 0, false, false, 0, 0 },

	{ "bitfield: the word of its type", V1_7, OFF, { V_U32, 0, 3 }, { V_U32, 68, 5 }, 0, 0, 0, 8, true, false, 0, 0 },
	{ "bitfield: has no width", V1_7, OFF, { V_U32, 0, 0 }, { V_U32, 68, 5 }, 0, 0, 0, 8, false, true, 4, 0 },
	{ "bitfield: size", V1_7, SZ, { V_U8, 0, 3 }, { V_U64, 68, 5 }, 0, 0, 1, 8, true, false, 0, 0 },
	{ "bitfield: two bytes hold what crosses one", V1_7, SZ, { V_U8, 4, 8 }, { V_U8, 12, 8 }, 0, 0, 2, 4, true, false, 0, 0 },
	{ "bitfield: offset of the doubled word", V1_7, OFF, { V_U8, 12, 8 }, { V_U8, 44, 8 }, 0, 0, 0, 4, true, false, 0, 0 },
	{ "bitfield: a word of 8 bytes is the largest", V1_7, SZ, { V_U32, 28, 8 }, { V_U32, 30, 3 }, 0, 0, 8, 8, true, false, 0, 0 },
	{ "bitfield: across 8 bytes here", V1_7, SZ, { V_U64, 60, 8 }, { V_U64, 0, 8 },
	  -E2BIG, BEMU_R_CORE_BITFIELD_WIDE, 0, 0, false, false, 0, 0 },
	{ "bitfield: across 8 bytes there", V1_7, SZ, { V_U64, 0, 8 }, { V_U32, 60, 8 },
	  -E2BIG, BEMU_R_CORE_BITFIELD_WIDE, 0, 0, false, false, 0, 0 },
	{ "bitfield: a storage of 3 bytes doubles to 6, then 12", V1_7, SZ, { V_U24, 20, 8 }, { V_U24, 44, 8 }, 0, 0, 6, 12, true, false, 0, 0 },
	{ "bitfield: left shift", V1_7, LSHIFT, { V_U32, 3, 5 }, { V_U32, 40, 20 },
	  0, 0, LE_BE(56, 35), LE_BE(64 - 28, 40), true, false, 0, 0 },
	{ "bitfield: right shift", V1_7, RSHIFT, { V_U32, 3, 5 }, { V_U32, 40, 20 }, 0, 0, 59, 44, false, false, 0, 0 },
	{ "shifts of a plain field", V1_7, LSHIFT, { V_U32, 32, 0 }, { V_U8, 40, 0 }, 0, 0, 32, 56, false, false, 0, 0 },
	{ "a plain field wider than 8 bytes: left shift in u32", V1_7, LSHIFT, { V_WIDE, 0, 0 }, { V_WIDE, 64, 0 },
	  0, 0, 0xffffffc0, 0xffffffc0, false, false, 0, 0 },
	{ "a plain field wider than 8 bytes: right shift in u32", V1_7, RSHIFT, { V_WIDE, 0, 0 }, { V_WIDE, 64, 0 },
	  0, 0, 0xffffffc0, 0xffffffc0, false, false, 0, 0 },
	{ "bitfield: of an empty struct here", V1_7, OFF, { V_EMPTY, 0, 3 }, { V_WIDE, 0, 3 },
	  -EINVAL, BEMU_R_CORE_BITFIELD_SIZE, 0, 0, false, false, 0, 0 },
	{ "bitfield: of an empty struct there", V1_7, OFF, { V_WIDE, 0, 3 }, { V_EMPTY, 0, 3 },
	  -EINVAL, BEMU_R_CORE_BITFIELD_SIZE, 0, 0, false, false, 0, 0 },
	{ "bitfield: of a declaration", V1_7, OFF, { V_FWD, 0, 3 }, { V_FWD, 0, 3 },
	  -EINVAL, BEMU_R_CORE_BITFIELD_SIZE, 0, 0, false, false, 0, 0 },
	{ "bitfield: of void pointers: the size word is type id 0", V1_7, OFF, { V_PTR, 0, 3 }, { V_PTR, 0, 3 },
	  -EINVAL, BEMU_R_CORE_BITFIELD_SIZE, 0, 0, false, false, 0, 0 },
	{ "a declaration has no size", V1_7, SZ, { V_FWD, 0, 0 }, { V_FWD, 0, 0 },
	  -EINVAL, BEMU_R_BTF_NO_SIZE, 0, 0, false, false, 0, 0 },
	{ "2 GiB in user space", V1_7, SZ, { V_HUGE, 0, 0 }, { V_HUGE, 0, 0 }, 0, 0, 0x80000000, 0x80000000, false, false, 0, 0 },
	{ "2 GiB in the kernel", K6_18, SZ, { V_HUGE, 0, 0 }, { V_HUGE, 0, 0 },
	  -EINVAL, BEMU_R_CORE_SIZE, 0, 0, false, false, 0, 0 },
};
/* clang-format on */

static void add_holder(struct bemu_btf_enc *enc, const struct member *m)
{
	value_types(enc);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "holder", 64);
	bemu_btf_enc_member(enc, "m", m->type, m->bit_off, m->bits);
	bemu_btf_enc_float(enc, "float", 4);
}

static const struct row *now_row;

static void add_local(struct bemu_btf_enc *enc)
{
	add_holder(enc, &now_row->local);
}

static void add_targ(struct bemu_btf_enc *enc)
{
	add_holder(enc, &now_row->targ);
}

static void run_row(void **state)
{
	struct bemu_core_res res;
	const struct row *row = *state;
	struct relo_world w;
	int err;

	now_row = row;
	world_init(&w, add_local, add_targ, V_HOLDER, row->kind, "0:0");
	err = world_calc(&w, row->rules, &res);
	if (err != row->err)
		fail_msg("%d: %s", err,
			 bemu_log_last(&w.env->log) ? bemu_log_last(&w.env->log)->text : "-");
	if (err) {
		assert_int_equal(last_reason(w.env), row->reason);
		assert_int_equal(w.rec.err, err);
	} else {
		assert_int_equal(res.orig_val, row->orig);
		assert_int_equal(res.new_val, row->val);
		assert_int_equal(res.validate, !row->no_validate);
		assert_int_equal(res.fail_memsz_adjust, row->bad_width);
		assert_int_equal(res.orig_sz, row->orig_sz);
		assert_int_equal(res.new_sz, row->new_sz);
		assert_false(res.poison);
	}
	world_fini(&w);
}

int main(void)
{
	static struct CMUnitTest tests[96];
	size_t nr_tests = 0;

	RUN_ROWS(rows, run_row);
	return _cmocka_run_group_tests("relo_value", tests, nr_tests, NULL, NULL);
}
