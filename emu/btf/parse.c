// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * BTF bytes to a struct bemu_btf.
 *
 * The types are walked once. The walk notes where each type begins and its name, and keeps only the
 * largest name offset and the largest type id that it met: one comparison each at the end tells
 * whether all were valid. Only when they were not, a second, slow walk finds the first culprit and
 * says what is wrong with it.
 */
#include "btf/private.h"

#include <errno.h>
#include <string.h>

#include <bemu/quirks.h>

#include "base/cursor.h"
#include "base/ints.h"

/* Bytes behind struct btf_type, once and for each of vlen. Mirrors btf_type_size(), btf.c, libbpf. */
struct extra {
	uint8_t known;
	uint8_t once;
	uint8_t each;
};

static const struct extra extras[32] = {
	[BTF_KIND_INT] = { 1, 4, 0 },
	[BTF_KIND_PTR] = { 1, 0, 0 },
	[BTF_KIND_ARRAY] = { 1, sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { 1, 0, sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { 1, 0, sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { 1, 0, sizeof(struct btf_enum) },
	[BTF_KIND_FWD] = { 1, 0, 0 },
	[BTF_KIND_TYPEDEF] = { 1, 0, 0 },
	[BTF_KIND_VOLATILE] = { 1, 0, 0 },
	[BTF_KIND_CONST] = { 1, 0, 0 },
	[BTF_KIND_RESTRICT] = { 1, 0, 0 },
	[BTF_KIND_FUNC] = { 1, 0, 0 },
	[BTF_KIND_FUNC_PROTO] = { 1, 0, sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { 1, sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { 1, 0, sizeof(struct btf_var_secinfo) },
	[BTF_KIND_FLOAT] = { 1, 0, 0 },
	[BTF_KIND_DECL_TAG] = { 1, sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_TYPE_TAG] = { 1, 0, 0 },
	[BTF_KIND_ENUM64] = { 1, 0, sizeof(struct btf_enum64) },
};

/* What the walk hands to the verdict at its end. */
struct walk {
	uint32_t max_name_off;
	uint32_t max_type_id;
	bool check_funcs; /* a FUNC refers to a later type, or to something wrong */
};

static void read_hdr(struct bemu_btf_hdr *hdr, const void *raw, size_t len)
{
	size_t n = len < sizeof(*hdr) ? BEMU_BTF_HDR_LEN : sizeof(*hdr);

	memset(hdr, 0, sizeof(*hdr));
	memcpy(hdr, raw, n);
}

static void swap_hdr(struct bemu_btf_hdr *hdr)
{
	hdr->magic = bemu_swap16(hdr->magic);
	hdr->hdr_len = bemu_swap32(hdr->hdr_len);
	hdr->type_off = bemu_swap32(hdr->type_off);
	hdr->type_len = bemu_swap32(hdr->type_len);
	hdr->str_off = bemu_swap32(hdr->str_off);
	hdr->str_len = bemu_swap32(hdr->str_len);
	hdr->layout_off = bemu_swap32(hdr->layout_off);
	hdr->layout_len = bemu_swap32(hdr->layout_len);
}

/* Those of the parser are in no release that is replayed. */
static bool quirk(const struct bemu_env *env, uint32_t quirk)
{
	return bemu_env_quirk(env, quirk, BEMU_LIBBPF_DEFAULT);
}

/* Mirrors btf_parse_hdr(), tools/lib/bpf/btf.c, libbpf 1.7. Fills the host-order header. */
static int parse_hdr(struct bemu_env *env, const void *raw, size_t len, unsigned int flags,
		     struct bemu_btf_hdr *hdr, bool *swapped)
{
	size_t left;

	if (len < BEMU_BTF_HDR_LEN)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_SHORT, len,
				 "%zu bytes are too few for the %u of a BTF header", len,
				 (unsigned int)BEMU_BTF_HDR_LEN);
	if (len > UINT32_MAX)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_SHORT, len,
				 "%zu bytes are more than BTF can hold (%u)", len, UINT32_MAX);
	read_hdr(hdr, raw, len);
	*swapped = hdr->magic == bemu_swap16(BTF_MAGIC);
	if (*swapped)
		swap_hdr(hdr);
	else if (hdr->magic != BTF_MAGIC)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_MAGIC, hdr->magic,
				 "magic is 0x%04x, not 0x%04x", hdr->magic, BTF_MAGIC);
	if (*swapped && (flags & BEMU_BTF_PARSE_LIBBPF_1_1) && hdr->hdr_len != BEMU_BTF_HDR_LEN)
		return bemu_fail(env, -ENOTSUP, BEMU_R_BTF_HDR_LEN, hdr->hdr_len,
				 "header of %u bytes in the other byte order; only %u is read",
				 hdr->hdr_len, (unsigned int)BEMU_BTF_HDR_LEN);
	if (*swapped && hdr->hdr_len < BEMU_BTF_HDR_LEN)
		return bemu_fail(
			env, -ENOTSUP, BEMU_R_BTF_HDR_LEN, hdr->hdr_len,
			"header of %u bytes in the other byte order; at least %u are needed",
			hdr->hdr_len, (unsigned int)BEMU_BTF_HDR_LEN);
	if (len < hdr->hdr_len) {
		/* only the known part of a header is looked for, and what is behind it is read */
		if (quirk(env, BEMU_QUIRK_BTF_HDRLEN_TRUSTED) &&
		    (uint64_t)hdr->str_off + hdr->str_len <= len - BEMU_BTF_HDR_LEN)
			bemu_guard_ok(&env->guard, BEMU_GUARD_BTF, false,
				      (int64_t)hdr->hdr_len + hdr->str_off, hdr->str_len, len,
				      "strings behind a header of %u bytes", hdr->hdr_len);
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_SHORT, len,
				 "header of %u bytes in %zu bytes of BTF", hdr->hdr_len, len);
	}
	left = len - hdr->hdr_len;
	if (quirk(env, BEMU_QUIRK_BTF_HDR_U32_WRAP) && hdr->str_off + hdr->str_len <= left)
		bemu_guard_ok(&env->guard, BEMU_GUARD_BTF, false, hdr->str_off, hdr->str_len, left,
			      "strings of BTF");
	if (hdr->str_off > left || hdr->str_len > left - hdr->str_off)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_SECTION, hdr->str_off,
				 "strings at %u + %u leave the %zu bytes behind the header",
				 hdr->str_off, hdr->str_len, left);
	if ((hdr->type_off > hdr->str_off || hdr->type_len > hdr->str_off - hdr->type_off) &&
	    !(quirk(env, BEMU_QUIRK_BTF_TYPE_STR_OVERLAP) && hdr->type_off <= left &&
	      hdr->type_len <= left - hdr->type_off))
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_SECTION, hdr->type_off,
				 "types at %u + %u pass the strings at %u", hdr->type_off,
				 hdr->type_len, hdr->str_off);
	if (hdr->type_off % 4)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_ALIGN, hdr->type_off,
				 "types at %u, which is not a multiple of 4", hdr->type_off);
	if (hdr->hdr_len < BEMU_BTF_HDR_LEN_LAYOUT) {
		hdr->layout_off = 0;
		hdr->layout_len = 0;
	}
	if (hdr->layout_off > left || hdr->layout_len > left - hdr->layout_off)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_LAYOUT, hdr->layout_off,
				 "layout table at %u + %u leaves the %zu bytes behind the header",
				 hdr->layout_off, hdr->layout_len, left);
	if (hdr->layout_off % 4 || hdr->layout_len % sizeof(struct bemu_btf_layout))
		return bemu_fail(
			env, -EINVAL, BEMU_R_BTF_LAYOUT, hdr->layout_off,
			"layout table at %u + %u is not made of whole entries of %zu bytes",
			hdr->layout_off, hdr->layout_len, sizeof(struct bemu_btf_layout));
	return 0;
}

