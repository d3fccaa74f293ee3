/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The map of a blob as a picture, to scale: rows of bytes from left to right like a page of text, so that a
 * region may go on in the next row. An arrow leads from each kfunc call to the place that its insn->off
 * selects; it is red when another place was filled, and a dotted line then leads to that one. Many arrows are
 * drawn thin and pale, with the red ones above the others; the one under the pointer stands out.
 *
 *	    0 | fd slot | unused ......................... |
 *	  256 | ......... | btf ........................... |
 *
 * A row has as many bytes as keep the page within MAX_ROWS, not counting the rows in the midst of a long
 * region: of those one is left out as a gap that says how many bytes it stands for. Names are written where
 * there is room, and are in the tooltip of every region.
 */
#include <string.h>

#include "cli/layout.h"

enum {
	MAX_ROWS = 72,
	MIN_ROW_LEN = 64,
	LEFT = 76,
	WIDTH = 1024, /* of a row */
	RIGHT = 92, /* where arrows go that select no place */
	ROW = 22,
	GAP = 8,
	CHAR = 6, /* width of a character */
	MIN_HIDDEN = 3, /* rows that are worth a gap */
	MAX_GAPS = 256,
	MANY_CALLS = 60, /* whose arrows would hide what is below them */
};

/* Rows @first to @first + @nr - 1 of the blob are one gap of a row's height. */
struct gap {
	uint32_t first, nr;
};

struct page {
	struct bemu_buf *buf;
	const struct bemu_cli_layout *l;
	uint32_t row_len; /* bytes */
	uint32_t top; /* of the blob's first row */
	uint32_t fd_top; /* of the FD map's */
	uint32_t height;
	uint32_t nr_gaps;
	struct gap gaps[MAX_GAPS];
};

static const char *color(uint32_t kind)
{
	switch (kind) {
	case BEMU_BLOB_FD_SLOT:
		return "#e6a700";
	case BEMU_BLOB_UNUSED:
		return "#eeeeee";
	case BEMU_BLOB_BTF:
	case BEMU_BLOB_FUNC_INFO:
	case BEMU_BLOB_LINE_INFO:
	case BEMU_BLOB_CORE_RELOS:
		return "#b7cfe8";
	case BEMU_BLOB_VALUE:
	case BEMU_BLOB_KEY:
		return "#b5dba8";
	case BEMU_BLOB_INSNS:
		return "#d3b8e6";
	case BEMU_BLOB_NAME:
	case BEMU_BLOB_ADDRESS:
	case BEMU_BLOB_LICENSE:
		return "#f3dfa6";
	case BEMU_BLOB_PADDING:
		return "#ffffff";
	default:
		return "#cfcfcf"; /* attributes */
	}
}

static void add_escaped(struct bemu_buf *buf, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			bemu_buf_printf(buf, "&lt;");
			break;
		case '>':
			bemu_buf_printf(buf, "&gt;");
			break;
		case '&':
			bemu_buf_printf(buf, "&amp;");
			break;
		case '"':
			bemu_buf_printf(buf, "&quot;");
			break;
		default:
			bemu_buf_printf(buf, "%c", *text >= ' ' && *text < 0x7f ? *text : '?');
		}
	}
}

/* Tenths of a pixel, from the left end of a row. */
static uint32_t x10(const struct page *page, uint32_t bytes)
{
	return (uint32_t)((uint64_t)bytes * WIDTH * 10 / page->row_len);
}

/* What is left of it on the page; only the blob has gaps. */
static uint32_t visible_row(const struct page *page, uint32_t top, uint32_t row)
{
	uint32_t hidden = 0, i;

	for (i = 0; i < page->nr_gaps && top == page->top; i++) {
		const struct gap *gap = &page->gaps[i];

		if (row < gap->first)
			break;
		if (row < gap->first + gap->nr)
			return gap->first - hidden;
		hidden += gap->nr - 1;
	}
	return row - hidden;
}

static bool is_hidden(const struct page *page, uint32_t top, uint32_t row)
{
	uint32_t i;

	for (i = 0; i < page->nr_gaps && top == page->top; i++)
		if (row >= page->gaps[i].first && row - page->gaps[i].first < page->gaps[i].nr)
			return true;
	return false;
}

