// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Maps. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "load/names.h"
#include "scenario/lex.h"
#include "scenario/private.h"

enum { MAX_DATA = 1 << 20 };

/* A setting that is an FD: its use is told. */
static int setting_fd(struct bemu_scn_run *run, const char *key, uint32_t *out)
{
	const struct bemu_scn_arg *arg = bemu_scn_setting(run, key);
	int err = bemu_scn_setting_u32(run, key, 0, out);

	return err || !arg ? err : bemu_scn_use_fd(run, &arg->val, "bpf MAP_CREATE");
}

int bemu_scn_do_map_create(struct bemu_scn_run *run)
{
	struct bemu_attr_map_create *a = bemu_zalloc(run->env, sizeof(*a));
	const struct bemu_scn_arg *type, *name = bemu_scn_setting(run, "name");
	char text[64] = "", label[BEMU_LIFE_WHAT_LEN];
	int64_t extra = 0;
	int err = a ? bemu_scn_need(run, 2, "the type of the map", &type) : -ENOMEM;

	if (!err)
		err = bemu_scn_enum(run, type, bemu_map_type_names, BEMU_NR_MAP_TYPE_NAMES,
				    "map type", &a->map_type);
	if (!err)
		err = bemu_scn_need_u32(run, 3, "the size of keys", &a->key_size);
	if (!err)
		err = bemu_scn_need_u32(run, 4, "the size of values", &a->value_size);
	if (!err)
		err = bemu_scn_need_u32(run, 5, "the number of entries", &a->max_entries);
	if (!err)
		err = bemu_scn_setting_u32(run, "flags", 0, &a->map_flags);
	if (!err)
		err = bemu_scn_setting_u32(run, "node", 0, &a->numa_node);
	if (!err)
		err = bemu_scn_setting_u32(run, "ifindex", 0, &a->map_ifindex);
	if (!err)
		err = setting_fd(run, "inner", &a->inner_map_fd);
	if (!err)
		err = setting_fd(run, "btf", &a->btf_fd);
	if (!err)
		err = bemu_scn_setting_u32(run, "key_type", 0, &a->btf_key_type_id);
	if (!err)
		err = bemu_scn_setting_u32(run, "value_type", 0, &a->btf_value_type_id);
	if (!err)
		err = bemu_scn_setting_u32(run, "vmlinux_value_type", 0,
					   &a->btf_vmlinux_value_type_id);
	if (!err)
		err = bemu_scn_setting_value(run, "extra", 0, &extra);
	if (!err) {
		a->map_extra = (uint64_t)extra;
		if (name)
			bemu_scn_copy(run, name, text, sizeof(text));
		memcpy(a->map_name, text, sizeof(a->map_name));
		err = bemu_scn_bpf(run, BPF_MAP_CREATE, a, sizeof(*a));
	}
	if (!err)
		err = bemu_scn_opened(run, run->task, "map %s", bemu_scn_label(run, text, label));
	bemu_mem_free(run->env, a);
	return err;
}

/* The model's own sizes: what a task would know of the map that it asks for. */
static int sizes_of(struct bemu_scn_run *run, int64_t fd, uint32_t *key, uint32_t *value)
{
	struct bpf_map_info info = { 0 };
	struct bemu_attr_info a = { .bpf_fd = (uint32_t)fd,
				    .info_len = sizeof(info),
				    .info = (uint64_t)(uintptr_t)&info };
	uint32_t nr = run->mem.nr;
	long ret;
	int err = bemu_scn_mem(run, &info, sizeof(info));

	if (!err)
		err = bemu_scn_mem(run, &a, sizeof(a));
	if (!err)
		err = bemu_scn_sys_bpf(run, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a), &ret);
	bemu_skel_mem_cut(&run->mem, nr);
	if (err)
		return err;
	*key = info.key_size;
	*value = info.value_size;
	if (ret || bemu_scn_kind(run, (int)fd) != BEMU_KIND_MAP)
		*key = *value = 8;
	if (info.type == BPF_MAP_TYPE_PERCPU_ARRAY || info.type == BPF_MAP_TYPE_PERCPU_HASH)
		*value = (*value + 7) / 8 * 8 * run->em->model.nr_cpus;
	return 0;
}

