// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "base/guard.h"

#include <stdarg.h>
#include <stdio.h>

bool bemu_guard_ok(struct bemu_guard *guard, uint32_t kind, bool write, int64_t off, uint64_t len,
		   uint64_t limit, const char *what, ...)
{
	struct bemu_guard_hit *hit;
	va_list args;

	if (off >= 0 && (uint64_t)off <= limit && len <= limit - (uint64_t)off)
		return true;
	if (guard->nr++ >= BEMU_GUARD_HITS)
		return false;
	hit = &guard->hits[guard->nr - 1];
	hit->kind = kind;
	hit->write = write;
	hit->off = off;
	hit->len = len;
	hit->limit = limit;
	va_start(args, what);
	(void)vsnprintf(hit->what, sizeof(hit->what), what, args);
	va_end(args);
	return false;
}
