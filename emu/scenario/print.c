// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Lines to canonical text: words one space apart, blocks indented by their braces, answers and comments
 * in the column where the first answer stands.
 */
#include <string.h>

#include "scenario/scn.h"

struct printer {
	struct bemu_buf *buf;
	const struct bemu_scn *scn;
	size_t line_start;
	uint32_t column;
};

static void put(struct printer *p, const char *data, size_t len)
{
	if (len)
		bemu_buf_add(p->buf, data, len);
}

static void put_str(struct printer *p, const struct bemu_scn_str *str)
{
	put(p, p->scn->text + str->off, str->len);
}

static void end_line(struct printer *p)
{
	bemu_buf_add(p->buf, "\n", 1);
	p->line_start = p->buf->len;
}

static void indent(struct printer *p, uint32_t depth)
{
	for (; depth; depth--)
		bemu_buf_add(p->buf, "  ", 2);
}

/* At least one space, up to the column of answers. */
static void to_column(struct printer *p)
{
	do
		bemu_buf_add(p->buf, " ", 1);
	while (!p->buf->err && p->buf->len - p->line_start < p->column);
}

static void put_comment(struct printer *p, const char *text, size_t len)
{
	bemu_buf_add(p->buf, "#", 1);
	if (len)
		bemu_buf_add(p->buf, " ", 1);
	put(p, text, len);
}

static void put_value(struct printer *p, const struct bemu_scn_arg *arg)
{
	const char *quote = arg->kind == BEMU_SCN_TEXT ? "\"" : "";

	bemu_buf_printf(p->buf, "%s", quote);
	put_str(p, &arg->val);
	bemu_buf_printf(p->buf, "%s", quote);
}

static void put_args(struct printer *p, uint32_t first, uint32_t nr)
{
	uint32_t i, k;

	for (i = first; i < first + nr; i++) {
		const struct bemu_scn_arg *arg = &p->scn->args[i];

		if (i > first && arg->kind != BEMU_SCN_COMMA)
			bemu_buf_add(p->buf, " ", 1);
		if (arg->kind == BEMU_SCN_COMMA)
			bemu_buf_add(p->buf, ",", 1);
		if (arg->key.len) {
			put_str(p, &arg->key);
			bemu_buf_add(p->buf, "=", 1);
		}
		if (arg->kind == BEMU_SCN_LIST) {
			bemu_buf_add(p->buf, "[", 1);
			for (k = 1; k <= arg->nr_items; k++) {
				put(p, ", ", k > 1 ? 2 : 0);
				put_value(p, &arg[k]);
			}
			bemu_buf_add(p->buf, "]", 1);
			i += arg->nr_items;
		} else if (arg->kind != BEMU_SCN_COMMA) {
			put_value(p, arg);
		}
	}
}

/** struct block_line - a line of a block: [text, text + len) without blanks at its ends, its comment */
struct block_line {
	const char *text;
	size_t len;
	const char *comment;
	size_t comment_len;
};

static void trim(const char **text, size_t *len)
{
	while (*len && **text == ' ') {
		++*text;
		--*len;
	}
	while (*len && (*text)[*len - 1] == ' ')
		--*len;
}

/* Where a comment begins; what stands before a block is its brace, so that text[-1] is there. */
static bool begins_comment(const char *at)
{
	return *at == '#' && (at[-1] == ' ' || at[-1] == '\n' || at[-1] == '{');
}

/* The next line of what is left of a block; its comment is NULL when it has none. */
static void cut_line(const char **left, size_t *nr_left, struct block_line *out)
{
	const char *text = *left;
	size_t len = 0, end, max = *nr_left;
	bool quoted = false;

	memset(out, 0, sizeof(*out));
	for (; len < max && text[len] != '\n'; len++) {
		if (quoted && text[len] == '\\')
			len++;
		else if (text[len] == '"')
			quoted = !quoted;
		else if (!quoted && begins_comment(text + len))
			break;
	}
	out->text = text;
	out->len = len;
	trim(&out->text, &out->len);
	for (end = len; end < max && text[end] != '\n'; end++)
		;
	if (end > len) {
		out->comment = text + len + 1;
		out->comment_len = end - len - 1;
		trim(&out->comment, &out->comment_len);
	}
	end += end < max;
	*left += end;
	*nr_left -= end;
}

/* One space where there are several, outside of strings. */
static void put_code(struct printer *p, const char *text, size_t len)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		if (quoted || text[i] != ' ' || text[i + 1] != ' ')
			put(p, text + i, 1);
		if (quoted && text[i] == '\\' && i + 1 < len)
			put(p, text + ++i, 1);
	}
}

