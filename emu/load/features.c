/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What libbpf finds out about a kernel, and how: each probe is the very calls of the release that is
 * replayed, made when the feature is first asked for.
 * Mirrors tools/lib/bpf/features.c; up to 1.3 the probes were in libbpf.c, and probe_memcg_account() is in
 * bpf.c.
 */
#include <errno.h>
#include <string.h>

#include "load/private.h"
#include "uapi/btf.h"

/* Enumerators of <linux/bpf.h> that are younger than the installed header, or kernel-only. */
enum {
	TRACE_UPROBE_MULTI = 48,
	PROBE_LOG_SIZE = 1024,
	APPEND_FLAGS = BEMU_LOAD_O_CLOEXEC | 02001, /* O_APPEND | O_WRONLY */
};

#define END_OF(type, field) \
	((uint32_t)(offsetof(struct type, field) + sizeof(((struct type *)NULL)->field)))

/* ---- small programs and maps ---- */

#define INSN(c, d, s, o, i)                                                                  \
	{                                                                                    \
		.code = (uint8_t)(c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) \
	}
#define MOV_IMM(dst, imm) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define MOV_REG(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define ADD_IMM(dst, imm) INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define CALL(helper)	  INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define EXIT()		  INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define LD_MAP_VALUE(dst, off) \
	INSN(BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_MAP_VALUE, 0, 0), INSN(0, 0, 0, 0, off)

static const struct bpf_insn insns_trivial[] = { MOV_IMM(0, 0), EXIT() };

static void prog_attr(struct bemu_attr_prog_load *attr, int token, uint32_t type,
		      const struct bpf_insn *insns, size_t nr_insns)
{
	static const char license[] = "GPL";

	memset(attr, 0, sizeof(*attr));
	attr->prog_type = type;
	attr->insns = (uintptr_t)insns;
	attr->insn_cnt = (uint32_t)nr_insns;
	attr->license = (uintptr_t)license;
	if (token) {
		attr->prog_flags = BEMU_BPF_F_TOKEN_FD;
		attr->prog_token_fd = token;
	}
}

/* Mirrors bpf_prog_load() without a name or log. */
static int load_prog(struct bemu_load *ld, int token, uint32_t type, uint32_t attach_type,
		     const struct bpf_insn *insns, size_t nr_insns)
{
	struct bemu_attr_prog_load attr;

	prog_attr(&attr, token, type, insns, nr_insns);
	attr.expected_attach_type = attach_type;
	return bemu_load_prog_load(ld, &attr, NULL, 0);
}

/* An ARRAY of one entry. */
static int create_array(struct bemu_load *ld, int token, const char *name, uint32_t value_size,
			uint32_t flags)
{
	struct bemu_attr_map_create attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(int),
		.value_size = value_size,
		.max_entries = 1,
		.map_flags = flags,
	};

	memcpy(attr.map_name, name, strlen(name));
	if (token) {
		attr.map_flags |= (uint32_t)BEMU_BPF_F_TOKEN_FD;
		attr.map_token_fd = token;
	}
	return bemu_load_map_create(ld, &attr);
}

/* Mirrors probe_fd(): an FD means yes. Negative only for a fault of ours. */
static int probe_fd(struct bemu_load *ld, int fd)
{
	int err;

	if (fd < 0)
		return bemu_load_faulted(ld) ? fd : 0;
	err = bemu_load_close_fd(ld, fd);
	return err ? err : 1;
}

/* Closes what is left open by a probe whose answer is known. */
static int answer(struct bemu_load *ld, int fd1, int fd2, int yes)
{
	bemu_load_go_on(bemu_load_close_fd(ld, fd1));
	bemu_load_go_on(bemu_load_close_fd(ld, fd2));
	return bemu_load_faulted(ld) ? -EFAULT : yes; /* replaced by the fault itself */
}

/* ---- probes: > 0 yes, 0 no, negative: failed, which libbpf reports and takes for no ---- */

static int probe_prog_name(struct bemu_load *ld, int token)
{
	uint32_t size = bemu_load_at_least(ld, BEMU_LIBBPF_1_5)
				? END_OF(bemu_attr_prog_load, prog_token_fd)
				: END_OF(bemu_attr_prog_load, prog_name);
	struct bemu_attr_prog_load attr;
	int fd, attempts = 5;

	prog_attr(&attr, token, BPF_PROG_TYPE_SOCKET_FILTER, insns_trivial,
		  BEMU_ARRAY_SIZE(insns_trivial));
	memcpy(attr.prog_name, "libbpf_nametest", sizeof(attr.prog_name));
	do
		fd = bemu_load_bpf_fd(ld, BPF_PROG_LOAD, (void *)&attr, size);
	while (fd == -EAGAIN && !bemu_load_faulted(ld) && --attempts > 0);
	return probe_fd(ld, fd);
}

