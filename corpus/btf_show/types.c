/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Types of a kernel, as far as rows.txt asks for them; their layout is that of Linux 6.18, x86-64.
 * types.btf is their BTF, as a kernel's is made:
 *   gcc -g -funsigned-char -c types.c && pahole -J types.o &&
 *   objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc types.o types.btf
 */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u16 __sum16;
typedef unsigned long __kernel_size_t;
typedef unsigned short sa_family_t;
typedef struct {
	int counter;
} atomic_t;

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct bpf_insn {
	__u8 code;
	__u8 dst_reg : 4;
	__u8 src_reg : 4;
	__s16 off;
	__s32 imm;
};

struct ethhdr {
	unsigned char h_dest[6];
	unsigned char h_source[6];
	__be16 h_proto;
};

struct iphdr {
	__u8 ihl : 4;
	__u8 version : 4;
	__u8 tos;
	__be16 tot_len;
	__be16 id;
	__be16 frag_off;
	__u8 ttl;
	__u8 protocol;
	__sum16 check;
	union {
		struct {
			__be32 saddr;
			__be32 daddr;
		};
		struct {
			__be32 saddr;
			__be32 daddr;
		} addrs;
	};
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__be16 u6_addr16[8];
		__be32 u6_addr32[4];
	} in6_u;
};

struct qspinlock {
	union {
		atomic_t val;
		struct {
			u8 locked;
			u8 pending;
		};
		struct {
			u16 locked_pending;
			u16 tail;
		};
	};
};

struct qstr {
	union {
		struct {
			u32 hash;
			u32 len;
		};
		u64 hash_len;
	};
	const unsigned char *name;
};

struct new_utsname {
	char sysname[65];
	char nodename[65];
	char release[65];
	char version[65];
	char machine[65];
	char domainname[65];
};

struct sockaddr {
	sa_family_t sa_family;
	union {
		char sa_data_min[14];
		struct {
			struct {
			} __empty_sa_data;
			char sa_data[0];
		};
	};
};

struct iovec {
	void *iov_base;
	__kernel_size_t iov_len;
};

enum bpf_cmd {
	BPF_MAP_CREATE,
	BPF_MAP_LOOKUP_ELEM,
	BPF_MAP_UPDATE_ELEM,
};

struct {
	struct list_head list;
	struct bpf_insn insn;
	struct ethhdr eth;
	struct iphdr ip;
	struct in6_addr addr;
	struct qspinlock lock;
	struct qstr qstr;
	struct new_utsname uts;
	struct sockaddr sockaddr;
	struct iovec iov;
	enum bpf_cmd cmd;
	signed char s8;
	_Bool b;
	__int128 i128;
	unsigned __int128 u128;
} all;

int bpf_map_meta_equal(const void *meta0, const void *meta1)
{
	return meta0 == meta1;
}
