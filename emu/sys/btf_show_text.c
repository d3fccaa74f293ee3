// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Text, names and the copy of the data. Mirrors kernel/bpf/btf.c, v6.18, function by function. */
#include <stdio.h>
#include <string.h>

#include "base/ints.h"
#include "sys/btf_show.h"

enum { MAX_ITER = 10, MAX_INDENT = 32, RESOLVE_DEPTH = 32, PTR_SIZE = 8 };

/* Mirrors btf_snprintf_show(): what does not fit is cut, and nothing follows it. */
void bemu_show_text(struct bemu_show *show, const char *text)
{
	size_t len = strlen(text), fits;

	if (show->depth_check)
		return;
	show->len += (uint32_t)len;
	if (!show->left)
		return;
	fits = len < show->left ? len : show->left - 1;
	memcpy(show->text, text, fits);
	show->text[fits] = '\0';
	show->text += fits;
	show->left = len < show->left ? show->left - (uint32_t)len : 0;
}

/* ---- names ---- */

/** struct parts - what a name is put together from */
struct parts {
	const char *member, *prefix, *name, *parens;
	uint32_t nr_ptrs, nr_arrays;
};

static const char *str_of(const struct bemu_show *show, uint32_t off)
{
	const char *str = bemu_btf_str(show->btf, off);

	return str ? str : "";
}

/* From the type to what it is made of, over pointers, arrays and typedefs; false: it is not shown. */
static bool resolve_name(struct bemu_show *show, uint32_t id, struct parts *p)
{
	const struct btf_type *t = bemu_btf_type(show->btf, id);
	bool named = false, is_ptr = false, is_array = false, is_typedef = false;
	uint32_t i;

	for (i = 0; t && i < MAX_ITER; i++) {
		id = 0;
		switch (bemu_btf_kind(t)) {
		case BTF_KIND_TYPEDEF:
			if (!named)
				p->name = str_of(show, t->name_off);
			named = is_typedef = true;
			id = t->type;
			break;
		case BTF_KIND_ARRAY:
			is_array = true;
			p->parens = "[";
			p->nr_arrays++;
			id = bemu_btf_array(t)->type;
			break;
		case BTF_KIND_PTR:
			is_ptr = true;
			p->nr_ptrs++;
			id = t->type;
			break;
		default:
			break;
		}
		if (!id)
			break;
		t = bemu_btf_skip_mods(show->btf, id, false, NULL);
	}
	if (!t || i == MAX_ITER)
		return false;
	if (!named)
		p->name = str_of(show, t->name_off);
	if (bemu_btf_is_composite(t)) {
		p->prefix = bemu_btf_kind(t) == BTF_KIND_STRUCT ? "struct" : "union";
		if (!is_array)
			p->parens = "{";
	} else if (bemu_btf_is_any_enum(t)) {
		p->prefix = "enum";
	}
	if (is_ptr)
		p->parens = "";
	if (is_typedef)
		p->prefix = "";
	return true;
}

/* Mirrors btf_show_name(): ".member = (struct name **[])" and what opens the value. */
static const char *name_of(struct bemu_show *show)
{
	static const char stars[] = "**********", brackets[] = "[][][][][][][][][][]";
	struct parts p = { .member = "", .prefix = "", .name = "", .parens = "" };
	uint32_t id = show->type_id;

	show->name[0] = '\0';
	if (show->array_member)
		return "";
	if (show->member) {
		p.member = str_of(show, show->member->name_off);
		id = show->member->type;
	}
	if (!resolve_name(show, id, &p))
		return "";
	if (show->flags & BTF_F_NONAME)
		(void)snprintf(show->name, sizeof(show->name), "%s", p.parens);
	else
		(void)snprintf(show->name, sizeof(show->name), "%s%s%s(%s%s%s%s%.*s%.*s)%s",
			       *p.member ? "." : "", p.member, *p.member ? " = " : "", p.prefix,
			       *p.prefix && *p.name ? " " : "", p.name, p.nr_ptrs ? " " : "",
			       (int)p.nr_ptrs, stars, (int)p.nr_arrays * 2, brackets, p.parens);
	return show->name;
}

static const char *indent_of(const struct bemu_show *show)
{
	static const char spaces[] = "                                ";
	uint32_t nr = show->depth < MAX_INDENT ? show->depth : MAX_INDENT;

	return show->flags & BTF_F_COMPACT ? "" : &spaces[MAX_INDENT - nr];
}

static const char *newline_of(const struct bemu_show *show)
{
	return show->flags & BTF_F_COMPACT ? "" : "\n";
}

/* Mirrors btf_show_delim(). */
static const char *delim_of(const struct bemu_show *show)
{
	if (!show->depth)
		return "";
	if (show->flags & BTF_F_COMPACT && show->type &&
	    bemu_btf_kind(show->type) == BTF_KIND_UNION)
		return "|";
	return ",";
}

