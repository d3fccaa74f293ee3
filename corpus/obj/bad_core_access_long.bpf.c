/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: an access string of more than 64 numbers
 * Compile: clang-14 -O2 -g
 * Expect: mini load:-EINVAL
 */
#include "bemu_bpf.h"

#define ONE  [1]
#define FOUR ONE ONE ONE ONE
#define MANY FOUR FOUR FOUR FOUR

struct outer {
	u8 cell MANY MANY MANY MANY;
} CORE;

#define Z    [0]
#define ZZZZ Z Z Z Z
#define ZEROS ZZZZ ZZZZ ZZZZ ZZZZ

SEC("raw_tp/mini_event")
int access_long(u64 *ctx)
{
	struct outer *o = (void *)ctx[0];

	return core_field(o->cell ZEROS ZEROS ZEROS ZEROS);
}

LICENSE("GPL");
