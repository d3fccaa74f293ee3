/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Arguments tagged "arg:ctx": kernels before v6.8 want a context type of the program type's own name there. */
#include <string.h>

#include "load/private.h"

static bool has_tag(const struct bemu_btf *btf)
{
	uint32_t id;

	for (id = 1; id < bemu_btf_nr_types(btf); id++) {
		const struct btf_type *t = bemu_btf_type(btf, id);
		const char *name;

		if (bemu_btf_kind(t) != BTF_KIND_DECL_TAG)
			continue;
		name = bemu_btf_str(btf, t->name_off);
		if (name && !strcmp(name, "arg:ctx"))
			return true;
	}
	return false;
}

int bemu_load_context_tags(struct bemu_load *ld, uint32_t main_idx)
{
	int ret;

	if (!ld->obj->ext || !ld->texts[main_idx].func_info)
		return 0;
	ret = bemu_load_feature(ld, BEMU_FEAT_ARG_CTX_TAG);
	if (ret)
		return ret < 0 ? ret : 0;
	if (!has_tag(ld->obj->btf))
		return 0;
	(void)bemu_fail(ld->env, -EOPNOTSUPP, BEMU_R_LOAD_UNMODELLED, 0,
			"%s: context arguments for kernels without the tag are not replayed",
			ld->obj->progs[main_idx].name);
	return bemu_load_latch(ld, -EOPNOTSUPP);
}
