// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The interpreter. Mirrors ___bpf_prog_run(), kernel/bpf/core.c, v6.18: division by zero gives 0,
 * modulo by zero leaves the destination, shifts are masked, 32-bit results are zero-extended; the
 * signed minimum divided by -1 does not trap. What the verifier would not have let through traps.
 */
#include <errno.h>
#include <string.h>

#include "vm/prog.h"

#define FUNC_BASE  0xfff0000000000000ull
#define STACK_BASE 0xffffe90000000000ull /* a kernel address, far from where maps lie */
/* Frames lie apart, so that an access past one frame's end meets nothing. */
#define FRAME_GAP 0x1000u

struct frame {
	uint32_t ret_idx;
	uint64_t saved[4]; /* r6..r9 of the caller */
};

struct bemu_vm {
	struct bemu_env *env;
	const struct bemu_vm_ops *ops;
	const struct bemu_vm_prog *prog;
	uint32_t nr_regions, cap_regions;
	struct bemu_vm_region *regions; /* sorted by base */
	uint32_t last_region; /* hit by the last access: most accesses repeat */
	uint32_t nr_frames;
	uint32_t pc;
	uint64_t budget;
	struct bemu_vm_trap trap;
	struct vm_prov *prov; /* NULL: tags are not carried */
	struct frame frames[BEMU_VM_MAX_FRAMES];
	_Alignas(8) uint8_t stack[BEMU_VM_MAX_FRAMES][BEMU_VM_STACK_SIZE];
};

const char *bemu_vm_trap_name(uint32_t reason)
{
	switch ((enum bemu_vm_trap_reason)reason) {
	case BEMU_VM_TRAP_NONE:
		return "none";
	case BEMU_VM_TRAP_UNMAPPED:
		return "no memory there";
	case BEMU_VM_TRAP_CROSSES_END:
		return "crosses the end of a region";
	case BEMU_VM_TRAP_PERMISSION:
		return "not permitted in that region";
	case BEMU_VM_TRAP_MISALIGNED:
		return "misaligned atomic access";
	case BEMU_VM_TRAP_BUDGET:
		return "instruction budget used up";
	case BEMU_VM_TRAP_CALL_DEPTH:
		return "too many nested calls";
	case BEMU_VM_TRAP_HELPER:
		return "no such helper";
	}
	return "?";
}

uint64_t bemu_vm_func_addr(uint32_t insn_idx)
{
	return FUNC_BASE + (uint64_t)insn_idx * 8;
}

uint32_t bemu_vm_func_idx(const struct bemu_vm *vm, uint64_t addr)
{
	uint64_t idx = (addr - FUNC_BASE) / 8;

	if (addr < FUNC_BASE || addr % 8 || !vm->prog || idx >= vm->prog->nr_insns)
		return UINT32_MAX;
	return (uint32_t)idx;
}

int bemu_vm_new(struct bemu_env *env, const struct bemu_vm_ops *ops, struct bemu_vm **out)
{
	struct bemu_vm *vm = bemu_zalloc(env, sizeof(*vm));
	uint32_t i;
	int err = 0;

	if (!vm)
		return -ENOMEM;
	vm->env = env;
	vm->ops = ops;
	for (i = 0; i < BEMU_VM_MAX_FRAMES && !err; i++) {
		struct bemu_vm_region stack = {
			.base = STACK_BASE + (uint64_t)i * FRAME_GAP,
			.len = BEMU_VM_STACK_SIZE,
			.host = vm->stack[i],
			.perm = BEMU_VM_READ | BEMU_VM_WRITE,
			.name = "stack",
		};

		err = bemu_vm_map(vm, &stack);
	}
	if (err) {
		bemu_vm_free(vm);
		return err;
	}
	*out = vm;
	return 0;
}

void bemu_vm_free(struct bemu_vm *vm)
{
	if (!vm)
		return;
	bemu_vm_prov_free(vm->prov);
	bemu_mem_free(vm->env, vm->regions);
	bemu_mem_free(vm->env, vm);
}

