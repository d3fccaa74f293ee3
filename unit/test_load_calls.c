/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whole loads in which the n-th call that a loader makes fails, for each n: with an errno, as a kernel may
 * answer, and with a fault of the backend. Whatever it was, nothing stays open, nothing is closed twice, and
 * a fault is never taken for a verdict. Numbers are counted here, from what calls return, not by the model.
 */
#include <errno.h>
#include <stdio.h>

#include <bemu/backend.h>

#include "helpers.h"

#include "load/private.h"

enum { MAX_FDS = 512, FAULT = -EIO };

/* ---- a backend that counts calls and numbers ---- */

struct counter {
	struct bemu_backend inner;
	uint32_t nr; /* calls that could fail */
	uint32_t at; /* the one that does, from 1; 0: none */
	long kret; /* its answer */
	bool fault; /* it has none: the backend breaks */
	bool broke;
	uint32_t nr_std; /* numbers that are taken from the start */
	uint32_t cmd; /* what failed, for messages */
	bool open[MAX_FDS];
	uint32_t nr_open;
	uint32_t bad_closes;
};

static void opened(struct counter *c, long fd)
{
	if (fd < 0)
		return;
	assert_true(fd < MAX_FDS);
	assert_false(c->open[fd]);
	c->open[fd] = true;
	c->nr_open++;
}

static void closed(struct counter *c, int fd)
{
	if (fd < 0 || fd >= MAX_FDS || !c->open[fd]) {
		c->bad_closes++;
		return;
	}
	c->open[fd] = false;
	c->nr_open--;
}

/* True when this is the call: *err and *kret are its end. */
static bool breaks(struct counter *c, int *err, long *kret)
{
	if (++c->nr != c->at)
		return false;
	c->broke = true;
	*err = c->fault ? FAULT : 0;
	if (!c->fault)
		*kret = c->kret;
	return true;
}

static bool returns_fd(uint32_t cmd)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
	case BPF_OBJ_GET:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_LINK_CREATE:
	case BEMU_BPF_TOKEN_CREATE:
		return true;
	default:
		return false;
	}
}

static int c_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret)) {
		c->cmd = cmd;
		return err;
	}
	err = c->inner.ops->bpf(c->inner.ctx, cmd, attr, size, kret);
	if (!err && returns_fd(cmd))
		opened(c, *kret);
	return err;
}

static int c_close(void *ctx, int fd, long *kret)
{
	struct counter *c = ctx;

	closed(c, fd);
	return c->inner.ops->close(c->inner.ctx, fd, kret);
}

static int c_dup(void *ctx, int fd, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	err = c->inner.ops->dup(c->inner.ctx, fd, kret);
	if (!err)
		opened(c, *kret);
	return err;
}

static int c_dup2(void *ctx, int fd, int newfd, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	err = c->inner.ops->dup2(c->inner.ctx, fd, newfd, kret);
	if (!err && *kret >= 0 && !c->open[newfd])
		opened(c, newfd);
	return err;
}

static int c_dup3(void *ctx, int fd, int newfd, int flags, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	err = c->inner.ops->dup3(c->inner.ctx, fd, newfd, flags, kret);
	if (!err && *kret >= 0 && !c->open[newfd])
		opened(c, newfd);
	return err;
}

static int c_dupfd(void *ctx, int fd, int min_fd, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	err = c->inner.ops->dupfd(c->inner.ctx, fd, min_fd, kret);
	if (!err)
		opened(c, *kret);
	return err;
}

static int c_memfd_create(void *ctx, const char *name, unsigned int flags, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	err = c->inner.ops->memfd_create(c->inner.ctx, name, flags, kret);
	if (!err)
		opened(c, *kret);
	return err;
}

static int c_open(void *ctx, const char *path, int flags, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	err = c->inner.ops->open(c->inner.ctx, path, flags, kret);
	if (!err)
		opened(c, *kret);
	return err;
}

static int c_read_file(void *ctx, int fd, const void **data, size_t *len, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	return c->inner.ops->read_file(c->inner.ctx, fd, data, len, kret);
}

