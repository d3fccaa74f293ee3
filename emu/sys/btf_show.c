// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * One function a kind of type. Mirrors the show operations of kernel/bpf/btf.c, v6.18, for BTF of the
 * kernel, whose types were not resolved when it was registered.
 *
 * The idea: a struct, union or array inside another is walked twice. The first walk says nothing and only
 * looks for a value that is not zero; without one, there is no second.
 *
 * Differs: where the kernel would follow a NULL pointer or leave its buffers, @outside says so. Pointers
 * that are not printed raw are hashed with a key that the kernel draws when it boots; here it is fixed.
 */
#include <stdio.h>
#include <string.h>

#include "base/ints.h"
#include "sys/btf_show.h"

enum { ERRNO_MAX = 4095, INT_MAX_BYTES = 16 };

static void show_type(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
		      uint64_t addr, uint8_t bit_off);

/* Whether a scalar is shown; mirrors the condition in btf_show_type_value(). */
static bool is_shown(const struct bemu_show *show, bool nonzero)
{
	return nonzero || show->flags & BTF_F_ZERO || !show->depth;
}

static void show_int128(struct bemu_show *show, uint64_t low, uint64_t high)
{
	char value[40];

	if (!high && !is_shown(show, low))
		return;
	if (high)
		(void)snprintf(value, sizeof(value), "0x%llx%016llx", (unsigned long long)high,
			       (unsigned long long)low);
	else
		(void)snprintf(value, sizeof(value), "0x%llx", (unsigned long long)low);
	bemu_show_one(show, value);
}

/* Mirrors btf_bitfield_show() for a little-endian kernel. */
static void show_bits(struct bemu_show *show, const uint8_t *at, uint32_t bit_off, uint32_t nr_bits)
{
	uint32_t copy_bits = (nr_bits + bit_off) & UINT8_MAX, left, right;
	uint64_t num[2] = { 0 }, low, high;

	if (copy_bits >= 8 * INT_MAX_BYTES || nr_bits >= 8 * INT_MAX_BYTES || !copy_bits) {
		show->outside = "a bit field that ends after 127 bits";
		return;
	}
	if (!bemu_show_take(show, at, (copy_bits + 7) / 8, num))
		return;
	left = 128 - copy_bits;
	right = 128 - nr_bits;
	if (left >= 64) {
		high = num[0] << (left - 64);
		low = 0;
	} else {
		high = num[1] << left | num[0] >> (64 - left);
		low = num[0] << left;
	}
	if (right >= 64) {
		low = right == 128 ? 0 : high >> (right - 64);
		high = 0;
	} else {
		low = low >> right | high << (64 - right);
		high >>= right;
	}
	show_int128(show, low, high);
}

static void show_number(struct bemu_show *show, uint64_t v, bool sign)
{
	char value[32];

	if (!is_shown(show, v))
		return;
	if (sign)
		(void)snprintf(value, sizeof(value), "%lld", (long long)v);
	else
		(void)snprintf(value, sizeof(value), "%llu", (unsigned long long)v);
	bemu_show_one(show, value);
}

/* Mirrors isprint(), lib/ctype.c: Latin-1. */
static bool is_printed(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f) || c >= 0xa0;
}

/* A character of an array; true: that was all there is to show of it. */
static bool show_char(struct bemu_show *show, uint8_t c)
{
	const char value[] = { '\'', (char)c, '\'', '\0' };

	if (show->array_encoding != BTF_INT_CHAR)
		return false;
	if (!c)
		show->array_terminated = true;
	if (show->array_terminated)
		return true;
	if (!is_printed(c))
		return false;
	bemu_show_one(show, value);
	return true;
}

/* Mirrors btf_int_show(). */
static void show_int(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
		     uint64_t addr, uint8_t bit_off)
{
	uint32_t data = bemu_btf_int_data(t), nr_bits = BTF_INT_BITS(data);
	bool sign = BTF_INT_ENCODING(data) & BTF_INT_SIGNED;
	const uint8_t *at = bemu_show_start(show, t, type_id, addr);
	uint64_t v[2] = { 0 };

	if (!at)
		return;
	if (bit_off || BTF_INT_OFFSET(data) || nr_bits % 8 ||
	    (nr_bits != 128 && nr_bits != 64 && nr_bits != 32 && nr_bits != 16 && nr_bits != 8)) {
		uint32_t off = (bit_off + BTF_INT_OFFSET(data)) & UINT8_MAX;

		show_bits(show, at + off / 8, off % 8, nr_bits);
	} else if (bemu_show_take(show, at, nr_bits / 8, v)) {
		if (nr_bits == 128)
			show_int128(show, v[0], v[1]);
		else if (nr_bits != 8 || !show_char(show, (uint8_t)v[0]))
			show_number(show,
				    sign ? (uint64_t)((int64_t)(v[0] << (64 - nr_bits)) >>
						      (64 - nr_bits))
					 : v[0],
				    sign);
	}
	bemu_show_end(show);
}

