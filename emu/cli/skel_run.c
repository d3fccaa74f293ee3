/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Light skeletons for the subcommands: read in any of their forms, run under the eyes of a witness. */
#include "cli/gen.h"
#include "cli/skel.h"

#include <errno.h>
#include <string.h>

#include "btf/btf.h"
#include "skel/tamper.h"

enum { LOG_LEN = 1 << 20 };

/* ---- reading ---- */

static int refused(const struct bemu_cli_skel_file *file)
{
	struct bemu_buf why;

	bemu_buf_init(&why, file->env);
	bemu_cli_log_line(&why, &file->env->log);
	bemu_cli_error("%s: no light skeleton: %s", file->path, bemu_buf_str(&why));
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
}

/* A loader knows its maps and programs by number, its object by name. */
static int name_results(const struct bemu_cli_skel_file *file, const struct bemu_obj *obj,
			struct bemu_skel *skel)
{
	uint32_t i;

	for (i = 0; i < skel->nr_maps; i++)
		skel->maps[i].name = bemu_strdup(file->env, obj->maps[i].real_name);
	for (i = 0; i < skel->nr_progs; i++)
		skel->progs[i] = bemu_strdup(file->env, bemu_cli_gen_prog(obj, i)->name);
	return file->env->fault ? bemu_cli_fault(file->path, file->env->fault, NULL) : BEMU_CLI_YES;
}

static int from_object(const struct bemu_cli_skel_file *file, struct bemu *em,
		       struct bemu_skel **out)
{
	struct bemu_cli_object object;
	struct bemu_gen_opts opts = file->gen;
	struct bemu_gen *gen = NULL;
	struct bemu_gen_result made;
	struct bemu_blob blob;
	int code, verdict = 0, err;

	opts.size = sizeof(opts);
	opts.libbpf = file->libbpf ? file->libbpf : BEMU_LIBBPF_1_7;
	code = bemu_cli_object_open(file->path, opts.libbpf, &opts.quirks, &object);
	if (code)
		return code;
	verdict = object.err;
	if (!verdict)
		code = bemu_cli_generate(&object, em, 0, &opts, &gen, &verdict);
	if (!code && verdict)
		code = bemu_cli_gen_refused(&object, verdict);
	if (!code) {
		bemu_gen_get(gen, &made);
		bemu_gen_blob(gen, &blob);
		err = bemu_skel_read_raw(file->env, made.data, made.data_len, made.insns,
					 made.nr_insns * sizeof(*made.insns), object.obj->nr_maps,
					 blob.nr_progs, out);
		code = err ? bemu_cli_fault(file->path, err, &file->env->log)
			   : name_results(file, object.obj, *out);
		if (!code)
			(*out)->fd_map_len = made.fd_map_len;
	}
	bemu_gen_free(gen);
	bemu_cli_object_close(&object);
	return code;
}

int bemu_cli_skel_finished(const struct bemu_cli_skel_file *file)
{
	const char *quirk = bemu_cli_quirks_made(&file->gen.quirks);

	if (file->gen.gen_hash)
		return bemu_cli_usage("%s: --hash is for an object: this loader is made already",
				      file->path);
	if (file->gen.layout)
		return bemu_cli_usage("%s: --layout is for an object: this loader is made already",
				      file->path);
	if (quirk)
		return bemu_cli_usage("%s: quirk %s is for an object: this loader is made already",
				      file->path, quirk);
	return BEMU_CLI_YES;
}

/* The host side makes the second map empty, whatever a file says. */
static int read_fds(const struct bemu_cli_skel_file *file, struct bemu_skel *skel)
{
	struct bemu_cli_file fds;
	size_t i;
	int code = bemu_cli_read(file->env, file->fds, &fds);

	if (code)
		return code;
	for (i = 0; i < fds.len && !((const char *)fds.data)[i]; i++)
		;
	if (!fds.len || fds.len % 4 || fds.len > INT32_MAX || i < fds.len) {
		bemu_cli_error("%s: no map for FDs: whole numbers of 4 bytes, all of them 0",
			       file->fds);
		return BEMU_CLI_NO;
	}
	skel->fd_map_len = (uint32_t)fds.len;
	return BEMU_CLI_YES;
}

int bemu_cli_skel_read(const struct bemu_cli_skel_file *file, struct bemu *em,
		       struct bemu_skel **out)
{
	struct bemu_cli_file a, b;
	int code, err;

	code = bemu_cli_read(file->env, file->path, &a);
	if (!code && file->insns)
		code = bemu_cli_read(file->env, file->insns, &b);
	if (code)
		return code;
	if (!file->insns && em && a.len >= 4 && !memcmp(a.data, "\177ELF", 4))
		return from_object(file, em, out);
	code = bemu_cli_skel_finished(file);
	if (code)
		return code;
	err = file->insns ? bemu_skel_read_raw(file->env, a.data, a.len, b.data, b.len,
					       file->nr_maps, file->nr_progs, out)
			  : bemu_skel_read_header(file->env, a.data, a.len, out);
	if (!err)
		return file->fds ? read_fds(file, *out) : BEMU_CLI_YES;
	if (file->env->fault)
		return bemu_cli_fault(file->path, file->env->fault, &file->env->log);
	if (!file->insns && memchr(a.data, 0, a.len)) {
		bemu_cli_error("%s: neither the header of a light skeleton nor an ELF object",
			       file->path);
		return BEMU_CLI_NO;
	}
	return refused(file);
}

