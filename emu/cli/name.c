/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Numbers of bpf(2) in the words that bpftool and libbpf use for them. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

static const char *const map_types[] = {
	"unspec",
	"hash",
	"array",
	"prog_array",
	"perf_event_array",
	"percpu_hash",
	"percpu_array",
	"stack_trace",
	"cgroup_array",
	"lru_hash",
	"lru_percpu_hash",
	"lpm_trie",
	"array_of_maps",
	"hash_of_maps",
	"devmap",
	"sockmap",
	"cpumap",
	"xskmap",
	"sockhash",
	"cgroup_storage",
	"reuseport_sockarray",
	"percpu_cgroup_storage",
	"queue",
	"stack",
	"sk_storage",
	"devmap_hash",
	"struct_ops",
	"ringbuf",
	"inode_storage",
	"task_storage",
	"bloom_filter",
	"user_ringbuf",
	"cgrp_storage",
	"arena",
	"insn_array",
};

static const char *const prog_types[] = {
	"unspec",
	"socket_filter",
	"kprobe",
	"sched_cls",
	"sched_act",
	"tracepoint",
	"xdp",
	"perf_event",
	"cgroup_skb",
	"cgroup_sock",
	"lwt_in",
	"lwt_out",
	"lwt_xmit",
	"sock_ops",
	"sk_skb",
	"cgroup_device",
	"sk_msg",
	"raw_tracepoint",
	"cgroup_sock_addr",
	"lwt_seg6local",
	"lirc_mode2",
	"sk_reuseport",
	"flow_dissector",
	"cgroup_sysctl",
	"raw_tracepoint_writable",
	"cgroup_sockopt",
	"tracing",
	"struct_ops",
	"ext",
	"lsm",
	"sk_lookup",
	"syscall",
	"netfilter",
};

const char *bemu_cli_map_type(uint32_t type)
{
	return type < BEMU_ARRAY_SIZE(map_types) ? map_types[type] : "unknown";
}

const char *bemu_cli_prog_type(uint32_t type)
{
	return type < BEMU_ARRAY_SIZE(prog_types) ? prog_types[type] : "unknown";
}

const char *bemu_cli_errno(int err)
{
	const char *name = bemu_obj_errno_name(err);

	return name ? name : "an unknown errno";
}

const char *bemu_cli_stage(uint32_t stage)
{
	switch ((enum bemu_load_stage)stage) {
	case BEMU_STAGE_OPEN:
		return "open";
	case BEMU_STAGE_TOKEN:
		return "token";
	case BEMU_STAGE_TRIAL:
		return "trial load";
	case BEMU_STAGE_KERNEL_BTF:
		return "kernel BTF";
	case BEMU_STAGE_EXTERNS:
		return "externs";
	case BEMU_STAGE_BTF_UPLOAD:
		return "BTF upload";
	case BEMU_STAGE_STRUCT_OPS:
		return "struct_ops";
	case BEMU_STAGE_MAPS:
		return "maps";
	case BEMU_STAGE_RELOCATE:
		return "relocation";
	case BEMU_STAGE_PROGS:
		return "programs";
	case BEMU_STAGE_SLOTS:
		return "initial slots";
	case BEMU_STAGE_DONE:
		return "done";
	}
	return "?";
}

const char *bemu_cli_why(uint32_t why)
{
	switch ((enum bemu_core_why)why) {
	case BEMU_CORE_MATCHED:
		return "matched";
	case BEMU_CORE_NO_MEMBER:
		return "no_member";
	case BEMU_CORE_BAD_MEMBER_KIND:
		return "bad_member_kind";
	case BEMU_CORE_NOT_COMPOSITE:
		return "not_composite";
	case BEMU_CORE_NOT_ARRAY:
		return "not_array";
	case BEMU_CORE_ARRAY_BOUND:
		return "array_bound";
	case BEMU_CORE_NO_ENUMERATOR:
		return "no_enumerator";
	case BEMU_CORE_TYPE_INCOMPATIBLE:
		return "type_incompatible";
	case BEMU_CORE_TYPE_MISMATCH:
		return "type_mismatch";
	case BEMU_CORE_AMBIGUOUS:
		return "ambiguous";
	case BEMU_CORE_ERROR:
		return "error";
	}
	return "?";
}

static const struct {
	const char *name;
	uint32_t libbpf;
} libbpfs[] = {
	{ "1.1", BEMU_LIBBPF_1_1 },
	{ "1.5", BEMU_LIBBPF_1_5 },
	{ "1.7", BEMU_LIBBPF_1_7 },
};

const char *bemu_cli_libbpf(uint32_t libbpf)
{
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(libbpfs); i++) {
		if (libbpfs[i].libbpf == libbpf)
			return libbpfs[i].name;
	}
	return "?";
}

int bemu_cli_libbpf_parse(const char *text, uint32_t *out)
{
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(libbpfs); i++) {
		if (!strcmp(libbpfs[i].name, text)) {
			*out = libbpfs[i].libbpf;
			return 0;
		}
	}
	return -EINVAL;
}

static const char *const kernels[] = {
	[BEMU_KERNEL_5_15] = "5.15", [BEMU_KERNEL_6_1] = "6.1",	  [BEMU_KERNEL_6_6] = "6.6",
	[BEMU_KERNEL_6_12] = "6.12", [BEMU_KERNEL_6_18] = "6.18",
};

const char *bemu_cli_kernel_short(uint32_t kernel)
{
	return kernel < BEMU_ARRAY_SIZE(kernels) && kernels[kernel] ? kernels[kernel] : "";
}

int bemu_cli_kernel_parse(const char *text, uint32_t *out)
{
	uint32_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(kernels); i++) {
		if (kernels[i] && !strcmp(kernels[i], text)) {
			*out = i;
			return 0;
		}
	}
	return -EINVAL;
}
