/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: perf event arrays: max_entries absent (0) becomes the number of CPUs, a given one
 *         stays
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_PERF_EVENT_ARRAY);
	MAP_TYPE(key, int);
	MAP_TYPE(value, int);
} all_cpus SEC(".maps");

struct {
	MAP_NUM(type, MAP_PERF_EVENT_ARRAY);
	MAP_NUM(key_size, 4);
	MAP_NUM(value_size, 4);
	MAP_NUM(max_entries, 2);
} two SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&all_cpus);
	USE(&two);
	return 0;
}

LICENSE("GPL");
