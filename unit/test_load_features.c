/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Probes of the kernel: each row is what the real library of that release does over the same model, as its
 * recorded calls show it.
 */
#include <errno.h>

#include <bemu/backend.h>

#include "helpers.h"

#include "btf/encode.h"
#include "load/private.h"
#include "load/record.h"

#define BTF(size, hash, attr) \
	"bpf(BTF_LOAD, {btf_size=" #size " btf=" #size ":" hash "}, " #attr ") = 3\nclose(3) = 0\n"
#define NO_BTF(size, hash, attr)                                                   \
	"bpf(BTF_LOAD, {btf_size=" #size " btf=" #size ":" hash "}, " #attr ") = " \
	"-EINVAL\n"
#define TRIVIAL "insns=b7000000000000009500000000000000 license=\"GPL\"}, "

struct feature_case {
	const char *name;
	uint32_t libbpf, kernel;
	enum bemu_load_feat feat;
	int want;
	const char *calls;
};

static const struct feature_case cases[] = {
	{ "1.1 asks for a helper of v5.11 to see how memory is counted", BEMU_LIBBPF_1_1, 0,
	  BEMU_FEAT_MEMCG_ACCOUNT, 1,
	  "bpf(PROG_LOAD, {prog_type=1 insn_cnt=2 insns=85000000a00000009500000000000000 "
	  "license=\"GPL\"}, 116) = 3\nclose(3) = 0\n" },
	{ "1.7 asks the same with a longer attribute", BEMU_LIBBPF_1_7, 0, BEMU_FEAT_MEMCG_ACCOUNT,
	  1,
	  "bpf(PROG_LOAD, {prog_type=1 insn_cnt=2 insns=85000000a00000009500000000000000 "
	  "license=\"GPL\"}, 148) = 3\nclose(3) = 0\n" },
	{ "1.1 loads a program with a name", BEMU_LIBBPF_1_1, 0, BEMU_FEAT_PROG_NAME, 1,
	  "bpf(PROG_LOAD, {prog_type=1 insn_cnt=2 prog_name=\"libbpf_nametest\" " TRIVIAL
	  "64) = 3\nclose(3) = 0\n" },
	{ "1.5 loads a program with a name", BEMU_LIBBPF_1_5, 0, BEMU_FEAT_PROG_NAME, 1,
	  "bpf(PROG_LOAD, {prog_type=1 insn_cnt=2 prog_name=\"libbpf_nametest\" " TRIVIAL
	  "148) = 3\nclose(3) = 0\n" },
	{ "1.1 loads the smallest BTF", BEMU_LIBBPF_1_1, 0, BEMU_FEAT_BTF, 1,
	  BTF(45, "90d10fcf7c2a0439", 28) },
	{ "1.5 loads the smallest BTF", BEMU_LIBBPF_1_5, 0, BEMU_FEAT_BTF, 1,
	  BTF(45, "90d10fcf7c2a0439", 40) },
	{ "functions", BEMU_LIBBPF_1_7, 0, BEMU_FEAT_BTF_FUNC, 1, BTF(81, "b6cbda7c082252c5", 40) },
	{ "global functions", BEMU_LIBBPF_1_7, 0, BEMU_FEAT_BTF_GLOBAL_FUNC, 1,
	  BTF(81, "62532858cab78d5a", 40) },
	{ "data sections", BEMU_LIBBPF_1_7, 0, BEMU_FEAT_BTF_DATASEC, 1,
	  BTF(89, "64ec4ee34ac2a06e", 40) },
	{ "floats", BEMU_LIBBPF_1_7, 0, BEMU_FEAT_BTF_FLOAT, 1, BTF(43, "f8d3554cde1fbbfa", 40) },
	{ "declaration tags", BEMU_LIBBPF_1_7, 0, BEMU_FEAT_BTF_DECL_TAG, 1,
	  BTF(77, "5ac4cec7af83ea63", 40) },
	{ "type tags", BEMU_LIBBPF_1_7, 0, BEMU_FEAT_BTF_TYPE_TAG, 1,
	  BTF(69, "a24c2856c948a53b", 40) },
	{ "enums of 64 bits", BEMU_LIBBPF_1_7, 0, BEMU_FEAT_BTF_ENUM64, 1,
	  BTF(44, "3f5850fc43a8f4e7", 40) },
	{ "question marks", BEMU_LIBBPF_1_7, 0, BEMU_FEAT_BTF_QMARK_DATASEC, 1,
	  BTF(90, "21e3e7668dce18cc", 40) },
	{ "6.1 knows no question marks", BEMU_LIBBPF_1_7, BEMU_KERNEL_6_1,
	  BEMU_FEAT_BTF_QMARK_DATASEC, 0, NO_BTF(90, "21e3e7668dce18cc", 40) },
	{ "5.15 knows no declaration tags", BEMU_LIBBPF_1_1, BEMU_KERNEL_5_15,
	  BEMU_FEAT_BTF_DECL_TAG, 0, NO_BTF(77, "5ac4cec7af83ea63", 28) },
	{ "5.15 knows no enums of 64 bits", BEMU_LIBBPF_1_1, BEMU_KERNEL_5_15, BEMU_FEAT_BTF_ENUM64,
	  0, NO_BTF(44, "3f5850fc43a8f4e7", 28) },
	{ "arrays that can be mapped", BEMU_LIBBPF_1_1, 0, BEMU_FEAT_ARRAY_MMAP, 1,
	  "bpf(MAP_CREATE, {map_type=2 key_size=4 value_size=4 max_entries=1 map_flags=1024 "
	  "map_name=\"libbpf_mmap\"}, 72) = 3\nclose(3) = 0\n" },
	{ "1.5 creates maps with a token field", BEMU_LIBBPF_1_5, 0, BEMU_FEAT_ARRAY_MMAP, 1,
	  "bpf(MAP_CREATE, {map_type=2 key_size=4 value_size=4 max_entries=1 map_flags=1024 "
	  "map_name=\"libbpf_mmap\"}, 80) = 3\nclose(3) = 0\n" },
	{ "1.7 creates maps with an exclusive program's hash", BEMU_LIBBPF_1_7, 0,
	  BEMU_FEAT_ARRAY_MMAP, 1,
	  "bpf(MAP_CREATE, {map_type=2 key_size=4 value_size=4 max_entries=1 map_flags=1024 "
	  "map_name=\"libbpf_mmap\"}, 92) = 3\nclose(3) = 0\n" },
	{ "global data: the map is closed before the program", BEMU_LIBBPF_1_7, 0,
	  BEMU_FEAT_GLOBAL_DATA, 1,
	  "bpf(MAP_CREATE, {map_type=2 key_size=4 value_size=32 max_entries=1 "
	  "map_name=\"libbpf_global\"}, 92) = 3\n"
	  "bpf(PROG_LOAD, {prog_type=1 insn_cnt=5 insns=40:dde989f48f1c2b48 license=\"GPL\"}, 168) = 4\n"
	  "close(3) = 0\nclose(4) = 0\n" },
	{ "binding a map to a program", BEMU_LIBBPF_1_1, 0, BEMU_FEAT_PROG_BIND_MAP, 1,
	  "bpf(MAP_CREATE, {map_type=2 key_size=4 value_size=32 max_entries=1 "
	  "map_name=\"libbpf_det_bind\"}, 72) = 3\n"
	  "bpf(PROG_LOAD, {prog_type=1 insn_cnt=2 " TRIVIAL "128) = 4\n"
	  "bpf(PROG_BIND_MAP, {prog_fd=4 map_fd=3}, 12) = 0\nclose(3) = 0\nclose(4) = 0\n" },
	{ "1.1 looks for cookies with a kprobe", BEMU_LIBBPF_1_1, 0, BEMU_FEAT_BPF_COOKIE, 1,
	  "bpf(PROG_LOAD, {prog_type=2 insn_cnt=2 insns=85000000ae0000009500000000000000 "
	  "license=\"GPL\"}, 128) = 3\nclose(3) = 0\n" },
	{ "1.5 looks for cookies with a tracepoint", BEMU_LIBBPF_1_5, 0, BEMU_FEAT_BPF_COOKIE, 1,
	  "bpf(PROG_LOAD, {prog_type=5 insn_cnt=2 insns=85000000ae0000009500000000000000 "
	  "license=\"GPL\"}, 148) = 3\nclose(3) = 0\n" },
	{ "the next release's header has 32 bytes", BEMU_LIBBPF_NEXT, 0, BEMU_FEAT_BTF_LAYOUT, 0,
	  "bpf(BTF_LOAD, {btf_size=61 btf=61:c3ac297663e50065}, 40) = -E2BIG\n" },
	{ "wrappers of system calls are looked for with a kprobe", BEMU_LIBBPF_1_7, 0,
	  BEMU_FEAT_SYSCALL_WRAPPER, 0,
	  "open(\"/sys/bus/event_source/devices/kprobe/type\", 0x80000) = -ENOENT\n"
	  "access(\"/sys/kernel/debug/tracing\") = -ENOENT\n"
	  "open(\"/sys/kernel/tracing/kprobe_events\", 0x80401) = -ENOENT\n" },
};

