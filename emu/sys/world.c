/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The world: made, given kernel BTFs, sealed, reset. */
#include <string.h>

#include <bemu/quirks.h>

#include "sys/sys.h"

int bemu_new(const struct bemu_opts *opts, struct bemu **out)
{
	const struct bemu_allocator *alloc = opts ? opts->alloc : NULL;
	const struct bemu_limits *limits = opts ? &opts->limits : NULL;
	const struct bemu_kprofile *prof;
	struct bemu_env *env;
	struct bemu *em = NULL;
	int err;

	if (opts && (opts->size != sizeof(*opts) || opts->reserved))
		return -EINVAL;
	prof = bemu_kprofile_find(opts ? opts->kernel : BEMU_KERNEL_DEFAULT);
	if (!prof)
		return -EINVAL;
	err = bemu_env_new(alloc, limits, &env);
	if (err)
		return err;
	em = bemu_zalloc(env, sizeof(*em));
	if (!em) {
		bemu_env_free(env);
		return -ENOMEM;
	}
	em->sealed_env = env;
	err = bemu_env_new(alloc, limits, &em->env);
	if (!err)
		err = bemu_model_init(&em->model, em->sealed_env, em->env, prof);
	if (err) {
		bemu_free(em);
		return err;
	}
	*out = em;
	return 0;
}

void bemu_free(struct bemu *em)
{
	if (!em)
		return;
	bemu_env_free(em->env);
	bemu_env_free(em->sealed_env);
}

/* Faults of the setting-up calls are reported once and forgotten. */
int bemu_report(struct bemu *em, int err)
{
	if (em->sealed_env->fault)
		err = em->sealed_env->fault;
	em->sealed_env->fault = 0;
	return err;
}

int bemu_set_vmlinux(struct bemu *em, const void *raw, size_t len, unsigned int flags)
{
	int err = 0;

	if (em->sealed)
		return -EBUSY;
	bemu_env_budget(em->sealed_env);
	if (flags & BEMU_BTF_CHECK)
		err = bemu_kbtf_check_own(&em->model, em->sealed_env, raw, len, NULL);
	if (!err)
		err = bemu_kbtf_set_vmlinux(&em->model, raw, len, flags);
	return bemu_report(em, err);
}

int bemu_set_kallsyms(struct bemu *em, const char *text, size_t len)
{
	int err;

	if (em->sealed)
		return -EBUSY;
	err = bemu_report(em, bemu_ksyms_parse(&em->model, text, len));
	if (err)
		return err;
	em->kallsyms = text;
	em->kallsyms_len = len;
	return 0;
}

int bemu_set_kconfig(struct bemu *em, const char *text, size_t len)
{
	if (em->sealed)
		return -EBUSY;
	em->kconfig = text;
	em->kconfig_len = len;
	return 0;
}

int bemu_file_add(struct bemu *em, const char *path, const void *data, size_t len)
{
	struct bemu_vfile *file;
	size_t path_len = strlen(path);

	file = bemu_zalloc(em->sealed_env, sizeof(*file) + path_len + 1);
	if (!file)
		return bemu_report(em, -ENOMEM);
	memcpy(file->path, path, path_len);
	file->data = data;
	file->len = len;
	file->next = em->files;
	em->files = file;
	return 0;
}

int bemu_seal(struct bemu *em)
{
	if (em->sealed)
		return -EALREADY;
	em->sealed = true;
	bemu_model_seal(&em->model);
	return 0;
}

void bemu_reset(struct bemu *em)
{
	if (!em->sealed && bemu_seal(em))
		return; /* cannot be: sealing fails only twice */
	bemu_model_reset(&em->model);
	em->sealed_env->fault = 0;
}

void bemu_set_quirks(struct bemu *em, const struct bemu_quirks *set)
{
	em->env->quirks = *set;
	bemu_model_set_quirks(&em->model, set);
}

const struct bemu_log *bemu_get_log(const struct bemu *em)
{
	return em->env->log.nr_written ? &em->env->log : &em->sealed_env->log;
}

const char *bemu_kernel_name(uint32_t kernel)
{
	const struct bemu_kprofile *prof = bemu_kprofile_find(kernel);

	return prof ? prof->release : NULL;
}