/* A helper that is as old as memory control groups' accounting of BPF, v5.11. */
static int probe_memcg_account(struct bemu_load *ld, int token)
{
	static const struct bpf_insn insns[] = { CALL(BPF_FUNC_ktime_get_coarse_ns), EXIT() };
	uint32_t size = bemu_load_at_least(ld, BEMU_LIBBPF_1_5)
				? END_OF(bemu_attr_prog_load, prog_token_fd)
				: END_OF(bemu_attr_prog_load, attach_prog_fd);
	struct bemu_attr_prog_load attr;

	prog_attr(&attr, token, BPF_PROG_TYPE_SOCKET_FILTER, insns, BEMU_ARRAY_SIZE(insns));
	return probe_fd(ld, bemu_load_bpf_fd(ld, BPF_PROG_LOAD, (void *)&attr, size));
}

static int probe_global_data(struct bemu_load *ld, int token)
{
	struct bpf_insn insns[] = {
		LD_MAP_VALUE(1, 16),
		INSN(BPF_ST | BPF_MEM | BPF_DW, 1, 0, 0, 42),
		MOV_IMM(0, 0),
		EXIT(),
	};
	int map, prog, err;

	map = create_array(ld, token, "libbpf_global", 32, 0);
	if (map < 0)
		return map;
	insns[0].imm = map;
	prog = load_prog(ld, token, BPF_PROG_TYPE_SOCKET_FILTER, 0, insns, BEMU_ARRAY_SIZE(insns));
	err = bemu_load_close_fd(ld, map);
	return err ? err : probe_fd(ld, prog);
}

static int probe_exp_attach_type(struct bemu_load *ld, int token)
{
	return probe_fd(ld,
			load_prog(ld, token, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE,
				  insns_trivial, BEMU_ARRAY_SIZE(insns_trivial)));
}

static int probe_read_kernel(struct bemu_load *ld, int token)
{
	static const struct bpf_insn insns[] = {
		MOV_REG(1, 10),
		ADD_IMM(1, -8),
		MOV_IMM(2, 8),
		MOV_IMM(3, 0),
		CALL(BPF_FUNC_probe_read_kernel),
		EXIT(),
	};

	return probe_fd(ld, load_prog(ld, token, BPF_PROG_TYPE_TRACEPOINT, 0, insns,
				      BEMU_ARRAY_SIZE(insns)));
}

static int probe_bind_map(struct bemu_load *ld, int token)
{
	union bpf_attr attr;
	int map, prog, ret;

	map = create_array(ld, token, "libbpf_det_bind", 32, 0);
	if (map < 0)
		return map;
	prog = load_prog(ld, token, BPF_PROG_TYPE_SOCKET_FILTER, 0, insns_trivial,
			 BEMU_ARRAY_SIZE(insns_trivial));
	if (prog < 0)
		return answer(ld, map, -1, 0);
	memset(&attr, 0, sizeof(attr));
	attr.prog_bind_map.prog_fd = (uint32_t)prog;
	attr.prog_bind_map.map_fd = (uint32_t)map;
	ret = bemu_load_bpf_ret(ld, BPF_PROG_BIND_MAP, &attr, sizeof(attr.prog_bind_map));
	return answer(ld, map, prog, ret >= 0);
}

/* Kernels with module BTF are those that give names of BTF objects. */
static int probe_module_btf(struct bemu_load *ld, int token)
{
	struct bpf_btf_info info;
	union bpf_attr attr;
	char name[16];
	int fd, ret;

	fd = bemu_load_probe_btf(ld, BEMU_FEAT_MODULE_BTF, token);
	if (fd < 0)
		return bemu_load_faulted(ld) ? fd : 0;
	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	info.name = (uintptr_t)name;
	info.name_len = sizeof(name);
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	ret = bemu_load_bpf_ret(ld, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr.info));
	return answer(ld, fd, -1, !ret);
}

