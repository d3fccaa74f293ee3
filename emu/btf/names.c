// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The name index: from a kind and an essential name (a name without its "___flavour") to the own
 * types that have both, ids rising. Both kinds of enum are one kind here.
 *
 * Buckets of chains. A link is one word: the number of the next type, counted from 1, and above it
 * six bits of the hash of its essential name and six of its whole name's, so that most types with
 * another name are passed over without a look at them:
 *
 *   bucket[h] --> | ess 6 | whole 6 | idx + 1 | --> link[idx] --> | ... | idx + 1 | --> ... --> 0
 *
 * Chains are built from the last type to the first, which leaves them in rising order. BTF without an
 * index is walked from its first type to its last, as the kernel does it.
 */
#include "btf/private.h"

#include <errno.h>
#include <string.h>

enum {
	LONG_NAME = 128, /* KSYM_NAME_LEN until v6.1 */
	NR_KINDS = 32, /* the field has five bits */
	TAG_WHOLE_BITS = 6,
	TAG_BITS = 32 - BEMU_BTF_LINK_IDX_BITS,
};

#define ONES  0x0101010101010101ull
#define HIGHS 0x8080808080808080ull

static inline uint64_t load_word(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	return w;
}

/* The first @n < 8 bytes, zeroes above. */
static inline uint64_t load_part(const char *p, size_t n)
{
	uint64_t w = 0;
	size_t i;

	for (i = 0; i < n; i++)
		w |= (uint64_t)(unsigned char)p[i] << (8 * i);
	return w;
}

static inline uint64_t mix(uint64_t h, uint64_t w)
{
	h = (h ^ w) * 0x9e3779b97f4a7c15ull;
	return h ^ (h >> 29);
}

static inline uint32_t finish(uint64_t h)
{
	return (uint32_t)((h * 0xff51afd7ed558ccdull) >> 32);
}

/* 0x80 in exactly those bytes that are zero */
static inline uint64_t zero_bytes(uint64_t w)
{
	return ~(((w & ~HIGHS) + ~HIGHS) | w | ~HIGHS);
}

static uint32_t hash_bytes(const char *s, size_t len)
{
	uint64_t h = 0;
	size_t i = 0;

	for (; len - i >= 8; i += 8)
		h = mix(h, load_word(s + i));
	if (len - i)
		h = mix(h, load_part(s + i, len - i));
	return finish(h);
}

size_t bemu_btf_essential_len(const char *name)
{
	size_t len = strlen(name), i;

	/* Mirrors bpf_core_essential_name_len(), tools/lib/bpf/relo_core.c, libbpf 1.7. */
	for (i = len < 5 ? 0 : len - 4; i-- > 0;) {
		if (name[i] != '_' && name[i + 1] == '_' && name[i + 2] == '_' &&
		    name[i + 3] == '_' && name[i + 4] != '_')
			return i + 1;
	}
	return len;
}

/* Three underscores in a row seen when words are read one after the other. */
static inline uint64_t underscore_run(uint64_t w, uint64_t *prev)
{
	uint64_t m = zero_bytes(w ^ (0x5f * ONES));
	uint64_t run = m & ((m << 8) | (*prev >> 56)) & ((m << 16) | (*prev >> 48));

	*prev = m;
	return run;
}

/* Hashes of a name: they are equal unless it has a flavour. */
struct name_hash {
	uint32_t essential;
	uint32_t whole;
};

static struct name_hash hash_bytes_twice(const char *s)
{
	size_t len = strlen(s), essential_len = bemu_btf_essential_len(s);
	struct name_hash hash = { .whole = hash_bytes(s, len) };

	hash.essential = essential_len == len ? hash.whole : hash_bytes(s, essential_len);
	return hash;
}

/*
 * Hashes of a NUL-terminated name, read once and by words while at least 8 bytes are left of the
 * strings. Only names that hold "___" are read again. @pos: how far it was read by words
 */
static inline struct name_hash hash_name(const char *s, size_t left, size_t *pos)
{
	uint64_t h = 0, w, zeroes, run = 0, prev = 0;
	struct name_hash hash;

	for (*pos = 0;; *pos += 8) {
		if (__builtin_expect(left - *pos < 8, 0))
			return hash_bytes_twice(s);
		w = load_word(s + *pos);
		zeroes = (w - ONES) & ~w & HIGHS; /* its lowest bit is exact */
		if (zeroes)
			break;
		run |= underscore_run(w, &prev);
		h = mix(h, w);
	}
	w &= ((zeroes & (~zeroes + 1)) >> 7) - 1; /* only the bytes before the first zero */
	if (w) {
		run |= underscore_run(w, &prev);
		h = mix(h, w);
	}
	hash.essential = hash.whole = finish(h);
	if (__builtin_expect(run != 0, 0))
		hash.essential = hash_bytes(s, bemu_btf_essential_len(s));
	return hash;
}

static inline uint32_t bucket_of(const struct bemu_btf *btf, uint32_t essential, uint32_t kind)
{
	if (kind == BTF_KIND_ENUM64)
		kind = BTF_KIND_ENUM;
	return (essential + kind * 0x9e3779b1u) & ((1u << btf->bucket_bits) - 1);
}

/* The topmost bits of both hashes, which do not choose the bucket. */
static inline uint32_t tag_of(struct name_hash hash)
{
	uint32_t essential = hash.essential >> (32 - (TAG_BITS - TAG_WHOLE_BITS));
	uint32_t whole = hash.whole >> (32 - TAG_WHOLE_BITS);

	return (essential << TAG_WHOLE_BITS | whole) << BEMU_BTF_LINK_IDX_BITS;
}

