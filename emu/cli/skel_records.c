/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A loader's run as JSON lines: its descriptors, what was found, how it ended. */
#include "cli/json.h"
#include "cli/skel.h"

static void begin(struct bemu_cli_json *js, const struct bemu_cli_skel_run *run, const char *object,
		  const char *type)
{
	bemu_cli_json_begin(js, type);
	bemu_cli_json_str(js, "object", object);
	bemu_cli_json_str(js, "kernel", run->world->kernel->name);
}

static int fd_members(struct bemu_cli_json *js, const struct bemu_fd_life *life,
		      struct bemu_buf *buf)
{
	bemu_cli_json_int(js, "fd", life->fd);
	bemu_cli_json_int(js, "nth", life->nth);
	bemu_cli_json_str(js, "what", life->what);
	bemu_cli_json_int(js, "opened", life->opened);
	if (life->closed)
		bemu_cli_json_int(js, "closed", life->closed);
	else
		bemu_cli_json_null(js, "closed");
	return bemu_cli_json_end(js, buf);
}

static int finding_record(struct bemu_buf *buf, const struct bemu_cli_skel_run *run,
			  const char *object, const struct bemu_finding *f)
{
	struct bemu_cli_json js;

	begin(&js, run, object, "finding");
	bemu_cli_json_finding(&js, f);
	return bemu_cli_json_end(&js, buf);
}

static int verdict_record(struct bemu_buf *buf, const struct bemu_cli_skel_run *run,
			  const char *object)
{
	bool done = !run->trap && !run->res.err;
	bool ok = done && !bemu_witness_findings(run->witness)->nr;
	struct bemu_cli_json js;

	begin(&js, run, object, "verdict");
	bemu_cli_json_str(&js, "libbpf", bemu_cli_libbpf(bemu_skel_libbpf(run->skel, run->libbpf)));
	bemu_cli_json_str(&js, "rules", bemu_cli_kernel_short(run->world->profile));
	bemu_cli_json_str(&js, "answer", ok ? "yes" : "no");
	bemu_cli_json_int(&js, "err", run->res.err);
	bemu_cli_json_str(&js, "errno", run->res.err ? bemu_cli_errno(run->res.err) : NULL);
	bemu_cli_json_str(&js, "stage", done ? "done" : "loader");
	bemu_cli_json_str(&js, "reason", run->trap ? run->trap : done ? NULL : run->res.what);
	bemu_cli_json_int(&js, "findings",
			  bemu_findings_roots(bemu_witness_findings(run->witness)));
	return bemu_cli_json_end(&js, buf);
}

int bemu_cli_skel_records(struct bemu_buf *buf, const struct bemu_cli_skel_run *run,
			  const char *object)
{
	const struct bemu_ledger *ledger = bemu_witness_ledger(run->witness);
	const struct bemu_findings *set = bemu_witness_findings(run->witness);
	uint32_t nr = bemu_ledger_nr_lives(ledger), i;
	struct bemu_cli_json js;
	int err = 0;

	for (i = 1; !err && i <= nr; i++) {
		begin(&js, run, object, "fd");
		err = fd_members(&js, bemu_ledger_life(ledger, i), buf);
	}
	for (i = 0; !err && i < set->nr; i++)
		err = finding_record(buf, run, object, &set->arr[i]);
	return err ? err : verdict_record(buf, run, object);
}
