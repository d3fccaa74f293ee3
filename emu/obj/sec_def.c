// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* What a section name says about a program: the table of libbpf, with the release that had a row first. */
#include "obj/private.h"

/* Attach types that <linux/bpf.h> of Debian 12 does not have yet; the rest are in uapi/bpf.h. */
enum {
	BEMU_BPF_TCX_INGRESS = 46,
	BEMU_BPF_TCX_EGRESS = 47,
	BEMU_BPF_TRACE_UPROBE_MULTI = 48,
	BEMU_BPF_CGROUP_UNIX_SENDMSG = 50,
	BEMU_BPF_CGROUP_UNIX_RECVMSG = 51,
	BEMU_BPF_CGROUP_UNIX_GETPEERNAME = 52,
	BEMU_BPF_NETKIT_PRIMARY = 54,
	BEMU_BPF_NETKIT_PEER = 55,
	BEMU_BPF_TRACE_KPROBE_SESSION = 56,
	BEMU_BPF_TRACE_UPROBE_SESSION = 57,
	BEMU_BPF_TRACE_FSESSION = 58,
};

enum {
	V1_1 = BEMU_LIBBPF_1_1,
	V1_5 = BEMU_LIBBPF_1_5,
	V1_7 = BEMU_LIBBPF_1_7,
	OPT = BEMU_DEF_ATTACH_OPT,
	BTF = BEMU_DEF_ATTACH_BTF,
	SLEEP = BEMU_DEF_SLEEPABLE,
	FRAGS = BEMU_DEF_XDP_FRAGS,
	USDT = BEMU_DEF_USDT, /* since 1.5; the row is older */
};

