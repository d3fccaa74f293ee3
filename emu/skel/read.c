// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Reads a light skeleton's header. It is C text, but always the same few statements, so statements are
 * cut out of it one by one and known by the words in them:
 *
 *   struct agent { struct bpf_loader_ctx ctx;		name of the skeleton
 *   struct bpf_map_desc events;			a map
 *   struct bpf_prog_desc on_exec;			a program
 *   opts.data_sz = 96;  opts.data = (void *)"...";	the blob, up to bpftool 7.1
 *   opts.fd_array_sz = 16;			bytes of a second map, for FDs
 *   static const char opts_data[] = "...";		the blob, since then; the same for instructions
 *   skel->bss = skel_prep_map_data((void *)"...", 4096, 8);	what a map begins with
 *   static const char data[] = "...";			the same, for the skel_prep_map_data() that follows
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "skel/skel.h"

enum { MAX_WORDS = 24, MAX_WORD = 128, MAX_TEXT = 512 << 20 };

/** struct statement - identifiers and numbers in order, all of its strings joined */
struct statement {
	uint32_t line;
	uint32_t nr_words;
	char words[MAX_WORDS][MAX_WORD];
	struct bemu_buf str;
	bool has_str;
};

struct reader {
	struct bemu_env *env;
	const char *text;
	size_t len, pos;
	uint32_t line;
	struct bemu_skel *skel;
	struct statement st;
	struct bemu_buf data, insns, init; /* @init: of the skel_prep_map_data() to come */
	bool has_init;
	uint32_t data_line, insns_line;
	int64_t data_sz, insns_sz; /* as stated; -1 when not */
	int64_t fd_array_sz;
	char struct_name[MAX_WORD];
};

static int peek(const struct reader *r, size_t ahead)
{
	return r->pos + ahead < r->len ? (unsigned char)r->text[r->pos + ahead] : -1;
}

static int next(struct reader *r)
{
	int c = peek(r, 0);

	if (c >= 0)
		r->pos++;
	if (c == '\n')
		r->line++;
	return c;
}

static bool is_word_char(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static int hex_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int bad_string(struct reader *r, const char *what)
{
	/* one that a newline cut off is found on the line after */
	uint32_t line = r->line - (r->pos && r->text[r->pos - 1] == '\n');

	return bemu_fail(r->env, -EINVAL, BEMU_R_SKEL_STRING, line, "line %u: %s", line, what);
}

/* What follows a backslash in a string; *out is -1 when it stands for nothing. */
static int read_escape(struct reader *r, int *out)
{
	static const char letters[] = "abfnrtv\\\"'?", values[] = "\a\b\f\n\r\t\v\\\"'?";
	int c = next(r), v = 0, n = 0;
	const char *at;

	*out = -1;
	if (c == '\n')
		return 0; /* the string goes on in the next line */
	if (c == 'x') {
		for (; hex_value(peek(r, 0)) >= 0; n++) {
			v = v * 16 + hex_value(next(r));
			if (v > 255)
				return bad_string(r, "a hex escape of more than a byte");
		}
		if (!n)
			return bad_string(r, "\\x without a digit");
	} else if (c >= '0' && c <= '7') {
		for (v = c - '0', n = 1; n < 3 && peek(r, 0) >= '0' && peek(r, 0) <= '7'; n++)
			v = v * 8 + (next(r) - '0');
		if (v > 255)
			return bad_string(r, "an octal escape of more than a byte");
	} else {
		at = c > 0 ? strchr(letters, c) : NULL;
		if (!at)
			return bad_string(r, "an escape that C does not have");
		v = (unsigned char)values[at - letters];
	}
	*out = v;
	return 0;
}

static int read_string(struct reader *r)
{
	int c, v, err;

	r->st.has_str = true;
	for (;;) {
		c = next(r);
		if (c == '"')
			return r->st.str.err;
		if (c < 0 || c == '\n')
			return bad_string(r, "a string without an end");
		v = c;
		if (c == '\\') {
			err = read_escape(r, &v);
			if (err)
				return err;
		}
		if (v >= 0) {
			char byte = (char)(unsigned char)v;

			bemu_buf_add(&r->st.str, &byte, 1);
		}
	}
}

static void read_word(struct reader *r)
{
	struct statement *st = &r->st;
	bool keep = st->nr_words < MAX_WORDS;
	char *word = keep ? st->words[st->nr_words++] : NULL;
	size_t n = 0;

	while (is_word_char(peek(r, 0))) {
		int c = next(r);

		if (keep && n < MAX_WORD - 1)
			word[n++] = (char)c;
	}
	if (keep)
		word[n] = '\0';
}

/* A character constant, which may hold a quote. */
static int skip_char(struct reader *r)
{
	int c;

	while ((c = next(r)) >= 0 && c != '\n') {
		if (c == '\\')
			(void)next(r);
		else if (c == '\'')
			return 0;
	}
	return bad_string(r, "a character without an end");
}

static int skip_comment(struct reader *r, bool block)
{
	int c;

	while ((c = next(r)) >= 0) {
		if (!block && c == '\n')
			return 0;
		if (block && c == '*' && peek(r, 0) == '/') {
			(void)next(r);
			return 0;
		}
	}
	return block ? bemu_fail(r->env, -EINVAL, BEMU_R_SKEL_TEXT, r->line,
				 "line %u: a comment without an end", r->line)
		     : 0;
}

/* A line of the preprocessor, with the lines that continue it. */
static void skip_directive(struct reader *r)
{
	int c, last = 0;

	while ((c = next(r)) >= 0) {
		if (c == '\n' && last != '\\')
			return;
		last = c;
	}
}

/* 0 with the statement in r->st and its end in *end (';', '{', '}', -1 for the end of the text). */
static int read_statement(struct reader *r, int *end)
{
	int c, err = 0;

	r->st.nr_words = 0;
	r->st.has_str = false;
	bemu_buf_clear(&r->st.str);
	r->st.line = r->line;
	while (!err) {
		c = peek(r, 0);
		if (c == '/' && (peek(r, 1) == '*' || peek(r, 1) == '/')) {
			bool block = peek(r, 1) == '*';

			r->pos += 2;
			err = skip_comment(r, block);
		} else if (is_word_char(c)) {
			if (!r->st.nr_words && !r->st.has_str)
				r->st.line = r->line;
			read_word(r);
		} else {
			(void)next(r);
			if (c == '"')
				err = read_string(r);
			else if (c == '\'')
				err = skip_char(r);
			else if (c == '#')
				skip_directive(r);
			else if (c == ';' || c == '{' || c == '}' || c < 0)
				break;
		}
	}
	*end = c;
	return err;
}

static const char *word(const struct statement *st, uint32_t idx)
{
	return idx < st->nr_words ? st->words[idx] : "";
}

static bool is(const struct statement *st, uint32_t idx, const char *text)
{
	return !strcmp(word(st, idx), text);
}

/* Position of a word, MAX_WORDS when it is not there. */
static uint32_t find(const struct statement *st, const char *text)
{
	uint32_t i;

	for (i = 0; i < st->nr_words && strcmp(st->words[i], text) != 0; i++)
		;
	return i < st->nr_words ? i : MAX_WORDS;
}

static int64_t number(const char *text)
{
	int64_t v = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || v > INT32_MAX)
			return -1;
		v = v * 10 + (*text - '0');
	}
	return v;
}

