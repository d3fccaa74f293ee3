// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Types as text, one a line with its records below: the format of `bpftool btf dump ... format raw`. */
#include "btf/private.h"

static const char *str_or(const struct bemu_btf *btf, uint32_t off)
{
	const char *s = off ? bemu_btf_str(btf, off) : "(anon)";

	return s ? s : "(invalid)";
}

static const char *linkage_name(uint32_t linkage)
{
	/* the same numbers for BTF_VAR_* and BTF_FUNC_* */
	switch (linkage) {
	case BTF_FUNC_STATIC:
		return "static";
	case BTF_FUNC_GLOBAL:
		return "global";
	case BTF_FUNC_EXTERN:
		return "extern";
	default:
		return "(unknown)";
	}
}

static void dump_members(struct bemu_buf *buf, const struct bemu_btf *btf, const struct btf_type *t)
{
	const struct btf_member *m = bemu_btf_members(t);
	uint32_t i, bits;

	bemu_buf_printf(buf, " size=%u vlen=%u", t->size, bemu_btf_vlen(t));
	for (i = 0; i < bemu_btf_vlen(t); i++) {
		bemu_buf_printf(buf, "\n\t'%s' type_id=%u bits_offset=%u",
				str_or(btf, m[i].name_off), m[i].type,
				bemu_btf_member_bit_off(t, i));
		bits = bemu_btf_member_bitfield_size(t, i);
		if (bits)
			bemu_buf_printf(buf, " bitfield_size=%u", bits);
	}
}

static void dump_enum(struct bemu_buf *buf, const struct bemu_btf *btf, const struct btf_type *t)
{
	const struct btf_enum64 *e64 = bemu_btf_enums64(t);
	const struct btf_enum *e = bemu_btf_enums(t);
	bool is_signed = bemu_btf_kflag(t);
	uint32_t i;

	bemu_buf_printf(buf, " encoding=%s size=%u vlen=%u", is_signed ? "SIGNED" : "UNSIGNED",
			t->size, bemu_btf_vlen(t));
	for (i = 0; i < bemu_btf_vlen(t); i++) {
		if (bemu_btf_kind(t) == BTF_KIND_ENUM64) {
			uint64_t v = (uint64_t)e64[i].val_hi32 << 32 | e64[i].val_lo32;

			bemu_buf_printf(buf, "\n\t'%s' val=", str_or(btf, e64[i].name_off));
			if (is_signed)
				bemu_buf_printf(buf, "%lldLL", (long long)v);
			else
				bemu_buf_printf(buf, "%lluULL", (unsigned long long)v);
		} else if (is_signed) {
			bemu_buf_printf(buf, "\n\t'%s' val=%d", str_or(btf, e[i].name_off),
					e[i].val);
		} else {
			bemu_buf_printf(buf, "\n\t'%s' val=%u", str_or(btf, e[i].name_off),
					(uint32_t)e[i].val);
		}
	}
}

static void dump_params(struct bemu_buf *buf, const struct bemu_btf *btf, const struct btf_type *t)
{
	const struct btf_param *p = bemu_btf_params(t);
	uint32_t i;

	bemu_buf_printf(buf, " ret_type_id=%u vlen=%u", t->type, bemu_btf_vlen(t));
	for (i = 0; i < bemu_btf_vlen(t); i++)
		bemu_buf_printf(buf, "\n\t'%s' type_id=%u", str_or(btf, p[i].name_off), p[i].type);
}

static void dump_secinfos(struct bemu_buf *buf, const struct bemu_btf *btf,
			  const struct btf_type *t)
{
	const struct btf_var_secinfo *v = bemu_btf_secinfos(t);
	uint32_t i;

	bemu_buf_printf(buf, " size=%u vlen=%u", t->size, bemu_btf_vlen(t));
	for (i = 0; i < bemu_btf_vlen(t); i++) {
		const struct btf_type *var = bemu_btf_type(btf, v[i].type);

		bemu_buf_printf(buf, "\n\ttype_id=%u offset=%u size=%u", v[i].type, v[i].offset,
				v[i].size);
		if (var)
			bemu_buf_printf(buf, " (%s '%s')", bemu_btf_kind_name(bemu_btf_kind(var)),
					str_or(btf, var->name_off));
	}
}

static void dump_type(struct bemu_buf *buf, const struct bemu_btf *btf, uint32_t id)
{
	const struct btf_type *t = bemu_btf_type(btf, id);
	uint32_t kind = bemu_btf_kind(t), data;

	bemu_buf_printf(buf, "[%u] %s '%s'", id,
			kind <= BTF_KIND_MAX ? bemu_btf_kind_name(kind) : "UNKNOWN",
			str_or(btf, t->name_off));
	switch (kind) {
	case BTF_KIND_INT:
		data = bemu_btf_int_data(t);
		bemu_buf_printf(buf, " size=%u bits_offset=%u nr_bits=%u encoding=%s", t->size,
				BTF_INT_OFFSET(data), BTF_INT_BITS(data),
				bemu_btf_encoding_name(BTF_INT_ENCODING(data)));
		break;
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_TYPE_TAG:
		bemu_buf_printf(buf, " type_id=%u", t->type);
		break;
	case BTF_KIND_ARRAY:
		bemu_buf_printf(buf, " type_id=%u index_type_id=%u nr_elems=%u",
				bemu_btf_array(t)->type, bemu_btf_array(t)->index_type,
				bemu_btf_array(t)->nelems);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		dump_members(buf, btf, t);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		dump_enum(buf, btf, t);
		break;
	case BTF_KIND_FWD:
		bemu_buf_printf(buf, " fwd_kind=%s", bemu_btf_kflag(t) ? "union" : "struct");
		break;
	case BTF_KIND_FUNC:
		bemu_buf_printf(buf, " type_id=%u linkage=%s", t->type,
				linkage_name(bemu_btf_vlen(t)));
		break;
	case BTF_KIND_FUNC_PROTO:
		dump_params(buf, btf, t);
		break;
	case BTF_KIND_VAR:
		bemu_buf_printf(buf, " type_id=%u, linkage=%s", t->type,
				linkage_name(bemu_btf_var(t)->linkage));
		break;
	case BTF_KIND_DATASEC:
		dump_secinfos(buf, btf, t);
		break;
	case BTF_KIND_FLOAT:
		bemu_buf_printf(buf, " size=%u", t->size);
		break;
	case BTF_KIND_DECL_TAG:
		bemu_buf_printf(buf, " type_id=%u component_idx=%d", t->type,
				bemu_btf_decl_tag(t)->component_idx);
		break;
	default:
		break;
	}
	bemu_buf_printf(buf, "\n");
}

void bemu_btf_dump_raw(struct bemu_buf *buf, const struct bemu_btf *btf)
{
	uint32_t id;

	for (id = btf->start_id; id < bemu_btf_nr_types(btf) && !buf->err; id++)
		dump_type(buf, btf, id);
}
