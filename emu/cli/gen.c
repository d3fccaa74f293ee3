/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu gen OBJ -o FILE: the light skeleton of an object, as a header and as raw bytes. */
#include "skel/gen.h"
#include "cli/cli.h"
#include "cli/skel.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

struct args {
	struct bemu_env *env;
	const char *path, *out, *kconfig, *kallsyms;
	uint32_t libbpf, nr_cpus;
	bool gen_hash, stable_6_1;
};

enum { OPT_LIBBPF = 256, OPT_KCONFIG, OPT_KALLSYMS, OPT_HASH, OPT_STABLE_6_1, OPT_CPUS };

static const struct option options[] = {
	{ "libbpf", required_argument, NULL, OPT_LIBBPF },
	{ "kconfig", required_argument, NULL, OPT_KCONFIG },
	{ "kallsyms", required_argument, NULL, OPT_KALLSYMS },
	{ "hash", no_argument, NULL, OPT_HASH },
	{ "stable-6.1", no_argument, NULL, OPT_STABLE_6_1 },
	{ "cpus", required_argument, NULL, OPT_CPUS },
	{ "output", required_argument, NULL, 'o' },
	{ 0 },
};

static int parse_args(struct args *args, int argc, char **argv)
{
	int opt, code;

	opterr = 0;
	optind = 1;
	while ((opt = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		switch (opt) {
		case OPT_LIBBPF:
			code = bemu_cli_libbpf_option(optarg, &args->libbpf);
			if (code)
				return code;
			break;
		case OPT_KCONFIG:
			args->kconfig = optarg;
			break;
		case OPT_KALLSYMS:
			args->kallsyms = optarg;
			break;
		case OPT_HASH:
			args->gen_hash = true;
			break;
		case OPT_CPUS:
			code = bemu_cli_number_option("cpus", optarg, 1, BEMU_CLI_MAX_CPUS,
						      &args->nr_cpus);
			if (code)
				return code;
			break;
		case OPT_STABLE_6_1:
			args->stable_6_1 = true;
			break;
		case 'o':
			args->out = optarg;
			break;
		default:
			return bemu_cli_option_error("gen", opt, argv);
		}
	}
	if (argc - optind != 1)
		return bemu_cli_usage("gen: one object");
	if (!args->out)
		return bemu_cli_usage("gen: -o FILE says where to");
	if (args->gen_hash && args->libbpf != BEMU_LIBBPF_1_7)
		return bemu_cli_usage("gen: only libbpf 1.7 makes a loader that checks a hash");
	if (args->stable_6_1 && args->libbpf != BEMU_LIBBPF_1_1)
		return bemu_cli_usage("gen: Linux 6.1.y has libbpf 1.1");
	args->path = argv[optind];
	return BEMU_CLI_YES;
}

/* ---- the header ---- */

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

static void add_header(struct bemu_buf *buf, const struct args *args, const struct bemu_obj *obj,
		       const struct bemu_gen_result *made)
{
	bemu_buf_printf(buf,
			"/* Light skeleton of %s, as libbpf %s generates it; made by bemu. */\n"
			"#pragma once\n\n#include <bpf/skel_internal.h>\n\n",
			bemu_cli_base_name(args->path), bemu_cli_libbpf(args->libbpf));
	add_struct(buf, obj);
	add_open(buf, obj);
	add_load(buf, obj, made);
	add_destroy(buf, obj);
}

/* ---- files ---- */

static int write_raw(const struct args *args, const char *suffix, const void *data, size_t len)
{
	struct bemu_buf path, buf;
	int code;

	bemu_buf_init(&path, args->env);
	bemu_buf_init(&buf, args->env);
	bemu_buf_printf(&path, "%s%s", args->out, suffix);
	bemu_buf_add(&buf, data, len);
	code = path.err ? bemu_cli_fault(args->out, path.err, NULL)
			: bemu_cli_write_file(bemu_buf_str(&path), &buf);
	bemu_buf_fini(&path);
	bemu_buf_fini(&buf);
	return code;
}

static int write_all(const struct args *args, const struct bemu_obj *obj,
		     const struct bemu_gen_result *made)
{
	struct bemu_buf buf;
	int code;

	bemu_buf_init(&buf, args->env);
	add_header(&buf, args, obj, made);
	code = bemu_cli_write_file(args->out, &buf);
	if (!code)
		code = write_raw(args, ".data", made->data, made->data_len);
	if (!code)
		code = write_raw(args, ".insns", made->insns,
				 made->nr_insns * sizeof(*made->insns));
	bemu_buf_clear(&buf);
	bemu_buf_printf(&buf, "%s as libbpf %s: %u instructions, blob of %u bytes\n",
			bemu_cli_base_name(args->path), bemu_cli_libbpf(args->libbpf),
			made->nr_insns, made->data_len);
	if (!code)
		code = bemu_cli_write(&buf, stdout);
	bemu_buf_fini(&buf);
	return code;
}

/* ---- generation ---- */

/* The generating machine: nothing of this one but the texts that were named. */
static int fill_world(const struct args *args, struct bemu *em)
{
	struct bemu_cli_file file;
	int code, err = 0;

	if (args->kconfig) {
		code = bemu_cli_read(args->env, args->kconfig, &file);
		if (code)
			return code;
		err = bemu_set_kconfig(em, file.data, file.len);
	}
	if (!err && args->kallsyms) {
		code = bemu_cli_read(args->env, args->kallsyms, &file);
		if (code)
			return code;
		err = bemu_set_kallsyms(em, file.data, file.len);
	}
	if (!err)
		err = bemu_seal(em);
	return err ? bemu_cli_fault(args->path, err, bemu_get_log(em)) : BEMU_CLI_YES;
}

static int refused(const struct bemu_cli_object *object, int err)
{
	struct bemu_buf why;

	bemu_buf_init(&why, object->env);
	bemu_cli_log_line(&why, &object->env->log);
	bemu_cli_error("%s: not generated: %s: %s", object->path, bemu_cli_errno(err),
		       bemu_buf_str(&why));
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
}

int bemu_cli_generate(const struct bemu_cli_object *object, struct bemu *em, uint32_t nr_cpus,
		      const struct bemu_gen_opts *gen_opts, struct bemu_gen **out, int *verdict)
{
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts), .nr_std = BEMU_TASK_STD };
	struct bemu_load_opts opts = {
		.size = sizeof(opts),
		.libbpf = gen_opts->libbpf,
		.nr_cpus = nr_cpus,
	};
	struct bemu_task *task = NULL;
	struct bemu_load *ld = NULL;
	struct bemu_gen *gen = NULL;
	struct bemu_backend be;
	int err;

	*verdict = 0;
	err = bemu_gen_new(object->env, gen_opts, &gen);
	if (!err)
		err = bemu_task_new(em, &task_opts, &task);
	if (err)
		goto out;
	bemu_backend_sys(task, &be);
	opts.gen = bemu_gen_recorder(gen);
	err = bemu_load_new(object->env, object->obj, &be, &opts, &ld, verdict);
	if (!err && !*verdict)
		err = bemu_load_run(ld, verdict);
