// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Text to lines. One pass with a position that knows line and column; a block is skipped here and read
 * by whoever knows what it holds.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scenario/scn.h"

struct reader {
	struct bemu_env *env;
	struct bemu_scn *scn;
	struct bemu_scn_where *where;
	size_t pos;
	uint32_t line;
	size_t line_start;
	bool seen_answer, seen_title;
	uint32_t depth; /* of the last step */
};

int bemu_scn_fail(struct bemu_env *env, struct bemu_scn_where *where, uint32_t line, uint32_t col,
		  const char *fmt, ...)
{
	char text[sizeof(where->text)];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (where) {
		where->line = line;
		where->col = col;
		memcpy(where->text, text, sizeof(text));
	}
	return bemu_fail(env, -EINVAL, BEMU_R_SCN_SYNTAX, line, "%u:%u: %s", line, col, text);
}

static uint32_t column_of(const struct reader *r)
{
	return (uint32_t)(r->pos - r->line_start) + 1;
}

#define FAIL(r, ...) bemu_scn_fail((r)->env, (r)->where, (r)->line, column_of(r), __VA_ARGS__)

static int too_big(struct reader *r, const char *what, uint32_t max)
{
	(void)FAIL(r, "more than %u %s", max, what);
	return bemu_fail(r->env, -E2BIG, BEMU_R_SCN_BUDGET, r->line, "more than %u %s", max, what);
}

/* The character at the position; a newline at the end of the text. */
static char peek(const struct reader *r)
{
	return r->pos < r->scn->len ? r->scn->text[r->pos] : '\n';
}

static bool at_end(const struct reader *r)
{
	return r->pos >= r->scn->len;
}

static void next_line(struct reader *r)
{
	if (!at_end(r))
		r->pos++;
	r->line++;
	r->line_start = r->pos;
}

static void skip_spaces(struct reader *r)
{
	while (peek(r) == ' ')
		r->pos++;
}

static bool at_comment(const struct reader *r)
{
	return peek(r) == '#' && (r->pos == r->line_start || r->scn->text[r->pos - 1] == ' ' ||
				  r->scn->text[r->pos - 1] == '{');
}

static struct bemu_scn_str slice_from(const struct reader *r, size_t start)
{
	return (struct bemu_scn_str){ .off = (uint32_t)start,
				      .len = (uint32_t)(r->pos - start),
				      .line = r->line,
				      .col = (uint32_t)(start - r->line_start) + 1 };
}

/* To the end of the line, blanks at its end left out. */
static struct bemu_scn_str rest_of_line(struct reader *r)
{
	size_t start = r->pos;
	struct bemu_scn_str str;

	while (peek(r) != '\n')
		r->pos++;
	str = slice_from(r, start);
	while (str.len && r->scn->text[str.off + str.len - 1] == ' ')
		str.len--;
	return str;
}

static void read_comment(struct reader *r, struct bemu_scn_line *line)
{
	r->pos++;
	skip_spaces(r);
	line->has_comment = true;
	line->comment = rest_of_line(r);
}

static bool is_word_char(char c)
{
	return c > ' ' && !strchr(",[]{}\"", c);
}

static int add_arg(struct reader *r, struct bemu_scn_arg **out)
{
	struct bemu_scn *scn = r->scn;

	if (bemu_grow(r->env, &scn->args, &scn->cap_args, (size_t)scn->nr_args + 1,
		      sizeof(*scn->args)))
		return -ENOMEM;
	*out = &scn->args[scn->nr_args++];
	return 0;
}

/* After the opening quote; the closing one is read, and is not part of the slice. */
static int skip_text(struct reader *r)
{
	while (peek(r) != '"') {
		if (peek(r) == '\\')
			r->pos++;
		if (peek(r) == '\n')
			return FAIL(r, "a string without its closing quote");
		r->pos++;
	}
	return 0;
}

static int read_text(struct reader *r, struct bemu_scn_str *out)
{
	size_t start = ++r->pos, at;
	int err = skip_text(r);

	if (err)
		return err;
	*out = slice_from(r, start);
	for (at = start; at < r->pos; at++)
		if (r->scn->text[at] == '\\' && !strchr("\"\\n", r->scn->text[++at])) {
			r->pos = at;
			return FAIL(r, "\\%c: only \\\", \\\\ and \\n are known", r->scn->text[at]);
		}
	r->pos++;
	return 0;
}

