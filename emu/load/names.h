/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Numbers of bpf(2) in the words that bpftool and libbpf use for them, and releases, as people type them.
 * Each table is indexed by its number.
 */
#ifndef BEMU_LOAD_NAMES_H
#define BEMU_LOAD_NAMES_H

#include <bemu/bemu.h>

enum {
	BEMU_NR_MAP_TYPE_NAMES = 35,
	BEMU_NR_PROG_TYPE_NAMES = 33,
	BEMU_NR_KERNEL_NAMES = BEMU_KERNEL_6_18 + 1,
	BEMU_NR_LIBBPF_NAMES = BEMU_LIBBPF_1_7 + 1,
};

extern const char *const bemu_map_type_names[BEMU_NR_MAP_TYPE_NAMES];
extern const char *const bemu_prog_type_names[BEMU_NR_PROG_TYPE_NAMES];
/** bemu_kernel_names - enum bemu_kernel; NULL for the default */
extern const char *const bemu_kernel_names[BEMU_NR_KERNEL_NAMES];
/** bemu_libbpf_names - enum bemu_libbpf, those that are offered; NULL for the default */
extern const char *const bemu_libbpf_names[BEMU_NR_LIBBPF_NAMES];

#endif
