// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The object's BTF and BTF.ext.
 *
 * The fix-ups of open write into the types, as libbpf does: the bytes are a copy that belongs to the
 * object, the struct bemu_btf only borrows them. Nothing that its indices were made from changes:
 * kinds, names and the number of types stay. Only "dummy_ksym" adds a type; then there is a new parse.
 */
#include "obj/private.h"

static const char dummy_name[] = "dummy_ksym";

const struct btf_type *bemu_obj_type(struct bemu_obj_open *o, uint32_t type_id)
{
	const struct btf_type *t = bemu_btf_type(o->obj->btf, type_id);

	if (!t)
		bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_BTF_WILD, type_id,
			  "type %u does not exist, the last one is %u", type_id,
			  bemu_btf_nr_types(o->obj->btf) - 1);
	return t;
}

const struct btf_type *bemu_obj_skip(struct bemu_obj_open *o, uint32_t type_id, uint32_t *out_id)
{
	const struct btf_type *t = bemu_btf_skip_mods(o->obj->btf, type_id, true, out_id);

	if (!t)
		bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_BTF_WILD, type_id,
			  "type %u leads to no type within %u steps", type_id,
			  bemu_btf_nr_types(o->obj->btf));
	return t;
}

/* Up to 1.7 a header of the other byte order must have the length that it had first. */
static int check_order(struct bemu_obj_open *o, const void *raw, size_t len)
{
	struct btf_header hdr;

	if (len < sizeof(hdr) || bemu_obj_since(o, BEMU_LIBBPF_NEXT))
		return 0;
	memcpy(&hdr, raw, sizeof(hdr));
	if (hdr.magic != bemu_swap16(BTF_MAGIC) || bemu_swap32(hdr.hdr_len) == sizeof(hdr))
		return 0;
	return bemu_fail(o->env, -ENOTSUP, BEMU_R_OBJ_BTF_ORDER, bemu_swap32(hdr.hdr_len),
			 "BTF header of %u bytes in the other byte order; only %zu is read",
			 bemu_swap32(hdr.hdr_len), sizeof(hdr));
}

/* A parsed BTF over bytes that the object may write to; they are put so that types are aligned. */
static int parse_own(struct bemu_obj_open *o, const void *raw, size_t len, struct bemu_btf **out)
{
	unsigned int flags = BEMU_BTF_PARSE_BORROW;
	uint32_t hdr_len = 0;
	struct bemu_btf *btf;
	size_t shift, native_len;
	const void *native;
	char *copy;
	int err;

	if (!bemu_obj_since(o, BEMU_LIBBPF_1_5))
		flags |= BEMU_BTF_PARSE_LIBBPF_1_1;
	err = check_order(o, raw, len);
	if (err)
		return err;
	if (len >= 8)
		memcpy(&hdr_len, (const char *)raw + 4, sizeof(hdr_len));
	shift = (4 - hdr_len % 4) % 4;
	copy = bemu_obj_keep(o, bemu_alloc(o->env, len + shift));
	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy + shift, raw, len);
	err = bemu_btf_parse(o->env, copy + shift, len, NULL, flags, &btf);
	if (err)
		return err;
	native = bemu_btf_raw(btf, &native_len);
	if (native != copy + shift) {
		/* of the other byte order: parsed from bytes of its own, which now are in ours */
		err = bemu_btf_swapped(btf) ? parse_own(o, native, native_len, out) : -EINVAL;
		bemu_btf_put(btf);
		return err;
	}
	*out = btf;
	return 0;
}

/* 1.1 did not read BTF.ext of the other byte order, and said so only when its length made sense. */
static int check_ext_order(struct bemu_obj_open *o)
{
	uint16_t magic = 0;
	uint32_t hdr_len = 0;

	if (bemu_obj_since(o, BEMU_LIBBPF_1_5) || o->btf_ext_size < 8)
		return 0;
	memcpy(&magic, o->btf_ext_data, sizeof(magic));
	memcpy(&hdr_len, o->btf_ext_data + 4, sizeof(hdr_len));
	if (magic != bemu_swap16(BTF_MAGIC) || o->btf_ext_size < hdr_len)
		return 0;
	return bemu_fail(o->env, -ENOTSUP, BEMU_R_OBJ_BTF_ORDER, hdr_len,
			 "magic of .BTF.ext is 0x%04x, not 0x%04x", magic, BTF_MAGIC);
}

