/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * First phase: every record by itself. Mirrors btf_check_all_metas() and the check_meta operations,
 * kernel/bpf/btf.c, v6.18, in their order.
 */
#include <string.h>

#include "base/ints.h"
#include "sys/kbtf.h"

enum {
	INFO_MASK_LOW = 0x1f00ffff, /* besides bit 31 */
	INT_MASK = 0x0fffffff,
	CHAR_FIRST = 1, /* may begin an identifier */
	CHAR_LATER = 2,
	CHAR_PRINT = 4,
};

/*
 * Mirrors _ctype[], lib/ctype.c: the kernel's isalpha(), isalnum() and isprint() are those of Latin-1.
 * '_' and '.' count as letters here.
 */
static uint8_t char_class(uint8_t ch)
{
	bool alpha = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' ||
		     ch == '.' || (ch >= 0xc0 && ch != 0xd7 && ch != 0xf7);

	if (alpha)
		return CHAR_FIRST | CHAR_LATER | CHAR_PRINT;
	if (ch >= '0' && ch <= '9')
		return CHAR_LATER | CHAR_PRINT;
	return (ch >= ' ' && ch <= '~') || ch >= 0xa0 ? CHAR_PRINT : 0;
}

/* Eight characters at once, each in its byte of a word: the top bits say which of them qualify. */
#define EACH(byte) ((uint64_t)(byte)*0x0101010101010101u)
#define TOP	   EACH(0x80)

/* Bytes of @x, all below 0x80, that are @n or more. */
static inline uint64_t at_least(uint64_t x, uint8_t n)
{
	return (x + EACH(0x80 - n)) & TOP;
}

static inline uint64_t in_range(uint64_t x, uint8_t first, uint8_t last)
{
	return at_least(x, first) & ~at_least(x, (uint8_t)(last + 1));
}

static inline uint64_t equal(uint64_t x, uint8_t n)
{
	return ~at_least(x ^ EACH(n), 1) & TOP;
}

/* Top bits of bytes to bits 0 to 7, byte 0 first. */
static inline uint8_t gather(uint64_t top_bits)
{
	return (uint8_t)((top_bits >> 7) * 0x0102040810204080u >> 56);
}

/* @len of the next eight characters, then zeroes; byte 0 is the first one on every machine. */
static inline uint64_t next_chars(const char *text, uint32_t len)
{
	uint64_t chars = 0;

	memcpy(&chars, text, len);
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? bemu_swap64(chars) : chars;
}

static void forget_names(struct bemu_kbtf_check *c, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		c->good_name[from / 8] &= (uint8_t) ~(1u << from % 8);
}

/* Which of eight characters may begin an identifier; @other: neither in one nor its end. */
static inline uint8_t classify(uint64_t chars, uint64_t *other)
{
	uint64_t low = chars & ~TOP, first, later;

	first = in_range(low | EACH(0x20), 'a', 'z') | equal(low, '_') | equal(low, '.');
	later = in_range(low, '0', '9') | equal(low, 0);
	*other = (~(first | later) | chars) & TOP;
	return gather(first & ~chars);
}

/* What spoils a name, as bits of the characters at @pos, spoils it back to its beginning. */
static uint32_t spoil_names(struct bemu_kbtf_check *c, uint32_t pos, uint8_t other, uint32_t spoilt)
{
	uint32_t from;

	for (; other; pos++, other >>= 1) {
		if (!(other & 1))
			continue;
		for (from = pos; from > spoilt && c->strs[from - 1];)
			from--;
		forget_names(c, from, pos + 1);
		spoilt = pos + 1;
	}
	return spoilt;
}

/*
 * Notes where identifiers may begin, for all strings in one go: nearly every string is a name, and
 * looked at by several types. What is not noted here is looked at by itself when somebody asks.
 *
 * A character that no identifier has spoils all beginnings back to the last one of that sort, or to a
 * NUL. A name that is too long has a run of characters without NUL in it that begins at a multiple of
 * half the allowed length, and is as long as that.
 */
