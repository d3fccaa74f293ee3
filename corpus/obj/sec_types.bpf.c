/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: program types by section name: one empty program of each of sixty sections
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

/* The least that a program can be. */
#define PROG(section, name)          \
	SEC(section)                 \
	int name(void *ctx)          \
	{                            \
		return 0;            \
	}

PROG("socket", s_socket)
PROG("sk_reuseport", s_sk_reuseport)
PROG("sk_reuseport/migrate", s_sk_reuseport_migrate)
PROG("kprobe/some_kernel_func", s_kprobe_some_kernel_func)
PROG("kretprobe/some_kernel_func", s_kretprobe_some_kernel_func)
PROG("uprobe", s_uprobe)
PROG("uretprobe", s_uretprobe)
PROG("uprobe.s", s_uprobe_s)
PROG("kprobe.multi/some_*", s_kprobe_multi_some)
PROG("ksyscall/nanosleep", s_ksyscall_nanosleep)
PROG("usdt", s_usdt)
PROG("tc", s_tc)
PROG("classifier", s_classifier)
PROG("action", s_action)
PROG("tracepoint/sched/sched_switch", s_tracepoint_sched_sched_switch)
PROG("tp/sched/sched_switch", s_tp_sched_sched_switch)
PROG("raw_tracepoint/sched_switch", s_raw_tracepoint_sched_switch)
PROG("raw_tp/sched_switch", s_raw_tp_sched_switch)
PROG("raw_tp.w/sched_switch", s_raw_tp_w_sched_switch)
PROG("xdp", s_xdp)
PROG("xdp.frags", s_xdp_frags)
PROG("xdp/devmap", s_xdp_devmap)
PROG("xdp.frags/cpumap", s_xdp_frags_cpumap)
PROG("perf_event", s_perf_event)
PROG("lwt_in", s_lwt_in)
PROG("lwt_out", s_lwt_out)
PROG("lwt_xmit", s_lwt_xmit)
PROG("lwt_seg6local", s_lwt_seg6local)
PROG("sockops", s_sockops)
PROG("sk_skb", s_sk_skb)
PROG("sk_skb/stream_parser", s_sk_skb_stream_parser)
PROG("sk_skb/stream_verdict", s_sk_skb_stream_verdict)
PROG("sk_msg", s_sk_msg)
PROG("lirc_mode2", s_lirc_mode2)
PROG("flow_dissector", s_flow_dissector)
PROG("sk_lookup", s_sk_lookup)
PROG("syscall", s_syscall)
PROG("cgroup_skb/ingress", s_cgroup_skb_ingress)
PROG("cgroup_skb/egress", s_cgroup_skb_egress)
PROG("cgroup/skb", s_cgroup_skb)
PROG("cgroup/sock", s_cgroup_sock)
PROG("cgroup/sock_create", s_cgroup_sock_create)
PROG("cgroup/sock_release", s_cgroup_sock_release)
PROG("cgroup/post_bind4", s_cgroup_post_bind4)
PROG("cgroup/post_bind6", s_cgroup_post_bind6)
PROG("cgroup/bind4", s_cgroup_bind4)
PROG("cgroup/bind6", s_cgroup_bind6)
PROG("cgroup/connect4", s_cgroup_connect4)
PROG("cgroup/connect6", s_cgroup_connect6)
PROG("cgroup/sendmsg4", s_cgroup_sendmsg4)
PROG("cgroup/sendmsg6", s_cgroup_sendmsg6)
PROG("cgroup/recvmsg4", s_cgroup_recvmsg4)
PROG("cgroup/recvmsg6", s_cgroup_recvmsg6)
PROG("cgroup/getpeername4", s_cgroup_getpeername4)
PROG("cgroup/getpeername6", s_cgroup_getpeername6)
PROG("cgroup/getsockname4", s_cgroup_getsockname4)
PROG("cgroup/getsockname6", s_cgroup_getsockname6)
PROG("cgroup/sysctl", s_cgroup_sysctl)
PROG("cgroup/getsockopt", s_cgroup_getsockopt)
PROG("cgroup/setsockopt", s_cgroup_setsockopt)
PROG("cgroup/dev", s_cgroup_dev)

LICENSE("GPL");
