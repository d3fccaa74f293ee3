/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the emulated kernel could not decide about the programs that it accepted. It is asked when each is
 * loaded: a load that fails later closes them all.
 */
#include "cli/cli.h"

static int begin(void *ctx, const struct bemu_seen *seen)
{
	const struct bemu_cli_doubts *doubts = ctx;

	return doubts->next->begin(doubts->next->ctx, seen);
}

/* A number's last program counts. */
static struct bemu_cli_doubt *entry(struct bemu_cli_doubts *doubts, int fd)
{
	uint32_t i;

	for (i = 0; i < doubts->nr; i++)
		if (doubts->arr[i].fd == fd)
			return &doubts->arr[i];
	if (bemu_grow(doubts->env, &doubts->arr, &doubts->cap, doubts->nr + 1u,
		      sizeof(*doubts->arr)))
		return NULL;
	doubts->arr[doubts->nr].fd = fd;
	return &doubts->arr[doubts->nr++];
}

static int ask(void *ctx, struct bemu_seen *seen)
{
	struct bemu_cli_doubts *doubts = ctx;
	struct bemu_cli_doubt *doubt;
	int ret = doubts->next->end(doubts->next->ctx, seen);

	if (ret)
		return ret;
	if (seen->kind != BEMU_SEEN_BPF || seen->cmd != BPF_PROG_LOAD || seen->ret < 0)
		return 0;
	doubt = entry(doubts, (int)seen->ret);
	if (!doubt)
		return -ENOMEM;
	ret = bemu_prog_unproven(doubts->task, doubt->fd, &doubt->insn_idx);
	doubt->unproven = ret > 0;
	return ret < 0 ? ret : 0;
}

void bemu_cli_doubts_watch(struct bemu_cli_doubts *doubts, struct bemu_env *env,
			   struct bemu_task *task, const struct bemu_watch *next)
{
	*doubts = (struct bemu_cli_doubts){ .env = env, .task = task, .next = next };
	doubts->watch = (struct bemu_watch){
		.size = sizeof(doubts->watch), .begin = begin, .end = ask, .ctx = doubts
	};
	bemu_task_watch(task, &doubts->watch);
}

const struct bemu_cli_doubt *bemu_cli_doubt_of(const struct bemu_cli_run *run, uint32_t prog_idx)
{
	const struct bemu_cli_doubts *doubts = &run->doubts;
	uint32_t i;

	for (i = 0; i < doubts->nr; i++)
		if (doubts->arr[i].fd == run->progs[prog_idx].fd && doubts->arr[i].unproven)
			return &doubts->arr[i];
	return NULL;
}
