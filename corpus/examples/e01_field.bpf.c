/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// field relocations: nested structs, arrays, anonymous members, pointer chase, resizing
#include "mini.h"
struct inner { int x; int y; } RELOC;
struct rec {
	u32 id;				/* target: 8 bytes, unsigned -> load widened */
	struct inner in[2];		/* target: 4 elements, bigger stride */
	char comm[8];			/* target: char[16] */
	struct rec *next;
	union { u32 ua; };		/* target: two levels of anonymous members */
	u8 tiny;
	u32 flags;
} RELOC;
u64 out[8];
SEC("socket") int e01(struct rec *r)
{
	out[0] = r->id;
	out[1] = r->in[1].y;
	out[2] = r->comm[3];
	out[3] = r->next->flags;
	out[4] = r->ua;
	out[5] = r->tiny;
	out[6] = FLD(r->in[1].x, F_OFF);
	out[7] = FLD(r->comm, F_SZ) + FLD(r->id, F_SZ);
	r->flags = 7;			/* store */
	return 0;
}
