/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* BTF that is handed to the kernel, judged by its header alone. */
#ifndef BEMU_AUDIT_BTF_BYTES_H
#define BEMU_AUDIT_BTF_BYTES_H

#include <bemu/watch.h>

#include "audit/finding.h"

/** bemu_btf_bytes_judge() - a BTF_LOAD is about to be done: types and strings share no byte. 0, -ENOMEM */
int bemu_btf_bytes_judge(const struct bemu_seen *seen, uint32_t step,
			 struct bemu_findings *findings) BEMU_MUST_CHECK;

#endif
