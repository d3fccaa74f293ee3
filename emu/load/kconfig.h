/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Kconfig variables, for externs.c. Values go into the image of the .kconfig map; is_set says so. */
#ifndef BEMU_LOAD_KCONFIG_H
#define BEMU_LOAD_KCONFIG_H

#include "load/private.h"

/** bemu_load_kconfig_num() - 0; -EINVAL for a type that takes no number, -ERANGE */
int bemu_load_kconfig_num(struct bemu_load *ld, uint32_t ext_idx, uint64_t v) BEMU_MUST_CHECK;
/** bemu_load_kconfig_text() - "CONFIG_X=y" lines; the first value of a name counts. 0 or the errno. */
int bemu_load_kconfig_text(struct bemu_load *ld, const char *text, size_t len) BEMU_MUST_CHECK;
/** bemu_load_kconfig_file() - /boot/config-RELEASE, else /proc/config.gz; -ENOENT when there is none */
int bemu_load_kconfig_file(struct bemu_load *ld) BEMU_MUST_CHECK;

#endif
