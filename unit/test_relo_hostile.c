// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* BTF that nobody compiled: circles, depth, doubled names, lengths; and words that cannot be patched. */
#include <assert.h>

#include "relo_sample.h"

#define OFF    BEMU_CORE_FIELD_BYTE_OFFSET
#define EXISTS BEMU_CORE_FIELD_EXISTS

static void want(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 8);
	bemu_btf_enc_member(enc, "m", 1, 0, 0);
	bemu_btf_enc_member(enc, "arr", 3, 32, 0);
	bemu_btf_enc_array(enc, 1, 1, 2);
}

/* world_calc() with at most @max_steps units of work; 0 leaves the default */
static int calc(struct relo_world *w, uint64_t max_steps, uint32_t rules, struct bemu_core_res *res)
{
	int err = world_cands(w);

	if (err)
		return err;
	if (max_steps)
		w->env->steps_left = max_steps;
	return bemu_core_calc(w->env, rules, w->object, &w->relo, &w->cands, "p", res, &w->rec);
}

/* struct s { struct { struct {...}; struct {...}; }; ... }: 2^40 ways through anonymous members */
static void doubled(struct bemu_btf_enc *enc)
{
	uint32_t i;

	bemu_btf_enc_int(enc, "int", 4, 0);
	for (i = 0; i < 40; i++) {
		bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, i ? NULL : "s", 8);
		bemu_btf_enc_member(enc, NULL, i + 3, 0, 0);
		bemu_btf_enc_member(enc, NULL, i + 3, 0, 0);
	}
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, NULL, 8);
	bemu_btf_enc_member(enc, "other", 1, 0, 0);
}

static void doubling_anonymous_members_meet_the_budget(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, want, doubled, 2, OFF, "0:0");
	assert_int_equal(calc(&w, 100000, BEMU_CORE_LIBBPF_1_7, &res), -EDQUOT);
	assert_int_equal(w.env->fault, -EDQUOT);
	assert_int_equal(w.rec.err, -EDQUOT);
	world_fini(&w);
}

static void nested_deeper_than_64(struct bemu_btf_enc *enc)
{
	uint32_t i;

	bemu_btf_enc_int(enc, "int", 4, 0);
	for (i = 0; i < 64; i++) {
		bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, i ? NULL : "s", 8);
		bemu_btf_enc_member(enc, NULL, i + 3, 0, 0);
	}
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, NULL, 8);
	bemu_btf_enc_member(enc, "m", 1, 0, 0);
}

static void a_target_nested_deeper_than_64_fails_the_load(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, want, nested_deeper_than_64, 2, EXISTS, "0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), -E2BIG);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_ACCESS_LONG);
	assert_int_equal(w.rec.nr_tried, 1);
	assert_int_equal(w.rec.tried[0].why, BEMU_CORE_ERROR);
	assert_string_equal(w.rec.tried[0].text, "cannot be compared or measured: error -7");
	world_fini(&w);
}

static void contains_itself(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 8);
	bemu_btf_enc_member(enc, NULL, 2, 8, 0);
	bemu_btf_enc_member(enc, "m", 1, 0, 0);
}

static void a_struct_inside_itself_fails_the_load(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, want, contains_itself, 2, EXISTS, "0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), -E2BIG);
	world_fini(&w);
}

static void typedef_circle(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 8);
	bemu_btf_enc_member(enc, "m", 3, 0, 0);
	bemu_btf_enc_member(enc, "arr", 4, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "t", 4);
	bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, 3);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "s_t", 5);
}