static int read_btf(struct bemu_obj_open *o)
{
	int err;

	if (!o->has_btf_sec)
		return -ENOENT;
	err = parse_own(o, o->btf_data, o->btf_size, &o->obj->btf);
	if (err || !o->has_btf_ext_sec)
		return err;
	err = check_ext_order(o);
	err = err ? err
		  : bemu_btf_ext_parse_as(o->env, o->libbpf, o->btf_ext_data, o->btf_ext_size,
					  &o->obj->ext);
	o->obj->ext_dropped = err != 0;
	return err;
}

/* Mirrors bpf_object__init_btf(): what is broken is forgotten unless maps or struct_ops need it. */
int bemu_obj_init_btf(struct bemu_obj_open *o)
{
	int err = read_btf(o);

	if (!err || err == -ENOMEM || err == -EDQUOT)
		return err;
	if (o->maps_sec_idx != UINT32_MAX || o->has_struct_ops) {
		if (!o->has_btf_sec)
			bemu_fail(o->env, err, BEMU_R_OBJ_BTF_NEEDED,
				  o->has_struct_ops ? o->st_ops_sec_idx : o->maps_sec_idx,
				  "section %u needs BTF, and none of %u sections is .BTF",
				  o->has_struct_ops ? o->st_ops_sec_idx : o->maps_sec_idx,
				  o->nr_secs);
		return err;
	}
	if (o->has_btf_sec)
		bemu_note(
			o->env, BEMU_R_OBJ_BTF_IGNORED, o->obj->btf ? o->btf_ext_size : o->btf_size,
			"%s of %zu bytes is forgotten (error %d): no map and no struct_ops needs it",
			o->obj->btf ? ".BTF.ext" : ".BTF",
			o->obj->btf ? o->btf_ext_size : o->btf_size, err);
	return 0;
}

/* Offset of a whole string, as libbpf's string set has them; 0 when there is none. */
static uint32_t find_str(const struct bemu_btf *btf, const char *want)
{
	uint32_t off = 0, end = bemu_btf_end_str_off(btf);
	const char *s;

	for (; off < end; off += (uint32_t)strlen(s) + 1) {
		s = bemu_btf_str(btf, off);
		if (s[0] == want[0] && !strcmp(s, want))
			return off;
	}
	return 0;
}

/*
 * Mirrors btf__add_var() for "dummy_ksym": the VAR goes behind the last type, its name behind the last
 * string unless it is one already. Differs: bytes between header, types and strings, and a layout
 * table, which no compiler leaves, are kept where libbpf would write a header that is no longer true.
 */
int bemu_obj_btf_add_dummy(struct bemu_obj_open *o, uint32_t int_id, uint32_t *var_id)
{
	struct bemu_btf *old = o->obj->btf, *btf;
	struct {
		struct btf_type type;
		struct btf_var var;
	} dummy = { .type = { .info = BTF_KIND_VAR << 24, .type = int_id },
		    .var = { .linkage = BTF_VAR_GLOBAL_ALLOCATED } };
	uint32_t name_off = find_str(old, dummy_name);
	struct btf_header hdr;
	struct bemu_buf buf;
	size_t len, types_end;
	const char *raw = bemu_btf_raw(old, &len);
	int err;

	memcpy(&hdr, raw, sizeof(hdr));
	types_end = (size_t)hdr.hdr_len + hdr.type_off + hdr.type_len;
	dummy.type.name_off = name_off ? name_off : hdr.str_len;
	bemu_buf_init(&buf, o->env);
	bemu_buf_add(&buf, raw, types_end);
	bemu_buf_add(&buf, &dummy, sizeof(dummy));
	bemu_buf_add(&buf, raw + types_end,
		     (size_t)hdr.hdr_len + hdr.str_off + hdr.str_len - types_end);
	if (!name_off)
		bemu_buf_add(&buf, dummy_name, sizeof(dummy_name));
	err = buf.err;
	if (!err) {
		hdr.type_len += (uint32_t)sizeof(dummy);
		hdr.str_off += (uint32_t)sizeof(dummy);
		hdr.str_len += name_off ? 0 : (uint32_t)sizeof(dummy_name);
		memcpy(buf.data, &hdr, sizeof(hdr));
		err = parse_own(o, buf.data, buf.len, &btf);
	}
	bemu_buf_fini(&buf);
	if (err)
		return err;
	*var_id = bemu_btf_nr_types(old);
	bemu_btf_put(old);
	o->obj->btf = btf;
	return 0;
}
