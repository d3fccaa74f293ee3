// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* A candidate: does it have what the local spec names, and where? */
#include "relo/private.h"

#include <errno.h>
#include <string.h>

static int too_long(struct bemu_core_job *job)
{
	return bemu_fail(job->env, -E2BIG, BEMU_R_CORE_ACCESS_LONG, job->pos,
			 "%s: insn %u: the target nests deeper than %u", job->prog, job->pos,
			 (unsigned int)BEMU_CORE_SPEC_MAX_LEN);
}

static int no(struct bemu_core_job *job, uint32_t why, uint32_t topic, const char *name,
	      uint32_t targ_id)
{
	return bemu_core_no(job,
			    (struct bemu_core_miss){
				    .why = why, .topic = topic, .name = name, .targ_id = targ_id });
}

/*
 * Look for the member @acc names in @targ_id and in its anonymous members, in their places.
 *
 * Mirrors bpf_core_match_member(), tools/lib/bpf/relo_core.c, libbpf 1.7, with its oddity: when a
 * member of that name inside an anonymous one is not compatible, its offset and its number stay in
 * @spec and the search goes on behind the anonymous member. Only BTF that has one name twice shows it.
 *
 * Return: 1 and *next_id the member's type, 0, or a negative errno.
 */
static int match_member(struct bemu_core_job *job, const struct bemu_core_accessor *acc,
			uint32_t targ_id, struct bemu_core_spec *spec, uint32_t *next_id)
{
	const struct btf_type *t = bemu_core_skip(job, job->targ, targ_id, &targ_id);
	const struct btf_type *local_t;
	const struct btf_member *m;
	uint32_t nr, i;
	int found;

	if (!t)
		return bemu_core_chain(job, targ_id);
	if (!bemu_btf_is_composite(t))
		return no(job, BEMU_CORE_NOT_COMPOSITE, BEMU_CORE_SAYS_NOT_COMPOSITE, acc->name,
			  targ_id);
	nr = bemu_btf_vlen(t);
	if (bemu_env_step(job->env, (nr + 1) * bemu_core_name_steps(strlen(acc->name))))
		return -EDQUOT;
	for (i = 0, m = bemu_btf_members(t); i < nr; i++, m++) {
		const char *name = bemu_btf_str(job->targ, m->name_off);

		if (spec->nr_raw == BEMU_CORE_SPEC_MAX_LEN)
			return too_long(job);
		if (name && *name && (*name != *acc->name || strcmp(name, acc->name)))
			continue;
		spec->bit_off += bemu_btf_member_bit_off(t, i);
		spec->raw[spec->nr_raw++] = i;
		if (name && *name) {
			*next_id = m->type;
			local_t = bemu_btf_type(job->local, acc->type_id);
			found = bemu_core_fields_compat(
				job, name, bemu_btf_members(local_t)[acc->idx].type, m->type);
			if (!found)
				job->miss.why = BEMU_CORE_BAD_MEMBER_KIND;
			if (found > 0) {
				spec->acc[spec->nr_acc].type_id = targ_id;
				spec->acc[spec->nr_acc].idx = i;
				spec->acc[spec->nr_acc++].name = name;
			}
			return found;
		}
		found = match_member(job, acc, m->type, spec, next_id);
		if (found)
			return found;
		spec->bit_off -= bemu_btf_member_bit_off(t, i);
		spec->nr_raw--;
	}
	if (job->miss.why != BEMU_CORE_BAD_MEMBER_KIND)
		no(job, BEMU_CORE_NO_MEMBER, BEMU_CORE_SAYS_NO_MEMBER, acc->name, targ_id);
	return 0;
}

