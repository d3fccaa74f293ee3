// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Relocations of .maps: initial values of maps in maps and of program arrays. */
#include "obj/private.h"

enum { PTR_SIZE = 8 };

static int fail(struct bemu_obj_open *o, uint32_t idx, int err, enum bemu_reason reason,
		const char *what, uint64_t a, uint64_t b)
{
	return bemu_fail(o->env, err, reason, idx, ".maps relocation %u: %s (%llu, %llu)", idx,
			 what, (unsigned long long)a, (unsigned long long)b);
}

static const struct btf_var_secinfo *entry_of(const struct bemu_obj_open *o,
					      const struct bemu_obj_map *map)
{
	return bemu_btf_secinfos(bemu_btf_type(o->obj->btf, o->maps_datasec_id)) + map->btf_var_idx;
}

static struct bemu_obj_map *find_map(struct bemu_obj_open *o, uint64_t off)
{
	const struct btf_var_secinfo *entry;
	struct bemu_obj_map *map;
	uint32_t i;

	for (i = 0; i < o->obj->nr_maps; i++) {
		map = &o->obj->maps[i];
		if (map->sec_idx != o->maps_sec_idx)
			continue;
		entry = entry_of(o, map);
		/* off + 8 wraps around in libbpf as well; it is then below the entry's end */
		if (entry->offset <= off &&
		    off + PTR_SIZE <= (uint32_t)(entry->offset + entry->size))
			return map;
	}
	return NULL;
}

/* Mirrors map_uses_real_name(): a section of its own name is known by it. */
static bool uses_real_name(const struct bemu_obj_map *map)
{
	return (map->kind == BEMU_MAP_DATA && strcmp(map->real_name, ".data")) ||
	       (map->kind == BEMU_MAP_RODATA && strcmp(map->real_name, ".rodata"));
}

/* Mirrors bpf_object__find_map_by_name(). */
static uint32_t find_map_by_name(const struct bemu_obj *obj, const char *name)
{
	const struct bemu_obj_map *map;
	uint32_t i;

	for (i = 0; i < obj->nr_maps; i++) {
		map = &obj->maps[i];
		/* only maps that libbpf made have a name that begins with a dot */
		if (name[0] == '.' &&
		    (map->kind == BEMU_MAP_USER || map->kind == BEMU_MAP_STRUCT_OPS))
			continue;
		if (!strcmp(name[0] == '.' || uses_real_name(map) ? map->real_name : map->name,
			    name))
			return i;
	}
	return UINT32_MAX;
}

/* Mirrors bpf_object__find_program_by_name(). */
static uint32_t find_prog_by_name(const struct bemu_obj *obj, const char *name)
{
	uint32_t i;

	for (i = 0; i < obj->nr_progs; i++)
		if (!obj->progs[i].is_subprog && !strcmp(obj->progs[i].name, name))
			return i;
	return UINT32_MAX;
}

static int find_inner_map(struct bemu_obj_open *o, uint32_t idx, const struct bemu_obj_map *map,
			  const Elf64_Sym *sym, const char *name, uint32_t *out)
{
	int err;

	if (sym->st_shndx != o->maps_sec_idx)
		return fail(o, idx, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_OBJ_SLOT_TARGET,
			    "not in .maps; section, .maps", sym->st_shndx, o->maps_sec_idx);
	if (map->type == BPF_MAP_TYPE_HASH_OF_MAPS && map->key_size != 4)
		return fail(o, idx, -EINVAL, BEMU_R_OBJ_SLOT_PLACE,
			    "a hash of maps needs keys of 4 bytes; key size, needed", map->key_size,
			    4);
	err = bemu_obj_pay(o, name, o->obj->nr_maps);
	if (err)
		return err;
	*out = find_map_by_name(o->obj, name);
	if (*out == UINT32_MAX)
		return bemu_fail(o->env, -ESRCH, BEMU_R_OBJ_SLOT_TARGET, idx,
				 ".maps relocation %u: none of %u maps is %s", idx, o->obj->nr_maps,
				 name);
	return 0;
}

static int find_entry_prog(struct bemu_obj_open *o, uint32_t idx, const Elf64_Sym *sym,
			   const char *name, uint32_t *out)
{
	const struct bemu_obj_prog *prog;
	int err = bemu_obj_pay(o, name, o->obj->nr_progs);

	if (err)
		return err;
	*out = find_prog_by_name(o->obj, name);
	if (*out == UINT32_MAX)
		return bemu_fail(o->env, -ESRCH, BEMU_R_OBJ_SLOT_TARGET, idx,
				 ".maps relocation %u: none of %u programs is %s", idx,
				 o->obj->nr_progs, name);
	prog = &o->obj->progs[*out];
	if (prog->sec_idx != sym->st_shndx)
		return fail(o, idx, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_OBJ_SLOT_TARGET,
			    "the program is in another section; sections", prog->sec_idx,
			    sym->st_shndx);
	if ((uint64_t)prog->sec_insn_off * BEMU_INSN_SIZE != sym->st_value)
		return fail(o, idx, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_OBJ_SLOT_TARGET,
			    "the program begins elsewhere; offsets",
			    (uint64_t)prog->sec_insn_off * BEMU_INSN_SIZE, sym->st_value);
	return 0;
}

