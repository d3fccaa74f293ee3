/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The kernel's memory as a running program can reach it, for the calls that it makes: its stack, its
 * context and the values of its maps are all that there is. And the telling of those calls.
 */
#include <string.h>

#include "sys/sys.h"
#include "vm/vm.h"

/* Mirrors copy_from_kernel_nofault_allowed(), arch/x86/mm/maccess.c: the upper half, for x86-64. */
static bool is_kernel_addr(uint64_t addr)
{
	return addr >> 63;
}

static int kmem_read(void *ctx, uint64_t addr, void *dst, size_t len)
{
	const struct bemu_run *run = ctx;
	const void *src;

	if (!is_kernel_addr(addr))
		return -EFAULT;
	if (!len)
		return 0;
	src = bemu_vm_peek(run->vm, addr, len, BEMU_VM_READ);
	if (!src)
		return -EFAULT;
	memcpy(dst, src, len);
	return 0;
}

static int kmem_write(void *ctx, uint64_t addr, const void *src, size_t len)
{
	const struct bemu_run *run = ctx;
	void *dst;

	if (!is_kernel_addr(addr))
		return -EFAULT;
	dst = bemu_vm_peek(run->vm, addr, len, BEMU_VM_WRITE);
	if (!dst)
		return -EFAULT;
	memcpy(dst, src, len);
	/* without a tag no memory is needed, so this does not fail */
	return bemu_vm_tag_mem(run->vm, addr, len, 0);
}

void bemu_run_mem(struct bemu_run *run)
{
	run->kmem.read = kmem_read;
	run->kmem.write = kmem_write;
	run->kmem.ctx = run;
}

static int seen_read(const struct bemu_seen *seen, uint64_t addr, void *dst, size_t len)
{
	return kmem_read(seen->src, addr, dst, len);
}

static void set_origin(const struct bemu_run *run, struct bemu_vm_place place,
		       struct bemu_origin *origin)
{
	const char *region;

	if (!origin)
		return;
	memset(origin, 0, sizeof(*origin));
	origin->addr = place.addr;
	origin->stored_by = place.stored_by;
	region = place.addr ? bemu_vm_region_of(run->vm, place.addr, &origin->off) : NULL;
	origin->region = region ? region : "";
}

static uint32_t seen_tag(const struct bemu_seen *seen, uint64_t addr, struct bemu_origin *origin)
{
	const struct bemu_run *run = seen->src;

	set_origin(run, bemu_vm_mem_place(run->vm, addr), origin);
	return bemu_vm_mem_tag(run->vm, addr);
}

static uint32_t seen_arg(const struct bemu_seen *seen, struct bemu_origin *origin)
{
	const struct bemu_run *run = seen->src;

	set_origin(run, bemu_vm_arg_place(run->vm, 0), origin);
	return bemu_vm_arg_tag(run->vm, 0);
}

static const char *seen_region(const struct bemu_seen *seen, uint64_t addr, uint64_t *off)
{
	const struct bemu_run *run = seen->src;

	return bemu_vm_region_of(run->vm, addr, off);
}

void bemu_run_tell(struct bemu_run *run, struct bemu_told *told, uint32_t kind)
{
	static const struct bemu_seen_ops ops = {
		.read = seen_read,
		.tag = seen_tag,
		.arg = seen_arg,
		.region = seen_region,
	};

	memset(told, 0, sizeof(*told));
	told->task = run->call->task;
	told->seen.kind = kind;
	told->seen.insn_idx = (int32_t)bemu_vm_pc(run->vm);
	told->seen.fd = -1;
	told->seen.ops = &ops;
	told->seen.src = run;
}
