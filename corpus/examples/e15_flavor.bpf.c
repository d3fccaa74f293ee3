/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// flavors on both sides and candidate pruning order
#include "mini.h"
struct flav { u32 n; } RELOC;
struct flav___old { u32 o; } RELOC;
struct flav___mine { u32 n; u32 o; } RELOC;
u64 out[4];
SEC("socket") int e15(void *p)
{
	out[0] = ((struct flav *)p)->n;			/* only target [23] has n */
	out[1] = ((struct flav___old *)p)->o;		/* only target [22] has o */
	out[2] = ((struct flav___mine *)p)->n;		/* keeps [23] only ... */
	out[3] = FLD(((struct flav___mine *)p)->o, F_EXISTS); /* ... so o is not found any more */
	return 0;
}
