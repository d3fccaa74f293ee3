/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Every descriptor's life, told to the second book of emu/audit from the recorded calls. The model's
 * own table is never asked.
 */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

/* A NUL-terminated name inside an attribute, which is 16 bytes at @off. */
static const char *attr_name(const struct bemu_call *call, size_t off, char buf[17])
{
	memcpy(buf, call->attr_in + off, 16);
	buf[16] = '\0';
	return *buf ? buf : "(unnamed)";
}

static void describe(const struct bemu_call *call, char *what, size_t len)
{
	char name[17];
	uint32_t id;

	memcpy(&id, call->attr_in, sizeof(id));
	switch (call->kind) {
	case BEMU_CALL_OPEN:
	case BEMU_CALL_MEMFD:
		snprintf(what, len, "%s %s", call->kind == BEMU_CALL_OPEN ? "file" : "memfd",
			 call->path ? bemu_cli_base_name(call->path) : "");
		return;
	case BEMU_CALL_BPF:
		break;
	default:
		snprintf(what, len, "copy of %d", call->args[0]);
		return;
	}
	switch (call->cmd) {
	case BPF_MAP_CREATE:
		snprintf(what, len, "map %s",
			 attr_name(call, offsetof(struct bemu_attr_map_create, map_name), name));
		return;
	case BPF_PROG_LOAD:
		snprintf(what, len, "prog %s",
			 attr_name(call, offsetof(struct bemu_attr_prog_load, prog_name), name));
		return;
	case BPF_BTF_LOAD:
		snprintf(what, len, "btf loaded");
		return;
	case BPF_BTF_GET_FD_BY_ID:
		snprintf(what, len, "btf id %u", id);
		return;
	default:
		snprintf(what, len, "%s", bemu_call_cmd_name(call->cmd));
	}
}

static int tell(struct bemu_cli_run *run, uint32_t idx, const struct bemu_call *call)
{
	struct bemu_ledger_where where = { .step = idx + 1,
					   .insn_idx = -1,
					   .stored_by = UINT32_MAX };
	char what[BEMU_LIFE_WHAT_LEN], text[48];
	int err;

	switch (call->kind) {
	case BEMU_CALL_CLOSE:
		snprintf(text, sizeof(text), "close(%d)", call->args[0]);
		where.call = text;
		return bemu_ledger_closed(run->ledger, &where, call->args[0], call->ret, 0);
	case BEMU_CALL_DUP2:
	case BEMU_CALL_DUP3:
		where.call = "dup2";
		if (call->ret < 0 || call->args[0] == call->args[1])
			return 0;
		/* what was open under the new number is closed by the call, without a word */
		if (bemu_cli_life_of(run, call->args[1])) {
			err = bemu_ledger_closed(run->ledger, &where, call->args[1], 0, 0);
			if (err)
				return err;
		}
		break;
	case BEMU_CALL_DUP:
	case BEMU_CALL_DUPFD:
	case BEMU_CALL_MEMFD:
	case BEMU_CALL_OPEN:
		where.call = "open";
		break;
	case BEMU_CALL_BPF:
		where.call = "bpf";
		if (!bemu_ledger_returns_fd(call->cmd))
			return 0;
		break;
	default:
		return 0;
	}
	if (call->ret < 0)
		return 0;
	describe(call, what, sizeof(what));
	return bemu_ledger_opened(run->ledger, &where, (int)call->ret, what, &run->call_life[idx]);
}

uint32_t bemu_cli_life_of(const struct bemu_cli_run *run, int fd)
{
	uint32_t nr = bemu_ledger_nr_lives(run->ledger), i;

	for (i = nr; i; i--) {
		const struct bemu_fd_life *life = bemu_ledger_life(run->ledger, i);

		if (life->fd == fd)
			return life->closed ? 0 : i;
	}
	return 0;
}

static uint32_t count_open(const struct bemu_cli_run *run)
{
	uint32_t nr = bemu_ledger_nr_lives(run->ledger), i, open = 0;

	for (i = 1; i <= nr; i++)
		open += !bemu_ledger_life(run->ledger, i)->closed;
	return open;
}

int bemu_cli_fds(struct bemu_cli_run *run)
{
	uint32_t nr = bemu_recorder_count(run->rec), i;
	struct bemu_ledger_where end = {
		.step = nr, .insn_idx = -1, .call = "end", .stored_by = UINT32_MAX
	};
	int err;

	bemu_findings_init(&run->findings, run->env);
	err = bemu_ledger_new(run->env, &run->findings, &run->ledger);
	if (err)
		return err;
	run->call_life = bemu_zalloc_array(run->env, nr ? nr : 1, sizeof(*run->call_life));
	if (!run->call_life)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		if (i == run->nr_calls_loaded)
			run->nr_fd_returned = count_open(run);
		err = tell(run, i, bemu_recorder_get(run->rec, i));
		if (err)
			return err;
	}
	if (nr == run->nr_calls_loaded)
		run->nr_fd_returned = count_open(run);
	run->nr_fd_open = count_open(run);
	return bemu_ledger_end(run->ledger, &end);
}