/* ---- running ---- */

/* Asked of the emulated kernel as any process may. */
static int btf_info(struct bemu_cli_skel_run *run, int fd, struct bpf_btf_info *info)
{
	uint32_t nr = run->mem.nr;
	union bpf_attr attr;
	long kret;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (uint64_t)(uintptr_t)info;
	err = bemu_skel_mem_add(&run->mem, &attr, sizeof(attr));
	if (!err)
		err = bemu_skel_mem_add(&run->mem, info, sizeof(*info));
	if (!err && info->name_len)
		err = bemu_skel_mem_add(&run->mem, (void *)(uintptr_t)info->name, info->name_len);
	if (!err)
		err = bemu_sys_bpf(run->task, BPF_OBJ_GET_INFO_BY_FD, (uint64_t)(uintptr_t)&attr,
				   sizeof(attr), &kret);
	bemu_skel_mem_cut(&run->mem, nr);
	return err ? err : (int)kret;
}

static int btf_name(void *ctx, int fd, char *buf, size_t len)
{
	struct bpf_btf_info info = { .name = (uint64_t)(uintptr_t)buf, .name_len = (uint32_t)len };

	return btf_info(ctx, fd, &info);
}

static int type_name(void *ctx, int fd, uint32_t id, char *buf, size_t len)
{
	struct bemu_cli_skel_run *run = ctx;
	struct bpf_btf_info info = { .id = 1 };
	const struct bemu_btf *btf;
	struct bemu_backend be;
	const char *name;
	int err = fd ? btf_info(run, fd, &info) : 0;

	if (err)
		return err;
	bemu_backend_sys(run->task, &be);
	btf = be.ops->kernel_btf(be.ctx, info.id);
	name = btf ? bemu_btf_name(btf, id) : NULL;
	if (!name)
		return -ENOENT;
	snprintf(buf, len, "%s", name);
	return 0;
}

static const char *result_name(void *ctx, uint32_t off)
{
	const struct bemu_cli_skel_run *run = ctx;

	return bemu_skel_result_name(run->skel, off);
}

/*
 * The loader asks for no log, and asking would change its calls: it runs once more for the log alone, in
 * a process of its own that nobody watches.
 */
static int ask_why(struct bemu_cli_skel_run *run)
{
	struct bemu_task_opts task_opts = {
		.size = sizeof(task_opts),
		.nr_std = BEMU_TASK_STD,
		.mem = &run->mem.ops,
	};
	struct bemu_skel_run_opts opts = {
		.size = sizeof(opts),
		.libbpf = run->libbpf,
		.quirks = run->quirks,
		.mem = &run->mem,
		.log_level = 1,
		.log_buf = bemu_zalloc(run->env, LOG_LEN),
		.log_size = LOG_LEN,
	};
	struct bemu_skel_result res = { 0 };
	struct bemu_task *task = NULL;
	struct bemu_backend be;
	int err;

	err = opts.log_buf ? bemu_task_new(run->world->em, &task_opts, &task) : -ENOMEM;
	if (!err) {
		bemu_backend_sys(task, &be);
		err = bemu_skel_run(run->skel, &be, &opts, &res);
	}
	if (!err && res.err == run->res.err)
		bemu_cli_last_line(&run->why, opts.log_buf);
	bemu_task_exit(task);
	bemu_mem_free(run->env, res.ctx);
	bemu_mem_free(run->env, opts.log_buf);
	return err;
}

/* The emulated kernel has no verifier: what that would have refused is seen when the program does it. */
static int keep_trap(struct bemu_cli_skel_run *run, int err)
{
	const struct bemu_log_record *rec = bemu_log_last(bemu_cli_skel_log(run));

	if (err != -EOPNOTSUPP || !rec || rec->reason != BEMU_R_SYS_TRAP)
		return err;
	run->trap = bemu_strdup(run->env, rec->text);
	return run->trap ? 0 : -ENOMEM;
}

/* Of raw files only the command line says how many results there are, which is what the context holds. */
static int tell_short_context(struct bemu_cli_skel_run *run)
{
	const struct bemu_log_record *rec = bemu_log_last(bemu_cli_skel_log(run));
	struct bemu_buf what;
	int err;

	if (!run->unnamed || run->res.err != -EINVAL || !rec || rec->reason != BEMU_R_SYS_RUN_CTX)
		return 0;
	bemu_buf_init(&what, run->env);
	bemu_buf_printf(&what, "%s: %s (--maps %u, --progs %u)", run->res.what, rec->text,
			run->skel->nr_maps, run->skel->nr_progs);
	run->res.what = bemu_strdup(run->env, bemu_buf_str(&what));
	err = run->res.what ? what.err : -ENOMEM;
	bemu_buf_fini(&what);
	return err;
}

