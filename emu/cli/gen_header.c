/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A light skeleton as C text: the same names, members and functions as in bpftool's, so that one can take
 * the place of the other. Types that a data section's variables have are named as in the object, and
 * defined by whoever includes the header.
 */
#include "cli/cli.h"
#include "cli/gen.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { NAME_LEN = 64, PAGE_LEN = 4096, TRACE_ITER = 28 };

struct header {
	struct bemu_buf *buf;
	const struct bemu_obj *obj;
	const struct bemu_gen_result *made;
	const struct bemu_blob *blob;
	char name[NAME_LEN]; /* of the struct, and in front of functions */
	int err;
};

/* Mirrors get_obj_name(), tools/bpf/bpftool/gen.c: the file's name without a last ".o". */
static void find_name(struct header *h, const char *path)
{
	const char *base = bemu_cli_base_name(path);
	size_t len = strlen(base), i;

	if (len > 2 && !strcmp(base + len - 2, ".o"))
		len -= 2;
	if (len >= NAME_LEN)
		len = NAME_LEN - 1;
	for (i = 0; i < len; i++)
		h->name[i] = isalnum((unsigned char)base[i]) ? base[i] : '_';
	if (isdigit((unsigned char)h->name[0]))
		h->name[0] = '_';
}

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

/* Text in which @ stands for an identifier. */
static void add(struct header *h, const char *text, const char *ident)
{
	for (; *text; text++) {
		if (*text == '@')
			bemu_buf_printf(h->buf, "%s", ident);
		else
			bemu_buf_printf(h->buf, "%c", *text);
	}
}

static void add_bytes(struct bemu_buf *buf, const char *name, const void *data, size_t len,
		      const char *indent)
{
	enum { PER_LINE = 24 };
	const uint8_t *byte = data;
	size_t i;

	bemu_buf_printf(buf, "%sstatic const char %s[] __attribute__((__aligned__(8))) = \"",
			indent, name);
	for (i = 0; i < len; i++)
		bemu_buf_printf(buf, "%s\\x%02x", i % PER_LINE ? "" : "\\\n", byte[i]);
	bemu_buf_printf(buf, "\";\n\n");
}

/* ---- data sections ---- */

/* The map's first contents in the blob; NULL when it has none. */
static const struct bemu_blob_region *contents(const struct header *h, uint32_t map)
{
	uint32_t i;

	for (i = 0; i < h->blob->nr_regions; i++)
		if (h->blob->regions[i].kind == BEMU_BLOB_VALUE && h->blob->regions[i].map == map)
			return &h->blob->regions[i];
	return NULL;
}

static uint32_t nr_visible(const struct header *h, const struct btf_type *sec)
{
	uint32_t nr = 0, i;

	for (i = 0; i < bemu_btf_vlen(sec); i++) {
		const struct btf_type *var =
			bemu_btf_type(h->obj->btf, bemu_btf_secinfos(sec)[i].type);

		nr += var && bemu_btf_var(var)->linkage != BTF_VAR_STATIC;
	}
	return nr;
}

/* The section of a map that user space shares and that has names for its bytes; NULL for others. */
static const struct btf_type *section_of(const struct header *h, uint32_t map_idx)
{
	const struct bemu_obj_map *map = &h->obj->maps[map_idx];
	const struct btf_type *sec;
	uint32_t id;

	if (!(map->map_flags & BPF_F_MMAPABLE) || map->kind == BEMU_MAP_USER ||
	    map->kind == BEMU_MAP_STRUCT_OPS || !h->obj->btf || !contents(h, map_idx))
		return NULL;
	id = bemu_btf_find(h->obj->btf, map->real_name, BTF_KIND_DATASEC, false);
	sec = id ? bemu_btf_type(h->obj->btf, id) : NULL;
	return sec && nr_visible(h, sec) ? sec : NULL;
}

static uint32_t mmap_len(const struct bemu_obj_map *map)
{
	return (map->value_size + 7 + PAGE_LEN - 1) / PAGE_LEN * PAGE_LEN;
}

