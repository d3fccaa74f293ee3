/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bpf(2) of the model against rows that were measured on Linux 6.18. */
#include <errno.h>

#include <bemu/backend.h>
#include <bemu/watch.h>

#include "helpers.h"

#include "model/model.h"
#include "sys/sys.h"

enum { ENOTSUPP_K = 524 };

/* 1 INT int, 2 FUNC_PROTO int(void), 3 FUNC f, 4 TYPEDEF btf_trace_tp, 5 VAR v */
static const uint32_t types[] = {
	1, 0x01000000, 4,	   0x01000020, 0,  0x0d000000, 1, 5, 0x0c000000,
	2, 7,	       0x08000000, 1,	       20, 0x0e000000, 1, 1,
};

static uint8_t blob[256];
static uint32_t blob_len;

static void make_blob(void)
{
	static const char strs[] = "\0int\0f\0btf_trace_tp\0v";
	struct btf_header hdr = { .magic = BTF_MAGIC, .version = 1, .hdr_len = 24 };

	hdr.type_len = sizeof(types);
	hdr.str_off = hdr.type_len;
	hdr.str_len = sizeof(strs);
	memcpy(blob, &hdr, sizeof(hdr));
	memcpy(blob + 24, types, sizeof(types));
	memcpy(blob + 24 + hdr.type_len, strs, sizeof(strs));
	blob_len = 24 + hdr.type_len + hdr.str_len;
}

struct world {
	struct bemu *em;
	struct bemu_task *task;
};

static struct world world_of(uint32_t kernel)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct world w = { 0 };

	make_blob();
	assert_int_equal(bemu_new(&opts, &w.em), 0);
	assert_int_equal(bemu_set_vmlinux(w.em, blob, blob_len, 0), 0);
	assert_int_equal(bemu_seal(w.em), 0);
	assert_int_equal(bemu_task_new(w.em, &topts, &w.task), 0);
	return w;
}

static long bpf(struct world *w, uint32_t cmd, const void *attr, uint32_t size)
{
	long kret = -9999;

	assert_int_equal(bemu_sys_bpf(w->task, cmd, (uint64_t)(uintptr_t)attr, size, &kret), 0);
	return kret;
}

static void world_end(struct world *w)
{
	uint32_t i;

	bemu_task_exit(w->task);
	for (i = 0; i < BEMU_OBJ_NR; i++)
		assert_int_equal(bemu_idr_next(&w->em->model.ids[i], i == BEMU_OBJ_BTF), 0);
	assert_int_equal(w->em->model.vmlinux->obj.refs, 1);
	assert_int_equal(bemu_env_live(w->em->env), 0);
	bemu_free(w->em);
}

static long map(struct world *w, uint32_t type, uint32_t key, uint32_t value, uint32_t max)
{
	struct bemu_attr_map_create a = {
		.map_type = type, .key_size = key, .value_size = value, .max_entries = max
	};

	return bpf(w, BPF_MAP_CREATE, &a, sizeof(a));
}

static long prog(struct world *w, const struct bpf_insn *insns, uint32_t nr)
{
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
					 .insn_cnt = nr,
					 .insns = (uint64_t)(uintptr_t)insns,
					 .license = (uint64_t)(uintptr_t) "GPL" };

	return bpf(w, BPF_PROG_LOAD, &a, sizeof(a));
}

static void attribute_sizes(void **state)
{
	struct world w = world_of(0);
	uint8_t a[4104] = { 0 };
	uint32_t array[4] = { 2, 4, 8, 1 };

	(void)state;
	memcpy(a, array, sizeof(array));
	assert_int_equal(bpf(&w, 9999, a + 200, 168), -EINVAL);
	assert_int_equal(bpf(&w, 0, a, 0), -EINVAL);
	assert_int_equal(bpf(&w, 0, a, 16), 3);
	assert_int_equal(bpf(&w, 0, a, 4096), 4);
	assert_int_equal(bpf(&w, 0, a, 4097), -E2BIG);
	a[168] = 1;
	assert_int_equal(bpf(&w, 0, a, 168), 5);
	assert_int_equal(bpf(&w, 0, a, 169), -E2BIG);
	a[92] = 1;
	assert_int_equal(bpf(&w, 0, a, 168), -EINVAL);
	assert_int_equal(bpf(&w, 0, NULL, 168), -EFAULT);
	assert_int_equal(bpf(&w, 0, NULL, 5000), -E2BIG);
	assert_int_equal(bpf(&w, 9999, NULL, 16), -EFAULT);
	world_end(&w);
}

