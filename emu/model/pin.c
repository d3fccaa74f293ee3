/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One bpffs instance, mounted at /sys/fs/bpf: directories, pins, symbolic links. Names are a tree and, to
 * be found, a hash table. Mirrors kernel/bpf/inode.c, v6.18, and what of fs/namei.c it is seen through.
 */
#include <string.h>

#include "base/ints.h"
#include "model/model.h"

static const char *const mount_point[] = { "sys", "fs", "bpf" };

enum { MIN_BUCKETS = 16, K_MAX_LINKS = 40 /* MAXSYMLINKS */, K_NAME_MAX = 255 };

/** struct place - a name that may or may not be there; @node NULL: it is not */
struct place {
	struct bemu_pin *dir;
	struct bemu_pin *node;
	const char *name;
	size_t len;
	bool dots; /* the last component is . or .. */
	bool slash; /* a slash follows it */
};

static uint32_t hash_name(const struct bemu_pin *dir, const char *name, size_t len)
{
	uint32_t h = 2166136261u ^ bemu_wrap_u32((uintptr_t)dir >> 4);
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619u;
	return h ^ h >> 16;
}

static bool is_dir(const struct bemu_pin *pin)
{
	return !pin->inode;
}

static struct bemu_pin *find_child(const struct bemu_bpffs *fs, const struct bemu_pin *dir,
				   const char *name, size_t len)
{
	uint32_t hash = hash_name(dir, name, len);
	struct bemu_pin *pin;

	if (!fs->nr_buckets)
		return NULL;
	for (pin = fs->buckets[hash & (fs->nr_buckets - 1)]; pin; pin = pin->chain)
		if (pin->hash == hash && pin->parent == dir && !strncmp(pin->name, name, len) &&
		    !pin->name[len])
			return pin;
	return NULL;
}

static int root_of(struct bemu_model *model, struct bemu_pin **out)
{
	struct bemu_bpffs *fs = &model->bpffs;

	if (!fs->root) {
		fs->root = bemu_zalloc(model->env, sizeof(*fs->root));
		if (!fs->root)
			return -ENOMEM;
		fs->root->refs = 1;
	}
	*out = fs->root;
	return 0;
}

/* What is left of a path behind the mount point; NULL where it does not get there. */
static const char *skip_mount_point(const char *path)
{
	size_t depth = 0, n;

	while (depth < BEMU_ARRAY_SIZE(mount_point)) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 2 && path[0] == '.' && path[1] == '.')
			depth -= depth > 0; /* above the root is the root */
		else if (n == strlen(mount_point[depth]) && !memcmp(path, mount_point[depth], n))
			depth++;
		else if (n != 1 || path[0] != '.')
			return NULL;
		path += n;
	}
	return path;
}

/* Where a path starts; *path is behind the mount point then. */
static int start_of(struct bemu_model *model, struct bemu_pin *at, const char **path,
		    struct bemu_pin **out)
{
	if (!**path)
		return -ENOENT;
	if (**path != '/') {
		*out = at;
		return at ? 0 : -EXDEV;
	}
	*path = skip_mount_point(*path);
	return *path ? root_of(model, out) : -EXDEV;
}

static int resolve(struct bemu_model *model, struct bemu_pin *at, const char *path,
		   unsigned int flags, uint32_t *nr_links, struct place *out);

/* Steps to what the last component names, which has to be there. */
static int enter(struct bemu_model *model, struct place *p, uint32_t *nr_links)
{
	struct place target;
	int err;

	if (!p->node)
		return -ENOENT;
	if (!is_dir(p->node) && p->node->inode->link) {
		if (++*nr_links > K_MAX_LINKS)
			return -ELOOP;
		err = resolve(model, p->dir, p->node->inode->link, BEMU_PIN_FOLLOW, nr_links,
			      &target);
		if (err)
			return err;
		*p = target;
		return p->node ? 0 : -ENOENT;
	}
	return 0;
}