/* What "%p" makes of a pointer: NULL and errors are themselves. Of others 32 bits, which no key is for. */
static uint64_t hash_ptr(uint64_t ptr)
{
	uint64_t v = ptr;

	if (!ptr || ptr >= (uint64_t)-ERRNO_MAX)
		return ptr;
	v = (v ^ v >> 33) * 0xff51afd7ed558ccdull;
	v = (v ^ v >> 33) * 0xc4ceb9fe1a85ec53ull;
	return (v ^ v >> 33) & UINT32_MAX;
}

/* Mirrors btf_ptr_show(). */
static void show_ptr(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
		     uint64_t addr)
{
	const uint8_t *at = bemu_show_start(show, t, type_id, addr);
	char value[32];
	uint64_t ptr;

	if (!at)
		return;
	if (bemu_show_take(show, at, sizeof(ptr), &ptr) && is_shown(show, ptr)) {
		(void)snprintf(value, sizeof(value), "0x%016llx",
			       (unsigned long long)(show->flags & BTF_F_PTR_RAW ? ptr
										: hash_ptr(ptr)));
		bemu_show_one(show, value);
	}
	bemu_show_end(show);
}

static const char *enum_name(const struct bemu_show *show, const struct btf_type *t, uint64_t v)
{
	bool wide = bemu_btf_kind(t) == BTF_KIND_ENUM64;
	uint32_t i, off;
	const char *name;

	for (i = 0; i < bemu_btf_vlen(t); i++) {
		const struct btf_enum64 *e64 = &bemu_btf_enums64(t)[i];
		const struct btf_enum *e = &bemu_btf_enums(t)[i];

		if (wide ? ((uint64_t)e64->val_hi32 << 32 | e64->val_lo32) != v
			 : (uint32_t)e->val != (uint32_t)v)
			continue;
		off = wide ? e64->name_off : e->name_off;
		name = bemu_btf_str(show->btf, off);
		return !off ? "(anon)" : name ? name : "(invalid-name-offset)";
	}
	return NULL;
}

/* Mirrors btf_enum_show() and btf_enum64_show(): 4 or 8 bytes, whatever the size of the type. */
static void show_enum(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
		      uint64_t addr)
{
	bool wide = bemu_btf_kind(t) == BTF_KIND_ENUM64, sign = bemu_btf_kflag(t);
	const uint8_t *at = bemu_show_start(show, t, type_id, addr);
	const char *name;
	uint64_t v = 0;

	if (!at)
		return;
	if (bemu_show_take(show, at, wide ? 8 : 4, &v)) {
		name = enum_name(show, t, v);
		if (name)
			bemu_show_one(show, name); /* also a name for 0 */
		else
			show_number(show, sign && !wide ? (uint64_t)(int32_t)v : v, sign);
	}
	bemu_show_end(show);
}

/* ---- aggregates ---- */

static void show_member(struct bemu_show *show, const struct btf_type *t, uint32_t idx,
			uint64_t addr)
{
	const struct btf_member *m = &bemu_btf_members(t)[idx];
	uint32_t bit_off = bemu_btf_member_bit_off(t, idx);
	uint32_t bits = bemu_btf_member_bitfield_size(t, idx);
	const struct btf_type *type = bemu_btf_type(show->btf, m->type);
	const uint8_t *at;

	show->member = m;
	if (bits && type) {
		at = bemu_show_start(show, type, m->type, addr + bit_off / 8);
		if (at)
			show_bits(show, at, bit_off % 8, bits);
		bemu_show_end(show);
	} else {
		show_type(show, type, m->type, addr + bit_off / 8, bit_off % 8);
	}
	show->member = NULL;
}

/* Mirrors __btf_struct_show(). */
static void walk_struct(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
			uint64_t addr)
{
	uint32_t i;

	if (!bemu_show_start_aggr(show, t, type_id, addr))
		return;
	for (i = 0; !show->outside && !show->env->fault && i < bemu_btf_vlen(t); i++)
		show_member(show, t, i, addr);
	bemu_show_end_aggr(show, "}");
}

