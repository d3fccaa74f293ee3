/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Helpers that a program of type BPF_PROG_TYPE_SYSCALL may call. Each mirrors the function of its name
 * in kernel/bpf/syscall.c, kernel/bpf/btf.c or kernel/trace/bpf_trace.c, v6.18. What the verifier
 * would have refused (memory that is not there) is a trap.
 */
#include <stdio.h>
#include <string.h>

#include "base/ints.h"
#include "model/quirk.h"
#include "sys/btf_show.h"
#include "sys/sys.h"
#include "vm/vm.h"

enum {
	HELPER_TRACE_PRINTK = 6,
	HELPER_PROBE_READ_KERNEL = 113,
	HELPER_COPY_FROM_USER = 148,
	HELPER_SNPRINTF_BTF = 149,
	HELPER_SYS_BPF = 166,
	HELPER_FIND_BTF = 167,
	HELPER_SYS_CLOSE = 168,
	HELPER_KSYM = 179,
};

enum { MAX_TEXT = 1024 }; /* MAX_BPRINTF_BUF, include/linux/bpf.h */

static uint64_t as_r0(int64_t v)
{
	return (uint64_t)v;
}

/* Which of our own troubles, if any, the call ended with. */
static int fault_of(struct bemu_run *run, long res)
{
	if (run->call->env->fault)
		return run->call->env->fault;
	if (run->call->model->sealed->fault)
		return run->call->model->sealed->fault;
	if (res == BEMU_SYS_UNMODELLED) {
		run->outside = true;
		return -EOPNOTSUPP;
	}
	return 0;
}

int bemu_run_outside(struct bemu_run *run, const char *what)
{
	return fault_of(run, bemu_unmodelled(run->call, what));
}

static bool cmd_allowed(const struct bemu_model *model, uint32_t cmd)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_FREEZE:
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
		return true;
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_LINK_CREATE:
	case BPF_RAW_TRACEPOINT_OPEN:
		return model->prof->kernel != BEMU_KERNEL_5_15; /* v5.18 */
	case BPF_PROG_TEST_RUN: /* v5.14 to v5.19 */
		return bemu_model_quirk(model, BEMU_QUIRK_K_SYSPROG_PROGRUN);
	default:
		return false;
	}
}

static int sys_bpf(struct bemu_run *run, const uint64_t args[5], uint64_t *r0)
{
	struct bemu_call_ctx *outer = run->call;
	struct bemu_call_ctx ctx = {
		.task = outer->task,
		.mem = &run->kmem,
		.kern = true,
		.model = outer->model,
		.env = outer->env,
		.uattr = args[1],
		.cmd = (uint32_t)args[0],
	};
	uint32_t size = (uint32_t)args[2];
	struct bemu_told told;
	long res = -EINVAL;
	int err;

	if (size && !bemu_vm_at(run->vm, args[1], size, BEMU_VM_READ))
		return -EFAULT;
	bemu_run_tell(run, &told, BEMU_SEEN_BPF);
	told.seen.cmd = ctx.cmd;
	told.seen.uattr = ctx.uattr;
	told.seen.attr_len = size;
	err = bemu_tell_begin(&told);
	if (err)
		return err;
	if (told.answered)
		res = (long)told.answer;
	else if (cmd_allowed(ctx.model, ctx.cmd) && !(outer->kern && ctx.cmd == BPF_PROG_TEST_RUN))
		res = bemu_call_enter(&ctx, size);
	err = fault_of(run, res);
	if (!err)
		err = bemu_tell_end(&told, res);
	if (err)
		return err;
	bemu_vm_tag_r0(run->vm, told.seen.tag, 0);
	*r0 = as_r0(res);
	return 0;
}

static int sys_close(struct bemu_run *run, const uint64_t args[5], uint64_t *r0)
{
	struct bemu_task *task = run->call->task;
	int fd = bemu_wrap_s32(args[0]), err;
	struct bemu_told told;
	long res;

	bemu_run_tell(run, &told, BEMU_SEEN_CLOSE);
	told.seen.fd = fd;
	err = bemu_tell_begin(&told);
	if (err)
		return err;
	res = told.answered ? (long)told.answer : bemu_fd_close(task, fd);
	*r0 = as_r0(res);
	return bemu_tell_end(&told, res);
}

/* The name argument of two helpers: NULL with *r0 or a trap when it is not acceptable. */
static const char *name_arg(struct bemu_run *run, uint64_t addr, uint32_t len, uint64_t flags,
			    uint64_t *r0, int *err)
{
	const char *name;

	*err = 0;
	*r0 = as_r0(-EINVAL);
	name = len ? bemu_vm_at(run->vm, addr, len, BEMU_VM_READ) : "";
	if (!name) {
		*err = -EFAULT;
		return NULL;
	}
	return flags || len <= 1 || name[len - 1] ? NULL : name;
}

/*
 * A module's BTF that has it, which is held then; NULL without one. Mirrors bpf_find_btf_id(), v6.18: what is
 * searched is held, the lock is not. K-BTFPUT-UNDER-IDR: it is let go with the lock taken again.
 */
