/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * From what the load did to one of three words. What the verifier refuses on every way is a no of the
 * emulated kernel already; a program in which it depends on values at run time is unproven, never yes.
 */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const char *bemu_cli_answer_name(uint32_t answer)
{
	switch ((enum bemu_cli_answer)answer) {
	case BEMU_CLI_ANSWER_YES:
		return "yes";
	case BEMU_CLI_ANSWER_NO:
		return "no";
	case BEMU_CLI_ANSWER_UNPROVEN:
		return "unproven";
	case BEMU_CLI_ANSWER_SKIPPED:
		return "skipped";
	case BEMU_CLI_ANSWER_NOT_TRIED:
		return "not_tried";
	}
	return "?";
}

bool bemu_cli_core_ok(const struct bemu_core_record *rec)
{
	return !rec->err && !rec->res.poison;
}

uint32_t bemu_cli_prog_answer(const struct bemu_cli_run *run, uint32_t prog_idx)
{
	const struct bemu_load_prog *prog = &run->progs[prog_idx];

	if (prog->skipped)
		return BEMU_CLI_ANSWER_SKIPPED;
	if (prog->err || (run->verdict && run->res->err_prog_idx == (int)prog_idx))
		return BEMU_CLI_ANSWER_NO;
	if (prog->fd < 0)
		return BEMU_CLI_ANSWER_NOT_TRIED;
	return bemu_cli_doubt_of(run, prog_idx) ? BEMU_CLI_ANSWER_UNPROVEN : BEMU_CLI_ANSWER_YES;
}

/* Which record poisoned that word; NULL when none did. */
static int poison_of(const struct bemu_cli_run *run, uint32_t prog_idx, uint32_t insn_idx,
		     const struct bemu_core_record **out)
{
	struct bemu_cli_refs refs;
	struct bemu_cli_ref ref;
	int err;

	err = bemu_cli_refs_init(&refs, run, prog_idx);
	if (err)
		return err;
	bemu_cli_ref_at(run, &refs, insn_idx, &ref);
	*out = ref.core && ref.core->res.poison ? ref.core : NULL;
	bemu_cli_refs_fini(&refs);
	return 0;
}

/* The instruction that the kernel's log shows before it refuses a call; else the first poisoned one. */
static uint32_t refused_insn(const struct bemu_load_prog *prog)
{
	const char *log = prog->kernel_log, *at = log ? strstr(log, ": (85) call unknown#") : NULL;
	uint32_t idx = 0, unit = 1;

	if (!at)
		return prog->poison_insn_idx;
	for (; at > log && at[-1] >= '0' && at[-1] <= '9' && unit < 100000000; at--, unit *= 10)
		idx += (uint32_t)(at[-1] - '0') * unit;
	return idx;
}

/* "insn 34 has no target: struct rec.gone (0:1 @ offset 4), vmlinux [8]: no member "gone"; " */
static void say_poison(struct bemu_buf *reason, uint32_t insn_idx,
		       const struct bemu_core_record *rec)
{
	const struct bemu_core_tried *tried = rec->tried;

	bemu_buf_printf(reason, "insn %u is poisoned: %s", insn_idx, rec->spec);
	if (!rec->nr_tried)
		bemu_buf_printf(reason, ", no candidate; ");
	else if (rec->nr_tried == 1 && tried->text[0])
		bemu_buf_printf(reason, ", %s [%u]: %s; ", tried->cand.owner, tried->cand.type_id,
				tried->text);
	else
		bemu_buf_printf(reason, ", %u candidates; ", rec->nr_tried);
}

/* The cause first, then what the kernel called it. */
static int say_no(struct bemu_cli_run *run)
{
	const struct bemu_load_result *res = run->res;
	struct bemu_buf *reason = &run->reason;
	const struct bemu_core_record *rec = NULL;
	uint32_t insn_idx;
	int err = 0;

	bemu_buf_printf(reason, "%s: ", bemu_cli_errno(run->verdict));
	if (!res || !run->kernel_line.len ||
	    (res->stage != BEMU_STAGE_PROGS && res->stage != BEMU_STAGE_MAPS &&
	     res->stage != BEMU_STAGE_BTF_UPLOAD)) {
		bemu_buf_printf(reason, "%s", bemu_buf_str(&run->log_line));
		return 0;
	}
	if (res->err_prog_idx >= 0) {
		bemu_buf_printf(reason, "%s: ", run->object->obj->progs[res->err_prog_idx].name);
		if (run->progs[res->err_prog_idx].poisoned) {
			insn_idx = refused_insn(&res->progs[res->err_prog_idx]);
			err = poison_of(run, (uint32_t)res->err_prog_idx, insn_idx, &rec);
			if (!err && rec)
				say_poison(reason, insn_idx, rec);
		}
	}
	bemu_buf_printf(reason, "the kernel: %s", bemu_buf_str(&run->kernel_line));
	return err;
}

