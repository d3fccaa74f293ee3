// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Types as C.
 *
 * The order of a whole dump: every struct and union is announced, then come the enumerations, which
 * depend on nothing, then typedefs and composites, each after what it needs. Needing has two degrees:
 *
 *   struct a { struct b *p; struct c v; t_d *q; };
 *              weak: nothing  strong: all of c first  weak: the typedef, not what it stands for
 *
 * Composites without a name are written out where they are used. Two types of one name would clash,
 * so the second becomes name___2, and so do enumerators.
 */
#include "btf/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	MAX_DEPTH = 400, /* of a dump, in types */
	MAX_DEPTH_DECL = 24, /* of a single declaration */
	MAX_STEPS_DECL = 256,
	MAX_SHOWN = 8, /* types of a circle */
};

enum state { FRESH, BUSY, DONE };

struct slot {
	uint32_t off; /* in the pool, plus 1; 0 is free */
	uint32_t next_suffix;
};

/**
 * struct dumper - one dump
 * @name:       pool offset of the name of each own type, 0 when it has none
 * @weak, @strong: enum state of each own type: declared, and defined; of a reference without a name
 *              @weak is whether it ends
 * @path:       the types of a need() under way, by depth
 * @pool:       every name given so far: a letter for its name space, the name, NUL
 * @slots:      open addressing over the pool
 * @whole:      false for a single declaration: names as they are, no bodies
 */
struct dumper {
	struct bemu_buf *buf;
	const struct bemu_btf *btf;
	struct bemu_env *env;
	uint32_t *name;
	uint8_t *weak, *strong;
	uint32_t *path;
	struct bemu_buf pool;
	struct slot *slots;
	uint32_t nr_slots, nr_names;
	uint32_t nr_pads; /* of the definition being written, so that unnamed parts may share its scope */
	uint64_t steps_left;
	uint32_t max_depth;
	bool whole;
	int err;
};

static void put_prefix(struct dumper *d, uint32_t id, uint32_t tabs, uint32_t depth);
static void put_suffix(struct dumper *d, uint32_t id, uint32_t depth);

/* A type that needs itself cannot be C. @ids: the circle, each type once. */
static int fail_circle(struct dumper *d, const uint32_t *ids, uint32_t nr)
{
	const char *name = bemu_btf_name(d->btf, ids[0]);
	char text[160];
	int len = 0;
	uint32_t i;

	for (i = 0; i < nr && i < MAX_SHOWN; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "[%u] -> ", ids[i]);
	return bemu_fail(d->env, -EINVAL, BEMU_R_BTF_CHAIN, ids[0],
			 "type %u, %s%s%s, contains itself: %s%s[%u]", ids[0],
			 bemu_btf_kind_name(bemu_btf_kind(bemu_btf_type(d->btf, ids[0]))),
			 *name ? " " : "", name, text, i < nr ? "... -> " : "", ids[0]);
}

/* Says so when the way to @id, which has come to @depth, went through it before. */
static void check_circle(struct dumper *d, uint32_t id, uint32_t depth)
{
	uint32_t i;

	for (i = depth; i-- && !d->err;)
		if (d->path[i] == id)
			d->err = fail_circle(d, d->path + i, depth - i);
}

/* True when this piece of work must not go on. Says why once. */
static bool spent(struct dumper *d, uint32_t id, uint32_t depth)
{
	if (d->err || d->buf->err)
		return true;
	if (depth <= d->max_depth && d->steps_left) {
		d->steps_left--;
		return false;
	}
	if (!d->whole)
		d->err = -E2BIG;
	else if (depth > d->max_depth)
		d->err = bemu_fail(d->env, -EINVAL, BEMU_R_BTF_CHAIN, id,
				   "type %u: nested deeper than %u types", id, d->max_depth);
	else
		d->err = bemu_fail(
			d->env, -EINVAL, BEMU_R_BTF_CHAIN, id,
			"type %u: unnamed types make more text than %u bytes of types can mean", id,
			d->btf->types_len);
	return true;
}

/* --- names ------------------------------------------------------------------------------------- */

static uint32_t hash_text(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h ^ (h >> 15);
}

static struct slot *find_slot(const struct dumper *d, const char *text)
{
	uint32_t i = hash_text(text) & (d->nr_slots - 1);