int bemu_cli_skel_run(struct bemu_cli_skel_run *run)
{
	struct bemu_task_opts task_opts = {
		.size = sizeof(task_opts),
		.nr_std = run->lowest_fd,
		.mem = &run->mem.ops,
	};
	struct bemu_skel_run_opts opts = {
		.size = sizeof(opts),
		.libbpf = run->libbpf,
		.quirks = run->quirks,
		.nr_overrides = run->nr_overrides,
		.overrides = run->overrides,
		.tamper = run->tamper,
		.mem = &run->mem,
	};
	struct bemu_witness_opts wopts = {
		.size = sizeof(wopts),
		.btf_name = btf_name,
		.result = result_name,
		.type_name = type_name,
		.ctx = run,
		.named = !run->unnamed,
	};
	struct bemu_backend be;
	int err;

	bemu_skel_mem_init(&run->mem, run->env);
	bemu_buf_init(&run->why, run->env);
	err = bemu_task_new(run->world->em, &task_opts, &run->task);
	if (!err)
		err = bemu_witness_new(run->env, &wopts, &run->witness);
	if (!err)
		err = bemu_cli_calls_new(run->env, bemu_witness_watch(run->witness), &run->calls);
	if (err)
		return err;
	bemu_inject_init(&run->inject, run->env, bemu_cli_calls_watch(run->calls), run->fail_nr);
	bemu_task_watch(run->task, &run->inject.watch);
	bemu_backend_sys(run->task, &be);
	err = bemu_skel_run(run->skel, &be, &opts, &run->res);
	bemu_task_watch(run->task, NULL);
	if (err)
		return keep_trap(run, err);
	err = bemu_witness_end(run->witness);
	if (!err && run->ask_why && run->res.err && bemu_cli_calls_load_refused(run->calls))
		err = ask_why(run);
	if (!err)
		err = tell_short_context(run);
	return err ? err : run->why.err;
}

/* The same loader with something else that no signature covers; @blob: what of the blob, NULL: the context */
static int compare_run(struct bemu_cli_skel_run *run, const struct bemu_skel_override *overrides,
		       const struct bemu_tamper *tamper, const char *blob)
{
	struct bemu_cli_skel_run other = {
		.env = run->env,
		.world = run->world,
		.skel = run->skel,
		.libbpf = run->libbpf,
		.lowest_fd = run->lowest_fd,
		.quirks = run->quirks,
		.nr_overrides = overrides ? run->skel->nr_maps : run->nr_overrides,
		.overrides = overrides ? overrides : run->overrides,
		.tamper = tamper,
		.unnamed = true,
	};
	int err = bemu_cli_skel_run(&other);

	if (!err && !other.trap)
		err = bemu_witness_compare(run->witness, other.witness, blob);
	bemu_cli_skel_run_end(&other);
	return err;
}

static int compare_context(struct bemu_cli_skel_run *run)
{
	enum { OTHER_ENTRIES = 1 << 13, OTHER_LEN = 1 << 16 };
	struct bemu_skel_override *overrides;
	uint8_t *bytes;
	uint32_t i;
	int err = -ENOMEM;

	overrides = bemu_zalloc(run->env, (1 + run->skel->nr_maps) * sizeof(*overrides));
	bytes = bemu_alloc(run->env, OTHER_LEN);
	if (overrides && bytes) {
		memset(bytes, 0x5a, OTHER_LEN);
		for (i = 0; i < run->skel->nr_maps; i++)
			overrides[i] =
				(struct bemu_skel_override){ i, OTHER_ENTRIES, bytes, OTHER_LEN };
		err = compare_run(run, overrides, NULL, NULL);
	}
	bemu_mem_free(run->env, bytes);
	bemu_mem_free(run->env, overrides);
	return err;
}

int bemu_cli_skel_unsigned(struct bemu_cli_skel_run *run)
{
	const struct bemu_findings *findings = bemu_witness_findings(run->witness);
	struct bemu_tamper tamper;
	char text[64];
	uint32_t before, i;
	int err = compare_context(run);

	/* one byte tells what all do */
	before = findings->nr;
	for (i = 0; !err && findings->nr == before && bemu_tamper_nth(run->skel, i, &tamper); i++) {
		bemu_tamper_text(&tamper, text, sizeof(text));
		err = compare_run(run, NULL, &tamper, text);
	}
	return err;
}

void bemu_cli_skel_run_end(struct bemu_cli_skel_run *run)
{
	bemu_mem_free(run->env, run->res.ctx);
	run->res.ctx = NULL;
	bemu_buf_fini(&run->why);
	bemu_cli_calls_free(run->calls);
	bemu_witness_free(run->witness);
	bemu_task_exit(run->task);
	bemu_inject_fini(&run->inject);
	bemu_skel_mem_fini(&run->mem);
}

const struct bemu_log *bemu_cli_skel_log(const struct bemu_cli_skel_run *run)
{
	const struct bemu_log *log = bemu_get_log(run->world->em);

	return run->env->fault || !bemu_log_count(log) ? &run->env->log : log;
}
