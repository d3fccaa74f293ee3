/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// bitfields: every field_info aspect
#include "mini.h"
struct bits { u32 a:3; u32 b:5; int c:7; u32 d:12; u32 pad:5; u8 e; u32 plain; } RELOC;
u64 out[24];
#define ALL(f, n) do { out[n] = FLD(p->f, F_OFF); out[n + 1] = FLD(p->f, F_SZ); \
	out[n + 2] = FLD(p->f, F_LSH); out[n + 3] = FLD(p->f, F_RSH); \
	out[n + 4] = FLD(p->f, F_SIGNED); } while (0)
SEC("socket") int e03(struct bits *p)
{
	ALL(a, 0);
	ALL(c, 5);
	ALL(d, 10);
	ALL(plain, 15);
	return 0;
}
