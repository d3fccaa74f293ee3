/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The object's BTF and its maps: creation, first contents, freezing, inner maps in their slots. */
#include <errno.h>
#include <string.h>

#include "skel/gen_private.h"

#define END_OF(type, field) \
	((uint32_t)(offsetof(struct type, field) + sizeof(((struct type *)NULL)->field)))
#define FIELD(type, field) ((uint32_t)offsetof(struct type, field))

enum { FREEZE_LEN = 4 };

/* Attribute of BPF_MAP_UPDATE_ELEM. */
struct update {
	uint32_t map_fd;
	uint32_t pad;
	uint64_t key;
	uint64_t value;
	uint64_t flags;
};

/* BTF in the blob into its byte order: types are nothing but u32. */
static void swap_btf(struct bemu_gen *gen, uint32_t off, const struct btf_header *hdr)
{
	uint32_t lens_off = (uint32_t)offsetof(struct btf_header, hdr_len);
	uint16_t magic;

	if (!gen->obj->foreign_order ||
	    !bemu_gen_may_pass(gen, off, sizeof(*hdr), "the blob, to swap its BTF"))
		return;
	bemu_gen_swap_recs(gen, off + hdr->hdr_len + hdr->type_off, 1, hdr->type_len,
			   hdr->type_len);
	bemu_gen_swap_recs(gen, off + lens_off, 1, (uint32_t)sizeof(*hdr) - lens_off,
			   (uint32_t)sizeof(*hdr) - lens_off);
	magic = bemu_swap16(hdr->magic);
	memcpy(gen->data.data + off, &magic, sizeof(magic));
}

/* Mirrors bpf_gen__load_btf(). */
void bemu_gen_load_btf(void *ctx, const void *raw, size_t len)
{
	struct bemu_gen *gen = ctx;
	struct bemu_attr_btf_load attr = { .btf_size = bemu_gen_u32(gen, bemu_wrap_u32(len)) };
	uint32_t attr_len = END_OF(bemu_attr_btf_load, btf_log_level), raw_off, at;

	gen->has_btf = true;
	raw_off = bemu_gen_add_data(gen, BEMU_BLOB_BTF, raw, len);
	swap_btf(gen, raw_off, raw);
	at = bemu_gen_add_data(gen, BEMU_BLOB_BTF_ATTR, &attr, attr_len);
	bemu_gen_ctx_to_blob(gen, at + FIELD(bemu_attr_btf_load, btf_log_level), 4,
			     BEMU_GEN_CTX_LOG_LEVEL, false);
	bemu_gen_ctx_to_blob(gen, at + FIELD(bemu_attr_btf_load, btf_log_size), 4,
			     BEMU_GEN_CTX_LOG_SIZE, false);
	bemu_gen_ctx_to_blob(gen, at + FIELD(bemu_attr_btf_load, btf_log_buf), 8,
			     BEMU_GEN_CTX_LOG_BUF, false);
	bemu_gen_store_addr(gen, at + FIELD(bemu_attr_btf_load, btf), raw_off);
	bemu_gen_sys_bpf(gen, BPF_BTF_LOAD, at, attr_len);
	bemu_gen_check(gen);
	bemu_gen_store(gen, BPF_W, BPF_REG_10, BEMU_GEN_STACK_BTF_FD, BPF_REG_7);
}

static uint32_t ctx_map_off(uint32_t map_idx, uint32_t field)
{
	return BEMU_GEN_CTX_LEN + map_idx * BEMU_GEN_CTX_MAP_LEN + field;
}

