// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Light skeletons: what the reader makes of a header, and loaders that real bpftools made, run on the
 * model under the eyes of the witness.
 */
#include <errno.h>
#include <stdio.h>

#include <bemu/backend.h>
#include <bemu/watch.h>

#include "helpers.h"

#include "audit/witness.h"
#include "model/model.h"
#include "skel/skel.h"

/* ---- the reader ---- */

#define HEAD \
	"#include <bpf/skel_internal.h>\n/* a \"comment\" */\nstruct s_bpf {\n\tstruct bpf_loader_ctx ctx;\n"
#define MAPS  "\tstruct {\n\t\tstruct bpf_map_desc one;\n\t\tstruct bpf_map_desc bss;\n\t} maps;\n"
#define PROGS "\tstruct {\n\t\tstruct bpf_prog_desc run;\n\t} progs;\n};\n"
#define OLD_OPTS                                                                  \
	"\topts.ctx = (struct bpf_loader_ctx *)skel;\n\topts.data_sz = 3;\n"      \
	"\topts.data = (void *)\"\\\n\\0\\x41\\\n\\\"\";\n\topts.insns_sz = 8;\n" \
	"\topts.insns = (void *)\"\\x95\\0\\0\\0\\0\\0\\0\\0\";\n"
#define NEW_OPTS                                                                                    \
	"\tstatic const char opts_data[] __attribute__((__aligned__(8))) = \"\\\n\\0\\x41\\\"\";\n" \
	"\tstatic const char opts_insn[] __attribute__((__aligned__(8))) = \"\\x95\\0\\0\\0\" "     \
	"\"\\0\\0\\0\\0\";\n\topts.data_sz = sizeof(opts_data) - 1;\n"
#define OLD_INIT "\tskel->bss = skel_prep_map_data((void *)\"\\x07\\0\", 4096, 2);\n"
#define NEW_INIT                                                                                \
	"\t{\n\t\tstatic const char data[] __attribute__((__aligned__(8))) = \"\\x07\\0\";\n\n" \
	"\t\tskel->bss = (__typeof__(skel->bss))skel_prep_map_data((void *)data, 4096,\n"       \
	"\t\t\t\tsizeof(data) - 1);\n\t}\n"

struct read_case {
	const char *name;
	const char *text;
	int err;
	uint32_t reason, pos; /* of a refusal */
	uint32_t nr_maps, init_len;
	bool old_form;
};

static const struct read_case read_cases[] = {
	{ "literals_in_the_options", HEAD MAPS PROGS OLD_INIT OLD_OPTS, 0, 0, 0, 2, 2, true },
	{ "named_arrays", HEAD MAPS PROGS NEW_INIT NEW_OPTS, 0, 0, 0, 2, 2, false },
	{ "no_maps", HEAD PROGS OLD_OPTS, 0, 0, 0, 0, 0, true },
	{ "no_contents", HEAD MAPS PROGS NEW_OPTS, 0, 0, 0, 2, 0, false },
	{ "nothing_at_all", "", -EINVAL, BEMU_R_SKEL_TEXT, 1, 0, 0, false },
	{ "another_header", "struct s {\n\tint x;\n};\n", -EINVAL, BEMU_R_SKEL_TEXT, 4, 0, 0,
	  false },
	{ "no_blob", HEAD PROGS, -EINVAL, BEMU_R_SKEL_MISSING, 0, 0, 0, false },
	{ "no_instructions", HEAD PROGS "opts.data = (void *)\"\\0\";\n", -EINVAL,
	  BEMU_R_SKEL_MISSING, 0, 0, 0, false },
	{ "a_stated_size_that_is_wrong", HEAD PROGS OLD_OPTS "opts.data_sz = 4;\n", -EINVAL,
	  BEMU_R_SKEL_SIZE, 11, 0, 0, false },
	{ "part_of_an_instruction", HEAD PROGS "opts.data = \"\\0\"; opts.insns = \"\\x95\\0\";\n",
	  -EINVAL, BEMU_R_SKEL_INSNS, 2, 0, 0, false },
	{ "a_string_without_an_end", HEAD PROGS "opts.data = \"abc\n\";\n", -EINVAL,
	  BEMU_R_SKEL_STRING, 9, 0, 0, false },
	{ "a_string_that_the_text_ends_in", HEAD PROGS "opts.data = \"abc", -EINVAL,
	  BEMU_R_SKEL_STRING, 9, 0, 0, false },
	{ "a_text_that_ends_in_a_backslash", HEAD PROGS "opts.data = \"abc\\", -EINVAL,
	  BEMU_R_SKEL_STRING, 9, 0, 0, false },
	{ "an_escape_that_c_does_not_have", HEAD PROGS "opts.data = \"\\q\";\n", -EINVAL,
	  BEMU_R_SKEL_STRING, 9, 0, 0, false },
	{ "a_hex_escape_of_more_than_a_byte", HEAD PROGS "opts.data = \"\\x123\";\n", -EINVAL,
	  BEMU_R_SKEL_STRING, 9, 0, 0, false },
	{ "an_octal_escape_of_more_than_a_byte", HEAD PROGS "opts.data = \"\\777\";\n", -EINVAL,
	  BEMU_R_SKEL_STRING, 9, 0, 0, false },
	{ "a_comment_without_an_end", HEAD "/* \n", -EINVAL, BEMU_R_SKEL_TEXT, 6, 0, 0, false },
	{ "contents_for_no_map", HEAD PROGS OLD_INIT, -EINVAL, BEMU_R_SKEL_TEXT, 9, 0, 0, false },
	{ "contents_given_twice", HEAD MAPS PROGS OLD_INIT OLD_INIT, -EINVAL, BEMU_R_SKEL_TEXT, 14,
	  0, 0, false },
	{ "contents_of_another_size",
	  HEAD MAPS PROGS "skel->bss = skel_prep_map_data((void *)\"abc\", 4096, 2);\n", -EINVAL,
	  BEMU_R_SKEL_SIZE, 13, 0, 0, false },
};

