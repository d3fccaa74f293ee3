/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The small kernel that fuzz targets run on, so that what they find can be told as a text without files. */
#ifndef BEMU_SCENARIO_BUILTIN_H
#define BEMU_SCENARIO_BUILTIN_H

#include <stddef.h>

/** bemu_scn_builtin() - BTF of "mini", a vmlinux, and of its modules "m1" and "m2"; NULL for others */
const void *bemu_scn_builtin(const char *name, size_t *len);

#endif
