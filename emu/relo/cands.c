// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Candidates: the types that may be what a local type names, found through the index of names. */
#include "relo/private.h"

#include <errno.h>

/*
 * Mirrors bpf_core_add_cands(), tools/lib/bpf/libbpf.c, libbpf 1.7. Differs: that one looks at every
 * type; the index yields the same ids in the same order.
 */
static int add_cands(struct bemu_env *env, const struct bemu_btf *local, uint32_t local_id,
		     const struct bemu_btf *btf, const char *owner, uint32_t btf_id,
		     bool equal_kinds, struct bemu_core_cands *cands)
{
	const struct btf_type *local_t = bemu_btf_type(local, local_id), *t;
	const char *name = bemu_btf_name(local, local_id);
	struct bemu_btf_essential_iter it;
	uint32_t id;

	if (!local_t)
		return bemu_fail(env, -EINVAL, BEMU_R_CORE_TYPE, local_id,
				 "there is no type %u in the object", local_id);
	if (!name || !*name)
		return bemu_fail(env, -EINVAL, BEMU_R_CORE_ANONYMOUS, local_id,
				 "%s %u of the object has no name to find candidates by",
				 bemu_btf_kind_name(bemu_btf_kind(local_t)), local_id);
	bemu_btf_essential_begin(&it, btf, name, bemu_btf_essential_len(name),
				 bemu_btf_kind(local_t));
	while ((id = bemu_btf_essential_next(&it))) {
		if (bemu_env_step(env, bemu_core_name_steps(it.len)))
			return -EDQUOT;
		t = bemu_btf_type(btf, id);
		if (equal_kinds && bemu_btf_kind(t) != bemu_btf_kind(local_t))
			continue;
		if (cands->nr == cands->cap &&
		    bemu_grow(env, &cands->arr, &cands->cap, (size_t)cands->nr + 1,
			      sizeof(*cands->arr)))
			return -ENOMEM;
		cands->arr[cands->nr++] = (struct bemu_core_cand){ btf, owner, id, btf_id };
	}
	return 0;
}

int bemu_core_add_cands(struct bemu_env *env, const struct bemu_btf *local, uint32_t local_id,
			const struct bemu_btf *btf, const char *owner, uint32_t btf_id,
			struct bemu_core_cands *cands)
{
	return add_cands(env, local, local_id, btf, owner, btf_id, false, cands);
}

/* Mirrors bpf_core_add_cands(), kernel/bpf/btf.c, v6.18. */
int bemu_core_add_cands_kernel(struct bemu_env *env, const struct bemu_btf *local,
			       uint32_t local_id, const struct bemu_btf *btf, const char *owner,
			       uint32_t btf_id, struct bemu_core_cands *cands)
{
	return add_cands(env, local, local_id, btf, owner, btf_id, true, cands);
}

void bemu_core_cands_fini(struct bemu_env *env, struct bemu_core_cands *cands)
{
	bemu_mem_free(env, cands->arr);
	*cands = (struct bemu_core_cands){ 0 };
}
