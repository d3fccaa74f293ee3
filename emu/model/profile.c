/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include "model/profile.h"

#include "base/env.h"
#include "uapi/bpf.h"

/* can_be_sleepable(), or what stood in its place in check_attach_btf_id(), kernel/bpf/verifier.c */
#define SLEEP_5_15 (1u << BPF_PROG_TYPE_TRACING | 1u << BPF_PROG_TYPE_LSM)
#define SLEEP_6_1  (SLEEP_5_15 | 1u << BPF_PROG_TYPE_KPROBE)
#define SLEEP_6_6  (SLEEP_6_1 | 1u << BPF_PROG_TYPE_STRUCT_OPS)
#define SLEEP_TRACING_6_6                                                                 \
	(1ull << BPF_TRACE_FENTRY | 1ull << BPF_TRACE_FEXIT | 1ull << BPF_MODIFY_RETURN | \
	 1ull << BPF_TRACE_ITER)
#define SLEEP_TEXT_6_6 \
	"Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable\n"

/*
 * Ends of attributes are those of the *_LAST_FIELD macros of kernel/bpf/syscall.c, numbers those of
 * include/uapi/linux/bpf.h and btf.h, of the release named.
 */
static const struct bemu_kprofile profiles[] = {
	{
		.kernel = BEMU_KERNEL_5_15,
		.release = "5.15.215",
		.attr_size = 128,
		.cmd_end = {
			64, 32, 32, 16, 24, 128, 16, 16, 20, 20, 72, 8, 8,
			4, 12, 16, 28, 12, 28, 4, 48, 32, 4, 8, 56, 56,
			56, 56, 28, 16, 4, 8, 4, 8, 4, 12, 0, 0,
		},
		.max_prog_type = 31,
		.max_map_type = 29,
		.max_btf_kind = 16,
		.max_helper = 175,
		.max_ident_len = 128,
		.prog_flags = 0x1f,
		.sleep_types = SLEEP_5_15,
		.sleep_tracing = UINT64_MAX,
		.sleep_text = "Only fentry/fexit/fmod_ret and lsm programs can be sleepable\n",
		.btf_info_len = 32,
		.map_info_len = 80,
		.map_info_end = 80,
		.prog_info_len = 216,
		.prog_info_end = 216,
		.link_info_len = 32,
	},
	{
		.kernel = BEMU_KERNEL_6_1,
		.release = "6.1.192",
		.attr_size = 144,
		.cmd_end = {
			72, 32, 32, 16, 24, 140, 16, 16, 20, 20, 76, 8, 8,
			4, 12, 16, 32, 12, 28, 4, 48, 32, 4, 8, 56, 56,
			56, 56, 48, 16, 4, 8, 4, 8, 4, 12, 0, 0,
		},
		.max_prog_type = 31,
		.max_map_type = 31,
		.max_btf_kind = 19,
		.max_helper = 209,
		.max_ident_len = 512,
		.prog_flags = 0x3f,
		.sleep_types = SLEEP_6_1,
		.sleep_tracing = UINT64_MAX,
		.sleep_text = "Only fentry/fexit/fmod_ret, lsm, and kprobe/uprobe programs can be sleepable\n",
		.btf_info_len = 32,
		.map_info_len = 88,
		.map_info_end = 88,
		.prog_info_len = 232,
		.prog_info_end = 232,
		.link_info_len = 48,
		.features = BEMU_KF_KFUNC_MODULE | BEMU_KF_TYPE_TAGS | BEMU_KF_ENUM_KFLAG |
			    BEMU_KF_CORE,
	},
	{
		.kernel = BEMU_KERNEL_6_6,
		.release = "6.6.63",
		.attr_size = 144,
		.cmd_end = {
			72, 32, 32, 16, 24, 144, 20, 20, 32, 32, 76, 8, 8,
			4, 12, 16, 64, 12, 32, 4, 48, 32, 4, 8, 56, 56,
			56, 56, 60, 16, 4, 8, 4, 8, 4, 12, 0, 0,
		},
		.max_prog_type = 32,
		.max_map_type = 32,
		.max_btf_kind = 19,
		.max_helper = 211,
		.max_ident_len = 512,
		.prog_flags = 0x7f,
		.sleep_types = SLEEP_6_6,
		.sleep_tracing = SLEEP_TRACING_6_6,
		.sleep_text = SLEEP_TEXT_6_6,
		.btf_info_len = 32,
		.map_info_len = 88,
		.map_info_end = 88,
		.prog_info_len = 232,
		.prog_info_end = 232,
		.link_info_len = 64,
		.features = BEMU_KF_KFUNC_MODULE | BEMU_KF_TYPE_TAGS | BEMU_KF_ENUM_KFLAG |
			    BEMU_KF_CORE | BEMU_KF_LOG_ROTATE | BEMU_KF_FREEZE_EPERM |
			    BEMU_KF_LDIMM64_FUNC | BEMU_KF_ISA_V4 |
			    BEMU_KF_CFG_LOOPS | BEMU_KF_ATTACH_MODULE | BEMU_KF_LINK_DEFER,
	},
	{
		.kernel = BEMU_KERNEL_6_12,
		.release = "6.12.117",
		.attr_size = 152,
		.cmd_end = {
			80, 32, 32, 16, 24, 148, 20, 20, 32, 32, 76, 8, 8,
			4, 12, 16, 64, 24, 40, 4, 48, 32, 4, 8, 56, 56,
			56, 56, 60, 16, 4, 8, 4, 8, 4, 12, 8, 0,
		},
		.max_prog_type = 32,
		.max_map_type = 33,
		.max_btf_kind = 19,
		.max_helper = 211,
		.max_ident_len = 512,
		.prog_flags = 0x100ff,
		.sleep_types = SLEEP_6_6,
		.sleep_tracing = SLEEP_TRACING_6_6,
		.sleep_text = SLEEP_TEXT_6_6,
		.btf_info_len = 32,
		.map_info_len = 88,
		.map_info_end = 88,
		.prog_info_len = 232,
		.prog_info_end = 232,
		.link_info_len = 64,
		.features = BEMU_KF_KFUNC_MODULE | BEMU_KF_TYPE_TAGS | BEMU_KF_ENUM_KFLAG |
			    BEMU_KF_CORE | BEMU_KF_LOG_ROTATE | BEMU_KF_FREEZE_EPERM |
			    BEMU_KF_LDIMM64_FUNC | BEMU_KF_ISA_V4 | BEMU_KF_TOKEN |
			    BEMU_KF_EARLY_BTF | BEMU_KF_SEC_PRINTABLE | BEMU_KF_LIMIT_TEXT |
			    BEMU_KF_CFG_LOOPS | BEMU_KF_ATTACH_LATE | BEMU_KF_LAZY_GLOBALS |
			    BEMU_KF_ATTACH_UNIX |
 BEMU_KF_ATTACH_MODULE | BEMU_KF_LINK_DEFER | BEMU_KF_DISTILLED_BASE,
	},
	{
		.kernel = BEMU_KERNEL_6_18,
		.release = "6.18.44",
		.attr_size = 168,
		.cmd_end = {
			92, 32, 32, 16, 24, 168, 20, 20, 32, 32, 76, 8, 8,
			4, 12, 16, 64, 24, 40, 16, 48, 32, 4, 8, 56, 56,
			56, 56, 60, 16, 4, 8, 4, 8, 4, 12, 8, 20,
		},
		.max_prog_type = 32,
		.max_map_type = 33,
		.max_btf_kind = 19,
		.max_helper = 211,
		.max_ident_len = 512,
		.prog_flags = 0x100ff,
		.sleep_types = SLEEP_6_6,
		.sleep_tracing = SLEEP_TRACING_6_6,
		.sleep_text = SLEEP_TEXT_6_6,
		.btf_info_len = 32,
		.map_info_len = 104,
		.map_info_end = 100,
		.prog_info_len = 232,
		.prog_info_end = 228,
		.link_info_len = 64,
		.features = BEMU_KF_KFUNC_MODULE | BEMU_KF_TYPE_TAGS | BEMU_KF_ENUM_KFLAG |
			    BEMU_KF_CORE | BEMU_KF_LOG_ROTATE | BEMU_KF_FREEZE_EPERM |
			    BEMU_KF_LDIMM64_FUNC | BEMU_KF_ISA_V4 | BEMU_KF_TOKEN |
			    BEMU_KF_EARLY_BTF | BEMU_KF_SEC_PRINTABLE | BEMU_KF_LIMIT_TEXT |
			    BEMU_KF_FD_ARRAY_CNT | BEMU_KF_TAG_KFLAG | BEMU_KF_SHA256_TAG |
			    BEMU_KF_EXCL | BEMU_KF_LINK_COOKIE |
			    BEMU_KF_CFG_LOOPS | BEMU_KF_ATTACH_LATE | BEMU_KF_LAZY_GLOBALS |
			    BEMU_KF_ATTACH_UNIX | BEMU_KF_STRUCT_OPS_ID |
 BEMU_KF_ATTACH_MODULE | BEMU_KF_LINK_DEFER | BEMU_KF_DISTILLED_BASE,
	},
};

const struct bemu_kprofile *bemu_kprofile_find(uint32_t kernel)
{
	size_t i;

	if (kernel == BEMU_KERNEL_DEFAULT)
		kernel = BEMU_KERNEL_6_18;
	for (i = 0; i < BEMU_ARRAY_SIZE(profiles); i++)
		if (profiles[i].kernel == kernel)
			return &profiles[i];
	return NULL;
}
