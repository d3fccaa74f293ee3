/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The BTF registry: vmlinux, modules, user BTF. */
#include <string.h>

#include "model/model.h"

int bemu_kbtf_new_kernel(struct bemu_model *model, const char *name, struct bemu_module *mod,
			 struct bemu_btf *btf, struct bemu_kbtf **out)
{
	struct bemu_env *env = bemu_model_env(model);
	struct bemu_kbtf *kbtf = bemu_zalloc(env, sizeof(*kbtf));

	if (!kbtf)
		return -ENOMEM;
	if (bemu_idr_prepare(model->sealed, &model->ids[BEMU_OBJ_BTF])) {
		bemu_mem_free(env, kbtf);
		return -ENOMEM;
	}
	kbtf->btf = btf;
	kbtf->kernel = true;
	kbtf->module = mod;
	kbtf->mod = mod;
	memcpy(kbtf->name, name, strlen(name) + 1);
	bemu_obj_init(model, &kbtf->obj, BEMU_OBJ_BTF);
	bemu_obj_publish(model, &kbtf->obj);
	model->nr_split += model->is_sealed && bemu_btf_base(btf);
	*out = kbtf;
	return 0;
}

int bemu_kbtf_set_vmlinux(struct bemu_model *model, const void *raw, size_t len, unsigned int flags)
{
	unsigned int parse = flags & BEMU_BTF_BORROW ? BEMU_BTF_PARSE_BORROW : 0;
	struct bemu_btf *btf;
	int err;

	if (model->vmlinux)
		return bemu_fail(model->sealed, -EEXIST, BEMU_R_KBTF_TWICE, 0,
				 "there is a vmlinux BTF already");
	err = bemu_btf_parse(model->sealed, raw, len, NULL, parse, &btf);
	if (err)
		return err;
	err = bemu_kbtf_new_kernel(model, "vmlinux", NULL, btf, &model->vmlinux);
	if (err)
		bemu_btf_put(btf);
	return err;
}

int bemu_kbtf_new(struct bemu_model *model, struct bemu_btf *btf, struct bemu_kbtf **out)
{
	struct bemu_kbtf *kbtf = bemu_zalloc(model->env, sizeof(*kbtf));

	if (!kbtf)
		return -ENOMEM;
	kbtf->btf = btf;
	bemu_obj_init(model, &kbtf->obj, BEMU_OBJ_BTF);
	*out = kbtf;
	return 0;
}

/* What was there when the world was sealed stays where it is, for the next reset. */
void bemu_kbtf_free(struct bemu_model *model, struct bemu_kbtf *kbtf)
{
	if (kbtf->sealed) {
		kbtf->obj.gone = true;
		return;
	}
	bemu_obj_fini(model, &kbtf->obj);
	model->nr_split -= model->is_sealed && bemu_btf_base(kbtf->btf);
	bemu_btf_put(kbtf->btf);
	bemu_obj_release(model, kbtf->kernel ? bemu_model_env(model) : model->env, &kbtf->obj);
}

void bemu_kbtf_touch(struct bemu_model *model, struct bemu_kbtf *kbtf)
{
	if (!kbtf->sealed || kbtf->dirty)
		return;
	kbtf->dirty = true;
	kbtf->next_dirty = model->dirty;
	model->dirty = kbtf;
}
