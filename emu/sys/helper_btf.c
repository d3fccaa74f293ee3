// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* bpf_snprintf_btf(). Mirrors the function of its name and bpf_btf_printf_prepare(), kernel/trace/bpf_trace.c. */
#include <string.h>

#include "base/ints.h"
#include "sys/btf_show.h"
#include "vm/vm.h"

enum { FLAGS_ALL = BTF_F_COMPACT | BTF_F_NONAME | BTF_F_PTR_RAW | BTF_F_ZERO };

/* Which type, of which BTF; 0 or what the helper answers. */
static int prepare(const struct bemu_model *model, const struct btf_ptr *ptr, uint32_t ptr_size,
		   uint64_t flags, const struct bemu_btf **btf)
{
	if (flags & ~(uint64_t)FLAGS_ALL || ptr_size != sizeof(*ptr) || !model->vmlinux)
		return -EINVAL;
	*btf = model->vmlinux->btf;
	if (!ptr->type_id)
		return -EINVAL;
	if (ptr->type_id > INT32_MAX || !bemu_btf_type(*btf, ptr->type_id))
		return -ENOENT;
	return 0; /* flags of btf_ptr are never read */
}

int bemu_run_snprintf_btf(struct bemu_run *run, const uint64_t args[5], uint64_t *r0)
{
	uint32_t size = (uint32_t)args[1], ptr_size = (uint32_t)args[3];
	struct bemu_show show = { .env = run->call->env, .mem = &run->kmem, .flags = args[4] };
	struct btf_ptr ptr = { 0 };
	const void *given;
	long res;

	if (!size || !ptr_size)
		return bemu_run_outside(run, "a buffer of no size, which no verifier lets pass,");
	show.text = bemu_vm_at(run->vm, args[0], size, BEMU_VM_WRITE);
	given = bemu_vm_at(run->vm, args[2], ptr_size, BEMU_VM_READ);
	if (!show.text || !given)
		return -EFAULT;
	memcpy(&ptr, given, ptr_size < sizeof(ptr) ? ptr_size : sizeof(ptr));
	show.left = size;
	res = prepare(run->call->model, &ptr, ptr_size, args[4], &show.btf);
	if (!res)
		res = bemu_show_value(&show, ptr.type_id, (uint64_t)(uintptr_t)ptr.ptr);
	if (show.outside)
		return bemu_run_outside(run, show.outside);
	if (run->call->env->fault)
		return run->call->env->fault;
	*r0 = (uint64_t)(int64_t)res;
	return bemu_vm_tag_mem(run->vm, args[0], size - show.left, 0);
}