static void typedefs_in_a_circle_are_an_error(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, want, typedef_circle, 2, EXISTS, "0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_CHAIN);
	world_fini(&w);
	/* in the object: as root, and below */
	world_init(&w, typedef_circle, want, 5, EXISTS, "0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_CHAIN);
	world_fini(&w);
	world_init(&w, typedef_circle, want, 2, OFF, "0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_CHAIN);
	world_fini(&w);
	world_init(&w, typedef_circle, typedef_circle, 5, BEMU_CORE_TYPE_MATCHES, "0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	world_fini(&w);
}

static void long_typedef_chain(struct bemu_btf_enc *enc)
{
	uint32_t i;

	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 8);
	bemu_btf_enc_member(enc, "m", 3, 0, 0);
	for (i = 0; i < 500; i++)
		bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "t", i < 499 ? i + 4 : 1);
}

static void long_chains_of_typedefs_meet_the_budget(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, want, long_typedef_chain, 2, EXISTS, "0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), 0);
	assert_int_equal(res.new_val, 1);
	world_fini(&w);
	world_init(&w, want, long_typedef_chain, 2, EXISTS, "0:0");
	assert_int_equal(calc(&w, 200, BEMU_CORE_LIBBPF_1_7, &res), -EDQUOT);
	world_fini(&w);
	world_init(&w, long_typedef_chain, want, 2, OFF, "0:0:0");
	assert_int_equal(calc(&w, 200, BEMU_CORE_LIBBPF_1_7, &res), -EDQUOT);
	world_fini(&w);
}

static void array_of_itself(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 8);
	bemu_btf_enc_member(enc, "m", 3, 0, 0);
	bemu_btf_enc_member(enc, "arr", 3, 32, 0);
	bemu_btf_enc_array(enc, 4, 1, 1);
	bemu_btf_enc_array(enc, 3, 1, 1);
}

static void arrays_of_themselves_are_an_error(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, array_of_itself, array_of_itself, 2, EXISTS, "0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_CHAIN);
	world_fini(&w);
	/* on one side only the other ends the comparison */
	world_init(&w, want, array_of_itself, 2, EXISTS, "0:1");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), 0);
	assert_int_equal(res.new_val, 0);
	world_fini(&w);
	world_init(&w, array_of_itself, array_of_itself, 2, OFF, "0:0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	world_fini(&w);
}

/*
 * struct s { int pad; struct { void *m; }; struct { int m; }; }: the pointer is not compatible, so the
 * search goes on behind it, but its place stays in the sum.
 */
static void doubled_name(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 24);
	bemu_btf_enc_member(enc, "pad", 1, 0, 0);
	bemu_btf_enc_member(enc, NULL, 3, 64, 0);
	bemu_btf_enc_member(enc, NULL, 4, 128, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, NULL, 8);
	bemu_btf_enc_member(enc, "x", 1, 0, 0);
	bemu_btf_enc_member(enc, "m", 5, 32, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, NULL, 8);
	bemu_btf_enc_member(enc, "m", 1, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 0);
}

static void a_name_seen_twice_keeps_the_first_offset_in_the_sum(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, want, doubled_name, 2, OFF, "0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), 0);
	assert_int_equal(res.new_val, 16 + 4);
	world_fini(&w);
}

static void half_of_the_address_space(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 0xfffffff0);
	bemu_btf_enc_member(enc, "m", 1, 0, 0);
}

static void a_size_of_2_gib_in_the_target_is_taken_for_an_error_number(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, want, half_of_the_address_space, 2, OFF, "0:0");
	assert_int_equal(calc(&w, 0, BEMU_CORE_LIBBPF_1_7, &res), -16);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_SIZE);
	world_fini(&w);
}

enum { MANY = 3000 };

static void many_names(struct bemu_btf_enc *enc)
{
	uint32_t i;
	char name[16];

	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 8);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		bemu_btf_enc_member(enc, name, 1, 0, 0);
	}
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e", 4, false);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "E%u", i);
		bemu_btf_enc_enumerator(enc, name, i);
	}
}