static uint16_t elem_encoding(const struct btf_type *elem)
{
	if (bemu_btf_kind(elem) != BTF_KIND_INT)
		return 0;
	return elem->size == 1 ? BTF_INT_CHAR : BTF_INT_ENCODING(bemu_btf_int_data(elem));
}

static uint32_t elem_size(const struct btf_type *elem)
{
	uint32_t kind = bemu_btf_kind(elem);

	return kind == BTF_KIND_INT || bemu_btf_is_composite(elem) || bemu_btf_is_any_enum(elem) ||
			       kind == BTF_KIND_FLOAT || kind == BTF_KIND_DATASEC
		       ? elem->size
		       : 0; /* so all elements of an array of pointers are the first */
}

/* Mirrors __btf_array_show(). */
static void walk_array(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
		       uint64_t addr)
{
	const struct btf_array *array = bemu_btf_array(t);
	const struct btf_type *elem = bemu_btf_skip_mods(show->btf, array->type, true, NULL);
	uint32_t i;

	if (!elem) {
		show->outside = "types in a circle";
		return;
	}
	show->array_encoding = elem_encoding(elem);
	show->array_terminated = false;
	if (!bemu_show_start_aggr(show, t, type_id, addr))
		return;
	for (i = 0; !show->outside && !show->env->fault && i < array->nelems; i++) {
		show->array_member = true;
		show->member = NULL;
		show_type(show, elem, array->type, addr, 0);
		addr += elem_size(elem);
		show->array_member = false;
		show->member = NULL;
		if (show->array_terminated)
			break;
	}
	show->array_encoding = 0;
	show->array_terminated = false;
	bemu_show_end_aggr(show, "]");
}

/* Mirrors btf_struct_show() and btf_array_show(). */
static void show_aggr(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
		      uint64_t addr,
		      void (*walk)(struct bemu_show *show, const struct btf_type *t,
				   uint32_t type_id, uint64_t addr))
{
	const struct btf_member *member = show->member;

	if (show->depth && !(show->flags & BTF_F_ZERO)) {
		if (!show->depth_check) {
			show->depth_check = (uint8_t)(show->depth + 1);
			show->depth_to_show = 0;
		}
		walk(show, t, type_id, addr);
		show->member = member;
		if (show->depth_check != show->depth + 1)
			return;
		show->depth_check = 0;
		if (show->depth_to_show <= show->depth)
			return;
	}
	walk(show, t, type_id, addr);
}

/* Mirrors btf_df_show(). */
static void show_unsupported(struct bemu_show *show, const struct btf_type *t)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "<unsupported kind:%u>", bemu_btf_kind(t));
	bemu_show_text(show, text);
}

static void show_kind(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
		      uint64_t addr, uint8_t bit_off)
{
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_INT:
		show_int(show, t, type_id, addr, bit_off);
		return;
	case BTF_KIND_PTR:
		show_ptr(show, t, type_id, addr);
		return;
	case BTF_KIND_ARRAY:
		show_aggr(show, t, type_id, addr, walk_array);
		return;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		show_aggr(show, t, type_id, addr, walk_struct);
		return;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		show_enum(show, t, type_id, addr);
		return;
	case BTF_KIND_DATASEC: /* btf_resolve_size() knows no size for it */
		(void)bemu_show_start(show, t, type_id, addr);
		return;
	case BTF_KIND_VAR:
		show->outside =
			"a variable, whose type the kernel looks up in a table that is NULL";
		return;
	case BTF_KIND_UNKN:
		show->outside = "void, for which the kernel calls a function that is NULL";
		return;
	default:
		show_unsupported(show, t);
	}
}

static void show_type(struct bemu_show *show, const struct btf_type *t, uint32_t type_id,
		      uint64_t addr, uint8_t bit_off)
{
	if (show->outside || bemu_env_step(show->env, 1))
		return;
	/* btf_modifier_show(): the id stays what it was, for the name */
	t = t ? bemu_btf_skip_mods(show->btf, type_id, true, NULL) : NULL;
	if (!t) {
		show->outside = "types in a circle";
		return;
	}
	if (show->level == BEMU_SHOW_MAX_LEVEL) {
		show->outside = "types nested more than 64 deep";
		return;
	}
	show->level++;
	show_kind(show, t, type_id, addr, bit_off);
	show->level--;
}

long bemu_show_value(struct bemu_show *show, uint32_t type_id, uint64_t addr)
{
	show_type(show, bemu_btf_type(show->btf, type_id), type_id, addr, 0);
	if (show->env->fault)
		return show->env->fault;
	return show->status ? show->status : (long)bemu_wrap_s32(show->len);
}