/* A number in as many bytes as it takes, or x:HEX; at least @size bytes. *out is given. */
static int data_of(struct bemu_scn_run *run, const struct bemu_scn_str *str, uint32_t size,
		   uint8_t **out)
{
	const char *text = run->scn->text + str->off;
	uint8_t *bytes = NULL;
	size_t len = 0;
	int64_t v = 0;
	int err;

	if (size > MAX_DATA)
		return bemu_scn_mistake(run, str, "keys and values have at most %d bytes here",
					MAX_DATA);
	if (str->len >= 2 && !memcmp(text, "x:", 2)) {
		err = bemu_scn_hex(run, str, &bytes, &len);
	} else {
		err = bemu_scn_value(run, str, &v);
		if (!err)
			err = bemu_scn_use_fd(run, str, "bpf MAP_UPDATE_ELEM");
	}
	if (err)
		return err;
	*out = bemu_zalloc(run->env, (size_t)size + len + sizeof(v));
	if (*out)
		memcpy(*out, bytes ? (const void *)bytes : &v, bytes ? len : sizeof(v));
	bemu_mem_free(run->env, bytes);
	return *out ? 0 : -ENOMEM;
}

struct elem {
	struct bemu_attr_elem attr;
	uint8_t *key, *value;
	uint32_t key_size, value_size;
};

static void elem_free(struct bemu_scn_run *run, struct elem *elem)
{
	if (elem) {
		bemu_mem_free(run->env, elem->key);
		bemu_mem_free(run->env, elem->value);
	}
	bemu_mem_free(run->env, elem);
}

/* MAP, KEY and, when @value, VALUE; room for a value otherwise. */
static int elem_new(struct bemu_scn_run *run, bool value, struct elem **out)
{
	const struct bemu_scn_arg *map, *key, *val = NULL;
	struct elem *elem = bemu_zalloc(run->env, sizeof(*elem));
	int64_t fd = 0;
	int err = elem ? bemu_scn_need(run, 2, "a map", &map) : -ENOMEM;

	*out = elem;
	if (!err)
		err = bemu_scn_value(run, &map->val, &fd);
	if (!err)
		err = bemu_scn_need(run, 3, "a key", &key);
	if (!err && value)
		err = bemu_scn_need(run, 4, "a value", &val);
	if (!err)
		err = bemu_scn_use_fd(run, &map->val, "bpf");
	if (!err)
		err = sizes_of(run, fd, &elem->key_size, &elem->value_size);
	if (!err && !bemu_scn_is(run->scn, &key->val, "none")) {
		err = data_of(run, &key->val, elem->key_size, &elem->key);
		if (!err)
			err = bemu_scn_mem(run, elem->key, elem->key_size);
	}
	if (!err && value) {
		err = data_of(run, &val->val, elem->value_size, &elem->value);
	} else if (!err) {
		uint32_t room = elem->value_size > elem->key_size ? elem->value_size
								  : elem->key_size;

		if (room > MAX_DATA)
			return bemu_scn_mistake(run, &map->val, "values of this map are too large");
		elem->value = bemu_zalloc(run->env, (size_t)room + 8);
		err = elem->value ? 0 : -ENOMEM;
	}
	if (!err)
		err = bemu_scn_mem(run, elem->value, (size_t)elem->value_size + 8);
	if (!err)
		elem->attr = (struct bemu_attr_elem){
			.map_fd = (uint32_t)fd,
			.key = (uint64_t)(uintptr_t)elem->key,
			.value = (uint64_t)(uintptr_t)elem->value,
		};
	return err;
}

