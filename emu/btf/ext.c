// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* .BTF.ext bytes to blocks of records. Mirrors btf_ext_parse(), tools/lib/bpf/btf.c, libbpf 1.7. */
#include "btf/ext.h"

#include <errno.h>
#include <string.h>

#include <bemu/quirks.h>

#include "base/ints.h"

enum {
	HDR_LEN = 24, /* up to line_info */
	HDR_LEN_CORE = 32, /* with core_relo */
	BLOCK_HDR_LEN = 8,
};

struct sub_desc {
	const char *name;
	uint32_t min_rec;
};

static const struct sub_desc subs[BEMU_BTF_EXT_NR] = {
	[BEMU_BTF_EXT_FUNC_INFO] = { "func_info", 8 },
	[BEMU_BTF_EXT_LINE_INFO] = { "line_info", 16 },
	[BEMU_BTF_EXT_CORE_RELO] = { "core_relo", 16 },
};

static uint32_t get_u32(const struct bemu_btf_ext *ext, size_t pos)
{
	uint32_t v;

	memcpy(&v, (const char *)ext->data + pos, sizeof(v));
	return v;
}

/* Words of one subsection to host order; its bounds are known to be good. */
static void swap_words(struct bemu_btf_ext *ext, size_t pos, size_t len)
{
	size_t end = pos + len / 4 * 4;
	uint32_t v;

	for (; pos < end; pos += sizeof(v)) {
		v = bemu_swap32(get_u32(ext, pos));
		memcpy((char *)ext->data + pos, &v, sizeof(v));
	}
}

/* Goes over the blocks; stores them when there is room already. */
static int walk_blocks(struct bemu_btf_ext *ext, const struct sub_desc *desc,
		       struct bemu_btf_ext_sub *sub, size_t pos, size_t end)
{
	struct bemu_env *env = ext->env;
	uint32_t nr = 0, nr_recs;
	uint64_t bytes;

	while (pos < end) {
		if (end - pos < BLOCK_HDR_LEN)
			return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_BLOCK, pos,
					 "%s: %zu bytes at %zu are too few for the %u of a block",
					 desc->name, end - pos, pos, (unsigned int)BLOCK_HDR_LEN);
		nr_recs = get_u32(ext, pos + 4);
		if (!nr_recs)
			return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_BLOCK, pos,
					 "%s: the block at %zu has 0 records", desc->name, pos);
		bytes = (uint64_t)nr_recs * sub->rec_size;
		if (bytes > end - pos - BLOCK_HDR_LEN)
			return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_BLOCK, pos,
					 "%s: %u records of %u bytes at %zu, but only %zu are left",
					 desc->name, nr_recs, sub->rec_size, pos,
					 end - pos - BLOCK_HDR_LEN);
		if (sub->blocks) {
			sub->blocks[nr].sec_name_off = get_u32(ext, pos);
			sub->blocks[nr].nr_recs = nr_recs;
			sub->blocks[nr].recs = (const char *)ext->data + pos + BLOCK_HDR_LEN;
		}
		nr++;
		pos += BLOCK_HDR_LEN + (size_t)bytes;
	}
	sub->nr_blocks = nr;
	return 0;
}

/* Mirrors btf_ext_parse_sec_info() (btf_ext_setup_info() before 1.6), tools/lib/bpf/btf.c. */
static int parse_sub(struct bemu_btf_ext *ext, uint32_t kind, size_t hdr_len, size_t total,
		     uint32_t off, uint32_t len)
{
	const struct sub_desc *desc = &subs[kind];
	struct bemu_btf_ext_sub *sub = &ext->sub[kind];
	struct bemu_env *env = ext->env;
	size_t body = total - hdr_len, pos;
	int err;

	if (!len)
		return 0;
	if (off % 4)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_ALIGN, off,
				 "%s: offset %u is not a multiple of 4", desc->name, off);
	if (off > body || len > body - off)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_SECTION, hdr_len + (size_t)off,
				 "%s: %u + %u leaves the %zu bytes behind the header", desc->name,
				 off, len, body);
	pos = hdr_len + off;
	if (len < sizeof(uint32_t))
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_RECORD, pos,
				 "%s: %u bytes at %zu are too few for a record size", desc->name,
				 len, pos);
	if (ext->swapped)
		swap_words(ext, pos, len);
	sub->rec_size = get_u32(ext, pos);
	if (sub->rec_size < desc->min_rec)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_RECORD, pos,
				 "%s: records of %u bytes at %zu; at least %u are needed",
				 desc->name, sub->rec_size, pos, desc->min_rec);
	if (sub->rec_size % 4)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_ALIGN, pos,
				 "%s: records of %u bytes at %zu, which is not a multiple of 4",
				 desc->name, sub->rec_size, pos);
	if (ext->swapped && sub->rec_size != desc->min_rec)
		return bemu_fail(
			env, -EINVAL, BEMU_R_BTF_EXT_RECORD, pos,
			"%s: records of %u bytes in the other byte order; only %u are read",
			desc->name, sub->rec_size, desc->min_rec);
	if (len == sizeof(uint32_t))
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_BLOCK, pos + sizeof(uint32_t),
				 "%s: no block in %u bytes at %zu", desc->name, len, pos);
	err = walk_blocks(ext, desc, sub, pos + sizeof(uint32_t), pos + len);
	if (err)
		return err;
	sub->blocks = bemu_zalloc_array(env, sub->nr_blocks, sizeof(*sub->blocks));
	if (!sub->blocks)
		return -ENOMEM;
	return walk_blocks(ext, desc, sub, pos + sizeof(uint32_t), pos + len);
}

