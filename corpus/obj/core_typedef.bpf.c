/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: roots that are typedefs of anonymous structs, members through typedef and qualifier
 *         chains
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

typedef struct {
	u32 a;
	u64 b;
} CORE anon_td;

typedef const volatile u32 odd_u32;

struct qualified {
	odd_u32 *cv;
	struct incomplete *fwd;
} CORE;

typedef struct {
	unsigned int val;
} CORE kuid_t;

struct cred {
	kuid_t uid;
} CORE;

SEC("raw_tp/mini_event")
int typedefs(u64 *ctx)
{
	anon_td *a = (void *)ctx[0];
	struct qualified *q = (void *)ctx[1];
	struct cred *c = (void *)ctx[1];

	USE(a->b);
	USE(q->cv);
	USE(q->fwd);
	USE(c->uid.val);
	return 0;
}

LICENSE("GPL");