/* Bytes from the start of the map's variable to its slot; the last member must be `values`. */
static int slot_number(struct bemu_obj_open *o, uint32_t idx, const struct bemu_obj_map *map,
		       uint64_t off, uint32_t *out)
{
	const struct btf_var_secinfo *entry = entry_of(o, map);
	const struct btf_type *def;
	uint32_t last, values_off, rest;
	const char *name;

	def = bemu_obj_skip(o, bemu_btf_type(o->obj->btf, entry->type)->type, NULL);
	if (!def || !bemu_btf_vlen(def))
		return fail(o, idx, -EINVAL, BEMU_R_OBJ_SLOT_PLACE,
			    "the definition has no members; type, members", entry->type, 0);
	last = bemu_btf_vlen(def) - 1;
	name = bemu_btf_str(o->obj->btf, bemu_btf_members(def)[last].name_off);
	if (!name || strcmp(name, "values"))
		return fail(o, idx, -EINVAL, BEMU_R_OBJ_SLOT_PLACE,
			    "the last member is not `values`; type, member", entry->type, last);
	values_off = bemu_btf_member_bit_off(def, last) / 8;
	if (off - entry->offset < values_off)
		return fail(o, idx, -EINVAL, BEMU_R_OBJ_SLOT_PLACE,
			    "in front of `values`; offset, values", off - entry->offset,
			    values_off);
	rest = bemu_wrap_u32(off - entry->offset - values_off);
	if (rest % PTR_SIZE)
		return fail(o, idx, -EINVAL, BEMU_R_OBJ_SLOT_PLACE,
			    "not at a pointer; offset in `values`, pointer", rest, PTR_SIZE);
	*out = rest / PTR_SIZE;
	return 0;
}

static uint32_t room_for(uint32_t nr)
{
	uint32_t room = nr ? 4 : 0;

	while (room < nr)
		room *= 2;
	return room;
}

/* Slots are as many as the last one that was set; there is room for a power of two of them. */
static int set_slot(struct bemu_obj_open *o, struct bemu_obj_map *map, uint32_t slot,
		    uint32_t target)
{
	uint32_t *slots, i;
	int err;

	if (slot >= map->nr_slots) {
		err = bemu_env_step(o->env, slot - map->nr_slots + 1);
		if (err)
			return err;
		if (slot >= room_for(map->nr_slots)) {
			slots = bemu_zalloc_array(o->env, room_for(slot + 1), sizeof(*slots));
			if (!slots)
				return -ENOMEM;
			if (map->nr_slots)
				memcpy(slots, map->slots, map->nr_slots * sizeof(*slots));
			bemu_mem_free(o->env, map->slots);
			map->slots = slots;
		}
		for (i = map->nr_slots; i < slot; i++)
			map->slots[i] = BEMU_OBJ_NO_SLOT;
		map->nr_slots = slot + 1;
	}
	map->slots[slot] = target;
	return 0;
}

static int collect_one(struct bemu_obj_open *o, uint32_t idx, const Elf64_Rel *rel)
{
	uint32_t sym_idx = (uint32_t)ELF64_R_SYM(rel->r_info), target = 0, slot = 0;
	struct bemu_obj_map *map;
	const char *name;
	Elf64_Sym sym;
	int err;

	if (sym_idx >= o->nr_syms)
		return fail(o, idx, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_REL_ENTRY,
			    "no such symbol; it, symbols", sym_idx, o->nr_syms);
	sym = bemu_obj_sym(o, sym_idx);
	name = bemu_obj_sym_name(o, &sym);
	name = name ? name : "<?>";
	err = bemu_env_step(o->env, o->obj->nr_maps);
	if (err)
		return err;
	map = find_map(o, rel->r_offset);
	if (!map)
		return fail(o, idx, -EINVAL, BEMU_R_OBJ_SLOT_MAP,
			    "none of the maps is there; offset, maps", rel->r_offset,
			    o->obj->nr_maps);
	if (map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->type == BPF_MAP_TYPE_HASH_OF_MAPS)
		err = find_inner_map(o, idx, map, &sym, name, &target);
	else if (map->type == BPF_MAP_TYPE_PROG_ARRAY)
		err = find_entry_prog(o, idx, &sym, name, &target);
	else
		err = fail(o, idx, -EINVAL, BEMU_R_OBJ_SLOT_PLACE,
			   "a map of this type has no initial values; type, offset", map->type,
			   rel->r_offset);
	err = err ? err : slot_number(o, idx, map, rel->r_offset, &slot);
	return err ? err : set_slot(o, map, slot, target);
}

/* Mirrors bpf_object__collect_map_relos(), tools/lib/bpf/libbpf.c, 1.7. */
int bemu_obj_collect_slots(struct bemu_obj_open *o, uint32_t rel_idx)
{
	const struct bemu_obj_sec *sec = &o->secs[rel_idx];
	uint32_t i, nr = (uint32_t)(sec->size / sizeof(Elf64_Rel));
	Elf64_Rel rel;
	int err = 0;

	if (!o->maps_datasec_id)
		return fail(o, 0, -EINVAL, BEMU_R_OBJ_SLOT_MAP,
			    "no DATASEC .maps; section, entries", rel_idx, nr);
	for (i = 0; !err && i < nr; i++) {
		rel = bemu_obj_rel(sec, i);
		err = collect_one(o, i, &rel);
	}
	return err;
}
