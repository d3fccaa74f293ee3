/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Modules as callers see them: bemu_add_module() and bemu/module.h. */
#include <string.h>

#include "sys/sys.h"

int bemu_add_module(struct bemu *em, const char *name, const void *raw, size_t len,
		    unsigned int flags)
{
	unsigned int parse = flags & BEMU_BTF_BORROW ? BEMU_BTF_PARSE_BORROW : 0;
	struct bemu_model *model = &em->model;
	struct bemu_env *env = em->sealed_env;
	struct bemu_btf *btf = NULL;
	struct bemu_module *mod;
	int err;

	if (em->sealed)
		return -EBUSY;
	bemu_env_budget(env);
	if (!model->vmlinux)
		return bemu_fail(env, -ENOENT, BEMU_R_KBTF_NO_BASE, 0,
				 "module %s: there is no vmlinux BTF to split over", name);
	err = bemu_module_check_name(model, name);
	if (err)
		return err;
	mod = bemu_module_find(model, name);
	if (mod)
		return bemu_fail(env, -EEXIST, BEMU_R_KBTF_TWICE, mod->idx,
				 "there is a module %s already", name);
	err = bemu_btf_parse(env, raw, len, model->vmlinux->btf, parse, &btf);
	if (!err)
		err = bemu_kbtf_check_own(model, env, raw, len, model->vmlinux->btf);
	if (!err)
		err = bemu_module_add(model, name, btf, &mod);
	if (err)
		bemu_btf_put(btf);
	else
		bemu_module_set_state(model, mod, BEMU_MODULE_LIVE);
	return bemu_report(em, err);
}

/* Verdict to *kret, or the fault that a call latched. */
static int finish(struct bemu *em, long res, long *kret)
{
	int fault = em->env->fault ? em->env->fault : em->sealed_env->fault;

	em->env->fault = 0;
	em->sealed_env->fault = 0;
	if (!fault)
		*kret = res;
	return fault;
}

/* Checked as kernel BTF is, and then read for use; what only the latter refuses is no BTF either. */
static int parse_kernel(struct bemu_model *model, const void *raw, size_t len,
			const struct bemu_btf *base, unsigned int flags, struct bemu_btf **out)
{
	struct bemu_env *env = bemu_model_env(model);
	struct bemu_klog log = { 0 };
	int err;

	if (len > UINT32_MAX)
		return -EINVAL;
	bemu_buf_init(&log.buf, env);
	err = bemu_kbtf_check(model, env, &log, raw, (uint32_t)len, base, BEMU_KBTF_KERNEL);
	bemu_buf_fini(&log.buf);
	if (err)
		return err;
	err = bemu_btf_parse(env, raw, len, base, flags, out);
	return err && !env->fault ? -EINVAL : err;
}

/* Mirrors btf_parse_module(), kernel/bpf/btf.c, v6.18. */
static int parse_btf(struct bemu_model *model, const struct bemu_module_opts *opts,
		     struct bemu_btf **out)
{
	unsigned int flags = opts->flags & BEMU_MODULE_BORROW ? BEMU_BTF_PARSE_BORROW : 0;
	struct bemu_btf *base = NULL, *split = NULL;
	int err;

	if (!model->vmlinux)
		return -EINVAL;
	if (!opts->base_len || !bemu_model_has(model, BEMU_KF_DISTILLED_BASE))
		return parse_kernel(model, opts->btf, opts->btf_len, model->vmlinux->btf, flags,
				    out);
	err = parse_kernel(model, opts->base, opts->base_len, NULL, 0, &base);
	if (!err)
		err = parse_kernel(model, opts->btf, opts->btf_len, base, 0, &split);
	if (!err)
		err = bemu_module_relocate(bemu_model_env(model), split, model->vmlinux->btf, out);
	bemu_btf_put(split);
	bemu_btf_put(base);
	return err;
}

static long begin(struct bemu *em, const struct bemu_module_opts *opts)
{
	struct bemu_model *model = &em->model;
	struct bemu_btf *btf = NULL;
	struct bemu_module *mod;
	int err;

	if (bemu_module_find(model, opts->name))
		return -EEXIST;
	if (opts->btf_len) {
		err = parse_btf(model, opts, &btf);
		if (err && (bemu_model_env(model)->fault || opts->flags & BEMU_MODULE_STRICT))
			return err;
	}
	err = bemu_module_add(model, opts->name, btf, &mod);
	if (err) {
		bemu_btf_put(btf);
		return err;
	}
	(void)bemu_yield(model, BEMU_YIELD_MODULE_COMING);
	return 0;
}

