/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Scenarios as plain data: a text of lines, each of words, with a block and an answer where it has them.
 * The parser knows the form only; what a step means is the runner's. bemu-scenario(5) is the grammar.
 *
 * Everything is an index or a slice of the text, which the scenario keeps a copy of.
 */
#ifndef BEMU_SCENARIO_SCN_H
#define BEMU_SCENARIO_SCN_H

#include "base/buf.h"
#include "base/env.h"

enum {
	BEMU_SCN_MAX_LEN = 4 << 20, /* bytes of a text */
	BEMU_SCN_MAX_LINES = 100000,
	BEMU_SCN_MAX_DEPTH = 4, /* of indented lines */
	BEMU_SCN_MAX_BRACES = 16, /* of braces in a block */
	BEMU_SCN_INDENT = 2,
};

/** struct bemu_scn_str - a slice of the text; @line and @col count from 1 */
struct bemu_scn_str {
	uint32_t off, len;
	uint32_t line, col;
};

enum bemu_scn_arg_kind {
	BEMU_SCN_WORD,
	BEMU_SCN_TEXT, /* in quotes, which are not part of the slice; escapes are */
	BEMU_SCN_LIST, /* its @nr_items follow as WORDs and TEXTs */
	BEMU_SCN_COMMA, /* in answers */
};

/** struct bemu_scn_arg - @key: of a setting, else of length 0 */
struct bemu_scn_arg {
	uint32_t kind;
	uint32_t nr_items;
	struct bemu_scn_str key, val;
};

enum bemu_scn_line_kind {
	BEMU_SCN_BLANK,
	BEMU_SCN_COMMENT, /* nothing else on the line */
	BEMU_SCN_STEP,
};

/**
 * struct bemu_scn_line - one line, or a step of several lines
 * @at:      where it begins
 * @depth:   how far it is indented, in levels
 * @args:    words before the block or the answer: @nr_args from here
 * @answer:  likewise what follows "->"; NO_ANSWER: there is none
 * @has_block: @block is what the braces hold
 * @inlined: the block was written on the step's line
 * @comment: without "#" and the blank behind it; len 0 with has_comment: empty
 */
struct bemu_scn_line {
	uint32_t kind;
	uint32_t depth;
	struct bemu_scn_str at;
	uint32_t args, nr_args;
	uint32_t answer, nr_answer;
	bool has_block, inlined, has_answer, has_comment;
	struct bemu_scn_str block, comment, title;
};

/** struct bemu_scn - @column: where the first answer stands, counted from 0 */
struct bemu_scn {
	struct bemu_env *env;
	char *text;
	size_t len;
	uint32_t column;
	uint32_t nr_lines, cap_lines;
	struct bemu_scn_line *lines;
	uint32_t nr_args, cap_args;
	struct bemu_scn_arg *args;
};

/** struct bemu_scn_where - the place of a mistake; @line 0: none */
struct bemu_scn_where {
	uint32_t line, col;
	char text[160];
};

/**
 * bemu_scn_parse() - text to scenario
 * @text:  not NUL-terminated, copied
 * @where: receives the mistake of a text that is no scenario; may be NULL
 * @out:   given; bemu_scn_free()
 *
 * Return: 0; -EINVAL with the line as position in the log; -E2BIG over a limit above; -ENOMEM.
 */
int bemu_scn_parse(struct bemu_env *env, const char *text, size_t len, struct bemu_scn_where *where,
		   struct bemu_scn **out) BEMU_MUST_CHECK;
void bemu_scn_free(struct bemu_scn *scn);

/** bemu_scn_print() - the canonical text; canonical text prints as itself */
void bemu_scn_print(struct bemu_buf *buf, const struct bemu_scn *scn);

/** bemu_scn_is() - the slice is this word */
bool bemu_scn_is(const struct bemu_scn *scn, const struct bemu_scn_str *str, const char *word);

/** bemu_scn_fail() - -EINVAL: fills @where and logs */
int bemu_scn_fail(struct bemu_env *env, struct bemu_scn_where *where, uint32_t line, uint32_t col,
		  const char *fmt, ...) BEMU_PRINTF(5, 6);

#endif
