/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* PROG_LOAD up to the verifier's entry, what is asked about a program, and PROG_BIND_MAP. */
#include <string.h>

#include "model/quirk.h"
#include "sys/sys.h"

enum {
	K_MAX_INSNS = 1000000,
	K_MAX_INSNS_UNPRIV = 4096,
	K_MAX_ATTACH_ID = 0xfffff,
	K_XDP_HAS_FRAGS = 1u << 5,
	K_XDP_DEV_BOUND_ONLY = 1u << 6,
	K_MAX_SIGNATURE = 8192,
	/* KEY_SPEC_SESSION_KEYRING to KEY_SPEC_USER_SESSION_KEYRING; 0 to 2 are the system's */
	K_SESSION_RING_FIRST = -3,
	K_SESSION_RING_LAST = -5,
	K_SYSTEM_RING_LAST = 2,
	LICENSE_LEN = 128,
	TRUE_SIZE_OFF = 140
};

#define ATTR struct bemu_attr_prog_load

/* Mirrors license_is_gpl_compatible(). */
static bool is_gpl(const char *license)
{
	static const char *const names[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
	};
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], license))
			return true;
	return false;
}

/* Mirrors bpf_prog_load_check_attach(), kernel/bpf/syscall.c, v6.18. */
static int check_attach(const struct bemu_model *model, const ATTR *a, const struct bemu_kbtf *btf,
			const struct bemu_prog *dst)
{
	uint32_t t = a->expected_attach_type;

	if (a->attach_btf_id) {
		if (a->attach_btf_id > K_MAX_ATTACH_ID || (!btf && !dst))
			return -EINVAL;
		if (a->prog_type != BPF_PROG_TYPE_TRACING && a->prog_type != BPF_PROG_TYPE_LSM &&
		    a->prog_type != BPF_PROG_TYPE_STRUCT_OPS && a->prog_type != BPF_PROG_TYPE_EXT)
			return -EINVAL;
	}
	if (btf && (!a->attach_btf_id || dst))
		return -EINVAL;
	if (dst && a->prog_type != BPF_PROG_TYPE_TRACING && a->prog_type != BPF_PROG_TYPE_EXT)
		return -EINVAL;
	switch (a->prog_type) {
	case BPF_PROG_TYPE_CGROUP_SOCK:
		return t == BPF_CGROUP_INET_SOCK_CREATE || t == BPF_CGROUP_INET_SOCK_RELEASE ||
				       t == BPF_CGROUP_INET4_POST_BIND ||
				       t == BPF_CGROUP_INET6_POST_BIND
			       ? 0
			       : -EINVAL;
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		return (t >= BPF_CGROUP_INET4_BIND && t <= BPF_CGROUP_INET6_CONNECT) ||
				       t == BPF_CGROUP_UDP4_SENDMSG ||
				       t == BPF_CGROUP_UDP6_SENDMSG ||
				       t == BPF_CGROUP_UDP4_RECVMSG ||
				       t == BPF_CGROUP_UDP6_RECVMSG ||
				       (t >= BPF_CGROUP_INET4_GETPEERNAME &&
					t <= BPF_CGROUP_INET6_GETSOCKNAME) ||
				       (t >= BEMU_BPF_CGROUP_UNIX_CONNECT &&
					t <= BEMU_BPF_CGROUP_UNIX_GETSOCKNAME &&
					bemu_model_has(model, BEMU_KF_ATTACH_UNIX))
			       ? 0
			       : -EINVAL;
	case BPF_PROG_TYPE_CGROUP_SKB:
		return t == BPF_CGROUP_INET_INGRESS || t == BPF_CGROUP_INET_EGRESS ? 0 : -EINVAL;
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
		return t == BPF_CGROUP_SETSOCKOPT || t == BPF_CGROUP_GETSOCKOPT ? 0 : -EINVAL;
	case BPF_PROG_TYPE_SK_LOOKUP:
		return t == BPF_SK_LOOKUP ? 0 : -EINVAL;
	case BPF_PROG_TYPE_SK_REUSEPORT:
		return t == BPF_SK_REUSEPORT_SELECT || t == BPF_SK_REUSEPORT_SELECT_OR_MIGRATE
			       ? 0
			       : -EINVAL;
	case BEMU_BPF_PROG_TYPE_NETFILTER:
		return t == BEMU_BPF_NETFILTER ? 0 : -EINVAL;
	case BPF_PROG_TYPE_SYSCALL:
	case BPF_PROG_TYPE_EXT:
		return t ? -EINVAL : 0;
	default:
		return 0;
	}
}