/* union bpf_attr.link_create as of v6.6, as far as probes fill it */
struct attr_link_create {
	uint32_t prog_fd;
	int32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t ref_ctr_offsets;
	uint64_t cookies;
	uint32_t cnt;
	uint32_t multi_flags;
	uint32_t pid;
	uint32_t pad;
};

/* Mirrors bpf_link_create() with a bad target: an FD, or the errno that tells. */
static int link_create(struct bemu_load *ld, struct attr_link_create *attr)
{
	uint32_t size = bemu_load_at_least(ld, BEMU_LIBBPF_1_5) ? 64 : 48;

	return bemu_load_bpf_fd(ld, BPF_LINK_CREATE, (void *)attr, size);
}

static int probe_perf_link(struct bemu_load *ld, int token)
{
	struct attr_link_create attr = { .target_fd = -1, .attach_type = BPF_PERF_EVENT };
	int prog, link;

	prog = load_prog(ld, token, BPF_PROG_TYPE_TRACEPOINT, 0, insns_trivial,
			 BEMU_ARRAY_SIZE(insns_trivial));
	if (prog < 0)
		return prog;
	attr.prog_fd = (uint32_t)prog;
	link = link_create(ld, &attr);
	return answer(ld, link, prog, link == -EBADF);
}

/* First whether there is such a link at all, then whether it looks at processes rather than threads. */
static int probe_uprobe_multi(struct bemu_load *ld, int token)
{
	static const uint64_t offset;
	struct attr_link_create attr = {
		.target_fd = -1,
		.attach_type = TRACE_UPROBE_MULTI,
		.path = (uintptr_t) "/",
		.offsets = (uintptr_t)&offset,
		.cnt = 1,
	};
	int prog, link;

	prog = load_prog(ld, token, BPF_PROG_TYPE_KPROBE, TRACE_UPROBE_MULTI, insns_trivial,
			 BEMU_ARRAY_SIZE(insns_trivial));
	if (prog < 0)
		return prog;
	attr.prog_fd = (uint32_t)prog;
	link = link_create(ld, &attr);
	if (link != -EBADF)
		return answer(ld, link, prog, 0);
	attr.pid = UINT32_MAX;
	link = link_create(ld, &attr);
	return answer(ld, link, prog, link == -EINVAL);
}

static int probe_cookie(struct bemu_load *ld, int token)
{
	static const struct bpf_insn insns[] = { CALL(BPF_FUNC_get_attach_cookie), EXIT() };
	uint32_t type = bemu_load_at_least(ld, BEMU_LIBBPF_1_5) ? BPF_PROG_TYPE_TRACEPOINT
								: BPF_PROG_TYPE_KPROBE;

	return probe_fd(ld, load_prog(ld, token, type, 0, insns, BEMU_ARRAY_SIZE(insns)));
}

static int probe_arg_ctx(struct bemu_load *ld, int token)
{
	static const struct bpf_insn insns[] = {
		INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1),
		EXIT(),
		CALL(BPF_FUNC_get_func_ip),
		EXIT(),
	};
	static const struct bpf_func_info funcs[] = { { 0, 4 }, { 2, 6 } };
	struct bemu_attr_prog_load attr;
	int btf, prog, err;

	btf = bemu_load_probe_btf(ld, BEMU_FEAT_ARG_CTX_TAG, token);
	if (btf < 0)
		return bemu_load_faulted(ld) ? btf : 0;
	prog_attr(&attr, token, BPF_PROG_TYPE_KPROBE, insns, BEMU_ARRAY_SIZE(insns));
	memcpy(attr.prog_name, "det_arg_ctx", sizeof("det_arg_ctx"));
	attr.prog_btf_fd = (uint32_t)btf;
	attr.func_info = (uintptr_t)funcs;
	attr.func_info_cnt = BEMU_ARRAY_SIZE(funcs);
	attr.func_info_rec_size = sizeof(funcs[0]);
	prog = bemu_load_prog_load(ld, &attr, NULL, 0);
	err = bemu_load_close_fd(ld, btf);
	return err ? err : probe_fd(ld, prog);
}

