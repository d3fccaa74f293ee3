/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: type_exists and type_size: struct, union, enum, typedef chains, pointer typedef,
 *         missing, and a forward declaration, which finds no definition
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct inner {
	u32 x;
};

struct rq;
struct incomplete;

typedef struct {
	u32 a;
} anon_td;

typedef anon_td chained_td;
typedef int (*callback_td)(void *, u32);

enum colour { COLOUR_RED };

union overlay {
	u32 word;
};

struct no_such_type {
	int field;
};

union inner_u {
	int other_kind;
};

SEC("raw_tp/mini_event")
int type_exists(u64 *ctx)
{
	USE(core_type(struct inner));
	USE(core_type_size(struct inner));
	USE(core_type(union overlay));
	USE(core_type_size(union overlay));
	USE(core_type(enum colour));
	USE(core_type_size(enum colour));
	USE(core_type(chained_td));
	USE(core_type_size(chained_td));
	USE(core_type(callback_td));
	USE(core_type(u64));
	USE(core_type_size(u64));
	USE(core_type(struct rq));
	USE(core_type(struct incomplete));
	USE(core_type(struct no_such_type));
	USE(core_type_size(struct no_such_type));
	USE(core_type(union inner_u));
	return 0;
}

LICENSE("GPL");
