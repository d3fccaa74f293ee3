// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What calls cost while 10 and 100,000 maps, BTFs, programs and names are there: nothing may grow with what is
 * merely open. And what a reset costs, and a recount of references.
 */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bemu/life.h>
#include <bemu/module.h>

#include "bench.h"
#include "progload.h"

#include "audit/refs.h"
#include "model/model.h"
#include "sys/sys.h"

/* 1 INT int */
static const uint8_t blob[] = {
	0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0,  0, 0, 16, 0, 0,   0,	  5,   0, 0,
	0,    1,    0, 0, 0,  0, 0, 0, 1, 4, 0, 0, 0,  32, 0, 0, 1,  0, 'i', 'n', 't', 0,
};

struct state {
	struct bemu *em;
	struct bemu_task *t;
	struct bemu_env *env;
	long map;
};

static long bpf(struct state *s, uint32_t cmd, void *attr, uint32_t size)
{
	long kret;

	if (bemu_sys_bpf(s->t, cmd, (uint64_t)(uintptr_t)attr, size, &kret))
		bench_die("bpf", "fault");
	if (kret < 0)
		bench_die("bpf", "refused");
	return kret;
}

static void shut(struct state *s, long fd)
{
	long kret;

	if (bemu_sys_close(s->t, (int)fd, &kret) || kret)
		bench_die("close", "refused");
}

static long new_map(struct state *s)
{
	struct bemu_attr_map_create a = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1
	};

	return bpf(s, BPF_MAP_CREATE, &a, 20);
}

static long new_btf(struct state *s)
{
	struct bemu_attr_btf_load a = { .btf = (uint64_t)(uintptr_t)blob,
					.btf_size = sizeof(blob) };

	return bpf(s, BPF_BTF_LOAD, &a, 28);
}

static long new_prog(struct state *s)
{
	const struct bpf_insn insns[] = { LD64(1, 1, s->map, 0), RETURN0 };
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
					 .insns = (uint64_t)(uintptr_t)insns,
					 .insn_cnt = 4,
					 .license = (uint64_t)(uintptr_t) "GPL" };

	return bpf(s, BPF_PROG_LOAD, &a, 128);
}

static void name_of(char *buf, size_t len, uint32_t i)
{
	snprintf(buf, len, "/sys/fs/bpf/n%u", i);
}

static void pin(struct state *s, const char *path)
{
	struct bemu_attr_obj a = { .pathname = (uint64_t)(uintptr_t)path,
				   .bpf_fd = (uint32_t)s->map };

	(void)bpf(s, BPF_OBJ_PIN, &a, 20);
}

static void do_map(void *ctx)
{
	shut(ctx, new_map(ctx));
}

static void do_btf(void *ctx)
{
	shut(ctx, new_btf(ctx));
}

static void do_prog(void *ctx)
{
	shut(ctx, new_prog(ctx));
}

static void do_dup(void *ctx)
{
	struct state *s = ctx;
	long fd;

	if (bemu_sys_dup(s->t, (int)s->map, &fd))
		bench_die("dup", "fault");
	shut(s, fd);
}

/* The lowest number becomes free and is taken again, and then one behind all others. */
static void do_low(void *ctx)
{
	struct state *s = ctx;
	long a, b;

	shut(s, 1);
	if (bemu_sys_dup(s->t, (int)s->map, &a) || bemu_sys_dup(s->t, (int)s->map, &b) || a != 1)
		bench_die("dup", "not the lowest number");
	shut(s, b);
}

static void do_next_id(void *ctx)
{
	struct bemu_attr_id a = { .id = 1 };

	(void)bpf(ctx, BPF_MAP_GET_NEXT_ID, &a, 8);
}

static void do_by_id(void *ctx)
{
	struct bemu_attr_id a = { .id = 2 };

	shut(ctx, bpf(ctx, BPF_MAP_GET_FD_BY_ID, &a, 12));
}

static void do_info(void *ctx)
{
	struct state *s = ctx;
	struct bpf_map_info info = { 0 };
	struct bemu_attr_info a = { .bpf_fd = (uint32_t)s->map,
				    .info_len = sizeof(info),
				    .info = (uint64_t)(uintptr_t)&info };

	(void)bpf(s, BPF_OBJ_GET_INFO_BY_FD, &a, 16);
}

static void do_pin(void *ctx)
{
	struct state *s = ctx;
	long kret;

	pin(s, "/sys/fs/bpf/once");
	if (bemu_sys_unlink(s->t, "/sys/fs/bpf/once", &kret) || kret)
		bench_die("unlink", "refused");
}