static struct bemu_kbtf *search_modules(struct bemu_model *model, const char *name, uint32_t kind,
					uint32_t *type_id)
{
	bool under = bemu_model_quirk(model, BEMU_QUIRK_K_BTFPUT_UNDER_IDR);
	struct bemu_idr *ids = &model->ids[BEMU_OBJ_BTF];
	uint32_t id = 0;

	bemu_lock(model, BEMU_LOCK_BTF_IDR);
	while ((id = bemu_idr_next(ids, id))) {
		struct bemu_kbtf *kbtf = (struct bemu_kbtf *)bemu_idr_find(ids, id);

		if (!bemu_kbtf_is_module(kbtf))
			continue;
		bemu_obj_get(model, &kbtf->obj);
		bemu_unlock(model, BEMU_LOCK_BTF_IDR);
		(void)bemu_yield(model, BEMU_YIELD_FIND_BTF_UNLOCKED);
		*type_id = bemu_btf_find(kbtf->btf, name, kind, true);
		if (*type_id)
			return kbtf;
		if (!under)
			bemu_obj_put(model, &kbtf->obj);
		bemu_lock(model, BEMU_LOCK_BTF_IDR);
		if (under)
			bemu_obj_put(model, &kbtf->obj);
	}
	bemu_unlock(model, BEMU_LOCK_BTF_IDR);
	return NULL;
}

/* Mirrors bpf_find_btf_id() and the FD that bpf_btf_find_by_name_kind() opens for a module. */
static long find_btf(struct bemu_run *run, const char *name, uint32_t kind, int *fd)
{
	struct bemu_model *model = run->call->model;
	struct bemu_kbtf *kbtf;
	struct bemu_file *file;
	uint32_t id;
	int err;

	*fd = 0;
	if (!model->vmlinux)
		return -EINVAL;
	id = bemu_btf_find(model->vmlinux->btf, name, kind, false);
	if (id)
		return id;
	kbtf = search_modules(model, name, kind, &id);
	if (!kbtf)
		return -ENOENT;
	err = bemu_fd_prepare(run->call->task, BEMU_FILE_BTF, BEMU_ACC_READ, &file);
	if (err) {
		bemu_obj_put(model, &kbtf->obj);
		return err;
	}
	*fd = (int)bemu_ctx_install(run->call, file, &kbtf->obj);
	return *fd < 0 ? *fd : (long)id;
}

static int find_by_name(struct bemu_run *run, const uint64_t args[5], uint64_t *r0)
{
	uint32_t len = (uint32_t)args[1], kind = (uint32_t)args[2];
	struct bemu_told told;
	const char *name;
	int64_t ret;
	long res;
	int err, fd;

	name = name_arg(run, args[0], len, (uint32_t)args[3], r0, &err);
	if (!name)
		return err;
	bemu_run_tell(run, &told, BEMU_SEEN_FIND_BTF);
	told.seen.name = name;
	told.seen.btf_kind = kind;
	err = bemu_tell_begin(&told);
	if (err)
		return err;
	if (told.answered) {
		ret = told.answer;
		goto end;
	}
	res = find_btf(run, name, kind, &fd);
	err = fault_of(run, res);
	if (err)
		return err;
	ret = res < 0 ? res : (int64_t)(((uint64_t)(uint32_t)fd << 32) | (uint64_t)res);
end:
	err = bemu_tell_end(&told, ret);
	bemu_vm_tag_r0(run->vm, told.seen.low_tag, told.seen.tag);
	*r0 = as_r0(ret);
	return err;
}

/* Mirrors bpf_kallsyms_lookup_name(). */
static int lookup_ksym(struct bemu_run *run, const uint64_t args[5], uint64_t *r0)
{
	const char *name;
	struct bemu_told told;
	uint64_t addr = 0;
	long res = -ENOENT;
	void *out;
	int err;

	out = bemu_vm_at(run->vm, args[3], sizeof(addr), BEMU_VM_WRITE);
	if (!out)
		return -EFAULT;
	memset(out, 0, sizeof(addr));
	err = bemu_vm_tag_mem(run->vm, args[3], sizeof(addr), 0);
	if (err)
		return err;
	name = name_arg(run, args[0], (uint32_t)args[1], args[2], r0, &err);
	if (!name)
		return err;
	bemu_run_tell(run, &told, BEMU_SEEN_KSYM);
	told.seen.name = name;
	told.seen.uattr = args[3];
	err = bemu_tell_begin(&told);
	if (err)
		return err;
	if (told.answered) {
		res = (long)told.answer;
	} else if (bemu_ksym_find(run->call->model, NULL, name, &addr)) {
		memcpy(out, &addr, sizeof(addr));
		res = 0;
	}
	*r0 = as_r0(res);
	err = bemu_tell_end(&told, res);
	if (!err && told.seen.low_tag)
		err = bemu_vm_tag_mem(run->vm, args[3], 4, told.seen.low_tag);
	if (!err && told.seen.tag)
		err = bemu_vm_tag_mem(run->vm, args[3] + 4, 4, told.seen.tag);
	return err;
}