/* The BTF or the program that the new one will be attached to; a reference each. */
static int get_attach(struct bemu_call_ctx *ctx, struct bemu_prog *prog)
{
	const ATTR *a = &ctx->attr.prog_load;
	struct bemu_file *file;

	if (a->attach_prog_fd) {
		file = bemu_ctx_file(ctx, a->attach_prog_fd);
		if (!file || (file->kind != BEMU_FILE_PROG && file->kind != BEMU_FILE_BTF))
			return -EINVAL;
		if (file->kind == BEMU_FILE_PROG) {
			prog->dst_prog = (struct bemu_prog *)file->obj;
		} else {
			if (!((struct bemu_kbtf *)file->obj)->kernel)
				return -BEMU_K_ENOTSUPP;
			prog->attach_btf = (struct bemu_kbtf *)file->obj;
		}
		bemu_obj_get(ctx->model, file->obj);
	} else if (a->attach_btf_id) {
		if (!ctx->model->vmlinux)
			return -EINVAL;
		prog->attach_btf = ctx->model->vmlinux;
		bemu_obj_get(ctx->model, &prog->attach_btf->obj);
	}
	prog->attach_btf_id = a->attach_btf_id;
	return 0;
}

/* Mirrors is_net_admin_prog_type(), kernel/bpf/syscall.c, v6.18. */
static bool is_net_admin(uint32_t type)
{
	switch (type) {
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_XDP:
	case BPF_PROG_TYPE_LWT_IN:
	case BPF_PROG_TYPE_LWT_OUT:
	case BPF_PROG_TYPE_LWT_XMIT:
	case BPF_PROG_TYPE_LWT_SEG6LOCAL:
	case BPF_PROG_TYPE_SK_SKB:
	case BPF_PROG_TYPE_SK_MSG:
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
	case BPF_PROG_TYPE_CGROUP_DEVICE:
	case BPF_PROG_TYPE_CGROUP_SOCK:
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
	case BPF_PROG_TYPE_CGROUP_SYSCTL:
	case BPF_PROG_TYPE_SOCK_OPS:
	case BPF_PROG_TYPE_EXT:
	case BEMU_BPF_PROG_TYPE_NETFILTER:
		return true;
	default:
		return false;
	}
}

/* Mirrors is_perfmon_prog_type(). */
static bool is_perfmon(uint32_t type)
{
	switch (type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_EXT:
		return true;
	default:
		return false;
	}
}

/* Until v6.4 the licence was copied before anything else was looked at. */
static bool license_first(const struct bemu_call_ctx *ctx)
{
	return ctx->model->prof->kernel <= BEMU_KERNEL_6_1;
}

static int read_license(struct bemu_call_ctx *ctx, char license[LICENSE_LEN])
{
	return bemu_ctx_read_str(ctx, ctx->attr.prog_load.license, license, LICENSE_LEN) < 0
		       ? -EFAULT
		       : 0;
}

static int check_early(struct bemu_call_ctx *ctx, ATTR *a, char license[LICENSE_LEN])
{
	bool cap = bemu_task_capable(ctx->task, BEMU_CAP_BPF);

	if (a->prog_flags & ~ctx->model->prof->prog_flags)
		return -EINVAL;
	if (license_first(ctx) && read_license(ctx, license))
		return -EFAULT;
	if (!a->expected_attach_type) {
		if (a->prog_type == BPF_PROG_TYPE_CGROUP_SOCK)
			a->expected_attach_type = BPF_CGROUP_INET_SOCK_CREATE;
		else if (a->prog_type == BPF_PROG_TYPE_SK_REUSEPORT)
			a->expected_attach_type = BPF_SK_REUSEPORT_SELECT;
	}
	if (a->prog_flags & BEMU_BPF_F_TOKEN_FD)
		return bemu_fd_find(ctx->task, a->prog_token_fd) ? -EINVAL : -EBADF;
	if (!cap && ctx->model->unpriv_disabled)
		return -EPERM;
	if (!a->insn_cnt || a->insn_cnt > (cap ? K_MAX_INSNS : K_MAX_INSNS_UNPRIV))
		return -E2BIG;
	if (!cap && a->prog_type != BPF_PROG_TYPE_SOCKET_FILTER &&
	    a->prog_type != BPF_PROG_TYPE_CGROUP_SKB)
		return -EPERM;
	if (is_net_admin(a->prog_type) && !bemu_task_capable(ctx->task, BEMU_CAP_NET_ADMIN))
		return -EPERM;
	if (is_perfmon(a->prog_type) && !bemu_task_capable(ctx->task, BEMU_CAP_PERFMON))
		return -EPERM;
	return 0;
}

