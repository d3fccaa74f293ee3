/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The map of a blob as one JSON object. */
#include <errno.h>

#include "cli/json.h"
#include "cli/layout.h"

/* Whom something is for, as three members. */
static void add_whose(struct bemu_cli_json *js, const struct bemu_cli_layout *l, uint32_t map,
		      uint32_t prog, uint32_t name_off)
{
	const char *symbol = bemu_cli_layout_symbol(l, name_off);

	bemu_cli_json_str(js, "map", map < l->obj->nr_maps ? l->obj->maps[map].name : NULL);
	bemu_cli_json_str(js, "prog",
			  prog != BEMU_BLOB_NONE ? bemu_cli_layout_prog(l, prog) : NULL);
	bemu_cli_json_str(js, "symbol", *symbol ? symbol : NULL);
}

static void add_regions(struct bemu_cli_json *js, const struct bemu_cli_layout *l,
			const struct bemu_cli_written *written)
{
	static const char *const kinds[] = { "fds", "pointers", "context", "symbols" };
	uint32_t i, k;

	bemu_cli_json_open_array(js, "regions");
	for (i = 0; i < l->blob.nr_regions; i++) {
		const struct bemu_blob_region *region = &l->blob.regions[i];

		bemu_cli_json_open(js, NULL);
		bemu_cli_json_int(js, "off", region->off);
		bemu_cli_json_int(js, "len", region->len);
		bemu_cli_json_str(js, "kind", bemu_blob_kind_name(region->kind));
		add_whose(js, l, region->map, region->prog, region->name_off);
		if (l->args->opts.gen_hash)
			bemu_cli_json_str(js, "signed",
					  bemu_cli_layout_signed(region, &written[i]));
		bemu_cli_json_open(js, "writes");
		for (k = 0; k < BEMU_ARRAY_SIZE(kinds); k++)
			bemu_cli_json_int(js, kinds[k], written[i].counts[k]);
		bemu_cli_json_close(js);
		bemu_cli_json_close(js);
	}
	bemu_cli_json_close(js);
}

static void add_places(struct bemu_cli_json *js, const struct bemu_cli_layout *l)
{
	uint32_t i;

	bemu_cli_json_open_array(js, "places");
	for (i = 0; i < l->blob.nr_slots; i++) {
		const struct bemu_blob_slot *slot = &l->blob.slots[i];

		bemu_cli_json_open(js, NULL);
		bemu_cli_json_int(js, "off", slot->off);
		bemu_cli_json_int(js, "idx", slot->idx);
		add_whose(js, l, slot->map, slot->prog, slot->name_off);
		bemu_cli_json_close(js);
	}
	bemu_cli_json_close(js);
}

static void add_call(struct bemu_cli_json *js, const struct bemu_cli_layout *l,
		     const struct bemu_blob_call *call)
{
	static const char *const hits[] = {
		[BEMU_BLOB_HIT] = "filled",
		[BEMU_BLOB_HIT_KERNEL] = "vmlinux",
		[BEMU_BLOB_HIT_NEGATIVE] = "refused",
		[BEMU_BLOB_HIT_OTHER] = "other",
	};
	const struct bemu_blob_slot *slot = &l->blob.slots[call->slot];
	uint64_t sel = 0;
	uint32_t hit = bemu_blob_hit(&l->blob, call, &sel);

	bemu_cli_json_open(js, NULL);
	bemu_cli_json_str(js, "prog", bemu_cli_layout_prog(l, call->prog));
	bemu_cli_json_int(js, "insn", call->insn_idx);
	bemu_cli_json_str(js, "symbol", bemu_cli_layout_symbol(l, slot->name_off));
	bemu_cli_json_int(js, "idx", slot->idx);
	bemu_cli_json_int(js, "off", call->off);
	bemu_cli_json_int(js, "place", slot->off);
	bemu_cli_json_str(js, "selects", hits[hit]);
	if (hit == BEMU_BLOB_HIT || hit == BEMU_BLOB_HIT_OTHER)
		bemu_cli_json_int(js, "selected", hit == BEMU_BLOB_HIT ? slot->off : (int64_t)sel);
	else
		bemu_cli_json_null(js, "selected");
	bemu_cli_json_close(js);
}

