/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Guarded accesses. Code that mirrors a missing check reaches memory through them: what lies in bounds is
 * read as ever, what does not is written down and never touched. Who looks at the book afterwards need not
 * know which code was at fault.
 */
#ifndef BEMU_BASE_GUARD_H
#define BEMU_BASE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bemu/compiler.h>

/** enum bemu_guard_kind - what the memory belongs to */
enum bemu_guard_kind {
	BEMU_GUARD_BTF, /* bytes of BTF or .BTF.ext */
	BEMU_GUARD_TYPE, /* the BTF that has a type or part of that number */
	BEMU_GUARD_INSNS, /* instructions of a program */
	BEMU_GUARD_STRING, /* a string table that may be gone */
	BEMU_GUARD_BUFFER, /* a buffer that grows */
	BEMU_GUARD_FREED, /* one that is gone: nothing of it is within bounds */
	BEMU_GUARD_NULL, /* what an object that may not be there has */
};

enum { BEMU_GUARD_HITS = 8, BEMU_GUARD_WHAT_LEN = 64 };

/** struct bemu_guard_hit - @len units at @off were wanted of @limit; @write: to store there */
struct bemu_guard_hit {
	uint32_t kind; /* enum bemu_guard_kind */
	bool write;
	int64_t off;
	uint64_t len, limit;
	char what[BEMU_GUARD_WHAT_LEN];
};

/** struct bemu_guard - the first hits; @nr counts all */
struct bemu_guard {
	uint32_t nr;
	struct bemu_guard_hit hits[BEMU_GUARD_HITS];
};

/**
 * bemu_guard_ok() - may @len units at @off of @limit be accessed?
 * @what: whose they are, for reports
 * Return: true; or false after writing it down, and then nothing may be touched.
 */
bool bemu_guard_ok(struct bemu_guard *guard, uint32_t kind, bool write, int64_t off, uint64_t len,
		   uint64_t limit, const char *what, ...) BEMU_PRINTF(7, 8);

#endif
