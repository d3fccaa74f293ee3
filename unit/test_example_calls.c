/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * corpus/examples/NAME.fdtrace: every call of libbpf that makes, moves or ends a descriptor, in order, from
 * open to close, as the library was seen to make them over a stand-in kernel. Ours must make the same ones
 * and get the same numbers. NAME.fail.fdtrace is the load of NAME.bpf.o without the second module.
 *
 *	bpf(MAP_CREATE im1 type=2 k=4 v=16 n=4 flags=0 btf_fd=3 kt=6 vt=9 inner=0) = 11
 *	dup3(11,4,80000) = 4
 *	close(11) [im1] = 0
 *
 * A spy between loader and model writes ours down. What stands in brackets is the stand-in's own name for
 * a descriptor and is not compared.
 */
#include "helpers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bemu/backend.h>
#include <bemu/module.h>

#include "load/load.h"

enum { MAX_TRACES = 16, MAX_FILE = 1 << 15, MAX_LINE = 256 };

static char names[MAX_TRACES][64];

/* The numbers that the stand-in had given to its BTFs. */
enum { ID_VMLINUX = 1, ID_M1 = 5, ID_USER = 7, ID_M2 = 9 };

static struct {
	const struct bemu_backend_ops *inner;
	const struct bemu_obj *obj;
	char text[MAX_FILE];
	size_t len;
	int open; /* descriptors */
} spy;

static void say(const char *fmt, ...) BEMU_PRINTF(1, 2);
static void say(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(spy.text + spy.len, sizeof(spy.text) - spy.len, fmt, args);
	va_end(args);
	assert_in_range(n, 0, (int)(sizeof(spy.text) - spy.len) - 1);
	spy.len += (size_t)n;
}

static void say_ret(long kret)
{
	if (kret == -ENOENT)
		say(" = -1 ENOENT\n");
	else
		say(" = %ld\n", kret);
}

static bool is_own_prog(const char *name)
{
	uint32_t i;

	for (i = 0; i < spy.obj->nr_progs; i++)
		if (!strncmp(spy.obj->progs[i].name, name, BPF_OBJ_NAME_LEN - 1))
			return true;
	return false;
}

/* The stand-in's vmlinux had no size, and it knew a name for each, where a kernel has none for a user's. */
static void say_info(const union bpf_attr *attr, uint32_t size_in, uint32_t name_len)
{
	const struct bpf_btf_info *info = (const void *)(uintptr_t)attr->info.info;
	const char *name = info->id == ID_VMLINUX ? "vmlinux" : info->id == ID_M1 ? "m1" : "m2";

	if (!info->kernel_btf && info->id != ID_USER) {
		say("bpf(OBJ_GET_INFO fd=%u probe) = 0\n", attr->info.bpf_fd);
		return;
	}
	if (name_len && info->kernel_btf)
		assert_string_equal((const char *)(uintptr_t)info->name, name);
	say("bpf(OBJ_GET_INFO fd=%u btf_size_in=%u name_len=%u) = 0 -> size=%u name=%s kernel=%u\n",
	    attr->info.bpf_fd, size_in, name_len, info->id == ID_VMLINUX ? 0 : info->btf_size,
	    info->kernel_btf ? name : "usr", info->kernel_btf);
}

/* A user's BTF as long as the stand-in's: one INT, and strings. */
static long load_user_btf(const struct bemu_backend_ops *ops, void *ctx)
{
	struct {
		struct btf_header hdr;
		struct btf_type type;
		uint32_t int_data;
		char strs[113];
	} raw = {
		.hdr = { .magic = BTF_MAGIC,
			 .version = BTF_VERSION,
			 .hdr_len = sizeof(raw.hdr),
			 .type_len = 16,
			 .str_off = 16,
			 .str_len = sizeof(raw.strs) },
		.type = { .name_off = 1, .info = (uint32_t)BTF_KIND_INT << 24, .size = 4 },
		.int_data = 32,
		.strs = "\0int",
	};
	struct bemu_attr_btf_load attr = { .btf = (uintptr_t)&raw, .btf_size = 153 };
	long fd = -1;

	assert_int_equal(ops->bpf(ctx, BPF_BTF_LOAD, &attr, sizeof(attr), &fd), 0);
	assert_true(fd >= 0);
	return fd;
}

