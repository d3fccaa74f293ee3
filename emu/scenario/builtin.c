// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "scenario/builtin.h"

#include <stdint.h>
#include <string.h>

#include "scenario/builtin.inc"

const void *bemu_scn_builtin(const char *name, size_t *len)
{
	static const struct {
		const char *name;
		const uint8_t *raw;
		size_t len;
	} all[] = {
		{ "mini", mini_vmlinux, sizeof(mini_vmlinux) },
		{ "m1", mini_m1, sizeof(mini_m1) },
		{ "m2", mini_m2, sizeof(mini_m2) },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(all[i].name, name)) {
			*len = all[i].len;
			return all[i].raw;
		}
	return NULL;
}
