// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Designs under debate, by the names that scenarios and --design give them. */
#include <string.h>

#include "sys/sys.h"

static const struct {
	const char *key, *value;
	uint32_t bits;
} designs[] = {
	{ "module-btf", "pin-module", 0 },
	{ "module-btf", "keep-btf", BEMU_DESIGN_KEEP_BTF },
	{ "btf-ptr", "flags", BEMU_DESIGN_BTF_PTR_FLAGS },
	{ "btf-ptr", "obj-id", BEMU_DESIGN_BTF_PTR_OBJ_ID },
	{ "btf-ptr", "obj-fd", BEMU_DESIGN_BTF_PTR_OBJ_FD },
	{ "type-id-target", "plain", 0 },
	{ "type-id-target", "fd-high-half", BEMU_DESIGN_TYPE_ID_FD },
};

int bemu_design_choose(const char *key, const char *value, uint32_t *design)
{
	uint32_t mask = 0, bits = 0;
	bool known = false, chosen = false;
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(designs); i++) {
		if (strcmp(designs[i].key, key) != 0)
			continue;
		known = true;
		mask |= designs[i].bits;
		if (strcmp(designs[i].value, value) != 0)
			continue;
		chosen = true;
		bits = designs[i].bits;
	}
	if (!chosen)
		return known ? -EINVAL : -ENOENT;
	*design = (*design & ~mask) | bits;
	return 0;
}

void bemu_set_design(struct bemu *em, uint32_t design)
{
	em->model.design = design;
}

uint32_t bemu_get_design(const struct bemu *em)
{
	return em->model.design;
}
