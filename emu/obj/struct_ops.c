// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Maps of type struct_ops: one for each variable of .struct_ops and its kin, and their functions. */
#include "obj/private.h"

enum { MAX_RESOLVE_DEPTH = 32, F_LINK = 1u << 13 };

static int bad_var(struct bemu_obj_open *o, uint32_t type_id, int err, const char *what, uint64_t a,
		   uint64_t b)
{
	return bemu_fail(o->env, err, BEMU_R_OBJ_STRUCT_OPS_VAR, type_id,
			 "struct_ops variable, type %u: %s (%llu, %llu)", type_id, what,
			 (unsigned long long)a, (unsigned long long)b);
}

/* Mirrors btf__resolve_type(): through modifiers, typedefs and VAR; 0 for void and endless chains. */
static uint32_t resolve_type(const struct bemu_btf *btf, uint32_t type_id)
{
	const struct btf_type *t;
	uint32_t depth, kind;

	for (depth = 0; depth < MAX_RESOLVE_DEPTH; depth++) {
		t = type_id ? bemu_btf_type(btf, type_id) : NULL;
		if (!t)
			return 0;
		kind = bemu_btf_kind(t);
		if (!bemu_btf_is_mod_kind(kind) && kind != BTF_KIND_TYPEDEF && kind != BTF_KIND_VAR)
			return type_id;
		type_id = t->type;
	}
	return 0;
}

/* One entry. @no_autocreate: '?' in front of the section's name; libbpf forgets it after the first. */
static int init_map(struct bemu_obj_open *o, uint32_t sec_idx, const struct btf_var_secinfo *entry,
		    bool is_link, bool no_autocreate)
{
	const struct bemu_obj_sec *sec = &o->secs[sec_idx];
	const struct bemu_btf *btf = o->obj->btf;
	uint32_t type_id = resolve_type(btf, entry->type);
	struct bemu_obj_map *map;
	const struct btf_type *t;
	const char *name;
	int err;

	if (!type_id)
		return bad_var(o, entry->type, -EINVAL, "leads to no type; entry's type, limit",
			       entry->type, MAX_RESOLVE_DEPTH);
	t = bemu_btf_type(btf, type_id);
	name = bemu_btf_name(btf, type_id);
	if (!name[0])
		return bad_var(o, entry->type, -ENOTSUP, "its type has no name; type, name offset",
			       type_id, t->name_off);
	if (bemu_btf_kind(t) != BTF_KIND_STRUCT)
		return bad_var(o, entry->type, -EINVAL, "not a STRUCT; kind, STRUCT",
			       bemu_btf_kind(t), BTF_KIND_STRUCT);
	err = bemu_obj_add_map(o, &map);
	if (err)
		return err;
	map->kind = BEMU_MAP_STRUCT_OPS;
	map->sec_idx = sec_idx;
	map->sec_off = entry->offset;
	map->name = bemu_btf_name(btf, entry->type);
	map->real_name = map->name;
	map->btf_value_type_id = bemu_obj_since(o, BEMU_LIBBPF_1_5) ? type_id : 0;
	map->autocreate = !no_autocreate;
	map->type = BPF_MAP_TYPE_STRUCT_OPS;
	map->key_size = 4;
	map->value_size = t->size;
	map->max_entries = 1;
	map->map_flags = is_link ? F_LINK : 0;
	map->struct_ops_type_id = type_id;
	/* Differs: libbpf adds in 32 bits, so that a huge offset wraps around and passes */
	if ((uint64_t)entry->offset + t->size > sec->size)
		return bad_var(o, entry->type, -EINVAL, "leaves its section; end, section's",
			       (uint64_t)entry->offset + t->size, sec->size);
	map->data = bemu_obj_keep(o, bemu_memdup(o->env, sec->data + entry->offset, t->size));
	return map->data ? 0 : -ENOMEM;
}

