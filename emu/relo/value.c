// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What a spec amounts to, on either side. A bitfield is read with the smallest aligned word that holds
 * it, then shifted left and right:
 *
 *   u32 a:3, at bit 9           byte_off 0, byte_sz 4
 *   .... .... .... .... .... aaa. .... ....      lshift 64 - (9 + 3) = 52, rshift 64 - 3 = 61
 */
#include "relo/private.h"

#include <errno.h>
#include <string.h>

/* Bytes of a load of type @id: of the innermost element of an array, where the rules say so. */
static int access_size(struct bemu_core_job *job, const struct bemu_core_spec *spec, uint32_t id,
		       uint32_t *out)
{
	uint32_t left = bemu_btf_nr_types(spec->btf);
	const struct btf_type *t;
	int64_t size;

	/* Commit d7a4ab15 of libbpf, in 1.6 and Linux 6.15. */
	if (!bemu_core_quirk(job, BEMU_QUIRK_CORE_ARRAY_WIDTH)) {
		while ((t = bemu_core_skip(job, spec->btf, id, &id)) &&
		       bemu_btf_kind(t) == BTF_KIND_ARRAY && left--)
			id = bemu_btf_array(t)->type;
		if (!t || bemu_btf_kind(t) == BTF_KIND_ARRAY)
			return bemu_core_chain(job, id);
	}
	size = bemu_core_size(job, spec->btf, id);
	if (size < 0)
		return -EINVAL;
	*out = bemu_wrap_u32((uint64_t)size);
	return 0;
}

static int elem_value(struct bemu_core_job *job, const struct bemu_core_spec *spec,
		      uint32_t type_id, struct bemu_core_value *out)
{
	int64_t size;

	if (spec->kind == BEMU_CORE_FIELD_BYTE_OFFSET) {
		out->val = spec->bit_off / 8;
		out->type_id = type_id;
		return access_size(job, spec, type_id, &out->size);
	}
	if (spec->kind == BEMU_CORE_FIELD_BYTE_SIZE) {
		size = bemu_core_size(job, spec->btf, type_id);
		if (size < 0)
			return -EINVAL;
		out->val = (uint64_t)size;
		return 0;
	}
	bemu_core_say(job->lines, "prog '%s': relo %u at insn #%u can't be applied to array access",
		      job->prog, spec->kind, job->off_idx);
	return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_ARRAY_ASPECT, job->pos,
			 "%s: insn %u: %s of an array element", job->prog, job->pos,
			 bemu_core_kind_name(spec->kind));
}

/* The word behind a type that is no INT, as far as the BTF that holds the type has one. */
static uint32_t word_behind(const struct bemu_btf *btf, const struct btf_type *t)
{
	uint32_t word = 0;

	for (; btf; btf = bemu_btf_base(btf)) {
		size_t len, off;
		const char *raw = bemu_btf_raw(btf, &len);

		off = (uintptr_t)(t + 1) - (uintptr_t)raw;
		if ((uintptr_t)t < (uintptr_t)raw || off > len)
			continue;
		if (len - off >= sizeof(word))
			memcpy(&word, raw + off, sizeof(word));
		return word;
	}
	return 0;
}

static bool is_signed(const struct bemu_core_job *job, const struct bemu_btf *btf,
		      const struct btf_type *t)
{
	if (bemu_btf_is_any_enum(t) && bemu_btf_kflag(t))
		return true;
	if (bemu_btf_kind(t) == BTF_KIND_INT)
		return BTF_INT_ENCODING(bemu_btf_int_data(t)) & BTF_INT_SIGNED;
	/* Commit b4c8def4 of libbpf, in 1.3 and Linux 6.6, asks for an INT first. */
	return bemu_core_quirk(job, BEMU_QUIRK_CORE_SIGN_OF_NONINT) &&
	       (BTF_INT_ENCODING(word_behind(btf, t)) & BTF_INT_SIGNED);
}

/* Smallest aligned word of at most 8 bytes around the bitfield. All in u32, which wraps. */
static int bitfield_word(struct bemu_core_job *job, uint32_t kind, const struct btf_type *t,
			 uint32_t bit_off, uint32_t bit_sz, uint32_t *byte_off, uint32_t *byte_sz)
{
	uint32_t off, size = t->size;

	/* Differs: bpf_core_calc_field_relo() divides by zero. */
	if (!size)
		return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_BITFIELD_SIZE, job->pos,
				 "%s: insn %u: bitfield of %s, a type without size", job->prog,
				 job->pos, bemu_btf_kind_name(bemu_btf_kind(t)));
	off = bit_off / 8 / size * size;
	while (bit_off + bit_sz - off * 8 > size * 8) {
		if (size >= 8) {
			bemu_core_say(
				job->lines,
				"prog '%s': relo %u at insn #%u can't be satisfied for bitfield",
				job->prog, kind, job->off_idx);
			return bemu_fail(job->env, -E2BIG, BEMU_R_CORE_BITFIELD_WIDE, job->pos,
					 "%s: insn %u: no word of 8 bytes holds %u bits at bit %u",
					 job->prog, job->pos, bit_sz, bit_off);
		}
		size *= 2;
		off = bit_off / 8 / size * size;
	}
	*byte_off = off;
	*byte_sz = size;
	return 0;
}

