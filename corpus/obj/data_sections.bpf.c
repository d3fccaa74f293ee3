/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: all six kinds of data sections, read and written, with addends
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

u32 in_bss[4];
u64 in_data[3] = { 1, 2, 3 };
const volatile u32 in_rodata = 77;
u32 in_custom_data SEC(".data.custom") = 5;
const u32 in_custom_rodata[2] SEC(".rodata.custom") = { 6, 7 };
u64 in_custom_bss[2] SEC(".bss.custom");

SEC("raw_tp/mini_event")
int data(u64 *ctx)
{
	in_bss[3] = in_rodata;
	in_data[2] += in_bss[1];
	in_custom_data++;
	in_custom_bss[1] = in_custom_data;
	USE(&in_custom_rodata[1]);
	USE(&in_data[1]);
	return 0;
}

LICENSE("GPL");