/* Variables in order; what no visible one covers is padding. Mirrors codegen_datasec_def(). */
static void add_section(struct header *h, const struct bemu_obj_map *map,
			const struct btf_type *sec)
{
	const struct bemu_btf *btf = h->obj->btf;
	uint32_t off = 0, nr_pads = 0, i;

	bemu_buf_printf(h->buf, "\tstruct %s__", h->name);
	add_map_ident(h->buf, map);
	bemu_buf_printf(h->buf, " {\n");
	for (i = 0; i < bemu_btf_vlen(sec) && !h->err; i++) {
		const struct btf_var_secinfo *info = &bemu_btf_secinfos(sec)[i];
		const struct btf_type *var = bemu_btf_type(btf, info->type);
		uint32_t align;

		if (!var || bemu_btf_var(var)->linkage == BTF_VAR_STATIC)
			continue;
		align = bemu_btf_align_of(btf, var->type);
		align = align ? align : 4;
		/* a packed type's variable may lie where C would not put it */
		if (info->offset > (off + align - 1) / align * align || info->offset % align)
			bemu_buf_printf(h->buf, "\t\tchar __pad%u[%u];\n", nr_pads++,
					info->offset - off);
		bemu_buf_printf(h->buf, "\t\t");
		h->err = bemu_btf_var_append(h->buf, btf, var->type, bemu_btf_name(btf, info->type),
					     2);
		bemu_buf_printf(h->buf, ";\n");
		off = info->offset + info->size;
	}
	bemu_buf_printf(h->buf, "\t} *");
	add_map_ident(h->buf, map);
	bemu_buf_printf(h->buf, ";\n");
}

static const char *map_ident(struct header *h, struct bemu_buf *ident, uint32_t map)
{
	bemu_buf_clear(ident);
	add_map_ident(ident, &h->obj->maps[map]);
	return bemu_buf_str(ident);
}

/* ---- the struct ---- */

static void add_struct(struct header *h)
{
	const struct bemu_obj *obj = h->obj;
	uint32_t i;

	bemu_buf_printf(h->buf, "struct %s {\n\tstruct bpf_loader_ctx ctx;\n", h->name);
	if (obj->nr_maps)
		bemu_buf_printf(h->buf, "\tstruct {\n");
	for (i = 0; i < obj->nr_maps; i++) {
		bemu_buf_printf(h->buf, "\t\tstruct bpf_map_desc ");
		add_map_ident(h->buf, &obj->maps[i]);
		bemu_buf_printf(h->buf, ";\n");
	}
	if (obj->nr_maps)
		bemu_buf_printf(h->buf, "\t} maps;\n");
	if (h->blob->nr_progs) {
		bemu_buf_printf(h->buf, "\tstruct {\n");
		for (i = 0; i < h->blob->nr_progs; i++)
			add(h, "\t\tstruct bpf_prog_desc @;\n", bemu_cli_gen_prog(obj, i)->name);
		bemu_buf_printf(h->buf, "\t} progs;\n\tstruct {\n");
		for (i = 0; i < h->blob->nr_progs; i++)
			add(h, "\t\tint @_fd;\n", bemu_cli_gen_prog(obj, i)->name);
		bemu_buf_printf(h->buf, "\t} links;\n");
	}
	for (i = 0; i < obj->nr_maps; i++)
		if (section_of(h, i))
			add_section(h, &obj->maps[i], section_of(h, i));
	bemu_buf_printf(h->buf, "};\n\n");
}

/* ---- functions ---- */

/* What "attach" does without a word from the user. Mirrors codegen_attach_detach(). */
static void add_attach_call(struct header *h, const struct bemu_obj_prog *prog)
{
	const char *slash = strchr(prog->sec_name, '/');

	if (prog->type == BPF_PROG_TYPE_RAW_TRACEPOINT && slash)
		bemu_buf_printf(h->buf, "skel_raw_tracepoint_open(\"%s\", prog_fd)", slash + 1);
	else if (prog->type == BPF_PROG_TYPE_TRACING && prog->expected_attach_type == TRACE_ITER)
		bemu_buf_printf(h->buf, "skel_link_create(prog_fd, 0, BPF_TRACE_ITER)");
	else if (prog->type == BPF_PROG_TYPE_TRACING || prog->type == BPF_PROG_TYPE_LSM)
		bemu_buf_printf(h->buf, "skel_raw_tracepoint_open(NULL, prog_fd)");
	else
		bemu_buf_printf(h->buf, "((void)prog_fd, 0) /* not attached by itself */");
}