static uint32_t row_y(const struct page *page, uint32_t top, uint32_t off)
{
	return top + visible_row(page, top, off / page->row_len) * (ROW + GAP);
}

/* Rows of one region alone, but for the first and the last of them. */
static void find_gaps(struct page *page)
{
	const struct bemu_blob *blob = &page->l->blob;
	uint32_t i;

	page->nr_gaps = 0;
	for (i = 0; i < blob->nr_regions && page->nr_gaps < MAX_GAPS; i++) {
		const struct bemu_blob_region *region = &blob->regions[i];
		uint32_t first = (region->off + page->row_len - 1) / page->row_len;
		uint32_t end = (region->off + region->len) / page->row_len;

		if (end < first + 2 + MIN_HIDDEN)
			continue;
		page->gaps[page->nr_gaps].first = first + 1;
		page->gaps[page->nr_gaps++].nr = end - first - 2;
	}
}

static uint32_t count_rows(const struct page *page)
{
	return visible_row(page, page->top, (page->l->blob.data_len - 1) / page->row_len) + 1;
}

static void add_gaps(const struct page *page)
{
	uint32_t i;

	for (i = 0; i < page->nr_gaps; i++) {
		const struct gap *gap = &page->gaps[i];

		bemu_buf_printf(
			page->buf,
			"<text x=\"%d\" y=\"%u\" fill=\"#666\">... %u bytes of the same</text>\n",
			LEFT + 8, row_y(page, page->top, gap->first * page->row_len) + 15,
			gap->nr * page->row_len);
	}
}

static void add_px(struct bemu_buf *buf, uint32_t tenths)
{
	bemu_buf_printf(buf, "%u.%u", tenths / 10, tenths % 10);
}

/* One row's share of a region. */
static void add_rect(const struct page *page, uint32_t top, uint32_t off, uint32_t len)
{
	uint32_t left = x10(page, off % page->row_len);
	uint32_t width = x10(page, off % page->row_len + len) - left;

	bemu_buf_printf(page->buf, "<rect x=\"");
	add_px(page->buf, LEFT * 10 + left);
	bemu_buf_printf(page->buf, "\" y=\"%u\" width=\"", row_y(page, top, off));
	add_px(page->buf, width ? width : 1);
	bemu_buf_printf(page->buf, "\" height=\"%d\"/>", ROW);
}

/* Its words where they fit: in the longest share, from the front. */
static void add_label(const struct page *page, uint32_t top, uint32_t off, uint32_t len,
		      const char *text)
{
	uint32_t best = off, best_len = 0, at, share, room, nr, cut;

	for (at = off; at < off + len; at += share) {
		share = page->row_len - at % page->row_len;
		if (share > off + len - at)
			share = off + len - at;
		if (share > best_len && !is_hidden(page, top, at / page->row_len)) {
			best = at;
			best_len = share;
		}
	}
	room = (uint32_t)((uint64_t)best_len * WIDTH / page->row_len);
	nr = room > 8 ? (room - 4) / CHAR : 0;
	/* whole words, unless the first is too long by itself */
	for (cut = nr; cut && cut < strlen(text) && text[cut] != ' '; cut--)
		;
	nr = cut ? cut : nr;
	if (nr < 3)
		return;
	bemu_buf_printf(page->buf, "<text x=\"");
	add_px(page->buf, LEFT * 10 + x10(page, best % page->row_len) + 25);
	bemu_buf_printf(page->buf, "\" y=\"%u\">", row_y(page, top, best) + 15);
	for (; *text && nr; text++, nr--) {
		const char one[2] = { *text, '\0' };

		add_escaped(page->buf, one);
	}
	bemu_buf_printf(page->buf, "</text>\n");
}