	while (d->slots[i].off && strcmp(d->pool.data + d->slots[i].off - 1, text))
		i = (i + 1) & (d->nr_slots - 1);
	return &d->slots[i];
}

static int grow_slots(struct dumper *d)
{
	struct slot *old = d->slots;
	uint32_t nr_old = d->nr_slots, nr = nr_old ? nr_old * 2 : 256, i;
	struct slot *slots;

	if (d->nr_names < nr_old / 2)
		return 0;
	slots = bemu_zalloc_array(d->env, nr, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	d->slots = slots;
	d->nr_slots = nr;
	for (i = 0; i < nr_old; i++)
		if (old[i].off)
			*find_slot(d, d->pool.data + old[i].off - 1) = old[i];
	bemu_mem_free(d->env, old);
	return 0;
}

static void add_identifier(struct bemu_buf *buf, const char *s)
{
	char c;

	if (*s >= '0' && *s <= '9')
		bemu_buf_add(buf, "_", 1);
	for (; *s; s++) {
		c = *s;
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			c = '_';
		bemu_buf_add(buf, &c, 1);
	}
}

/* A name that nobody has yet in name space @ns: pool offset of its text, 0 on failure. */
static uint32_t give_name(struct dumper *d, char ns, const char *name)
{
	size_t start = d->pool.len, base_len;
	struct slot *slot, *first = NULL;
	uint32_t suffix;

	d->err = d->err ? d->err : grow_slots(d);
	if (d->err)
		return 0;
	bemu_buf_add(&d->pool, &ns, 1);
	add_identifier(&d->pool, name);
	base_len = d->pool.len - start;
	for (;;) {
		if (d->pool.err || d->pool.len >= UINT32_MAX - 1) {
			d->err = d->pool.err ? d->pool.err : -EINVAL;
			return 0;
		}
		slot = find_slot(d, d->pool.data + start);
		if (!slot->off)
			break;
		if (!first) {
			first = slot;
			if (!first->next_suffix)
				first->next_suffix = 2;
		}
		suffix = first->next_suffix++;
		d->pool.len = start + base_len;
		bemu_buf_printf(&d->pool, "___%u", suffix);
	}
	slot->off = (uint32_t)start + 1;
	d->nr_names++;
	bemu_buf_add(&d->pool, NULL, 1);
	d->err = d->pool.err;
	return d->err ? 0 : (uint32_t)start + 1;
}

static bool is_own(const struct dumper *d, uint32_t id)
{
	return id >= d->btf->start_id;
}

/* Name of a tag or typedef as the dump writes it; "" for none. */
static const char *c_name(const struct dumper *d, uint32_t id)
{
	if (!d->whole || !is_own(d, id))
		return bemu_btf_name(d->btf, id);
	return d->name[id - d->btf->start_id] ? d->pool.data + d->name[id - d->btf->start_id] : "";
}

/* A FWD is the same tag as the composite of that name and kind, or as the first such FWD. */
static uint32_t fwd_name(struct dumper *d, uint32_t id, const struct btf_type *t)
{
	const char *name = bemu_btf_name(d->btf, id);
	uint32_t same = bemu_btf_find(d->btf, name,
				      bemu_btf_kflag(t) ? BTF_KIND_UNION : BTF_KIND_STRUCT, true);

	if (!same) {
		same = bemu_btf_find(d->btf, name, BTF_KIND_FWD, true);
		if (same && bemu_btf_kflag(bemu_btf_type(d->btf, same)) != bemu_btf_kflag(t))
			same = 0;
	}
	if (same && same != id && d->name[same - d->btf->start_id])
		return d->name[same - d->btf->start_id];
	return give_name(d, 't', name);
}

static void give_names(struct dumper *d)
{
	uint32_t start = d->btf->start_id, i;

	for (i = 0; i < d->btf->nr_own && !d->err; i++) {
		const struct btf_type *t = bemu_btf_own(d->btf, i);
		const char *name = bemu_btf_name(d->btf, start + i);

		if (!*name)
			continue;
		if (bemu_btf_is_composite(t) || bemu_btf_is_any_enum(t))
			d->name[i] = give_name(d, 't', name);
		else if (bemu_btf_kind(t) == BTF_KIND_TYPEDEF)
			d->name[i] = give_name(d, 'o', name);
	}
	for (i = 0; i < d->btf->nr_own && !d->err; i++)
		if (bemu_btf_kind(bemu_btf_own(d->btf, i)) == BTF_KIND_FWD)
			d->name[i] = fwd_name(d, start + i, bemu_btf_own(d->btf, i));
}

/* --- declarations ------------------------------------------------------------------------------ */

/* A blank, unless the text ends where none belongs. */
static void put_gap(struct dumper *d)
{
	if (d->buf->len && !strchr("*( \t\n", d->buf->data[d->buf->len - 1]))
		bemu_buf_add(d->buf, " ", 1);
}

static void put_tabs(struct dumper *d, uint32_t tabs)
{
	while (tabs-- && !d->buf->err)
		bemu_buf_add(d->buf, "\t", 1);
}

static bool needs_parens(const struct dumper *d, uint32_t id)
{
	const struct btf_type *t = bemu_btf_skip_mods(d->btf, id, false, NULL);

	return t && (bemu_btf_kind(t) == BTF_KIND_ARRAY || bemu_btf_kind(t) == BTF_KIND_FUNC_PROTO);
}

/* What a qualifier in front of @id qualifies in the end: an array's is its elements'. */
static uint32_t qualified_kind(const struct dumper *d, uint32_t id)
{
	const struct btf_type *t;
	uint32_t i;

	for (i = 0; i < d->max_depth; i++) {
		t = bemu_btf_skip_mods(d->btf, id, false, NULL);
		if (!t)
			break;
		if (bemu_btf_kind(t) != BTF_KIND_ARRAY)
			return bemu_btf_kind(t);
		id = bemu_btf_array(t)->type;
	}
	return BTF_KIND_UNKN;
}

/* Whether a name is made of words that C has for numbers. Compilers write "long unsigned int". */
static bool is_c_number(const char *name)
{
	static const char *const words[] = { "char",	 "short",    "int",   "long",  "signed",
					     "unsigned", "__int128", "_Bool", "float", "double" };
	size_t len, i;

	if (!*name)
		return false;
	while (*name) {
		len = strcspn(name, " ");
		for (i = 0; i < BEMU_ARRAY_SIZE(words); i++)
			if (strlen(words[i]) == len && !strncmp(words[i], name, len))
				break;
		if (i == BEMU_ARRAY_SIZE(words))
			return false;
		name += len;
		name += *name == ' ';
	}
	return true;
}

/* Numbers of other languages get a C number of their size. */
static void put_number(struct dumper *d, uint32_t id, const struct btf_type *t)
{
	const char *name = bemu_btf_name(d->btf, id);
	bool is_signed;

	if (!d->whole || is_c_number(name)) {
		bemu_buf_printf(d->buf, "%s", name);
		return;
	}
	if (bemu_btf_kind(t) == BTF_KIND_FLOAT) {
		bemu_buf_printf(d->buf, "%s",
				t->size == 4   ? "float"
				: t->size == 8 ? "double"
					       : "long double");
		return;
	}
	is_signed = BTF_INT_ENCODING(bemu_btf_int_data(t)) & BTF_INT_SIGNED;
	bemu_buf_printf(d->buf, "%s ", is_signed ? "signed" : "unsigned");
	switch (t->size) {
	case 2:
		bemu_buf_printf(d->buf, "short");
		break;
	case 4:
		bemu_buf_printf(d->buf, "int");
		break;
	case 8:
		bemu_buf_printf(d->buf, "long long");
		break;
	case 16:
		bemu_buf_printf(d->buf, "__int128");
		break;
	default:
		bemu_buf_printf(d->buf, "char");
		break;
	}
}

static void put_enum_value(struct dumper *d, const struct btf_type *t, uint32_t i)
{
	bool is_signed = bemu_btf_kflag(t);

	if (bemu_btf_kind(t) == BTF_KIND_ENUM) {
		int32_t v = bemu_btf_enums(t)[i].val;

		bemu_buf_printf(d->buf, is_signed ? "%lld" : "%llu",
				is_signed ? (long long)v : (long long)(uint32_t)v);
	} else {
		uint64_t v = (uint64_t)bemu_btf_enums64(t)[i].val_hi32 << 32 |
			     bemu_btf_enums64(t)[i].val_lo32;

		if (is_signed && (int64_t)v == INT64_MIN) /* C has no such constant */
			bemu_buf_printf(d->buf, "-9223372036854775807LL - 1");
		else if (is_signed)
			bemu_buf_printf(d->buf, "%lldLL", (long long)v);
		else
			bemu_buf_printf(d->buf, "%lluULL", (unsigned long long)v);
	}
}

static void put_enum_body(struct dumper *d, uint32_t id, const struct btf_type *t, uint32_t tabs)
{
	uint32_t i, off, name;

	bemu_buf_printf(d->buf, " {\n");
	for (i = 0; i < bemu_btf_vlen(t) && !spent(d, id, 0); i++) {
		const char *s;

		off = bemu_btf_kind(t) == BTF_KIND_ENUM ? bemu_btf_enums(t)[i].name_off
							: bemu_btf_enums64(t)[i].name_off;
		s = bemu_btf_str(d->btf, off);
		name = give_name(d, 'o', s && *s ? s : "unnamed");
		if (!name)
			return;
		put_tabs(d, tabs + 1);
		bemu_buf_printf(d->buf, "%s = ", d->pool.data + name);
		put_enum_value(d, t, i);
		bemu_buf_printf(d->buf, ",\n");
	}
	if (!bemu_btf_vlen(t)) {
		/* C wants at least one */
		name = give_name(
			d, 'o', *bemu_btf_name(d->btf, id) ? bemu_btf_name(d->btf, id) : "unnamed");
		if (!name)
			return;
		put_tabs(d, tabs + 1);
		bemu_buf_printf(d->buf, "%s,\n", d->pool.data + name);
	}
	put_tabs(d, tabs);
	bemu_buf_printf(d->buf, "}");
	if (t->size == 1 || t->size == 2 || t->size == 8)
		bemu_buf_printf(d->buf, " __attribute__((mode(%s)))",
				t->size == 1   ? "QI"
				: t->size == 2 ? "HI"
					       : "DI");
}

static void put_decl(struct dumper *d, uint32_t id, const char *name, uint32_t tabs, uint32_t depth)
{
	put_prefix(d, id, tabs, depth);
	if (name && *name) {
		put_gap(d);
		add_identifier(d->buf, name);
	}
	put_suffix(d, id, depth);
}

/* Bits from @from to @to that no member covers. */
static void put_padding(struct dumper *d, uint64_t from, uint64_t to, uint32_t tabs)
{
	uint64_t bits = from % 8 ? 8 - from % 8 : 0;

	if (bits > to - from)
		bits = to - from;
	if (bits) {
		put_tabs(d, tabs);
		bemu_buf_printf(d->buf, "unsigned char : %llu;\n", (unsigned long long)bits);
		from += bits;
	}
	if (to - from >= 8) {
		put_tabs(d, tabs);
		bemu_buf_printf(d->buf, "unsigned char __pad%u[%llu];\n", d->nr_pads++,
				(unsigned long long)((to - from) / 8));
		from += (to - from) / 8 * 8;
	}
	if (to > from) {
		put_tabs(d, tabs);
		bemu_buf_printf(d->buf, "unsigned char : %llu;\n", (unsigned long long)(to - from));
	}
}

/* Largest alignment of a member: what makes "packed" worth saying. */
static uint32_t max_member_align(const struct dumper *d, const struct btf_type *t)
{
	uint32_t max = 1, align, i;

	for (i = 0; i < bemu_btf_vlen(t); i++) {
		align = bemu_btf_align_of(d->btf, bemu_btf_members(t)[i].type);
		if (align > max)
			max = align;
	}
	return max;
}

static int64_t quiet_size(const struct dumper *d, uint32_t id)
{
	int64_t nr = 1;
	uint32_t i;

	for (i = 0; i < 32; i++) {
		const struct btf_type *t = bemu_btf_skip_mods(d->btf, id, true, NULL);

		if (!t)
			return 0;
		switch (bemu_btf_kind(t)) {
		case BTF_KIND_ARRAY:
			if (bemu_btf_array(t)->nelems &&
			    nr > (int64_t)UINT32_MAX / bemu_btf_array(t)->nelems)
				return 0;
			nr *= bemu_btf_array(t)->nelems;
			id = bemu_btf_array(t)->type;
			break;
		case BTF_KIND_PTR:
			return nr * 8;
		case BTF_KIND_INT:
		case BTF_KIND_FLOAT:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			return nr * (int64_t)t->size;
		default:
			return 0;
		}
	}
	return 0;
}

static uint64_t round_up(uint64_t v, uint64_t to)
{
	return to ? (v + to - 1) / to * to : v;
}

/* Where the compiler would put a member that follows @pos, in bits. */
static uint64_t natural_pos(const struct dumper *d, uint32_t type_id, uint32_t bits, uint64_t pos,
			    bool packed)
{
	uint64_t unit = (uint64_t)quiet_size(d, type_id) * 8;

	if (bits) {
		if (packed || !unit || pos / unit == (pos + bits - 1) / unit)
			return pos;
		return round_up(pos, unit);
	}
	return round_up(pos, packed ? 8 : (uint64_t)bemu_btf_align_of(d->btf, type_id) * 8);
}

static void put_composite_body(struct dumper *d, uint32_t id, const struct btf_type *t,
			       uint32_t tabs, uint32_t depth)
{
	bool is_union = bemu_btf_kind(t) == BTF_KIND_UNION;
	uint32_t align = bemu_btf_align_of(d->btf, id), i;
	bool packed = align == 1 && max_member_align(d, t) > 1;
	uint64_t pos = 0, end = (uint64_t)t->size * 8;

	bemu_buf_printf(d->buf, " {\n");
	for (i = 0; i < bemu_btf_vlen(t); i++) {
		uint32_t type_id = bemu_btf_members(t)[i].type;
		uint64_t off = bemu_btf_member_bit_off(t, i), len;
		uint32_t bits = bemu_btf_member_bitfield_size(t, i);
		const char *name = bemu_btf_str(d->btf, bemu_btf_members(t)[i].name_off);

		if (spent(d, id, depth))
			return;
		if (!is_union && off > natural_pos(d, type_id, bits, pos, packed))
			put_padding(d, pos, off, tabs + 1);
		put_tabs(d, tabs + 1);
		put_decl(d, type_id, name, tabs + 1, depth + 1);
		if (bits)
			bemu_buf_printf(d->buf, " : %u", bits);
		bemu_buf_printf(d->buf, ";\n");
		len = bits ? bits : (uint64_t)quiet_size(d, type_id) * 8;
		if (is_union)
			pos = len > pos ? len : pos;
		else
			pos = off + len;
	}
	if (is_union && round_up(pos, (uint64_t)align * 8) < end && bemu_btf_vlen(t))
		put_padding(d, 0, end, tabs + 1);
	else if (!is_union && round_up(pos, (uint64_t)align * 8) < end)
		put_padding(d, pos, end, tabs + 1);
	else if (is_union && !bemu_btf_vlen(t) && end)
		put_padding(d, 0, end, tabs + 1);
	put_tabs(d, tabs);
	bemu_buf_printf(d->buf, packed ? "} __attribute__((packed))" : "}");
}

static const char *tag_word(const struct btf_type *t)
{
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_STRUCT:
		return "struct";
	case BTF_KIND_UNION:
		return "union";
	case BTF_KIND_FWD:
		return bemu_btf_kflag(t) ? "union" : "struct";
	default:
		return "enum";
	}
}