static void do_audit(void *ctx)
{
	struct state *s = ctx;
	struct bemu_findings set;

	bemu_findings_init(&set, s->env);
	if (bemu_refs_audit(&s->em->model, 1, &set) || set.nr)
		bench_die("audit", "findings");
	bemu_findings_fini(&set);
}

static const struct {
	const char *id;
	void (*run)(void *ctx);
} ops[] = {
	{ "map_create_close", do_map }, { "btf_load_close", do_btf },
	{ "prog_load_close", do_prog }, { "dup_close", do_dup },
	{ "close_lowest", do_low },	{ "next_id", do_next_id },
	{ "fd_by_id_close", do_by_id }, { "obj_get_info", do_info },
	{ "pin_unlink", do_pin },
};

static void set_up(struct state *s, uint32_t nr)
{
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	char path[64];
	uint32_t i;

	if (bemu_new(NULL, &s->em) ||
	    bemu_set_vmlinux(s->em, blob, sizeof(blob), BEMU_BTF_BORROW) || bemu_seal(s->em) ||
	    bemu_task_new(s->em, &topts, &s->t) || bemu_env_new(NULL, NULL, &s->env))
		bench_die("world", "no memory");
	s->map = new_map(s);
	for (i = 0; i < nr; i++) {
		(void)new_map(s);
		(void)new_btf(s);
		(void)new_prog(s);
		name_of(path, sizeof(path), i);
		pin(s, path);
	}
}

/* What a fuzzer does: sixteen objects, and everything forgotten. */
static void do_sixteen(struct state *s)
{
	uint32_t i;

	if (bemu_task_new(s->em, NULL, &s->t))
		bench_die("task", "no memory");
	s->map = new_map(s);
	for (i = 0; i < 5; i++) {
		(void)new_map(s);
		(void)new_btf(s);
		(void)new_prog(s);
	}
}

static void do_sixteen_reset(void *ctx)
{
	struct state *s = ctx;

	do_sixteen(s);
	bemu_reset(s->em);
}

/* The same objects, closed by the end of their task in place of a reset. */
static void do_sixteen_only(void *ctx)
{
	struct state *s = ctx;

	do_sixteen(s);
	bemu_task_exit(s->t);
}

static void do_reset(void *ctx)
{
	bemu_reset(((struct state *)ctx)->em);
}

/* ---- the running kernel, where it may be asked ---- */

static long host_bpf(uint32_t cmd, void *attr, uint32_t size)
{
	return syscall(SYS_bpf, cmd, attr, size);
}

static void host_shut(long fd)
{
	if (fd < 0 || close((int)fd))
		bench_die("host", "refused");
}

static long host_map(void)
{
	struct bemu_attr_map_create a = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1
	};

	return host_bpf(BPF_MAP_CREATE, &a, 20);
}

static void host_do_map(void *ctx)
{
	(void)ctx;
	host_shut(host_map());
}

static void host_do_btf(void *ctx)
{
	struct bemu_attr_btf_load a = { .btf = (uint64_t)(uintptr_t)blob,
					.btf_size = sizeof(blob) };

	(void)ctx;
	host_shut(host_bpf(BPF_BTF_LOAD, &a, 28));
}

static void host_do_next_id(void *ctx)
{
	struct bemu_attr_id a = { .id = 0 };

	(void)ctx;
	(void)host_bpf(BPF_BTF_GET_NEXT_ID, &a, 8);
}

static void host_do_by_id(void *ctx)
{
	struct bemu_attr_id a = { .id = *(uint32_t *)ctx };

	host_shut(host_bpf(BPF_MAP_GET_FD_BY_ID, &a, 12));
}

static void host_do_info(void *ctx)
{
	struct bpf_map_info info = { 0 };
	struct bemu_attr_info a = { .bpf_fd = *(uint32_t *)ctx,
				    .info_len = sizeof(info),
				    .info = (uint64_t)(uintptr_t)&info };

	if (host_bpf(BPF_OBJ_GET_INFO_BY_FD, &a, 16))
		bench_die("host", "info refused");
}

static const struct {
	const char *id;
	void (*run)(void *ctx);
	bool by_id, by_fd;
} host_ops[] = {
	{ "map_create_close", host_do_map, false, false },
	{ "btf_load_close", host_do_btf, false, false },
	{ "next_id", host_do_next_id, false, false },
	{ "fd_by_id_close", host_do_by_id, true, false },
	{ "obj_get_info", host_do_info, false, true },
};