static void maps_and_elements(void **state)
{
	struct world w = world_of(0);
	uint32_t key = 0, next = 0;
	uint64_t value = 7;
	struct bemu_attr_elem a = { .key = (uint64_t)(uintptr_t)&key,
				    .value = (uint64_t)(uintptr_t)&value };

	(void)state;
	assert_int_equal(map(&w, 0, 4, 8, 1), -EINVAL);
	assert_int_equal(map(&w, 2, 8, 8, 1), -EINVAL);
	assert_int_equal(map(&w, 2, 4, 0x80000000u, 1), -E2BIG);
	a.map_fd = (uint32_t)map(&w, 2, 4, 8, 3);
	assert_int_equal(a.map_fd, 3);
	assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &a, 32), 0);
	value = 0;
	assert_int_equal(bpf(&w, BPF_MAP_LOOKUP_ELEM, &a, 32), 0);
	assert_int_equal(value, 7);
	key = 3;
	assert_int_equal(bpf(&w, BPF_MAP_LOOKUP_ELEM, &a, 32), -ENOENT);
	assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &a, 32), -E2BIG);
	key = 77;
	a.value = (uint64_t)(uintptr_t)&next;
	assert_int_equal(bpf(&w, BPF_MAP_GET_NEXT_KEY, &a, 24), 0);
	assert_int_equal(next, 0);
	a.key = a.value = 0;
	assert_int_equal(bpf(&w, BPF_MAP_FREEZE, &a, 4), 0);
	assert_int_equal(bpf(&w, BPF_MAP_FREEZE, &a, 4), -EPERM);
	assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &a, 32), -EPERM);

	a.map_fd = (uint32_t)map(&w, 1, 4, 8, 2);
	a.key = (uint64_t)(uintptr_t)&key;
	a.value = (uint64_t)(uintptr_t)&value;
	assert_int_equal(bpf(&w, BPF_MAP_LOOKUP_ELEM, &a, 32), -ENOENT);
	assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &a, 32), 0);
	a.flags = BPF_NOEXIST;
	assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &a, 32), -EEXIST);
	key = 78;
	assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &a, 32), 0);
	key = 79;
	assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &a, 32), -E2BIG);
	world_end(&w);
}

static void programs_hold_maps(void **state)
{
	struct world w = world_of(0);
	struct bpf_insn insns[] = {
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1 },
		{ 0 },
		{ .code = 0xb7 },
		{ .code = 0x95 },
	};
	struct bemu_attr_id id = { 0 };
	long kret, m = map(&w, 2, 4, 8, 1), p;

	(void)state;
	insns[0].imm = (int32_t)m;
	p = prog(&w, insns, 4);
	assert_int_equal(p, 4);
	assert_int_equal(bemu_sys_close(w.task, (int)m, &kret), 0);
	assert_int_equal(bpf(&w, BPF_MAP_GET_NEXT_ID, &id, 8), 0);
	assert_int_equal(id.next_id, 1);
	assert_int_equal(bemu_sys_close(w.task, (int)p, &kret), 0);
	id.next_id = 0;
	assert_int_equal(bpf(&w, BPF_MAP_GET_NEXT_ID, &id, 8), -ENOENT);
	insns[0].imm = 900;
	assert_int_equal(prog(&w, insns, 4), -EBADF);
	insns[2].code = 0;
	insns[0].src_reg = 0;
	assert_int_equal(prog(&w, insns, 4), -EINVAL);
	assert_int_equal(prog(&w, insns, 0), -E2BIG);
	world_end(&w);
}

static void helpers_by_release(void **state)
{
	static const uint32_t kernels[] = { BEMU_KERNEL_5_15, BEMU_KERNEL_6_1, BEMU_KERNEL_6_18 };
	struct bpf_insn insns[] = { { .code = 0x85, .imm = 211 },
				    { .code = 0xb7 },
				    { .code = 0x95 } };
	uint32_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct world w = world_of(kernels[i]);
		struct bemu_attr_prog_load a = {
			.prog_type = 5,
			.insn_cnt = 3,
			.insns = (uint64_t)(uintptr_t)insns,
			.license = (uint64_t)(uintptr_t) "GPL",
		};

		assert_int_equal(bpf(&w, BPF_PROG_LOAD, &a, 120), i == 2 ? 3 : -EINVAL);
		world_end(&w);
	}
}

