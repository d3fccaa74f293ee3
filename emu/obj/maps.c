// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Maps that the DATASEC .maps defines, and the order in which all maps of an object come. */
#include <stdio.h>

#include "obj/private.h"

enum { PATH_LEN = 4096 };

static const char default_pin_root[] = "/sys/fs/bpf";

int bemu_obj_add_map(struct bemu_obj_open *o, struct bemu_obj_map **out)
{
	struct bemu_obj *obj = o->obj;
	int err = bemu_grow(o->env, &obj->maps, &o->maps_cap, obj->nr_maps + 1, sizeof(*obj->maps));

	if (err)
		return err;
	*out = &obj->maps[obj->nr_maps++];
	(*out)->autocreate = true;
	return 0;
}

/* Mirrors adjust_ringbuf_sz(): a power of two of pages, the next larger one where it is none. */
static uint32_t ringbuf_size(uint32_t size, uint32_t page_size)
{
	uint32_t pages = size / page_size, mul;

	if (!size || (size % page_size == 0 && (pages & (pages - 1)) == 0))
		return size;
	for (mul = 1; mul && mul <= UINT32_MAX / page_size; mul *= 2)
		if (mul * page_size > size)
			return mul * page_size;
	return size;
}

/* Mirrors fill_map_from_def(). */
static void fill_map(const struct bemu_obj_open *o, struct bemu_obj_map *map,
		     const struct bemu_obj_map_def *def)
{
	map->kind = BEMU_MAP_USER;
	map->type = def->type;
	map->key_size = def->key_size;
	map->value_size = def->value_size;
	map->max_entries = def->max_entries;
	map->map_flags = def->map_flags;
	map->numa_node = def->numa_node;
	map->map_extra = def->map_extra;
	map->btf_key_type_id = def->key_type_id;
	map->btf_value_type_id = def->value_type_id;
	if (map->type == BPF_MAP_TYPE_RINGBUF || map->type == BPF_MAP_TYPE_USER_RINGBUF)
		map->max_entries = ringbuf_size(map->max_entries, o->page_size);
}

/* Mirrors build_map_pin_path(). */
static int set_pin_path(struct bemu_obj_open *o, struct bemu_obj_map *map)
{
	const char *root = o->opts->pin_root ? o->opts->pin_root : default_pin_root;
	size_t len = strlen(root) + 1 + strlen(map->name);
	char *path;

	if (len >= PATH_LEN)
		return bemu_fail(o->env, -ENAMETOOLONG, BEMU_R_OBJ_MAP_PIN_PATH, len,
				 "a pin path of %zu characters, %d are the most: map %s", len,
				 PATH_LEN - 1, map->name);
	path = bemu_obj_keep(o, bemu_alloc(o->env, len + 1));
	if (!path)
		return -ENOMEM;
	snprintf(path, len + 1, "%s/%s", root, map->name);
	map->pin_path = path;
	map->pinned = true;
	return 0;
}

static int add_inner(struct bemu_obj_open *o, struct bemu_obj_map *map,
		     const struct bemu_obj_map_def *def)
{
	size_t len = strlen(map->name) + sizeof(".inner");
	struct bemu_obj_map *inner;
	char *name;

	inner = bemu_obj_keep(o, bemu_zalloc(o->env, sizeof(*inner)));
	name = inner ? bemu_obj_keep(o, bemu_alloc(o->env, len)) : NULL;
	if (!name)
		return -ENOMEM;
	snprintf(name, len, "%s.inner", map->name);
	inner->name = name;
	inner->real_name = name;
	inner->sec_idx = map->sec_idx;
	fill_map(o, inner, def);
	map->inner = inner;
	return 0;
}

static int bad_var(struct bemu_obj_open *o, uint32_t type_id, int err, const char *what, uint64_t a,
		   uint64_t b)
{
	return bemu_fail(o->env, err, BEMU_R_OBJ_MAP_VAR, type_id,
			 "map variable, type %u: %s (%llu, %llu)", type_id, what,
			 (unsigned long long)a, (unsigned long long)b);
}