/* Mirrors section_defs[], tools/lib/bpf/libbpf.c, 1.1 to 1.7. The first match wins. */
static const struct bemu_obj_sec_def defs[] = {
	{ "socket", V1_1, BPF_PROG_TYPE_SOCKET_FILTER, 0, 0 },
	{ "sk_reuseport/migrate", V1_1, BPF_PROG_TYPE_SK_REUSEPORT,
	  BPF_SK_REUSEPORT_SELECT_OR_MIGRATE, 0 },
	{ "sk_reuseport", V1_1, BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT, 0 },
	{ "kprobe+", V1_1, BPF_PROG_TYPE_KPROBE, 0, 0 },
	{ "uprobe+", V1_1, BPF_PROG_TYPE_KPROBE, 0, 0 },
	{ "uprobe.s+", V1_1, BPF_PROG_TYPE_KPROBE, 0, SLEEP },
	{ "kretprobe+", V1_1, BPF_PROG_TYPE_KPROBE, 0, 0 },
	{ "uretprobe+", V1_1, BPF_PROG_TYPE_KPROBE, 0, 0 },
	{ "uretprobe.s+", V1_1, BPF_PROG_TYPE_KPROBE, 0, SLEEP },
	{ "kprobe.multi+", V1_1, BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, 0 },
	{ "kretprobe.multi+", V1_1, BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, 0 },
	{ "kprobe.session+", V1_5, BPF_PROG_TYPE_KPROBE, BEMU_BPF_TRACE_KPROBE_SESSION, 0 },
	{ "uprobe.multi+", V1_5, BPF_PROG_TYPE_KPROBE, BEMU_BPF_TRACE_UPROBE_MULTI, 0 },
	{ "uretprobe.multi+", V1_5, BPF_PROG_TYPE_KPROBE, BEMU_BPF_TRACE_UPROBE_MULTI, 0 },
	{ "uprobe.session+", V1_7, BPF_PROG_TYPE_KPROBE, BEMU_BPF_TRACE_UPROBE_SESSION, 0 },
	{ "uprobe.multi.s+", V1_5, BPF_PROG_TYPE_KPROBE, BEMU_BPF_TRACE_UPROBE_MULTI, SLEEP },
	{ "uretprobe.multi.s+", V1_5, BPF_PROG_TYPE_KPROBE, BEMU_BPF_TRACE_UPROBE_MULTI, SLEEP },
	{ "uprobe.session.s+", V1_7, BPF_PROG_TYPE_KPROBE, BEMU_BPF_TRACE_UPROBE_SESSION, SLEEP },
	{ "ksyscall+", V1_1, BPF_PROG_TYPE_KPROBE, 0, 0 },
	{ "kretsyscall+", V1_1, BPF_PROG_TYPE_KPROBE, 0, 0 },
	{ "usdt+", V1_1, BPF_PROG_TYPE_KPROBE, 0, USDT },
	{ "usdt.s+", V1_5, BPF_PROG_TYPE_KPROBE, 0, USDT | SLEEP },
	{ "tc/ingress", V1_5, BPF_PROG_TYPE_SCHED_CLS, BEMU_BPF_TCX_INGRESS, 0 },
	{ "tc/egress", V1_5, BPF_PROG_TYPE_SCHED_CLS, BEMU_BPF_TCX_EGRESS, 0 },
	{ "tcx/ingress", V1_5, BPF_PROG_TYPE_SCHED_CLS, BEMU_BPF_TCX_INGRESS, 0 },
	{ "tcx/egress", V1_5, BPF_PROG_TYPE_SCHED_CLS, BEMU_BPF_TCX_EGRESS, 0 },
	{ "tc", V1_1, BPF_PROG_TYPE_SCHED_CLS, 0, 0 },
	{ "classifier", V1_1, BPF_PROG_TYPE_SCHED_CLS, 0, 0 },
	{ "action", V1_1, BPF_PROG_TYPE_SCHED_ACT, 0, 0 },
	{ "netkit/primary", V1_5, BPF_PROG_TYPE_SCHED_CLS, BEMU_BPF_NETKIT_PRIMARY, 0 },
	{ "netkit/peer", V1_5, BPF_PROG_TYPE_SCHED_CLS, BEMU_BPF_NETKIT_PEER, 0 },
	{ "tracepoint+", V1_1, BPF_PROG_TYPE_TRACEPOINT, 0, 0 },
	{ "tp+", V1_1, BPF_PROG_TYPE_TRACEPOINT, 0, 0 },
	{ "raw_tracepoint+", V1_1, BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0 },
	{ "raw_tp+", V1_1, BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0 },
	{ "raw_tracepoint.w+", V1_1, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0 },
	{ "raw_tp.w+", V1_1, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0 },
	{ "tp_btf+", V1_1, BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, BTF },
	{ "fentry+", V1_1, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, BTF },
	{ "fmod_ret+", V1_1, BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, BTF },
	{ "fexit+", V1_1, BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, BTF },
	{ "fentry.s+", V1_1, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, BTF | SLEEP },
	{ "fmod_ret.s+", V1_1, BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, BTF | SLEEP },
	{ "fexit.s+", V1_1, BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, BTF | SLEEP },
	{ "fsession+", V1_7, BPF_PROG_TYPE_TRACING, BEMU_BPF_TRACE_FSESSION, BTF },
	{ "fsession.s+", V1_7, BPF_PROG_TYPE_TRACING, BEMU_BPF_TRACE_FSESSION, BTF | SLEEP },
	{ "freplace+", V1_1, BPF_PROG_TYPE_EXT, 0, BTF },
	{ "lsm+", V1_1, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BTF },
	{ "lsm.s+", V1_1, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BTF | SLEEP },
	{ "lsm_cgroup+", V1_1, BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, BTF },
	{ "iter+", V1_1, BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, BTF },
	{ "iter.s+", V1_1, BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, BTF | SLEEP },
	{ "syscall", V1_1, BPF_PROG_TYPE_SYSCALL, 0, SLEEP },
	{ "xdp.frags/devmap", V1_1, BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP, FRAGS },
	{ "xdp/devmap", V1_1, BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP, 0 },
	{ "xdp.frags/cpumap", V1_1, BPF_PROG_TYPE_XDP, BPF_XDP_CPUMAP, FRAGS },
	{ "xdp/cpumap", V1_1, BPF_PROG_TYPE_XDP, BPF_XDP_CPUMAP, 0 },
	{ "xdp.frags", V1_1, BPF_PROG_TYPE_XDP, BPF_XDP, FRAGS },
	{ "xdp", V1_1, BPF_PROG_TYPE_XDP, BPF_XDP, OPT },
	{ "perf_event", V1_1, BPF_PROG_TYPE_PERF_EVENT, 0, 0 },
	{ "lwt_in", V1_1, BPF_PROG_TYPE_LWT_IN, 0, 0 },
	{ "lwt_out", V1_1, BPF_PROG_TYPE_LWT_OUT, 0, 0 },
	{ "lwt_xmit", V1_1, BPF_PROG_TYPE_LWT_XMIT, 0, 0 },
	{ "lwt_seg6local", V1_1, BPF_PROG_TYPE_LWT_SEG6LOCAL, 0, 0 },
	{ "sockops", V1_1, BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS, OPT },
	{ "sk_skb/stream_parser", V1_1, BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_PARSER, OPT },
	{ "sk_skb/stream_verdict", V1_1, BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_VERDICT, OPT },
	{ "sk_skb/verdict", V1_5, BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_VERDICT, OPT },
	{ "sk_skb", V1_1, BPF_PROG_TYPE_SK_SKB, 0, 0 },
	{ "sk_msg", V1_1, BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT, OPT },
	{ "lirc_mode2", V1_1, BPF_PROG_TYPE_LIRC_MODE2, BPF_LIRC_MODE2, OPT },
	{ "flow_dissector", V1_1, BPF_PROG_TYPE_FLOW_DISSECTOR, BPF_FLOW_DISSECTOR, OPT },
	{ "cgroup_skb/ingress", V1_1, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, OPT },
	{ "cgroup_skb/egress", V1_1, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, OPT },
	{ "cgroup/skb", V1_1, BPF_PROG_TYPE_CGROUP_SKB, 0, 0 },
	{ "cgroup/sock_create", V1_1, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, 0 },
	{ "cgroup/sock_release", V1_1, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE, 0 },
	{ "cgroup/sock", V1_1, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, OPT },
	{ "cgroup/post_bind4", V1_1, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND, 0 },
	{ "cgroup/post_bind6", V1_1, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET6_POST_BIND, 0 },
	{ "cgroup/bind4", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, 0 },
	{ "cgroup/bind6", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_BIND, 0 },
	{ "cgroup/connect4", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, 0 },
	{ "cgroup/connect6", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT, 0 },
	{ "cgroup/connect_unix", V1_5, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BEMU_BPF_CGROUP_UNIX_CONNECT,
	  0 },
	{ "cgroup/sendmsg4", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG, 0 },
	{ "cgroup/sendmsg6", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG, 0 },
	{ "cgroup/sendmsg_unix", V1_5, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BEMU_BPF_CGROUP_UNIX_SENDMSG,
	  0 },
	{ "cgroup/recvmsg4", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG, 0 },
	{ "cgroup/recvmsg6", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_RECVMSG, 0 },
	{ "cgroup/recvmsg_unix", V1_5, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BEMU_BPF_CGROUP_UNIX_RECVMSG,
	  0 },
	{ "cgroup/getpeername4", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME,
	  0 },
	{ "cgroup/getpeername6", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETPEERNAME,
	  0 },
	{ "cgroup/getpeername_unix", V1_5, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	  BEMU_BPF_CGROUP_UNIX_GETPEERNAME, 0 },
	{ "cgroup/getsockname4", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETSOCKNAME,
	  0 },
	{ "cgroup/getsockname6", V1_1, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETSOCKNAME,
	  0 },
	{ "cgroup/getsockname_unix", V1_5, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	  BEMU_BPF_CGROUP_UNIX_GETSOCKNAME, 0 },
	{ "cgroup/sysctl", V1_1, BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL, 0 },
	{ "cgroup/getsockopt", V1_1, BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT, 0 },
	{ "cgroup/setsockopt", V1_1, BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT, 0 },
	{ "cgroup/dev", V1_1, BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE, OPT },
	{ "struct_ops+", V1_1, BPF_PROG_TYPE_STRUCT_OPS, 0, 0 },
	{ "struct_ops.s+", V1_5, BPF_PROG_TYPE_STRUCT_OPS, 0, SLEEP },
	{ "sk_lookup", V1_1, BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, 0 },
	{ "netfilter", V1_5, BEMU_BPF_PROG_TYPE_NETFILTER, BEMU_BPF_NETFILTER, 0 },
};

/* Mirrors sec_def_matches(): "name+" is name itself or name/anything. */
static bool matches(const char *pattern, const char *name)
{
	while (*pattern && *pattern != '+' && *pattern == *name) {
		pattern++;
		name++;
	}
	if (*pattern == '+')
		return *name == '\0' || *name == '/';
	return *pattern == *name;
}

const struct bemu_obj_sec_def *bemu_obj_sec_def_find(const char *sec_name, uint32_t libbpf)
{
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(defs); i++)
		if (defs[i].name[0] == sec_name[0] && defs[i].since <= libbpf &&
		    matches(defs[i].name, sec_name))
			return &defs[i];
	return NULL;
}
