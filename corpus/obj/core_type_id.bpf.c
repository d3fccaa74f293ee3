/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: type_id_local and type_id_target: struct, enum, typedef, union, a missing type (0)
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct inner {
	u32 x;
};

typedef struct {
	u32 a;
} anon_td;

enum colour { COLOUR_RED };

union overlay {
	u32 word;
};

struct no_such_type {
	int field;
};

SEC("raw_tp/mini_event")
int type_id(u64 *ctx)
{
	USE(core_local_id(struct inner));
	USE(core_local_id(anon_td));
	USE(core_target_id(struct inner));
	USE(core_target_id(anon_td));
	USE(core_target_id(enum colour));
	USE(core_target_id(union overlay));
	USE(core_target_id(struct no_such_type));
	return 0;
}

LICENSE("GPL");