/* Arithmetic is in u32 as in the mirrored code: fields of more than 8 bytes give shifts near 2^32. */
static uint32_t left_shift(uint32_t bit_off, uint32_t bit_sz, uint32_t byte_off, uint32_t byte_sz)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	(void)byte_sz;
	return 64 - (bit_off + bit_sz - byte_off * 8);
#else
	(void)bit_sz;
	return (8 - byte_sz) * 8 + (bit_off - byte_off * 8);
#endif
}

/* Mirrors bpf_core_calc_field_relo(), tools/lib/bpf/relo_core.c, libbpf 1.7. */
static int field_value(struct bemu_core_job *job, const struct bemu_core_spec *spec,
		       struct bemu_core_value *out)
{
	const struct bemu_core_accessor *acc = &spec->acc[spec->nr_acc - 1];
	const struct btf_type *t = bemu_btf_type(spec->btf, acc->type_id), *mt;
	uint32_t byte_off = 0, byte_sz = 0, bit_sz, id;
	bool bitfield;
	int64_t size;
	int err;

	if (spec->kind == BEMU_CORE_FIELD_EXISTS) {
		out->val = 1;
		return 0;
	}
	if (!acc->name)
		return elem_value(job, spec, acc->type_id, out);
	mt = bemu_core_skip(job, spec->btf, bemu_btf_members(t)[acc->idx].type, &id);
	if (!mt)
		return bemu_core_chain(job, bemu_btf_members(t)[acc->idx].type);
	bit_sz = bemu_btf_member_bitfield_size(t, acc->idx);
	bitfield = bit_sz;
	if (bitfield) {
		err = bitfield_word(job, spec->kind, mt, spec->bit_off, bit_sz, &byte_off,
				    &byte_sz);
		if (err)
			return err;
	} else {
		size = bemu_core_size(job, spec->btf, id);
		if (size < 0)
			return -EINVAL;
		byte_sz = bemu_wrap_u32((uint64_t)size);
		byte_off = spec->bit_off / 8;
		bit_sz = byte_sz * 8;
	}
	/* compilers and the library may choose different words for a bitfield: not compared */
	out->validate = !bitfield;
	switch (spec->kind) {
	case BEMU_CORE_FIELD_BYTE_OFFSET:
		out->val = byte_off;
		if (bitfield)
			return 0;
		out->type_id = id;
		out->size = byte_sz;
		return bemu_btf_kind(mt) == BTF_KIND_ARRAY ? access_size(job, spec, id, &out->size)
							   : 0;
	case BEMU_CORE_FIELD_BYTE_SIZE:
		out->val = byte_sz;
		return 0;
	case BEMU_CORE_FIELD_SIGNED:
		out->val = is_signed(job, spec->btf, mt);
		out->validate = true;
		return 0;
	case BEMU_CORE_FIELD_LSHIFT_U64:
		out->val = left_shift(spec->bit_off, bit_sz, byte_off, byte_sz);
		return 0;
	default: /* BEMU_CORE_FIELD_RSHIFT_U64 */
		out->val = 64 - bit_sz;
		out->validate = true;
		return 0;
	}
}

static int type_value(struct bemu_core_job *job, const struct bemu_core_spec *spec,
		      struct bemu_core_value *out)
{
	int64_t size;

	switch (spec->kind) {
	case BEMU_CORE_TYPE_ID_TARGET:
		out->val = spec->root_type_id;
		out->validate = false; /* linkers renumber types */
		return 0;
	case BEMU_CORE_TYPE_SIZE:
		size = bemu_core_size(job, spec->btf, spec->root_type_id);
		if (size < 0)
			return -EINVAL;
		out->val = (uint64_t)size;
		return 0;
	default: /* TYPE_EXISTS, TYPE_MATCHES */
		out->val = 1;
		return 0;
	}
}

static uint64_t enumval_value(const struct bemu_core_spec *spec)
{
	const struct bemu_core_accessor *acc = &spec->acc[0];
	const struct btf_type *t = bemu_btf_type(spec->btf, acc->type_id);

	if (spec->kind == BEMU_CORE_ENUMVAL_EXISTS)
		return 1;
	/* a u32 enumerator is sign-extended too, whatever the sign of its enum */
	if (bemu_btf_kind(t) == BTF_KIND_ENUM)
		return (uint64_t)(int64_t)bemu_btf_enums(t)[acc->idx].val;
	return (uint64_t)bemu_btf_enums64(t)[acc->idx].val_hi32 << 32 |
	       bemu_btf_enums64(t)[acc->idx].val_lo32;
}

int bemu_core_value_of(struct bemu_core_job *job, const struct bemu_core_spec *spec,
		       struct bemu_core_value *out)
{
	*out = (struct bemu_core_value){ .validate = true };
	if (bemu_core_is_field(spec->kind))
		return field_value(job, spec, out);
	if (bemu_core_is_type(spec->kind))
		return type_value(job, spec, out);
	out->val = enumval_value(spec);
	return 0;
}
