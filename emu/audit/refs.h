/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A recount: who holds what is found by walking everything that can hold (FD tables, sockets, mappings, pins,
 * objects, the queue of frees, modules), without a look at any counter; only then are the counters
 * compared with it. Costs are linear in what there is.
 */
#ifndef BEMU_AUDIT_REFS_H
#define BEMU_AUDIT_REFS_H

#include "audit/finding.h"

struct bemu_model;

/**
 * bemu_refs_audit() - between two calls: what is wrong goes into @set
 * @step: for the findings
 *
 * Judges ref-leak, ref-underflow, object-use-after-free, id-stale, module-pinned, module-gone.
 * Return: 0 or -ENOMEM.
 */
int bemu_refs_audit(const struct bemu_model *model, uint32_t step,
		    struct bemu_findings *set) BEMU_MUST_CHECK;

#endif