/* One INT: all that a kernel of ours needs here. */
static const uint32_t vmlinux[] = {
	0x0001eb9f, 24, 0, 16, 16, 8, 1, 0x01000000, 4, 0x01000020, 0x746e6900, 0,
};

struct world {
	struct bemu *em;
	struct bemu_task *task;
	struct bemu_env *env;
	struct bemu_recorder *rec;
	struct bemu_backend be;
	struct bemu_obj obj;
	struct bemu_load *ld;
};

static int start_on(struct world *w, struct bemu_env *env, uint32_t libbpf, uint32_t kernel,
		    const void *btf, size_t len)
{
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = libbpf };
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel };
	struct bemu_backend sys;
	int err, verdict = -1;

	memset(w, 0, sizeof(*w));
	w->env = env;
	assert_int_equal(bemu_new(&opts, &w->em), 0);
	assert_int_equal(bemu_set_vmlinux(w->em, btf, len, 0), 0);
	assert_int_equal(bemu_seal(w->em), 0);
	assert_int_equal(bemu_task_new(w->em, &topts, &w->task), 0);
	bemu_backend_sys(w->task, &sys);
	w->obj.env = env;
	w->obj.libbpf = libbpf;
	w->obj.kconfig_map_idx = w->obj.arena_map_idx = UINT32_MAX;
	err = bemu_recorder_new(env, &sys, &w->rec, &w->be);
	if (!err)
		err = bemu_load_new(env, &w->obj, &w->be, &lopts, &w->ld, &verdict);
	if (!err)
		assert_int_equal(verdict, 0);
	return err;
}