static void user_btf(void **state)
{
	struct world w = world_of(0);
	struct bemu_attr_btf_load a = { 0 };
	struct bemu_attr_info info = { 0 };
	struct bpf_btf_info bi = { 0 };
	long fd;

	(void)state;
	a.btf = (uint64_t)(uintptr_t)blob;
	a.btf_size = blob_len;
	fd = bpf(&w, BPF_BTF_LOAD, &a, sizeof(a));
	assert_int_equal(fd, 3);
	info.bpf_fd = (uint32_t)fd;
	info.info_len = sizeof(bi);
	info.info = (uint64_t)(uintptr_t)&bi;
	assert_int_equal(bpf(&w, BPF_OBJ_GET_INFO_BY_FD, &info, sizeof(info)), 0);
	assert_int_equal(bi.id, 2);
	assert_int_equal(bi.btf_size, blob_len);
	assert_int_equal(bi.kernel_btf, 0);
	info.bpf_fd = 900;
	assert_int_equal(bpf(&w, BPF_OBJ_GET_INFO_BY_FD, &info, sizeof(info)), -EBADFD);
	blob[2] = 0;
	assert_int_equal(bpf(&w, BPF_BTF_LOAD, &a, sizeof(a)), -ENOTSUPP_K);
	world_end(&w);
}

static void descriptors(void **state)
{
	struct world w = world_of(0);
	struct bemu_backend be;
	long kret;

	(void)state;
	bemu_backend_sys(w.task, &be);
	assert_int_equal(map(&w, 2, 4, 8, 1), 3);
	assert_int_equal(be.ops->dup(be.ctx, 3, &kret), 0);
	assert_int_equal(kret, 4);
	assert_false(bemu_fd_cloexec(w.task, 4));
	assert_true(bemu_fd_cloexec(w.task, 3));
	assert_int_equal(be.ops->dupfd(be.ctx, 3, 10, &kret), 0);
	assert_int_equal(kret, 10);
	assert_int_equal(be.ops->close(be.ctx, 3, &kret), 0);
	assert_int_equal(be.ops->open(be.ctx, "/sys/kernel/btf/vmlinux", 0, &kret), 0);
	assert_int_equal(kret, 3);
	assert_int_equal(be.ops->dup2(be.ctx, 4, 3, &kret), 0);
	assert_int_equal(kret, 3);
	assert_int_equal(be.ops->close(be.ctx, 500, &kret), 0);
	assert_int_equal(kret, -EBADF);
	world_end(&w);
}

