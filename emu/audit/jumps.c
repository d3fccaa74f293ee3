// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/jumps.h"
#include "insn/insn.h"

#include <errno.h>

#include "uapi/bpf.h"

enum { NEAR = 2 };

/* How far the jump goes back, as a negative number; 0 when it is none. */
static int64_t distance_back(const struct bpf_insn *insn)
{
	uint32_t cls = BPF_CLASS(insn->code), op = BPF_OP(insn->code);
	int64_t dist = insn->off;

	if ((cls != BPF_JMP && cls != BPF_JMP32) || op == BPF_CALL || op == BPF_EXIT)
		return 0;
	if (cls == BPF_JMP32 && op == BPF_JA)
		dist = insn->imm; /* gotol */
	return dist < 0 ? dist : 0;
}

/* @counts: receives, by word, how many jumps go back to it; -EFAULT when the program cannot be read. */
static int count_targets(const struct bemu_seen *seen, uint64_t insns, uint32_t nr,
			 uint32_t counts[])
{
	struct bpf_insn insn;
	int64_t dist, to;
	uint32_t i;

	for (i = 0; i < nr; i++) {
		if (seen->ops->read(seen, insns + 8ull * i, &insn, sizeof(insn)))
			return -EFAULT;
		if (bemu_insn_is_ld64(&insn)) {
			i++;
			continue;
		}
		dist = distance_back(&insn);
		to = (int64_t)i + 1 + dist;
		if (dist && to >= 0)
			counts[to]++;
	}
	return 0;
}

static int judge(struct bemu_findings *findings, uint32_t step, const uint32_t counts[],
		 uint32_t nr)
{
	uint32_t low, high;

	for (high = 1; high < nr; high++) {
		for (low = high > NEAR ? high - NEAR : 0; counts[high] && low < high; low++) {
			if (!counts[low] || (counts[low] < 2 && counts[high] < 2))
				continue;
			return bemu_findings_add(findings, BEMU_FINDING_JUMP_ASTRAY, step, -1,
						 "%u error branches land on insn %u, %u on insn %u",
						 counts[high], high, counts[low], low)
				       ? 0
				       : -ENOMEM;
		}
	}
	return 0;
}

int bemu_jumps_judge(struct bemu_findings *findings, const struct bemu_seen *seen, uint32_t step,
		     uint64_t insns, uint32_t nr)
{
	uint32_t *counts;
	int err;

	if (!nr || nr > findings->env->limits.max_insns)
		return 0; /* the kernel answers that itself */
	counts = bemu_zalloc(findings->env, (size_t)nr * sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	err = count_targets(seen, insns, nr, counts);
	err = err ? 0 : judge(findings, step, counts, nr);
	bemu_mem_free(findings->env, counts);
	return err;
}
