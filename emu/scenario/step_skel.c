// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Loaders: an object that is generated under a layout and loaded; skeletons from files. skel_run.c runs them. */
#include <errno.h>
#include <string.h>

#include <bemu/backend.h>

#include "audit/bounds.h"
#include "scenario/lex.h"
#include "scenario/object.h"
#include "scenario/skel_run.h"
#include "skel/gen.h"
#include "skel/skel.h"

enum { MAX_FILLER = 4 << 20, SMALLEST = 8, PLACE_LEN = 4 };

#define NO_MAP (UINT32_MAX - 1)

void bemu_scn_object_free(struct bemu_scn_run *run)
{
	struct bemu_scn_object *obj = run->object;
	uint32_t i;

	for (i = 0; obj && i < obj->nr_progs; i++) {
		bemu_mem_free(run->env, obj->progs[i].insns.insns);
		bemu_mem_free(run->env, obj->progs[i].calls);
	}
	if (obj) {
		bemu_mem_free(run->env, obj->btf);
		bemu_mem_free(run->env, obj->btf_ext);
	}
	bemu_mem_free(run->env, obj);
	run->object = NULL;
}

/* The types of a module as a text, so that they go the way of all others. */
static int add_module(struct bemu_scn_run *run, const char *module)
{
	struct bemu_module_opts opts = { .size = sizeof(opts), .name = module };
	const struct bemu_scn_object *obj = run->object;
	struct bemu_scn_str block = { .line = 1, .col = 1 };
	struct bemu_scn text = { .env = run->env };
	struct bemu_buf buf;
	void *raw = NULL;
	size_t len = 0;
	uint32_t i;
	int err;

	bemu_buf_init(&buf, run->env);
	for (i = 0; i < obj->nr_kfuncs; i++)
		if (!strcmp(obj->kfuncs[i].module, module))
			bemu_buf_printf(&buf, "int %s%s;\n", obj->kfuncs[i].name,
					obj->kfuncs[i].is_var ? "" : "(void)");
	err = buf.err;
	if (!err) {
		text.text = buf.data;
		text.len = buf.len;
		block.len = (uint32_t)buf.len;
		err = bemu_scn_types(run->env, &text, NULL, &block, bemu_scn_vmlinux(run), &raw,
				     &len);
	}
	bemu_buf_fini(&buf);
	if (!err)
		err = bemu_scn_add_btf(run, module, raw, len);
	opts.btf = raw;
	opts.btf_len = len;
	return err ? err : bemu_module_load(run->em, &opts, &run->answer.ret);
}

int bemu_scn_do_object(struct bemu_scn_run *run)
{
	uint32_t i;
	int err;

	bemu_scn_object_free(run);
	run->object = bemu_zalloc(run->env, sizeof(*run->object));
	if (!run->object)
		return -ENOMEM;
	err = bemu_scn_object_read(run, run->object);
	for (i = 0; !err && i < run->object->nr_kfuncs; i++) {
		const char *module = run->object->kfuncs[i].module;

		if (*module && bemu_module_stat(run->em, module, NULL, NULL) < 0)
			err = add_module(run, module);
	}
	return err;
}

/* ---- generation ---- */

/** struct made - a generated loader */
struct made {
	struct bemu_gen *gen;
	struct bemu_obj obj;
	struct bemu_gen_result res;
	struct bemu_blob blob;
	int err; /* what the generator said */
};

static struct bemu_attr_map_create map_attr(const struct bemu_scn_obj_shape *shape,
					    const char *name)
{
	struct bemu_attr_map_create attr = { .map_type = shape->type,
					     .key_size = shape->key_size,
					     .value_size = shape->value_size,
					     .max_entries = shape->max_entries };

	memcpy(attr.map_name, name, strnlen(name, sizeof(attr.map_name) - 1));
	return attr;
}

/* Contents are as many zeroes of @filler; what is larger than a blob may be is refused before it is read. */
static int put_maps(struct bemu_scn_run *run, const struct bemu_load_gen *rec, const void *filler,
		    uint32_t filler_len)
{
	const struct bemu_scn_object *obj = run->object;
	struct bemu_attr_map_create attr;
	uint32_t i;

	for (i = 0; i < obj->nr_maps; i++) {
		const struct bemu_scn_obj_map *map = &obj->maps[i];

		if (map->filled && map->shape.value_size > MAX_FILLER &&
		    map->shape.value_size <= INT32_MAX)
			return bemu_scn_mistake(run, NULL, "%s: contents of at most %d bytes",
						map->name, MAX_FILLER);
		if (map->has_inner) {
			attr = map_attr(&map->inner, map->name);
			rec->create_map(rec->ctx, &attr, UINT32_MAX);
		}
		attr = map_attr(&map->shape, map->name);
		rec->create_map(rec->ctx, &attr, i);
		if (map->filled)
			rec->fill_map(rec->ctx, i, filler, map->shape.value_size);
	}
	if (!filler_len)
		return 0;
	attr = map_attr(&(struct bemu_scn_obj_shape){ BPF_MAP_TYPE_ARRAY, PLACE_LEN, filler_len,
						      1 },
			"filler");
	rec->create_map(rec->ctx, &attr, i);
	rec->fill_map(rec->ctx, i, filler, filler_len);
	return 0;
}