out:
	bemu_load_free(ld);
	bemu_task_exit(task);
	if (err || *verdict) {
		bemu_gen_free(gen);
		gen = NULL;
	}
	*out = gen;
	return err ? bemu_cli_fault(object->path, err, &object->env->log) : BEMU_CLI_YES;
}

static int generate(const struct args *args, const struct bemu_cli_object *object, struct bemu *em)
{
	const struct bemu_gen_opts opts = {
		.size = sizeof(opts),
		.libbpf = args->libbpf,
		.gen_hash = args->gen_hash,
		.stable_6_1 = args->stable_6_1,
	};
	struct bemu_gen_result made;
	struct bemu_gen *gen;
	int code, verdict;

	code = bemu_cli_generate(object, em, args->nr_cpus, &opts, &gen, &verdict);
	if (code)
		return code;
	if (verdict)
		return refused(object, verdict);
	bemu_gen_get(gen, &made);
	code = write_all(args, object->obj, &made);
	bemu_gen_free(gen);
	return code;
}

static int run(const struct args *args)
{
	struct bemu_opts opts = { .size = sizeof(opts) };
	struct bemu_cli_object object;
	struct bemu *em = NULL;
	int code;

	code = bemu_cli_object_open(args->path, args->libbpf, &object);
	if (code)
		return code;
	if (object.err) {
		code = refused(&object, object.err);
		goto out;
	}
	code = bemu_new(&opts, &em) ? bemu_cli_fault(args->path, -ENOMEM, NULL)
				    : fill_world(args, em);
	if (!code)
		code = generate(args, &object, em);
	bemu_free(em);
out:
	bemu_cli_object_close(&object);
	return code;
}

int bemu_cli_gen(int argc, char **argv)
{
	struct args args = { .libbpf = BEMU_LIBBPF_1_7 };
	int code;

	if (bemu_env_new(NULL, NULL, &args.env))
		return bemu_cli_fault("gen", -ENOMEM, NULL);
	code = parse_args(&args, argc, argv);
	if (!code)
		code = run(&args);
	bemu_env_free(args.env);
	return code;
}
