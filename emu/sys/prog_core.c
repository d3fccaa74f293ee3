/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Relocations that the kernel itself applies, for loaders that cannot: light skeletons. Mirrors
 * check_core_relo(), kernel/bpf/verifier.c, and bpf_core_apply(), kernel/bpf/btf.c, v6.18. The algorithm is
 * emu/relo's under the kernel's rules; what it says goes to the log.
 */
#include <string.h>

#include "model/quirk.h"
#include "relo/core.h"
#include "sys/prog.h"

enum { CORE_REC_LEN = 16, CORE_REC_MAX = 252, CORE_REC_SIZE_OFF = 136, LOG_LEVEL2 = 2 };

static uint32_t rules_of(const struct bemu_verif *v)
{
	return v->ctx->model->prof->kernel <= BEMU_KERNEL_6_1 ? BEMU_CORE_KERNEL_6_1
							      : BEMU_CORE_KERNEL_6_18;
}

/* Line by line: the kernel cuts each message, not their sum. */
static void say(struct bemu_verif *v, struct bemu_buf *lines)
{
	const char *line = bemu_buf_str(lines), *end;

	for (; *line; line = end) {
		end = strchr(line, '\n');
		end = end ? end + 1 : line + strlen(line);
		bemu_klog(v->log, "%.*s", (int)(end - line), line);
	}
}

static int calc_and_patch(struct bemu_verif *v, const struct bemu_core_relo *relo,
			  uint32_t relo_idx, struct bemu_core_cands *cands)
{
	struct bemu_env *env = v->ctx->env;
	uint32_t insn_idx = relo->insn_off / (uint32_t)sizeof(struct bpf_insn);
	struct bemu_core_record rec = { .relo_idx = relo_idx, .insn_idx = insn_idx };
	struct bemu_core_res res;
	struct bemu_buf lines;
	int err;

	bemu_buf_init(&lines, env);
	rec.lines = v->log->level ? &lines : NULL;
	err = bemu_core_calc(env, rules_of(v), v->prog->btf->btf, relo, cands, "", &res,
			     rec.lines ? &rec : NULL);
	if (!err)
		err = bemu_core_patch_lines(env, "", v->prog->insns, v->prog->nr_insns, insn_idx,
					    relo_idx, &res, rec.lines);
	if (rec.lines)
		say(v, &lines);
	if (lines.err)
		err = lines.err;
	bemu_core_record_fini(env, &rec);
	bemu_buf_fini(&lines);
	return err;
}

static int apply(struct bemu_verif *v, const struct bemu_core_relo *relo, uint32_t relo_idx)
{
	bool need_cands = relo->kind != BEMU_CORE_TYPE_ID_LOCAL;
	struct bemu_core_cands cands = { 0 };
	int err = 0, printed = 0;

	if (!bemu_btf_type(v->prog->btf->btf, relo->type_id) && !need_cands &&
	    bemu_model_quirk(v->ctx->model, BEMU_QUIRK_CORE_LOCAL_ID_NULL)) {
		bemu_oops(v->ctx->model, BEMU_OOPS_BTF,
			  "type %u of a record is read, the BTF has %u", relo->type_id,
			  bemu_btf_nr_types(v->prog->btf->btf));
		return -EINVAL;
	}
	if (!bemu_btf_type(v->prog->btf->btf, relo->type_id)) {
		bemu_klog(v->log, "relo #%u: bad type id %u\n", relo_idx, relo->type_id);
		return -EINVAL;
	}
	if (need_cands)
		err = bemu_verif_find_cands(v, relo->type_id, &cands);
	if (!err)
		err = calc_and_patch(v, relo, relo_idx, &cands);
	if (need_cands && v->log->level & LOG_LEVEL2)
		printed = bemu_verif_print_cands(v);
	bemu_core_cands_fini(v->ctx->env, &cands);
	return err ? err : printed;
}

int bemu_verif_apply_core(struct bemu_verif *v)
{
	const struct bemu_attr_prog_load *a = &v->ctx->attr.prog_load;
	uint32_t rec_size = a->core_relo_rec_size, i;
	struct bemu_core_relo relo;
	int err = 0;

	if (!v->prog->btf || !a->core_relo_cnt || !bemu_model_has(v->ctx->model, BEMU_KF_CORE))
		return 0;
	if (a->core_relo_cnt > INT32_MAX / CORE_REC_LEN || rec_size < CORE_REC_LEN ||
	    rec_size > CORE_REC_MAX || rec_size % 4)
		return -EINVAL;
	for (i = 0; i < a->core_relo_cnt && !err; i++) {
		err = bemu_verif_read_rec(v, a->core_relos + (uint64_t)i * rec_size, rec_size,
					  &relo, CORE_REC_LEN, CORE_REC_SIZE_OFF, "core_relo");
		if (err)
			return err;
		if (relo.insn_off % 8 || relo.insn_off / 8 >= v->prog->nr_insns) {
			bemu_klog(v->log, "Invalid core_relo[%u].insn_off:%u prog->len:%u\n", i,
				  relo.insn_off, v->prog->nr_insns);
			return -EINVAL;
		}
		err = apply(v, &relo, i);
	}
	return err;
}