void bemu_kbtf_note_names(struct bemu_kbtf_check *c)
{
	uint32_t half = c->model->prof->max_ident_len / 2, pos, spoilt = 0;
	uint64_t chars, other;

	for (pos = 0; pos < c->str_len; pos += 8) {
		/* a length that is known is one load */
		chars = c->str_len - pos >= 8 ? next_chars(c->strs + pos, 8)
					      : next_chars(c->strs + pos, c->str_len - pos);
		c->good_name[pos / 8] = classify(chars, &other);
		if (other)
			spoilt = spoil_names(c, pos, gather(other), spoilt);
	}
	for (pos = 0; c->str_len - pos >= half; pos += half)
		if (!memchr(c->strs + pos, 0, half))
			forget_names(c, pos ? pos - half : 0, pos + half);
}

static bool scan(const struct bemu_kbtf_check *c, uint32_t off, uint8_t first, uint8_t later)
{
	const uint8_t *name = (const uint8_t *)bemu_kbtf_str(c, off);
	uint32_t i, max = c->model->prof->max_ident_len;

	if (!(char_class(name[0]) & first))
		return false;
	for (i = 1; i < max && name[i]; i++)
		if (!(char_class(name[i]) & later))
			return false;
	return !name[i];
}

bool bemu_kbtf_scan_identifier(struct bemu_kbtf_check *c, uint32_t off)
{
	uint32_t own = off - c->start_str_off;

	if (!scan(c, off, CHAR_FIRST, CHAR_LATER))
		return false;
	if (off >= c->start_str_off)
		c->good_name[own / 8] |= (uint8_t)(1u << own % 8);
	return true;
}

bool bemu_kbtf_section_ok(struct bemu_kbtf_check *c, uint32_t off)
{
	if (!bemu_model_has(c->model, BEMU_KF_SEC_PRINTABLE))
		return bemu_kbtf_identifier_ok(c, off);
	return scan(c, off, CHAR_PRINT, CHAR_PRINT);
}

static bool type_id_ok(uint32_t id)
{
	return id <= BEMU_K_BTF_MAX_TYPE;
}

/* An identifier that has to be there. */
static bool named(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	return t->name_off && bemu_kbtf_identifier_ok(c, t->name_off);
}

static bool anon_or_named(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	return !t->name_off || bemu_kbtf_identifier_ok(c, t->name_off);
}

/* Whether kind_flag is refused for DECL_TAG and TYPE_TAG; v6.15 gave it a meaning. */
static bool bad_tag_kflag(const struct bemu_kbtf_check *c, const struct btf_type *t)
{
	return bemu_btf_kflag(t) && !bemu_model_has(c->model, BEMU_KF_TAG_KFLAG);
}

static int check_int(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	uint32_t data = bemu_btf_int_data(t), nr_bits, encoding;

	if (bemu_btf_vlen(t))
		return bemu_kbtf_say_type(c, t, "vlen != 0");
	if (bemu_btf_kflag(t))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	if (data & ~(uint32_t)INT_MASK)
		return bemu_kbtf_say_basic(c, t, "Invalid int_data:%x", data);
	nr_bits = BTF_INT_BITS(data) + BTF_INT_OFFSET(data);
	if (nr_bits > BEMU_K_BITS_PER_U128)
		return bemu_kbtf_say_type(c, t, "nr_bits exceeds %u",
					  (unsigned int)BEMU_K_BITS_PER_U128);
	if (bemu_kbtf_round_up_bytes(nr_bits) > t->size)
		return bemu_kbtf_say_type(c, t, "nr_bits exceeds type_size");
	encoding = BTF_INT_ENCODING(data);
	if (encoding && encoding != BTF_INT_SIGNED && encoding != BTF_INT_CHAR &&
	    encoding != BTF_INT_BOOL) {
		(void)bemu_kbtf_say_type(c, t, "Unsupported encoding");
		return -BEMU_K_ENOTSUPP;
	}
	return 0;
}

