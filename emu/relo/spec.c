// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Specs: an access string as numbers, as named steps and as a bit offset. For
 *
 *   struct s { int a; struct { int b; int c[7]; }; } *p;    &p->c[3]    "0:1:1:3"
 *
 * the raw spec is 0, 1, 1, 3 and the accessors are [0], .c, [3]: anonymous members have none.
 */
#include "relo/private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHARGED_STEPS = 32 }; /* chains of typedefs are charged to the budget in lots */

static const struct {
	const char *name, *long_name;
} kinds[BEMU_CORE_NR_KINDS] = {
	[BEMU_CORE_FIELD_BYTE_OFFSET] = { "byte_off", "field_byte_offset" },
	[BEMU_CORE_FIELD_BYTE_SIZE] = { "byte_sz", "field_byte_size" },
	[BEMU_CORE_FIELD_EXISTS] = { "field_exists", "field_exists" },
	[BEMU_CORE_FIELD_SIGNED] = { "signed", "field_signed" },
	[BEMU_CORE_FIELD_LSHIFT_U64] = { "lshift_u64", "field_lshift_u64" },
	[BEMU_CORE_FIELD_RSHIFT_U64] = { "rshift_u64", "field_rshift_u64" },
	[BEMU_CORE_TYPE_ID_LOCAL] = { "local_type_id", "type_id_local" },
	[BEMU_CORE_TYPE_ID_TARGET] = { "target_type_id", "type_id_target" },
	[BEMU_CORE_TYPE_EXISTS] = { "type_exists", "type_exists" },
	[BEMU_CORE_TYPE_SIZE] = { "type_size", "type_size" },
	[BEMU_CORE_ENUMVAL_EXISTS] = { "enumval_exists", "enumval_exists" },
	[BEMU_CORE_ENUMVAL_VALUE] = { "enumval_value", "enumval_value" },
	[BEMU_CORE_TYPE_MATCHES] = { "type_matches", "type_matches" },
};

const char *bemu_core_kind_name(uint32_t kind)
{
	return kind < BEMU_CORE_NR_KINDS ? kinds[kind].name : "unknown";
}

const char *bemu_core_kind_long_name(uint32_t kind)
{
	return kind < BEMU_CORE_NR_KINDS ? kinds[kind].long_name : "unknown";
}

void bemu_core_say(struct bemu_buf *lines, const char *fmt, ...)
{
	va_list args;

	if (!lines)
		return;
	va_start(args, fmt);
	bemu_buf_vprintf(lines, fmt, args);
	va_end(args);
	bemu_buf_add(lines, "\n", 1);
}

const char *bemu_core_kind_text(uint32_t rules, uint32_t kind, char buf[BEMU_CORE_KIND_TEXT_LEN])
{
	const char *name = bemu_btf_kind_name(kind);
	size_t i;

	if (bemu_core_rules_kernel(rules))
		return name;
	if (kind == BTF_KIND_UNKN)
		return "void";
	for (i = 0; name[i] && i + 1 < BEMU_CORE_KIND_TEXT_LEN; i++)
		buf[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A') : name[i]);
	buf[i] = '\0';
	return buf;
}

const struct btf_type *bemu_core_skip_mods(struct bemu_core_job *job, const struct bemu_btf *btf,
					   uint32_t id, uint32_t *out_id)
{
	uint32_t steps = 0, nr = bemu_btf_nr_types(btf);
	const struct btf_type *t;

	while ((t = bemu_btf_type(btf, id)) &&
	       (bemu_btf_is_mod_kind(bemu_btf_kind(t)) || bemu_btf_kind(t) == BTF_KIND_TYPEDEF)) {
		if (++steps > nr)
			return NULL;
		if (steps % CHARGED_STEPS == 0 && bemu_env_step(job->env, CHARGED_STEPS))
			return NULL;
		id = t->type;
	}
	if (t)
		*out_id = id;
	return t;
}

int bemu_core_chain(struct bemu_core_job *job, uint32_t type_id)
{
	if (job->env->fault == -EDQUOT)
		return -EDQUOT;
	return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_CHAIN, type_id,
			 "%s: insn %u: type %u leads nowhere or in a circle", job->prog, job->pos,
			 type_id);
}

