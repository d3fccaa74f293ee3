// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Reads "map m array 4 4 1; kfunc kf in demo; prog p { call kf; exit }" and
 * "btf { struct s { int a; }; }; prog p { ... }; core p 0 field_byte_offset s "0:0"".
 */
#include "scenario/object.h"

#include <errno.h>
#include <string.h>

#include "load/names.h"
#include "relo/core.h"
#include "scenario/lex.h"

struct reader {
	struct bemu_scn_run *run;
	struct bemu_scn_object *obj;
	struct bemu_scn_lex lex;
	struct bemu_scn_obj_prog *prog;
};

static int read_name(struct reader *r, char *out, uint32_t size)
{
	const struct bemu_scn_str *str = &r->lex.tok.str;

	if (r->lex.tok.kind != BEMU_SCN_TOK_NAME || str->len >= size)
		return bemu_scn_lex_fail(&r->lex, "a name of at most %u characters is missing",
					 size - 1);
	memcpy(out, r->run->scn->text + str->off, str->len);
	out[str->len] = '\0';
	return bemu_scn_lex_next(&r->lex);
}

static int read_number(struct reader *r, uint32_t *out)
{
	if (r->lex.tok.kind != BEMU_SCN_TOK_NUMBER || bemu_u32_from_s64(r->lex.tok.value, out))
		return bemu_scn_lex_fail(&r->lex, "a number is missing");
	return bemu_scn_lex_next(&r->lex);
}

/* "TYPE KEY VALUE MAX" */
static int read_shape(struct reader *r, struct bemu_scn_obj_shape *shape)
{
	int err;

	for (shape->type = 1; shape->type < BEMU_NR_MAP_TYPE_NAMES; shape->type++)
		if (bemu_map_type_names[shape->type] &&
		    bemu_scn_lex_is(&r->lex, bemu_map_type_names[shape->type]))
			break;
	if (shape->type == BEMU_NR_MAP_TYPE_NAMES)
		return bemu_scn_lex_fail(&r->lex, "array, hash or another type of map");
	err = bemu_scn_lex_next(&r->lex);
	if (!err)
		err = read_number(r, &shape->key_size);
	if (!err)
		err = read_number(r, &shape->value_size);
	return err ? err : read_number(r, &shape->max_entries);
}

/* "inner TYPE KEY VALUE MAX", "types KEY VALUE", "slot NAME", "pinned", "filled"; *any: it was one of them */
static int read_map_part(struct reader *r, struct bemu_scn_obj_map *map, bool *any)
{
	bool inner = bemu_scn_lex_is(&r->lex, "inner"), types = bemu_scn_lex_is(&r->lex, "types"),
	     slot = bemu_scn_lex_is(&r->lex, "slot"), pinned = bemu_scn_lex_is(&r->lex, "pinned"),
	     filled = bemu_scn_lex_is(&r->lex, "filled");
	int err;

	*any = inner || types || slot || pinned || filled;
	if (!*any)
		return 0;
	map->has_inner |= inner;
	map->pinned |= pinned;
	map->filled |= filled;
	err = bemu_scn_lex_next(&r->lex);
	if (!err && inner)
		err = read_shape(r, &map->inner);
	if (!err && types)
		err = read_name(r, map->key_type, sizeof(map->key_type));
	if (!err && types)
		err = read_name(r, map->value_type, sizeof(map->value_type));
	if (!err && slot)
		err = read_name(r, map->slot, sizeof(map->slot));
	return err;
}

/* "map NAME TYPE KEY VALUE MAX" and parts as above */
static int read_map(struct reader *r)
{
	struct bemu_scn_obj_map *map = &r->obj->maps[r->obj->nr_maps];
	bool any = true;
	int err;

	if (r->obj->nr_maps == BEMU_SCN_OBJ_MAPS)
		return bemu_scn_lex_fail(&r->lex, "more than %d maps", BEMU_SCN_OBJ_MAPS);
	err = bemu_scn_lex_next(&r->lex);
	if (!err)
		err = read_name(r, map->name, sizeof(map->name));
	if (!err)
		err = read_shape(r, &map->shape);
	while (!err && any)
		err = read_map_part(r, map, &any);
	r->obj->nr_maps += !err;
	return err;
}