/* Index of the first region whose end lies after @addr. */
static uint32_t region_after(const struct bemu_vm *vm, uint64_t addr)
{
	uint32_t lo = 0, hi = vm->nr_regions;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (vm->regions[mid].base + (vm->regions[mid].len - 1) < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int bemu_vm_map(struct bemu_vm *vm, const struct bemu_vm_region *region)
{
	uint32_t at;

	if (region->len == 0 || region->base + (region->len - 1) < region->base)
		return bemu_fail(vm->env, -EINVAL, BEMU_R_VM_REGION, region->base,
				 "region %s: %llu bytes at 0x%llx are none or wrap", region->name,
				 (unsigned long long)region->len, (unsigned long long)region->base);
	at = region_after(vm, region->base);
	if (at < vm->nr_regions && vm->regions[at].base <= region->base + (region->len - 1))
		return bemu_fail(vm->env, -EEXIST, BEMU_R_VM_REGION, region->base,
				 "region %s at 0x%llx overlaps %s", region->name,
				 (unsigned long long)region->base, vm->regions[at].name);
	if (bemu_grow(vm->env, &vm->regions, &vm->cap_regions, (size_t)vm->nr_regions + 1,
		      sizeof(*vm->regions)))
		return -ENOMEM;
	memmove(&vm->regions[at + 1], &vm->regions[at],
		(vm->nr_regions - at) * sizeof(*vm->regions));
	vm->regions[at] = *region;
	vm->nr_regions++;
	vm->last_region = 0;
	return 0;
}

static void set_trap(struct bemu_vm *vm, uint32_t reason, uint64_t addr, uint64_t len,
		     const char *region)
{
	vm->trap.reason = reason;
	vm->trap.insn_idx = vm->pc;
	vm->trap.addr = addr;
	vm->trap.len = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
	vm->trap.region = region;
}

/* The host bytes, or NULL with the reason and region of what is in the way. */
static void *resolve(const struct bemu_vm *vm, uint64_t addr, uint64_t len, uint32_t perm,
		     uint32_t *hit, uint32_t *reason, const char **name)
{
	const struct bemu_vm_region *r = &vm->regions[*hit];
	uint64_t off = addr - r->base;

	if (off >= r->len) {
		*hit = region_after(vm, addr);
		*reason = BEMU_VM_TRAP_UNMAPPED;
		*name = NULL;
		if (*hit >= vm->nr_regions) {
			*hit = 0;
			return NULL;
		}
		r = &vm->regions[*hit];
		off = addr - r->base;
		if (off >= r->len)
			return NULL;
	}
	*name = r->name;
	*reason = BEMU_VM_TRAP_CROSSES_END;
	if (len > r->len - off)
		return NULL;
	*reason = BEMU_VM_TRAP_PERMISSION;
	if ((r->perm & perm) != perm)
		return NULL;
	return (uint8_t *)r->host + off;
}

void *bemu_vm_at(struct bemu_vm *vm, uint64_t addr, uint64_t len, uint32_t perm)
{
	const char *name;
	uint32_t reason;
	void *host = resolve(vm, addr, len, perm, &vm->last_region, &reason, &name);

	if (!host)
		set_trap(vm, reason, addr, len, name);
	return host;
}

void *bemu_vm_peek(const struct bemu_vm *vm, uint64_t addr, uint64_t len, uint32_t perm)
{
	uint32_t hit = vm->last_region, reason;
	const char *name;

	return resolve(vm, addr, len, perm, &hit, &reason, &name);
}

const char *bemu_vm_region_of(const struct bemu_vm *vm, uint64_t addr, uint64_t *off)
{
	uint32_t at = region_after(vm, addr);

	if (at == vm->nr_regions || addr < vm->regions[at].base)
		return NULL;
	*off = addr - vm->regions[at].base;
	return vm->regions[at].name;
}

int bemu_vm_track(struct bemu_vm *vm)
{
	return vm->prov ? 0 : bemu_vm_prov_new(vm->env, &vm->prov);
}

void bemu_vm_tag_r0(struct bemu_vm *vm, uint32_t low, uint32_t high)
{
	if (vm->prov)
		bemu_vm_prov_set_r0(vm->prov, low, high);
}

uint32_t bemu_vm_arg_tag(const struct bemu_vm *vm, unsigned int arg)
{
	return vm->prov ? bemu_vm_prov_arg(vm->prov, arg) : 0;
}

uint32_t bemu_vm_mem_tag(const struct bemu_vm *vm, uint64_t addr)
{
	return vm->prov ? bemu_vm_prov_mem(vm->prov, addr).tag : 0;
}

struct bemu_vm_place bemu_vm_arg_place(const struct bemu_vm *vm, unsigned int arg)
{
	return vm->prov ? bemu_vm_prov_arg_place(vm->prov, arg) : (struct bemu_vm_place){ 0 };
}

struct bemu_vm_place bemu_vm_mem_place(const struct bemu_vm *vm, uint64_t addr)
{
	struct bemu_vm_place place = { 0 };

	if (bemu_vm_mem_tag(vm, addr)) {
		place.addr = addr;
		place.stored_by = bemu_vm_prov_mem(vm->prov, addr).by;
	}
	return place;
}

int bemu_vm_tag_mem(struct bemu_vm *vm, uint64_t addr, uint64_t len, uint32_t tag)
{
	return vm->prov ? bemu_vm_prov_set_mem(vm->prov, addr, len,
					       (struct vm_tag){ tag, vm->pc, 0 })
			: 0;
}

uint32_t bemu_vm_pc(const struct bemu_vm *vm)
{
	return vm->pc;
}

static inline uint64_t load(const void *p, unsigned int size)
{
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (size) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		memcpy(&v16, p, sizeof(v16));
		return v16;
	case 4:
		memcpy(&v32, p, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, p, sizeof(v64));
		return v64;
	}
}

static inline void store(void *p, unsigned int size, uint64_t v)
{
	uint32_t v32 = (uint32_t)v;
	uint16_t v16 = (uint16_t)v;

	switch (size) {
	case 1:
		*(uint8_t *)p = (uint8_t)v;
		break;
	case 2:
		memcpy(p, &v16, sizeof(v16));
		break;
	case 4:
		memcpy(p, &v32, sizeof(v32));
		break;
	default:
		memcpy(p, &v, sizeof(v));
		break;
	}
}

/* The low @bits of @v as a signed number; two's complement by arithmetic, without casts of signs. */
static uint64_t sign_extend(uint64_t v, unsigned int bits)
{
	uint64_t sign = 1ull << (bits - 1);

	v &= sign | (sign - 1);
	return (v ^ sign) - sign;
}

static uint64_t arsh64(uint64_t v, unsigned int n)
{
	return n ? sign_extend(v >> n, 64 - n) : v;
}

static uint32_t arsh32(uint32_t v, unsigned int n)
{
	return n ? (uint32_t)sign_extend(v >> n, 32 - n) : v;
}

/* Signed division as C has it, on magnitudes: the minimum by -1 wraps to itself, its rest is 0. */
static uint64_t sdivmod(uint64_t a, uint64_t b, bool mod)
{
	bool neg_a = a >> 63, neg_b = b >> 63;
	uint64_t ua = neg_a ? 0 - a : a, ub = neg_b ? 0 - b : b;
	uint64_t r;

	if (!b)
		return mod ? a : 0;
	r = mod ? ua % ub : ua / ub;
	return (mod ? neg_a : neg_a != neg_b) ? 0 - r : r;
}

static uint64_t divmod(uint64_t a, uint64_t b, bool mod)
{
	if (!b)
		return mod ? a : 0;
	return mod ? a % b : a / b;
}

static uint64_t byte_order(uint64_t v, unsigned int bits, bool swap)
{
	switch (bits) {
	case 16:
		return swap ? __builtin_bswap16((uint16_t)v) : (uint16_t)v;
	case 32:
		return swap ? __builtin_bswap32((uint32_t)v) : (uint32_t)v;
	default:
		return swap ? __builtin_bswap64(v) : v;
	}
}

static bool host_is_little(void)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

/* One atomic operation; the machine is single-threaded, so plain loads and stores are enough. */
static int run_atomic(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs)
{
	uint64_t addr = regs[insn->dst] + (uint64_t)(int64_t)insn->off;
	uint64_t old, src = regs[insn->src], new;
	void *p;

	if (addr % insn->size) {
		set_trap(vm, BEMU_VM_TRAP_MISALIGNED, addr, insn->size, NULL);
		return -EFAULT;
	}
	p = bemu_vm_at(vm, addr, insn->size, BEMU_VM_READ | BEMU_VM_WRITE);
	if (!p)
		return -EFAULT;
	old = load(p, insn->size);
	if (insn->size == 4)
		src = (uint32_t)src;
	switch (insn->raw_imm & ~BPF_FETCH) {
	case BPF_ADD:
		new = old + src;
		break;
	case BPF_AND:
		new = old &src;
		break;
	case BPF_OR:
		new = old | src;
		break;
	case BPF_XOR:
		new = old ^ src;
		break;
	case BPF_XCHG & ~BPF_FETCH:
		new = src;
		break;
	default: /* BPF_CMPXCHG: compares with r0, which receives the old value */
		new = old == (insn->size == 4 ? (uint32_t)regs[0] : regs[0]) ? src : old;
		regs[0] = old;
		store(p, insn->size, new);
		return 0;
	}
	store(p, insn->size, new);
	if (insn->raw_imm & BPF_FETCH)
		regs[insn->src] = old;
	return 0;
}

static int run_call(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs)
{
	int err;

	if (vm->prov)
		bemu_vm_prov_set_r0(vm->prov, 0, 0); /* the helper may say otherwise */
	if (insn->op == VM_OP_CALL_HELPER)
		err = vm->ops->helper ? vm->ops->helper(vm->ops->ctx, vm, (uint32_t)insn->raw_imm,
							&regs[1], &regs[0])
				      : -ENOENT;
	else
		err = vm->ops->kfunc ? vm->ops->kfunc(vm->ops->ctx, vm, insn->raw_imm, insn->off,
						      &regs[1], &regs[0])
				     : -ENOENT;
	if (err == -ENOENT) {
		set_trap(vm, BEMU_VM_TRAP_HELPER, (uint32_t)insn->raw_imm, 0, NULL);
		return -EFAULT;
	}
	return err;
}

static inline bool compare(uint8_t op, uint64_t a, uint64_t b, bool wide)
{
	const uint64_t flip = 1ull << 63; /* unsigned order of flipped values is signed order */
	uint64_t sa, sb;

	if (!wide) {
		a = (uint32_t)a;
		b = (uint32_t)b;
	}
	sa = (wide ? a : sign_extend(a, 32)) ^ flip;
	sb = (wide ? b : sign_extend(b, 32)) ^ flip;
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSET:
		return (a & b) != 0;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	default:
		return sa <= sb; /* BPF_JSLE: decode lets no other through */
	}
}

