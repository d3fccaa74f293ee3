// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Words, settings and values of the line that is done now. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scenario/lex.h"
#include "scenario/private.h"

int bemu_scn_mistake(struct bemu_scn_run *run, const struct bemu_scn_str *str, const char *fmt, ...)
{
	const struct bemu_scn_str *at = str ? str : &run->line->at;
	char text[128];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return bemu_scn_fail(run->env, run->where, at->line, at->col, "%s", text);
}

static void mark(struct bemu_scn_run *run, uint32_t idx)
{
	if (idx < 64)
		run->used |= 1ull << idx;
}

const struct bemu_scn_arg *bemu_scn_arg(struct bemu_scn_run *run, uint32_t n)
{
	const struct bemu_scn_line *line = run->line;
	const struct bemu_scn_arg *arg;
	uint32_t i;

	for (i = 0; i < line->nr_args; i += 1 + arg->nr_items) {
		arg = &run->scn->args[line->args + i];
		if (arg->key.len || n--)
			continue;
		mark(run, i);
		return arg;
	}
	return NULL;
}

const struct bemu_scn_arg *bemu_scn_setting(struct bemu_scn_run *run, const char *key)
{
	const struct bemu_scn_line *line = run->line;
	const struct bemu_scn_arg *arg;
	uint32_t i;

	for (i = 0; i < line->nr_args; i += 1 + arg->nr_items) {
		arg = &run->scn->args[line->args + i];
		if (!arg->key.len || !bemu_scn_is(run->scn, &arg->key, key))
			continue;
		mark(run, i);
		return arg;
	}
	return NULL;
}

int bemu_scn_need(struct bemu_scn_run *run, uint32_t n, const char *what,
		  const struct bemu_scn_arg **out)
{
	*out = bemu_scn_arg(run, n);
	return *out ? 0 : bemu_scn_mistake(run, NULL, "%s is missing", what);
}

struct bemu_scn_name *bemu_scn_find_name(struct bemu_scn_run *run, const char *text, size_t len)
{
	uint32_t i;

	for (i = run->nr_names; i; i--) {
		const struct bemu_scn_str *str = &run->names[i - 1].str;

		if (str->len == len && !memcmp(run->scn->text + str->off, text, len))
			return &run->names[i - 1];
	}
	return NULL;
}

int bemu_scn_give_name(struct bemu_scn_run *run, const struct bemu_scn_str *str, int64_t value,
		       struct bemu_scn_task *task, uint32_t life)
{
	const char *text = run->scn->text + str->off;
	int64_t number;

	if (!bemu_scn_number(text, str->len, &number))
		return bemu_scn_mistake(run, str, "a name is missing");
	if (bemu_scn_find_name(run, text, str->len))
		return bemu_scn_mistake(run, str, "%.*s is a name already", (int)(str->len & 63),
					text);
	if (bemu_grow(run->env, &run->names, &run->cap_names, (size_t)run->nr_names + 1,
		      sizeof(*run->names)))
		return -ENOMEM;
	run->names[run->nr_names++] = (struct bemu_scn_name){
		.str = *str, .value = value, .task = task, .life = life, .step = run->step
	};
	return 0;
}

int bemu_scn_value(struct bemu_scn_run *run, const struct bemu_scn_str *str, int64_t *out)
{
	const char *text = run->scn->text + str->off;
	const struct bemu_scn_name *name;

	if (!bemu_scn_number(text, str->len, out))
		return 0;
	name = bemu_scn_find_name(run, text, str->len);
	if (!name)
		return bemu_scn_mistake(run, str, "neither a number nor a name that was given");
	*out = name->value;
	return 0;
}

/* A number that goes into 32 bits as it is, signed or unsigned. */
static int fit_u32(struct bemu_scn_run *run, const struct bemu_scn_str *str, int64_t v,
		   uint32_t *out)
{
	if (v < INT32_MIN || v > UINT32_MAX)
		return bemu_scn_mistake(run, str, "the number does not fit 32 bits");
	*out = (uint32_t)v;
	return 0;
}

