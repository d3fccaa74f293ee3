// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include <errno.h>

#include "helpers.h"

#include "btf/encode.h"
#include "btf_sample.h"

/* Every type of @btf written again with the adder of its kind. */
static void add_again(struct bemu_btf_enc *enc, const struct bemu_btf *btf,
		      const struct btf_type *t)
{
	const char *name = bemu_btf_str(btf, t->name_off);
	uint32_t kind = bemu_btf_kind(t), i;

	switch (kind) {
	case BTF_KIND_INT:
		bemu_btf_enc_int(enc, name, t->size, BTF_INT_ENCODING(bemu_btf_int_data(t)));
		break;
	case BTF_KIND_FLOAT:
		bemu_btf_enc_float(enc, name, t->size);
		break;
	case BTF_KIND_FWD:
		bemu_btf_enc_fwd(enc, name, bemu_btf_kflag(t));
		break;
	case BTF_KIND_ARRAY:
		bemu_btf_enc_array(enc, bemu_btf_array(t)->type, bemu_btf_array(t)->index_type,
				   bemu_btf_array(t)->nelems);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		bemu_btf_enc_composite(enc, kind, name, t->size);
		for (i = 0; i < bemu_btf_vlen(t); i++)
			bemu_btf_enc_member(enc, bemu_btf_str(btf, bemu_btf_members(t)[i].name_off),
					    bemu_btf_members(t)[i].type,
					    bemu_btf_member_bit_off(t, i),
					    bemu_btf_member_bitfield_size(t, i));
		break;
	case BTF_KIND_ENUM:
		bemu_btf_enc_enum(enc, kind, name, t->size, bemu_btf_kflag(t));
		for (i = 0; i < bemu_btf_vlen(t); i++)
			bemu_btf_enc_enumerator(enc,
						bemu_btf_str(btf, bemu_btf_enums(t)[i].name_off),
						bemu_btf_enums(t)[i].val);
		break;
	case BTF_KIND_ENUM64:
		bemu_btf_enc_enum(enc, kind, name, t->size, bemu_btf_kflag(t));
		for (i = 0; i < bemu_btf_vlen(t); i++)
			bemu_btf_enc_enumerator(
				enc, bemu_btf_str(btf, bemu_btf_enums64(t)[i].name_off),
				(int64_t)((uint64_t)bemu_btf_enums64(t)[i].val_hi32 << 32 |
					  bemu_btf_enums64(t)[i].val_lo32));
		break;
	case BTF_KIND_FUNC_PROTO:
		bemu_btf_enc_func_proto(enc, t->type);
		for (i = 0; i < bemu_btf_vlen(t); i++)
			bemu_btf_enc_param(enc, bemu_btf_str(btf, bemu_btf_params(t)[i].name_off),
					   bemu_btf_params(t)[i].type);
		break;
	case BTF_KIND_FUNC:
		bemu_btf_enc_func(enc, name, bemu_btf_vlen(t), t->type);
		break;
	case BTF_KIND_VAR:
		bemu_btf_enc_var(enc, name, bemu_btf_var(t)->linkage, t->type);
		break;
	case BTF_KIND_DATASEC:
		bemu_btf_enc_datasec(enc, name, t->size);
		for (i = 0; i < bemu_btf_vlen(t); i++)
			bemu_btf_enc_secinfo(enc, bemu_btf_secinfos(t)[i].type,
					     bemu_btf_secinfos(t)[i].offset,
					     bemu_btf_secinfos(t)[i].size);
		break;
	case BTF_KIND_DECL_TAG:
		bemu_btf_enc_decl_tag(enc, name, t->type, bemu_btf_decl_tag(t)->component_idx);
		break;
	default:
		bemu_btf_enc_ref(enc, kind, name, t->type);
		break;
	}
}

