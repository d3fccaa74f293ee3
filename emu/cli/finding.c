/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A finding as a report: what was meant, what was hit, what follows, by whom it is judged. */
#include "cli/cli.h"
#include "cli/skel.h"

void bemu_cli_finding_print(struct bemu_buf *buf, const struct bemu_findings *set, uint32_t idx,
			    const struct bemu_quirks *quirks, uint32_t profile)
{
	const struct bemu_finding *f = &set->arr[idx];
	uint32_t i;

	bemu_buf_printf(buf, "==bemu== FINDING " BEMU_CLI_RED "%s" BEMU_CLI_PLAIN ": %s\n",
			bemu_finding_name(f->id), f->summary);
	for (i = 0; i < f->nr_lines; i++)
		bemu_buf_printf(buf, "  %s\n", f->lines[i]);
	for (i = 0; i < set->nr; i++)
		if (set->arr[i].root == (int32_t)idx)
			bemu_buf_printf(buf, "  then    %s at %u: %s\n",
					bemu_finding_name(set->arr[i].id), set->arr[i].step,
					set->arr[i].summary);
	bemu_buf_printf(buf, "  judged by  %s; quirks: ", bemu_finding_oracle(f->id));
	bemu_cli_quirks_text(buf, quirks);
	bemu_buf_printf(buf, "; rules of Linux %s\n", bemu_cli_kernel_short(profile));
}