static inline uint64_t alu64(uint8_t op, uint64_t a, uint64_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return divmod(a, b, false);
	case BPF_MOD:
		return divmod(a, b, true);
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 63);
	case BPF_RSH:
		return a >> (b & 63);
	case BPF_ARSH:
		return arsh64(a, b & 63);
	case BPF_NEG:
		return 0 - a;
	default:
		return b; /* BPF_MOV */
	}
}

static inline uint32_t alu32(uint8_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	case BPF_ARSH:
		return arsh32(a, b & 31);
	case BPF_MOD:
		return b ? a % b : a;
	default:
		return (uint32_t)alu64(op, a, b);
	}
}

/* Operations that are not told by the opcode byte alone. 0, -EFAULT for a trap, or a fault of ours. */
static int run_variant(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs)
{
	uint64_t *dst = &regs[insn->dst], src = regs[insn->src], addr;
	void *p;

	switch (insn->op) {
	case VM_OP_SDIV64_X:
	case VM_OP_SMOD64_X:
		*dst = sdivmod(*dst, src, insn->op == VM_OP_SMOD64_X);
		return 0;
	case VM_OP_SDIV64_K:
	case VM_OP_SMOD64_K:
		*dst = sdivmod(*dst, insn->imm, insn->op == VM_OP_SMOD64_K);
		return 0;
	case VM_OP_SDIV32_X:
	case VM_OP_SMOD32_X:
		*dst = (uint32_t)sdivmod(sign_extend(*dst, 32), sign_extend(src, 32),
					 insn->op == VM_OP_SMOD32_X);
		return 0;
	case VM_OP_SDIV32_K:
	case VM_OP_SMOD32_K:
		*dst = (uint32_t)sdivmod(sign_extend(*dst, 32), insn->imm,
					 insn->op == VM_OP_SMOD32_K);
		return 0;
	case VM_OP_MOVSX64_8:
		*dst = sign_extend(src, 8);
		return 0;
	case VM_OP_MOVSX64_16:
		*dst = sign_extend(src, 16);
		return 0;
	case VM_OP_MOVSX64_32:
		*dst = sign_extend(src, 32);
		return 0;
	case VM_OP_MOVSX32_8:
		*dst = (uint32_t)sign_extend(src, 8);
		return 0;
	case VM_OP_MOVSX32_16:
		*dst = (uint32_t)sign_extend(src, 16);
		return 0;
	case VM_OP_TO_LE:
		*dst = byte_order(*dst, insn->size, !host_is_little());
		return 0;
	case VM_OP_TO_BE:
		*dst = byte_order(*dst, insn->size, host_is_little());
		return 0;
	case VM_OP_BSWAP:
		*dst = byte_order(*dst, insn->size, true);
		return 0;
	case VM_OP_CALL_HELPER:
	case VM_OP_CALL_KFUNC:
		return run_call(vm, insn, regs);
	case VM_OP_LOAD_ACQ:
	case VM_OP_STORE_REL:
		addr = (insn->op == VM_OP_LOAD_ACQ ? src : *dst) + (uint64_t)(int64_t)insn->off;
		if (addr % insn->size) {
			set_trap(vm, BEMU_VM_TRAP_MISALIGNED, addr, insn->size, NULL);
			return -EFAULT;
		}
		p = bemu_vm_at(vm, addr, insn->size,
			       insn->op == VM_OP_LOAD_ACQ ? BEMU_VM_READ : BEMU_VM_WRITE);
		if (!p)
			return -EFAULT;
		if (insn->op == VM_OP_LOAD_ACQ)
			*dst = load(p, insn->size);
		else
			store(p, insn->size, src);
		return 0;
	default: /* VM_OP_NOP */
		return 0;
	}
}

