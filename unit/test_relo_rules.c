// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Which pairs of types are compatible as fields, compatible as types, and match. */
#include <assert.h>

#include "relo_sample.h"

enum zoo {
	Z_VOID,
	Z_I32,
	Z_U32,
	Z_I64,
	Z_BOOL,
	Z_ODD, /* INT whose bits start at 3 */
	Z_FLOAT,
	Z_DOUBLE,
	Z_P_I32,
	Z_P_I64,
	Z_P_VOID,
	Z_A3_I32,
	Z_A5_I32,
	Z_A3_P,
	Z_S, /* struct s { int a; int b; } */
	Z_S_MORE, /* struct s___more { int b; int z; int a; } */
	Z_S_LESS, /* struct s { int a; } */
	Z_S_LONG, /* struct s { long a; int b; } */
	Z_T, /* struct t { int a; int b; } */
	Z_U, /* union s { int a; int b; } */
	Z_E, /* enum e { A, B } */
	Z_E_FLAV, /* enum e___x { B___x, C, A } */
	Z_E_OTHER, /* enum f { A, B } */
	Z_E_ANON,
	Z_E_BYTE, /* enum e, 1 byte */
	Z_E64, /* enum64 e { A, B }, 4 bytes */
	Z_FWD_S,
	Z_FWD_S_FLAV,
	Z_FWD_T,
	Z_FWD_U, /* union s; */
	Z_TD_I32,
	Z_C_TD_I32,
	Z_V_I64,
	Z_TAG_I32,
	Z_P_S,
	Z_P_S_LONG,
	Z_P_T,
	Z_P_U,
	Z_P_FWD_S,
	Z_P_FWD_U,
	Z_P_TD_S, /* typedef struct s s_t; s_t * */
	Z_TD_S,
	Z_F0, /* int (void) */
	Z_F1, /* int (int) */
	Z_F1_LONG, /* int (long) */
	Z_F1_P, /* int (int *) */
	Z_F1_RET_P, /* int *(int) */
	Z_F1_VOID, /* void (int) */
	Z_FUNC,
	Z_VAR,
	Z_ARENA, /* struct with an anonymous member: { union { int x; int y; }; } */
	Z_ARENA_SWAP, /* { struct { int x; int y; }; } */
	Z_ANON_U,
	Z_ANON_S,
	Z_P_FN,
	Z_P_FN_LONG,
	Z_A3_I64,
	Z_S_DUP, /* struct s { long a; int a; int b; } */
	Z_END,
};

static void zoo_composites(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 8);
	bemu_btf_enc_member(enc, "a", Z_I32, 0, 0);
	bemu_btf_enc_member(enc, "b", Z_I32, 32, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s___more", 12);
	bemu_btf_enc_member(enc, "b", Z_I32, 0, 0);
	bemu_btf_enc_member(enc, "z", Z_I32, 32, 0);
	bemu_btf_enc_member(enc, "a", Z_I32, 64, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 4);
	bemu_btf_enc_member(enc, "a", Z_I32, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 16);
	bemu_btf_enc_member(enc, "a", Z_I64, 0, 0);
	bemu_btf_enc_member(enc, "b", Z_I32, 64, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "t", 8);
	bemu_btf_enc_member(enc, "a", Z_I32, 0, 0);
	bemu_btf_enc_member(enc, "b", Z_I32, 32, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_UNION, "s", 4);
	bemu_btf_enc_member(enc, "a", Z_I32, 0, 0);
	bemu_btf_enc_member(enc, "b", Z_I32, 0, 0);
}

static void zoo_enums(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e", 4, false);
	bemu_btf_enc_enumerator(enc, "A", 0);
	bemu_btf_enc_enumerator(enc, "B", 1);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e___x", 4, false);
	bemu_btf_enc_enumerator(enc, "B___x", 7);
	bemu_btf_enc_enumerator(enc, "C", 8);
	bemu_btf_enc_enumerator(enc, "A", 9);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "f", 4, false);
	bemu_btf_enc_enumerator(enc, "A", 0);
	bemu_btf_enc_enumerator(enc, "B", 1);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, NULL, 4, false);
	bemu_btf_enc_enumerator(enc, "A", 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e", 1, false);
	bemu_btf_enc_enumerator(enc, "A", 0);
	bemu_btf_enc_enumerator(enc, "B", 1);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, "e", 4, false);
	bemu_btf_enc_enumerator(enc, "A", 0);
	bemu_btf_enc_enumerator(enc, "B", 1);
	bemu_btf_enc_fwd(enc, "s", false);
	bemu_btf_enc_fwd(enc, "s___x", false);
	bemu_btf_enc_fwd(enc, "t", false);
	bemu_btf_enc_fwd(enc, "s", true);
}

