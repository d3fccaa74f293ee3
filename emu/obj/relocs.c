// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Relocations of code. The number of a relocation's type is never looked at: instruction and symbol
 * say what is meant.
 */
#include "obj/private.h"

enum {
	CODE_CALL = BPF_JMP | BPF_CALL,
	CODE_LD64 = BPF_LD | BPF_IMM | BPF_DW,
};

/* One relocation while all are in one list; later each program has a slice of it. */
struct found {
	struct bemu_obj_reloc reloc;
	uint32_t prog_idx;
};

struct list {
	struct found *found;
	uint32_t nr, cap;
};

static int bad_insn(struct bemu_obj_open *o, const struct bemu_obj_prog *prog, uint32_t insn_idx,
		    const char *what, uint64_t a, uint64_t b)
{
	return bemu_fail(o->env, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_OBJ_REL_INSN, insn_idx,
			 "program %s, instruction %u: %s (0x%llx, 0x%llx)", prog->name, insn_idx,
			 what, (unsigned long long)a, (unsigned long long)b);
}

static int bad_target(struct bemu_obj_open *o, const struct bemu_obj_prog *prog, uint32_t insn_idx,
		      const Elf64_Sym *sym, const char *what, uint64_t a, uint64_t b)
{
	const char *name = bemu_obj_sym_name(o, sym);

	return bemu_fail(o->env, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_OBJ_REL_TARGET, insn_idx,
			 "program %s, instruction %u, symbol %s in section %u, %s: %s (%llu, %llu)",
			 prog->name, insn_idx, name && name[0] ? name : "?", sym->st_shndx,
			 bemu_obj_sec_name(o, sym->st_shndx), what, (unsigned long long)a,
			 (unsigned long long)b);
}

/* Mirrors sym_is_subprog(). Weak functions count since 1.3. */
static bool is_subprog(const struct bemu_obj_open *o, const Elf64_Sym *sym)
{
	unsigned int bind = ELF64_ST_BIND(sym->st_info), type = ELF64_ST_TYPE(sym->st_info);

	if (sym->st_shndx != o->obj->text_sec_idx)
		return false;
	if (bind == STB_LOCAL && type == STT_SECTION)
		return true;
	return type == STT_FUNC &&
	       (bind == STB_GLOBAL || (bind == STB_WEAK && bemu_obj_since(o, BEMU_LIBBPF_1_5)));
}

/* The first one that begins there; it is looked for among all maps, which the caller pays for. */
static uint32_t find_user_map(struct bemu_obj_open *o, uint64_t off)
{
	const struct bemu_obj_map *map;
	uint32_t i;

	for (i = 0; i < o->obj->nr_maps; i++) {
		map = &o->obj->maps[i];
		if (map->kind == BEMU_MAP_USER && map->sec_off == off)
			return i;
	}
	return UINT32_MAX;
}

static int record_extern(struct bemu_obj_open *o, const struct bemu_obj_prog *prog,
			 const struct bpf_insn *insn, uint32_t sym_idx, const Elf64_Sym *sym,
			 struct bemu_obj_reloc *out)
{
	uint32_t ext = o->sym_ext ? o->sym_ext[sym_idx] : 0;

	if (!ext)
		return bad_target(o, prog, out->insn_idx, sym, "no such extern; symbol, externs",
				  sym_idx, o->obj->nr_externs);
	out->kind = insn->code == CODE_CALL ? BEMU_RELOC_EXTERN_CALL : BEMU_RELOC_EXTERN_LD64;
	out->ext_idx = ext - 1;
	return 0;
}

static int record_call(struct bemu_obj_open *o, const struct bemu_obj_prog *prog,
		       const struct bpf_insn *insn, const Elf64_Sym *sym,
		       struct bemu_obj_reloc *out)
{
	if (insn->src_reg != BPF_PSEUDO_CALL)
		return bad_insn(o, prog, out->insn_idx,
				"a call, but not of a subprogram; source register, that of one",
				insn->src_reg, BPF_PSEUDO_CALL);
	if (!sym->st_shndx || sym->st_shndx != o->obj->text_sec_idx)
		return bad_target(o, prog, out->insn_idx, sym, "calls go to .text; section, .text",
				  sym->st_shndx, o->obj->text_sec_idx);
	if (sym->st_value % BEMU_INSN_SIZE)
		return bad_target(o, prog, out->insn_idx, sym,
				  "not at an instruction; offset, instruction", sym->st_value,
				  BEMU_INSN_SIZE);
	out->kind = BEMU_RELOC_CALL;
	o->obj->has_subcalls = true;
	return 0;
}

