// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * A CO-RE record's value from the target's layout alone: the path of names that the access string spells in
 * the local type is walked in the target, through members without a name. Only what has one candidate and
 * equal kinds on both sides is judged; bitfields and comparisons in depth are not.
 */
#include <string.h>

#include "audit/claims.h"

enum { MAX_PATH = 32, MAX_NEST = 16, MAX_CANDS = 1 };

/** struct part - a step of a path: a member by name, or an element by number */
struct part {
	const char *name; /* NULL: element @idx */
	uint32_t idx;
};

struct path {
	uint32_t nr;
	struct part parts[MAX_PATH];
	uint32_t leaf; /* type at the end, in the local BTF */
	bool bitfield;
};

/** struct spot - where a path ends in the target */
struct spot {
	uint64_t bit_off;
	uint32_t leaf;
	bool bitfield;
};

static const struct btf_type *plain(const struct bemu_btf *btf, uint32_t id, uint32_t *out)
{
	return bemu_btf_skip_mods(btf, id, true, out);
}

static bool same_kind(const struct btf_type *a, const struct btf_type *b)
{
	return bemu_btf_kind(a) == bemu_btf_kind(b) ||
	       (bemu_btf_is_any_enum(a) && bemu_btf_is_any_enum(b));
}

/* "12" at *pos, not more than 6 digits; the colon behind it is passed. */
static bool next_number(const char **pos, uint32_t *out)
{
	const char *s = *pos;

	for (*out = 0; *s >= '0' && *s <= '9' && s - *pos < 6; s++)
		*out = *out * 10 + (uint32_t)(*s - '0');
	if (s == *pos || (*s && *s != ':'))
		return false;
	*pos = *s ? s + 1 : s;
	return true;
}

/* The access string in the local type; false where it is none that is judged. */
static bool spell(const struct bemu_btf *btf, uint32_t id, const char *access, struct path *out)
{
	const struct btf_type *t;
	uint32_t idx;

	memset(out, 0, sizeof(*out));
	if (!next_number(&access, &idx) || idx)
		return false;
	out->leaf = id;
	while (*access) {
		t = plain(btf, out->leaf, &id);
		if (!t || out->nr == MAX_PATH || !next_number(&access, &idx))
			return false;
		if (bemu_btf_is_composite(t) && idx < bemu_btf_vlen(t)) {
			const struct btf_member *m = &bemu_btf_members(t)[idx];
			const char *name = bemu_btf_str(btf, m->name_off);

			if (name && *name)
				out->parts[out->nr++].name = name;
			out->leaf = m->type;
			out->bitfield = bemu_btf_member_bitfield_size(t, idx) != 0;
		} else if (bemu_btf_kind(t) == BTF_KIND_ARRAY && idx < bemu_btf_array(t)->nelems) {
			out->parts[out->nr++].idx = idx;
			out->leaf = bemu_btf_array(t)->type;
		} else {
			return false;
		}
	}
	return true;
}

/* A member of that name in @id or its members without one; *nr counts how many there are. */
static void find_member(const struct bemu_btf *btf, uint32_t id, const char *name, uint64_t bit_off,
			uint32_t depth, uint32_t *nr, struct spot *out)
{
	const struct btf_type *t = plain(btf, id, &id);
	uint32_t i;

	if (!t || !bemu_btf_is_composite(t) || depth == MAX_NEST)
		return;
	for (i = 0; i < bemu_btf_vlen(t) && *nr < 2; i++) {
		const struct btf_member *m = &bemu_btf_members(t)[i];
		const char *have = bemu_btf_str(btf, m->name_off);
		uint64_t off = bit_off + bemu_btf_member_bit_off(t, i);

		if (!have || !*have) {
			find_member(btf, m->type, name, off, depth + 1, nr, out);
		} else if (!strcmp(have, name)) {
			++*nr;
			out->bit_off = off;
			out->leaf = m->type;
			out->bitfield = bemu_btf_member_bitfield_size(t, i) != 0;
		}
	}
}

static enum bemu_core_truth walk(const struct bemu_btf *btf, uint32_t id, const struct path *path,
				 struct spot *out)
{
	uint32_t i;

	*out = (struct spot){ .leaf = id };
	for (i = 0; i < path->nr; i++) {
		const struct part *part = &path->parts[i];
		const struct btf_type *t = plain(btf, out->leaf, &id);
		uint32_t nr = 0;
		int64_t size;

		if (!t)
			return BEMU_TRUTH_UNKNOWN;
		if (part->name) {
			if (!bemu_btf_is_composite(t))
				return BEMU_TRUTH_UNKNOWN;
			find_member(btf, id, part->name, out->bit_off, 0, &nr, out);
			if (nr != 1)
				return nr ? BEMU_TRUTH_UNKNOWN : BEMU_TRUTH_ABSENT;
			continue;
		}
		if (bemu_btf_kind(t) != BTF_KIND_ARRAY || part->idx >= bemu_btf_array(t)->nelems ||
		    bemu_btf_resolve_size(btf, bemu_btf_array(t)->type, &size))
			return BEMU_TRUTH_UNKNOWN;
		out->leaf = bemu_btf_array(t)->type;
		out->bit_off += 8 * (uint64_t)size * part->idx;
	}
	return BEMU_TRUTH_VALUE;
}

