/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// type relocations
#include "mini.h"
struct rec { int id; };
typedef struct rec rec_t;
struct modonly { int a; } RELOC;
struct m2only { int k; } RELOC;
struct nosuch { int a; };
u64 out[12];
SEC("socket") int e05(struct modonly *m)
{
	out[0] = TYPEID(struct rec, ID_LOCAL);
	out[1] = TYPEID(struct rec, ID_TARGET);
	out[2] = TYPEINFO(struct rec, T_EXISTS);
	out[3] = TYPEINFO(struct rec, T_SIZE);
	out[4] = TYPEID(rec_t, ID_TARGET);
	out[5] = TYPEID(struct nosuch, ID_TARGET);
	out[6] = TYPEINFO(struct nosuch, T_EXISTS);
	out[7] = TYPEINFO(struct nosuch, T_SIZE);
	out[8] = TYPEID(struct m2only, ID_TARGET);	/* only in module m2 */
	return 0;
}