static int c_access(void *ctx, const char *path, long *kret)
{
	struct counter *c = ctx;
	int err;

	return breaks(c, &err, kret) ? err : c->inner.ops->access(c->inner.ctx, path, kret);
}

static int c_mkdir(void *ctx, const char *path, unsigned int mode, long *kret)
{
	struct counter *c = ctx;
	int err;

	return breaks(c, &err, kret) ? err : c->inner.ops->mkdir(c->inner.ctx, path, mode, kret);
}

static int c_unlink(void *ctx, const char *path, long *kret)
{
	struct counter *c = ctx;

	return c->inner.ops->unlink(c->inner.ctx, path, kret);
}

static int c_statfs_type(void *ctx, const char *path, long *f_type, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	return c->inner.ops->statfs_type(c->inner.ctx, path, f_type, kret);
}

static int c_mmap(void *ctx, int fd, size_t len, int prot, void **addr, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	return c->inner.ops->mmap(c->inner.ctx, fd, len, prot, addr, kret);
}

static int c_munmap(void *ctx, void *addr, size_t len, long *kret)
{
	struct counter *c = ctx;

	return c->inner.ops->munmap(c->inner.ctx, addr, len, kret);
}

static int c_uname(void *ctx, struct bemu_uname *out, long *kret)
{
	struct counter *c = ctx;
	int err;

	return breaks(c, &err, kret) ? err : c->inner.ops->uname(c->inner.ctx, out, kret);
}

static int c_perf_kprobe(void *ctx, const char *func, long *kret)
{
	struct counter *c = ctx;
	int err;

	if (breaks(c, &err, kret))
		return err;
	err = c->inner.ops->perf_kprobe(c->inner.ctx, func, kret);
	if (!err)
		opened(c, *kret);
	return err;
}

static const struct bemu_btf *c_kernel_btf(void *ctx, uint32_t btf_id)
{
	struct counter *c = ctx;

	return c->inner.ops->kernel_btf(c->inner.ctx, btf_id);
}

static const struct bemu_backend_ops counting = {
	.size = sizeof(counting),
	.bpf = c_bpf,
	.close = c_close,
	.dup = c_dup,
	.dup2 = c_dup2,
	.dup3 = c_dup3,
	.dupfd = c_dupfd,
	.memfd_create = c_memfd_create,
	.open = c_open,
	.read_file = c_read_file,
	.access = c_access,
	.mkdir = c_mkdir,
	.unlink = c_unlink,
	.statfs_type = c_statfs_type,
	.mmap = c_mmap,
	.munmap = c_munmap,
	.uname = c_uname,
	.perf_kprobe = c_perf_kprobe,
	.kernel_btf = c_kernel_btf,
};

/* ---- the world of the corpus ---- */

struct file {
	void *data;
	size_t len;
};

static struct file read_file(const char *path)
{
	char full[512];
	struct file f = { 0 };
	FILE *in;
	long len;

	snprintf(full, sizeof(full), "%s/%s", BEMU_CORPUS, path);
	in = fopen(full, "rb");
	if (!in)
		fail_msg("%s cannot be read", full);
	fseek(in, 0, SEEK_END);
	len = ftell(in);
	assert_true(len > 0);
	rewind(in);
	f.len = (size_t)len;
	f.data = malloc(f.len);
	assert_non_null(f.data);
	assert_int_equal(fread(f.data, 1, f.len, in), f.len);
	fclose(in);
	return f;
}

static const char kconfig[] = "CONFIG_HZ=250\nCONFIG_BPF=y\nCONFIG_MODULES=m\n";

static struct {
	struct bemu *em;
	struct file vmlinux, m1, m2;
} world;

