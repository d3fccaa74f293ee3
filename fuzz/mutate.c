// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "mutate.h"

enum { KNOBS_LEN = 16 };

void fuzz_rng_init(struct fuzz_rng *rng, uint64_t seed)
{
	rng->state = seed * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
}

uint32_t fuzz_rng_u32(struct fuzz_rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(z ^ z >> 31);
}

uint32_t fuzz_rng_below(struct fuzz_rng *rng, uint32_t n)
{
	return n ? fuzz_rng_u32(rng) % n : 0;
}

uint32_t fuzz_rng_edge(struct fuzz_rng *rng)
{
	static const uint32_t edges[] = {
		0,	  1,	      2,	  4,	  8,	  31,	      32,	63,
		64,	  65,	      127,	  255,	  256,	  257,	      0x7ffc,	0x7fff,
		32768,	  0xffff,     0x10000,	  131068, 131072, 0x0fffffff, 1u << 28, 0x7fffffff,
		1u << 31, 0xfffffff0, 0xffffffff, 512,	  4096,	  0xfffff,    0xffffff, 16,
	};

	return edges[fuzz_rng_below(rng, sizeof(edges) / sizeof(edges[0]))];
}

size_t fuzz_resize(uint8_t *data, size_t size, size_t max, size_t at, ptrdiff_t delta)
{
	size_t n = (size_t)(delta < 0 ? -delta : delta);

	if (at > size || (delta < 0 ? n > size - at : size > max || n > max - size))
		return 0;
	if (delta < 0) {
		memmove(data + at, data + at + n, size - at - n);
		return size - n;
	}
	memmove(data + at + n, data + at, size - at);
	memset(data + at, 0, n);
	return size + n;
}

size_t fuzz_mutate_bytes(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng)
{
	uint32_t at, len, to;
	size_t grown;

	if (!size) {
		data[0] = (uint8_t)fuzz_rng_u32(rng);
		return 1;
	}
	at = fuzz_rng_below(rng, (uint32_t)size);
	len = 1 + fuzz_rng_below(rng, 16);
	switch (fuzz_rng_below(rng, 6)) {
	case 0:
		data[at] ^= (uint8_t)(1u << fuzz_rng_below(rng, 8));
		return size;
	case 1:
		data[at] = (uint8_t)fuzz_rng_u32(rng);
		return size;
	case 2:
		at &= ~3u;
		if (size - at >= 4)
			fuzz_put32(data + at, fuzz_rng_edge(rng));
		return size;
	case 3:
		grown = fuzz_resize(data, size, max, at, (ptrdiff_t)len);
		return grown ? grown : size;
	case 4:
		if (len >= size - at)
			return size;
		return fuzz_resize(data, size, max, at, -(ptrdiff_t)len);
	default:
		to = fuzz_rng_below(rng, (uint32_t)size);
		if (len > size - at)
			len = (uint32_t)(size - at);
		if (len > size - to)
			len = (uint32_t)(size - to);
		memmove(data + to, data + at, len);
		return size;
	}
}

void fuzz_mutate_insn(uint8_t *word, struct fuzz_rng *rng)
{
	static const uint8_t codes[] = {
		0x18, 0x61, 0x69, 0x71, 0x79, 0x62, 0x63, 0x7b, 0x85, 0x95,
		0xb7, 0xbf, 0x07, 0xb4, 0x05, 0x15, 0x55, 0x06, 0xdb, 0x81
	};
	uint16_t off = (uint16_t)fuzz_rng_edge(rng);

	switch (fuzz_rng_below(rng, 5)) {
	case 0:
		word[0] = codes[fuzz_rng_below(rng, sizeof(codes))];
		break;
	case 1:
		word[1] = (uint8_t)(fuzz_rng_below(rng, 11) | fuzz_rng_below(rng, 11) << 4);
		break;
	case 2:
		memcpy(word + 2, &off, sizeof(off));
		break;
	case 3:
		fuzz_put32(word + 4, fuzz_rng_edge(rng));
		break;
	default:
		fuzz_put32(word + 4, fuzz_rng_below(rng, 256));
		break;
	}
}

uint32_t fuzz_sections(const uint8_t *data, size_t size, struct fuzz_section *out)
{
	uint32_t nr = 0, len;
	size_t pos = 0, left;

	while (nr < FUZZ_MAX_SECTIONS && size - pos >= FUZZ_SECTION_HEAD) {
		left = size - pos - FUZZ_SECTION_HEAD;
		len = fuzz_get32(data + pos + 4);
		if (len > left)
			len = (uint32_t)left;
		out[nr++] = (struct fuzz_section){ pos, len };
		pos += FUZZ_SECTION_HEAD + len;
	}
	return nr;
}

