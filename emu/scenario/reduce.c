// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * A candidate is the text with some of its bytes cut out or written anew. It is kept when it still is a
 * scenario with the same finding. Answers that came otherwise are written as they came, and then everything must
 * hold. Each way of cutting goes over the whole text, largest pieces first; as long as one of them helps, all
 * are tried again.
 */
#include "scenario/reducer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- one run ---- */

/* Numbers may differ: those of FDs, steps and ids change with every line that goes. */
static void mask(const struct bemu_reducer *r, const char *from, char *to, size_t size)
{
	bool in_word = false;
	size_t n = 0;

	for (; *from && n + 1 < size; from++) {
		bool digit = *from >= '0' && *from <= '9';

		if (digit && (!in_word || r->by_bytes)) {
			if (!n || to[n - 1] != '#')
				to[n++] = '#';
			continue;
		}
		to[n++] = *from;
		in_word = digit || (*from >= 'a' && *from <= 'z') ||
			  (*from >= 'A' && *from <= 'Z') || *from == '_' || *from == '-';
	}
	to[n] = '\0';
}

static const struct bemu_scn_line *line_at(const struct bemu_scn *scn, uint32_t number)
{
	uint32_t i;

	for (i = 0; i < scn->nr_lines; i++)
		if (scn->lines[i].kind == BEMU_SCN_STEP && scn->lines[i].at.line == number)
			return &scn->lines[i];
	return NULL;
}

static void words_of(const struct bemu_scn *scn, uint32_t number,
		     char words[BEMU_REDUCER_WORDS_LEN])
{
	const struct bemu_scn_line *line = number ? line_at(scn, number) : NULL;
	uint32_t i, nr = line ? line->nr_args : 0;
	size_t len = 0;

	*words = '\0';
	for (i = 0; i < nr && i < 2 && len < BEMU_REDUCER_WORDS_LEN; i++) {
		const struct bemu_scn_str *str = &scn->args[line->args + i].val;

		len += (size_t)snprintf(words + len, BEMU_REDUCER_WORDS_LEN - len, "%.*s ",
					(int)str->len, scn->text + str->off);
	}
}

static void on_unmet(void *ctx, uint32_t line, long ret)
{
	struct bemu_reducer *r = ctx;

	if (r->nr_unmet < BEMU_REDUCER_MAX_UNMET)
		r->unmet[r->nr_unmet] = (struct bemu_reducer_unmet){ line, ret };
	r->nr_unmet++;
}

static bool is_same(const struct bemu_reducer_key *a, const struct bemu_reducer_key *b)
{
	return a->id == b->id && !strcmp(a->summary, b->summary) &&
	       (!*a->words || !*b->words || !strcmp(a->words, b->words));
}

static void on_found(void *ctx, const struct bemu_finding *finding, uint32_t line, bool expected)
{
	struct bemu_reducer *r = ctx;
	struct bemu_reducer_key key = { .any = true, .unexpected = !expected, .id = finding->id };

	key.step = finding->step;
	mask(r, finding->summary, key.summary, sizeof(key.summary));
	words_of(r->scn, line, key.words);
	if (!r->first.any || (key.unexpected && !r->first.unexpected))
		r->first = key;
	if (r->want.any && !r->got.any && is_same(&key, &r->want))
		r->got = key;
}

int bemu_reducer_run(struct bemu_reducer *r, const char *text, size_t len, bool *same)
{
	const struct bemu_scn_watch watch = { .ctx = r, .unmet = on_unmet, .found = on_found };
	struct bemu_scn_opts opts = { .size = sizeof(opts),
				      .read_file = r->opts->read_file,
				      .ctx = r->opts->ctx,
				      .watch = &watch };
	struct bemu_scn_result res;
	struct bemu_scn *scn = NULL;
	int err;

	*same = false;
	if (r->nr_runs >= r->max_runs)
		return 0;
	if (r->opts->progress)
		r->opts->progress(r->opts->ctx, r->nr_runs, r->max_runs);
	r->nr_runs++;
	r->nr_unmet = 0;
	memset(&r->got, 0, sizeof(r->got));
	memset(&r->first, 0, sizeof(r->first));
	err = bemu_scn_parse(r->env, text, len, r->where, &scn);
	r->scn = scn;
	if (!err)
		err = bemu_scn_run(r->env, scn, &opts, r->where, &res);
	bemu_scn_free(scn);
	r->scn = NULL;
	*same = !err && r->got.any;
	if (r->env->fault == -EDQUOT)
		r->env->fault = 0; /* of the candidate */
	return r->env->fault;
}

