/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * BTF of the object on its way into the kernel: kinds that the kernel does not know are replaced by ones
 * that it does, so that all ids stay; then BTF_LOAD, with a log when it fails.
 * Mirrors bpf_object__sanitize_btf() and bpf_object__sanitize_and_load_btf(), tools/lib/bpf/libbpf.c, and
 * btf_load_into_kernel(), tools/lib/bpf/btf.c.
 */
#include <errno.h>
#include <string.h>

#include "load/private.h"

enum { LOG_SIZE = UINT32_MAX >> 8 }; /* mirrors BPF_LOG_BUF_SIZE */

/* What the kernel knows; asked for in this order. */
struct known {
	bool func_global, datasec, flt, func, decl_tag, type_tag, enum64, qmark, layout;
};

/* A copy of the object's BTF that is being rewritten. */
struct copy {
	struct bemu_load *ld;
	const struct bemu_btf *btf;
	struct known known;
	char *raw;
	size_t len;
	uint32_t placeholder_id;
	bool add_placeholder;
};

static int ask(struct bemu_load *ld, enum bemu_load_feat feat, bool *out)
{
	int ret = bemu_load_feature(ld, feat);

	*out = ret > 0;
	return ret < 0 ? ret : 0;
}

static int ask_all(struct bemu_load *ld, struct known *k)
{
	const struct {
		enum bemu_load_feat feat;
		uint32_t since;
		bool *out;
	} all[] = {
		{ BEMU_FEAT_BTF_GLOBAL_FUNC, BEMU_LIBBPF_1_1, &k->func_global },
		{ BEMU_FEAT_BTF_DATASEC, BEMU_LIBBPF_1_1, &k->datasec },
		{ BEMU_FEAT_BTF_FLOAT, BEMU_LIBBPF_1_1, &k->flt },
		{ BEMU_FEAT_BTF_FUNC, BEMU_LIBBPF_1_1, &k->func },
		{ BEMU_FEAT_BTF_DECL_TAG, BEMU_LIBBPF_1_1, &k->decl_tag },
		{ BEMU_FEAT_BTF_TYPE_TAG, BEMU_LIBBPF_1_1, &k->type_tag },
		{ BEMU_FEAT_BTF_ENUM64, BEMU_LIBBPF_1_1, &k->enum64 },
		{ BEMU_FEAT_BTF_QMARK_DATASEC, BEMU_LIBBPF_1_5, &k->qmark },
		{ BEMU_FEAT_BTF_LAYOUT, BEMU_LIBBPF_NEXT, &k->layout },
	};
	size_t i;
	int err;

	for (i = 0; i < BEMU_ARRAY_SIZE(all); i++) {
		*all[i].out = true;
		if (ld->libbpf < all[i].since)
			continue;
		err = ask(ld, all[i].feat, all[i].out);
		if (err)
			return err;
	}
	return 0;
}

static bool needs_rewrite(const struct known *k)
{
	return !k->func || !k->datasec || !k->func_global || !k->flt || !k->decl_tag ||
	       !k->type_tag || !k->enum64 || !k->qmark || !k->layout;
}

static uint32_t info(uint32_t kind, uint32_t vlen)
{
	return kind << 24 | vlen;
}

/* The type in the copy; its records follow. */
static struct btf_type *type_in_copy(struct copy *c, uint32_t type_id)
{
	const struct btf_type *t = bemu_btf_type(c->btf, type_id);
	size_t len;
	const char *raw = bemu_btf_raw(c->btf, &len);

	return (struct btf_type *)(void *)(c->raw + ((const char *)t - raw));
}

static struct btf_header *header(struct copy *c)
{
	return (struct btf_header *)(void *)c->raw;
}

/* The string in the copy, NUL-terminated inside of it; NULL when the offset is wild. */
static char *str_in_copy(struct copy *c, uint32_t off)
{
	const struct btf_header *hdr = header(c);

	return off < hdr->str_len ? c->raw + hdr->hdr_len + hdr->str_off + off : NULL;
}

/* DATASEC to STRUCT: entries and members are equally long and are rewritten in place. */
static void datasec_to_struct(struct copy *c, struct btf_type *t)
{
	struct btf_var_secinfo *secinfo = (struct btf_var_secinfo *)(t + 1);
	struct btf_member *member = (struct btf_member *)(t + 1);
	char *name = str_in_copy(c, t->name_off);
	bool qmark = bemu_load_at_least(c->ld, BEMU_LIBBPF_1_5);
	uint32_t i, vlen = bemu_btf_vlen(t);

	for (; name && *name; name++)
		if (*name == '.' || (qmark && *name == '?'))
			*name = '_';
	t->info = info(BTF_KIND_STRUCT, vlen);
	for (i = 0; i < vlen; i++) {
		struct btf_var_secinfo var = secinfo[i];
		const struct btf_type *t_var = bemu_btf_type(c->btf, var.type);

		member[i].offset = var.offset * 8;
		member[i].type = var.type;
		member[i].name_off = t_var ? t_var->name_off : 0;
	}
}

