/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* One screen about one object on one kernel, and the trace of its calls. */
#include "cli/cli.h"
#include "cli/skel.h"

#include <inttypes.h>
#include <string.h>

#include "insn/insn.h"

/* Limits of one program. Mirrors MAX_USED_MAPS and MAX_KFUNC_BTFS/MAX_KFUNC_DESCS, v6.18. */
enum { BEMU_K_MAX_USED_MAPS = 64, BEMU_K_MAX_KFUNC_DESCS = 256 };

static void head(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	const struct bemu_cli_kernel *kernel = run->world->kernel;

	bemu_buf_printf(buf, "%s on %s (vmlinux", run->object->name, kernel->name);
	if (kernel->nr_modules)
		bemu_buf_printf(buf, " + %u module%s", kernel->nr_modules,
				kernel->nr_modules == 1 ? "" : "s");
	bemu_buf_printf(buf, "), as libbpf %s, rules of Linux %s%s\n", bemu_cli_libbpf(run->libbpf),
			bemu_cli_kernel_short(run->world->profile), run->world->profile_from);
}

static int name_width(const char *name, int width)
{
	size_t len = strlen(name);

	return len > (size_t)width && len < 60 ? (int)len : width;
}

static void maps(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	const struct bemu_obj *obj = run->object->obj;
	int width = 12;
	uint32_t i;

	if (!obj->nr_maps)
		return;
	for (i = 0; i < obj->nr_maps; i++)
		width = name_width(obj->maps[i].name, width);
	bemu_buf_printf(buf, "  %-*s  fd type                   key  value    max\n", width, "map");
	for (i = 0; i < obj->nr_maps; i++) {
		const struct bemu_obj_map *map = &obj->maps[i];
		const struct bemu_load_map *got = &run->maps[i];

		bemu_buf_printf(buf, "  %-*s ", width, map->name);
		if (got->fd >= 0 && (got->created || got->reused))
			bemu_buf_printf(buf, "%3d ", got->fd);
		else
			bemu_buf_printf(buf, "  - ");
		bemu_buf_printf(buf, "%-20s %5u %6u %6u%s%s\n", bemu_cli_map_type(map->type),
				map->key_size, got->created ? got->value_size : map->value_size,
				got->created ? got->max_entries : map->max_entries,
				got->reused ? "  reused" : "", got->frozen ? "  frozen" : "");
	}
}

/* Different ones, counted to just past the limit. */
static uint32_t count_kfuncs(const struct bemu_load_prog *prog)
{
	struct {
		int32_t imm;
		int16_t off;
	} seen[BEMU_K_MAX_KFUNC_DESCS + 1];
	uint32_t i, j, nr = 0;

	for (i = 0; i < prog->nr_insns && nr < BEMU_ARRAY_SIZE(seen); i++) {
		const struct bpf_insn *insn = &prog->insns[i];

		if (!bemu_insn_is_call_to(insn, BPF_PSEUDO_KFUNC_CALL))
			continue;
		for (j = 0; j < nr; j++) {
			if (seen[j].imm == insn->imm && seen[j].off == insn->off)
				break;
		}
		if (j < nr)
			continue;
		seen[nr].imm = insn->imm;
		seen[nr].off = insn->off;
		nr++;
	}
	return nr;
}

static uint32_t count_maps(const struct bemu_cli_run *run, const struct bemu_load_prog *prog)
{
	uint32_t nr = 0, i, j;

	for (i = 0; i < run->object->obj->nr_maps; i++) {
		for (j = 0; j < prog->nr_refs; j++) {
			const struct bemu_load_ref *ref = &prog->refs[j];

			if ((ref->kind == BEMU_RELOC_LD64 || ref->kind == BEMU_RELOC_DATA) &&
			    ref->idx == i)
				break;
		}
		nr += j < prog->nr_refs;
	}
	return nr;
}

