/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* SHA-256 (FIPS 180-4), for what the kernel itself hashes: contents of maps, programs. */
#ifndef BEMU_BASE_SHA256_H
#define BEMU_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { BEMU_SHA256_LEN = 32 };

void bemu_sha256(const void *data, size_t len, uint8_t out[BEMU_SHA256_LEN]);

#endif
