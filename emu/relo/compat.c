// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Three questions about a local type and a target type:
 *
 *   fields compatible  may a member of the one be read as a member of the other?
 *   types compatible   kinds 7 to 9, typed ksyms and kfuncs: the same kinds all the way down
 *   types match        kind 12: everything that the local type says is true of the target
 *
 * Names in comments: "here" is the target, as in the sentences of record.c.
 */
#include "relo/private.h"

#include <errno.h>
#include <string.h>

enum {
	MAX_DEPTH = 32, /* steps of one chain of pointers and arrays */
	LIBBPF_LEVELS = 32,
	KERNEL_LEVELS = 2, /* MAX_TYPES_ARE_COMPAT_DEPTH, MAX_TYPES_MATCH_DEPTH */
};

/* A pair of types, modifiers and typedefs skipped. */
struct pair {
	const struct btf_type *local, *targ;
	uint32_t local_id, targ_id;
};

static int get_pair(struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id, struct pair *p)
{
	p->local = bemu_core_skip(job, job->local, local_id, &p->local_id);
	if (!p->local)
		return bemu_core_chain(job, local_id);
	p->targ = bemu_core_skip(job, job->targ, targ_id, &p->targ_id);
	if (!p->targ)
		return bemu_core_chain(job, targ_id);
	return 0;
}

static int no(struct bemu_core_job *job, uint32_t topic, const struct pair *p, uint32_t local_nr,
	      uint32_t targ_nr)
{
	return bemu_core_no(job, (struct bemu_core_miss){ BEMU_CORE_TYPE_INCOMPATIBLE, topic,
							  job->miss.name, p->local_id, p->targ_id,
							  local_nr, targ_nr });
}

static int too_deep(struct bemu_core_job *job, uint32_t type_id)
{
	return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_DEPTH, type_id,
			 "%s: insn %u: type %u of the object is nested too deep to be compared",
			 job->prog, job->pos, type_id);
}

static int no_rule(struct bemu_core_job *job, const struct pair *p)
{
	char kind[BEMU_CORE_KIND_TEXT_LEN];

	bemu_core_say(job->lines, "unexpected kind %s relocated, local [%u], target [%u]",
		      bemu_core_kind_text(job->rules, bemu_btf_kind(p->local), kind), p->local_id,
		      p->targ_id);
	bemu_note(job->env, BEMU_R_CORE_NO_RULE, p->local_id,
		  "%s: insn %u: unexpected kind %s relocated, local [%u], target [%u]", job->prog,
		  job->pos, bemu_btf_kind_name(bemu_btf_kind(p->local)), p->local_id, p->targ_id);
	return no(job, BEMU_CORE_SAYS_NO_RULE, p, 0, 0);
}

static bool is_plain_int(const struct btf_type *t)
{
	return BTF_INT_OFFSET(bemu_btf_int_data(t)) == 0;
}

static int ints_compat(struct bemu_core_job *job, const struct pair *p)
{
	if (is_plain_int(p->local) && is_plain_int(p->targ))
		return 1;
	return no(job, BEMU_CORE_SAYS_INT_OFFSET, p, BTF_INT_OFFSET(bemu_btf_int_data(p->local)),
		  BTF_INT_OFFSET(bemu_btf_int_data(p->targ)));
}

static const char *name_at(const struct bemu_btf *btf, uint32_t off)
{
	const char *name = off ? bemu_btf_str(btf, off) : NULL;

	return name ? name : "";
}

/*
 * Mirrors bpf_core_fields_are_compat(), tools/lib/bpf/relo_core.c, libbpf 1.7. Differs: arrays that
 * consist of themselves on both sides keep that one busy for ever.
 */