static int start(struct world *w, struct bemu_env *env, uint32_t libbpf, uint32_t kernel)
{
	return start_on(w, env, libbpf, kernel, vmlinux, sizeof(vmlinux));
}

static void stop(struct world *w)
{
	bemu_load_free(w->ld);
	bemu_recorder_free(w->rec);
	bemu_free(w->em);
}

static void calls_since(struct world *w, uint32_t from, struct bemu_buf *out)
{
	uint32_t i;

	bemu_buf_init(out, w->env);
	for (i = from; i < bemu_recorder_count(w->rec); i++) {
		bemu_call_format(out, bemu_recorder_get(w->rec, i));
		bemu_buf_printf(out, "\n");
	}
}

static void run_case(void **state)
{
	const struct feature_case *c = *state;
	struct bemu_env *env = test_env();
	struct bemu_buf calls;
	struct world w;
	uint32_t from;

	assert_int_equal(start(&w, env, c->libbpf, c->kernel), 0);
	w.ld->feats[BEMU_FEAT_MEMCG_ACCOUNT] = BEMU_FEAT_SUPPORTED;
	w.ld->feats[BEMU_FEAT_PROG_NAME] = BEMU_FEAT_SUPPORTED;
	w.ld->feats[c->feat] = BEMU_FEAT_UNKNOWN;
	from = bemu_recorder_count(w.rec);
	assert_int_equal(bemu_load_feature(w.ld, c->feat), c->want);
	calls_since(&w, from, &calls);
	assert_string_equal(bemu_buf_str(&calls), c->calls);
	bemu_buf_fini(&calls);

	from = bemu_recorder_count(w.rec);
	assert_int_equal(bemu_load_feature(w.ld, c->feat), c->want);
	assert_int_equal(bemu_recorder_count(w.rec), from);
	stop(&w);
	bemu_env_free(env);
}

