/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// 16-bit displacement limits: 32767 is accepted, 32768 is refused
#include "mini.h"
struct big { u32 near; u8 lim; u8 over; u32 far; } RELOC;
u64 out[4];
SEC("socket") int e13_ok(struct big *b)
{
	out[0] = b->lim;
	out[1] = FLD(b->far, F_OFF);	/* ALU immediate: no 16-bit limit */
	return 0;
}
SEC("?socket") int e13_bad(struct big *b) { out[0] = b->over; return 0; }
