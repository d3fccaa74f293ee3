/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include "audit/btf_query.h"

#include <errno.h>
#include <stdio.h>

#include "model/model.h"

enum { MAX_CHAIN = 64 };

/* NULL, or why there is no value of the type. */
static const char *no_value(const struct bemu_btf *btf, uint32_t id)
{
	const struct btf_type *t = NULL;
	uint32_t n;

	for (n = 0; id && n < MAX_CHAIN; n++) {
		t = bemu_btf_type(btf, id);
		if (!t)
			return "is past the last type";
		if (!bemu_btf_is_mod_kind(bemu_btf_kind(t)) && bemu_btf_kind(t) != BTF_KIND_TYPEDEF)
			break;
		id = t->type;
	}
	if (n == MAX_CHAIN)
		return "leads to no type";
	if (!id)
		return NULL;
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_FWD:
	case BTF_KIND_FUNC:
	case BTF_KIND_FUNC_PROTO:
	case BTF_KIND_DATASEC:
	case BTF_KIND_DECL_TAG:
		return "has no size";
	default:
		return NULL;
	}
}

static int ask(const struct bemu_kbtf *kbtf, uint32_t proto, uint32_t id, uint32_t nr,
	       uint32_t step, struct bemu_findings *set)
{
	const char *why = no_value(kbtf->btf, id);
	char what[24] = "the result";

	if (!why)
		return 0;
	if (nr)
		(void)snprintf(what, sizeof(what), "parameter %u", nr);
	return bemu_findings_add(set, BEMU_FINDING_BTF_HOLE, step, -1,
				 "btf %u: %s of [%u] is of type [%u], which %s", kbtf->obj.id, what,
				 proto, id, why)
		       ? 0
		       : -ENOMEM;
}

static int ask_all(const struct bemu_kbtf *kbtf, uint32_t step, struct bemu_findings *set)
{
	const struct btf_type *t;
	uint32_t id, i;
	int err = 0;

	for (id = 1; !err && (t = bemu_btf_type(kbtf->btf, id)); id++) {
		if (bemu_btf_kind(t) != BTF_KIND_FUNC_PROTO)
			continue;
		err = ask(kbtf, id, t->type, 0, step, set);
		for (i = 0; !err && i < bemu_btf_vlen(t); i++)
			err = ask(kbtf, id, bemu_btf_params(t)[i].type, i + 1, step, set);
	}
	return err;
}

int bemu_btf_query_audit(const struct bemu_model *model, uint64_t *seen, uint32_t step,
			 struct bemu_findings *set)
{
	const struct bemu_kobj *obj = model->objs[BEMU_OBJ_BTF].newest;
	uint64_t newest = obj ? obj->serial : *seen;
	int err = 0;

	for (; obj && obj->serial > *seen && !err; obj = obj->older) {
		const struct bemu_kbtf *kbtf = (const struct bemu_kbtf *)obj;

		if (!kbtf->kernel && !obj->gone && obj->refs)
			err = ask_all(kbtf, step, set);
	}
	if (newest > *seen)
		*seen = newest;
	return err;
}