static void add_limits(struct bemu_cli_json *js, const struct bemu_blob *blob)
{
	static const char *const growths[BEMU_NR_BLOB_GROWTHS] = {
		[BEMU_BLOB_GROW_DATA] = "data",
		[BEMU_BLOB_GROW_KFUNCS] = "kfuncs",
		[BEMU_BLOB_GROW_PROGS] = "programs",
		[BEMU_BLOB_GROW_MAPS] = "maps",
	};
	uint64_t used, max;
	uint32_t i, limit;

	bemu_cli_json_open_array(js, "limits");
	for (i = 0; i < BEMU_NR_BLOB_LIMITS; i++) {
		if (!bemu_blob_limit(blob, i, &used, &max))
			continue;
		bemu_cli_json_open(js, NULL);
		bemu_cli_json_str(js, "limit", bemu_cli_limit_names[i]);
		bemu_cli_json_int(js, "used", (int64_t)used);
		bemu_cli_json_int(js, "max", (int64_t)max);
		bemu_cli_json_close(js);
	}
	bemu_cli_json_close(js);
	bemu_cli_json_open_array(js, "room");
	for (i = 0; i < BEMU_NR_BLOB_GROWTHS; i++) {
		limit = 0;
		bemu_cli_json_open(js, NULL);
		bemu_cli_json_str(js, "of", growths[i]);
		bemu_cli_json_int(js, "more", (int64_t)bemu_blob_room(blob, i, &limit));
		bemu_cli_json_str(js, "meets", bemu_cli_limit_names[limit]);
		bemu_cli_json_close(js);
	}
	bemu_cli_json_close(js);
}

int bemu_cli_layout_json(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	struct bemu_cli_written *written = NULL;
	struct bemu_cli_json js;
	uint32_t i;
	int err;

	bemu_cli_json_begin(&js, "layout");
	bemu_cli_json_str(&js, "object", bemu_cli_base_name(l->args->path));
	bemu_cli_json_str(&js, "libbpf", bemu_cli_libbpf(l->args->opts.libbpf));
	bemu_cli_json_str(&js, "layout", bemu_layout_name(l->layout));
	bemu_cli_json_bool(&js, "model_only", l->layout == BEMU_LAYOUT_AUX_MAP);
	bemu_cli_json_int(&js, "err", l->verdict);
	bemu_cli_json_str(&js, "errno", l->verdict ? bemu_cli_errno(l->verdict) : NULL);
	if (l->gen) {
		written = bemu_cli_layout_written(buf->env, &l->blob);
		if (!written)
			js.failed = true;
		bemu_cli_json_bool(&js, "hash", l->args->opts.gen_hash);
		bemu_cli_json_int(&js, "blob", l->blob.data_len);
		bemu_cli_json_int(&js, "fd_map", l->blob.fd_map_len);
		bemu_cli_json_int(&js, "words", l->blob.nr_words);
		bemu_cli_json_int(&js, "wasted", bemu_cli_layout_wasted(&l->blob));
		if (written)
			add_regions(&js, l, written);
		add_places(&js, l);
		bemu_cli_json_open_array(&js, "calls");
		for (i = 0; i < l->blob.nr_calls; i++)
			if (l->blob.calls[i].slot != BEMU_BLOB_NONE)
				add_call(&js, l, &l->blob.calls[i]);
		bemu_cli_json_close(&js);
		add_limits(&js, &l->blob);
	}
	err = bemu_cli_json_end(&js, buf);
	bemu_mem_free(buf->env, written);
	return err;
}
