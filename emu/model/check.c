/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include "model/check.h"

#include <stdio.h>

#include "model/model.h"

void bemu_oops(struct bemu_model *model, enum bemu_oops_kind kind, const char *fmt, ...)
{
	struct bemu_oops *oops = &model->checks.ring[model->checks.nr++ % BEMU_OOPS_RING];
	va_list args;

	oops->kind = kind;
	va_start(args, fmt);
	(void)vsnprintf(oops->text, sizeof(oops->text), fmt, args);
	va_end(args);
}

bool bemu_obj_alive(struct bemu_model *model, const struct bemu_kobj *obj, const char *what)
{
	static const char *const kinds[] = { "map", "prog", "btf", "link" };
	const char *name = "";

	if (!obj->gone)
		return true;
	if (obj->kind == BEMU_OBJ_MAP)
		name = ((const struct bemu_map *)obj)->name;
	else if (obj->kind == BEMU_OBJ_PROG)
		name = ((const struct bemu_prog *)obj)->name;
	else if (obj->kind == BEMU_OBJ_BTF)
		name = ((const struct bemu_kbtf *)obj)->name;
	bemu_oops(model, BEMU_OOPS_FREED, "%s%s%s %s after it was freed", kinds[obj->kind],
		  *name ? " " : "", name, what);
	return false;
}

void bemu_obj_release(struct bemu_model *model, struct bemu_env *env, struct bemu_kobj *obj)
{
	if (model->keep_dead)
		obj->gone = true;
	else
		bemu_mem_free(env, obj);
}

void bemu_lock(struct bemu_model *model, enum bemu_lock lock)
{
	static const char *const names[] = { "btf_idr_lock" };

	if (model->checks.locks & lock)
		bemu_oops(model, BEMU_OOPS_LOCK, "%s is taken by who has it", names[lock / 2]);
	model->checks.locks |= lock;
}

void bemu_unlock(struct bemu_model *model, enum bemu_lock lock)
{
	model->checks.locks &= ~(uint32_t)lock;
}