/* Mirrors btf_parse_str_sec(), tools/lib/bpf/btf.c, libbpf 1.7. */
static int check_strings(struct bemu_env *env, const char *strs, const struct bemu_btf_hdr *hdr,
			 const struct bemu_btf *base)
{
	uint32_t len = hdr->str_len;

	if (base && !len)
		return 0;
	if (!len)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_STRINGS, hdr->str_off,
				 "no strings at %u, and no base that could have them",
				 hdr->str_off);
	if (len - 1 > 0x7fffffffu)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_STRINGS, hdr->str_off,
				 "%u bytes of strings are more than %u", len, 0x80000000u);
	if (strs[len - 1])
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_STRINGS, hdr->str_off + len - 1,
				 "the last byte of the strings, %u + %u - 1, is 0x%02x, not 0",
				 hdr->str_off, len, (unsigned char)strs[len - 1]);
	if (!base && strs[0])
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_STRINGS, hdr->str_off,
				 "the first byte of the strings, at %u, is 0x%02x, not 0",
				 hdr->str_off, (unsigned char)strs[0]);
	return 0;
}

/* Bytes of a type with its records, or 0 for a kind that nobody describes. */
static inline size_t type_len(const struct bemu_btf *btf, const struct btf_type *t)
{
	uint32_t kind = bemu_btf_kind(t);
	const struct extra *extra = &extras[kind];

	if (__builtin_expect(!extra->known, 0)) {
		const struct bemu_btf_layout *layout = btf->layout;

		if (kind <= BTF_KIND_MAX || kind >= btf->nr_layout || btf->swapped)
			return 0;
		if ((layout[kind].info_len | layout[kind].elem_len) % 4)
			return 0;
		return sizeof(*t) + layout[kind].info_len +
		       (size_t)layout[kind].elem_len * bemu_btf_vlen(t);
	}
	return sizeof(*t) + extra->once + (size_t)extra->each * bemu_btf_vlen(t);
}