static int add_map(struct reader *r, const char *name)
{
	struct bemu_skel *skel = r->skel;
	char *copy = bemu_strdup(r->env, name);

	if (!copy || bemu_grow(r->env, &skel->maps, &skel->cap_maps, (size_t)skel->nr_maps + 1,
			       sizeof(*skel->maps))) {
		bemu_mem_free(r->env, copy);
		return -ENOMEM;
	}
	memset(&skel->maps[skel->nr_maps], 0, sizeof(*skel->maps));
	skel->maps[skel->nr_maps++].name = copy;
	return 0;
}

static int add_prog(struct reader *r, const char *name)
{
	struct bemu_skel *skel = r->skel;
	char *copy = bemu_strdup(r->env, name);

	if (!copy || bemu_grow(r->env, &skel->progs, &skel->cap_progs, (size_t)skel->nr_progs + 1,
			       sizeof(*skel->progs))) {
		bemu_mem_free(r->env, copy);
		return -ENOMEM;
	}
	skel->progs[skel->nr_progs++] = copy;
	return 0;
}

static int keep_bytes(struct bemu_buf *dst, const struct bemu_buf *src)
{
	bemu_buf_clear(dst);
	if (src->len)
		bemu_buf_add(dst, src->data, src->len);
	return dst->err;
}

