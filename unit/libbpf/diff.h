/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Two runs of one object, the real libbpf's and ours: are they the same, and if not, where first? */
#ifndef BEMU_UNIT_LIBBPF_DIFF_H
#define BEMU_UNIT_LIBBPF_DIFF_H

#include "world.h"

/**
 * lb_diff() - compare call by call, then errors and descriptors
 * @key:  receives one line that names the first difference without numbers that vary
 * @text: receives both lines with what came before
 *
 * A call is its kind, command, attribute (pointers: only whether they are set), bytes behind the
 * pointers, and result. Calls that only ask (access, statfs, uname) are left out. When open refuses the
 * object, its error is compared and nothing else: what was opened before the refusal is closed again,
 * and our reader refuses before it asks for a descriptor.
 *
 * Return: whether they are the same.
 */
bool lb_diff(const struct lb_run *real, const struct lb_run *ours, struct bemu_buf *key,
	     struct bemu_buf *text);

#endif
