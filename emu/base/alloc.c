// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The heap of an env. The only file of emu/ that names malloc and free.
 *
 * Every chunk starts with a header that holds its size class, or its size when it is large. Chunks of
 * a class are cut from blocks and, when freed, go to the free list of the class. Large chunks come
 * from the caller's allocator one by one and hang on a list, so that a reset can give them back.
 *
 *   block: | hdr | 32 | 32 | 128 | 32 | ... free ...        |
 *                        ^free list of class 128            ^end
 *
 * Under AddressSanitizer a block is poisoned but for what is asked for: headers and what is left of a
 * chunk are red zones, and freed chunks may not be touched.
 */
#include "base/env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ALLOC_POISONS
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ALLOC_POISONS
#endif
#if defined(ALLOC_POISONS) && !defined(BEMU_ALLOC_PASSTHROUGH)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(addr, size)	((void)(addr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#endif

enum {
	MIN_SHIFT = 5, /* smallest chunk: 32 bytes, header included */
	MAX_SHIFT = 15, /* largest chunk from a block: 32 KiB */
	NR_CLASSES = MAX_SHIFT - MIN_SHIFT + 1,
	BLOCK_SIZE = 256 * 1024,
	CLASS_LARGE = NR_CLASSES,
};

struct chunk {
	uint32_t class_idx;
	uint32_t live; /* CHUNK_LIVE or CHUNK_DEAD: catches a double free */
	union {
		struct chunk *next; /* while on a free list */
		size_t size; /* bytes asked for while allocated */
	};
};

struct large {
	struct large *prev, *next;
	size_t total;
	size_t pad;
	struct chunk chunk; /* last: the caller's bytes follow */
};

struct block {
	struct block *next;
	size_t used;
};

enum { CHUNK_LIVE = 0x6c697665, CHUNK_DEAD = 0x64656164 };

_Static_assert(sizeof(struct chunk) % 16 == 0, "chunk headers keep the alignment of malloc");
_Static_assert(sizeof(struct large) % 16 == 0, "large headers keep the alignment of malloc");
_Static_assert(sizeof(struct block) % 16 == 0, "block headers keep the alignment of malloc");

struct bemu_heap {
	struct bemu_allocator alloc;
	struct chunk *free_list[NR_CLASSES];
	struct block *blocks; /* all blocks; the first ones up to @current are in use */
	struct block *current;
	struct large *large;
	size_t held; /* bytes got from the caller's allocator */
	size_t nr_live;
	uint64_t fail_in; /* allocations until one fails; 0 is never */
};

static void *default_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void default_free(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	(void)size;
	free(ptr);
}

const struct bemu_allocator *bemu_default_allocator(void)
{
	static const struct bemu_allocator def = { .alloc = default_alloc, .free = default_free };

	return &def;
}

static void *outer_alloc(struct bemu_env *env, size_t size)
{
	struct bemu_heap *heap = env->heap;
	void *ptr = NULL;

	if (size <= env->limits.max_memory && heap->held <= env->limits.max_memory - size)
		ptr = heap->alloc.alloc(heap->alloc.ctx, size);
	if (!ptr) {
		env->fault = env->fault ? env->fault : -ENOMEM;
		(void)bemu_fail(env, -ENOMEM, BEMU_R_NO_MEMORY, size,
				"out of memory: %zu bytes wanted, %zu held", size, heap->held);
		return NULL;
	}
	heap->held += size;
	return ptr;
}

static void outer_free(struct bemu_heap *heap, void *ptr, size_t size)
{
	heap->held -= size;
	heap->alloc.free(heap->alloc.ctx, ptr, size);
}

static void *large_alloc(struct bemu_env *env, size_t size)
{
	struct bemu_heap *heap = env->heap;
	struct large *large;
	size_t total;

	if (__builtin_add_overflow(size, sizeof(*large), &total))
		total = SIZE_MAX;
	large = outer_alloc(env, total);
	if (!large)
		return NULL;
	large->prev = NULL;
	large->next = heap->large;
	large->total = total;
	large->chunk.class_idx = CLASS_LARGE;
	large->chunk.live = CHUNK_LIVE;
	large->chunk.size = size;
	if (heap->large)
		heap->large->prev = large;
	heap->large = large;
	return large + 1;
}

static void large_free(struct bemu_heap *heap, struct large *large)
{
	if (large->prev)
		large->prev->next = large->next;
	else
		heap->large = large->next;
	if (large->next)
		large->next->prev = large->prev;
	outer_free(heap, large, large->total);
}

