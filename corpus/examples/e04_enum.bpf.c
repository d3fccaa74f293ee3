/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// enumerator value / existence
#include "mini.h"
enum color { RED, GREEN, BLUE };
enum color___v2 { GREEN___v2 = 5 };
enum nope { NOPE = 3 };
u64 out[8];
SEC("socket") int e04(void *ctx)
{
	out[0] = ENUMINFO(enum color, RED, E_VALUE);
	out[1] = ENUMINFO(enum color, GREEN, E_VALUE);
	out[2] = ENUMINFO(enum color, BLUE, E_EXISTS);
	if (ENUMINFO(enum color, BLUE, E_EXISTS))
		out[3] = ENUMINFO(enum color, BLUE, E_VALUE);	/* poisoned ldimm64 */
	out[4] = ENUMINFO(enum color___v2, GREEN___v2, E_VALUE);
	out[5] = ENUMINFO(enum nope, NOPE, E_EXISTS);
	return 0;
}
