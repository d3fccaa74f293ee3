// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * bpf_snprintf_btf(). Mirrors the function of its name and bpf_btf_printf_prepare(), kernel/trace/bpf_trace.c,
 * v6.18, which know the types of vmlinux only. How a program could name those of a module was discussed in
 * December 2020; no kernel has any of it, design btf-ptr= has three.
 */
#include <string.h>

#include "base/ints.h"
#include "sys/btf_show.h"
#include "vm/vm.h"

enum { FLAGS_ALL = BTF_F_COMPACT | BTF_F_NONAME | BTF_F_PTR_RAW | BTF_F_ZERO };

/** struct given - struct btf_ptr, with the member that design btf-ptr=obj-fd adds */
struct given {
	uint64_t ptr;
	uint32_t type_id;
	uint32_t flags;
	uint64_t btf_obj;
};

enum { GIVEN_LEN = 16 };

/* btf-ptr=flags: an FD of whichever process the program runs in. */
static int btf_by_fd(struct bemu_run *run, uint32_t fd, struct bemu_kbtf **out)
{
	struct bemu_kobj *obj;
	int err = bemu_ctx_fd(run->call, fd, BEMU_FILE_BTF, NULL, &obj);

	if (!err)
		*out = (struct bemu_kbtf *)obj;
	return err;
}

/* btf-ptr=obj-id: what is no module's id now, or was one, is vmlinux. */
static void btf_by_id(const struct bemu_model *model, uint32_t id, struct bemu_kbtf **out)
{
	const struct bemu_module *mod;

	for (mod = model->modules; mod; mod = mod->next)
		if (mod->btf && mod->btf->obj.id == id)
			*out = mod->btf;
}

/* btf-ptr=obj-fd: the address of an object that this program holds. */
static int btf_by_addr(const struct bemu_prog *prog, uint64_t addr, struct bemu_kbtf **out)
{
	uint32_t i;

	for (i = 0; i < prog->nr_used_btfs; i++)
		if (bemu_kbtf_kaddr(prog->used_btfs[i].btf) == addr) {
			*out = prog->used_btfs[i].btf;
			return 0;
		}
	return -EINVAL;
}

/* Whose type it is; vmlinux unless a design says otherwise. */
static int pick_btf(struct bemu_run *run, const struct given *given, struct bemu_kbtf **out)
{
	struct bemu_model *model = run->call->model;

	*out = model->vmlinux;
	if (model->design & BEMU_DESIGN_BTF_PTR_FLAGS && given->flags)
		return btf_by_fd(run, given->flags, out);
	if (model->design & BEMU_DESIGN_BTF_PTR_OBJ_ID && given->flags)
		btf_by_id(model, given->flags, out);
	if (given->btf_obj)
		return btf_by_addr(run->prog, given->btf_obj, out);
	return 0;
}

/* Which type, of which BTF; 0 or what the helper answers. */
static int prepare(struct bemu_run *run, const struct given *given, uint32_t size, uint64_t flags,
		   const struct bemu_btf **btf)
{
	bool longer = run->call->model->design & BEMU_DESIGN_BTF_PTR_OBJ_FD;
	struct bemu_kbtf *kbtf = NULL;
	int err;

	if (flags & ~(uint64_t)FLAGS_ALL)
		return -EINVAL;
	if (size != GIVEN_LEN && (size != sizeof(*given) || !longer))
		return -EINVAL;
	err = pick_btf(run, given, &kbtf);
	if (err || !kbtf)
		return err ? err : -EINVAL;
	*btf = kbtf->btf;
	if (!given->type_id)
		return -EINVAL;
	if (given->type_id > INT32_MAX || !bemu_btf_type(*btf, given->type_id))
		return -ENOENT;
	return 0; /* as it is, flags of struct btf_ptr are never read */
}

int bemu_run_snprintf_btf(struct bemu_run *run, const uint64_t args[5], uint64_t *r0)
{
	uint32_t size = (uint32_t)args[1], ptr_size = (uint32_t)args[3];
	struct bemu_show show = { .env = run->call->env, .mem = &run->kmem, .flags = args[4] };
	struct given given = { 0 };
	const void *ptr;
	long res;

	if (!size || !ptr_size)
		return bemu_run_outside(run, "a buffer of no size, which no verifier lets pass,");
	show.text = bemu_vm_at(run->vm, args[0], size, BEMU_VM_WRITE);
	ptr = bemu_vm_at(run->vm, args[2], ptr_size, BEMU_VM_READ);
	if (!show.text || !ptr)
		return -EFAULT;
	memcpy(&given, ptr, ptr_size < sizeof(given) ? ptr_size : sizeof(given));
	show.left = size;
	res = prepare(run, &given, ptr_size, args[4], &show.btf);
	if (!res)
		res = bemu_show_value(&show, given.type_id, given.ptr);
	if (show.outside)
		return bemu_run_outside(run, show.outside);
	if (run->call->env->fault)
		return run->call->env->fault;
	*r0 = (uint64_t)(int64_t)res;
	return bemu_vm_tag_mem(run->vm, args[0], size - show.left, 0);
}
