// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include <errno.h>
#include <time.h>

#include "helpers.h"

#include "base/ints.h"
#include "btf/encode.h"
#include "btf_sample.h"

enum { HDR_LEN_OFF = 4, TYPE_OFF = 8, TYPE_LEN = 12, STR_OFF = 16, STR_LEN = 20 };

/* --- refusals of bytes: the sample with a few of its bytes changed ----------------------------- */

struct edit {
	int32_t off; /* below 0: from the end */
	uint32_t len;
	uint32_t value;
	bool add; /* to what is there */
};

struct bytes_case {
	const char *name;
	int err;
	uint32_t reason;
	unsigned int flags;
	bool swap;
	bool split; /* over a base */
	int32_t cut; /* bytes left, or taken from the end when below 0 */
	struct edit edits[3];
};

#define BAD(name, reason, ...)                              \
	{                                                   \
		name, -EINVAL, BEMU_R_##reason, __VA_ARGS__ \
	}

static const struct bytes_case bytes_cases[] = {
	BAD("refuses_no_bytes", BTF_SHORT, .cut = INT32_MIN),
	BAD("refuses_23_bytes", BTF_SHORT, .cut = 23),
	BAD("refuses_another_magic", BTF_MAGIC, .edits = { { 0, 2, 0xeb9e, 0 } }),
	BAD("refuses_a_header_longer_than_the_bytes", BTF_SHORT,
	    .edits = { { HDR_LEN_OFF, 4, 0x10000000, 0 } }),
	BAD("refuses_a_cut_last_byte", BTF_SECTION, .cut = -1),
	BAD("refuses_strings_that_start_past_the_end", BTF_SECTION,
	    .edits = { { STR_OFF, 4, 0xfffffff0, 0 } }),
	BAD("refuses_types_that_wrap_around", BTF_SECTION,
	    .edits = { { TYPE_OFF, 4, 0xfffffffc, 0 } }),
	BAD("refuses_types_that_reach_into_the_strings", BTF_SECTION,
	    .edits = { { TYPE_LEN, 4, 12, true } }),
	BAD("refuses_an_odd_type_offset", BTF_ALIGN,
	    .edits = { { TYPE_OFF, 4, 2, 0 }, { TYPE_LEN, 4, 0xfffffffc, true } }),
	BAD("refuses_strings_without_a_final_nul", BTF_STRINGS, .edits = { { -1, 1, 'x', 0 } }),
	BAD("refuses_an_empty_string_section", BTF_STRINGS, .edits = { { STR_LEN, 4, 0, 0 } }),
	BAD("refuses_a_first_string_that_is_not_empty", BTF_STRINGS,
	    .edits = { { STR_OFF, 4, 1, true }, { STR_LEN, 4, 0xffffffff, true } }),
	BAD("refuses_a_last_type_that_is_cut", BTF_TYPE_SHORT,
	    .edits = { { TYPE_LEN, 4, 0xfffffffc, true } }),
	BAD("refuses_kind_0", BTF_KIND, .edits = { { 24 + 4, 4, 0, 0 } }),
	BAD("refuses_kind_20", BTF_KIND, .edits = { { 24 + 4, 4, 20u << 24, 0 } }),
	BAD("refuses_kind_20_in_the_other_byte_order", BTF_KIND, .swap = true,
	    .edits = { { 24 + 4, 4, 20u << 24, 0 } }),
	BAD("refuses_too_many_members_in_the_other_byte_order", BTF_TYPE_SHORT, .swap = true,
	    .edits = { { 24 + 4, 4, (uint32_t)BTF_KIND_STRUCT << 24 | 0xffff, 0 } }),
	BAD("refuses_a_name_past_the_strings", BTF_NAME_OFF, .edits = { { 24, 4, 0x7fffffff, 0 } }),
	BAD("refuses_a_cut_split_btf", BTF_SECTION, .split = true, .cut = -1),
	{ "refuses_a_short_header_in_the_other_byte_order", -ENOTSUP, BEMU_R_BTF_HDR_LEN,
	  .swap = true, .edits = { { HDR_LEN_OFF, 4, 20, 0 } } },
	{ "libbpf_1_1_refuses_a_long_header_in_the_other_byte_order", -ENOTSUP, BEMU_R_BTF_HDR_LEN,
	  .swap = true, .flags = BEMU_BTF_PARSE_LIBBPF_1_1,
	  .edits = { { HDR_LEN_OFF, 4, 28, 0 } } },
	{ "libbpf_1_1_accepts_a_name_past_the_strings", 0, 0, .flags = BEMU_BTF_PARSE_LIBBPF_1_1,
	  .edits = { { 24, 4, 0x7fffffff, 0 } } },
	{ "accepts_the_sample", 0, 0, .flags = 0 },
	{ "accepts_the_sample_in_the_other_byte_order", 0, 0, .swap = true },
	{ "accepts_a_split_btf", 0, 0, .split = true },
	{ "accepts_any_version_and_flags", 0, 0, .edits = { { 2, 2, 0xffff, 0 } } },
};

static void edit_bytes(char *bytes, size_t len, const struct edit *e, bool swap)
{
	size_t off = e->off < 0 ? len - (size_t)-e->off : (size_t)e->off;
	uint32_t v = 0;

	if (e->len == 4) {
		memcpy(&v, bytes + off, 4);
		v = swap ? bemu_swap32(v) : v;
	}
	v = e->add ? v + e->value : e->value;
	if (e->len == 4 && swap)
		v = bemu_swap32(v);
	memcpy(bytes + off, &v, e->len);
}

/* An exact-size copy, so that a sanitizer sees the first byte too far. */
static char *exact(const void *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

static void run_bytes(void **state)
{
	const struct bytes_case *c = *state;
	struct bemu_env *env = test_env();
	struct bemu_btf *base = NULL, *btf = NULL, *out;
	struct bemu_btf_enc *enc = NULL;
	void *bytes = NULL;
	size_t len, i;
	char *copy;
	int err;

	if (c->split)
		base = sample_parse(env, NULL, sample_add, false);
	assert_int_equal(bemu_btf_enc_new(env, base, &enc), 0);
	if (c->split)
		bemu_btf_enc_fwd(enc, "own", false);
	else
		sample_add(enc);
	assert_int_equal(bemu_btf_enc_finish(enc, c->swap, &bytes, &len), 0);
	bemu_btf_enc_free(enc);
	for (i = 0; i < BEMU_ARRAY_SIZE(c->edits); i++)
		if (c->edits[i].len)
			edit_bytes(bytes, len, &c->edits[i], c->swap);
	if (c->cut == INT32_MIN)
		len = 0;
	else if (c->cut)
		len = c->cut < 0 ? len - (size_t)-c->cut : (size_t)c->cut;
	copy = exact(bytes, len);
	bemu_mem_free(env, bytes);
	out = (void *)&btf;
	err = bemu_btf_parse(env, copy, len, base, c->flags | BEMU_BTF_PARSE_BORROW, &out);
	assert_int_equal(err, c->err);
	if (err) {
		assert_ptr_equal(out, &btf);
		assert_int_equal(bemu_log_last(&env->log)->reason, c->reason);
		assert_int_equal(bemu_log_last(&env->log)->err, err);
		assert_int_equal(bemu_log_last(&env->log)->layer, BEMU_LAYER_BTF);
	} else {
		bemu_btf_put(out);
	}
	assert_int_equal(env->fault, 0);
	bemu_btf_put(base);
	free(copy);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

/* --- refusals of types: built one by one ------------------------------------------------------- */

struct type_case {
	const char *name;
	void (*add)(struct bemu_btf_enc *enc);
	uint32_t reason; /* 0: accepted */
	uint32_t id;
};

static void add_raw(struct bemu_btf_enc *enc, uint32_t kind, uint32_t vlen, uint32_t type,
		    const void *extra, size_t len)
{
	struct btf_type t = { .info = kind << 24 | vlen, .type = type };

	bemu_btf_enc_type_raw(enc, &t, extra, len);
}

static void ptr_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 3);
}