/* A tag's name, or its body where it has no name. */
static void put_tag(struct dumper *d, uint32_t id, const struct btf_type *t, uint32_t tabs,
		    uint32_t depth)
{
	const char *name = c_name(d, id);

	bemu_buf_printf(d->buf, "%s", tag_word(t));
	if (*name) {
		bemu_buf_add(d->buf, " ", 1);
		add_identifier(d->buf, name);
	} else if (!d->whole) {
		bemu_buf_printf(d->buf, " {...}");
	} else if (bemu_btf_is_composite(t)) {
		put_composite_body(d, id, t, tabs, depth);
	} else if (bemu_btf_is_any_enum(t)) {
		put_enum_body(d, id, t, tabs);
	}
}

static void put_qualifier(struct dumper *d, const struct btf_type *t, uint32_t tabs, uint32_t depth)
{
	const char *word = bemu_btf_kind(t) == BTF_KIND_CONST	   ? "const"
			   : bemu_btf_kind(t) == BTF_KIND_VOLATILE ? "volatile"
								   : "restrict";
	uint32_t kind = qualified_kind(d, t->type);

	if (kind == BTF_KIND_PTR) {
		put_prefix(d, t->type, tabs, depth + 1);
		put_gap(d);
		bemu_buf_printf(d->buf, "%s%s", *word == 'r' ? "__" : "", word);
		return;
	}
	/* restrict on something else than a pointer, or a qualified function: not C */
	if (*word != 'r' && kind != BTF_KIND_FUNC_PROTO)
		bemu_buf_printf(d->buf, "%s ", word);
	put_prefix(d, t->type, tabs, depth + 1);
}

