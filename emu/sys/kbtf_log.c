/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The log of the BTF verifier. Mirrors btf_verifier_log_type(), btf_verifier_log_member(),
 * btf_verifier_log_vsi() and the log_details operations, kernel/bpf/btf.c, v6.18.
 *
 * What the kernel prints by one call is one call here: a piece is cut at a fixed length.
 */
#include "sys/kbtf.h"

const char *bemu_kbtf_name(const struct bemu_kbtf_check *c, uint32_t off)
{
	const char *name;

	if (!off)
		return "(anon)";
	name = bemu_kbtf_str(c, off);
	return name ? name : "(invalid-name-offset)";
}

static void proto_details(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	const struct btf_param *args = bemu_btf_params(t);
	uint32_t nr = bemu_btf_vlen(t), i;

	bemu_klog(c->log, "return=%u args=(", t->type);
	if (!nr) {
		bemu_klog(c->log, "void");
	} else if (nr == 1 && !args[0].type) {
		bemu_klog(c->log, "vararg");
	} else {
		bemu_klog(c->log, "%u %s", args[0].type, bemu_kbtf_name(c, args[0].name_off));
		for (i = 1; i < nr; i++) {
			if (i == nr - 1 && !args[i].type)
				bemu_klog(c->log, ", vararg");
			else
				bemu_klog(c->log, ", %u %s", args[i].type,
					  bemu_kbtf_name(c, args[i].name_off));
		}
	}
	bemu_klog(c->log, ")");
}

static void details(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	uint32_t data;

	switch (bemu_btf_kind(t)) {
	case BTF_KIND_INT:
		data = bemu_btf_int_data(t);
		bemu_klog(c->log, "size=%u bits_offset=%u nr_bits=%u encoding=%s", t->size,
			  BTF_INT_OFFSET(data), BTF_INT_BITS(data),
			  bemu_btf_encoding_name(BTF_INT_ENCODING(data)));
		break;
	case BTF_KIND_ARRAY:
		bemu_klog(c->log, "type_id=%u index_type_id=%u nr_elems=%u",
			  bemu_btf_array(t)->type, bemu_btf_array(t)->index_type,
			  bemu_btf_array(t)->nelems);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_DATASEC:
		bemu_klog(c->log, "size=%u vlen=%u", t->size, bemu_btf_vlen(t));
		break;
	case BTF_KIND_FWD:
		bemu_klog(c->log, "%s", bemu_btf_kflag(t) ? "union" : "struct");
		break;
	case BTF_KIND_FUNC_PROTO:
		proto_details(c, t);
		break;
	case BTF_KIND_VAR:
		bemu_klog(c->log, "type_id=%u linkage=%u", t->type, bemu_btf_var(t)->linkage);
		break;
	case BTF_KIND_FLOAT:
		bemu_klog(c->log, "size=%u", t->size);
		break;
	case BTF_KIND_DECL_TAG:
		bemu_klog(c->log, "type=%u component_idx=%d", t->type,
			  bemu_btf_decl_tag(t)->component_idx);
		break;
	default:
		bemu_klog(c->log, "type_id=%u", t->type);
		break;
	}
}

static void BEMU_PRINTF(4, 0) type_line(struct bemu_kbtf_check *c, const struct btf_type *t,
					bool full, const char *fmt, va_list args)
{
	if (c->kernel && !fmt)
		return;
	bemu_klog(c->log, "[%u] %s %s%s", c->log_type_id, bemu_btf_kind_name(bemu_btf_kind(t)),
		  bemu_kbtf_name(c, t->name_off), full ? " " : "");
	if (full)
		details(c, t);
	if (fmt) {
		bemu_klog(c->log, " ");
		bemu_vklog(c->log, fmt, args);
	}
	bemu_klog(c->log, "\n");
}

int bemu_kbtf_say(struct bemu_kbtf_check *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	bemu_vklog(c->log, fmt, args);
	va_end(args);
	return -EINVAL;
}