/* Mirrors bpf_object__init_user_btf_map(), tools/lib/bpf/libbpf.c, 1.7. */
static int init_user_map(struct bemu_obj_open *o, const struct btf_var_secinfo *entry,
			 uint32_t entry_idx, uint64_t sec_size)
{
	struct bemu_obj_map_def def = { 0 }, inner_def = { 0 };
	const struct bemu_btf *btf = o->obj->btf;
	const struct btf_type *var = bemu_obj_type(o, entry->type), *t;
	struct bemu_obj_map *map;
	const char *name;
	int err;

	if (!var)
		return -EINVAL;
	name = bemu_btf_str(btf, var->name_off);
	if (!name || !name[0])
		return bad_var(o, entry->type, -EINVAL, "no name; entry, name offset", entry_idx,
			       var->name_off);
	if ((uint64_t)entry->offset + entry->size > sec_size)
		return bad_var(o, entry->type, -EINVAL, "leaves the section; its end, section's",
			       (uint64_t)entry->offset + entry->size, sec_size);
	if (bemu_btf_kind(var) != BTF_KIND_VAR)
		return bad_var(o, entry->type, -EINVAL, "not a VAR; kind, VAR", bemu_btf_kind(var),
			       BTF_KIND_VAR);
	if (bemu_btf_var(var)->linkage != BTF_VAR_GLOBAL_ALLOCATED)
		return bad_var(o, entry->type, -EOPNOTSUPP, "not global; linkage, global",
			       bemu_btf_var(var)->linkage, BTF_VAR_GLOBAL_ALLOCATED);
	t = bemu_obj_skip(o, var->type, NULL);
	if (!t)
		return -EINVAL;
	if (bemu_btf_kind(t) != BTF_KIND_STRUCT)
		return bad_var(o, entry->type, -EINVAL, "not a STRUCT; kind, STRUCT",
			       bemu_btf_kind(t), BTF_KIND_STRUCT);
	if (t->size > entry->size)
		return bad_var(o, entry->type, -EINVAL, "larger than its entry; size, entry's",
			       t->size, entry->size);
	err = bemu_obj_add_map(o, &map);
	if (err)
		return err;
	map->name = name;
	map->real_name = name;
	map->sec_idx = o->maps_sec_idx;
	map->sec_off = entry->offset;
	map->btf_var_idx = entry_idx;
	err = bemu_obj_parse_map_def(o, name, entry->type, t, &def, &inner_def);
	if (err)
		return err;
	fill_map(o, map, &def);
	if (def.pinning)
		err = set_pin_path(o, map);
	if (!err && def.has_inner)
		err = add_inner(o, map, &inner_def);
	return err;
}

/* Mirrors init_arena_map_data(): globals of the address space must fit into the arena's pages. */
static int keep_arena_data(struct bemu_obj_open *o, const struct bemu_obj_map *map)
{
	const struct bemu_obj_sec *sec = &o->secs[o->arena_sec_idx];
	uint64_t room = (uint64_t)o->page_size * map->max_entries;

	if (sec->size > room)
		return bemu_fail(o->env, -E2BIG, BEMU_R_OBJ_ARENA, o->arena_sec_idx,
				 "section %u: %zu bytes of arena globals, %llu in arena %s",
				 o->arena_sec_idx, sec->size, (unsigned long long)room, map->name);
	o->obj->arena_data = bemu_obj_keep(o, bemu_memdup(o->env, sec->data, sec->size));
	if (!o->obj->arena_data)
		return -ENOMEM;
	o->obj->arena_data_len = sec->size;
	return 0;
}

/* Since 1.4. Mirrors the end of bpf_object__init_user_btf_maps(). */
static int find_arena(struct bemu_obj_open *o)
{
	struct bemu_obj *obj = o->obj;
	uint32_t i;
	int err;

	for (i = 0; i < obj->nr_maps; i++) {
		if (obj->maps[i].type != BEMU_BPF_MAP_TYPE_ARENA)
			continue;
		if (obj->arena_map_idx != UINT32_MAX)
			return bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_ARENA, i,
					 "map %u, %s, is an arena, and so is map %u", i,
					 obj->maps[i].name, obj->arena_map_idx);
		obj->arena_map_idx = i;
		err = o->arena_sec_idx ? keep_arena_data(o, &obj->maps[i]) : 0;
		if (err)
			return err;
	}
	if (o->arena_sec_idx && obj->arena_map_idx == UINT32_MAX)
		return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_ARENA, o->arena_sec_idx,
				 "section %u has arena globals, and none of %u maps is an arena",
				 o->arena_sec_idx, obj->nr_maps);
	return 0;
}

/* Mirrors bpf_object__init_user_btf_maps(). */
static int init_user_maps(struct bemu_obj_open *o)
{
	const struct btf_type *sec;
	uint64_t sec_size;
	uint32_t i;
	int err;

	if (o->maps_sec_idx == UINT32_MAX)
		return 0;
	o->maps_datasec_id = bemu_btf_find(o->obj->btf, ".maps", BTF_KIND_DATASEC, false);
	if (!o->maps_datasec_id)
		return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_MAP_DATASEC, o->maps_sec_idx,
				 "section %u is .maps, and none of %u types is DATASEC .maps",
				 o->maps_sec_idx, bemu_btf_nr_types(o->obj->btf));
	sec = bemu_btf_type(o->obj->btf, o->maps_datasec_id);
	sec_size = o->secs[o->maps_sec_idx].size;
	for (i = 0; i < bemu_btf_vlen(sec); i++) {
		err = init_user_map(o, &bemu_btf_secinfos(sec)[i], i, sec_size);
		if (err)
			return err;
	}
	return bemu_obj_since(o, BEMU_LIBBPF_1_5) ? find_arena(o) : 0;
}

/* Mirrors bpf_object__init_maps(). */
int bemu_obj_init_maps(struct bemu_obj_open *o)
{
	int err = init_user_maps(o);

	err = err ? err : bemu_obj_init_data_maps(o);
	err = err ? err : bemu_obj_init_kconfig_map(o);
	err = err ? err : bemu_obj_init_struct_ops(o);
	return err;
}
