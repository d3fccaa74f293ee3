/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the tests of measured rows share; unit/rows.txt says which row is which test. */
#ifndef BEMU_UNIT_ENTRY_ROWS_H
#define BEMU_UNIT_ENTRY_ROWS_H

#include "life.h"

enum { BAD = 8 }; /* an address that nothing is at */

/* A task whose memory is what is on this page: every other address is bad. */
static uint8_t page[4096];

static inline int page_at(uint64_t at, size_t len)
{
	uint64_t start = ptr(page);

	return at < start || len > sizeof(page) || at - start > sizeof(page) - len ? -EFAULT : 0;
}

static inline int page_read(void *ctx, uint64_t at, void *dst, size_t len)
{
	(void)ctx;
	if (len && page_at(at, len))
		return -EFAULT;
	memcpy(dst, (const void *)(uintptr_t)at, len);
	return 0;
}

static inline int page_write(void *ctx, uint64_t at, const void *src, size_t len)
{
	(void)ctx;
	if (len && page_at(at, len))
		return -EFAULT;
	memcpy((void *)(uintptr_t)at, src, len);
	return 0;
}

static inline long array_of(struct life *w, uint32_t value_size, uint32_t nr)
{
	struct bemu_attr_map_create a = { .map_type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = value_size,
					  .max_entries = nr };

	return life_bpf(w->t, BPF_MAP_CREATE, &a, sizeof(a));
}

#endif
