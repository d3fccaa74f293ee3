/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// BTF defined maps, inner maps, program array
#include "mini.h"
struct val { u32 a; u64 b; };
struct in_map { M_NUM(type, 2); M_TYPE(key, u32); M_TYPE(value, struct val); M_NUM(max_entries, 4); };
struct in_map im1 SEC(".maps"), im2 SEC(".maps");
struct {
	M_NUM(type, 12);		/* array of maps */
	M_NUM(max_entries, 3);
	M_TYPE(key, u32);
	M_SLOTS(struct in_map);
} outer SEC(".maps") = { .values = { [0] = &im1, [2] = &im2 } };
struct {
	M_NUM(type, 1); M_NUM(key_size, 8); M_NUM(value_size, 16);
	M_NUM(max_entries, 100); M_NUM(map_flags, 1);
} hm SEC(".maps");
struct { M_NUM(type, 27); M_NUM(max_entries, 5000); } rb SEC(".maps");
int e07_tail(void *ctx);
struct {
	M_NUM(type, 3);
	M_NUM(max_entries, 2);
	M_NUM(key_size, 4);
	int (*values[])(void *);
} jt SEC(".maps") = { .values = { [1] = (void *)&e07_tail } };
SEC("socket") int e07_tail(void *ctx) { return 9; }
SEC("socket") int e07(void *ctx)
{
	u32 k = 0; u64 k8 = 1;
	void *m = h_lookup(&outer, &k);
	struct val *v;
	if (!m) return 0;
	v = h_lookup(m, &k);
	if (v) v->b = 1;
	h_update(&hm, &k8, &k8, 0);
	h_lookup(&im2, &k);
	h_tail(ctx, &jt, 1);
	return 0;
}
