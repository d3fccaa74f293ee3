/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// needs clang >= 15: 64-bit enumerators, TYPE_MATCHES
#include "mini.h"
enum wide { W_BIG = 0x1ffffffffULL, W_SMALL = 1 };
struct inner { int x; int y; };
struct inner___bad { long x; };
u64 out[4];
SEC("socket") int e20(void *ctx)
{
	out[0] = ENUMINFO(enum wide, W_BIG, E_VALUE);
	out[1] = ENUMINFO(enum wide, W_SMALL, E_VALUE);
	out[2] = TYPEINFO(struct inner, T_MATCH);
	out[3] = TYPEINFO(struct inner___bad, T_MATCH);
	return 0;
}
