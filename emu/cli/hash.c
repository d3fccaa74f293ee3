/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * SHA-256 by nettle: small, maintained for over twenty years, no state of its own, no initialisation
 * and no policy that could refuse a hash, which libcrypto and libgcrypt have.
 */
#include "cli/hash.h"

#include <nettle/sha2.h>

void bemu_cli_sha256(const void *data, size_t len, char out[BEMU_CLI_SHA256_HEX_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t sum[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	size_t i;

	sha256_init(&ctx);
	if (len)
		sha256_update(&ctx, len, data);
	sha256_digest(&ctx, sizeof(sum), sum);
	for (i = 0; i < sizeof(sum); i++) {
		out[2 * i] = digits[sum[i] >> 4];
		out[2 * i + 1] = digits[sum[i] & 15];
	}
	out[BEMU_CLI_SHA256_HEX_LEN] = '\0';
}
