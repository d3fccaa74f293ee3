/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A backend that wraps another one and keeps every call in order, with deep copies of what the kernel
 * would have read (attribute, instructions, BTF, strings, values) and the answer. The same recorder
 * stands behind our loader and behind the real libbpf, so that two runs can be compared line by line.
 */
#ifndef BEMU_LOAD_RECORD_H
#define BEMU_LOAD_RECORD_H

#include <bemu/backend.h>

#include "base/buf.h"
#include "base/env.h"
#include "uapi/bpf.h"

enum bemu_call_kind {
	BEMU_CALL_BPF,
	BEMU_CALL_CLOSE,
	BEMU_CALL_DUP,
	BEMU_CALL_DUP2,
	BEMU_CALL_DUP3,
	BEMU_CALL_DUPFD,
	BEMU_CALL_MEMFD,
	BEMU_CALL_OPEN,
	BEMU_CALL_MKDIR,
	BEMU_CALL_UNLINK,
	BEMU_CALL_ACCESS,
	BEMU_CALL_STATFS,
	BEMU_CALL_MMAP,
	BEMU_CALL_MUNMAP,
	BEMU_CALL_UNAME,
	BEMU_CALL_PERF_KPROBE,
};

/** struct bemu_call_payload - bytes behind one pointer of an attribute */
struct bemu_call_payload {
	const char *field; /* "insns", "btf", "key", "value", "license", ... static text */
	uint32_t attr_off;
	uint32_t len;
	const void *data;
};

enum { BEMU_CALL_MAX_PAYLOADS = 10, BEMU_CALL_ATTR_LEN = 168 };

struct bemu_call {
	uint32_t kind; /* enum bemu_call_kind */
	uint32_t cmd; /* BPF: command */
	long ret;
	int args[3]; /* fd, newfd, flags: as the call has them */
	const char *path; /* OPEN, MEMFD, MKDIR, UNLINK, ACCESS, STATFS */
	uint32_t attr_len;
	uint8_t attr_in[BEMU_CALL_ATTR_LEN];
	uint8_t attr_out[BEMU_CALL_ATTR_LEN];
	uint32_t nr_payloads;
	struct bemu_call_payload payloads[BEMU_CALL_MAX_PAYLOADS];
};

struct bemu_recorder;

/** bemu_recorder_new() - @inner is copied; @out_be is the recording backend, valid until _free() */
int bemu_recorder_new(struct bemu_env *env, const struct bemu_backend *inner,
		      struct bemu_recorder **out, struct bemu_backend *out_be) BEMU_MUST_CHECK;
void bemu_recorder_free(struct bemu_recorder *rec);
uint32_t bemu_recorder_count(const struct bemu_recorder *rec);
const struct bemu_call *bemu_recorder_get(const struct bemu_recorder *rec, uint32_t idx);

/** bemu_call_kind_name() - "close" for BEMU_CALL_CLOSE */
const char *bemu_call_kind_name(uint32_t kind);
/** bemu_call_cmd_name() - "PROG_LOAD"; NULL when unknown */
const char *bemu_call_cmd_name(uint32_t cmd);
/** struct bemu_call_field - one member of a call's attribute, as it was passed in */
struct bemu_call_field {
	const char *name; /* as in union bpf_attr, without the struct it may be in */
	bool is_text, is_u64;
	uint64_t value;
	char text[17];
};

/**
 * bemu_call_next_field() - walk over the members that matter: all that are not zero, and those that always count
 * @pos: 0 at first
 * Return: false behind the last one.
 */
bool bemu_call_next_field(const struct bemu_call *call, uint32_t *pos, struct bemu_call_field *out);

/**
 * bemu_call_format() - one line, no newline: "bpf(MAP_CREATE, {type=2 key=4 ...}) = 4"; no pointers, payloads as length
 * and a 64-bit FNV-1a of their bytes, except short keys, values and names, which are spelt out
 */
void bemu_call_format(struct bemu_buf *buf, const struct bemu_call *call);

#endif
