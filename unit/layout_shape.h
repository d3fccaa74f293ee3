/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Made-up objects of a given shape, put through the generator without an ELF file, and what the layouts'
 * formulas say of them: computed here from sizes alone.
 */
#ifndef BEMU_UNIT_LAYOUT_SHAPE_H
#define BEMU_UNIT_LAYOUT_SHAPE_H

#include <stdio.h>

#include "helpers.h"
#include "skel/gen.h"

enum { SHAPE_MAX_KFUNCS = 2048, SHAPE_NAME_LEN = 8 };

/* @nr_data of the maps have contents, @data_len bytes each; each program calls the same kfuncs */
struct shape {
	uint32_t layout;
	uint32_t nr_maps, nr_data, data_len;
	uint32_t nr_progs, nr_kfuncs;
	bool strong, any_off, unaligned;
};

struct shape_run {
	struct bemu_env *env;
	struct bemu_gen *gen;
	struct bemu_obj obj;
	int err;
	uint32_t reason; /* the first failure that was logged */
	struct bemu_gen_result res;
	struct bemu_blob blob;
};

/* "k0007": 5 characters and the NUL, in 8 bytes */
static inline const char *shape_kfunc(uint32_t i)
{
	static char names[SHAPE_MAX_KFUNCS][SHAPE_NAME_LEN];

	assert_true(i < SHAPE_MAX_KFUNCS);
	(void)snprintf(names[i], sizeof(names[i]), "k%04u", i % 10000);
	return names[i];
}

static inline void shape_maps(const struct bemu_load_gen *rec, const struct shape *s)
{
	static uint8_t value[1 << 20];
	struct bemu_attr_map_create attr = { .map_type = BPF_MAP_TYPE_ARRAY,
					     .key_size = 4,
					     .map_name = "m" };
	uint32_t i;

	assert_true(s->data_len <= sizeof(value));
	for (i = 0; i < s->nr_maps; i++) {
		bool filled = i >= s->nr_maps - s->nr_data;

		attr.value_size = filled ? s->data_len : 4;
		attr.max_entries = 1;
		rec->create_map(rec->ctx, &attr, i);
		if (filled)
			rec->fill_map(rec->ctx, i, value, s->data_len);
	}
}

