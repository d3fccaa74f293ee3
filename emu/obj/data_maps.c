// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Maps that libbpf makes by itself: one for each section of global data, and .kconfig. */
#include <ctype.h>
#include <stdio.h>

#include "obj/private.h"

enum {
	NAME_LEN = 16, /* BPF_OBJ_NAME_LEN */
	MIN_SUFFIX = 7, /* of ".rodata" */
};

/* Not isalnum(): that asks the locale. */
static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

/* Mirrors internal_map_name(): as much of the object's name as fits in front of the section's. */
static const char *map_name(struct bemu_obj_open *o, const char *real_name)
{
	size_t suffix = strlen(real_name), prefix = 0;
	char name[NAME_LEN], *c;

	if (suffix < MIN_SUFFIX)
		suffix = MIN_SUFFIX;
	if (suffix > NAME_LEN - 1)
		suffix = NAME_LEN - 1;
	if (!strchr(real_name + 1, '.')) {
		prefix = strlen(o->obj->name);
		if (prefix > NAME_LEN - 1 - suffix)
			prefix = NAME_LEN - 1 - suffix;
	}
	snprintf(name, sizeof(name), "%.*s%.*s", (int)prefix, o->obj->name, (int)suffix, real_name);
	for (c = name; *c; c++)
		if (!is_name_char(*c))
			*c = '_';
	return bemu_obj_keep(o, bemu_strdup(o->env, name));
}

/* Mirrors btf__find_by_name(): the first type of that name, of whatever kind; 0 when there is none. */
static int find_by_name(struct bemu_obj_open *o, const char *name, uint32_t *out)
{
	int err = bemu_obj_pay(o, name, 1);

	*out = err ? 0 : bemu_btf_find_any(o->obj->btf, name);
	return err;
}

/* Mirrors map_is_mmapable(): a variable that others may see, so one that is not static. */
static bool is_mmapable(const struct bemu_btf *btf, uint32_t datasec_id)
{
	const struct btf_type *sec = bemu_btf_type(btf, datasec_id), *t;
	uint32_t i;

	if (bemu_btf_kind(sec) != BTF_KIND_DATASEC)
		return false;
	for (i = 0; i < bemu_btf_vlen(sec); i++) {
		t = bemu_btf_type(btf, bemu_btf_secinfos(sec)[i].type);
		if (t && bemu_btf_kind(t) == BTF_KIND_VAR &&
		    bemu_btf_var(t)->linkage != BTF_VAR_STATIC)
			return true;
	}
	return false;
}

/* Mirrors bpf_object__init_internal_map(), tools/lib/bpf/libbpf.c, 1.7. */
static int init_data_map(struct bemu_obj_open *o, uint32_t kind, const char *real_name,
			 uint32_t sec_idx, const void *data, size_t size)
{
	struct bemu_obj_map *map;
	int err = bemu_obj_add_map(o, &map);

	if (err)
		return err;
	map->kind = kind;
	map->sec_idx = sec_idx;
	map->real_name = real_name;
	map->name = map_name(o, real_name);
	if (!map->name)
		return -ENOMEM;
	map->type = BPF_MAP_TYPE_ARRAY;
	map->key_size = 4;
	map->value_size = bemu_wrap_u32(size);
	map->max_entries = 1;
	if (kind == BEMU_MAP_RODATA || kind == BEMU_MAP_KCONFIG)
		map->map_flags = BPF_F_RDONLY_PROG;
	/* not finding it is fine: there are sections such as .rodata.str1.1 */
	if (o->obj->btf)
		err = find_by_name(o, real_name, &map->btf_value_type_id);
	if (err)
		return err;
	if (map->btf_value_type_id && is_mmapable(o->obj->btf, map->btf_value_type_id))
		map->map_flags |= BPF_F_MMAPABLE;
	/* libbpf maps memory for it, rounded up to 8 bytes in 32 bits; no bytes cannot be mapped */
	if (!(uint32_t)(map->value_size + 7) || !map->value_size)
		return bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_DATA_MAP, sec_idx,
				 "map %s: %zu bytes are %u in 32 bits, which cannot be mapped",
				 map->name, size, map->value_size);
	if (!data)
		return 0;
	map->data = bemu_obj_keep(o, bemu_memdup(o->env, data, size));
	return map->data ? 0 : -ENOMEM;
}

/* Mirrors bpf_object__init_global_data_maps(). */
int bemu_obj_init_data_maps(struct bemu_obj_open *o)
{
	static const uint32_t kinds[] = {
		[BEMU_SEC_BSS] = BEMU_MAP_BSS,
		[BEMU_SEC_DATA] = BEMU_MAP_DATA,
		[BEMU_SEC_RODATA] = BEMU_MAP_RODATA,
	};
	struct bemu_obj_sec *sec;
	uint32_t i;
	int err;

	for (i = 1; i < o->nr_secs; i++) {
		sec = &o->secs[i];
		if (!sec->size || (sec->kind != BEMU_SEC_BSS && sec->kind != BEMU_SEC_DATA &&
				   sec->kind != BEMU_SEC_RODATA))
			continue;
		sec->map_idx = o->obj->nr_maps;
		err = init_data_map(o, kinds[sec->kind], bemu_obj_sec_name(o, i), i,
				    sec->kind == BEMU_SEC_BSS ? NULL : sec->data, sec->size);
		if (err)
			return err;
	}
	return 0;
}

/* Mirrors bpf_object__init_kconfig_map(). */
int bemu_obj_init_kconfig_map(struct bemu_obj_open *o)
{
	const struct bemu_obj_extern *last = NULL;
	uint32_t i;
	int err;

	for (i = 0; i < o->obj->nr_externs; i++)
		if (o->obj->externs[i].kind == BEMU_EXT_KCONFIG)
			last = &o->obj->externs[i];
	if (!last)
		return 0;
	err = init_data_map(o, BEMU_MAP_KCONFIG, ".kconfig", o->symtab_idx, NULL,
			    (size_t)last->kcfg_data_off + last->kcfg_size);
	if (!err)
		o->obj->kconfig_map_idx = o->obj->nr_maps - 1;
	return err;
}
