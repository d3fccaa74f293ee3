/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// light skeleton: map-in-map with declarative slots
#include "mini.h"
struct in_map { M_NUM(type, 2); M_TYPE(key, u32); M_TYPE(value, u64); M_NUM(max_entries, 1); };
struct in_map im1 SEC(".maps");
struct {
	M_NUM(type, 12);
	M_NUM(max_entries, 2);
	M_TYPE(key, u32);
	M_SLOTS(struct in_map);
} outer SEC(".maps") = { .values = { [1] = &im1 } };
SEC("socket") int e21(void *ctx) { u32 k = 1; return h_lookup(&outer, &k) != 0; }