/* ---- candidates ---- */

/** struct cut - bytes [from, to) are replaced by @with */
struct cut {
	uint32_t from, to;
	const char *with;
};

static void apply(struct bemu_buf *out, const struct bemu_buf *text, const struct cut *cuts,
		  uint32_t nr)
{
	uint32_t i, at = 0;

	bemu_buf_clear(out);
	for (i = 0; i < nr; i++) {
		bemu_buf_add(out, text->data + at, cuts[i].from - at);
		bemu_buf_printf(out, "%s", cuts[i].with);
		at = cuts[i].to;
	}
	bemu_buf_add(out, text->data + at, text->len - at);
}

/* The answers of @text that were not met, as they came. */
static int mend(struct bemu_reducer *r, struct bemu_buf *text)
{
	struct bemu_buf mended;
	struct bemu_scn *scn = NULL;
	uint32_t i, at = 0;
	char name[32];
	int err = bemu_scn_parse(r->env, bemu_buf_str(text), text->len, NULL, &scn);

	if (err)
		return err;
	bemu_buf_init(&mended, r->env);
	for (i = 0; i < r->nr_unmet; i++) {
		const struct bemu_scn_line *line = line_at(scn, r->unmet[i].line);
		const struct bemu_scn_arg *first, *last;
		uint32_t from, to;

		if (!line || !line->nr_answer)
			continue;
		first = &scn->args[line->answer];
		last = first + line->nr_answer - 1;
		from = first->val.off - (first->kind == BEMU_SCN_TEXT);
		to = last->val.off + last->val.len + (last->kind == BEMU_SCN_TEXT);
		if (from < at)
			continue;
		bemu_buf_add(&mended, text->data + at, from - at);
		bemu_buf_printf(&mended, "%s",
				r->unmet[i].ret < 0 ? bemu_scn_errno(r->unmet[i].ret, name) : "ok");
		at = to;
	}
	bemu_buf_add(&mended, text->data + at, text->len - at);
	bemu_scn_free(scn);
	bemu_buf_clear(text);
	bemu_buf_add(text, mended.data, mended.len);
	err = mended.err ? mended.err : text->err;
	bemu_buf_fini(&mended);
	return err;
}

/* Keeps the text with @cuts when it has the finding and nothing in it is untrue. */
static int try(struct bemu_reducer *r, const struct cut *cuts, uint32_t nr, bool *kept)
{
	struct bemu_buf text;
	int err;

	bemu_buf_init(&text, r->env);
	apply(&text, &r->text, cuts, nr);
	err = text.err ? text.err : bemu_reducer_run(r, bemu_buf_str(&text), text.len, kept);
	if (!err && *kept && r->nr_unmet) {
		*kept = r->nr_unmet <= BEMU_REDUCER_MAX_UNMET;
		err = *kept ? mend(r, &text) : 0;
		if (!err && *kept)
			err = bemu_reducer_run(r, bemu_buf_str(&text), text.len, kept);
		*kept = *kept && !r->nr_unmet;
	}
	if (!err && *kept) {
		bemu_buf_clear(&r->text);
		bemu_buf_add(&r->text, text.data, text.len);
		err = r->text.err;
	}
	bemu_buf_fini(&text);
	return err;
}

/* ---- steps ---- */