int bemu_core_fields_compat(struct bemu_core_job *job, const char *member, uint32_t local_id,
			    uint32_t targ_id)
{
	const char *local_name, *targ_name;
	uint32_t nr_local, nr_targ, steps;
	size_t len;
	struct pair p;
	int err;

	/* a chain that ends has no more links than there are types */
	for (steps = 0;; steps++) {
		err = get_pair(job, local_id, targ_id, &p);
		if (err)
			return err;
		if (bemu_btf_kind(p.local) != BTF_KIND_ARRAY ||
		    bemu_btf_kind(p.targ) != BTF_KIND_ARRAY)
			break;
		nr_local = bemu_btf_nr_types(job->local);
		nr_targ = bemu_btf_nr_types(job->targ);
		if (steps > nr_local && steps > nr_targ)
			return bemu_core_chain(job, p.local_id);
		if (bemu_env_step(job->env, 1))
			return -EDQUOT;
		local_id = bemu_btf_array(p.local)->type;
		targ_id = bemu_btf_array(p.targ)->type;
	}
	job->miss.name = member;
	if (bemu_btf_is_composite(p.local) && bemu_btf_is_composite(p.targ))
		return 1;
	if (!bemu_core_same_kind(p.local, p.targ))
		return no(job, BEMU_CORE_SAYS_KIND, &p, 0, 0);
	switch (bemu_btf_kind(p.local)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FLOAT:
		return 1;
	case BTF_KIND_FWD:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		local_name = name_at(job->local, p.local->name_off);
		targ_name = name_at(job->targ, p.targ->name_off);
		len = bemu_btf_essential_len(local_name);
		if (!len || !*targ_name ||
		    (bemu_btf_essential_len(targ_name) == len &&
		     !memcmp(local_name, targ_name, len)))
			return 1;
		return no(job, BEMU_CORE_SAYS_KIND, &p, 0, 0);
	case BTF_KIND_INT:
		return ints_compat(job, &p);
	default:
		return no(job, BEMU_CORE_SAYS_KIND, &p, 0, 0);
	}
}

static int compat(struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id, int level);

/* Parameters of two FUNC_PROTOs; the return types are the caller's business. */
static int params_compat(struct bemu_core_job *job, const struct pair *p, int level)
{
	const struct btf_param *local_p = bemu_btf_params(p->local);
	const struct btf_param *targ_p = bemu_btf_params(p->targ);
	uint32_t nr = bemu_btf_vlen(p->local), i;

	if (nr != bemu_btf_vlen(p->targ))
		return no(job, BEMU_CORE_SAYS_PARAMS, p, nr, bemu_btf_vlen(p->targ));
	for (i = 0; i < nr; i++) {
		struct pair param;
		int err;

		if (level <= 0)
			return too_deep(job, p->local_id);
		err = get_pair(job, local_p[i].type, targ_p[i].type, &param);
		if (err)
			return err;
		err = compat(job, param.local_id, param.targ_id, level - 1);
		if (err <= 0)
			return err;
	}
	return 1;
}

/* Mirrors __bpf_core_types_are_compat(), tools/lib/bpf/relo_core.c, libbpf 1.7. */
static int compat(struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id, int level)
{
	struct pair p = { bemu_btf_type(job->local, local_id), bemu_btf_type(job->targ, targ_id),
			  local_id, targ_id };
	int depth, err;

	if (!p.local || !p.targ)
		return bemu_core_chain(job, p.local ? targ_id : local_id);
	if (!bemu_core_same_kind(p.local, p.targ))
		return no(job, BEMU_CORE_SAYS_KIND, &p, 0, 0);
	for (depth = 0; depth < MAX_DEPTH; depth++) {
		if (bemu_env_step(job->env, 1))
			return -EDQUOT;
		err = get_pair(job, local_id, targ_id, &p);
		if (err)
			return err;
		if (!bemu_core_same_kind(p.local, p.targ))
			return no(job, BEMU_CORE_SAYS_KIND, &p, 0, 0);
		switch (bemu_btf_kind(p.local)) {
		case BTF_KIND_UNKN:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_FWD:
			return 1;
		case BTF_KIND_INT:
			return ints_compat(job, &p);
		case BTF_KIND_ARRAY:
			local_id = bemu_btf_array(p.local)->type;
			targ_id = bemu_btf_array(p.targ)->type;
			break;
		case BTF_KIND_FUNC_PROTO:
			err = params_compat(job, &p, level);
			if (err <= 0)
				return err;
			local_id = p.local->type;
			targ_id = p.targ->type;
			break;
		case BTF_KIND_PTR:
			local_id = p.local->type;
			targ_id = p.targ->type;
			break;
		default:
			return no_rule(job, &p);
		}
	}
	return too_deep(job, local_id);
}

static int levels(const struct bemu_core_job *job)
{
	return bemu_core_rules_kernel(job->rules) ? KERNEL_LEVELS : LIBBPF_LEVELS;
}

int bemu_core_compat(struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id)
{
	job->miss.name = NULL;
	if (bemu_core_quirk(job, BEMU_QUIRK_CORE_COMPAT_SELF))
		return 1; /* every type is compatible with itself */
	return compat(job, local_id, targ_id, levels(job));
}

/* A local name and the length of its essential part, measured once for many comparisons. */
struct ename {
	const char *str;
	size_t len;
};

static struct ename ename_at(const struct bemu_btf *btf, uint32_t off)
{
	struct ename name = { name_at(btf, off), 0 };

	name.len = bemu_btf_essential_len(name.str);
	return name;
}

