/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The object's life: open, the steps of a load in each release's order, unload, close. */
#include <string.h>

#include <bemu/quirks.h>

#include "load/private.h"

enum { O_RDONLY_CLOEXEC = 02000000 };

/* ---- calls through the backend ---- */

int bemu_load_latch(struct bemu_load *ld, int err)
{
	if (err && !ld->fault)
		ld->fault = err;
	return err;
}

bool bemu_load_faulted(const struct bemu_load *ld)
{
	return ld->fault || ld->env->fault;
}

int bemu_load_bpf(struct bemu_load *ld, uint32_t cmd, union bpf_attr *attr, uint32_t size,
		  long *kret)
{
	return bemu_load_latch(ld, ld->be.ops->bpf(ld->be.ctx, cmd, attr, size, kret));
}

int bemu_load_bpf_ret(struct bemu_load *ld, uint32_t cmd, union bpf_attr *attr, uint32_t size)
{
	long kret = 0;
	int err = bemu_load_bpf(ld, cmd, attr, size, &kret);

	return err ? err : (int)kret;
}

/* Mirrors ensure_good_fd(), tools/lib/bpf/libbpf_internal.h: 0, 1 and 2 may mean "no FD" in an attribute. */
int bemu_load_good_fd(struct bemu_load *ld, int fd)
{
	long kret = 0;
	int err;

	if (fd < 0 || fd > 2 || bemu_load_quirk(ld, BEMU_QUIRK_LB_FD_STD))
		return fd;
	err = bemu_load_latch(ld, ld->be.ops->dupfd(ld->be.ctx, fd, 3, &kret));
	if (bemu_load_close_fd(ld, fd) && !err)
		err = ld->fault;
	return err ? err : (int)kret;
}

int bemu_load_bpf_fd(struct bemu_load *ld, uint32_t cmd, union bpf_attr *attr, uint32_t size)
{
	return bemu_load_good_fd(ld, bemu_load_bpf_ret(ld, cmd, attr, size));
}

int bemu_load_close_fd(struct bemu_load *ld, int fd)
{
	long kret;

	if (fd < 0)
		return 0;
	return bemu_load_latch(ld, ld->be.ops->close(ld->be.ctx, fd, &kret));
}

int bemu_load_zclose(struct bemu_load *ld, int *fd)
{
	int err = bemu_load_close_fd(ld, *fd);

	*fd = -1;
	return err;
}

/* The fault to report, 0 when there is none; reporting it clears it. */
static int take_fault(struct bemu_load *ld)
{
	int fault = ld->env->fault ? ld->env->fault : ld->fault;

	ld->env->fault = 0;
	ld->fault = 0;
	return fault;
}

/* ---- open ---- */

/*
 * Mirrors the end of bpf_object__init_btf(): each block of .BTF.ext belongs to the first section of its
 * name, or to none.
 */
static int find_ext_secs(struct bemu_load *ld)
{
	const struct bemu_obj *obj = ld->obj;
	uint32_t kind, i, sec;

	for (kind = 0; obj->ext && obj->btf && kind < BEMU_BTF_EXT_NR; kind++) {
		const struct bemu_btf_ext_sub *sub = &obj->ext->sub[kind];

		ld->ext_secs[kind] =
			bemu_zalloc_array(ld->env, sub->nr_blocks + 1u, sizeof(**ld->ext_secs));
		if (!ld->ext_secs[kind])
			return -ENOMEM;
		for (i = 0; i < sub->nr_blocks; i++) {
			const char *name = bemu_btf_str(obj->btf, sub->blocks[i].sec_name_off);
			int err = bemu_env_step(ld->env, obj->nr_secs + 1u);

			if (err)
				return err;
			for (sec = 1; name && *name && sec < obj->nr_secs; sec++) {
				if (!strcmp(obj->sec_names[sec], name)) {
					ld->ext_secs[kind][i] = sec;
					break;
				}
			}
		}
	}
	return 0;
}