static void run_read(void **state)
{
	const struct read_case *c = *state;
	struct bemu_env *env = test_env();
	size_t len = strlen(c->text);
	struct bemu_skel *skel = NULL;
	char *exact = malloc(len ? len : 1); /* so that a sanitizer sees a look past the end */

	assert_non_null(exact);
	memcpy(exact, c->text, len);
	assert_int_equal(bemu_skel_read_header(env, exact, len, &skel), c->err);
	if (c->err) {
		assert_null(skel);
		assert_int_equal(bemu_log_last(&env->log)->reason, c->reason);
		assert_int_equal(bemu_log_last(&env->log)->layer, BEMU_LAYER_SKEL);
		assert_int_equal(bemu_log_last(&env->log)->pos, c->pos);
	} else {
		assert_string_equal(skel->name, "s_bpf");
		assert_int_equal(skel->data_len, 3);
		assert_memory_equal(skel->data, "\0A\"", 3);
		assert_int_equal(skel->nr_insns, 1);
		assert_int_equal(skel->insns[0].code, BPF_JMP | BPF_EXIT);
		assert_int_equal(skel->nr_maps, c->nr_maps);
		assert_int_equal(skel->nr_progs, 1);
		assert_string_equal(skel->progs[0], "run");
		assert_int_equal(skel->old_form, c->old_form);
		assert_int_equal(bemu_skel_ctx_len(skel), 24 + 16 * c->nr_maps + 4);
		assert_string_equal(bemu_skel_result_name(skel, 24 + 16 * c->nr_maps), "run");
		assert_null(bemu_skel_result_name(skel, 24 + 16 * c->nr_maps + 4));
		assert_null(bemu_skel_result_name(skel, 20));
		if (c->nr_maps) {
			assert_string_equal(bemu_skel_result_name(skel, 24), "one");
			assert_null(bemu_skel_result_name(skel, 28));
			assert_null(skel->maps[0].init);
			assert_int_equal(skel->maps[1].init_len, c->init_len);
			if (c->init_len)
				assert_memory_equal(skel->maps[1].init, "\7\0", 2);
		}
	}
	bemu_skel_free(skel);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
	free(exact);
}

static int read_once(struct bemu_env *env, void *arg)
{
	const char *text = arg;
	struct bemu_skel *skel = NULL;
	int err = bemu_skel_read_header(env, text, strlen(text), &skel);

	bemu_skel_free(skel);
	return err;
}

static void a_reader_survives_the_failure_sweep(void **state)
{
	static char text[] = HEAD MAPS PROGS NEW_INIT NEW_OPTS;

	(void)state;
	test_failure_sweep(read_once, text);
}