/* Bytes of a scalar, or of the innermost element of arrays of them; 0 for others. */
static uint32_t scalar_size(const struct bemu_btf *btf, uint32_t id)
{
	const struct btf_type *t = plain(btf, id, &id);
	uint32_t depth;
	int64_t size;

	for (depth = 0; t && bemu_btf_kind(t) == BTF_KIND_ARRAY && depth < MAX_NEST; depth++)
		t = plain(btf, bemu_btf_array(t)->type, &id);
	if (!t || (bemu_btf_kind(t) != BTF_KIND_INT && bemu_btf_kind(t) != BTF_KIND_PTR &&
		   !bemu_btf_is_any_enum(t)))
		return 0;
	return bemu_btf_resolve_size(btf, id, &size) || size > 8 ? 0 : (uint32_t)size;
}

/* Kinds on both sides to the end of arrays; what is told apart in depth is unknown. */
static bool comparable(const struct bemu_btf *local, uint32_t local_id, const struct bemu_btf *targ,
		       uint32_t targ_id)
{
	const struct btf_type *a = plain(local, local_id, &local_id),
			      *b = plain(targ, targ_id, &targ_id);
	uint32_t depth;

	for (depth = 0; a && b && depth < MAX_NEST; depth++) {
		if (bemu_btf_kind(a) != BTF_KIND_ARRAY || bemu_btf_kind(b) != BTF_KIND_ARRAY)
			break;
		a = plain(local, bemu_btf_array(a)->type, &local_id);
		b = plain(targ, bemu_btf_array(b)->type, &targ_id);
	}
	if (!a || !b || !same_kind(a, b))
		return false;
	switch (bemu_btf_kind(a)) {
	case BTF_KIND_INT:
	case BTF_KIND_PTR:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return true;
	default: /* names of enums count */
		return false;
	}
}

static enum bemu_core_truth field(const struct bemu_claims *c, const struct bemu_claim *claim,
				  const struct bemu_btf *targ, uint32_t targ_id, uint64_t *value,
				  uint32_t *size)
{
	const struct btf_type *t;
	enum bemu_core_truth truth;
	struct path path;
	struct spot spot;
	int64_t bytes;

	if (!spell(c->local, claim->type_id, claim->name, &path) || !path.nr)
		return BEMU_TRUTH_UNKNOWN;
	truth = walk(targ, targ_id, &path, &spot);
	*value = 0;
	if (truth != BEMU_TRUTH_VALUE)
		return truth;
	if (!comparable(c->local, path.leaf, targ, spot.leaf))
		return BEMU_TRUTH_UNKNOWN;
	switch (claim->core) {
	case BPF_CORE_FIELD_EXISTS:
		*value = 1;
		return BEMU_TRUTH_VALUE;
	case BPF_CORE_FIELD_SIGNED:
		t = plain(targ, spot.leaf, &spot.leaf);
		*value = bemu_btf_kind(t) == BTF_KIND_INT &&
			 BTF_INT_ENCODING(bemu_btf_int_data(t)) & BTF_INT_SIGNED;
		return path.parts[path.nr - 1].name ? BEMU_TRUTH_VALUE : BEMU_TRUTH_UNKNOWN;
	case BPF_CORE_FIELD_BYTE_OFFSET:
	case BPF_CORE_FIELD_BYTE_SIZE:
		if (path.bitfield || spot.bitfield)
			return BEMU_TRUTH_UNKNOWN;
		if (bemu_btf_resolve_size(targ, spot.leaf, &bytes))
			return BEMU_TRUTH_UNKNOWN;
		*value = claim->core == BPF_CORE_FIELD_BYTE_SIZE ? (uint64_t)bytes
								 : spot.bit_off / 8;
		*size = scalar_size(targ, spot.leaf);
		return BEMU_TRUTH_VALUE;
	default:
		return BEMU_TRUTH_UNKNOWN;
	}
}

static enum bemu_core_truth type(const struct bemu_claims *c, const struct bemu_claim *claim,
				 const struct bemu_btf *targ, uint32_t targ_id, uint64_t *value)
{
	uint32_t id;
	const struct btf_type *a = plain(c->local, claim->type_id, &id),
			      *b = plain(targ, targ_id, &targ_id);
	int64_t bytes;

	*value = 0;
	if (!a || !b)
		return BEMU_TRUTH_UNKNOWN;
	if (!same_kind(a, b))
		return BEMU_TRUTH_VALUE;
	if (bemu_btf_kind(a) != BTF_KIND_INT && !bemu_btf_is_composite(a))
		return BEMU_TRUTH_UNKNOWN;
	if (bemu_btf_resolve_size(targ, targ_id, &bytes))
		return BEMU_TRUTH_UNKNOWN;
	*value = claim->core == BPF_CORE_TYPE_SIZE ? (uint64_t)bytes : 1;
	return BEMU_TRUTH_VALUE;
}