static void swap_words(void *p, size_t len)
{
	uint32_t *word = p;
	size_t i;

	for (i = 0; i < len / sizeof(*word); i++)
		word[i] = bemu_swap32(word[i]);
}

/*
 * Types of the other byte order to ours, in place. Stops at a type that the walk will refuse, with
 * its head already swapped, so that the walk sees and reports the same numbers.
 */
static void swap_types(const struct bemu_btf *btf, char *types, size_t len)
{
	size_t pos = 0, n;

	while (len - pos >= sizeof(struct btf_type)) {
		swap_words(types + pos, sizeof(struct btf_type));
		n = type_len(btf, (const struct btf_type *)(const void *)(types + pos));
		if (!n || n > len - pos)
			return;
		swap_words(types + pos + sizeof(struct btf_type), n - sizeof(struct btf_type));
		pos += n;
	}
}

static inline uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Whether a FUNC's type is a prototype; "no" also when it comes later than @nr_known. */
static bool is_known_proto(const struct bemu_btf *btf, uint32_t type_id, uint32_t nr_known)
{
	const struct btf_type *t;

	if (type_id < btf->start_id) {
		t = bemu_btf_type(btf, type_id);
	} else {
		if (type_id - btf->start_id >= nr_known)
			return false;
		t = bemu_btf_own(btf, type_id - btf->start_id);
	}
	return bemu_btf_kind(t) == BTF_KIND_FUNC_PROTO;
}

/* Largest name offset and type id behind one type; its bytes are known to be there. */
static inline void note_refs(const struct bemu_btf *btf, const struct btf_type *t, uint32_t idx,
			     struct walk *w)
{
	uint32_t vlen = bemu_btf_vlen(t), name = w->max_name_off, id = w->max_type_id, i;

