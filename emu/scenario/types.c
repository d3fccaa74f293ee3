// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* A subset of C to BTF, by descent: one function a rule. */
#include "scenario/types.h"

#include <errno.h>
#include <string.h>

#include "base/ints.h"
#include "btf/encode.h"
#include "scenario/lex.h"
#include "uapi/btf.h"

enum { MAX_NESTED = 16, NAME_LEN = 128, PTR_SIZE = 8 };

/** struct known - a type, with what members need to know of it */
struct known {
	uint32_t id, kind;
	uint32_t size, align;
	struct bemu_scn_str name; /* len 0: none */
	const char *int_name; /* INT: in full, whatever the text spells; else NULL */
};

struct reader {
	struct bemu_scn_lex lex;
	struct bemu_btf_enc *enc;
	const struct bemu_btf *base;
	uint32_t nr_known, cap_known;
	struct known *known;
	uint32_t depth, nr_types;
};

/** struct typed - a type as it is used; @size 0 for what has none */
struct typed {
	uint32_t id, size, align;
};

struct member {
	struct bemu_scn_str name;
	uint32_t type_id, bit_off, bits;
};

static const char *text_of(const struct reader *r, const struct bemu_scn_str *str,
			   char buf[NAME_LEN])
{
	uint32_t len = str->len < NAME_LEN ? str->len : NAME_LEN - 1;

	memcpy(buf, r->lex.scn->text + str->off, len);
	buf[len] = '\0';
	return buf;
}

static int fail(struct reader *r, const char *what)
{
	return bemu_scn_lex_fail(&r->lex, "%s", what);
}

static int next(struct reader *r)
{
	return bemu_scn_lex_next(&r->lex);
}

static bool is(const struct reader *r, const char *text)
{
	return bemu_scn_lex_is(&r->lex, text);
}

static int read_name(struct reader *r, struct bemu_scn_str *out)
{
	if (r->lex.tok.kind != BEMU_SCN_TOK_NAME)
		return fail(r, "a name is missing");
	if (r->lex.tok.str.len >= NAME_LEN)
		return fail(r, "a name of more than 127 characters");
	*out = r->lex.tok.str;
	return next(r);
}

static int read_count(struct reader *r, uint32_t *out)
{
	if (r->lex.tok.kind != BEMU_SCN_TOK_NUMBER || bemu_u32_from_s64(r->lex.tok.value, out))
		return fail(r, "a number is missing");
	return next(r);
}

static int remember(struct reader *r, const struct known *known)
{
	if (!known->id)
		return fail(r, "no room for a type");
	if (++r->nr_types > BEMU_SCN_MAX_TYPES)
		return fail(r, "too many types");
	if (bemu_grow(r->lex.env, &r->known, &r->cap_known, (size_t)r->nr_known + 1,
		      sizeof(*r->known)))
		return -ENOMEM;
	r->known[r->nr_known++] = *known;
	return 0;
}

static bool same(const struct reader *r, const struct bemu_scn_str *a, const char *name)
{
	return a->len && bemu_scn_is(r->lex.scn, a, name);
}

/* The latest of that name and kind; a forward declaration only when nothing else is there. */
static const struct known *find_own(const struct reader *r, uint32_t kind, const char *name)
{
	uint32_t i;

	for (i = r->nr_known; i; i--)
		if (r->known[i - 1].kind == kind && same(r, &r->known[i - 1].name, name))
			return &r->known[i - 1];
	return NULL;
}

static bool find(const struct reader *r, uint32_t kind, const char *name, struct typed *out)
{
	const struct known *own = find_own(r, kind, name);
	int64_t size;
	uint32_t id;

	if (own) {
		*out = (struct typed){ own->id, own->size, own->align };
		return true;
	}
	id = r->base ? bemu_btf_find(r->base, name, kind, false) : 0;
	if (!id)
		return false;
	*out = (struct typed){ .id = id, .align = bemu_btf_align_of(r->base, id) };
	if (bemu_btf_resolve_size(r->base, id, &size) || bemu_u32_from_s64(size, &out->size))
		out->size = 0;
	return true;
}

