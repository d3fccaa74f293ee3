/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The memory of a process that runs a light skeleton: what its calls point to, and nothing else. A task
 * whose accessor this is answers -EFAULT where a loader points beside it, however the loader came to
 * that address; a task with native memory would follow it.
 */
#ifndef BEMU_SKEL_MEM_H
#define BEMU_SKEL_MEM_H

#include <bemu/task.h>

#include "base/env.h"

struct bemu_skel_span {
	void *ptr;
	size_t len;
};

/** struct bemu_skel_mem - @ops: for struct bemu_task_opts; valid while this does not move */
struct bemu_skel_mem {
	struct bemu_mem_ops ops;
	struct bemu_env *env;
	uint32_t nr, cap;
	struct bemu_skel_span *spans;
};

void bemu_skel_mem_init(struct bemu_skel_mem *mem, struct bemu_env *env);
void bemu_skel_mem_fini(struct bemu_skel_mem *mem);
/** bemu_skel_mem_add() - @len bytes at @ptr can be read and written from now on; @mem NULL does nothing */
int bemu_skel_mem_add(struct bemu_skel_mem *mem, const void *ptr, size_t len) BEMU_MUST_CHECK;
/** bemu_skel_mem_cut() - forget all but the first @nr; @mem NULL does nothing */
void bemu_skel_mem_cut(struct bemu_skel_mem *mem, uint32_t nr);

#endif