static int world_open(void **state)
{
	struct bemu_opts opts = { .size = sizeof(opts) };

	(void)state;
	world.vmlinux = read_file("btf/mini/vmlinux.btf");
	world.m1 = read_file("btf/mini/m1.btf");
	world.m2 = read_file("btf/mini/m2.btf");
	assert_int_equal(bemu_new(&opts, &world.em), 0);
	assert_int_equal(bemu_set_vmlinux(world.em, world.vmlinux.data, world.vmlinux.len,
					  BEMU_BTF_BORROW),
			 0);
	assert_int_equal(bemu_add_module(world.em, "m1", world.m1.data, world.m1.len, 0), 0);
	assert_int_equal(bemu_add_module(world.em, "m2", world.m2.data, world.m2.len, 0), 0);
	assert_int_equal(bemu_set_kconfig(world.em, kconfig, sizeof(kconfig) - 1), 0);
	assert_int_equal(bemu_seal(world.em), 0);
	return 0;
}

static int world_close(void **state)
{
	(void)state;
	bemu_free(world.em);
	free(world.vmlinux.data);
	free(world.m1.data);
	free(world.m2.data);
	return 0;
}

/* ---- one load ---- */

struct row {
	const char *name, *object;
	uint32_t libbpf;
	int verdict; /* of the load in which nothing fails */
};

struct outcome {
	int err, verdict, close_err;
	uint32_t stage, nr_calls;
	bool broke;
};

static void load(const struct row *row, const struct file *file, struct counter *c,
		 struct outcome *out)
{
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = row->libbpf };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = row->libbpf };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = c->nr_std };
	struct bemu_backend be = { &counting, c };
	struct bemu_env *env = test_env();
	struct bemu_load *ld = NULL;
	struct bemu_obj *obj = NULL;
	struct bemu_task *task;

	memset(out, 0, sizeof(*out));
	assert_int_equal(bemu_task_new(world.em, &topts, &task), 0);
	bemu_backend_sys(task, &c->inner);
	assert_int_equal(bemu_obj_parse(env, file->data, file->len, &oopts, &obj), 0);
	out->err = bemu_load_new(env, obj, &be, &lopts, &ld, &out->verdict);
	if (!out->err && !out->verdict)
		out->err = bemu_load_run(ld, &out->verdict);
	out->nr_calls = c->nr;
	out->broke = c->broke;
	if (ld) {
		out->stage = bemu_load_result(ld)->stage;
		out->close_err = bemu_load_close(ld);
		bemu_load_free(ld);
	}
	bemu_obj_free(obj);
	assert_int_equal(bemu_env_live(env), 0);
	assert_int_equal(env->fault, 0);
	bemu_env_free(env);
	bemu_task_exit(task);
	bemu_reset(world.em);
}

static void assert_clean(const struct row *row, const struct counter *c)
{
	if (c->nr_open)
		print_error("%s: call %u (command %u) answers %ld: %u left open\n", row->name,
			    c->at, c->cmd, c->kret, c->nr_open);
	assert_int_equal(c->nr_open, 0);
	if (c->bad_closes)
		print_error("%s: call %u (command %u) answers %ld: %u closed twice\n", row->name,
			    c->at, c->cmd, c->kret, c->bad_closes);
	assert_int_equal(c->bad_closes, 0);
}

/* ---- sweeps ---- */

static const struct row rows[] = {
	{ "agent, 1.1", "agent", BEMU_LIBBPF_1_1, 0 },
	{ "agent, 1.5", "agent", BEMU_LIBBPF_1_5, 0 },
	{ "agent, 1.7", "agent", BEMU_LIBBPF_1_7, 0 },
	{ "kfuncs of modules, 1.1", "kfunc_modules", BEMU_LIBBPF_1_1, 0 },
	{ "kfuncs of modules, 1.7", "kfunc_modules", BEMU_LIBBPF_1_7, 0 },
	{ "maps in maps, 1.1", "map_inner", BEMU_LIBBPF_1_1, 0 },
	{ "maps in maps, 1.7", "map_inner", BEMU_LIBBPF_1_7, 0 },
	{ "pinned maps, 1.1", "map_pinned", BEMU_LIBBPF_1_1, 0 },
	{ "pinned maps, 1.7", "map_pinned", BEMU_LIBBPF_1_7, 0 },
	{ "slots of programs, 1.5", "map_prog_array", BEMU_LIBBPF_1_5, 0 },
	{ "arena, 1.7", "arena", BEMU_LIBBPF_1_7, 0 },
	{ "struct_ops, 1.5", "struct_ops", BEMU_LIBBPF_1_5, 0 },
	{ "struct_ops of a module, 1.7", "struct_ops_module", BEMU_LIBBPF_1_7, 0 },
	{ "attach targets in modules, 1.7", "sec_btf_module", BEMU_LIBBPF_1_7, 0 },
	{ "configuration, 1.7", "ext_kconfig_weak", BEMU_LIBBPF_1_7, 0 },
	{ "types of a module, 1.7", "core_module", BEMU_LIBBPF_1_7, 0 },
	{ "typed symbols, 1.5", "ksym_typed", BEMU_LIBBPF_1_5, 0 },
};

