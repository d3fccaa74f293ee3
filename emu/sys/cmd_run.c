/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* PROG_TEST_RUN (also PROG_RUN) of BPF_PROG_TYPE_SYSCALL programs. */
#include <string.h>

#include "base/ints.h"
#include "sys/sys.h"
#include "vm/vm.h"

enum { RETVAL_OFF = 4, K_U16_MAX = 65535 };

static const uint64_t ctx_addr = 0xffff888000000000ull;

/*
 * Types that have no test_run operation, v6.18: kprobe, tracepoint, perf_event, cgroup_sock, sock_ops,
 * sk_skb, cgroup_device, sk_msg, cgroup_sock_addr, lirc_mode2, sk_reuseport, cgroup_sysctl,
 * cgroup_sockopt, ext, lsm.
 */
static bool has_no_test_run(uint32_t type)
{
	static const uint32_t none[] = { 2, 5, 7, 9, 13, 14, 15, 16, 18, 20, 21, 23, 25, 28, 29 };
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(none); i++)
		if (none[i] == type)
			return true;
	return false;
}

static int map_region(struct bemu_run *run, uint64_t base, uint64_t len, void *host, uint32_t perm,
		      const char *name)
{
	struct bemu_vm_region region = {
		.base = base,
		.len = len,
		.host = host,
		.perm = perm,
		.name = name,
	};

	return bemu_vm_map(run->vm, &region);
}

/* The values of array maps; what other maps hold is reached through helpers alone. */
static int map_values(struct bemu_run *run)
{
	struct bemu_model *model = run->call->model;
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < run->prog->nr_used_maps; i++) {
		struct bemu_map *map = run->prog->used_maps[i];
		uint32_t perm = BEMU_VM_READ | BEMU_VM_WRITE;

		err = map_region(run, map->kaddr, sizeof(map->head), &map->head, BEMU_VM_READ,
				 "a map's object");
		if (err || map->type != BPF_MAP_TYPE_ARRAY)
			continue;
		if (map->flags & BPF_F_RDONLY_PROG)
			perm = BEMU_VM_READ;
		else if (map->flags & BPF_F_WRONLY_PROG)
			perm = BEMU_VM_WRITE;
		err = bemu_map_touch(model, map);
		if (!err)
			err = map_region(run, map->vaddr, (uint64_t)map->stride * map->max_entries,
					 map->data, perm, map->name);
	}
	return err;
}

/* The end of the run, with the context as the caller will see it. */
static int tell_exit(struct bemu_run *run, uint32_t ctx_len, uint64_t r0)
{
	struct bemu_told told;

	bemu_run_tell(run, &told, BEMU_SEEN_EXIT);
	told.told = true;
	told.seen.uattr = ctx_len ? ctx_addr : 0;
	told.seen.attr_len = ctx_len;
	told.seen.attr = told.attr;
	told.seen.name = "";
	return bemu_tell_end(&told, bemu_wrap_s32(r0));
}

/* A trap: the verifier, which is not modelled, would have refused the program. */
static long trapped(struct bemu_run *run, const struct bemu_vm_trap *trap)
{
	struct bemu_env *env = run->call->env;

	if (trap->reason == BEMU_VM_TRAP_BUDGET)
		return bemu_env_step(env, UINT64_MAX);
	(void)bemu_fail(env, -EOPNOTSUPP, BEMU_R_SYS_TRAP, trap->insn_idx,
			"no verifier lets program %s pass: insn %u: %s: %u bytes at 0x%llx%s%s",
			run->prog->name, trap->insn_idx, bemu_vm_trap_name(trap->reason), trap->len,
			(unsigned long long)trap->addr, trap->region ? " in " : "",
			trap->region ? trap->region : "");
	return BEMU_SYS_UNMODELLED;
}

