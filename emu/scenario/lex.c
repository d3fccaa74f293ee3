// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "scenario/lex.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

int bemu_scn_number(const char *text, size_t len, int64_t *out)
{
	bool negative = len && *text == '-';
	uint64_t v = 0, base = 10;
	size_t i = negative;

	if (len - i > 2 && text[i] == '0' && text[i + 1] == 'x') {
		base = 16;
		i += 2;
	}
	if (i == len)
		return -EINVAL;
	for (; i < len; i++) {
		uint64_t digit = (uint64_t)digit_of(text[i]);

		if (digit >= base || __builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return -EINVAL;
	}
	if (negative && v > (uint64_t)INT64_MAX + 1)
		return -EINVAL;
	*out = (int64_t)(negative ? 0 - v : v);
	return 0;
}

int bemu_scn_lex_fail(struct bemu_scn_lex *lex, const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return bemu_scn_fail(lex->env, lex->where, lex->tok.str.line, lex->tok.str.col, "%s", text);
}

static char peek(const struct bemu_scn_lex *lex)
{
	return lex->pos < lex->end ? lex->scn->text[lex->pos] : '\0';
}

static void skip_blanks(struct bemu_scn_lex *lex)
{
	const char *text = lex->scn->text;

	for (; lex->pos < lex->end; lex->pos++) {
		char c = text[lex->pos];

		if (c == '\n') {
			lex->line++;
			lex->line_start = lex->pos + 1;
		} else if (c == '#' && strchr(" \n{", text[lex->pos - 1])) {
			while (lex->pos + 1 < lex->end && text[lex->pos + 1] != '\n')
				lex->pos++;
		} else if (c != ' ') {
			return;
		}
	}
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_.$", c));
}

static int read_text(struct bemu_scn_lex *lex)
{
	uint32_t start = ++lex->pos;

	while (lex->pos < lex->end && peek(lex) != '"')
		lex->pos += peek(lex) == '\\' ? 2 : 1;
	if (lex->pos >= lex->end)
		return bemu_scn_lex_fail(lex, "a string without its closing quote");
	lex->tok.kind = BEMU_SCN_TOK_TEXT;
	lex->tok.str.off = start;
	lex->tok.str.len = lex->pos++ - start;
	return 0;
}

int bemu_scn_lex_next(struct bemu_scn_lex *lex)
{
	struct bemu_scn_tok *tok = &lex->tok;
	char c;

	skip_blanks(lex);
	memset(tok, 0, sizeof(*tok));
	tok->str = (struct bemu_scn_str){ .off = lex->pos,
					  .line = lex->line,
					  .col = lex->pos - lex->line_start + 1 };
	c = peek(lex);
	if (lex->pos >= lex->end)
		return 0;
	if (c == '"')
		return read_text(lex);
	if (!is_name_char(c) && c != '-') {
		tok->kind = BEMU_SCN_TOK_PUNCT;
		tok->str.len = 1;
		lex->pos++;
		return 0;
	}
	do
		lex->pos++;
	while (is_name_char(peek(lex)));
	tok->str.len = lex->pos - tok->str.off;
	tok->kind = BEMU_SCN_TOK_NAME;
	if (!isdigit((unsigned char)c) && c != '-')
		return 0;
	tok->kind = BEMU_SCN_TOK_NUMBER;
	if (bemu_scn_number(lex->scn->text + tok->str.off, tok->str.len, &tok->value))
		return bemu_scn_lex_fail(lex, "'%.*s' is not a number", (int)tok->str.len,
					 lex->scn->text + tok->str.off);
	return 0;
}

int bemu_scn_lex_init(struct bemu_scn_lex *lex, struct bemu_env *env, const struct bemu_scn *scn,
		      struct bemu_scn_where *where, const struct bemu_scn_str *block)
{
	memset(lex, 0, sizeof(*lex));
	lex->env = env;
	lex->scn = scn;
	lex->where = where;
	lex->pos = block->off;
	lex->end = block->off + block->len;
	lex->line = block->line;
	lex->line_start = block->off - (block->col - 1);
	return bemu_scn_lex_next(lex);
}

bool bemu_scn_lex_is(const struct bemu_scn_lex *lex, const char *text)
{
	return lex->tok.kind != BEMU_SCN_TOK_TEXT && lex->tok.kind != BEMU_SCN_TOK_END &&
	       bemu_scn_is(lex->scn, &lex->tok.str, text);
}

int bemu_scn_lex_expect(struct bemu_scn_lex *lex, const char *text)
{
	if (!bemu_scn_lex_is(lex, text)) {
		if (lex->tok.kind == BEMU_SCN_TOK_END)
			return bemu_scn_lex_fail(lex, "'%s' is missing at the end", text);
		return bemu_scn_lex_fail(lex, "'%s' is missing before '%.*s'", text,
					 (int)(lex->tok.str.len > 40 ? 40 : lex->tok.str.len),
					 lex->scn->text + lex->tok.str.off);
	}
	return bemu_scn_lex_next(lex);
}