static void long_types_meet_the_budget(void **state)
{
	static const struct {
		uint32_t root, kind;
	} rows[] = {
		{ 2, BEMU_CORE_TYPE_MATCHES },
		{ 2, OFF },
		{ 3, BEMU_CORE_TYPE_MATCHES },
		{ 3, BEMU_CORE_ENUMVAL_VALUE },
	};
	struct bemu_core_res res;
	struct relo_world w;
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		world_init(&w, many_names, many_names, rows[i].root, rows[i].kind,
			   rows[i].kind == OFF ? "0:2999" : "0");
		assert_int_equal(calc(&w, 2000, BEMU_CORE_LIBBPF_1_7, &res), -EDQUOT);
		assert_int_equal(last_reason(w.env), BEMU_R_BUDGET);
		world_fini(&w);
	}
}

static char long_name[4096], long_flavour[4096];

static void long_names(struct bemu_btf_enc *enc)
{
	uint32_t i;

	memset(long_name, 'n', sizeof(long_name) - 1);
	memset(long_flavour, 'f', sizeof(long_flavour) - 1);
	memcpy(long_flavour, "E___", 4);
	bemu_btf_enc_int(enc, "int", 4, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 8);
	for (i = 0; i < 10; i++)
		bemu_btf_enc_member(enc, long_name, 1, 0, 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e", 4, false);
	for (i = 0; i < 10; i++)
		bemu_btf_enc_enumerator(enc, long_flavour, i);
}

static void long_names_cost_more(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, long_names, long_names, 2, OFF, "0:0");
	assert_int_equal(calc(&w, 100, BEMU_CORE_LIBBPF_1_7, &res), -EDQUOT);
	world_fini(&w);
	world_init(&w, long_names, long_names, 3, BEMU_CORE_ENUMVAL_VALUE, "0");
	assert_int_equal(calc(&w, 50, BEMU_CORE_LIBBPF_1_7, &res), -EDQUOT);
	world_fini(&w);
	world_init(&w, long_names, long_names, 3, BEMU_CORE_TYPE_MATCHES, "0");
	assert_int_equal(calc(&w, 50, BEMU_CORE_LIBBPF_1_7, &res), -EDQUOT);
	world_fini(&w);
}

/* struct s { int m; } with type ids and names that do not exist; only libbpf 1.1 reads such BTF */
static struct bemu_btf *parse_broken(struct bemu_env *env, const struct btf_member *m,
				     bool broken_enum)
{
	struct btf_type head = { .info = (uint32_t)BTF_KIND_STRUCT << 24 | 1, .size = 8 };
	struct bemu_btf_enc *enc;
	struct bemu_btf *btf;
	void *bytes;
	size_t len;
	int err;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	bemu_btf_enc_int(enc, "int", 4, 0);
	head.name_off = bemu_btf_enc_str(enc, "s");
	bemu_btf_enc_str(enc, "0:0");
	if (broken_enum) {
		head.info = (uint32_t)BTF_KIND_ENUM << 24 | 1;
		bemu_btf_enc_type_raw(enc, &head, m, sizeof(struct btf_enum));
	} else {
		bemu_btf_enc_type_raw(enc, &head, m, sizeof(*m));
	}
	err = bemu_btf_enc_finish(enc, false, &bytes, &len);
	if (err)
		fail_msg("%d", err);
	err = bemu_btf_parse(env, bytes, len, NULL, BEMU_BTF_PARSE_LIBBPF_1_1, &btf);
	if (err)
		fail_msg("%d: %s", err, bemu_log_last(&env->log)->text);
	bemu_mem_free(env, bytes);
	bemu_btf_enc_free(enc);
	return btf;
}