static int put_types(struct bemu_scn_run *run, const struct bemu_load_gen *rec)
{
	const struct bemu_scn_object *obj = run->object;
	void *raw = NULL;
	size_t len = 0;
	int err = 0;

	if (obj->btf)
		rec->load_btf(rec->ctx, obj->btf, obj->btf_len);
	else if (obj->types.len)
		err = bemu_scn_types(run->env, run->scn, run->where, &obj->types, NULL, &raw, &len);
	if (raw)
		rec->load_btf(rec->ctx, raw, len);
	bemu_mem_free(run->env, raw);
	return err;
}

static void put_progs(const struct bemu_load_gen *rec, const struct bemu_scn_object *obj)
{
	uint32_t i, k;

	for (i = 0; i < obj->nr_progs; i++) {
		const struct bemu_scn_obj_prog *prog = &obj->progs[i];
		struct bemu_attr_prog_load attr = {
			.prog_type = prog->type,
			.expected_attach_type = *prog->target ? BPF_TRACE_FENTRY : 0,
			.insns = (uintptr_t)prog->insns.insns,
			.insn_cnt = prog->insns.nr,
			.license = (uintptr_t) "GPL",
		};

		memcpy(attr.prog_name, prog->name, strnlen(prog->name, sizeof(attr.prog_name) - 1));
		if (*prog->target)
			rec->attach_to(rec->ctx, "", prog->target, BTF_KIND_FUNC);
		for (k = 0; k < prog->nr_calls; k++) {
			const struct bemu_scn_obj_kfunc *kfunc = &obj->kfuncs[prog->calls[k].kfunc];
			struct bemu_load_gen_symbol sym = {
				.name = kfunc->name,
				.is_func = !kfunc->is_var,
				.is_ld64 = prog->calls[k].is_ld64,
				.is_weak = kfunc->is_weak,
				.insn_idx = prog->calls[k].insn_idx,
			};

			rec->add_symbol(rec->ctx, &sym);
		}
		rec->load_prog(rec->ctx, &attr);
	}
}

/* @nr_subs: of the object's, how many it is said to have */
static int generate(struct bemu_scn_run *run, const struct bemu_gen_opts *opts, uint32_t nr_subs,
		    const void *filler, uint32_t filler_len, struct made *made)
{
	const struct bemu_scn_object *obj = run->object;
	const struct bemu_load_gen *rec;
	int err;

	memset(made, 0, sizeof(*made));
	made->obj.env = run->env;
	made->obj.libbpf = opts->libbpf;
	made->obj.nr_maps = obj->nr_maps + (filler_len != 0);
	made->obj.nr_progs = obj->nr_progs + nr_subs;
	err = bemu_gen_new(run->env, opts, &made->gen);
	if (err)
		return err;
	rec = bemu_gen_recorder(made->gen);
	rec->begin(rec->ctx, &made->obj);
	err = put_types(run, rec);
	if (!err)
		err = put_maps(run, rec, filler, filler_len);
	if (err)
		return err;
	put_progs(rec, obj);
	made->err = rec->finish(rec->ctx);
	if (run->env->fault)
		return run->env->fault;
	if (!made->err) {
		bemu_gen_get(made->gen, &made->res);
		bemu_gen_blob(made->gen, &made->blob);
	}
	return 0;
}

static uint32_t find_map(const struct bemu_scn_run *run, const char *name, size_t len)
{
	uint32_t i;

	for (i = 0; i < run->object->nr_maps; i++)
		if (strlen(run->object->maps[i].name) == len &&
		    !memcmp(run->object->maps[i].name, name, len))
			return i;
	return UINT32_MAX;
}

static const struct bemu_blob_slot *slot_of_map(const struct made *made, uint32_t map)
{
	uint32_t i;

	for (i = 0; i < made->blob.nr_slots; i++)
		if (made->blob.slots[i].map == map)
			return &made->blob.slots[i];
	return NULL;
}

static const struct bemu_blob_slot *slot_of_kfunc(const struct made *made, const char *name,
						  size_t len)
{
	const char *data = made->res.data;
	uint32_t i;

	for (i = 0; i < made->blob.nr_slots; i++) {
		const struct bemu_blob_slot *slot = &made->blob.slots[i];

		if (slot->name_off < made->res.data_len &&
		    made->res.data_len - slot->name_off > len &&
		    !memcmp(data + slot->name_off, name, len) && !data[slot->name_off + len])
			return slot;
	}
	return NULL;
}

