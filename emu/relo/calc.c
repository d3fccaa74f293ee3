// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * One relocation: the local spec, each candidate in turn, and one value that all matching candidates
 * agree on. Mirrors bpf_core_calc_relo_insn() and bpf_core_calc_relo(), tools/lib/bpf/relo_core.c,
 * libbpf 1.7, in the order of checks.
 */
#include "relo/private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SPEC_TEXT_LEN = 256 };

/* What the candidates add up to so far. */
struct sum {
	const struct bemu_core_spec *local;
	struct bemu_core_value orig;
	bool have_orig;
	uint32_t nr_matched, bit_off;
	struct bemu_core_cand first;
};

static int orig_value(struct bemu_core_job *job, struct sum *sum)
{
	int err;

	if (sum->have_orig)
		return 0;
	err = bemu_core_value_of(job, sum->local, &sum->orig);
	sum->have_orig = !err;
	return err;
}

/* A load may become wider or narrower when what is read stays the same number. */
static bool width_may_change(const struct bemu_core_job *job, uint32_t local_id, uint32_t targ_id)
{
	const struct btf_type *local = bemu_btf_type(job->local, local_id);
	const struct btf_type *targ = bemu_btf_type(job->targ, targ_id);

	if (bemu_btf_kind(local) != bemu_btf_kind(targ))
		return false;
	if (bemu_btf_kind(local) == BTF_KIND_PTR)
		return true;
	/* only exactly SIGNED counts: CHAR and BOOL together with it do not */
	return bemu_btf_kind(local) == BTF_KIND_INT &&
	       BTF_INT_ENCODING(bemu_btf_int_data(local)) != BTF_INT_SIGNED &&
	       BTF_INT_ENCODING(bemu_btf_int_data(targ)) != BTF_INT_SIGNED;
}

static struct bemu_core_res result(const struct bemu_core_job *job,
				   const struct bemu_core_value *orig,
				   const struct bemu_core_value *targ)
{
	return (struct bemu_core_res){
		.orig_val = orig->val,
		.new_val = targ->val,
		.validate = orig->validate,
		.orig_sz = orig->size,
		.orig_type_id = orig->type_id,
		.new_sz = targ->size,
		.new_type_id = targ->type_id,
		.fail_memsz_adjust = orig->size != targ->size &&
				     !width_may_change(job, orig->type_id, targ->type_id),
	};
}

/* No candidate matches: 0 for questions and types, else the instruction is poisoned. */
static struct bemu_core_res missing(uint32_t kind, const struct bemu_core_value *orig)
{
	return (struct bemu_core_res){
		.orig_val = orig->val,
		.validate = orig->validate,
		.orig_sz = orig->size,
		.orig_type_id = orig->type_id,
		.poison = (bemu_core_is_field(kind) && kind != BEMU_CORE_FIELD_EXISTS) ||
			  kind == BEMU_CORE_ENUMVAL_VALUE,
	};
}

/* The candidate matches: its value must be the earlier ones'. */
static int take(struct bemu_core_job *job, const struct bemu_core_cand *cand,
		const struct bemu_core_spec *spec, struct sum *sum, struct bemu_core_res *res,
		struct bemu_core_tried *tried)
{
	struct bemu_core_value value;
	int err;