static void ids_and_names_that_do_not_exist_are_errors(void **state)
{
	const struct btf_member no_type = { .name_off = 5, .type = 99999 };
	const struct btf_member no_name = { .name_off = 99999, .type = 1 };
	struct bemu_core_relo relo = { .type_id = 2, .kind = OFF };
	struct bemu_env *env = test_env();
	struct bemu_core_cands cands = { 0 };
	struct bemu_core_res res;
	struct bemu_btf *btf;

	(void)state;
	btf = parse_broken(env, &no_type, false);
	relo.access_str_off = 7; /* "0:0", after "int" and "s" */
	assert_string_equal(bemu_btf_str(btf, relo.access_str_off), "0:0");
	assert_int_equal(bemu_core_add_cands(env, btf, 2, btf, "vmlinux", 1, &cands), 0);
	assert_int_equal(cands.nr, 1);
	assert_int_equal(bemu_core_calc(env, BEMU_CORE_LIBBPF_1_1, btf, &relo, &cands, "p", &res,
					NULL),
			 -EINVAL);
	assert_int_equal(last_reason(env), BEMU_R_CORE_CHAIN);
	assert_int_equal(bemu_core_types_match(env, btf, 2, btf, 2), -EINVAL);
	assert_int_equal(bemu_core_types_compat(env, btf, 99999, btf, 2), -EINVAL);
	assert_int_equal(bemu_core_types_compat(env, btf, 2, btf, 99999), -EINVAL);
	bemu_core_cands_fini(env, &cands);
	bemu_btf_put(btf);

	btf = parse_broken(env, &no_name, false);
	assert_int_equal(bemu_core_calc(env, BEMU_CORE_LIBBPF_1_1, btf, &relo, NULL, "p", &res,
					NULL),
			 -EINVAL);
	assert_int_equal(last_reason(env), BEMU_R_CORE_NAME);
	bemu_btf_put(btf);

	btf = parse_broken(env, &no_name, true);
	relo.kind = BEMU_CORE_ENUMVAL_VALUE;
	relo.access_str_off = 9; /* the last "0" of it */
	assert_int_equal(bemu_core_calc(env, BEMU_CORE_LIBBPF_1_1, btf, &relo, NULL, "p", &res,
					NULL),
			 -EINVAL);
	assert_int_equal(last_reason(env), BEMU_R_CORE_NAME);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

static void pointers_to_functions(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_func_proto(enc, 99); /* only the kernel minds */
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 1);
}

static void functions_that_return_what_does_not_exist_are_errors(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *btf = sample_parse(env, NULL, pointers_to_functions, false);

	(void)state;
	assert_int_equal(bemu_core_types_compat(env, btf, 2, btf, 2), -EINVAL);
	assert_int_equal(last_reason(env), BEMU_R_CORE_CHAIN);
	assert_int_equal(bemu_core_types_match(env, btf, 2, btf, 2), -EINVAL);
	assert_int_equal(last_reason(env), BEMU_R_CORE_CHAIN);
	bemu_btf_put(btf);
	bemu_env_free(env);
}

