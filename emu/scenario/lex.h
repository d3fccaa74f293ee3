/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Tokens of a block, for those who read types and objects; comments and blanks are left out. */
#ifndef BEMU_SCENARIO_LEX_H
#define BEMU_SCENARIO_LEX_H

#include "scenario/scn.h"

enum bemu_scn_tok_kind {
	BEMU_SCN_TOK_END,
	BEMU_SCN_TOK_NAME, /* a name of C; dots and dollars may be in it */
	BEMU_SCN_TOK_NUMBER, /* @value */
	BEMU_SCN_TOK_TEXT, /* in quotes, which are not part of the slice */
	BEMU_SCN_TOK_PUNCT, /* one character */
};

struct bemu_scn_tok {
	uint32_t kind;
	struct bemu_scn_str str;
	int64_t value;
};

/** struct bemu_scn_lex - reads one token ahead: @tok */
struct bemu_scn_lex {
	struct bemu_env *env;
	const struct bemu_scn *scn;
	struct bemu_scn_where *where;
	uint32_t pos, end, line, line_start;
	struct bemu_scn_tok tok;
};

/** bemu_scn_lex_init() - at the first token of @block; 0 or -EINVAL */
int bemu_scn_lex_init(struct bemu_scn_lex *lex, struct bemu_env *env, const struct bemu_scn *scn,
		      struct bemu_scn_where *where, const struct bemu_scn_str *block);
/** bemu_scn_lex_next() - the next token; 0 or -EINVAL */
int bemu_scn_lex_next(struct bemu_scn_lex *lex) BEMU_MUST_CHECK;
/** bemu_scn_lex_is() - the token is this name or character */
bool bemu_scn_lex_is(const struct bemu_scn_lex *lex, const char *text);
/** bemu_scn_lex_expect() - the token is this one, and is passed; else -EINVAL */
int bemu_scn_lex_expect(struct bemu_scn_lex *lex, const char *text) BEMU_MUST_CHECK;
/** bemu_scn_lex_fail() - a mistake at the token */
int bemu_scn_lex_fail(struct bemu_scn_lex *lex, const char *fmt, ...) BEMU_PRINTF(2, 3);

/** bemu_scn_number() - decimal, negative, or hexadecimal after 0x, of 64 bits; all of @text; 0 or -EINVAL */
int bemu_scn_number(const char *text, size_t len, int64_t *out) BEMU_MUST_CHECK;

#endif