static void array_elem_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_array(enc, 9, 0, 1);
}

static void array_index_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_array(enc, 0, 9, 1);
}

static void member_type_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_composite(enc, BTF_KIND_UNION, "u", 1);
	bemu_btf_enc_member(enc, "m", 2, 0, 0);
}

static void member_name_past_end(struct bemu_btf_enc *enc)
{
	struct btf_member m = { .name_off = 1000 };

	add_raw(enc, BTF_KIND_STRUCT, 1, 0, &m, sizeof(m));
}

static void enumerator_name_past_end(struct bemu_btf_enc *enc)
{
	struct btf_enum e = { .name_off = 1000 };

	add_raw(enc, BTF_KIND_ENUM, 1, 4, &e, sizeof(e));
}

static void enumerator64_name_past_end(struct bemu_btf_enc *enc)
{
	struct btf_enum64 e = { .name_off = 1000 };

	add_raw(enc, BTF_KIND_ENUM64, 1, 8, &e, sizeof(e));
}

static void func_of_an_int(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_func(enc, "f", 0, 1);
}

static void func_of_void(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_func(enc, "f", 0, 0);
}

static void func_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_func(enc, "f", 0, 5);
}

static void func_of_a_later_proto(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_func(enc, "f", 0, 2);
	bemu_btf_enc_func_proto(enc, 0);
}

static void return_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_func_proto(enc, 2);
}

static void param_type_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_func_proto(enc, 0);
	bemu_btf_enc_param(enc, "p", 0x80000000u);
}

static void param_name_past_end(struct bemu_btf_enc *enc)
{
	struct btf_param p = { .name_off = 1000 };

	add_raw(enc, BTF_KIND_FUNC_PROTO, 1, 0, &p, sizeof(p));
}

static void secinfo_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_datasec(enc, ".data", 4);
	bemu_btf_enc_secinfo(enc, 7, 0, 4);
}

static void var_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_var(enc, "v", 0, 7);
}

static void tag_past_end(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_decl_tag(enc, "v", 7, -1);
}

static void nothing(struct bemu_btf_enc *enc)
{
	(void)enc;
}

static const struct type_case type_cases[] = {
	{ "refuses_a_pointer_past_the_last_type", ptr_past_end, BEMU_R_BTF_TYPE_ID, 2 },
	{ "refuses_elements_past_the_last_type", array_elem_past_end, BEMU_R_BTF_TYPE_ID, 1 },
	{ "refuses_an_index_past_the_last_type", array_index_past_end, BEMU_R_BTF_TYPE_ID, 1 },
	{ "refuses_a_member_past_the_last_type", member_type_past_end, BEMU_R_BTF_TYPE_ID, 1 },
	{ "refuses_a_member_name_past_the_strings", member_name_past_end, BEMU_R_BTF_NAME_OFF, 1 },
	{ "refuses_an_enumerator_name_past_the_strings", enumerator_name_past_end,
	  BEMU_R_BTF_NAME_OFF, 1 },
	{ "refuses_an_enumerator64_name_past_the_strings", enumerator64_name_past_end,
	  BEMU_R_BTF_NAME_OFF, 1 },
	{ "refuses_a_func_of_an_int", func_of_an_int, BEMU_R_BTF_FUNC_PROTO, 2 },
	{ "refuses_a_func_of_void", func_of_void, BEMU_R_BTF_FUNC_PROTO, 1 },
	{ "refuses_a_func_past_the_last_type", func_past_end, BEMU_R_BTF_TYPE_ID, 1 },
	{ "accepts_a_func_before_its_prototype", func_of_a_later_proto, 0, 0 },
	{ "accepts_a_return_type_past_the_last_type", return_past_end, 0, 0 },
	{ "refuses_a_parameter_past_the_last_type", param_type_past_end, BEMU_R_BTF_TYPE_ID, 1 },
	{ "refuses_a_parameter_name_past_the_strings", param_name_past_end, BEMU_R_BTF_NAME_OFF,
	  1 },
	{ "refuses_a_section_variable_past_the_last_type", secinfo_past_end, BEMU_R_BTF_TYPE_ID,
	  1 },
	{ "refuses_a_variable_past_the_last_type", var_past_end, BEMU_R_BTF_TYPE_ID, 1 },
	{ "refuses_a_tag_past_the_last_type", tag_past_end, BEMU_R_BTF_TYPE_ID, 1 },
	{ "accepts_no_types_at_all", nothing, 0, 0 },
};

static void run_type(void **state)
{
	const struct type_case *c = *state;
	struct bemu_env *env = test_env();
	struct bemu_btf_enc *enc = NULL;
	struct bemu_btf *out = (void *)&enc;
	void *bytes = NULL;
	size_t len;
	int swap, err;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	c->add(enc);
	for (swap = 0; swap < 2; swap++) {
		assert_int_equal(bemu_btf_enc_finish(enc, swap, &bytes, &len), 0);
		err = bemu_btf_parse(env, bytes, len, NULL, 0, &out);
		assert_int_equal(err, c->reason ? -EINVAL : 0);
		if (err) {
			assert_ptr_equal(out, &enc);
			assert_int_equal(bemu_log_last(&env->log)->reason, c->reason);
			assert_int_equal(bemu_log_last(&env->log)->pos, c->id);
		} else {
			bemu_btf_put(out);
			out = (void *)&enc;
		}
		/* the old library looks at none of this */
		assert_int_equal(
			bemu_btf_parse(env, bytes, len, NULL, BEMU_BTF_PARSE_LIBBPF_1_1, &out), 0);
		bemu_btf_put(out);
		out = (void *)&enc;
		bemu_mem_free(env, bytes);
	}
	bemu_btf_enc_free(enc);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

/* --- sizes ------------------------------------------------------------------------------------- */

static void add_chains(struct bemu_btf_enc *enc)
{
	uint32_t i;

	bemu_btf_enc_int(enc, "int", 4, 0); /* 1 */
	for (i = 0; i < 40; i++) /* 2 .. 41 */
		bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, 1 + i);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "a", 43); /* 42 */
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "b", 42); /* 43 */
	bemu_btf_enc_array(enc, 45, 1, 0x10000); /* 44 */
	bemu_btf_enc_array(enc, 1, 1, 0x8000); /* 45 */
	bemu_btf_enc_array(enc, 45, 1, 0x20000); /* 46 */
	bemu_btf_enc_array(enc, 46, 1, 2); /* 47 */
	bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, 0); /* 48 */
	bemu_btf_enc_fwd(enc, "gone", false); /* 49 */
	bemu_btf_enc_array(enc, 1, 1, 0); /* 50 */
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 0); /* 51 */
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "self", 8); /* 52 */
	bemu_btf_enc_member(enc, "a", 52, 0, 0);
	bemu_btf_enc_member(enc, "b", 52, 0, 0);
	bemu_btf_enc_array(enc, 47, 1, 0xffffffff); /* 53 */
}

struct size_case {
	const char *name;
	uint32_t id;
	int err;
	int64_t size;
	uint32_t reason;
};

