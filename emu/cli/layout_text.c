/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The map of a blob as a table, its calls, its limits. */
#include <stdlib.h>
#include <string.h>

#include "cli/layout.h"

const char *const bemu_cli_limit_names[BEMU_NR_BLOB_LIMITS] = {
	[BEMU_BLOB_LIMIT_MAPS] = "maps",       [BEMU_BLOB_LIMIT_KFUNCS] = "kfuncs",
	[BEMU_BLOB_LIMIT_PROGS] = "programs",  [BEMU_BLOB_LIMIT_SLOT] = "slot index",
	[BEMU_BLOB_LIMIT_JUMP] = "error jump", [BEMU_BLOB_LIMIT_SIZE] = "blob",
};

static const char *const limit_notes[BEMU_NR_BLOB_LIMITS] = {
	[BEMU_BLOB_LIMIT_MAPS] = "reserved places, -EFAULT at the end of the generation",
	[BEMU_BLOB_LIMIT_KFUNCS] =
		"of one program: descriptors of the kernel, -E2BIG when it loads",
	[BEMU_BLOB_LIMIT_PROGS] =
		"numbers on the loader's stack: no check, the kernel refuses the loader",
	[BEMU_BLOB_LIMIT_SLOT] = "s16 insn->off of a call, -E2BIG",
	[BEMU_BLOB_LIMIT_JUMP] = "words that an s16 jump goes back to the clean-up, -ERANGE",
	[BEMU_BLOB_LIMIT_SIZE] = "bytes of a map's value, -ERANGE",
};

const char *bemu_cli_layout_symbol(const struct bemu_cli_layout *l, uint32_t name_off)
{
	return name_off == BEMU_BLOB_NONE ? "" : (const char *)l->made.data + name_off;
}

const char *bemu_cli_layout_prog(const struct bemu_cli_layout *l, uint32_t prog)
{
	const struct bemu_obj_prog *p = bemu_cli_gen_prog(l->obj, prog);

	return p ? p->name : "";
}

void bemu_cli_layout_whose(struct bemu_buf *buf, const struct bemu_cli_layout *l, uint32_t map,
			   uint32_t prog, uint32_t name_off)
{
	const char *symbol = bemu_cli_layout_symbol(l, name_off);

	if (map != BEMU_BLOB_NONE && map < l->obj->nr_maps)
		bemu_buf_printf(buf, "map %s", l->obj->maps[map].name);
	else if (*symbol)
		bemu_buf_printf(buf, "%s of prog %s", symbol, bemu_cli_layout_prog(l, prog));
	else if (prog != BEMU_BLOB_NONE)
		bemu_buf_printf(buf, "prog %s", bemu_cli_layout_prog(l, prog));
}

/* ---- table ---- */

