// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Times of light skeletons: their loader run over the model beside the running kernel, CO-RE records that the
 * kernel applies, a generation beside the real libbpf 1.1's, and the interpreter beside a plain loop.
 * Where this process may not ask the kernel, its figure is "-".
 * Usage: bench_skel run VMLINUX_BTF OBJECT | core VMLINUX_BTF | gen OBJECT | vm
 */
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bench.h"
#include "bench_object.h"
#include "bench_vm.h"
#include "btf/encode.h"
#include "libbpf/shim.h"
#include "obj/obj.h"
#include "relo/core.h"
#include "skel/gen.h"
#include "skel/skel.h"

/* CPU time of this thread, in the program and in the kernel. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Seconds a run takes: of seven rounds of @nr the quickest. */
static double best(void (*run)(void *ctx), void *ctx, unsigned long nr)
{
	double quickest = 0, start, used;
	unsigned long i;
	int round;

	for (round = 0; round < 7; round++) {
		start = now();
		for (i = 0; i < nr; i++)
			run(ctx);
		used = (now() - start) / (double)nr;
		if (!round || used < quickest)
			quickest = used;
	}
	return quickest;
}

static void row(const char *id, const char *unit, double scale, double ours, double theirs)
{
	if (theirs > 0)
		bench_row(id, unit, ours * scale, theirs * scale);
	else
		bench_row_alone(id, unit, ours * scale);
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

/* ---- the running kernel, as a backend of what a light skeleton needs ---- */

static int host_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size, long *kret)
{
	(void)ctx;
	*kret = syscall(SYS_bpf, cmd, attr, size);
	return 0;
}

static int host_close(void *ctx, int fd, long *kret)
{
	(void)ctx;
	*kret = close(fd);
	return 0;
}

static bool host_may_bpf(void)
{
	uint8_t attr[72] = { 2, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1 }; /* an array */
	long fd;

	if (host_bpf(NULL, BPF_MAP_CREATE, attr, sizeof(attr), &fd) || fd < 0)
		return false;
	close((int)fd);
	return true;
}

/* ---- a world with the kernel's BTF ---- */

struct state {
	struct bemu_env *env;
	struct bemu *em;
	struct bemu_task *task;
	struct bench_bytes object;
	struct bemu_skel *skel;
	struct bemu_backend be;
	struct bemu_gen *gen; /* of the last generation */
	bool host;
	struct bemu_attr_prog_load load;
};

static void new_task(struct state *s)
{
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };

	if (bemu_task_new(s->em, &opts, &s->task))
		bench_die("task", "no memory");
	bemu_backend_sys(s->task, &s->be);
}

static void begin(struct state *s, const char *vmlinux)
{
	struct bench_bytes btf;

	if (bemu_new(NULL, &s->em) || bemu_env_new(NULL, NULL, &s->env))
		bench_die("world", "no memory");
	if (vmlinux) {
		btf.data = bench_read_file(vmlinux, &btf.len);
		if (bemu_set_vmlinux(s->em, btf.data, btf.len, BEMU_BTF_BORROW))
			bench_die(vmlinux, bemu_log_last(bemu_get_log(s->em))->text);
	}
	if (bemu_seal(s->em))
		bench_die("world", "already sealed");
}

/* ---- generation ---- */

static void generate(struct state *s, struct bemu_env *env)
{
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = BEMU_LIBBPF_1_1 };
	struct bemu_gen_opts gopts = { .size = sizeof(gopts), .libbpf = BEMU_LIBBPF_1_1 };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = BEMU_LIBBPF_1_1 };
	struct bemu_load *ld;
	struct bemu_obj *obj;
	int verdict;

	new_task(s);
	if (bemu_obj_parse(env, s->object.data, s->object.len, &oopts, &obj) ||
	    bemu_gen_new(env, &gopts, &s->gen))
		bench_die("object", "refused");
	lopts.gen = bemu_gen_recorder(s->gen);
	if (bemu_load_new(env, obj, &s->be, &lopts, &ld, &verdict) || verdict ||
	    bemu_load_run(ld, &verdict) || verdict)
		bench_die("generation", bemu_log_last(&env->log)->text);
	bemu_load_free(ld);
	bemu_obj_free(obj);
}

static void gen_ours(void *ctx)
{
	struct state *s = ctx;

	generate(s, s->env);
	bemu_gen_free(s->gen);
	bemu_env_reset(s->env);
	bemu_reset(s->em);
}