/* Our time beside the kernel's for the same call, its system time counted; nothing without the privilege. */
static void beside_the_kernel(struct state *s)
{
	struct bpf_map_info info = { 0 };
	struct bemu_attr_info a = { .info_len = sizeof(info), .info = (uint64_t)(uintptr_t)&info };
	long fd = host_map();
	uint32_t arg;
	size_t i, j;

	if (fd < 0)
		return;
	a.bpf_fd = (uint32_t)fd;
	if (host_bpf(BPF_OBJ_GET_INFO_BY_FD, &a, 16))
		bench_die("host", "info refused");
	for (i = 0; i < BEMU_ARRAY_SIZE(host_ops); i++) {
		char id[64];

		for (j = 0; strcmp(ops[j].id, host_ops[i].id) != 0; j++)
			;
		arg = host_ops[i].by_id ? info.id : host_ops[i].by_fd ? (uint32_t)fd : 0;
		snprintf(id, sizeof(id), "kernel-%s", ops[j].id);
		bench_row(id, "ns", bench_time(ops[j].run, s, 0.1) * 1e9,
			  bench_time_all(host_ops[i].run, &arg, 0.1) * 1e9);
	}
	close((int)fd);
}

/* ---- counted ---- */

enum { WARM = 100, RUNS = 100 };

/* What callgrind counts; one dump a call, in the order of names(). */
void bench_measured_life(void (*run)(void *ctx), void *ctx, uint32_t nr);
__attribute__((noinline)) void bench_measured_life(void (*run)(void *ctx), void *ctx, uint32_t nr)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		run(ctx);
}

static void counted(uint32_t nr)
{
	struct state s;
	size_t i;
	uint32_t n;

	set_up(&s, nr);
	for (i = 0; i < BEMU_ARRAY_SIZE(ops); i++) {
		for (n = 0; n < WARM; n++)
			ops[i].run(&s);
		bench_measured_life(ops[i].run, &s, RUNS);
	}
	bench_measured_life(do_audit, &s, 1);
	bemu_free(s.em);
	bemu_env_free(s.env);
	set_up(&s, 0);
	do_sixteen_reset(&s);
	do_sixteen(&s);
	bench_measured_life(do_reset, &s, 1);
	bemu_free(s.em);
	bemu_env_free(s.env);
}

/* What counted() counts, in its order, and how often each is done. */
static void names(uint32_t nr)
{
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(ops); i++)
		printf("%s\t%d\n", ops[i].id, RUNS);
	printf("audit\t%u\nreset\t1\n", 3 * nr);
}

/* Pages that come new, or back, while a fuzzer's loop goes round. */
static long faults_of_resets(struct state *s)
{
	struct rusage before, after;
	uint32_t i;

	for (i = 0; i < WARM; i++)
		do_sixteen_reset(s);
	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < 1000; i++)
		do_sixteen_reset(s);
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt + after.ru_majflt - before.ru_majflt;
}

static void timed(void)
{
	static const uint32_t sizes[] = { 10, 100000 };
	double t[2][BEMU_ARRAY_SIZE(ops)], audit[2];
	struct state s;
	char id[64];
	size_t i, n;

	for (n = 0; n < 2; n++) {
		set_up(&s, sizes[n]);
		for (i = 0; i < BEMU_ARRAY_SIZE(ops); i++)
			t[n][i] = bench_time(ops[i].run, &s, 0.1);
		audit[n] = bench_time(do_audit, &s, 0.1);
		if (!n)
			beside_the_kernel(&s);
		bemu_free(s.em);
		bemu_env_free(s.env);
	}
	for (i = 0; i < BEMU_ARRAY_SIZE(ops); i++) {
		snprintf(id, sizeof(id), "open-%s", ops[i].id);
		bench_row(id, "ns", t[0][i] * 1e9, t[1][i] * 1e9);
	}
	bench_row("audit", "ns an object", audit[0] * 1e9 / (3.0 * sizes[0]),
		  audit[1] * 1e9 / (3.0 * sizes[1]));
	set_up(&s, 0);
	bench_row_alone("sixteen_objects_and_reset", "ns",
			bench_time(do_sixteen_reset, &s, 0.1) * 1e9);
	bench_row_alone("sixteen_objects", "ns", bench_time(do_sixteen_only, &s, 0.1) * 1e9);
	bench_row_alone("empty_reset", "ns", bench_time(do_reset, &s, 0.1) * 1e9);
	bench_row_alone("page_faults_of_1000_resets", "", (double)faults_of_resets(&s));
	bemu_free(s.em);
	bemu_env_free(s.env);
}

/* Without arguments: times. "names NR" and "counted NR": see ci/bench-life.sh */
int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "names"))
		names((uint32_t)strtoul(argv[2], NULL, 10));
	else if (argc == 3 && !strcmp(argv[1], "counted"))
		counted((uint32_t)strtoul(argv[2], NULL, 10));
	else
		timed();
	return 0;
}