static int init_texts(struct bemu_load *ld)
{
	const struct bemu_obj *obj = ld->obj;
	uint32_t i;

	for (i = 0; i < obj->nr_progs; i++) {
		const struct bemu_obj_prog *prog = &obj->progs[i];
		struct bemu_load_text *text = &ld->texts[i];

		ld->progs[i].fd = -1;
		text->autoload = prog->autoload;
		text->expected_attach_type = prog->expected_attach_type;
		text->insns =
			bemu_memdup(ld->env, prog->insns, prog->nr_insns * sizeof(*prog->insns));
		text->relocs =
			bemu_memdup(ld->env, prog->relocs, prog->nr_relocs * sizeof(*prog->relocs));
		if (!text->insns || !text->relocs)
			return -ENOMEM;
		text->nr_insns = text->insns_cap = prog->nr_insns;
		text->nr_relocs = text->relocs_cap = prog->nr_relocs;
	}
	return 0;
}

static int init_maps(struct bemu_load *ld)
{
	const struct bemu_obj *obj = ld->obj;
	uint32_t i;

	for (i = 0; i < obj->nr_maps; i++) {
		const struct bemu_obj_map *def = &obj->maps[i];
		struct bemu_load_map *map = &ld->maps[i];

		map->fd = -1;
		map->max_entries = def->max_entries;
		map->value_size = def->value_size;
		map->key_type_id = def->btf_key_type_id;
		map->value_type_id = def->btf_value_type_id;
		map->map_flags = def->map_flags;
		ld->map_fds[i] = -1;
		ld->inner_fds[i] = -1;
		ld->map_states[i].mod_btf_fd = -1;
		ld->map_autocreate[i] = def->autocreate;
	}
	if (obj->kconfig_map_idx < obj->nr_maps) {
		uint32_t size = obj->maps[obj->kconfig_map_idx].value_size;

		ld->map_data[obj->kconfig_map_idx] = bemu_zalloc(ld->env, size);
		if (!ld->map_data[obj->kconfig_map_idx])
			return -ENOMEM;
	}
	return 0;
}

static int init_state(struct bemu_load *ld)
{
	const struct bemu_obj *obj = ld->obj;
	struct bemu_env *env = ld->env;
	int err;

	ld->token_fd = -1;
	ld->btf_fd = -1;
	ld->maps = bemu_zalloc_array(env, obj->nr_maps + 1u, sizeof(*ld->maps));
	ld->map_states = bemu_zalloc_array(env, obj->nr_maps + 1u, sizeof(*ld->map_states));
	ld->map_fds = bemu_zalloc_array(env, obj->nr_maps + 1u, sizeof(*ld->map_fds));
	ld->inner_fds = bemu_zalloc_array(env, obj->nr_maps + 1u, sizeof(*ld->inner_fds));
	ld->map_autocreate = bemu_zalloc_array(env, obj->nr_maps + 1u, sizeof(*ld->map_autocreate));
	ld->map_data = bemu_zalloc_array(env, obj->nr_maps + 1u, sizeof(*ld->map_data));
	ld->progs = bemu_zalloc_array(env, obj->nr_progs + 1u, sizeof(*ld->progs));
	ld->texts = bemu_zalloc_array(env, obj->nr_progs + 1u, sizeof(*ld->texts));
	ld->externs = bemu_zalloc_array(env, obj->nr_externs + 1u, sizeof(*ld->externs));
	if (!ld->maps || !ld->map_states || !ld->map_fds || !ld->inner_fds || !ld->map_autocreate ||
	    !ld->map_data || !ld->progs || !ld->texts || !ld->externs)
		return -ENOMEM;
	err = init_maps(ld);
	err = err ? err : init_texts(ld);
	err = err ? err : find_ext_secs(ld);
	ld->obj_btf = obj->btf;
	ld->res.obj = obj;
	ld->res.maps = ld->maps;
	ld->res.progs = ld->progs;
	ld->res.externs = ld->externs;
	ld->res.btf_fd = -1;
	ld->res.err_prog_idx = -1;
	return err;
}

/* What callers see of arrays that grow. */
static void publish(struct bemu_load *ld)
{
	uint32_t i;

	for (i = 0; i < ld->obj->nr_progs; i++)
		ld->progs[i].skipped = ld->obj->progs[i].is_subprog || !ld->texts[i].autoload;
	ld->res.nr_modules = ld->nr_modules;
	ld->res.modules = ld->modules;
	ld->res.nr_fd_array = ld->nr_fd_array;
	ld->res.fd_array = ld->fd_array;
	ld->res.nr_core = ld->nr_core;
	ld->res.core = ld->core;
	ld->res.core_prog = ld->core_prog;
	ld->res.btf_fd = ld->btf_fd;
}