static void expect(struct world *w, uint32_t from, const char *want)
{
	struct bemu_buf calls;

	calls_since(w, from, &calls);
	assert_string_equal(bemu_buf_str(&calls), want);
	bemu_buf_fini(&calls);
}

static void first_use_of_anything_asks_how_memory_is_counted(void **state)
{
	struct bemu_env *env = test_env();
	struct world w;
	uint32_t from;

	(void)state;
	assert_int_equal(start(&w, env, BEMU_LIBBPF_1_7, 0), 0);
	from = bemu_recorder_count(w.rec);
	assert_int_equal(bemu_load_trial(w.ld), 0);
	expect(&w, from,
	       "bpf(PROG_LOAD, {prog_type=1 insn_cnt=2 insns=85000000a00000009500000000000000 "
	       "license=\"GPL\"}, 148) = 3\nclose(3) = 0\n"
	       "bpf(PROG_LOAD, {prog_type=1 insn_cnt=2 " TRIVIAL "168) = 3\nclose(3) = 0\n");
	stop(&w);
	bemu_env_free(env);
}

static void a_named_program_asks_for_names_between_btf_and_program(void **state)
{
	struct bemu_env *env = test_env();
	struct world w;
	uint32_t from;

	(void)state;
	assert_int_equal(start(&w, env, BEMU_LIBBPF_1_7, 0), 0);
	w.ld->feats[BEMU_FEAT_MEMCG_ACCOUNT] = BEMU_FEAT_SUPPORTED;
	from = bemu_recorder_count(w.rec);
	assert_int_equal(bemu_load_feature(w.ld, BEMU_FEAT_ARG_CTX_TAG), 1);
	expect(&w, from,
	       "bpf(BTF_LOAD, {btf_size=146 btf=146:dbffa9434910606f}, 40) = 3\n"
	       "bpf(PROG_LOAD, {prog_type=1 insn_cnt=2 prog_name=\"libbpf_nametest\" " TRIVIAL
	       "148) = 4\nclose(4) = 0\n"
	       "bpf(PROG_LOAD, {prog_type=2 insn_cnt=4 prog_name=\"det_arg_ctx\" prog_btf_fd=3 "
	       "func_info_rec_size=8 func_info_cnt=2 insns=32:3ae725ddb7d69e19 license=\"GPL\" "
	       "func_info=00000000040000000200000006000000}, 168) = 4\nclose(3) = 0\nclose(4) = 0\n");
	stop(&w);
	bemu_env_free(env);
}

/* ---- a kernel that answers as it is told ---- */

struct stubborn {
	struct bemu_backend inner;
	struct bemu_backend_ops ops;
	uint32_t cmd; /* this command is answered with @kret, */
	long kret; /* or not at all when @fault */
	int fault;
	uint32_t nr;
};

