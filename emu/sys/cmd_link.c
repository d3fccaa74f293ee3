/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * RAW_TRACEPOINT_OPEN, LINK_CREATE, TOKEN_CREATE: as far as feature probes and loaders go. What is mirrored is of
 * kernel/bpf/syscall.c, v6.18, unless another file is named.
 */
#include <stdio.h>
#include <string.h>

#include "sys/sys.h"

enum { ATTACH_PERF_EVENT = 41, ATTACH_UPROBE_MULTI = 48 };

/*
 * Mirrors bpf_get_raw_tracepoint(): 0, or -ENOENT also when its module is about to go. A module's tracepoints
 * are there while it is coming.
 */
static int find_tracepoint(struct bemu_model *model, const char *name, struct bemu_module **out)
{
	struct bemu_module *mod;
	char type[160];

	*out = NULL;
	if (!model->vmlinux)
		return -ENOENT;
	snprintf(type, sizeof(type), "btf_trace_%s", name);
	if (bemu_btf_find(model->vmlinux->btf, type, BTF_KIND_TYPEDEF, false))
		return 0;
	for (mod = model->modules; mod; mod = mod->next)
		if (mod->btf && bemu_btf_find(mod->btf->btf, type, BTF_KIND_TYPEDEF, true))
			break;
	if (!mod || mod->state == BEMU_MODULE_GOING)
		return -ENOENT;
	*out = mod;
	return 0;
}

/*
 * A link with its number; what it holds is in @like, of which the program and the module have no reference yet.
 * Mirrors bpf_link_prime(), bpf_link_settle(): the number comes before the ID.
 */
static long open_link(struct bemu_call_ctx *ctx, const struct bemu_link *like)
{
	struct bemu_model *model = ctx->model;
	struct bemu_file *file = NULL;
	struct bemu_link *link;
	int err = bemu_fd_verdict(ctx->task);

	if (err)
		return err;
	link = bemu_memdup(ctx->env, like, sizeof(*like));
	if (!link)
		return -ENOMEM;
	err = bemu_obj_prepare(model, BEMU_OBJ_LINK);
	if (!err)
		err = bemu_fd_prepare(ctx->task, BEMU_FILE_LINK, BEMU_ACC_READ, &file);
	if (err) {
		bemu_mem_free(ctx->env, link);
		return err;
	}
	bemu_obj_init(model, &link->obj, BEMU_OBJ_LINK);
	bemu_obj_get(model, &link->prog->obj);
	bemu_module_get(model, link->mod);
	if (link->prog->dst_prog) { /* moves to the link */
		link->tgt_prog = link->prog->dst_prog;
		link->prog->dst_prog = NULL;
	}
	if (link->type == BEMU_LINK_TRACING)
		link->prog->attached = true;
	bemu_obj_publish(model, &link->obj);
	(void)bemu_yield(model, BEMU_YIELD_LINK_CREATE_PUBLIC);
	return bemu_ctx_install(ctx, file, &link->obj);
}

static long attach_raw_tp(struct bemu_call_ctx *ctx, struct bemu_prog *prog, const char *name,
			  uint64_t cookie)
{
	struct bemu_link link = {
		.type = BEMU_LINK_RAW_TRACEPOINT,
		.attach_type = prog->expected_attach_type,
		.prog = prog,
		.cookie = cookie,
	};
	int err = find_tracepoint(ctx->model, name, &link.mod);

	if (err)
		return err;
	snprintf(link.tp_name, sizeof(link.tp_name), "%s", name);
	return open_link(ctx, &link);
}

static const char *target_name(const struct bemu_prog *prog)
{
	return bemu_btf_name(prog->attach_btf->btf, prog->attach_btf_id);
}