static void zoo_functions(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_func_proto(enc, Z_I32);
	bemu_btf_enc_func_proto(enc, Z_I32);
	bemu_btf_enc_param(enc, "n", Z_I32);
	bemu_btf_enc_func_proto(enc, Z_I32);
	bemu_btf_enc_param(enc, "n", Z_I64);
	bemu_btf_enc_func_proto(enc, Z_I32);
	bemu_btf_enc_param(enc, "n", Z_P_I32);
	bemu_btf_enc_func_proto(enc, Z_P_I32);
	bemu_btf_enc_param(enc, "n", Z_I32);
	bemu_btf_enc_func_proto(enc, Z_VOID);
	bemu_btf_enc_param(enc, "n", Z_I32);
	bemu_btf_enc_func(enc, "fn", BTF_FUNC_STATIC, Z_F0);
	bemu_btf_enc_var(enc, "v", BTF_VAR_STATIC, Z_I32);
}

static void zoo(struct bemu_btf_enc *enc)
{
	static const uint32_t odd[] = { 29 | 3 << 16 };
	const struct btf_type odd_int = { .name_off = bemu_btf_enc_str(enc, "odd"),
					  .info = (uint32_t)BTF_KIND_INT << 24,
					  .size = 4 };

	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "int", 4, 0); /* types match by name, too */
	bemu_btf_enc_int(enc, "int", 8, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "_Bool", 1, BTF_INT_BOOL);
	bemu_btf_enc_type_raw(enc, &odd_int, odd, sizeof(odd));
	bemu_btf_enc_float(enc, "float", 4);
	bemu_btf_enc_float(enc, "double", 8);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_I32);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_I64);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_VOID);
	bemu_btf_enc_array(enc, Z_I32, Z_U32, 3);
	bemu_btf_enc_array(enc, Z_I32, Z_U32, 5);
	bemu_btf_enc_array(enc, Z_P_I32, Z_U32, 3);
	zoo_composites(enc);
	zoo_enums(enc);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "int_t", Z_I32);
	bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, Z_TD_I32);
	bemu_btf_enc_ref(enc, BTF_KIND_VOLATILE, NULL, Z_I64);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPE_TAG, "tag", Z_I32);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_S);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_S_LONG);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_T);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_U);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_FWD_S);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_FWD_U);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_TD_S);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "s_t", Z_S);
	zoo_functions(enc);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "arena", 8);
	bemu_btf_enc_member(enc, NULL, Z_ANON_U, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "arena", 8);
	bemu_btf_enc_member(enc, NULL, Z_ANON_S, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_UNION, NULL, 4);
	bemu_btf_enc_member(enc, "x", Z_I32, 0, 0);
	bemu_btf_enc_member(enc, "y", Z_I32, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, NULL, 8);
	bemu_btf_enc_member(enc, "x", Z_I32, 0, 0);
	bemu_btf_enc_member(enc, "y", Z_I32, 32, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_F1);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, Z_F1_LONG);
	bemu_btf_enc_array(enc, Z_I64, Z_U32, 3);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 20);
	bemu_btf_enc_member(enc, "a", Z_I64, 0, 0);
	bemu_btf_enc_member(enc, "a", Z_I32, 64, 0);
	bemu_btf_enc_member(enc, "b", Z_I32, 96, 0);
}

