/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Kernel modules that come and go while tasks run. bemu_add_module() is for those that are there from
 * the start; it and these may be mixed, and bemu_reset() brings back what bemu_seal() saw.
 *
 * Mirrors btf_module_notify(), kernel/bpf/btf.c, and the states of kernel/module/main.c, v6.18.
 *
 * As in bemu/task.h the kernel's answer is in *kret, and what is returned is 0 or a fault of ours:
 * -ENOMEM, -EDQUOT.
 */
#ifndef BEMU_MODULE_H
#define BEMU_MODULE_H

#include <bemu/bemu.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum bemu_module_state - where a module is in its life */
enum bemu_module_state {
	BEMU_MODULE_COMING, /* its BTF has an id, init runs */
	BEMU_MODULE_LIVE,
	BEMU_MODULE_GOING, /* nobody can take it any more; its BTF still has an id */
};

/** enum bemu_module_flags - how module BTF is read */
enum bemu_module_flags {
	/** the bytes stay valid and unchanged until the next bemu_reset(), so no copy is made */
	BEMU_MODULE_BORROW = 1u << 0,
	/** a kernel without MODULE_ALLOW_BTF_MISMATCH: BTF that is refused refuses the module */
	BEMU_MODULE_STRICT = 1u << 1,
};

/**
 * struct bemu_module_opts - a module
 * @size:     sizeof(struct bemu_module_opts)
 * @name:     at most 55 characters, copied
 * @btf:      its .BTF section, split over vmlinux or over @base; @btf_len 0: it has none
 * @base:     its .BTF.base section (v6.11), @base_len 0: it has none
 * @flags:    enum bemu_module_flags
 */
struct bemu_module_opts {
	size_t size;
	const char *name;
	const void *btf;
	size_t btf_len;
	const void *base;
	size_t base_len;
	uint32_t flags;
	uint32_t reserved;
};

/**
 * bemu_module_load() - init_module(2), from beginning to end: bemu_module_begin() and bemu_module_live()
 *
 * *kret: 0; -EEXIST when it is there already, without using up an id; with BEMU_MODULE_STRICT what the
 * kernel says of its BTF. Without that flag BTF that is refused, as for a wrong magic, leaves a module
 * without BTF and without id.
 */
BEMU_API int bemu_module_load(struct bemu *em, const struct bemu_module_opts *opts,
			      long *kret) BEMU_MUST_CHECK;

/** bemu_module_begin() - as far as its init, which now runs: state coming */
BEMU_API int bemu_module_begin(struct bemu *em, const struct bemu_module_opts *opts,
			       long *kret) BEMU_MUST_CHECK;
/** bemu_module_live() - init returned 0. *kret: 0, -ENOENT, -EINVAL when it is not coming */
BEMU_API int bemu_module_live(struct bemu *em, const char *name, long *kret) BEMU_MUST_CHECK;
/** bemu_module_fail() - init failed, and the module is gone; its id stays used up. *kret as above */
BEMU_API int bemu_module_fail(struct bemu *em, const char *name, long *kret) BEMU_MUST_CHECK;

/**
 * bemu_module_unload() - delete_module(2) with O_NONBLOCK: bemu_module_going() and bemu_module_gone()
 *
 * *kret: 0; -ENOENT; -EAGAIN while something holds the module; -EBUSY while it is coming or going.
 */
BEMU_API int bemu_module_unload(struct bemu *em, const char *name, long *kret) BEMU_MUST_CHECK;
/** bemu_module_going() - as far as its exit, which now runs. *kret as of bemu_module_unload() */
BEMU_API int bemu_module_going(struct bemu *em, const char *name, long *kret) BEMU_MUST_CHECK;
/** bemu_module_gone() - the rest: the id is taken back. *kret: 0, -ENOENT, -EINVAL when not going */
BEMU_API int bemu_module_gone(struct bemu *em, const char *name, long *kret) BEMU_MUST_CHECK;

/** bemu_module_hold() - something else than BPF uses the module, as another module does; 0 or -ENOENT */
BEMU_API int bemu_module_hold(struct bemu *em, const char *name);
/** bemu_module_unhold() - the opposite; -EINVAL when nothing did */
BEMU_API int bemu_module_unhold(struct bemu *em, const char *name);

/**
 * bemu_module_stat() - enum bemu_module_state, and what /sys/module/NAME/refcnt and its BTF's id are
 * @refs, @btf_id: may be NULL; the id of a module without BTF is 0
 * Return: the state or -ENOENT.
 */
BEMU_API int bemu_module_stat(const struct bemu *em, const char *name, uint32_t *refs,
			      uint32_t *btf_id);

/** enum bemu_design - designs under debate, as bits; none is what kernels do */
enum bemu_design {
	/** module-btf=keep-btf: a program holds the BTF of a module that it uses, not the module */
	BEMU_DESIGN_KEEP_BTF = 1u << 0,
	/** btf-ptr=flags: flags of struct btf_ptr have the FD of a BTF, looked up by bpf_snprintf_btf() */
	BEMU_DESIGN_BTF_PTR_FLAGS = 1u << 1,
	/** btf-ptr=obj-id: in place of flags is the id of a module's BTF, looked up there too; else vmlinux */
	BEMU_DESIGN_BTF_PTR_OBJ_ID = 1u << 2,
	/** btf-ptr=obj-fd: 8 bytes more have what a constant of src_reg 7 was replaced by, 0 is vmlinux */
	BEMU_DESIGN_BTF_PTR_OBJ_FD = 1u << 3,
	/** type-id-target=fd-high-half: of libbpf; the kernel does not know it */
	BEMU_DESIGN_TYPE_ID_FD = 1u << 4,
};

/** bemu_set_design() - enum bemu_design bits for what happens from now on; bemu_reset() keeps them */
BEMU_API void bemu_set_design(struct bemu *em, uint32_t design);
BEMU_API uint32_t bemu_get_design(const struct bemu *em);
/**
 * bemu_design_choose() - "btf-ptr" and "obj-fd": as scenarios and --design name one
 * @design: bits of the other designs stay
 * Return: 0, -ENOENT for an unknown @key, -EINVAL for an unknown @value; *design is untouched then.
 */
BEMU_API int bemu_design_choose(const char *key, const char *value, uint32_t *design);

#ifdef __cplusplus
}
#endif

#endif
