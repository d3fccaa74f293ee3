/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu layout --compare: the four layouts side by side. */
#include "cli/layout.h"

struct row {
	const char *name;
	void (*cell)(struct bemu_buf *buf, const struct bemu_cli_layout *l);
	bool always; /* also when there is no blob */
};

static void cell_made(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	if (l->verdict)
		bemu_buf_printf(buf, "%s", bemu_cli_errno(l->verdict));
	else
		bemu_buf_printf(buf, l->layout == BEMU_LAYOUT_AUX_MAP ? "model only" : "yes");
}

static void cell_blob(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	bemu_buf_printf(buf, "%u", l->blob.data_len);
}

static void cell_fd_map(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	bemu_buf_printf(buf, "%u", l->blob.fd_map_len);
}

static void cell_words(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	bemu_buf_printf(buf, "%u", l->blob.nr_words);
}

static void cell_wasted(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	bemu_buf_printf(buf, "%u", bemu_cli_layout_wasted(&l->blob));
}

static void cell_signed(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	bemu_buf_printf(buf, l->layout == BEMU_LAYOUT_SECOND_MAP ? "2 + map size" : "2");
}

static void cell_missed(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	uint32_t missed = 0, i;
	uint64_t sel;

	for (i = 0; i < l->blob.nr_calls; i++)
		missed += l->blob.calls[i].slot != BEMU_BLOB_NONE &&
			  bemu_blob_hit(&l->blob, &l->blob.calls[i], &sel) != BEMU_BLOB_HIT;
	bemu_buf_printf(buf, "%u of %u", missed, l->blob.nr_calls);
}

static void cell_index(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	uint64_t used = 0, max;

	if (bemu_blob_limit(&l->blob, BEMU_BLOB_LIMIT_SLOT, &used, &max))
		bemu_buf_printf(buf, "%llu", (unsigned long long)used);
}

static void cell_data(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	bemu_cli_layout_room(buf, &l->blob, BEMU_BLOB_GROW_DATA);
}

static void cell_kfuncs(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	bemu_cli_layout_room(buf, &l->blob, BEMU_BLOB_GROW_KFUNCS);
}

static void cell_progs(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	bemu_cli_layout_room(buf, &l->blob, BEMU_BLOB_GROW_PROGS);
}

static void cell_maps(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	bemu_cli_layout_room(buf, &l->blob, BEMU_BLOB_GROW_MAPS);
}

static void cell_kept(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	static const char *const where[BEMU_NR_LAYOUTS] = {
		[BEMU_LAYOUT_RESERVED] = "blob",
		[BEMU_LAYOUT_SPARSE] = "blob",
		[BEMU_LAYOUT_SECOND_MAP] = "host's map",
		[BEMU_LAYOUT_AUX_MAP] = "loader's map",
	};

	bemu_buf_printf(buf, "%s", where[l->layout]);
}

static void cell_until(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	static const char *const until[BEMU_NR_LAYOUTS] = {
		[BEMU_LAYOUT_RESERVED] = "next program",
		[BEMU_LAYOUT_SPARSE] = "end of blob",
		[BEMU_LAYOUT_SECOND_MAP] = "end of run",
		[BEMU_LAYOUT_AUX_MAP] = "next program",
	};

	bemu_buf_printf(buf, "%s", until[l->layout]);
}

static const struct row rows[] = {
	{ "can be made", cell_made, true },
	{ "blob, bytes", cell_blob, false },
	{ "FD map, bytes", cell_fd_map, false },
	{ "loader, words", cell_words, false },
	{ "wasted, bytes", cell_wasted, false },
	{ "parts to sign", cell_signed, true },
	{ "kfunc calls that miss", cell_missed, false },
	{ "largest index of 32767", cell_index, false },
	{ "room for data, meets", cell_data, false },
	{ "for kfuncs, meets", cell_kfuncs, false },
	{ "for programs, meets", cell_progs, false },
	{ "for maps, meets", cell_maps, false },
	{ "FD numbers are kept in", cell_kept, true },
	{ "a kfunc's until", cell_until, true },
};

void bemu_cli_layout_compare(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	struct bemu_buf cell;
	uint32_t k;
	size_t i;

	bemu_buf_printf(buf, "%s as libbpf %s\n%-24s", bemu_cli_base_name(l->args->path),
			bemu_cli_libbpf(l->args->opts.libbpf), "");
	bemu_buf_init(&cell, buf->env);
	for (k = 0; k < BEMU_NR_LAYOUTS; k++)
		bemu_buf_printf(buf, "%22s", bemu_layout_name(k));
	bemu_buf_printf(buf, "\n");
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		bemu_buf_printf(buf, "%-24s", rows[i].name);
		for (k = 0; k < BEMU_NR_LAYOUTS; k++) {
			bemu_buf_clear(&cell);
			if (l[k].gen || rows[i].always)
				rows[i].cell(&cell, &l[k]);
			bemu_buf_printf(buf, "%22s", cell.len ? bemu_buf_str(&cell) : "-");
		}
		bemu_buf_printf(buf, "\n");
	}
	bemu_buf_fini(&cell);
}