/* Mirrors bpf_object_open(): the file is open while the maps' numbers are reserved. */
static int open_phase(struct bemu_load *ld)
{
	long elf_fd = -1;
	int err = bemu_load_kernel_version(ld, &ld->kern_version);

	if (err)
		return err;
	if (ld->obj->kern_version)
		ld->kern_version = ld->obj->kern_version;
	if (ld->opts.path) {
		err = bemu_load_latch(ld, ld->be.ops->open(ld->be.ctx, ld->opts.path,
							   O_RDONLY_CLOEXEC, &elf_fd));
		if (err)
			return err;
		if (elf_fd < 0)
			return bemu_fail(ld->env, (int)elf_fd, BEMU_R_LOAD_OPEN, 0,
					 "object file %s cannot be opened", ld->opts.path);
	}
	if (bemu_load_at_least(ld, BEMU_LIBBPF_1_5))
		err = bemu_load_reserve_maps(ld);
	if (bemu_load_close_fd(ld, (int)elf_fd))
		err = ld->fault;
	return err;
}

static int unload(struct bemu_load *ld);

int bemu_load_new(struct bemu_env *env, const struct bemu_obj *obj, const struct bemu_backend *be,
		  const struct bemu_load_opts *opts, struct bemu_load **out, int *verdict)
{
	struct bemu_load *ld;
	bool opened;
	int err, fault;

	if (opts->libbpf > BEMU_LIBBPF_NEXT)
		return bemu_fail(env, -EOPNOTSUPP, BEMU_R_LOAD_UNMODELLED, opts->libbpf,
				 "libbpf release number %u is not replayed", opts->libbpf);
	ld = bemu_zalloc(env, sizeof(*ld));
	if (!ld) {
		err = env->fault;
		env->fault = 0;
		return err;
	}
	ld->env = env;
	ld->obj = obj;
	ld->be = *be;
	memcpy(&ld->opts, opts, opts->size < sizeof(*opts) ? opts->size : sizeof(*opts));
	ld->libbpf = opts->libbpf ? opts->libbpf : BEMU_LIBBPF_1_7;
	if (!ld->opts.nr_cpus)
		ld->opts.nr_cpus = 1;
	bemu_env_budget(env);
	err = init_state(ld);
	opened = !err;
	if (opened)
		err = open_phase(ld);
	if (bemu_load_faulted(ld)) {
		fault = take_fault(ld);
		if (opened)
			bemu_load_go_on(bemu_load_close(ld));
		bemu_load_free(ld);
		return fault;
	}
	ld->res.err = err;
	if (err)
		err = unload(ld);
	if (bemu_load_faulted(ld)) {
		fault = take_fault(ld);
		bemu_load_free(ld);
		return fault;
	}
	*verdict = ld->res.err;
	*out = ld;
	return 0;
}

int bemu_load_set_autoload(struct bemu_load *ld, uint32_t prog_idx, bool on)
{
	if (ld->ran || prog_idx >= ld->obj->nr_progs)
		return -EINVAL;
	ld->texts[prog_idx].autoload = on;
	return 0;
}

int bemu_load_set_autocreate(struct bemu_load *ld, uint32_t map_idx, bool on)
{
	if (map_idx >= ld->obj->nr_maps)
		return -EINVAL;
	if (ld->ran)
		return -EBUSY;
	ld->map_autocreate[map_idx] = on;
	return 0;
}

/* ---- load ---- */

struct step {
	uint32_t stage; /* enum bemu_load_stage */
	int (*run)(struct bemu_load *ld);
};

/* Mirrors bpf_object_load(), libbpf 1.1. */
static const struct step steps_1_1[] = {
	{ BEMU_STAGE_TRIAL, bemu_load_trial },
	{ BEMU_STAGE_KERNEL_BTF, bemu_load_kernel_btf },
	{ BEMU_STAGE_EXTERNS, bemu_load_externs },
	{ BEMU_STAGE_BTF_UPLOAD, bemu_load_object_btf },
	{ BEMU_STAGE_MAPS, bemu_load_sanitize_maps },
	{ BEMU_STAGE_STRUCT_OPS, bemu_load_struct_ops },
	{ BEMU_STAGE_MAPS, bemu_load_create_maps },
	{ BEMU_STAGE_RELOCATE, bemu_load_relocate },
	{ BEMU_STAGE_PROGS, bemu_load_progs },
	{ BEMU_STAGE_SLOTS, bemu_load_prog_slots },
};