/* What is written into it: the name it is for, where the colour says enough of the kind. */
static void add_short(struct bemu_buf *text, const struct page *page,
		      const struct bemu_blob_region *region)
{
	const char *symbol = bemu_cli_layout_symbol(page->l, region->name_off);

	if (region->kind == BEMU_BLOB_PADDING)
		return;
	if (*symbol) {
		bemu_buf_printf(text, "%s", symbol);
	} else if (region->kind == BEMU_BLOB_FD_SLOT) {
		if (region->map == BEMU_BLOB_NONE)
			bemu_buf_printf(text, "kfunc %u", region->off / 4 - 64);
		else
			bemu_buf_printf(text, "%s", page->l->obj->maps[region->map].name);
	} else {
		bemu_buf_printf(text, "%s ", bemu_blob_kind_name(region->kind));
		if (region->map != BEMU_BLOB_NONE && region->map < page->l->obj->nr_maps)
			bemu_buf_printf(text, "%s", page->l->obj->maps[region->map].name);
		else if (region->prog != BEMU_BLOB_NONE)
			bemu_buf_printf(text, "%s", bemu_cli_layout_prog(page->l, region->prog));
	}
}

static void add_region(const struct page *page, uint32_t top, const struct bemu_blob_region *region)
{
	struct bemu_buf text;
	uint32_t at, share;

	bemu_buf_init(&text, page->buf->env);
	bemu_cli_layout_whose(&text, page->l, region->map, region->prog, region->name_off);
	bemu_buf_printf(page->buf, "<g fill=\"%s\"><title>%u +%u %s: ", color(region->kind),
			region->off, region->len, bemu_blob_kind_name(region->kind));
	add_escaped(page->buf, bemu_buf_str(&text));
	bemu_buf_printf(page->buf, "</title>");
	for (at = region->off; at < region->off + region->len; at += share) {
		share = page->row_len - at % page->row_len;
		if (share > region->off + region->len - at)
			share = region->off + region->len - at;
		if (!is_hidden(page, top, at / page->row_len))
			add_rect(page, top, at, share);
	}
	bemu_buf_printf(page->buf, "</g>\n");
	bemu_buf_fini(&text);
}

static void add_region_label(const struct page *page, uint32_t top,
			     const struct bemu_blob_region *region)
{
	struct bemu_buf text;

	bemu_buf_init(&text, page->buf->env);
	add_short(&text, page, region);
	if (text.len)
		add_label(page, top, region->off, region->len, bemu_buf_str(&text));
	bemu_buf_fini(&text);
}

static void add_rows(const struct page *page, uint32_t top, uint32_t len)
{
	uint32_t off;

	for (off = 0; off < len; off += page->row_len)
		if (!is_hidden(page, top, off / page->row_len))
			bemu_buf_printf(page->buf,
					"<text class=\"off\" x=\"%d\" y=\"%u\">%u</text>\n",
					LEFT - 8, row_y(page, top, off) + 15, off);
}

/* ---- arrows ---- */

struct point {
	uint32_t x10, y;
};

static struct point middle(const struct page *page, uint32_t top, uint32_t off, uint32_t len)
{
	struct point p;

	p.x10 = LEFT * 10 + x10(page, off % page->row_len) + x10(page, len) / 2;
	if (p.x10 > (LEFT + WIDTH) * 10)
		p.x10 = (LEFT + WIDTH) * 10;
	p.y = row_y(page, top, off);
	return p;
}

/* From the upper edge of a call to the lower edge of a place, bent aside. */
static void add_arrow(const struct page *page, const char *class, struct point from,
		      struct point to)
{
	struct bemu_buf *buf = page->buf;
	bool up = to.y <= from.y;
	uint32_t y1 = up ? from.y : from.y + ROW, y2 = up ? to.y + ROW : to.y;

	if (to.y == from.y)
		y2 = to.y;
	bemu_buf_printf(buf, "<path class=\"%s\" d=\"M", class);
	add_px(buf, from.x10);
	bemu_buf_printf(buf, " %u C ", y1);
	add_px(buf, from.x10);
	bemu_buf_printf(buf, " %u ", up ? (y1 > 40 ? y1 - 40 : 0) : y1 + 40);
	add_px(buf, to.x10);
	bemu_buf_printf(buf, " %u ",
			to.y == from.y ? (y2 > 30 ? y2 - 30 : 0)
			: up	       ? y2 + 40
			: y2 > 40      ? y2 - 40
				       : 0);
	add_px(buf, to.x10);
	bemu_buf_printf(buf, " %u\"/>\n", y2);
}

