/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: programs with ? before the section name: not loaded by default, even of an unknown
 *         type
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

SEC("?no_such_section")
int off_unknown(void *ctx)
{
	return 0;
}

SEC("?tc")
int off_tc(void *ctx)
{
	return 1;
}

SEC("tc")
int on_tc(void *ctx)
{
	return 2;
}

LICENSE("GPL");