static uint32_t line_start(const struct bemu_scn *scn, uint32_t i)
{
	uint32_t off;

	if (i >= scn->nr_lines)
		return (uint32_t)scn->len;
	off = scn->lines[i].at.off;
	while (off && scn->text[off - 1] != '\n')
		off--;
	return off;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* The line has this name somewhere, as a word of its own. */
static bool mentions(const struct bemu_scn *scn, uint32_t i, const struct bemu_scn_str *name)
{
	uint32_t at = line_start(scn, i), end = line_start(scn, i + 1);

	for (; at + name->len <= end; at++)
		if (!memcmp(scn->text + at, scn->text + name->off, name->len) &&
		    (!at || !is_name_char(scn->text[at - 1])) &&
		    (at + name->len == end || !is_name_char(scn->text[at + name->len])))
			return true;
	return false;
}

static bool is_first_word(const struct bemu_scn *scn, const struct bemu_scn_line *line,
			  const char *word)
{
	return line->nr_args && bemu_scn_is(scn, &scn->args[line->args].val, word);
}

/* What the line gives a name to: results, tasks, runs. */
static bool gives_name(const struct bemu_scn *scn, const struct bemu_scn_line *line,
		       struct bemu_scn_str *out)
{
	const struct bemu_scn_arg *answer = &scn->args[line->answer];

	if (line->nr_answer > 1 &&
	    (bemu_scn_is(scn, &answer->val, "fd") || bemu_scn_is(scn, &answer->val, "id"))) {
		*out = answer[1].val;
		return true;
	}
	if (is_first_word(scn, line, "fork") && line->nr_args > 1) {
		*out = scn->args[line->args + 1].val;
		return true;
	}
	if (is_first_word(scn, line, "prog") && line->nr_args > 3 &&
	    bemu_scn_is(scn, &scn->args[line->args + 1].val, "enter")) {
		*out = scn->args[line->args + 3].val;
		return true;
	}
	return false;
}

/* Lines [from, to) go, what is indented under them, and what needs their names. */
static void mark(const struct bemu_scn *scn, uint32_t from, uint32_t to, uint8_t *gone)
{
	struct bemu_scn_str name;
	uint32_t i, k;

	memset(gone, 0, scn->nr_lines);
	for (i = from; i < to; i++)
		gone[i] = scn->lines[i].kind != BEMU_SCN_STEP || !scn->lines[i].title.len;
	for (i = from; i < scn->nr_lines; i++) {
		const struct bemu_scn_line *line = &scn->lines[i];

		if (!gone[i] || line->kind != BEMU_SCN_STEP)
			continue;
		for (k = i + 1; k < scn->nr_lines && (scn->lines[k].kind != BEMU_SCN_STEP ||
						      scn->lines[k].depth > line->depth);
		     k++)
			gone[k] = 1;
		for (k = i + 1; gives_name(scn, line, &name) && k < scn->nr_lines; k++)
			gone[k] |= scn->lines[k].kind == BEMU_SCN_STEP && mentions(scn, k, &name);
	}
}

static int drop_lines(struct bemu_reducer *r, const struct bemu_scn *scn, uint32_t from,
		      uint32_t to, bool *kept)
{
	uint8_t *gone = bemu_zalloc(r->env, scn->nr_lines + 1u);
	struct cut *cuts = bemu_zalloc_array(r->env, scn->nr_lines + 1u, sizeof(*cuts));
	uint32_t i, nr = 0;
	int err = gone && cuts ? 0 : -ENOMEM;

	*kept = false;
	if (!err)
		mark(scn, from, to, gone);
	for (i = 0; !err && i < scn->nr_lines; i++)
		if (gone[i])
			cuts[nr++] = (struct cut){ line_start(scn, i), line_start(scn, i + 1), "" };
	if (!err && nr)
		err = try(r, cuts, nr, kept);
	bemu_mem_free(r->env, cuts);
	bemu_mem_free(r->env, gone);
	return err;
}

static int parse(struct bemu_reducer *r, struct bemu_scn **out)
{
	return bemu_scn_parse(r->env, bemu_buf_str(&r->text), r->text.len, NULL, out);
}

/* From the end, so that what is left keeps its place. */
static int pass_lines(struct bemu_reducer *r, bool *helped)
{
	struct bemu_scn *scn = NULL;
	uint32_t piece, at;
	bool kept;
	int err = parse(r, &scn);

	for (piece = err ? 0 : scn->nr_lines; !err && piece; piece /= 2) {
		for (at = scn->nr_lines; !err && at;) {
			uint32_t from = at > piece ? at - piece : 0;

			err = drop_lines(r, scn, from, at, &kept);
			at = from;
			if (err || !kept)
				continue;
			*helped = true;
			bemu_scn_free(scn);
			scn = NULL;
			err = parse(r, &scn);
			if (!err && at > scn->nr_lines)
				at = scn->nr_lines;
		}
	}
	bemu_scn_free(scn);
	return err;
}

/* ---- parts of steps ---- */

/** struct cuts - places where something could go, found in one text and tried one after the other */
struct cuts {
	struct bemu_env *env;
	uint32_t nr, cap;
	struct cut *arr;
};

static int add_cut(struct cuts *cuts, uint32_t from, uint32_t to, const char *with)
{
	if (bemu_grow(cuts->env, &cuts->arr, &cuts->cap, (size_t)cuts->nr + 1, sizeof(*cuts->arr)))
		return -ENOMEM;
	cuts->arr[cuts->nr++] = (struct cut){ from, to, with };
	return 0;
}

/* Statements of a block: what stands between semicolons or on a line, but for what has braces in it. */
static int cut_block(struct cuts *cuts, const struct bemu_scn *scn,
		     const struct bemu_scn_line *line)
{
	uint32_t at = line->block.off, end = at + line->block.len, start = at;
	int32_t depth = 0;
	bool quoted = false;
	int err = 0;

	for (; !err && line->has_block && at < end; at++) {
		char c = scn->text[at];

		if (c == '"')
			quoted = !quoted;
		depth += !quoted && c == '{';
		depth -= !quoted && c == '}';
		if (depth || quoted || (c != ';' && c != '\n'))
			continue;
		err = add_cut(cuts, start, at + 1, "");
		start = at + 1;
	}
	return err || start >= end || !start ? err : add_cut(cuts, start, end, "");
}

/* Settings with the space before them, and items of lists. */
static int cut_args(struct cuts *cuts, const struct bemu_scn *scn, const struct bemu_scn_line *line)
{
	uint32_t i, k, end;
	int err = 0;

	for (i = 1; !err && i < line->nr_args; i++) {
		const struct bemu_scn_arg *arg = &scn->args[line->args + i];
		uint32_t nr = arg->nr_items;

		if (!arg->key.len) {
			i += nr;
			continue;
		}
		end = arg->val.off + arg->val.len + (arg->kind == BEMU_SCN_TEXT);
		if (arg->kind == BEMU_SCN_LIST) {
			end = arg->key.off + arg->key.len;
			while (scn->text[end] != ']')
				end++;
			end++;
		}
		err = add_cut(cuts, arg->key.off - 1, end, "");
		for (k = 1; !err && k < nr; k++)
			err = add_cut(cuts, arg[k].val.off, arg[k + 1].val.off, "");
		i += nr;
	}
	return err;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Numbers of what is asked, never of what is answered: 0, or else 1. */
static int cut_numbers(struct cuts *cuts, const struct bemu_scn *scn, uint32_t i)
{
	const struct bemu_scn_line *line = &scn->lines[i];
	uint32_t at = line->at.off, end = line_start(scn, i + 1), stop;
	int err = 0;

	if (line->has_answer)
		end = scn->args[line->answer].val.off;
	for (; !err && at < end; at = stop + 1) {
		stop = at;
		if (!is_digit(scn->text[at]) ||
		    (at && (is_name_char(scn->text[at - 1]) || scn->text[at - 1] == '.')))
			continue;
		while (stop < end && is_name_char(scn->text[stop]))
			stop++;
		if (scn->text[stop] == '.' || (stop - at == 1 && scn->text[at] == '0'))
			continue;
		err = add_cut(cuts, at, stop, "0");
		if (!err && (stop - at > 1 || scn->text[at] != '1'))
			err = add_cut(cuts, at, stop, "1");
	}
	return err;
}

enum part { PART_BLOCKS, PART_ARGS, PART_NUMBERS };

static int find_cuts(struct cuts *cuts, const struct bemu_scn *scn, enum part part)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < scn->nr_lines; i++) {
		const struct bemu_scn_line *line = &scn->lines[i];

		if (line->kind != BEMU_SCN_STEP || line->title.len)
			continue;
		switch (part) {
		case PART_BLOCKS:
			err = cut_block(cuts, scn, line);
			break;
		case PART_ARGS:
			err = cut_args(cuts, scn, line);
			break;
		case PART_NUMBERS:
			err = cut_numbers(cuts, scn, i);
			break;
		}
	}
	return err;
}

