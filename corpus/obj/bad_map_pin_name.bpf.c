/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a pinned map whose name is so long that its path does not fit
 * Compile: clang-14 -O2 -g
 * Expect: mini open:-ENAMETOOLONG
 */
#include "bemu_bpf.h"

#define PASTE(a, b) a##b
#define JOIN(a, b)  PASTE(a, b)
#define N16	    abcdefghijklmnop
#define N64	    JOIN(JOIN(N16, N16), JOIN(N16, N16))
#define N256	    JOIN(JOIN(N64, N64), JOIN(N64, N64))
#define N1024	    JOIN(JOIN(N256, N256), JOIN(N256, N256))
#define N4096	    JOIN(JOIN(N1024, N1024), JOIN(N1024, N1024))

struct {
	MAP_NUM(type, MAP_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 1);
	MAP_NUM(pinning, 1);
} N4096 SEC(".maps");

SEC("raw_tp/mini_event")
int pin_name(u64 *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&N4096, &key) != 0;
}

LICENSE("GPL");
