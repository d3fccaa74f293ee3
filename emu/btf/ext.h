/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* .BTF.ext: func_info, line_info and CO-RE records, in blocks that name an ELF section each. */
#ifndef BEMU_BTF_EXT_H
#define BEMU_BTF_EXT_H

#include "btf/btf.h"

enum bemu_btf_ext_kind {
	BEMU_BTF_EXT_FUNC_INFO,
	BEMU_BTF_EXT_LINE_INFO,
	BEMU_BTF_EXT_CORE_RELO,
	BEMU_BTF_EXT_NR,
};

/** struct bemu_btf_ext_block - records of one ELF section, host byte order; rec_size bytes apart */
struct bemu_btf_ext_block {
	uint32_t sec_name_off;
	uint32_t nr_recs;
	const void *recs;
};

/** struct bemu_btf_ext_sub - one subsection; @rec_size is 0 when absent */
struct bemu_btf_ext_sub {
	uint32_t rec_size;
	uint32_t nr_blocks;
	struct bemu_btf_ext_block *blocks;
};

struct bemu_btf_ext {
	struct bemu_env *env;
	void *data; /* our copy, records in host byte order */
	void *block_of_data; /* what is freed: @data begins in it, so that records are aligned */
	bool swapped;
	struct bemu_btf_ext_sub sub[BEMU_BTF_EXT_NR];
};

/** bemu_btf_ext_parse() - rules of libbpf's btf_ext_parse(); 0, -EINVAL, -ENOTSUP, -ENOMEM */
int bemu_btf_ext_parse(struct bemu_env *env, const void *raw, size_t len,
		       struct bemu_btf_ext **out) BEMU_MUST_CHECK;
/** bemu_btf_ext_parse_as() - with the bugs of that release (enum bemu_libbpf) */
int bemu_btf_ext_parse_as(struct bemu_env *env, uint32_t libbpf, const void *raw, size_t len,
			  struct bemu_btf_ext **out) BEMU_MUST_CHECK;
void bemu_btf_ext_free(struct bemu_btf_ext *ext);

static inline const void *bemu_btf_ext_rec(const struct bemu_btf_ext_sub *sub,
					   const struct bemu_btf_ext_block *block, uint32_t idx)
{
	return (const char *)block->recs + (size_t)idx * sub->rec_size;
}

#endif