static int read_item(struct reader *r)
{
	struct bemu_scn_arg *arg;
	size_t start = r->pos;
	int err = add_arg(r, &arg);

	if (err)
		return err;
	if (peek(r) == '"') {
		arg->kind = BEMU_SCN_TEXT;
		return read_text(r, &arg->val);
	}
	while (is_word_char(peek(r)) && (peek(r) != '#' || r->pos > start))
		r->pos++;
	arg->kind = BEMU_SCN_WORD;
	arg->val = slice_from(r, start);
	return arg->val.len ? 0 : FAIL(r, "a word or a string is missing");
}

/* "[a, b]" at the position; the list itself is argument @list */
static int read_list(struct reader *r, uint32_t list)
{
	uint32_t nr = 0;
	int err;

	r->pos++;
	skip_spaces(r);
	while (peek(r) != ']') {
		err = read_item(r);
		if (err)
			return err;
		nr++;
		skip_spaces(r);
		if (peek(r) == ',') {
			r->pos++;
			skip_spaces(r);
		} else if (peek(r) != ']') {
			return FAIL(r, "a list without its closing bracket");
		}
	}
	r->pos++;
	r->scn->args[list].kind = BEMU_SCN_LIST;
	r->scn->args[list].nr_items = nr;
	return 0;
}

static int read_value(struct reader *r, uint32_t idx)
{
	size_t start = r->pos;

	if (peek(r) == '[')
		return read_list(r, idx);
	if (peek(r) == '"') {
		r->scn->args[idx].kind = BEMU_SCN_TEXT;
		return read_text(r, &r->scn->args[idx].val);
	}
	while (is_word_char(peek(r)))
		r->pos++;
	r->scn->args[idx].val = slice_from(r, start);
	return 0;
}

/* A word, a string, a list, or a setting of one of them. */
static int read_arg(struct reader *r)
{
	uint32_t idx = r->scn->nr_args;
	struct bemu_scn_arg *arg;
	size_t start = r->pos;
	int err = add_arg(r, &arg);

	if (err)
		return err;
	arg->kind = BEMU_SCN_WORD;
	if (peek(r) == '#')
		return FAIL(r, "a comment needs a space before it");
	if (!is_word_char(peek(r))) {
		arg->val = slice_from(r, start);
		if (peek(r) != '"' && peek(r) != '[')
			return FAIL(r, "'%c' cannot stand here", peek(r));
		return read_value(r, idx);
	}
	while (is_word_char(peek(r)) && peek(r) != '=')
		r->pos++;
	if (peek(r) == '=' && r->pos > start) {
		arg->key = slice_from(r, start);
		r->pos++;
		return read_value(r, idx);
	}
	r->pos = start;
	return read_value(r, idx);
}

/* Between two words there is a space, so that each keeps its meaning wherever it is printed. */
static int expect_gap(struct reader *r, bool comma)
{
	if (peek(r) == ' ' || peek(r) == '\n' || (comma && peek(r) == ','))
		return 0;
	return FAIL(r, "a space is missing before '%c'", peek(r));
}

static bool at_arrow(const struct reader *r)
{
	return r->scn->len - r->pos >= 2 && !memcmp(r->scn->text + r->pos, "->", 2) &&
	       (r->scn->len - r->pos == 2 || !is_word_char(r->scn->text[r->pos + 2]));
}

static int read_answer(struct reader *r, struct bemu_scn_line *line)
{
	struct bemu_scn_arg *comma;
	int err;

	line->has_answer = true;
	line->answer = r->scn->nr_args;
	if (!r->seen_answer)
		r->scn->column = column_of(r) - 1;
	r->seen_answer = true;
	r->pos += 2;
	for (skip_spaces(r); peek(r) != '\n' && !at_comment(r); skip_spaces(r)) {
		if (peek(r) == ',') {
			err = add_arg(r, &comma);
			if (err)
				return err;
			comma->kind = BEMU_SCN_COMMA;
			comma->val = slice_from(r, r->pos);
			r->pos++;
		} else {
			err = read_arg(r);
			if (!err)
				err = expect_gap(r, true);
			if (err)
				return err;
		}
	}
	line->nr_answer = r->scn->nr_args - line->answer;
	return line->nr_answer ? 0 : FAIL(r, "an answer is missing");
}

