/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#ifndef BEMU_CLI_HASH_H
#define BEMU_CLI_HASH_H

#include <stddef.h>

enum { BEMU_CLI_SHA256_HEX_LEN = 64 };

/** bemu_cli_sha256() - lower-case hex digits and a NUL */
void bemu_cli_sha256(const void *data, size_t len, char out[BEMU_CLI_SHA256_HEX_LEN + 1]);

#endif
