// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hunt.h"

enum fuzz_outcome fuzz_outcome;
bool fuzz_is_replay;

void fuzz_failed(const char *file, int line, const char *what, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: does not hold: %s\n  ", file, line, what);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

uint8_t *fuzz_sub(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	FUZZ_CHECK(copy);
	if (len)
		memcpy(copy, data, len);
	return copy;
}

void fuzz_input_init(struct fuzz_input *in, const uint8_t *data, size_t size)
{
	in->whole = data;
	in->whole_size = size;
	size = bemu_knobs_split(data, size, &in->knobs);
	in->data = fuzz_sub(data, size);
	in->size = size;
	fuzz_outcome = FUZZ_UNDECIDED;
}

void fuzz_input_fini(struct fuzz_input *in)
{
	free(in->data);
	if (fuzz_hunt_ends())
		fuzz_hunt_again(LLVMFuzzerTestOneInput, in->whole, in->whole_size);
}

uint32_t fuzz_kernel(const struct fuzz_input *in)
{
	return bemu_knobs_kernel(&in->knobs);
}

uint32_t fuzz_libbpf(const struct fuzz_input *in)
{
	return bemu_knobs_libbpf(&in->knobs);
}

bool fuzz_twice(const struct fuzz_input *in)
{
	return !fuzz_hunting() && (fuzz_is_replay || (in->knobs.flags & BEMU_KNOB_TWICE));
}

/*
 * A library's buffers for a kernel's log have 16 MB each. A sanitizer needs milliseconds for the shadow
 * of one, so the last ones are kept and handed out again.
 */
enum { BIG = 1 << 20, NR_BIG = 4 };

static struct big {
	void *ptr;
	size_t size;
	bool used;
} bigs[NR_BIG];

static void *fuzz_alloc(void *ctx, size_t size)
{
	struct big *big = NULL;
	size_t i;

	(void)ctx;
	if (size < BIG)
		return malloc(size);
	for (i = 0; i < NR_BIG; i++) {
		if (!bigs[i].used && (!big || bigs[i].size >= size))
			big = &bigs[i];
	}
	if (!big)
		return malloc(size);
	if (big->size < size) {
		free(big->ptr);
		big->ptr = malloc(size);
		big->size = big->ptr ? size : 0;
	}
	big->used = big->ptr != NULL;
	return big->ptr;
}

static void fuzz_free(void *ctx, void *ptr, size_t size)
{
	size_t i;

	(void)ctx;
	(void)size;
	for (i = 0; size >= BIG && i < NR_BIG; i++) {
		if (bigs[i].ptr == ptr) {
			bigs[i].used = false;
			return;
		}
	}
	free(ptr);
}

const struct bemu_allocator *fuzz_allocator(void)
{
	static const struct bemu_allocator alloc = { fuzz_alloc, fuzz_free, NULL };

	return &alloc;
}

void fuzz_arm(struct bemu_env *env, const struct fuzz_input *in)
{
	env->limits.max_steps = BEMU_KNOB_MAX_STEPS;
	if (in->knobs.flags & BEMU_KNOB_FEW_STEPS)
		env->limits.max_steps = in->knobs.steps;
	env->steps_left = env->limits.max_steps;
	bemu_env_fail_at(env, in->knobs.flags & BEMU_KNOB_FAIL_ALLOC ? in->knobs.nth : 0);
}

struct bemu_env *fuzz_env(const struct fuzz_input *in)
{
	static const struct bemu_limits limits = { .max_memory = BEMU_KNOB_MAX_MEMORY };
	static struct bemu_env *env;

	if (!env)
		FUZZ_CHECK(!bemu_env_new(fuzz_allocator(), &limits, &env));
	bemu_env_reset(env);
	env->guard.nr = 0;
	env->quirks = fuzz_quirks();
	fuzz_arm(env, in);
	return env;
}

struct bemu_env *fuzz_steady_env(void)
{
	static struct bemu_env *env;

	if (!env)
		FUZZ_CHECK(!bemu_env_new(fuzz_allocator(), NULL, &env));
	return env;
}

void fuzz_warm(struct bemu_env *env)
{
	enum { PIECE = 16 << 10, NR = 32 };
	void *pieces[NR];
	size_t i;

	for (i = 0; i < NR; i++)
		pieces[i] = bemu_alloc(env, PIECE);
	for (i = 0; i < NR; i++)
		bemu_mem_free(env, pieces[i]);
	bemu_env_reset(env);
}

void fuzz_env_done(struct bemu_env *env)
{
	/* a world with quirks of the kernel keeps what is dead */
	FUZZ_CHECK_MSG(fuzz_hunting() || !bemu_env_live(env), "%zu allocations were not given back",
		       bemu_env_live(env));
}
