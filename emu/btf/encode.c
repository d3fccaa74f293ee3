// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Types to BTF bytes. Both sections grow in host order; every field of a type is a word, so the other
 * byte order is one swap of all words at the end.
 */
#include "btf/encode.h"

#include <errno.h>
#include <string.h>

#include "base/ints.h"
#include "btf/private.h"

/**
 * struct bemu_btf_enc - see encode.h
 * @err:      0, or why everything from then on does nothing
 * @open_off: where in @types the last type begins; records may be added to it
 * @slot:     string table by content: offset + 1 of the chain, 0 is free; open addressing
 */
struct bemu_btf_enc {
	struct bemu_env *env;
	struct bemu_btf *base;
	int err;
	uint32_t next_id;
	uint32_t start_str_off;
	size_t open_off;
	struct bemu_buf types;
	struct bemu_buf strs;
	uint32_t *slot;
	uint32_t nr_slots;
	uint32_t nr_strs;
};

static void fail(struct bemu_btf_enc *enc, const char *what, uint64_t a, uint64_t b)
{
	if (!enc->err)
		enc->err = bemu_fail(enc->env, -EINVAL, BEMU_R_BTF_ENCODE, enc->next_id - 1,
				     "type %u: %s (%llu, %llu)", enc->next_id - 1, what,
				     (unsigned long long)a, (unsigned long long)b);
}

static const char *str_at(const struct bemu_btf_enc *enc, uint32_t off)
{
	if (off < enc->start_str_off)
		return bemu_btf_str(enc->base, off);
	return enc->strs.data + (off - enc->start_str_off);
}

static uint32_t hash_str(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h ^ (h >> 15);
}

/* The slot of an equal string, or the free one where it belongs. */
static uint32_t *find_slot(const struct bemu_btf_enc *enc, const char *s)
{
	uint32_t i = hash_str(s) & (enc->nr_slots - 1);

	while (enc->slot[i] && strcmp(str_at(enc, enc->slot[i] - 1), s))
		i = (i + 1) & (enc->nr_slots - 1);
	return &enc->slot[i];
}