/* How far a line opens braces more than it closes them, and how many it closes at its beginning. */
static int32_t braces_of(const struct block_line *line, int32_t *closed_first)
{
	int32_t depth = 0;
	bool quoted = false, begun = false;
	size_t i;

	*closed_first = 0;
	for (i = 0; i < line->len; i++) {
		char c = line->text[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '{')
			depth++;
		else if (!quoted && c == '}')
			depth--;
		if (c != '}' && c != ' ')
			begun = true;
		if (!begun && c == '}')
			++*closed_first;
	}
	return depth;
}

static bool nothing_left(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] != ' ' && text[i] != '\n')
			return false;
	return true;
}

static void put_block_lines(struct printer *p, const struct bemu_scn_line *line)
{
	const char *left = p->scn->text + line->block.off;
	size_t nr_left = line->block.len;
	bool blank = true; /* none at the beginning */
	int32_t depth = 1, closed;
	struct block_line one;

	while (!nothing_left(left, nr_left)) {
		int32_t more;

		cut_line(&left, &nr_left, &one);
		if (!one.len && !one.comment) {
			if (!blank)
				end_line(p);
			blank = true;
			continue;
		}
		blank = false;
		more = braces_of(&one, &closed);
		indent(p, line->depth + (depth > closed ? (uint32_t)(depth - closed) : 0));
		put_code(p, one.text, one.len);
		if (one.comment) {
			if (one.len)
				to_column(p);
			put_comment(p, one.comment, one.comment_len);
		}
		end_line(p);
		depth += more;
	}
}

static void put_block(struct printer *p, const struct bemu_scn_line *line)
{
	const char *text = p->scn->text + line->block.off;
	size_t len = line->block.len;

	if (nothing_left(text, len)) {
		bemu_buf_printf(p->buf, " { }");
	} else if (line->inlined) {
		trim(&text, &len);
		bemu_buf_printf(p->buf, " { ");
		put_code(p, text, len);
		bemu_buf_printf(p->buf, " }");
	} else {
		bemu_buf_printf(p->buf, " {");
		end_line(p);
		put_block_lines(p, line);
		indent(p, line->depth);
		bemu_buf_printf(p->buf, "}");
	}
}

static void put_step(struct printer *p, const struct bemu_scn_line *line)
{
	indent(p, line->depth);
	put_args(p, line->args, line->nr_args);
	if (line->title.len) {
		bemu_buf_add(p->buf, " ", 1);
		put_str(p, &line->title);
	}
	if (line->has_block)
		put_block(p, line);
}

static void put_line(struct printer *p, const struct bemu_scn_line *line)
{
	if (line->kind == BEMU_SCN_COMMENT) {
		indent(p, line->depth);
		put_comment(p, p->scn->text + line->comment.off, line->comment.len);
		end_line(p);
		return;
	}
	put_step(p, line);
	if (line->has_answer) {
		to_column(p);
		bemu_buf_printf(p->buf, "-> ");
		put_args(p, line->answer, line->nr_answer);
	}
	if (line->has_comment) {
		if (line->has_answer)
			bemu_buf_add(p->buf, " ", 1);
		else
			to_column(p);
		put_comment(p, p->scn->text + line->comment.off, line->comment.len);
	}
	end_line(p);
}

/* The column of answers: where the first one stands, or as far right as what is before it needs. */
static uint32_t find_column(const struct bemu_scn *scn)
{
	struct bemu_buf scratch;
	struct printer p = { .buf = &scratch, .scn = scn };
	uint32_t i, column = 0;

	bemu_buf_init(&scratch, scn->env);
	for (i = 0; i < scn->nr_lines; i++)
		if (scn->lines[i].has_answer) {
			put_step(&p, &scn->lines[i]);
			column = (uint32_t)(scratch.len - p.line_start) + 1;
			if (column < scn->column)
				column = scn->column;
			break;
		}
	bemu_buf_fini(&scratch);
	return column;
}

void bemu_scn_print(struct bemu_buf *buf, const struct bemu_scn *scn)
{
	struct printer p = { .buf = buf, .scn = scn, .line_start = buf->len };
	bool blank = false, begun = false;
	uint32_t i;

	p.column = find_column(scn);
	for (i = 0; i < scn->nr_lines; i++) {
		if (scn->lines[i].kind == BEMU_SCN_BLANK) {
			blank = begun;
			continue;
		}
		if (blank)
			end_line(&p);
		put_line(&p, &scn->lines[i]);
		blank = false;
		begun = true;
	}
}
