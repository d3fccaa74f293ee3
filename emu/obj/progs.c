// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Programs: one for each FUNC symbol of a section with code. */
#include "obj/private.h"

/* Mirrors the checks of bpf_object__add_programs() and bpf_object__init_prog(), in their order. */
static int check_prog(struct bemu_obj_open *o, uint32_t sec_idx, uint32_t sym_idx,
		      const Elf64_Sym *sym, const char *name)
{
	const struct bemu_obj_sec *sec = &o->secs[sec_idx];

	if (!name)
		return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_PROG_NAME, sym_idx,
				 "symbol %u: name offset %u is not in the %zu bytes of strings",
				 sym_idx, sym->st_name, o->sym_strs.len);
	/*
	 * Differs: before 1.6 a start and size that wrap around pass here, and libbpf reads in front
	 * of the section.
	 */
	if (sym->st_value > sec->size || sym->st_size > sec->size - sym->st_value)
		return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_PROG_BOUNDS, sym_idx,
				 "program %s: %llu + %llu leaves the %zu bytes of section %u", name,
				 (unsigned long long)sym->st_value,
				 (unsigned long long)sym->st_size, sec->size, sec_idx);
	if (sec_idx != o->obj->text_sec_idx && ELF64_ST_BIND(sym->st_info) == STB_LOCAL)
		return bemu_fail(o->env, -ENOTSUP, BEMU_R_OBJ_PROG_STATIC, sym_idx,
				 "program %s is static and in section %u, not in .text (%u)", name,
				 sec_idx, o->obj->text_sec_idx);
	if (!sym->st_size || sym->st_size % BEMU_INSN_SIZE || sym->st_value % BEMU_INSN_SIZE)
		return bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_PROG_SIZE, sym_idx,
				 "program %s: offset %llu or size %llu is not made of instructions",
				 name, (unsigned long long)sym->st_value,
				 (unsigned long long)sym->st_size);
	return 0;
}

/* Mirrors bpf_insn_bswap(): the code stays, the two register nibbles change places. */
static void swap_insns(uint8_t *bytes, size_t len)
{
	uint16_t off;
	uint32_t imm;
	size_t pos;

	for (pos = 0; len - pos >= BEMU_INSN_SIZE; pos += BEMU_INSN_SIZE) {
		bytes[pos + 1] = (uint8_t)(bytes[pos + 1] << 4 | bytes[pos + 1] >> 4);
		memcpy(&off, bytes + pos + 2, sizeof(off));
		memcpy(&imm, bytes + pos + 4, sizeof(imm));
		off = bemu_swap16(off);
		imm = bemu_swap32(imm);
		memcpy(bytes + pos + 2, &off, sizeof(off));
		memcpy(bytes + pos + 4, &imm, sizeof(imm));
	}
}

/* Programs of one section share one copy of its code, however they overlap. */
int bemu_obj_add_progs(struct bemu_obj_open *o, uint32_t sec_idx)
{
	const struct bemu_obj_sec *sec = &o->secs[sec_idx];
	const char *sec_name = bemu_obj_sec_name(o, sec_idx), *name;
	struct bemu_obj *obj = o->obj;
	struct bemu_obj_prog *prog;
	uint8_t *code = NULL;
	Elf64_Sym sym;
	uint32_t i;
	int err;

	for (i = sec->first_func; i; i = o->next_func[i - 1]) {
		sym = bemu_obj_sym(o, i - 1);
		name = bemu_obj_sym_name(o, &sym);
		err = check_prog(o, sec_idx, i - 1, &sym, name);
		if (err)
			return err;
		if (!obj->progs)
			obj->progs = bemu_obj_keep(o, bemu_zalloc_array(o->env, o->nr_funcs,
									sizeof(*obj->progs)));
		if (!code)
			code = bemu_obj_keep(o, bemu_memdup(o->env, sec->data, sec->size));
		if (!obj->progs || !code)
			return -ENOMEM;
		prog = &obj->progs[obj->nr_progs++];
		prog->name = name;
		prog->autoload = sec_name[0] != '?';
		prog->sec_name = prog->autoload ? sec_name : sec_name + 1;
		prog->sec_idx = sec_idx;
		prog->sec_insn_off = (uint32_t)(sym.st_value / BEMU_INSN_SIZE);
		prog->nr_insns = (uint32_t)(sym.st_size / BEMU_INSN_SIZE);
		prog->insns = (struct bpf_insn *)(void *)(code + sym.st_value);
		prog->sym_global = ELF64_ST_BIND(sym.st_info) != STB_LOCAL;
		prog->hidden = prog->sym_global && bemu_obj_sym_is_hidden(&sym);
	}
	if (code && obj->foreign_order)
		swap_insns(code, sec->size);
	return 0;
}