/* Past the right edge, to a word. */
static void add_nowhere(const struct page *page, struct point from, const char *word)
{
	bemu_buf_printf(page->buf, "<path class=\"away\" d=\"M");
	add_px(page->buf, from.x10);
	bemu_buf_printf(page->buf,
			" %u v-4 H%d\"/><text class=\"word\" x=\"%d\" y=\"%u\">%s</text>\n", from.y,
			LEFT + WIDTH + 14, LEFT + WIDTH + 18, from.y + 2, word);
}

static void add_call(const struct page *page, const struct bemu_blob_call *call)
{
	const struct bemu_blob *blob = &page->l->blob;
	uint32_t top = blob->fd_map_len ? page->fd_top : page->top;
	struct point from = middle(page, page->top, call->insn_off, 8);
	struct point filled = middle(page, top, blob->slots[call->slot].off, 4);
	uint32_t len = blob->fd_map_len ? blob->fd_map_len : blob->data_len;
	uint64_t sel = 0;
	uint32_t hit = bemu_blob_hit(blob, call, &sel);

	bemu_buf_printf(page->buf, "<g class=\"call\" fill=\"%s\"><title>%s, insn %u: ",
			hit == BEMU_BLOB_HIT ? "#7d3fae" : "#c00",
			bemu_cli_layout_prog(page->l, call->prog), call->insn_idx);
	add_escaped(page->buf, bemu_cli_layout_symbol(page->l, blob->slots[call->slot].name_off));
	bemu_buf_printf(page->buf, ", off %d</title>", call->off);
	add_rect(page, page->top, call->insn_off, 8);
	switch (hit) {
	case BEMU_BLOB_HIT:
		add_arrow(page, "hit", from, filled);
		break;
	case BEMU_BLOB_HIT_KERNEL:
		add_nowhere(page, from, "vmlinux");
		break;
	case BEMU_BLOB_HIT_NEGATIVE:
		add_nowhere(page, from, "-EINVAL");
		break;
	default:
		if (sel + 4 > len)
			add_nowhere(page, from, "outside");
		else
			add_arrow(page, "miss", from, middle(page, top, (uint32_t)sel, 4));
	}
	if (hit != BEMU_BLOB_HIT)
		add_arrow(page, "filled", from, filled);
	bemu_buf_printf(page->buf, "</g>\n");
}

/* Those that miss come last, above the others. */
static void add_calls(const struct page *page, bool hits)
{
	const struct bemu_blob *blob = &page->l->blob;
	uint64_t sel;
	uint32_t i;

	for (i = 0; i < blob->nr_calls; i++)
		if (blob->calls[i].slot != BEMU_BLOB_NONE &&
		    (bemu_blob_hit(blob, &blob->calls[i], &sel) == BEMU_BLOB_HIT) == hits)
			add_call(page, &blob->calls[i]);
}

/* ---- the page ---- */

static void add_legend(const struct page *page)
{
	static const struct {
		uint32_t kind;
		const char *text;
	} keys[] = {
		{ BEMU_BLOB_FD_SLOT, "FD" },	     { BEMU_BLOB_UNUSED, "unused" },
		{ BEMU_BLOB_MAP_ATTR, "attribute" }, { BEMU_BLOB_BTF, "BTF, CO-RE" },
		{ BEMU_BLOB_VALUE, "map contents" }, { BEMU_BLOB_INSNS, "instructions" },
		{ BEMU_BLOB_NAME, "name, license" }, { BEMU_BLOB_PADDING, "padding" },
	};
	uint32_t x = LEFT;
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(keys); i++) {
		bemu_buf_printf(
			page->buf,
			"<g fill=\"%s\"><rect x=\"%u\" y=\"40\" width=\"16\" height=\"12\"/></g>"
			"<text x=\"%u\" y=\"50\">%s</text>\n",
			color(keys[i].kind), x, x + 22, keys[i].text);
		x += 128;
	}
}