static int round_trip(struct bemu_env *env, bool swap)
{
	struct bemu_btf_enc *enc = NULL, *again = NULL;
	struct bemu_btf *btf = NULL;
	void *bytes = NULL, *bytes2 = NULL;
	size_t len, len2;
	uint32_t id;
	int err;

	err = sample_new(env, &enc);
	if (!err)
		err = bemu_btf_enc_finish(enc, swap, &bytes, &len);
	if (!err)
		err = bemu_btf_parse(env, bytes, len, NULL, BEMU_BTF_PARSE_BORROW, &btf);
	if (!err)
		err = bemu_btf_enc_new(env, NULL, &again);
	if (!err) {
		assert_int_equal(bemu_btf_swapped(btf), swap);
		for (id = 1; id < bemu_btf_nr_types(btf); id++)
			add_again(again, btf, bemu_btf_type(btf, id));
		err = bemu_btf_enc_finish(again, swap, &bytes2, &len2);
	}
	if (!err) {
		assert_int_equal(len, len2);
		assert_memory_equal(bytes, bytes2, len);
	}
	bemu_btf_put(btf);
	bemu_btf_enc_free(enc);
	bemu_btf_enc_free(again);
	bemu_mem_free(env, bytes);
	bemu_mem_free(env, bytes2);
	return err;
}

static int round_trips(struct bemu_env *env, void *arg)
{
	int err = round_trip(env, false);

	(void)arg;
	return err ? err : round_trip(env, true);
}

static void what_was_parsed_encodes_to_the_same_bytes_in_both_orders(void **state)
{
	struct bemu_env *env = test_env();

	(void)state;
	assert_int_equal(round_trips(env, NULL), 0);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void encoding_and_parsing_survive_the_failure_sweep(void **state)
{
	(void)state;
	test_failure_sweep(round_trips, NULL);
}

static void equal_strings_share_an_offset_with_each_other_and_with_the_base(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *base = sample_parse(env, NULL, sample_add, false);
	struct bemu_btf_enc *enc = NULL;
	uint32_t off;

	(void)state;
	assert_int_equal(bemu_btf_enc_new(env, base, &enc), 0);
	off = bemu_btf_enc_str(enc, "fresh");
	assert_int_equal(off, bemu_btf_end_str_off(base));
	assert_int_equal(bemu_btf_enc_str(enc, "fresh"), off);
	assert_true(bemu_btf_enc_str(enc, "int") < off);
	assert_string_equal(bemu_btf_str(base, bemu_btf_enc_str(enc, "int")), "int");
	assert_int_equal(bemu_btf_enc_str(enc, ""), 0);
	assert_int_equal(bemu_btf_enc_str(enc, NULL), 0);
	bemu_btf_enc_free(enc);
	bemu_btf_put(base);
	bemu_btf_enc_free(NULL);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void many_strings_stay_findable(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf_enc *enc = NULL;
	uint32_t offs[2000], i;
	char name[32];

	(void)state;
	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	for (i = 0; i < BEMU_ARRAY_SIZE(offs); i++) {
		snprintf(name, sizeof(name), "name_%u", i);
		offs[i] = bemu_btf_enc_str(enc, name);
	}
	for (i = 0; i < BEMU_ARRAY_SIZE(offs); i++) {
		snprintf(name, sizeof(name), "name_%u", i);
		assert_int_equal(bemu_btf_enc_str(enc, name), offs[i]);
	}
	bemu_btf_enc_free(enc);
	bemu_env_free(env);
}

static void a_split_btf_without_strings_of_its_own_encodes_and_parses(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *base = sample_parse(env, NULL, sample_add, false);
	struct bemu_btf_enc *enc = NULL;
	struct bemu_btf *btf = NULL;
	uint32_t id;
	void *bytes;
	size_t len;

	(void)state;
	assert_int_equal(bemu_btf_enc_new(env, base, &enc), 0);
	id = bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 1);
	assert_int_equal(id, bemu_btf_nr_types(base));
	assert_int_equal(bemu_btf_enc_finish(enc, false, &bytes, &len), 0);
	assert_int_equal(len, 24 + 12);
	assert_int_equal(bemu_btf_parse(env, bytes, len, base, 0, &btf), 0);
	assert_int_equal(bemu_btf_kind(bemu_btf_type(btf, id)), BTF_KIND_PTR);
	assert_string_equal(bemu_btf_name(btf, 1), bemu_btf_name(base, 1));
	assert_null(bemu_btf_str(btf, bemu_btf_end_str_off(base)));
	bemu_mem_free(env, bytes);
	bemu_btf_put(btf);
	bemu_btf_put(base);
	bemu_btf_enc_free(enc);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

/* --- what cannot be written -------------------------------------------------------------------- */

static void member_of_an_int(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_member(enc, "a", 1, 0, 0);
}

static void member_of_nothing(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_member(enc, "a", 1, 0, 0);
}

static void enumerator_of_nothing(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_enumerator(enc, "a", 1);
}

static void wide_bitfield(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 4);
	bemu_btf_enc_member(enc, "a", 1, 0, 256);
}

static void bitfield_behind_a_far_member(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 4);
	bemu_btf_enc_member(enc, "a", 1, 0x1000000, 0);
	bemu_btf_enc_member(enc, "b", 1, 8, 3);
}