static void raw_files(void **state)
{
	static const uint8_t insns[16] = { 0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95 };
	struct bemu_env *env = test_env();
	struct bemu_skel *skel = NULL;

	(void)state;
	assert_int_equal(bemu_skel_read_raw(env, "blob", 4, insns, 15, 0, 0, &skel), -EINVAL);
	assert_int_equal(bemu_skel_read_raw(env, "blob", 0, insns, 16, 0, 0, &skel), -EINVAL);
	assert_null(skel);
	assert_int_equal(bemu_skel_read_raw(env, "blob", 4, insns, 16, 2, 1, &skel), 0);
	assert_string_equal(bemu_skel_result_name(skel, 40), "map 1");
	assert_string_equal(bemu_skel_result_name(skel, 56), "prog 0");
	bemu_skel_free(skel);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

/* ---- real loaders ---- */

enum { MAX_FDS = 40, MAX_FILES = 200 };

struct file {
	char *data;
	size_t len;
};

static struct file slurp(const char *path)
{
	FILE *in = fopen(path, "rb");
	struct file file = { 0 };
	long len;

	if (!in)
		fail_msg("%s is not there", path);
	fseek(in, 0, SEEK_END);
	len = ftell(in);
	rewind(in);
	file.data = malloc((size_t)len + 1);
	file.len = fread(file.data, 1, (size_t)len, in);
	file.data[file.len] = '\0';
	fclose(in);
	return file;
}

struct run {
	struct bemu *em;
	struct bemu_task *task;
	struct bemu_env *env;
	struct bemu_skel *skel;
	struct bemu_skel_mem mem;
	struct bemu_witness *witness;
	struct bemu_skel_result res;
	struct file files[4];
};

static const char *result_name(void *ctx, uint32_t off)
{
	struct bemu_skel *const *skel = ctx;

	return bemu_skel_result_name(*skel, off);
}

static void run_open_with(struct run *r, const char *name, const char *release, uint32_t kernel,
			  const struct bemu_allocator *alloc)
{
	static const char *const btfs[] = { "vmlinux", "m1", "m2" };
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel, .alloc = alloc };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_witness_opts wopts = { .size = sizeof(wopts), .result = result_name };
	char path[4096];
	size_t i;

	memset(r, 0, sizeof(*r));
	r->env = test_env();
	bemu_skel_mem_init(&r->mem, r->env);
	topts.mem = &r->mem.ops;
	assert_int_equal(bemu_new(&opts, &r->em), 0);
	for (i = 0; i < BEMU_ARRAY_SIZE(btfs); i++) {
		snprintf(path, sizeof(path), "%s/btf/mini/%s.btf", BEMU_CORPUS, btfs[i]);
		r->files[i] = slurp(path);
		assert_int_equal(i ? bemu_add_module(r->em, btfs[i], r->files[i].data,
						     r->files[i].len, BEMU_BTF_BORROW)
				   : bemu_set_vmlinux(r->em, r->files[i].data, r->files[i].len,
						      BEMU_BTF_BORROW),
				 0);
	}
	assert_int_equal(bemu_seal(r->em), 0);
	assert_int_equal(bemu_task_new(r->em, &topts, &r->task), 0);
	snprintf(path, sizeof(path), "%s/skel/%s.%s.lskel.h", BEMU_CORPUS, name, release);
	r->files[3] = slurp(path);
	assert_int_equal(bemu_skel_read_header(r->env, r->files[3].data, r->files[3].len, &r->skel),
			 0);
	wopts.ctx = &r->skel;
	assert_int_equal(bemu_witness_new(r->env, &wopts, &r->witness), 0);
}

static void run_open(struct run *r, const char *name, const char *release, uint32_t kernel)
{
	run_open_with(r, name, release, kernel, NULL);
}

/* The second book and the model's own table have the same numbers open. */
static void assert_books_agree(const struct run *r)
{
	const struct bemu_ledger *ledger = bemu_witness_ledger(r->witness);
	int fd;

	for (fd = BEMU_TASK_STD; fd < 256; fd++)
		assert_int_equal(bemu_fd_find(r->task, fd) != NULL,
				 bemu_ledger_open_life(ledger, fd) != 0);
}

