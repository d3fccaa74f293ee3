/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of emu/btf share. */
#ifndef BEMU_BTF_PRIVATE_H
#define BEMU_BTF_PRIVATE_H

#include "btf/btf.h"

enum {
	BEMU_BTF_HDR_LEN = 24,
	BEMU_BTF_HDR_LEN_LAYOUT = 32,
	BEMU_BTF_LINK_IDX_BITS = 20,
	BEMU_BTF_LINK_IDX_MASK = (1 << BEMU_BTF_LINK_IDX_BITS) - 1,
};

/* Header of post-6.18 tools; the last two fields are 0 when hdr_len is below 32. */
struct bemu_btf_hdr {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;
	uint32_t hdr_len;
	uint32_t type_off;
	uint32_t type_len;
	uint32_t str_off;
	uint32_t str_len;
	uint32_t layout_off;
	uint32_t layout_len;
};

/* One kind's entry of a layout table: bytes behind struct btf_type, once and for each of vlen. */
struct bemu_btf_layout {
	uint8_t info_len;
	uint8_t elem_len;
	uint16_t flags;
};

/**
 * struct bemu_btf - see btf.h
 * @types:    type section in host order, 4-aligned
 * @type_off: where own type number idx (id - start_id) begins in @types
 * @link:     name index, see names.c: the next own type in the same bucket
 * @bucket:   name index: the first own type of each of 1 << @bucket_bits buckets; NULL without an index
 */
struct bemu_btf {
	struct bemu_env *env;
	struct bemu_btf *base;
	uint32_t refs;
	uint32_t start_id;
	uint32_t nr_own;
	uint32_t start_str_off;
	uint32_t str_len;
	uint32_t bucket_bits;
	const char *types;
	const char *strs;
	uint32_t *type_off;
	uint32_t *link;
	uint32_t *bucket;
	const struct bemu_btf_layout *layout;
	uint32_t nr_layout;
	uint32_t types_len;
	const void *raw;
	size_t raw_len;
	void *owned;
	bool swapped;
};

static inline const struct btf_type *bemu_btf_own(const struct bemu_btf *btf, uint32_t idx)
{
	return (const struct btf_type *)(const void *)(btf->types + btf->type_off[idx]);
}

/**
 * bemu_btf_index_names() - fill @link and @bucket
 *
 * On entry @link[idx] holds the name offset of each own type; entries past the strings are skipped.
 */
int bemu_btf_index_names(struct bemu_btf *btf) BEMU_MUST_CHECK;

#endif
