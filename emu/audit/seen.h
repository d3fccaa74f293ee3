/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Fields of the attribute of a call that was seen, by their places. */
#ifndef BEMU_AUDIT_SEEN_H
#define BEMU_AUDIT_SEEN_H

#include <stddef.h>
#include <string.h>

#include <bemu/watch.h>

#include "uapi/bpf.h"

#define MAP_OFF(f)  ((uint32_t)offsetof(struct bemu_attr_map_create, f))
#define LOAD_OFF(f) ((uint32_t)offsetof(struct bemu_attr_prog_load, f))
#define BTF_OFF(f)  ((uint32_t)offsetof(struct bemu_attr_btf_load, f))

static inline uint32_t bemu_seen_u32(const struct bemu_seen *seen, uint32_t off)
{
	uint32_t v;

	memcpy(&v, seen->attr + off, sizeof(v));
	return v;
}

static inline uint64_t bemu_seen_u64(const struct bemu_seen *seen, uint32_t off)
{
	uint64_t v;

	memcpy(&v, seen->attr + off, sizeof(v));
	return v;
}

#endif