static void large_value(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e", 4, false);
	bemu_btf_enc_enumerator(enc, "A", 0x100000000ll);
}

static void odd_record(struct bemu_btf_enc *enc)
{
	struct btf_type t = { .info = BTF_KIND_INT << 24 };

	bemu_btf_enc_type_raw(enc, &t, "abc", 3);
}

static void too_many_members(struct bemu_btf_enc *enc)
{
	uint32_t i;

	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 4);
	for (i = 0; i < BTF_MAX_VLEN + 1; i++)
		bemu_btf_enc_member(enc, NULL, 0, 0, 0);
}

struct refusal {
	const char *name;
	void (*add)(struct bemu_btf_enc *enc);
};

static const struct refusal refusals[] = {
	{ "refuses_a_member_of_an_int", member_of_an_int },
	{ "refuses_a_member_without_a_composite", member_of_nothing },
	{ "refuses_an_enumerator_without_an_enum", enumerator_of_nothing },
	{ "refuses_a_bitfield_of_256_bits", wide_bitfield },
	{ "refuses_a_bitfield_beside_an_offset_of_25_bits", bitfield_behind_a_far_member },
	{ "refuses_a_value_of_33_bits_in_an_enum", large_value },
	{ "refuses_a_raw_record_of_3_bytes", odd_record },
	{ "refuses_the_65536th_member", too_many_members },
};

static void run_refusal(void **state)
{
	const struct refusal *r = *state;
	struct bemu_env *env = test_env();
	struct bemu_btf_enc *enc = NULL;
	void *out = &enc;
	size_t len = 77;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	r->add(enc);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &out, &len), -EINVAL);
	assert_ptr_equal(out, &enc);
	assert_int_equal(len, 77);
	assert_int_equal(bemu_log_last(&env->log)->reason, BEMU_R_BTF_ENCODE);
	/* stays failed */
	assert_int_equal(bemu_btf_enc_int(enc, "int", 4, 0), 0);
	assert_int_equal(bemu_btf_enc_str(enc, "x"), 0);
	bemu_btf_enc_member(enc, "a", 1, 0, 0);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &out, &len), -EINVAL);
	bemu_btf_enc_free(enc);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(what_was_parsed_encodes_to_the_same_bytes_in_both_orders),
		cmocka_unit_test(encoding_and_parsing_survive_the_failure_sweep),
		cmocka_unit_test(equal_strings_share_an_offset_with_each_other_and_with_the_base),
		cmocka_unit_test(many_strings_stay_findable),
		cmocka_unit_test(a_split_btf_without_strings_of_its_own_encodes_and_parses),
	};
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(refusals) + BEMU_ARRAY_SIZE(fixed)];
	size_t i, n = 0;

	for (i = 0; i < BEMU_ARRAY_SIZE(refusals); i++)
		tests[n++] =
			(struct CMUnitTest){ .name = refusals[i].name,
					     .test_func = run_refusal,
					     .initial_state = (void *)(uintptr_t)&refusals[i] };
	memcpy(&tests[n], fixed, sizeof(fixed));
	return _cmocka_run_group_tests("btf_encode", tests, BEMU_ARRAY_SIZE(tests), NULL, NULL);
}
