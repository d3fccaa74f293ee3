/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// kconfig externs; run with the kconfig text given in build.sh
#include "mini.h"
enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };
extern u32 LINUX_KERNEL_VERSION KCFG;
extern _Bool CONFIG_BPF_SYSCALL KCFG WEAK;
extern enum libbpf_tristate CONFIG_MOD KCFG WEAK;
extern u64 CONFIG_HZ KCFG WEAK;
extern char CONFIG_NAME[8] KCFG WEAK;
extern u16 CONFIG_MISSING KCFG WEAK;
extern char CONFIG_C KCFG WEAK;
u64 out[8];
SEC("socket") int e12(void *ctx)
{
	out[0] = LINUX_KERNEL_VERSION;
	out[1] = CONFIG_BPF_SYSCALL;
	out[2] = CONFIG_MOD;
	out[3] = CONFIG_HZ;
	out[4] = CONFIG_NAME[1];
	out[5] = CONFIG_MISSING;
	out[6] = CONFIG_C;
	return 0;
}
