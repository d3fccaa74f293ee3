/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Function and line records of a program: one slice for itself, one for each subprogram behind it.
 * Mirrors comments without a path mean tools/lib/bpf/libbpf.c of libbpf 1.7.
 */
#include <string.h>

#include "load/private.h"

/* What of a text belongs to one kind of record. */
struct infos {
	void **data;
	uint32_t *rec_size, *nr, *cap;
};

static struct infos infos_of(struct bemu_load_text *text, uint32_t kind)
{
	if (kind == BEMU_BTF_EXT_FUNC_INFO)
		return (struct infos){ &text->func_info, &text->func_info_rec_size,
				       &text->nr_func_info, &text->func_info_cap };
	return (struct infos){ &text->line_info, &text->line_info_rec_size, &text->nr_line_info,
			       &text->line_info_cap };
}

static uint32_t insn_off_of(const void *rec)
{
	uint32_t off;

	memcpy(&off, rec, sizeof(off));
	return off / (uint32_t)sizeof(struct bpf_insn);
}

/*
 * Records of [start, start + len) in their block: from the first that lies inside to the last one, whatever
 * stands between; the scan ends at the first behind it. 0, -ENOENT, or a fault.
 */
static int find_slice(struct bemu_load *ld, const struct bemu_btf_ext_sub *sub,
		      const struct bemu_btf_ext_block *block, const struct bemu_obj_prog *prog,
		      uint32_t *first, uint32_t *nr)
{
	uint64_t end = (uint64_t)prog->sec_insn_off + prog->nr_insns;
	bool found = false;
	uint32_t i;
	int err;

	for (i = 0; i < block->nr_recs; i++) {
		uint32_t off = insn_off_of(bemu_btf_ext_rec(sub, block, i));

		if (off < prog->sec_insn_off)
			continue;
		if (off >= end)
			break;
		if (!found)
			*first = i;
		found = true;
		*nr = i - *first + 1;
	}
	err = bemu_env_step(ld->env, i);
	if (err)
		return err;
	return found ? 0 : -ENOENT;
}

/* Mirrors adjust_prog_btf_ext_info(): the first block of the section is the only one that counts. */
static int append(struct bemu_load *ld, struct bemu_load_text *main_text, uint32_t prog_idx,
		  uint32_t kind)
{
	const struct bemu_obj_prog *prog = &ld->obj->progs[prog_idx];
	const struct bemu_btf_ext_sub *sub = &ld->obj->ext->sub[kind];
	struct infos infos = infos_of(main_text, kind);
	uint32_t block, first = 0, nr = 0, i;
	char *dst;
	int err;

	for (block = 0; block < sub->nr_blocks; block++)
		if (ld->ext_secs[kind][block] == prog->sec_idx)
			break;
	if (block == sub->nr_blocks)
		return -ENOENT;
	err = find_slice(ld, sub, &sub->blocks[block], prog, &first, &nr);
	if (!err)
		err = bemu_grow(ld->env, infos.data, infos.cap, (size_t)*infos.nr + nr,
				sub->rec_size);
	if (err)
		return err;
	dst = (char *)*infos.data + (size_t)*infos.nr * sub->rec_size;
	memcpy(dst, bemu_btf_ext_rec(sub, &sub->blocks[block], first), (size_t)nr * sub->rec_size);
	for (i = 0; i < nr; i++, dst += sub->rec_size) {
		uint32_t off =
			insn_off_of(dst) - prog->sec_insn_off + ld->texts[prog_idx].sub_insn_off;

		memcpy(dst, &off, sizeof(off));
	}
	*infos.nr += nr;
	*infos.rec_size = sub->rec_size;
	return 0;
}

/* Missing records of the main program drop the kind for all of it; of a later one they are an error. */
static int append_kind(struct bemu_load *ld, uint32_t main_idx, uint32_t prog_idx, uint32_t kind)
{
	struct bemu_load_text *main_text = &ld->texts[main_idx];
	struct infos infos = infos_of(main_text, kind);
	int err;

	if (main_idx != prog_idx && !*infos.data)
		return 0;
	err = append(ld, main_text, prog_idx, kind);
	if (err != -ENOENT || bemu_load_faulted(ld))
		return err;
	if (*infos.data)
		return bemu_fail(ld->env, -ENOENT, BEMU_R_LOAD_FUNC_INFO, prog_idx,
				 "%s has no %s records, %s has", ld->obj->progs[prog_idx].name,
				 kind == BEMU_BTF_EXT_FUNC_INFO ? "function" : "line",
				 ld->obj->progs[main_idx].name);
	return 0;
}

int bemu_load_func_info(struct bemu_load *ld, uint32_t main_idx, uint32_t prog_idx)
{
	int ret;

	if (!ld->obj->ext)
		return 0;
	ret = bemu_load_feature(ld, BEMU_FEAT_BTF_FUNC);
	if (ret <= 0)
		return ret;
	ret = append_kind(ld, main_idx, prog_idx, BEMU_BTF_EXT_FUNC_INFO);
	return ret ? ret : append_kind(ld, main_idx, prog_idx, BEMU_BTF_EXT_LINE_INFO);
}