static void add_attach(struct header *h)
{
	uint32_t i;

	for (i = 0; i < h->blob->nr_progs; i++) {
		const struct bemu_obj_prog *prog = bemu_cli_gen_prog(h->obj, i);

		bemu_buf_printf(h->buf,
				"static inline int\n%s__%s__attach(struct %s *skel)\n{\n"
				"\tint prog_fd = skel->progs.%s.prog_fd;\n\tint fd = ",
				h->name, prog->name, h->name, prog->name);
		add_attach_call(h, prog);
		add(h, ";\n\n\tif (fd > 0)\n\t\tskel->links.@_fd = fd;\n\treturn fd;\n}\n\n",
		    prog->name);
	}
	add(h, "static inline int\n@__attach(struct @ *skel)\n{\n\tint ret = 0;\n\n", h->name);
	for (i = 0; i < h->blob->nr_progs; i++)
		bemu_buf_printf(h->buf, "\tret = ret < 0 ? ret : %s__%s__attach(skel);\n", h->name,
				bemu_cli_gen_prog(h->obj, i)->name);
	add(h,
	    "\t(void)skel;\n\treturn ret < 0 ? ret : 0;\n}\n\n"
	    "static inline void\n@__detach(struct @ *skel)\n{\n",
	    h->name);
	for (i = 0; i < h->blob->nr_progs; i++)
		add(h, "\tskel_closenz(skel->links.@_fd);\n", bemu_cli_gen_prog(h->obj, i)->name);
	bemu_buf_printf(h->buf, "\t(void)skel;\n}\n\n");
}

static void add_destroy(struct header *h)
{
	struct bemu_buf ident;
	uint32_t i;

	bemu_buf_init(&ident, h->buf->env);
	add(h,
	    "static inline void\n@__destroy(struct @ *skel)\n{\n\tif (!skel)\n\t\treturn;\n"
	    "\t@__detach(skel);\n",
	    h->name);
	for (i = 0; i < h->blob->nr_progs; i++)
		add(h, "\tskel_closenz(skel->progs.@.prog_fd);\n",
		    bemu_cli_gen_prog(h->obj, i)->name);
	for (i = 0; i < h->obj->nr_maps; i++) {
		const char *name = map_ident(h, &ident, i);

		if (section_of(h, i))
			bemu_buf_printf(
				h->buf,
				"\tskel_free_map_data(skel->%s, skel->maps.%s.initial_value, %u);\n",
				name, name, mmap_len(&h->obj->maps[i]));
		add(h, "\tskel_closenz(skel->maps.@.map_fd);\n", name);
	}
	bemu_buf_printf(h->buf, "\tskel_free(skel);\n}\n\n");
	bemu_buf_fini(&ident);
}

static void add_open(struct header *h)
{
	uint32_t sz = 24 + 16 * h->obj->nr_maps + 4 * h->blob->nr_progs, i;
	struct bemu_buf ident;

	bemu_buf_init(&ident, h->buf->env);
	add(h,
	    "static inline struct @ *\n@__open(void)\n{\n"
	    "\tstruct @ *skel = (struct @ *)skel_alloc(sizeof(*skel));\n\n"
	    "\tif (!skel)\n\t\treturn NULL;\n",
	    h->name);
	bemu_buf_printf(h->buf, "\tskel->ctx.sz = %u;\n", sz);
	for (i = 0; i < h->obj->nr_maps; i++) {
		const struct bemu_blob_region *value = contents(h, i);
		const char *name = map_ident(h, &ident, i);

		if (!section_of(h, i))
			continue;
		bemu_buf_printf(h->buf, "\t{\n");
		add_bytes(h->buf, "data", (const uint8_t *)h->made->data + value->off, value->len,
			  "\t\t");
		bemu_buf_printf(
			h->buf,
			"\t\tskel->%s = (__typeof__(skel->%s))skel_prep_map_data((void *)data, %u,\n"
			"\t\t\t\t\tsizeof(data) - 1);\n"
			"\t\tif (!skel->%s)\n\t\t\tgoto cleanup;\n",
			name, name, mmap_len(&h->obj->maps[i]), name);
		add(h, "\t\tskel->maps.@.initial_value = (__u64)(long)skel->@;\n\t}\n", name);
	}
	bemu_buf_printf(h->buf, "\treturn skel;\n");
	for (i = 0; i < h->obj->nr_maps && !section_of(h, i); i++)
		;
	if (i < h->obj->nr_maps)
		add(h, "cleanup:\n\t@__destroy(skel);\n\treturn NULL;\n", h->name);
	bemu_buf_printf(h->buf, "}\n\n");
	bemu_buf_fini(&ident);
}