/* Pointers and modifiers. */
static int check_ref(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	uint32_t kind = bemu_btf_kind(t);
	bool name_ok;

	if (bemu_btf_vlen(t))
		return bemu_kbtf_say_type(c, t, "vlen != 0");
	if (kind == BTF_KIND_TYPE_TAG ? bad_tag_kflag(c, t) : bemu_btf_kflag(t))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	if (!type_id_ok(t->type))
		return bemu_kbtf_say_type(c, t, "Invalid type_id");
	if (kind == BTF_KIND_TYPEDEF)
		name_ok = named(c, t);
	else if (kind == BTF_KIND_TYPE_TAG)
		name_ok = bemu_kbtf_str(c, t->name_off)[0];
	else
		name_ok = !t->name_off;
	return name_ok ? 0 : bemu_kbtf_say_type(c, t, "Invalid name");
}

static int check_fwd(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	if (bemu_btf_vlen(t))
		return bemu_kbtf_say_type(c, t, "vlen != 0");
	if (t->type)
		return bemu_kbtf_say_type(c, t, "type != 0");
	if (!named(c, t))
		return bemu_kbtf_say_type(c, t, "Invalid name");
	return 0;
}

static int check_array(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	const struct btf_array *array = bemu_btf_array(t);

	if (t->name_off)
		return bemu_kbtf_say_type(c, t, "Invalid name");
	if (bemu_btf_vlen(t))
		return bemu_kbtf_say_type(c, t, "vlen != 0");
	if (bemu_btf_kflag(t))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	if (t->size)
		return bemu_kbtf_say_type(c, t, "size != 0");
	if (!array->type || !type_id_ok(array->type))
		return bemu_kbtf_say_type(c, t, "Invalid elem");
	if (!array->index_type || !type_id_ok(array->index_type))
		return bemu_kbtf_say_type(c, t, "Invalid index");
	return 0;
}

static int check_struct(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	const struct btf_member *m = bemu_btf_members(t), *end = m + bemu_btf_vlen(t);
	bool is_union = bemu_btf_kind(t) == BTF_KIND_UNION, kflag = bemu_btf_kflag(t);
	uint32_t last = 0, off;

	if (!anon_or_named(c, t))
		return bemu_kbtf_say_type(c, t, "Invalid name");
	bemu_kbtf_show_type(c, t);
	for (; m < end; m++) {
		if (!bemu_kbtf_name_off_ok(c, m->name_off))
			return bemu_kbtf_say_member(c, t, m, "Invalid member name_offset:%u",
						    m->name_off);
		if (m->name_off && !bemu_kbtf_identifier_ok(c, m->name_off))
			return bemu_kbtf_say_member(c, t, m, "Invalid name");
		if (!m->type || !type_id_ok(m->type))
			return bemu_kbtf_say_member(c, t, m, "Invalid type_id");
		off = kflag ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
		if ((is_union && off) || last > off)
			return bemu_kbtf_say_member(c, t, m, "Invalid member bits_offset");
		/* ">": an array of no elements may stand at the very end */
		if (bemu_kbtf_round_up_bytes(off) > t->size)
			return bemu_kbtf_say_member(c, t, m,
						    "Member bits_offset exceeds its struct size");
		bemu_kbtf_show_member(c, t, m);
		last = off;
	}
	return 0;
}

static int check_enum_head(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	if (bemu_btf_kind(t) == BTF_KIND_ENUM && bemu_btf_kflag(t) &&
	    !bemu_model_has(c->model, BEMU_KF_ENUM_KFLAG))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	if (t->size > 8 || !t->size || t->size & (t->size - 1))
		return bemu_kbtf_say_type(c, t, "Unexpected size");
	if (!anon_or_named(c, t))
		return bemu_kbtf_say_type(c, t, "Invalid name");
	bemu_kbtf_show_type(c, t);
	return 0;
}

static int check_enumerator(struct bemu_kbtf_check *c, const struct btf_type *t, uint32_t name_off)
{
	if (!bemu_kbtf_name_off_ok(c, name_off))
		return bemu_kbtf_say(c, "\tInvalid name_offset:%u", name_off);
	if (!name_off || !bemu_kbtf_identifier_ok(c, name_off))
		return bemu_kbtf_say_type(c, t, "Invalid name");
	return 0;
}