/** struct gap - "m..kf BYTES"; "none..kf 0" leaves the object as it is, map is NO_MAP */
struct gap {
	uint32_t map;
	const char *kfunc;
	size_t kfunc_len;
	uint32_t bytes;
};

static int read_gap(struct bemu_scn_run *run, struct gap *gap)
{
	const struct bemu_scn_arg *arg;
	const char *text, *dots = NULL;
	int64_t bytes = 0;
	uint32_t i;
	int err = bemu_scn_need(run, 1, "MAP..KFUNC", &arg);

	if (!err && !run->object)
		err = bemu_scn_mistake(run, NULL, "no object was given before");
	if (!err && !run->layout.len)
		err = bemu_scn_mistake(run, NULL, "no layout was given before");
	if (!err)
		err = bemu_scn_need_value(run, 2, "a number of bytes", &bytes);
	if (err)
		return err;
	text = run->scn->text + arg->val.off;
	for (i = 0; i + 1 < arg->val.len && !dots; i++)
		if (text[i] == '.' && text[i + 1] == '.')
			dots = text + i;
	if (!dots)
		return bemu_scn_mistake(run, &arg->val, "MAP..KFUNC");
	if (dots - text == 4 && !memcmp(text, "none", 4) && !bytes)
		gap->map = NO_MAP;
	else
		gap->map = find_map(run, text, (size_t)(dots - text));
	gap->kfunc = dots + 2;
	gap->kfunc_len = arg->val.len - (size_t)(dots - text) - 2;
	if (gap->map == UINT32_MAX)
		return bemu_scn_mistake(run, &arg->val, "the object has no such map");
	if (bytes < 0 || bytes > MAX_FILLER || bytes % PLACE_LEN)
		return bemu_scn_mistake(run, &bemu_scn_arg(run, 2)->val,
					"a multiple of %d, at most %d", PLACE_LEN, MAX_FILLER);
	gap->bytes = (uint32_t)bytes;
	return 0;
}

/*
 * How large the contents of a further map must be, so that under the sparse layout the kfunc's place is so
 * many bytes from the map's.
 */
static int filler_for(struct bemu_scn_run *run, const struct gap *gap, const void *filler,
		      uint32_t *out)
{
	const struct bemu_gen_opts opts = { .size = sizeof(opts),
					    .libbpf = run->libbpf,
					    .layout = BEMU_LAYOUT_SPARSE,
					    .any_off = true,
					    .by_four = gap->bytes % 8 != 0 };
	const struct bemu_blob_slot *map, *kfunc;
	uint32_t fixed = 0;
	struct made made;
	int err = generate(run, &opts, 0, filler, SMALLEST, &made);

	if (!err && made.err)
		err = bemu_scn_mistake(run, NULL, "the object cannot be generated");
	if (!err) {
		map = slot_of_map(&made, gap->map);
		kfunc = slot_of_kfunc(&made, gap->kfunc, gap->kfunc_len);
		if (!map || !kfunc)
			err = bemu_scn_mistake(run, NULL, "no program calls that kfunc");
		else
			fixed = kfunc->off - map->off - SMALLEST;
	}
	bemu_gen_free(made.gen);
	if (!err && gap->bytes <= fixed)
		err = bemu_scn_mistake(run, &bemu_scn_arg(run, 2)->val,
				       "at least %u bytes lie between them", fixed + SMALLEST);
	*out = gap->bytes - fixed;
	return err;
}

static int layout_opts(struct bemu_scn_run *run, struct bemu_gen_opts *opts, bool *is_signed)
{
	const struct bemu_scn_line *line = &run->scn->lines[run->layout_line];
	char name[32] = "";
	uint32_t i;

	memcpy(name, run->scn->text + run->layout.off,
	       run->layout.len < sizeof(name) ? run->layout.len : 0);
	if (bemu_layout_parse(name, &opts->layout))
		return bemu_scn_mistake(run, &run->layout,
					"sparse, second-map, reserved or aux-map");
	for (i = 0; i < line->nr_args; i++) {
		const struct bemu_scn_arg *arg = &run->scn->args[line->args + i];

		if (bemu_scn_is(run->scn, &arg->key, "range-check"))
			opts->any_off = bemu_scn_is(run->scn, &arg->val, "off");
		if (bemu_scn_is(run->scn, &arg->key, "hash"))
			opts->gen_hash = bemu_scn_is(run->scn, &arg->val, "on");
		if (bemu_scn_is(run->scn, &arg->key, "signed"))
			*is_signed = bemu_scn_is(run->scn, &arg->val, "on");
	}
	return 0;
}

/* ---- running ---- */