static void refuse_each_call(const struct row *row, const struct file *file, uint32_t nr_std)
{
	static const long answers[] = { -EPERM, -EINVAL, -ENOENT, -EAGAIN, -E2BIG, -ENOSPC };
	struct counter none = { .nr_std = nr_std };
	struct outcome out, base;
	uint32_t n, refused = 0;
	size_t i;

	load(row, file, &none, &base);
	assert_int_equal(base.err, 0);
	assert_int_equal(base.verdict, row->verdict);
	assert_clean(row, &none);
	assert_true(base.nr_calls > 8);
	for (i = 0; i < BEMU_ARRAY_SIZE(answers); i++) {
		for (n = 1; n <= base.nr_calls; n++) {
			struct counter c = { .at = n, .kret = answers[i], .nr_std = nr_std };

			load(row, file, &c, &out);
			assert_true(out.broke);
			assert_int_equal(out.err, 0);
			assert_int_equal(out.close_err, 0);
			assert_true(out.verdict <= 0);
			assert_true(out.verdict || out.stage == BEMU_STAGE_DONE);
			assert_clean(row, &c);
			refused += out.verdict < 0;
		}
	}
	assert_true(refused > 0);
}

static void break_each_call(const struct row *row, const struct file *file, uint32_t nr_std)
{
	struct outcome out;
	uint32_t n;

	for (n = 1;; n++) {
		struct counter c = { .at = n, .fault = true, .nr_std = nr_std };

		load(row, file, &c, &out);
		if (!out.broke) {
			assert_int_equal(out.err, 0);
			break;
		}
		if (out.err != FAULT)
			print_error("%s: call %u (command %u) breaks: %d, verdict %d\n", row->name,
				    n, c.cmd, out.err, out.verdict);
		assert_int_equal(out.err, FAULT);
		assert_int_equal(out.close_err, 0);
		assert_clean(row, &c);
	}
	assert_true(n > 8);
}

/* A process that has closed its standard streams gets numbers that libbpf does not want. */
static void both_ways(const struct row *row,
		      void (*fn)(const struct row *row, const struct file *file, uint32_t nr_std))
{
	char path[128];
	struct file file;

	snprintf(path, sizeof(path), "obj/%s.bpf.o", row->object);
	file = read_file(path);
	fn(row, &file, BEMU_TASK_STD);
	fn(row, &file, 0);
	free(file.data);
}

static void whatever_call_is_refused_nothing_stays_open(void **state)
{
	both_ways(*state, refuse_each_call);
}

static void whatever_call_breaks_is_a_fault_and_nothing_stays_open(void **state)
{
	both_ways(*state, break_each_call);
}

int main(void)
{
	struct CMUnitTest verdicts[BEMU_ARRAY_SIZE(rows)], faults[BEMU_ARRAY_SIZE(rows)];
	size_t i;
	int failed;

	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		verdicts[i] = (struct CMUnitTest){
			.name = rows[i].name,
			.test_func = whatever_call_is_refused_nothing_stays_open,
			.initial_state = (void *)(uintptr_t)&rows[i],
		};
		faults[i] = verdicts[i];
		faults[i].test_func = whatever_call_breaks_is_a_fault_and_nothing_stays_open;
	}
	failed = cmocka_run_group_tests_name("load: calls refused", verdicts, world_open,
					     world_close);
	return failed + cmocka_run_group_tests_name("load: calls that break", faults, world_open,
						    world_close);
}
