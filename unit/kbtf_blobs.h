/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Blobs for BTF_LOAD as tables: what test_kbtf.c and test_kbtf_host.c share. */
#ifndef BEMU_UNIT_KBTF_BLOBS_H
#define BEMU_UNIT_KBTF_BLOBS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "uapi/btf.h"

/* The strings of all rows: N(x) is the offset of one. */
#define KBTF_NAMES(X)                           \
	X(b, "b")                               \
	X(contains__l, "contains::l")           \
	X(contains_n_anon, "contains:n:(anon)") \
	X(task_dtor, "bpf_task_release_dtor")   \
	X(int_, "int")                          \
	X(p, "p")                               \
	X(n1x, "1x")                            \
	X(_x_y, ".x.y")                         \
	X(a_b, "a-b")                           \
	X(v, "v")                               \
	X(user_data_, "user data!")             \
	X(user, "user")                         \
	X(i, "i")                               \
	X(a_b_, "a b")                          \
	X(a, "a")                               \
	X(s, "s")                               \
	X(m, "m")                               \
	X(a_, "a+")                             \
	X(n, "n")                               \
	X(t, "t")                               \
	X(f, "f")                               \
	X(s_t, "s-t")                           \
	X(e, "e")                               \
	X(A, "A")                               \
	X(c, "c")                               \
	X(n1, "1")                              \
	X(w, "w")                               \
	X(_data, ".data")                       \
	X(_da_ta__x, ".da ta %x")               \
	X(a_b__, "a\tb")                        \
	X(d, "d")                               \
	X(td, "td")                             \
	X(bpf_spin_lock, "bpf_spin_lock")       \
	X(val, "val")                           \
	X(l, "l")                               \
	X(k, "k")                               \
	X(bpf_list_head, "bpf_list_head")       \
	X(h, "h")                               \
	X(x, "x")                               \
	X(latin1, "\xc0\xe9\xff")               \
	X(latin1_sign, "a\xd7")                 \
	X(nbsp, ".a\xa0z")                      \
	X(ctrl, "\x80")                         \
	X(res_lock, "bpf_res_spin_lock")        \
	X(list_node, "bpf_list_node")           \
	X(rb_root, "bpf_rb_root")               \
	X(rb_node, "bpf_rb_node")               \
	X(refcount, "bpf_refcount")             \
	X(contains_n_l, "contains:n:l")         \
	X(contains_n, "contains:n")             \
	X(contains_x_l, "contains:x:l")         \
	X(contains_n_, "contains:n:")           \
	X(contains_n_z, "contains:n:z")         \
	X(contains_o_l, "contains:o:l")         \
	X(kptr, "kptr")                         \
	X(kptr_untrusted, "kptr_untrusted")     \
	X(percpu_kptr, "percpu_kptr")           \
	X(uptr, "uptr")                         \
	X(task_struct, "task_struct")           \
	X(own_struct, "no_kernel_has_this")     \
	X(o, "o")                               \
	X(r, "r")                               \
	X(contains_q_r, "contains:q:r")         \
	X(q, "q")                               \
	X(tag, "tag")

struct kbtf_names {
	char none[1];
#define X(id, text) char id[sizeof(text)];
	KBTF_NAMES(X)
#undef X
};

static const struct kbtf_names kbtf_names = { "",
#define X(id, text) text,
					      KBTF_NAMES(X)
#undef X
};

#define N(id)					 (uint32_t) offsetof(struct kbtf_names, id)
#define INFO_NR(kind, kflag, vlen)		 ((uint32_t)(kflag) << 31 | (kind) << 24 | (vlen))
#define INFO(kind, kflag, vlen)			 INFO_NR(BTF_KIND_##kind, kflag, vlen)
#define T(kind, kflag, vlen, name, size_or_type) name, INFO(kind, kflag, vlen), size_or_type
#define MEMBER(name, type, off)			 name, type, off
#define ARR(elem, index, nr)			 elem, index, nr
#define PARAM(name, type)			 name, type
#define ENTRY(type, off, size)			 type, off, size
#define INT1					 T(INT, 0, 0, N(int_), 4), BTF_INT_SIGNED << 24 | 32

