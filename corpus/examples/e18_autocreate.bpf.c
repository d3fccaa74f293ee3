/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// a map that is not created: its ldimm64 loads are replaced by two invalid calls
#include "mini.h"
struct { M_NUM(type, 2); M_TYPE(key, u32); M_TYPE(value, u64); M_NUM(max_entries, 1); } first SEC(".maps"), skipped SEC(".maps");
u64 z;
SEC("socket") int e18(void *ctx)
{
	u32 k = 0;
	h_lookup(&first, &k);
	if (z)
		h_lookup(&skipped, &k);
	return 0;
}