static const struct size_case size_cases[] = {
	{ "size_of_an_int", 1, 0, 4, 0 },
	{ "size_through_31_modifiers", 32, 0, 4, 0 },
	{ "no_size_through_32_modifiers", 33, -EINVAL, 77, BEMU_R_BTF_CHAIN },
	{ "no_size_in_a_circle", 42, -EINVAL, 77, BEMU_R_BTF_CHAIN },
	{ "no_size_when_elements_times_bytes_overflow", 44, -E2BIG, 77, BEMU_R_BTF_SIZE_OVERFLOW },
	{ "size_of_an_array", 45, 0, 0x20000, 0 },
	{ "no_size_when_elements_overflow", 53, -E2BIG, 77, BEMU_R_BTF_SIZE_OVERFLOW },
	{ "no_size_of_const_void", 48, -EINVAL, 77, BEMU_R_BTF_NO_SIZE },
	{ "no_size_of_void", 0, -EINVAL, 77, BEMU_R_BTF_NO_SIZE },
	{ "no_size_of_a_forward_declaration", 49, -EINVAL, 77, BEMU_R_BTF_NO_SIZE },
	{ "size_of_an_array_of_nothing", 50, 0, 0, 0 },
	{ "size_of_a_pointer", 51, 0, 8, 0 },
	{ "size_of_a_struct", 52, 0, 8, 0 },
	{ "no_size_past_the_last_type", 1000, -EINVAL, 77, BEMU_R_BTF_NO_SIZE },
};

static void run_size(void **state)
{
	const struct size_case *c = *state;
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, add_chains, false);
	int64_t size = 77;

	assert_int_equal(bemu_btf_resolve_size(btf, c->id, &size), c->err);
	assert_int_equal(size, c->size);
	if (c->err)
		assert_int_equal(bemu_log_last(&env->log)->reason, c->reason);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static void alignment_follows_members_and_sees_packed_ones(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, sample_add, false);
	struct bemu_btf *chains = sample_parse(env, NULL, add_chains, false);

	(void)state;
	assert_int_equal(bemu_btf_align_of(btf, S_INT), 4);
	assert_int_equal(bemu_btf_align_of(btf, S_PTR), 8);
	assert_int_equal(bemu_btf_align_of(btf, S_ARRAY), 1);
	assert_int_equal(bemu_btf_align_of(btf, S_VOLATILE), 8);
	assert_int_equal(bemu_btf_align_of(btf, S_PACKED), 1);
	assert_int_equal(bemu_btf_align_of(btf, S_FWD), 0);
	assert_int_equal(bemu_btf_align_of(btf, S_END), 0);
	assert_int_equal(bemu_btf_align_of(chains, 52), 0); /* contains itself twice */
	assert_int_equal(bemu_btf_align_of(chains, 42), 0);
	bemu_btf_put(btf);
	bemu_btf_put(chains);
	bemu_env_free(env);
}

static void modifiers_are_skipped_and_circles_end(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, sample_add, false);
	struct bemu_btf *chains = sample_parse(env, NULL, add_chains, false);
	uint32_t id = 77;

	(void)state;
	assert_int_equal(bemu_btf_kind(bemu_btf_skip_mods(btf, S_TAG, false, &id)),
			 BTF_KIND_TYPEDEF);
	assert_int_equal(id, S_TYPEDEF);
	assert_int_equal(bemu_btf_kind(bemu_btf_skip_mods(btf, S_TAG, true, &id)), BTF_KIND_STRUCT);
	assert_int_equal(id, S_STRUCT);
	assert_non_null(bemu_btf_skip_mods(chains, 41, true, &id));
	assert_int_equal(id, 1);
	assert_null(bemu_btf_skip_mods(chains, 42, true, &id));
	assert_null(bemu_btf_skip_mods(chains, 1000, true, NULL));
	assert_int_equal(id, 1);
	assert_non_null(bemu_btf_skip_mods(chains, 48, true, NULL));
	bemu_btf_put(btf);
	bemu_btf_put(chains);
	bemu_env_free(env);
}

static void members_are_read_with_and_without_bitfields(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, sample_add, true);
	const struct btf_type *t = bemu_btf_type(btf, S_STRUCT);

	(void)state;
	assert_true(bemu_btf_swapped(btf));
	assert_int_equal(bemu_btf_member_bit_off(t, 2), 67);
	assert_int_equal(bemu_btf_member_bitfield_size(t, 2), 29);
	assert_int_equal(bemu_btf_member_bitfield_size(t, 3), 0);
	t = bemu_btf_type(btf, S_FLAVOUR);
	assert_int_equal(bemu_btf_member_bitfield_size(t, 0), 0);
	assert_string_equal(bemu_btf_kind_name(BTF_KIND_ENUM64), "ENUM64");
	assert_string_equal(bemu_btf_kind_name(20), "?");
	bemu_btf_put(btf);
	bemu_env_free(env);
}

/* --- names ------------------------------------------------------------------------------------- */

static void essential_names_end_at_the_last_three_underscores(void **state)
{
	static const struct {
		const char *name;
		size_t len;
	} rows[] = {
		{ "a___b", 1 },
		{ "a___b___c", 5 },
		{ "a____b", 6 },
		{ "___x", 4 },
		{ "x___", 4 },
		{ "", 0 },
		{ "abcd", 4 },
		{ "a__b", 4 },
		{ "a___b_", 1 },
		{ "a___b__c", 1 },
		{ "task_struct___v2", 11 },
		{ "a____b___c", 6 },
		{ "a___b____c", 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++)
		if (bemu_btf_essential_len(rows[i].name) != rows[i].len)
			fail_msg("%s: %zu, not %zu", rows[i].name,
				 bemu_btf_essential_len(rows[i].name), rows[i].len);
}

static void find_gives_the_first_of_name_and_kind(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, sample_add, false);

	(void)state;
	assert_int_equal(bemu_btf_find(btf, "node", BTF_KIND_STRUCT, false), S_STRUCT);
	assert_int_equal(bemu_btf_find(btf, "node", BTF_KIND_ENUM, true), S_UENUM);
	assert_int_equal(bemu_btf_find(btf, "node", BTF_KIND_UNION, false), 0);
	assert_int_equal(bemu_btf_find(btf, "node___old", BTF_KIND_STRUCT, false), S_FLAVOUR);
	assert_int_equal(bemu_btf_find(btf, "node___new", BTF_KIND_STRUCT, false), 0);
	assert_int_equal(bemu_btf_find(btf, "", BTF_KIND_PTR, false), 0);
	assert_int_equal(bemu_btf_find(btf, "nodes", BTF_KIND_STRUCT, false), 0);
	assert_int_equal(bemu_btf_find_any(btf, "node"), S_STRUCT);
	assert_int_equal(bemu_btf_find_any(btf, "node___old"), S_FLAVOUR);
	assert_int_equal(bemu_btf_find_any(btf, "nodes"), 0);
	assert_int_equal(bemu_btf_find_any(btf, ""), 0);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static void essential_search_finds_flavours_with_rising_ids(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, sample_add, false);
	struct bemu_btf_essential_iter it;

	(void)state;
	bemu_btf_essential_begin(&it, btf, "node___mine", 4, BTF_KIND_STRUCT);
	assert_int_equal(bemu_btf_essential_next(&it), S_STRUCT);
	assert_int_equal(bemu_btf_essential_next(&it), S_FLAVOUR);
	assert_int_equal(bemu_btf_essential_next(&it), 0);
	assert_int_equal(bemu_btf_essential_next(&it), 0);
	bemu_btf_essential_begin(&it, btf, "node", 4, BTF_KIND_ENUM64); /* stands for both */
	assert_int_equal(bemu_btf_essential_next(&it), S_UENUM);
	assert_int_equal(bemu_btf_essential_next(&it), 0);
	bemu_btf_essential_begin(&it, btf, "node", 4, BTF_KIND_UNION);
	assert_int_equal(bemu_btf_essential_next(&it), 0);
	bemu_btf_essential_begin(&it, btf, "", 0, BTF_KIND_STRUCT);
	assert_int_equal(bemu_btf_essential_next(&it), 0);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static uint32_t add_kind(struct bemu_btf_enc *enc, uint32_t kind, const char *name)
{
	return kind == BTF_KIND_FUNC  ? bemu_btf_enc_func(enc, name, 0, 1)
	       : kind == BTF_KIND_VAR ? bemu_btf_enc_var(enc, name, 2, 0)
				      : bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, name, 0);
}