static int spy_bpf(void *ctx, uint32_t cmd, void *attr_, uint32_t size, long *kret)
{
	struct bemu_attr_map_create map = { 0 };
	struct bemu_attr_prog_load load = { 0 };
	struct bemu_attr_btf_load btf = { 0 };
	const union bpf_attr *attr = attr_;
	uint32_t size_in = 0, name_len = 0;
	int err;

	if (cmd == BPF_OBJ_GET_INFO_BY_FD && attr->info.info_len == sizeof(struct bpf_btf_info)) {
		const struct bpf_btf_info *info = (const void *)(uintptr_t)attr->info.info;

		size_in = info->btf_size;
		name_len = info->name_len;
	}
	err = spy.inner->bpf(ctx, cmd, attr_, size, kret);
	if (err)
		return err;
	switch (cmd) {
	case BPF_MAP_CREATE:
		memcpy(&map, attr, size < sizeof(map) ? size : sizeof(map));
		say("bpf(MAP_CREATE %s type=%u k=%u v=%u n=%u flags=%x btf_fd=%u kt=%u vt=%u inner=%u)",
		    map.map_name, map.map_type, map.key_size, map.value_size, map.max_entries,
		    map.map_flags, map.btf_fd, map.btf_key_type_id, map.btf_value_type_id,
		    map.inner_map_fd);
		break;
	case BPF_PROG_LOAD:
		memcpy(&load, attr, size < sizeof(load) ? size : sizeof(load));
		if (load.prog_name[0] && is_own_prog(load.prog_name))
			say("bpf(PROG_LOAD %s)", load.prog_name);
		else
			say("bpf(PROG_LOAD probe type=%u name='%s')", load.prog_type,
			    load.prog_name);
		break;
	case BPF_BTF_LOAD:
		memcpy(&btf, attr, size < sizeof(btf) ? size : sizeof(btf));
		say("bpf(BTF_LOAD size=%u)", btf.btf_size);
		/* the stand-in had every feature, also the longer header that no released kernel takes */
		if (*kret == -E2BIG && btf.btf_size == 61)
			*kret = load_user_btf(spy.inner, ctx);
		break;
	case BPF_MAP_UPDATE_ELEM:
		say("bpf(MAP_UPDATE) = %ld\n", *kret);
		return 0;
	case BPF_BTF_GET_NEXT_ID:
		say("bpf(BTF_GET_NEXT_ID start=%u)", attr->start_id);
		if (!*kret)
			say(" -> %u\n", attr->next_id);
		else
			say_ret(*kret);
		return 0;
	case BPF_BTF_GET_FD_BY_ID:
		say("bpf(BTF_GET_FD_BY_ID %u)", attr->btf_id);
		break;
	case BPF_OBJ_GET_INFO_BY_FD:
		say_info(attr, size_in, name_len);
		return 0;
	default: /* makes no descriptor here */
		assert_true(*kret <= 0);
		return 0;
	}
	spy.open += *kret >= 0;
	say_ret(*kret);
	return 0;
}

static int spy_close(void *ctx, int fd, long *kret)
{
	int err = spy.inner->close(ctx, fd, kret);

	if (err)
		return err;
	say("close(%d)", fd);
	say_ret(*kret);
	spy.open -= !*kret;
	return 0;
}

static int spy_dup3(void *ctx, int fd, int newfd, int flags, long *kret)
{
	int err = spy.inner->dup3(ctx, fd, newfd, flags, kret);

	if (err)
		return err;
	say("dup3(%d,%d,%x)", fd, newfd, (unsigned int)flags);
	say_ret(*kret);
	return 0;
}