#ifndef BEMU_ALLOC_PASSTHROUGH
static unsigned int class_of(size_t total)
{
	/* the power of two that holds it: one bit more than the largest number below it has */
	return total <= (size_t)1 << MIN_SHIFT
		       ? 0
		       : 64 - MIN_SHIFT -
				 (unsigned int)__builtin_clzll((unsigned long long)total - 1);
}

/* The next block that has room for @size bytes: the current one, a kept one, or a new one. */
static struct block *block_with_room(struct bemu_env *env, size_t size)
{
	struct bemu_heap *heap = env->heap;
	struct block *block = heap->current;

	if (block && BLOCK_SIZE - block->used >= size)
		return block;
	if (block && block->next) {
		block = block->next;
	} else {
		block = outer_alloc(env, BLOCK_SIZE);
		if (!block)
			return NULL;
		block->next = NULL;
		if (heap->current)
			heap->current->next = block;
		else
			heap->blocks = block;
	}
	ASAN_POISON_MEMORY_REGION(block + 1, BLOCK_SIZE - sizeof(*block));
	block->used = sizeof(*block);
	heap->current = block;
	return block;
}

static void *class_alloc(struct bemu_env *env, size_t size)
{
	struct bemu_heap *heap = env->heap;
	unsigned int class_idx = class_of(size + sizeof(struct chunk));
	struct chunk *chunk = heap->free_list[class_idx];
	struct block *block;

	if (chunk) {
		ASAN_UNPOISON_MEMORY_REGION(chunk, sizeof(*chunk));
		heap->free_list[class_idx] = chunk->next;
	} else {
		block = block_with_room(env, (size_t)1 << (class_idx + MIN_SHIFT));
		if (!block)
			return NULL;
		chunk = (struct chunk *)((char *)block + block->used);
		block->used += (size_t)1 << (class_idx + MIN_SHIFT);
		ASAN_UNPOISON_MEMORY_REGION(chunk, sizeof(*chunk));
	}
	chunk->class_idx = class_idx;
	chunk->live = CHUNK_LIVE;
	chunk->size = size;
	ASAN_POISON_MEMORY_REGION(chunk, sizeof(*chunk));
	ASAN_UNPOISON_MEMORY_REGION(chunk + 1, size);
	return chunk + 1;
}
#endif

/* The allocation that a test wants to see fail. */
static bool is_the_one(struct bemu_env *env, size_t size)
{
	if (!env->heap->fail_in || --env->heap->fail_in)
		return false;
	env->fault = env->fault ? env->fault : -ENOMEM;
	(void)bemu_fail(env, -ENOMEM, BEMU_R_NO_MEMORY, size,
			"out of memory: this allocation of %zu bytes is to fail", size);
	return true;
}

void bemu_env_fail_at(struct bemu_env *env, uint64_t nth)
{
	env->heap->fail_in = nth;
}

void *bemu_alloc(struct bemu_env *env, size_t size)
{
	void *ptr;

	if (__builtin_expect(env->heap->fail_in != 0, 0) && is_the_one(env, size))
		return NULL;

#ifdef BEMU_ALLOC_PASSTHROUGH
	ptr = large_alloc(env, size);
#else
	if (size > ((size_t)1 << MAX_SHIFT) - sizeof(struct chunk))
		ptr = large_alloc(env, size);
	else
		ptr = class_alloc(env, size);
#endif
	if (ptr)
		env->heap->nr_live++;
	return ptr;
}

void *bemu_zalloc(struct bemu_env *env, size_t size)
{
	void *ptr = bemu_alloc(env, size);

	if (ptr)
		memset(ptr, 0, size);
	return ptr;
}

void *bemu_zalloc_array(struct bemu_env *env, size_t nr, size_t elem)
{
	size_t size;

	if (__builtin_mul_overflow(nr, elem, &size))
		size = SIZE_MAX;
	return bemu_zalloc(env, size);
}

void *bemu_memdup(struct bemu_env *env, const void *src, size_t len)
{
	void *ptr = bemu_alloc(env, len);

	if (ptr && len)
		memcpy(ptr, src, len);
	return ptr;
}

char *bemu_strndup(struct bemu_env *env, const char *s, size_t len)
{
	size_t n = strnlen(s, len);
	char *copy = bemu_alloc(env, n + 1);

	if (copy) {
		memcpy(copy, s, n);
		copy[n] = '\0';
	}
	return copy;
}

char *bemu_strdup(struct bemu_env *env, const char *s)
{
	return bemu_strndup(env, s, strlen(s));
}