/* clang-format off */
static const struct patch {
	const char *name;
	struct bpf_insn insn[2];
	uint32_t nr, idx;
	struct bemu_core_res res;
	int err;
	uint32_t reason;
	struct bpf_insn after[2];
} patches[] = {
	{ "outside the program", { EXIT, EXIT }, 2, 2, { .new_val = 1 },
	  -EINVAL, BEMU_R_CORE_INSN_IDX, { EXIT, EXIT } },
	{ "in no program at all", { EXIT, EXIT }, 0, 0, { .new_val = 1 },
	  -EINVAL, BEMU_R_CORE_INSN_IDX, { EXIT, EXIT } },
	{ "half an ldimm64", { EXIT, { .code = 0x18 } }, 2, 1, { .new_val = 1 },
	  -EINVAL, BEMU_R_CORE_INSN_FORM, { EXIT, { .code = 0x18 } } },
	{ "half an ldimm64, poisoned", { EXIT, { .code = 0x18 } }, 2, 1, { .poison = true },
	  -EINVAL, BEMU_R_CORE_INSN_FORM, { EXIT, { .code = 0x18 } } },
	{ "the second half of an ldimm64", { LD64(1, 5) }, 2, 1, { .new_val = 1 },
	  -EINVAL, BEMU_R_CORE_INSN_FORM, { LD64(1, 5) } },
	{ "a register move", { { .code = 0xbf }, EXIT }, 2, 0, { .new_val = 1 },
	  -EINVAL, BEMU_R_CORE_INSN_FORM, { { .code = 0xbf }, EXIT } },
	{ "an ldimm64 that refers to a map", { { .code = 0x18, .src_reg = 1 }, { .imm = 0 } }, 2, 0,
	  { .new_val = 1 }, -EINVAL, BEMU_R_CORE_INSN_FORM,
	  { { .code = 0x18, .src_reg = 1 }, { .imm = 0 } } },
	{ "an ldimm64 with an offset", { { .code = 0x18, .off = 1 }, { .imm = 0 } }, 2, 0,
	  { .new_val = 1 }, -EINVAL, BEMU_R_CORE_INSN_FORM,
	  { { .code = 0x18, .off = 1 }, { .imm = 0 } } },
	{ "an ldimm64 whose second half has a register", { { .code = 0x18 }, { .dst_reg = 1 } }, 2, 0,
	  { .new_val = 1 }, -EINVAL, BEMU_R_CORE_INSN_FORM, { { .code = 0x18 }, { .dst_reg = 1 } } },
	{ "an ldimm64 whose second half has an opcode", { { .code = 0x18 }, EXIT }, 2, 0,
	  { .new_val = 1 }, -EINVAL, BEMU_R_CORE_INSN_FORM, { { .code = 0x18 }, EXIT } },
	{ "a packet load", { { .code = BPF_LD | BPF_ABS | BPF_W }, EXIT }, 2, 0, { .new_val = 1 },
	  -EINVAL, BEMU_R_CORE_INSN_FORM, { { .code = BPF_LD | BPF_ABS | BPF_W }, EXIT } },
	{ "a jump", { { .code = BPF_JMP32 | BPF_JEQ | BPF_K }, EXIT }, 2, 0, { .new_val = 1 },
	  -EINVAL, BEMU_R_CORE_INSN_FORM, { { .code = BPF_JMP32 | BPF_JEQ | BPF_K }, EXIT } },
	{ "an ldimm64 keeps all 64 bits", { LD64(1, 0x80000000ffffffff) }, 2, 0,
	  { .orig_val = 0x80000000ffffffff, .new_val = 0xfedcba9876543210, .validate = true },
	  0, 0, { LD64(1, 0xfedcba9876543210) } },
	{ "an ldimm64 that holds something else", { LD64(1, 0xffffffff) }, 2, 0,
	  { .orig_val = 0xffffffffffffffff, .new_val = 1, .validate = true },
	  -EINVAL, BEMU_R_CORE_INSN_VALUE, { LD64(1, 0xffffffff) } },
	{ "an immediate is compared sign-extended", { MOV(1, -1), EXIT }, 2, 0,
	  { .orig_val = 0xffffffffffffffff, .new_val = 1, .validate = true },
	  0, 0, { MOV(1, 1), EXIT } },
	{ "an immediate of 0xffffffff is not -1", { MOV(1, -1), EXIT }, 2, 0,
	  { .orig_val = 0xffffffff, .new_val = 1, .validate = true },
	  -EINVAL, BEMU_R_CORE_INSN_VALUE, { MOV(1, -1), EXIT } },
	{ "an immediate keeps the low 32 bits", { MOV(1, 7), EXIT }, 2, 0,
	  { .new_val = 0x100000002 }, 0, 0, { MOV(1, 2), EXIT } },
	{ "a negative offset is above 32767", { LDX(BPF_W, 1, 1, 0), EXIT }, 2, 0,
	  { .new_val = 0xffffffffffffffff }, -ERANGE, BEMU_R_CORE_OFF_RANGE,
	  { LDX(BPF_W, 1, 1, 0), EXIT } },
	{ "the range is checked before the width", { LDX(BPF_W, 1, 1, 0), EXIT }, 2, 0,
	  { .new_val = 32768, .fail_memsz_adjust = true, .orig_sz = 4, .new_sz = 8 },
	  -ERANGE, BEMU_R_CORE_OFF_RANGE, { LDX(BPF_W, 1, 1, 0), EXIT } },
	{ "a width that may not change poisons", { LDX(BPF_W, 1, 1, 0), EXIT }, 2, 0,
	  { .new_val = 4, .fail_memsz_adjust = true, .orig_sz = 4, .new_sz = 8 },
	  0, 0, { POISONED, EXIT } },
	{ "no instruction is 16 bytes wide", { LDX(BPF_DW, 1, 1, 0), EXIT }, 2, 0,
	  { .new_val = 4, .orig_sz = 8, .new_sz = 16 },
	  -EINVAL, BEMU_R_CORE_WIDTH, { LDX(BPF_DW, 1, 1, 0), EXIT } },
	{ "a store narrows to a byte", { STX(BPF_DW, 1, 2, 0), EXIT }, 2, 0,
	  { .new_val = 4, .orig_sz = 8, .new_sz = 1 }, 0, 0, { STX(BPF_B, 1, 2, 4), EXIT } },
	{ "a load widens to two bytes", { LDX(BPF_B, 1, 2, 0), EXIT }, 2, 0,
	  { .new_val = 4, .orig_sz = 1, .new_sz = 2 }, 0, 0, { LDX(BPF_H, 1, 2, 4), EXIT } },
	{ "a sign-extending load keeps its mode", { { .code = BPF_LDX | 0x80 | BPF_W, .off = 0 }, EXIT }, 2, 0,
	  { .new_val = 4, .orig_sz = 4, .new_sz = 1 },
	  0, 0, { { .code = BPF_LDX | 0x80 | BPF_B, .off = 4 }, EXIT } },
	{ "an atomic store moves, too", { { .code = BPF_STX | 0xc0 | BPF_DW, .off = 8 }, EXIT }, 2, 0,
	  { .orig_val = 8, .new_val = 16, .validate = true },
	  0, 0, { { .code = BPF_STX | 0xc0 | BPF_DW, .off = 16 }, EXIT } },
};
/* clang-format on */