/* Mirrors cmp_progs(): two at one offset are each greater than the other. */
static int cmp_progs(const void *a_, const void *b_)
{
	const struct bemu_obj_prog *a = a_, *b = b_;

	if (a->sec_idx != b->sec_idx)
		return a->sec_idx < b->sec_idx ? -1 : 1;
	return a->sec_insn_off < b->sec_insn_off ? -1 : 1;
}

/* Mirrors the sorting at the end of bpf_object__elf_collect(), and prog_is_subprog(). */
int bemu_obj_finish_progs(struct bemu_obj_open *o)
{
	struct bemu_obj *obj = o->obj;
	uint32_t i;
	int err;

	err = bemu_obj_sort(o->env, obj->progs, obj->nr_progs, sizeof(*obj->progs), cmp_progs);
	if (err)
		return err;
	for (i = 0; i < obj->nr_progs; i++)
		/* before 1.5 a function alone in .text was an entry program */
		obj->progs[i].is_subprog =
			obj->progs[i].sec_idx == obj->text_sec_idx &&
			(bemu_obj_since(o, BEMU_LIBBPF_1_5) || obj->nr_progs > 1);
	return 0;
}

/* Mirrors find_prog_by_sec_insn(): the last program that starts there or before. */
uint32_t bemu_obj_find_prog(const struct bemu_obj *obj, size_t sec_idx, uint64_t insn_idx)
{
	const struct bemu_obj_prog *prog;
	uint32_t l = 0, r, m;

	if (!obj->nr_progs)
		return UINT32_MAX;
	for (r = obj->nr_progs - 1; l < r;) {
		m = l + (r - l + 1) / 2;
		prog = &obj->progs[m];
		if (prog->sec_idx < sec_idx ||
		    (prog->sec_idx == sec_idx && prog->sec_insn_off <= insn_idx))
			l = m;
		else
			r = m - 1;
	}
	prog = &obj->progs[l];
	if (prog->sec_idx == sec_idx && insn_idx >= prog->sec_insn_off &&
	    insn_idx - prog->sec_insn_off < prog->nr_insns)
		return l;
	return UINT32_MAX;
}

/* Mirrors bpf_object_init_progs(); what libbpf_prepare_prog_load() will read from the flags. */
void bemu_obj_init_prog_types(struct bemu_obj_open *o)
{
	const struct bemu_obj_sec_def *def;
	struct bemu_obj_prog *prog;
	uint32_t i;

	for (i = 0; i < o->obj->nr_progs; i++) {
		prog = &o->obj->progs[i];
		def = bemu_obj_sec_def_find(prog->sec_name, o->libbpf);
		if (!def)
			continue;
		prog->sec_def_found = true;
		prog->type = def->prog_type;
		prog->expected_attach_type = def->attach_type;
		if (def->flags & BEMU_DEF_SLEEPABLE)
			prog->prog_flags |= BPF_F_SLEEPABLE;
		if (def->flags & BEMU_DEF_XDP_FRAGS)
			prog->prog_flags |= BPF_F_XDP_HAS_FRAGS;
		prog->attach_btf = def->flags & BEMU_DEF_ATTACH_BTF;
		prog->exp_attach_type_optional = def->flags & BEMU_DEF_ATTACH_OPT;
		prog->usdt = (def->flags & BEMU_DEF_USDT) && bemu_obj_since(o, BEMU_LIBBPF_1_5);
	}
}