static int step(struct bemu_model *model, struct place *p, const char *name, size_t len)
{
	struct bemu_pin *dir = p->node;

	if (!is_dir(dir))
		return -ENOTDIR;
	p->name = name;
	p->len = len;
	p->dots = (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
	if (len == 1 && name[0] == '.')
		return 0;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		p->node = dir->parent;
		return p->node ? 0 : dir->dead ? -ENOENT : -EXDEV; /* /sys/fs */
	}
	p->dir = dir;
	p->node = find_child(&model->bpffs, dir, name, len);
	if (p->node)
		return 0;
	if (dir->dead)
		return -ENOENT;
	/* bpf_lookup(): names with a dot are the kernel's own, and here it has none */
	if (memchr(name, '.', len))
		return -EPERM;
	return len > K_NAME_MAX ? -ENAMETOOLONG : 0;
}

static int resolve(struct bemu_model *model, struct bemu_pin *at, const char *path,
		   unsigned int flags, uint32_t *nr_links, struct place *out)
{
	struct place p = { 0 };
	int err = start_of(model, at, &path, &p.node);
	bool slash = false;
	size_t n;

	if (err)
		return err;
	for (;; path += n) {
		slash = *path == '/';
		while (*path == '/')
			path++;
		n = strcspn(path, "/");
		if (!n)
			break;
		err = enter(model, &p, nr_links);
		if (!err)
			err = step(model, &p, path, n);
		if (err)
			return err;
	}
	p.slash = slash && p.name;
	if (p.node && flags & BEMU_PIN_FOLLOW)
		err = enter(model, &p, nr_links);
	*out = p;
	return err;
}

static int find_place(struct bemu_model *model, struct bemu_pin *at, const char *path,
		      unsigned int flags, struct place *out)
{
	uint32_t nr_links = 0;

	return resolve(model, at, path, flags, &nr_links, out);
}

int bemu_pin_find(struct bemu_model *model, struct bemu_pin *at, const char *path,
		  unsigned int flags, struct bemu_pin **out)
{
	struct place p;
	int err = find_place(model, at, path, flags, &p);

	if (!err && !p.node)
		err = -ENOENT;
	if (!err && p.slash && !is_dir(p.node))
		err = -ENOTDIR;
	if (!err)
		*out = p.node;
	return err;
}

static int grow_buckets(struct bemu_model *model)
{
	struct bemu_bpffs *fs = &model->bpffs;
	uint32_t nr = fs->nr_buckets ? fs->nr_buckets * 2 : MIN_BUCKETS, i;
	struct bemu_pin **buckets, *pin, *next;

	if (fs->nr_names < fs->nr_buckets)
		return 0;
	buckets = bemu_zalloc_array(model->env, nr, sizeof(struct bemu_pin *));
	if (!buckets)
		return -ENOMEM;
	for (i = 0; i < fs->nr_buckets; i++)
		for (pin = fs->buckets[i]; pin; pin = next) {
			next = pin->chain;
			pin->chain = buckets[pin->hash & (nr - 1)];
			buckets[pin->hash & (nr - 1)] = pin;
		}
	bemu_mem_free(model->env, fs->buckets);
	fs->buckets = buckets;
	fs->nr_buckets = nr;
	return 0;
}

/* A name without a place; @inode NULL: a directory. */
static struct bemu_pin *new_node(struct bemu_model *model, const struct place *p,
				 struct bemu_inode *inode)
{
	struct bemu_pin *pin;

	if (grow_buckets(model))
		return NULL;
	pin = bemu_zalloc(model->env, sizeof(*pin));
	if (!pin)
		return NULL;
	pin->name = bemu_strndup(model->env, p->name, p->len);
	if (!pin->name) {
		bemu_mem_free(model->env, pin);
		return NULL;
	}
	pin->inode = inode;
	pin->refs = 1;
	return pin;
}

static void hang_in(struct bemu_bpffs *fs, struct bemu_pin *dir, struct bemu_pin *pin)
{
	struct bemu_pin **bucket;

	pin->hash = hash_name(dir, pin->name, strlen(pin->name));
	bucket = &fs->buckets[pin->hash & (fs->nr_buckets - 1)];
	pin->chain = *bucket;
	*bucket = pin;
	pin->parent = dir;
	pin->prev = NULL;
	pin->next = dir->child;
	if (pin->next)
		pin->next->prev = pin;
	dir->child = pin;
	fs->nr_names++;
}