/* From "{" to behind the "}" that pairs with it. */
static int read_block(struct reader *r, struct bemu_scn_line *line)
{
	uint32_t braces = 1, first = r->line;
	struct bemu_scn_str str;
	int err;

	r->pos++;
	str = slice_from(r, r->pos);
	for (;;) {
		char c = peek(r);

		if (at_end(r))
			return bemu_scn_fail(r->env, r->where, first, str.col - 1,
					     "a block without its closing brace");
		if (at_comment(r)) {
			while (peek(r) != '\n')
				r->pos++;
			continue;
		}
		if (c == '\n') {
			next_line(r);
			continue;
		}
		if (c == '"') {
			r->pos++;
			err = skip_text(r);
			if (err)
				return err;
		} else if (c == '{' && ++braces > BEMU_SCN_MAX_BRACES) {
			return too_big(r, "braces in each other", BEMU_SCN_MAX_BRACES);
		} else if (c == '}' && !--braces) {
			break;
		}
		r->pos++;
	}
	str.len = (uint32_t)r->pos - str.off;
	r->pos++;
	line->has_block = true;
	line->inlined = r->line == first;
	line->block = str;
	return 0;
}

/* "expect finding ID: text": what follows the colon is free text. */
static void read_free_text(struct reader *r, struct bemu_scn_line *line)
{
	size_t start;

	skip_spaces(r);
	start = r->pos;
	while (peek(r) != '\n' && !at_comment(r))
		r->pos++;
	line->title = slice_from(r, start);
	while (line->title.len && r->scn->text[line->title.off + line->title.len - 1] == ' ')
		line->title.len--;
}

static bool ends_in_colon(const struct reader *r, uint32_t idx)
{
	const struct bemu_scn_arg *arg = &r->scn->args[idx];

	return arg->kind == BEMU_SCN_WORD && !arg->key.len && arg->val.len &&
	       r->scn->text[arg->val.off + arg->val.len - 1] == ':';
}

static int read_step(struct reader *r, struct bemu_scn_line *line)
{
	int err;

	line->kind = BEMU_SCN_STEP;
	line->args = r->scn->nr_args;
	for (; peek(r) != '\n' && !at_comment(r); skip_spaces(r)) {
		if (at_arrow(r)) {
			err = read_answer(r, line);
			if (err)
				return err;
			break;
		}
		if (line->has_block)
			return FAIL(r, "only an answer can follow a block");
		err = peek(r) == '{' ? read_block(r, line) : read_arg(r);
		if (!err)
			err = expect_gap(r, false);
		if (err)
			return err;
		line->nr_args = (line->has_block ? line->nr_args : r->scn->nr_args - line->args);
		if (!line->has_block && ends_in_colon(r, r->scn->nr_args - 1)) {
			read_free_text(r, line);
			break;
		}
	}
	if (!line->nr_args)
		return FAIL(r, "a step is missing");
	if (at_comment(r))
		read_comment(r, line);
	return 0;
}

static int read_title(struct reader *r, struct bemu_scn_line *line)
{
	static const char word[] = "scenario:";
	size_t start = r->pos;
	struct bemu_scn_arg *arg;
	int err;

	if (r->scn->len - r->pos < sizeof(word) - 1 ||
	    memcmp(r->scn->text + r->pos, word, sizeof(word) - 1) || r->pos != r->line_start)
		return FAIL(r, "a scenario begins with \"scenario: \" and a sentence");
	r->pos += sizeof(word) - 1;
	line->kind = BEMU_SCN_STEP;
	line->args = r->scn->nr_args;
	err = add_arg(r, &arg);
	if (err)
		return err;
	arg->kind = BEMU_SCN_WORD;
	arg->val = slice_from(r, start);
	line->nr_args = 1;
	skip_spaces(r);
	line->title = rest_of_line(r);
	r->seen_title = true;
	return line->title.len ? 0 : FAIL(r, "the title is missing");
}

