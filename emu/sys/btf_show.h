/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Values of a BTF type as text, as bpf_snprintf_btf() prints them. Mirrors btf_type_snprintf_show(),
 * kernel/bpf/btf.c, v6.18, with what it does not do well: it is text that people compare.
 */
#ifndef BEMU_SYS_BTF_SHOW_H
#define BEMU_SYS_BTF_SHOW_H

#include "sys/sys.h"

enum {
	BEMU_SHOW_NAME_LEN = 80, /* BTF_SHOW_NAME_SIZE */
	BEMU_SHOW_SAFE_LEN = 32, /* BTF_SHOW_OBJ_SAFE_SIZE */
	BEMU_SHOW_BASE_LEN = 16, /* BTF_SHOW_OBJ_BASE_TYPE_SIZE */
	BEMU_SHOW_TAIL_LEN = 8, /* what follows the copy in the kernel: len_left and len */
	BEMU_SHOW_MAX_LEVEL = 64,
};

/**
 * struct bemu_show - mirrors struct btf_show and what btf_type_snprintf_show() puts around it
 * @mem:     what is printed is read from here
 * @flags:   BTF_F_*
 * @text:    receives the text; @left bytes are left of it
 * @len:     of the whole text, whether there was room for it or not
 * @outside: what the kernel would do that has no answer; NULL: nothing so far
 * @level:   how deep types are nested
 * The rest is the state of the walk, named as there: @depth_check is set while a walk only looks whether
 * there is something to show, @depth_to_show how deep it was found; @safe is a copy of the bytes at @data.
 */
struct bemu_show {
	struct bemu_env *env;
	const struct bemu_btf *btf;
	const struct bemu_mem_ops *mem;
	uint64_t flags;
	char *text;
	uint32_t left;
	uint32_t len;
	const char *outside;
	uint32_t level;

	uint8_t depth, depth_to_show, depth_check;
	bool array_member, array_terminated;
	uint16_t array_encoding;
	uint32_t type_id;
	int status;
	const struct btf_type *type;
	const struct btf_member *member;
	char name[BEMU_SHOW_NAME_LEN];

	uint32_t size;
	uint64_t head, data;
	uint8_t safe[BEMU_SHOW_SAFE_LEN + BEMU_SHOW_TAIL_LEN];
};

/**
 * bemu_show_value() - print the value of type @type_id at @addr
 * @show: zeroed but for env, btf, mem, flags, text and left
 * Return: the length of the whole text or the kernel's errno. -EDQUOT with a latched fault is ours; with
 * @show->outside set the number means nothing.
 */
long bemu_show_value(struct bemu_show *show, uint32_t type_id, uint64_t addr);

/* btf_show_text.c: names, text and the copy of the data; NULL where the kernel's functions return NULL */
void bemu_show_text(struct bemu_show *show, const char *text);
/** bemu_show_one() - "indent name value delimiter newline", where the walk shows something at all */
void bemu_show_one(struct bemu_show *show, const char *value);
/** bemu_show_start() - a type begins: where its first byte is in the copy */
const uint8_t *bemu_show_start(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
			       uint64_t addr);
void bemu_show_end(struct bemu_show *show);
bool bemu_show_start_aggr(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
			  uint64_t addr);
void bemu_show_end_aggr(struct bemu_show *show, const char *suffix);
/** bemu_show_take() - @len bytes of the copy at @at; false when nobody knows what the kernel finds there */
bool bemu_show_take(struct bemu_show *show, const uint8_t *at, uint32_t len, void *out);

/** bemu_run_snprintf_btf() - the helper; as the others in helpers.c */
int bemu_run_snprintf_btf(struct bemu_run *run, const uint64_t args[5], uint64_t *r0);
/** bemu_run_outside() - a run ends because @what is not modelled; the helper's return value */
int bemu_run_outside(struct bemu_run *run, const char *what);

#endif