/* Step over an array index, the first one (@i 0) or one inside. */
static int match_index(struct bemu_core_job *job, const struct bemu_core_accessor *acc, uint32_t i,
		       const struct btf_type *t, uint32_t *targ_id, struct bemu_core_spec *spec)
{
	int64_t full;
	int32_t size;

	if (i) {
		const struct btf_array *arr = bemu_btf_array(t);
		const struct bemu_core_accessor *last = &spec->acc[spec->nr_acc - 1];
		uint32_t arr_id = *targ_id;

		if (bemu_btf_kind(t) != BTF_KIND_ARRAY)
			return no(job, BEMU_CORE_NOT_ARRAY, BEMU_CORE_SAYS_NOT_ARRAY, last->name,
				  arr_id);
		if (acc->idx >= arr->nelems && !bemu_core_is_flex(job->targ, last, arr))
			return bemu_core_no(job,
					    (struct bemu_core_miss){ .why = BEMU_CORE_ARRAY_BOUND,
								     .topic = BEMU_CORE_SAYS_BOUND,
								     .name = last->name,
								     .targ_id = arr_id,
								     .local_nr = acc->idx,
								     .targ_nr = arr->nelems });
		if (!bemu_core_skip(job, job->targ, arr->type, targ_id))
			return bemu_core_chain(job, arr->type);
	}
	if (spec->nr_raw == BEMU_CORE_SPEC_MAX_LEN)
		return too_long(job);
	spec->acc[spec->nr_acc].type_id = *targ_id;
	spec->acc[spec->nr_acc].idx = acc->idx;
	spec->acc[spec->nr_acc++].name = NULL;
	spec->raw[spec->nr_raw++] = acc->idx;
	full = bemu_core_size(job, job->targ, *targ_id);
	/* bpf_core_spec_match() keeps the size in an int: 2 GiB and more is taken for an error number */
	size = bemu_wrap_s32((uint64_t)full);
	if (size < 0)
		return full < 0
			       ? size
			       : bemu_fail(job->env, size, BEMU_R_CORE_SIZE, *targ_id,
					   "%s: insn %u: the %u bytes of type %u of the target are "
					   "taken for an error",
					   job->prog, job->pos, (uint32_t)full, *targ_id);
	spec->bit_off += acc->idx * (uint32_t)size * 8;
	return 1;
}

static int match_enumval(struct bemu_core_job *job, const struct bemu_core_spec *local,
			 uint32_t targ_id, struct bemu_core_spec *out)
{
	const struct btf_type *t = bemu_core_skip(job, job->targ, targ_id, &targ_id);
	const char *want = local->acc[0].name;
	size_t len = bemu_btf_essential_len(want);
	uint32_t nr, i;
	int found;

	if (!t)
		return bemu_core_chain(job, targ_id);
	if (!bemu_btf_is_any_enum(t))
		return no(job, BEMU_CORE_TYPE_INCOMPATIBLE, BEMU_CORE_SAYS_NO_ENUMERATOR, want,
			  targ_id);
	nr = bemu_btf_vlen(t);
	if (bemu_env_step(job->env, (nr + 1) * bemu_core_name_steps(len)))
		return -EDQUOT;
	for (i = 0; i < nr; i++) {
		const char *name = bemu_btf_str(job->targ, bemu_core_enumerator_name_off(t, i));

		if (!name)
			return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_NAME, job->pos,
					 "%s: insn %u: enumerator %u of type %u of the target has "
					 "a name outside the strings",
					 job->prog, job->pos, i, targ_id);
		found = bemu_core_names_match(job, want, len, name);
		if (found < 0)
			return found;
		if (!found)
			continue;
		out->acc[0].type_id = targ_id;
		out->acc[0].idx = i;
		out->acc[0].name = name;
		out->raw[0] = i;
		out->nr_acc = 1;
		out->nr_raw = 1;
		return 1;
	}
	return no(job, BEMU_CORE_NO_ENUMERATOR, BEMU_CORE_SAYS_NO_ENUMERATOR, want, targ_id);
}

/* Mirrors bpf_core_spec_match(), tools/lib/bpf/relo_core.c, libbpf 1.7. */
int bemu_core_spec_match(struct bemu_core_job *job, const struct bemu_core_spec *local,
			 uint32_t targ_id, struct bemu_core_spec *out)
{
	uint32_t i;
	int matched;

	out->btf = job->targ;
	out->root_type_id = targ_id;
	out->kind = local->kind;
	out->nr_acc = 0;
	out->nr_raw = 0;
	out->bit_off = 0;
	job->miss.why = BEMU_CORE_MATCHED;
	job->miss.topic = BEMU_CORE_SAYS_NOTHING;
	if (local->kind == BEMU_CORE_TYPE_MATCHES)
		return bemu_core_match(job, local->root_type_id, targ_id);
	if (bemu_core_is_type(local->kind))
		return bemu_core_compat(job, local->root_type_id, targ_id);
	if (bemu_core_is_enumval(local->kind))
		return match_enumval(job, local, targ_id, out);
	for (i = 0; i < local->nr_acc; i++) {
		const struct btf_type *t = bemu_core_skip(job, job->targ, targ_id, &targ_id);

		if (!t)
			return bemu_core_chain(job, targ_id);
		matched = local->acc[i].name
				  ? match_member(job, &local->acc[i], targ_id, out, &targ_id)
				  : match_index(job, &local->acc[i], i, t, &targ_id, out);
		if (matched <= 0)
			return matched;
	}
	return 1;
}