static void gen_theirs(void *ctx)
{
	LIBBPF_OPTS(gen_loader_opts, gen);
	struct state *s = ctx;
	struct bpf_object *obj;

	new_task(s);
	vk_attach(&s->be);
	obj = bpf_object__open_mem(s->object.data, s->object.len, NULL);
	if (!obj || bpf_object__gen_loader(obj, &gen) || bpf_object__load(obj))
		bench_die("libbpf", "does not generate it");
	bpf_object__close(obj);
	bemu_reset(s->em);
}

static void rows_gen(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct state s = { 0 };
	char id[128];

	begin(&s, NULL);
	s.object.data = bench_read_file(path, &s.object.len);
	libbpf_set_print(silent);
	snprintf(id, sizeof(id), "gen-%s", slash ? slash + 1 : path);
	row(id, "us", 1e6, best(gen_ours, &s, 2000), best(gen_theirs, &s, 2000));
}

/* ---- the loader runs ---- */

static void run_loader(void *ctx)
{
	static const struct bemu_backend_ops host_ops = { .size = sizeof(host_ops),
							  .bpf = host_bpf,
							  .close = host_close };
	struct bemu_skel_run_opts opts = { .size = sizeof(opts), .libbpf = BEMU_LIBBPF_1_1 };
	const struct bemu_backend host = { .ops = &host_ops };
	struct bemu_skel_result res;
	struct state *s = ctx;
	uint32_t off;

	if (!s->host)
		new_task(s);
	if (bemu_skel_run(s->skel, s->host ? &host : &s->be, &opts, &res))
		bench_die("loader", "fault");
	if (res.err)
		bench_die("loader", res.what);
	for (off = bemu_skel_map_off(s->skel, 0); s->host && off < bemu_skel_ctx_len(s->skel);
	     off++)
		if (bemu_skel_result_name(s->skel, off) && bemu_skel_fd(res.ctx, off))
			close(bemu_skel_fd(res.ctx, off));
	bemu_mem_free(s->env, res.ctx);
	if (!s->host)
		bemu_reset(s->em);
}

static void rows_run(const char *vmlinux, const char *path)
{
	struct bemu_gen_result made;
	struct state s = { 0 };
	struct bemu_blob blob;
	double ours;

	begin(&s, vmlinux);
	s.object.data = bench_read_file(path, &s.object.len);
	generate(&s, s.env);
	bemu_gen_get(s.gen, &made);
	bemu_gen_blob(s.gen, &blob);
	if (bemu_skel_read_raw(s.env, made.data, made.data_len, made.insns,
			       made.nr_insns * sizeof(*made.insns), blob.nr_maps, blob.nr_progs,
			       &s.skel))
		bench_die("loader", "cannot be read");
	bemu_reset(s.em);
	ours = best(run_loader, &s, 500);
	s.host = host_may_bpf();
	row("skel-run", "us", 1e6, ours, s.host ? best(run_loader, &s, 20) : 0);
}

/* ---- records that the kernel applies ---- */

enum { NR_RELOS = 1000 };

/* Is the first member of a struct an integer, possibly by another name? */
static bool begins_with_int(const struct bemu_btf *btf, const struct btf_type *t)
{
	const struct btf_member *member = bemu_btf_members(t);
	const struct btf_type *type;

	if (bemu_btf_kind(t) != BTF_KIND_STRUCT || !bemu_btf_vlen(t) || !t->name_off ||
	    !member->name_off || bemu_btf_kflag(t))
		return false;
	type = bemu_btf_skip_mods(btf, member->type, true, NULL);
	return type && bemu_btf_kind(type) == BTF_KIND_INT;
}

/* An object's BTF with structs that the kernel has, each begins with the integer that its namesake does. */
static void core_btf(struct state *s, const struct bemu_btf *kernel, uint32_t *first,
		     uint32_t *func, uint32_t *access, struct bench_bytes *out)
{
	uint32_t int_id, id, nr = 0;
	struct bemu_btf_enc *enc;

	if (bemu_btf_enc_new(s->env, NULL, &enc))
		bench_die("encoder", "no memory");
	int_id = bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	*func = bemu_btf_enc_func(enc, "bench", BTF_FUNC_STATIC,
				  bemu_btf_enc_func_proto(enc, int_id));
	*access = bemu_btf_enc_str(enc, "0:0");
	for (id = 1; id < bemu_btf_nr_types(kernel) && nr < NR_RELOS; id++) {
		const struct btf_type *t = bemu_btf_type(kernel, id);
		const struct btf_member *member = bemu_btf_members(t);

		const char *name = bemu_btf_name(kernel, id);

		if (!begins_with_int(kernel, t) ||
		    bemu_btf_find(kernel, name, BTF_KIND_STRUCT, false) != id)
			continue;
		int_id = bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, name, 4);
		bemu_btf_enc_member(enc, bemu_btf_str(kernel, member->name_off), 1, 0, 0);
		*first = nr++ ? *first : int_id;
	}
	if (nr < NR_RELOS || bemu_btf_enc_finish(enc, false, &out->data, &out->len))
		bench_die("kernel BTF", "has too few structs");
	bemu_btf_enc_free(enc);
}

