// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Types as C: names and order.
 *
 * The order of a whole dump: every struct and union is announced, then come the enumerations, which
 * depend on nothing, then typedefs and composites, each after what it needs. Needing has two degrees:
 *
 *   struct a { struct b *p; struct c v; t_d *q; };
 *              weak: nothing  strong: all of c first  weak: the typedef, not what it stands for
 *
 * print_c.c writes the text.
 */
#include "btf/dump_c.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	MAX_DEPTH = 400, /* of a dump, in types */
	MAX_SHOWN = 8, /* types of a circle */
};

enum state { FRESH, BUSY, DONE };

/* A type that needs itself cannot be C. @ids: the circle, each type once. */
static int fail_circle(struct bemu_btf_c *d, const uint32_t *ids, uint32_t nr)
{
	const char *name = bemu_btf_name(d->btf, ids[0]);
	char text[160];
	int len = 0;
	uint32_t i;

	for (i = 0; i < nr && i < MAX_SHOWN; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "[%u] -> ", ids[i]);
	return bemu_fail(d->env, -EINVAL, BEMU_R_BTF_CHAIN, ids[0],
			 "type %u, %s%s%.64s, contains itself: %s%s[%u]", ids[0],
			 bemu_btf_kind_name(bemu_btf_kind(bemu_btf_type(d->btf, ids[0]))),
			 *name ? " " : "", name, text, i < nr ? "... -> " : "", ids[0]);
}

/* Says so when the way to @id, which has come to @depth, went through it before. */
static void check_circle(struct bemu_btf_c *d, uint32_t id, uint32_t depth)
{
	uint32_t i;

	for (i = depth; i-- && !d->err;)
		if (d->path[i] == id)
			d->err = fail_circle(d, d->path + i, depth - i);
}

/* --- names ------------------------------------------------------------------------------------- */

/* A FWD is the same tag as the composite of that name and kind, or as the first such FWD. */
static uint32_t fwd_name(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t)
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
	return bemu_btf_c_give_name(d, 't', name);
}

static void give_names(struct bemu_btf_c *d)
{
	uint32_t start = d->btf->start_id, i;

	for (i = 0; i < d->btf->nr_own && !d->err; i++) {
		const struct btf_type *t = bemu_btf_own(d->btf, i);
		const char *name = bemu_btf_name(d->btf, start + i);

		if (!*name)
			continue;
		if (bemu_btf_is_composite(t) || bemu_btf_is_any_enum(t))
			d->name[i] = bemu_btf_c_give_name(d, 't', name);
		else if (bemu_btf_kind(t) == BTF_KIND_TYPEDEF)
			d->name[i] = bemu_btf_c_give_name(d, 'o', name);
	}
	for (i = 0; i < d->btf->nr_own && !d->err; i++)
		if (bemu_btf_kind(bemu_btf_own(d->btf, i)) == BTF_KIND_FWD)
			d->name[i] = fwd_name(d, start + i, bemu_btf_own(d->btf, i));
}

/* --- order ------------------------------------------------------------------------------------- */

static void put_typedef(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t)
{
	/* the compiler knows this one, and it cannot be written in C */
	if (!strcmp(bemu_btf_name(d->btf, id), "__builtin_va_list"))
		return;
	bemu_buf_printf(d->buf, "typedef ");
	d->nr_pads = 0;
	/* not put_decl(): an unnamed enumeration on the way moves the pool with our name in it */
	bemu_btf_c_prefix(d, t->type, 0, 0);
	bemu_btf_c_gap(d);
	bemu_buf_printf(d->buf, "%s", bemu_btf_c_name(d, id));
	bemu_btf_c_suffix(d, t->type, 0);
	bemu_buf_printf(d->buf, ";\n\n");
}

static void need(struct bemu_btf_c *d, uint32_t id, bool strong, uint32_t depth);

static void need_members(struct bemu_btf_c *d, const struct btf_type *t, uint32_t depth)
{
	uint32_t i;

	for (i = 0; i < bemu_btf_vlen(t) && !d->err; i++)
		need(d, bemu_btf_members(t)[i].type, true, depth + 1);
}