/* 1 or 0 for each question */
static const struct pair {
	const char *name;
	uint32_t local, targ;
	int fields, compat, match;
} pairs[] = {
	{ "the same integer", Z_I32, Z_I32, 1, 1, 1 },
	{ "integers of other sign", Z_I32, Z_U32, 1, 1, 0 },
	{ "integers of other size", Z_I32, Z_I64, 1, 1, 0 },
	{ "integers of other name", Z_U32, Z_BOOL, 1, 1, 0 },
	{ "an integer here whose bits start in the middle", Z_ODD, Z_I32, 0, 0, 0 },
	{ "an integer there whose bits start in the middle", Z_I32, Z_ODD, 0, 0, 0 },
	{ "an integer through typedef and const", Z_C_TD_I32, Z_I32, 1, 0, 1 },
	{ "a typedef and an integer: roots of other kinds", Z_TD_I32, Z_I32, 1, 0, 1 },
	{ "typedefs on both sides", Z_TD_I32, Z_TD_I32, 1, 1, 1 },
	{ "a type tag", Z_TAG_I32, Z_I32, 1, 0, 1 },
	{ "a volatile integer of other size", Z_V_I64, Z_I32, 1, 0, 0 },
	{ "floats of other size", Z_FLOAT, Z_DOUBLE, 1, 0, 0 },
	{ "the same float: no rule for types", Z_FLOAT, Z_FLOAT, 1, 0, 0 },
	{ "a float and an integer", Z_FLOAT, Z_I32, 0, 0, 0 },
	{ "pointers to the same", Z_P_I32, Z_P_I32, 1, 1, 1 },
	{ "pointers to integers of other size", Z_P_I32, Z_P_I64, 1, 1, 0 },
	{ "pointers to void and to an integer", Z_P_VOID, Z_P_I32, 1, 0, 0 },
	{ "a pointer and an integer", Z_P_I32, Z_I64, 0, 0, 0 },
	{ "an integer and a pointer", Z_I64, Z_P_I32, 0, 0, 0 },
	{ "arrays of other length", Z_A3_I32, Z_A5_I32, 1, 1, 0 },
	{ "the same array", Z_A3_I32, Z_A3_I32, 1, 1, 1 },
	{ "arrays of other elements", Z_A3_I32, Z_A3_P, 0, 0, 0 },
	{ "arrays of integers of other size", Z_A3_I32, Z_A3_I64, 1, 1, 0 },
	{ "an array and its element", Z_A3_I32, Z_I32, 0, 0, 0 },
	{ "the same struct", Z_S, Z_S, 1, 1, 1 },
	{ "a flavour with more members in other order", Z_S, Z_S_MORE, 1, 1, 1 },
	{ "a struct with fewer members there", Z_S, Z_S_LESS, 1, 1, 0 },
	{ "a struct with fewer members here", Z_S_LESS, Z_S, 1, 1, 1 },
	{ "a member of other size there", Z_S, Z_S_LONG, 1, 1, 0 },
	{ "structs of other name", Z_S, Z_T, 1, 1, 0 },
	{ "a struct and a union", Z_S, Z_U, 1, 0, 0 },
	{ "of two members of one name the second matches", Z_S, Z_S_DUP, 1, 1, 1 },
	{ "the same enum", Z_E, Z_E, 1, 1, 1 },
	{ "a flavour of an enum, in other order", Z_E, Z_E_FLAV, 1, 1, 1 },
	{ "an enumerator that is missing there", Z_E_FLAV, Z_E, 1, 1, 0 },
	{ "enums of other name", Z_E, Z_E_OTHER, 0, 1, 0 },
	{ "an anonymous enum here", Z_E_ANON, Z_E, 1, 1, 0 },
	{ "an anonymous enum there", Z_E, Z_E_ANON, 1, 1, 0 },
	{ "enums of other size", Z_E, Z_E_BYTE, 1, 1, 0 },
	{ "an enum and an enum64", Z_E, Z_E64, 1, 1, 1 },
	{ "an enum64 and an enum", Z_E64, Z_E, 1, 1, 1 },
	{ "an enum and an integer", Z_E, Z_U32, 0, 0, 0 },
	{ "the same forward declaration", Z_FWD_S, Z_FWD_S, 1, 1, 1 },
	{ "flavours of a forward declaration", Z_FWD_S, Z_FWD_S_FLAV, 1, 1, 1 },
	{ "forward declarations of other name", Z_FWD_S, Z_FWD_T, 0, 1, 0 },
	{ "forward declarations of a struct and a union", Z_FWD_S, Z_FWD_U, 1, 1, 0 },
	{ "a forward declaration and the struct", Z_FWD_S, Z_S, 0, 0, 0 },
	{ "behind a pointer only the name of a struct counts", Z_P_S, Z_P_S_LONG, 1, 1, 1 },
	{ "behind a pointer names do count", Z_P_S, Z_P_T, 1, 1, 0 },
	{ "behind a pointer struct and union differ", Z_P_S, Z_P_U, 1, 0, 0 },
	{ "behind a pointer a struct is its declaration", Z_P_S, Z_P_FWD_S, 1, 0, 1 },
	{ "behind a pointer a declaration is its struct", Z_P_FWD_S, Z_P_S, 1, 0, 1 },
	{ "behind a pointer a declaration is its union", Z_P_FWD_U, Z_P_U, 1, 0, 1 },
	{ "behind a pointer a union is its declaration", Z_P_U, Z_P_FWD_U, 1, 0, 1 },
	{ "behind a pointer a declared union is no struct", Z_P_FWD_U, Z_P_S, 1, 0, 0 },
	{ "behind a pointer a struct is no declared union", Z_P_S, Z_P_FWD_U, 1, 0, 0 },
	{ "behind a pointer typedefs do not count", Z_P_TD_S, Z_P_S, 1, 1, 1 },
	{ "the same function type", Z_F1, Z_F1, 0, 1, 1 },
	{ "function types of other length", Z_F0, Z_F1, 0, 0, 0 },
	{ "a parameter of other size", Z_F1, Z_F1_LONG, 0, 1, 0 },
	{ "a parameter of other kind", Z_F1, Z_F1_P, 0, 0, 0 },
	{ "a result of other kind", Z_F1, Z_F1_RET_P, 0, 0, 0 },
	{ "a result and none", Z_F1, Z_F1_VOID, 0, 0, 0 },
	{ "pointers to function types", Z_P_FN, Z_P_FN, 1, 1, 1 },
	{ "pointers to function types that differ", Z_P_FN, Z_P_FN_LONG, 1, 1, 0 },
	{ "functions: no rule", Z_FUNC, Z_FUNC, 0, 0, 0 },
	{ "variables: no rule", Z_VAR, Z_VAR, 0, 0, 0 },
	{ "void", Z_VOID, Z_VOID, 0, 1, 1 },
	{ "void and an integer", Z_VOID, Z_I32, 0, 0, 0 },
	{ "anonymous members of the same kind", Z_ARENA, Z_ARENA, 1, 1, 1 },
	{ "anonymous members of other kinds", Z_ARENA, Z_ARENA_SWAP, 1, 1, 0 },
};