/* bemu_vm_at() for what hits the region of the access before, as most do. */
static inline void *at(struct bemu_vm *vm, uint64_t addr, uint32_t len, uint32_t perm)
{
	const struct bemu_vm_region *r = &vm->regions[vm->last_region];
	uint64_t off = addr - r->base;

	if (off < r->len && len <= r->len - off && (r->perm & perm) == perm)
		return (uint8_t *)r->host + off;
	return bemu_vm_at(vm, addr, len, perm);
}

static inline int run_load(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs,
			   uint32_t size)
{
	void *p = at(vm, regs[insn->src] + (uint64_t)(int64_t)insn->off, size, BEMU_VM_READ);

	if (!p)
		return -EFAULT;
	regs[insn->dst] = load(p, size);
	return 0;
}

static inline int run_store(struct bemu_vm *vm, const struct vm_insn *insn, const uint64_t *regs,
			    uint32_t size, uint64_t v)
{
	void *p = at(vm, regs[insn->dst] + (uint64_t)(int64_t)insn->off, size, BEMU_VM_WRITE);

	if (!p)
		return -EFAULT;
	store(p, size, v);
	return 0;
}

/* Memory accesses that are neither plain loads nor plain stores. */
static int run_mem(struct bemu_vm *vm, const struct vm_insn *insn, uint64_t *regs)
{
	uint8_t code = (uint8_t)insn->op;
	int err;

	if (BPF_MODE(code) == BPF_ATOMIC)
		return run_atomic(vm, insn, regs);
	err = run_load(vm, insn, regs, insn->size); /* BEMU_BPF_MEMSX */
	if (!err)
		regs[insn->dst] = sign_extend(regs[insn->dst], insn->size * 8u);
	return err;
}