/* The text of the verifier tells; an answer that is neither of the two known ones is a failed probe. */
static int probe_ldimm64_off(struct bemu_load *ld, int token)
{
	struct bpf_insn insns[] = { LD_MAP_VALUE(1, 1 << 30), EXIT() };
	struct bemu_attr_prog_load attr;
	char log[PROBE_LOG_SIZE] = "";
	int map, prog, err;

	map = create_array(ld, token, "arr", 1, 0);
	if (map < 0)
		return map;
	insns[0].imm = map;
	prog_attr(&attr, token, BPF_PROG_TYPE_SOCKET_FILTER, insns, BEMU_ARRAY_SIZE(insns));
	memcpy(attr.prog_name, "global_reloc", sizeof("global_reloc"));
	prog = bemu_load_prog_load(ld, &attr, log, sizeof(log));
	err = bemu_load_close_fd(ld, map);
	if (err)
		return err;
	if (prog >= 0)
		return answer(ld, prog, -1, -EINVAL);
	log[sizeof(log) - 1] = '\0';
	if (strstr(log, "direct value offset of"))
		return 0;
	return strstr(log, "invalid access to map value pointer") ? 1 : prog;
}

/* Machines whose system calls have wrappers in all kernels that are modelled. */
static int has_wrappers(struct bemu_load *ld)
{
	static const char *const machines[] = { "x86_64", "aarch64", "s390x" };
	struct bemu_uname uts;
	size_t i;
	long kret;
	int err = bemu_load_latch(ld, ld->be.ops->uname(ld->be.ctx, &uts, &kret));

	if (err)
		return err;
	for (i = 0; i < BEMU_ARRAY_SIZE(machines); i++)
		if (!kret && !strcmp(uts.machine, machines[i]))
			return 1;
	return 0;
}

/* Mirrors parse_uint_from_file(): 1 when the file holds a number, 0 when not or when there is none. */
static int has_number(struct bemu_load *ld, const char *path)
{
	const void *data;
	size_t len;
	long fd;
	int err, is_number;

	err = bemu_load_read_path(ld, path,
				  bemu_load_at_least(ld, BEMU_LIBBPF_1_5) ? BEMU_LOAD_O_CLOEXEC : 0,
				  &data, &len, &fd);
	if (err)
		return err;
	if (fd < 0)
		return 0;
	is_number = len && *(const char *)data >= '0' && *(const char *)data <= '9';
	err = bemu_load_close_fd(ld, (int)fd);
	return err ? err : is_number;
}

/* A kprobe through tracefs, for kernels that have no such device; up to where a line would be written. */
static int probe_kprobe_events(struct bemu_load *ld)
{
	long fd = -1, debugfs;
	int err;

	err = bemu_load_latch(ld, ld->be.ops->access(ld->be.ctx, "/sys/kernel/debug/tracing",
						     &debugfs));
	if (!err)
		err = bemu_load_latch(
			ld, ld->be.ops->open(ld->be.ctx,
					     debugfs ? "/sys/kernel/tracing/kprobe_events"
						     : "/sys/kernel/debug/tracing/kprobe_events",
					     APPEND_FLAGS, &fd));
	if (err)
		return err;
	if (fd < 0)
		return 0;
	err = bemu_load_close_fd(ld, (int)fd);
	return err ? err : has_wrappers(ld);
}

/*
 * Mirrors probe_kern_syscall_wrapper(), tools/lib/bpf/libbpf.c: a kprobe on the wrapper of bpf(2), here that
 * of x86-64, by perf_event_open(2) where there is such a device, else through tracefs. The type is read once
 * to choose and once to fill the event.
 * Differs: the line in tracefs is not written, because that is no part of a backend; where libbpf would get
 * as far as that, the machine decides.
 */
static int probe_syscall_wrapper(struct bemu_load *ld)
{
	static const char device[] = "/sys/bus/event_source/devices/kprobe/type";
	long fd = -ENOENT;
	int i, ret;

	for (i = 0; i < 2; i++) {
		ret = has_number(ld, device);
		if (ret < 0)
			return ret;
		if (!ret)
			return i ? 0 : probe_kprobe_events(ld);
	}
	if (ld->be.ops->perf_kprobe) {
		ret = bemu_load_latch(ld,
				      ld->be.ops->perf_kprobe(ld->be.ctx, "__x64_sys_bpf", &fd));
		if (ret)
			return ret;
	}
	return probe_fd(ld, (int)fd);
}

