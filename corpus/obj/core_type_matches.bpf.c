/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: type_matches: equal, fewer members, extra member, other size, other sign, pointers to
 *         forwards, enums, typedefs
 * Compile: clang-19 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

enum colour { COLOUR_RED, COLOUR_BLUE };
enum colour___more { COLOUR_RED___m, COLOUR_BLUE___m, COLOUR_PUCE };
enum mood { MOOD_BAD = -7, MOOD_GOOD = 7 };

struct inner {
	u32 x;
	u64 y;
};

struct inner___sign {
	s32 x;
};

struct inner___extra {
	u32 x;
	u32 not_there;
};

struct flexible;

struct matched {
	u32 a;
	struct inner in;
	struct flexible *flex;
	enum colour c;
};

struct matched___size {
	u64 a;
};

struct bounded___len {
	u32 items[5];
};

typedef struct {
	u32 a;
	u64 b;
} anon_td;

union overlay {
	u32 word;
};

struct overlay___kind {
	u32 word;
};

SEC("raw_tp/mini_event")
int type_matches(u64 *ctx)
{
	USE(core_type_match(struct matched));
	USE(core_type_match(struct matched___size));
	USE(core_type_match(struct inner));
	USE(core_type_match(struct inner___sign));
	USE(core_type_match(struct inner___extra));
	USE(core_type_match(struct bounded___len));
	USE(core_type_match(enum colour));
	USE(core_type_match(enum colour___more));
	USE(core_type_match(enum mood));
	USE(core_type_match(anon_td));
	USE(core_type_match(union overlay));
	USE(core_type_match(struct overlay___kind));
	return 0;
}

LICENSE("GPL");