/* skel->NAME = skel_prep_map_data(bytes, room, size) */
static int set_init(struct reader *r)
{
	const struct statement *st = &r->st;
	const struct bemu_buf *bytes = st->has_str ? &st->str : &r->init;
	struct bemu_skel *skel = r->skel;
	const char *name = is(st, 0, "skel") ? word(st, 1) : "";
	int64_t size = number(word(st, st->nr_words ? st->nr_words - 1 : 0));
	struct bemu_skel_map *map = NULL;
	uint32_t i;

	for (i = 0; i < skel->nr_maps; i++)
		if (!strcmp(skel->maps[i].name, name))
			map = &skel->maps[i];
	if (!map || map->init || (!st->has_str && !r->has_init))
		return bemu_fail(
			r->env, -EINVAL, BEMU_R_SKEL_TEXT, st->line,
			"line %u: contents for '%.40s', which is no map that waits for any",
			st->line, name);
	if (st->has_str && size != (int64_t)bytes->len)
		return bemu_fail(r->env, -EINVAL, BEMU_R_SKEL_SIZE, st->line,
				 "line %u: %zu bytes are given and %lld stated", st->line,
				 bytes->len, (long long)size);
	map->init = bemu_memdup(r->env, bemu_buf_str(bytes), bytes->len);
	if (!map->init)
		return -ENOMEM;
	map->init_len = (uint32_t)bytes->len;
	r->has_init = false;
	return 0;
}

/* opts.FIELD = ... in the old form */
static int set_opts(struct reader *r)
{
	const struct statement *st = &r->st;

	if (is(st, 1, "data_sz")) {
		r->data_sz = number(word(st, 2));
	} else if (is(st, 1, "insns_sz")) {
		r->insns_sz = number(word(st, 2));
	} else if (is(st, 1, "fd_array_sz")) {
		r->fd_array_sz = number(word(st, 2));
		if (r->fd_array_sz < 0 || r->fd_array_sz > INT32_MAX)
			return bemu_fail(r->env, -EINVAL, BEMU_R_SKEL_SIZE, st->line,
					 "line %u: no size of an fd_array", st->line);
	} else if (is(st, 1, "data") && st->has_str) {
		r->data_line = st->line;
		r->skel->old_form = true;
		return keep_bytes(&r->data, &st->str);
	} else if (is(st, 1, "insns") && st->has_str) {
		r->insns_line = st->line;
		return keep_bytes(&r->insns, &st->str);
	}
	return 0;
}

/* static const char NAME[] = ... in the new form */
static int set_array(struct reader *r)
{
	const struct statement *st = &r->st;

	if (find(st, "opts_data") < MAX_WORDS) {
		r->data_line = st->line;
		return keep_bytes(&r->data, &st->str);
	}
	if (find(st, "opts_insn") < MAX_WORDS) {
		r->insns_line = st->line;
		return keep_bytes(&r->insns, &st->str);
	}
	if (find(st, "data") == MAX_WORDS)
		return 0;
	r->has_init = true;
	return keep_bytes(&r->init, &st->str);
}

