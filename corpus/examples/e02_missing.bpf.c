/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// missing fields / types / wrong size: existence, poison, signed resize
#include "mini.h"
struct rec { u32 flags; u32 gone; int sg; } RELOC;
struct nosuch { int a; } RELOC;
u64 out[8];
SEC("socket") int e02(struct rec *r)
{
	out[0] = FLD(r->flags, F_EXISTS);
	out[1] = FLD(r->gone, F_EXISTS);
	if (FLD(r->gone, F_EXISTS))
		out[2] = r->gone;		/* poisoned load */
	out[3] = FLD(r->sg, F_SZ);
	out[4] = r->sg;				/* signed 4 -> 8: poisoned load */
	out[5] = FLD(((struct nosuch *)r)->a, F_EXISTS);
	out[6] = ((struct nosuch *)r)->a;	/* poisoned load */
	return 0;
}