static int record_map(struct bemu_obj_open *o, const struct bemu_obj_prog *prog,
		      const Elf64_Sym *sym, struct bemu_obj_reloc *out)
{
	int err;

	if (sym->st_shndx != o->maps_sec_idx)
		return bad_target(o, prog, out->insn_idx, sym,
				  "neither data nor .maps; section, .maps", sym->st_shndx,
				  o->maps_sec_idx);
	err = bemu_env_step(o->env, o->obj->nr_maps);
	if (err)
		return err;
	out->map_idx = find_user_map(o, sym->st_value);
	if (out->map_idx == UINT32_MAX)
		return bad_target(o, prog, out->insn_idx, sym, "no map begins there; offset, maps",
				  sym->st_value, o->obj->nr_maps);
	out->kind = BEMU_RELOC_LD64;
	out->sym_off = 0;
	return 0;
}

/* Mirrors bpf_program__record_reloc(), tools/lib/bpf/libbpf.c, 1.7; @out has its insn_idx. */
static int record(struct bemu_obj_open *o, const struct bemu_obj_prog *prog, uint32_t sym_idx,
		  const Elf64_Sym *sym, struct bemu_obj_reloc *out)
{
	const struct bpf_insn *insn = &prog->insns[out->insn_idx];
	const struct bemu_obj_sec *sec;

	out->sym_off = bemu_obj_since(o, BEMU_LIBBPF_1_7)
			       ? bemu_wrap_u32(sym->st_value)
			       : (uint64_t)(int64_t)bemu_wrap_s32(sym->st_value);
	if (insn->code != CODE_CALL && insn->code != CODE_LD64)
		return bad_insn(o, prog, out->insn_idx, "neither ld64 nor call; code, ld64",
				insn->code, CODE_LD64);
	if (bemu_obj_sym_is_extern(sym))
		return record_extern(o, prog, insn, sym_idx, sym, out);
	if (insn->code == CODE_CALL)
		return record_call(o, prog, insn, sym, out);
	if (!sym->st_shndx || sym->st_shndx >= SHN_LORESERVE)
		return bad_target(o, prog, out->insn_idx, sym, "special section; it, first special",
				  sym->st_shndx, SHN_LORESERVE);
	if (is_subprog(o, sym)) {
		if (sym->st_value % BEMU_INSN_SIZE || insn->imm % BEMU_INSN_SIZE)
			return bad_target(o, prog, out->insn_idx, sym,
					  "not at an instruction; offset, addend", sym->st_value,
					  (uint64_t)(int64_t)insn->imm);
		out->kind = BEMU_RELOC_SUBPROG_ADDR;
		o->obj->has_subcalls = true;
		return 0;
	}
	sec = &o->secs[sym->st_shndx];
	if (sym->st_shndx == o->arena_sec_idx) {
		/* Differs: 1.5 goes on with a map number that comes from a NULL pointer */
		if (o->obj->arena_map_idx == UINT32_MAX)
			return bad_target(o, prog, out->insn_idx, sym, "no arena; section, maps",
					  sym->st_shndx, o->obj->nr_maps);
		out->kind = BEMU_RELOC_DATA;
		out->map_idx = o->obj->arena_map_idx;
		return 0;
	}
	if (sym->st_shndx == o->jumptables_sec_idx) {
		out->kind = BEMU_RELOC_INSN_ARRAY;
		out->map_idx = UINT32_MAX;
		out->sym_size = bemu_wrap_u32(sym->st_size);
		return 0;
	}
	if (sym->st_shndx == o->symtab_idx)
		return bad_target(o, prog, out->insn_idx, sym, "the symbol table; section, data",
				  sym->st_shndx, sec->kind);
	if (sec->kind != BEMU_SEC_BSS && sec->kind != BEMU_SEC_DATA && sec->kind != BEMU_SEC_RODATA)
		return record_map(o, prog, sym, out);
	if (sec->map_idx == UINT32_MAX)
		return bad_target(o, prog, out->insn_idx, sym,
				  "no map of this section; bytes, maps", sec->size,
				  o->obj->nr_maps);
	out->kind = BEMU_RELOC_DATA;
	out->map_idx = sec->map_idx;
	return 0;
}

static int bad_entry(struct bemu_obj_open *o, uint32_t rel_sec, uint32_t idx, const char *what,
		     uint64_t a, uint64_t b)
{
	return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_REL_ENTRY, idx,
			 "section %u, %s, relocation %u: %s (%llu, %llu)", rel_sec,
			 bemu_obj_sec_name(o, rel_sec), idx, what, (unsigned long long)a,
			 (unsigned long long)b);
}

