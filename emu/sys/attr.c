/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The entry of bpf(2): size and tail rules, the switch, and what commands share. */
#include <string.h>

#include "sys/sys.h"

enum { K_PAGE_SIZE = 4096 };

long bemu_unmodelled(struct bemu_call_ctx *ctx, const char *what)
{
	(void)bemu_fail(ctx->env, -EOPNOTSUPP, BEMU_R_SYS_UNMODELLED, ctx->cmd, "not modelled: %s",
			what);
	return BEMU_SYS_UNMODELLED;
}

static long read_str(const struct bemu_mem_ops *mem, uint64_t addr, char *dst, size_t max)
{
	size_t len;

	for (len = 0; len < max - 1; len++) {
		if (mem->read(mem->ctx, addr + len, &dst[len], 1))
			return -EFAULT;
		if (!dst[len])
			return (long)len;
	}
	dst[len] = '\0';
	return (long)len;
}

long bemu_ctx_read_str(struct bemu_call_ctx *ctx, uint64_t uaddr, char *dst, size_t max)
{
	return read_str(ctx->mem, uaddr, dst, max);
}

long bemu_ctx_read_user_str(struct bemu_call_ctx *ctx, uint64_t uaddr, char *dst, size_t max)
{
	return read_str(&ctx->task->mem, uaddr, dst, max);
}

int bemu_ctx_put_attr(struct bemu_call_ctx *ctx, uint32_t off, const void *src, uint32_t len)
{
	return bemu_ctx_write(ctx, ctx->uattr + off, src, len);
}

int bemu_ctx_obj_name(char dst[16], const char src[16])
{
	char name[16] = { 0 };
	uint32_t i;

	for (i = 0; i < 16 && src[i]; i++) {
		char c = src[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '.'))
			return -EINVAL;
		name[i] = c;
	}
	if (i == 16)
		return -EINVAL;
	memcpy(dst, name, 16);
	return 0;
}

long bemu_ctx_install(struct bemu_call_ctx *ctx, struct bemu_file *file, struct bemu_kobj *obj)
{
	file->obj = obj;
	if (file->kind == BEMU_FILE_MAP)
		((struct bemu_map *)obj)->usercnt++;
	return bemu_fd_install(ctx->task, file, true);
}

static void note_look_up(struct bemu_call_ctx *ctx, uint32_t fd, const struct bemu_file *file)
{
	uint64_t found = file ? file->serial + 1 : 1;

	if (!ctx->number.is_read || ctx->number.fd != fd)
		return;
	if (ctx->number.file && ctx->number.file != found)
		bemu_oops(
			ctx->model, BEMU_OOPS_FD,
			"fd %u was read once and looked up twice: it meant a %s the second time, and another file the first",
			fd, file ? bemu_kind_name(file->kind) : "closed number");
	ctx->number.file = found;
}

struct bemu_file *bemu_ctx_file(struct bemu_call_ctx *ctx, uint32_t fd)
{
	struct bemu_file *file;

	if (ctx->cmd == BPF_PROG_LOAD)
		(void)bemu_yield(ctx->model, BEMU_YIELD_PROG_LOAD_FD_LOOKUP);
	file = bemu_fd_find(ctx->task, (int)fd);
	note_look_up(ctx, fd, file);
	return file && !file->path_only ? file : NULL;
}

int bemu_ctx_fd(struct bemu_call_ctx *ctx, uint32_t fd, uint32_t filekind, struct bemu_file **file,
		struct bemu_kobj **obj)
{
	struct bemu_file *f = bemu_ctx_file(ctx, fd);

	if (!f)
		return -EBADF;
	if (f->kind != filekind)
		return -EINVAL;
	if (file)
		*file = f;
	*obj = f->obj;
	return 0;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	return !len || (!bytes[0] && !memcmp(bytes, bytes + 1, len - 1));
}

/* Mirrors bpf_check_uarg_tail_zero(). */
static int check_tail(struct bemu_call_ctx *ctx, uint64_t uaddr, uint32_t known, uint32_t size)
{
	uint8_t buf[K_PAGE_SIZE];

	if (size > K_PAGE_SIZE)
		return -E2BIG;
	if (size <= known)
		return 0;
	if (bemu_ctx_read(ctx, uaddr + known, buf, size - known))
		return -EFAULT;
	return all_zero(buf, size - known) ? 0 : -E2BIG;
}

