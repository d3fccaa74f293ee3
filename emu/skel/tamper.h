/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A host side that nobody trusts. A signature covers the loader's instructions; what such a host may do
 * without breaking it is to change the blob, a byte at a time: before the map is filled, or by a program of
 * its own once the map is frozen and its hash was taken, which writes to any map that is not exclusive.
 */
#ifndef BEMU_SKEL_TAMPER_H
#define BEMU_SKEL_TAMPER_H

#include <bemu/backend.h>

#include "skel/skel.h"

enum bemu_tamper_how {
	BEMU_TAMPER_NONE,
	BEMU_TAMPER_BEFORE, /* it is hashed */
	BEMU_TAMPER_AFTER,
	BEMU_NR_TAMPERS,
};

/** struct bemu_tamper - @mask: of the byte at @off of the blob, those bits are turned over */
struct bemu_tamper {
	uint32_t how; /* enum bemu_tamper_how */
	uint32_t off;
	uint8_t mask;
};

enum { BEMU_TAMPER_RUNS = 2048 };

/**
 * bemu_tamper_nth() - one after the other, from 0; false when there are no more
 *
 * Every byte in both ways, or BEMU_TAMPER_RUNS bytes that are evenly spread over a larger blob.
 */
bool bemu_tamper_nth(const struct bemu_skel *skel, uint32_t nth, struct bemu_tamper *out);

/** bemu_tamper_text() - "byte 12 of the blob, changed before it was hashed" */
void bemu_tamper_text(const struct bemu_tamper *tamper, char *buf, size_t len);

/**
 * bemu_tamper_write() - a program of the host writes to the map
 * @kret: the kernel's answer to its load or run; negative: nothing was written
 */
int bemu_tamper_write(const struct bemu_backend *be, struct bemu_skel_mem *mem, int map_fd,
		      const struct bemu_tamper *tamper, long *kret) BEMU_MUST_CHECK;

#endif