/* ---- base types ---- */

struct int_form {
	const char *name;
	uint32_t size, encoding;
};

static int use_int(struct reader *r, const struct int_form *form, struct typed *out)
{
	struct known made = { .kind = BTF_KIND_INT,
			      .size = form->size,
			      .align = form->size,
			      .int_name = form->name };
	uint32_t i;

	for (i = 0; i < r->nr_known; i++)
		if (r->known[i].int_name && !strcmp(r->known[i].int_name, form->name)) {
			*out = (struct typed){ r->known[i].id, form->size, form->size };
			return 0;
		}
	if (r->base) {
		out->id = bemu_btf_find(r->base, form->name, BTF_KIND_INT, false);
		out->size = out->align = form->size;
		if (out->id)
			return 0;
	}
	made.id = bemu_btf_enc_int(r->enc, form->name, form->size, form->encoding);
	*out = (struct typed){ made.id, form->size, form->size };
	return remember(r, &made);
}

/* "unsigned long int" and the like: any order, as C has it. */
static int read_int(struct reader *r, struct typed *out)
{
	static const struct int_form forms[2][5] = {
		{ { "int", 4, BTF_INT_SIGNED },
		  { "short", 2, BTF_INT_SIGNED },
		  { "long", 8, BTF_INT_SIGNED },
		  { "long long", 8, BTF_INT_SIGNED },
		  { "char", 1, BTF_INT_SIGNED } },
		{ { "unsigned int", 4, 0 },
		  { "unsigned short", 2, 0 },
		  { "unsigned long", 8, 0 },
		  { "unsigned long long", 8, 0 },
		  { "unsigned char", 1, 0 } },
	};
	static const struct int_form boolean = { "_Bool", 1, BTF_INT_BOOL };
	uint32_t which = 0, unsign = 0;
	int err = 0;

	if (is(r, "_Bool")) {
		err = next(r);
		return err ? err : use_int(r, &boolean, out);
	}
	for (; !err; err = next(r)) {
		if (is(r, "unsigned"))
			unsign = 1;
		else if (is(r, "short"))
			which = 1;
		else if (is(r, "long"))
			which = which == 2 ? 3 : 2;
		else if (is(r, "char"))
			which = 4;
		else if (!is(r, "int") && !is(r, "signed"))
			break;
	}
	return err ? err : use_int(r, &forms[unsign][which], out);
}

static bool at_int(const struct reader *r)
{
	static const char *const words[] = { "int",  "unsigned", "signed", "short",
					     "long", "char",	 "_Bool" };
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(words); i++)
		if (is(r, words[i]))
			return true;
	return false;
}

static int use_float(struct reader *r, const char *name, uint32_t size, struct typed *out)
{
	struct known made = { .kind = BTF_KIND_FLOAT, .size = size, .align = size };
	int err;

	made.name = r->lex.tok.str;
	err = next(r);
	if (err || find(r, BTF_KIND_FLOAT, name, out))
		return err;
	made.id = bemu_btf_enc_float(r->enc, name, size);
	*out = (struct typed){ made.id, size, size };
	return remember(r, &made);
}

/* ---- composites ---- */

static int read_type(struct reader *r, struct typed *out);
static int read_declarator(struct reader *r, struct typed *type, struct bemu_scn_str *name);

static uint32_t round_up(uint32_t v, uint32_t align)
{
	return align ? (v + align - 1) / align * align : v;
}

/* Where a member goes, in bits; mirrors the x86-64 psABI for bit fields: none crosses its type. */
static int place(struct reader *r, bool is_union, const struct typed *type, struct member *m,
		 uint64_t *end, uint32_t *size)
{
	uint64_t at = is_union ? 0 : *end, bits = m->bits ? m->bits : (uint64_t)type->size * 8;
	uint64_t unit = (uint64_t)type->size * 8, align = (uint64_t)type->align * 8;

	if (!align)
		align = 8;
	if (m->bits && (m->bits > unit))
		return fail(r, "a bit field wider than its type");
	if (!m->bits || at / unit != (at + bits - 1) / unit)
		at = (at + align - 1) / align * align;
	if (at + bits > (uint64_t)UINT32_MAX)
		return fail(r, "a struct of more than 2^32 bits");
	m->bit_off = (uint32_t)at;
	m->type_id = type->id;
	*end = at + bits;
	if ((*end + 7) / 8 > *size)
		*size = (uint32_t)((*end + 7) / 8);
	return 0;
}

