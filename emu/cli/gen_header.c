/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A light skeleton as C text, for the same users as bpftool's. */
#include "cli/cli.h"
#include "cli/gen.h"

#include <ctype.h>
#include <string.h>

/* A C identifier of a name. */
static void add_ident(struct bemu_buf *buf, const char *name)
{
	const char *c;

	if (!*name || isdigit((unsigned char)*name))
		bemu_buf_printf(buf, "_");
	for (c = name; *c; c++)
		bemu_buf_printf(buf, "%c", isalnum((unsigned char)*c) ? *c : '_');
}

static void add_map_ident(struct bemu_buf *buf, const struct bemu_obj_map *map)
{
	bool section = map->kind == BEMU_MAP_DATA || map->kind == BEMU_MAP_BSS ||
		       map->kind == BEMU_MAP_RODATA || map->kind == BEMU_MAP_KCONFIG;

	add_ident(buf, section && *map->real_name == '.' ? map->real_name + 1 : map->real_name);
}

static void add_bytes(struct bemu_buf *buf, const char *name, const void *data, size_t len)
{
	enum { PER_LINE = 24 };
	const uint8_t *byte = data;
	size_t i;

	bemu_buf_printf(buf, "\tstatic const char %s[] __attribute__((__aligned__(8))) = \"", name);
	for (i = 0; i < len; i++)
		bemu_buf_printf(buf, "%s\\x%02x", i % PER_LINE ? "" : "\\\n", byte[i]);
	bemu_buf_printf(buf, "\";\n\n");
}

static bool is_generated(const struct bemu_obj_prog *prog)
{
	return !prog->is_subprog && prog->autoload;
}

static void add_struct(struct bemu_buf *buf, const struct bemu_obj *obj)
{
	uint32_t i, nr = 0;

	bemu_buf_printf(buf, "struct ");
	add_ident(buf, obj->name);
	bemu_buf_printf(buf, " {\n\tstruct bpf_loader_ctx ctx;\n");
	if (obj->nr_maps)
		bemu_buf_printf(buf, "\tstruct {\n");
	for (i = 0; i < obj->nr_maps; i++) {
		bemu_buf_printf(buf, "\t\tstruct bpf_map_desc ");
		add_map_ident(buf, &obj->maps[i]);
		bemu_buf_printf(buf, ";\n");
	}
	if (obj->nr_maps)
		bemu_buf_printf(buf, "\t} maps;\n");
	for (i = 0; i < obj->nr_progs; i++) {
		if (!is_generated(&obj->progs[i]))
			continue;
		if (!nr++)
			bemu_buf_printf(buf, "\tstruct {\n");
		bemu_buf_printf(buf, "\t\tstruct bpf_prog_desc ");
		add_ident(buf, obj->progs[i].name);
		bemu_buf_printf(buf, ";\n");
	}
	if (nr)
		bemu_buf_printf(buf, "\t} progs;\n");
	bemu_buf_printf(buf, "};\n\n");
}

/* "static inline TYPE NAME__SUFFIX(" */
static void add_function(struct bemu_buf *buf, const struct bemu_obj *obj, const char *type,
			 const char *suffix)
{
	bemu_buf_printf(buf, "static inline %s\n", type);
	add_ident(buf, obj->name);
	bemu_buf_printf(buf, "__%s(", suffix);
}

static void add_open(struct bemu_buf *buf, const struct bemu_obj *obj)
{
	bemu_buf_printf(buf, "static inline struct ");
	add_ident(buf, obj->name);
	bemu_buf_printf(buf, " *\n");
	add_ident(buf, obj->name);
	bemu_buf_printf(buf, "__open(void)\n{\n\tstruct ");
	add_ident(buf, obj->name);
	bemu_buf_printf(buf, " *skel = skel_alloc(sizeof(*skel));\n\n"
			     "\tif (skel)\n\t\tskel->ctx.sz = sizeof(*skel);\n"
			     "\treturn skel;\n}\n\n");
}

static void add_load(struct bemu_buf *buf, const struct bemu_obj *obj,
		     const struct bemu_gen_result *made)
{
	add_function(buf, obj, "int", "load");
	bemu_buf_printf(buf, "struct ");
	add_ident(buf, obj->name);
	bemu_buf_printf(buf, " *skel)\n{\n\tstruct bpf_load_and_run_opts opts = {};\n");
	add_bytes(buf, "opts_data", made->data, made->data_len);
	add_bytes(buf, "opts_insn", made->insns, made->nr_insns * sizeof(*made->insns));
	if (made->fd_map_len)
		bemu_buf_printf(buf, "\topts.fd_array_sz = %u;\n", made->fd_map_len);
	bemu_buf_printf(buf, "\topts.ctx = (struct bpf_loader_ctx *)skel;\n"
			     "\topts.data_sz = sizeof(opts_data) - 1;\n"
			     "\topts.data = (void *)opts_data;\n"
			     "\topts.insns_sz = sizeof(opts_insn) - 1;\n"
			     "\topts.insns = (void *)opts_insn;\n"
			     "\treturn bpf_load_and_run(&opts);\n}\n\n");
}

static void add_destroy(struct bemu_buf *buf, const struct bemu_obj *obj)
{
	uint32_t i;

	add_function(buf, obj, "void", "destroy");
	bemu_buf_printf(buf, "struct ");
	add_ident(buf, obj->name);
	bemu_buf_printf(buf, " *skel)\n{\n\tif (!skel)\n\t\treturn;\n");
	for (i = 0; i < obj->nr_progs; i++) {
		if (!is_generated(&obj->progs[i]))
			continue;
		bemu_buf_printf(buf, "\tskel_closenz(skel->progs.");
		add_ident(buf, obj->progs[i].name);
		bemu_buf_printf(buf, ".prog_fd);\n");
	}
	for (i = 0; i < obj->nr_maps; i++) {
		bemu_buf_printf(buf, "\tskel_closenz(skel->maps.");
		add_map_ident(buf, &obj->maps[i]);
		bemu_buf_printf(buf, ".map_fd);\n");
	}
	bemu_buf_printf(buf, "\tskel_free(skel);\n}\n");
}

int bemu_cli_gen_header(struct bemu_buf *buf, const struct bemu_cli_gen_args *args,
			const struct bemu_obj *obj, const struct bemu_gen_result *made)
{
	bemu_buf_printf(buf, "/* Light skeleton of %s, as libbpf %s generates it",
			bemu_cli_base_name(args->path), bemu_cli_libbpf(args->opts.libbpf));
	if (args->opts.layout != BEMU_LAYOUT_RESERVED)
		bemu_buf_printf(buf, " but for layout %s", bemu_layout_name(args->opts.layout));
	bemu_buf_printf(buf, "; made by bemu. */\n#pragma once\n\n"
			     "#include <bpf/skel_internal.h>\n\n");
	add_struct(buf, obj);
	add_open(buf, obj);
	add_load(buf, obj, made);
	add_destroy(buf, obj);
	return buf->err ? bemu_cli_fault(args->path, buf->err, NULL) : BEMU_CLI_YES;
}
