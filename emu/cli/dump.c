/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Final instructions in the kernel's syntax, with what each relocated operand refers to. */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "insn/insn.h"

/*
 * libbpf appends subprograms behind the main program. A reference of kind CALL or SUBPROG_ADDR names the
 * one that begins at its target, which is how the CO-RE records of a subprogram find their words.
 */
static void place_subprogs(const struct bemu_cli_run *run, struct bemu_cli_refs *refs)
{
	const struct bemu_load_prog *prog = &run->progs[refs->prog_idx];
	uint32_t i;

	for (i = 0; i < prog->nr_refs; i++) {
		const struct bemu_load_ref *ref = &prog->refs[i];
		int64_t start;

		if ((ref->kind != BEMU_RELOC_CALL && ref->kind != BEMU_RELOC_SUBPROG_ADDR) ||
		    ref->idx >= run->object->obj->nr_progs || ref->insn_idx >= prog->nr_insns)
			continue;
		start = (int64_t)ref->insn_idx + 1 + prog->insns[ref->insn_idx].imm;
		if (start < 0 || start >= prog->nr_insns)
			continue;
		refs->begins[start] = ref->idx + 1;
		refs->start[ref->idx] = (uint32_t)start + 1;
	}
}

int bemu_cli_refs_init(struct bemu_cli_refs *refs, const struct bemu_cli_run *run,
		       uint32_t prog_idx)
{
	const struct bemu_load_prog *prog = &run->progs[prog_idx];
	const struct bemu_load_result *res = run->res;
	uint32_t i;

	memset(refs, 0, sizeof(*refs));
	refs->env = run->env;
	refs->prog_idx = prog_idx;
	refs->ref = bemu_zalloc_array(run->env, prog->nr_insns + 1u, sizeof(*refs->ref));
	refs->core = bemu_zalloc_array(run->env, prog->nr_insns + 1u, sizeof(*refs->core));
	refs->begins = bemu_zalloc_array(run->env, prog->nr_insns + 1u, sizeof(*refs->begins));
	refs->start =
		bemu_zalloc_array(run->env, run->object->obj->nr_progs + 1u, sizeof(*refs->start));
	if (!refs->ref || !refs->core || !refs->begins || !refs->start) {
		bemu_cli_refs_fini(refs);
		return -ENOMEM;
	}
	refs->start[prog_idx] = 1;
	place_subprogs(run, refs);
	for (i = 0; i < prog->nr_refs; i++) {
		if (prog->refs[i].insn_idx < prog->nr_insns)
			refs->ref[prog->refs[i].insn_idx] = i + 1;
	}
	for (i = 0; i < res->nr_core; i++) {
		uint64_t at = refs->start[res->core_prog[i]];

		if (at && at - 1 + res->core[i].insn_idx < prog->nr_insns)
			refs->core[at - 1 + res->core[i].insn_idx] = i + 1;
	}
	return 0;
}

void bemu_cli_refs_fini(struct bemu_cli_refs *refs)
{
	bemu_mem_free(refs->env, refs->ref);
	bemu_mem_free(refs->env, refs->core);
	bemu_mem_free(refs->env, refs->begins);
	bemu_mem_free(refs->env, refs->start);
}

static void name_extern(const struct bemu_cli_run *run, const struct bemu_load_ref *from,
			struct bemu_cli_ref *out)
{
	const struct bemu_obj *obj = run->object->obj;
	const struct bemu_obj_extern *ext;
	const struct bemu_load_extern *got;

	if (from->idx >= obj->nr_externs)
		return;
	ext = &obj->externs[from->idx];
	got = &run->res->externs[from->idx];
	out->name = ext->name;
	out->owner = got->owner;
	if (ext->kind == BEMU_EXT_KCONFIG) {
		out->kind = BEMU_CLI_REF_KCONFIG;
		out->off = ext->kcfg_data_off;
	} else if (!got->is_set) {
		out->kind = BEMU_CLI_REF_MISSING;
	} else if (got->kernel_btf_id) {
		out->kind = from->kind == BEMU_RELOC_EXTERN_CALL ? BEMU_CLI_REF_KFUNC
								 : BEMU_CLI_REF_BTF_ID;
		out->btf_kind = ext->is_func ? "FUNC" : "VAR";
		out->btf_id = got->kernel_btf_id;
		if (out->kind == BEMU_CLI_REF_KFUNC)
			out->off = got->fd_array_idx;
	} else {
		out->kind = BEMU_CLI_REF_KSYM;
		out->value = got->value;
	}
}