/*
 * Mirrors bpf_object_load(), libbpf 1.5 and 1.7. Descriptors reserved at open (1.4) let the code be
 * relocated before anything is made. 1.6 calls everything before the programs "prepare".
 */
static const struct step steps_1_4[] = {
	{ BEMU_STAGE_TOKEN, bemu_load_token },
	{ BEMU_STAGE_TRIAL, bemu_load_trial },
	{ BEMU_STAGE_KERNEL_BTF, bemu_load_kernel_btf },
	{ BEMU_STAGE_EXTERNS, bemu_load_externs },
	{ BEMU_STAGE_MAPS, bemu_load_sanitize_maps },
	{ BEMU_STAGE_STRUCT_OPS, bemu_load_struct_ops },
	{ BEMU_STAGE_RELOCATE, bemu_load_relocate },
	{ BEMU_STAGE_BTF_UPLOAD, bemu_load_object_btf },
	{ BEMU_STAGE_MAPS, bemu_load_create_maps },
	{ BEMU_STAGE_PROGS, bemu_load_progs },
	{ BEMU_STAGE_SLOTS, bemu_load_prog_slots },
};

/* Mirrors bpf_object_unload(). */
static int unload(struct bemu_load *ld)
{
	int err = 0, e;
	uint32_t i;

	for (i = 0; i < ld->obj->nr_maps; i++) {
		e = bemu_load_zclose(ld, &ld->map_fds[i]);
		err = err ? err : e;
		ld->maps[i].fd = -1;
	}
	for (i = 0; i < ld->obj->nr_progs; i++) {
		/* each program has a copy of the object's number */
		e = ld->progs[i].fd >= 0 && bemu_load_quirk(ld, BEMU_QUIRK_LB_BTFFD_MULTICLOSE)
			    ? bemu_load_close_fd(ld, ld->btf_fd)
			    : 0;
		err = err ? err : e;
		e = bemu_load_zclose(ld, &ld->progs[i].fd);
		err = err ? err : e;
	}
	return err;
}

/*
 * Mirrors what bpf_object_load() does last in generation mode: numbers that only look like descriptors are
 * forgotten. 1.6 does not get here when "prepare" failed, and closes descriptor 0 with the object's BTF.
 */
static int end_generation(struct bemu_load *ld, bool prepared, int err)
{
	const struct bemu_load_gen *gen = ld->opts.gen;
	uint32_t i;

	if (!prepared && bemu_load_at_least(ld, BEMU_LIBBPF_1_7))
		return err;
	ld->btf_fd = -1;
	for (i = 0; i < ld->obj->nr_maps && !bemu_load_at_least(ld, BEMU_LIBBPF_1_5); i++) {
		ld->map_fds[i] = -1;
		ld->maps[i].fd = -1;
	}
	return err ? err : gen->finish(gen->ctx);
}

static int run_steps(struct bemu_load *ld)
{
	const struct step *steps = steps_1_1;
	size_t nr = BEMU_ARRAY_SIZE(steps_1_1), i;
	bool prepared;
	int err = 0;

	if (bemu_load_at_least(ld, BEMU_LIBBPF_1_5)) {
		steps = steps_1_4;
		nr = BEMU_ARRAY_SIZE(steps_1_4);
	}
	if (ld->opts.gen)
		ld->opts.gen->begin(ld->opts.gen->ctx, ld->obj);
	for (i = 0; i < nr && !err; i++) {
		ld->res.stage = steps[i].stage;
		err = steps[i].run(ld);
	}
	publish(ld);
	if (bemu_load_faulted(ld))
		return err;
	prepared = !err || ld->res.stage == BEMU_STAGE_PROGS || ld->res.stage == BEMU_STAGE_SLOTS;
	if (ld->opts.gen)
		err = end_generation(ld, prepared, err);
	/* 1.6: when "prepare" failed, only the object's close drops what was read of the kernel */
	if ((prepared || !bemu_load_at_least(ld, BEMU_LIBBPF_1_7)) && bemu_load_drop_btfs(ld))
		return err;
	if (!err) {
		ld->res.stage = BEMU_STAGE_DONE;
		return 0;
	}
	if (bemu_load_unpin(ld) || unload(ld))
		return err;
	publish(ld);
	return err;
}