static int copy_in(struct bemu_run *run, const struct bemu_mem_ops *mem, const uint64_t args[5],
		   int on_fault, uint64_t *r0)
{
	uint32_t len = (uint32_t)args[1];
	void *dst;

	*r0 = 0;
	if (!len)
		return 0;
	dst = bemu_vm_at(run->vm, args[0], len, BEMU_VM_WRITE);
	if (!dst)
		return -EFAULT;
	if (mem->read(mem->ctx, args[2], dst, len)) {
		memset(dst, 0, len);
		*r0 = as_r0(on_fault);
	}
	return bemu_vm_tag_mem(run->vm, args[0], len, 0);
}

/* An address below the kernel's is out of range rather than bad. */
static int probe_read_kernel(struct bemu_run *run, const uint64_t args[5], uint64_t *r0)
{
	int err = copy_in(run, &run->kmem, args, args[2] >> 63 ? -EFAULT : -ERANGE, r0);

	if (!(uint32_t)args[1] && !(args[2] >> 63))
		*r0 = as_r0(-ERANGE);
	return err;
}

static int copy_from_user(struct bemu_run *run, const uint64_t args[5], uint64_t *r0)
{
	return copy_in(run, &run->call->task->mem, args, -EFAULT, r0);
}

/* One conversion of a format at @fmt, past its percent sign; its length, 0 when it is not known. */
static size_t print_one(struct bemu_buf *buf, const char *fmt, uint64_t arg)
{
	size_t n = 0;
	bool wide = false;

	while (fmt[n] == 'l') {
		wide = true;
		n++;
	}
	switch (fmt[n]) {
	case 'd':
	case 'i':
		if (wide)
			bemu_buf_printf(buf, "%lld", (long long)arg);
		else
			bemu_buf_printf(buf, "%d", bemu_wrap_s32(arg));
		return n + 1;
	case 'u':
		bemu_buf_printf(buf, "%llu", (unsigned long long)(wide ? arg : (uint32_t)arg));
		return n + 1;
	case 'x':
		bemu_buf_printf(buf, "%llx", (unsigned long long)(wide ? arg : (uint32_t)arg));
		return n + 1;
	default:
		return 0;
	}
}

/* Mirrors bpf_trace_printk() for integers, which is what loader programs print. */
static int trace_printk(struct bemu_run *run, const uint64_t args[5], uint64_t *r0)
{
	uint32_t len = (uint32_t)args[1], arg = 2;
	struct bemu_told told;
	struct bemu_buf buf;
	const char *fmt;
	size_t i, n;
	int err = 0;

	fmt = len ? bemu_vm_at(run->vm, args[0], len, BEMU_VM_READ) : "";
	if (!fmt)
		return -EFAULT;
	*r0 = as_r0(-EINVAL);
	if (!len || !memchr(fmt, '\0', len))
		return 0;
	bemu_buf_init(&buf, run->call->env);
	for (i = 0; !err && fmt[i] && buf.len < MAX_TEXT; i += n) {
		n = 1;
		if (fmt[i] != '%') {
			bemu_buf_add(&buf, &fmt[i], 1);
		} else if (fmt[i + 1] == '%') {
			bemu_buf_add(&buf, "%", 1);
			n = 2;
		} else {
			n = arg < 5 ? print_one(&buf, &fmt[i + 1], args[arg++]) : 0;
			if (!n)
				err = bemu_run_outside(run, "this format of bpf_trace_printk()");
			n++;
		}
	}
	err = err ? err : buf.err;
	if (!err) {
		bemu_run_tell(run, &told, BEMU_SEEN_PRINTK);
		told.seen.name = bemu_buf_str(&buf);
		err = bemu_tell_begin(&told);
	}
	if (!err) {
		*r0 = buf.len;
		err = bemu_tell_end(&told, (int64_t)buf.len);
	}
	bemu_buf_fini(&buf);
	return err;
}

int bemu_run_helper(void *ctx, struct bemu_vm *vm, uint32_t id, const uint64_t args[5],
		    uint64_t *r0)
{
	struct bemu_run *run = ctx;
	char what[48];

	(void)vm;
	switch (id) {
	case HELPER_TRACE_PRINTK:
		return trace_printk(run, args, r0);
	case HELPER_PROBE_READ_KERNEL:
		return probe_read_kernel(run, args, r0);
	case HELPER_COPY_FROM_USER:
		return copy_from_user(run, args, r0);
	case HELPER_SNPRINTF_BTF:
		return bemu_run_snprintf_btf(run, args, r0);
	case HELPER_SYS_BPF:
		return sys_bpf(run, args, r0);
	case HELPER_FIND_BTF:
		return find_by_name(run, args, r0);
	case HELPER_SYS_CLOSE:
		return sys_close(run, args, r0);
	case HELPER_KSYM:
		return lookup_ksym(run, args, r0);
	default:
		snprintf(what, sizeof(what), "helper %u of a program that runs", id);
		return bemu_run_outside(run, what);
	}
}