/* Mirrors bpf_prog_dev_bound_init() as far as the driver, which the loopback device has not, v6.18. */
static int check_device(const ATTR *a)
{
	bool bound = a->prog_flags & K_XDP_DEV_BOUND_ONLY;

	if (a->prog_type != BPF_PROG_TYPE_SCHED_CLS && a->prog_type != BPF_PROG_TYPE_XDP)
		return -EINVAL;
	if (a->prog_flags & ~(uint32_t)(K_XDP_DEV_BOUND_ONLY | K_XDP_HAS_FRAGS) ||
	    (a->prog_flags & K_XDP_HAS_FRAGS && !bound) ||
	    (bound && a->prog_type != BPF_PROG_TYPE_XDP))
		return -EINVAL;
	return a->prog_ifindex == BEMU_K_LOOPBACK_IFINDEX ? -EOPNOTSUPP : -EINVAL;
}

/*
 * Mirrors bpf_prog_verify_signature(), kernel/bpf/syscall.c, v6.18, of a kernel without
 * CONFIG_SYSTEM_DATA_VERIFICATION: no signature is good. The keyrings that every process has are the system's
 * three, and those of its session and user.
 */
static int check_signature(struct bemu_call_ctx *ctx)
{
	const ATTR *a = &ctx->attr.prog_load;
	uint8_t sig[K_MAX_SIGNATURE];
	int32_t ring = a->keyring_id;

	if (a->signature_size > sizeof(sig) || ring < K_SESSION_RING_LAST ||
	    (ring > K_SESSION_RING_FIRST && ring < 0) || ring > K_SYSTEM_RING_LAST)
		return -EINVAL;
	if (bemu_ctx_read(ctx, a->signature, sig, a->signature_size))
		return -ENOMEM; /* any trouble with the copy */
	return -EOPNOTSUPP;
}

static int prepare(struct bemu_call_ctx *ctx, struct bemu_prog *prog, char license[LICENSE_LEN])
{
	const ATTR *a = &ctx->attr.prog_load;
	int err = get_attach(ctx, prog);

	if (!err)
		err = check_attach(ctx->model, a, prog->attach_btf, prog->dst_prog);
	if (err)
		return err;
	prog->insns = bemu_alloc(ctx->env, (size_t)a->insn_cnt * sizeof(struct bpf_insn));
	if (!prog->insns)
		return -ENOMEM;
	prog->nr_insns = a->insn_cnt;
	if (bemu_ctx_read(ctx, a->insns, prog->insns, (size_t)a->insn_cnt * 8) ||
	    (!license_first(ctx) && read_license(ctx, license)))
		return -EFAULT;
	(void)bemu_yield(ctx->model, BEMU_YIELD_PROG_LOAD_COPIED);
	prog->gpl = is_gpl(license);
	if (a->signature)
		return check_signature(ctx);
	err = a->prog_ifindex ? check_device(a) : 0;
	if (err)
		return err;
	if (!a->prog_type || a->prog_type > ctx->model->prof->max_prog_type)
		return -EINVAL;
	prog->type = a->prog_type;
	prog->expected_attach_type = a->expected_attach_type;
	prog->flags = a->prog_flags;
	return bemu_ctx_obj_name(prog->name, a->prog_name);
}

/* Mirrors bpf_prog_kallsyms_add(), perf_event_bpf_event() and bpf_audit_prog(): all of them read the program. */
static void expose(struct bemu_model *model, struct bemu_prog *prog)
{
	if (bemu_obj_alive(model, &prog->obj, "gets its symbols"))
		prog->exposed = true;
}