int bemu_load_run(struct bemu_load *ld, int *verdict)
{
	int err, fault;

	bemu_env_budget(ld->env);
	if (ld->ran || ld->res.err) {
		err = bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_TWICE, 0,
				"an object is loaded once, and only after it was opened");
	} else if (ld->obj->foreign_order &&
		   !(ld->opts.gen && bemu_load_at_least(ld, BEMU_LIBBPF_1_5))) {
		err = bemu_fail(ld->env, -BEMU_LIBBPF_ERR_ENDIAN, BEMU_R_LOAD_ENDIAN, 0,
				"the object is of the other byte order than this machine");
		ld->res.err = err;
	} else {
		ld->ran = true;
		err = run_steps(ld);
		ld->res.err = err;
	}
	fault = take_fault(ld);
	if (fault)
		return fault;
	*verdict = err;
	return 0;
}

const struct bemu_load_result *bemu_load_result(const struct bemu_load *ld)
{
	return &ld->res;
}

/* ---- close ---- */

/* Mirrors bpf_object__close(): descriptors in its order; goes on after a fault and reports the first. */
int bemu_load_close(struct bemu_load *ld)
{
	uint32_t i;

	ld->fault = 0;
	bemu_load_go_on(bemu_load_drop_btfs(ld));
	bemu_load_go_on(unload(ld));
	bemu_load_go_on(bemu_load_zclose(ld, &ld->btf_fd));
	for (i = 0; i < ld->obj->nr_maps; i++) {
		bemu_load_go_on(bemu_load_zclose(ld, &ld->inner_fds[i]));
		bemu_load_go_on(bemu_load_unmap(ld, i));
	}
	bemu_load_go_on(bemu_load_zclose(ld, &ld->token_fd));
	for (i = 0; i < ld->nr_jump_tables; i++)
		bemu_load_go_on(bemu_load_zclose(ld, &ld->jump_tables[i].fd));
	publish(ld);
	return take_fault(ld);
}

static void free_texts(struct bemu_load *ld)
{
	uint32_t i;

	for (i = 0; ld->texts && i < ld->obj->nr_progs; i++) {
		struct bemu_load_text *text = &ld->texts[i];

		bemu_mem_free(ld->env, text->insns);
		bemu_mem_free(ld->env, text->relocs);
		bemu_mem_free(ld->env, text->func_info);
		bemu_mem_free(ld->env, text->line_info);
		bemu_mem_free(ld->env, text->subs);
		bemu_mem_free(ld->env, text->refs);
	}
	for (i = 0; ld->progs && i < ld->obj->nr_progs; i++)
		bemu_mem_free(ld->env, (void *)(uintptr_t)ld->progs[i].kernel_log);
	bemu_mem_free(ld->env, ld->texts);
	bemu_mem_free(ld->env, ld->progs);
}

static void free_maps(struct bemu_load *ld)
{
	uint32_t i;

	for (i = 0; ld->map_data && i < ld->obj->nr_maps; i++)
		bemu_mem_free(ld->env, ld->map_data[i]);
	bemu_mem_free(ld->env, ld->map_data);
	bemu_mem_free(ld->env, ld->maps);
	bemu_mem_free(ld->env, ld->map_states);
	bemu_mem_free(ld->env, ld->map_fds);
	bemu_mem_free(ld->env, ld->inner_fds);
	bemu_mem_free(ld->env, ld->map_autocreate);
}

void bemu_load_free(struct bemu_load *ld)
{
	uint32_t i;

	if (!ld)
		return;
	free_texts(ld);
	free_maps(ld);
	for (i = 0; i < ld->nr_core; i++)
		bemu_core_record_fini(ld->env, &ld->core[i]);
	bemu_mem_free(ld->env, ld->core);
	bemu_mem_free(ld->env, ld->core_prog);
	bemu_mem_free(ld->env, ld->externs);
	for (i = 0; i < BEMU_BTF_EXT_NR; i++)
		bemu_mem_free(ld->env, ld->ext_secs[i]);
	bemu_mem_free(ld->env, ld->jump_tables);
	bemu_mem_free(ld->env, ld->fd_array);
	bemu_btf_put(ld->obj_btf_own);
	bemu_load_free_btfs(ld);
	bemu_mem_free(ld->env, ld);
}
