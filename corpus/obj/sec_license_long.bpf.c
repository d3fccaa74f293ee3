/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a license of more than 63 characters is cut; a version section of four bytes
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

const char long_license[] SEC("license") =
	"GPL and then so many further words that they cannot all be kept in the room for them";
u32 kernel_version SEC("version") = 0x060180;

SEC("socket")
int long_one(void *ctx)
{
	return 0;
}
