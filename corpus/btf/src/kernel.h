/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Types of "mini", an invented little kernel. Only what the objects of corpus/obj relocate against
 * is here; names of real kernel types are used where an object is also meant for a real kernel.
 * With MINI_B defined it is "mini-b", another version: fields moved, renamed, resized and gone.
 */
#ifndef MINI_KERNEL_H
#define MINI_KERNEL_H

typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;
typedef u32 __u32;
typedef u64 __u64;
typedef _Bool bool;
typedef int pid_t;
typedef unsigned int uid_t;
typedef struct {
	uid_t val;
} kuid_t;
typedef struct {
	int counter;
} atomic_t;

struct list_head {
	struct list_head *next, *prev;
};

/* ---- the process types that agent.bpf.c reads, here and on real kernels ---- */
struct ns_common {
	const void *ops;
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
	struct pid_namespace *parent;
	unsigned int level;
};

struct nsproxy {
	atomic_t count;
	struct pid_namespace *pid_ns_for_children;
};

struct cred {
	atomic_t usage;
	kuid_t uid;
	kuid_t euid;
};

struct mm_struct {
	struct {
		unsigned long task_size;
		unsigned long total_vm;
		unsigned long arg_start, arg_end, env_start, env_end;
	};
	unsigned long cpu_bitmap[];
};

struct task_struct {
#ifdef MINI_B
	volatile long state;
#else
	unsigned int __state;
#endif
	void *stack;
	unsigned int flags;
	int exit_code;
	unsigned sched_reset_on_fork : 1;
	unsigned sched_contributes_to_load : 1;
	unsigned : 0;
	unsigned in_execve : 1;
	unsigned in_iowait : 1;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct list_head children;
	struct task_struct *group_leader;
#ifndef MINI_B
	u64 start_time;
#endif
	const struct cred *cred;
	char comm[16];
	struct nsproxy *nsproxy;
	struct mm_struct *mm;
};

/* ---- plain fields of every width and sign ---- */
struct scalars {
#ifdef MINI_B
	u64 moved_by[2];
	u16 u4b;
	u64 u8b;
#else
	u64 u8b;
	u32 u4b;
#endif
	u16 u2b;
	u8 u1b;
	bool flag;
	s64 s8b;
	s32 s4b;
	s16 s2b;
	s8 s1b;
	char chr;
	void *ptr;
	int (*fn)(int);
#ifndef MINI_B
	float flt;
	double dbl;
#endif
	__int128 oct;
};

/* Fields whose width differs from what the objects were compiled with. */
struct widths {
	u64 was_u32;
	u32 was_u64;
	u16 was_u8;
	u8 was_u16;
	s64 was_s32;
	s32 was_u32_signed;
	u32 same;
	struct {
		u64 lo;
	} was_int;
	u32 *was_u64_ptr;
};

/* ---- nesting, arrays, anonymous members ---- */
struct inner {
	u32 pad;
#ifdef MINI_B
	u64 wider;
#endif
	u32 x;
	u64 y;
};

struct outer {
	u32 head;
	struct inner one;
#ifdef MINI_B
	struct inner many[2];
#else
	struct inner many[4];
#endif
	union {
		u32 as_u32;
		struct {
			u64 skip;
			u64 deep;
		};
		struct {
			u8 bytes[24];
		} named;
	};
	u8 grid[3][5];
	struct inner *link;
	union {
		u16 half[2];
		u32 full;
	} parts;
};

struct flexible {
	u32 nr;
	u32 pad;
	struct inner items[];
};

struct bounded {
	u32 nr;
	u32 items[4];
};

/* ---- bitfields ---- */
struct bits {
	u32 lead : 9;
#ifdef MINI_B
	u32 squeezed_in : 2;
#endif
	u32 a : 3;
	s32 neg : 5;
	u32 cross : 11;
	u32 : 0;
	u64 wide : 40;
	u64 top : 24;
	u8 small : 2;
	u8 tail : 6;
	u32 whole;
	s32 was_bitfield;
};

