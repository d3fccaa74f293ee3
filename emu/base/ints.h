/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Integers that come from input, in three families; the name tells the promise.
 *
 *   fit      bemu_s16_from_s64(v, &out): unchanged, or -ERANGE and out untouched
 *   wrap     bemu_wrap_s32(v): keeps the low bits because the mirrored code does
 *   checked  bemu_add_u32(a, b, &out): 0, or -EOVERFLOW and out untouched
 */
#ifndef BEMU_BASE_INTS_H
#define BEMU_BASE_INTS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include <bemu/compiler.h>

#define BEMU_DEFINE_FIT(name, from, to)                         \
	static inline BEMU_MUST_CHECK int name(from v, to *out) \
	{                                                       \
		to fit;                                         \
                                                                \
		if (__builtin_add_overflow(v, (from)0, &fit))   \
			return -ERANGE;                         \
		*out = fit;                                     \
		return 0;                                       \
	}

BEMU_DEFINE_FIT(bemu_s16_from_s64, int64_t, int16_t)
BEMU_DEFINE_FIT(bemu_s16_from_u64, uint64_t, int16_t) /* ~0 is not -1 */
BEMU_DEFINE_FIT(bemu_s32_from_s64, int64_t, int32_t)
BEMU_DEFINE_FIT(bemu_s32_from_u64, uint64_t, int32_t)
BEMU_DEFINE_FIT(bemu_u32_from_s64, int64_t, uint32_t)
BEMU_DEFINE_FIT(bemu_u32_from_u64, uint64_t, uint32_t)
BEMU_DEFINE_FIT(bemu_u32_from_size, size_t, uint32_t)
BEMU_DEFINE_FIT(bemu_size_from_u64, uint64_t, size_t)

static inline int16_t bemu_wrap_s16(uint64_t v)
{
	return (int16_t)(uint16_t)v;
}

static inline int32_t bemu_wrap_s32(uint64_t v)
{
	return (int32_t)(uint32_t)v;
}

static inline uint32_t bemu_wrap_u32(uint64_t v)
{
	return (uint32_t)v;
}

#define BEMU_DEFINE_CHECKED(name, type, op)                               \
	static inline BEMU_MUST_CHECK int name(type a, type b, type *out) \
	{                                                                 \
		type res;                                                 \
                                                                          \
		if (__builtin_##op##_overflow(a, b, &res))                \
			return -EOVERFLOW;                                \
		*out = res;                                               \
		return 0;                                                 \
	}

BEMU_DEFINE_CHECKED(bemu_add_u32, uint32_t, add)
BEMU_DEFINE_CHECKED(bemu_sub_u32, uint32_t, sub)
BEMU_DEFINE_CHECKED(bemu_mul_u32, uint32_t, mul)
BEMU_DEFINE_CHECKED(bemu_add_u64, uint64_t, add)
BEMU_DEFINE_CHECKED(bemu_mul_u64, uint64_t, mul)
BEMU_DEFINE_CHECKED(bemu_add_size, size_t, add)
BEMU_DEFINE_CHECKED(bemu_mul_size, size_t, mul)

/* Up to the next multiple of @align, a power of two; checked before rounding. */
static inline BEMU_MUST_CHECK int bemu_align_up_u32(uint32_t v, uint32_t align, uint32_t *out)
{
	if (v > UINT32_MAX - (align - 1))
		return -EOVERFLOW;
	*out = (v + (align - 1)) & ~(align - 1);
	return 0;
}

static inline uint16_t bemu_swap16(uint16_t v)
{
	return __builtin_bswap16(v);
}

static inline uint32_t bemu_swap32(uint32_t v)
{
	return __builtin_bswap32(v);
}

static inline uint64_t bemu_swap64(uint64_t v)
{
	return __builtin_bswap64(v);
}

#endif