/* Mirrors bpf_tracing_prog_attach() of a program that has its target from its load. */
static long attach_tracing(struct bemu_call_ctx *ctx, struct bemu_prog *prog, uint64_t cookie)
{
	struct bemu_link link = {
		.type = BEMU_LINK_TRACING,
		.attach_type = prog->expected_attach_type,
		.prog = prog,
		.cookie = cookie,
		.target_btf_id = prog->attach_btf_id,
	};
	struct bemu_model *model = ctx->model;

	if (prog->type == BPF_PROG_TYPE_TRACING && prog->expected_attach_type != BPF_TRACE_FENTRY &&
	    prog->expected_attach_type != BPF_TRACE_FEXIT &&
	    prog->expected_attach_type != BPF_MODIFY_RETURN)
		return -EINVAL;
	if (prog->type == BPF_PROG_TYPE_EXT)
		return bemu_unmodelled(ctx, "attaching a program that replaces a function");
	if (prog->attached)
		return -EBUSY; /* bpf_trampoline_link_prog() */
	if (prog->dst_prog) {
		link.target_obj_id = prog->dst_prog->obj.id;
		return open_link(ctx, &link);
	}
	if (!prog->attach_btf)
		return -EINVAL; /* the target went to the first link */
	link.target_obj_id = prog->attach_btf->obj.id;
	if (!bemu_model_has(model, BEMU_KF_ATTACH_MODULE)) {
		/* the trampoline holds the module then, if its code is there */
		if (!bemu_code_owner(model, target_name(prog), &link.mod))
			return -EBUSY;
		if (link.mod && link.mod->state == BEMU_MODULE_GOING)
			return -ENOENT;
	}
	return open_link(ctx, &link);
}

/* Mirrors bpf_raw_tp_link_attach(). */
long bemu_cmd_raw_tp_open(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_raw_tp *a = &ctx->attr.raw_tp;
	struct bemu_prog *prog;
	struct bemu_kobj *obj;
	char name[128] = { 0 };
	int err = bemu_ctx_fd(ctx, a->prog_fd, BEMU_FILE_PROG, NULL, &obj);

	if (err)
		return err;
	prog = (struct bemu_prog *)obj;
	switch (prog->type) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_EXT:
	case BPF_PROG_TYPE_LSM:
		if (a->name)
			return -EINVAL;
		if (prog->type == BPF_PROG_TYPE_TRACING &&
		    prog->expected_attach_type == BPF_TRACE_RAW_TP)
			return attach_raw_tp(ctx, prog, target_name(prog) + 10, a->cookie);
		return attach_tracing(ctx, prog, 0);
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		break;
	default:
		return -EINVAL;
	}
	if (bemu_ctx_read_user_str(ctx, a->name, name, sizeof(name)) < 0)
		return -EFAULT;
	return attach_raw_tp(ctx, prog, name, a->cookie);
}

static long create_perf(const struct bemu_attr_link_create *a, const struct bemu_prog *prog)
{
	if (prog->type != BPF_PROG_TYPE_TRACEPOINT && prog->type != BPF_PROG_TYPE_KPROBE &&
	    prog->type != BPF_PROG_TYPE_PERF_EVENT)
		return -EINVAL;
	return a->flags ? -EINVAL : -EBADF; /* no number is a perf event */
}

/* Mirrors bpf_uprobe_multi_link_attach() as far as its refusals. */
static long create_uprobe_multi(struct bemu_call_ctx *ctx, const struct bemu_prog *prog)
{
	const struct bemu_attr_link_create *a = &ctx->attr.link_create;
	char path[16];

	if (ctx->model->prof->cmd_end[BPF_LINK_CREATE] < 60 || prog->type != BPF_PROG_TYPE_KPROBE ||
	    prog->expected_attach_type != ATTACH_UPROBE_MULTI)
		return -EINVAL;
	if (a->flags || !a->path || !a->offsets || !a->cnt || a->multi_flags & ~1u || a->pid < 0)
		return -EINVAL;
	if (bemu_ctx_read_str(ctx, a->path, path, sizeof(path)) < 0)
		return -EFAULT;
	if (!strcmp(path, "/"))
		return -EBADF; /* not a regular file */
	return bemu_unmodelled(ctx, "attaching a program with LINK_CREATE");
}

/* Mirrors link_create() for programs whose BTF says what they are attached to: the cookie is at @offsets. */
static long create_tracing(struct bemu_call_ctx *ctx, struct bemu_prog *prog)
{
	const struct bemu_attr_link_create *a = &ctx->attr.link_create;
	struct bemu_link iter = { .type = BEMU_LINK_ITER,
				  .attach_type = BPF_TRACE_ITER,
				  .prog = prog };

	if (prog->type != BPF_PROG_TYPE_EXT && a->attach_type != prog->expected_attach_type)
		return -EINVAL;
	if (prog->type == BPF_PROG_TYPE_TRACING && a->attach_type == BPF_TRACE_RAW_TP)
		return attach_raw_tp(ctx, prog, target_name(prog) + 10, a->offsets);
	if (prog->type == BPF_PROG_TYPE_TRACING && a->attach_type == BPF_TRACE_ITER)
		return a->flags || a->target_fd ? -EINVAL : open_link(ctx, &iter);
	if (a->target_fd || a->path) /* the target's type is where others have a path */
		return bemu_unmodelled(ctx, "attaching to another target than at load");
	return attach_tracing(ctx, prog, a->offsets);
}