/* Mirrors btf_resolve_size(), kernel/bpf/btf.c, v6.18: -EINVAL only, and the size is an int. */
static int64_t kernel_size(struct bemu_core_job *job, const struct bemu_btf *btf, uint32_t id)
{
	const struct btf_type *t = bemu_btf_type(btf, id);
	uint32_t kind = t ? bemu_btf_kind(t) : BTF_KIND_UNKN;
	int64_t size;

	if (kind == BTF_KIND_VAR || kind == BTF_KIND_DATASEC || kind == BTF_KIND_DECL_TAG)
		return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_SIZE, id,
				 "%s: insn %u: %s %u has no size", job->prog, job->pos,
				 bemu_btf_kind_name(kind), id);
	if (bemu_btf_resolve_size(btf, id, &size))
		return -EINVAL;
	if (size > INT32_MAX)
		return bemu_fail(job->env, bemu_wrap_s32((uint64_t)size), BEMU_R_CORE_SIZE, id,
				 "%s: insn %u: type %u has 2 GiB or more", job->prog, job->pos, id);
	return size;
}

int64_t bemu_core_size(struct bemu_core_job *job, const struct bemu_btf *btf, uint32_t id)
{
	int64_t size;
	int err;

	if (bemu_core_rules_kernel(job->rules))
		return kernel_size(job, btf, id);
	err = bemu_btf_resolve_size(btf, id, &size);
	return err ? err : size;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * One number as scanf's %d reads it: blanks and a sign may come first, an int is what is left of a
 * larger one. The C library stops at the ends of a long; the kernel's knows no '+' and wraps.
 */
static bool read_number(const char **pos, bool kernel, int32_t *out)
{
	const char *s = *pos;
	bool negative, overflow = false;
	uint64_t v = 0;

	while (is_space(*s))
		s++;
	negative = *s == '-';
	if (negative || (*s == '+' && !kernel))
		s++;
	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		overflow |= v > ((uint64_t)INT64_MAX - digit) / 10;
		v = v * 10 + digit;
	}
	if (overflow && !kernel)
		v = INT64_MAX + (uint64_t)negative;
	*out = bemu_wrap_s32(negative ? -v : v);
	*pos = s;
	return true;
}

static int read_numbers(struct bemu_core_job *job, const char *str, struct bemu_core_spec *out)
{
	const char *s = str;

	while (*s) {
		int32_t idx;

		if (*s == ':')
			s++;
		if (!read_number(&s, bemu_core_rules_kernel(job->rules), &idx))
			return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_ACCESS, job->pos,
					 "%s: insn %u: access string \"%s\" has no number at %zu",
					 job->prog, job->pos, str, (size_t)(s - str));
		if (idx < 0 && !bemu_core_takes_negative(job))
			return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_ACCESS_NEGATIVE, job->pos,
					 "%s: insn %u: access string \"%s\" has the number %d",
					 job->prog, job->pos, str, idx);
		if (out->nr_raw == BEMU_CORE_SPEC_MAX_LEN)
			return bemu_fail(job->env, -E2BIG, BEMU_R_CORE_ACCESS_LONG, job->pos,
					 "%s: insn %u: access string of more than %u numbers",
					 job->prog, job->pos, (unsigned int)BEMU_CORE_SPEC_MAX_LEN);
		out->raw[out->nr_raw++] = (uint32_t)idx;
	}
	return 0;
}

/* @what number @idx of a type that has @nr; up to libbpf 1.7 a negative one passes, and memory before is read. */
static int bad_bound(struct bemu_core_job *job, const char *what, uint32_t idx, uint32_t nr,
		     uint32_t type_id)
{
	if ((int32_t)idx < 0 && strcmp(what, "element") != 0)
		bemu_guard_ok(&job->env->guard, BEMU_GUARD_TYPE, false, (int32_t)idx, 1, nr,
			      "%s %" PRId32 " of type %u", what, (int32_t)idx, type_id);
	return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_ACCESS_BOUND, job->pos,
			 "%s: insn %u: %s %" PRId32 " of type %u, which has %u", job->prog,
			 job->pos, what, (int32_t)idx, type_id, nr);
}

static void push(struct bemu_core_spec *spec, uint32_t type_id, uint32_t idx, const char *name)
{
	struct bemu_core_accessor *acc = &spec->acc[spec->nr_acc++];

	acc->type_id = type_id;
	acc->idx = idx;
	acc->name = name;
}

static int bad_name(struct bemu_core_job *job, uint32_t type_id, uint32_t idx)
{
	return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_NAME, job->pos,
			 "%s: insn %u: number %u of type %u has no name", job->prog, job->pos, idx,
			 type_id);
}

static int parse_enumval(struct bemu_core_job *job, const struct btf_type *t, uint32_t id,
			 struct bemu_core_spec *out)
{
	const char *name;