static void add_head(const struct page *page)
{
	const struct bemu_cli_layout *l = page->l;

	bemu_buf_printf(
		page->buf,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\">\n"
		"<style>text{font:10px monospace;paint-order:stroke;stroke:#fff;stroke-width:2px;stroke-opacity:.6}text.off{text-anchor:end;fill:#666}"
		"text.head{font-size:13px}text.word{fill:#c00}"
		"rect{stroke:#777;stroke-width:.4}path{fill:none}"
		"path.hit{stroke:#2a6f2a;stroke-width:1;stroke-opacity:.7;marker-end:url(#a)}"
		"path.away{stroke:#c00;stroke-width:1;marker-end:url(#b)}path.miss{stroke:#c00;stroke-width:1.6;marker-end:url(#b)}"
		"path.filled{stroke:#c00;stroke-width:.8;stroke-dasharray:2 3}%s"
		".call:hover path{stroke-width:2.5;stroke-opacity:1}</style>\n"
		"<defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
		"markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
		"<path d=\"M0 0 L8 4 L0 8z\" style=\"fill:#2a6f2a\"/></marker>"
		"<marker id=\"b\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
		"markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
		"<path d=\"M0 0 L8 4 L0 8z\" style=\"fill:#c00\"/></marker></defs>\n"
		"<rect width=\"100%%\" height=\"100%%\" style=\"fill:#fff;stroke:none\"/>\n",
		LEFT + WIDTH + RIGHT, page->height,
		l->blob.nr_calls > MANY_CALLS
			? "path.hit{stroke-width:.5;stroke-opacity:.25;marker-end:none}"
			  "path.miss,path.away{stroke-width:.7;stroke-opacity:.6}"
			  "path.filled{stroke-opacity:.3}"
			: "");
	bemu_buf_printf(page->buf, "<text class=\"head\" x=\"%d\" y=\"24\">", LEFT);
	add_escaped(page->buf, bemu_cli_base_name(l->args->path));
	bemu_buf_printf(
		page->buf,
		" as libbpf %s, layout %s: %u bytes, %u a row; arrows from a kfunc call to the FD "
		"that insn-&gt;off selects</text>\n",
		bemu_cli_libbpf(l->args->opts.libbpf), bemu_layout_name(l->layout),
		l->blob.data_len, page->row_len);
}

static void add_fd_map(const struct page *page)
{
	const struct bemu_blob *blob = &page->l->blob;
	uint32_t i;

	if (!blob->fd_map_len)
		return;
	bemu_buf_printf(page->buf, "<text class=\"head\" x=\"%d\" y=\"%u\">FD map</text>\n", LEFT,
			page->fd_top - 8);
	add_rows(page, page->fd_top, blob->fd_map_len);
	for (i = 0; i < blob->nr_slots; i++) {
		const struct bemu_blob_region region = {
			.off = blob->slots[i].off,
			.len = 4,
			.kind = BEMU_BLOB_FD_SLOT,
			.map = blob->slots[i].map,
			.prog = blob->slots[i].prog,
			.name_off = blob->slots[i].name_off,
		};

		add_region(page, page->fd_top, &region);
		add_region_label(page, page->fd_top, &region);
	}
}

void bemu_cli_layout_svg(struct bemu_buf *buf, const struct bemu_cli_layout *l)
{
	struct page page = { .buf = buf, .l = l, .row_len = MIN_ROW_LEN, .top = 76 };
	const struct bemu_blob *blob = &l->blob;
	uint32_t fd_rows, i;

	for (find_gaps(&page); count_rows(&page) > MAX_ROWS; find_gaps(&page))
		page.row_len *= 2;
	fd_rows = (blob->fd_map_len + page.row_len - 1) / page.row_len;
	page.fd_top = page.top;
	if (fd_rows) /* what the arrows lead to comes first */
		page.top += 20 + fd_rows * (ROW + GAP) + 44;
	page.fd_top += fd_rows ? 20 : 0;
	page.height = page.top + count_rows(&page) * (ROW + GAP) + 20;

	add_head(&page);
	add_legend(&page);
	add_fd_map(&page);
	if (fd_rows)
		bemu_buf_printf(buf, "<text class=\"head\" x=\"%d\" y=\"%u\">blob</text>\n", LEFT,
				page.top - 8);
	add_rows(&page, page.top, blob->data_len);
	for (i = 0; i < blob->nr_regions; i++)
		add_region(&page, page.top, &blob->regions[i]);
	add_calls(&page, true);
	add_calls(&page, false);
	for (i = 0; i < blob->nr_regions; i++)
		add_region_label(&page, page.top, &blob->regions[i]);
	add_gaps(&page);
	bemu_buf_printf(buf, "</svg>\n");
}
