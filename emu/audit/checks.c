/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include "audit/checks.h"

#include <errno.h>

#include "model/model.h"

int bemu_checks_audit(const struct bemu_model *model, uint32_t *seen, uint32_t step,
		      struct bemu_findings *set)
{
	static const enum bemu_finding_id ids[] = {
		[BEMU_OOPS_FREED] = BEMU_FINDING_OBJECT_USE_AFTER_FREE,
		[BEMU_OOPS_LOCK] = BEMU_FINDING_LOCK_ORDER,
		[BEMU_OOPS_BTF] = BEMU_FINDING_BTF_HOLE,
		[BEMU_OOPS_FD] = BEMU_FINDING_FD_RECYCLED,
	};
	const struct bemu_checks *checks = &model->checks;

	if (checks->nr - *seen > BEMU_OOPS_RING)
		*seen = checks->nr - BEMU_OOPS_RING;
	for (; *seen < checks->nr; ++*seen) {
		const struct bemu_oops *oops = &checks->ring[*seen % BEMU_OOPS_RING];
		struct bemu_finding *finding;

		finding = bemu_findings_add(set, ids[oops->kind], step, -1, "%s", oops->text);
		if (!finding)
			return -ENOMEM;
		bemu_finding_line(finding, "judged  by checked accesses");
	}
	return 0;
}