static int use_statement(struct reader *r, int end)
{
	const struct statement *st = &r->st;

	if (end == '{' && is(st, 0, "struct") && st->nr_words == 2)
		memcpy(r->struct_name, st->words[1], sizeof(r->struct_name));
	if (end != ';')
		return 0;
	if (is(st, 0, "struct") && is(st, 1, "bpf_loader_ctx") && !r->skel->name) {
		r->skel->name = bemu_strdup(r->env, r->struct_name);
		return r->skel->name ? 0 : -ENOMEM;
	}
	if (is(st, 0, "struct") && is(st, 1, "bpf_map_desc"))
		return add_map(r, word(st, 2));
	if (is(st, 0, "struct") && is(st, 1, "bpf_prog_desc"))
		return add_prog(r, word(st, 2));
	if (find(st, "skel_prep_map_data") < MAX_WORDS)
		return set_init(r);
	if (is(st, 0, "opts"))
		return set_opts(r);
	return is(st, 0, "static") && st->has_str ? set_array(r) : 0;
}

static int check_size(struct reader *r, const struct bemu_buf *bytes, int64_t stated, uint32_t line)
{
	if (stated < 0 || stated == (int64_t)bytes->len)
		return 0;
	return bemu_fail(r->env, -EINVAL, BEMU_R_SKEL_SIZE, line,
			 "line %u: %zu bytes are given and %lld stated", line, bytes->len,
			 (long long)stated);
}

static int set_code(struct bemu_skel *skel, const void *data, size_t data_len, const void *insns,
		    size_t insns_len)
{
	struct bemu_env *env = skel->env;

	if (!data_len || !insns_len)
		return bemu_fail(env, -EINVAL, BEMU_R_SKEL_MISSING, 0, "no %s",
				 data_len ? "instructions" : "blob");
	if (data_len > INT32_MAX)
		return bemu_fail(env, -E2BIG, BEMU_R_SKEL_SIZE, 0, "a blob of %zu bytes", data_len);
	if (insns_len % sizeof(struct bpf_insn))
		return bemu_fail(env, -EINVAL, BEMU_R_SKEL_INSNS, insns_len,
				 "%zu bytes of instructions are no whole number of words",
				 insns_len);
	if (insns_len / sizeof(struct bpf_insn) > env->limits.max_insns)
		return bemu_fail(env, -E2BIG, BEMU_R_SKEL_INSNS, insns_len,
				 "more than %u instructions", env->limits.max_insns);
	skel->data = bemu_memdup(env, data, data_len);
	skel->insns = bemu_memdup(env, insns, insns_len);
	if (!skel->data || !skel->insns)
		return -ENOMEM;
	skel->data_len = (uint32_t)data_len;
	skel->nr_insns = (uint32_t)(insns_len / sizeof(struct bpf_insn));
	return 0;
}

static int read_all(struct reader *r)
{
	int err, end;

	do {
		err = bemu_env_step(r->env, 1);
		if (!err)
			err = read_statement(r, &end);
		if (!err)
			err = use_statement(r, end);
	} while (!err && end >= 0);
	if (!err)
		err = check_size(r, &r->data, r->data_sz, r->data_line);
	if (!err)
		err = check_size(r, &r->insns, r->insns_sz, r->insns_line);
	if (!err && !r->skel->name)
		err = bemu_fail(r->env, -EINVAL, BEMU_R_SKEL_TEXT, r->line,
				"line %u: the end, and no struct with a bpf_loader_ctx before it",
				r->line);
	if (!err)
		err = set_code(r->skel, r->data.data, r->data.len, r->insns.data, r->insns.len);
	r->skel->fd_map_len = (uint32_t)r->fd_array_sz;
	return err;
}