/*
 * One case for each opcode of a kind: the function that it calls is inlined with a constant operation,
 * so that each case is what it says and no more.
 */
#define EACH_ALU(X) \
	X(BPF_ADD)  \
	X(BPF_SUB)  \
	X(BPF_MUL)  \
	X(BPF_DIV)  \
	X(BPF_MOD) X(BPF_OR) X(BPF_AND) X(BPF_XOR) X(BPF_LSH) X(BPF_RSH) X(BPF_ARSH) X(BPF_MOV)
#define EACH_JMP(X) \
	X(BPF_JEQ)  \
	X(BPF_JNE)  \
	X(BPF_JGT)  \
	X(BPF_JGE) X(BPF_JLT) X(BPF_JLE) X(BPF_JSET) X(BPF_JSGT) X(BPF_JSGE) X(BPF_JSLT) X(BPF_JSLE)
#define EACH_SIZE(X) X(BPF_B, 1) X(BPF_H, 2) X(BPF_W, 4) X(BPF_DW, 8)

#define ALU_CASES(op)                                                  \
	case BPF_ALU64 | BPF_K | (op):                                 \
		*dst = alu64(op, *dst, insn->imm);                     \
		break;                                                 \
	case BPF_ALU64 | BPF_X | (op):                                 \
		*dst = alu64(op, *dst, src);                           \
		break;                                                 \
	case BPF_ALU | BPF_K | (op):                                   \
		*dst = alu32(op, (uint32_t)*dst, (uint32_t)insn->imm); \
		break;                                                 \
	case BPF_ALU | BPF_X | (op):                                   \
		*dst = alu32(op, (uint32_t)*dst, (uint32_t)src);       \
		break;
