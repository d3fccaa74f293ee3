/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: one function, in .text: an entry program of no type until 1.5, a subprogram since
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

int only_text(void *ctx)
{
	return 0;
}

LICENSE("GPL");
