// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Sequences: of system calls in records of eight bytes, whose references are small numbers that mean
 * "what an earlier call made", so that they stay meaningful when calls come and go; and of text lines.
 */
#include "mutate.h"

enum { CALL = 8, MAX_LINES = 512 };

size_t fuzz_mutate_calls(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng)
{
	uint32_t nr = (uint32_t)(size / CALL), i, j;
	uint8_t tmp[CALL];
	size_t n;

	if (!nr)
		return 0;
	size = (size_t)nr * CALL;
	i = fuzz_rng_below(rng, nr);
	j = fuzz_rng_below(rng, nr);
	switch (fuzz_rng_below(rng, 6)) {
	case 0: /* one more, made of two */
		n = fuzz_resize(data, size, max, (size_t)i * CALL, CALL);
		if (!n)
			return 0;
		memcpy(data + (size_t)i * CALL, data + (size_t)(j + (j >= i)) * CALL, CALL);
		data[(size_t)i * CALL] = (uint8_t)fuzz_rng_below(rng, 64);
		return n;
	case 1:
		return nr > 1 ? fuzz_resize(data, size, max, (size_t)i * CALL, -CALL) : 0;
	case 2:
		memcpy(tmp, data + (size_t)i * CALL, CALL);
		memcpy(data + (size_t)i * CALL, data + (size_t)j * CALL, CALL);
		memcpy(data + (size_t)j * CALL, tmp, CALL);
		return size;
	case 3:
		data[(size_t)i * CALL] = (uint8_t)fuzz_rng_below(rng, 64);
		return size;
	case 4:
		data[(size_t)i * CALL + 1] = (uint8_t)fuzz_rng_below(rng, 4);
		return size;
	default:
		data[(size_t)i * CALL + 2 + fuzz_rng_below(rng, 6)] =
			(uint8_t)fuzz_rng_below(rng, 16);
		return size;
	}
}

/* Lines come, go and change places. */
size_t fuzz_mutate_text(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng)
{
	size_t start[MAX_LINES + 1], pos, len, n;
	uint32_t nr = 0, i, j;

	start[nr++] = 0;
	for (pos = 0; pos + 1 < size && nr < MAX_LINES; pos++)
		if (data[pos] == '\n')
			start[nr++] = pos + 1;
	start[nr] = size;
	if (nr < 2 || fuzz_rng_below(rng, 2))
		return 0;
	i = fuzz_rng_below(rng, nr);
	j = fuzz_rng_below(rng, nr);
	len = start[i + 1] - start[i];
	if (fuzz_rng_below(rng, 2))
		return fuzz_resize(data, size, max, start[i], -(ptrdiff_t)len);
	n = fuzz_resize(data, size, max, start[j], (ptrdiff_t)len);
	if (!n)
		return 0;
	memcpy(data + start[j], data + start[i] + (i >= j ? len : 0), i == j ? 0 : len);
	if (i == j)
		memcpy(data + start[j], data + start[j] + len, len);
	return n;
}