int bemu_scn_do_map_update(struct bemu_scn_run *run)
{
	struct elem *elem;
	int64_t flags = 0;
	int err = elem_new(run, true, &elem);

	if (!err)
		err = bemu_scn_setting_value(run, "flags", 0, &flags);
	if (!err) {
		elem->attr.flags = (uint64_t)flags;
		err = bemu_scn_bpf(run, BPF_MAP_UPDATE_ELEM, &elem->attr, sizeof(elem->attr));
	}
	elem_free(run, elem);
	return err;
}

/* A value of up to 8 bytes is a number, a longer one bytes. */
static void value_field(struct bemu_scn_run *run, const char *name, const uint8_t *data,
			uint32_t len)
{
	static const char digits[] = "0123456789abcdef";
	char text[BEMU_SCN_FIELD_LEN];
	uint64_t v = 0;
	uint32_t i, at = 0;

	if (run->answer.ret < 0)
		return;
	if (len <= sizeof(v)) {
		memcpy(&v, data, len);
		bemu_scn_field(run, name, v);
		return;
	}
	text[at++] = 'x';
	text[at++] = ':';
	for (i = 0; i < len && at + 3 < sizeof(text); i++) {
		text[at++] = digits[data[i] >> 4];
		text[at++] = digits[data[i] & 15];
	}
	text[at] = '\0';
	bemu_scn_text_field(run, name, text, sizeof(text));
}

/* The string that begins at @off of a value. */
static int text_field(struct bemu_scn_run *run, const struct elem *elem, const char *key,
		      uint32_t off)
{
	const char *text = (const char *)elem->value;

	if (off >= elem->value_size)
		return bemu_scn_mistake(run, &bemu_scn_setting(run, key)->val,
					"values of this map have %u bytes", elem->value_size);
	if (run->answer.ret >= 0)
		bemu_scn_text_field(run, key, text + off, elem->value_size - off + 1);
	return 0;
}

int bemu_scn_do_map_lookup(struct bemu_scn_run *run)
{
	struct elem *elem;
	int64_t flags = 0;
	uint32_t text_off;
	int err = elem_new(run, false, &elem);

	if (!err)
		err = bemu_scn_setting_value(run, "flags", 0, &flags);
	if (!err)
		err = bemu_scn_setting_u32(run, "text", UINT32_MAX, &text_off);
	if (!err) {
		elem->attr.flags = (uint64_t)flags;
		err = bemu_scn_bpf(run, BPF_MAP_LOOKUP_ELEM, &elem->attr, sizeof(elem->attr));
	}
	if (!err && text_off != UINT32_MAX)
		err = text_field(run, elem, "text", text_off);
	else if (!err)
		value_field(run, "value", elem->value, elem->value_size);
	elem_free(run, elem);
	return err;
}

int bemu_scn_do_map_delete(struct bemu_scn_run *run)
{
	struct elem *elem;
	int err = elem_new(run, false, &elem);

	if (!err)
		err = bemu_scn_bpf(run, BPF_MAP_DELETE_ELEM, &elem->attr,
				   offsetof(struct bemu_attr_elem, value));
	elem_free(run, elem);
	return err;
}

int bemu_scn_do_map_next(struct bemu_scn_run *run)
{
	struct elem *elem;
	int err = elem_new(run, false, &elem);

	if (!err)
		err = bemu_scn_bpf(run, BPF_MAP_GET_NEXT_KEY, &elem->attr,
				   offsetof(struct bemu_attr_elem, flags));
	if (!err)
		value_field(run, "key", elem->value, elem->key_size);
	elem_free(run, elem);
	return err;
}

int bemu_scn_do_map_freeze(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *map;
	uint32_t fd = 0;
	int err = bemu_scn_need(run, 2, "a map", &map);

	if (!err)
		err = bemu_scn_need_u32(run, 2, "a map", &fd);
	if (!err)
		err = bemu_scn_use_fd(run, &map->val, "bpf MAP_FREEZE");
	return err ? err : bemu_scn_bpf(run, BPF_MAP_FREEZE, &fd, sizeof(fd));
}
