/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* JSON lines. A writer makes one object at a time; members appear in the order in which they were added. */
#ifndef BEMU_CLI_JSON_H
#define BEMU_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { BEMU_CLI_JSON_DEPTH = 8 };

/** struct bemu_cli_json - @failed is sticky; open containers are on the stack */
struct bemu_cli_json {
	void *stack[BEMU_CLI_JSON_DEPTH];
	uint32_t depth;
	bool failed;
};

/** bemu_cli_json_begin() - a record: {"v":1,"type":TYPE */
void bemu_cli_json_begin(struct bemu_cli_json *js, const char *type);
/** bemu_cli_json_end() - append the record and a newline; 0 or -ENOMEM */
int bemu_cli_json_end(struct bemu_cli_json *js, struct bemu_buf *buf) BEMU_MUST_CHECK;

/* Members of the innermost container; @key is NULL in an array. A NULL string becomes null. */
void bemu_cli_json_str(struct bemu_cli_json *js, const char *key, const char *val);
void bemu_cli_json_int(struct bemu_cli_json *js, const char *key, int64_t val);
void bemu_cli_json_bool(struct bemu_cli_json *js, const char *key, bool val);
void bemu_cli_json_null(struct bemu_cli_json *js, const char *key);
/** bemu_cli_json_u64() - as a string, "0x1f": readers with 53-bit numbers keep all bits */
void bemu_cli_json_u64(struct bemu_cli_json *js, const char *key, uint64_t val);
/** bemu_cli_json_bytes() - as a string of hex digits */
void bemu_cli_json_bytes(struct bemu_cli_json *js, const char *key, const void *data, size_t len);
void bemu_cli_json_open(struct bemu_cli_json *js, const char *key);
void bemu_cli_json_open_array(struct bemu_cli_json *js, const char *key);
void bemu_cli_json_close(struct bemu_cli_json *js);

struct bemu_finding;
/** bemu_cli_json_finding() - the members of a finding record (records.c) */
void bemu_cli_json_finding(struct bemu_cli_json *js, const struct bemu_finding *f);

/** struct bemu_cli_verdict - what a baseline keeps of a verdict record; from the env */
struct bemu_cli_verdict {
	const char *object, *kernel, *answer;
	int64_t err;
	int64_t findings; /* -1 in lines of earlier versions, which do not say */
	bool met; /* found in this run, too */
};

/**
 * bemu_cli_json_verdict() - read one line
 * Return: 1 and @out filled for a verdict, 0 for another record, -EINVAL for no JSON object with "v":1
 * (@why: text of at most @why_len bytes), -ENOMEM.
 */
int bemu_cli_json_verdict(struct bemu_env *env, const char *line, size_t len,
			  struct bemu_cli_verdict *out, char *why, size_t why_len) BEMU_MUST_CHECK;

#endif