void bemu_mem_free(struct bemu_env *env, void *ptr)
{
	struct bemu_heap *heap = env->heap;
	struct chunk *chunk;

	if (!ptr)
		return;
	chunk = (struct chunk *)ptr - 1;
	ASAN_UNPOISON_MEMORY_REGION(chunk, sizeof(*chunk));
	if (chunk->live != CHUNK_LIVE)
		abort(); /* a double or wild free of ours */
	chunk->live = CHUNK_DEAD;
	heap->nr_live--;
	if (chunk->class_idx == CLASS_LARGE) {
		large_free(heap, (struct large *)ptr - 1);
		return;
	}
	chunk->next = heap->free_list[chunk->class_idx];
	heap->free_list[chunk->class_idx] = chunk;
	ASAN_POISON_MEMORY_REGION(chunk, (size_t)1 << (chunk->class_idx + MIN_SHIFT));
}

int bemu_grow(struct bemu_env *env, void *arr, uint32_t *cap, size_t need, size_t elem)
{
	void *old, *ptr;
	size_t want;

	if (need <= *cap)
		return 0;
	want = (size_t)*cap + *cap / 2;
	if (want < need)
		want = need;
	if (want < 8)
		want = 8;
	if (want > UINT32_MAX)
		want = SIZE_MAX;
	ptr = bemu_zalloc_array(env, want, elem);
	if (!ptr)
		return -ENOMEM;
	memcpy(&old, arr, sizeof(old));
	if (old)
		memcpy(ptr, old, (size_t)*cap * elem);
	bemu_mem_free(env, old);
	memcpy(arr, &ptr, sizeof(ptr));
	*cap = (uint32_t)want;
	return 0;
}

static void set_limits(struct bemu_limits *to, const struct bemu_limits *from)
{
	if (from)
		*to = *from;
	to->max_memory = to->max_memory ? to->max_memory : (size_t)1 << 30;
	to->max_types = to->max_types ? to->max_types : 0xfffff;
	to->max_insns = to->max_insns ? to->max_insns : 1000000;
	to->max_objects = to->max_objects ? to->max_objects : 1u << 20;
	to->max_fds = to->max_fds ? to->max_fds : 1u << 20;
	to->max_steps = to->max_steps ? to->max_steps : (uint64_t)1 << 28;
}

int bemu_env_new(const struct bemu_allocator *alloc, const struct bemu_limits *limits,
		 struct bemu_env **out)
{
	struct bemu_env *env;
	struct bemu_heap *heap;

	if (!alloc)
		alloc = bemu_default_allocator();
	env = alloc->alloc(alloc->ctx, sizeof(*env));
	if (!env)
		return -ENOMEM;
	memset(env, 0, sizeof(*env));
	heap = alloc->alloc(alloc->ctx, sizeof(*heap));
	if (!heap) {
		alloc->free(alloc->ctx, env, sizeof(*env));
		return -ENOMEM;
	}
	memset(heap, 0, sizeof(*heap));
	heap->alloc = *alloc;
	env->heap = heap;
	set_limits(&env->limits, limits);
	env->steps_left = env->limits.max_steps;
	*out = env;
	return 0;
}

static void free_all_large(struct bemu_heap *heap)
{
	while (heap->large)
		large_free(heap, heap->large);
}

void bemu_env_free(struct bemu_env *env)
{
	struct bemu_allocator alloc;
	struct bemu_heap *heap;
	struct block *block, *next;

	if (!env)
		return;
	heap = env->heap;
	alloc = heap->alloc;
	free_all_large(heap);
	for (block = heap->blocks; block; block = next) {
		next = block->next;
		ASAN_UNPOISON_MEMORY_REGION(block, BLOCK_SIZE);
		outer_free(heap, block, BLOCK_SIZE);
	}
	alloc.free(alloc.ctx, heap, sizeof(*heap));
	alloc.free(alloc.ctx, env, sizeof(*env));
}

void bemu_env_reset(struct bemu_env *env)
{
	struct bemu_heap *heap = env->heap;

	free_all_large(heap);
	if (heap->blocks) /* the others are poisoned when they come into use */
		ASAN_POISON_MEMORY_REGION(heap->blocks + 1,
					  heap->blocks->used - sizeof(*heap->blocks));
	memset(heap->free_list, 0, sizeof(heap->free_list));
	heap->current = heap->blocks;
	if (heap->current)
		heap->current->used = sizeof(struct block);
	heap->nr_live = 0;
	heap->fail_in = 0;
	env->fault = 0;
	env->steps_left = env->limits.max_steps;
	env->log.nr_written = 0;
	env->guard.nr = 0;
}

size_t bemu_env_live(const struct bemu_env *env)
{
	return env->heap->nr_live;
}