/* CO-RE may also write a type's number, which says nothing without the BTF that it is of. */
static void name_type_id(const struct bemu_cli_run *run, struct bemu_cli_ref *out)
{
	const struct bemu_core_record *rec = out->core;
	const struct bemu_btf *btf = NULL;
	const struct btf_type *type;
	uint32_t i;

	if (rec->err || rec->res.poison || !rec->res.new_val || rec->res.new_val > UINT32_MAX)
		return;
	if (rec->relo.kind == BEMU_CORE_TYPE_ID_LOCAL) {
		btf = run->object->obj->btf;
		out->owner = "object";
	}
	for (i = 0; rec->relo.kind == BEMU_CORE_TYPE_ID_TARGET && !btf && i < rec->nr_tried; i++) {
		if (rec->tried[i].why != BEMU_CORE_MATCHED)
			continue;
		btf = rec->tried[i].cand.btf;
		out->owner = rec->tried[i].cand.owner;
	}
	type = btf ? bemu_btf_type(btf, (uint32_t)rec->res.new_val) : NULL;
	if (!type)
		return;
	out->kind = BEMU_CLI_REF_TYPE_ID;
	out->btf_id = (uint32_t)rec->res.new_val;
	out->btf_kind = bemu_btf_kind_name(bemu_btf_kind(type));
	out->name = bemu_btf_name(btf, out->btf_id);
}

void bemu_cli_ref_at(const struct bemu_cli_run *run, const struct bemu_cli_refs *refs,
		     uint32_t insn_idx, struct bemu_cli_ref *out)
{
	const struct bemu_load_prog *prog = &run->progs[refs->prog_idx];
	const struct bemu_obj *obj = run->object->obj;
	const struct bemu_load_ref *ref;

	memset(out, 0, sizeof(*out));
	if (refs->core[insn_idx])
		out->core = &run->res->core[refs->core[insn_idx] - 1];
	if (!refs->ref[insn_idx]) {
		if (out->core)
			name_type_id(run, out);
		return;
	}
	ref = &prog->refs[refs->ref[insn_idx] - 1];
	switch ((enum bemu_obj_reloc_kind)ref->kind) {
	case BEMU_RELOC_LD64:
	case BEMU_RELOC_DATA:
	case BEMU_RELOC_INSN_ARRAY:
		if (ref->idx >= obj->nr_maps)
			break;
		out->kind = ref->kind == BEMU_RELOC_LD64 ? BEMU_CLI_REF_MAP
							 : BEMU_CLI_REF_MAP_VALUE;
		out->name = obj->maps[ref->idx].name;
		out->off = ref->off;
		break;
	case BEMU_RELOC_CALL:
	case BEMU_RELOC_SUBPROG_ADDR:
		if (ref->idx >= obj->nr_progs)
			break;
		out->kind = BEMU_CLI_REF_SUBPROG;
		out->name = obj->progs[ref->idx].name;
		break;
	case BEMU_RELOC_EXTERN_LD64:
	case BEMU_RELOC_EXTERN_CALL:
		name_extern(run, ref, out);
		break;
	case BEMU_RELOC_CORE:
		break;
	}
}