/* types 2, 3, 4: a lock, a root and a node */
#define LOCK_TYPE T(STRUCT, 0, 1, N(bpf_spin_lock), 4), MEMBER(N(val), 1, 0)
#define LIST_TYPES                                                              \
	LOCK_TYPE, T(STRUCT, 0, 1, N(bpf_list_head), 16), MEMBER(N(val), 1, 0), \
		T(STRUCT, 0, 1, N(list_node), 24), MEMBER(N(val), 1, 0)
#define TREE_TYPES                                                        \
	LOCK_TYPE, T(STRUCT, 0, 1, N(rb_root), 16), MEMBER(N(val), 1, 0), \
		T(STRUCT, 0, 1, N(rb_node), 32), MEMBER(N(val), 1, 0)

/* BTF without types has no words: the body of these is given as text. */
#define INT1_TEXT  \
	"\1\0\0\0" \
	"\0\0\0\1" \
	"\4\0\0\0" \
	"\40\0\0\1"

struct kbtf_blob {
	uint32_t *words;
	uint32_t nr, cap;
	char *strs;
	uint32_t str_len;
};

static inline void kbtf_word(struct kbtf_blob *b, uint32_t word)
{
	if (b->nr == b->cap) {
		b->cap = b->cap ? 2 * b->cap : 64;
		b->words = realloc(b->words, b->cap * sizeof(*b->words));
		if (!b->words)
			abort();
	}
	b->words[b->nr++] = word;
}

static inline void kbtf_type(struct kbtf_blob *b, uint32_t name, uint32_t info, uint32_t size)
{
	kbtf_word(b, name);
	kbtf_word(b, info);
	kbtf_word(b, size);
}

/* A name of @len times @ch, behind the others. */
static inline uint32_t kbtf_long_name(struct kbtf_blob *b, char ch, uint32_t len)
{
	uint32_t off = b->str_len;

	b->strs = realloc(b->strs, b->str_len + len + 1);
	if (!b->strs)
		abort();
	memset(b->strs + off, ch, len);
	b->strs[off + len] = '\0';
	b->str_len += len + 1;
	return off;
}

/* @nr types: each refers to the next, the last one to the int; or each to the one before. */
static inline void kbtf_chain(struct kbtf_blob *b, uint32_t info, uint32_t first_id, uint32_t nr,
			      bool back)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		kbtf_type(b, 0, info, back ? first_id + i - 1 : i == nr - 1 ? 1 : first_id + i + 1);
}

static inline void kbtf_make_const_31(struct kbtf_blob *b)
{
	kbtf_chain(b, INFO(CONST, 0, 0), 2, 31, false);
}

static inline void kbtf_make_const_32(struct kbtf_blob *b)
{
	kbtf_chain(b, INFO(CONST, 0, 0), 2, 32, false);
}

static inline void kbtf_make_const_33(struct kbtf_blob *b)
{
	kbtf_chain(b, INFO(CONST, 0, 0), 2, 33, false);
}

static inline void kbtf_make_const_33_back(struct kbtf_blob *b)
{
	kbtf_chain(b, INFO(CONST, 0, 0), 2, 33, true);
}

static inline void kbtf_make_ptr_32(struct kbtf_blob *b)
{
	kbtf_chain(b, INFO(PTR, 0, 0), 2, 32, false);
}

static inline void kbtf_make_ptr_33(struct kbtf_blob *b)
{
	kbtf_chain(b, INFO(PTR, 0, 0), 2, 33, false);
}

static inline void kbtf_make_const_40_entered(struct kbtf_blob *b)
{
	kbtf_type(b, N(s), INFO(STRUCT, 0, 1), 4);
	kbtf_type(b, N(m), 23, 0);
	kbtf_chain(b, INFO(CONST, 0, 0), 3, 40, false);
}

static inline void kbtf_make_tags_32(struct kbtf_blob *b)
{
	uint32_t i;

	for (i = 0; i < 32; i++)
		kbtf_type(b, N(tag), INFO(TYPE_TAG, 0, 0), i == 31 ? 1 : i + 3);
}

static inline void kbtf_make_name_511(struct kbtf_blob *b)
{
	kbtf_type(b, kbtf_long_name(b, 'a', 511), INFO(TYPEDEF, 0, 0), 1);
}