#define JMP_CASES(op)                                    \
	case BPF_JMP | BPF_K | (op):                     \
		if (compare(op, *dst, insn->imm, true))  \
			idx = insn->target;              \
		break;                                   \
	case BPF_JMP | BPF_X | (op):                     \
		if (compare(op, *dst, src, true))        \
			idx = insn->target;              \
		break;                                   \
	case BPF_JMP32 | BPF_K | (op):                   \
		if (compare(op, *dst, insn->imm, false)) \
			idx = insn->target;              \
		break;                                   \
	case BPF_JMP32 | BPF_X | (op):                   \
		if (compare(op, *dst, src, false))       \
			idx = insn->target;              \
		break;
#define MEM_CASES(size, len)                                     \
	case BPF_LDX | BPF_MEM | (size):                         \
		err = run_load(vm, insn, regs, len);             \
		break;                                           \
	case BPF_STX | BPF_MEM | (size):                         \
		err = run_store(vm, insn, regs, len, src);       \
		break;                                           \
	case BPF_ST | BPF_MEM | (size):                          \
		err = run_store(vm, insn, regs, len, insn->imm); \
		break;

/* A call of a function of the program: its frame; -EFAULT when there are too many. */
static int enter_frame(struct bemu_vm *vm, uint32_t ret_idx, uint64_t *regs)
{
	struct frame *frame;

	if (vm->nr_frames == BEMU_VM_MAX_FRAMES) {
		set_trap(vm, BEMU_VM_TRAP_CALL_DEPTH, 0, 0, NULL);
		return -EFAULT;
	}
	frame = &vm->frames[vm->nr_frames++];
	frame->ret_idx = ret_idx;
	memcpy(frame->saved, &regs[6], sizeof(frame->saved));
	if (vm->prov)
		bemu_vm_prov_enter(vm->prov);
	regs[10] += FRAME_GAP;
	return 0;
}

/* Back to the caller: where it goes on. */
static uint32_t leave_frame(struct bemu_vm *vm, uint64_t *regs)
{
	const struct frame *frame = &vm->frames[vm->nr_frames];

	memcpy(&regs[6], frame->saved, sizeof(frame->saved));
	if (vm->prov)
		bemu_vm_prov_leave(vm->prov);
	regs[10] -= FRAME_GAP;
	return frame->ret_idx;
}