/* Mirrors init_struct_ops_maps(), tools/lib/bpf/libbpf.c, 1.7. */
static int init_section(struct bemu_obj_open *o, uint32_t sec_idx)
{
	const char *name = bemu_obj_sec_name(o, sec_idx);
	bool no_autocreate = name[0] == '?', is_link;
	const struct btf_type *sec;
	uint32_t sec_id, i;
	int err;

	sec_id = bemu_btf_find(o->obj->btf, name, BTF_KIND_DATASEC, false);
	if (!sec_id)
		return bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_STRUCT_OPS_VAR, 0,
				 "section %u, %s: none of %u types is its DATASEC", sec_idx, name,
				 bemu_btf_nr_types(o->obj->btf));
	is_link = !strcmp(name + no_autocreate, ".struct_ops.link");
	sec = bemu_btf_type(o->obj->btf, sec_id);
	for (i = 0; i < bemu_btf_vlen(sec); i++) {
		err = init_map(o, sec_idx, &bemu_btf_secinfos(sec)[i], is_link,
			       no_autocreate && !i);
		if (err)
			return err;
	}
	return 0;
}

/* Mirrors bpf_object_init_struct_ops(); before 1.2 there was one section, the last of that name. */
int bemu_obj_init_struct_ops(struct bemu_obj_open *o)
{
	uint32_t i;
	int err;

	if (!o->has_struct_ops)
		return 0;
	if (!bemu_obj_since(o, BEMU_LIBBPF_1_5))
		return init_section(o, o->st_ops_sec_idx);
	for (i = 1; i < o->nr_secs; i++) {
		if (o->secs[i].kind != BEMU_SEC_STRUCT_OPS)
			continue;
		err = init_section(o, i);
		if (err)
			return err;
	}
	return 0;
}

/* Mirrors find_struct_ops_map_by_offset(). */
static struct bemu_obj_map *find_map(struct bemu_obj_open *o, uint32_t sec_idx, uint64_t off)
{
	struct bemu_obj_map *map;
	uint32_t i;

	for (i = 0; i < o->obj->nr_maps; i++) {
		map = &o->obj->maps[i];
		if (map->type == BPF_MAP_TYPE_STRUCT_OPS && map->sec_off <= off &&
		    (map->sec_idx == sec_idx || !bemu_obj_since(o, BEMU_LIBBPF_1_5)) &&
		    off - map->sec_off < map->value_size)
			return map;
	}
	return NULL;
}

/* Mirrors find_member_by_offset(), with the offset in bits taken in 32 bits; UINT32_MAX when none. */
static uint32_t find_member(const struct btf_type *t, uint32_t off)
{
	uint32_t i;

	for (i = 0; i < bemu_btf_vlen(t); i++)
		if (bemu_btf_member_bit_off(t, i) == off * 8)
			return i;
	return UINT32_MAX;
}

/* Mirrors resolve_func_ptr(). */
static bool is_func_ptr(struct bemu_obj_open *o, uint32_t type_id)
{
	const struct btf_type *t = bemu_obj_skip(o, type_id, NULL);

	if (!t || bemu_btf_kind(t) != BTF_KIND_PTR)
		return false;
	t = bemu_obj_skip(o, t->type, NULL);
	return t && bemu_btf_kind(t) == BTF_KIND_FUNC_PROTO;
}

/* The last relocation of a member wins. */
static int set_func(struct bemu_obj_open *o, struct bemu_obj_map *map, uint32_t off,
		    uint32_t member_idx, uint32_t prog_idx)
{
	const struct btf_type *t = bemu_btf_type(o->obj->btf, map->struct_ops_type_id);
	uint32_t i;

	if (!map->funcs)
		map->funcs = bemu_obj_keep(o, bemu_zalloc_array(o->env, bemu_btf_vlen(t),
								sizeof(*map->funcs)));
	if (!map->funcs)
		return -ENOMEM;
	for (i = 0; i < map->nr_members && map->funcs[i].member_idx != member_idx; i++)
		;
	if (i == map->nr_members)
		map->nr_members++;
	map->funcs[i].off = off;
	map->funcs[i].member_idx = member_idx;
	map->funcs[i].prog_idx = prog_idx;
	return 0;
}

static int bad_rel(struct bemu_obj_open *o, uint32_t idx, int err, const char *what, uint64_t a,
		   uint64_t b)
{
	return bemu_fail(o->env, err, BEMU_R_OBJ_STRUCT_OPS_REL, idx,
			 "struct_ops relocation %u: %s (%llu, %llu)", idx, what,
			 (unsigned long long)a, (unsigned long long)b);
}