static int read_members(struct reader *r, bool is_union, struct member **arr, uint32_t *nr,
			struct typed *whole)
{
	uint32_t cap = 0;
	uint64_t end = 0;
	int err = 0;

	while (!err && !is(r, "}")) {
		struct typed type = { 0 };
		struct member m = { 0 };

		err = read_type(r, &type);
		if (!err && !is(r, ";"))
			err = read_declarator(r, &type, &m.name);
		if (!err && is(r, ":")) {
			err = next(r);
			if (!err)
				err = read_count(r, &m.bits);
		}
		if (!err)
			err = place(r, is_union, &type, &m, &end, &whole->size);
		if (!err)
			err = bemu_grow(r->lex.env, arr, &cap, (size_t)*nr + 1, sizeof(**arr));
		if (err)
			break;
		(*arr)[(*nr)++] = m;
		if (type.align > whole->align)
			whole->align = type.align;
		err = bemu_scn_lex_expect(&r->lex, ";");
	}
	whole->size = round_up(whole->size, whole->align);
	return err ? err : next(r);
}

static int read_composite_body(struct reader *r, uint32_t kind, const struct bemu_scn_str *name,
			       struct typed *out)
{
	struct typed whole = { .align = 1 };
	struct member *members = NULL;
	struct known made = { 0 };
	char buf[NAME_LEN];
	uint32_t nr = 0, i;
	int err;

	if (++r->depth > MAX_NESTED)
		return fail(r, "nested too deep");
	err = next(r);
	if (!err)
		err = read_members(r, kind == BTF_KIND_UNION, &members, &nr, &whole);
	if (!err) {
		whole.id = bemu_btf_enc_composite(r->enc, kind, text_of(r, name, buf), whole.size);
		for (i = 0; i < nr; i++)
			bemu_btf_enc_member(r->enc, text_of(r, &members[i].name, buf),
					    members[i].type_id, members[i].bit_off,
					    members[i].bits);
		made = (struct known){ whole.id, kind, whole.size, whole.align, *name, NULL };
		err = remember(r, &made);
	}
	bemu_mem_free(r->lex.env, members);
	*out = whole;
	r->depth--;
	return err;
}

static int read_enum_body(struct reader *r, const struct bemu_scn_str *name, struct typed *out)
{
	struct known made = { .kind = BTF_KIND_ENUM, .size = 4, .align = 4, .name = *name };
	struct bemu_scn_str item;
	char buf[NAME_LEN];
	int64_t value = 0;
	int err = next(r);

	made.id = bemu_btf_enc_enum(r->enc, BTF_KIND_ENUM, text_of(r, name, buf), 4, false);
	while (!err && !is(r, "}")) {
		err = read_name(r, &item);
		if (!err && is(r, "=")) {
			err = next(r);
			if (!err && r->lex.tok.kind != BEMU_SCN_TOK_NUMBER)
				err = fail(r, "a number is missing");
			value = r->lex.tok.value;
			if (!err)
				err = next(r);
		}
		if (err)
			break;
		bemu_btf_enc_enumerator(r->enc, text_of(r, &item, buf), value++);
		if (!is(r, "}"))
			err = bemu_scn_lex_expect(&r->lex, ",");
	}
	if (!err)
		err = next(r);
	*out = (struct typed){ made.id, 4, 4 };
	return err ? err : remember(r, &made);
}

static int use_forward(struct reader *r, uint32_t kind, const struct bemu_scn_str *name,
		       struct typed *out)
{
	struct known made = { .kind = BTF_KIND_FWD, .name = *name };
	char buf[NAME_LEN];
	const struct known *own = find_own(r, BTF_KIND_FWD, text_of(r, name, buf));

