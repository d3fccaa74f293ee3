/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Types as C: what print_c.c, the text, offers to dump_c.c, the order. */
#ifndef BEMU_BTF_DUMP_C_H
#define BEMU_BTF_DUMP_C_H

#include "btf/private.h"

struct bemu_btf_c_slot {
	uint32_t off; /* in the pool, plus 1; 0 is free */
	uint32_t next_suffix;
};

/**
 * struct bemu_btf_c - one dump
 * @name:       pool offset of the name of each own type, 0 when it has none
 * @weak, @strong: enum state of each own type: declared, and defined; of a reference without a name
 *              @weak is whether it ends
 * @path:       the types of a need() under way, by depth
 * @pool:       every name given so far: a letter for its name space, the name, NUL
 * @slots:      open addressing over the pool
 * @whole:      false for a single declaration: names as they are, no bodies
 * @plain:      of a single declaration: bodies of types without a name, and no qualifiers
 */
struct bemu_btf_c {
	struct bemu_buf *buf;
	const struct bemu_btf *btf;
	struct bemu_env *env;
	uint32_t *name;
	uint8_t *weak, *strong;
	uint32_t *path;
	struct bemu_buf pool;
	struct bemu_btf_c_slot *slots;
	uint32_t nr_slots, nr_names;
	uint32_t nr_pads; /* of the definition being written, so that unnamed parts may share its scope */
	uint64_t steps_left;
	uint32_t max_depth;
	bool whole, plain;
	int err;
};

static inline bool bemu_btf_c_own(const struct bemu_btf_c *d, uint32_t id)
{
	return id >= d->btf->start_id;
}

/** bemu_btf_c_spent() - true when this piece of work must not go on; says why once */
bool bemu_btf_c_spent(struct bemu_btf_c *d, uint32_t id, uint32_t depth);
/** bemu_btf_c_identifier() - @s with all that C forbids replaced */
void bemu_btf_c_identifier(struct bemu_buf *buf, const char *s);
/** bemu_btf_c_give_name() - one that nobody has yet in name space @ns: its place in the pool, 0 on failure */
uint32_t bemu_btf_c_give_name(struct bemu_btf_c *d, char ns, const char *name);
/** bemu_btf_c_name() - of a tag or typedef, as the dump writes it; "" for none */
const char *bemu_btf_c_name(const struct bemu_btf_c *d, uint32_t id);
/** bemu_btf_c_tag_word() - "struct", "union" or "enum" */
const char *bemu_btf_c_tag_word(const struct btf_type *t);
/** bemu_btf_c_prefix() - the part of a declaration before the name; its twin what follows the name */
void bemu_btf_c_prefix(struct bemu_btf_c *d, uint32_t id, uint32_t tabs, uint32_t depth);
void bemu_btf_c_suffix(struct bemu_btf_c *d, uint32_t id, uint32_t depth);
/** bemu_btf_c_gap() - a blank, unless the text ends where none belongs */
void bemu_btf_c_gap(struct bemu_btf_c *d);
/** bemu_btf_c_composite_body() - " {", members with padding, "}" and what packs it */
void bemu_btf_c_composite_body(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t,
			       uint32_t tabs, uint32_t depth);
/** bemu_btf_c_enum_body() - the same of an enumeration; one without enumerators gets one */
void bemu_btf_c_enum_body(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t,
			  uint32_t tabs);

#endif