static void run_it(struct run *r)
{
	struct bemu_skel_run_opts opts = { .size = sizeof(opts), .mem = &r->mem };
	struct bemu_backend be;
	int err;

	bemu_task_watch(r->task, bemu_witness_watch(r->witness));
	bemu_backend_sys(r->task, &be);
	err = bemu_skel_run(r->skel, &be, &opts, &r->res);
	if (err)
		fail_msg("%s: %d: %s", r->skel->name, err,
			 bemu_log_get(bemu_get_log(r->em), bemu_log_count(bemu_get_log(r->em)) - 1)
				 ->text);
	bemu_task_watch(r->task, NULL);
	assert_int_equal(bemu_witness_end(r->witness), 0);
	assert_books_agree(r);
}

static void run_close(struct run *r)
{
	size_t i;

	bemu_mem_free(r->env, r->res.ctx);
	bemu_witness_free(r->witness);
	bemu_skel_free(r->skel);
	bemu_task_exit(r->task);
	bemu_skel_mem_fini(&r->mem);
	assert_int_equal(bemu_env_live(r->env), 0);
	bemu_env_free(r->env);
	bemu_free(r->em);
	for (i = 0; i < BEMU_ARRAY_SIZE(r->files); i++)
		free(r->files[i].data);
}

static int prog_fd(const struct run *r, uint32_t idx)
{
	return bemu_skel_fd(r->res.ctx, bemu_skel_prog_off(r->skel, idx));
}

static void the_loader_of_libbpf_1_1_closes_the_program_that_it_has_just_loaded(void **state)
{
	const struct bemu_findings *findings;
	const struct bemu_finding *f;
	struct run r;
	char text[64];

	(void)state;
	run_open(&r, "kfunc_stale_slot", "1.1", 0);
	run_it(&r);
	assert_int_equal(r.res.err, 0);
	findings = bemu_witness_findings(r.witness);
	assert_int_equal(bemu_findings_roots(findings), 1);
	f = &findings->arr[0];
	assert_int_equal(f->id, BEMU_FINDING_FD_RECYCLED);
	assert_int_equal(f->root, -1);
	/* the instruction is a call of bpf_sys_close(), in the loader that the header has */
	assert_in_range(f->insn_idx, 1, r.skel->nr_insns - 1);
	assert_int_equal(r.skel->insns[f->insn_idx].code, BPF_JMP | BPF_CALL);
	assert_int_equal(r.skel->insns[f->insn_idx].imm, 168);
	snprintf(text, sizeof(text),
		 "bpf_sys_close(%d) closed prog prog_b instead of btf of mod_both", prog_fd(&r, 1));
	assert_string_equal(f->summary, text);
	assert_non_null(strstr(f->lines[1], "__loader.map+256 = fd_array[64], stored by insn"));
	assert_non_null(strstr(f->lines[1], " for mod_both"));
	/* both of the later results are one program; what is said of that follows from the first */
	assert_int_equal(prog_fd(&r, 1), prog_fd(&r, 2));
	assert_int_not_equal(prog_fd(&r, 0), prog_fd(&r, 1));
	assert_int_equal(findings->nr, 2);
	assert_int_equal(findings->arr[1].root, 0);
	run_close(&r);
}

static void loaders_of_later_releases_do_not(void **state)
{
	static const char *const releases[] = { "1.5", "1.8" };
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(releases); i++) {
		struct run r;

		run_open(&r, "kfunc_stale_slot", releases[i], 0);
		run_it(&r);
		assert_int_equal(r.res.err, 0);
		assert_int_equal(bemu_witness_findings(r.witness)->nr, 0);
		assert_int_not_equal(prog_fd(&r, 1), prog_fd(&r, 2));
		run_close(&r);
	}
}

/*
 * What libbpf 1.2 mended is still there for a weak function that is missing: its place is not written, and
 * closed after the load.
 */
static void loaders_of_all_releases_close_the_program_of_a_missing_weak_function(void **state)
{
	static const char *const releases[] = { "1.5", "1.8" };
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(releases); i++) {
		const struct bemu_findings *findings;
		struct run r;

		run_open(&r, "kfunc_weak_slot", releases[i], 0);
		run_it(&r);
		assert_int_equal(r.res.err, 0);
		findings = bemu_witness_findings(r.witness);
		assert_int_equal(bemu_findings_roots(findings), 1);
		assert_int_equal(findings->arr[0].id, BEMU_FINDING_FD_RECYCLED);
		assert_non_null(strstr(findings->arr[0].summary, "closed prog prog_b instead of"));
		assert_int_equal(prog_fd(&r, 1), prog_fd(&r, 2));
		run_close(&r);
	}
}