static void prog_answer(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t i)
{
	const struct bemu_load_prog *prog = &run->progs[i];

	switch ((enum bemu_cli_answer)bemu_cli_prog_answer(run, i)) {
	case BEMU_CLI_ANSWER_YES:
		bemu_buf_printf(buf, BEMU_CLI_GREEN "relocated" BEMU_CLI_PLAIN ", fd %d%s\n",
				prog->fd, prog->poisoned ? ", poisoned code is dead" : "");
		return;
	case BEMU_CLI_ANSWER_UNPROVEN:
		bemu_buf_printf(buf,
				BEMU_CLI_YELLOW "unproven" BEMU_CLI_PLAIN
						", fd %d: insn %u is refused if it is reached\n",
				prog->fd, bemu_cli_doubt_of(run, i)->insn_idx);
		return;
	case BEMU_CLI_ANSWER_NO:
		bemu_buf_printf(buf, BEMU_CLI_RED "REFUSED" BEMU_CLI_PLAIN " %s\n",
				bemu_cli_errno(prog->err ? prog->err : run->verdict));
		return;
	case BEMU_CLI_ANSWER_SKIPPED:
		bemu_buf_printf(buf, "not loaded by default\n");
		return;
	case BEMU_CLI_ANSWER_NOT_TRIED:
		bemu_buf_printf(buf, "not tried\n");
		return;
	}
}

static void progs(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	const struct bemu_obj *obj = run->object->obj;
	int width = 12;
	uint32_t i;

	for (i = 0; i < obj->nr_progs; i++)
		width = name_width(obj->progs[i].name, width);
	bemu_buf_printf(buf, "  %-*s type              insns  CO-RE kfunc  answer\n", width,
			"prog");
	for (i = 0; i < obj->nr_progs; i++) {
		const struct bemu_obj_prog *prog = &obj->progs[i];
		const struct bemu_load_prog *got = &run->progs[i];
		char core[24];

		if (prog->is_subprog)
			continue;
		snprintf(core, sizeof(core), "%u/%u", got->nr_core_matched, got->nr_core);
		bemu_buf_printf(buf, "  %-*s %-16s %6u %6s %5u  ", width, prog->name,
				bemu_cli_prog_type(prog->type),
				got->nr_insns ? got->nr_insns : prog->nr_insns, core,
				count_kfuncs(got));
		prog_answer(buf, run, i);
	}
}

static uint32_t count_owner(const struct bemu_core_record *rec, bool vmlinux)
{
	uint32_t i, nr = 0;

	for (i = 0; i < rec->nr_tried; i++)
		nr += !strcmp(rec->tried[i].cand.owner, "vmlinux") == vmlinux;
	return nr;
}

/* As C and libbpf's messages write it; only kinds that a candidate can have. */
static const char *kind_word(uint32_t kind)
{
	switch (kind) {
	case BTF_KIND_INT:
		return "int";
	case BTF_KIND_STRUCT:
		return "struct";
	case BTF_KIND_UNION:
		return "union";
	case BTF_KIND_ENUM:
		return "enum";
	case BTF_KIND_ENUM64:
		return "enum64";
	case BTF_KIND_TYPEDEF:
		return "typedef";
	case BTF_KIND_FLOAT:
		return "float";
	default:
		return bemu_btf_kind_name(kind);
	}
}

static void tried(struct bemu_buf *buf, const struct bemu_core_tried *t)
{
	const struct btf_type *type = bemu_btf_type(t->cand.btf, t->cand.type_id);
	const char *name = bemu_btf_name(t->cand.btf, t->cand.type_id);

	bemu_buf_printf(buf, "  %-8s [%u] %s %s: %s\n", t->cand.owner, t->cand.type_id,
			type ? kind_word(bemu_btf_kind(type)) : "?", name ? name : "?",
			t->text[0] ? t->text : bemu_cli_why(t->why));
}