static int read_depth(struct reader *r, struct bemu_scn_line *line)
{
	uint32_t spaces;

	skip_spaces(r);
	spaces = column_of(r) - 1;
	line->depth = spaces / BEMU_SCN_INDENT;
	if (line->depth > BEMU_SCN_MAX_DEPTH)
		return too_big(r, "levels of lines", BEMU_SCN_MAX_DEPTH);
	if (peek(r) == '\n' || peek(r) == '#')
		return 0;
	if (spaces % BEMU_SCN_INDENT)
		return FAIL(r, "indented by %u: a level is %d spaces", spaces, BEMU_SCN_INDENT);
	if (line->depth > r->depth + 1 || (line->depth && !r->seen_title))
		return FAIL(r, "indented under nothing");
	r->depth = line->depth;
	return 0;
}

static int read_line(struct reader *r)
{
	struct bemu_scn *scn = r->scn;
	struct bemu_scn_line line = { 0 };
	int err = read_depth(r, &line);

	if (err)
		return err;
	line.at = slice_from(r, r->pos);
	if (peek(r) == '#') {
		line.kind = BEMU_SCN_COMMENT;
		read_comment(r, &line);
	} else if (peek(r) != '\n') {
		err = r->seen_title ? read_step(r, &line) : read_title(r, &line);
		if (err)
			return err;
	}
	if (scn->nr_lines >= BEMU_SCN_MAX_LINES)
		return too_big(r, "lines", BEMU_SCN_MAX_LINES);
	if (bemu_grow(r->env, &scn->lines, &scn->cap_lines, (size_t)scn->nr_lines + 1,
		      sizeof(*scn->lines)))
		return -ENOMEM;
	scn->lines[scn->nr_lines++] = line;
	next_line(r);
	return 0;
}

static int check_bytes(struct reader *r)
{
	for (; r->pos < r->scn->len; r->pos++) {
		char c = r->scn->text[r->pos];

		if (c == '\n') {
			r->line++;
			r->line_start = r->pos + 1;
		} else if ((c >= 0 && c < ' ') || c == 0x7f) {
			return FAIL(r, "byte 0x%02x cannot stand in a scenario", (unsigned int)c);
		}
	}
	r->pos = r->line_start = 0;
	r->line = 1;
	return 0;
}

int bemu_scn_parse(struct bemu_env *env, const char *text, size_t len, struct bemu_scn_where *where,
		   struct bemu_scn **out)
{
	struct reader r = { .env = env, .where = where, .line = 1 };
	struct bemu_scn *scn;
	int err;

	if (where)
		memset(where, 0, sizeof(*where));
	if (len > BEMU_SCN_MAX_LEN)
		return bemu_fail(env, -E2BIG, BEMU_R_SCN_BUDGET, 0,
				 "a text of %zu bytes, at most %d", len, BEMU_SCN_MAX_LEN);
	scn = bemu_zalloc(env, sizeof(*scn));
	if (!scn)
		return -ENOMEM;
	scn->env = env;
	scn->text = bemu_memdup(env, text, len);
	scn->len = len;
	r.scn = scn;
	err = scn->text ? check_bytes(&r) : -ENOMEM;
	while (!err && !at_end(&r))
		err = read_line(&r);
	if (!err && !r.seen_title)
		err = FAIL(&r, "a scenario begins with \"scenario: \" and a sentence");
	if (err) {
		bemu_scn_free(scn);
		return err;
	}
	*out = scn;
	return 0;
}

void bemu_scn_free(struct bemu_scn *scn)
{
	if (!scn)
		return;
	bemu_mem_free(scn->env, scn->text);
	bemu_mem_free(scn->env, scn->lines);
	bemu_mem_free(scn->env, scn->args);
	bemu_mem_free(scn->env, scn);
}

bool bemu_scn_is(const struct bemu_scn *scn, const struct bemu_scn_str *str, const char *word)
{
	return str->len == strlen(word) && !memcmp(scn->text + str->off, word, str->len);
}
