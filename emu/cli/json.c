/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * JSON by jansson: it keeps the order of members, checks UTF-8, reports where a text is wrong, and is
 * in every distribution. This is the only file that includes it.
 */
#include "cli/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

static json_t *top(const struct bemu_cli_json *js)
{
	return js->depth ? js->stack[js->depth - 1] : NULL;
}

/* Takes @val, which may be NULL after a failure. */
static void add(struct bemu_cli_json *js, const char *key, json_t *val)
{
	int err;

	if (!val || !js->depth) {
		js->failed = true;
		json_decref(val);
		return;
	}
	err = key ? json_object_set_new(top(js), key, val) : json_array_append_new(top(js), val);
	if (err)
		js->failed = true;
}

void bemu_cli_json_begin(struct bemu_cli_json *js, const char *type)
{
	memset(js, 0, sizeof(*js));
	js->stack[0] = json_object();
	if (!js->stack[0]) {
		js->failed = true;
		return;
	}
	js->depth = 1;
	bemu_cli_json_int(js, "v", 1);
	bemu_cli_json_str(js, "type", type);
}

static int append(const char *text, size_t len, void *ctx)
{
	bemu_buf_add(ctx, text, len);
	return 0;
}

int bemu_cli_json_end(struct bemu_cli_json *js, struct bemu_buf *buf)
{
	json_t *root = js->depth ? js->stack[0] : NULL;

	if (!js->failed && json_dump_callback(root, append, buf, JSON_COMPACT))
		js->failed = true;
	bemu_buf_printf(buf, "\n");
	json_decref(root);
	js->depth = 0;
	return js->failed ? -ENOMEM : buf->err;
}

/* Names come from hostile files: what is not UTF-8 is shown as Latin-1, so that no byte is lost. */
static json_t *from_latin1(const char *val)
{
	char text[512];
	size_t at = 0;

	for (; *val && at + 3 < sizeof(text); val++) {
		unsigned char c = (unsigned char)*val;

		if (c < 0x80) {
			text[at++] = (char)c;
		} else {
			text[at++] = (char)(0xc0 | (c >> 6));
			text[at++] = (char)(0x80 | (c & 0x3f));
		}
	}
	return json_stringn(text, at);
}

void bemu_cli_json_str(struct bemu_cli_json *js, const char *key, const char *val)
{
	json_t *str;

	if (!val) {
		add(js, key, json_null());
		return;
	}
	str = json_string(val);
	add(js, key, str ? str : from_latin1(val));
}

void bemu_cli_json_int(struct bemu_cli_json *js, const char *key, int64_t val)
{
	add(js, key, json_integer(val));
}

void bemu_cli_json_bool(struct bemu_cli_json *js, const char *key, bool val)
{
	add(js, key, json_boolean(val));
}

void bemu_cli_json_null(struct bemu_cli_json *js, const char *key)
{
	add(js, key, json_null());
}

void bemu_cli_json_u64(struct bemu_cli_json *js, const char *key, uint64_t val)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, val);
	bemu_cli_json_str(js, key, text);
}

void bemu_cli_json_bytes(struct bemu_cli_json *js, const char *key, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;
	char text[2 * 256];
	size_t i;

	if (len > sizeof(text) / 2) {
		js->failed = true;
		return;
	}
	for (i = 0; i < len; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	add(js, key, json_stringn(text, 2 * len));
}

static void open_container(struct bemu_cli_json *js, const char *key, json_t *val)
{
	if (js->depth == BEMU_CLI_JSON_DEPTH) {
		json_decref(val);
		val = NULL;
	}
	add(js, key, val);
	if (!js->failed)
		js->stack[js->depth++] = val; /* borrowed from its parent */
}

void bemu_cli_json_open(struct bemu_cli_json *js, const char *key)
{
	open_container(js, key, json_object());
}

void bemu_cli_json_open_array(struct bemu_cli_json *js, const char *key)
{
	open_container(js, key, json_array());
}

void bemu_cli_json_close(struct bemu_cli_json *js)
{
	if (js->depth > 1)
		js->depth--;
}

static int copy_str(struct bemu_env *env, const json_t *root, const char *key, const char **out)
{
	const char *val = json_string_value(json_object_get(root, key));

	if (!val)
		return -EINVAL;
	*out = bemu_strdup(env, val);
	return *out ? 0 : -ENOMEM;
}

int bemu_cli_json_verdict(struct bemu_env *env, const char *line, size_t len,
			  struct bemu_cli_verdict *out, char *why, size_t why_len)
{
	struct bemu_cli_verdict v = { 0 };
	const char *type;
	json_error_t error;
	json_t *root;
	int err;

	root = json_loadb(line, len, 0, &error);
	if (!root) {
		snprintf(why, why_len, "column %d: %s", error.column, error.text);
		return -EINVAL;
	}
	err = -EINVAL;
	snprintf(why, why_len, "not a record of bemu --json with \"v\":1");
	type = json_string_value(json_object_get(root, "type"));
	if (!type || json_integer_value(json_object_get(root, "v")) != 1)
		goto out;
	if (strcmp(type, "verdict")) {
		err = 0;
		goto out;
	}
	snprintf(why, why_len, "a verdict without object, kernel or answer");
	err = copy_str(env, root, "object", &v.object);
	if (!err)
		err = copy_str(env, root, "kernel", &v.kernel);
	if (!err)
		err = copy_str(env, root, "answer", &v.answer);
	if (err)
		goto out;
	v.err = json_integer_value(json_object_get(root, "err"));
	v.findings = json_object_get(root, "findings")
			     ? json_integer_value(json_object_get(root, "findings"))
			     : -1;
	*out = v;
	err = 1;
out:
	json_decref(root);
	return err;
}