/* thousands of functions and variables with the name of two structs */
static void add_namesakes(struct bemu_btf_enc *enc)
{
	uint32_t i;

	bemu_btf_enc_func_proto(enc, 0);
	bemu_btf_enc_int(enc, "int", 4, 0);
	for (i = 0; i < 30000; i++)
		add_kind(enc, i % 2 ? BTF_KIND_FUNC : BTF_KIND_VAR, "x");
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "x", 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "x___b", 0);
}

/* A few milliseconds; a search that walked over all of them would take several seconds. */
static void namesakes_of_other_kinds_are_not_walked_over(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, add_namesakes, false);
	struct bemu_btf_essential_iter it;
	uint32_t i, id = bemu_btf_nr_types(btf) - 2, nr = 0;
	clock_t start = clock();

	(void)state;
	for (i = 0; i < 20000; i++) {
		nr += bemu_btf_find(btf, "x", BTF_KIND_STRUCT, false) == id;
		nr += bemu_btf_find(btf, "x", BTF_KIND_UNION, false) == 0;
		nr += bemu_btf_find_any(btf, "x") == 3;
		bemu_btf_essential_begin(&it, btf, "x", 1, BTF_KIND_STRUCT);
		nr += bemu_btf_essential_next(&it) == id && bemu_btf_essential_next(&it) == id + 1;
	}
	assert_int_equal(nr, 4 * i);
	assert_in_range(clock() - start, 0, CLOCKS_PER_SEC);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

/* Each type's name is the end of the one before, so that together they are a thousand times as long. */
static void add_suffixes(struct bemu_btf_enc *enc)
{
	struct btf_type t = { .info = (uint32_t)BTF_KIND_FWD << 24 };
	static char name[4000];
	uint32_t i;

	memset(name, 'a', sizeof(name) - 1);
	t.name_off = bemu_btf_enc_str(enc, name);
	for (i = 0; i < sizeof(name) - 1; i++, t.name_off++)
		bemu_btf_enc_type_raw(enc, &t, NULL, 0);
}

static void names_that_overlap_are_paid_for(void **state)
{
	const uint64_t together = 4000 / 2 * 4000; /* bytes */
	struct bemu_env *env = test_env();
	struct bemu_btf_enc *enc = NULL;
	struct bemu_btf *btf = NULL;
	uint64_t before;
	void *bytes = NULL;
	size_t len;

	(void)state;
	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	add_suffixes(enc);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &bytes, &len), 0);
	bemu_btf_enc_free(enc);
	bemu_env_budget(env);
	before = env->steps_left;
	assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, 0, &btf), 0);
	assert_in_range(before - env->steps_left, together / 10, together / 5);
	bemu_btf_put(btf);
	btf = NULL;
	env->steps_left = together / 10;
	assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, 0, &btf), -EDQUOT);
	assert_null(btf);
	assert_int_equal(env->fault, -EDQUOT);
	assert_int_equal(bemu_log_last(&env->log)->reason, BEMU_R_BUDGET);
	bemu_mem_free(env, bytes);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void names_of_a_kernel_cost_no_budget(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf;
	uint64_t before = env->steps_left;

	(void)state;
	btf = sample_parse(env, NULL, sample_add, false);
	assert_int_equal(env->steps_left, before);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

/* Names of every length, with separators at every place: the index must agree with the plain rule. */
static void add_many(struct bemu_btf_enc *enc)
{
	char name[80];
	uint32_t len, at, run;

	for (len = 1; len < 70; len += len < 28 || len > 60 ? 1 : 4)
		for (at = 0; at < len; at++)
			for (run = 2; run < 5; run++) {
				memset(name, 'a', len);
				memset(name + at, '_', run < len - at ? run : len - at);
				name[len] = '\0';
				bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, name, 0);
			}
}

static void look_up_every_name(const struct bemu_btf *btf)
{
	uint32_t nr = bemu_btf_nr_types(btf), id, i;

	for (id = 1; id < nr; id++) {
		const char *name = bemu_btf_name(btf, id);
		size_t len = bemu_btf_essential_len(name);
		struct bemu_btf_essential_iter it;
		uint32_t first = 0;

		bemu_btf_essential_begin(&it, btf, name, len, BTF_KIND_STRUCT);
		for (i = 1; i < nr; i++) {
			const char *other = bemu_btf_name(btf, i);

			if (!first && !strcmp(other, name))
				first = i;
			if (bemu_btf_essential_len(other) == len && !strncmp(other, name, len))
				assert_int_equal(bemu_btf_essential_next(&it), i);
		}
		assert_int_equal(bemu_btf_essential_next(&it), 0);
		assert_int_equal(bemu_btf_find(btf, name, BTF_KIND_STRUCT, false), first);
	}
}

static void the_index_agrees_with_a_search_of_all_types(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, add_many, false);

	(void)state;
	look_up_every_name(btf);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static void without_an_index_the_same_types_are_found(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *indexed = sample_parse(env, NULL, add_many, false), *btf = NULL;
	struct bemu_btf *small = sample_parse(env, NULL, sample_add, false), *plain = NULL;
	uint32_t id, kind;
	const void *raw;
	size_t len;

	(void)state;
	raw = bemu_btf_raw(indexed, &len);
	assert_int_equal(bemu_btf_parse(env, raw, len, NULL, BEMU_BTF_PARSE_NO_INDEX, &btf), 0);
	look_up_every_name(btf);
	raw = bemu_btf_raw(small, &len);
	assert_int_equal(bemu_btf_parse(env, raw, len, NULL, BEMU_BTF_PARSE_NO_INDEX, &plain), 0);
	for (id = 1; id < bemu_btf_nr_types(small); id++) {
		const char *name = bemu_btf_name(small, id);

		assert_int_equal(bemu_btf_find_any(plain, name), bemu_btf_find_any(small, name));
		for (kind = 1; kind <= BTF_KIND_MAX; kind++)
			assert_int_equal(bemu_btf_find(plain, name, kind, false),
					 bemu_btf_find(small, name, kind, false));
	}
	bemu_btf_put(indexed);
	bemu_btf_put(btf);
	bemu_btf_put(small);
	bemu_btf_put(plain);
	bemu_env_free(env);
}

/* --- split ------------------------------------------------------------------------------------- */

static void add_module(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "node", 32);
	bemu_btf_enc_member(enc, "low", S_INT, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, S_STRUCT);
	bemu_btf_enc_func(enc, "module_fn", BTF_FUNC_STATIC, S_PROTO);
}