	err = orig_value(job, sum);
	if (!err)
		err = bemu_core_value_of(job, spec, &value);
	if (err)
		return err;
	if (tried)
		bemu_core_tell_match(spec, &value, tried);
	if (!sum->nr_matched) {
		*res = result(job, &sum->orig, &value);
		sum->bit_off = spec->bit_off;
		sum->first = *cand;
	} else if (spec->bit_off != sum->bit_off) {
		if (tried)
			bemu_core_tell_offsets(spec->bit_off, sum->bit_off, &sum->first, tried);
		bemu_core_say(job->lines, "prog '%s': relo #%u: field offset ambiguity: %u != %u",
			      job->prog, job->relo_idx, spec->bit_off, sum->bit_off);
		return bemu_fail(
			job->env, -EINVAL, BEMU_R_CORE_OFFSET_AMBIGUOUS, job->pos,
			"%s: insn %u: field offset ambiguity, in bits: %u in %s [%u], %u in %s [%u]",
			job->prog, job->pos, spec->bit_off, cand->owner, cand->type_id,
			sum->bit_off, sum->first.owner, sum->first.type_id);
	} else if (value.val != res->new_val) {
		if (tried)
			bemu_core_tell_values(value.val, res->new_val, &sum->first, tried);
		bemu_core_say(job->lines,
			      "prog '%s': relo #%u: relocation decision ambiguity: success %" PRIu64
			      " != success %" PRIu64,
			      job->prog, job->relo_idx, value.val, res->new_val);
		return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_VALUE_AMBIGUOUS, job->pos,
				 "%s: insn %u: relocation decision ambiguity: %" PRIu64
				 " in %s [%u], %" PRIu64 " in %s [%u]",
				 job->prog, job->pos, value.val, cand->owner, cand->type_id,
				 res->new_val, sum->first.owner, sum->first.type_id);
	}
	sum->nr_matched++;
	return 0;
}

static void say_cand(const struct bemu_core_job *job, uint32_t idx, int err,
		     const struct bemu_core_spec *spec)
{
	char text[SPEC_TEXT_LEN];

	bemu_core_spec_format(job->rules, spec, text, sizeof(text));
	if (err < 0)
		bemu_core_say(job->lines,
			      "prog '%s': relo #%u: error matching candidate #%u %s: %d", job->prog,
			      job->relo_idx, idx, text, err);
	else
		bemu_core_say(job->lines, "prog '%s': relo #%u: %s candidate #%u %s", job->prog,
			      job->relo_idx, err ? "matching" : "non-matching", idx, text);
}

static int try_cands(struct bemu_core_job *job, const struct bemu_core_spec *local,
		     struct bemu_core_cands *cands, struct bemu_core_res *res,
		     struct bemu_core_record *rec)
{
	struct sum sum = { .local = local };
	struct bemu_core_spec spec;
	uint32_t i, nr = cands ? cands->nr : 0;
	int err;

	for (i = 0; i < nr; i++) {
		struct bemu_core_tried *tried = rec ? &rec->tried[rec->nr_tried++] : NULL;

		job->targ = cands->arr[i].btf;
		if (tried)
			tried->cand = cands->arr[i];
		err = bemu_core_spec_match(job, local, cands->arr[i].type_id, &spec);
		if (job->lines)
			say_cand(job, i, err, &spec);
		if (!err) {
			if (tried)
				bemu_core_tell_miss(job, tried);
			continue;
		}
		if (err > 0)
			err = take(job, &cands->arr[i], &spec, &sum, res, tried);
		if (err) {
			if (tried && tried->why != BEMU_CORE_AMBIGUOUS)
				bemu_core_tell_error(err, tried);
			return err;
		}
		cands->arr[sum.nr_matched - 1] = cands->arr[i];
	}
	if (rec)
		rec->nr_matched = sum.nr_matched;
	if (sum.nr_matched) {
		cands->nr = sum.nr_matched;
		return 0;
	}
	bemu_core_say(job->lines, "prog '%s': relo #%u: no matching targets found", job->prog,
		      job->relo_idx);
	err = orig_value(job, &sum);
	if (err)
		return err;
	*res = missing(local->kind, &sum.orig);
	return 0;
}

static void say_unparsed(const struct bemu_core_job *job, const struct bemu_core_relo *relo,
			 const struct btf_type *t, int err)
{
	const char *name = bemu_btf_str(job->local, t->name_off);
	const char *access = bemu_btf_str(job->local, relo->access_str_off);
	char kind[BEMU_CORE_KIND_TEXT_LEN];

	bemu_core_say(job->lines, "prog '%s': relo #%u: parsing [%u] %s %s + %s failed: %d",
		      job->prog, job->relo_idx, relo->type_id,
		      bemu_core_kind_text(job->rules, bemu_btf_kind(t), kind),
		      *name ? name : "<anon>", access ? access : "<?>", err);
}