static int probe(struct bemu_load *ld, enum bemu_load_feat feat, int token)
{
	switch (feat) {
	case BEMU_FEAT_PROG_NAME:
		return probe_prog_name(ld, token);
	case BEMU_FEAT_GLOBAL_DATA:
		return probe_global_data(ld, token);
	case BEMU_FEAT_BTF:
	case BEMU_FEAT_BTF_FUNC:
	case BEMU_FEAT_BTF_GLOBAL_FUNC:
	case BEMU_FEAT_BTF_DATASEC:
	case BEMU_FEAT_BTF_FLOAT:
	case BEMU_FEAT_BTF_DECL_TAG:
	case BEMU_FEAT_BTF_TYPE_TAG:
	case BEMU_FEAT_BTF_ENUM64:
	case BEMU_FEAT_BTF_QMARK_DATASEC:
	case BEMU_FEAT_BTF_LAYOUT:
		return probe_fd(ld, bemu_load_probe_btf(ld, feat, token));
	case BEMU_FEAT_ARRAY_MMAP:
		return probe_fd(ld, create_array(ld, token, "libbpf_mmap", sizeof(int),
						 BPF_F_MMAPABLE));
	case BEMU_FEAT_EXP_ATTACH_TYPE:
		return probe_exp_attach_type(ld, token);
	case BEMU_FEAT_PROBE_READ_KERN:
		return probe_read_kernel(ld, token);
	case BEMU_FEAT_PROG_BIND_MAP:
		return probe_bind_map(ld, token);
	case BEMU_FEAT_MODULE_BTF:
		return probe_module_btf(ld, token);
	case BEMU_FEAT_PERF_LINK:
		return probe_perf_link(ld, token);
	case BEMU_FEAT_MEMCG_ACCOUNT:
		return probe_memcg_account(ld, token);
	case BEMU_FEAT_BPF_COOKIE:
		return probe_cookie(ld, token);
	case BEMU_FEAT_SYSCALL_WRAPPER:
		return probe_syscall_wrapper(ld);
	case BEMU_FEAT_UPROBE_MULTI_LINK:
		return probe_uprobe_multi(ld, token);
	case BEMU_FEAT_ARG_CTX_TAG:
		return probe_arg_ctx(ld, token);
	case BEMU_FEAT_LDIMM64_FULL_RANGE_OFF:
		return probe_ldimm64_off(ld, token);
	case BEMU_FEAT_NR:
		break;
	}
	return 0;
}

/* Mirrors feat_supported(). */
static int supported(struct bemu_load *ld, uint8_t *cache, enum bemu_load_feat feat, int token)
{
	int ret;

	if (cache[feat] == BEMU_FEAT_UNKNOWN) {
		ret = probe(ld, feat, token);
		if (bemu_load_faulted(ld))
			return ld->env->fault ? ld->env->fault : ld->fault;
		if (ret < 0)
			bemu_note(ld->env, BEMU_R_LOAD_FEATURE, feat,
				  "probe of feature %d failed with %d, taken for missing",
				  (int)feat, ret);
		cache[feat] = ret > 0 ? BEMU_FEAT_SUPPORTED : BEMU_FEAT_MISSING;
	}
	return cache[feat] == BEMU_FEAT_SUPPORTED;
}

int bemu_load_process_feature(struct bemu_load *ld, enum bemu_load_feat feat)
{
	return supported(ld, ld->feats, feat, 0);
}

int bemu_load_feature(struct bemu_load *ld, enum bemu_load_feat feat)
{
	if (ld->opts.gen)
		return 1; /* the kernel that the loader will run on is taken for a new one */
	if (ld->token_fd > 0)
		return supported(ld, ld->token_feats, feat, ld->token_fd);
	return supported(ld, ld->feats, feat, 0);
}

int bemu_load_trial(struct bemu_load *ld)
{
	int token = ld->token_fd > 0 ? ld->token_fd : 0, fd;

	if (ld->opts.gen)
		return 0;
	fd = load_prog(ld, token, BPF_PROG_TYPE_SOCKET_FILTER, 0, insns_trivial,
		       BEMU_ARRAY_SIZE(insns_trivial));
	if (fd < 0 && !bemu_load_faulted(ld))
		fd = load_prog(ld, token, BPF_PROG_TYPE_TRACEPOINT, 0, insns_trivial,
			       BEMU_ARRAY_SIZE(insns_trivial));
	if (fd < 0)
		return bemu_load_faulted(ld)
			       ? fd
			       : bemu_fail(ld->env, fd, BEMU_R_LOAD_TRIAL, (uint64_t)-fd,
					   "a program of two instructions was refused");
	return bemu_load_close_fd(ld, fd);
}
