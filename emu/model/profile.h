/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Kernel profiles: what differs between the releases that are modelled, in one table. */
#ifndef BEMU_MODEL_PROFILE_H
#define BEMU_MODEL_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include <bemu/bemu.h>

enum { BEMU_K_NR_CMDS = 38 };
/* What the kernel was built for, and the one network device that each machine has. */
enum { BEMU_K_NR_CPUS = 256, BEMU_K_LOOPBACK_IFINDEX = 1 };

/** enum bemu_kfeature - behaviour that a number cannot express */
enum bemu_kfeature {
	BEMU_KF_LOG_ROTATE = 1u << 0, /* v6.4: the log keeps its end, and tells its true size */
	BEMU_KF_TOKEN = 1u << 1, /* v6.9 */
	BEMU_KF_FD_ARRAY_CNT = 1u << 2, /* v6.14 */
	BEMU_KF_KFUNC_MODULE = 1u << 3, /* v5.16: insn->off of a kfunc call */
	BEMU_KF_FREEZE_EPERM = 1u << 4, /* v6.6: freezing twice is -EPERM, -EBUSY before */
	BEMU_KF_EARLY_BTF = 1u << 5, /* v6.7: func_info is read before subprograms are found */
	BEMU_KF_LDIMM64_FUNC = 1u << 6, /* v6.2: src 3 may name a FUNC */
	BEMU_KF_SEC_PRINTABLE = 1u << 7, /* v6.9: section names of printable characters */
	BEMU_KF_TAG_KFLAG = 1u << 8, /* v6.15: kflag of DECL_TAG and TYPE_TAG */
	BEMU_KF_TYPE_TAGS = 1u << 9, /* v5.17: type tags come before modifiers */
	BEMU_KF_ENUM_KFLAG = 1u << 10, /* v6.0: signed enumerations */
	BEMU_KF_SHA256_TAG = 1u << 11, /* v6.18: program tags */
	BEMU_KF_CORE = 1u << 12, /* v5.17: core_relos */
	BEMU_KF_LIMIT_TEXT = 1u << 13, /* v6.12: text when 64 maps are used up */
	BEMU_KF_EXCL = 1u << 14, /* v6.18: exclusive maps, map hash */
	BEMU_KF_ISA_V4 = 1u << 15, /* v6.6: MEMSX, BSWAP, JA32, signed division */
	BEMU_KF_CFG_LOOPS =
		1u << 16, /* v6.7, in 6.6 stable: any back-edge is fine with privilege */
	BEMU_KF_ATTACH_LATE = 1u << 17, /* v6.13, in 6.12 stable: attach target after the graph */
	BEMU_KF_LAZY_GLOBALS =
		1u << 18, /* v6.8: global functions that nobody calls are not verified */
	BEMU_KF_ATTACH_UNIX = 1u << 19, /* v6.7: attach types of unix sockets */
	BEMU_KF_STRUCT_OPS_ID = 1u << 20, /* v6.14: nothing is said when attach_btf_id is 0 */
	BEMU_KF_ATTACH_MODULE = 1u << 22, /* v6.6: a program holds the module that it is for */
	BEMU_KF_LINK_DEFER = 1u << 23, /* v6.9, in 6.6 stable: a link lets its program go later */
	BEMU_KF_DISTILLED_BASE = 1u << 24, /* v6.11: .BTF.base */
	BEMU_KF_LINK_COOKIE = 1u << 25, /* v6.17: a link tells its cookie */
};

/**
 * struct bemu_kprofile - one kernel release
 * @cmd_end:    end of the last field of each command's attribute; 0: the command does not exist
 * @max_*:      largest number that is known
 * @prog_flags: accepted bits of prog_flags
 * @sleep_types:   program types that may sleep, as bits; SYSCALL is not among them: it has to
 * @sleep_tracing: attach types of TRACING with which it may sleep, as bits
 * @sleep_text:    what the log says of all others
 */
struct bemu_kprofile {
	uint32_t kernel;
	const char *release;
	uint32_t attr_size;
	uint8_t cmd_end[BEMU_K_NR_CMDS];
	uint32_t max_prog_type;
	uint32_t max_map_type;
	uint32_t max_btf_kind;
	uint32_t max_helper;
	uint32_t max_ident_len;
	uint32_t prog_flags;
	uint32_t sleep_types;
	uint64_t sleep_tracing;
	const char *sleep_text;
	uint32_t btf_info_len;
	uint32_t map_info_len, map_info_end;
	uint32_t prog_info_len, prog_info_end;
	uint32_t link_info_len;
	uint32_t features;
};

/** bemu_kprofile_find() - BEMU_KERNEL_DEFAULT gives 6.18; NULL when unknown */
const struct bemu_kprofile *bemu_kprofile_find(uint32_t kernel);

static inline bool bemu_kprofile_has(const struct bemu_kprofile *prof, uint32_t feature)
{
	return prof->features & feature;
}

#endif