/* Mirrors bpf_core_names_match(): a target without a name wants a local type without one. */
static int names_match(struct bemu_core_job *job, const struct ename *local, const char *targ)
{
	return bemu_core_names_match(job, local->str, local->len, targ);
}

/* Mirrors bpf_core_enums_match(). */
static int enums_match(struct bemu_core_job *job, const struct pair *p)
{
	uint32_t nr = bemu_btf_vlen(p->local), nr_targ = bemu_btf_vlen(p->targ), i, j;

	if (p->local->size != p->targ->size)
		return no(job, BEMU_CORE_SAYS_SIZE, p, p->local->size, p->targ->size);
	if (nr > nr_targ)
		return no(job, BEMU_CORE_SAYS_ENUMERATORS, p, nr, nr_targ);
	for (i = 0; i < nr; i++) {
		struct ename name =
			ename_at(job->local, bemu_core_enumerator_name_off(p->local, i));
		int found = 0;

		if (bemu_env_step(job->env, nr_targ * bemu_core_name_steps(name.len)))
			return -EDQUOT;
		for (j = 0; j < nr_targ && !found; j++)
			found = names_match(job, &name,
					    name_at(job->targ,
						    bemu_core_enumerator_name_off(p->targ, j)));
		if (found < 0)
			return found;
		if (!found) {
			job->miss.name = name.str;
			return no(job, BEMU_CORE_SAYS_NO_ENUMERATOR, p, 0, 0);
		}
	}
	return 1;
}

static int match(struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id, bool behind_ptr,
		 int level);

/* Mirrors bpf_core_composites_match(): of several members of one name any may match. */
static int composites_match(struct bemu_core_job *job, const struct pair *p, bool behind_ptr,
			    int level)
{
	const struct btf_member *local_m = bemu_btf_members(p->local);
	const struct btf_member *targ_m = bemu_btf_members(p->targ);
	uint32_t nr = bemu_btf_vlen(p->local), nr_targ = bemu_btf_vlen(p->targ), i, j;

	if (nr > nr_targ)
		return no(job, BEMU_CORE_SAYS_MEMBERS, p, nr, nr_targ);
	for (i = 0; i < nr; i++) {
		struct ename name = ename_at(job->local, local_m[i].name_off);
		bool named = false;
		int err = 0;

		if (bemu_env_step(job->env, nr_targ * bemu_core_name_steps(name.len)))
			return -EDQUOT;
		for (j = 0; j < nr_targ && !err; j++) {
			err = names_match(job, &name, name_at(job->targ, targ_m[j].name_off));
			if (err <= 0)
				continue;
			named = true;
			job->miss.name = *name.str ? name.str : NULL;
			err = match(job, local_m[i].type, targ_m[j].type, behind_ptr, level - 1);
		}
		if (err < 0)
			return err;
		if (!named) {
			job->miss.name = name.str;
			return no(job, BEMU_CORE_SAYS_NO_MEMBER, p, 0, 0);
		}
		if (!err)
			return 0;
	}
	return 1;
}

static int fwd_matches(struct bemu_core_job *job, const struct pair *p, bool behind_ptr)
{
	uint32_t kind = bemu_btf_kind(p->targ);
	bool is_union = bemu_btf_kflag(p->local);

	if (kind == BTF_KIND_FWD ? bemu_btf_kflag(p->targ) == is_union
				 : behind_ptr && kind == (is_union ? (uint32_t)BTF_KIND_UNION
								   : (uint32_t)BTF_KIND_STRUCT))
		return 1;
	return no(job, BEMU_CORE_SAYS_KIND, p, 0, 0);
}

static int composite_matches(struct bemu_core_job *job, const struct pair *p, bool behind_ptr,
			     int level)
{
	uint32_t kind = bemu_btf_kind(p->local), targ_kind = bemu_btf_kind(p->targ);

	if (kind == targ_kind)
		return behind_ptr ? 1 : composites_match(job, p, behind_ptr, level);
	if (behind_ptr && targ_kind == BTF_KIND_FWD &&
	    bemu_btf_kflag(p->targ) == (kind == BTF_KIND_UNION))
		return 1;
	return no(job, BEMU_CORE_SAYS_KIND, p, 0, 0);
}

static int int_matches(struct bemu_core_job *job, const struct pair *p)
{
	uint32_t local_signed = BTF_INT_ENCODING(bemu_btf_int_data(p->local)) & BTF_INT_SIGNED;
	uint32_t targ_signed = BTF_INT_ENCODING(bemu_btf_int_data(p->targ)) & BTF_INT_SIGNED;

	if (p->local->size != p->targ->size)
		return no(job, BEMU_CORE_SAYS_SIZE, p, p->local->size, p->targ->size);
	if (local_signed != targ_signed)
		return no(job, BEMU_CORE_SAYS_SIGN, p, local_signed, targ_signed);
	return 1;
}