static long run_prog(struct bemu_run *run, uint8_t *ctx, uint32_t ctx_len, uint32_t *retval)
{
	const struct bemu_vm_ops ops = { .helper = bemu_run_helper, .ctx = run };
	struct bemu_env *env = run->call->env;
	struct bemu_vm_prog *code = NULL;
	struct bemu_vm_trap trap;
	uint64_t r0 = 0;
	long res;

	res = bemu_vm_decode(env, run->prog->insns, run->prog->nr_insns, &code);
	if (res) {
		if (res == -ENOMEM)
			return res;
		run->outside = true; /* the log has the instruction */
		return bemu_unmodelled(run->call, "a program that no verifier lets pass");
	}
	res = bemu_vm_new(env, &ops, &run->vm);
	if (!res)
		res = map_values(run);
	if (!res && ctx_len)
		res = map_region(run, ctx_addr, ctx_len, ctx, BEMU_VM_READ | BEMU_VM_WRITE,
				 "context");
	if (!res && run->call->task->watch)
		res = bemu_vm_track(run->vm);
	if (!res) {
		bemu_run_mem(run);
		res = bemu_vm_run(run->vm, code, ctx_len ? ctx_addr : 0, env->steps_left, &r0,
				  &trap);
		if (res == -EFAULT)
			res = trapped(run, &trap);
		else if (run->outside)
			res = BEMU_SYS_UNMODELLED;
	}
	if (!res)
		res = tell_exit(run, ctx_len, r0);
	*retval = (uint32_t)r0;
	bemu_vm_free(run->vm);
	bemu_vm_prog_free(env, code);
	return res;
}

/* Mirrors bpf_prog_test_run_syscall(), net/bpf/test_run.c, v6.18. */
static long run_syscall(struct bemu_call_ctx *ctx, struct bemu_prog *prog)
{
	const struct bemu_attr_test *a = &ctx->attr.test;
	struct bemu_run run = { .call = ctx, .prog = prog };
	uint32_t ctx_end = 0, retval = 0;
	uint8_t *copy = NULL;
	long res;

	if (a->data_in || a->data_out || a->ctx_out || a->duration || a->repeat || a->flags ||
	    a->batch_size)
		return -EINVAL;
	res = bemu_run_ctx_end(ctx->env, prog, &ctx_end);
	if (res)
		return res;
	if (a->ctx_size_in < ctx_end)
		return bemu_fail(ctx->env, -EINVAL, BEMU_R_SYS_RUN_CTX, ctx_end,
				 "program %s reads %u bytes of its context, which has %u",
				 prog->name, ctx_end, a->ctx_size_in);
	if (a->ctx_size_in > K_U16_MAX)
		return -EINVAL;
	if (a->ctx_size_in) {
		copy = bemu_alloc(ctx->env, a->ctx_size_in);
		if (!copy)
			return -ENOMEM;
		res = bemu_ctx_read(ctx, a->ctx_in, copy, a->ctx_size_in);
	}
	/* the number may be closed while the program runs */
	bemu_obj_get(ctx->model, &prog->obj);
	if (!res)
		res = run_prog(&run, copy, a->ctx_size_in, &retval);
	if (!res && bemu_ctx_put_attr(ctx, RETVAL_OFF, &retval, sizeof(retval)))
		res = -EFAULT;
	if (!res && a->ctx_size_in)
		res = bemu_ctx_write(ctx, a->ctx_in, copy, a->ctx_size_in);
	bemu_obj_put(ctx->model, &prog->obj);
	bemu_mem_free(ctx->env, copy);
	return res;
}

/* Mirrors bpf_prog_test_run(), kernel/bpf/syscall.c, v6.18. */
long bemu_cmd_test_run(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_test *a = &ctx->attr.test;
	struct bemu_prog *prog;
	struct bemu_kobj *obj;
	int err;

	if (!a->ctx_size_in != !a->ctx_in || !a->ctx_size_out != !a->ctx_out)
		return -EINVAL;
	err = bemu_ctx_fd(ctx, a->prog_fd, BEMU_FILE_PROG, NULL, &obj);
	if (err)
		return err;
	prog = (struct bemu_prog *)obj;
	if (prog->type == BPF_PROG_TYPE_SYSCALL)
		return run_syscall(ctx, prog);
	if (has_no_test_run(prog->type))
		return -BEMU_K_ENOTSUPP;
	return bemu_unmodelled(ctx, "a test run of this program type");
}