/* The part of a declaration before the name. */
static void put_prefix(struct dumper *d, uint32_t id, uint32_t tabs, uint32_t depth)
{
	const struct btf_type *t = bemu_btf_type(d->btf, id);

	if (spent(d, id, depth))
		return;
	if (!id || !t) {
		bemu_buf_printf(d->buf, t ? "void" : "?");
		return;
	}
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
		put_number(d, id, t);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FWD:
		put_tag(d, id, t, tabs, depth);
		break;
	case BTF_KIND_TYPEDEF:
		add_identifier(d->buf, c_name(d, id));
		break;
	case BTF_KIND_PTR:
		put_prefix(d, t->type, tabs, depth + 1);
		put_gap(d);
		bemu_buf_printf(d->buf, needs_parens(d, t->type) ? "(*" : "*");
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
		put_qualifier(d, t, tabs, depth);
		break;
	case BTF_KIND_ARRAY:
		put_prefix(d, bemu_btf_array(t)->type, tabs, depth + 1);
		break;
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_FUNC_PROTO:
		put_prefix(d, t->type, tabs, depth + 1);
		break;
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
		put_decl(d, t->type, bemu_btf_name(d->btf, id), tabs, depth + 1);
		break;
	default:
		bemu_buf_printf(d->buf, "%s", bemu_btf_name(d->btf, id));
		break;
	}
}