static inline void kbtf_make_name_512(struct kbtf_blob *b)
{
	kbtf_type(b, kbtf_long_name(b, 'a', 512), INFO(TYPEDEF, 0, 0), 1);
}

static inline void kbtf_make_name_513(struct kbtf_blob *b)
{
	kbtf_type(b, kbtf_long_name(b, 'b', 513), INFO(TYPEDEF, 0, 0), 1);
}

static inline void kbtf_make_section_512(struct kbtf_blob *b)
{
	kbtf_type(b, kbtf_long_name(b, '%', 512), INFO(DATASEC, 0, 0), 4);
}

static inline void kbtf_make_section_513(struct kbtf_blob *b)
{
	kbtf_type(b, kbtf_long_name(b, '%', 513), INFO(DATASEC, 0, 0), 4);
}

static inline void kbtf_make_tag_3000(struct kbtf_blob *b)
{
	kbtf_type(b, N(s), INFO(STRUCT, 0, 0), 4);
	kbtf_type(b, kbtf_long_name(b, 'n', 3000), INFO(DECL_TAG, 0, 0), 2);
	kbtf_word(b, UINT32_MAX);
}

/* Names of every length that ends in a wrong character, and what is good of them behind it. */
static inline void kbtf_make_name_ends(struct kbtf_blob *b)
{
	uint32_t len, off;

	for (len = 1; len < 40; len++) {
		off = kbtf_long_name(b, 'a', len);
		b->strs[off + len / 2] = '+';
		/* behind the wrong character a name may begin; the INT may have any */
		kbtf_type(b, off, INFO(INT, 0, 0), 4);
		kbtf_word(b, 32);
		if (len / 2 + 1 < len)
			kbtf_type(b, off + len / 2 + 1, INFO(TYPEDEF, 0, 0), 1);
	}
}

static inline void kbtf_make_bad_last(struct kbtf_blob *b)
{
	uint32_t off = kbtf_long_name(b, 'a', 61);

	b->strs[off + 60] = '-';
	kbtf_type(b, off, INFO(TYPEDEF, 0, 0), 1);
}

static inline void kbtf_make_bad_far(struct kbtf_blob *b)
{
	uint32_t off = kbtf_long_name(b, 'a', 400);

	b->strs[off + 399] = ' ';
	(void)kbtf_long_name(b, 'z', 3);
	kbtf_type(b, off + 1, INFO(TYPEDEF, 0, 0), 1);
}

static inline void kbtf_make_end_of_long(struct kbtf_blob *b)
{
	uint32_t off = kbtf_long_name(b, 'a', 3000);

	kbtf_type(b, off + 3000 - 512, INFO(TYPEDEF, 0, 0), 1);
}

static inline void kbtf_make_before_end_of_long(struct kbtf_blob *b)
{
	uint32_t off = kbtf_long_name(b, 'a', 3000);

	kbtf_type(b, off + 3000 - 513, INFO(TYPEDEF, 0, 0), 1);
}

static inline void kbtf_make_stray(struct kbtf_blob *b)
{
	kbtf_word(b, 0);
}

static inline void kbtf_make_many(struct kbtf_blob *b, uint32_t nr, uint32_t target)
{
	uint32_t i;

	kbtf_type(b, 0, INFO(PTR, 0, 0), target);
	for (i = 2; i < nr; i++)
		kbtf_type(b, N(f), INFO(FWD, 0, 0), 0);
}

static inline void kbtf_make_all_stored(struct kbtf_blob *b)
{
	kbtf_make_many(b, 1048574, 1048574);
}

static inline void kbtf_make_one_dropped(struct kbtf_blob *b)
{
	kbtf_make_many(b, 1048575, 1048574);
}

static inline void kbtf_make_dropped_wanted(struct kbtf_blob *b)
{
	kbtf_make_many(b, 1048575, 1048575);
}

/* An enumeration with all the values that there can be, and a walk over as many members. */
static inline void kbtf_make_vlen_max(struct kbtf_blob *b)
{
	uint32_t i;

	kbtf_type(b, N(s), INFO(STRUCT, 0, 0xffff), 4 * 0xffff);
	for (i = 0; i < 0xffff; i++)
		kbtf_type(b, N(m), i % 2 ? 1 : 3, i * 32);
	kbtf_type(b, 0, INFO(CONST, 0, 0), 1);
}