static void split_types_go_on_where_the_base_ends(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *base = sample_parse(env, NULL, sample_add, false);
	struct bemu_btf *mod = sample_parse(env, base, add_module, false);
	struct bemu_btf *top = sample_parse(env, mod, add_module, true);
	struct bemu_btf_essential_iter it;
	size_t len;

	(void)state;
	assert_ptr_equal(bemu_btf_base(mod), base);
	bemu_btf_put(base); /* mod holds it */
	assert_int_equal(bemu_btf_start_id(mod), S_END);
	assert_int_equal(bemu_btf_nr_types(mod), S_END + 3);
	assert_int_equal(bemu_btf_start_id(top), S_END + 3);
	assert_int_equal(bemu_btf_start_str_off(mod), bemu_btf_end_str_off(base));
	assert_int_equal(bemu_btf_start_str_off(top), bemu_btf_end_str_off(mod));
	assert_string_equal(bemu_btf_name(top, S_INT), "int");
	assert_string_equal(bemu_btf_name(top, S_END), "node");
	assert_string_equal(bemu_btf_name(mod, 0), "");
	assert_null(bemu_btf_name(mod, S_END + 3));
	assert_null(bemu_btf_type(mod, S_END + 3));
	assert_int_equal(bemu_btf_kind(bemu_btf_type(mod, 0)), BTF_KIND_UNKN);
	assert_int_equal(bemu_btf_find(mod, "node", BTF_KIND_STRUCT, false), S_STRUCT);
	assert_int_equal(bemu_btf_find(mod, "node", BTF_KIND_STRUCT, true), S_END);
	assert_int_equal(bemu_btf_find(top, "module_fn", BTF_KIND_FUNC, false), S_END + 2);
	assert_int_equal(bemu_btf_find(top, "module_fn", BTF_KIND_FUNC, true), S_END + 5);
	assert_int_equal(bemu_btf_find(mod, "walk", BTF_KIND_FUNC, true), 0);
	bemu_btf_essential_begin(&it, mod, "node", 4, BTF_KIND_STRUCT);
	assert_int_equal(bemu_btf_essential_next(&it), S_END);
	assert_int_equal(bemu_btf_essential_next(&it), 0);
	assert_non_null(bemu_btf_raw(mod, &len));
	assert_true(len > 24);
	bemu_btf_put(mod);
	bemu_btf_put(top);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void references_count(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, sample_add, false);

	(void)state;
	assert_ptr_equal(bemu_btf_get(btf), btf);
	assert_null(bemu_btf_get(NULL));
	bemu_btf_put(btf);
	assert_string_equal(bemu_btf_name(btf, S_INT), "int");
	bemu_btf_put(btf);
	bemu_btf_put(NULL);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

/* --- placement of bytes ------------------------------------------------------------------------ */

static void borrowed_bytes_are_used_in_place_unless_they_cannot_be(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf_enc *enc = NULL;
	struct bemu_btf *btf = NULL;
	char *bytes, *odd;
	void *made = NULL;
	size_t len, got;

	(void)state;
	assert_int_equal(sample_new(env, &enc), 0);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &made, &len), 0);
	bytes = made;
	assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, BEMU_BTF_PARSE_BORROW, &btf), 0);
	assert_ptr_equal(bemu_btf_raw(btf, &got), bytes);
	assert_int_equal(got, len);
	bemu_btf_put(btf);
	assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, 0, &btf), 0);
	assert_ptr_not_equal(bemu_btf_raw(btf, &got), bytes);
	assert_memory_equal(bemu_btf_raw(btf, &got), bytes, len);
	bemu_btf_put(btf);
	odd = malloc(len + 1);
	assert_non_null(odd);
	memcpy(odd + 1, bytes, len);
	assert_int_equal(bemu_btf_parse(env, odd + 1, len, NULL, BEMU_BTF_PARSE_BORROW, &btf), 0);
	assert_string_equal(bemu_btf_name(btf, S_STRUCT), "node");
	bemu_btf_put(btf);
	free(odd);
	bemu_mem_free(env, made);
	bemu_btf_enc_free(enc);
	bemu_env_free(env);
}

/* A header with @extra more bytes than 24, then @table, then types and strings of one INT. */
static size_t long_header(char *out, uint32_t extra, const uint32_t *layout, uint32_t nr_layout,
			  uint32_t info)
{
	struct btf_header hdr = { .magic = BTF_MAGIC, .version = 1, .hdr_len = 24 + extra };
	struct btf_type t = { .name_off = 1, .info = info, .size = 4 };
	uint32_t data = 32, table[2] = { 0, nr_layout * 4 };
	size_t pos = sizeof(hdr) + extra;

	hdr.type_off = nr_layout * 4;
	hdr.type_len = sizeof(t) + sizeof(data);
	hdr.str_off = hdr.type_off + hdr.type_len;
	hdr.str_len = 5;
	memset(out, 0, pos);
	memcpy(out, &hdr, sizeof(hdr));
	if (extra >= sizeof(table))
		memcpy(out + sizeof(hdr), table, sizeof(table));
	if (nr_layout)
		memcpy(out + pos, layout, (size_t)nr_layout * 4);
	pos += (size_t)nr_layout * 4;
	memcpy(out + pos, &t, sizeof(t));
	memcpy(out + pos + sizeof(t), &data, sizeof(data));
	memcpy(out + pos + sizeof(t) + sizeof(data), "\0int", 5);
	return pos + sizeof(t) + sizeof(data) + 5;
}

static void longer_headers_and_odd_ones_are_read(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = NULL;
	uint32_t extra;
	char bytes[256];
	size_t len;

	(void)state;
	for (extra = 0; extra < 40; extra++) {
		len = long_header(bytes, extra, NULL, 0, (uint32_t)BTF_KIND_INT << 24);
		assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, BEMU_BTF_PARSE_BORROW, &btf),
				 0);
		assert_int_equal(bemu_btf_find(btf, "int", BTF_KIND_INT, false), 1);
		bemu_btf_put(btf);
	}
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void a_layout_table_tells_the_size_of_unknown_kinds(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = NULL;
	uint32_t layout[22] = { 0 };
	char bytes[256];
	struct bemu_buf buf;
	size_t len;

	(void)state;
	((uint8_t *)&layout[21])[0] = 4; /* one word behind the type, none for each of vlen */
	len = long_header(bytes, 8, layout, 22, 21u << 24);
	assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, 0, &btf), 0);
	assert_int_equal(bemu_btf_nr_types(btf), 2);
	bemu_buf_init(&buf, env);
	bemu_btf_dump_raw(&buf, btf);
	assert_string_equal(bemu_buf_str(&buf), "[1] UNKNOWN 'int'\n");
	bemu_buf_clear(&buf);
	bemu_btf_decl_append(&buf, btf, 1);
	assert_string_equal(bemu_buf_str(&buf), "int");
	bemu_buf_fini(&buf);
	bemu_btf_put(btf);
	btf = NULL;
	/* not described: kind 20 without its sizes is one word too short */
	len = long_header(bytes, 8, layout, 22, 22u << 24);
	assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, 0, &btf), -EINVAL);
	assert_int_equal(bemu_log_last(&env->log)->reason, BEMU_R_BTF_KIND);
	((uint8_t *)&layout[21])[0] = 3;
	len = long_header(bytes, 8, layout, 22, 21u << 24);
	assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, 0, &btf), -EINVAL);
	bytes[24] = 2;
	assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, 0, &btf), -EINVAL);
	assert_int_equal(bemu_log_last(&env->log)->reason, BEMU_R_BTF_LAYOUT);
	bytes[24] = bytes[26] = 4;
	assert_int_equal(bemu_btf_parse(env, bytes, len, NULL, 0, &btf), -EINVAL);
	assert_int_equal(bemu_log_last(&env->log)->reason, BEMU_R_BTF_LAYOUT);
	assert_null(btf);
	bemu_env_free(env);
}