/* The lines of corpus/skel/MANIFEST: object, release, and the error where there is one. */
struct made {
	char name[64], release[8];
	int err;
};

static struct made made[MAX_FILES];
static size_t nr_made;

static void read_manifest(void)
{
	FILE *in = fopen(BEMU_CORPUS "/skel/MANIFEST", "r");
	char line[256], *blank;

	while (in && nr_made < MAX_FILES && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		blank = strchr(line, ' ');
		if (!blank || line[0] == '#')
			continue;
		*blank = '\0';
		snprintf(made[nr_made].name, sizeof(made[0].name), "%.63s", line);
		snprintf(made[nr_made].release, sizeof(made[0].release), "%.3s", blank + 1);
		made[nr_made++].err = (int)strtol(blank + 4, NULL, 10);
	}
	if (in)
		fclose(in);
}

/* Every loader of the corpus but those above: it runs to its end, gives what it says, and keeps nothing. */
static void ordinary_loaders_are_quiet(void **state)
{
	size_t i, nr = 0;
	uint32_t p, m, life;

	(void)state;
	for (i = 0; i < nr_made; i++) {
		const struct bemu_ledger *ledger;
		uint32_t open = 0, given = 0;
		struct run r;

		if (!strcmp(made[i].name, "kfunc_stale_slot") ||
		    (!strcmp(made[i].name, "kfunc_weak_slot") && strcmp(made[i].release, "1.1")))
			continue;
		run_open(&r, made[i].name, made[i].release, 0);
		run_it(&r);
		if (r.res.err != made[i].err || bemu_witness_findings(r.witness)->nr)
			fail_msg("%s by %s: %s %d, %u findings", made[i].name, made[i].release,
				 r.res.what, r.res.err, bemu_witness_findings(r.witness)->nr);
		/* a program that is not loaded by itself has no number */
		for (p = 0; p < r.skel->nr_progs; p++)
			given += prog_fd(&r, p) != 0;
		for (m = 0; m < r.skel->nr_maps; m++)
			given += bemu_skel_fd(r.res.ctx, bemu_skel_map_off(r.skel, m)) != 0;
		assert_int_equal(given == 0, r.res.err != 0);
		ledger = bemu_witness_ledger(r.witness);
		for (life = 1; life <= bemu_ledger_nr_lives(ledger); life++)
			open += !bemu_ledger_life(ledger, life)->closed;
		assert_int_equal(open, given);
		nr += !r.res.err;
		run_close(&r);
	}
	assert_true(nr >= 20);
}

/* Memory of the reader, the host side and the witness gives out, at each place in turn. */
static int run_with(struct bemu_env *env, void *arg)
{
	struct run *r = arg;
	struct bemu_witness_opts wopts = { .size = sizeof(wopts), .result = result_name };
	struct bemu_skel_result res = { 0 };
	struct bemu_witness *witness = NULL;
	struct bemu_skel *skel = NULL;
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_skel_run_opts opts = { .size = sizeof(opts) };
	struct bemu_skel_mem mem;
	struct bemu_task *task;
	struct bemu_backend be;
	int err;

	bemu_skel_mem_init(&mem, env);
	topts.mem = &mem.ops;
	opts.mem = &mem;
	assert_int_equal(bemu_task_new(r->em, &topts, &task), 0);
	err = bemu_skel_read_header(env, r->files[3].data, r->files[3].len, &skel);
	wopts.ctx = &skel;
	if (!err)
		err = bemu_witness_new(env, &wopts, &witness);
	if (!err) {
		bemu_task_watch(task, bemu_witness_watch(witness));
		bemu_backend_sys(task, &be);
		err = bemu_skel_run(skel, &be, &opts, &res);
		bemu_task_watch(task, NULL);
	}
	if (!err)
		err = bemu_witness_end(witness);
	if (!err)
		assert_int_equal(bemu_findings_roots(bemu_witness_findings(witness)), 1);
	bemu_mem_free(env, res.ctx);
	bemu_witness_free(witness);
	bemu_skel_free(skel);
	bemu_task_exit(task);
	bemu_skel_mem_fini(&mem);
	return err;
}

static void a_run_survives_the_failure_sweep(void **state)
{
	struct run r;

	(void)state;
	run_open(&r, "kfunc_stale_slot", "1.1", 0);
	test_failure_sweep(run_with, &r);
	run_close(&r);
}