/**
 * struct kbtf_case - see kbtf_rows.def; of @words, @make and @body, one is there
 * @alone: no int before the words
 * @big:   too long to ask often
 * @hdr:   the six words of the header that goes with @body
 */
struct kbtf_case {
	const char *name;
	int err;
	const char *line;
	const uint32_t *words;
	uint32_t nr_words;
	bool alone;
	bool big;
	void (*make)(struct kbtf_blob *b);
	const char *body;
	uint32_t body_len;
	uint32_t hdr[6];
};

#define KBTF_ROW(name, err, line, alone, ...)            \
	{ name,                                          \
	  err,                                           \
	  line,                                          \
	  (const uint32_t[]){ __VA_ARGS__ },             \
	  sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4, \
	  alone,                                         \
	  false,                                         \
	  NULL,                                          \
	  NULL,                                          \
	  0,                                             \
	  { 0 } },
#define ROW(name, err, line, ...)	KBTF_ROW(name, err, line, false, __VA_ARGS__)
#define ROW_ALONE(name, err, line, ...) KBTF_ROW(name, err, line, true, __VA_ARGS__)
#define MADE(name, err, line, make) \
	{ name, err, line, NULL, 0, false, false, make, NULL, 0, { 0 } },
#define MADE_BIG(name, err, line, make) \
	{ name, err, line, NULL, 0, false, true, make, NULL, 0, { 0 } },
/* a header, and the bytes behind it, without the last NUL of the literal */
#define BYTES(name, err, line, body, ...) \
	{ name, err, line, NULL, 0, false, false, NULL, body, sizeof(body) - 1, { __VA_ARGS__ } },

#define MAGIC_1	  0x0001eb9fu
#define INT1_BODY INT1_TEXT "\0int\0"
#define INT1_LINE "[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED"

static const struct kbtf_case kbtf_cases[] = {
#include "kbtf_rows.def"
};

/* The bytes of a blob of words; given, to be freed. */
static inline void *kbtf_bytes(const struct kbtf_blob *b, uint32_t *len)
{
	uint32_t types = 4 * b->nr, hdr[6] = { MAGIC_1, 24, 0, types, types, b->str_len };
	char *raw = malloc(24 + (size_t)types + b->str_len);

	if (!raw)
		abort();
	memcpy(raw, hdr, 24);
	memcpy(raw + 24, b->words, types);
	memcpy(raw + 24 + types, b->strs, b->str_len);
	*len = 24 + types + b->str_len;
	return raw;
}

static inline void kbtf_blob_init(struct kbtf_blob *b, const struct kbtf_case *c)
{
	static const uint32_t int1[] = { INT1 };
	uint32_t i;

	memset(b, 0, sizeof(*b));
	b->str_len = sizeof(kbtf_names);
	b->strs = malloc(b->str_len);
	if (!b->strs)
		abort();
	memcpy(b->strs, &kbtf_names, b->str_len);
	for (i = 0; !c->alone && i < 4; i++)
		kbtf_word(b, int1[i]);
	for (i = 0; i < c->nr_words; i++)
		kbtf_word(b, c->words[i]);
	if (c->make)
		c->make(b);
}

static inline void kbtf_blob_fini(struct kbtf_blob *b)
{
	free(b->words);
	free(b->strs);
}

/* The bytes of a case; given, to be freed. */
static inline void *kbtf_case_bytes(const struct kbtf_case *c, uint32_t *len)
{
	struct kbtf_blob b;
	char *raw;

	if (c->body) {
		*len = 24 + c->body_len;
		raw = malloc(*len);
		if (!raw)
			abort();
		memcpy(raw, c->hdr, 24);
		memcpy(raw + 24, c->body, c->body_len);
		return raw;
	}
	kbtf_blob_init(&b, c);
	raw = kbtf_bytes(&b, len);
	kbtf_blob_fini(&b);
	return raw;
}

/* attributes of BTF_LOAD, as far as bpf(2) reads them here */
struct kbtf_attr {
	uint64_t btf;
	uint64_t log_buf;
	uint32_t size;
	uint32_t log_size;
	uint32_t log_level;
	uint32_t log_true_size;
	uint32_t flags;
	uint32_t token_fd;
};

#endif