/* Everything a load does, in one go; the first fault ends it. */
static int whole_load(struct bemu_task *task)
{
	struct bpf_insn insns[] = {
		{ .code = 0x18, .dst_reg = 1, .src_reg = 2, .imm = 3 },
		{ 0 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 3, .imm = 5 },
		{ 0 },
		{ .code = 0x85, .src_reg = 2, .imm = 3 },
		{ .code = 0xb7 },
		{ .code = 0x95 },
	};
	struct bpf_func_info fi = { 0, 3 };
	uint32_t key = 1;
	uint64_t value = 5;
	struct bemu_attr_map_create mc = {
		.map_type = 2, .key_size = 4, .value_size = 8, .max_entries = 1
	};
	struct bemu_attr_map_create hc = { .map_type = 1,
					   .key_size = 4,
					   .value_size = 8,
					   .max_entries = 4,
					   .btf_fd = 4,
					   .btf_key_type_id = 1,
					   .btf_value_type_id = 1 };
	struct bemu_attr_btf_load bl = { .btf = (uint64_t)(uintptr_t)blob, .btf_size = blob_len };
	struct bemu_attr_elem eh = { .map_fd = 5,
				     .key = (uint64_t)(uintptr_t)&key,
				     .value = (uint64_t)(uintptr_t)&value };
	struct bemu_attr_prog_load pl = {
		.prog_type = 1,
		.insn_cnt = 7,
		.insns = (uint64_t)(uintptr_t)insns,
		.license = (uint64_t)(uintptr_t) "GPL",
		.prog_btf_fd = 4,
		.func_info_rec_size = 8,
		.func_info = (uint64_t)(uintptr_t)&fi,
		.func_info_cnt = 1,
	};
	struct bemu_attr_obj pin = { .pathname = (uint64_t)(uintptr_t) "/sys/fs/bpf/p",
				     .bpf_fd = 6 };
	struct bemu_attr_id id = { .id = 1 };
	const struct {
		uint32_t cmd;
		const void *attr;
		uint32_t size;
		long want;
	} calls[] = {
		{ BPF_MAP_CREATE, &mc, sizeof(mc), 3 }, { BPF_BTF_LOAD, &bl, sizeof(bl), 4 },
		{ BPF_MAP_CREATE, &hc, sizeof(hc), 5 }, { BPF_MAP_UPDATE_ELEM, &eh, 32, 0 },
		{ BPF_PROG_LOAD, &pl, 152, 6 },		{ BPF_OBJ_PIN, &pin, 20, 0 },
		{ BPF_MAP_GET_FD_BY_ID, &id, 12, 7 },
	};
	size_t i;
	long kret;
	int err;

	hc.value_size = 4;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct bemu_model *model = task->model;
		uint32_t next[BEMU_OBJ_NR], nr_open = task->fds->nr_open, k;
		uint64_t vaddr = model->next_vaddr;

		for (k = 0; k < BEMU_OBJ_NR; k++)
			next[k] = model->ids[k].next;
		err = bemu_sys_bpf(task, calls[i].cmd, (uint64_t)(uintptr_t)calls[i].attr,
				   calls[i].size, &kret);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(task->fds->nr_open, nr_open);
			assert_true(vaddr == model->next_vaddr);
			for (k = 0; k < BEMU_OBJ_NR; k++)
				assert_int_equal(next[k], model->ids[k].next);
			return err;
		}
		assert_int_equal(kret, calls[i].want);
	}
	return 0;
}

static void failed_allocation_changes_nothing(void **state)
{
	unsigned long n;

	(void)state;
	make_blob();
	for (n = 1; n < 10000; n++) {
		struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
		struct bemu_opts opts = { .size = sizeof(opts) };
		struct bemu_task *task;
		struct test_alloc a;
		struct bemu *em = NULL;
		int err;

		test_alloc_init(&a, n);
		opts.alloc = &a.ops;
		err = bemu_new(&opts, &em);
		if (!err)
			err = bemu_set_vmlinux(em, blob, blob_len, 0);
		if (!err)
			err = bemu_seal(em);
		if (!err)
			err = bemu_task_new(em, &topts, &task);
		if (!err) {
			err = whole_load(task);
			if (!err && a.nr_calls < n)
				n = 100000;
			bemu_task_exit(task);
			err = bemu_pin_remove(&em->model, "/sys/fs/bpf/p", false);
			assert_true(!err || (err == -ENOENT && n < 100000));
			assert_int_equal(bemu_idr_next(&em->model.ids[BEMU_OBJ_PROG], 0), 0);
			assert_int_equal(bemu_idr_next(&em->model.ids[BEMU_OBJ_MAP], 0), 0);
			assert_int_equal(bemu_idr_next(&em->model.ids[BEMU_OBJ_BTF], 1), 0);
			assert_int_equal(em->model.vmlinux->obj.refs, 1);
		} else {
			assert_int_equal(err, -ENOMEM);
		}
		bemu_free(em);
		assert_int_equal(a.live, 0);
	}
	assert_int_equal(n, 100001);
}

static long sleepy(struct world *w, uint32_t type, uint32_t attach, uint32_t flags)
{
	static const struct bpf_insn insns[] = { { .code = 0xb7 }, { .code = 0x95 } };
	struct bemu_attr_prog_load a = { .prog_type = type,
					 .insn_cnt = 2,
					 .insns = (uint64_t)(uintptr_t)insns,
					 .license = (uint64_t)(uintptr_t) "GPL",
					 .expected_attach_type = attach,
					 .prog_flags = flags };
	long fd = bpf(w, BPF_PROG_LOAD, &a, sizeof(a)), closed = 0;

	if (fd < 0)
		return fd;
	assert_int_equal(bemu_sys_close(w->task, (int)fd, &closed), 0);
	return closed;
}

