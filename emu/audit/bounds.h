/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Accesses that would have left their bounds (base/guard.h), as findings: what kind follows from whose memory
 * it was, not from the code that went there.
 */
#ifndef BEMU_AUDIT_BOUNDS_H
#define BEMU_AUDIT_BOUNDS_H

#include "audit/finding.h"
#include "base/guard.h"

/**
 * bemu_bounds_audit() - what was written down since *seen, which is set
 *
 * Judges layout-overlap, btf-hole, object-use-after-free, null-deref. Return: 0 or -ENOMEM.
 */
int bemu_bounds_audit(const struct bemu_guard *guard, uint32_t *seen, uint32_t step,
		      struct bemu_findings *set) BEMU_MUST_CHECK;

#endif