static void load_prog(void *ctx)
{
	struct state *s = ctx;
	long fd = -1, kret;

	if (s->host)
		host_bpf(NULL, BPF_PROG_LOAD, &s->load, sizeof(s->load), &fd);
	else if (s->be.ops->bpf(s->be.ctx, BPF_PROG_LOAD, &s->load, sizeof(s->load), &fd))
		bench_die("program", "fault");
	if (fd < 0)
		bench_die("program", s->host ? "refused by the kernel" : "refused by the model");
	if (s->host)
		close((int)fd);
	else if (s->be.ops->close(s->be.ctx, (int)fd, &kret))
		bench_die("close", "fault");
}

static void load_btf(struct state *s, const struct bench_bytes *btf)
{
	struct bemu_attr_btf_load attr = { .btf = (uintptr_t)btf->data,
					   .btf_size = (uint32_t)btf->len };
	long fd = -1;

	if (s->host)
		host_bpf(NULL, BPF_BTF_LOAD, &attr, 28, &fd);
	else if (s->be.ops->bpf(s->be.ctx, BPF_BTF_LOAD, &attr, 28, &fd))
		bench_die("btf", "fault");
	if (fd < 0)
		bench_die("btf", "refused");
	s->load.prog_btf_fd = (uint32_t)fd;
}

static void rows_core(const char *vmlinux)
{
	static struct bpf_insn insns[NR_RELOS + 2];
	static struct bemu_core_relo relos[NR_RELOS];
	struct bpf_func_info func = { 0 };
	uint32_t first, access, i;
	struct bench_bytes raw, btf;
	struct bemu_btf *kernel;
	struct state s = { 0 };
	double ours;

	begin(&s, vmlinux);
	raw.data = bench_read_file(vmlinux, &raw.len);
	if (bemu_btf_parse(s.env, raw.data, raw.len, NULL, BEMU_BTF_PARSE_BORROW, &kernel))
		bench_die(vmlinux, "refused");
	core_btf(&s, kernel, &first, &func.type_id, &access, &btf);
	for (i = 0; i < NR_RELOS; i++) {
		insns[i].code = BPF_ALU64 | BPF_MOV | BPF_K;
		relos[i] = (struct bemu_core_relo){ .insn_off = 8 * i,
						    .type_id = first + i,
						    .access_str_off = access,
						    .kind = BEMU_CORE_FIELD_BYTE_OFFSET };
	}
	insns[NR_RELOS].code = BPF_ALU64 | BPF_MOV | BPF_K;
	insns[NR_RELOS + 1].code = BPF_JMP | BPF_EXIT;
	s.load = (struct bemu_attr_prog_load){ .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
					       .insns = (uintptr_t)insns,
					       .insn_cnt = NR_RELOS + 2,
					       .license = (uintptr_t) "GPL",
					       .func_info = (uintptr_t)&func,
					       .func_info_cnt = 1,
					       .func_info_rec_size = sizeof(func),
					       .core_relos = (uintptr_t)relos,
					       .core_relo_cnt = NR_RELOS,
					       .core_relo_rec_size = sizeof(relos[0]) };
	new_task(&s);
	load_btf(&s, &btf);
	ours = best(load_prog, &s, 20);
	s.host = host_may_bpf();
	if (s.host)
		load_btf(&s, &btf);
	row("kernel-core-1000", "ms", 1e3, ours, s.host ? best(load_prog, &s, 1) : 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "run") && argc == 4)
		rows_run(argv[2], argv[3]);
	else if (!strcmp(what, "core") && argc == 3)
		rows_core(argv[2]);
	else if (!strcmp(what, "gen") && argc == 3)
		rows_gen(argv[2]);
	else if (!strcmp(what, "vm") && argc == 2)
		bench_vm();
	else
		bench_die("usage",
			  "bench_skel run VMLINUX OBJECT | core VMLINUX | gen OBJECT | vm");
	return 0;
}