/* The question that is asked most: what was looked for, where, and why it was not it. */
static void core(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t idx)
{
	const struct bemu_core_record *rec = &run->res->core[idx];
	uint32_t prog_idx = run->res->core_prog[idx], i, in_vmlinux, in_modules;
	char line[128];

	bemu_buf_printf(buf, "%s: CO-RE #%u, insn %u", run->object->obj->progs[prog_idx].name,
			rec->relo_idx, rec->insn_idx);
	if (bemu_cli_line_of(run->object->obj, prog_idx, rec->insn_idx, line, sizeof(line)))
		bemu_buf_printf(buf, ", %s", line);
	bemu_buf_printf(buf, "  %s\n", bemu_core_kind_long_name(rec->relo.kind));
	bemu_buf_printf(buf, "  wanted   %s\n", rec->spec);
	in_vmlinux = count_owner(rec, true);
	in_modules = count_owner(rec, false);
	if (!in_vmlinux && rec->relo.kind != BEMU_CORE_TYPE_ID_LOCAL)
		bemu_buf_printf(buf, "  vmlinux  no candidate\n");
	for (i = 0; i < rec->nr_tried; i++)
		tried(buf, &rec->tried[i]);
	if (!in_vmlinux && !in_modules && rec->relo.kind != BEMU_CORE_TYPE_ID_LOCAL &&
	    run->world->kernel->nr_modules)
		bemu_buf_printf(buf, "  modules  no candidate (%u searched)\n",
				run->world->kernel->nr_modules);
	if (rec->err)
		bemu_buf_printf(buf, "  result   " BEMU_CLI_RED "%s" BEMU_CLI_PLAIN "\n",
				bemu_cli_errno(rec->err));
	else if (rec->res.poison && bemu_cli_prog_answer(run, prog_idx) == BEMU_CLI_ANSWER_YES)
		bemu_buf_printf(buf,
				"  result   " BEMU_CLI_GREEN "poisoned" BEMU_CLI_PLAIN
				": insn %u is dead, constants decide the branch before it\n",
				rec->insn_idx);
	else if (rec->res.poison)
		bemu_buf_printf(buf,
				"  result   " BEMU_CLI_YELLOW "poisoned" BEMU_CLI_PLAIN
				": refused if the verifier reaches insn %u\n",
				rec->insn_idx);
	else
		bemu_buf_printf(buf, "  result   %" PRIu64 " -> %" PRIu64 "%s\n", rec->res.orig_val,
				rec->res.new_val, rec->patched ? "" : " (instruction unchanged)");
}

static void missing_externs(struct bemu_buf *buf, const struct bemu_cli_run *run, bool verbose)
{
	const struct bemu_obj *obj = run->object->obj;
	uint32_t i;

	for (i = 0; i < obj->nr_externs; i++) {
		const struct bemu_obj_extern *ext = &obj->externs[i];
		const struct bemu_load_extern *got = &run->res->externs[i];

		if (got->is_set && !verbose)
			continue;
		if (!got->is_set && run->verdict && run->res->stage < BEMU_STAGE_EXTERNS)
			continue;
		bemu_buf_printf(buf, "%s%s %s: ", ext->is_weak ? "weak " : "",
				ext->kind == BEMU_EXT_KCONFIG ? "kconfig"
				: ext->is_func		      ? "kfunc"
							      : "ksym",
				ext->name);
		if (!got->is_set && ext->kind == BEMU_EXT_KCONFIG && !run->world->kernel->kconfig)
			bemu_buf_printf(buf, "not known without --kconfig\n");
		else if (!got->is_set)
			bemu_buf_printf(buf, "not there\n");
		else if (got->kernel_btf_id)
			bemu_buf_printf(buf, "[%u] of %s\n", got->kernel_btf_id,
					got->owner ? got->owner : "?");
		else
			bemu_buf_printf(buf, "0x%" PRIx64 "\n", got->value);
	}
}

static void limits(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	const struct bemu_obj *obj = run->object->obj;
	uint32_t i, nr_maps = 0, nr_kfuncs = 0;

	for (i = 0; i < obj->nr_progs; i++) {
		uint32_t m = count_maps(run, &run->progs[i]), k = count_kfuncs(&run->progs[i]);

		nr_maps = m > nr_maps ? m : nr_maps;
		nr_kfuncs = k > nr_kfuncs ? k : nr_kfuncs;
	}
	bemu_buf_printf(buf, "limits    maps %u/%u and kfuncs %u/%u in one program, fd_array %u\n",
			nr_maps, BEMU_K_MAX_USED_MAPS, nr_kfuncs, BEMU_K_MAX_KFUNC_DESCS,
			run->res->nr_fd_array);
}

static void fds(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	const struct bemu_obj *obj = run->object->obj;
	uint32_t opened = bemu_ledger_nr_lives(run->ledger), i;
	const char *sep = " (";

	bemu_buf_printf(buf, "FDs       opened %u, closed %u by the load, returned %u", opened,
			opened - run->nr_fd_returned, run->nr_fd_returned);
	for (i = 0; i < obj->nr_progs; i++) {
		if (run->progs[i].fd >= 0 && !run->verdict) {
			bemu_buf_printf(buf, "%s%s", sep, obj->progs[i].name);
			sep = ", ";
		}
	}
	for (i = 0; i < obj->nr_maps; i++) {
		if (run->maps[i].created && !run->verdict) {
			bemu_buf_printf(buf, "%s%s", sep, obj->maps[i].name);
			sep = ", ";
		}
	}
	if (run->has_btf_fd) {
		bemu_buf_printf(buf, "%sthe object's BTF", sep);
		sep = ", ";
	}
	bemu_buf_printf(buf, "%s; open after close: %u\n", *sep == ',' ? ")" : "", run->nr_fd_open);
	for (i = 0; i < run->findings.nr; i++)
		if (run->findings.arr[i].root < 0)
			bemu_cli_finding_print(buf, &run->findings, i, &run->quirks,
					       run->world->profile);
	bemu_buf_printf(buf, "findings  %u\n", bemu_findings_roots(&run->findings));
}

