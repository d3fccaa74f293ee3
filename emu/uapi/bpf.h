/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * <linux/bpf.h> of Debian 12 (6.1) plus what newer kernels added that we use. The preprocessor cannot
 * ask whether an enumerator exists, so every addition is spelt BEMU_<kernel name>.
 */
#ifndef BEMU_UAPI_BPF_H
#define BEMU_UAPI_BPF_H

#include <stdint.h>

#include <linux/bpf.h>

enum {
	BEMU_BPF_TOKEN_CREATE = 36,
	BEMU_BPF_PROG_STREAM_READ_BY_FD = 37,
};

enum {
	BEMU_BPF_MAP_TYPE_CGRP_STORAGE = 32,
	BEMU_BPF_MAP_TYPE_ARENA = 33,
	BEMU_BPF_MAP_TYPE_INSN_ARRAY = 34,
	BEMU_BPF_PROG_TYPE_NETFILTER = 32,
	BEMU_BPF_NETFILTER = 45,
	BEMU_BPF_CGROUP_UNIX_CONNECT = 49,
	BEMU_BPF_CGROUP_UNIX_GETSOCKNAME = 53,
};

enum {
	BEMU_BPF_F_PATH_FD = 1u << 14,
	BEMU_BPF_F_VTYPE_BTF_OBJ_FD = 1u << 15,
	BEMU_BPF_F_TOKEN_FD = 1u << 16,
};

/* Mode bits of LDX with sign extension and their class, v6.6. */
enum {
	BEMU_BPF_MEMSX = 0x80,
	BEMU_BPF_JCOND = 0xe0,
	BEMU_BPF_LOAD_ACQ = 0x100,
	BEMU_BPF_STORE_REL = 0x110,
};

/* sizeof(union bpf_attr) of v6.18; the installed header's union is shorter. */
enum { BEMU_BPF_ATTR_SIZE_6_18 = 168 };

/*
 * The fields of union bpf_attr as of v6.18 that a loader fills, one struct a command, in the
 * kernel's names and at the kernel's offsets.
 */
struct bemu_attr_map_create {
	uint32_t map_type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t map_flags;
	uint32_t inner_map_fd;
	uint32_t numa_node;
	char map_name[16];
	uint32_t map_ifindex;
	uint32_t btf_fd;
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	uint32_t btf_vmlinux_value_type_id;
	uint64_t map_extra;
	int32_t value_type_btf_obj_fd;
	int32_t map_token_fd;
	uint64_t excl_prog_hash;
	uint32_t excl_prog_hash_size;
	uint32_t reserved;
};

struct bemu_attr_prog_load {
	uint32_t prog_type;
	uint32_t insn_cnt;
	uint64_t insns;
	uint64_t license;
	uint32_t log_level;
	uint32_t log_size;
	uint64_t log_buf;
	uint32_t kern_version;
	uint32_t prog_flags;
	char prog_name[16];
	uint32_t prog_ifindex;
	uint32_t expected_attach_type;
	uint32_t prog_btf_fd;
	uint32_t func_info_rec_size;
	uint64_t func_info;
	uint32_t func_info_cnt;
	uint32_t line_info_rec_size;
	uint64_t line_info;
	uint32_t line_info_cnt;
	uint32_t attach_btf_id;
	uint32_t attach_prog_fd; /* also attach_btf_obj_fd */
	uint32_t core_relo_cnt;
	uint64_t fd_array;
	uint64_t core_relos;
	uint32_t core_relo_rec_size;
	uint32_t log_true_size;
	int32_t prog_token_fd;
	uint32_t fd_array_cnt;
	uint64_t signature;
	uint32_t signature_size;
	int32_t keyring_id;
};

struct bemu_attr_btf_load {
	uint64_t btf;
	uint64_t btf_log_buf;
	uint32_t btf_size;
	uint32_t btf_log_size;
	uint32_t btf_log_level;
	uint32_t btf_log_true_size;
	uint32_t btf_flags;
	int32_t btf_token_fd;
};

_Static_assert(sizeof(struct bemu_attr_map_create) == 96, "MAP_CREATE attribute, v6.18");
_Static_assert(sizeof(struct bemu_attr_prog_load) == 168, "PROG_LOAD attribute, v6.18");
_Static_assert(sizeof(struct bemu_attr_btf_load) == 40, "BTF_LOAD attribute, v6.18");

#endif