/* The @n-th place is tried; when that helps, the places of the new text are found, and @n is the next one. */
static int pass_parts(struct bemu_reducer *r, enum part part, bool *helped)
{
	struct cuts cuts = { .env = r->env };
	struct bemu_scn *scn = NULL;
	uint32_t n = 0;
	bool kept = true;
	int err = 0;

	while (!err && r->nr_runs < r->max_runs) {
		if (kept) {
			cuts.nr = 0;
			err = parse(r, &scn);
			if (!err)
				err = find_cuts(&cuts, scn, part);
			bemu_scn_free(scn);
			scn = NULL;
		}
		if (err || n >= cuts.nr)
			break;
		err = try(r, &cuts.arr[n], 1, &kept);
		*helped |= kept;
		n += !kept;
	}
	bemu_mem_free(r->env, cuts.arr);
	return err;
}

/* ---- the whole ---- */

/* Lines that expect findings are not steps: they go, and the one that stays is written at the end. */
static int drop_expects(struct bemu_reducer *r)
{
	struct bemu_scn *scn = NULL;
	struct bemu_buf text;
	uint32_t i;
	int err = parse(r, &scn);

	if (err)
		return err;
	bemu_buf_init(&text, r->env);
	for (i = 0; i < scn->nr_lines; i++) {
		uint32_t from = line_start(scn, i), to = line_start(scn, i + 1);

		if (scn->lines[i].kind == BEMU_SCN_STEP &&
		    !is_first_word(scn, &scn->lines[i], "expect"))
			bemu_buf_add(&text, scn->text + from, to - from);
	}
	if (text.len && ((char *)text.data)[text.len - 1] != '\n')
		bemu_buf_printf(&text, "\n");
	bemu_scn_free(scn);
	bemu_buf_clear(&r->text);
	bemu_buf_add(&r->text, text.data, text.len);
	err = text.err ? text.err : r->text.err;
	bemu_buf_fini(&text);
	return err;
}