/* Mirrors bpf_prog_load() and the frame of bpf_check(), v6.18. */
long bemu_cmd_prog_load(struct bemu_call_ctx *ctx)
{
	ATTR *a = &ctx->attr.prog_load;
	char license[LICENSE_LEN];
	struct bemu_file *file = NULL;
	struct bemu_prog *prog;
	struct bemu_klog log;
	uint32_t true_size;
	bool early;
	long res;
	int err;

	res = check_early(ctx, a, license);
	if (res)
		return res;
	prog = bemu_zalloc(ctx->env, sizeof(*prog));
	if (!prog)
		return -ENOMEM;
	bemu_obj_init(ctx->model, &prog->obj, BEMU_OBJ_PROG);
	bemu_buf_init(&log.buf, ctx->env);
	res = prepare(ctx, prog, license);
	if (!res)
		res = bemu_klog_init(&log, ctx, a->log_level, a->log_buf, a->log_size);
	if (res)
		goto out;
	res = bemu_obj_prepare(ctx->model, BEMU_OBJ_PROG);
	if (!res)
		res = bemu_fd_prepare(ctx->task, BEMU_FILE_PROG, BEMU_ACC_RW, &file);
	if (res)
		goto out;
	res = bemu_prog_relocate(ctx, &log, prog);
	if (ctx->env->fault || res == BEMU_SYS_UNMODELLED)
		goto out;
	if (!res && !(log.level & 2))
		bemu_klog_reset(&log);
	bemu_klog(
		&log,
		"processed %u insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
		0u);
	err = bemu_klog_finish(&log, ctx, &true_size);
	if (ctx->env->fault)
		goto out;
	if (bemu_model_has(ctx->model, BEMU_KF_LOG_ROTATE) && ctx->size >= TRUE_SIZE_OFF + 4 &&
	    bemu_ctx_put_attr(ctx, TRUE_SIZE_OFF, &true_size, sizeof(true_size)))
		err = -EFAULT;
	res = err ? err : res;
	if (!res) {
		(void)bemu_yield(ctx->model, BEMU_YIELD_PROG_LOAD_VERIFIED);
		res = bemu_obj_prepare(ctx->model,
				       BEMU_OBJ_PROG); /* others may have had the room */
	}
	if (!res) {
		bemu_obj_publish(ctx->model, &prog->obj);
		(void)bemu_yield(ctx->model, BEMU_YIELD_PROG_LOAD_PUBLIC);
		early = bemu_model_quirk(ctx->model, BEMU_QUIRK_K_FD_BEFORE_READY);
		if (!early)
			expose(ctx->model, prog);
		res = bemu_ctx_install(ctx, file, &prog->obj);
		(void)bemu_yield(ctx->model, BEMU_YIELD_PROG_LOAD_INSTALLED);
		if (early) /* whoever found the number may have closed it */
			expose(ctx->model, prog);
		return res;
	}
out:
	bemu_buf_fini(&log.buf);
	bemu_file_put(ctx->model, file);
	bemu_prog_reject(ctx->model, prog);
	return res;
}

int bemu_prog_unproven(struct bemu_task *task, int fd, uint32_t *insn_idx)
{
	struct bemu_file *file = bemu_fd_find(task, fd);
	const struct bemu_prog *prog;

	if (!file || file->kind != BEMU_FILE_PROG)
		return file ? -EINVAL : -EBADF;
	prog = (const struct bemu_prog *)file->obj;
	if (prog->unproven)
		*insn_idx = prog->unproven_insn_idx;
	return prog->unproven;
}

/*
 * Mirrors prog_stream_read(), v6.18: a stream of what a program printed, stdout 1 or stderr 2. No program that
 * runs here prints to one, so there is nothing to read.
 */
long bemu_cmd_stream_read(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_stream_read *a = &ctx->attr.stream_read;
	struct bemu_kobj *prog;
	int err = bemu_ctx_fd(ctx, a->prog_fd, BEMU_FILE_PROG, NULL, &prog);

	if (err)
		return err;
	return a->stream_id == 1 || a->stream_id == 2 ? 0 : -ENOENT;
}

/* Mirrors bpf_prog_bind_map(). */
long bemu_cmd_prog_bind_map(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_three *a = &ctx->attr.three;
	struct bemu_kobj *prog, *map;
	int err;

	if (a->c)
		return -EINVAL;
	err = bemu_ctx_fd(ctx, a->a, BEMU_FILE_PROG, NULL, &prog);
	if (!err)
		err = bemu_ctx_fd(ctx, a->b, BEMU_FILE_MAP, NULL, &map);
	if (err)
		return err;
	return bemu_prog_use_map(ctx->model, (struct bemu_prog *)prog, (struct bemu_map *)map,
				 UINT32_MAX);
}
