/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Contents of maps: arrays and hash tables, of values or of objects. */
#include <string.h>

#include "model/quirk.h"

bool bemu_map_is_array(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

bool bemu_map_is_hash(uint32_t type)
{
	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

bool bemu_map_is_percpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

bool bemu_map_is_fd(uint32_t type)
{
	return type == BPF_MAP_TYPE_PROG_ARRAY || type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static bool is_fd_array(uint32_t type)
{
	return type == BPF_MAP_TYPE_PROG_ARRAY || type == BPF_MAP_TYPE_ARRAY_OF_MAPS;
}

static uint32_t round8(uint32_t v)
{
	return (v + 7) & ~7u; /* callers have checked sizes far below 4 GiB */
}

/* Mirrors bpf_map_value_size(), kernel/bpf/syscall.c. */
uint32_t bemu_map_value_len(const struct bemu_model *model, const struct bemu_map *map)
{
	if (bemu_map_is_percpu(map->type))
		return round8(map->value_size) * model->nr_cpus;
	return bemu_map_is_fd(map->type) ? 4 : map->value_size;
}

int bemu_map_touch(struct bemu_model *model, struct bemu_map *map)
{
	size_t len = (size_t)map->max_entries * map->stride;

	if (map->data)
		return 0;
	if (map->type == BEMU_BPF_MAP_TYPE_ARENA)
		len = (size_t)(map->user_end - map->user_start);
	if (map->flags & BPF_F_MMAPABLE) /* mappings are made of whole pages */
		len = (len + 4095) & ~(size_t)4095;
	map->data = bemu_zalloc(model->env, len);
	return map->data ? 0 : -ENOMEM;
}

static int slots_touch(struct bemu_model *model, struct bemu_map *map)
{
	if (map->slots)
		return 0;
	map->slots = bemu_zalloc_array(model->env, map->max_entries, sizeof(struct bemu_kobj *));
	return map->slots ? 0 : -ENOMEM;
}

static uint32_t key_u32(const void *key)
{
	uint32_t v;

	memcpy(&v, key, sizeof(v));
	return v;
}

static uint32_t hash_key(const void *key, uint32_t len)
{
	const uint8_t *p = key;
	uint32_t h = 2166136261u, i;

	for (i = 0; i < len; i++)
		h = (h ^ p[i]) * 16777619u;
	return h ^ h >> 16;
}

static uint8_t *elem_key(struct bemu_elem *elem)
{
	return (uint8_t *)elem->data;
}

static uint8_t *elem_value(const struct bemu_map *map, struct bemu_elem *elem)
{
	return (uint8_t *)elem->data + round8(map->key_size);
}

static struct bemu_kobj *elem_obj(const struct bemu_map *map, struct bemu_elem *elem)
{
	struct bemu_kobj *obj;

	memcpy(&obj, elem_value(map, elem), sizeof(obj));
	return obj;
}

static struct bemu_elem *find_elem(const struct bemu_map *map, const void *key, uint32_t hash)
{
	struct bemu_elem *elem;

	if (!map->nr_buckets)
		return NULL;
	for (elem = map->buckets[hash & (map->nr_buckets - 1)]; elem; elem = elem->chain)
		if (elem->hash == hash && !memcmp(elem_key(elem), key, map->key_size))
			return elem;
	return NULL;
}

static int grow_buckets(struct bemu_model *model, struct bemu_map *map)
{
	uint32_t nr = map->nr_buckets ? map->nr_buckets * 2 : 16;
	struct bemu_elem **buckets, *elem;

	if (map->nr_elems < map->nr_buckets)
		return 0;
	if (map->nr_buckets >= 1u << 30)
		return 0;
	buckets = bemu_zalloc_array(model->env, nr, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	for (elem = map->first; elem; elem = elem->next) {
		elem->chain = buckets[elem->hash & (nr - 1)];
		buckets[elem->hash & (nr - 1)] = elem;
	}
	bemu_mem_free(model->env, map->buckets);
	map->buckets = buckets;
	map->nr_buckets = nr;
	return 0;
}

static void unlink_elem(struct bemu_map *map, struct bemu_elem *elem)
{
	struct bemu_elem **at = &map->buckets[elem->hash & (map->nr_buckets - 1)];

	while (*at != elem)
		at = &(*at)->chain;
	*at = elem->chain;
	if (elem->prev)
		elem->prev->next = elem->next;
	else
		map->first = elem->next;
	if (elem->next)
		elem->next->prev = elem->prev;
	else
		map->last = elem->prev;
	map->nr_elems--;
}

static void drop_elem(struct bemu_model *model, struct bemu_map *map, struct bemu_elem *elem)
{
	struct bemu_kobj *obj = map->type == BPF_MAP_TYPE_HASH_OF_MAPS ? elem_obj(map, elem) : NULL;

	unlink_elem(map, elem);
	bemu_mem_free(model->env, elem);
	bemu_obj_put(model, obj);
}

/* Mirrors htab_map_update_elem(), htab_lru_map_update_elem(): an LRU map drops its oldest when full. */
static int hash_update(struct bemu_model *model, struct bemu_map *map, const void *key,
		       const void *value, uint32_t len, uint64_t flags, struct bemu_kobj **old_obj)
{
	uint32_t hash = hash_key(key, map->key_size);
	struct bemu_elem *elem = find_elem(map, key, hash);
	bool lru = map->type == BPF_MAP_TYPE_LRU_HASH || map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;

	if (elem && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!elem && flags == BPF_EXIST)
		return -ENOENT;
	if (elem) {
		if (old_obj)
			*old_obj = elem_obj(map, elem);
		memcpy(elem_value(map, elem), value, len);
		return 0;
	}
	if (map->nr_elems >= map->max_entries && !lru)
		return -E2BIG;
	if (grow_buckets(model, map))
		return -ENOMEM;
	elem = bemu_zalloc(model->env, sizeof(*elem) + round8(map->key_size) + (size_t)len);
	if (!elem)
		return -ENOMEM;
	if (map->nr_elems >= map->max_entries)
		drop_elem(model, map, map->first);
	memcpy(elem_key(elem), key, map->key_size);
	memcpy(elem_value(map, elem), value, len);
	elem->hash = hash;
	elem->chain = map->buckets[hash & (map->nr_buckets - 1)];
	map->buckets[hash & (map->nr_buckets - 1)] = elem;
	elem->prev = map->last;
	if (map->last)
		map->last->next = elem;
	else
		map->first = elem;
	map->last = elem;
	map->nr_elems++;
	return 0;
}

int bemu_map_lookup(struct bemu_model *model, struct bemu_map *map, const void *key, void *value)
{
	uint32_t len = bemu_map_value_len(model, map);
	struct bemu_elem *elem;
	struct bemu_kobj *obj = NULL;

	if (bemu_map_is_array(map->type)) {
		if (key_u32(key) >= map->max_entries)
			return -ENOENT;
		if (map->data)
			memcpy(value, map->data + (size_t)key_u32(key) * map->stride, len);
		else
			memset(value, 0, len);
		return 0;
	}
	if (is_fd_array(map->type)) {
		if (map->slots && key_u32(key) < map->max_entries)
			obj = map->slots[key_u32(key)];
	} else {
		elem = find_elem(map, key, hash_key(key, map->key_size));
		if (!elem)
			return -ENOENT;
		if (map->type != BPF_MAP_TYPE_HASH_OF_MAPS) {
			memcpy(value, elem_value(map, elem), len);
			return 0;
		}
		obj = elem_obj(map, elem);
	}
	if (!obj)
		return -ENOENT;
	memcpy(value, &obj->id, 4);
	return 0;
}

int bemu_map_update(struct bemu_model *model, struct bemu_map *map, const void *key,
		    const void *value, uint64_t flags)
{
	uint32_t len = bemu_map_value_len(model, map);

	if (flags & BPF_F_LOCK)
		return -EINVAL; /* no value has a lock here: special fields are not looked for */
	if (flags > BPF_EXIST)
		return -EINVAL;
	if (bemu_map_is_hash(map->type))
		return hash_update(model, map, key, value, len, flags, NULL);
	if (key_u32(key) >= map->max_entries)
		return -E2BIG;
	if (flags == BPF_NOEXIST)
		return -EEXIST;
	if (bemu_map_touch(model, map))
		return -ENOMEM;
	memcpy(map->data + (size_t)key_u32(key) * map->stride, value, len);
	return 0;
}

int bemu_map_set_obj(struct bemu_model *model, struct bemu_map *map, const void *key,
		     struct bemu_kobj *obj, uint64_t flags)
{
	struct bemu_kobj *old = NULL;
	int err;

	if (map->type == BPF_MAP_TYPE_HASH_OF_MAPS) {
		err = hash_update(model, map, key, &obj, sizeof(obj), flags, &old);
		if (err)
			return err;
		((struct bemu_map *)obj)->was_inner = true;
		bemu_obj_put(model, old);
		return 0;
	}
	if (slots_touch(model, map))
		return -ENOMEM;
	if (obj->kind == BEMU_OBJ_MAP)
		((struct bemu_map *)obj)->was_inner = true;
	old = map->slots[key_u32(key)];
	map->slots[key_u32(key)] = obj;
	bemu_obj_put(model, old);
	return 0;
}

int bemu_map_delete(struct bemu_model *model, struct bemu_map *map, const void *key)
{
	struct bemu_elem *elem;
	struct bemu_kobj *old;

	if (bemu_map_is_array(map->type))
		return -EINVAL;
	if (is_fd_array(map->type)) {
		if (key_u32(key) >= map->max_entries)
			return -E2BIG;
		old = map->slots ? map->slots[key_u32(key)] : NULL;
		if (!old)
			return -ENOENT;
		map->slots[key_u32(key)] = NULL;
		bemu_obj_put(model, old);
		return 0;
	}
	elem = find_elem(map, key, hash_key(key, map->key_size));
	if (!elem)
		return -ENOENT;
	drop_elem(model, map, elem);
	return 0;
}

int bemu_map_next_key(struct bemu_model *model, struct bemu_map *map, const void *key, void *next)
{
	struct bemu_elem *elem = NULL;
	uint32_t idx;

	(void)model;
	if (bemu_map_is_hash(map->type)) {
		if (key)
			elem = find_elem(map, key, hash_key(key, map->key_size));
		elem = elem ? elem->next : map->first;
		if (!elem)
			return -ENOENT;
		memcpy(next, elem_key(elem), map->key_size);
		return 0;
	}
	idx = key ? key_u32(key) : UINT32_MAX;
	if (idx < map->max_entries && idx == map->max_entries - 1)
		return -ENOENT;
	idx = idx >= map->max_entries ? 0 : idx + 1;
	memcpy(next, &idx, sizeof(idx));
	return 0;
}

/* Mirrors bpf_fd_array_map_clear(): who holds the map as a program keeps an empty one. */
void bemu_map_clear(struct bemu_model *model, struct bemu_map *map)
{
	uint32_t i;

	for (i = 0; map->slots && i < map->max_entries; i++) {
		struct bemu_kobj *old = map->slots[i];

		map->slots[i] = NULL;
		bemu_obj_put(model, old);
	}
}

void bemu_map_get_uref(struct bemu_model *model, struct bemu_map *map)
{
	bemu_obj_get(model, &map->obj);
	map->usercnt++;
}

/*
 * Mirrors prog_array_map_clear(), which leaves the work to a worker. Differs: the reference that a second
 * one takes while the first still waits is not taken, because the kernel never drops that.
 */
void bemu_map_put_uref(struct bemu_model *model, struct bemu_map *map)
{
	if (--map->usercnt)
		return;
	map->timer = false; /* bpf_map_release_uref of arrays and hashes */
	if (map->type != BPF_MAP_TYPE_PROG_ARRAY || map->clear.what)
		return;
	bemu_obj_get(model, &map->obj);
	bemu_defer(model, &map->clear, &map->obj, BEMU_DEFER_MAP_CLEAR);
}

/* K-BTF-FREED-BEFORE-MAP: the BTF is let go at once, and the values are freed later, by its record. */
void bemu_map_put_early(struct bemu_model *model, struct bemu_map *map)
{
	struct bemu_kbtf *btf = map->btf;

	if (!btf || !bemu_model_quirk(model, BEMU_QUIRK_K_BTF_FREED_BEFORE_MAP))
		return;
	map->btf = NULL;
	bemu_obj_put(model, &btf->obj);
}

/* Mirrors bpf_map_free_deferred() and bpf_obj_free_fields(), v6.18. */
void bemu_map_free(struct bemu_model *model, struct bemu_map *map)
{
	struct bemu_env *env = model->env;

	bemu_map_clear(model, map);
	if (map->record)
		(void)bemu_obj_alive(model, &map->record->obj, "is read to free a map's values");
	while (map->first)
		drop_elem(model, map, map->first);
	bemu_obj_fini(model, &map->obj);
	bemu_obj_put(model, map->btf ? &map->btf->obj : NULL);
	map->btf = NULL;
	if (!model->keep_dead) { /* else with all that a stale pointer leads to */
		bemu_mem_free(env, map->buckets);
		bemu_mem_free(env, map->slots);
		bemu_mem_free(env, map->data);
		bemu_mem_free(env, map->inner);
	}
	bemu_obj_release(model, env, &map->obj);
}