static int grow_slots(struct bemu_btf_enc *enc)
{
	uint32_t *old = enc->slot, nr_old = enc->nr_slots, i;
	uint32_t nr = nr_old ? nr_old * 2 : 64;
	uint32_t *slot;

	if (enc->nr_strs < nr_old / 2)
		return 0;
	slot = bemu_zalloc_array(enc->env, nr, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	enc->slot = slot;
	enc->nr_slots = nr;
	for (i = 0; i < nr_old; i++)
		if (old[i])
			*find_slot(enc, str_at(enc, old[i] - 1)) = old[i];
	bemu_mem_free(enc->env, old);
	return 0;
}

static int remember_str(struct bemu_btf_enc *enc, uint32_t off)
{
	uint32_t *slot;
	int err = grow_slots(enc);

	if (err)
		return err;
	slot = find_slot(enc, str_at(enc, off));
	if (!*slot) {
		*slot = off + 1;
		enc->nr_strs++;
	}
	return 0;
}

static int remember_base(struct bemu_btf_enc *enc, const struct bemu_btf *base)
{
	uint32_t off = bemu_btf_start_str_off(base), end = bemu_btf_end_str_off(base);
	int err;

	if (bemu_btf_base(base)) {
		err = remember_base(enc, bemu_btf_base(base));
		if (err)
			return err;
	}
	while (off < end) {
		err = remember_str(enc, off);
		if (err)
			return err;
		off += (uint32_t)strlen(bemu_btf_str(base, off)) + 1;
	}
	return 0;
}

int bemu_btf_enc_new(struct bemu_env *env, const struct bemu_btf *base, struct bemu_btf_enc **out)
{
	struct bemu_btf_enc *enc = bemu_zalloc(env, sizeof(*enc));
	int err;

	if (!enc)
		return -ENOMEM;
	enc->env = env;
	bemu_buf_init(&enc->types, env);
	bemu_buf_init(&enc->strs, env);
	enc->next_id = 1;
	if (base) {
		enc->base = bemu_btf_get(base);
		enc->next_id = bemu_btf_nr_types(base);
		enc->start_str_off = bemu_btf_end_str_off(base);
		err = remember_base(enc, base);
	} else {
		bemu_buf_add(&enc->strs, NULL, 1);
		err = enc->strs.err;
		if (!err)
			err = remember_str(enc, 0);
	}
	if (err) {
		bemu_btf_enc_free(enc);
		return err;
	}
	*out = enc;
	return 0;
}

void bemu_btf_enc_free(struct bemu_btf_enc *enc)
{
	if (!enc)
		return;
	bemu_buf_fini(&enc->types);
	bemu_buf_fini(&enc->strs);
	bemu_mem_free(enc->env, enc->slot);
	bemu_btf_put(enc->base);
	bemu_mem_free(enc->env, enc);
}

uint32_t bemu_btf_enc_str(struct bemu_btf_enc *enc, const char *s)
{
	uint32_t *slot, off;

	if (enc->err || !s || !*s)
		return 0;
	slot = find_slot(enc, s);
	if (*slot)
		return *slot - 1;
	if (enc->strs.len + strlen(s) + 1 > 0x7fffffffu - enc->start_str_off) {
		fail(enc, "too many bytes of strings", enc->strs.len, strlen(s));
		return 0;
	}
	off = enc->start_str_off + (uint32_t)enc->strs.len;
	bemu_buf_add(&enc->strs, s, strlen(s) + 1);
	enc->err = enc->strs.err;
	if (!enc->err)
		enc->err = remember_str(enc, off);
	return enc->err ? 0 : off;
}

uint32_t bemu_btf_enc_type_raw(struct bemu_btf_enc *enc, const struct btf_type *head,
			       const void *extra, size_t extra_len)
{
	if (enc->err)
		return 0;
	if (extra_len % 4) {
		fail(enc, "records that are not made of words", extra_len, 4);
		return 0;
	}
	enc->open_off = enc->types.len;
	bemu_buf_add(&enc->types, head, sizeof(*head));
	if (extra_len)
		bemu_buf_add(&enc->types, extra, extra_len);
	enc->err = enc->types.err;
	return enc->err ? 0 : enc->next_id++;
}

static uint32_t add_type(struct bemu_btf_enc *enc, uint32_t kind, bool kflag, const char *name,
			 uint32_t size_or_type, const void *extra, size_t extra_len)
{
	struct btf_type t = {
		.name_off = bemu_btf_enc_str(enc, name),
		.info = kind << 24 | (uint32_t)kflag << 31,
		.size = size_or_type,
	};

	return bemu_btf_enc_type_raw(enc, &t, extra, extra_len);
}

uint32_t bemu_btf_enc_int(struct bemu_btf_enc *enc, const char *name, uint32_t size,
			  uint32_t encoding)
{
	uint32_t data = (encoding & 0xf) << 24 | ((size * 8) & 0xff);

	return add_type(enc, BTF_KIND_INT, false, name, size, &data, sizeof(data));
}

uint32_t bemu_btf_enc_float(struct bemu_btf_enc *enc, const char *name, uint32_t size)
{
	return add_type(enc, BTF_KIND_FLOAT, false, name, size, NULL, 0);
}

uint32_t bemu_btf_enc_ref(struct bemu_btf_enc *enc, uint32_t kind, const char *name,
			  uint32_t type_id)
{
	return add_type(enc, kind, false, name, type_id, NULL, 0);
}

uint32_t bemu_btf_enc_fwd(struct bemu_btf_enc *enc, const char *name, bool is_union)
{
	return add_type(enc, BTF_KIND_FWD, is_union, name, 0, NULL, 0);
}

uint32_t bemu_btf_enc_array(struct bemu_btf_enc *enc, uint32_t elem_id, uint32_t index_id,
			    uint32_t nr)
{
	struct btf_array array = { .type = elem_id, .index_type = index_id, .nelems = nr };

	return add_type(enc, BTF_KIND_ARRAY, false, NULL, 0, &array, sizeof(array));
}

/* Kind of the type that records may be added to. */
static uint32_t open_kind(const struct bemu_btf_enc *enc)
{
	if (enc->err || !enc->types.len)
		return BTF_KIND_UNKN;
	return bemu_btf_kind((const void *)(enc->types.data + enc->open_off));
}

/*
 * One more record for the open type, which must be of @kind or @kind2. Returns its head, valid until
 * the next append, or NULL.
 */
static struct btf_type *add_record(struct bemu_btf_enc *enc, uint32_t kind, uint32_t kind2,
				   const void *rec, size_t len)
{
	uint32_t have = open_kind(enc);
	struct btf_type *t;

	if (enc->err)
		return NULL;
	if (have != kind && have != kind2) {
		fail(enc, "the last type's kind takes no such record", have, kind);
		return NULL;
	}
	t = (void *)(enc->types.data + enc->open_off);
	if (bemu_btf_vlen(t) == BTF_MAX_VLEN) {
		fail(enc, "more records than vlen can count", BTF_MAX_VLEN, BTF_MAX_VLEN);
		return NULL;
	}
	bemu_buf_add(&enc->types, rec, len);
	enc->err = enc->types.err;
	if (enc->err)
		return NULL;
	t = (void *)(enc->types.data + enc->open_off);
	t->info++;
	return t;
}

uint32_t bemu_btf_enc_composite(struct bemu_btf_enc *enc, uint32_t kind, const char *name,
				uint32_t size)
{
	return add_type(enc, kind, false, name, size, NULL, 0);
}

void bemu_btf_enc_member(struct bemu_btf_enc *enc, const char *name, uint32_t type_id,
			 uint32_t bit_off, uint32_t bitfield_size)
{
	struct btf_member m = {
		.name_off = bemu_btf_enc_str(enc, name),
		.type = type_id,
		.offset = bit_off,
	};
	struct btf_type *t;
	uint32_t i;

	if (bitfield_size > 0xff) {
		fail(enc, "bitfield wider than its 8 bits can say", bitfield_size, 0xff);
		return;
	}
	t = add_record(enc, BTF_KIND_STRUCT, BTF_KIND_UNION, &m, sizeof(m));
	if (!t)
		return;
	/* the first bitfield makes all offsets, also earlier ones, share their word with a size */
	if (bitfield_size && !bemu_btf_kflag(t)) {
		for (i = 0; i < bemu_btf_vlen(t); i++)
			if (bemu_btf_members(t)[i].offset > bit_off)
				bit_off = bemu_btf_members(t)[i].offset;
		t->info |= 1u << 31;
	}
	if (!bemu_btf_kflag(t))
		return;
	if (bit_off > 0xffffff) {
		fail(enc, "bit offset does not fit beside a bitfield's size", bit_off, 0xffffff);
		return;
	}
	((struct btf_member *)(t + 1))[bemu_btf_vlen(t) - 1].offset = bitfield_size << 24 |
								      m.offset;
}

uint32_t bemu_btf_enc_enum(struct bemu_btf_enc *enc, uint32_t kind, const char *name, uint32_t size,
			   bool is_signed)
{
	return add_type(enc, kind, is_signed, name, size, NULL, 0);
}

void bemu_btf_enc_enumerator(struct bemu_btf_enc *enc, const char *name, int64_t value)
{
	uint32_t name_off = bemu_btf_enc_str(enc, name);
	struct btf_enum64 e64 = {
		.name_off = name_off,
		.val_lo32 = bemu_wrap_u32((uint64_t)value),
		.val_hi32 = bemu_wrap_u32((uint64_t)value >> 32),
	};
	struct btf_enum e32 = { .name_off = name_off, .val = bemu_wrap_s32((uint64_t)value) };

	if (!enc->err && open_kind(enc) == BTF_KIND_ENUM64) {
		(void)add_record(enc, BTF_KIND_ENUM64, BTF_KIND_ENUM64, &e64, sizeof(e64));
		return;
	}
	if (value < INT32_MIN || value > (int64_t)UINT32_MAX) {
		fail(enc, "value does not fit an ENUM", (uint64_t)value, UINT32_MAX);
		return;
	}
	(void)add_record(enc, BTF_KIND_ENUM, BTF_KIND_ENUM, &e32, sizeof(e32));
}

uint32_t bemu_btf_enc_func_proto(struct bemu_btf_enc *enc, uint32_t ret_id)
{
	return add_type(enc, BTF_KIND_FUNC_PROTO, false, NULL, ret_id, NULL, 0);
}

void bemu_btf_enc_param(struct bemu_btf_enc *enc, const char *name, uint32_t type_id)
{
	struct btf_param p = { .name_off = bemu_btf_enc_str(enc, name), .type = type_id };

	(void)add_record(enc, BTF_KIND_FUNC_PROTO, BTF_KIND_FUNC_PROTO, &p, sizeof(p));
}

uint32_t bemu_btf_enc_func(struct bemu_btf_enc *enc, const char *name, uint32_t linkage,
			   uint32_t proto_id)
{
	struct btf_type t = {
		.name_off = bemu_btf_enc_str(enc, name),
		.info = (uint32_t)BTF_KIND_FUNC << 24 | (linkage & 0xffff),
		.type = proto_id,
	};

	return bemu_btf_enc_type_raw(enc, &t, NULL, 0);
}

uint32_t bemu_btf_enc_var(struct bemu_btf_enc *enc, const char *name, uint32_t linkage,
			  uint32_t type_id)
{
	return add_type(enc, BTF_KIND_VAR, false, name, type_id, &linkage, sizeof(linkage));
}

uint32_t bemu_btf_enc_datasec(struct bemu_btf_enc *enc, const char *name, uint32_t size)
{
	return add_type(enc, BTF_KIND_DATASEC, false, name, size, NULL, 0);
}

void bemu_btf_enc_secinfo(struct bemu_btf_enc *enc, uint32_t var_id, uint32_t off, uint32_t size)
{
	struct btf_var_secinfo info = { .type = var_id, .offset = off, .size = size };

	(void)add_record(enc, BTF_KIND_DATASEC, BTF_KIND_DATASEC, &info, sizeof(info));
}

uint32_t bemu_btf_enc_decl_tag(struct bemu_btf_enc *enc, const char *value, uint32_t type_id,
			       int32_t idx)
{
	return add_type(enc, BTF_KIND_DECL_TAG, false, value, type_id, &idx, sizeof(idx));
}

int bemu_btf_enc_finish(struct bemu_btf_enc *enc, bool swap, void **out, size_t *len)
{
	struct btf_header hdr = { .magic = BTF_MAGIC, .version = BTF_VERSION };
	size_t total = sizeof(hdr) + enc->types.len + enc->strs.len, i;
	char *bytes;
	uint32_t v;

	if (enc->err)
		return enc->err;
	if (total > UINT32_MAX) {
		fail(enc, "more bytes than BTF can hold", total, UINT32_MAX);
		return enc->err;
	}
	hdr.hdr_len = sizeof(hdr);
	hdr.type_len = (uint32_t)enc->types.len;
	hdr.str_off = hdr.type_len;
	hdr.str_len = (uint32_t)enc->strs.len;
	bytes = bemu_alloc(enc->env, total);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, &hdr, sizeof(hdr));
	if (enc->types.len)
		memcpy(bytes + sizeof(hdr), enc->types.data, enc->types.len);
	if (enc->strs.len)
		memcpy(bytes + sizeof(hdr) + enc->types.len, enc->strs.data, enc->strs.len);
	if (swap) {
		hdr.magic = bemu_swap16(hdr.magic);
		memcpy(bytes, &hdr.magic, sizeof(hdr.magic));
		for (i = 4; sizeof(hdr) + enc->types.len - i >= sizeof(v); i += sizeof(v)) {
			memcpy(&v, bytes + i, sizeof(v));
			v = bemu_swap32(v);
			memcpy(bytes + i, &v, sizeof(v));
		}
	}
	*out = bytes;
	*len = total;
	return 0;
}
