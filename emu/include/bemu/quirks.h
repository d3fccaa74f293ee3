/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Quirks: bugs that real loaders had, as switches. bemu/quirks.def is the table; a set says which are
 * overridden, the release that is replayed says the rest.
 */
#ifndef BEMU_QUIRKS_H
#define BEMU_QUIRKS_H

#include <stdbool.h>

#include <bemu/bemu.h>
#include <bemu/quirk_set.h>

#ifdef __cplusplus
extern "C" {
#endif

enum bemu_quirk {
#define X(name, id, title, where, brought, fixed, detector, cls, first, last) BEMU_QUIRK_##name,
#include <bemu/quirks.def>
#undef X
	BEMU_NR_QUIRKS,
};

/** enum bemu_quirk_class - REAL ones are shown by a release's own loader on the model */
enum bemu_quirk_class {
	BEMU_QUIRK_REAL,
	BEMU_QUIRK_RECONSTRUCTED,
	BEMU_QUIRK_PLACEBO,
};

/* Or'ed with an enum bemu_kernel where otherwise an enum bemu_libbpf stands: quirks of the kernel (K-*). */
enum { BEMU_QUIRK_KERNEL = 0x100 };

/**
 * struct bemu_quirk_info - a line of the table
 * @brought, @fixed: commits, "" where not known or not yet
 * @detector: id of what should find it, "" for a placebo
 * @cls:      enum bemu_quirk_class
 * @first, @last: enum bemu_libbpf that have it, or kernels as above; both BEMU_LIBBPF_DEFAULT when none does
 */
struct bemu_quirk_info {
	const char *id, *title, *where, *brought, *fixed, *detector;
	uint32_t cls;
	uint32_t first, last;
};

/** bemu_quirk_info() - NULL for a number that is none */
BEMU_API const struct bemu_quirk_info *bemu_quirk_info(uint32_t quirk);

/** bemu_quirk_find() - the number of an id; -ENOENT */
BEMU_API int bemu_quirk_find(const char *id, uint32_t *out) BEMU_MUST_CHECK;

/** bemu_quirks_set() - override one; the last word counts */
BEMU_API void bemu_quirks_set(struct bemu_quirks *set, uint32_t quirk, bool on);

/**
 * bemu_set_quirks() - quirks of the kernel (K-*) that a world has; others mean nothing to it
 *
 * A world with one keeps what was freed, so that a touch of it is seen and harmless. Stays through bemu_reset().
 */
BEMU_API void bemu_set_quirks(struct bemu *em, const struct bemu_quirks *set);

#ifdef __cplusplus
}
#endif

#endif
