/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// subprogram append order, static / global / weak, function address
#include "mini.h"
struct { M_NUM(type, 2); M_TYPE(key, u32); M_TYPE(value, u64); M_NUM(max_entries, 4); } am SEC(".maps");
u64 g;
static NOINLINE int leaf(int a) { g += a; return g * 3; }
static NOINLINE int mid(int a) { return leaf(a) + leaf(a + 1); }
NOINLINE int gfun(int a) { return mid(a) ^ 5; }
WEAK NOINLINE int wfun(int a) { return leaf(a) - 1; }
static long cb(void *m, const void *k, void *v, void *c) { g++; return 0; }
SEC("socket") int e08a(void *ctx) { return gfun((int)(long)ctx) + wfun(2); }
SEC("xdp") int e08b(void *ctx) { return wfun(1); }
SEC("socket") int e08c(void *ctx) { h_foreach(&am, cb, 0, 0); return mid(3); }
