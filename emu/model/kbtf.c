/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The BTF registry: vmlinux, modules, user BTF. */
#include <string.h>

#include "model/model.h"

static int add_kernel(struct bemu_model *model, const char *name, struct bemu_module *mod,
		      const void *raw, size_t len, const struct bemu_btf *base, unsigned int flags,
		      struct bemu_kbtf **out)
{
	struct bemu_env *env = model->sealed;
	struct bemu_kbtf *kbtf;
	unsigned int parse = flags & BEMU_BTF_BORROW ? BEMU_BTF_PARSE_BORROW : 0;
	int err;

	kbtf = bemu_zalloc(env, sizeof(*kbtf));
	if (!kbtf)
		return -ENOMEM;
	err = bemu_btf_parse(env, raw, len, base, parse, &kbtf->btf);
	if (!err)
		err = bemu_idr_prepare(env, &model->ids[BEMU_OBJ_BTF]);
	if (err) {
		bemu_btf_put(kbtf->btf);
		bemu_mem_free(env, kbtf);
		return err;
	}
	kbtf->obj.kind = BEMU_OBJ_BTF;
	kbtf->obj.refs = 1;
	kbtf->kernel = true;
	kbtf->mod = mod;
	memcpy(kbtf->name, name, strlen(name) + 1);
	bemu_obj_publish(model, &kbtf->obj);
	*out = kbtf;
	return 0;
}

int bemu_kbtf_set_vmlinux(struct bemu_model *model, const void *raw, size_t len, unsigned int flags)
{
	if (model->vmlinux)
		return bemu_fail(model->sealed, -EEXIST, BEMU_R_KBTF_TWICE, 0,
				 "there is a vmlinux BTF already");
	return add_kernel(model, "vmlinux", NULL, raw, len, NULL, flags, &model->vmlinux);
}

int bemu_kbtf_add_module(struct bemu_model *model, const char *name, const void *raw, size_t len,
			 unsigned int flags)
{
	struct bemu_env *env = model->sealed;
	struct bemu_module *mod, *other;
	int err;

	if (!model->vmlinux)
		return bemu_fail(env, -ENOENT, BEMU_R_KBTF_NO_BASE, 0,
				 "module %s: there is no vmlinux BTF to split over", name);
	if (!name[0] || strlen(name) >= sizeof(mod->name))
		return bemu_fail(env, -EINVAL, BEMU_R_KBTF_NAME, strlen(name),
				 "module name of %zu characters, 1 to %zu are possible",
				 strlen(name), sizeof(mod->name) - 1);
	for (other = model->modules; other; other = other->next)
		if (!strcmp(other->name, name))
			return bemu_fail(env, -EEXIST, BEMU_R_KBTF_TWICE, other->idx,
					 "there is a module %s already", name);
	mod = bemu_zalloc(env, sizeof(*mod));
	if (!mod)
		return -ENOMEM;
	err = add_kernel(model, name, mod, raw, len, model->vmlinux->btf, flags, &mod->btf);
	if (err) {
		bemu_mem_free(env, mod);
		return err;
	}
	memcpy(mod->name, name, strlen(name) + 1);
	mod->idx = model->nr_modules++;
	mod->live = true;
	*model->modules_tail = mod;
	model->modules_tail = &mod->next;
	model->cands[1].used = 0;
	return 0;
}

int bemu_kbtf_new(struct bemu_model *model, struct bemu_btf *btf, struct bemu_kbtf **out)
{
	struct bemu_kbtf *kbtf = bemu_zalloc(model->env, sizeof(*kbtf));

	if (!kbtf)
		return -ENOMEM;
	kbtf->obj.kind = BEMU_OBJ_BTF;
	kbtf->obj.refs = 1;
	kbtf->btf = btf;
	*out = kbtf;
	return 0;
}

void bemu_kbtf_free(struct bemu_model *model, struct bemu_kbtf *kbtf)
{
	struct bemu_env *env = kbtf->kernel ? model->sealed : model->env;

	bemu_btf_put(kbtf->btf);
	bemu_mem_free(env, kbtf);
}

struct bemu_module *bemu_kbtf_get_module(struct bemu_model *model, struct bemu_kbtf *kbtf)
{
	(void)model;
	if (!kbtf->mod || !kbtf->mod->live)
		return NULL;
	kbtf->mod->refs++; /* its BTF is dirty already: who comes here holds a reference */
	return kbtf->mod;
}

void bemu_module_put(struct bemu_module *mod)
{
	if (mod)
		mod->refs--;
}
