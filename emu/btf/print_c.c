// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Types as C: the text of a declaration and of a definition.
 *
 * Composites without a name are written out where they are used. Two types of one name would clash,
 * so the second becomes name___2, and so do enumerators.
 */
#include "btf/dump_c.h"

#include <errno.h>
#include <string.h>

enum {
	MAX_DEPTH_DECL = 24, /* of a single declaration */
	MAX_STEPS_DECL = 256,
	MAX_STEPS_VAR = 1 << 16, /* with the bodies of types without a name */
};

bool bemu_btf_c_spent(struct bemu_btf_c *d, uint32_t id, uint32_t depth)
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

/* --- declarations ------------------------------------------------------------------------------ */

void bemu_btf_c_gap(struct bemu_btf_c *d)
{
	if (d->buf->len && !strchr("*( \t\n", d->buf->data[d->buf->len - 1]))
		bemu_buf_add(d->buf, " ", 1);
}

static void put_tabs(struct bemu_btf_c *d, uint32_t tabs)
{
	while (tabs-- && !d->buf->err)
		bemu_buf_add(d->buf, "\t", 1);
}

static bool needs_parens(const struct bemu_btf_c *d, uint32_t id)
{
	const struct btf_type *t = bemu_btf_skip_mods(d->btf, id, false, NULL);

	return t && (bemu_btf_kind(t) == BTF_KIND_ARRAY || bemu_btf_kind(t) == BTF_KIND_FUNC_PROTO);
}

/* What a qualifier in front of @id qualifies in the end: an array's is its elements'. */
static uint32_t qualified_kind(const struct bemu_btf_c *d, uint32_t id)
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
static void put_number(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t)
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

static void put_enum_value(struct bemu_btf_c *d, const struct btf_type *t, uint32_t i)
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