static bool opts_ok(struct bemu *em, const struct bemu_module_opts *opts)
{
	return opts->size == sizeof(*opts) && !opts->reserved &&
	       !(opts->flags & ~(uint32_t)(BEMU_MODULE_BORROW | BEMU_MODULE_STRICT)) &&
	       !bemu_module_check_name(&em->model, opts->name);
}

int bemu_module_begin(struct bemu *em, const struct bemu_module_opts *opts, long *kret)
{
	if (!opts_ok(em, opts))
		return -EINVAL;
	bemu_env_budget(bemu_model_env(&em->model));
	return finish(em, begin(em, opts), kret);
}

int bemu_module_load(struct bemu *em, const struct bemu_module_opts *opts, long *kret)
{
	long res = 0;
	int err = bemu_module_begin(em, opts, &res);

	if (!err && !res)
		return bemu_module_live(em, opts->name, kret);
	if (!err)
		*kret = res;
	return err;
}

/* The module when it is in @state; else *res is -ENOENT or @other. */
static struct bemu_module *find_in(struct bemu *em, const char *name, uint32_t state, long other,
				   long *res)
{
	struct bemu_module *mod = bemu_module_find(&em->model, name);

	*res = !mod ? -ENOENT : mod->state != state ? other : 0;
	return *res ? NULL : mod;
}

int bemu_module_live(struct bemu *em, const char *name, long *kret)
{
	struct bemu_module *mod = find_in(em, name, BEMU_MODULE_COMING, -EINVAL, kret);

	if (mod)
		bemu_module_set_state(&em->model, mod, BEMU_MODULE_LIVE);
	return 0;
}

static long remove_module(struct bemu *em, struct bemu_module *mod)
{
	bemu_module_remove(&em->model, mod);
	(void)bemu_yield(&em->model, BEMU_YIELD_MODULE_GONE);
	return 0;
}

int bemu_module_fail(struct bemu *em, const char *name, long *kret)
{
	long res;
	struct bemu_module *mod = find_in(em, name, BEMU_MODULE_COMING, -EINVAL, &res);

	return finish(em, mod ? remove_module(em, mod) : res, kret);
}

/* Mirrors delete_module(2) up to try_stop_module(), kernel/module/main.c. */
static long going(struct bemu *em, const char *name)
{
	struct bemu_module *mod = bemu_module_find(&em->model, name);

	if (!mod)
		return -ENOENT;
	if (mod->state != BEMU_MODULE_LIVE)
		return -EBUSY;
	if (mod->refs)
		return -EAGAIN;
	bemu_module_set_state(&em->model, mod, BEMU_MODULE_GOING);
	(void)bemu_yield(&em->model, BEMU_YIELD_MODULE_GOING);
	return 0;
}

int bemu_module_going(struct bemu *em, const char *name, long *kret)
{
	return finish(em, going(em, name), kret);
}

int bemu_module_gone(struct bemu *em, const char *name, long *kret)
{
	long res;
	struct bemu_module *mod = find_in(em, name, BEMU_MODULE_GOING, -EINVAL, &res);

	return finish(em, mod ? remove_module(em, mod) : res, kret);
}

int bemu_module_unload(struct bemu *em, const char *name, long *kret)
{
	long res = 0;
	int err = bemu_module_going(em, name, &res);

	if (!err && !res)
		return bemu_module_gone(em, name, kret);
	if (!err)
		*kret = res;
	return err;
}

int bemu_module_hold(struct bemu *em, const char *name)
{
	struct bemu_module *mod = bemu_module_find(&em->model, name);

	if (!mod || mod->state == BEMU_MODULE_GOING)
		return -ENOENT;
	bemu_module_set_held(&em->model, mod, mod->held + 1);
	return 0;
}

int bemu_module_unhold(struct bemu *em, const char *name)
{
	struct bemu_module *mod = bemu_module_find(&em->model, name);

	if (!mod || !mod->held)
		return mod ? -EINVAL : -ENOENT;
	bemu_module_set_held(&em->model, mod, mod->held - 1);
	return 0;
}

int bemu_module_stat(const struct bemu *em, const char *name, uint32_t *refs, uint32_t *btf_id)
{
	const struct bemu_module *mod = bemu_module_find(&em->model, name);

	if (!mod)
		return -ENOENT;
	if (refs)
		*refs = mod->refs;
	if (btf_id)
		*btf_id = mod->btf ? mod->btf->obj.id : 0;
	return (int)mod->state;
}