static void the_budget_of_types_is_kept_and_latches(void **state)
{
	struct bemu_limits limits = { .max_types = S_END - 2 };
	struct bemu_env *env = NULL, *small = NULL;
	struct bemu_btf *btf;
	const void *raw;
	size_t len;

	(void)state;
	env = test_env();
	btf = sample_parse(env, NULL, sample_add, false);
	raw = bemu_btf_raw(btf, &len);
	assert_int_equal(bemu_env_new(NULL, &limits, &small), 0);
	assert_int_equal(bemu_btf_parse(small, raw, len, NULL, 0, &btf), -EDQUOT);
	assert_int_equal(small->fault, -EDQUOT);
	assert_int_equal(bemu_log_last(&small->log)->reason, BEMU_R_BTF_TYPE_LIMIT);
	assert_int_equal(bemu_env_live(small), 0);
	bemu_env_free(small);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

/* --- text -------------------------------------------------------------------------------------- */

static void declarations_read_as_c(void **state)
{
	static const struct {
		uint32_t id;
		const char *text;
	} rows[] = {
		{ 0, "void" },
		{ S_INT, "int" },
		{ S_STRUCT, "struct node" },
		{ S_PTR, "struct node *" },
		{ S_RESTRICT, "struct node *__restrict" },
		{ S_ARRAY, "char[12]" },
		{ S_VOLATILE, "volatile const node_t" },
		{ S_FN_PTR, "int (*)(struct node *, ...)" },
		{ S_PROTO, "int(struct node *, ...)" },
		{ S_FUNC, "int walk(struct node *, ...)" },
		{ S_VAR, "int counter" },
		{ S_DATASEC, ".data" },
		{ S_FWD, "union elsewhere" },
		{ S_ANON, "struct {...}" },
		{ S_ENUM64, "enum wide" },
		{ S_END, "?" },
	};
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, sample_add, false);
	struct bemu_buf buf;
	size_t i;

	(void)state;
	bemu_buf_init(&buf, env);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		bemu_buf_clear(&buf);
		bemu_btf_decl_append(&buf, btf, rows[i].id);
		assert_string_equal(bemu_buf_str(&buf), rows[i].text);
	}
	bemu_buf_fini(&buf);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static void endless_declarations_are_cut(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, add_chains, false);
	struct bemu_buf buf;

	(void)state;
	bemu_buf_init(&buf, env);
	bemu_btf_decl_append(&buf, btf, 41);
	assert_true(buf.len < 400);
	assert_string_equal(bemu_buf_str(&buf) + buf.len - 3, "...");
	assert_int_equal(env->fault, 0);
	bemu_buf_fini(&buf);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static void raw_dump_has_one_line_a_type(void **state)
{
	static const char want[] = "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
				   "[2] INT 'char' size=1 bits_offset=0 nr_bits=8 encoding=CHAR\n"
				   "[3] INT '_Bool' size=1 bits_offset=0 nr_bits=8 encoding=BOOL\n"
				   "[4] FLOAT 'double' size=8\n"
				   "[5] STRUCT 'node' size=24 vlen=4\n"
				   "\t'next' type_id=6 bits_offset=0\n"
				   "\t'low' type_id=1 bits_offset=64 bitfield_size=3\n"
				   "\t'high' type_id=1 bits_offset=67 bitfield_size=29\n"
				   "\t'name' type_id=7 bits_offset=96\n"
				   "[6] PTR '(anon)' type_id=5\n"
				   "[7] ARRAY '(anon)' type_id=2 index_type_id=1 nr_elems=12\n"
				   "[8] UNION 'either' size=8 vlen=2\n"
				   "\t'a' type_id=1 bits_offset=0\n"
				   "\t'd' type_id=4 bits_offset=0\n"
				   "[9] ENUM 'colour' encoding=SIGNED size=4 vlen=2\n"
				   "\t'RED' val=-1\n"
				   "\t'BLUE' val=7\n"
				   "[10] ENUM64 'wide' encoding=SIGNED size=8 vlen=2\n"
				   "\t'LOWEST' val=-9223372036854775808LL\n"
				   "\t'MINUS' val=-2LL\n"
				   "[11] FWD 'elsewhere' fwd_kind=union\n"
				   "[12] TYPEDEF 'node_t' type_id=5\n"
				   "[13] CONST '(anon)' type_id=12\n"
				   "[14] VOLATILE '(anon)' type_id=13\n"
				   "[15] RESTRICT '(anon)' type_id=6\n"
				   "[16] TYPE_TAG 'user' type_id=14\n"
				   "[17] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2\n"
				   "\t'n' type_id=6\n"
				   "\t'(anon)' type_id=0\n"
				   "[18] FUNC 'walk' type_id=17 linkage=global\n"
				   "[19] VAR 'counter' type_id=1, linkage=global\n"
				   "[20] DATASEC '.data' size=4 vlen=1\n"
				   "\ttype_id=19 offset=0 size=4 (VAR 'counter')\n"
				   "[21] DECL_TAG 'tagged' type_id=5 component_idx=1\n";
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, sample_add, false);
	struct bemu_buf buf;

	(void)state;
	bemu_buf_init(&buf, env);
	bemu_btf_dump_raw(&buf, btf);
	assert_int_equal(buf.err, 0);
	assert_memory_equal(bemu_buf_str(&buf), want, strlen(want));
	assert_non_null(strstr(bemu_buf_str(&buf), "'HUGE' val=18446744073709551615ULL\n"));
	assert_non_null(strstr(bemu_buf_str(&buf), "'RED' val=4294967295\n"));
	bemu_buf_fini(&buf);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static int dump_sample_c(struct bemu_env *env, void *arg)
{
	struct bemu_btf_enc *enc = NULL;
	struct bemu_btf *btf = NULL;
	struct bemu_buf buf;
	void *bytes = NULL;
	size_t len;
	int err;

	bemu_buf_init(&buf, env);
	err = sample_new(env, &enc);
	if (!err)
		err = bemu_btf_enc_finish(enc, false, &bytes, &len);
	if (!err)
		err = bemu_btf_parse(env, bytes, len, NULL, 0, &btf);
	if (!err)
		err = bemu_btf_dump_c(&buf, btf);
	if (!err && arg)
		assert_string_equal(bemu_buf_str(&buf), arg);
	bemu_buf_fini(&buf);
	bemu_btf_put(btf);
	bemu_mem_free(env, bytes);
	bemu_btf_enc_free(enc);
	return err;
}

