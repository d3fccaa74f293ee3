/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: 65 maps: one more than a light skeleton has room for
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

#define ONE(name)                         \
	struct {                          \
		MAP_NUM(type, MAP_ARRAY); \
		MAP_NUM(key_size, 4);     \
		MAP_NUM(value_size, 4);   \
		MAP_NUM(max_entries, 1);  \
	} name SEC(".maps")
#define EIGHT(name) \
	ONE(name##0); ONE(name##1); ONE(name##2); ONE(name##3); \
	ONE(name##4); ONE(name##5); ONE(name##6); ONE(name##7)

EIGHT(a);
EIGHT(b);
EIGHT(c);
EIGHT(d);
EIGHT(e);
EIGHT(f);
EIGHT(g);
EIGHT(h);
ONE(last);

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&a0);
	USE(&last);
	return 0;
}

LICENSE("GPL");