static int spy_memfd(void *ctx, const char *name, unsigned int flags, long *kret)
{
	int err = spy.inner->memfd_create(ctx, name, flags, kret);

	if (err)
		return err;
	say("memfd_create(%s,%x)", name, flags);
	say_ret(*kret);
	spy.open += *kret >= 0;
	return 0;
}

static int spy_open(void *ctx, const char *path, int flags, long *kret)
{
	int err = spy.inner->open(ctx, path, flags, kret);

	if (err)
		return err;
	say("open(%s,%x)", path, (unsigned int)flags);
	say_ret(*kret);
	spy.open += *kret >= 0;
	return 0;
}

static void *slurp(const char *name, const char *end, size_t *len)
{
	static char bufs[8][MAX_FILE];
	static unsigned int next;
	char path[512], *buf = bufs[next++ % 8];
	FILE *f;

	snprintf(path, sizeof(path), "%s/examples/%s%s", BEMU_CORPUS, name, end);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot be read", path);
	*len = fread(buf, 1, MAX_FILE - 1, f);
	buf[*len] = 0;
	fclose(f);
	return buf;
}

static void load_module(struct bemu *em, const char *name, uint32_t id)
{
	struct bemu_module_opts opts = { .size = sizeof(opts), .name = name };
	uint32_t btf_id = 0;
	long kret = -1;

	opts.btf = slurp(name, ".btf", &opts.btf_len);
	assert_int_equal(bemu_module_load(em, &opts, &kret), 0);
	assert_int_equal(kret, 0);
	(void)bemu_module_stat(em, name, NULL, &btf_id);
	assert_int_equal(btf_id, id);
}

/* The same numbers as the stand-in's: those between belonged to somebody who is gone. */
static void make_world(struct bemu **em, bool has_m2)
{
	struct bemu_task_opts opts = { .size = sizeof(opts), .nr_std = BEMU_TASK_STD };
	struct bemu_task *other, *gone;
	struct bemu_backend by_other, by_gone;
	size_t len;
	void *raw;
	int i;

	assert_int_equal(bemu_new(NULL, em), 0);
	raw = slurp("vm", ".btf", &len);
	assert_int_equal(bemu_set_vmlinux(*em, raw, len, 0), 0);
	raw = slurp("kconfig", ".txt", &len);
	assert_int_equal(bemu_set_kconfig(*em, raw, len), 0);
	raw = slurp("kallsyms", ".txt", &len);
	assert_int_equal(bemu_set_kallsyms(*em, raw, len), 0);
	assert_int_equal(bemu_seal(*em), 0);
	assert_int_equal(bemu_task_new(*em, &opts, &other), 0);
	assert_int_equal(bemu_task_new(*em, &opts, &gone), 0);
	bemu_backend_sys(other, &by_other);
	bemu_backend_sys(gone, &by_gone);
	for (i = ID_VMLINUX + 1; i < ID_M1; i++)
		(void)load_user_btf(by_gone.ops, by_gone.ctx);
	load_module(*em, "m1", ID_M1);
	if (has_m2) {
		(void)load_user_btf(by_gone.ops, by_gone.ctx);
		(void)load_user_btf(by_other.ops, by_other.ctx);
		(void)load_user_btf(by_gone.ops, by_gone.ctx);
		load_module(*em, "m2", ID_M2);
	}
	bemu_task_exit(gone);
}