int bemu_kbtf_say_type(struct bemu_kbtf_check *c, const struct btf_type *t, const char *fmt, ...)
{
	va_list args;

	if (!bemu_kbtf_logs(c))
		return -EINVAL;
	va_start(args, fmt);
	type_line(c, t, true, fmt, args);
	va_end(args);
	return -EINVAL;
}

int bemu_kbtf_say_basic(struct bemu_kbtf_check *c, const struct btf_type *t, const char *fmt, ...)
{
	va_list args;

	if (!bemu_kbtf_logs(c))
		return -EINVAL;
	va_start(args, fmt);
	type_line(c, t, false, fmt, args);
	va_end(args);
	return -EINVAL;
}

int bemu_kbtf_say_member(struct bemu_kbtf_check *c, const struct btf_type *t,
			 const struct btf_member *m, const char *fmt, ...)
{
	const char *name;
	va_list args;

	if (!bemu_kbtf_logs(c) || (c->kernel && !fmt))
		return -EINVAL;
	name = bemu_kbtf_name(c, m->name_off);
	/* the first phase has printed the owner just before its members */
	if (c->resolving)
		(void)bemu_kbtf_say_type(c, t, NULL);
	if (bemu_btf_kflag(t))
		bemu_klog(c->log, "\t%s type_id=%u bitfield_size=%u bits_offset=%u", name, m->type,
			  BTF_MEMBER_BITFIELD_SIZE(m->offset), BTF_MEMBER_BIT_OFFSET(m->offset));
	else
		bemu_klog(c->log, "\t%s type_id=%u bits_offset=%u", name, m->type, m->offset);
	if (fmt) {
		bemu_klog(c->log, " ");
		va_start(args, fmt);
		bemu_vklog(c->log, fmt, args);
		va_end(args);
	}
	bemu_klog(c->log, "\n");
	return -EINVAL;
}

int bemu_kbtf_say_entry(struct bemu_kbtf_check *c, const struct btf_type *t,
			const struct btf_var_secinfo *entry, const char *why)
{
	if (!bemu_kbtf_logs(c) || (c->kernel && !why))
		return -EINVAL;
	if (c->resolving)
		(void)bemu_kbtf_say_type(c, t, NULL);
	bemu_klog(c->log, "\t type_id=%u offset=%u size=%u", entry->type, entry->offset,
		  entry->size);
	if (why)
		bemu_klog(c->log, " %s", why);
	bemu_klog(c->log, "\n");
	return -EINVAL;
}

void bemu_kbtf_say_enum(struct bemu_kbtf_check *c, const struct btf_type *t,
			const struct btf_enum *e)
{
	/* v6.0, 6089fb325cf7: values are unsigned unless kind_flag says otherwise */
	bool is_signed = bemu_btf_kflag(t) || !bemu_model_has(c->model, BEMU_KF_ENUM_KFLAG);

	if (!bemu_kbtf_logs(c) || c->kernel)
		return;
	if (is_signed)
		bemu_klog(c->log, "\t%s val=%d\n", bemu_kbtf_name(c, e->name_off), e->val);
	else
		bemu_klog(c->log, "\t%s val=%u\n", bemu_kbtf_name(c, e->name_off),
			  (uint32_t)e->val);
}

void bemu_kbtf_say_enum64(struct bemu_kbtf_check *c, const struct btf_type *t,
			  const struct btf_enum64 *e)
{
	uint64_t val = (uint64_t)e->val_hi32 << 32 | e->val_lo32;

	if (!bemu_kbtf_logs(c) || c->kernel)
		return;
	if (bemu_btf_kflag(t))
		bemu_klog(c->log, "\t%s val=%lld\n", bemu_kbtf_name(c, e->name_off),
			  (long long)val);
	else
		bemu_klog(c->log, "\t%s val=%llu\n", bemu_kbtf_name(c, e->name_off),
			  (unsigned long long)val);
}