	switch (bemu_btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
	case BTF_KIND_TYPE_TAG:
		id = max_u32(id, t->type);
		break;
	case BTF_KIND_ARRAY:
		id = max_u32(id, bemu_btf_array(t)->type);
		id = max_u32(id, bemu_btf_array(t)->index_type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (i = 0; i < vlen; i++) {
			name = max_u32(name, bemu_btf_members(t)[i].name_off);
			id = max_u32(id, bemu_btf_members(t)[i].type);
		}
		break;
	case BTF_KIND_ENUM:
		for (i = 0; i < vlen; i++)
			name = max_u32(name, bemu_btf_enums(t)[i].name_off);
		break;
	case BTF_KIND_ENUM64:
		for (i = 0; i < vlen; i++)
			name = max_u32(name, bemu_btf_enums64(t)[i].name_off);
		break;
	case BTF_KIND_FUNC:
		id = max_u32(id, t->type);
		if (!is_known_proto(btf, t->type, idx))
			w->check_funcs = true;
		break;
	case BTF_KIND_FUNC_PROTO: /* libbpf does not look at what it returns */
		for (i = 0; i < vlen; i++) {
			name = max_u32(name, bemu_btf_params(t)[i].name_off);
			id = max_u32(id, bemu_btf_params(t)[i].type);
		}
		break;
	case BTF_KIND_DATASEC:
		for (i = 0; i < vlen; i++)
			id = max_u32(id, bemu_btf_secinfos(t)[i].type);
		break;
	default:
		break;
	}
	w->max_name_off = max_u32(name, t->name_off);
	w->max_type_id = id;
}

static int grow_types(struct bemu_btf *btf, uint32_t *cap, uint32_t *link_cap, uint32_t limit)
{
	struct bemu_env *env = btf->env;
	uint32_t need = btf->nr_own + 1;
	int err;

	if (need > limit) {
		env->fault = env->fault ? env->fault : -EDQUOT;
		return bemu_fail(env, -EDQUOT, BEMU_R_BTF_TYPE_LIMIT, limit,
				 "type %u is more than the budget of %u types",
				 btf->start_id + btf->nr_own, limit);
	}
	err = bemu_grow(env, &btf->type_off, cap, need, sizeof(*btf->type_off));
	if (!err && btf->link)
		err = bemu_grow(env, &btf->link, link_cap, need, sizeof(*btf->link));
	return err;
}

/* First guess of how many types there are, so that growing is rare: they average 30 bytes. */
static int guess_types(struct bemu_btf *btf, unsigned int flags, uint32_t *cap)
{
	uint32_t n = btf->types_len / 24 + 8;

	btf->type_off = bemu_alloc(btf->env, n * sizeof(*btf->type_off));
	if (!btf->type_off)
		return -ENOMEM;
	if (!(flags & BEMU_BTF_PARSE_NO_INDEX)) {
		btf->link = bemu_alloc(btf->env, n * sizeof(*btf->link));
		if (!btf->link)
			return -ENOMEM;
	}
	*cap = n;
	return 0;
}

/* Mirrors btf_parse_type_sec(), tools/lib/bpf/btf.c, libbpf 1.7. */
static int walk_types(struct bemu_btf *btf, unsigned int flags, struct walk *w)
{
	struct bemu_env *env = btf->env;
	uint32_t len = btf->types_len, pos = 0, cap, link_cap, limit;
	int err;

	limit = env->limits.max_types;
	if (limit > BEMU_BTF_LINK_IDX_MASK)
		limit = BEMU_BTF_LINK_IDX_MASK;
	err = guess_types(btf, flags, &cap);
	if (err)
		return err;
	link_cap = cap;
	if (cap > limit)
		cap = link_cap = limit; /* so that grow_types() looks at the limit */
	while (len - pos >= sizeof(struct btf_type)) {
		const struct btf_type *t = (const void *)(btf->types + pos);
		size_t n = type_len(btf, t);

		if (!n)
			return bemu_fail(
				env, -EINVAL, BEMU_R_BTF_KIND, btf->start_id + btf->nr_own,
				"type %u at byte %u is of kind %u; the last one known is %u",
				btf->start_id + btf->nr_own, pos, bemu_btf_kind(t),
				(unsigned int)BTF_KIND_MAX);
		if (n > len - pos)
			break;
		if (btf->nr_own == cap) {
			err = grow_types(btf, &cap, &link_cap, limit);
			if (err)
				return err;
		}
		btf->type_off[btf->nr_own] = pos;
		if (btf->link)
			btf->link[btf->nr_own] = t->name_off;
		if (!(flags & BEMU_BTF_PARSE_CHECKED))
			note_refs(btf, t, btf->nr_own, w);
		btf->nr_own++;
		pos += (uint32_t)n;
	}
	if (pos != len)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_TYPE_SHORT, btf->start_id + btf->nr_own,
				 "type %u at byte %u does not end within the %u bytes of types",
				 btf->start_id + btf->nr_own, pos, len);
	return 0;
}

static int check_name(const struct bemu_btf *btf, uint32_t id, const char *what, uint32_t name_off)
{
	if (name_off < bemu_btf_end_str_off(btf))
		return 0;
	return bemu_fail(btf->env, -EINVAL, BEMU_R_BTF_NAME_OFF, id,
			 "type %u: %s name offset %u is past the %u bytes of strings", id, what,
			 name_off, bemu_btf_end_str_off(btf));
}

