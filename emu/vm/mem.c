// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The machine around the interpreter: regions of memory, stacks, traps and tags. */
#include <errno.h>
#include <string.h>

#include "vm/machine.h"

#define FUNC_BASE 0xfff0000000000000ull

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
			.base = BEMU_VM_STACK_BASE + (uint64_t)i * BEMU_VM_FRAME_GAP,
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

void bemu_vm_set_trap(struct bemu_vm *vm, uint32_t reason, uint64_t addr, uint64_t len,
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
		bemu_vm_set_trap(vm, reason, addr, len, name);
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