/* Memory of the emulated kernel gives out: the run ends with the fault, and nothing of it stays. */
static void a_kernel_without_memory_ends_the_run(void **state)
{
	static const char *const names[] = { "kfunc_stale_slot", "map_inner", "data_static" };
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(names); i++) {
		unsigned long n;
		bool met = true;

		for (n = 1; met; n++) {
			struct test_alloc a;
			struct bemu_backend be;
			struct run r;
			int err;

			test_alloc_init(&a, 0);
			run_open_with(&r, names[i], "1.1", 0, &a.ops);
			a.fail_at = a.nr_calls + n;
			bemu_task_watch(r.task, bemu_witness_watch(r.witness));
			bemu_backend_sys(r.task, &be);
			err = bemu_skel_run(r.skel, &be, NULL, &r.res);
			bemu_task_watch(r.task, NULL);
			met = a.nr_calls >= a.fail_at;
			assert_int_equal(err, met ? -ENOMEM : 0);
			a.fail_at = 0;
			run_close(&r);
			assert_int_equal(a.live, 0);
		}
	}
}

/* ---- loaders made here: each misuse at a known instruction, and its near miss ---- */

#define INSN(c, d, s, o, i)                                                         \
	{                                                                           \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) \
	}
#define MOV_K(d, k) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, k)
#define MOV_X(d, x) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, x, 0, 0)
#define ADD_K(d, k) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, k)
#define CALL(id)    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define EXIT	    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define CLOSE(r)    MOV_X(1, r), CALL(168)
/* A map: its attribute is in the blob from byte 16 on. */
#define CREATE_MAP(r)                                                               \
	MOV_K(1, BPF_MAP_CREATE),                                                   \
		INSN(BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_MAP_IDX_VALUE, 0, 0), \
		INSN(0, 0, 0, 0, 16), MOV_K(3, 72), CALL(166), MOV_X(r, 0)

struct misuse {
	const char *name;
	struct bpf_insn
		tail[24]; /* after r7 = the FD of m1's BTF, r6 = the context; 10 words precede */
	uint32_t nr, id; /* of findings; the first */
	int32_t insn_idx;
};

static const struct misuse misuses[] = {
	{ "what_is_closed_once_is_quiet", { CLOSE(7), MOV_K(0, 0), EXIT }, 0, 0, 0 },
	{ "what_is_handed_out_is_quiet",
	  { INSN(BPF_STX | BPF_MEM | BPF_W, 6, 7, 24, 0), MOV_K(0, 0), EXIT },
	  0,
	  0,
	  0 },
	{ "what_nobody_closes_is_a_leak", { MOV_K(0, 0), EXIT }, 1, BEMU_FINDING_FD_LEAK, -1 },
	{ "a_second_close",
	  { CLOSE(7), CLOSE(7), MOV_K(0, 0), EXIT },
	  1,
	  BEMU_FINDING_FD_DOUBLE_CLOSE,
	  13 },
	{ "a_use_after_the_close",
	  { CLOSE(7), INSN(BPF_STX | BPF_MEM | BPF_W, 10, 7, -8, 0), MOV_K(1, BPF_MAP_FREEZE),
	    MOV_X(2, 10), ADD_K(2, -8), MOV_K(3, 4), CALL(166), MOV_K(0, 0), EXIT },
	  1,
	  BEMU_FINDING_FD_USE_AFTER_CLOSE,
	  17 },
	{ "the_old_number_of_a_new_map",
	  { CLOSE(7), CREATE_MAP(8), CLOSE(7), MOV_K(0, 0), EXIT },
	  1,
	  BEMU_FINDING_FD_RECYCLED,
	  19 },
	{ "the_new_number_of_a_new_map",
	  { CLOSE(7), CREATE_MAP(8), CLOSE(8), MOV_K(0, 0), EXIT },
	  0,
	  0,
	  0 },
	{ "an_old_number_that_names_a_new_map_in_a_result",
	  { CLOSE(7), CREATE_MAP(8), INSN(BPF_STX | BPF_MEM | BPF_W, 6, 7, 24, 0),
	    INSN(BPF_STX | BPF_MEM | BPF_W, 6, 8, 28, 0), MOV_K(0, 0), EXIT },
	  1,
	  BEMU_FINDING_FD_RECYCLED,
	  21 },
};