/* R7 into the map's place in fd_array; mirrors add_map_fd() and what is around it. */
static void keep_map_fd(struct bemu_gen *gen, uint32_t map_idx)
{
	if (map_idx != gen->nr_maps) {
		bemu_gen_fail(gen, bemu_fail(gen->env, -EDOM, BEMU_R_SKEL_GEN_MAPS, map_idx,
					     "map %u comes when map %u is expected", map_idx,
					     gen->nr_maps));
		return;
	}
	if (gen->nr_maps == BEMU_GEN_MAX_MAPS && gen->layout == BEMU_LAYOUT_RESERVED) {
		bemu_gen_fail(gen, bemu_fail(gen->env, -E2BIG, BEMU_R_SKEL_GEN_MAPS, map_idx,
					     "more than %d maps", BEMU_GEN_MAX_MAPS));
		return;
	}
	bemu_gen_take_map_slot(gen, map_idx);
	gen->nr_maps++;
	bemu_gen_addr(gen, BPF_REG_1, bemu_gen_map_addr(gen, map_idx));
	bemu_gen_store(gen, BPF_W, BPF_REG_1, 0, BPF_REG_7);
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_FD, bemu_gen_map_addr(gen, map_idx), 4);
}

/* No signature covers the context. */
static bool takes_overrides(const struct bemu_gen *gen)
{
	return !gen->gen_hash || bemu_gen_has(gen, BEMU_QUIRK_GL_SIGNED_HOST_OVERRIDE);
}

/* Mirrors bpf_gen__map_create(). */
void bemu_gen_create_map(void *ctx, const struct bemu_attr_map_create *attr, uint32_t map_idx)
{
	struct bemu_gen *gen = ctx;
	uint32_t attr_len = END_OF(bemu_attr_map_create, map_extra), at;
	bool inner = map_idx == UINT32_MAX;
	bool has_inner = attr->map_type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
			 attr->map_type == BPF_MAP_TYPE_HASH_OF_MAPS;
	struct bemu_attr_map_create blob = {
		.map_type = bemu_gen_u32(gen, attr->map_type),
		.key_size = bemu_gen_u32(gen, attr->key_size),
		.value_size = bemu_gen_u32(gen, attr->value_size),
		.max_entries = bemu_gen_u32(gen, attr->max_entries),
		.map_flags = bemu_gen_u32(gen, attr->map_flags),
		.numa_node = bemu_gen_u32(gen, attr->numa_node),
		.map_ifindex = bemu_gen_u32(gen, attr->map_ifindex),
		.btf_key_type_id = bemu_gen_u32(gen, attr->btf_key_type_id),
		.btf_value_type_id = bemu_gen_u32(gen, attr->btf_value_type_id),
		.map_extra = bemu_gen_u64(gen, attr->map_extra),
	};

	memcpy(blob.map_name, attr->map_name, sizeof(blob.map_name));
	gen->for_map = inner ? gen->nr_maps : map_idx;
	at = bemu_gen_add_data(gen, inner ? BEMU_BLOB_INNER_ATTR : BEMU_BLOB_MAP_ATTR, &blob,
			       attr_len);
	if (blob.btf_value_type_id)
		bemu_gen_stack_to_blob(gen, at + FIELD(bemu_attr_map_create, btf_fd), 4,
				       BEMU_GEN_STACK_BTF_FD);
	if (has_inner)
		bemu_gen_stack_to_blob(gen, at + FIELD(bemu_attr_map_create, inner_map_fd), 4,
				       BEMU_GEN_STACK_INNER_FD);
	if (!inner && takes_overrides(gen))
		bemu_gen_ctx_to_blob(gen, at + FIELD(bemu_attr_map_create, max_entries), 4,
				     ctx_map_off(map_idx, BEMU_GEN_CTX_MAP_MAX_ENTRIES), true);
	bemu_gen_sys_bpf(gen, BPF_MAP_CREATE, at, attr_len);
	bemu_gen_check(gen);
	if (inner)
		bemu_gen_store(gen, BPF_W, BPF_REG_10, BEMU_GEN_STACK_INNER_FD, BPF_REG_7);
	else
		keep_map_fd(gen, map_idx);
	if (has_inner)
		bemu_gen_close_stack(gen, BEMU_GEN_STACK_INNER_FD);
	if (has_inner && !bemu_gen_has(gen, BEMU_QUIRK_GL_INNERFD_CLOSED_AGAIN))
		bemu_gen_store_imm(gen, BPF_W, BPF_REG_10, BEMU_GEN_STACK_INNER_FD, 0);
	gen->for_map = BEMU_BLOB_NONE;
}

/*
 * A value that the caller put into the context takes the place of the one in the blob. What the copying
 * helpers answer is not looked at.
 */