/*
 * Is a number with bit 31, of an enum that is not said to be signed, negative? Compilers did not always say.
 * What the file has for the local one tells, when that has bit 31 as well.
 */
static bool sign_is_known(const struct btf_type *t, uint32_t idx, const struct bemu_claim *claim)
{
	const struct bpf_insn *word = claim->before;

	if (bemu_btf_kind(t) == BTF_KIND_ENUM64 || bemu_btf_kflag(t) ||
	    bemu_btf_enums(t)[idx].val >= 0 || word->code != (BPF_LD | BPF_IMM | BPF_DW))
		return true; /* of 32 bits, others have no sign */
	return word[0].imm < 0 && !word[1].imm;
}

static uint64_t enumerator(const struct btf_type *t, uint32_t idx)
{
	const struct btf_enum64 *wide = &bemu_btf_enums64(t)[idx];
	int32_t narrow;

	if (bemu_btf_kind(t) == BTF_KIND_ENUM64)
		return (uint64_t)wide->val_hi32 << 32 | wide->val_lo32;
	narrow = bemu_btf_enums(t)[idx].val;
	return bemu_btf_kflag(t) ? (uint64_t)(int64_t)narrow : (uint32_t)narrow;
}

static const char *enumerator_name(const struct bemu_btf *btf, const struct btf_type *t,
				   uint32_t idx)
{
	return bemu_btf_str(btf, bemu_btf_kind(t) == BTF_KIND_ENUM64
					 ? bemu_btf_enums64(t)[idx].name_off
					 : bemu_btf_enums(t)[idx].name_off);
}

static enum bemu_core_truth enumval(const struct bemu_claims *c, const struct bemu_claim *claim,
				    const struct bemu_btf *targ, uint32_t targ_id, uint64_t *value)
{
	const struct btf_type *a = bemu_btf_type(c->local, claim->type_id),
			      *b = bemu_btf_type(targ, targ_id);
	const char *access = claim->name, *want, *have;
	uint32_t idx, i;
	size_t len;

	if (!bemu_btf_is_any_enum(a) || !bemu_btf_is_any_enum(b) || !next_number(&access, &idx) ||
	    *access || idx >= bemu_btf_vlen(a))
		return BEMU_TRUTH_UNKNOWN;
	want = enumerator_name(c->local, a, idx);
	if (!want)
		return BEMU_TRUTH_UNKNOWN;
	len = bemu_btf_essential_len(want);
	for (i = 0; i < bemu_btf_vlen(b); i++) {
		have = enumerator_name(targ, b, i);
		if (!have || bemu_btf_essential_len(have) != len || memcmp(have, want, len))
			continue;
		if (claim->core == BPF_CORE_ENUMVAL_VALUE && !sign_is_known(b, i, claim))
			return BEMU_TRUTH_UNKNOWN;
		*value = claim->core == BPF_CORE_ENUMVAL_EXISTS ? 1 : enumerator(b, i);
		return BEMU_TRUTH_VALUE;
	}
	*value = 0;
	return BEMU_TRUTH_ABSENT;
}

/* The only type of that name and kind: in vmlinux, else in the modules. How many there are. */
static uint32_t find_target(const struct bemu_claims *c, uint32_t local_id,
			    const struct bemu_btf **btf, uint32_t *id)
{
	const struct btf_type *t = bemu_btf_type(c->local, local_id);
	const char *name = bemu_btf_name(c->local, local_id);
	uint32_t nr = 0, i, found;

	if (!t || !name || !*name)
		return 0;
	for (i = 0; i < c->nr_targets && !(i == 1 && nr); i++) {
		struct bemu_btf_essential_iter it;

		bemu_btf_essential_begin(&it, c->targets[i], name, bemu_btf_essential_len(name),
					 bemu_btf_kind(t));
		while ((found = bemu_btf_essential_next(&it)) && nr <= MAX_CANDS) {
			nr++;
			*btf = c->targets[i];
			*id = found;
		}
	}
	return nr;
}

enum bemu_core_truth bemu_core_truth_of(const struct bemu_claims *claims,
					const struct bemu_claim *claim, uint64_t *value,
					uint32_t *size)
{
	const struct bemu_btf *targ = NULL;
	uint32_t id = 0, nr;

	*size = 0;
	nr = find_target(claims, claim->type_id, &targ, &id);
	if (nr != 1)
		return BEMU_TRUTH_UNKNOWN;
	if (claim->core <= BPF_CORE_FIELD_RSHIFT_U64)
		return field(claims, claim, targ, id, value, size);
	if (claim->core == BPF_CORE_TYPE_EXISTS || claim->core == BPF_CORE_TYPE_SIZE)
		return type(claims, claim, targ, id, value);
	if (claim->core == BPF_CORE_ENUMVAL_EXISTS || claim->core == BPF_CORE_ENUMVAL_VALUE)
		return enumval(claims, claim, targ, id, value);
	return BEMU_TRUTH_UNKNOWN;
}
