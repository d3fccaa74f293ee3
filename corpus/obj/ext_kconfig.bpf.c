/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: kconfig externs of every type: bool, tristate, char, integers of all sizes and signs,
 *         strings fitting and cut, kernel version
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BEMU_BOOL __kconfig;
extern bool CONFIG_BEMU_BOOL_OFF __kconfig;
extern enum libbpf_tristate CONFIG_BEMU_TRI_Y __kconfig;
extern enum libbpf_tristate CONFIG_BEMU_TRI_M __kconfig;
extern enum libbpf_tristate CONFIG_BEMU_TRI_N __kconfig;
extern char CONFIG_BEMU_CHAR __kconfig;
extern u8 CONFIG_BEMU_U8 __kconfig;
extern s16 CONFIG_BEMU_S16 __kconfig;
extern u32 CONFIG_BEMU_HEX __kconfig;
extern s64 CONFIG_BEMU_S64 __kconfig;
extern char CONFIG_BEMU_STRING[16] __kconfig;
extern char CONFIG_BEMU_STRING_LONG[6] __kconfig;

SEC("raw_tp/mini_event")
int kconfig(u64 *ctx)
{
	u64 sum = LINUX_KERNEL_VERSION + CONFIG_BEMU_BOOL + CONFIG_BEMU_BOOL_OFF;

	sum += CONFIG_BEMU_TRI_Y + CONFIG_BEMU_TRI_M + CONFIG_BEMU_TRI_N + CONFIG_BEMU_CHAR;
	sum += CONFIG_BEMU_U8 + CONFIG_BEMU_S16 + CONFIG_BEMU_HEX + CONFIG_BEMU_S64;
	sum += CONFIG_BEMU_STRING[ctx[0] & 15] + CONFIG_BEMU_STRING_LONG[ctx[0] & 3];
	return sum;
}

LICENSE("GPL");
