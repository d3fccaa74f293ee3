/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What can be asked of a blob's map. */
#include "skel/blob.h"

#include <errno.h>
#include <string.h>

static const char *const layout_names[BEMU_NR_LAYOUTS] = {
	[BEMU_LAYOUT_RESERVED] = "reserved",
	[BEMU_LAYOUT_SPARSE] = "sparse",
	[BEMU_LAYOUT_SECOND_MAP] = "second-map",
	[BEMU_LAYOUT_AUX_MAP] = "aux-map",
};

static const char *const kind_names[BEMU_NR_BLOB_KINDS] = {
	[BEMU_BLOB_FD_SLOT] = "fd slot",
	[BEMU_BLOB_UNUSED] = "unused",
	[BEMU_BLOB_BTF] = "btf",
	[BEMU_BLOB_BTF_ATTR] = "btf attr",
	[BEMU_BLOB_MAP_ATTR] = "map attr",
	[BEMU_BLOB_INNER_ATTR] = "inner attr",
	[BEMU_BLOB_VALUE] = "value",
	[BEMU_BLOB_KEY] = "key",
	[BEMU_BLOB_UPDATE_ATTR] = "update attr",
	[BEMU_BLOB_FREEZE_ATTR] = "freeze attr",
	[BEMU_BLOB_LICENSE] = "license",
	[BEMU_BLOB_INSNS] = "insns",
	[BEMU_BLOB_FUNC_INFO] = "func_info",
	[BEMU_BLOB_LINE_INFO] = "line_info",
	[BEMU_BLOB_CORE_RELOS] = "core_relos",
	[BEMU_BLOB_PROG_ATTR] = "prog attr",
	[BEMU_BLOB_NAME] = "name",
	[BEMU_BLOB_ADDRESS] = "address",
	[BEMU_BLOB_PADDING] = "padding",
};

const char *bemu_layout_name(uint32_t layout)
{
	return layout < BEMU_NR_LAYOUTS ? layout_names[layout] : NULL;
}

int bemu_layout_parse(const char *text, uint32_t *out)
{
	uint32_t i;

	for (i = 0; i < BEMU_NR_LAYOUTS; i++)
		if (!strcmp(text, layout_names[i])) {
			*out = i;
			return 0;
		}
	return -EINVAL;
}

const char *bemu_blob_kind_name(uint32_t kind)
{
	return kind < BEMU_NR_BLOB_KINDS ? kind_names[kind] : NULL;
}

/* Mirrors __find_kfunc_desc_btf(), kernel/bpf/verifier.c, v6.18. */
uint32_t bemu_blob_hit(const struct bemu_blob *blob, const struct bemu_blob_call *call,
		       uint64_t *sel_off)
{
	if (!call->off)
		return BEMU_BLOB_HIT_KERNEL;
	if (call->off < 0)
		return BEMU_BLOB_HIT_NEGATIVE;
	*sel_off = (uint64_t)blob->base + 4 * (uint64_t)call->off;
	return *sel_off == blob->slots[call->slot].off ? BEMU_BLOB_HIT : BEMU_BLOB_HIT_OTHER;
}

const struct bemu_blob_region *bemu_blob_find(const struct bemu_blob *blob, uint64_t off)
{
	uint32_t low = 0, high = blob->nr_regions, mid;

	while (low < high) {
		const struct bemu_blob_region *region;

		mid = low + (high - low) / 2;
		region = &blob->regions[mid];
		if (off < region->off)
			high = mid;
		else if (off - region->off >= region->len)
			low = mid + 1;
		else
			return region;
	}
	return NULL;
}