static int calc(struct bemu_core_job *job, const struct bemu_core_relo *relo,
		struct bemu_core_cands *cands, struct bemu_core_res *res,
		struct bemu_core_record *rec)
{
	const struct btf_type *t = bemu_btf_type(job->local, relo->type_id);
	struct bemu_core_spec local;
	const char *name;
	int err;

	if (!t)
		return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_TYPE, relo->type_id,
				 "%s: insn %u: there is no type %u in the object, the last one is "
				 "%u",
				 job->prog, job->pos, relo->type_id,
				 bemu_btf_nr_types(job->local) - 1);
	name = bemu_btf_str(job->local, t->name_off);
	if (!name)
		return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_NAME, job->pos,
				 "%s: insn %u: the name of type %u, at %u, is outside the %u bytes "
				 "of strings",
				 job->prog, job->pos, relo->type_id, t->name_off,
				 bemu_btf_end_str_off(job->local));
	/* bpf_core_calc_relo_insn() has -EINVAL for every failure of the parser */
	err = bemu_core_parse(job, relo, &local);
	if (err) {
		say_unparsed(job, relo, t, err);
		return err == -EDQUOT ? err : -EINVAL;
	}
	if (rec)
		bemu_core_spec_format(job->rules, &local, rec->spec, sizeof(rec->spec));
	if (job->lines) {
		char text[SPEC_TEXT_LEN];

		bemu_core_spec_format(job->rules, &local, text, sizeof(text));
		bemu_core_say(job->lines, "prog '%s': relo #%u: %s", job->prog, job->relo_idx,
			      text);
	}
	if (relo->kind == BEMU_CORE_TYPE_ID_LOCAL) {
		*res = (struct bemu_core_res){ .orig_val = relo->type_id,
					       .new_val = relo->type_id };
		return 0;
	}
	if (!*name) {
		bemu_core_say(
			job->lines,
			"prog '%s': relo #%u: <%s> (%u) relocation doesn't support anonymous types",
			job->prog, job->relo_idx, bemu_core_kind_name(relo->kind), relo->kind);
		return bemu_fail(job->env, -EOPNOTSUPP, BEMU_R_CORE_ANONYMOUS, relo->type_id,
				 "%s: insn %u: %s of type %u, which has no name", job->prog,
				 job->pos, bemu_core_kind_name(relo->kind), relo->type_id);
	}
	return try_cands(job, &local, cands, res, rec);
}

/* Everything but what belongs to the caller. */
static int begin_record(struct bemu_env *env, const struct bemu_core_relo *relo,
			const struct bemu_core_cands *cands, struct bemu_core_record *rec)
{
	rec->relo = *relo;
	rec->spec[0] = '\0';
	rec->nr_tried = 0;
	rec->tried = NULL;
	rec->res = (struct bemu_core_res){ 0 };
	rec->err = 0;
	rec->nr_matched = 0;
	if (!cands || !cands->nr || relo->kind == BEMU_CORE_TYPE_ID_LOCAL)
		return 0;
	rec->tried = bemu_zalloc_array(env, cands->nr, sizeof(*rec->tried));
	if (!rec->tried)
		rec->err = -ENOMEM;
	return rec->err;
}

int bemu_core_calc(struct bemu_env *env, uint32_t rules, const struct bemu_btf *local,
		   const struct bemu_core_relo *relo, struct bemu_core_cands *cands,
		   const char *prog, struct bemu_core_res *res, struct bemu_core_record *rec)
{
	struct bemu_core_job job = {
		.env = env,
		.rules = rules,
		.prog = prog ? prog : "",
		.pos = rec ? rec->insn_idx : relo->insn_off / 8,
		.off_idx = relo->insn_off / 8,
		.lines = rec ? rec->lines : NULL,
		.relo_idx = rec ? rec->relo_idx : 0,
		.local = local,
	};
	struct bemu_core_res got = { 0 };
	int err;

	if (rec && begin_record(env, relo, cands, rec))
		return -ENOMEM;
	err = calc(&job, relo, cands, &got, rec);
	if (!err)
		*res = got;
	if (rec) {
		rec->res = got;
		rec->err = err;
	}
	return err;
}
