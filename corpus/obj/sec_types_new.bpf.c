/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: sections that later libraries know (1.2 and on): no type in 1.1
 * Compile: clang-14 -O2 -g
 * Expect: mini load:?
 */
#include "bemu_bpf.h"

/* The least that a program can be. */
#define PROG(section, name)          \
	SEC(section)                 \
	int name(void *ctx)          \
	{                            \
		return 0;            \
	}

PROG("?tcx/ingress", n_tcx_ingress)
PROG("?tcx/egress", n_tcx_egress)
PROG("?netkit/primary", n_netkit_primary)
PROG("?netkit/peer", n_netkit_peer)
PROG("?tc/ingress", n_tc_ingress)
PROG("?tc/egress", n_tc_egress)
PROG("?netfilter", n_netfilter)
PROG("?kprobe.session/some_*", n_kprobe_session_some)
PROG("?uprobe.multi/bin:fn", n_uprobe_multi_bin_fn)
PROG("?uprobe.multi.s", n_uprobe_multi_s)
PROG("?uprobe.session", n_uprobe_session)
PROG("?cgroup/connect_unix", n_cgroup_connect_unix)
PROG("?cgroup/sendmsg_unix", n_cgroup_sendmsg_unix)
PROG("?cgroup/getsockname_unix", n_cgroup_getsockname_unix)
PROG("?tp.s/sched/sched_switch", n_tp_s_sched_sched_switch)
PROG("?raw_tp.s/sched_switch", n_raw_tp_s_sched_switch)
PROG("?action", n_action)

LICENSE("GPL");