static void answer(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	const struct bemu_obj *obj = run->object->obj;
	uint32_t i, asked = 0, relocated = 0;
	const char *release = bemu_cli_kernel_short(run->world->profile);

	for (i = 0; obj && run->res && i < obj->nr_progs; i++) {
		uint32_t a = bemu_cli_prog_answer(run, i);

		asked += a != BEMU_CLI_ANSWER_SKIPPED;
		relocated += a == BEMU_CLI_ANSWER_YES;
	}
	if (run->res)
		bemu_buf_printf(
			buf, "not checked: the verifier beyond relocation, attaching, running\n");
	switch ((enum bemu_cli_answer)run->answer) {
	case BEMU_CLI_ANSWER_YES:
		if (obj->nr_progs && !asked) {
			bemu_buf_printf(buf, "answer: " BEMU_CLI_GREEN "yes" BEMU_CLI_PLAIN
					     ", but none of its programs is loaded by default\n");
			return;
		}
		bemu_buf_printf(buf,
				"answer: " BEMU_CLI_GREEN "yes" BEMU_CLI_PLAIN
				", relocates as on %s: the verifier was not run, the kernel may "
				"still refuse it%s\n",
				release, run->findings.nr ? "; but see what was found" : "");
		return;
	case BEMU_CLI_ANSWER_UNPROVEN:
		if (run->needs) {
			bemu_buf_printf(buf,
					"answer: " BEMU_CLI_YELLOW "UNPROVEN" BEMU_CLI_PLAIN
					", name that file of the target with %s FILE\n",
					run->needs);
			return;
		}
		bemu_buf_printf(
			buf,
			"answer: " BEMU_CLI_YELLOW "UNPROVEN" BEMU_CLI_PLAIN
			" (%u of %u programs relocated; for the others it depends on values "
			"at run time whether the verifier reaches what it refuses)\n",
			relocated, asked);
		return;
	default:
		break;
	}
	bemu_buf_printf(buf, "answer: " BEMU_CLI_RED "NO" BEMU_CLI_PLAIN);
	if (run->res)
		bemu_buf_printf(buf, " (%u of %u programs relocated)\n", relocated, asked);
	else
		bemu_buf_printf(buf, ": %s\n", bemu_buf_str(&run->reason));
}

void bemu_cli_report(struct bemu_buf *buf, const struct bemu_cli_run *run, bool verbose)
{
	uint32_t i;

	head(buf, run);
	if (!run->res) {
		bemu_buf_printf(buf, "the open phase of libbpf refuses it\n");
		answer(buf, run);
		return;
	}
	maps(buf, run);
	progs(buf, run);
	for (i = 0; i < run->res->nr_core; i++) {
		if (verbose || !bemu_cli_core_ok(&run->res->core[i]))
			core(buf, run, i);
	}
	missing_externs(buf, run, verbose);
	if (run->verdict) {
		bemu_buf_printf(buf, "stopped at: %s\n", bemu_cli_stage(run->res->stage));
		bemu_buf_printf(buf, "  libbpf   %s: %s\n", bemu_cli_errno(run->verdict),
				bemu_buf_str(&run->log_line));
		if (run->kernel_line.len)
			bemu_buf_printf(buf, "  kernel   %s\n", bemu_buf_str(&run->kernel_line));
	}
	limits(buf, run);
	fds(buf, run);
	answer(buf, run);
}

void bemu_cli_trace(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	uint32_t nr, i;

	if (!run->res)
		return;
	nr = bemu_recorder_count(run->rec);
	for (i = 0; i < nr; i++) {
		if (i == run->nr_calls_loaded)
			bemu_buf_printf(buf, "--- bpf_object__close()\n");
		bemu_buf_printf(buf, "%4u  ", i + 1);
		bemu_call_format(buf, bemu_recorder_get(run->rec, i));
		bemu_buf_printf(buf, "\n");
	}
}