static long dispatch(struct bemu_call_ctx *ctx)
{
	uint32_t end = ctx->cmd < BEMU_K_NR_CMDS ? ctx->model->prof->cmd_end[ctx->cmd] : 0;

	/* what the caller did not give is zero */
	if (!end || (ctx->size > end && !all_zero(ctx->attr.raw + end, ctx->size - end)))
		return -EINVAL;
	switch (ctx->cmd) {
	case BPF_MAP_CREATE:
		return bemu_cmd_map_create(ctx);
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
		return bemu_cmd_map_elem(ctx);
	case BPF_MAP_FREEZE:
		return bemu_cmd_map_freeze(ctx);
	case BPF_PROG_LOAD:
		return bemu_cmd_prog_load(ctx);
	case BPF_OBJ_PIN:
		return bemu_cmd_obj_pin(ctx);
	case BPF_OBJ_GET:
		return bemu_cmd_obj_get(ctx);
	case BPF_PROG_GET_NEXT_ID:
		return bemu_cmd_next_id(ctx, BEMU_OBJ_PROG);
	case BPF_MAP_GET_NEXT_ID:
		return bemu_cmd_next_id(ctx, BEMU_OBJ_MAP);
	case BPF_BTF_GET_NEXT_ID:
		return bemu_cmd_next_id(ctx, BEMU_OBJ_BTF);
	case BPF_LINK_GET_NEXT_ID:
		return bemu_cmd_next_id(ctx, BEMU_OBJ_LINK);
	case BPF_PROG_GET_FD_BY_ID:
		return bemu_cmd_fd_by_id(ctx, BEMU_OBJ_PROG);
	case BPF_MAP_GET_FD_BY_ID:
		return bemu_cmd_fd_by_id(ctx, BEMU_OBJ_MAP);
	case BPF_BTF_GET_FD_BY_ID:
		return bemu_cmd_fd_by_id(ctx, BEMU_OBJ_BTF);
	case BPF_LINK_GET_FD_BY_ID:
		return bemu_cmd_fd_by_id(ctx, BEMU_OBJ_LINK);
	case BPF_OBJ_GET_INFO_BY_FD:
		return bemu_cmd_info(ctx);
	case BPF_RAW_TRACEPOINT_OPEN:
		return bemu_cmd_raw_tp_open(ctx);
	case BPF_BTF_LOAD:
		return bemu_cmd_btf_load(ctx);
	case BPF_LINK_CREATE:
		return bemu_cmd_link_create(ctx);
	case BPF_LINK_UPDATE:
		return bemu_cmd_link_update(ctx);
	case BPF_LINK_DETACH:
		return bemu_cmd_link_detach(ctx);
	case BPF_PROG_BIND_MAP:
		return bemu_cmd_prog_bind_map(ctx);
	case BPF_PROG_TEST_RUN:
		return bemu_cmd_test_run(ctx);
	case BEMU_BPF_PROG_STREAM_READ_BY_FD:
		return bemu_cmd_stream_read(ctx);
	case BEMU_BPF_TOKEN_CREATE:
		return bemu_cmd_token_create(ctx);
	default:
		return bemu_unmodelled(ctx, "this bpf(2) command");
	}
}

/*
 * Before v6.5 tasks without CAP_BPF were shut out at the entry, before v5.19 of every command. Later each
 * command has the check in its place.
 */
static bool shut_out(const struct bemu_call_ctx *ctx)
{
	uint32_t kernel = ctx->model->prof->kernel;

	if (kernel > BEMU_KERNEL_6_1 || !ctx->model->unpriv_disabled ||
	    bemu_task_capable(ctx->task, BEMU_CAP_BPF))
		return false;
	return kernel == BEMU_KERNEL_5_15 || ctx->cmd == BPF_MAP_CREATE ||
	       ctx->cmd == BPF_PROG_LOAD;
}

/* Mirrors __sys_bpf(), kernel/bpf/syscall.c, v6.18. */
long bemu_call_enter(struct bemu_call_ctx *ctx, uint32_t size)
{
	uint32_t attr_size = ctx->model->prof->attr_size;
	int err;

	if (!ctx->kern && shut_out(ctx))
		return -EPERM;
	err = check_tail(ctx, ctx->uattr, attr_size, size);
	if (err)
		return err;
	ctx->size = size < attr_size ? size : attr_size;
	memset(ctx->attr.raw + ctx->size, 0, sizeof(ctx->attr) - ctx->size);
	if (bemu_ctx_read(ctx, ctx->uattr, &ctx->attr, ctx->size))
		return -EFAULT;
	return dispatch(ctx);
}

static void saw(struct bemu_told *told, struct bemu_task *task, uint32_t cmd, uint64_t uattr,
		uint32_t size)
{
	told->task = task;
	told->told = told->answered = false;
	if (!task->watch)
		return; /* nobody reads the rest */
	told->seen = (struct bemu_seen){ .kind = BEMU_SEEN_BPF,
					 .insn_idx = BEMU_SEEN_NATIVE,
					 .cmd = cmd,
					 .uattr = uattr,
					 .attr_len = size };
	memset(told->attr, 0, sizeof(told->attr));
}

int bemu_sys_bpf(struct bemu_task *task, uint32_t cmd, uint64_t uattr, uint32_t size, long *kret)
{
	struct bemu_model *model = task->model;
	struct bemu_task *caller = model->caller;
	struct bemu_call_ctx ctx;
	struct bemu_told told;
	int fault;
	long res;

	saw(&told, task, cmd, uattr, size);
	fault = task->watch ? bemu_tell_begin(&told) : 0;
	if (fault)
		return fault;
	ctx.task = task;
	ctx.mem = &task->mem;
	ctx.kern = false;
	ctx.model = model;
	ctx.env = model->env;
	ctx.uattr = uattr;
	ctx.cmd = cmd;
	memset(&ctx.number, 0, sizeof(ctx.number));
	bemu_env_budget(model->env);
	model->caller = task;
	if (model->yield)
		memset(model->passed, 0, sizeof(model->passed));
	res = told.answered ? (long)told.answer : bemu_call_enter(&ctx, size);
	model->caller = caller;
	fault = model->env->fault ? model->env->fault : model->sealed->fault;
	if (!fault)
		fault = task->watch_fault;
	task->watch_fault = 0;
	model->env->fault = 0;
	model->sealed->fault = 0;
	if (fault)
		return fault;
	if (res == BEMU_SYS_UNMODELLED)
		return -EOPNOTSUPP;
	fault = told.told ? bemu_tell_end(&told, res) : 0;
	if (!fault)
		*kret = res;
	return fault;
}
