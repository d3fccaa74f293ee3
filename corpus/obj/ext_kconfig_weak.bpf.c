/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: weak kconfig externs that are not set: zero; LINUX_* names that the library knows or
 *         does not know
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };

extern u64 CONFIG_BEMU_NOT_SET __kconfig __weak;
extern enum libbpf_tristate CONFIG_BEMU_NOT_SET_TRI __kconfig __weak;
extern char CONFIG_BEMU_NOT_SET_STRING[8] __kconfig __weak;
extern bool LINUX_HAS_BPF_COOKIE __kconfig;
extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern int LINUX_UNHEARD_OF __kconfig __weak;

SEC("raw_tp/mini_event")
int kconfig_weak(u64 *ctx)
{
	return CONFIG_BEMU_NOT_SET + CONFIG_BEMU_NOT_SET_TRI + CONFIG_BEMU_NOT_SET_STRING[1] +
	       LINUX_HAS_BPF_COOKIE + LINUX_HAS_SYSCALL_WRAPPER + LINUX_UNHEARD_OF;
}

LICENSE("GPL");