static int check_enum(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	const struct btf_enum *e = bemu_btf_enums(t), *end = e + bemu_btf_vlen(t);
	int err = check_enum_head(c, t);

	for (; !err && e < end; e++) {
		err = check_enumerator(c, t, e->name_off);
		if (!err && bemu_kbtf_logs(c))
			bemu_kbtf_say_enum(c, t, e);
	}
	return err;
}

static int check_enum64(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	const struct btf_enum64 *e = bemu_btf_enums64(t), *end = e + bemu_btf_vlen(t);
	int err = check_enum_head(c, t);

	for (; !err && e < end; e++) {
		err = check_enumerator(c, t, e->name_off);
		if (!err && bemu_kbtf_logs(c))
			bemu_kbtf_say_enum64(c, t, e);
	}
	return err;
}

static int check_func(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	if (!named(c, t))
		return bemu_kbtf_say_type(c, t, "Invalid name");
	if (bemu_btf_vlen(t) > BTF_FUNC_GLOBAL)
		return bemu_kbtf_say_type(c, t, "Invalid func linkage");
	if (bemu_btf_kflag(t))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	return 0;
}

static int check_proto(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	if (t->name_off)
		return bemu_kbtf_say_type(c, t, "Invalid name");
	if (bemu_btf_kflag(t))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	return 0;
}

static int check_var(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	if (bemu_btf_vlen(t))
		return bemu_kbtf_say_type(c, t, "vlen != 0");
	if (bemu_btf_kflag(t))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	if (!named(c, t))
		return bemu_kbtf_say_type(c, t, "Invalid name");
	if (!t->type || !type_id_ok(t->type))
		return bemu_kbtf_say_type(c, t, "Invalid type_id");
	if (bemu_btf_var(t)->linkage > BTF_VAR_GLOBAL_ALLOCATED)
		return bemu_kbtf_say_type(c, t, "Linkage not supported");
	return 0;
}

static int check_datasec(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	const struct btf_var_secinfo *e = bemu_btf_secinfos(t), *end = e + bemu_btf_vlen(t);
	uint64_t last_end = 0, sum = 0;

	if (!t->size)
		return bemu_kbtf_say_type(c, t, "size == 0");
	if (bemu_btf_kflag(t))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	if (!t->name_off || !bemu_kbtf_section_ok(c, t->name_off))
		return bemu_kbtf_say_type(c, t, "Invalid name");
	bemu_kbtf_show_type(c, t);
	for (; e < end; e++) {
		if (!e->type || !type_id_ok(e->type))
			return bemu_kbtf_say_entry(c, t, e, "Invalid type_id");
		if (e->offset < last_end || e->offset >= t->size)
			return bemu_kbtf_say_entry(c, t, e, "Invalid offset");
		if (!e->size || e->size > t->size)
			return bemu_kbtf_say_entry(c, t, e, "Invalid size");
		last_end = (uint64_t)e->offset + e->size;
		if (last_end > t->size)
			return bemu_kbtf_say_entry(c, t, e, "Invalid offset+size");
		(void)bemu_kbtf_say_entry(c, t, e, NULL);
		sum += e->size;
	}
	if (t->size < sum)
		return bemu_kbtf_say_type(c, t, "Invalid btf_info size");
	return 0;
}

static int check_float(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	if (bemu_btf_vlen(t))
		return bemu_kbtf_say_type(c, t, "vlen != 0");
	if (bemu_btf_kflag(t))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	if (t->size != 2 && t->size != 4 && t->size != 8 && t->size != 12 && t->size != 16)
		return bemu_kbtf_say_type(c, t, "Invalid type_size");
	return 0;
}

