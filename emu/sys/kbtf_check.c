/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The kernel's rules for BTF from user space. Mirrors btf_parse_hdr(), btf_parse_str_sec() and
 * btf_check_all_metas(), kernel/bpf/btf.c, v6.18.
 *
 * Differs: of the record rules, those on kinds, names, vlen, kind_flag and sizes are here; what
 * env_resolve() finds is left to bemu_btf_parse().
 */
#include <string.h>

#include "sys/sys.h"

enum {
	HDR_LEN = 24,
	K_MAX_NAME_OFF = 0xffffff,
	K_MAX_TYPE = 0xfffff,
	INFO_MASK = 0x1f00ffff,	/* besides bit 31 */
};

struct checker {
	struct bemu_call_ctx *ctx;
	struct bemu_klog *log;
	const char *strs;
	uint32_t str_len;
};

struct section {
	uint32_t off, len;
};

static int refuse(struct bemu_klog *log, int err, const char *text)
{
	bemu_klog(log, "%s", text);
	return err;
}

static int check_sections(struct bemu_klog *log, const struct btf_header *hdr, uint32_t body)
{
	struct section sec[2] = {
		{ hdr->type_off, hdr->type_len }, { hdr->str_off, hdr->str_len },
	};
	uint32_t total = 0, i;

	if ((int32_t)(sec[1].off - sec[0].off) < 0 ||
	    (sec[1].off == sec[0].off && (int32_t)(sec[1].len - sec[0].len) < 0)) {
		struct section tmp = sec[0];

		sec[0] = sec[1];
		sec[1] = tmp;
	}
	for (i = 0; i < 2; i++) {
		if (sec[i].off > body)
			return refuse(log, -EINVAL, "Invalid section offset");
		if (total < sec[i].off)
			return refuse(log, -EINVAL, "Unsupported section found");
		if (total > sec[i].off)
			return refuse(log, -EINVAL, "Section overlap found");
		if (body - total < sec[i].len)
			return refuse(log, -EINVAL, "Total section length too long");
		total += sec[i].len;
	}
	if (total != body)
		return refuse(log, -EINVAL, "Unsupported section found");
	return 0;
}

static int check_header(struct bemu_klog *log, const uint8_t *raw, uint32_t len,
			struct btf_header *hdr)
{
	uint32_t i, hdr_len;

	if (len < 8)
		return refuse(log, -EINVAL, "hdr_len not found");
	memcpy(&hdr_len, raw + 4, sizeof(hdr_len));
	if (len < hdr_len)
		return refuse(log, -EINVAL, "btf_header not found");
	for (i = HDR_LEN; i < hdr_len; i++)
		if (raw[i])
			return refuse(log, -E2BIG, "Unsupported btf_header");
	memset(hdr, 0, sizeof(*hdr));
	memcpy(hdr, raw, hdr_len < HDR_LEN ? hdr_len : HDR_LEN);
	bemu_klog(log, "magic: 0x%x\nversion: %u\nflags: 0x%x\nhdr_len: %u\n", hdr->magic,
		  hdr->version, hdr->flags, hdr->hdr_len);
	bemu_klog(log, "type_off: %u\ntype_len: %u\nstr_off: %u\nstr_len: %u\nbtf_total_size: %u\n",
		  hdr->type_off, hdr->type_len, hdr->str_off, hdr->str_len, len);
	if (hdr->magic != BTF_MAGIC)
		return refuse(log, -EINVAL, "Invalid magic");
	if (hdr->version != BTF_VERSION)
		return refuse(log, -BEMU_K_ENOTSUPP, "Unsupported version");
	if (hdr->flags)
		return refuse(log, -BEMU_K_ENOTSUPP, "Unsupported flags");
	if (len == hdr_len)
		return refuse(log, -EINVAL, "No data");
	return check_sections(log, hdr, len - hdr_len);
}