/* Runs from @idx until the frame it started in exits. @regs[1..5] are set, r10 and the rest are ours. */
static int run_frames(struct bemu_vm *vm, uint32_t idx, uint64_t *regs)
{
	const struct vm_insn *insns = vm->prog->insns;
	uint32_t first_frame = vm->nr_frames;
	int err = 0;

	vm->nr_frames++;
	regs[10] = STACK_BASE + (uint64_t)first_frame * FRAME_GAP + BEMU_VM_STACK_SIZE;
	while (!err) {
		const struct vm_insn *insn = &insns[idx];
		uint64_t *dst = &regs[insn->dst], src = regs[insn->src];

		vm->pc = idx++;
		if (vm->budget == 0) {
			set_trap(vm, BEMU_VM_TRAP_BUDGET, 0, 0, NULL);
			return -EFAULT;
		}
		vm->budget--;
		if (vm->prov) {
			err = bemu_vm_prov_step(vm->prov, insn, vm->pc, regs);
			if (err)
				return err;
		}
		switch (insn->op) {
			EACH_ALU(ALU_CASES)
			EACH_JMP(JMP_CASES)
			EACH_SIZE(MEM_CASES)
		case BPF_ALU64 | BPF_NEG:
			*dst = 0 - *dst;
			break;
		case BPF_ALU | BPF_NEG:
			*dst = (uint32_t)(0 - *dst);
			break;
		case BPF_LD | BPF_IMM | BPF_DW:
			*dst = insn->imm;
			idx++;
			break;
		case BPF_JMP | BPF_JA:
		case BPF_JMP32 | BPF_JA:
			idx = insn->target;
			break;
		case BPF_JMP | BPF_EXIT:
			vm->nr_frames--;
			if (vm->nr_frames == first_frame)
				return 0;
			idx = leave_frame(vm, regs);
			break;
		case VM_OP_CALL_FUNC:
			err = enter_frame(vm, idx, regs);
			idx = insn->target;
			break;
		default:
			err = insn->op >= VM_OP_SDIV64_X ? run_variant(vm, insn, regs)
							 : run_mem(vm, insn, regs);
			break;
		}
	}
	return err;
}

int bemu_vm_run(struct bemu_vm *vm, const struct bemu_vm_prog *prog, uint64_t ctx, uint64_t budget,
		uint64_t *ret, struct bemu_vm_trap *trap)
{
	uint64_t regs[BEMU_VM_NR_REGS] = { 0 };
	int err;

	vm->prog = prog;
	vm->nr_frames = 0;
	vm->budget = budget;
	memset(&vm->trap, 0, sizeof(vm->trap));
	memset(vm->stack, 0, sizeof(vm->stack));
	if (vm->prov)
		bemu_vm_prov_reset(vm->prov);
	regs[1] = ctx;
	err = run_frames(vm, 0, regs);
	if (!err) {
		*ret = regs[0];
	} else if (err == -EFAULT) {
		*trap = vm->trap;
		bemu_note(vm->env, BEMU_R_VM_TRAP, vm->trap.insn_idx,
			  "insn %u: %s: %u bytes at 0x%llx%s%s", vm->trap.insn_idx,
			  bemu_vm_trap_name(vm->trap.reason), vm->trap.len,
			  (unsigned long long)vm->trap.addr, vm->trap.region ? " in " : "",
			  vm->trap.region ? vm->trap.region : "");
	}
	return err;
}

int bemu_vm_call(struct bemu_vm *vm, uint32_t insn_idx, const uint64_t args[5], uint64_t *ret)
{
	uint64_t regs[BEMU_VM_NR_REGS] = { 0 };
	uint32_t pc = vm->pc;
	int err;

	if (!vm->prog || insn_idx >= vm->prog->nr_insns ||
	    vm->prog->insns[insn_idx].op == VM_OP_SECOND_WORD)
		return -EINVAL;
	if (vm->nr_frames == BEMU_VM_MAX_FRAMES) {
		set_trap(vm, BEMU_VM_TRAP_CALL_DEPTH, 0, 0, NULL);
		return -EFAULT;
	}
	memcpy(&regs[1], args, 5 * sizeof(args[0]));
	err = run_frames(vm, insn_idx, regs);
	if (err)
		return err;
	vm->pc = pc;
	*ret = regs[0];
	return 0;
}
