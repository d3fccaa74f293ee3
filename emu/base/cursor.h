/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A reading position in a run of bytes that knows its end and its byte order. */
#ifndef BEMU_BASE_CURSOR_H
#define BEMU_BASE_CURSOR_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/ints.h"

/** struct bemu_cursor - @pos never passes @len; after an error it stays where it was */
struct bemu_cursor {
	const uint8_t *data;
	size_t len;
	size_t pos;
	bool swap; /* the bytes are in the other byte order than this machine */
};

static inline void bemu_cur_init(struct bemu_cursor *cur, const void *data, size_t len, bool swap)
{
	cur->data = data;
	cur->len = len;
	cur->pos = 0;
	cur->swap = swap;
}

static inline size_t bemu_cur_left(const struct bemu_cursor *cur)
{
	return cur->len - cur->pos;
}

/** bemu_cur_slice() - @n bytes at the position, borrowed; 0 or -EINVAL when fewer are left */
static inline BEMU_MUST_CHECK int bemu_cur_slice(struct bemu_cursor *cur, size_t n,
						 const void **out)
{
	if (n > cur->len - cur->pos)
		return -EINVAL;
	*out = cur->data + cur->pos;
	cur->pos += n;
	return 0;
}

/** bemu_cur_seek() - move to @pos bytes from the start; 0 or -EINVAL */
static inline BEMU_MUST_CHECK int bemu_cur_seek(struct bemu_cursor *cur, size_t pos)
{
	if (pos > cur->len)
		return -EINVAL;
	cur->pos = pos;
	return 0;
}

#define BEMU_DEFINE_CUR_READ(name, type, swap_fn)                                  \
	static inline BEMU_MUST_CHECK int name(struct bemu_cursor *cur, type *out) \
	{                                                                          \
		type v;                                                            \
                                                                                   \
		if (sizeof(v) > cur->len - cur->pos)                               \
			return -EINVAL;                                            \
		memcpy(&v, cur->data + cur->pos, sizeof(v));                       \
		cur->pos += sizeof(v);                                             \
		*out = cur->swap ? swap_fn(v) : v;                                 \
		return 0;                                                          \
	}

#define BEMU_SWAP8(v) (v)
BEMU_DEFINE_CUR_READ(bemu_cur_u8, uint8_t, BEMU_SWAP8)
BEMU_DEFINE_CUR_READ(bemu_cur_u16, uint16_t, bemu_swap16)
BEMU_DEFINE_CUR_READ(bemu_cur_u32, uint32_t, bemu_swap32)
BEMU_DEFINE_CUR_READ(bemu_cur_u64, uint64_t, bemu_swap64)

#endif
