/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// light skeleton layout: BTF + 3 maps + data + 2 programs + CO-RE left to the kernel
#include "mini.h"
struct rec { u32 flags; } RELOC;
struct { M_NUM(type, 2); M_TYPE(key, u32); M_TYPE(value, u64); M_NUM(max_entries, 4); } am SEC(".maps");
u64 g;
const volatile u32 ro = 7;
static NOINLINE int sub(int a) { g += a; return a; }
SEC("socket") int e16a(struct rec *r) { u32 k = ro; h_lookup(&am, &k); return sub(r->flags); }
SEC("raw_tp") int e16b(void *ctx) { return sub(2) + g; }
