// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Makes an object by the steps of bpf_object_open(), and ends it. */
#include <stdio.h>

#include "obj/private.h"

enum { NAME_LEN = 16, DEFAULT_PAGE_SIZE = 4096 };

/* Everything that belongs to an object and to none of its public arrays. */
struct owner {
	struct bemu_obj obj;
	void **blocks;
	uint32_t nr_blocks, cap_blocks;
	char name[NAME_LEN];
};

void *bemu_obj_keep(struct bemu_obj_open *o, void *ptr)
{
	struct owner *own = (struct owner *)o->obj;

	if (!ptr)
		return NULL;
	if (bemu_grow(o->env, &own->blocks, &own->cap_blocks, own->nr_blocks + 1,
		      sizeof(*own->blocks))) {
		bemu_mem_free(o->env, ptr);
		return NULL;
	}
	own->blocks[own->nr_blocks++] = ptr;
	return ptr;
}

void bemu_obj_free(struct bemu_obj *obj)
{
	struct owner *own = (struct owner *)obj;
	uint32_t i;

	if (!obj)
		return;
	bemu_btf_put(obj->btf);
	bemu_btf_ext_free(obj->ext);
	for (i = 0; i < obj->nr_maps; i++)
		bemu_mem_free(obj->env, obj->maps[i].slots);
	bemu_mem_free(obj->env, obj->maps);
	bemu_mem_free(obj->env, obj->externs);
	for (i = 0; i < own->nr_blocks; i++)
		bemu_mem_free(obj->env, own->blocks[i]);
	bemu_mem_free(obj->env, own->blocks);
	bemu_mem_free(obj->env, own);
}

static void copy_name(char *to, const char *from)
{
	size_t len = strlen(from);

	if (len > NAME_LEN - 1)
		len = NAME_LEN - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

/*
 * Mirrors bpf_object__new() and bpf_object__open_mem(), tools/lib/bpf/libbpf.c. Differs: libbpf names
 * an object in memory after its address and size; ours has no addresses in its output.
 */
static void set_name(struct bemu_obj *obj, const struct bemu_obj_opts *opts, size_t len)
{
	char *name = ((struct owner *)obj)->name, *dot;
	const char *base;

	obj->name = name;
	if (opts->name) {
		copy_name(name, opts->name);
	} else if (opts->path) {
		base = strrchr(opts->path, '/');
		copy_name(name, base ? base + 1 : opts->path);
		dot = strchr(name, '.');
		if (dot)
			*dot = '\0';
	} else {
		snprintf(name, NAME_LEN, "0-%zx", len);
	}
}

static void open_fini(struct bemu_obj_open *o)
{
	if (o->elf)
		elf_end(o->elf);
	bemu_mem_free(o->env, o->secs);
	bemu_mem_free(o->env, o->next_func);
	bemu_mem_free(o->env, o->var_slot);
	bemu_mem_free(o->env, o->sym_ext);
	bemu_mem_free(o->env, o->st_ops_attach);
}

/* Mirrors bpf_object_open(), tools/lib/bpf/libbpf.c, 1.7. */
int bemu_obj_parse(struct bemu_env *env, const void *image, size_t len,
		   const struct bemu_obj_opts *opts, struct bemu_obj **out)
{
	static const struct bemu_obj_opts defaults;
	struct bemu_obj_open o = { .env = env };
	struct owner *own;
	int err;

	bemu_env_budget(env);
	o.opts = opts ? opts : &defaults;
	o.libbpf = o.opts->libbpf ? o.opts->libbpf : BEMU_LIBBPF_1_7;
	o.page_size = o.opts->page_size ? o.opts->page_size : DEFAULT_PAGE_SIZE;
	o.maps_sec_idx = UINT32_MAX;
	o.st_ops_sec_idx = UINT32_MAX;
	o.bad_name_sym = UINT32_MAX;
	if (!o.opts->path && (!image || !len))
		return bemu_fail(env, -EINVAL, BEMU_R_OBJ_IMAGE, len,
				 "an object in memory needs bytes, not %zu", len);
	own = bemu_zalloc(env, sizeof(*own));
	if (!own)
		return -ENOMEM;
	o.obj = &own->obj;
	o.obj->env = env;
	o.obj->libbpf = o.libbpf;
	o.obj->kconfig_map_idx = UINT32_MAX;
	o.obj->arena_map_idx = UINT32_MAX;
	set_name(o.obj, o.opts, len);
	err = bemu_obj_elf_open(&o, image, len);
	err = err ? err : bemu_obj_walk_sections(&o);
	err = err ? err : bemu_obj_finish_progs(&o);
	err = err ? err : bemu_obj_init_btf(&o);
	err = err ? err : bemu_obj_collect_externs(&o);
	err = err ? err : bemu_obj_fixup_btf(&o);
	err = err ? err : bemu_obj_init_maps(&o);
	if (!err)
		bemu_obj_init_prog_types(&o);
	err = err ? err : bemu_obj_collect_relos(&o);
	err = err ? err : bemu_obj_hide_funcs(&o);
	open_fini(&o);
	if (err) {
		bemu_obj_free(o.obj);
		return err;
	}
	*out = o.obj;
	return 0;
}