/* True when there is work: marks @state busy. A busy type is on the way to itself. */
static bool enter(struct bemu_btf_c *d, uint8_t *state, uint32_t id, uint32_t depth)
{
	if (*state == BUSY)
		check_circle(d, id, depth);
	if (*state != FRESH)
		return false;
	*state = BUSY;
	return true;
}

static void need_typedef(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t, bool strong,
			 uint32_t depth)
{
	uint32_t i = id - d->btf->start_id;

	if (bemu_btf_c_own(d, id) && enter(d, &d->weak[i], id, depth)) {
		need(d, t->type, false, depth + 1);
		if (!d->err)
			put_typedef(d, id, t);
		d->weak[i] = DONE;
	}
	if (strong && (!bemu_btf_c_own(d, id) || enter(d, &d->strong[i], id, depth))) {
		need(d, t->type, true, depth + 1);
		if (bemu_btf_c_own(d, id))
			d->strong[i] = DONE;
	}
}

static void need_composite(struct bemu_btf_c *d, uint32_t id, const struct btf_type *t, bool strong,
			   uint32_t depth)
{
	bool named = *bemu_btf_name(d->btf, id);
	uint32_t i = id - d->btf->start_id;

	if (named && (!strong || !bemu_btf_c_own(d, id)))
		return;
	if (bemu_btf_c_own(d, id) && !enter(d, &d->strong[i], id, depth))
		return;
	need_members(d, t, depth);
	if (named && !d->err) {
		d->nr_pads = 0;
		bemu_buf_printf(d->buf, "%s %s", bemu_btf_c_tag_word(t), bemu_btf_c_name(d, id));
		bemu_btf_c_composite_body(d, id, t, 0, 0);
		bemu_buf_printf(d->buf, ";\n\n");
	}
	if (bemu_btf_c_own(d, id))
		d->strong[i] = DONE;
}

/* Writes what must stand before a use of @id. @strong: the use wants to know its size. */
static void need(struct bemu_btf_c *d, uint32_t id, bool strong, uint32_t depth)
{
	const struct btf_type *t = bemu_btf_type(d->btf, id);
	uint32_t i;

	if (!id || !t)
		return;
	if (depth > d->max_depth) /* functions without a name have no state that would tell */
		check_circle(d, id, depth);
	if (bemu_btf_c_spent(d, id, depth))
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
static uint32_t next_in_chain(const struct bemu_btf_c *d, uint32_t id)
{
	const struct btf_type *t = bemu_btf_c_own(d, id) ? bemu_btf_type(d->btf, id) : NULL;

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
static int check_chains(struct bemu_btf_c *d)
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

static void put_announcements(struct bemu_btf_c *d)
{
	uint32_t i;

	for (i = 0; i < d->btf->nr_own && !d->buf->err; i++) {
		const struct btf_type *t = bemu_btf_own(d->btf, i);

		if (d->name[i] && (bemu_btf_is_composite(t) || bemu_btf_kind(t) == BTF_KIND_FWD))
			bemu_buf_printf(d->buf, "%s %s;\n", bemu_btf_c_tag_word(t),
					d->pool.data + d->name[i]);
	}
	bemu_buf_printf(d->buf, "\n");
	for (i = 0; i < d->btf->nr_own && !d->err && !d->buf->err; i++) {
		const struct btf_type *t = bemu_btf_own(d->btf, i);

		if (!d->name[i] || !bemu_btf_is_any_enum(t))
			continue;
		bemu_buf_printf(d->buf, "enum %s", d->pool.data + d->name[i]);
		bemu_btf_c_enum_body(d, d->btf->start_id + i, t, 0);
		bemu_buf_printf(d->buf, ";\n\n");
	}
}

int bemu_btf_dump_c(struct bemu_buf *buf, const struct bemu_btf *btf)
{
	struct bemu_btf_c d = {
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
