/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * BTF that is nothing but a probe: one kind of type each, for features.c. Mirrors the raw types of
 * tools/lib/bpf/features.c.
 */
#include <string.h>

#include "load/private.h"
#include "uapi/btf.h"

enum { MAX_PROBE_BTF = 192 };

struct raw_btf {
	const uint32_t *types;
	uint32_t types_len;
	const char *strs;
	uint32_t strs_len;
	const uint8_t *layout; /* table of record sizes by kind, libbpf after 1.7 */
	uint32_t layout_len;
};

#define INFO(kind, vlen)		 ((uint32_t)(kind) << 24 | (vlen))
#define TYPE(name_off, kind, vlen, size) (name_off), INFO(kind, vlen), (size)
#define INT4(name_off)			 TYPE(name_off, BTF_KIND_INT, 0, 4), BTF_INT_SIGNED << 24 | 32
#define VAR_STATIC(name_off, type)	 TYPE(name_off, BTF_KIND_VAR, 0, type), 0

#define RAW_BTF(types, strs)                                      \
	{                                                         \
		types, sizeof(types), strs, sizeof(strs), NULL, 0 \
	}

static const uint32_t types_int[] = { INT4(1) };
static const char strs_int[] = "\0int";

static const uint32_t types_func[] = {
	INT4(1),
	TYPE(0, BTF_KIND_FUNC_PROTO, 1, 0),
	7,
	1, /* void (int a) */
	TYPE(5, BTF_KIND_FUNC, BTF_FUNC_STATIC, 2), /* x */
};
static const uint32_t types_func_global[] = {
	INT4(1), TYPE(0, BTF_KIND_FUNC_PROTO, 1, 0),	     7,
	1,	 TYPE(5, BTF_KIND_FUNC, BTF_FUNC_GLOBAL, 2),
};
static const char strs_func[] = "\0int\0x\0a";

static const uint32_t types_datasec[] = {
	INT4(0), VAR_STATIC(1, 1), TYPE(3, BTF_KIND_DATASEC, 1, 4), 2, 0, 4,
};
static const char strs_datasec[] = "\0x\0.data";
static const char strs_qmark[] = "\0x\0?.data";

static const uint32_t types_float[] = { TYPE(1, BTF_KIND_FLOAT, 0, 4) };
static const char strs_float[] = "\0float";

static const uint32_t types_decl_tag[] = {
	INT4(0),
	VAR_STATIC(1, 1),
	TYPE(1, BTF_KIND_DECL_TAG, 0, 2),
	UINT32_MAX,
};
static const uint32_t types_type_tag[] = {
	INT4(0),
	TYPE(1, BTF_KIND_TYPE_TAG, 0, 1),
	TYPE(0, BTF_KIND_PTR, 0, 2),
};
static const char strs_tag[] = "\0tag";

static const uint32_t types_enum64[] = { TYPE(1, BTF_KIND_ENUM64, 0, 8) };
static const char strs_enum64[] = "\0enum64";

/* int a(void *a) { return b(a); }  int b(void *b __arg_ctx) { ... } */
static const uint32_t types_arg_ctx[] = {
	INT4(1),
	TYPE(0, BTF_KIND_PTR, 0, 0),
	TYPE(0, BTF_KIND_FUNC_PROTO, 1, 1),
	1,
	2,
	TYPE(1, BTF_KIND_FUNC, BTF_FUNC_GLOBAL, 3),
	TYPE(0, BTF_KIND_FUNC_PROTO, 1, 1),
	3,
	2,
	TYPE(3, BTF_KIND_FUNC, BTF_FUNC_GLOBAL, 5),
	TYPE(5, BTF_KIND_DECL_TAG, 0, 6),
	0,
};
static const char strs_arg_ctx[] = "\0a\0b\0arg:ctx\0";

/* Kind 0 has no record behind its head, kind 1 has four bytes. */
static const uint8_t layout_int[] = { 0, 0, 0, 0, 4, 0, 0, 0 };

static const struct raw_btf raws[BEMU_FEAT_NR] = {
	[BEMU_FEAT_BTF] = RAW_BTF(types_int, strs_int),
	[BEMU_FEAT_MODULE_BTF] = RAW_BTF(types_int, strs_int),
	[BEMU_FEAT_BTF_FUNC] = RAW_BTF(types_func, strs_func),
	[BEMU_FEAT_BTF_GLOBAL_FUNC] = RAW_BTF(types_func_global, strs_func),
	[BEMU_FEAT_BTF_DATASEC] = RAW_BTF(types_datasec, strs_datasec),
	[BEMU_FEAT_BTF_QMARK_DATASEC] = RAW_BTF(types_datasec, strs_qmark),
	[BEMU_FEAT_BTF_FLOAT] = RAW_BTF(types_float, strs_float),
	[BEMU_FEAT_BTF_DECL_TAG] = RAW_BTF(types_decl_tag, strs_tag),
	[BEMU_FEAT_BTF_TYPE_TAG] = RAW_BTF(types_type_tag, strs_tag),
	[BEMU_FEAT_BTF_ENUM64] = RAW_BTF(types_enum64, strs_enum64),
	[BEMU_FEAT_ARG_CTX_TAG] = RAW_BTF(types_arg_ctx, strs_arg_ctx),
	[BEMU_FEAT_BTF_LAYOUT] = { types_int, sizeof(types_int), strs_int, sizeof(strs_int),
				   layout_int, sizeof(layout_int) },
};

/* Mirrors libbpf__load_raw_btf(). The header has 32 bytes since libbpf knows of layout tables. */
int bemu_load_probe_btf(struct bemu_load *ld, enum bemu_load_feat feat, int token)
{
	const struct raw_btf *raw = &raws[feat];
	uint32_t hdr_len = bemu_load_at_least(ld, BEMU_LIBBPF_NEXT) ? 32 : 24;
	uint32_t hdr[8] = {
		0, hdr_len, 0, raw->types_len, raw->types_len + raw->layout_len, raw->strs_len,
	};
	const uint16_t magic = BTF_MAGIC;
	const uint8_t version = BTF_VERSION;
	struct bemu_attr_btf_load attr = { 0 };
	uint32_t bytes[MAX_PROBE_BTF / sizeof(uint32_t)];
	char *at = (char *)bytes;

	memcpy((char *)hdr, &magic, sizeof(magic));
	memcpy((char *)hdr + sizeof(magic), &version, sizeof(version));
	if (raw->layout_len) {
		hdr[6] = raw->types_len;
		hdr[7] = raw->layout_len;
	}
	memcpy(at, hdr, hdr_len);
	at += hdr_len;
	memcpy(at, raw->types, raw->types_len);
	at += raw->types_len;
	if (raw->layout_len)
		memcpy(at, raw->layout, raw->layout_len);
	at += raw->layout_len;
	memcpy(at, raw->strs, raw->strs_len);
	at += raw->strs_len;

	attr.btf = (uintptr_t)bytes;
	attr.btf_size = (uint32_t)(at - (char *)bytes);
	if (token) {
		attr.btf_flags = BEMU_BPF_F_TOKEN_FD;
		attr.btf_token_fd = token;
	}
	return bemu_load_btf_load(ld, &attr);
}
