/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// flexible array member and out-of-range array access
#include "mini.h"
struct flex { u32 n; u32 tail[]; } RELOC;
struct rec { struct inner { int x; } in[9]; } RELOC;
u64 out[3];
SEC("socket") int e19(struct flex *f)
{
	out[0] = f->tail[100];
	out[1] = FLD(((struct rec *)f)->in[3].x, F_EXISTS);
	out[2] = FLD(((struct rec *)f)->in[4].x, F_EXISTS);	/* target has 4 elements */
	return 0;
}