/* "FD, 6 pointers, 3 of the context" */
static void add_writes(struct bemu_buf *buf, const uint32_t counts[])
{
	static const char *const one[] = { "FD", "pointer", "of context", "of symbols" };
	static const char *const many[] = { "FDs", "pointers", "of context", "of symbols" };
	const char *sep = "";
	uint32_t kind;

	for (kind = 0; kind < BEMU_ARRAY_SIZE(one); kind++) {
		if (!counts[kind])
			continue;
		if (counts[kind] == 1 && kind < BEMU_BLOB_WRITE_CONTEXT)
			bemu_buf_printf(buf, "%s%s", sep, one[kind]);
		else
			bemu_buf_printf(buf, "%s%u %s", sep, counts[kind], many[kind]);
		sep = ", ";
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct bemu_blob_write *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return x->kind < y->kind ? -1 : x->kind > y->kind;
}

/* Copied, in order, and each place and kind once. */
static struct bemu_blob_write *sorted_writes(struct bemu_env *env, const struct bemu_blob *blob,
					     uint32_t *nr)
{
	struct bemu_blob_write *w = bemu_zalloc(env, (blob->nr_writes + (size_t)1) * sizeof(*w));
	uint32_t i;

	*nr = 0;
	if (!w)
		return NULL;
	memcpy(w, blob->writes, blob->nr_writes * sizeof(*w));
	qsort(w, blob->nr_writes, sizeof(*w), by_offset);
	for (i = 0; i < blob->nr_writes; i++)
		if (!*nr || by_offset(&w[*nr - 1], &w[i]))
			w[(*nr)++] = w[i];
	return w;
}

struct bemu_cli_written *bemu_cli_layout_written(struct bemu_env *env, const struct bemu_blob *blob)
{
	uint32_t nr, w = 0, i;
	struct bemu_blob_write *writes = sorted_writes(env, blob, &nr);
	struct bemu_cli_written *all =
		bemu_zalloc(env, (blob->nr_regions + (size_t)1) * sizeof(*all));

	for (i = 0; writes && all && i < blob->nr_regions; i++) {
		const struct bemu_blob_region *region = &blob->regions[i];

		for (; w < nr && writes[w].off < region->off + region->len; w++) {
			all[i].counts[writes[w].kind & 3]++;
			if (writes[w].kind == BEMU_BLOB_WRITE_CONTEXT)
				all[i].context += writes[w].len;
		}
	}
	if (!writes) {
		bemu_mem_free(env, all);
		all = NULL;
	}
	bemu_mem_free(env, writes);
	return all;
}

const char *bemu_cli_layout_signed(const struct bemu_blob_region *region,
				   const struct bemu_cli_written *written)
{
	return !written->context ? "yes" : written->context >= region->len ? "no" : "in part";
}

static void print_places(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	const struct bemu_blob *blob = &l->blob;
	uint32_t i;

	if (!blob->fd_map_len)
		return;
	bemu_buf_printf(buf, "FD map of %u bytes, %s\n", blob->fd_map_len,
			blob->layout == BEMU_LAYOUT_AUX_MAP
				? "made by the loader: a model, no helper lets it do so"
				: "made by the host side: a third part to sign, if only its size");
	for (i = 0; i < blob->nr_slots; i++) {
		bemu_buf_printf(buf, "%8u %6u  %-12s ", blob->slots[i].off, 4u, "fd slot");
		bemu_cli_layout_whose(buf, l, blob->slots[i].map, blob->slots[i].prog,
				      blob->slots[i].name_off);
		bemu_buf_printf(buf, "\n");
	}
}

static void print_signature(struct bemu_buf *buf, const struct bemu_cli_layout *l,
			    uint32_t nr_context)
{
	if (l->args->opts.gen_hash && l->args->opts.libbpf > BEMU_LIBBPF_1_7)
		bemu_buf_printf(buf,
				"signature  covers the loader and, by the kernel's own look at "
				"an exclusive map, the blob\n");
	else if (l->args->opts.gen_hash)
		bemu_buf_printf(
			buf,
			"signature  covers the loader and, by the hash in it, the blob; not the "
			"%u bytes that the context replaces\n",
			nr_context);
	else
		bemu_buf_printf(buf,
				"signature  none: this loader does not look at its blob's hash "
				"(--hash, libbpf 1.7)\n");
}

void bemu_cli_layout_table(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	const struct bemu_blob *blob = &l->blob;
	struct bemu_cli_written *written = bemu_cli_layout_written(buf->env, blob);
	uint32_t i, nr_context = 0;
	bool hash = l->args->opts.gen_hash;

	bemu_buf_printf(buf, "%s as libbpf %s, layout %s: blob of %u bytes, loader of %u words\n",
			bemu_cli_base_name(l->args->path), bemu_cli_libbpf(l->args->opts.libbpf),
			bemu_layout_name(l->layout), blob->data_len, blob->nr_words);
	bemu_buf_printf(buf, "  offset  bytes  %-12s %-34s %s%s\n", "what", "for",
			hash ? "signed   " : "", "the loader writes");
	for (i = 0; written && i < blob->nr_regions; i++) {
		const struct bemu_blob_region *region = &blob->regions[i];
		struct bemu_buf whose;

		bemu_buf_init(&whose, buf->env);
		if (region->kind == BEMU_BLOB_FD_SLOT && region->map == BEMU_BLOB_NONE &&
		    region->prog == BEMU_BLOB_NONE)
			bemu_buf_printf(&whose, "kfunc %u of each program", region->off / 4 - 64);
		else
			bemu_cli_layout_whose(&whose, l, region->map, region->prog,
					      region->name_off);
		bemu_buf_printf(buf, "%8u %6u  %-12s %-34s ", region->off, region->len,
				bemu_blob_kind_name(region->kind), bemu_buf_str(&whose));
		if (hash)
			bemu_buf_printf(buf, "%-9s", bemu_cli_layout_signed(region, &written[i]));
		add_writes(buf, written[i].counts);
		while (buf->len && buf->data[buf->len - 1] == ' ')
			buf->data[--buf->len] = '\0';
		bemu_buf_printf(buf, "\n");
		nr_context += written[i].context;
		bemu_buf_fini(&whose);
	}
	bemu_mem_free(buf->env, written);
	print_places(buf, l);
	print_signature(buf, l, nr_context);
}

/* ---- calls ---- */

static void print_call(struct bemu_buf *buf, const struct bemu_cli_layout *l,
		       const struct bemu_blob_call *call)
{
	const struct bemu_blob_slot *slot = &l->blob.slots[call->slot];
	const char *where = l->blob.fd_map_len ? "map" : "blob";
	uint64_t sel = 0;

	bemu_buf_printf(buf, "  %-20s %5u  %-20s %6u %6d  ", bemu_cli_layout_prog(l, call->prog),
			call->insn_idx, bemu_cli_layout_symbol(l, slot->name_off), slot->idx,
			call->off);
	switch (bemu_blob_hit(&l->blob, call, &sel)) {
	case BEMU_BLOB_HIT:
		bemu_buf_printf(buf, "%s+%u\n", where, slot->off);
		return;
	case BEMU_BLOB_HIT_KERNEL:
		bemu_buf_printf(buf, BEMU_CLI_RED "vmlinux" BEMU_CLI_PLAIN);
		break;
	case BEMU_BLOB_HIT_NEGATIVE:
		bemu_buf_printf(buf, BEMU_CLI_RED "-EINVAL" BEMU_CLI_PLAIN);
		break;
	default:
		bemu_buf_printf(buf, BEMU_CLI_RED "%s+%llu" BEMU_CLI_PLAIN, where,
				(unsigned long long)sel);
	}
	bemu_buf_printf(buf, ", and %s+%u was filled\n", where, slot->off);
}

void bemu_cli_layout_calls(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	uint32_t i;

	if (!l->blob.nr_calls)
		return;
	bemu_buf_printf(
		buf, "kfunc calls, when the symbol is a module's\n  %-20s %5s  %-20s %6s %6s  %s\n",
		"prog", "insn", "symbol", "index", "off", "selects");
	for (i = 0; i < l->blob.nr_calls; i++)
		if (l->blob.calls[i].slot != BEMU_BLOB_NONE)
			print_call(buf, l, &l->blob.calls[i]);
}

/* ---- limits ---- */

void bemu_cli_layout_room(struct bemu_buf *buf, const struct bemu_blob *blob, uint32_t growth)
{
	uint32_t limit = 0;
	uint64_t room = bemu_blob_room(blob, growth, &limit);

	bemu_buf_printf(buf, "+%llu, %s", (unsigned long long)room, bemu_cli_limit_names[limit]);
}

uint32_t bemu_cli_layout_wasted(const struct bemu_blob *blob)
{
	uint32_t wasted = 0, i;

	for (i = 0; i < blob->nr_regions; i++) {
		const struct bemu_blob_region *region = &blob->regions[i];
		bool behind_slot = region->kind == BEMU_BLOB_PADDING && i &&
				   region[-1].kind == BEMU_BLOB_FD_SLOT;

		if (region->kind == BEMU_BLOB_UNUSED || behind_slot)
			wasted += region->len;
	}
	/* places of the second map are taken one after the other, but for that before the first kfunc */
	if (blob->fd_map_len && !blob->nr_maps)
		wasted += 4;
	return wasted;
}

void bemu_cli_layout_limits(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	static const char *const growths[BEMU_NR_BLOB_GROWTHS] = {
		"more bytes of data",
		"more kfuncs in the program with most",
		"more programs like the last",
		"more maps without contents",
	};
	uint64_t used, max;
	uint32_t i;

	bemu_buf_printf(buf, "limits\n");
	for (i = 0; i < BEMU_NR_BLOB_LIMITS; i++) {
		if (!bemu_blob_limit(&l->blob, i, &used, &max))
			continue;
		bemu_buf_printf(buf, "  %-11s %s%10llu%s of %-10llu  %s\n", bemu_cli_limit_names[i],
				used > max ? BEMU_CLI_RED : "", (unsigned long long)used,
				used > max ? BEMU_CLI_PLAIN : "", (unsigned long long)max,
				limit_notes[i]);
	}
	bemu_buf_printf(buf, "room, and what the next one meets\n");
	for (i = 0; i < BEMU_NR_BLOB_GROWTHS; i++) {
		bemu_buf_printf(buf, "  %-37s ", growths[i]);
		bemu_cli_layout_room(buf, &l->blob, i);
		bemu_buf_printf(buf, "\n");
	}
	bemu_buf_printf(buf, "wasted    %u bytes that are there for FDs and hold none\n",
			bemu_cli_layout_wasted(&l->blob));
}