int bemu_scn_need_value(struct bemu_scn_run *run, uint32_t n, const char *what, int64_t *out)
{
	const struct bemu_scn_arg *arg;
	int err = bemu_scn_need(run, n, what, &arg);

	return err ? err : bemu_scn_value(run, &arg->val, out);
}

int bemu_scn_need_u32(struct bemu_scn_run *run, uint32_t n, const char *what, uint32_t *out)
{
	int64_t v;
	int err = bemu_scn_need_value(run, n, what, &v);

	*out = 0;
	return err ? err : fit_u32(run, &bemu_scn_arg(run, n)->val, v, out);
}

int bemu_scn_setting_value(struct bemu_scn_run *run, const char *key, int64_t def, int64_t *out)
{
	const struct bemu_scn_arg *arg = bemu_scn_setting(run, key);

	*out = def;
	return arg ? bemu_scn_value(run, &arg->val, out) : 0;
}

int bemu_scn_setting_u32(struct bemu_scn_run *run, const char *key, uint32_t def, uint32_t *out)
{
	const struct bemu_scn_arg *arg = bemu_scn_setting(run, key);
	int64_t v;
	int err;

	*out = def;
	if (!arg)
		return 0;
	err = bemu_scn_value(run, &arg->val, &v);
	return err ? err : fit_u32(run, &arg->val, v, out);
}

const char *bemu_scn_copy(const struct bemu_scn_run *run, const struct bemu_scn_arg *arg, char *buf,
			  size_t size)
{
	const char *text = run->scn->text + arg->val.off;
	size_t i, len = 0;

	for (i = 0; i < arg->val.len && len + 1 < size; i++) {
		char c = text[i];

		if (arg->kind == BEMU_SCN_TEXT && c == '\\' && i + 1 < arg->val.len)
			c = text[++i] == 'n' ? '\n' : text[i];
		buf[len++] = c;
	}
	buf[len] = '\0';
	return buf;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int bemu_scn_hex(struct bemu_scn_run *run, const struct bemu_scn_str *str, uint8_t **out,
		 size_t *len)
{
	const char *text = run->scn->text + str->off;
	size_t i, nr = str->len;
	uint8_t *bytes;

	if (nr >= 2 && !memcmp(text, "x:", 2)) {
		text += 2;
		nr -= 2;
	}
	if (nr % 2)
		return bemu_scn_mistake(run, str, "bytes have two digits each");
	bytes = bemu_zalloc(run->env, nr / 2 + 1);
	if (!bytes)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		int digit = nibble(text[i]);

		if (digit < 0) {
			bemu_mem_free(run->env, bytes);
			return bemu_scn_mistake(run, str, "not bytes in hexadecimal");
		}
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
	}
	*out = bytes;
	*len = nr / 2;
	return 0;
}

int bemu_scn_enum(struct bemu_scn_run *run, const struct bemu_scn_arg *arg,
		  const char *const *names, uint32_t nr, const char *what, uint32_t *out)
{
	int64_t v;
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (names[i] && bemu_scn_is(run->scn, &arg->val, names[i])) {
			*out = i;
			return 0;
		}
	if (bemu_scn_number(run->scn->text + arg->val.off, arg->val.len, &v) || v < 0 ||
	    v > UINT32_MAX)
		return bemu_scn_mistake(run, &arg->val, "not a %s", what);
	*out = (uint32_t)v;
	return 0;
}

int bemu_scn_file(struct bemu_scn_run *run, const struct bemu_scn_arg *arg, const void **data,
		  size_t *len)
{
	char path[256];
	int err;

	bemu_scn_copy(run, arg, path, sizeof(path));
	if (!run->opts->read_file)
		return bemu_scn_mistake(run, &arg->val, "no files can be read here");
	err = run->opts->read_file(run->opts->ctx, path, data, len);
	if (err && err != -ENOMEM)
		return bemu_scn_mistake(run, &arg->val, "%s cannot be read", path);
	return err;
}
