/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The value of a map gets another size before the load; that of a data section takes its BTF along: the
 * section ends where the value does, and its last variable, an array, has as many elements as that leaves.
 * Mirrors bpf_map__set_value_size() and map_btf_datasec_resize(), tools/lib/bpf/libbpf.c, libbpf 1.7.
 */
#include <errno.h>
#include <string.h>

#include <bemu/quirks.h>

#include "load/private.h"

/** struct place - what is changed in the bytes of the BTF */
struct place {
	const struct btf_type *sec, *var;
	const struct btf_var_secinfo *last;
	struct btf_array array; /* the new one */
};

static int find_place(const struct bemu_load *ld, uint32_t sec_id, uint32_t size, struct place *out)
{
	const struct bemu_btf *btf = ld->obj_btf;
	const struct btf_type *t;
	int64_t elem;

	out->sec = bemu_btf_type(btf, sec_id);
	if (!out->sec || bemu_btf_kind(out->sec) != BTF_KIND_DATASEC || !bemu_btf_vlen(out->sec))
		return -EINVAL;
	out->last = &bemu_btf_secinfos(out->sec)[bemu_btf_vlen(out->sec) - 1];
	out->var = bemu_btf_type(btf, out->last->type);
	t = out->var ? bemu_btf_skip_mods(btf, out->var->type, true, NULL) : NULL;
	if (!t || bemu_btf_kind(t) != BTF_KIND_ARRAY || size <= out->last->offset)
		return -EINVAL;
	out->array = *bemu_btf_array(t);
	if (bemu_btf_resolve_size(btf, out->array.type, &elem) || elem <= 0 ||
	    (size - out->last->offset) % elem)
		return -EINVAL;
	out->array.nelems = (uint32_t)((size - out->last->offset) / elem);
	return 0;
}

static void put_u32(char *raw, size_t off, uint32_t v)
{
	memcpy(raw + off, &v, sizeof(v));
}

/* The same BTF with one type more, behind the others. */
static int rebuild(struct bemu_load *ld, const struct place *place, uint32_t size)
{
	const struct btf_type head = { .info = (uint32_t)BTF_KIND_ARRAY << 24 };
	size_t len, type_end, at_var, at_sec, at_last;
	const char *old = bemu_btf_raw(ld->obj_btf, &len);
	uint32_t id = bemu_btf_nr_types(ld->obj_btf), add = sizeof(head) + sizeof(place->array);
	struct bemu_btf *btf;
	struct btf_header hdr;
	char *raw;
	int err;

	memcpy(&hdr, old, sizeof(hdr));
	type_end = (size_t)hdr.hdr_len + hdr.type_off + hdr.type_len;
	if (bemu_btf_swapped(ld->obj_btf) || hdr.str_off != hdr.type_off + hdr.type_len)
		return -EINVAL;
	at_var = (size_t)((const char *)place->var - old) + offsetof(struct btf_type, type);
	at_sec = (size_t)((const char *)place->sec - old) + offsetof(struct btf_type, size);
	at_last =
		(size_t)((const char *)place->last - old) + offsetof(struct btf_var_secinfo, size);
	raw = bemu_alloc(ld->env, len + add);
	if (!raw)
		return -ENOMEM;
	memcpy(raw, old, type_end);
	memcpy(raw + type_end, &head, sizeof(head));
	memcpy(raw + type_end + sizeof(head), &place->array, sizeof(place->array));
	memcpy(raw + type_end + add, old + type_end, len - type_end);
	hdr.type_len += add;
	hdr.str_off += add;
	memcpy(raw, &hdr, sizeof(hdr));
	put_u32(raw, at_var, id);
	put_u32(raw, at_sec, size);
	put_u32(raw, at_last, size - place->last->offset);
	err = bemu_btf_parse(ld->env, raw, len + add, NULL, bemu_load_parse_flags(ld), &btf);
	bemu_mem_free(ld->env, raw);
	if (err)
		return err;
	bemu_btf_put(ld->obj_btf_own);
	ld->obj_btf_own = btf;
	ld->obj_btf = btf;
	return 0;
}

int bemu_load_set_value_size(struct bemu_load *ld, uint32_t map_idx, uint32_t size)
{
	const struct bemu_obj_map *def = map_idx < ld->obj->nr_maps ? &ld->obj->maps[map_idx]
								    : NULL;
	struct bemu_load_map *map = &ld->maps[map_idx];
	struct place place;
	char *image;
	int err;

	if (!def || !size)
		return -EINVAL;
	if (ld->ran)
		return -EBUSY;
	if (def->data) {
		image = bemu_zalloc(ld->env, size);
		if (!image)
			return -ENOMEM;
		memcpy(image, def->data, size < def->value_size ? size : def->value_size);
		bemu_mem_free(ld->env, ld->map_data[map_idx]);
		ld->map_data[map_idx] = image;
	}
	map->value_size = size;
	if (!map->value_type_id || !ld->obj_btf)
		return 0;
	err = find_place(ld, map->value_type_id, size, &place);
	if (!err)
		err = rebuild(ld, &place, size);
	if (ld->env->fault)
		return err;
	if (err) { /* goes on without types */
		map->key_type_id = 0;
		map->value_type_id = 0;
	}
	/* names of externs point into the strings that were there at open */
	ld->names_gone = !err && bemu_load_quirk(ld, BEMU_QUIRK_LB_EXTERN_NAME_UAF);
	return 0;
}