/*
 * Names may overlap, so that all of them together are much longer than the strings. No kernel takes
 * names that are so long; they are paid for.
 */
static inline int pay_for_long_name(struct bemu_btf *btf, size_t len)
{
	if (__builtin_expect(len < LONG_NAME, 1))
		return 0;
	return bemu_env_step(btf->env, len / 8);
}

int bemu_btf_index_names(struct bemu_btf *btf)
{
	uint32_t *link = btf->link;
	uint32_t i;

	while ((1u << btf->bucket_bits) < btf->nr_own / 2 + 1)
		btf->bucket_bits++;
	btf->bucket = bemu_zalloc(btf->env, sizeof(*btf->bucket) << btf->bucket_bits);
	if (!btf->bucket)
		return -ENOMEM;
	for (i = btf->nr_own; i-- > 0;) {
		uint32_t off = link[i], *bucket;
		struct name_hash hash;
		const char *name;
		size_t len;
		int err;

		link[i] = 0;
		if (off >= btf->start_str_off && off - btf->start_str_off < btf->str_len) {
			off -= btf->start_str_off;
			name = btf->strs + off;
			if (!*name)
				continue;
			hash = hash_name(name, btf->str_len - off, &len);
		} else {
			name = bemu_btf_str(btf, off);
			if (!name || !*name)
				continue;
			hash = hash_bytes_twice(name);
			len = strlen(name);
		}
		err = pay_for_long_name(btf, len);
		if (err)
			return err;
		bucket = &btf->bucket[bucket_of(btf, hash.essential,
						bemu_btf_kind(bemu_btf_own(btf, i)))];
		link[i] = *bucket;
		*bucket = tag_of(hash) | (i + 1);
	}
	return 0;
}

static inline uint32_t first_in_chain(const struct bemu_btf *btf, uint32_t essential, uint32_t kind)
{
	if (!btf->bucket)
		return btf->nr_own ? 1 : 0;
	return btf->bucket[bucket_of(btf, essential, kind)];
}

/* Next own type in a chain whose tag is @tag in the bits of @mask, as idx + 1; 0 at the end. */
static inline uint32_t next_in_chain(const struct bemu_btf *btf, uint32_t *link, uint32_t tag,
				     uint32_t mask)
{
	uint32_t word;

	if (!btf->bucket) {
		word = *link;
		*link = word && word < btf->nr_own ? word + 1 : 0;
		return word;
	}
	while ((word = *link)) {
		*link = btf->link[(word & BEMU_BTF_LINK_IDX_MASK) - 1];
		if (!((word ^ tag) & mask))
			return word & BEMU_BTF_LINK_IDX_MASK;
	}
	return 0;
}

static uint32_t find_own(const struct bemu_btf *btf, const char *name, uint32_t kind,
			 struct name_hash hash)
{
	uint32_t link = first_in_chain(btf, hash.essential, kind), tag = tag_of(hash), n;

	while ((n = next_in_chain(btf, &link, tag, ~(uint32_t)BEMU_BTF_LINK_IDX_MASK))) {
		const struct btf_type *t = bemu_btf_own(btf, n - 1);
		const char *own = bemu_btf_kind(t) == kind ? bemu_btf_str(btf, t->name_off) : NULL;

		if (own && !strcmp(own, name))
			return btf->start_id + n - 1;
	}
	return 0;
}

static uint32_t find_hashed(const struct bemu_btf *btf, const char *name, uint32_t kind,
			    struct name_hash hash, bool own_only)
{
	uint32_t id = 0;

	if (btf->base && !own_only)
		id = find_hashed(btf->base, name, kind, hash, false);
	return id ? id : find_own(btf, name, kind, hash);
}

uint32_t bemu_btf_find(const struct bemu_btf *btf, const char *name, uint32_t kind, bool own_only)
{
	return *name ? find_hashed(btf, name, kind, hash_bytes_twice(name), own_only) : 0;
}

uint32_t bemu_btf_find_any(const struct bemu_btf *btf, const char *name)
{
	struct name_hash hash = hash_bytes_twice(name);
	uint32_t kind, id, first = 0;

	for (kind = 1; *name && kind < NR_KINDS; kind++) {
		id = find_hashed(btf, name, kind, hash, false);
		if (id && (!first || id < first))
			first = id;
	}
	return first;
}

void bemu_btf_essential_begin(struct bemu_btf_essential_iter *it, const struct bemu_btf *btf,
			      const char *name, size_t essential_len, uint32_t kind)
{
	uint32_t hash = hash_bytes(name, essential_len);

	it->btf = btf;
	it->name = name;
	it->len = essential_len;
	it->tag = tag_of((struct name_hash){ hash, hash });
	it->kind = kind == BTF_KIND_ENUM64 ? BTF_KIND_ENUM : kind;
	it->next = essential_len ? first_in_chain(btf, hash, kind) : 0;
}

uint32_t bemu_btf_essential_next(struct bemu_btf_essential_iter *it)
{
	const uint32_t mask = ~(uint32_t)0 << (BEMU_BTF_LINK_IDX_BITS + TAG_WHOLE_BITS);
	const struct bemu_btf *btf = it->btf;
	uint32_t n;

	while ((n = next_in_chain(btf, &it->next, it->tag, mask))) {
		const struct btf_type *t = bemu_btf_own(btf, n - 1);
		const char *name = bemu_btf_str(btf, t->name_off);
		uint32_t kind = bemu_btf_kind(t);

		if (kind != it->kind && !(it->kind == BTF_KIND_ENUM && kind == BTF_KIND_ENUM64))
			continue;
		if (name && !strncmp(name, it->name, it->len) &&
		    bemu_btf_essential_len(name) == it->len)
			return btf->start_id + n - 1;
	}
	return 0;
}
