/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of "bemu layout" share: one loader under one layout. */
#ifndef BEMU_CLI_LAYOUT_H
#define BEMU_CLI_LAYOUT_H

#include "cli/gen.h"

/**
 * struct bemu_cli_layout - a blob and its map
 * @gen:     owner of both; NULL when it could not be made
 * @verdict: 0, or why it was not made as asked for; it then is one without the check of the index, or none
 */
struct bemu_cli_layout {
	const struct bemu_cli_gen_args *args;
	const struct bemu_obj *obj;
	uint32_t layout;
	int verdict;
	struct bemu_gen *gen;
	struct bemu_gen_result made;
	struct bemu_blob blob;
};

/** struct bemu_cli_written - what the loader writes into a region: how often, by enum bemu_blob_write_kind */
struct bemu_cli_written {
	uint32_t counts[4];
	uint32_t context; /* bytes that the caller chooses */
};

/* layout_text.c */
extern const char *const bemu_cli_limit_names[BEMU_NR_BLOB_LIMITS];
/** bemu_cli_layout_written() - of each region; the caller's, NULL without memory */
struct bemu_cli_written *bemu_cli_layout_written(struct bemu_env *env,
						 const struct bemu_blob *blob);
/** bemu_cli_layout_signed() - is it what the hash was taken of? "yes", "no", "in part" */
const char *bemu_cli_layout_signed(const struct bemu_blob_region *region,
				   const struct bemu_cli_written *written);
/** bemu_cli_layout_prog() - name of a program by its number; "" for none */
const char *bemu_cli_layout_prog(const struct bemu_cli_layout *l, uint32_t prog);
void bemu_cli_layout_table(struct bemu_buf *buf, const struct bemu_cli_layout *l);
void bemu_cli_layout_calls(struct bemu_buf *buf, const struct bemu_cli_layout *l);
void bemu_cli_layout_limits(struct bemu_buf *buf, const struct bemu_cli_layout *l);
/** bemu_cli_layout_whose() - "map events", "symbol kf of prog on_exec"; for each region or place */
void bemu_cli_layout_whose(struct bemu_buf *buf, const struct bemu_cli_layout *l, uint32_t map,
			   uint32_t prog, uint32_t name_off);
/** bemu_cli_layout_grow() - "+129456 bytes of data: slot index" */
void bemu_cli_layout_room(struct bemu_buf *buf, const struct bemu_blob *blob, uint32_t growth);
/** bemu_cli_layout_symbol() - name of a kernel symbol in the blob */
const char *bemu_cli_layout_symbol(const struct bemu_cli_layout *l, uint32_t name_off);
/** bemu_cli_layout_wasted() - bytes that are there for FDs and hold none */
uint32_t bemu_cli_layout_wasted(const struct bemu_blob *blob);

/* layout_compare.c: @l has one for each layout */
void bemu_cli_layout_compare(struct bemu_buf *buf, const struct bemu_cli_layout *l);
/* layout_json.c: one record; 0 or -ENOMEM */
int bemu_cli_layout_json(struct bemu_buf *buf, const struct bemu_cli_layout *l);
/* layout_svg.c */
void bemu_cli_layout_svg(struct bemu_buf *buf, const struct bemu_cli_layout *l);

#endif