void bemu_cli_ref_text(struct bemu_buf *buf, const struct bemu_cli_ref *ref)
{
	switch ((enum bemu_cli_ref_kind)ref->kind) {
	case BEMU_CLI_REF_NONE:
		break;
	case BEMU_CLI_REF_MAP:
		bemu_buf_printf(buf, "map %s", ref->name);
		break;
	case BEMU_CLI_REF_MAP_VALUE:
		bemu_buf_printf(buf, "%s + %u", ref->name, ref->off);
		break;
	case BEMU_CLI_REF_KCONFIG:
		bemu_buf_printf(buf, "%s, .kconfig + %u", ref->name, ref->off);
		break;
	case BEMU_CLI_REF_KSYM:
		bemu_buf_printf(buf, "ksym %s = 0x%" PRIx64, ref->name, ref->value);
		break;
	case BEMU_CLI_REF_BTF_ID:
	case BEMU_CLI_REF_KFUNC:
		bemu_buf_printf(buf, "%s %s of %s, %s [%u]",
				ref->kind == BEMU_CLI_REF_KFUNC ? "kfunc" : "ksym", ref->name,
				ref->owner ? ref->owner : "?", ref->btf_kind, ref->btf_id);
		if (ref->off)
			bemu_buf_printf(buf, ", off=%u", ref->off);
		break;
	case BEMU_CLI_REF_TYPE_ID:
		bemu_buf_printf(buf, "%s [%u] %s of %s", ref->btf_kind, ref->btf_id,
				ref->name && *ref->name ? ref->name : "(anon)", ref->owner);
		break;
	case BEMU_CLI_REF_SUBPROG:
		bemu_buf_printf(buf, "subprogram %s", ref->name);
		break;
	case BEMU_CLI_REF_MISSING:
		bemu_buf_printf(buf, "weak %s, not there", ref->name);
		break;
	}
	if (!ref->core)
		return;
	if (ref->kind != BEMU_CLI_REF_NONE)
		bemu_buf_printf(buf, "; ");
	bemu_buf_printf(buf, "CO-RE #%u %s ", ref->core->relo_idx,
			bemu_core_kind_name(ref->core->relo.kind));
	if (ref->core->res.poison)
		bemu_buf_printf(buf, "POISONED: %s", ref->core->spec);
	else
		bemu_buf_printf(buf, "%" PRIu64 " -> %" PRIu64 ": %s", ref->core->res.orig_val,
				ref->core->res.new_val, ref->core->spec);
}

void bemu_cli_insn_text(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t prog_idx,
			uint32_t insn_idx)
{
	const struct bemu_load_prog *prog = &run->progs[prog_idx];

	bemu_insn_disasm(buf, prog->insns, prog->nr_insns, insn_idx, NULL);
}

static void dump_prog(struct bemu_buf *buf, const struct bemu_cli_run *run,
		      const struct bemu_cli_refs *refs, struct bemu_buf *line)
{
	const struct bemu_load_prog *prog = &run->progs[refs->prog_idx];
	const struct bemu_obj *obj = run->object->obj;
	uint32_t i;

	bemu_buf_printf(buf, "%s:\n", obj->progs[refs->prog_idx].name);
	for (i = 0; i < prog->nr_insns; i++) {
		struct bemu_cli_ref ref;

		if (i && refs->begins[i])
			bemu_buf_printf(buf, "%s:\n", obj->progs[refs->begins[i] - 1].name);
		bemu_buf_clear(line);
		bemu_cli_insn_text(line, run, refs->prog_idx, i);
		bemu_cli_ref_at(run, refs, i, &ref);
		bemu_buf_printf(buf, "%6u: ", i);
		if (ref.kind || ref.core) {
			bemu_buf_printf(buf, "%-36s ; ", bemu_buf_str(line));
			bemu_cli_ref_text(buf, &ref);
		} else {
			bemu_buf_printf(buf, "%s", bemu_buf_str(line));
		}
		bemu_buf_printf(buf, "\n");
		if (bemu_insn_is_ld64(&prog->insns[i]))
			i++;
	}
	if (line->err)
		buf->err = line->err;
}

void bemu_cli_dump_insns(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	struct bemu_cli_refs refs;
	struct bemu_buf line;
	uint32_t i;

	if (!run->res)
		return;
	bemu_buf_init(&line, run->env);
	for (i = 0; i < run->object->obj->nr_progs; i++) {
		if (!run->progs[i].nr_insns || run->progs[i].skipped)
			continue;
		if (bemu_cli_refs_init(&refs, run, i)) {
			buf->err = -ENOMEM;
			break;
		}
		dump_prog(buf, run, &refs, &line);
		bemu_cli_refs_fini(&refs);
	}
	bemu_buf_fini(&line);
}