/* Before 1.4 a program was bound to type and member while the object was opened. */
static int claim_prog(struct bemu_obj_open *o, uint32_t idx, uint32_t prog_idx, uint32_t type_id,
		      uint32_t member_idx)
{
	struct bemu_obj_prog *prog = &o->obj->progs[prog_idx];

	if (!o->st_ops_attach)
		o->st_ops_attach =
			bemu_zalloc_array(o->env, o->obj->nr_progs, sizeof(*o->st_ops_attach));
	if (!o->st_ops_attach)
		return -ENOMEM;
	if (!o->st_ops_attach[prog_idx]) {
		o->st_ops_attach[prog_idx] = type_id;
		prog->expected_attach_type = member_idx;
	}
	if (o->st_ops_attach[prog_idx] != type_id)
		return bad_rel(o, idx, -EINVAL, "the program serves another type; types",
			       o->st_ops_attach[prog_idx], type_id);
	if (prog->expected_attach_type != member_idx)
		return bad_rel(o, idx, -EINVAL, "the program serves another member; members",
			       prog->expected_attach_type, member_idx);
	return 0;
}

static int collect_one(struct bemu_obj_open *o, uint32_t sec_idx, uint32_t idx,
		       const Elf64_Rel *rel)
{
	uint32_t sym_idx = (uint32_t)ELF64_R_SYM(rel->r_info), off, member, prog;
	const struct btf_type *t;
	struct bemu_obj_map *map;
	Elf64_Sym sym;
	int err;

	if (sym_idx >= o->nr_syms)
		return bad_rel(o, idx, -BEMU_LIBBPF_ERR_FORMAT, "no such symbol; it, symbols",
			       sym_idx, o->nr_syms);
	sym = bemu_obj_sym(o, sym_idx);
	map = find_map(o, sec_idx, rel->r_offset);
	if (!map)
		return bad_rel(o, idx, -EINVAL, "no variable there; offset, section", rel->r_offset,
			       sec_idx);
	off = (uint32_t)(rel->r_offset - map->sec_off);
	if (sym.st_shndx >= SHN_LORESERVE)
		return bad_rel(o, idx, -BEMU_LIBBPF_ERR_RELOC, "special section; it, first special",
			       sym.st_shndx, SHN_LORESERVE);
	if (sym.st_value % BEMU_INSN_SIZE)
		return bad_rel(o, idx, -BEMU_LIBBPF_ERR_FORMAT,
			       "not at an instruction; offset, instruction", sym.st_value,
			       BEMU_INSN_SIZE);
	t = bemu_btf_type(o->obj->btf, map->struct_ops_type_id);
	err = bemu_env_step(o->env, (uint64_t)o->obj->nr_maps + bemu_btf_vlen(t));
	if (err)
		return err;
	member = find_member(t, off);
	if (member == UINT32_MAX)
		return bad_rel(o, idx, -EINVAL, "no member there; offset, type", off,
			       map->struct_ops_type_id);
	if (!is_func_ptr(o, bemu_btf_members(t)[member].type))
		return bad_rel(o, idx, -EINVAL, "no pointer to a function; member, type", member,
			       bemu_btf_members(t)[member].type);
	/* libbpf keeps the instruction's number in 32 bits */
	prog = bemu_obj_find_prog(o->obj, sym.st_shndx,
				  bemu_wrap_u32(sym.st_value / BEMU_INSN_SIZE));
	if (prog == UINT32_MAX)
		return bad_rel(o, idx, -EINVAL, "no program there; section, offset", sym.st_shndx,
			       sym.st_value);
	if (o->obj->progs[prog].type != BPF_PROG_TYPE_STRUCT_OPS)
		return bad_rel(o, idx, -EINVAL, "not a struct_ops program; type, struct_ops",
			       o->obj->progs[prog].type, BPF_PROG_TYPE_STRUCT_OPS);
	if (!bemu_obj_since(o, BEMU_LIBBPF_1_5)) {
		err = claim_prog(o, idx, prog, map->struct_ops_type_id, member);
		if (err)
			return err;
	}
	return set_func(o, map, off, member, prog);
}

/* Mirrors bpf_object__collect_st_ops_relos(), tools/lib/bpf/libbpf.c, 1.7. */
int bemu_obj_collect_struct_ops(struct bemu_obj_open *o, uint32_t rel_idx)
{
	const struct bemu_obj_sec *sec = &o->secs[rel_idx];
	uint32_t i, nr = (uint32_t)(sec->size / sizeof(Elf64_Rel));
	Elf64_Rel rel;
	int err = 0;

	for (i = 0; !err && i < nr; i++) {
		rel = bemu_obj_rel(sec, i);
		err = collect_one(o, sec->hdr->sh_info, i, &rel);
	}
	return err;
}