/* No word of the declared type holds b, c or d: readers must take a wider one. */
struct packed_bits {
	u8 a : 6;
	u8 b : 7;
	u32 c : 27;
	u16 d : 12;
	u8 e : 4;
} __attribute__((packed));

/* ---- the edge of a 16-bit displacement ---- */
struct huge {
#ifdef MINI_B
	char pad[32766];
#else
	char pad[32767];
#endif
	u8 last;
	u8 over;
	char more[7000];
	u32 far_away;
};

/* ---- flavours kept side by side, in one kernel ---- */
struct flav {
	u32 a;
	u32 b;
};

#ifndef MINI_B
struct flav___old {
	u32 a;
	u32 pad;
	u32 b;
	u32 c;
};
#endif

/* Two names, one layout: more than one candidate, and all agree. */
struct agree {
	u32 k;
	u32 v;
};

struct agree___twin {
	u32 k;
	u32 v;
	u32 extra;
};

/* Only one of the two has each of the fields that an object asks for. */
struct prune {
	u32 common;
	u32 only_plain;
};

struct prune___alt {
	u32 common;
	u32 only_alt;
};

/* ---- enums ---- */
enum colour {
#ifdef MINI_B
	COLOUR_RED,
	COLOUR_BLUE,
#else
	COLOUR_RED = 10,
	COLOUR_GREEN = 20,
	COLOUR_BLUE = 30,
#endif
};

enum mood {
	MOOD_BAD = -7,
	MOOD_GOOD = 7,
};

enum mask {
	MASK_LOW = 1,
	MASK_TOP = 0x80000000U,
	MASK_ALL = 0xffffffffU,
};

enum big {
	BIG_ONE = 1,
#ifndef MINI_B
	BIG_TWO = 0x123456789abcULL,
	BIG_TOP = 0x8000000000000000ULL,
#endif
};

enum big_signed {
	BIGS_MIN = -0x7fffffff00000000LL,
	BIGS_ONE = 1,
};

/* ---- type matches ---- */
struct matched {
	u32 a;
	u64 added;
	struct inner in;
	struct flexible *flex;
	enum colour c;
};

typedef struct {
	u32 a;
	u64 b;
} anon_td;

typedef anon_td chained_td;
typedef int (*callback_td)(struct outer *, u32);

union overlay {
	u32 word;
	u8 byte[4];
};

struct incomplete;

/* Every qualifier and tag that BTF has a kind for. */
struct qualified {
	const volatile u32 *cv;
	char *__restrict r;
	char __attribute__((btf_type_tag("user"))) * tagged;
	struct incomplete *fwd;
	union incomplete_u *fwd_u;
};

/* ---- contexts of BPF programs ---- */
struct __sk_buff {
	u32 len;
	u32 pkt_type;
	u32 mark;
};

struct xdp_md {
	u32 data;
	u32 data_end;
};

struct pt_regs {
	unsigned long di, si, dx, ip, sp;
};

struct bpf_iter_meta {
	void *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* ---- tracing targets that are typedefs ---- */
typedef void (*btf_trace_mini_event)(void *, struct task_struct *, u64);
typedef void (*btf_trace_sched_process_exit)(void *, struct task_struct *);

/* ---- struct_ops: the operations, and the wrapper in which the kernel keeps them ---- */
struct mini_ops {
	int (*init)(struct outer *);
	void (*release)(struct outer *);
	u64 (*score)(struct outer *, u32);
	u32 flags;
	char name[16];
	void *owner;
};

struct bpf_struct_ops_common_value {
	u32 refcnt;
	u32 state;
};

struct bpf_struct_ops_mini_ops {
	struct bpf_struct_ops_common_value common;
	struct mini_ops data;
};

/* ---- what the per-CPU variables are made of ---- */
struct rq {
#ifdef MINI_B
	u64 lock;
#endif
	u32 nr_running;
	u64 clock;
	struct task_struct *curr;
	int cpu;
};

#endif