static void take_out(struct bemu_bpffs *fs, struct bemu_pin *pin)
{
	struct bemu_pin **at = &fs->buckets[pin->hash & (fs->nr_buckets - 1)];

	while (*at != pin)
		at = &(*at)->chain;
	*at = pin->chain;
	if (pin->prev)
		pin->prev->next = pin->next;
	else
		pin->parent->child = pin->next;
	if (pin->next)
		pin->next->prev = pin->prev;
	pin->parent = NULL;
	fs->nr_names--;
}

static void put_inode(struct bemu_model *model, struct bemu_inode *inode)
{
	struct bemu_kobj *obj = inode->obj;

	if (--inode->refs)
		return;
	bemu_mem_free(model->env, inode->link);
	bemu_mem_free(model->env, inode);
	if (obj && obj->kind == BEMU_OBJ_MAP)
		bemu_map_put_uref(model, (struct bemu_map *)obj);
	bemu_obj_put(model, obj);
}

static void free_node(struct bemu_model *model, struct bemu_pin *pin)
{
	bemu_mem_free(model->env, pin->name);
	bemu_mem_free(model->env, pin);
}

/* A name that is in no directory any more; an open directory stays until it is closed. */
static void put_node(struct bemu_model *model, struct bemu_pin *pin)
{
	struct bemu_inode *inode = pin->inode;

	pin->dead = true;
	if (!--pin->refs)
		free_node(model, pin);
	if (inode)
		put_inode(model, inode);
}

void bemu_pin_put_dir(struct bemu_model *model, struct bemu_pin *dir)
{
	model->bpffs.nr_open--;
	if (!--dir->refs)
		free_node(model, dir);
}

/* Where a new name is to be: 0, -EEXIST, or what the path itself is refused with. @dir: of a directory. */
static int find_free(struct bemu_model *model, struct bemu_pin *at, const char *path, bool dir,
		     struct place *p)
{
	int err = find_place(model, at, path, 0, p);

	if (!err && p->node)
		return -EEXIST;
	return !err && p->slash && !dir ? -ENOENT : err;
}

int bemu_pin_add(struct bemu_model *model, struct bemu_pin *at, const char *path,
		 struct bemu_kobj *obj)
{
	struct bemu_inode *inode = NULL;
	struct bemu_pin *pin;
	struct place p;
	int err = find_free(model, at, path, !obj, &p);

	if (err)
		return err;
	if (obj) {
		inode = bemu_zalloc(model->env, sizeof(*inode));
		if (!inode)
			return -ENOMEM;
		inode->refs = 1;
		inode->obj = obj;
	}
	pin = new_node(model, &p, inode);
	if (!pin) {
		bemu_mem_free(model->env, inode);
		return -ENOMEM;
	}
	hang_in(&model->bpffs, p.dir, pin);
	return 0;
}

int bemu_pin_symlink(struct bemu_model *model, const char *text, const char *path)
{
	struct bemu_inode *inode;
	struct bemu_pin *pin = NULL;
	struct place p;
	int err = text[0] ? find_free(model, NULL, path, false, &p) : -ENOENT;

	if (err)
		return err;
	inode = bemu_zalloc(model->env, sizeof(*inode));
	if (inode) {
		inode->refs = 1;
		inode->link = bemu_strdup(model->env, text);
		pin = inode->link ? new_node(model, &p, inode) : NULL;
	}
	if (!pin) {
		if (inode)
			bemu_mem_free(model->env, inode->link);
		bemu_mem_free(model->env, inode);
		return -ENOMEM;
	}
	hang_in(&model->bpffs, p.dir, pin);
	return 0;
}

int bemu_pin_link(struct bemu_model *model, const char *from, const char *to)
{
	struct bemu_pin *old, *pin;
	struct place p;
	int err = bemu_pin_find(model, NULL, from, 0, &old);

	if (!err)
		err = find_free(model, NULL, to, false, &p);
	if (!err && is_dir(old))
		err = -EPERM;
	if (err)
		return err;
	pin = new_node(model, &p, old->inode);
	if (!pin)
		return -ENOMEM;
	old->inode->refs++;
	hang_in(&model->bpffs, p.dir, pin);
	return 0;
}