static int load_made(struct bemu_scn_run *run, const struct made *made,
		     const struct bemu_scn_skel_how *how)
{
	struct bemu_skel *skel = NULL;
	long ret = 0;
	int err;

	err = bemu_skel_read_raw(run->env, made->res.data, made->res.data_len, made->res.insns,
				 made->res.nr_insns * sizeof(*made->res.insns), made->obj.nr_maps,
				 made->obj.nr_progs, &skel);
	if (!err) {
		/* a loader that makes that map itself has no way to its value: taken as given */
		skel->fd_map_len = how->fd_map_len ? how->fd_map_len : made->blob.fd_map_len;
		skel->is_exclusive = how->is_signed;
		err = bemu_scn_run_skel(run, skel, how, &ret);
	}
	bemu_skel_free(skel);
	if (!err)
		bemu_scn_field(run, "load", (uint64_t)ret);
	return err;
}

/* What the generation itself did beyond its bounds */
static int judge_bounds(struct bemu_scn_run *run)
{
	uint32_t seen = 0;

	return bemu_bounds_audit(&run->env->guard, &seen, run->step, &run->findings);
}

/* An object that is refused: is it for functions that nobody loads as programs? */
static int judge_refusal(struct bemu_scn_run *run, const struct bemu_gen_opts *opts,
			 const void *filler, uint32_t filler_len, int refusal)
{
	struct made made = { 0 };
	int err = generate(run, opts, 0, filler, filler_len, &made);

	if (!err && !made.err &&
	    !bemu_findings_add(
		    &run->findings, BEMU_FINDING_ERRNO_MISMATCH, run->step, -1,
		    "the object is refused with %d, and without its %u subprograms it is not",
		    refusal, run->object->nr_subs))
		err = -ENOMEM;
	bemu_gen_free(made.gen);
	return err;
}

static int load_gap(struct bemu_scn_run *run, const struct gap *gap, const struct made *made,
		    const struct bemu_scn_skel_how *how)
{
	const struct bemu_blob_slot *slot = slot_of_kfunc(made, gap->kfunc, gap->kfunc_len);

	if (slot)
		bemu_scn_field(run, "slot", slot->idx);
	bemu_scn_field(run, "blob", made->res.data_len);
	return load_made(run, made, how);
}

int bemu_scn_do_gap(struct bemu_scn_run *run)
{
	struct bemu_gen_opts opts = { .size = sizeof(opts),
				      .libbpf = run->libbpf,
				      .quirks = run->quirks };
	struct made made = { 0 };
	uint32_t filler_len = 0;
	struct bemu_scn_skel_how how = { .object = run->object };
	struct gap gap = { 0 };
	void *filler;
	int err = read_gap(run, &gap);

	if (err)
		return err;
	run->env->guard.nr = 0;
	filler = bemu_zalloc(run->env, MAX_FILLER);
	err = filler ? 0 : -ENOMEM;
	if (!err && gap.map != NO_MAP)
		err = filler_for(run, &gap, filler, &filler_len);
	if (!err)
		err = layout_opts(run, &opts, &how.is_signed);
	if (!err)
		err = bemu_scn_setting_u32(run, "no-memory", 0, &opts.no_memory_at);
	if (!err)
		err = bemu_scn_setting_u32(run, "fds", 0, &how.fd_map_len);
	/* a distance that the real alignment rules out can only be made without it */
	how.by_four = opts.layout == BEMU_LAYOUT_SPARSE && gap.bytes % 8;
	opts.by_four = how.by_four;
	if (!err)
		err = generate(run, &opts, run->object->nr_subs, filler, filler_len, &made);
	if (!err)
		err = judge_bounds(run);
	if (!err)
		bemu_scn_field(run, "gen", (uint64_t)(int64_t)made.err);
	if (!err && made.err && run->object->nr_subs)
		err = judge_refusal(run, &opts, filler, filler_len, made.err);
	else if (!err && !made.err)
		err = load_gap(run, &gap, &made, &how);
	bemu_gen_free(made.gen);
	bemu_mem_free(run->env, filler);
	return err;
}

int bemu_scn_do_skel_run(struct bemu_scn_run *run)
{
	static const struct bemu_scn_skel_how how = { 0 };
	const struct bemu_scn_arg *arg;
	struct bemu_skel *skel = NULL;
	const void *data;
	size_t len;
	int err = bemu_scn_need(run, 2, "a header", &arg);

	if (!err)
		err = bemu_scn_file(run, arg, &data, &len);
	if (err)
		return err;
	err = bemu_skel_read_header(run->env, data, len, &skel);
	if (err == -EINVAL || err == -E2BIG)
		return bemu_scn_mistake(run, &arg->val, "no light skeleton");
	if (!err)
		err = bemu_scn_run_skel(run, skel, &how, &run->answer.ret);
	bemu_skel_free(skel);
	return err;
}
