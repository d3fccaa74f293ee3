/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A BTF with one type of every kind and then some, for the tests of emu/btf. */
#ifndef BEMU_UNIT_BTF_SAMPLE_H
#define BEMU_UNIT_BTF_SAMPLE_H

#include <stdio.h>

#include "helpers.h"

#include "btf/encode.h"

enum sample_id {
	S_INT = 1,
	S_CHAR,
	S_BOOL,
	S_FLOAT,
	S_STRUCT,
	S_PTR,
	S_ARRAY,
	S_UNION,
	S_ENUM,
	S_ENUM64,
	S_FWD,
	S_TYPEDEF,
	S_CONST,
	S_VOLATILE,
	S_RESTRICT,
	S_TAG,
	S_PROTO,
	S_FUNC,
	S_VAR,
	S_DATASEC,
	S_DECL_TAG,
	S_FLAVOUR,
	S_UENUM,
	S_UENUM64,
	S_FN_PTR,
	S_ANON,
	S_HOLDER,
	S_PACKED,
	S_END,
};

static inline void sample_add(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "char", 1, BTF_INT_CHAR);
	bemu_btf_enc_int(enc, "_Bool", 1, BTF_INT_BOOL);
	bemu_btf_enc_float(enc, "double", 8);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "node", 24);
	bemu_btf_enc_member(enc, "next", S_PTR, 0, 0);
	bemu_btf_enc_member(enc, "low", S_INT, 64, 3);
	bemu_btf_enc_member(enc, "high", S_INT, 67, 29);
	bemu_btf_enc_member(enc, "name", S_ARRAY, 96, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, S_STRUCT);
	bemu_btf_enc_array(enc, S_CHAR, S_INT, 12);
	bemu_btf_enc_composite(enc, BTF_KIND_UNION, "either", 8);
	bemu_btf_enc_member(enc, "a", S_INT, 0, 0);
	bemu_btf_enc_member(enc, "d", S_FLOAT, 0, 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "colour", 4, true);
	bemu_btf_enc_enumerator(enc, "RED", -1);
	bemu_btf_enc_enumerator(enc, "BLUE", 7);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, "wide", 8, true);
	bemu_btf_enc_enumerator(enc, "LOWEST", INT64_MIN);
	bemu_btf_enc_enumerator(enc, "MINUS", -2);
	bemu_btf_enc_fwd(enc, "elsewhere", true);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "node_t", S_STRUCT);
	bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, S_TYPEDEF);
	bemu_btf_enc_ref(enc, BTF_KIND_VOLATILE, NULL, S_CONST);
	bemu_btf_enc_ref(enc, BTF_KIND_RESTRICT, NULL, S_PTR);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPE_TAG, "user", S_VOLATILE);
	bemu_btf_enc_func_proto(enc, S_INT);
	bemu_btf_enc_param(enc, "n", S_PTR);
	bemu_btf_enc_param(enc, NULL, 0);
	bemu_btf_enc_func(enc, "walk", BTF_FUNC_GLOBAL, S_PROTO);
	bemu_btf_enc_var(enc, "counter", BTF_VAR_GLOBAL_ALLOCATED, S_INT);
	bemu_btf_enc_datasec(enc, ".data", 4);
	bemu_btf_enc_secinfo(enc, S_VAR, 0, 4);
	bemu_btf_enc_decl_tag(enc, "tagged", S_STRUCT, 1);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "node___old", 4);
	bemu_btf_enc_member(enc, "low", S_INT, 0, 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "node", 1, false);
	bemu_btf_enc_enumerator(enc, "RED", 0xffffffffll);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, NULL, 8, false);
	bemu_btf_enc_enumerator(enc, "HUGE", -1);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, S_PROTO);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, NULL, 16);
	bemu_btf_enc_member(enc, "fn", S_FN_PTR, 0, 0);
	bemu_btf_enc_member(enc, "e", S_UENUM64, 64, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "holder", 64);
	bemu_btf_enc_member(enc, NULL, S_ANON, 0, 0);
	bemu_btf_enc_member(enc, "in", S_TYPEDEF, 192, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "packed", 13);
	bemu_btf_enc_member(enc, "c", S_CHAR, 0, 0);
	bemu_btf_enc_member(enc, "d", S_FLOAT, 8, 0);
	bemu_btf_enc_member(enc, "i", S_INT, 72, 0);
}

static inline int sample_new(struct bemu_env *env, struct bemu_btf_enc **out)
{
	int err = bemu_btf_enc_new(env, NULL, out);

	if (!err)
		sample_add(*out);
	return err;
}

/* A parsed BTF with the types that @add writes. */
static inline struct bemu_btf *sample_parse(struct bemu_env *env, const struct bemu_btf *base,
					    void (*add)(struct bemu_btf_enc *enc), bool swap)
{
	struct bemu_btf_enc *enc = NULL;
	struct bemu_btf *btf = NULL;
	void *bytes = NULL;
	size_t len;
	int err;

	assert_int_equal(bemu_btf_enc_new(env, base, &enc), 0);
	add(enc);
	assert_int_equal(bemu_btf_enc_finish(enc, swap, &bytes, &len), 0);
	err = bemu_btf_parse(env, bytes, len, base, 0, &btf);
	if (err)
		fail_msg("%d: %s", err, bemu_log_last(&env->log)->text);
	bemu_mem_free(env, bytes);
	bemu_btf_enc_free(enc);
	return btf;
}

#endif
