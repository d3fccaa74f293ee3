// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Sentences about candidates: one each, made only when a record is kept. "here" is the candidate's
 * BTF; a type is named by its kind and name, as in the listings of the BTF.
 */
#include "relo/private.h"

#include <inttypes.h>
#include <stdio.h>

enum { TYPE_TEXT_LEN = 64, OFFSET_TEXT_LEN = 16 };

static const char *describe(char *buf, const struct bemu_btf *btf, uint32_t id)
{
	const struct btf_type *t = bemu_btf_type(btf, id);
	const char *name = bemu_btf_name(btf, id);

	if (!id || !t)
		return t ? "void" : "nothing";
	snprintf(buf, TYPE_TEXT_LEN, "%s%s%s", bemu_btf_kind_name(bemu_btf_kind(t)),
		 name && *name ? " " : "", name ? name : "");
	return buf;
}

/* 'member "x"', or 'the type' */
static const char *subject(char *buf, const struct bemu_core_miss *miss)
{
	if (!miss->name)
		return "the type";
	snprintf(buf, TYPE_TEXT_LEN, "member \"%s\"", miss->name);
	return buf;
}

static const char *plural(uint32_t nr)
{
	return nr == 1 ? "" : "s";
}

static const char *sign_word(uint32_t is_signed)
{
	return is_signed ? "signed" : "unsigned";
}

/* Where a member was looked for, unless that is the candidate itself. */
static void tell_no_member(const struct bemu_core_job *job, const struct bemu_core_miss *miss,
			   struct bemu_core_tried *out)
{
	uint32_t root = 0;
	char type[TYPE_TEXT_LEN];

	bemu_btf_skip_mods(job->targ, out->cand.type_id, true, &root);
	if (root == miss->targ_id)
		snprintf(out->text, sizeof(out->text), "no member \"%s\"", miss->name);
	else
		snprintf(out->text, sizeof(out->text), "no member \"%s\" in %s", miss->name,
			 describe(type, job->targ, miss->targ_id));
}

void bemu_core_tell_miss(const struct bemu_core_job *job, struct bemu_core_tried *out)
{
	const struct bemu_core_miss *miss = &job->miss;
	char here[TYPE_TEXT_LEN], there[TYPE_TEXT_LEN], what[TYPE_TEXT_LEN];
	const size_t len = sizeof(out->text);

	out->why = miss->why;
	out->detail = miss->name;
	switch ((enum bemu_core_topic)miss->topic) {
	case BEMU_CORE_SAYS_NOTHING:
		break;
	case BEMU_CORE_SAYS_KIND:
		snprintf(out->text, len, "%s is %s here, %s in the object", subject(what, miss),
			 describe(here, job->targ, miss->targ_id),
			 describe(there, job->local, miss->local_id));
		break;
	case BEMU_CORE_SAYS_INT_OFFSET:
		snprintf(out->text, len, "%s is an INT with bit offset %u here, %u in the object",
			 subject(what, miss), miss->targ_nr, miss->local_nr);
		break;
	case BEMU_CORE_SAYS_SIZE:
		snprintf(out->text, len, "%s has %u byte%s here, %u in the object",
			 subject(what, miss), miss->targ_nr, plural(miss->targ_nr), miss->local_nr);
		break;
	case BEMU_CORE_SAYS_SIGN:
		snprintf(out->text, len, "%s is %s here, %s in the object", subject(what, miss),
			 sign_word(miss->targ_nr), sign_word(miss->local_nr));
		break;
	case BEMU_CORE_SAYS_MEMBERS:
		snprintf(out->text, len, "%s has %u member%s here, %u in the object",
			 subject(what, miss), miss->targ_nr, plural(miss->targ_nr), miss->local_nr);
		break;
	case BEMU_CORE_SAYS_ENUMERATORS:
		snprintf(out->text, len, "%s has %u enumerator%s here, %u in the object",
			 subject(what, miss), miss->targ_nr, plural(miss->targ_nr), miss->local_nr);
		break;
	case BEMU_CORE_SAYS_PARAMS:
		snprintf(out->text, len, "%s has %u parameter%s here, %u in the object",
			 subject(what, miss), miss->targ_nr, plural(miss->targ_nr), miss->local_nr);
		break;
	case BEMU_CORE_SAYS_ELEMS:
		snprintf(out->text, len, "%s has %u element%s here, %u in the object",
			 subject(what, miss), miss->targ_nr, plural(miss->targ_nr), miss->local_nr);
		break;
	case BEMU_CORE_SAYS_NO_MEMBER:
		tell_no_member(job, miss, out);
		break;
	case BEMU_CORE_SAYS_NO_ENUMERATOR:
		snprintf(out->text, len, "no enumerator \"%s\"", miss->name);
		break;
	case BEMU_CORE_SAYS_NOT_COMPOSITE:
		snprintf(out->text, len, "%s has no members here, so no \"%s\"",
			 describe(here, job->targ, miss->targ_id), miss->name);
		break;
	case BEMU_CORE_SAYS_NOT_ARRAY:
		snprintf(out->text, len, "%s is %s here, an array in the object",
			 subject(what, miss), describe(here, job->targ, miss->targ_id));
		break;
	case BEMU_CORE_SAYS_BOUND:
		snprintf(out->text, len, "index %u of %s is past its %u element%s here",
			 miss->local_nr, subject(what, miss), miss->targ_nr, plural(miss->targ_nr));
		break;
	case BEMU_CORE_SAYS_NO_RULE:
		snprintf(out->text, len, "no rule compares %s here with %s in the object",
			 describe(here, job->targ, miss->targ_id),
			 describe(there, job->local, miss->local_id));
		break;
	}
}

