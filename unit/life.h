/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A small world with a vmlinux, and bpf(2) in short, for tests of what lives how long. */
#ifndef BEMU_UNIT_LIFE_H
#define BEMU_UNIT_LIFE_H

#include <errno.h>
#include <stdio.h>

#include <bemu/life.h>
#include <bemu/module.h>
#include <bemu/yield.h>

#include "helpers.h"
#include "progload.h"

#include "btf/encode.h"
#include "model/model.h"
#include "sys/sys.h"

enum { K_ENOTSUPP = 524 };

/* Types of the vmlinux of these tests. */
enum {
	V_INT = 1,
	V_PROTO, /* int (void) */
	V_FUNC, /* vm_func */
	V_VAR, /* vm_var */
	V_STRUCT, /* task_struct { int pid; } */
	V_TP, /* btf_trace_tp */
	V_PTR,
	V_ITER, /* bpf_iter_task */
	V_ITER_PROTO, /* int (struct bpf_iter_meta *) */
	V_META,
	V_META_PTR,
	V_END,
};

/* Types of a module: one after another from V_END on. */
enum {
	M_FUNC = V_END, /* NAME_func */
	M_VAR, /* NAME_var */
	M_STRUCT, /* NAME_struct { int a; } */
	M_KFUNC, /* bpf_NAME_kfunc */
	M_TP, /* btf_trace_NAME_tp */
	M_BOTH, /* struct both { int a; } */
	M_END,
};

struct bytes {
	void *data;
	size_t len;
};

struct life {
	struct bemu *em;
	struct bemu_task *t;
	struct bemu_env *env; /* of the BTF bytes */
	struct bemu_btf *base;
	struct bytes vmlinux;
};

static inline struct bytes life_finish(struct bemu_btf_enc *enc)
{
	struct bytes b;

	assert_int_equal(bemu_btf_enc_finish(enc, false, &b.data, &b.len), 0);
	bemu_btf_enc_free(enc);
	return b;
}

static inline struct bytes life_vmlinux(struct bemu_env *env)
{
	struct bemu_btf_enc *enc;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_func_proto(enc, V_INT);
	bemu_btf_enc_func(enc, "vm_func", BTF_FUNC_GLOBAL, V_PROTO);
	bemu_btf_enc_var(enc, "vm_var", BTF_VAR_GLOBAL_ALLOCATED, V_INT);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "task_struct", 4);
	bemu_btf_enc_member(enc, "pid", V_INT, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "btf_trace_tp", V_PTR);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, V_PROTO);
	bemu_btf_enc_func(enc, "bpf_iter_task", BTF_FUNC_GLOBAL, V_ITER_PROTO);
	bemu_btf_enc_func_proto(enc, V_INT);
	bemu_btf_enc_param(enc, "meta", V_META_PTR);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "bpf_iter_meta", 4);
	bemu_btf_enc_member(enc, "session_id", V_INT, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, V_META);
	return life_finish(enc);
}

static inline const char *life_name(char *buf, size_t len, const char *before, const char *name,
				    const char *behind)
{
	snprintf(buf, len, "%s%s%s", before, name, behind);
	return buf;
}

static inline struct bytes life_module_over(struct bemu_env *env, const struct bemu_btf *base,
					    const char *name)
{
	struct bemu_btf_enc *enc;
	char buf[80];

	assert_int_equal(bemu_btf_enc_new(env, base, &enc), 0);
	bemu_btf_enc_func(enc, life_name(buf, sizeof(buf), "", name, "_func"), BTF_FUNC_STATIC,
			  V_PROTO);
	bemu_btf_enc_var(enc, life_name(buf, sizeof(buf), "", name, "_var"),
			 BTF_VAR_GLOBAL_ALLOCATED, V_INT);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT,
			       life_name(buf, sizeof(buf), "", name, "_struct"), 4);
	bemu_btf_enc_member(enc, "a", V_INT, 0, 0);
	bemu_btf_enc_func(enc, life_name(buf, sizeof(buf), "bpf_", name, "_kfunc"), BTF_FUNC_STATIC,
			  V_PROTO);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF,
			 life_name(buf, sizeof(buf), "btf_trace_", name, "_tp"), V_PTR);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "both", 4);
	bemu_btf_enc_member(enc, "a", V_INT, 0, 0);
	return life_finish(enc);
}