static void run_misuse(void **state)
{
	static const struct bpf_insn head[] = {
		MOV_X(6, 1),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_IDX_VALUE, 0, 0),
		INSN(0, 0, 0, 0, 0),
		MOV_K(2, 9),
		MOV_K(3, BTF_KIND_FUNC),
		MOV_K(4, 0),
		CALL(167),
		MOV_X(7, 0),
		INSN(BPF_ALU64 | BPF_RSH | BPF_K, 7, 0, 0, 32),
		MOV_X(9, 7),
	};
	const struct misuse *m = *state;
	struct bemu_attr_map_create attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};
	struct bpf_insn insns[BEMU_ARRAY_SIZE(head) + BEMU_ARRAY_SIZE(m->tail)];
	const struct bemu_findings *findings;
	struct bemu_skel *skel = NULL;
	uint8_t blob[16 + 96] = "mod_both";
	size_t nr = BEMU_ARRAY_SIZE(head);
	struct run r;

	memcpy(blob + 16, &attr, sizeof(attr));
	memcpy(insns, head, sizeof(head));
	memcpy(insns + nr, m->tail, sizeof(m->tail));
	while (insns[nr].code != (BPF_JMP | BPF_EXIT))
		nr++;
	run_open(&r, "kfunc_stale_slot", "1.1", 0);
	assert_int_equal(
		bemu_skel_read_raw(r.env, blob, sizeof(blob), insns, (nr + 1) * 8, 0, 2, &skel), 0);
	bemu_skel_free(r.skel);
	r.skel = skel;
	run_it(&r);
	assert_int_equal(r.res.err, 0);
	findings = bemu_witness_findings(r.witness);
	assert_int_equal(findings->nr, m->nr);
	if (m->nr) {
		assert_int_equal(findings->arr[0].id, m->id);
		assert_int_equal(findings->arr[0].insn_idx, m->insn_idx);
	}
	run_close(&r);
}

/* An fd_array of one slot, and a loader that names the one behind it: an address that nothing is at. */
static void what_lies_beside_the_hosts_memory_is_not_there(void **state)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = 1,
		  .src_reg = BPF_PSEUDO_MAP_IDX_VALUE },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const int32_t idx[] = { 0, 1, -1, 1 << 20, INT32_MIN };
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(idx); i++) {
		struct bemu_skel *skel = NULL;
		struct run r;

		run_open(&r, "sub_deep", "1.1", 0);
		insns[0].imm = idx[i];
		assert_int_equal(
			bemu_skel_read_raw(r.env, "blob", 4, insns, sizeof(insns), 0, 0, &skel), 0);
		bemu_skel_free(r.skel);
		r.skel = skel;
		run_it(&r);
		assert_int_equal(r.res.err, idx[i] ? -EFAULT : 0);
		assert_int_equal(bemu_witness_findings(r.witness)->nr, 0);
		run_close(&r);
	}
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(what_lies_beside_the_hosts_memory_is_not_there),
		cmocka_unit_test(a_run_survives_the_failure_sweep),
		cmocka_unit_test(a_kernel_without_memory_ends_the_run),
		cmocka_unit_test(a_reader_survives_the_failure_sweep),
		cmocka_unit_test(raw_files),
		cmocka_unit_test(
			the_loader_of_libbpf_1_1_closes_the_program_that_it_has_just_loaded),
		cmocka_unit_test(loaders_of_later_releases_do_not),
		cmocka_unit_test(
			loaders_of_all_releases_close_the_program_of_a_missing_weak_function),
		cmocka_unit_test(ordinary_loaders_are_quiet),
	};
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(read_cases) + BEMU_ARRAY_SIZE(misuses) +
				BEMU_ARRAY_SIZE(fixed)];
	size_t i, j;

	read_manifest();
	for (i = 0; i < BEMU_ARRAY_SIZE(read_cases); i++)
		tests[i] =
			(struct CMUnitTest){ .name = read_cases[i].name,
					     .test_func = run_read,
					     .initial_state = (void *)(uintptr_t)&read_cases[i] };
	for (j = 0; j < BEMU_ARRAY_SIZE(misuses); j++)
		tests[i++] = (struct CMUnitTest){ .name = misuses[j].name,
						  .test_func = run_misuse,
						  .initial_state = (void *)(uintptr_t)&misuses[j] };
	memcpy(&tests[i], fixed, sizeof(fixed));
	return _cmocka_run_group_tests("skel", tests, BEMU_ARRAY_SIZE(tests), NULL, NULL);
}