static void run_patch(void **state)
{
	const struct patch *row = *state;
	struct bpf_insn insns[2] = { row->insn[0], row->insn[1] };
	const struct bemu_core_relo relo = { .insn_off = row->idx * 8 };
	struct bemu_env *env = test_env();

	assert_int_equal(bemu_core_patch(env, BEMU_CORE_LIBBPF_1_7, "p", insns, row->nr, row->idx,
					 &relo, &row->res),
			 row->err);
	assert_memory_equal(insns, row->after, sizeof(insns));
	if (row->err)
		assert_int_equal(last_reason(env), row->reason);
	bemu_env_free(env);
}

int main(void)
{
	static struct CMUnitTest tests[64] = {
		cmocka_unit_test(doubling_anonymous_members_meet_the_budget),
		cmocka_unit_test(a_target_nested_deeper_than_64_fails_the_load),
		cmocka_unit_test(a_struct_inside_itself_fails_the_load),
		cmocka_unit_test(typedefs_in_a_circle_are_an_error),
		cmocka_unit_test(long_chains_of_typedefs_meet_the_budget),
		cmocka_unit_test(arrays_of_themselves_are_an_error),
		cmocka_unit_test(a_name_seen_twice_keeps_the_first_offset_in_the_sum),
		cmocka_unit_test(a_size_of_2_gib_in_the_target_is_taken_for_an_error_number),
		cmocka_unit_test(long_types_meet_the_budget),
		cmocka_unit_test(long_names_cost_more),
		cmocka_unit_test(ids_and_names_that_do_not_exist_are_errors),
		cmocka_unit_test(functions_that_return_what_does_not_exist_are_errors),
	};
	size_t nr_tests = 12;

	RUN_ROWS(patches, run_patch);
	return _cmocka_run_group_tests("relo_hostile", tests, nr_tests, NULL, NULL);
}