static bool name_ok(const struct checker *c, uint32_t off, bool printable)
{
	const char *name = c->strs + off;
	uint32_t i;

	for (i = 0; name[i]; i++) {
		char ch = name[i];
		bool alpha = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' ||
			     ch == '.';

		if (i >= c->ctx->model->prof->max_ident_len)
			return false;
		if (printable ? ch < ' ' || ch > '~' : !alpha && (!i || ch < '0' || ch > '9'))
			return false;
	}
	return i > 0;
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

/* NULL, or the kernel's message for the first rule that is broken. */
static const char *check_record(const struct checker *c, const struct btf_type *t, uint32_t kind)
{
	const struct bemu_model *model = c->ctx->model;
	bool kflag = BTF_INFO_KFLAG(t->info), tag_kflag = bemu_model_has(model, BEMU_KF_TAG_KFLAG);
	uint32_t vlen = BTF_INFO_VLEN(t->info);

	switch (kind) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
	case BTF_KIND_ARRAY:
		if (vlen)
			return "vlen != 0";
		break;
	default:
		break;
	}
	if (kflag && kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION && kind != BTF_KIND_FWD &&
	    !(kind == BTF_KIND_ENUM && bemu_model_has(model, BEMU_KF_ENUM_KFLAG)) &&
	    kind != BTF_KIND_ENUM64 &&
	    !((kind == BTF_KIND_TYPE_TAG || kind == BTF_KIND_DECL_TAG) && tag_kflag))
		return "Invalid btf_info kind_flag";
	switch (kind) {
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_ARRAY:
	case BTF_KIND_FUNC_PROTO:
		return t->name_off ? "Invalid name" : NULL;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_FWD:
	case BTF_KIND_VAR:
		return name_ok(c, t->name_off, false) ? NULL : "Invalid name";
	case BTF_KIND_FUNC:
		if (!name_ok(c, t->name_off, false))
			return "Invalid name";
		return vlen > BTF_FUNC_GLOBAL ? "Invalid func linkage" : NULL;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return t->name_off && !name_ok(c, t->name_off, false) ? "Invalid name" : NULL;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		if (t->size > 8 || !t->size || t->size & (t->size - 1))
			return "Unexpected size";
		return t->name_off && !name_ok(c, t->name_off, false) ? "Invalid name" : NULL;
	case BTF_KIND_DATASEC:
		if (!t->size)
			return "size == 0";
		return name_ok(c, t->name_off, bemu_model_has(model, BEMU_KF_SEC_PRINTABLE)) ?
			       NULL : "Invalid name";
	case BTF_KIND_FLOAT:
		return t->size == 2 || t->size == 4 || t->size == 8 || t->size == 12 ||
		       t->size == 16 ? NULL : "Invalid type_size";
	case BTF_KIND_TYPE_TAG:
		return c->strs[t->name_off] ? NULL : "Invalid name";
	case BTF_KIND_DECL_TAG:
		return c->strs[t->name_off] ? NULL : "Invalid value";
	default:
		return NULL;
	}
}

static int check_types(const struct checker *c, const uint8_t *types, uint32_t len)
{
	uint32_t pos, id = 1;

	for (pos = 0; pos < len; id++) {
		struct btf_type t;
		uint32_t kind, extra;
		const char *why;

		if (bemu_env_step(c->ctx->env, 1))
			return -EDQUOT;
		if (len - pos < sizeof(t)) {
			bemu_klog(c->log, "[%u] meta_left:%u meta_needed:%zu", id, len - pos,
				  sizeof(t));
			return -EINVAL;
		}
		memcpy(&t, types + pos, sizeof(t));
		pos += (uint32_t)sizeof(t);
		kind = BTF_INFO_KIND(t.info);
		if (t.info & ~(INFO_MASK | 1u << 31)) {
			bemu_klog(c->log, "[%u] Invalid btf_info:%x", id, t.info);
			return -EINVAL;
		}
		if (!kind || kind > c->ctx->model->prof->max_btf_kind) {
			bemu_klog(c->log, "[%u] Invalid kind:%u", id, kind);
			return -EINVAL;
		}
		if (t.name_off > K_MAX_NAME_OFF || t.name_off >= c->str_len) {
			bemu_klog(c->log, "[%u] Invalid name_offset:%u", id, t.name_off);
			return -EINVAL;
		}
		extra = extra_len(kind, BTF_INFO_VLEN(t.info));
		why = check_record(c, &t, kind);
		if (extra > len - pos) {
			bemu_klog(c->log, "[%u] %s %s meta_left:%u meta_needed:%u\n", id,
				  bemu_btf_kind_name(kind),
				  t.name_off ? c->strs + t.name_off : "(anon)", len - pos, extra);
			return -EINVAL;
		}
		if (why) {
			bemu_klog(c->log, "[%u] %s %s %s\n", id, bemu_btf_kind_name(kind),
				  t.name_off ? c->strs + t.name_off : "(anon)", why);
			return -EINVAL;
		}
		pos += extra;
	}
	return 0;
}

int bemu_kbtf_check(struct bemu_call_ctx *ctx, struct bemu_klog *log, const uint8_t *raw,
		    uint32_t len)
{
	struct checker c = { .ctx = ctx, .log = log };
	const uint8_t *body;
	struct btf_header hdr;
	int err = check_header(log, raw, len, &hdr);

	if (err)
		return err;
	/* a short header says nothing of its length: the fields that it lacks are 0 */
	body = raw + hdr.hdr_len;
	c.strs = (const char *)body + hdr.str_off;
	c.str_len = hdr.str_len;
	if (hdr.str_off + hdr.str_len != len - hdr.hdr_len)
		return refuse(log, -EINVAL, "String section is not at the end");
	if (!hdr.str_len || hdr.str_len - 1 > K_MAX_NAME_OFF || c.strs[hdr.str_len - 1] ||
	    c.strs[0])
		return refuse(log, -EINVAL, "Invalid string section");
	if (hdr.type_off & 3)
		return refuse(log, -EINVAL, "Unaligned type_off");
	if (!hdr.type_len)
		return refuse(log, -EINVAL, "No type found");
	return check_types(&c, body + hdr.type_off, hdr.type_len);
}