static void put_params(struct dumper *d, const struct btf_type *t, uint32_t depth)
{
	const struct btf_param *p = bemu_btf_params(t);
	uint32_t vlen = bemu_btf_vlen(t), i;

	bemu_buf_printf(d->buf, "(");
	if (!vlen)
		bemu_buf_printf(d->buf, "void");
	for (i = 0; i < vlen && !d->err && !d->buf->err; i++) {
		if (i)
			bemu_buf_printf(d->buf, ", ");
		if (!p[i].type && i == vlen - 1 && vlen > 1)
			bemu_buf_printf(d->buf, "...");
		else if (p[i].type)
			put_decl(d, p[i].type, NULL, 0, depth + 1);
	}
	bemu_buf_printf(d->buf, ")");
}

/* The part of a declaration after the name. */
static void put_suffix(struct dumper *d, uint32_t id, uint32_t depth)
{
	const struct btf_type *t = bemu_btf_type(d->btf, id);

	if (!id || !t || spent(d, id, depth))
		return;
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_PTR:
		if (needs_parens(d, t->type))
			bemu_buf_printf(d->buf, ")");
		put_suffix(d, t->type, depth + 1);
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		put_suffix(d, t->type, depth + 1);
		break;
	case BTF_KIND_ARRAY:
		bemu_buf_printf(d->buf, "[%u]", bemu_btf_array(t)->nelems);
		put_suffix(d, bemu_btf_array(t)->type, depth + 1);
		break;
	case BTF_KIND_FUNC_PROTO:
		put_params(d, t, depth);
		put_suffix(d, t->type, depth + 1);
		break;
	default:
		break;
	}
}