	if (own) {
		*out = (struct typed){ .id = own->id };
		return 0;
	}
	if (kind == BTF_KIND_ENUM)
		return fail(r, "an enum is used before it is declared");
	made.id = bemu_btf_enc_fwd(r->enc, buf, kind == BTF_KIND_UNION);
	*out = (struct typed){ .id = made.id };
	return remember(r, &made);
}

/* After struct, union or enum. */
static int read_tagged(struct reader *r, uint32_t kind, struct typed *out)
{
	struct bemu_scn_str name = { 0 };
	char buf[NAME_LEN];
	int err = next(r);

	if (!err && r->lex.tok.kind == BEMU_SCN_TOK_NAME)
		err = read_name(r, &name);
	if (err)
		return err;
	if (is(r, "{"))
		return kind == BTF_KIND_ENUM ? read_enum_body(r, &name, out)
					     : read_composite_body(r, kind, &name, out);
	if (!name.len)
		return fail(r, "a name or a body is missing");
	if (find(r, kind, text_of(r, &name, buf), out))
		return 0;
	return use_forward(r, kind, &name, out);
}

static int read_typedef_name(struct reader *r, struct typed *out)
{
	char buf[NAME_LEN];

	if (r->lex.tok.kind != BEMU_SCN_TOK_NAME)
		return fail(r, "a type is missing");
	if (!find(r, BTF_KIND_TYPEDEF, text_of(r, &r->lex.tok.str, buf), out))
		return bemu_scn_lex_fail(&r->lex, "no type is named %.60s", buf);
	return next(r);
}

static int use_ref(struct reader *r, uint32_t kind, struct typed *type)
{
	struct known made = { .kind = kind, .size = type->size, .align = type->align };

	if (kind == BTF_KIND_PTR)
		made.size = made.align = PTR_SIZE;
	made.id = bemu_btf_enc_ref(r->enc, kind, "", type->id);
	*type = (struct typed){ made.id, made.size, made.align };
	return remember(r, &made);
}

static int read_type(struct reader *r, struct typed *out)
{
	bool is_const = false, is_volatile = false;
	int err = 0;

	*out = (struct typed){ 0 };
	while (!err && (is(r, "const") || is(r, "volatile"))) {
		is_const |= is(r, "const");
		is_volatile |= is(r, "volatile");
		err = next(r);
	}
	if (err)
		return err;
	if (is(r, "struct"))
		err = read_tagged(r, BTF_KIND_STRUCT, out);
	else if (is(r, "union"))
		err = read_tagged(r, BTF_KIND_UNION, out);
	else if (is(r, "enum"))
		err = read_tagged(r, BTF_KIND_ENUM, out);
	else if (is(r, "void"))
		err = next(r);
	else if (is(r, "float"))
		err = use_float(r, "float", 4, out);
	else if (is(r, "double"))
		err = use_float(r, "double", 8, out);
	else if (at_int(r))
		err = read_int(r, out);
	else
		err = read_typedef_name(r, out);
	if (!err && is_volatile)
		err = use_ref(r, BTF_KIND_VOLATILE, out);
	if (!err && is_const)
		err = use_ref(r, BTF_KIND_CONST, out);
	return err;
}

static int read_array(struct reader *r, struct typed *type)
{
	static const struct int_form index_form = { "int", 4, BTF_INT_SIGNED };
	struct known made = { .kind = BTF_KIND_ARRAY };
	struct typed index, elem = *type;
	uint32_t nr = 0;
	int err = next(r);

	if (!err && !is(r, "]"))
		err = read_count(r, &nr);
	if (!err)
		err = bemu_scn_lex_expect(&r->lex, "]");
	/* the last dimension is the innermost */
	if (!err && is(r, "["))
		err = ++r->depth > MAX_NESTED ? fail(r, "nested too deep") : read_array(r, &elem);
	if (!err)
		err = use_int(r, &index_form, &index);
	if (err)
		return err;
	if (__builtin_mul_overflow(elem.size, nr, &made.size))
		return fail(r, "an array of more than 2^32 bytes");
	made.id = bemu_btf_enc_array(r->enc, elem.id, index.id, nr);
	made.align = elem.align;
	*type = (struct typed){ made.id, made.size, made.align };
	return remember(r, &made);
}