static void what_may_sleep_depends_on_the_release(void **state)
{
	struct world old = world_of(BEMU_KERNEL_5_15), w = world_of(0);

	(void)state;
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_KPROBE, 0, BPF_F_SLEEPABLE), 0);
	assert_int_equal(sleepy(&old, BPF_PROG_TYPE_KPROBE, 0, BPF_F_SLEEPABLE), -EINVAL);
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_XDP, 0, 0), 0);
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_XDP, 0, BPF_F_SLEEPABLE), -EINVAL);
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_SYSCALL, 0, BPF_F_SLEEPABLE), 0);
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_STRUCT_OPS, 0, 0), -ENOTSUPP_K);
	assert_int_equal(sleepy(&old, BPF_PROG_TYPE_STRUCT_OPS, 0, 0), -ENOTSUPP_K);
	assert_int_equal(sleepy(&old, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 49, 0), -EINVAL);
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 54, 0), -EINVAL);
	world_end(&old);
	world_end(&w);
}

static void capabilities_are_asked_by_type(void **state)
{
	struct world w = world_of(0);
	struct bemu_task_opts net = { .size = sizeof(net),
				      .no_caps = BEMU_CAP_NET_ADMIN | BEMU_CAP_SYS_ADMIN };
	struct bemu_task_opts perf = { .size = sizeof(perf),
				       .no_caps = BEMU_CAP_PERFMON | BEMU_CAP_SYS_ADMIN };
	struct bemu_task *all = w.task, *no_net, *no_perf;

	(void)state;
	assert_int_equal(bemu_task_new(w.em, &net, &no_net), 0);
	assert_int_equal(bemu_task_new(w.em, &perf, &no_perf), 0);
	w.task = no_net;
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_XDP, 0, 0), -EPERM);
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_KPROBE, 0, 0), 0);
	assert_int_equal(map(&w, BPF_MAP_TYPE_XSKMAP, 4, 4, 1), -EPERM);
	/* a sock map is looked at after the capabilities, a device map before them */
	assert_int_equal(map(&w, BPF_MAP_TYPE_SOCKMAP, 5, 4, 1), -EPERM);
	assert_int_equal(map(&w, BPF_MAP_TYPE_DEVMAP, 5, 4, 1), -EINVAL);
	w.task = no_perf;
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_KPROBE, 0, 0), -EPERM);
	assert_int_equal(sleepy(&w, BPF_PROG_TYPE_XDP, 0, 0), 0);
	w.task = all;
	bemu_task_exit(no_net);
	bemu_task_exit(no_perf);
	world_end(&w);
}

static int count_begin(void *ctx, const struct bemu_seen *seen)
{
	(void)ctx;
	assert_int_equal(seen->kind, BEMU_SEEN_OPEN);
	assert_string_equal(seen->name, "/sys/kernel/btf/vmlinux");
	return 0;
}

static int count_end(void *ctx, struct bemu_seen *seen)
{
	*(int64_t *)ctx = seen->ret;
	return 0;
}

static void a_watcher_is_told_of_files_that_are_opened(void **state)
{
	int64_t seen = 0;
	struct bemu_watch watch = {
		.size = sizeof(watch), .begin = count_begin, .end = count_end, .ctx = &seen
	};
	struct world w = world_of(0);
	struct bemu_backend be;
	long fd = 0;

	(void)state;
	bemu_backend_sys(w.task, &be);
	bemu_task_watch(w.task, &watch);
	assert_int_equal(be.ops->open(be.ctx, "/sys/kernel/btf/vmlinux", 0, &fd), 0);
	bemu_task_watch(w.task, NULL);
	assert_int_equal(fd, 3);
	assert_int_equal(seen, 3);
	world_end(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_watcher_is_told_of_files_that_are_opened),
		cmocka_unit_test(what_may_sleep_depends_on_the_release),
		cmocka_unit_test(capabilities_are_asked_by_type),
		cmocka_unit_test(attribute_sizes),
		cmocka_unit_test(maps_and_elements),
		cmocka_unit_test(programs_hold_maps),
		cmocka_unit_test(helpers_by_release),
		cmocka_unit_test(user_btf),
		cmocka_unit_test(descriptors),
		cmocka_unit_test(failed_allocation_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