static void enum64_to_union(struct copy *c, struct btf_type *t)
{
	struct btf_member *member = (struct btf_member *)(t + 1);
	uint32_t i, vlen = bemu_btf_vlen(t);

	c->add_placeholder = true;
	t->info = info(BTF_KIND_UNION, vlen);
	for (i = 0; i < vlen; i++) {
		member[i].type = c->placeholder_id;
		member[i].offset = 0;
	}
}

static void rewrite_type(struct copy *c, struct btf_type *t)
{
	const struct known *k = &c->known;
	uint32_t kind = bemu_btf_kind(t);
	char *name;

	switch (kind) {
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		if (kind == BTF_KIND_VAR ? k->datasec : k->decl_tag)
			break;
		t->info = info(BTF_KIND_INT, 0);
		t->size = 1; /* never larger than the variable was */
		*(uint32_t *)(t + 1) = 8;
		break;
	case BTF_KIND_DATASEC:
		if (!k->datasec) {
			datasec_to_struct(c, t);
		} else if (!k->qmark) {
			name = str_in_copy(c, t->name_off);
			if (name && *name == '?')
				*name = '_';
		}
		break;
	case BTF_KIND_FUNC_PROTO:
		if (k->func)
			break;
		t->info = info(BTF_KIND_ENUM, bemu_btf_vlen(t));
		t->size = sizeof(uint32_t);
		break;
	case BTF_KIND_FUNC:
		if (!k->func)
			t->info = info(BTF_KIND_TYPEDEF, 0);
		else if (!k->func_global)
			t->info = info(BTF_KIND_FUNC, 0);
		break;
	case BTF_KIND_FLOAT:
		if (k->flt)
			break;
		t->name_off = 0;
		t->info = info(BTF_KIND_STRUCT, 0);
		break;
	case BTF_KIND_TYPE_TAG:
		if (k->type_tag)
			break;
		t->name_off = 0;
		t->info = info(BTF_KIND_CONST, 0);
		break;
	case BTF_KIND_ENUM:
		if (!k->enum64)
			t->info = info(BTF_KIND_ENUM, bemu_btf_vlen(t)); /* signedness is younger */
		break;
	case BTF_KIND_ENUM64:
		if (!k->enum64)
			enum64_to_union(c, t);
		break;
	default:
		break;
	}
}

/* Offset of a string that is there already; str_len when not. Mirrors strset__find_str(). */
static uint32_t find_str(struct copy *c, const char *s)
{
	uint32_t off, str_len = header(c)->str_len;
	size_t len = strlen(s) + 1;

	for (off = 0; off < str_len; off += (uint32_t)strlen(str_in_copy(c, off)) + 1)
		if (len <= str_len - off && !memcmp(str_in_copy(c, off), s, len))
			return off;
	return str_len;
}

/*
 * An INT behind all other types and its name behind all strings. Mirrors btf__add_int() and
 * btf_get_raw_data(): sections are written one behind the other, whatever gaps there were.
 */
static int append_placeholder(struct copy *c)
{
	static const char name[] = "enum64_placeholder";
	const struct btf_header *old = header(c);
	uint32_t name_off = find_str(c, name);
	struct {
		struct btf_type t;
		uint32_t data;
	} added = { .t = { .name_off = name_off, .info = info(BTF_KIND_INT, 0), .size = 1 },
		    .data = 8 };
	struct btf_header hdr = *old;
	struct bemu_buf out;

	bemu_buf_init(&out, c->ld->env);
	hdr.type_len += (uint32_t)sizeof(added);
	hdr.str_off += (uint32_t)sizeof(added);
	if (name_off == old->str_len)
		hdr.str_len += (uint32_t)sizeof(name);
	bemu_buf_add(&out, &hdr, sizeof(hdr));
	bemu_buf_add(&out, c->raw + sizeof(hdr), old->hdr_len - sizeof(hdr));
	bemu_buf_add(&out, c->raw + old->hdr_len + old->type_off, old->type_len);
	bemu_buf_add(&out, &added, sizeof(added));
	bemu_buf_add(&out, c->raw + old->hdr_len + old->str_off, old->str_len);
	if (name_off == old->str_len)
		bemu_buf_add(&out, name, sizeof(name));
	if (out.err) {
		bemu_buf_fini(&out);
		return out.err;
	}
	bemu_mem_free(c->ld->env, c->raw);
	c->raw = out.data;
	c->len = out.len;
	return 0;
}