void bemu_btf_decl_append(struct bemu_buf *buf, const struct bemu_btf *btf, uint32_t type_id)
{
	struct dumper d = {
		.buf = buf,
		.btf = btf,
		.env = buf->env,
		.steps_left = MAX_STEPS_DECL,
		.max_depth = MAX_DEPTH_DECL,
	};

	put_decl(&d, type_id, NULL, 0, 0);
	if (d.err)
		bemu_buf_printf(buf, "...");
}

/* --- order ------------------------------------------------------------------------------------- */

static void put_typedef(struct dumper *d, uint32_t id, const struct btf_type *t)
{
	/* the compiler knows this one, and it cannot be written in C */
	if (!strcmp(bemu_btf_name(d->btf, id), "__builtin_va_list"))
		return;
	bemu_buf_printf(d->buf, "typedef ");
	d->nr_pads = 0;
	/* not put_decl(): an unnamed enumeration on the way moves the pool with our name in it */
	put_prefix(d, t->type, 0, 0);
	put_gap(d);
	bemu_buf_printf(d->buf, "%s", c_name(d, id));
	put_suffix(d, t->type, 0);
	bemu_buf_printf(d->buf, ";\n\n");
}

static void need(struct dumper *d, uint32_t id, bool strong, uint32_t depth);

