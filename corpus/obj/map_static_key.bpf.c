/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: keys and values that are nested structs, arrays, unions, enums, typedefs and
 *         bitfields: their sizes come from the BTF
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

enum e64 { E64_A = 1 };
typedef u8 ip6_t[16];
struct deep {
	struct {
		ip6_t from, to;
	} pair;
	union {
		u32 w;
		u8 b[4];
	} u[3];
	u16 bits : 3;
};

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, struct deep);
	MAP_TYPE(value, enum e64);
	MAP_NUM(max_entries, 4);
} first SEC(".maps");

struct {
	MAP_NUM(type, MAP_HASH);
	MAP_TYPE(key, ip6_t);
	MAP_TYPE(value, const volatile struct deep *);
	MAP_NUM(max_entries, 4);
} second SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	u64 key[16] = {};

	USE(bpf_map_lookup_elem(&first, key));
	USE(bpf_map_lookup_elem(&second, key));
	return 0;
}

LICENSE("GPL");