void bemu_btf_c_enum_body(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t,
			  uint32_t tabs)
{
	uint32_t i, off, name;

	bemu_buf_printf(d->buf, " {\n");
	for (i = 0; i < bemu_btf_vlen(t) && !bemu_btf_c_spent(d, id, 0); i++) {
		const char *s;

		off = bemu_btf_kind(t) == BTF_KIND_ENUM ? bemu_btf_enums(t)[i].name_off
							: bemu_btf_enums64(t)[i].name_off;
		s = bemu_btf_str(d->btf, off);
		name = bemu_btf_c_give_name(d, 'o', s && *s ? s : "unnamed");
		if (!name)
			return;
		put_tabs(d, tabs + 1);
		bemu_buf_printf(d->buf, "%s = ", d->pool.data + name);
		put_enum_value(d, t, i);
		bemu_buf_printf(d->buf, ",\n");
	}
	if (!bemu_btf_vlen(t)) {
		/* C wants at least one */
		name = bemu_btf_c_give_name(
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

static void put_decl(struct bemu_btf_c *d, uint32_t id, const char *name, uint32_t tabs,
		     uint32_t depth)
{
	bemu_btf_c_prefix(d, id, tabs, depth);
	if (name && *name) {
		bemu_btf_c_gap(d);
		bemu_btf_c_identifier(d->buf, name);
	}
	bemu_btf_c_suffix(d, id, depth);
}

/* Bits from @from to @to that no member covers. */
static void put_padding(struct bemu_btf_c *d, uint64_t from, uint64_t to, uint32_t tabs)
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
static uint32_t max_member_align(const struct bemu_btf_c *d, const struct btf_type *t)
{
	uint32_t max = 1, align, i;

	for (i = 0; i < bemu_btf_vlen(t); i++) {
		align = bemu_btf_align_of(d->btf, bemu_btf_members(t)[i].type);
		if (align > max)
			max = align;
	}
	return max;
}

static int64_t quiet_size(const struct bemu_btf_c *d, uint32_t id)
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
static uint64_t natural_pos(const struct bemu_btf_c *d, uint32_t type_id, uint32_t bits,
			    uint64_t pos, bool packed)
{
	uint64_t unit = (uint64_t)quiet_size(d, type_id) * 8;

	if (bits) {
		if (packed || !unit || pos / unit == (pos + bits - 1) / unit)
			return pos;
		return round_up(pos, unit);
	}
	return round_up(pos, packed ? 8 : (uint64_t)bemu_btf_align_of(d->btf, type_id) * 8);
}

void bemu_btf_c_composite_body(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t,
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

		if (bemu_btf_c_spent(d, id, depth))
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

const char *bemu_btf_c_tag_word(const struct btf_type *t)
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
static void put_tag(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t, uint32_t tabs,
		    uint32_t depth)
{
	const char *name = bemu_btf_c_name(d, id);

	bemu_buf_printf(d->buf, "%s", bemu_btf_c_tag_word(t));
	if (*name) {
		bemu_buf_add(d->buf, " ", 1);
		bemu_btf_c_identifier(d->buf, name);
	} else if (!d->whole && !d->plain) {
		bemu_buf_printf(d->buf, " {...}");
	} else if (bemu_btf_is_composite(t)) {
		bemu_btf_c_composite_body(d, id, t, tabs, depth);
	} else if (bemu_btf_is_any_enum(t)) {
		bemu_btf_c_enum_body(d, id, t, tabs);
	}
}

static void put_qualifier(struct bemu_btf_c *d, const struct btf_type *t, uint32_t tabs,
			  uint32_t depth)
{
	const char *word = bemu_btf_kind(t) == BTF_KIND_CONST	   ? "const"
			   : bemu_btf_kind(t) == BTF_KIND_VOLATILE ? "volatile"
								   : "restrict";
	uint32_t kind = qualified_kind(d, t->type);

	if (d->plain) {
		bemu_btf_c_prefix(d, t->type, tabs, depth + 1);
		return;
	}
	if (kind == BTF_KIND_PTR) {
		bemu_btf_c_prefix(d, t->type, tabs, depth + 1);
		bemu_btf_c_gap(d);
		bemu_buf_printf(d->buf, "%s%s", *word == 'r' ? "__" : "", word);
		return;
	}
	/* restrict on something else than a pointer, or a qualified function: not C */
	if (*word != 'r' && kind != BTF_KIND_FUNC_PROTO)
		bemu_buf_printf(d->buf, "%s ", word);
	bemu_btf_c_prefix(d, t->type, tabs, depth + 1);
}

void bemu_btf_c_prefix(struct bemu_btf_c *d, uint32_t id, uint32_t tabs, uint32_t depth)
{
	const struct btf_type *t = bemu_btf_type(d->btf, id);

	if (bemu_btf_c_spent(d, id, depth))
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
		bemu_btf_c_identifier(d->buf, bemu_btf_c_name(d, id));
		break;
	case BTF_KIND_PTR:
		bemu_btf_c_prefix(d, t->type, tabs, depth + 1);
		bemu_btf_c_gap(d);
		bemu_buf_printf(d->buf, needs_parens(d, t->type) ? "(*" : "*");
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
		put_qualifier(d, t, tabs, depth);
		break;
	case BTF_KIND_ARRAY:
		bemu_btf_c_prefix(d, bemu_btf_array(t)->type, tabs, depth + 1);
		break;
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_FUNC_PROTO:
		bemu_btf_c_prefix(d, t->type, tabs, depth + 1);
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

static void put_params(struct bemu_btf_c *d, const struct btf_type *t, uint32_t depth)
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

void bemu_btf_c_suffix(struct bemu_btf_c *d, uint32_t id, uint32_t depth)
{
	const struct btf_type *t = bemu_btf_type(d->btf, id);

	if (!id || !t || bemu_btf_c_spent(d, id, depth))
		return;
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_PTR:
		if (needs_parens(d, t->type))
			bemu_buf_printf(d->buf, ")");
		bemu_btf_c_suffix(d, t->type, depth + 1);
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		bemu_btf_c_suffix(d, t->type, depth + 1);
		break;
	case BTF_KIND_ARRAY:
		bemu_buf_printf(d->buf, "[%u]", bemu_btf_array(t)->nelems);
		bemu_btf_c_suffix(d, bemu_btf_array(t)->type, depth + 1);
		break;
	case BTF_KIND_FUNC_PROTO:
		put_params(d, t, depth);
		bemu_btf_c_suffix(d, t->type, depth + 1);
		break;
	default:
		break;
	}
}

void bemu_btf_decl_append(struct bemu_buf *buf, const struct bemu_btf *btf, uint32_t type_id)
{
	struct bemu_btf_c d = {
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

int bemu_btf_var_append(struct bemu_buf *buf, const struct bemu_btf *btf, uint32_t type_id,
			const char *name, uint32_t tabs)
{
	struct bemu_btf_c d = {
		.buf = buf,
		.btf = btf,
		.env = buf->env,
		.steps_left = MAX_STEPS_VAR,
		.max_depth = MAX_DEPTH_DECL,
		.plain = true,
	};

	bemu_buf_init(&d.pool, buf->env);
	put_decl(&d, type_id, name, tabs, 0);
	bemu_mem_free(d.env, d.slots);
	bemu_buf_fini(&d.pool);
	return d.err ? d.err : buf->err;
}