static void need_members(struct dumper *d, const struct btf_type *t, uint32_t depth)
{
	uint32_t i;

	for (i = 0; i < bemu_btf_vlen(t) && !d->err; i++)
		need(d, bemu_btf_members(t)[i].type, true, depth + 1);
}

/* True when there is work: marks @state busy. A busy type is on the way to itself. */
static bool enter(struct dumper *d, uint8_t *state, uint32_t id, uint32_t depth)
{
	if (*state == BUSY)
		check_circle(d, id, depth);
	if (*state != FRESH)
		return false;
	*state = BUSY;
	return true;
}

static void need_typedef(struct dumper *d, uint32_t id, const struct btf_type *t, bool strong,
			 uint32_t depth)
{
	uint32_t i = id - d->btf->start_id;

	if (is_own(d, id) && enter(d, &d->weak[i], id, depth)) {
		need(d, t->type, false, depth + 1);
		if (!d->err)
			put_typedef(d, id, t);
		d->weak[i] = DONE;
	}
	if (strong && (!is_own(d, id) || enter(d, &d->strong[i], id, depth))) {
		need(d, t->type, true, depth + 1);
		if (is_own(d, id))
			d->strong[i] = DONE;
	}
}

static void need_composite(struct dumper *d, uint32_t id, const struct btf_type *t, bool strong,
			   uint32_t depth)
{
	bool named = *bemu_btf_name(d->btf, id);
	uint32_t i = id - d->btf->start_id;

	if (named && (!strong || !is_own(d, id)))
		return;
	if (is_own(d, id) && !enter(d, &d->strong[i], id, depth))
		return;
	need_members(d, t, depth);
	if (named && !d->err) {
		d->nr_pads = 0;
		bemu_buf_printf(d->buf, "%s %s", tag_word(t), c_name(d, id));
		put_composite_body(d, id, t, 0, 0);
		bemu_buf_printf(d->buf, ";\n\n");
	}
	if (is_own(d, id))
		d->strong[i] = DONE;
}

/* Writes what must stand before a use of @id. @strong: the use wants to know its size. */
static void need(struct dumper *d, uint32_t id, bool strong, uint32_t depth)
{
	const struct btf_type *t = bemu_btf_type(d->btf, id);
	uint32_t i;

	if (!id || !t)
		return;
	if (depth > d->max_depth) /* functions without a name have no state that would tell */
		check_circle(d, id, depth);
	if (spent(d, id, depth))
		return;
	d->path[depth] = id;
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_PTR:
		need(d, t->type, false, depth + 1);
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		need(d, t->type, strong, depth + 1);
		break;
	case BTF_KIND_ARRAY:
		/* elements must be complete even where the array is only pointed to */
		need(d, bemu_btf_array(t)->type, true, depth + 1);
		break;
	case BTF_KIND_FUNC_PROTO:
		need(d, t->type, false, depth + 1);
		for (i = 0; i < bemu_btf_vlen(t) && !d->err; i++)
			need(d, bemu_btf_params(t)[i].type, false, depth + 1);
		break;
	case BTF_KIND_TYPEDEF:
		need_typedef(d, id, t, strong, depth);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		need_composite(d, id, t, strong, depth);
		break;
	default:
		break;
	}
}