static inline void shape_prog(const struct bemu_load_gen *rec, const struct shape *s)
{
	static struct bpf_insn insns[SHAPE_MAX_KFUNCS + 2];
	struct bemu_attr_prog_load attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)insns,
		.insn_cnt = s->nr_kfuncs + 2,
		.license = (uintptr_t) "GPL",
	};
	struct bemu_load_gen_symbol sym = { .is_weak = !s->strong, .is_func = true };
	uint32_t i;

	for (i = 0; i < s->nr_kfuncs; i++) {
		insns[i] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
					      .src_reg = BPF_PSEUDO_KFUNC_CALL };
		sym.name = shape_kfunc(i);
		sym.insn_idx = i;
		rec->add_symbol(rec->ctx, &sym);
	}
	insns[i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	insns[i + 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	rec->load_prog(rec->ctx, &attr);
}

static inline void shape_end(struct shape_run *run)
{
	bemu_gen_free(run->gen);
	bemu_env_free(run->env);
}

static inline const struct bemu_load_gen *shape_begin(struct shape_run *run, const struct shape *s)
{
	const struct bemu_gen_opts opts = { .size = sizeof(opts),
					    .layout = s->layout,
					    .any_off = s->any_off,
					    .unaligned = s->unaligned };
	const struct bemu_load_gen *rec;

	memset(run, 0, sizeof(*run));
	assert_int_equal(bemu_env_new(NULL, NULL, &run->env), 0);
	assert_int_equal(bemu_gen_new(run->env, &opts, &run->gen), 0);
	rec = bemu_gen_recorder(run->gen);
	run->obj = (struct bemu_obj){ .nr_maps = s->nr_maps, .nr_progs = s->nr_progs };
	rec->begin(rec->ctx, &run->obj);
	return rec;
}

static inline void shape_finish(struct shape_run *run, const struct bemu_load_gen *rec)
{
	const struct bemu_log *log = &run->env->log;

	run->err = rec->finish(rec->ctx);
	if (run->err && bemu_log_count(log))
		run->reason = bemu_log_get(log, 0)->reason;
	if (run->err)
		return;
	bemu_gen_get(run->gen, &run->res);
	bemu_gen_blob(run->gen, &run->blob);
}

static inline void shape_generate(struct shape_run *run, const struct shape *s)
{
	const struct bemu_load_gen *rec = shape_begin(run, s);
	uint32_t i;

	shape_maps(rec, s);
	for (i = 0; i < s->nr_progs; i++)
		shape_prog(rec, s);
	shape_finish(run, rec);
}

/* ---- what the formulas say ---- */

struct forecast {
	uint32_t max_idx; /* largest index that insn->off would have to hold */
	uint32_t data_len, fd_map_len;
	uint32_t last_check; /* words from the clean-up to the last check */
};

static inline uint32_t forecast_pad(const struct shape *s, uint32_t len)
{
	return s->unaligned ? len : (len + 7) & ~7u;
}

/* Words of a kfunc: address, lookup, [check], store; and its close. */
static inline uint32_t forecast_kfunc_words(const struct shape *s)
{
	return 2 + 7 + (s->strong ? 1 : 0) + 14;
}

static inline void forecast(const struct shape *s, struct forecast *out)
{
	enum { MAP_ATTR = 72, KEY = 4, UPDATE_ATTR = 32, PROG_ATTR = 140, NAME = 6, SLOT = 4 };
	bool sparse = s->layout == BEMU_LAYOUT_SPARSE, reserved = s->layout == BEMU_LAYOUT_RESERVED;
	bool aux = s->layout == BEMU_LAYOUT_AUX_MAP;
	uint32_t at = reserved ? 1280 : 0, base = 0, nr_taken = 0, words, i, k, idx;
	bool has_base = false;

	memset(out, 0, sizeof(*out));
	words = 3 * (2 + s->nr_progs + aux) + 6 * s->nr_maps + 2 + (aux ? 12 : 0);
	for (i = 0; i < s->nr_maps; i++) {
		at += forecast_pad(s, MAP_ATTR);
		if (sparse) {
			base = has_base ? base : at;
			has_base = true;
			at += forecast_pad(s, SLOT);
		}
		nr_taken++;
		words += 5 + 6 + 1 + 3;
		if (i >= s->nr_maps - s->nr_data) {
			at += forecast_pad(s, s->data_len) + forecast_pad(s, KEY) +
			      forecast_pad(s, UPDATE_ATTR);
			words += 33;
		}
	}
	if (!reserved && !sparse && !nr_taken)
		nr_taken = 1; /* 0 is for no kfunc */
	for (i = 0; i < s->nr_progs; i++) {
		at += forecast_pad(s, 4) + forecast_pad(s, 8 * (s->nr_kfuncs + 2)) +
		      forecast_pad(s, PROG_ATTR);
		words += 46;
		for (k = 0; k < s->nr_kfuncs; k++) {
			at += forecast_pad(s, NAME);
			if (sparse) {
				base = has_base ? base : at;
				has_base = true;
				idx = (at - base) / 4;
				at += forecast_pad(s, SLOT);
			} else if (reserved && k >= 256) {
				idx = at / 4;
				at += forecast_pad(s, SLOT);
			} else if (reserved) {
				idx = 64 + k;
			} else {
				idx = aux ? nr_taken + k : nr_taken++;
			}
			if (idx > out->max_idx)
				out->max_idx = idx;
			if (!reserved && !sparse && 4 * (idx + 1) > out->fd_map_len)
				out->fd_map_len = 4 * (idx + 1);
		}
		words += s->nr_kfuncs * (forecast_kfunc_words(s) + 6) + 6;
		out->last_check = words;
		words += 2;
	}
	if (!reserved && !sparse && 4 * s->nr_maps > out->fd_map_len)
		out->fd_map_len = 4 * s->nr_maps;
	if (aux && !out->fd_map_len)
		out->fd_map_len = 4;
	out->data_len = at;
}

#endif
