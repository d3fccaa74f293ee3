/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What every layer below sys is given instead of the whole world: memory, budgets, the log, and the
 * latched fault. One env is used by one thread.
 *
 * Memory of an env comes in size classes from blocks that bemu_env_reset() keeps, so that a steady
 * workload reaches a state without any call of the caller's allocator. With BEMU_ALLOC_PASSTHROUGH
 * (asan, msan presets) each allocation is one of the caller's, exactly as large as asked for.
 */
#ifndef BEMU_BASE_ENV_H
#define BEMU_BASE_ENV_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bemu/bemu.h>
#include <bemu/quirk_set.h>

#include "base/guard.h"

#define BEMU_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BEMU_UNUSED	   __attribute__((unused))

enum { BEMU_LOG_RING = 64 };

struct bemu_log {
	uint64_t nr_written;
	struct bemu_log_record ring[BEMU_LOG_RING];
};

struct bemu_heap;

/**
 * struct bemu_env - see above
 * @fault: 0, or the first fault of ours (-ENOMEM, -EDQUOT): latched by the allocator and by
 *         bemu_env_step() only, cleared by the sys boundary and by loaders when they report it
 * @quirks: overrides for the layers that are given nothing else; kept by bemu_env_reset()
 * @guard:  accesses that would have left their bounds
 */
struct bemu_env {
	struct bemu_heap *heap;
	struct bemu_limits limits;
	int fault;
	uint64_t steps_left;
	struct bemu_log log;
	struct bemu_quirks quirks;
	struct bemu_guard guard;
};

/** bemu_env_quirk() - is it on when @libbpf (enum bemu_libbpf, not the default) is replayed? */
static inline bool bemu_env_quirk(const struct bemu_env *env, uint32_t quirk, uint32_t libbpf)
{
	return bemu_quirks_has(&env->quirks, quirk, libbpf);
}

/** bemu_env_new() - @alloc NULL means malloc(3); @limits NULL or zero fields mean defaults. 0 or -ENOMEM. */
int bemu_env_new(const struct bemu_allocator *alloc, const struct bemu_limits *limits,
		 struct bemu_env **out) BEMU_MUST_CHECK;
/** bemu_env_free() - gives everything back; NULL is allowed */
void bemu_env_free(struct bemu_env *env);
/** bemu_env_reset() - forgets every allocation, the log and the fault; keeps its blocks for later use */
void bemu_env_reset(struct bemu_env *env);
/** bemu_env_live() - allocations not given back so far; for leak checks in tests */
size_t bemu_env_live(const struct bemu_env *env);
/** bemu_env_fail_at() - for tests: the @nth allocation from now on fails, 1 is the next; 0 is none */
void bemu_env_fail_at(struct bemu_env *env, uint64_t nth);

/** bemu_zalloc() - zeroed memory, or NULL with env->fault = -ENOMEM latched and logged */
void *bemu_zalloc(struct bemu_env *env, size_t size) BEMU_MUST_CHECK;
/** bemu_alloc() - as bemu_zalloc() without the zeroes, for what is filled at once */
void *bemu_alloc(struct bemu_env *env, size_t size) BEMU_MUST_CHECK;
/** bemu_zalloc_array() - zeroed @nr elements of @elem bytes; an overflow is -ENOMEM */
void *bemu_zalloc_array(struct bemu_env *env, size_t nr, size_t elem) BEMU_MUST_CHECK;
/** bemu_memdup() - a copy of @len bytes; len 0 gives a valid pointer */
void *bemu_memdup(struct bemu_env *env, const void *src, size_t len) BEMU_MUST_CHECK;
/** bemu_strdup() - a copy of a string */
char *bemu_strdup(struct bemu_env *env, const char *s) BEMU_MUST_CHECK;
/** bemu_strndup() - a NUL-terminated copy of at most @len characters */
char *bemu_strndup(struct bemu_env *env, const char *s, size_t len) BEMU_MUST_CHECK;
/** bemu_mem_free() - gives memory of this env back; NULL is allowed */
void bemu_mem_free(struct bemu_env *env, void *ptr);

/**
 * bemu_grow() - make room in a growable array
 * @arr:  address of the pointer; moved, new room zeroed
 * @cap:  elements there is room for; updated
 * @need: elements wanted
 * @elem: bytes an element
 * Return: 0 or -ENOMEM (@arr and @cap unchanged).
 */
int bemu_grow(struct bemu_env *env, void *arr, uint32_t *cap, size_t need,
	      size_t elem) BEMU_MUST_CHECK;

/** bemu_env_budget() - start a piece of work with limits.max_steps units */
void bemu_env_budget(struct bemu_env *env);
/** bemu_env_step() - spend @n units; 0, or -EDQUOT latched and logged */
int bemu_env_step(struct bemu_env *env, uint64_t n) BEMU_MUST_CHECK;

/**
 * bemu_fail() - log the reason and return @err, so that reporting and leaving are one line
 * @reason: BEMU_R_*; its layer is found from the code
 * @pos:    byte offset, type id, instruction index: as the reason says
 */
int bemu_fail(struct bemu_env *env, int err, enum bemu_reason reason, uint64_t pos, const char *fmt,
	      ...) BEMU_PRINTF(5, 6);
/** bemu_note() - a remark in the log: nothing failed */
void bemu_note(struct bemu_env *env, enum bemu_reason reason, uint64_t pos, const char *fmt, ...)
	BEMU_PRINTF(4, 5);

/* The malloc(3) of bemu_allocator's default; also for tools that need one outside an env. */
const struct bemu_allocator *bemu_default_allocator(void);

#endif