static int all_passes(struct bemu_reducer *r)
{
	bool helped = true;
	uint32_t part;
	int err = 0;

	while (!err && helped && r->nr_runs < r->max_runs) {
		helped = false;
		err = pass_lines(r, &helped);
		for (part = PART_BLOCKS; !err && part <= PART_NUMBERS; part++)
			err = pass_parts(r, (enum part)part, &helped);
	}
	return err;
}

static int put_text(struct bemu_reducer *r, struct bemu_buf *out, uint32_t step)
{
	struct bemu_scn *scn = NULL;
	int err;

	bemu_buf_printf(&r->text, "expect finding %s at %u\n", bemu_finding_name(r->want.id), step);
	err = r->text.err ? r->text.err : parse(r, &scn);
	if (!err)
		bemu_scn_print(out, scn);
	bemu_scn_free(scn);
	return err ? err : out->err;
}

void bemu_reducer_begin(struct bemu_reducer *r, struct bemu_env *env,
			const struct bemu_reduce_opts *opts)
{
	*r = (struct bemu_reducer){ .env = env,
				    .opts = opts,
				    .max_runs = opts->max_runs ? opts->max_runs
							       : BEMU_REDUCE_MAX_RUNS };
	bemu_buf_init(&r->text, env);
}

/* The finding that is to stay. */
static int choose(struct bemu_reducer *r, const char *text, size_t len,
		  struct bemu_scn_where *where)
{
	bool same;
	int err;

	r->where = where;
	err = bemu_reducer_run(r, text, len, &same);
	r->where = NULL;
	r->want = r->first;
	return err;
}

void bemu_reducer_tell(const struct bemu_reducer *r, struct bemu_reduce_result *res)
{
	res->found = true;
	res->exhausted = r->nr_runs >= r->max_runs;
	res->id = r->want.id;
	memcpy(res->summary, r->want.summary, sizeof(res->summary));
	res->nr_runs = r->nr_runs;
}

static int reduce_text(struct bemu_reducer *r, struct bemu_buf *out, struct bemu_reduce_result *res)
{
	bool same;
	int err = drop_expects(r);

	if (!err)
		err = all_passes(r);
	bemu_reducer_tell(r, res);
	/* once more, whatever the budget: at which step is it now? */
	r->max_runs = r->nr_runs + 1;
	if (!err)
		err = bemu_reducer_run(r, bemu_buf_str(&r->text), r->text.len, &same);
	return err ? err : put_text(r, out, r->got.step);
}

int bemu_scn_reduce(struct bemu_env *env, const char *text, size_t len,
		    const struct bemu_reduce_opts *opts, struct bemu_scn_where *where,
		    struct bemu_buf *out, struct bemu_reduce_result *res)
{
	struct bemu_scn_where none = { 0 };
	struct bemu_reducer *r;
	int err;

	if (opts->size != sizeof(*opts))
		return -EINVAL;
	r = bemu_zalloc(env, sizeof(*r));
	if (!r)
		return -ENOMEM;
	bemu_reducer_begin(r, env, opts);
	where = where ? where : &none;
	where->line = 0;
	err = choose(r, text, len, where);
	if (!err && where->line)
		err = -EINVAL;
	memset(res, 0, sizeof(*res));
	res->nr_runs = r->nr_runs;
	bemu_buf_add(&r->text, text, len);
	if (!err && r->want.any)
		err = r->text.err ? r->text.err : reduce_text(r, out, res);
	bemu_buf_fini(&r->text);
	bemu_mem_free(env, r);
	return err;
}