/* "data "SECTION" SIZE" */
static int read_data(struct reader *r)
{
	struct bemu_scn_obj_map *map = &r->obj->maps[r->obj->nr_maps];
	const struct bemu_scn_str *str = &r->lex.tok.str;
	int err;

	if (r->obj->nr_maps == BEMU_SCN_OBJ_MAPS)
		return bemu_scn_lex_fail(&r->lex, "more than %d maps", BEMU_SCN_OBJ_MAPS);
	err = bemu_scn_lex_next(&r->lex);
	if (err)
		return err;
	if (r->lex.tok.kind != BEMU_SCN_TOK_TEXT || str->len >= sizeof(map->name))
		return bemu_scn_lex_fail(&r->lex, "the name of a section in quotes is missing");
	memcpy(map->name, r->run->scn->text + str->off, str->len);
	map->is_data = true;
	map->shape = (struct bemu_scn_obj_shape){ BPF_MAP_TYPE_ARRAY, 4, 0, 1 };
	err = bemu_scn_lex_next(&r->lex);
	if (!err)
		err = read_number(r, &map->shape.value_size);
	if (!err && (!map->shape.value_size || map->shape.value_size > BEMU_SCN_OBJ_DATA))
		err = bemu_scn_lex_fail(&r->lex, "1 to %d bytes", BEMU_SCN_OBJ_DATA);
	r->obj->nr_maps += !err;
	return err;
}

/* "kfunc NAME [weak] [in MODULE]", or "ksym ..." for a variable */
static int read_kfunc(struct reader *r)
{
	struct bemu_scn_obj_kfunc *kfunc = &r->obj->kfuncs[r->obj->nr_kfuncs];
	int err;

	if (r->obj->nr_kfuncs == BEMU_SCN_OBJ_KFUNCS)
		return bemu_scn_lex_fail(&r->lex, "more than %d kfuncs", BEMU_SCN_OBJ_KFUNCS);
	kfunc->is_var = bemu_scn_lex_is(&r->lex, "ksym");
	err = bemu_scn_lex_next(&r->lex);
	if (!err)
		err = read_name(r, kfunc->name, sizeof(kfunc->name));
	if (!err && bemu_scn_lex_is(&r->lex, "weak")) {
		kfunc->is_weak = true;
		err = bemu_scn_lex_next(&r->lex);
	}
	if (!err && bemu_scn_lex_is(&r->lex, "in")) {
		err = bemu_scn_lex_next(&r->lex);
		if (!err)
			err = read_name(r, kfunc->module, sizeof(kfunc->module));
	}
	r->obj->nr_kfuncs += !err;
	return err;
}

static bool same(const char *known, const char *name, size_t len)
{
	return strlen(known) == len && !memcmp(known, name, len);
}

static uint32_t find_kfunc(const struct reader *r, const char *name, size_t len)
{
	uint32_t i;

	for (i = 0; i < r->obj->nr_kfuncs; i++)
		if (same(r->obj->kfuncs[i].name, name, len))
			break;
	return i;
}

static int refer(struct reader *r, const char *name, size_t len, uint32_t insn_idx, bool is_ld64)
{
	struct bemu_scn_obj_prog *prog = r->prog;
	uint32_t i = find_kfunc(r, name, len);

	if (i == r->obj->nr_kfuncs)
		return -ENOENT;
	if (bemu_grow(r->run->env, &prog->calls, &prog->cap_calls, (size_t)prog->nr_calls + 1,
		      sizeof(*prog->calls)))
		return -ENOMEM;
	prog->calls[prog->nr_calls++] = (struct bemu_scn_obj_call){ insn_idx, i, is_ld64 };
	return 0;
}

static int on_kfunc(void *ctx, const char *name, size_t len, uint32_t insn_idx)
{
	return refer(ctx, name, len, insn_idx, false);
}

/* The address of a kernel function: the constant is filled in by who loads. */
static int on_noted(void *ctx, const char *name, size_t len, uint32_t insn_idx, uint32_t half)
{
	int err = half ? -ENOENT : refer(ctx, name, len, insn_idx, true);

	return err == -ENOENT ? 0 : err;
}

