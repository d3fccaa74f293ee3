// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Reads "map m array 4 4 1; kfunc kf in demo; prog p { call kf; exit }". */
#include "scenario/object.h"

#include <errno.h>
#include <string.h>

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

/* "map NAME array KEY VALUE MAX" */
static int read_map(struct reader *r)
{
	struct bemu_scn_obj_map *map = &r->obj->maps[r->obj->nr_maps];
	int err;

	if (r->obj->nr_maps == BEMU_SCN_OBJ_MAPS)
		return bemu_scn_lex_fail(&r->lex, "more than %d maps", BEMU_SCN_OBJ_MAPS);
	err = bemu_scn_lex_next(&r->lex);
	if (!err)
		err = read_name(r, map->name, sizeof(map->name));
	if (!err && bemu_scn_lex_is(&r->lex, "array"))
		map->type = BPF_MAP_TYPE_ARRAY;
	else if (!err && bemu_scn_lex_is(&r->lex, "hash"))
		map->type = BPF_MAP_TYPE_HASH;
	else if (!err)
		err = bemu_scn_lex_fail(&r->lex, "array or hash");
	if (!err)
		err = bemu_scn_lex_next(&r->lex);
	if (!err)
		err = read_number(r, &map->key_size);
	if (!err)
		err = read_number(r, &map->value_size);
	if (!err)
		err = read_number(r, &map->max_entries);
	r->obj->nr_maps += !err;
	return err;
}

/* "kfunc NAME [weak] [in MODULE]" */
static int read_kfunc(struct reader *r)
{
	struct bemu_scn_obj_kfunc *kfunc = &r->obj->kfuncs[r->obj->nr_kfuncs];
	int err;

	if (r->obj->nr_kfuncs == BEMU_SCN_OBJ_KFUNCS)
		return bemu_scn_lex_fail(&r->lex, "more than %d kfuncs", BEMU_SCN_OBJ_KFUNCS);
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

static int on_kfunc(void *ctx, const char *name, size_t len, uint32_t insn_idx)
{
	struct reader *r = ctx;
	struct bemu_scn_obj_prog *prog = r->prog;
	uint32_t i;

	for (i = 0; i < r->obj->nr_kfuncs; i++)
		if (same(r->obj->kfuncs[i].name, name, len))
			break;
	if (i == r->obj->nr_kfuncs)
		return -ENOENT;
	if (bemu_grow(r->run->env, &prog->calls, &prog->cap_calls, (size_t)prog->nr_calls + 1,
		      sizeof(*prog->calls)))
		return -ENOMEM;
	prog->calls[prog->nr_calls++] = (struct bemu_scn_obj_call){ insn_idx, i };
	return 0;
}

/* The name of a map stands for its index, as in an object before it is loaded. */
static int on_number(void *ctx, const char *name, size_t len, int64_t *out)
{
	const struct reader *r = ctx;
	uint32_t i;

	for (i = 0; i < r->obj->nr_maps; i++)
		if (same(r->obj->maps[i].name, name, len)) {
			*out = i;
			return 0;
		}
	return -ENOENT;
}

/* The generator wants places in fd_array, not FDs. */
static void by_index(struct bemu_scn_insns *insns)
{
	uint32_t i;

	for (i = 0; i < insns->nr; i++) {
		if (!bemu_insn_is_ld64(&insns->insns[i]))
			continue;
		if (insns->insns[i].src_reg == BPF_PSEUDO_MAP_FD)
			insns->insns[i].src_reg = BPF_PSEUDO_MAP_IDX;
		else if (insns->insns[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			insns->insns[i].src_reg = BPF_PSEUDO_MAP_IDX_VALUE;
	}
}

static int read_body(struct reader *r)
{
	const struct bemu_scn_asm_ops ops = { .ctx = r, .kfunc = on_kfunc, .number = on_number };
	struct bemu_scn_str body = { .off = r->lex.pos,
				     .line = r->lex.line,
				     .col = r->lex.pos - r->lex.line_start + 1 };
	int err;

	if (!bemu_scn_lex_is(&r->lex, "{"))
		return bemu_scn_lex_fail(&r->lex, "the instructions of a program are missing");
	do
		err = bemu_scn_lex_next(&r->lex);
	while (!err && r->lex.tok.kind != BEMU_SCN_TOK_END && !bemu_scn_lex_is(&r->lex, "}"));
	body.len = r->lex.tok.str.off - body.off;
	if (!err)
		err = bemu_scn_lex_expect(&r->lex, "}");
	if (!err)
		err = bemu_scn_asm(r->run->env, r->run->scn, r->run->where, &body, &ops,
				   &r->prog->insns);
	if (!err)
		by_index(&r->prog->insns);
	return err;
}

/* "prog NAME { ... }" */
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
	return err ? err : read_body(r);
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
		else if (bemu_scn_lex_is(&r.lex, "kfunc"))
			err = read_kfunc(&r);
		else if (bemu_scn_lex_is(&r.lex, "prog"))
			err = read_prog(&r);
		else
			err = bemu_scn_lex_fail(&r.lex, "map, kfunc or prog");
		while (!err && bemu_scn_lex_is(&r.lex, ";"))
			err = bemu_scn_lex_next(&r.lex);
	}
	return err;
}