/*
 * The load stopped at a file of the target that nobody handed over: the target would have it, so that is not
 * its answer.
 */
static const char *needs_option(const struct bemu_cli_run *run)
{
	const struct bemu_log *log = &run->env->log;
	size_t i;

	for (i = bemu_log_count(log); run->res && i > 0; i--) {
		const struct bemu_log_record *rec = bemu_log_get(log, i - 1);

		if (rec->err && rec->reason == BEMU_R_LOAD_NO_KCONFIG)
			return "--kconfig";
		if (rec->err && rec->reason == BEMU_R_LOAD_NO_KALLSYMS)
			return "--kallsyms";
		if (rec->err)
			break;
	}
	return NULL;
}

int bemu_cli_decide(struct bemu_cli_run *run)
{
	const struct bemu_obj *obj = run->object->obj;
	uint32_t i;
	int err;

	run->answer = BEMU_CLI_ANSWER_YES;
	if (run->verdict) {
		run->needs = needs_option(run);
		if (run->needs) {
			run->answer = BEMU_CLI_ANSWER_UNPROVEN;
			bemu_buf_printf(&run->reason, "needs %s FILE: %s", run->needs,
					bemu_buf_str(&run->log_line));
			return run->reason.err;
		}
		run->answer = BEMU_CLI_ANSWER_NO;
		err = say_no(run);
		return err ? err : run->reason.err;
	}
	for (i = 0; i < obj->nr_progs; i++) {
		const struct bemu_cli_doubt *doubt = bemu_cli_doubt_of(run, i);
		const struct bemu_core_record *rec;

		if (!doubt || bemu_cli_prog_answer(run, i) != BEMU_CLI_ANSWER_UNPROVEN)
			continue;
		run->answer = BEMU_CLI_ANSWER_UNPROVEN;
		err = poison_of(run, i, doubt->insn_idx, &rec);
		if (err)
			return err;
		bemu_buf_printf(&run->reason, "%s%s: insn %u is refused if it is reached%s%s",
				run->reason.len ? "; " : "", obj->progs[i].name, doubt->insn_idx,
				rec ? ", poisoned for " : "", rec ? rec->spec : "");
	}
	return run->reason.err;
}

bool bemu_cli_line_of(const struct bemu_obj *obj, uint32_t prog_idx, uint32_t insn_idx, char *buf,
		      size_t len)
{
	const struct bemu_obj_prog *prog = &obj->progs[prog_idx];
	uint64_t off = ((uint64_t)prog->sec_insn_off + insn_idx) * sizeof(struct bpf_insn);
	const struct bpf_line_info *best = NULL;
	const struct bemu_btf_ext_sub *sub;
	const char *file;
	uint32_t i, j;

	if (!obj->ext || !obj->btf)
		return false;
	sub = &obj->ext->sub[BEMU_BTF_EXT_LINE_INFO];
	for (i = 0; i < sub->nr_blocks; i++) {
		const char *sec = bemu_btf_str(obj->btf, sub->blocks[i].sec_name_off);

		if (!sec || prog->sec_idx >= obj->nr_secs ||
		    strcmp(sec, obj->sec_names[prog->sec_idx]))
			continue;
		for (j = 0; j < sub->blocks[i].nr_recs; j++) {
			const struct bpf_line_info *rec = bemu_btf_ext_rec(sub, &sub->blocks[i], j);

			if (rec->insn_off <= off && (!best || rec->insn_off >= best->insn_off))
				best = rec;
		}
	}
	if (!best)
		return false;
	file = bemu_btf_str(obj->btf, best->file_name_off);
	if (!file)
		return false;
	snprintf(buf, len, "%s:%u", bemu_cli_base_name(file), best->line_col >> 10);
	return true;
}