/* Mirrors the checks of vfs_rename() and simple_rename(); *same: both are names of one thing. */
static int check_rename(const struct bemu_pin *from, const struct place *to, bool *same)
{
	const struct bemu_pin *up, *node = to->node;

	*same = false;
	if (!from->parent || (node && !node->parent))
		return -EBUSY;
	for (up = to->dir; up; up = up->parent)
		if (up == from)
			return -EINVAL;
	if (!node)
		return 0;
	if (node == from || (node->inode && node->inode == from->inode)) {
		*same = true;
		return 0;
	}
	for (up = from->parent; up; up = up->parent)
		if (up == node)
			return -ENOTEMPTY;
	if (is_dir(from) != is_dir(node))
		return is_dir(node) ? -EISDIR : -ENOTDIR;
	return node->child ? -ENOTEMPTY : 0;
}

int bemu_pin_rename(struct bemu_model *model, const char *from, const char *to)
{
	struct bemu_pin *old;
	struct place p, src;
	char *name;
	bool same;
	int err = find_place(model, NULL, from, 0, &src);

	if (!err)
		err = find_place(model, NULL, to, 0, &p);
	if (!err && (src.dots || p.dots))
		err = -EBUSY;
	if (!err && !src.node)
		err = -ENOENT;
	if (!err && !is_dir(src.node) && (src.slash || p.slash))
		err = -ENOTDIR;
	if (!err)
		err = check_rename(src.node, &p, &same);
	if (err || same)
		return err;
	old = src.node;
	name = bemu_strndup(model->env, p.name, p.len);
	if (!name)
		return -ENOMEM;
	take_out(&model->bpffs, old);
	if (p.node)
		take_out(&model->bpffs, p.node);
	bemu_mem_free(model->env, old->name);
	old->name = name;
	hang_in(&model->bpffs, p.dir, old);
	if (p.node)
		put_node(model, p.node); /* last: other tasks may run in it */
	return 0;
}

int bemu_pin_remove(struct bemu_model *model, const char *path, bool dir)
{
	struct bemu_pin *pin;
	struct place p;
	int err = find_place(model, NULL, path, 0, &p);

	if (!err && !p.node)
		err = -ENOENT;
	if (err)
		return err;
	pin = p.node;
	if (p.dots)
		return !dir ? -EISDIR : p.len == 1 ? -EINVAL : -ENOTEMPTY;
	if (!pin->parent)
		return dir ? -EBUSY : -EISDIR;
	if (!is_dir(pin) && p.slash)
		return -ENOTDIR;
	if (is_dir(pin) != dir)
		return dir ? -ENOTDIR : -EISDIR;
	if (pin->child)
		return -ENOTEMPTY;
	take_out(&model->bpffs, pin);
	put_node(model, pin);
	return 0;
}

/* Every name of the tree goes, leaves first. Other tasks, which may run meanwhile, see none of it any more. */
int bemu_pin_umount(struct bemu_model *model)
{
	struct bemu_bpffs fs = model->bpffs;
	struct bemu_pin *pin = fs.root, *leaf;

	if (fs.nr_open)
		return -EBUSY;
	memset(&model->bpffs, 0, sizeof(model->bpffs));
	while (pin && (pin->child || pin != fs.root)) {
		if (pin->child) {
			pin = pin->child;
			continue;
		}
		leaf = pin;
		pin = leaf->parent;
		take_out(&fs, leaf);
		put_node(model, leaf);
	}
	bemu_mem_free(model->env, fs.root);
	bemu_mem_free(model->env, fs.buckets);
	return 0;
}

struct bemu_pin *bemu_pin_next(const struct bemu_model *model, const struct bemu_pin *pin)
{
	if (!pin)
		return model->bpffs.root ? model->bpffs.root->child : NULL;
	if (pin->child)
		return pin->child;
	while (pin && !pin->next)
		pin = pin->parent;
	return pin ? pin->next : NULL;
}
