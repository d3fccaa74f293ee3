// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "insn/insn.h"

const char *bemu_insn_helper_name(uint32_t helper_id)
{
	static const char *const names[] = {
#define X(id, name) [id] = #name,
#include "insn/helpers.def"
#undef X
	};

	return helper_id < BEMU_ARRAY_SIZE(names) ? names[helper_id] : NULL;
}