	if (!bemu_btf_is_any_enum(t) || out->nr_raw > 1)
		return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_ACCESS_KIND, job->pos,
				 "%s: insn %u: enumerator of type %u, which is %s, by %u numbers",
				 job->prog, job->pos, id, bemu_btf_kind_name(bemu_btf_kind(t)),
				 out->nr_raw);
	if (out->raw[0] >= bemu_btf_vlen(t))
		return bad_bound(job, "enumerator", out->raw[0], bemu_btf_vlen(t), id);
	name = bemu_btf_str(job->local, bemu_core_enumerator_name_off(t, out->raw[0]));
	if (!name)
		return bad_name(job, id, out->raw[0]);
	push(out, id, out->raw[0], name);
	return 0;
}

/* Step number @i of the access string, from *id to the type behind it. */
static int parse_step(struct bemu_core_job *job, uint32_t i, uint32_t *id,
		      struct bemu_core_spec *out)
{
	const struct btf_type *t = bemu_core_skip(job, job->local, *id, id);
	char kind[BEMU_CORE_KIND_TEXT_LEN];
	uint32_t idx = out->raw[i];
	const char *name;
	int64_t size;

	if (!t)
		return bemu_core_chain(job, *id);
	if (bemu_btf_is_composite(t)) {
		const struct btf_member *m = bemu_btf_members(t);

		if (idx >= bemu_btf_vlen(t))
			return bad_bound(job, "member", idx, bemu_btf_vlen(t), *id);
		m += idx;
		out->bit_off += bemu_btf_member_bit_off(t, idx);
		if (m->name_off) {
			name = bemu_btf_str(job->local, m->name_off);
			if (!name || !*name)
				return bad_name(job, *id, idx);
			push(out, *id, idx, name);
		}
		*id = m->type;
		return 0;
	}
	if (bemu_btf_kind(t) == BTF_KIND_ARRAY) {
		const struct btf_array *arr = bemu_btf_array(t);
		uint32_t elem;

		if (!bemu_core_skip(job, job->local, arr->type, &elem))
			return bemu_core_chain(job, arr->type);
		if (idx >= arr->nelems &&
		    !bemu_core_is_flex(job->local, &out->acc[out->nr_acc - 1], arr))
			return bad_bound(job, "element", idx, arr->nelems, *id);
		*id = elem;
		push(out, elem, idx, NULL);
		size = bemu_core_size(job, job->local, elem);
		if (size < 0)
			return -EINVAL;
		out->bit_off += bemu_wrap_u32((uint64_t)idx * (uint64_t)size * 8);
		return 0;
	}
	/* where the access string should be, libbpf prints what is left of it: nothing */
	bemu_core_say(
		job->lines,
		"prog '%s': relo for [%u]  (at idx %u) captures type [%u] of unexpected kind %s",
		job->prog, out->root_type_id, i, *id,
		bemu_core_kind_text(job->rules, bemu_btf_kind(t), kind));
	return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_ACCESS_KIND, job->pos,
			 "%s: insn %u: step %u of type %u is in %s %u, which has no parts",
			 job->prog, job->pos, i, out->root_type_id,
			 bemu_btf_kind_name(bemu_btf_kind(t)), *id);
}

/* Mirrors bpf_core_parse_spec(), tools/lib/bpf/relo_core.c, libbpf 1.7, also in the order of checks. */
int bemu_core_parse(struct bemu_core_job *job, const struct bemu_core_relo *relo,
		    struct bemu_core_spec *out)
{
	const char *str = bemu_btf_str(job->local, relo->access_str_off);
	const struct btf_type *t;
	uint32_t id = relo->type_id, i;
	int64_t size;
	int err;

	if (!str)
		return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_ACCESS, job->pos,
				 "%s: insn %u: access string at %u is outside the %u bytes of "
				 "strings",
				 job->prog, job->pos, relo->access_str_off,
				 bemu_btf_end_str_off(job->local));
	if (!*str || *str == ':')
		return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_ACCESS, job->pos,
				 "%s: insn %u: access string %s", job->prog, job->pos,
				 *str ? "starts with a colon" : "is empty");
	out->btf = job->local;
	out->root_type_id = relo->type_id;
	out->kind = relo->kind;
	out->nr_acc = 0;
	out->nr_raw = 0;
	out->bit_off = 0;
	if (bemu_core_is_type(relo->kind)) {
		if (strcmp(str, "0"))
			return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_ACCESS, job->pos,
					 "%s: insn %u: access string \"%s\" of a type", job->prog,
					 job->pos, str);
		return 0;
	}
	err = read_numbers(job, str, out);
	if (err)
		return err;
	t = bemu_core_skip(job, job->local, id, &id);
	if (!t)
		return bemu_core_chain(job, relo->type_id);
	if (bemu_core_is_enumval(relo->kind))
		return parse_enumval(job, t, id, out);
	if (!bemu_core_is_field(relo->kind))
		return bemu_fail(job->env, -EINVAL, BEMU_R_CORE_KIND, job->pos,
				 "%s: insn %u: relocation of kind %u, the last one is %u",
				 job->prog, job->pos, relo->kind, BEMU_CORE_TYPE_MATCHES);
	push(out, id, out->raw[0], NULL);
	size = bemu_core_size(job, job->local, id);
	if (size < 0)
		return -EINVAL;
	out->bit_off = bemu_wrap_u32((uint64_t)out->raw[0] * (uint64_t)size * 8);
	for (i = 1; i < out->nr_raw; i++) {
		err = parse_step(job, i, &id, out);
		if (err)
			return err;
	}
	return 0;
}