static int stubborn_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size, long *kret)
{
	struct stubborn *s = ctx;

	if (cmd != s->cmd)
		return s->inner.ops->bpf(s->inner.ctx, cmd, attr, size, kret);
	s->nr++;
	if (!s->fault)
		*kret = s->kret;
	return s->fault;
}

static int stubborn_close(void *ctx, int fd, long *kret)
{
	struct stubborn *s = ctx;

	return s->inner.ops->close(s->inner.ctx, fd, kret);
}

static int stubborn_open(void *ctx, const char *path, int flags, long *kret)
{
	struct stubborn *s = ctx;

	return s->inner.ops->open(s->inner.ctx, path, flags, kret);
}

static void make_stubborn(struct world *w, struct stubborn *s, uint32_t cmd, long kret)
{
	memset(s, 0, sizeof(*s));
	s->inner = w->ld->be;
	s->ops = *w->ld->be.ops;
	s->ops.bpf = stubborn_bpf;
	s->ops.close = stubborn_close;
	s->ops.open = stubborn_open;
	s->cmd = cmd;
	s->kret = kret;
	w->ld->be.ops = &s->ops;
	w->ld->be.ctx = s;
}

static void trial_tries_two_program_types(void **state)
{
	struct bemu_env *env = test_env();
	struct stubborn s;
	struct world w;

	(void)state;
	assert_int_equal(start(&w, env, BEMU_LIBBPF_1_7, 0), 0);
	make_stubborn(&w, &s, BPF_PROG_LOAD, -EPERM);
	assert_int_equal(bemu_load_trial(w.ld), -EPERM);
	assert_int_equal(s.nr, 3); /* memory accounting, socket filter, tracepoint */
	assert_int_equal(bemu_log_get(&env->log, bemu_log_count(&env->log) - 1)->reason,
			 BEMU_R_LOAD_TRIAL);
	stop(&w);
	bemu_env_free(env);
}

static void eagain_is_tried_five_times(void **state)
{
	struct bemu_env *env = test_env();
	struct stubborn s;
	struct world w;

	(void)state;
	assert_int_equal(start(&w, env, BEMU_LIBBPF_1_1, 0), 0);
	w.ld->feats[BEMU_FEAT_MEMCG_ACCOUNT] = BEMU_FEAT_SUPPORTED;
	make_stubborn(&w, &s, BPF_PROG_LOAD, -EAGAIN);
	assert_int_equal(bemu_load_feature(w.ld, BEMU_FEAT_PROBE_READ_KERN), 0);
	assert_int_equal(s.nr, 5);
	stop(&w);
	bemu_env_free(env);
}

static void a_fault_of_the_backend_is_no_answer(void **state)
{
	struct bemu_env *env = test_env();
	struct stubborn s;
	struct world w;

	(void)state;
	assert_int_equal(start(&w, env, BEMU_LIBBPF_1_1, 0), 0);
	make_stubborn(&w, &s, BPF_BTF_LOAD, 0);
	s.fault = -EOPNOTSUPP;
	assert_int_equal(bemu_load_feature(w.ld, BEMU_FEAT_BTF), -EOPNOTSUPP);
	assert_int_equal(w.ld->feats[BEMU_FEAT_BTF], BEMU_FEAT_UNKNOWN);
	w.ld->fault = 0;
	s.fault = 0;
	s.kret = -EPERM;
	assert_int_equal(bemu_load_feature(w.ld, BEMU_FEAT_BTF), 0);
	stop(&w);
	bemu_env_free(env);
}

static void a_probe_that_cannot_be_made_counts_as_missing(void **state)
{
	struct bemu_env *env = test_env();
	struct stubborn s;
	struct world w;

	(void)state;
	assert_int_equal(start(&w, env, BEMU_LIBBPF_1_7, 0), 0);
	make_stubborn(&w, &s, BPF_MAP_CREATE, -ENOMEM);
	assert_int_equal(bemu_load_feature(w.ld, BEMU_FEAT_GLOBAL_DATA), 0);
	assert_int_equal(env->fault, 0);
	assert_int_equal(bemu_log_get(&env->log, bemu_log_count(&env->log) - 1)->reason,
			 BEMU_R_LOAD_FEATURE);
	stop(&w);
	bemu_env_free(env);
}