static void c_dump_orders_renames_pads_and_packs(void **state)
{
	static char want[] = "struct node;\n"
			     "union either;\n"
			     "union elsewhere;\n"
			     "struct node___old;\n"
			     "struct holder;\n"
			     "struct packed;\n"
			     "\n"
			     "enum colour {\n"
			     "\tRED = -1,\n"
			     "\tBLUE = 7,\n"
			     "};\n\n"
			     "enum wide {\n"
			     "\tLOWEST = -9223372036854775807LL - 1,\n"
			     "\tMINUS = -2LL,\n"
			     "} __attribute__((mode(DI)));\n\n"
			     "enum node___2 {\n"
			     "\tRED___2 = 4294967295,\n"
			     "} __attribute__((mode(QI)));\n\n"
			     "struct node {\n"
			     "\tstruct node *next;\n"
			     "\tint low : 3;\n"
			     "\tint high : 29;\n"
			     "\tchar name[12];\n"
			     "};\n\n"
			     "union either {\n"
			     "\tint a;\n"
			     "\tdouble d;\n"
			     "};\n\n"
			     "typedef struct node node_t;\n\n"
			     "struct node___old {\n"
			     "\tint low;\n"
			     "};\n\n"
			     "struct holder {\n"
			     "\tstruct {\n"
			     "\t\tint (*fn)(struct node *, ...);\n"
			     "\t\tenum {\n"
			     "\t\t\tHUGE = 18446744073709551615ULL,\n"
			     "\t\t} __attribute__((mode(DI))) e;\n"
			     "\t};\n"
			     "\tunsigned char __pad0[8];\n"
			     "\tnode_t in;\n"
			     "\tunsigned char __pad1[16];\n"
			     "};\n\n"
			     "struct packed {\n"
			     "\tchar c;\n"
			     "\tdouble d;\n"
			     "\tint i;\n"
			     "} __attribute__((packed));\n\n";
	struct bemu_env *env = test_env();

	(void)state;
	assert_int_equal(dump_sample_c(env, want), 0);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void c_dump_survives_the_failure_sweep(void **state)
{
	(void)state;
	test_failure_sweep(dump_sample_c, NULL);
}

static void assert_no_c(void (*add)(struct bemu_btf_enc *enc), const char *text)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, add, false);
	struct bemu_buf buf;

	bemu_buf_init(&buf, env);
	assert_int_equal(bemu_btf_dump_c(&buf, btf), -EINVAL);
	assert_int_equal(bemu_log_last(&env->log)->reason, BEMU_R_BTF_CHAIN);
	if (!strstr(bemu_log_last(&env->log)->text, text))
		fail_msg("%s\nis not in\n%s", text, bemu_log_last(&env->log)->text);
	bemu_buf_fini(&buf);
	assert_int_equal(env->fault, 0);
	bemu_btf_put(btf);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void add_own_member(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "outer", 8); /* 1 */
	bemu_btf_enc_member(enc, "in", 2, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, 3);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, NULL, 8); /* 3 */
	bemu_btf_enc_member(enc, "again", 1, 0, 0);
}

static void add_chain_alone(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 2);
	bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, 3);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 4);
	bemu_btf_enc_array(enc, 2, 5, 3);
	bemu_btf_enc_int(enc, "int", 4, 0);
}

static void add_long_chain(struct bemu_btf_enc *enc)
{
	uint32_t i;

	for (i = 1; i <= 20; i++)
		bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, i % 20 + 1);
}

static void add_own_parameter(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "fn", 2);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 3);
	bemu_btf_enc_func_proto(enc, 0); /* 3 */
	bemu_btf_enc_param(enc, "f", 2);
}

static void c_dump_refuses_what_contains_itself(void **state)
{
	(void)state;
	assert_no_c(add_chains, "type 42, TYPEDEF a, contains itself: [42] -> [43] -> [42]");
	assert_no_c(add_own_member,
		    "type 1, STRUCT outer, contains itself: [1] -> [2] -> [3] -> [1]");
	assert_no_c(add_chain_alone, "type 2, CONST, contains itself: [2] -> [3] -> [4] -> [2]");
	assert_no_c(add_long_chain, "[7] -> [8] -> ... -> [1]");
	assert_no_c(add_own_parameter, "type 2, PTR, contains itself: [2] -> [3] -> [2]");
}

/* Each unnamed struct holds the next one twice: 2^30 bodies when written out. */
static void add_doubling(struct bemu_btf_enc *enc)
{
	uint32_t i;

	for (i = 0; i < 30; i++) {
		bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, i ? NULL : "top", 4);
		bemu_btf_enc_member(enc, "a", i + 2, 0, 0);
		bemu_btf_enc_member(enc, "b", i + 2, 0, 0);
	}
	bemu_btf_enc_int(enc, "int", 4, 0);
}

static void c_dump_stops_when_unnamed_types_multiply(void **state)
{
	(void)state;
	assert_no_c(add_doubling, "unnamed types make more text");
}

static void add_oddities(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "u8", 1, 0); /* 1: no C number */
	bemu_btf_enc_int(enc, "i16", 2, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "u32", 4, 0);
	bemu_btf_enc_int(enc, "i64", 8, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "u128", 16, 0); /* 5 */
	bemu_btf_enc_float(enc, "f32", 4);
	bemu_btf_enc_float(enc, "f64", 8);
	bemu_btf_enc_float(enc, "f128", 16); /* 8 */
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "core::Odd<9>", 64); /* 9 */
	bemu_btf_enc_member(enc, "a", 1, 0, 0);
	bemu_btf_enc_member(enc, "b", 2, 16, 0);
	bemu_btf_enc_member(enc, "c", 3, 32, 0);
	bemu_btf_enc_member(enc, "d", 4, 64, 0);
	bemu_btf_enc_member(enc, "e", 5, 128, 0);
	bemu_btf_enc_member(enc, "f", 6, 256, 0);
	bemu_btf_enc_member(enc, "g", 7, 320, 0);
	bemu_btf_enc_fwd(enc, "late", false); /* 10 */
	bemu_btf_enc_fwd(enc, "late", false);
	bemu_btf_enc_fwd(enc, "late", true);
	bemu_btf_enc_fwd(enc, "core::Odd<9>", false); /* 13 */
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "empty", 2, false); /* 14 */
	bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, 16); /* 15 */
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 0); /* 16 */
	bemu_btf_enc_array(enc, 15, 1, 3); /* 17 */
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 17); /* 18 */
	bemu_btf_enc_func_proto(enc, 0); /* 19 */
	bemu_btf_enc_ref(enc, BTF_KIND_VOLATILE, NULL, 19); /* 20 */
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 20); /* 21 */
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "fn_t", 21); /* 22 */
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "tbl_t", 18); /* 23 */
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "__builtin_va_list", 1); /* 24 */
	bemu_btf_enc_composite(enc, BTF_KIND_UNION, "roomy", 6); /* 25 */
	bemu_btf_enc_member(enc, "bit", 3, 0, 5);
	bemu_btf_enc_composite(enc, BTF_KIND_UNION, "hollow", 6); /* 26 */
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "gaps", 8); /* 27 */
	bemu_btf_enc_member(enc, "x", 3, 0, 3);
	bemu_btf_enc_member(enc, "y", 3, 19, 3);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "core::Odd<9>", 0); /* 28 */
	bemu_btf_enc_ref(enc, BTF_KIND_TYPE_TAG, "tag", 9); /* 29 */
	bemu_btf_enc_ref(enc, BTF_KIND_RESTRICT, NULL, 29); /* 30 */
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "9lives", 64); /* 31 */
	bemu_btf_enc_member(enc, "in", 30, 0, 0);
}