/* Strings move up to the types; the header keeps its length, its last two words become 0. */
static void remove_layout(struct copy *c)
{
	struct btf_header *hdr = header(c);
	uint32_t *layout = (uint32_t *)(void *)(hdr + 1); /* offset and length */

	if (hdr->hdr_len < sizeof(*hdr) + 2 * sizeof(*layout) || !layout[1])
		return;
	memmove(c->raw + hdr->hdr_len, c->raw + hdr->hdr_len + hdr->type_off, hdr->type_len);
	memmove(c->raw + hdr->hdr_len + hdr->type_len, c->raw + hdr->hdr_len + hdr->str_off,
		hdr->str_len);
	hdr->type_off = 0;
	hdr->str_off = hdr->type_len;
	layout[0] = layout[1] = 0;
	c->len = hdr->hdr_len + hdr->type_len + hdr->str_len;
}

static int rewrite(struct copy *c)
{
	uint32_t id, nr = bemu_btf_nr_types(c->btf);
	const void *raw = bemu_btf_raw(c->btf, &c->len);
	int err;

	c->raw = bemu_memdup(c->ld->env, raw, c->len);
	if (!c->raw)
		return -ENOMEM;
	c->placeholder_id = nr;
	for (id = 1; id < nr; id++) {
		err = bemu_env_step(c->ld->env, 1);
		if (err)
			return err;
		rewrite_type(c, type_in_copy(c, id));
	}
	if (!c->known.layout)
		remove_layout(c);
	return c->add_placeholder ? append_placeholder(c) : 0;
}

/* The last line of the kernel's text, which names the reason. */
static void note_refusal(struct bemu_load *ld, int err, const char *log)
{
	size_t end = strnlen(log, LOG_SIZE), start;

	while (end && log[end - 1] == '\n')
		end--;
	for (start = end; start && log[start - 1] != '\n';)
		start--;
	bemu_note(ld->env, BEMU_R_LOAD_BTF_REFUSED, (uint64_t)-err, "BTF_LOAD: %.*s",
		  (int)(end - start), log + start);
}

static int upload(struct bemu_load *ld, const void *raw, size_t len)
{
	struct bemu_attr_btf_load attr = { .btf = (uintptr_t)raw };
	uint32_t log_size = LOG_SIZE;
	char *log = NULL;
	int fd, err;

	if (ld->opts.gen) {
		ld->opts.gen->load_btf(ld->opts.gen->ctx, raw, len);
		ld->btf_fd = 0; /* as if there were one, for all who ask */
		return 0;
	}
	err = bemu_u32_from_size(len, &attr.btf_size);
	if (err)
		return err;
	if (ld->token_fd > 0) {
		attr.btf_flags = BEMU_BPF_F_TOKEN_FD;
		attr.btf_token_fd = ld->token_fd;
	}
	fd = bemu_load_btf_load(ld, &attr);
	while (fd < 0 && !bemu_load_faulted(ld)) {
		if (log && (fd != -ENOSPC || log_size > UINT32_MAX / 2))
			break;
		if (log)
			log_size *= 2;
		bemu_mem_free(ld->env, log);
		log = bemu_alloc(ld->env, log_size);
		if (!log)
			return -ENOMEM;
		log[0] = '\0';
		attr.btf_log_buf = (uintptr_t)log;
		attr.btf_log_size = log_size;
		attr.btf_log_level = 1;
		fd = bemu_load_btf_load(ld, &attr);
	}
	if (fd >= 0)
		ld->btf_fd = ld->res.btf_fd = fd;
	else if (log && !bemu_load_faulted(ld))
		note_refusal(ld, fd, log);
	bemu_mem_free(ld->env, log);
	return fd < 0 ? fd : 0;
}

/* Mirrors kernel_needs_btf(). */
static bool mandatory(const struct bemu_obj *obj)
{
	uint32_t i;

	for (i = 0; i < obj->nr_maps; i++)
		if (obj->maps[i].kind == BEMU_MAP_STRUCT_OPS)
			return true;
	return false;
}

static int sanitize_and_upload(struct bemu_load *ld)
{
	struct copy c = { .ld = ld, .btf = ld->obj_btf };
	int err;

	err = ask_all(ld, &c.known);
	if (err)
		return err;
	if (needs_rewrite(&c.known)) {
		err = rewrite(&c);
		if (!err)
			err = upload(ld, c.raw, c.len);
		bemu_mem_free(ld->env, c.raw);
	} else {
		const void *raw = bemu_btf_raw(c.btf, &c.len);

		err = upload(ld, raw, c.len);
	}
	return err;
}

int bemu_load_object_btf(struct bemu_load *ld)
{
	bool known;
	int err;

	if (!ld->obj->btf)
		return 0;
	err = ask(ld, BEMU_FEAT_BTF, &known);
	if (err)
		return err;
	if (known)
		err = sanitize_and_upload(ld);
	else if (mandatory(ld->obj))
		err = -EOPNOTSUPP;
	if (!err || bemu_load_faulted(ld))
		return err;
	if (mandatory(ld->obj))
		return bemu_fail(ld->env, err, BEMU_R_LOAD_BTF_REFUSED, (uint64_t)-err,
				 "struct_ops cannot do without BTF");
	return 0; /* optional: goes on without */
}
