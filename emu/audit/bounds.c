// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/bounds.h"

#include <errno.h>
#include <inttypes.h>

static enum bemu_finding_id id_of(const struct bemu_guard_hit *hit)
{
	switch (hit->kind) {
	case BEMU_GUARD_BTF:
	case BEMU_GUARD_TYPE:
		return BEMU_FINDING_BTF_HOLE;
	case BEMU_GUARD_STRING:
	case BEMU_GUARD_FREED:
		return BEMU_FINDING_OBJECT_USE_AFTER_FREE;
	case BEMU_GUARD_NULL:
		return BEMU_FINDING_NULL_DEREF;
	default:
		return BEMU_FINDING_LAYOUT_OVERLAP;
	}
}

static int report(const struct bemu_guard_hit *hit, uint32_t step, struct bemu_findings *set)
{
	const char *how = hit->write ? "written to" : "read";
	enum bemu_finding_id id = id_of(hit);
	struct bemu_finding *finding;

	if (id == BEMU_FINDING_OBJECT_USE_AFTER_FREE)
		finding = bemu_findings_add(set, id, step, -1, "%s is %s after it was freed",
					    hit->what, how);
	else if (id == BEMU_FINDING_NULL_DEREF)
		finding = bemu_findings_add(set, id, step, -1, "%s is %s, and there is none",
					    hit->what, how);
	else
		finding = bemu_findings_add(set, id, step, -1, "%s is %s outside of its %" PRIu64,
					    hit->what, how, hit->limit);
	if (!finding)
		return -ENOMEM;
	bemu_finding_line(finding, "%-7s %" PRIu64 " at %" PRId64, "wanted", hit->len, hit->off);
	return 0;
}

int bemu_bounds_audit(const struct bemu_guard *guard, uint32_t *seen, uint32_t step,
		      struct bemu_findings *set)
{
	uint32_t nr = guard->nr < BEMU_GUARD_HITS ? guard->nr : BEMU_GUARD_HITS;
	int err = 0;

	for (; !err && *seen < nr; ++*seen)
		err = report(&guard->hits[*seen], step, set);
	*seen = guard->nr;
	return err;
}