void bemu_show_one(struct bemu_show *show, const char *value)
{
	bemu_show_text(show, indent_of(show));
	bemu_show_text(show, name_of(show));
	bemu_show_text(show, value);
	bemu_show_text(show, delim_of(show));
	bemu_show_text(show, newline_of(show));
	if (show->depth > show->depth_to_show)
		show->depth_to_show = show->depth;
}

/* ---- the copy of the data ---- */

/* Mirrors __btf_resolve_size(). */
static int resolve_size(const struct bemu_show *show, const struct btf_type *t, uint32_t *out)
{
	uint32_t i, size, nr = 1;

	for (i = 0; t && i < RESOLVE_DEPTH; i++) {
		switch (bemu_btf_kind(t)) {
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_FLOAT:
		case BTF_KIND_ENUM64:
		case BTF_KIND_PTR:
			size = bemu_btf_kind(t) == BTF_KIND_PTR ? PTR_SIZE : t->size;
			return __builtin_mul_overflow(size, nr, out) ? -EINVAL : 0;
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			t = bemu_btf_type(show->btf, t->type);
			break;
		case BTF_KIND_ARRAY:
			if (__builtin_mul_overflow(nr, bemu_btf_array(t)->nelems, &nr))
				return -EINVAL;
			t = bemu_btf_type(show->btf, bemu_btf_array(t)->type);
			break;
		default:
			return -EINVAL;
		}
	}
	return -EINVAL;
}

/* Mirrors __btf_show_obj_safe(): the bytes as they were copied before, when all are there. */
static const uint8_t *in_copy(const struct bemu_show *show, uint64_t addr, uint32_t len)
{
	uint64_t off = addr - show->data;

	return off < BEMU_SHOW_SAFE_LEN && off + len < BEMU_SHOW_SAFE_LEN ? &show->safe[off] : NULL;
}

/* Mirrors btf_show_obj_safe(). */
static const uint8_t *copy_at(struct bemu_show *show, const struct btf_type *t, uint64_t addr)
{
	const uint8_t *safe = NULL;
	uint32_t size;
	int64_t left;

	if (resolve_size(show, t, &size)) {
		show->status = -EINVAL;
		return NULL;
	}
	if (!show->depth) {
		show->size = size;
		show->head = addr;
	} else {
		safe = in_copy(show, addr, size < BEMU_SHOW_BASE_LEN ? size : BEMU_SHOW_BASE_LEN);
	}
	if (safe)
		return safe;
	left = (int64_t)(show->head + show->size - addr);
	if (left > INT32_MAX || left < 0) {
		show->outside = "a member behind the end of what is printed";
		return NULL;
	}
	if (left > BEMU_SHOW_SAFE_LEN)
		left = BEMU_SHOW_SAFE_LEN;
	show->status = 0;
	if (show->mem->read(show->mem->ctx, addr, show->safe, (size_t)left)) {
		/* copy_from_kernel_nofault(): what is no address of the kernel is out of range */
		show->status = addr >> 63 ? -EFAULT : -ERANGE;
		return NULL;
	}
	show->data = addr;
	return show->safe;
}

bool bemu_show_take(struct bemu_show *show, const uint8_t *at, uint32_t len, void *out)
{
	uint64_t off = (uint64_t)(at - show->safe);

	if (off > sizeof(show->safe) || len > sizeof(show->safe) - off) {
		show->outside = "a value that ends behind the copy of the data";
		return false;
	}
	/* an enum is read as an int, whatever its size: beyond the copy lie these two */
	memcpy(&show->safe[BEMU_SHOW_SAFE_LEN], &show->left, 4);
	memcpy(&show->safe[BEMU_SHOW_SAFE_LEN + 4], &show->len, 4);
	memcpy(out, at, len);
	return true;
}

const uint8_t *bemu_show_start(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
			       uint64_t addr)
{
	show->type = t;
	show->type_id = type_id;
	return copy_at(show, t, addr);
}

void bemu_show_end(struct bemu_show *show)
{
	show->type = NULL;
	show->type_id = 0;
}

bool bemu_show_start_aggr(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
			  uint64_t addr)
{
	if (!bemu_show_start(show, t, type_id, addr))
		return false;
	bemu_show_text(show, indent_of(show));
	bemu_show_text(show, name_of(show));
	bemu_show_text(show, newline_of(show));
	show->depth++;
	return true;
}

void bemu_show_end_aggr(struct bemu_show *show, const char *suffix)
{
	show->depth--;
	bemu_show_text(show, indent_of(show));
	bemu_show_text(show, suffix);
	bemu_show_text(show, delim_of(show));
	bemu_show_text(show, newline_of(show));
	bemu_show_end(show);
}