static int check_decl_tag(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	if (!bemu_kbtf_str(c, t->name_off)[0])
		return bemu_kbtf_say_type(c, t, "Invalid value");
	if (bemu_btf_vlen(t))
		return bemu_kbtf_say_type(c, t, "vlen != 0");
	if (bad_tag_kflag(c, t))
		return bemu_kbtf_say_type(c, t, "Invalid btf_info kind_flag");
	if (bemu_btf_decl_tag(t)->component_idx < -1)
		return bemu_kbtf_say_type(c, t, "Invalid component_idx");
	return 0;
}

static uint32_t extra_len(uint32_t kind, uint32_t vlen)
{
	switch (kind) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return 12;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return vlen * 12;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return vlen * 8;
	default:
		return 0;
	}
}

/* A record all of whose bytes are there. Those kinds that print more than one line show themselves. */
static int check_record(struct bemu_kbtf_check *c, const struct btf_type *t, uint32_t kind)
{
	int err;

	switch (kind) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return check_struct(c, t);
	case BTF_KIND_ENUM:
		return check_enum(c, t);
	case BTF_KIND_ENUM64:
		return check_enum64(c, t);
	case BTF_KIND_DATASEC:
		return check_datasec(c, t);
	case BTF_KIND_INT:
		err = check_int(c, t);
		break;
	case BTF_KIND_ARRAY:
		err = check_array(c, t);
		break;
	case BTF_KIND_FWD:
		err = check_fwd(c, t);
		break;
	case BTF_KIND_FUNC:
		err = check_func(c, t);
		break;
	case BTF_KIND_FUNC_PROTO:
		err = check_proto(c, t);
		break;
	case BTF_KIND_VAR:
		err = check_var(c, t);
		break;
	case BTF_KIND_FLOAT:
		err = check_float(c, t);
		break;
	case BTF_KIND_DECL_TAG:
		err = check_decl_tag(c, t);
		break;
	default:
		err = check_ref(c, t);
		break;
	}
	if (!err)
		bemu_kbtf_show_type(c, t);
	return err;
}

/* Mirrors btf_add_type(), whose -E2BIG its caller ignores: types that are too many vanish. */
static void add_type(struct bemu_kbtf_check *c, uint32_t off, uint32_t kind)
{
	if (c->nr >= BEMU_K_BTF_MAX_TYPE) {
		(void)bemu_kbtf_say(c, "Exceeded max num of types");
		return;
	}
	c->off[c->nr - c->first] = off;
	c->kind[c->nr - c->first] = (uint8_t)kind;
	c->nr++;
}

int bemu_kbtf_check_metas(struct bemu_kbtf_check *c)
{
	uint32_t pos = 0, left, kind, extra;
	int err;

	for (c->log_type_id = c->nr; pos < c->types_len; c->log_type_id++) {
		const struct btf_type *t = (const void *)(c->types + pos);

		left = c->types_len - pos;
		if (left < sizeof(*t))
			return bemu_kbtf_say(c, "[%u] meta_left:%u meta_needed:%zu", c->log_type_id,
					     left, sizeof(*t));
		left -= (uint32_t)sizeof(*t);
		if (t->info & ~(INFO_MASK_LOW | 1u << 31))
			return bemu_kbtf_say(c, "[%u] Invalid btf_info:%x", c->log_type_id,
					     t->info);
		kind = bemu_btf_kind(t);
		if (!kind || kind > c->model->prof->max_btf_kind)
			return bemu_kbtf_say(c, "[%u] Invalid kind:%u", c->log_type_id, kind);
		if (!bemu_kbtf_name_off_ok(c, t->name_off))
			return bemu_kbtf_say(c, "[%u] Invalid name_offset:%u", c->log_type_id,
					     t->name_off);
		extra = extra_len(kind, bemu_btf_vlen(t));
		if (left < extra)
			return bemu_kbtf_say_basic(c, t, "meta_left:%u meta_needed:%u", left,
						   extra);
		if (bemu_env_step(c->env, 1 + extra / 8))
			return -EDQUOT;
		err = check_record(c, t, kind);
		if (err)
			return err;
		add_type(c, pos, kind);
		pos += (uint32_t)sizeof(*t) + extra;
	}
	return 0;
}