static void take_initial_value(struct bemu_gen *gen, uint32_t map_idx, uint32_t value_off,
			       uint32_t len)
{
	bemu_gen_load(gen, BPF_DW, BPF_REG_3, BPF_REG_6,
		      ctx_map_off(map_idx, BEMU_GEN_CTX_MAP_INITIAL_VALUE));
	bemu_gen_jump(gen, BPF_JEQ, BPF_REG_3, 0, 8);
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_CONTEXT, value_off, len);
	bemu_gen_addr(gen, BPF_REG_1, value_off);
	bemu_gen_mov_imm(gen, BPF_REG_2, len);
	bemu_gen_load(gen, BPF_W, BPF_REG_0, BPF_REG_6, BEMU_GEN_CTX_FLAGS);
	bemu_gen_jump(gen, BPF_JSET, BPF_REG_0, BEMU_GEN_CTX_KERNEL, 2);
	bemu_gen_call(gen, BPF_FUNC_copy_from_user);
	bemu_gen_jump(gen, BPF_JA, 0, 0, 1);
	bemu_gen_call(gen, BPF_FUNC_probe_read_kernel);
}

/* key and value are offsets in the blob */
static void update_elem(struct bemu_gen *gen, uint32_t map_idx, uint32_t key, uint32_t value)
{
	struct update attr = { 0 };
	uint32_t at = bemu_gen_add_data(gen, BEMU_BLOB_UPDATE_ATTR, &attr, sizeof(attr));

	bemu_gen_blob_to_blob(gen, BEMU_BLOB_WRITE_FD, at + FIELD(update, map_fd), 4,
			      bemu_gen_map_addr(gen, map_idx));
	bemu_gen_store_addr(gen, at + FIELD(update, key), key);
	bemu_gen_store_addr(gen, at + FIELD(update, value), value);
	bemu_gen_sys_bpf(gen, BPF_MAP_UPDATE_ELEM, at, sizeof(attr));
	bemu_gen_check(gen);
}

/* Mirrors bpf_gen__map_update_elem(). */
void bemu_gen_fill_map(void *ctx, uint32_t map_idx, const void *value, uint32_t len)
{
	const uint32_t zero = 0;
	struct bemu_gen *gen = ctx;
	uint32_t value_off, key_off;

	gen->for_map = map_idx;
	value_off = bemu_gen_add_data(gen, BEMU_BLOB_VALUE, value, len);
	key_off = bemu_gen_add_data(gen, BEMU_BLOB_KEY, &zero, sizeof(zero));
	if (takes_overrides(gen))
		take_initial_value(gen, map_idx, value_off, len);
	update_elem(gen, map_idx, key_off, value_off);
	gen->for_map = BEMU_BLOB_NONE;
}

/* Mirrors bpf_gen__map_freeze(). */
void bemu_gen_freeze_map(void *ctx, uint32_t map_idx)
{
	struct bemu_gen *gen = ctx;
	uint32_t at;

	gen->for_map = map_idx;
	at = bemu_gen_add_data(gen, BEMU_BLOB_FREEZE_ATTR, NULL, FREEZE_LEN);
	bemu_gen_blob_to_blob(gen, BEMU_BLOB_WRITE_FD, at, 4, bemu_gen_map_addr(gen, map_idx));
	bemu_gen_sys_bpf(gen, BPF_MAP_FREEZE, at, FREEZE_LEN);
	bemu_gen_check(gen);
	gen->for_map = BEMU_BLOB_NONE;
}

/* Mirrors bpf_gen__populate_outer_map(): the value is the inner map's FD where fd_array has it. */
void bemu_gen_fill_slot(void *ctx, uint32_t map_idx, uint32_t slot, uint32_t inner_idx)
{
	struct bemu_gen *gen = ctx;
	uint32_t key = bemu_gen_u32(gen, slot), key_off;

	gen->for_map = map_idx;
	key_off = bemu_gen_add_data(gen, BEMU_BLOB_KEY, &key, sizeof(key));
	update_elem(gen, map_idx, key_off, bemu_gen_map_addr(gen, inner_idx));
	gen->for_map = BEMU_BLOB_NONE;
}