/* BTF names what CONFIG_KPROBE_EVENTS brings, and the function that is probed. */
static void a_kprobe_on_the_wrapper_of_bpf_tells_of_wrappers(void **state)
{
	static const struct {
		const char *func;
		uint32_t libbpf;
		int want;
		const char *calls;
	} kernels[] = {
		{ "__x64_sys_bpf", BEMU_LIBBPF_1_7, 1,
		  "open(\"/sys/bus/event_source/devices/kprobe/type\", 0x80000) = 3\nclose(3) = 0\n"
		  "open(\"/sys/bus/event_source/devices/kprobe/type\", 0x80000) = 3\nclose(3) = 0\n"
		  "perf_event_open(kprobe __x64_sys_bpf) = 3\nclose(3) = 0\n" },
		{ "__x64_sys_bpf", BEMU_LIBBPF_1_1, 1,
		  "open(\"/sys/bus/event_source/devices/kprobe/type\", 0) = 3\nclose(3) = 0\n"
		  "open(\"/sys/bus/event_source/devices/kprobe/type\", 0) = 3\nclose(3) = 0\n"
		  "perf_event_open(kprobe __x64_sys_bpf) = 3\nclose(3) = 0\n" },
		{ "sys_bpf", BEMU_LIBBPF_1_7, 0,
		  "open(\"/sys/bus/event_source/devices/kprobe/type\", 0x80000) = 3\nclose(3) = 0\n"
		  "open(\"/sys/bus/event_source/devices/kprobe/type\", 0x80000) = 3\nclose(3) = 0\n"
		  "perf_event_open(kprobe __x64_sys_bpf) = -ENOENT\n" },
	};
	size_t i, len;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(kernels); i++) {
		struct bemu_env *env = test_env();
		struct bemu_btf_enc *enc;
		struct world w;
		uint32_t proto, from;
		void *raw;

		assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
		proto = bemu_btf_enc_func_proto(enc,
						bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED));
		bemu_btf_enc_func(enc, "perf_kprobe_event_init", BTF_FUNC_STATIC, proto);
		bemu_btf_enc_func(enc, kernels[i].func, BTF_FUNC_STATIC, proto);
		assert_int_equal(bemu_btf_enc_finish(enc, false, &raw, &len), 0);
		bemu_btf_enc_free(enc);
		assert_int_equal(start_on(&w, env, kernels[i].libbpf, 0, raw, len), 0);
		from = bemu_recorder_count(w.rec);
		assert_int_equal(bemu_load_feature(w.ld, BEMU_FEAT_SYSCALL_WRAPPER),
				 kernels[i].want);
		expect(&w, from, kernels[i].calls);
		stop(&w);
		bemu_mem_free(env, raw);
		bemu_env_free(env);
	}
}

static void token_is_optional_unless_a_path_is_given(void **state)
{
	struct bemu_env *env = test_env();
	struct world w;
	uint32_t from;

	(void)state;
	assert_int_equal(start(&w, env, BEMU_LIBBPF_1_1, 0), 0);
	from = bemu_recorder_count(w.rec);
	assert_int_equal(bemu_load_token(w.ld), 0);
	expect(&w, from, "");
	stop(&w);

	assert_int_equal(start(&w, env, BEMU_LIBBPF_1_5, 0), 0);
	from = bemu_recorder_count(w.rec);
	assert_int_equal(bemu_load_token(w.ld), 0);
	expect(&w, from,
	       "open(\"/sys/fs/bpf\", 0x10000) = 3\n"
	       "bpf(TOKEN_CREATE, {bpffs_fd=3}, 8) = -EOPNOTSUPP\nclose(3) = 0\n");
	from = bemu_recorder_count(w.rec);
	w.ld->opts.bpf_token_path = "";
	assert_int_equal(bemu_load_token(w.ld), 0);
	expect(&w, from, "");
	w.ld->opts.bpf_token_path = "/sys/fs/bpf";
	assert_int_equal(bemu_load_token(w.ld), -EOPNOTSUPP);
	w.ld->opts.bpf_token_path = "/nowhere";
	assert_int_equal(bemu_load_token(w.ld), -ENOENT);
	assert_int_equal(w.ld->token_fd, -1);
	stop(&w);
	bemu_env_free(env);
}

