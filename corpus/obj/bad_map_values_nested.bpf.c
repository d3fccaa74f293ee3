/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an inner map that is a map of maps itself
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-EOPNOTSUPP
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_ARRAY_OF_MAPS);
	MAP_TYPE(key, u32);
	MAP_NUM(max_entries, 1);
	MAP_VALUES(struct {
		MAP_NUM(type, MAP_ARRAY_OF_MAPS);
		MAP_VALUES(struct { MAP_NUM(type, MAP_ARRAY); });
	});
} broken SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
