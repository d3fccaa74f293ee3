/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What unit tests share: cmocka, an allocator that fails on the n-th call, and the failure sweep. */
#ifndef BEMU_UNIT_HELPERS_H
#define BEMU_UNIT_HELPERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/env.h"

/** struct test_alloc - counts allocations; the @fail_at-th (from 1) returns NULL; 0 never fails */
struct test_alloc {
	struct bemu_allocator ops;
	unsigned long nr_calls;
	unsigned long fail_at;
	long live;
};

static inline void *test_alloc_alloc(void *ctx, size_t size)
{
	struct test_alloc *a = ctx;
	void *ptr;

	a->nr_calls++;
	if (a->fail_at && a->nr_calls == a->fail_at)
		return NULL;
	ptr = malloc(size ? size : 1);
	if (ptr)
		a->live++;
	return ptr;
}

static inline void test_alloc_free(void *ctx, void *ptr, size_t size)
{
	struct test_alloc *a = ctx;

	(void)size;
	if (ptr)
		a->live--;
	free(ptr);
}

static inline void test_alloc_init(struct test_alloc *a, unsigned long fail_at)
{
	memset(a, 0, sizeof(*a));
	a->ops.alloc = test_alloc_alloc;
	a->ops.free = test_alloc_free;
	a->ops.ctx = a;
	a->fail_at = fail_at;
}

static inline struct bemu_env *test_env(void)
{
	struct bemu_env *env = NULL;

	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	return env;
}

/*
 * Failure sweep: runs @fn with the 1st, 2nd, 3rd ... allocation failing until a run meets no failure.
 * @fn gets a fresh env and returns its result, having freed what it made; a failed run must return
 * -ENOMEM and latch the fault, nothing may stay allocated, and a run without failure must return 0.
 * (Each allocation reaches this allocator only with BEMU_ALLOC_PASSTHROUGH, as in the asan preset;
 * elsewhere the sweep fails whole blocks.)
 */
static inline void test_failure_sweep(int (*fn)(struct bemu_env *env, void *arg), void *arg)
{
	unsigned long n;

	for (n = 1; n < 100000; n++) {
		struct test_alloc a;
		struct bemu_env *env = NULL;
		int err;

		test_alloc_init(&a, n);
		err = bemu_env_new(&a.ops, NULL, &env);
		if (err) {
			assert_int_equal(err, -12);
			assert_int_equal(a.live, 0);
			continue;
		}
		err = fn(env, arg);
		if (a.nr_calls < n) {
			assert_int_equal(err, 0);
			assert_int_equal(env->fault, 0);
			assert_int_equal(bemu_env_live(env), 0);
			bemu_env_free(env);
			assert_int_equal(a.live, 0);
			return;
		}
		assert_int_equal(err, -12);
		assert_int_equal(env->fault, -12);
		assert_int_equal(bemu_env_live(env), 0);
		bemu_env_free(env);
		assert_int_equal(a.live, 0);
	}
	fail_msg("the sweep never came to an end");
}

#endif