/* Mirrors btf_ext_parse_hdr(), tools/lib/bpf/btf.c, libbpf 1.7. Makes ext->data the copy. */
static int parse_hdr(struct bemu_btf_ext *ext, uint32_t libbpf, const void *raw, size_t len,
		     struct bemu_btf_ext_header *hdr)
{
	struct bemu_env *env = ext->env;
	uint32_t shift;
	uint16_t magic;

	if (len < 8)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_SHORT, len,
				 "%zu bytes of .BTF.ext end before hdr_len at 4", len);
	memset(hdr, 0, sizeof(*hdr));
	memcpy(hdr, raw, len < sizeof(*hdr) ? len : sizeof(*hdr));
	magic = hdr->magic;
	ext->swapped = magic == bemu_swap16(BTF_MAGIC);
	if (!ext->swapped && magic != BTF_MAGIC)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_MAGIC, magic,
				 "magic of .BTF.ext is 0x%04x, not 0x%04x", magic, BTF_MAGIC);
	if (ext->swapped)
		hdr->hdr_len = bemu_swap32(hdr->hdr_len);
	if (len < hdr->hdr_len)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_SHORT, len,
				 "header of %u bytes in %zu bytes of .BTF.ext", hdr->hdr_len, len);
	if (hdr->version != BTF_VERSION)
		return bemu_fail(env, -ENOTSUP, BEMU_R_BTF_EXT_VERSION, hdr->version,
				 ".BTF.ext of version %u, not %u", hdr->version, BTF_VERSION);
	if (hdr->flags)
		return bemu_fail(env, -ENOTSUP, BEMU_R_BTF_EXT_VERSION, hdr->flags,
				 ".BTF.ext with flags 0x%x, not 0", hdr->flags);
	if (bemu_env_quirk(env, BEMU_QUIRK_BTFEXT_SHORT_HDR, libbpf) && hdr->hdr_len >= HDR_LEN &&
	    hdr->hdr_len < len)
		bemu_guard_ok(&env->guard, BEMU_GUARD_BTF, false, HDR_LEN, HDR_LEN_CORE - HDR_LEN,
			      len, "core_relo of a header of %u bytes", hdr->hdr_len);
	if (len == hdr->hdr_len)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_SHORT, len,
				 ".BTF.ext is a header of %u bytes and no data", hdr->hdr_len);
	if (hdr->hdr_len < HDR_LEN)
		return bemu_fail(env, -EINVAL, BEMU_R_BTF_EXT_HDR_LEN, hdr->hdr_len,
				 "header of .BTF.ext has %u bytes; at least %u are needed",
				 hdr->hdr_len, (unsigned int)HDR_LEN);
	/* records are read in place: put them on a multiple of 4 whatever the header's length */
	shift = hdr->hdr_len % 4 ? 4 - hdr->hdr_len % 4 : 0;
	ext->block_of_data = bemu_alloc(env, len + shift);
	if (!ext->block_of_data)
		return -ENOMEM;
	ext->data = (char *)ext->block_of_data + shift;
	memcpy(ext->data, raw, len);
	if (ext->swapped) {
		hdr->func_info_off = bemu_swap32(hdr->func_info_off);
		hdr->func_info_len = bemu_swap32(hdr->func_info_len);
		hdr->line_info_off = bemu_swap32(hdr->line_info_off);
		hdr->line_info_len = bemu_swap32(hdr->line_info_len);
		hdr->core_relo_off = bemu_swap32(hdr->core_relo_off);
		hdr->core_relo_len = bemu_swap32(hdr->core_relo_len);
	}
	return 0;
}

int bemu_btf_ext_parse(struct bemu_env *env, const void *raw, size_t len, struct bemu_btf_ext **out)
{
	return bemu_btf_ext_parse_as(env, BEMU_LIBBPF_DEFAULT, raw, len, out);
}

int bemu_btf_ext_parse_as(struct bemu_env *env, uint32_t libbpf, const void *raw, size_t len,
			  struct bemu_btf_ext **out)
{
	struct bemu_btf_ext_header hdr;
	struct bemu_btf_ext *ext;
	int err;

	ext = bemu_zalloc(env, sizeof(*ext));
	if (!ext)
		return -ENOMEM;
	ext->env = env;
	err = parse_hdr(ext, libbpf, raw, len, &hdr);
	if (err)
		goto out;
	err = parse_sub(ext, BEMU_BTF_EXT_FUNC_INFO, hdr.hdr_len, len, hdr.func_info_off,
			hdr.func_info_len);
	if (!err)
		err = parse_sub(ext, BEMU_BTF_EXT_LINE_INFO, hdr.hdr_len, len, hdr.line_info_off,
				hdr.line_info_len);
	if (!err && hdr.hdr_len >= HDR_LEN_CORE)
		err = parse_sub(ext, BEMU_BTF_EXT_CORE_RELO, hdr.hdr_len, len, hdr.core_relo_off,
				hdr.core_relo_len);
	if (err)
		goto out;
	*out = ext;
	ext = NULL;
out:
	bemu_btf_ext_free(ext);
	return err;
}

void bemu_btf_ext_free(struct bemu_btf_ext *ext)
{
	uint32_t i;

	if (!ext)
		return;
	for (i = 0; i < BEMU_BTF_EXT_NR; i++)
		bemu_mem_free(ext->env, ext->sub[i].blocks);
	bemu_mem_free(ext->env, ext->block_of_data);
	bemu_mem_free(ext->env, ext);
}