/* What a reference without a name stands for; 0 for everything else, and for the base's types. */
static uint32_t next_in_chain(const struct dumper *d, uint32_t id)
{
	const struct btf_type *t = is_own(d, id) ? bemu_btf_type(d->btf, id) : NULL;

	switch (t ? bemu_btf_kind(t) : BTF_KIND_UNKN) {
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return t->type;
	case BTF_KIND_ARRAY:
		return bemu_btf_array(t)->type;
	default:
		return 0;
	}
}

/*
 * References that lead back to themselves, which nothing with a name need lead to:
 *
 *   [1] const -> [2] ptr -> [1]
 */
static int check_chains(struct dumper *d)
{
	uint32_t start = d->btf->start_id, circle[MAX_SHOWN + 1], nr, i, id;

	for (i = 0; i < d->btf->nr_own; i++) {
		for (id = start + i; next_in_chain(d, id) && !d->weak[id - start];
		     id = next_in_chain(d, id))
			d->weak[id - start] = BUSY;
		if (next_in_chain(d, id) && d->weak[id - start] == BUSY) {
			for (nr = 0; nr <= MAX_SHOWN && (!nr || id != circle[0]); nr++) {
				circle[nr] = id;
				id = next_in_chain(d, id);
			}
			return fail_circle(d, circle, nr);
		}
		for (id = start + i; next_in_chain(d, id) && d->weak[id - start] == BUSY;
		     id = next_in_chain(d, id))
			d->weak[id - start] = DONE;
	}
	return 0;
}

static void put_announcements(struct dumper *d)
{
	uint32_t i;

	for (i = 0; i < d->btf->nr_own && !d->buf->err; i++) {
		const struct btf_type *t = bemu_btf_own(d->btf, i);

		if (d->name[i] && (bemu_btf_is_composite(t) || bemu_btf_kind(t) == BTF_KIND_FWD))
			bemu_buf_printf(d->buf, "%s %s;\n", tag_word(t), d->pool.data + d->name[i]);
	}
	bemu_buf_printf(d->buf, "\n");
	for (i = 0; i < d->btf->nr_own && !d->err && !d->buf->err; i++) {
		const struct btf_type *t = bemu_btf_own(d->btf, i);

		if (!d->name[i] || !bemu_btf_is_any_enum(t))
			continue;
		bemu_buf_printf(d->buf, "enum %s", d->pool.data + d->name[i]);
		put_enum_body(d, d->btf->start_id + i, t, 0);
		bemu_buf_printf(d->buf, ";\n\n");
	}
}

int bemu_btf_dump_c(struct bemu_buf *buf, const struct bemu_btf *btf)
{
	struct dumper d = {
		.buf = buf,
		.btf = btf,
		.env = buf->env,
		.steps_left = (uint64_t)btf->types_len * 16 + 65536,
		.max_depth = MAX_DEPTH,
		.whole = true,
	};
	uint32_t i;

	bemu_buf_init(&d.pool, buf->env);
	d.name = bemu_zalloc_array(d.env, btf->nr_own, sizeof(*d.name));
	d.weak = bemu_zalloc(d.env, btf->nr_own);
	d.strong = bemu_zalloc(d.env, btf->nr_own);
	d.path = bemu_zalloc_array(d.env, MAX_DEPTH + 1, sizeof(*d.path));
	if (!d.name || !d.weak || !d.strong || !d.path) {
		d.err = -ENOMEM;
		goto out;
	}
	d.err = check_chains(&d);
	give_names(&d);
	if (!d.err)
		put_announcements(&d);
	for (i = 0; i < btf->nr_own && !d.err; i++) {
		const struct btf_type *t = bemu_btf_own(btf, i);

		if (d.name[i] && (bemu_btf_is_composite(t) || bemu_btf_kind(t) == BTF_KIND_TYPEDEF))
			need(&d, btf->start_id + i, bemu_btf_is_composite(t), 0);
	}
out:
	bemu_buf_fini(&d.pool);
	bemu_mem_free(d.env, d.slots);
	bemu_mem_free(d.env, d.path);
	bemu_mem_free(d.env, d.strong);
	bemu_mem_free(d.env, d.weak);
	bemu_mem_free(d.env, d.name);
	return d.err ? d.err : buf->err;
}