/* "*p[3]": pointers, the name, dimensions; nothing in parentheses. */
static int read_declarator(struct reader *r, struct typed *type, struct bemu_scn_str *name)
{
	int err = 0;

	while (!err && is(r, "*")) {
		err = next(r);
		if (!err)
			err = use_ref(r, BTF_KIND_PTR, type);
		if (!err && is(r, "const")) {
			err = next(r);
			if (!err)
				err = use_ref(r, BTF_KIND_CONST, type);
		}
	}
	if (!err && name)
		err = read_name(r, name);
	if (!err && is(r, "["))
		err = read_array(r, type);
	return err;
}

/* ---- declarations ---- */

struct param {
	struct bemu_scn_str name;
	uint32_t type_id;
};

static int read_params(struct reader *r, struct param **arr, uint32_t *nr)
{
	uint32_t cap = 0;
	int err = next(r);

	while (!err && !is(r, ")")) {
		struct param param = { 0 };
		struct typed type = { 0 };

		err = read_type(r, &type);
		if (!err && is(r, ")") && !type.id && !*nr)
			break; /* (void) */
		if (!err)
			err = read_declarator(r, &type, NULL);
		if (!err && r->lex.tok.kind == BEMU_SCN_TOK_NAME)
			err = read_declarator(r, &type, &param.name);
		if (!err)
			err = bemu_grow(r->lex.env, arr, &cap, (size_t)*nr + 1, sizeof(**arr));
		if (err)
			return err;
		param.type_id = type.id;
		(*arr)[(*nr)++] = param;
		if (!is(r, ")"))
			err = bemu_scn_lex_expect(&r->lex, ",");
	}
	return err ? err : next(r);
}

static int read_tag(struct reader *r, uint32_t type_id)
{
	struct known made = { .kind = BTF_KIND_DECL_TAG };
	char buf[NAME_LEN];
	int err = next(r);

	if (!err)
		err = bemu_scn_lex_expect(&r->lex, "(");
	if (!err && r->lex.tok.kind != BEMU_SCN_TOK_TEXT)
		err = fail(r, "the text of a tag is missing");
	if (err)
		return err;
	made.id = bemu_btf_enc_decl_tag(r->enc, text_of(r, &r->lex.tok.str, buf), type_id, -1);
	err = remember(r, &made);
	if (!err)
		err = next(r);
	return err ? err : bemu_scn_lex_expect(&r->lex, ")");
}

static int read_func(struct reader *r, const struct bemu_scn_str *name, uint32_t ret_id,
		     uint32_t linkage)
{
	struct known made = { .kind = BTF_KIND_FUNC_PROTO };
	struct param *params = NULL;
	char buf[NAME_LEN];
	uint32_t nr = 0, i;
	int err = read_params(r, &params, &nr);

	if (!err) {
		made.id = bemu_btf_enc_func_proto(r->enc, ret_id);
		for (i = 0; i < nr; i++)
			bemu_btf_enc_param(r->enc, text_of(r, &params[i].name, buf),
					   params[i].type_id);
		err = remember(r, &made);
	}
	bemu_mem_free(r->lex.env, params);
	if (err)
		return err;
	made = (struct known){ .kind = BTF_KIND_FUNC, .name = *name };
	made.id = bemu_btf_enc_func(r->enc, text_of(r, name, buf), linkage,
				    r->known[r->nr_known - 1].id);
	err = remember(r, &made);
	return !err && is(r, "__tag") ? read_tag(r, made.id) : err;
}