static const struct pair *now;

static void add_holder(struct bemu_btf_enc *enc, uint32_t type_id)
{
	zoo(enc);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "holder", 64);
	bemu_btf_enc_member(enc, "m", type_id, 0, 0);
}

static void add_local_holder(struct bemu_btf_enc *enc)
{
	add_holder(enc, now->local);
}

static void add_targ_holder(struct bemu_btf_enc *enc)
{
	add_holder(enc, now->targ);
}

static void run_pair(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	now = *state;
	world_init(&w, add_local_holder, add_targ_holder, Z_END, BEMU_CORE_FIELD_EXISTS, "0:0");
	assert_int_equal(bemu_core_types_compat(w.env, w.object, now->local, w.kernel, now->targ),
			 now->compat);
	assert_int_equal(bemu_core_types_match(w.env, w.object, now->local, w.kernel, now->targ),
			 now->match);
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), 0);
	assert_int_equal(res.new_val, now->fields);
	assert_int_equal(w.rec.tried[0].why,
			 now->fields ? BEMU_CORE_MATCHED : BEMU_CORE_BAD_MEMBER_KIND);
	assert_true(strlen(w.rec.tried[0].text) > 3);
	world_fini(&w);
}

/* struct l0 { struct l1 m; }, struct l1 { struct l2 m; } ... 40 levels, then int; pointers likewise */
enum { DEEP = 40 };

static void deep_structs(struct bemu_btf_enc *enc)
{
	uint32_t i;
	char name[16];

	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	for (i = 0; i < DEEP; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, name, 4);
		bemu_btf_enc_member(enc, "m", i + 1 < DEEP ? i + 3 : 1, 0, 0);
	}
	for (i = 0; i < DEEP; i++)
		bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, i ? DEEP + 1 + i : 1);
	for (i = 0; i < DEEP; i++) {
		bemu_btf_enc_func_proto(enc, 0);
		bemu_btf_enc_param(enc, "n", i ? 2 * DEEP + 1 + i : 1);
	}
}

static uint32_t struct_of_depth(uint32_t levels)
{
	return DEEP + 2 - levels;
}

static uint32_t ptr_of_depth(uint32_t levels)
{
	return DEEP + 1 + levels;
}

static uint32_t proto_of_depth(uint32_t levels)
{
	return 2 * DEEP + 1 + levels;
}

