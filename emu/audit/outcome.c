// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/outcome.h"

#include <errno.h>
#include <string.h>

#include "uapi/bpf.h"

enum { RETVAL_OFF = 4 };

void bemu_outcome_saw(struct bemu_outcome *outcome, const struct bemu_seen *seen, uint32_t step)
{
	int32_t retval = 0;
	bool in_program = false;
	int err = seen->ret < 0 ? (int)seen->ret : 0;

	if (seen->kind != BEMU_SEEN_BPF || seen->insn_idx != BEMU_SEEN_NATIVE)
		return;
	if (!err && seen->cmd == BPF_PROG_TEST_RUN &&
	    !seen->ops->read(seen, seen->uattr + RETVAL_OFF, &retval, sizeof(retval)) &&
	    retval < 0) {
		err = retval;
		in_program = true;
	}
	if (err)
		*outcome =
			(struct bemu_outcome){ .err = err, .step = step, .in_program = in_program };
}

int bemu_outcome_told(const struct bemu_outcome *outcome, int told, struct bemu_findings *findings)
{
	struct bemu_finding *finding;

	if (!outcome->err || told)
		return 0;
	finding = bemu_findings_add(
		findings, BEMU_FINDING_ERRNO_MISMATCH, outcome->step, -1,
		"%s %d, and the caller is told 0",
		outcome->in_program ? "the program returned" : "a call failed with", outcome->err);
	return finding ? 0 : -ENOMEM;
}

int bemu_outcome_asked(const struct bemu_seen *seen, const char *full, uint32_t step,
		       struct bemu_findings *findings)
{
	size_t len = strlen(seen->name);
	struct bemu_finding *finding;

	if (!full || strlen(full) == len)
		return 0;
	finding = bemu_findings_add(findings, BEMU_FINDING_VALUE_TRUNCATED, step, seen->insn_idx,
				    "%zu characters of the name %.48s... are looked up, it has %zu",
				    len, seen->name, strlen(full));
	return finding ? 0 : -ENOMEM;
}