static void a_token_has_probes_of_its_own_and_is_passed_along(void **state)
{
	struct bemu_env *env = test_env();
	struct stubborn s;
	struct world w;
	uint32_t from;

	(void)state;
	assert_int_equal(start(&w, env, BEMU_LIBBPF_1_7, 0), 0);
	make_stubborn(&w, &s, BEMU_BPF_TOKEN_CREATE, 77);
	assert_int_equal(bemu_load_token(w.ld), 0);
	assert_int_equal(w.ld->token_fd, 77);
	from = bemu_recorder_count(w.rec);
	w.ld->feats[BEMU_FEAT_MEMCG_ACCOUNT] = BEMU_FEAT_SUPPORTED;
	w.ld->feats[BEMU_FEAT_BTF] = BEMU_FEAT_SUPPORTED;
	assert_int_equal(bemu_load_feature(w.ld, BEMU_FEAT_BTF), 0); /* the model has no FD 77 */
	expect(&w, from,
	       "bpf(BTF_LOAD, {btf_size=45 btf_flags=65536 btf_token_fd=77 "
	       "btf=45:90d10fcf7c2a0439}, 40) = -EBADF\n");
	assert_int_equal(bemu_load_process_feature(w.ld, BEMU_FEAT_BTF), 1);
	w.ld->token_fd = -1;
	stop(&w);
	bemu_env_free(env);
}

static int sweep(struct bemu_env *env, void *arg)
{
	uint32_t libbpf = *(const uint32_t *)arg, i;
	struct world w;
	int err;

	err = start(&w, env, libbpf, 0);
	for (i = 0; !err && i < BEMU_FEAT_NR; i++) {
		err = bemu_load_feature(w.ld, (enum bemu_load_feat)i);
		err = err < 0 ? err : 0;
	}
	if (w.ld)
		bemu_load_free(w.ld);
	bemu_recorder_free(w.rec);
	bemu_free(w.em);
	if (err == -ENOMEM)
		env->fault = -ENOMEM; /* public functions clear what they report */
	return err;
}

static void no_memory_is_never_taken_for_a_missing_feature(void **state)
{
	uint32_t libbpf = BEMU_LIBBPF_1_7;

	(void)state;
	test_failure_sweep(sweep, &libbpf);
}

int main(void)
{
	static struct CMUnitTest tests[BEMU_ARRAY_SIZE(cases) + 10];
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(first_use_of_anything_asks_how_memory_is_counted),
		cmocka_unit_test(a_named_program_asks_for_names_between_btf_and_program),
		cmocka_unit_test(trial_tries_two_program_types),
		cmocka_unit_test(eagain_is_tried_five_times),
		cmocka_unit_test(a_fault_of_the_backend_is_no_answer),
		cmocka_unit_test(a_probe_that_cannot_be_made_counts_as_missing),
		cmocka_unit_test(a_kprobe_on_the_wrapper_of_bpf_tells_of_wrappers),
		cmocka_unit_test(token_is_optional_unless_a_path_is_given),
		cmocka_unit_test(a_token_has_probes_of_its_own_and_is_passed_along),
		cmocka_unit_test(no_memory_is_never_taken_for_a_missing_feature),
	};
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = run_case,
						.initial_state = (void *)(uintptr_t)&cases[i] };
	memcpy(tests + i, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
