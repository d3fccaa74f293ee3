/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What a scenario may not ask of a running kernel: files outside bpffs. Needs no privilege. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <bemu/life.h>

#include "helpers.h"

#include "host/host.h"
#include "scenario/run.h"
#include "sys/sys.h"
#include "uapi/btf.h"

/* A kernel whose BTF is one int. */
static const struct {
	struct btf_header hdr;
	struct btf_type type;
	uint32_t bits;
	char strs[8];
} vmlinux = {
	.hdr = { .magic = BTF_MAGIC,
		 .version = BTF_VERSION,
		 .hdr_len = sizeof(struct btf_header),
		 .type_len = sizeof(struct btf_type) + sizeof(uint32_t),
		 .str_off = sizeof(struct btf_type) + sizeof(uint32_t),
		 .str_len = 5 },
	.type = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = 4 },
	.bits = BTF_INT_SIGNED << 24 | 32,
	.strs = "\0int",
};

static long host_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size)
{
	(void)cmd;
	(void)attr;
	(void)size;
	++*(uint32_t *)ctx;
	return -ENOENT;
}

static long host_unlink(void *ctx, const char *path)
{
	++*(uint32_t *)ctx;
	return bemu_host_unlink(NULL, path);
}

static void run_on(long (*bpf)(void *ctx, uint32_t cmd, void *attr, uint32_t size),
		   const char *text, bool skipped, uint32_t nr_calls)
{
	uint32_t nr = 0;
	struct bemu_scn_kernel kernel = { .size = sizeof(kernel),
					  .ctx = &nr,
					  .release = BEMU_KERNEL_6_18,
					  .vmlinux = &vmlinux,
					  .vmlinux_len = offsetof(typeof(vmlinux), strs) + 5,
					  .prefix = "/sys/fs/bpf/bemu_unit_",
					  .bpf = bpf,
					  .unlink = host_unlink };
	struct bemu_scn_opts opts = { .size = sizeof(opts), .kernel = &kernel };
	struct bemu_scn_result res = { 0 };
	struct bemu_scn_where where = { 0 };
	struct bemu_scn *scn = NULL;
	struct bemu_env *env;

	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	assert_int_equal(bemu_scn_parse(env, text, strlen(text), &where, &scn), 0);
	if (bemu_scn_run(env, scn, &opts, &where, &res))
		fail_msg("%u:%u: %s", where.line, where.col, where.text);
	assert_int_equal(!!res.skipped, skipped);
	assert_int_equal(nr, nr_calls);
	assert_int_equal(res.nr_unmet, 0);
	bemu_scn_free(scn);
	bemu_env_free(env);
}

static void run_text(const char *text, bool skipped, uint32_t nr_calls)
{
	run_on(host_bpf, text, skipped, nr_calls);
}

static void a_file_elsewhere_survives(void **state)
{
	char path[] = "/tmp/bemu-unit-XXXXXX", text[512];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	(void)snprintf(text, sizeof(text), "scenario: a\nunlink %s -> 0\n", path);
	run_text(text, true, 0);
	(void)snprintf(text, sizeof(text), "scenario: a\nunlink /sys/fs/bpf/../../..%s -> 0\n",
		       path);
	run_text(text, true, 0);
	(void)snprintf(text, sizeof(text), "/sys/fs/bpf/../../..%s", path);
	assert_int_equal(bemu_host_unlink(NULL, path), -EPERM);
	assert_int_equal(bemu_host_unlink(NULL, text), -EPERM);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(unlink(path), 0);
}

static void pin_and_get_stay_in_bpffs(void **state)
{
	(void)state;
	run_text("scenario: a\nget /etc/x -> -ENOENT\n", true, 0);
	run_text("scenario: a\nget /sys/fs/bpf/x -> -ENOENT\nget /sys/fs/bpf -> -ENOENT\n", true,
		 0);
	run_text("scenario: a\npin 3 /sys/fs/bpf/../x -> -ENOENT\n", true, 0);
	run_text("scenario: a\npin 3 \"/sys/fs/cgroup/x\" -> -ENOENT\n", true, 0);
}

static void names_in_bpffs_are_asked_about(void **state)
{
	(void)state;
	run_text("scenario: a\nget /sys/fs/bpf/x -> -ENOENT\npin 3 /sys/fs/bpf/x -> -ENOENT\n",
		 false, 2);
}

static void bytes_of_a_path_are_not_given(void **state)
{
	(void)state;
	run_text("scenario: a\nbpf OBJ_GET { ptr 0 \"2f6100\" } -> -ENOENT\n", true, 0);
	run_text("scenario: a\nbpf 6 { ptr 0 \"2f6100\" } -> -ENOENT\n", true, 0);
	run_text("scenario: a\nbpf 8 { u32 0 1 } -> -ENOENT\n", true, 0);
	run_text("scenario: a\nbpf MAP_FREEZE { u32 0 99 } -> -ENOENT\n", false, 1);
}

/* A kernel whose objects all have the id 41, and which opens every id. */
static long host_makes(void *ctx, uint32_t cmd, void *attr, uint32_t size)
{
	struct bemu_attr_info info;
	uint32_t id = 41;

	if (cmd == BPF_OBJ_GET_INFO_BY_FD) {
		memcpy(&info, attr, size < sizeof(info) ? size : sizeof(info));
		memcpy((uint8_t *)(uintptr_t)info.info + 4, &id, sizeof(id));
		return 0;
	}
	++*(uint32_t *)ctx;
	return 3;
}

static void objects_of_others_are_not_opened_by_id(void **state)
{
	static const char make[] = "scenario: a\nmap create array 4 4 1 -> ok\n";
	static const struct {
		const char *step;
		bool skipped;
	} cases[] = {
		{ "open map 41 -> ok\n", false },
		{ "open map 42 -> ok\n", true },
		{ "open prog 41 -> ok\n", true },
		{ "open btf 1 -> ok\n", false },
		{ "open btf 2 -> ok\n", true },
		{ "open map 0 -> ok\n", false },
		{ "open map 2147483647 -> ok\n", false },
		{ "bpf MAP_GET_FD_BY_ID { u32 0 42 } -> ok\n", true },
		{ "bpf MAP_GET_FD_BY_ID size=1 { u32 0 298 } -> ok\n", true }, /* the byte is 42 */
		{ "bpf LINK_CREATE { u32 0 3 } -> ok\n", false },
		{ "prog load syscall flags=16 { call 166; exit } -> ok\n", true },
		{ "prog load syscall flags=16 { call 167; exit } -> ok\n", false },
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(cases); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", make, cases[i].step);
		run_on(host_makes, text, cases[i].skipped, cases[i].skipped ? 1 : 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_elsewhere_survives),
		cmocka_unit_test(pin_and_get_stay_in_bpffs),
		cmocka_unit_test(names_in_bpffs_are_asked_about),
		cmocka_unit_test(bytes_of_a_path_are_not_given),
		cmocka_unit_test(objects_of_others_are_not_opened_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