/* Mirrors link_create() as far as it is modelled. */
long bemu_cmd_link_create(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_link_create *a = &ctx->attr.link_create;
	struct bemu_prog *prog;
	struct bemu_kobj *obj;
	int err;

	err = bemu_ctx_fd(ctx, a->prog_fd, BEMU_FILE_PROG, NULL, &obj);
	if (err)
		return err;
	prog = (struct bemu_prog *)obj;
	if (a->attach_type == ATTACH_PERF_EVENT)
		return create_perf(a, prog);
	if (a->attach_type == ATTACH_UPROBE_MULTI)
		return create_uprobe_multi(ctx, prog);
	switch (prog->type) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_EXT:
	case BPF_PROG_TYPE_LSM:
		return create_tracing(ctx, prog);
	case BPF_PROG_TYPE_SOCKET_FILTER: /* has no attach type */
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
		return -EINVAL;
	default:
		return bemu_unmodelled(ctx, "attaching a program with LINK_CREATE");
	}
}

/* Mirrors bpf_iter_link_replace(), kernel/bpf/bpf_iter.c. */
static long replace_iter(struct bemu_model *model, struct bemu_link *link, struct bemu_prog *prog,
			 const struct bemu_prog *old)
{
	struct bemu_prog *was = link->prog;

	if (old && was != old)
		return -EPERM;
	if (was->type != prog->type || was->expected_attach_type != prog->expected_attach_type ||
	    was->attach_btf_id != prog->attach_btf_id)
		return -EINVAL;
	bemu_obj_get(model, &prog->obj);
	link->prog = prog;
	bemu_obj_put(model, &was->obj);
	return 0;
}

/* Mirrors link_update(): of the links that are modelled only iterators can change their program. */
long bemu_cmd_link_update(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_three *a =
		&ctx->attr.three; /* link, new program, flags, old program */
	struct bemu_kobj *link, *prog, *old = NULL;
	int err;

	if (a->c & ~(uint32_t)BPF_F_REPLACE)
		return -EINVAL;
	err = bemu_ctx_fd(ctx, a->a, BEMU_FILE_LINK, NULL, &link);
	if (!err)
		err = bemu_ctx_fd(ctx, a->b, BEMU_FILE_PROG, NULL, &prog);
	if (!err && a->c)
		err = bemu_ctx_fd(ctx, a->d, BEMU_FILE_PROG, NULL, &old);
	else if (!err && a->d)
		err = -EINVAL;
	if (err)
		return err;
	if (((struct bemu_link *)link)->type != BEMU_LINK_ITER)
		return -EINVAL;
	return replace_iter(ctx->model, (struct bemu_link *)link, (struct bemu_prog *)prog,
			    (const struct bemu_prog *)old);
}

/* Mirrors link_detach(): no link that is modelled can be. */
long bemu_cmd_link_detach(struct bemu_call_ctx *ctx)
{
	struct bemu_kobj *link;
	int err = bemu_ctx_fd(ctx, ctx->attr.three.a, BEMU_FILE_LINK, NULL, &link);

	return err ? err : -EOPNOTSUPP;
}

/* Mirrors bpf_token_create(): tasks live in the initial user namespace, which may not have one. */
long bemu_cmd_token_create(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_three *a = &ctx->attr.three;
	const struct bemu_file *file;

	if (a->a)
		return -EINVAL;
	file = bemu_ctx_file(ctx, a->b);
	if (!file)
		return -EBADF;
	if (file->kind != BEMU_FILE_BPFFS || file->dir != ctx->model->bpffs.root)
		return -EINVAL;
	if (!(ctx->task->caps & BEMU_CAP_BPF))
		return -EPERM;
	return -EOPNOTSUPP;
}