static int read_section(struct reader *r)
{
	struct known made = { .kind = BTF_KIND_DATASEC };
	uint32_t off = 0, i;
	struct bemu_scn_str name, item;
	struct bemu_scn_lex start;
	char buf[NAME_LEN];
	int err = next(r);

	name = r->lex.tok.str;
	if (!err && r->lex.tok.kind != BEMU_SCN_TOK_TEXT)
		err = fail(r, "the name of a section is missing");
	if (!err)
		err = next(r);
	if (!err)
		err = bemu_scn_lex_expect(&r->lex, "{");
	start = r->lex;
	for (i = 0; !err && i < 2; i++) {
		/* first for its size, then for its variables */
		if (i) {
			made.id = bemu_btf_enc_datasec(r->enc, text_of(r, &name, buf), off);
			r->lex = start;
			off = 0;
		}
		while (!err && !is(r, "}")) {
			const struct known *var;

			err = read_name(r, &item);
			if (err)
				break;
			var = find_own(r, BTF_KIND_VAR, text_of(r, &item, buf));
			if (!var) {
				err = fail(r, "no variable has that name");
				break;
			}
			off = round_up(off, var->align);
			if (i)
				bemu_btf_enc_secinfo(r->enc, var->id, off, var->size);
			off += var->size;
			if (!is(r, "}"))
				err = bemu_scn_lex_expect(&r->lex, ",");
		}
	}
	made.size = off;
	made.name = name;
	if (!err)
		err = remember(r, &made);
	return err ? err : next(r);
}

static int read_declaration(struct reader *r)
{
	uint32_t var_linkage = BTF_VAR_GLOBAL_ALLOCATED, func_linkage = BTF_FUNC_STATIC;
	struct bemu_scn_str name = { 0 };
	struct known made = { 0 };
	struct typed type;
	char buf[NAME_LEN];
	bool is_typedef;
	int err = 0;

	if (is(r, "section"))
		return read_section(r);
	is_typedef = is(r, "typedef");
	if (is(r, "static"))
		var_linkage = BTF_VAR_STATIC;
	else if (is(r, "global"))
		func_linkage = BTF_FUNC_GLOBAL;
	else if (is(r, "extern"))
		func_linkage = var_linkage = BTF_FUNC_EXTERN;
	if (is_typedef || is(r, "static") || is(r, "global") || is(r, "extern"))
		err = next(r);
	if (!err)
		err = read_type(r, &type);
	if (err || (is(r, ";") && !is_typedef))
		return err;
	err = read_declarator(r, &type, &name);
	if (err)
		return err;
	if (is_typedef) {
		made = (struct known){ .kind = BTF_KIND_TYPEDEF,
				       .size = type.size,
				       .align = type.align,
				       .name = name };
		made.id =
			bemu_btf_enc_ref(r->enc, BTF_KIND_TYPEDEF, text_of(r, &name, buf), type.id);
		return remember(r, &made);
	}
	if (is(r, "("))
		return read_func(r, &name, type.id, func_linkage);
	made = (struct known){
		.kind = BTF_KIND_VAR, .size = type.size, .align = type.align, .name = name
	};
	made.id = bemu_btf_enc_var(r->enc, text_of(r, &name, buf), var_linkage, type.id);
	err = remember(r, &made);
	return !err && is(r, "__tag") ? read_tag(r, made.id) : err;
}

int bemu_scn_types(struct bemu_env *env, const struct bemu_scn *scn, struct bemu_scn_where *where,
		   const struct bemu_scn_str *block, const struct bemu_btf *base, void **out,
		   size_t *len)
{
	struct reader r = { .base = base };
	int err;

	err = bemu_btf_enc_new(env, base, &r.enc);
	if (err)
		return err;
	err = bemu_scn_lex_init(&r.lex, env, scn, where, block);
	while (!err && r.lex.tok.kind != BEMU_SCN_TOK_END) {
		r.depth = 0;
		err = read_declaration(&r);
		if (!err && !is(&r, ";") && r.lex.tok.kind == BEMU_SCN_TOK_END)
			break;
		if (!err)
			err = bemu_scn_lex_expect(&r.lex, ";");
	}
	if (!err)
		err = bemu_btf_enc_finish(r.enc, false, out, len);
	bemu_btf_enc_free(r.enc);
	bemu_mem_free(env, r.known);
	return err;
}
