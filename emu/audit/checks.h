/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What a checked kernel would have said during the last calls: model/check.h. */
#ifndef BEMU_AUDIT_CHECKS_H
#define BEMU_AUDIT_CHECKS_H

#include "audit/finding.h"

struct bemu_model;

/**
 * bemu_checks_audit() - what was noted since *seen, which is set
 *
 * Judges object-use-after-free, lock-order, btf-hole. Return: 0 or -ENOMEM.
 */
int bemu_checks_audit(const struct bemu_model *model, uint32_t *seen, uint32_t step,
		      struct bemu_findings *set) BEMU_MUST_CHECK;

#endif
