// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "skel/mem.h"

#include <errno.h>
#include <string.h>

/* The bytes at @addr, all of them in one piece that was added; NULL otherwise. */
static void *resolve(const struct bemu_skel_mem *mem, uint64_t addr, size_t len)
{
	uint32_t i;

	for (i = mem->nr; i; i--) {
		const struct bemu_skel_span *span = &mem->spans[i - 1];
		uint64_t off = addr - (uint64_t)(uintptr_t)span->ptr;

		if (off < span->len && len <= span->len - off)
			return (uint8_t *)span->ptr + off;
	}
	return NULL;
}

static int mem_read(void *ctx, uint64_t uaddr, void *dst, size_t len)
{
	const void *src = len ? resolve(ctx, uaddr, len) : NULL;

	if (src)
		memcpy(dst, src, len);
	return src || !len ? 0 : -EFAULT;
}

static int mem_write(void *ctx, uint64_t uaddr, const void *src, size_t len)
{
	void *dst = len ? resolve(ctx, uaddr, len) : NULL;

	if (dst)
		memcpy(dst, src, len);
	return dst || !len ? 0 : -EFAULT;
}

void bemu_skel_mem_init(struct bemu_skel_mem *mem, struct bemu_env *env)
{
	memset(mem, 0, sizeof(*mem));
	mem->env = env;
	mem->ops.read = mem_read;
	mem->ops.write = mem_write;
	mem->ops.ctx = mem;
}

void bemu_skel_mem_fini(struct bemu_skel_mem *mem)
{
	bemu_mem_free(mem->env, mem->spans);
	mem->spans = NULL;
	mem->nr = mem->cap = 0;
}

int bemu_skel_mem_add(struct bemu_skel_mem *mem, const void *ptr, size_t len)
{
	if (!mem || !len)
		return 0;
	if (bemu_grow(mem->env, &mem->spans, &mem->cap, (size_t)mem->nr + 1, sizeof(*mem->spans)))
		return -ENOMEM;
	mem->spans[mem->nr++] = (struct bemu_skel_span){ (void *)(uintptr_t)ptr, len };
	return 0;
}

void bemu_skel_mem_cut(struct bemu_skel_mem *mem, uint32_t nr)
{
	if (mem && mem->nr > nr)
		mem->nr = nr;
}