static bool has_knobs(const uint8_t *data, size_t size)
{
	return size >= KNOBS_LEN && !memcmp(data + size - 4, "KNOB", 4);
}

static size_t mutate_knobs(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng)
{
	uint8_t *knobs;

	if (!has_knobs(data, size)) {
		if (size > max || max - size < KNOBS_LEN)
			return 0;
		memset(data + size, 0, KNOBS_LEN);
		memcpy(data + size + KNOBS_LEN - 4, "KNOB", 4);
		size += KNOBS_LEN;
	} else if (!fuzz_rng_below(rng, 8)) {
		return size > KNOBS_LEN ? size - KNOBS_LEN : 0;
	}
	knobs = data + size - KNOBS_LEN;
	switch (fuzz_rng_below(rng, 5)) {
	case 0:
		knobs[0] ^= (uint8_t)(1u << fuzz_rng_below(rng, 5));
		break;
	case 1:
		knobs[1] = (uint8_t)fuzz_rng_below(rng, 6);
		break;
	case 2:
		knobs[2] = (uint8_t)fuzz_rng_below(rng, 6);
		break;
	case 3:
		knobs[4] = (uint8_t)fuzz_rng_below(rng, 64);
		break;
	default:
		knobs[5 + fuzz_rng_below(rng, 7)] = (uint8_t)fuzz_rng_u32(rng);
		break;
	}
	return size;
}

#ifdef FUZZ_MUTATE
size_t fuzz_mutate(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	uint8_t knobs[KNOBS_LEN];
	struct fuzz_rng rng;
	size_t tail = 0, n;

	fuzz_rng_init(&rng, seed);
	if (!max)
		return 0;
	if (size > max)
		size = max;
	if (!fuzz_rng_below(&rng, 10)) {
		n = mutate_knobs(data, size, max, &rng);
		return n ? n : fuzz_mutate_bytes(data, size, max, &rng);
	}
	if (has_knobs(data, size)) {
		tail = KNOBS_LEN;
		memcpy(knobs, data + size - tail, tail);
	}
	n = FUZZ_MUTATE(data, size - tail, max - tail, &rng);
	if (!n)
		n = fuzz_mutate_bytes(data, size - tail, max - tail, &rng);
	if (tail)
		memcpy(data + n, knobs, tail);
	return n + tail;
}

/* Both are cut at a section or, without sections, at the same multiple of 4; lengths are the reader's care. */
size_t fuzz_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
		  size_t max, unsigned int seed)
{
	struct fuzz_section sa[FUZZ_MAX_SECTIONS], sb[FUZZ_MAX_SECTIONS];
	uint32_t na = fuzz_sections(a, a_size, sa), nb = fuzz_sections(b, b_size, sb);
	size_t cut_a, cut_b, n;
	struct fuzz_rng rng;

	fuzz_rng_init(&rng, seed);
	if (na > 1 && nb > 1 && a_size && a[0] >= 'A' && a[0] <= 'Z') {
		cut_a = sa[fuzz_rng_below(&rng, na)].at;
		cut_b = sb[fuzz_rng_below(&rng, nb)].at;
	} else {
		cut_a = fuzz_rng_below(&rng, (uint32_t)(a_size < b_size ? a_size : b_size) + 1) &
			~3u;
		cut_b = cut_a;
	}
	if (cut_a > max)
		cut_a = max;
	n = b_size - cut_b;
	if (n > max - cut_a)
		n = max - cut_a;
	if (cut_a)
		memcpy(out, a, cut_a);
	if (n) /* an empty input may be no address at all */
		memcpy(out + cut_a, b + cut_b, n);
	return cut_a + n;
}

/* First without knobs, then without each 1/16, then without each 1/64, cut at multiples of 8. */
size_t fuzz_trim(const uint8_t *data, size_t size, uint32_t step, uint8_t *out)
{
	size_t piece, at, n = step ? size : size - KNOBS_LEN;
	uint32_t parts = step <= 16 ? 16 : 64, idx = step <= 16 ? step - 1 : step - 17;

	if (!step) {
		if (!has_knobs(data, size) || !n)
			return 0;
		memcpy(out, data, n);
		return n;
	}
	piece = size / parts & ~(size_t)7;
	at = piece * idx;
	if (step > 16 + 64 || !piece || at + piece >= size)
		return 0;
	memcpy(out, data, at);
	memcpy(out + at, data + at + piece, size - at - piece);
	return size - piece;
}
#endif
