/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Which quirks are overridden, without the table of them (bemu/quirks.h): what every file is given. */
#ifndef BEMU_QUIRK_SET_H
#define BEMU_QUIRK_SET_H

#include <stdbool.h>
#include <stdint.h>

#include <bemu/compiler.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct bemu_quirks - overrides, one bit a quirk; all-zero means: as the release has them */
struct bemu_quirks {
	uint64_t on, off;
};

/**
 * bemu_quirks_has() - is it on when @libbpf (enum bemu_libbpf, not the default) is replayed?
 *
 * In the place of @libbpf may stand BEMU_QUIRK_KERNEL | an enum bemu_kernel.
 */
BEMU_API bool bemu_quirks_has(const struct bemu_quirks *set, uint32_t quirk, uint32_t libbpf);

#ifdef __cplusplus
}
#endif

#endif