/* Parameters of two FUNC_PROTOs; the return types are the caller's business. */
static int params_match(struct bemu_core_job *job, const struct pair *p, bool behind_ptr, int level)
{
	const struct btf_param *local_p = bemu_btf_params(p->local);
	const struct btf_param *targ_p = bemu_btf_params(p->targ);
	uint32_t nr = bemu_btf_vlen(p->local), i;
	int err;

	if (nr != bemu_btf_vlen(p->targ))
		return no(job, BEMU_CORE_SAYS_PARAMS, p, nr, bemu_btf_vlen(p->targ));
	for (i = 0; i < nr; i++) {
		err = match(job, local_p[i].type, targ_p[i].type, behind_ptr, level - 1);
		if (err <= 0)
			return err;
	}
	return 1;
}

/* Mirrors __bpf_core_types_match(), tools/lib/bpf/relo_core.c, libbpf 1.7. */
static int match(struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id, bool behind_ptr,
		 int level)
{
	struct ename name;
	struct pair p;
	uint32_t kind;
	int depth, err;

	if (level <= 0)
		return too_deep(job, local_id);
	for (depth = 0; depth < MAX_DEPTH; depth++) {
		if (bemu_env_step(job->env, 1))
			return -EDQUOT;
		err = get_pair(job, local_id, targ_id, &p);
		if (err)
			return err;
		name = ename_at(job->local, p.local->name_off);
		err = names_match(job, &name, name_at(job->targ, p.targ->name_off));
		if (err < 0)
			return err;
		if (!err)
			return no(job, BEMU_CORE_SAYS_KIND, &p, 0, 0);
		kind = bemu_btf_kind(p.local);
		if (kind == BTF_KIND_FWD)
			return fwd_matches(job, &p, behind_ptr);
		if (bemu_btf_is_composite(p.local))
			return composite_matches(job, &p, behind_ptr, level);
		if (kind != BTF_KIND_UNKN && kind != BTF_KIND_INT && kind != BTF_KIND_PTR &&
		    kind != BTF_KIND_ARRAY && kind != BTF_KIND_FUNC_PROTO &&
		    !bemu_btf_is_any_enum(p.local))
			return no_rule(job, &p);
		if (!bemu_core_same_kind(p.local, p.targ))
			return no(job, BEMU_CORE_SAYS_KIND, &p, 0, 0);
		switch (kind) {
		case BTF_KIND_UNKN:
			return 1;
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
			return enums_match(job, &p);
		case BTF_KIND_INT:
			return int_matches(job, &p);
		case BTF_KIND_ARRAY:
			if (bemu_btf_array(p.local)->nelems != bemu_btf_array(p.targ)->nelems)
				return no(job, BEMU_CORE_SAYS_ELEMS, &p,
					  bemu_btf_array(p.local)->nelems,
					  bemu_btf_array(p.targ)->nelems);
			local_id = bemu_btf_array(p.local)->type;
			targ_id = bemu_btf_array(p.targ)->type;
			break;
		case BTF_KIND_FUNC_PROTO:
			err = params_match(job, &p, behind_ptr, level);
			if (err <= 0)
				return err;
			local_id = p.local->type;
			targ_id = p.targ->type;
			break;
		default: /* PTR */
			behind_ptr = true;
			local_id = p.local->type;
			targ_id = p.targ->type;
		}
	}
	return too_deep(job, local_id);
}

int bemu_core_match(struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id)
{
	int err;

	job->miss.name = NULL;
	err = match(job, local_id, targ_id, false, levels(job));
	if (!err)
		job->miss.why = BEMU_CORE_TYPE_MISMATCH;
	return err;
}

static struct bemu_core_job plain_job(struct bemu_env *env, const struct bemu_btf *local,
				      const struct bemu_btf *targ)
{
	return (struct bemu_core_job){
		.env = env,
		.rules = BEMU_CORE_LIBBPF_1_7,
		.prog = "",
		.local = local,
		.targ = targ,
	};
}

int bemu_core_types_compat(struct bemu_env *env, const struct bemu_btf *local, uint32_t local_id,
			   const struct bemu_btf *targ, uint32_t targ_id)
{
	struct bemu_core_job job = plain_job(env, local, targ);

	return bemu_core_compat(&job, local_id, targ_id);
}

int bemu_core_types_match(struct bemu_env *env, const struct bemu_btf *local, uint32_t local_id,
			  const struct bemu_btf *targ, uint32_t targ_id)
{
	struct bemu_core_job job = plain_job(env, local, targ);

	return bemu_core_match(&job, local_id, targ_id);
}
