// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* BTF: types, names, offsets, circles, split; and CO-RE records with the BTF they are about. */
#include "mutate.h"

#include "uapi/btf.h"

enum {
	HDR = 24,
	MAX_TYPES = 1024,
	HDR_TYPE_LEN = 12,
	HDR_STR_OFF = 16,
	HDR_STR_LEN = 20,
	REC_LEN = 32
};

/** struct view - the types of a BTF that has its header, types and strings in that order */
struct view {
	uint8_t *data;
	size_t size;
	uint32_t types, types_len, strs, strs_len;
	uint32_t nr;
	uint32_t at[MAX_TYPES], len[MAX_TYPES];
};

static uint32_t record_len(uint32_t info)
{
	uint32_t vlen = BTF_INFO_VLEN(info);

	switch (BTF_INFO_KIND(info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 12 + 4;
	case BTF_KIND_ARRAY:
		return 12 + 12;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return 12 + 12 * vlen;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return 12 + 8 * vlen;
	default:
		return 12;
	}
}

static bool look(struct view *v, uint8_t *data, size_t size)
{
	uint32_t hdr_len, pos = 0, n;

	if (size < HDR || data[0] != 0x9f || data[1] != 0xeb)
		return false;
	hdr_len = fuzz_get32(data + 4);
	v->data = data;
	v->size = size;
	v->types_len = fuzz_get32(data + HDR_TYPE_LEN);
	v->strs_len = fuzz_get32(data + HDR_STR_LEN);
	if (hdr_len > size || fuzz_get32(data + 8) > size - hdr_len)
		return false;
	v->types = hdr_len + fuzz_get32(data + 8);
	if (v->types_len > size - v->types || fuzz_get32(data + HDR_STR_OFF) > size - hdr_len)
		return false;
	v->strs = hdr_len + fuzz_get32(data + HDR_STR_OFF);
	if (v->strs_len > size - v->strs || v->strs < v->types + v->types_len)
		return false;
	for (v->nr = 0; v->nr < MAX_TYPES && v->types_len - pos >= 12; v->nr++) {
		n = record_len(fuzz_get32(data + v->types + pos + 4));
		if (n > v->types_len - pos)
			break;
		v->at[v->nr] = v->types + pos;
		v->len[v->nr] = n;
		pos += n;
	}
	return v->nr;
}

/* Room in the types, and the header told of it. */
static size_t resize_types(struct view *v, size_t max, size_t at, ptrdiff_t delta)
{
	size_t n = fuzz_resize(v->data, v->size, max, at, delta);

	if (n) {
		fuzz_put32(v->data + HDR_TYPE_LEN, v->types_len + (uint32_t)delta);
		fuzz_put32(v->data + HDR_STR_OFF,
			   fuzz_get32(v->data + HDR_STR_OFF) + (uint32_t)delta);
	}
	return n;
}

static uint32_t some_id(const struct view *v, struct fuzz_rng *rng, uint32_t self)
{
	switch (fuzz_rng_below(rng, 8)) {
	case 0:
		return self; /* a circle of one */
	case 1:
		return v->nr + 1 + fuzz_rng_below(rng, 2); /* the first that does not exist */
	case 2:
		return 0;
	default:
		return 1 + fuzz_rng_below(rng, v->nr);
	}
}

static uint32_t some_name(const struct view *v, struct fuzz_rng *rng)
{
	if (!fuzz_rng_below(rng, 4))
		return fuzz_rng_below(rng, v->strs_len + 2);
	return fuzz_get32(v->data + v->at[fuzz_rng_below(rng, v->nr)]);
}

/* One word of the records behind a type, by what it means. */
static void change_record(struct view *v, struct fuzz_rng *rng, uint32_t idx)
{
	uint8_t *t = v->data + v->at[idx];
	uint32_t words = (v->len[idx] - 12) / 4, w;

	if (!words) {
		fuzz_put32(t + 8, some_id(v, rng, idx + 1));
		return;
	}
	w = fuzz_rng_below(rng, words);
	switch (fuzz_rng_below(rng, 4)) {
	case 0:
		fuzz_put32(t + 12 + 4 * w, some_id(v, rng, idx + 1));
		break;
	case 1:
		fuzz_put32(t + 12 + 4 * w, some_name(v, rng));
		break;
	case 2:
		fuzz_put32(t + 12 + 4 * w, fuzz_rng_edge(rng));
		break;
	default:
		fuzz_put32(t + 12 + 4 * w, fuzz_rng_below(rng, 256));
		break;
	}
}

static void change_info(struct view *v, struct fuzz_rng *rng, uint32_t idx)
{
	uint8_t *t = v->data + v->at[idx];
	uint32_t info = fuzz_get32(t + 4), kind, tries;

	if (!fuzz_rng_below(rng, 3)) {
		fuzz_put32(t + 4, info ^ 1u << 31);
		return;
	}
	for (tries = 0; tries < 8; tries++) { /* a kind whose records are as long */
		kind = 1 + fuzz_rng_below(rng, BTF_KIND_ENUM64);
		if (record_len(kind << 24 | BTF_INFO_VLEN(info)) == v->len[idx]) {
			fuzz_put32(t + 4, (info & 0x80ffffff) | kind << 24);
			return;
		}
	}
}

/* Another type at the end, which nothing refers to yet. */
static size_t add_type(struct view *v, size_t max, uint32_t idx)
{
	uint8_t copy[512];
	uint32_t len = v->len[idx];
	size_t n;

	if (len > sizeof(copy))
		return 0;
	memcpy(copy, v->data + v->at[idx], len);
	n = resize_types(v, max, v->types + v->types_len, (ptrdiff_t)len);
	if (n)
		memcpy(v->data + v->types + v->types_len, copy, len);
	return n;
}

/* One record more or less in a type that has some. */
static size_t change_vlen(struct view *v, size_t max, struct fuzz_rng *rng, uint32_t idx)
{
	uint8_t *t = v->data + v->at[idx];
	uint32_t info = fuzz_get32(t + 4), vlen = BTF_INFO_VLEN(info);
	uint32_t each = record_len((info & 0xff000000) | 1) - 12, at;
	size_t n;

	if (record_len(info & 0xff000000) != 12 || !each)
		return 0;
	at = v->at[idx] + 12 + each * fuzz_rng_below(rng, vlen + 1);
	if (fuzz_rng_below(rng, 2) && vlen) {
		at = v->at[idx] + 12 + each * fuzz_rng_below(rng, vlen);
		n = resize_types(v, max, at, -(ptrdiff_t)each);
		if (n)
			fuzz_put32(t + 4, info - 1);
		return n;
	}
	n = vlen < 0xffff ? resize_types(v, max, at, (ptrdiff_t)each) : 0;
	if (n)
		fuzz_put32(t + 4, info + 1);
	return n;
}

/* BTF split over the first: a header with a few of its own types, and no strings of its own. */
static size_t add_split(struct view *v, size_t max, struct fuzz_rng *rng)
{
	uint32_t first = fuzz_rng_below(rng, v->nr), nr = 1 + fuzz_rng_below(rng, 4), len = 0, i;
	size_t end = v->strs + v->strs_len, n;

	for (i = first; i < v->nr && i < first + nr; i++)
		len += v->len[i];
	if (end != v->size)
		return 0;
	n = fuzz_resize(v->data, v->size, max, end, (ptrdiff_t)(HDR + len + 1));
	if (!n)
		return 0;
	memcpy(v->data + end, v->data, 8);
	fuzz_put32(v->data + end + 4, HDR);
	fuzz_put32(v->data + end + HDR_TYPE_LEN, len);
	fuzz_put32(v->data + end + HDR_STR_OFF, len);
	fuzz_put32(v->data + end + HDR_STR_LEN, 1);
	memcpy(v->data + end + HDR, v->data + v->at[first], len);
	return n;
}

size_t fuzz_mutate_btf(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng)
{
	struct view v;
	uint32_t idx;

	if (!look(&v, data, size))
		return 0;
	idx = fuzz_rng_below(rng, v.nr);
	switch (fuzz_rng_below(rng, 10)) {
	case 0:
		fuzz_put32(data + v.at[idx], some_name(&v, rng));
		return size;
	case 1:
		fuzz_put32(data + v.at[idx] + 8, some_id(&v, rng, idx + 1));
		return size;
	case 2:
		fuzz_put32(data + v.at[idx] + 8, fuzz_rng_edge(rng));
		return size;
	case 3:
		change_info(&v, rng, idx);
		return size;
	case 4:
		return add_type(&v, max, idx);
	case 5:
		return change_vlen(&v, max, rng, idx);
	case 6:
		return add_split(&v, max, rng);
	case 7:
		fuzz_put32(data + 4 * (1 + fuzz_rng_below(rng, 5)), fuzz_rng_edge(rng));
		return size;
	default:
		change_record(&v, rng, idx);
		return size;
	}
}

/* An access string of the local BTF: digits and colons from their first on. */
static uint32_t some_access(const struct view *v, struct fuzz_rng *rng)
{
	uint32_t tries, off;

	for (tries = 0; v->strs_len && tries < 32; tries++) {
		off = fuzz_rng_below(rng, v->strs_len);
		if (v->data[v->strs + off] >= '0' && v->data[v->strs + off] <= '9')
			return off;
	}
	return fuzz_rng_below(rng, v->strs_len + 2);
}

static void change_rec(uint8_t *rec, const struct view *v, struct fuzz_rng *rng)
{
	switch (fuzz_rng_below(rng, 5)) {
	case 0:
		fuzz_put32(rec + 4, some_id(v, rng, v->nr));
		break;
	case 1:
		fuzz_put32(rec + 8, some_access(v, rng));
		break;
	case 2:
		fuzz_put32(rec + 12, fuzz_rng_below(rng, 14));
		break;
	default:
		fuzz_mutate_insn(rec + 16 + 8 * fuzz_rng_below(rng, 2), rng);
		break;
	}
}

size_t fuzz_mutate_core(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng)
{
	struct fuzz_section secs[FUZZ_MAX_SECTIONS], *sec;
	uint32_t nr = fuzz_sections(data, size, secs), i;
	uint8_t *body;
	struct view v;
	size_t n, tail;

	if (!nr)
		return 0;
	sec = &secs[fuzz_rng_below(rng, nr)];
	body = data + sec->at + FUZZ_SECTION_HEAD;
	if (!memcmp(data + sec->at, "RELO", 4)) {
		for (i = 0; i < nr && memcmp(data + secs[i].at, "LOCL", 4); i++)
			;
		if (sec->len < REC_LEN || i == nr ||
		    !look(&v, data + secs[i].at + FUZZ_SECTION_HEAD, secs[i].len))
			return 0;
		change_rec(body + REC_LEN * fuzz_rng_below(rng, sec->len / REC_LEN), &v, rng);
		return size;
	}
	/* the BTF grows into the room behind everything, then its tail is brought back */
	tail = size - (sec->at + FUZZ_SECTION_HEAD + sec->len);
	if (size > max || max - size < 1024) {
		n = fuzz_mutate_btf(body, sec->len, sec->len, rng);
		if (n != sec->len)
			return 0;
		return size;
	}
	memmove(body + sec->len + 1024, body + sec->len, tail);
	n = fuzz_mutate_btf(body, sec->len, sec->len + 1024, rng);
	if (!n)
		n = sec->len;
	memmove(body + n, body + sec->len + 1024, tail);
	fuzz_put32(data + sec->at + 4, (uint32_t)n);
	return sec->at + FUZZ_SECTION_HEAD + n + tail;
}
