/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// global data sections
#include "mini.h"
u32 d_glob = 0x11;			/* .data */
static volatile u32 d_stat = 0x22;	/* .data, section symbol + addend */
u64 b_glob;				/* .bss */
static volatile u64 b_stat[3];		/* .bss */
const volatile u32 r_glob = 0x33;	/* .rodata */
u32 c_glob SEC(".data.custom") = 0x44;	/* own map */
const volatile u32 rc_glob SEC(".rodata.extra") = 0x55;
SEC("socket") int e06(void *ctx)
{
	b_glob = d_glob + d_stat + r_glob + c_glob + rc_glob;
	b_stat[2] = 5;
	return b_stat[1];
}