static int check_id(const struct bemu_btf *btf, uint32_t id, const char *what, uint32_t ref)
{
	if (ref < bemu_btf_nr_types(btf))
		return 0;
	return bemu_fail(btf->env, -EINVAL, BEMU_R_BTF_TYPE_ID, id,
			 "type %u: %s type id %u does not exist, the last one is %u", id, what, ref,
			 bemu_btf_nr_types(btf) - 1);
}

static int check_func(const struct bemu_btf *btf, uint32_t id, const struct btf_type *t)
{
	const struct btf_type *proto = bemu_btf_type(btf, t->type);

	if (bemu_btf_kind(proto) == BTF_KIND_FUNC_PROTO)
		return 0;
	return bemu_fail(btf->env, -EINVAL, BEMU_R_BTF_FUNC_PROTO, id,
			 "type %u: FUNC refers to type %u, which is %s and not FUNC_PROTO", id,
			 t->type, bemu_btf_kind_name(bemu_btf_kind(proto)));
}

/* Mirrors btf_validate_type(): the return type of a FUNC_PROTO may be any number. */
static int check_type(const struct bemu_btf *btf, uint32_t id, const struct btf_type *t)
{
	uint32_t vlen = bemu_btf_vlen(t), i;
	int err = check_name(btf, id, "its own", t->name_off);

	switch (bemu_btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
	case BTF_KIND_TYPE_TAG:
		err = err ? err : check_id(btf, id, "referenced", t->type);
		break;
	case BTF_KIND_ARRAY:
		err = err ? err : check_id(btf, id, "element", bemu_btf_array(t)->type);
		err = err ? err : check_id(btf, id, "index", bemu_btf_array(t)->index_type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (i = 0; i < vlen && !err; i++) {
			err = check_name(btf, id, "member", bemu_btf_members(t)[i].name_off);
			err = err ? err : check_id(btf, id, "member", bemu_btf_members(t)[i].type);
		}
		break;
	case BTF_KIND_ENUM:
		for (i = 0; i < vlen && !err; i++)
			err = check_name(btf, id, "enumerator", bemu_btf_enums(t)[i].name_off);
		break;
	case BTF_KIND_ENUM64:
		for (i = 0; i < vlen && !err; i++)
			err = check_name(btf, id, "enumerator", bemu_btf_enums64(t)[i].name_off);
		break;
	case BTF_KIND_FUNC:
		err = err ? err : check_id(btf, id, "prototype", t->type);
		err = err ? err : check_func(btf, id, t);
		break;
	case BTF_KIND_FUNC_PROTO:
		for (i = 0; i < vlen && !err; i++) {
			err = check_name(btf, id, "parameter", bemu_btf_params(t)[i].name_off);
			err = err ? err
				  : check_id(btf, id, "parameter", bemu_btf_params(t)[i].type);
		}
		break;
	case BTF_KIND_DATASEC:
		for (i = 0; i < vlen && !err; i++)
			err = check_id(btf, id, "variable", bemu_btf_secinfos(t)[i].type);
		break;
	default:
		break;
	}
	return err;
}

/* Mirrors btf_sanity_check(), tools/lib/bpf/btf.c, libbpf 1.7. The slow walk of the opening comment. */
static int check_types(const struct bemu_btf *btf, const struct walk *w)
{
	uint32_t i;
	int err;

	if (w->max_name_off < bemu_btf_end_str_off(btf) &&
	    w->max_type_id < bemu_btf_nr_types(btf) && !w->check_funcs)
		return 0;
	for (i = 0; i < btf->nr_own; i++) {
		err = check_type(btf, btf->start_id + i, bemu_btf_own(btf, i));
		if (err)
			return err;
	}
	return 0;
}

/*
 * The bytes that this BTF works on: the caller's, or a copy. A copy is put so that the types are
 * aligned even where the header has an odd length.
 */
static int own_bytes(struct bemu_btf *btf, const void *raw, size_t len, unsigned int flags,
		     const struct bemu_btf_hdr *hdr)
{
	size_t shift = hdr->hdr_len % 4 ? 4 - hdr->hdr_len % 4 : 0;
	struct bemu_btf_hdr native = *hdr;
	char *copy;

	btf->raw_len = len;
	btf->raw = raw;
	if ((flags & (BEMU_BTF_PARSE_BORROW | BEMU_BTF_PARSE_TAKE)) && !btf->swapped &&
	    ((uintptr_t)raw + hdr->hdr_len) % 4 == 0)
		return 0;
	btf->owned = bemu_alloc(btf->env, len + shift);
	if (!btf->owned)
		return -ENOMEM;
	copy = (char *)btf->owned + shift;
	memcpy(copy, raw, len);
	btf->raw = copy;
	if (!btf->swapped)
		return 0;
	memcpy(copy, &native,
	       hdr->hdr_len < BEMU_BTF_HDR_LEN_LAYOUT ? BEMU_BTF_HDR_LEN : BEMU_BTF_HDR_LEN_LAYOUT);
	swap_types(btf, copy + hdr->hdr_len + hdr->type_off, hdr->type_len);
	return 0;
}

int bemu_btf_parse(struct bemu_env *env, const void *raw, size_t len, const struct bemu_btf *base,
		   unsigned int flags, struct bemu_btf **out)
{
	struct bemu_btf *btf = NULL;
	struct bemu_btf_hdr hdr;
	struct walk w = { 0 };
	const char *body;
	bool swapped = false;
	int err;

	err = parse_hdr(env, raw, len, flags, &hdr, &swapped);
	if (err)
		return err;
	btf = bemu_zalloc(env, sizeof(*btf));
	if (!btf)
		return -ENOMEM;
	btf->env = env;
	btf->refs = 1;
	btf->base = base ? bemu_btf_get(base) : NULL;
	btf->start_id = base ? bemu_btf_nr_types(base) : 1;
	btf->start_str_off = base ? bemu_btf_end_str_off(base) : 0;
	btf->swapped = swapped;
	btf->types_len = hdr.type_len;
	btf->str_len = hdr.str_len;
	err = own_bytes(btf, raw, len, flags, &hdr);
	if (err)
		goto out;
	body = (const char *)btf->raw + hdr.hdr_len;
	btf->types = body + hdr.type_off;
	btf->strs = body + hdr.str_off;
	btf->layout = (const void *)(body + hdr.layout_off);
	btf->nr_layout = (uint32_t)(hdr.layout_len / sizeof(*btf->layout));
	err = check_strings(env, btf->strs, &hdr, base);
	if (err)
		goto out;
	if (btf->str_len > UINT32_MAX - btf->start_str_off) {
		err = bemu_fail(env, -EINVAL, BEMU_R_BTF_STRINGS, hdr.str_off,
				"%u bytes of strings over a base with %u are too many",
				btf->str_len, btf->start_str_off);
		goto out;
	}
	err = walk_types(btf, flags, &w);
	if (!err && !(flags & BEMU_BTF_PARSE_LIBBPF_1_1))
		err = check_types(btf, &w);
	if (!err && btf->link)
		err = bemu_btf_index_names(btf);
	if (err)
		goto out;
	if (flags & BEMU_BTF_PARSE_TAKE) {
		void *taken = (void *)(uintptr_t)raw;

		if (btf->owned)
			bemu_mem_free(env, taken); /* a copy had to be made */
		else
			btf->owned = taken;
	}
	*out = btf;
	btf = NULL;
out:
	bemu_btf_put(btf);
	return err;
}

struct bemu_btf *bemu_btf_get(const struct bemu_btf *btf)
{
	/* callers hold const pointers to what they share; only the count changes */
	struct bemu_btf *same = (struct bemu_btf *)(uintptr_t)btf;

	if (same)
		same->refs++;
	return same;
}

void bemu_btf_put(struct bemu_btf *btf)
{
	struct bemu_btf *base;

	for (; btf && --btf->refs == 0; btf = base) {
		struct bemu_env *env = btf->env;

		base = btf->base;
		bemu_mem_free(env, btf->bucket);
		bemu_mem_free(env, btf->link);
		bemu_mem_free(env, btf->type_off);
		bemu_mem_free(env, btf->owned);
		memset(btf, 0, sizeof(*btf));
		bemu_mem_free(env, btf);
	}
}