/* The name of a map stands for its index, as in an object before it is loaded; that of a kfunc for 0. */
static int on_number(void *ctx, const char *name, size_t len, int64_t *out)
{
	const struct reader *r = ctx;
	uint32_t i;

	for (i = 0; i < r->obj->nr_maps; i++)
		if (same(r->obj->maps[i].name, name, len)) {
			*out = i;
			return 0;
		}
	*out = 0;
	return find_kfunc(r, name, len) < r->obj->nr_kfuncs ? 0 : -ENOENT;
}

/* The generator wants places in fd_array, not FDs; what a symbol's type id goes into is said to be that. */
static void by_index(struct bemu_scn_obj_prog *prog)
{
	struct bemu_scn_insns *insns = &prog->insns;
	uint32_t i;

	for (i = 0; i < prog->nr_calls; i++)
		if (prog->calls[i].is_ld64)
			insns->insns[prog->calls[i].insn_idx].src_reg = BPF_PSEUDO_BTF_ID;
	for (i = 0; i < insns->nr; i++) {
		if (!bemu_insn_is_ld64(&insns->insns[i]))
			continue;
		if (insns->insns[i].src_reg == BPF_PSEUDO_MAP_FD)
			insns->insns[i].src_reg = BPF_PSEUDO_MAP_IDX;
		else if (insns->insns[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			insns->insns[i].src_reg = BPF_PSEUDO_MAP_IDX_VALUE;
	}
}

/* What stands between the braces that come now; braces in it are in pairs. */
static int read_braces(struct reader *r, const char *missing, struct bemu_scn_str *out)
{
	uint32_t depth = 1;
	int err;

	if (!bemu_scn_lex_is(&r->lex, "{"))
		return bemu_scn_lex_fail(&r->lex, "%s", missing);
	*out = (struct bemu_scn_str){ .off = r->lex.pos,
				      .line = r->lex.line,
				      .col = r->lex.pos - r->lex.line_start + 1 };
	do {
		err = bemu_scn_lex_next(&r->lex);
		depth += bemu_scn_lex_is(&r->lex, "{");
		depth -= bemu_scn_lex_is(&r->lex, "}");
	} while (!err && depth && r->lex.tok.kind != BEMU_SCN_TOK_END);
	out->len = r->lex.tok.str.off - out->off;
	return err ? err : bemu_scn_lex_expect(&r->lex, "}");
}

static int read_body(struct reader *r)
{
	const struct bemu_scn_asm_ops ops = {
		.ctx = r, .kfunc = on_kfunc, .number = on_number, .noted = on_noted
	};
	struct bemu_scn_str body;
	int err = read_braces(r, "the instructions of a program are missing", &body);

	if (!err)
		err = bemu_scn_asm(r->run->env, r->run->scn, r->run->where, &body, &ops,
				   &r->prog->insns);
	if (!err)
		by_index(r->prog);
	return err;
}

/* "prog NAME [fentry FUNCTION] { ... }" */
static int read_prog(struct reader *r)
{
	int err;

	if (r->obj->nr_progs == BEMU_SCN_OBJ_PROGS)
		return bemu_scn_lex_fail(&r->lex, "more than %d programs", BEMU_SCN_OBJ_PROGS);
	r->prog = &r->obj->progs[r->obj->nr_progs++];
	r->prog->type = BPF_PROG_TYPE_SCHED_CLS;
	err = bemu_scn_lex_next(&r->lex);
	if (!err)
		err = read_name(r, r->prog->name, sizeof(r->prog->name));
	if (!err && bemu_scn_lex_is(&r->lex, "fentry")) {
		r->prog->type = BPF_PROG_TYPE_TRACING;
		err = bemu_scn_lex_next(&r->lex);
		if (!err)
			err = read_name(r, r->prog->target, sizeof(r->prog->target));
	}
	return err ? err : read_body(r);
}

/* "sub NAME": a function of .text, which is a program to libbpf, and not loaded as one */
static int read_sub(struct reader *r)
{
	char name[BEMU_SCN_OBJ_NAME];
	int err = bemu_scn_lex_next(&r->lex);

	if (!err)
		err = read_name(r, name, sizeof(name));
	r->obj->nr_subs += !err && r->obj->nr_subs < BEMU_SCN_OBJ_PROGS;
	return err;
}

/* "HEX" */
static int read_bytes(struct reader *r, uint8_t **out, size_t *len)
{
	int err;

	if (*out || r->lex.tok.kind != BEMU_SCN_TOK_TEXT)
		return bemu_scn_lex_fail(&r->lex, "bytes in quotes are missing, or a second time");
	err = bemu_scn_hex(r->run, &r->lex.tok.str, out, len);
	return err ? err : bemu_scn_lex_next(&r->lex);
}

/* "btf { ... }" or "btf "HEX"" */
static int read_types(struct reader *r)
{
	int err = bemu_scn_lex_next(&r->lex);

	if (!err && bemu_scn_lex_is(&r->lex, "{"))
		return read_braces(r, "", &r->obj->types);
	return err ? err : read_bytes(r, &r->obj->btf, &r->obj->btf_len);
}

static int read_btf_ext(struct reader *r)
{
	int err = bemu_scn_lex_next(&r->lex);

	return err ? err : read_bytes(r, &r->obj->btf_ext, &r->obj->btf_ext_len);
}

static int read_kind(struct reader *r, uint32_t *out)
{
	for (*out = 0; *out < BEMU_CORE_NR_KINDS; ++*out)
		if (bemu_scn_lex_is(&r->lex, bemu_core_kind_long_name(*out)))
			return bemu_scn_lex_next(&r->lex);
	return bemu_scn_lex_fail(&r->lex, "field_byte_offset or another kind of record");
}

/* "core PROG INSN KIND TYPE "ACCESS"" */
static int read_core(struct reader *r)
{
	struct bemu_scn_obj_core *core = &r->obj->cores[r->obj->nr_cores];
	const struct bemu_scn_str *str = &r->lex.tok.str;
	int err;

	if (r->obj->nr_cores == BEMU_SCN_OBJ_CORES)
		return bemu_scn_lex_fail(&r->lex, "more than %d records", BEMU_SCN_OBJ_CORES);
	err = bemu_scn_lex_next(&r->lex);
	if (!err)
		err = read_name(r, core->prog, sizeof(core->prog));
	if (!err)
		err = read_number(r, &core->insn_idx);
	if (!err)
		err = read_kind(r, &core->kind);
	if (err)
		return err;
	if (r->lex.tok.kind == BEMU_SCN_TOK_NUMBER && str->len < sizeof(core->type)) {
		memcpy(core->type, r->run->scn->text + str->off, str->len);
		err = bemu_scn_lex_next(&r->lex);
	} else {
		err = read_name(r, core->type, sizeof(core->type));
	}
	if (err)
		return err;
	if (r->lex.tok.kind != BEMU_SCN_TOK_TEXT || str->len >= sizeof(core->access))
		return bemu_scn_lex_fail(&r->lex, "an access string in quotes is missing");
	memcpy(core->access, r->run->scn->text + str->off, str->len);
	r->obj->nr_cores++;
	return bemu_scn_lex_next(&r->lex);
}

int bemu_scn_object_read(struct bemu_scn_run *run, struct bemu_scn_object *obj)
{
	struct reader r = { .run = run, .obj = obj };
	int err;

	if (!run->line->has_block)
		return bemu_scn_mistake(run, NULL, "the parts of the object are missing");
	err = bemu_scn_lex_init(&r.lex, run->env, run->scn, run->where, &run->line->block);
	while (!err && r.lex.tok.kind != BEMU_SCN_TOK_END) {
		if (bemu_scn_lex_is(&r.lex, "map"))
			err = read_map(&r);
		else if (bemu_scn_lex_is(&r.lex, "data"))
			err = read_data(&r);
		else if (bemu_scn_lex_is(&r.lex, "kfunc") || bemu_scn_lex_is(&r.lex, "ksym"))
			err = read_kfunc(&r);
		else if (bemu_scn_lex_is(&r.lex, "sub"))
			err = read_sub(&r);
		else if (bemu_scn_lex_is(&r.lex, "prog"))
			err = read_prog(&r);
		else if (bemu_scn_lex_is(&r.lex, "core"))
			err = read_core(&r);
		else if (bemu_scn_lex_is(&r.lex, "btf"))
			err = read_types(&r);
		else if (bemu_scn_lex_is(&r.lex, "btf_ext"))
			err = read_btf_ext(&r);
		else
			err = bemu_scn_lex_fail(
				&r.lex, "map, data, kfunc, ksym, prog, sub, btf, btf_ext or core");
		while (!err && bemu_scn_lex_is(&r.lex, ";"))
			err = bemu_scn_lex_next(&r.lex);
	}
	return err;
}