/* One entry of a section of relocations; what belongs to no program is passed over. */
static int collect_one(struct bemu_obj_open *o, uint32_t rel_sec, uint32_t idx,
		       uint64_t target_size, struct list *list)
{
	const struct bemu_obj_sec *sec = &o->secs[rel_sec];
	Elf64_Rel rel = bemu_obj_rel(sec, idx);
	uint32_t sym_idx = (uint32_t)ELF64_R_SYM(rel.r_info), prog_idx, insn_idx;
	const struct bemu_obj_prog *prog;
	struct found *found;
	Elf64_Sym sym;
	int err;

	if (sym_idx >= o->nr_syms)
		return bad_entry(o, rel_sec, idx, "no such symbol; it, symbols", sym_idx,
				 o->nr_syms);
	sym = bemu_obj_sym(o, sym_idx);
	if (sym.st_shndx >= o->nr_secs)
		return bad_entry(o, rel_sec, idx, "no such section; it, sections", sym.st_shndx,
				 o->nr_secs);
	if (rel.r_offset % BEMU_INSN_SIZE || rel.r_offset >= target_size)
		return bad_entry(o, rel_sec, idx, "not at an instruction; offset, bytes of code",
				 rel.r_offset, target_size);
	insn_idx = bemu_wrap_u32(rel.r_offset / BEMU_INSN_SIZE);
	prog_idx = bemu_obj_find_prog(o->obj, sec->hdr->sh_info, insn_idx);
	if (prog_idx == UINT32_MAX)
		return 0;
	prog = &o->obj->progs[prog_idx];
	err = bemu_grow(o->env, &list->found, &list->cap, list->nr + 1, sizeof(*list->found));
	if (err)
		return err;
	found = &list->found[list->nr];
	memset(found, 0, sizeof(*found));
	found->prog_idx = prog_idx;
	found->reloc.insn_idx = insn_idx - prog->sec_insn_off;
	err = record(o, prog, sym_idx, &sym, &found->reloc);
	list->nr += !err;
	return err;
}

/* Mirrors bpf_object__collect_prog_relos(), tools/lib/bpf/libbpf.c, 1.7. */
static int collect_prog_relos(struct bemu_obj_open *o, uint32_t rel_sec, struct list *list)
{
	const struct bemu_obj_sec *sec = &o->secs[rel_sec];
	uint32_t target = sec->hdr->sh_info, nr = (uint32_t)(sec->size / sizeof(Elf64_Rel)), i;
	Elf_Data *data = elf_getdata(elf_getscn(o->elf, target), NULL);
	int err = bemu_env_step(o->env, nr);

	/* Differs: 1.1 does not look */
	if (!data)
		return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SECTION, target,
				 "section %u, whose relocations are in %u, cannot be read", target,
				 rel_sec);
	for (i = 0; !err && i < nr; i++)
		err = collect_one(o, rel_sec, i, data->d_size, list);
	return err;
}

/* Mirrors cmp_relocs(), within one program. */
static int cmp_found(const void *a_, const void *b_)
{
	const struct found *a = a_, *b = b_;

	if (a->prog_idx != b->prog_idx)
		return a->prog_idx < b->prog_idx ? -1 : 1;
	if (a->reloc.insn_idx != b->reloc.insn_idx)
		return a->reloc.insn_idx < b->reloc.insn_idx ? -1 : 1;
	if (a->reloc.kind != b->reloc.kind)
		return a->reloc.kind < b->reloc.kind ? -1 : 1;
	return 0;
}

/* Mirrors bpf_object__sort_relos(), and hands each program its own. */
static int hand_out(struct bemu_obj_open *o, struct list *list)
{
	struct bemu_obj_reloc *relocs;
	struct bemu_obj_prog *prog;
	uint32_t i;
	int err = 0;

	if (!list->nr)
		return 0;
	for (i = 1; i < list->nr && cmp_found(&list->found[i - 1], &list->found[i]) <= 0; i++)
		;
	if (i < list->nr)
		err = bemu_obj_sort(o->env, list->found, list->nr, sizeof(*list->found), cmp_found);
	if (err)
		return err;
	relocs = bemu_obj_keep(o, bemu_zalloc_array(o->env, list->nr, sizeof(*relocs)));
	if (!relocs)
		return -ENOMEM;
	for (i = 0; i < list->nr; i++) {
		relocs[i] = list->found[i].reloc;
		prog = &o->obj->progs[list->found[i].prog_idx];
		if (!prog->nr_relocs++)
			prog->relocs = &relocs[i];
	}
	return 0;
}

static bool is_struct_ops_sec(const struct bemu_obj_open *o, uint32_t idx)
{
	if (!bemu_obj_since(o, BEMU_LIBBPF_1_5))
		return idx == o->st_ops_sec_idx;
	return o->secs[idx].kind == BEMU_SEC_STRUCT_OPS;
}

/* Mirrors bpf_object__collect_relos(). */
int bemu_obj_collect_relos(struct bemu_obj_open *o)
{
	struct list list = { 0 };
	uint32_t i, target;
	int err = 0;

	for (i = 0; !err && i < o->nr_secs; i++) {
		if (o->secs[i].kind != BEMU_SEC_RELO)
			continue;
		target = o->secs[i].hdr->sh_info;
		if (is_struct_ops_sec(o, target))
			err = bemu_obj_collect_struct_ops(o, i);
		else if (target == o->maps_sec_idx)
			err = bemu_obj_collect_slots(o, i);
		else
			err = collect_prog_relos(o, i, &list);
	}
	err = err ? err : hand_out(o, &list);
	bemu_mem_free(o->env, list.found);
	return err;
}