/* BTF as user space has it: the types of vmlinux, which are fit for that too. */
static inline struct life life_new_with(uint32_t kernel, const struct bemu_allocator *alloc)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel, .alloc = alloc };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct life w = { .env = test_env() };

	w.vmlinux = life_vmlinux(w.env);
	assert_int_equal(bemu_btf_parse(w.env, w.vmlinux.data, w.vmlinux.len, NULL,
					BEMU_BTF_PARSE_BORROW, &w.base),
			 0);
	if (bemu_new(&opts, &w.em))
		return w;
	if (bemu_set_vmlinux(w.em, w.vmlinux.data, w.vmlinux.len, 0) || bemu_seal(w.em) ||
	    bemu_task_new(w.em, &topts, &w.t))
		w.t = NULL;
	return w;
}

static inline struct life life_new(uint32_t kernel)
{
	struct life w = life_new_with(kernel, NULL);

	assert_non_null(w.t);
	return w;
}

/* Everything is let go: no object, no file and no memory is left, and vmlinux has its one reference. */
static inline void life_check_empty(struct life *w)
{
	uint32_t i;

	while (w->em->model.tasks)
		bemu_task_exit(w->em->model.tasks);
	bemu_deferred_wait(w->em, 0);
	assert_int_equal(bemu_pin_umount(&w->em->model), 0);
	for (i = 0; i < BEMU_OBJ_NR; i++)
		if (i != BEMU_OBJ_BTF)
			assert_null(w->em->model.objs[i].oldest);
	assert_null(w->em->model.oldest_file);
	assert_int_equal(w->em->model.nr_files, 0);
	assert_int_equal(w->em->model.nr_dead, 0);
	if (w->em->model.vmlinux)
		assert_int_equal(w->em->model.vmlinux->obj.refs, 1);
}

static inline void life_end(struct life *w)
{
	struct bemu_module *mod;
	long kret;

	life_check_empty(w);
	while ((mod = w->em->model.modules)) {
		assert_int_equal(mod->refs, mod->held);
		bemu_module_set_held(&w->em->model, mod, 0);
		if (mod->state == BEMU_MODULE_COMING)
			assert_int_equal(bemu_module_fail(w->em, mod->name, &kret), 0);
		else if (mod->state == BEMU_MODULE_GOING)
			assert_int_equal(bemu_module_gone(w->em, mod->name, &kret), 0);
		else
			assert_int_equal(bemu_module_unload(w->em, mod->name, &kret), 0);
		assert_int_equal(kret, 0);
	}
	assert_int_equal(bemu_idr_next(&w->em->model.ids[BEMU_OBJ_BTF], 1), 0);
	assert_int_equal(bemu_env_live(w->em->env), 0);
	bemu_free(w->em);
	bemu_btf_put(w->base);
	bemu_env_free(w->env);
}

static inline struct bytes life_module(struct life *w, const char *name)
{
	return life_module_over(w->env, w->base, name);
}

/* bpf(2) of a task; a fault of ours is a failed test. */
static inline long life_bpf(struct bemu_task *t, uint32_t cmd, void *attr, uint32_t size)
{
	long kret = -9999;

	assert_int_equal(bemu_sys_bpf(t, cmd, (uint64_t)(uintptr_t)attr, size, &kret), 0);
	return kret;
}

static inline uint64_t ptr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static inline long sys_close(struct bemu_task *t, long fd)
{
	long kret;

	assert_int_equal(bemu_sys_close(t, (int)fd, &kret), 0);
	return kret;
}

static inline long sys_dup(struct bemu_task *t, long fd)
{
	long kret;

	assert_int_equal(bemu_sys_dup(t, (int)fd, &kret), 0);
	return kret;
}

static inline long map_of(struct bemu_task *t, uint32_t type, uint32_t inner_fd)
{
	struct bemu_attr_map_create a = {
		.map_type = type, .key_size = 4, .value_size = 4, .max_entries = 4
	};

	a.inner_map_fd = inner_fd;
	return life_bpf(t, BPF_MAP_CREATE, &a, sizeof(a));
}

static inline long map_new(struct bemu_task *t)
{
	return map_of(t, BPF_MAP_TYPE_ARRAY, 0);
}

static inline long map_set(struct bemu_task *t, long fd, uint32_t key, uint32_t value)
{
	struct bemu_attr_elem a = { .map_fd = (uint32_t)fd,
				    .key = ptr(&key),
				    .value = ptr(&value) };

	return life_bpf(t, BPF_MAP_UPDATE_ELEM, &a, sizeof(a));
}

