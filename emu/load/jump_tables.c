/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Jump tables, since 1.7: each becomes a frozen map of instruction numbers, made while code is relocated. */
#include <string.h>

#include "load/private.h"

enum { ENTRY_LEN = 8 };

/* struct bpf_insn_array_value, v6.19 */
struct entry {
	uint32_t orig_off;
	uint32_t xlated_off;
	uint32_t jitted_off;
	uint32_t pad;
};

/* Where the function that holds a word lies in its section, and in the main program. */
static void function_at(const struct bemu_load *ld, uint32_t main_idx, uint32_t insn_idx,
			uint64_t *sec_off, uint64_t *place)
{
	const struct bemu_load_text *text = &ld->texts[main_idx];
	uint32_t i;

	*sec_off = ld->obj->progs[main_idx].sec_insn_off;
	*place = 0;
	for (i = text->nr_subs; i-- > 0;) {
		if (insn_idx < text->subs[i].insn_off)
			continue;
		*sec_off = ld->obj->progs[text->subs[i].prog_idx].sec_insn_off;
		*place = text->subs[i].insn_off;
		return;
	}
}

static int fill(struct bemu_load *ld, uint32_t main_idx, const struct bemu_obj_reloc *reloc, int fd)
{
	const char *table = (const char *)ld->obj->jumptables + reloc->sym_off;
	uint64_t sec_off, place, off;
	uint32_t i, nr = bemu_wrap_u32(reloc->sym_size / ENTRY_LEN);
	int err;

	function_at(ld, main_idx, reloc->insn_idx, &sec_off, &place);
	for (i = 0; i < nr; i++) {
		struct entry entry = { 0 };

		memcpy(&off, table + (size_t)i * ENTRY_LEN, sizeof(off));
		off = off / sizeof(struct bpf_insn) - sec_off + place;
		if (off > UINT32_MAX)
			return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_RELOC, reloc->insn_idx,
					 "entry %u of a jump table is no instruction of %s", i,
					 ld->obj->progs[main_idx].name);
		entry.orig_off = bemu_wrap_u32(off);
		err = bemu_load_map_update(ld, fd, &i, &entry);
		if (err)
			return err;
	}
	return bemu_load_map_freeze(ld, fd);
}

/* Mirrors create_jt_map(): the map is made before the table is looked at. */
static int make(struct bemu_load *ld, uint32_t main_idx, const struct bemu_obj_reloc *reloc,
		int *out)
{
	struct bemu_attr_map_create create = {
		.map_type = BEMU_BPF_MAP_TYPE_INSN_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(struct entry),
		.max_entries = bemu_wrap_u32(reloc->sym_size / ENTRY_LEN),
		.map_name = ".jumptables",
	};
	int fd, err = 0;

	if (reloc->sym_off % ENTRY_LEN || reloc->sym_size % ENTRY_LEN)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_RELOC, reloc->insn_idx,
				 "a jump table at %llu of %llu bytes is not made of entries",
				 (unsigned long long)reloc->sym_off,
				 (unsigned long long)reloc->sym_size);
	fd = bemu_load_map_create(ld, &create);
	if (fd < 0 && bemu_load_faulted(ld))
		return fd;
	if (fd < 0)
		return bemu_fail(ld->env, fd, BEMU_R_LOAD_RELOC, reloc->insn_idx,
				 "the map of a jump table is refused");
	if (!ld->obj->jumptables || reloc->sym_size > ld->obj->jumptables_len ||
	    reloc->sym_off > ld->obj->jumptables_len - reloc->sym_size)
		err = bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_RELOC, reloc->insn_idx,
				"a jump table lies outside of its section");
	if (!err)
		err = fill(ld, main_idx, reloc, fd);
	if (!err)
		err = bemu_grow(ld->env, &ld->jump_tables, &ld->jump_tables_cap,
				ld->nr_jump_tables + 1u, sizeof(*ld->jump_tables));
	if (err) {
		int e = bemu_load_close_fd(ld, fd);

		return e ? e : err;
	}
	ld->jump_tables[ld->nr_jump_tables++] =
		(struct bemu_load_jump_table){ main_idx, bemu_wrap_u32(reloc->sym_off), fd };
	*out = fd;
	return 0;
}

int bemu_load_jump_table(struct bemu_load *ld, uint32_t main_idx,
			 const struct bemu_obj_reloc *reloc)
{
	struct bpf_insn *insn = &ld->texts[main_idx].insns[reloc->insn_idx];
	int fd = -1, err;
	uint32_t i;

	for (i = 0; i < ld->nr_jump_tables && fd < 0; i++)
		if (ld->jump_tables[i].prog_idx == main_idx &&
		    ld->jump_tables[i].sym_off == bemu_wrap_u32(reloc->sym_off))
			fd = ld->jump_tables[i].fd;
	if (fd < 0) {
		err = make(ld, main_idx, reloc, &fd);
		if (err)
			return err;
	}
	insn->src_reg = BPF_PSEUDO_MAP_VALUE;
	insn->imm = fd;
	insn->off = 0;
	return 0;
}