int bemu_core_spec_parse(struct bemu_env *env, uint32_t rules, const struct bemu_btf *btf,
			 const struct bemu_core_relo *relo, struct bemu_core_spec *out)
{
	struct bemu_core_job job = {
		.env = env,
		.rules = rules,
		.prog = "",
		.pos = relo->insn_off / 8,
		.local = btf,
	};

	return bemu_core_parse(&job, relo, out);
}

struct text {
	char *pos;
	size_t left;
};

static void add(struct text *text, const char *fmt, ...) BEMU_PRINTF(2, 3);

static void add(struct text *text, const char *fmt, ...)
{
	size_t len;
	va_list args;
	int n;

	if (!text->left)
		return;
	va_start(args, fmt);
	n = vsnprintf(text->pos, text->left, fmt, args);
	va_end(args);
	len = n < 0 ? 0 : (size_t)n;
	if (len >= text->left)
		len = text->left - 1;
	text->pos += len;
	text->left -= len;
}

/* A target that did not match shows its first enumerator, as raw[0] is 0 there; none if it has none. */
static void format_enumval(struct text *text, const struct bemu_core_spec *spec)
{
	const struct btf_type *t = bemu_btf_skip_mods(spec->btf, spec->root_type_id, true, NULL);
	uint32_t idx = spec->nr_raw ? spec->raw[0] : 0;
	const char *name;

	if (!t || !bemu_btf_is_any_enum(t) || idx >= bemu_btf_vlen(t))
		return;
	name = bemu_btf_str(spec->btf, bemu_core_enumerator_name_off(t, idx));
	add(text, "::%s = ", name ? name : "(null)");
	if (bemu_btf_kind(t) == BTF_KIND_ENUM) {
		int32_t v = bemu_btf_enums(t)[idx].val;

		if (bemu_btf_kflag(t))
			add(text, "%" PRId32, v);
		else
			add(text, "%" PRIu32, (uint32_t)v);
	} else {
		const struct btf_enum64 *e = &bemu_btf_enums64(t)[idx];
		uint64_t v = (uint64_t)e->val_hi32 << 32 | e->val_lo32;

		if (bemu_btf_kflag(t))
			add(text, "%" PRId64, (int64_t)v);
		else
			add(text, "%" PRIu64, v);
	}
}

void bemu_core_spec_format(uint32_t rules, const struct bemu_core_spec *spec, char *buf, size_t len)
{
	const struct btf_type *t = bemu_btf_type(spec->btf, spec->root_type_id);
	const char *name = bemu_btf_name(spec->btf, spec->root_type_id);
	char kind[BEMU_CORE_KIND_TEXT_LEN];
	struct text text = { buf, len };
	uint32_t i;

	add(&text, "<%s> [%u] ", bemu_core_kind_name(spec->kind), spec->root_type_id);
	add(&text, "%s %s", bemu_core_kind_text(rules, t ? bemu_btf_kind(t) : BTF_KIND_UNKN, kind),
	    name && *name ? name : "<anon>");
	if (bemu_core_is_enumval(spec->kind))
		format_enumval(&text, spec);
	if (!bemu_core_is_field(spec->kind))
		return;
	for (i = 0; i < spec->nr_acc; i++) {
		if (spec->acc[i].name)
			add(&text, ".%s", spec->acc[i].name);
		else if (i || spec->acc[i].idx)
			add(&text, "[%u]", spec->acc[i].idx);
	}
	add(&text, " (");
	for (i = 0; i < spec->nr_raw; i++)
		add(&text, "%s%" PRId32, i ? ":" : "", (int32_t)spec->raw[i]);
	add(&text, " @ offset %u", spec->bit_off / 8);
	if (spec->bit_off % 8)
		add(&text, ".%u", spec->bit_off % 8);
	add(&text, ")");
}