static inline long map_get(struct bemu_task *t, long fd, uint32_t key, uint32_t *value)
{
	struct bemu_attr_elem a = { .map_fd = (uint32_t)fd, .key = ptr(&key), .value = ptr(value) };

	return life_bpf(t, BPF_MAP_LOOKUP_ELEM, &a, sizeof(a));
}

static inline long btf_new(struct life *w)
{
	struct bemu_attr_btf_load a = { .btf = ptr(w->vmlinux.data),
					.btf_size = (uint32_t)w->vmlinux.len };

	return life_bpf(w->t, BPF_BTF_LOAD, &a, sizeof(a));
}

struct prog {
	const struct bpf_insn *insns;
	uint32_t nr;
	uint32_t type;
	struct bemu_attr_prog_load a; /* whatever else is wanted */
};

static inline long prog_load(struct bemu_task *t, const struct prog *p)
{
	struct bemu_attr_prog_load a = p->a;

	a.prog_type = p->type ? p->type : BPF_PROG_TYPE_SOCKET_FILTER;
	a.insns = ptr(p->insns);
	a.insn_cnt = p->nr;
	if (!a.license)
		a.license = ptr("GPL");
	return life_bpf(t, BPF_PROG_LOAD, &a, sizeof(a));
}

#define PROG(t, ...)                                                                    \
	prog_load(t, &(struct prog){ .insns = (const struct bpf_insn[]){ __VA_ARGS__ }, \
				     .nr = sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / 8 })

static inline long by_id(struct bemu_task *t, uint32_t cmd, uint32_t id)
{
	struct bemu_attr_id a = { .id = id };

	return life_bpf(t, cmd, &a, 12);
}

/* Whether an ID is there: 0 or -ENOENT; nothing stays open. */
static inline long probe(struct bemu_task *t, uint32_t cmd, uint32_t id)
{
	long fd = by_id(t, cmd, id);

	return fd < 0 ? fd : sys_close(t, fd);
}

static inline uint32_t next_id(struct bemu_task *t, uint32_t cmd, uint32_t id)
{
	struct bemu_attr_id a = { .id = id };

	return life_bpf(t, cmd, &a, 8) ? 0 : a.next_id;
}

static inline uint32_t id_of(struct bemu_task *t, long fd)
{
	struct bemu_fd_info info;

	assert_int_equal(bemu_task_fd(t, (int)fd, &info), 0);
	return info.id;
}

static inline long info_of(struct bemu_task *t, long fd, void *info, uint32_t len)
{
	struct bemu_attr_info a = { .bpf_fd = (uint32_t)fd, .info_len = len, .info = ptr(info) };

	return life_bpf(t, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a));
}

static inline long pin_at(struct bemu_task *t, const char *path, long fd)
{
	struct bemu_attr_obj a = { .pathname = ptr(path), .bpf_fd = (uint32_t)fd };

	return life_bpf(t, BPF_OBJ_PIN, &a, 20);
}

static inline long get_at(struct bemu_task *t, const char *path, uint32_t flags)
{
	struct bemu_attr_obj a = { .pathname = ptr(path), .file_flags = flags };

	return life_bpf(t, BPF_OBJ_GET, &a, 20);
}

static inline long mod_load(struct life *w, const char *name)
{
	struct bytes b = life_module(w, name);
	struct bemu_module_opts o = {
		.size = sizeof(o), .name = name, .btf = b.data, .btf_len = b.len
	};
	long kret = -9999;

	assert_int_equal(bemu_module_load(w->em, &o, &kret), 0);
	bemu_mem_free(w->env, b.data);
	return kret;
}

static inline long mod_unload(struct life *w, const char *name)
{
	long kret = -9999;

	assert_int_equal(bemu_module_unload(w->em, name, &kret), 0);
	return kret;
}

static inline uint32_t mod_refs(struct life *w, const char *name)
{
	uint32_t refs = 0;

	assert_true(bemu_module_stat(w->em, name, &refs, NULL) >= 0);
	return refs;
}

static inline uint32_t mod_btf_id(struct life *w, const char *name)
{
	uint32_t id = 0;

	assert_true(bemu_module_stat(w->em, name, NULL, &id) >= 0);
	return id;
}

static inline long mod_fd(struct life *w, const char *name)
{
	return by_id(w->t, BPF_BTF_GET_FD_BY_ID, mod_btf_id(w, name));
}

#endif
