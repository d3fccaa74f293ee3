/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* BTF that was accepted, asked as the kernel asks it later: every question must have an answer. */
#ifndef BEMU_AUDIT_BTF_QUERY_H
#define BEMU_AUDIT_BTF_QUERY_H

#include "audit/finding.h"

struct bemu_model;

/**
 * bemu_btf_query_audit() - the sizes of all parameters and results, of what tasks have loaded since *seen (a serial,
 * which is set)
 *
 * Judges btf-hole. Return: 0 or -ENOMEM.
 */
int bemu_btf_query_audit(const struct bemu_model *model, uint64_t *seen, uint32_t step,
			 struct bemu_findings *set) BEMU_MUST_CHECK;

#endif
