/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Members against the structure that they are in. Mirrors the check_member and check_kflag_member
 * operations, kernel/bpf/btf.c, v6.18.
 */
#include "sys/kbtf.h"

/* A member that is no bit field: whole bytes, all of them inside. */
static int check_bytes(struct bemu_kbtf_check *c, const struct btf_type *t,
		       const struct btf_member *m, uint32_t size)
{
	if (m->offset % 8)
		return bemu_kbtf_say_member(c, t, m, "Member is not byte aligned");
	/* the first phase has seen that the offset is not past the end */
	if (t->size - m->offset / 8 < size)
		return bemu_kbtf_say_member(c, t, m, "Member exceeds struct_size");
	return 0;
}

/* @nr_bits at bit @off; the kernel copies them together with the bits before them in their byte. */
static int check_bits(struct bemu_kbtf_check *c, const struct btf_type *t,
		      const struct btf_member *m, uint32_t off, uint32_t nr_bits)
{
	nr_bits += off % 8;
	if (nr_bits > BEMU_K_BITS_PER_U128)
		return bemu_kbtf_say_member(c, t, m, "nr_copy_bits exceeds 128");
	if (t->size < off / 8 || t->size - off / 8 < bemu_kbtf_round_up_bytes(nr_bits))
		return bemu_kbtf_say_member(c, t, m, "Member exceeds struct_size");
	return 0;
}

static int check_int(struct bemu_kbtf_check *c, const struct btf_type *t,
		     const struct btf_member *m, const struct btf_type *mt)
{
	uint32_t data = bemu_btf_int_data(mt), off = m->offset;

	if (UINT32_MAX - off < BTF_INT_OFFSET(data))
		return bemu_kbtf_say_member(c, t, m, "bits_offset exceeds U32_MAX");
	return check_bits(c, t, m, off + BTF_INT_OFFSET(data), BTF_INT_BITS(data));
}

static int check_kflag_int(struct bemu_kbtf_check *c, const struct btf_type *t,
			   const struct btf_member *m, const struct btf_type *mt)
{
	uint32_t off = BTF_MEMBER_BIT_OFFSET(m->offset);
	uint32_t nr_bits = BTF_MEMBER_BITFIELD_SIZE(m->offset);
	uint32_t int_bits = BTF_INT_BITS(bemu_btf_int_data(mt));

	if (!bemu_kbtf_int_is_regular(mt))
		return bemu_kbtf_say_member(c, t, m, "Invalid member base type");
	if (!nr_bits) {
		if (off % 8)
			return bemu_kbtf_say_member(c, t, m, "Invalid member offset");
		nr_bits = int_bits;
	} else if (nr_bits > int_bits) {
		return bemu_kbtf_say_member(c, t, m, "Invalid member bitfield_size");
	}
	return check_bits(c, t, m, off, nr_bits);
}

/* Takes every enumeration for one of 32 bits, those of 8 bytes too. */
static int check_kflag_enum(struct bemu_kbtf_check *c, const struct btf_type *t,
			    const struct btf_member *m)
{
	uint32_t off = BTF_MEMBER_BIT_OFFSET(m->offset);
	uint32_t nr_bits = BTF_MEMBER_BITFIELD_SIZE(m->offset);

	if (!nr_bits) {
		if (off % 8)
			return bemu_kbtf_say_member(c, t, m, "Member is not byte aligned");
		nr_bits = 32;
	} else if (nr_bits > 32) {
		return bemu_kbtf_say_member(c, t, m, "Invalid member bitfield_size");
	}
	if (t->size < bemu_kbtf_round_up_bytes(off + nr_bits))
		return bemu_kbtf_say_member(c, t, m, "Member exceeds struct_size");
	return 0;
}

static int check_float(struct bemu_kbtf_check *c, const struct btf_type *t,
		       const struct btf_member *m, const struct btf_type *mt)
{
	uint32_t align = mt->size < BEMU_K_PTR_SIZE ? mt->size : BEMU_K_PTR_SIZE;

	if (m->offset % (align * 8))
		return bemu_kbtf_say_member(c, t, m, "Member is not properly aligned");
	if ((uint64_t)m->offset / 8 + mt->size > t->size)
		return bemu_kbtf_say_member(c, t, m, "Member exceeds struct_size");
	return 0;
}

/* A member whose type is no modifier. */
static int check_plain(struct bemu_kbtf_check *c, const struct btf_type *t,
		       const struct btf_member *m)
{
	bool kflag = bemu_btf_kflag(t), is_bitfield = kflag && BTF_MEMBER_BITFIELD_SIZE(m->offset);
	uint32_t kind = c->kind[m->type];
	const struct btf_type *mt;

	if (kind == BTF_KIND_PTR && !is_bitfield)
		return check_bytes(c, t, m, BEMU_K_PTR_SIZE);
	mt = bemu_kbtf_type(c, m->type);
	if (kind == BTF_KIND_INT)
		return kflag ? check_kflag_int(c, t, m, mt) : check_int(c, t, m, mt);
	if (kflag && (kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64))
		return check_kflag_enum(c, t, m);
	if (is_bitfield)
		return bemu_kbtf_say_member(c, t, m, "Invalid member bitfield_size");
	if (kind == BTF_KIND_FLOAT)
		return check_float(c, t, m, mt);
	return check_bytes(c, t, m, kind == BTF_KIND_ARRAY ? c->res_size[m->type] : mt->size);
}

int bemu_kbtf_check_member(struct bemu_kbtf_check *c, const struct btf_type *t,
			   const struct btf_member *m)
{
	struct btf_member resolved = *m;

	if (!(bemu_kbtf_kind(c, m->type) & BEMU_KIND_MODIFIER))
		return check_plain(c, t, m);
	/* from here on, the log names the type behind the modifiers */
	if (!bemu_kbtf_size(c, &resolved.type, NULL))
		return bemu_kbtf_say_member(c, t, m, "Invalid member");
	return check_plain(c, t, &resolved);
}
