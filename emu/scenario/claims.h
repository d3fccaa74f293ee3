/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What an object says of its programs' words, as the judge of loads is told it. */
#ifndef BEMU_SCENARIO_CLAIMS_H
#define BEMU_SCENARIO_CLAIMS_H

#include "audit/claims.h"
#include "obj/obj.h"

/** struct bemu_obj_claims - @claims borrows from the object and from here */
struct bemu_obj_claims {
	struct bemu_env *env;
	struct bemu_claims claims;
	uint32_t cap;
	struct bemu_claim *arr;
};

/**
 * bemu_obj_claims_init() - of every program, its symbols and CO-RE records
 * @targets: the kernel's own BTF first; borrowed
 * Return: 0, -ENOMEM; in either case bemu_obj_claims_fini().
 */
int bemu_obj_claims_init(struct bemu_obj_claims *set, struct bemu_env *env,
			 const struct bemu_obj *obj, uint32_t nr_targets,
			 const struct bemu_btf *const *targets) BEMU_MUST_CHECK;
void bemu_obj_claims_fini(struct bemu_obj_claims *set);

#endif