int bemu_skel_read_header(struct bemu_env *env, const char *text, size_t len,
			  struct bemu_skel **out)
{
	struct reader *r;
	int err;

	if (len > MAX_TEXT)
		return bemu_fail(env, -E2BIG, BEMU_R_SKEL_TEXT, 0, "a header of %zu bytes", len);
	bemu_env_budget(env);
	r = bemu_zalloc(env, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->env = env;
	r->text = text;
	r->len = len;
	r->line = 1;
	r->data_sz = -1;
	r->insns_sz = -1;
	bemu_buf_init(&r->st.str, env);
	bemu_buf_init(&r->data, env);
	bemu_buf_init(&r->insns, env);
	bemu_buf_init(&r->init, env);
	r->skel = bemu_zalloc(env, sizeof(*r->skel));
	err = r->skel ? 0 : -ENOMEM;
	if (!err) {
		r->skel->env = env;
		err = read_all(r);
	}
	if (err)
		bemu_skel_free(r->skel);
	else
		*out = r->skel;
	bemu_buf_fini(&r->st.str);
	bemu_buf_fini(&r->data);
	bemu_buf_fini(&r->insns);
	bemu_buf_fini(&r->init);
	bemu_mem_free(env, r);
	return err;
}

/* "map 3", for a loader that came without names */
static char *number_name(struct bemu_env *env, const char *kind, uint32_t idx)
{
	struct bemu_buf buf;
	char *name;

	bemu_buf_init(&buf, env);
	bemu_buf_printf(&buf, "%s %u", kind, idx);
	name = buf.err ? NULL : bemu_strdup(env, bemu_buf_str(&buf));
	bemu_buf_fini(&buf);
	return name;
}

int bemu_skel_read_raw(struct bemu_env *env, const void *data, size_t data_len, const void *insns,
		       size_t insns_len, uint32_t nr_maps, uint32_t nr_progs,
		       struct bemu_skel **out)
{
	struct bemu_skel *skel;
	struct reader r = { .env = env };
	int err = 0;
	uint32_t i;

	bemu_env_budget(env);
	skel = bemu_zalloc(env, sizeof(*skel));
	if (!skel)
		return -ENOMEM;
	skel->env = env;
	r.skel = skel;
	skel->name = bemu_strdup(env, "");
	if (!skel->name)
		err = -ENOMEM;
	for (i = 0; !err && i < nr_maps + nr_progs; i++) {
		bool is_map = i < nr_maps;
		char *name = number_name(env, is_map ? "map" : "prog", is_map ? i : i - nr_maps);

		err = bemu_env_step(env, 1);
		if (!err)
			err = !name ? -ENOMEM : is_map ? add_map(&r, name) : add_prog(&r, name);
		bemu_mem_free(env, name);
	}
	if (!err)
		err = set_code(skel, data, data_len, insns, insns_len);
	if (err)
		bemu_skel_free(skel);
	else
		*out = skel;
	return err;
}

void bemu_skel_free(struct bemu_skel *skel)
{
	uint32_t i;

	if (!skel)
		return;
	for (i = 0; i < skel->nr_maps; i++) {
		bemu_mem_free(skel->env, (void *)(uintptr_t)skel->maps[i].name);
		bemu_mem_free(skel->env, (void *)(uintptr_t)skel->maps[i].init);
	}
	for (i = 0; i < skel->nr_progs; i++)
		bemu_mem_free(skel->env, (void *)(uintptr_t)skel->progs[i]);
	bemu_mem_free(skel->env, skel->maps);
	bemu_mem_free(skel->env, skel->progs);
	bemu_mem_free(skel->env, (void *)(uintptr_t)skel->name);
	bemu_mem_free(skel->env, (void *)(uintptr_t)skel->data);
	bemu_mem_free(skel->env, (void *)(uintptr_t)skel->insns);
	bemu_mem_free(skel->env, skel);
}