/* Bytes, and bits behind a dot, as specs have them: "0.3" */
static const char *offset(char *buf, uint32_t bit_off)
{
	int n = snprintf(buf, OFFSET_TEXT_LEN, "%u", bit_off / 8);

	if (bit_off % 8)
		snprintf(buf + n, OFFSET_TEXT_LEN - (size_t)n, ".%u", bit_off % 8);
	return buf;
}

void bemu_core_tell_match(const struct bemu_core_spec *targ, const struct bemu_core_value *value,
			  struct bemu_core_tried *out)
{
	const char *name = targ->nr_acc ? targ->acc[targ->nr_acc - 1].name : NULL;
	const size_t len = sizeof(out->text);
	char bytes[OFFSET_TEXT_LEN];

	out->why = BEMU_CORE_MATCHED;
	out->bit_off = targ->bit_off;
	out->value = value->val;
	out->detail = name;
	if (bemu_core_is_type(targ->kind))
		snprintf(out->text, len, "%s",
			 targ->kind == BEMU_CORE_TYPE_MATCHES ? "matches" : "compatible");
	else if (bemu_core_is_enumval(targ->kind))
		snprintf(out->text, len, "enumerator \"%s\"", name);
	else
		snprintf(out->text, len, "offset %s", offset(bytes, targ->bit_off));
}

void bemu_core_tell_offsets(uint32_t bit_off, uint32_t first_bit_off,
			    const struct bemu_core_cand *first, struct bemu_core_tried *out)
{
	char here[OFFSET_TEXT_LEN], there[OFFSET_TEXT_LEN];

	out->why = BEMU_CORE_AMBIGUOUS;
	snprintf(out->text, sizeof(out->text), "offset %s here, %s in %s [%u]",
		 offset(here, bit_off), offset(there, first_bit_off), first->owner, first->type_id);
}

void bemu_core_tell_values(uint64_t value, uint64_t first_value, const struct bemu_core_cand *first,
			   struct bemu_core_tried *out)
{
	out->why = BEMU_CORE_AMBIGUOUS;
	snprintf(out->text, sizeof(out->text), "value %" PRIu64 " here, %" PRIu64 " in %s [%u]",
		 value, first_value, first->owner, first->type_id);
}

void bemu_core_tell_error(int err, struct bemu_core_tried *out)
{
	out->why = BEMU_CORE_ERROR;
	snprintf(out->text, sizeof(out->text), "cannot be compared or measured: error %d", err);
}

void bemu_core_record_fini(struct bemu_env *env, struct bemu_core_record *rec)
{
	bemu_mem_free(env, rec->tried);
	rec->tried = NULL;
	rec->nr_tried = 0;
}
