/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* One bpffs instance, mounted at /sys/fs/bpf: directories and pins. */
#include <string.h>

#include "model/model.h"

static const char mount_point[] = "/sys/fs/bpf";

static struct bemu_pin *new_node(struct bemu_env *env, const char *name, size_t len)
{
	struct bemu_pin *pin = bemu_zalloc(env, sizeof(*pin) + len + 1);

	if (pin)
		memcpy(pin->name, name, len);
	return pin;
}

static int root_of(struct bemu_model *model, struct bemu_pin **out)
{
	if (!model->bpffs)
		model->bpffs = new_node(model->env, "", 0);
	*out = model->bpffs;
	return model->bpffs ? 0 : -ENOMEM;
}

static struct bemu_pin *find_child(const struct bemu_pin *dir, const char *name, size_t len)
{
	struct bemu_pin *pin;

	for (pin = dir->child; pin; pin = pin->sibling)
		if (!strncmp(pin->name, name, len) && !pin->name[len])
			return pin;
	return NULL;
}

/* Walks as far as the last component; *last is NULL when the path names the mount point itself. */
static int walk(struct bemu_model *model, const char *path, struct bemu_pin **dir,
		const char **last, size_t *last_len)
{
	size_t len = sizeof(mount_point) - 1, n;
	struct bemu_pin *pin;
	int err;

	if (!path[0])
		return -ENOENT;
	if (strncmp(path, mount_point, len) || (path[len] && path[len] != '/'))
		return -EXDEV;
	err = root_of(model, &pin);
	if (err)
		return err;
	*last = NULL;
	*last_len = 0;
	for (path += len;; path += n) {
		while (*path == '/')
			path++;
		n = strcspn(path, "/");
		if (!n)
			break;
		if (*last) {
			pin = find_child(pin, *last, *last_len);
			if (!pin)
				return -ENOENT;
			if (pin->obj)
				return -ENOTDIR;
		}
		*last = path;
		*last_len = n;
	}
	*dir = pin;
	return 0;
}

int bemu_pin_find(struct bemu_model *model, const char *path, struct bemu_pin **out)
{
	struct bemu_pin *dir, *pin;
	const char *last;
	size_t len;
	int err = walk(model, path, &dir, &last, &len);

	if (err)
		return err;
	pin = last ? find_child(dir, last, len) : dir;
	if (!pin)
		return -ENOENT;
	*out = pin;
	return 0;
}

int bemu_pin_add(struct bemu_model *model, const char *path, struct bemu_kobj *obj)
{
	struct bemu_pin *dir, *pin;
	const char *last;
	size_t len;
	int err = walk(model, path, &dir, &last, &len);

	if (err)
		return err == -EXDEV ? -EPERM : err;
	if (!last || find_child(dir, last, len))
		return -EEXIST;
	if (memchr(last, '.', len))
		return -EPERM;
	pin = new_node(model->env, last, len);
	if (!pin)
		return -ENOMEM;
	pin->parent = dir;
	pin->obj = obj;
	pin->sibling = dir->child;
	dir->child = pin;
	return 0;
}

int bemu_pin_remove(struct bemu_model *model, const char *path)
{
	struct bemu_pin *pin, **at;
	int err = bemu_pin_find(model, path, &pin);

	if (err)
		return err;
	if (!pin->parent)
		return -EBUSY;
	if (pin->child)
		return -ENOTEMPTY;
	for (at = &pin->parent->child; *at != pin; at = &(*at)->sibling)
		;
	*at = pin->sibling;
	if (pin->obj && pin->obj->kind == BEMU_OBJ_MAP)
		bemu_map_put_uref(model, (struct bemu_map *)pin->obj);
	bemu_obj_put(model, pin->obj);
	bemu_mem_free(model->env, pin);
	return 0;
}
