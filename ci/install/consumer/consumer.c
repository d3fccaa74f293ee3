// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The smallest user of an installed libbemu: a world, a task, one call that Linux refuses. */
#include <errno.h>
#include <stdio.h>

#include <bemu/task.h>

int main(void)
{
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };
	struct bemu_task *task;
	struct bemu *em;
	long kret = 0;
	int err;

	err = bemu_new(NULL, &em);
	if (err)
		return 2;
	err = bemu_task_new(em, &opts, &task);
	if (!err)
		err = bemu_sys_bpf(task, 9999, 0, 0, &kret);
	bemu_free(em);
	if (err || kret != -EINVAL) {
		fprintf(stderr, "consumer: fault %d, verdict %ld\n", err, kret);
		return 1;
	}
	printf("an unknown bpf(2) command is -EINVAL\n");
	return 0;
}