static void add_load(struct header *h)
{
	const struct bemu_gen_result *made = h->made;
	struct bemu_buf ident;
	uint32_t i;

	bemu_buf_init(&ident, h->buf->env);
	add(h,
	    "static inline int\n@__load(struct @ *skel)\n{\n"
	    "\tstruct bpf_load_and_run_opts opts = {};\n\tint err;\n",
	    h->name);
	add_bytes(h->buf, "opts_data", made->data, made->data_len, "\t");
	add_bytes(h->buf, "opts_insn", made->insns, made->nr_insns * sizeof(*made->insns), "\t");
	if (made->fd_map_len)
		bemu_buf_printf(h->buf, "\topts.fd_array_sz = %u;\n", made->fd_map_len);
	bemu_buf_printf(h->buf, "\topts.ctx = (struct bpf_loader_ctx *)skel;\n"
				"\topts.data_sz = sizeof(opts_data) - 1;\n"
				"\topts.data = (void *)opts_data;\n"
				"\topts.insns_sz = sizeof(opts_insn) - 1;\n"
				"\topts.insns = (void *)opts_insn;\n\n"
				"\terr = bpf_load_and_run(&opts);\n"
				"\tif (err < 0)\n\t\treturn err;\n");
	for (i = 0; i < h->obj->nr_maps; i++) {
		const char *name = map_ident(h, &ident, i);
		bool ro = h->obj->maps[i].map_flags & BPF_F_RDONLY_PROG;

		if (!section_of(h, i))
			continue;
		bemu_buf_printf(
			h->buf,
			"\tskel->%s = (__typeof__(skel->%s))skel_finalize_map_data("
			"&skel->maps.%s.initial_value,\n\t\t\t\t\t%u, %s, skel->maps.%s.map_fd);\n"
			"\tif (!skel->%s)\n\t\treturn -ENOMEM;\n",
			name, name, name, mmap_len(&h->obj->maps[i]),
			ro ? "PROT_READ" : "PROT_READ | PROT_WRITE", name, name);
	}
	bemu_buf_printf(h->buf, "\treturn 0;\n}\n\n");
	bemu_buf_fini(&ident);
}

static void add_open_and_load(struct header *h)
{
	add(h,
	    "static inline struct @ *\n@__open_and_load(void)\n{\n"
	    "\tstruct @ *skel = @__open();\n\n"
	    "\tif (skel && @__load(skel)) {\n\t\t@__destroy(skel);\n\t\tskel = NULL;\n\t}\n"
	    "\treturn skel;\n}\n",
	    h->name);
}

int bemu_cli_gen_header(struct bemu_buf *buf, const struct bemu_cli_gen_args *args,
			const struct bemu_obj *obj, const struct bemu_gen_result *made,
			const struct bemu_blob *blob)
{
	struct header h = { .buf = buf, .obj = obj, .made = made, .blob = blob };

	find_name(&h, args->path);
	bemu_buf_printf(buf, "/* Light skeleton of %s, as libbpf %s generates it",
			bemu_cli_base_name(args->path), bemu_cli_libbpf(args->opts.libbpf));
	if (args->opts.layout != BEMU_LAYOUT_RESERVED)
		bemu_buf_printf(buf, " but for layout %s", bemu_layout_name(args->opts.layout));
	bemu_buf_printf(buf, "; made by bemu. */\n#pragma once\n\n"
			     "#include <bpf/skel_internal.h>\n\n");
	add_struct(&h);
	add_attach(&h);
	add_destroy(&h);
	add_open(&h);
	add_load(&h);
	add_open_and_load(&h);
	if (!h.err)
		h.err = buf->err;
	return h.err ? bemu_cli_fault(args->path, h.err, NULL) : BEMU_CLI_YES;
}