static void run(const char *name, const char *object, int *verdict)
{
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = BEMU_LIBBPF_NEXT };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = BEMU_LIBBPF_NEXT };
	struct bemu_backend_ops ops;
	struct bemu_backend be;
	struct bemu_task *task;
	struct bemu_load *ld;
	struct bemu_obj *obj;
	struct bemu_env *env;
	struct bemu *em;
	char path[128];
	size_t len;
	void *raw;

	memset(&spy, 0, sizeof(spy));
	make_world(&em, !strstr(name, ".fail"));
	snprintf(path, sizeof(path), "%s.bpf.o", object);
	raw = slurp(object, ".bpf.o", &len);
	assert_int_equal(bemu_file_add(em, path, raw, len), 0);
	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	oopts.path = lopts.path = path;
	assert_int_equal(bemu_obj_parse(env, raw, len, &oopts, &obj), 0);
	assert_int_equal(bemu_task_new(em, &topts, &task), 0);
	bemu_backend_sys(task, &be);
	spy.inner = be.ops;
	spy.obj = obj;
	ops = *be.ops;
	ops.bpf = spy_bpf;
	ops.close = spy_close;
	ops.dup3 = spy_dup3;
	ops.memfd_create = spy_memfd;
	ops.open = spy_open;
	be.ops = &ops;
	assert_int_equal(bemu_load_new(env, obj, &be, &lopts, &ld, verdict), 0);
	assert_int_equal(*verdict, 0);
	say("--- load ---\n");
	assert_int_equal(bemu_load_run(ld, verdict), 0);
	say("LOAD = %d\n", *verdict);
	say("--- close ---\n");
	assert_int_equal(bemu_load_close(ld), 0);
	say("fd delta = %d\n", spy.open);
	bemu_load_free(ld);
	bemu_obj_free(obj);
	bemu_env_free(env);
	bemu_free(em);
}

/* The next line that counts, without what is in brackets; NULL at the end. */
static const char *next_line(const char **at, char *line)
{
	const char *nl, *open, *shut;

	while (**at) {
		nl = strchr(*at, '\n');
		assert_non_null(nl);
		assert_in_range(nl - *at, 0, MAX_LINE - 1);
		snprintf(line, MAX_LINE, "%.*s", (int)(nl - *at), *at);
		*at = nl + 1;
		if (*line == '#' || !strncmp(line, "libbpf:", 7))
			continue;
		open = strstr(line, " [");
		shut = open ? strchr(open, ']') : NULL;
		if (shut)
			memmove(line + (open - line), shut + 1, strlen(shut + 1) + 1);
		return line;
	}
	return NULL;
}

static void makes_the_recorded_calls(void **state)
{
	const char *name = *state, *want_at, *got_at = spy.text, *want, *got;
	char object[64], want_line[MAX_LINE], got_line[MAX_LINE];
	unsigned int nr = 0;
	int verdict = 0;
	size_t len;

	snprintf(object, sizeof(object), "%.*s", (int)strcspn(name, "."), name);
	run(name, object, &verdict);
	want_at = slurp(name, ".fdtrace", &len);
	do {
		want = next_line(&want_at, want_line);
		got = next_line(&got_at, got_line);
		if (!want != !got || (want && strcmp(want, got)))
			fail_msg("line %u: %s, recorded: %s", nr + 1, got ? got : "the end",
				 want ? want : "the end");
		nr++;
	} while (want);
	assert_true(nr > 10);
}

int main(void)
{
	struct CMUnitTest tests[MAX_TRACES] = { 0 };
	struct dirent **list;
	size_t nr = 0;
	int found, i;

	found = scandir(BEMU_CORPUS "/examples", &list, NULL, alphasort);
	for (i = 0; i < found; i++) {
		char *ext = strstr(list[i]->d_name, ".fdtrace");

		if (ext && nr < MAX_TRACES) {
			snprintf(names[nr], sizeof(names[nr]), "%.*s", (int)(ext - list[i]->d_name),
				 list[i]->d_name);
			tests[nr] = (struct CMUnitTest){ .name = names[nr],
							 .test_func = makes_the_recorded_calls,
							 .initial_state = names[nr] };
			nr++;
		}
		free(list[i]);
	}
	if (found >= 0)
		free(list);
	if (!nr)
		return 1;
	return _cmocka_run_group_tests("example_calls", tests, nr, NULL, NULL);
}
