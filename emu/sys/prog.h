/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* PROG_LOAD from the verifier's entry on: what the files prog_*.c share. */
#ifndef BEMU_SYS_PROG_H
#define BEMU_SYS_PROG_H

#include "insn/insn.h"
#include "sys/sys.h"

enum { BEMU_VERIF_EXIT = BPF_JMP | BPF_EXIT };

/**
 * struct bemu_verif - one program on its way through the verifier; mirrors struct bpf_verifier_env
 * @starts:          first instructions of the functions, rising; the program's length behind them
 * @digest:          SHA-256 of the instructions, once it was taken (v6.18)
 * @exception_start: first instruction of the exception callback; 0: there is none
 */
struct bemu_verif {
	struct bemu_call_ctx *ctx;
	struct bemu_klog *log;
	struct bemu_prog *prog;
	uint8_t digest[32];
	uint32_t starts[BEMU_K_MAX_SUBPROGS + 2];
	uint32_t nr_starts;
	uint32_t exception_start;
};

/* Each step: 0, or the kernel's errno, said in the log. -ENOMEM and -EDQUOT with a latched fault are ours. */

/* prog_maps.c */
int bemu_verif_use_map(struct bemu_verif *v, struct bemu_map *map) BEMU_MUST_CHECK;
/** bemu_verif_arena() - the first arena among the program's maps, or NULL */
const struct bemu_map *bemu_verif_arena(const struct bemu_verif *v);
int bemu_verif_use_btf(struct bemu_verif *v, struct bemu_kbtf *btf) BEMU_MUST_CHECK;
/** bemu_verif_fd_slot() - number in that slot of fd_array; in front of it too, as in the kernel */
int bemu_verif_fd_slot(struct bemu_verif *v, int32_t idx, int32_t *fd) BEMU_MUST_CHECK;
int bemu_verif_fd_array(struct bemu_verif *v) BEMU_MUST_CHECK;

/* prog_info.c */
int bemu_verif_get_btf(struct bemu_verif *v) BEMU_MUST_CHECK;
int bemu_verif_read_func_info(struct bemu_verif *v) BEMU_MUST_CHECK;
int bemu_verif_check_func_info(struct bemu_verif *v) BEMU_MUST_CHECK;
int bemu_verif_read_line_info(struct bemu_verif *v) BEMU_MUST_CHECK;

/**
 * bemu_verif_read_rec() - one record of @rec_size bytes, of which @known are understood
 * @attr_off: field of the attribute that receives @known when the rest is not zero
 */
int bemu_verif_read_rec(struct bemu_verif *v, uint64_t at, uint32_t rec_size, void *dst,
			uint32_t known, uint32_t attr_off, const char *what) BEMU_MUST_CHECK;

/* prog_core.c */
/** bemu_verif_apply_core() - core_relos, written into the instructions */
int bemu_verif_apply_core(struct bemu_verif *v) BEMU_MUST_CHECK;

/* prog_cands.c */
struct bemu_core_cands;
int bemu_verif_find_cands(struct bemu_verif *v, uint32_t type_id,
			  struct bemu_core_cands *out) BEMU_MUST_CHECK;
int bemu_verif_print_cands(struct bemu_verif *v) BEMU_MUST_CHECK;

/* prog_subprog.c */
int bemu_verif_find_subprogs(struct bemu_verif *v) BEMU_MUST_CHECK;
int bemu_verif_check_subprogs(struct bemu_verif *v) BEMU_MUST_CHECK;

/* prog_insn.c */
int bemu_verif_resolve_insns(struct bemu_verif *v) BEMU_MUST_CHECK;
/** bemu_verif_clear_pseudo() - the last step: what said that words were numbers goes */
void bemu_verif_clear_pseudo(struct bemu_prog *prog);

/* prog_cfg.c */
int bemu_verif_check_cfg(struct bemu_verif *v) BEMU_MUST_CHECK;

/* prog_refuse.c */
/** bemu_verif_refuses() - whether the verifier refuses the instruction whenever it gets there */
bool bemu_verif_refuses(const struct bemu_verif *v, uint32_t at);
/** bemu_verif_refuse() - says so in the log; -EINVAL or -EACCES */
int bemu_verif_refuse(struct bemu_verif *v, uint32_t at) BEMU_MUST_CHECK;

/* prog_tag.c */
/** bemu_verif_calc_tag() - prog->tag of the instructions before numbers of maps are replaced */
int bemu_verif_calc_tag(struct bemu_verif *v) BEMU_MUST_CHECK;

/* prog_global.c */
/** bemu_verif_check_globals() - signatures of global functions, where all of them are verified first */
int bemu_verif_check_globals(struct bemu_verif *v) BEMU_MUST_CHECK;

/* prog_reach.c */
/** bemu_verif_reach() - whether what the verifier refuses when it gets there can be reached */
int bemu_verif_reach(struct bemu_verif *v) BEMU_MUST_CHECK;

/* prog_attach.c */
int bemu_verif_check_target(struct bemu_verif *v) BEMU_MUST_CHECK;

static inline bool bemu_insn_is_jump_class(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_JMP32;
}

/* Where a jump goes when it is taken; v6.6 added the long form of the unconditional one. */
static inline int64_t bemu_insn_jump_target(const struct bpf_insn *insn, uint32_t at)
{
	bool is_long = insn->code == (BPF_JMP32 | BPF_JA);

	return (int64_t)at + 1 + (is_long ? insn->imm : insn->off);
}

#endif