static void types_nest_32_levels_deep(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_btf *b = sample_parse(env, NULL, deep_structs, false);

	(void)state;
	/* the int is a level of its own */
	assert_int_equal(bemu_core_types_match(env, b, struct_of_depth(31), b, struct_of_depth(31)),
			 1);
	assert_int_equal(bemu_core_types_match(env, b, struct_of_depth(32), b, struct_of_depth(32)),
			 -EINVAL);
	assert_int_equal(last_reason(env), BEMU_R_CORE_DEPTH);
	assert_int_equal(bemu_core_types_match(env, b, ptr_of_depth(31), b, ptr_of_depth(31)), 1);
	assert_int_equal(bemu_core_types_match(env, b, ptr_of_depth(32), b, ptr_of_depth(32)),
			 -EINVAL);
	assert_int_equal(bemu_core_types_compat(env, b, ptr_of_depth(31), b, ptr_of_depth(31)), 1);
	assert_int_equal(bemu_core_types_compat(env, b, ptr_of_depth(32), b, ptr_of_depth(32)),
			 -EINVAL);
	assert_int_equal(bemu_core_types_compat(env, b, proto_of_depth(32), b, proto_of_depth(32)),
			 1);
	assert_int_equal(bemu_core_types_compat(env, b, proto_of_depth(33), b, proto_of_depth(33)),
			 -EINVAL);
	assert_int_equal(last_reason(env), BEMU_R_CORE_DEPTH);
	bemu_btf_put(b);
	bemu_env_free(env);
}

static void the_kernel_compares_two_levels_only(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, deep_structs, deep_structs, struct_of_depth(1), BEMU_CORE_TYPE_MATCHES, "0");
	assert_int_equal(world_calc(&w, BEMU_CORE_KERNEL_6_18, &res), 0);
	assert_int_equal(res.new_val, 1);
	world_fini(&w);
	world_init(&w, deep_structs, deep_structs, struct_of_depth(2), BEMU_CORE_TYPE_MATCHES, "0");
	assert_int_equal(world_calc(&w, BEMU_CORE_KERNEL_6_18, &res), -EINVAL);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_DEPTH);
	world_fini(&w);
	world_init(&w, deep_structs, deep_structs, struct_of_depth(2), BEMU_CORE_TYPE_MATCHES, "0");
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), 0);
	assert_int_equal(res.new_val, 1);
	world_fini(&w);
}

/* Candidates: kinds as named, ENUM and ENUM64 one kind in libbpf, two in the kernel. */
static void the_kernel_tells_enum_from_enum64(void **state)
{
	struct relo_world w;

	(void)state;
	world_init(&w, zoo, zoo, Z_E, BEMU_CORE_TYPE_EXISTS, "0");
	assert_int_equal(
		bemu_core_add_cands(w.env, w.object, Z_E, w.kernel, "vmlinux", 1, &w.cands), 0);
	assert_int_equal(w.cands.nr, 4);
	assert_int_equal(w.cands.arr[0].type_id, Z_E);
	assert_int_equal(w.cands.arr[1].type_id, Z_E_FLAV);
	assert_int_equal(w.cands.arr[2].type_id, Z_E_BYTE);
	assert_int_equal(w.cands.arr[3].type_id, Z_E64);
	assert_int_equal(w.cands.arr[3].btf_id, 1);
	w.cands.nr = 0;
	assert_int_equal(bemu_core_add_cands_kernel(w.env, w.object, Z_E, w.kernel, "vmlinux", 1,
						    &w.cands),
			 0);
	assert_int_equal(w.cands.nr, 3);
	w.cands.nr = 0;
	assert_int_equal(bemu_core_add_cands(w.env, w.object, Z_FWD_S_FLAV, w.kernel, "vmlinux", 1,
					     &w.cands),
			 0);
	assert_int_equal(w.cands.nr, 3); /* of structs and unions alike */
	w.cands.nr = 0;
	assert_int_equal(
		bemu_core_add_cands(w.env, w.object, Z_TD_S, w.kernel, "vmlinux", 1, &w.cands), 0);
	assert_int_equal(w.cands.nr, 1);
	assert_int_equal(w.cands.arr[0].type_id, Z_TD_S);
	world_fini(&w);
}

int main(void)
{
	static struct CMUnitTest tests[128] = {
		cmocka_unit_test(types_nest_32_levels_deep),
		cmocka_unit_test(the_kernel_compares_two_levels_only),
		cmocka_unit_test(the_kernel_tells_enum_from_enum64),
	};
	size_t nr_tests = 3;

	RUN_ROWS(pairs, run_pair);
	return _cmocka_run_group_tests("relo_rules", tests, nr_tests, NULL, NULL);
}