static void c_dump_makes_c_of_what_is_not(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, add_oddities, false);
	struct bemu_buf buf;
	static const char *const want[] = {
		("struct core__Odd_9_ {\n\tunsigned char a;\n\tsigned short b;\n\tunsigned int c;\n"
		 "\tsigned long long d;\n\tunsigned __int128 e;\n\tfloat f;\n\tdouble g;\n"
		 "\tunsigned char __pad0[16];\n};\n"),
		"struct late;\nstruct late;\nunion late___2;\nstruct core__Odd_9_;\n",
		"enum empty {\n\tempty,\n} __attribute__((mode(HI)));\n",
		"typedef void (*fn_t)(void);\n",
		"typedef void *const (*tbl_t)[3];\n",
		("union roomy {\n\tunsigned int bit : 5;\n\tunsigned char __pad0[6];\n"
		 "} __attribute__((packed));\n"),
		"union hollow {\n\tunsigned char __pad0[6];\n};\n",
		("struct gaps {\n\tunsigned int x : 3;\n\tunsigned char : 5;\n"
		 "\tunsigned char __pad0[1];\n\tunsigned char : 3;\n\tunsigned int y : 3;\n"),
		"struct core__Odd_9____2 {\n};\n",
		"struct _9lives {\n\tstruct core__Odd_9_ in;\n};\n",
	};
	size_t i;

	(void)state;
	bemu_buf_init(&buf, env);
	assert_int_equal(bemu_btf_dump_c(&buf, btf), 0);
	for (i = 0; i < BEMU_ARRAY_SIZE(want); i++)
		if (!strstr(bemu_buf_str(&buf), want[i]))
			fail_msg("%s\nis not in\n%s", want[i], bemu_buf_str(&buf));
	assert_null(strstr(bemu_buf_str(&buf), "va_list"));
	bemu_buf_fini(&buf);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

/* Everything that can be asked of a BTF; only that it comes to an end counts. */
static void ask_everything(struct bemu_env *env, const struct bemu_btf *btf)
{
	struct bemu_buf buf;
	int64_t size;
	uint32_t id;

	bemu_buf_init(&buf, env);
	for (id = 0; id <= bemu_btf_nr_types(btf); id++) {
		const char *name = bemu_btf_name(btf, id);

		(void)bemu_btf_align_of(btf, id);
		(void)!bemu_btf_resolve_size(btf, id, &size);
		(void)bemu_btf_skip_mods(btf, id, true, NULL);
		bemu_buf_clear(&buf);
		bemu_btf_decl_append(&buf, btf, id);
		if (name)
			(void)bemu_btf_find(btf, name, BTF_KIND_STRUCT, false);
	}
	bemu_btf_dump_raw(&buf, btf);
	bemu_buf_clear(&buf);
	(void)!bemu_btf_dump_c(&buf, btf);
	bemu_buf_fini(&buf);
}

/* --- what a function returns --------------------------------------------------------------------- */

static void add_missing_return(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_func_proto(enc, 99); /* 1 */
	bemu_btf_enc_param(enc, "p", 0);
	bemu_btf_enc_func(enc, "f", BTF_FUNC_GLOBAL, 1);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 1);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "fn_t", 1); /* 4 */
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "ops", 8);
	bemu_btf_enc_member(enc, "call", 3, 0, 0);
}

static void a_missing_return_type_is_safe_to_ask_about(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, add_missing_return, false);
	struct bemu_buf buf;

	(void)state;
	ask_everything(env, btf);
	bemu_buf_init(&buf, env);
	bemu_btf_decl_append(&buf, btf, 3);
	assert_string_equal(bemu_buf_str(&buf), "? (*)()");
	bemu_buf_clear(&buf);
	assert_int_equal(bemu_btf_dump_c(&buf, btf), 0);
	assert_non_null(strstr(bemu_buf_str(&buf), "typedef ? fn_t("));
	bemu_buf_fini(&buf);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

/* --- sweeps ------------------------------------------------------------------------------------ */

static void try_bytes(struct bemu_env *env, const char *bytes, size_t len)
{
	static const unsigned int flags[] = { BEMU_BTF_PARSE_BORROW, BEMU_BTF_PARSE_LIBBPF_1_1 };
	char *copy = exact(bytes, len);
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(flags); i++) {
		struct bemu_btf *mark = (void *)&copy, *btf = mark;

		if (bemu_btf_parse(env, copy, len, NULL, flags[i], &btf)) {
			assert_ptr_equal(btf, mark);
			continue;
		}
		ask_everything(env, btf);
		bemu_btf_put(btf);
	}
	assert_int_equal(env->fault, 0);
	assert_int_equal(bemu_env_live(env), 0);
	free(copy);
}

static void every_truncation_and_flipped_byte_is_answered(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf_enc *enc = NULL;
	size_t len, i;
	char *bytes;
	int swap;

	(void)state;
	for (swap = 0; swap < 2; swap++) {
		void *made = NULL;

		assert_int_equal(sample_new(env, &enc), 0);
		assert_int_equal(bemu_btf_enc_finish(enc, swap, &made, &len), 0);
		bytes = exact(made, len);
		bemu_mem_free(env, made);
		bemu_btf_enc_free(enc);
		for (i = 0; i < len; i++)
			try_bytes(env, bytes, i);
		for (i = 0; i < len * 8; i++) {
			bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
			try_bytes(env, bytes, len);
			bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
		}
		free(bytes);
	}
	bemu_env_free(env);
}

#define ROWS(cases, run)                                              \
	for (i = 0; i < BEMU_ARRAY_SIZE(cases); i++)                  \
		tests[n++] = (struct CMUnitTest)                      \
		{                                                     \
			.name = cases[i].name, .test_func = run,      \
			.initial_state = (void *)(uintptr_t)&cases[i] \
		}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(alignment_follows_members_and_sees_packed_ones),
		cmocka_unit_test(modifiers_are_skipped_and_circles_end),
		cmocka_unit_test(members_are_read_with_and_without_bitfields),
		cmocka_unit_test(essential_names_end_at_the_last_three_underscores),
		cmocka_unit_test(find_gives_the_first_of_name_and_kind),
		cmocka_unit_test(essential_search_finds_flavours_with_rising_ids),
		cmocka_unit_test(namesakes_of_other_kinds_are_not_walked_over),
		cmocka_unit_test(names_that_overlap_are_paid_for),
		cmocka_unit_test(names_of_a_kernel_cost_no_budget),
		cmocka_unit_test(the_index_agrees_with_a_search_of_all_types),
		cmocka_unit_test(without_an_index_the_same_types_are_found),
		cmocka_unit_test(split_types_go_on_where_the_base_ends),
		cmocka_unit_test(references_count),
		cmocka_unit_test(borrowed_bytes_are_used_in_place_unless_they_cannot_be),
		cmocka_unit_test(longer_headers_and_odd_ones_are_read),
		cmocka_unit_test(a_layout_table_tells_the_size_of_unknown_kinds),
		cmocka_unit_test(the_budget_of_types_is_kept_and_latches),
		cmocka_unit_test(declarations_read_as_c),
		cmocka_unit_test(endless_declarations_are_cut),
		cmocka_unit_test(raw_dump_has_one_line_a_type),
		cmocka_unit_test(c_dump_orders_renames_pads_and_packs),
		cmocka_unit_test(c_dump_survives_the_failure_sweep),
		cmocka_unit_test(c_dump_refuses_what_contains_itself),
		cmocka_unit_test(c_dump_stops_when_unnamed_types_multiply),
		cmocka_unit_test(c_dump_makes_c_of_what_is_not),
		cmocka_unit_test(a_missing_return_type_is_safe_to_ask_about),
		cmocka_unit_test(every_truncation_and_flipped_byte_is_answered),
	};
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(bytes_cases) + BEMU_ARRAY_SIZE(type_cases) +
				BEMU_ARRAY_SIZE(size_cases) + BEMU_ARRAY_SIZE(fixed)];
	size_t i, n = 0;

	ROWS(bytes_cases, run_bytes);
	ROWS(type_cases, run_type);
	ROWS(size_cases, run_size);
	memcpy(&tests[n], fixed, sizeof(fixed));
	return _cmocka_run_group_tests("btf", tests, BEMU_ARRAY_SIZE(tests), NULL, NULL);
}
