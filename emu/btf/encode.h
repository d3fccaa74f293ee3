/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Encoder: types to BTF bytes. Adders return the new id (> 0), or 0 after which the encoder stays
 * failed and bemu_btf_enc_finish() says why; so a test can write types one after the other.
 */
#ifndef BEMU_BTF_ENCODE_H
#define BEMU_BTF_ENCODE_H

#include "btf/btf.h"

struct bemu_btf_enc;

int bemu_btf_enc_new(struct bemu_env *env, const struct bemu_btf *base,
		     struct bemu_btf_enc **out) BEMU_MUST_CHECK;
void bemu_btf_enc_free(struct bemu_btf_enc *enc);
/** bemu_btf_enc_str() - offset of a string, shared with equal ones (also the base's) */
uint32_t bemu_btf_enc_str(struct bemu_btf_enc *enc, const char *s);
uint32_t bemu_btf_enc_int(struct bemu_btf_enc *enc, const char *name, uint32_t size,
			  uint32_t encoding);
uint32_t bemu_btf_enc_float(struct bemu_btf_enc *enc, const char *name, uint32_t size);
/** bemu_btf_enc_ref() - PTR, CONST, VOLATILE, RESTRICT, TYPEDEF, TYPE_TAG to @type_id */
uint32_t bemu_btf_enc_ref(struct bemu_btf_enc *enc, uint32_t kind, const char *name,
			  uint32_t type_id);
uint32_t bemu_btf_enc_fwd(struct bemu_btf_enc *enc, const char *name, bool is_union);
uint32_t bemu_btf_enc_array(struct bemu_btf_enc *enc, uint32_t elem_id, uint32_t index_id,
			    uint32_t nr);
/** composite: start with kind STRUCT or UNION, then members; offsets in bits, bits 0 = no bitfield */
uint32_t bemu_btf_enc_composite(struct bemu_btf_enc *enc, uint32_t kind, const char *name,
				uint32_t size);
void bemu_btf_enc_member(struct bemu_btf_enc *enc, const char *name, uint32_t type_id,
			 uint32_t bit_off, uint32_t bitfield_size);
/** enumeration: kind ENUM or ENUM64, then values */
uint32_t bemu_btf_enc_enum(struct bemu_btf_enc *enc, uint32_t kind, const char *name, uint32_t size,
			   bool is_signed);
void bemu_btf_enc_enumerator(struct bemu_btf_enc *enc, const char *name, int64_t value);
uint32_t bemu_btf_enc_func_proto(struct bemu_btf_enc *enc, uint32_t ret_id);
void bemu_btf_enc_param(struct bemu_btf_enc *enc, const char *name, uint32_t type_id);
uint32_t bemu_btf_enc_func(struct bemu_btf_enc *enc, const char *name, uint32_t linkage,
			   uint32_t proto_id);
uint32_t bemu_btf_enc_var(struct bemu_btf_enc *enc, const char *name, uint32_t linkage,
			  uint32_t type_id);
uint32_t bemu_btf_enc_datasec(struct bemu_btf_enc *enc, const char *name, uint32_t size);
void bemu_btf_enc_secinfo(struct bemu_btf_enc *enc, uint32_t var_id, uint32_t off, uint32_t size);
uint32_t bemu_btf_enc_decl_tag(struct bemu_btf_enc *enc, const char *value, uint32_t type_id,
			       int32_t idx);
/** bemu_btf_enc_type_raw() - any record, unchecked: hostile input for tests; @extra follows the head */
uint32_t bemu_btf_enc_type_raw(struct bemu_btf_enc *enc, const struct btf_type *head,
			       const void *extra, size_t extra_len);
/** bemu_btf_enc_finish() - bytes, freed by the caller with bemu_mem_free(); @swap: other byte order */
int bemu_btf_enc_finish(struct bemu_btf_enc *enc, bool swap, void **out,
			size_t *len) BEMU_MUST_CHECK;

#endif
