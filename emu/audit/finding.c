// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/finding.h"

#include <stdio.h>
#include <string.h>

const char *bemu_finding_name(uint32_t id)
{
	static const char *const names[] = {
#define X(name, id, when) id,
		BEMU_FINDINGS(X)
#undef X
	};

	return id < BEMU_FINDING_NR ? names[id] : "?";
}

const char *bemu_finding_when(uint32_t id)
{
	static const char *const texts[] = {
#define X(name, id, when) when,
		BEMU_FINDINGS(X)
#undef X
	};

	return id < BEMU_FINDING_NR ? texts[id] : "?";
}

const char *bemu_finding_oracle(uint32_t id)
{
	static const char calls[] = "system-call ledger";
	static const char lookup[] = "the name that the loader looked up";
	static const char generated[] = "the blob as it was generated";
	static const char checked[] = "checked accesses";
	static const char counts[] = "what the model's objects hold of each other";
	static const char *const texts[BEMU_FINDING_NR] = {
		[BEMU_FINDING_INSN_OFF_TRUNCATED] = lookup,
		[BEMU_FINDING_INSN_OFF_ALIAS] = lookup,
		[BEMU_FINDING_IMM_TRUNCATED] = lookup,
		[BEMU_FINDING_CORE_WRONG_PATCH] = lookup,
		[BEMU_FINDING_ATTR_STRAY] = "the program's type",
		[BEMU_FINDING_JUMP_ASTRAY] = "the loader's own words",
		[BEMU_FINDING_ERRNO_MISMATCH] = "what the calls came to",
		[BEMU_FINDING_LAYOUT_OVERLAP] = generated,
		[BEMU_FINDING_LAYOUT_MISALIGNED] = generated,
		[BEMU_FINDING_LAYOUT_UNSIGNED] = "a second run with another context or blob",
		[BEMU_FINDING_FD_LEAK] = calls,
		[BEMU_FINDING_FD_DOUBLE_CLOSE] = calls,
		[BEMU_FINDING_FD_USE_AFTER_CLOSE] = calls,
		[BEMU_FINDING_FD_RECYCLED] = calls,
		[BEMU_FINDING_FD_ALIASED_RESULT] = calls,
		[BEMU_FINDING_FD_MISNAMED_RESULT] = calls,
		[BEMU_FINDING_FD_STD] = calls,
		[BEMU_FINDING_FD_CLOEXEC] = calls,
		[BEMU_FINDING_FD_ESCAPE] = calls,
		[BEMU_FINDING_REF_LEAK] = counts,
		[BEMU_FINDING_REF_UNDERFLOW] = counts,
		[BEMU_FINDING_OBJECT_USE_AFTER_FREE] = counts,
		[BEMU_FINDING_ID_STALE] = counts,
		[BEMU_FINDING_MODULE_PINNED] = counts,
		[BEMU_FINDING_MODULE_GONE] = counts,
		[BEMU_FINDING_BTF_HOLE] = checked,
		[BEMU_FINDING_NULL_DEREF] = checked,
		[BEMU_FINDING_VALUE_TRUNCATED] = "the names that the object has",
		[BEMU_FINDING_LOCK_ORDER] = "a ledger of locks",
		[BEMU_FINDING_PRIVILEGE] = "the calls that programs make",
		[BEMU_FINDING_VERDICT_MISMATCH] = "the same scenario without its quirks",
		[BEMU_FINDING_DOUBLE_FETCH] = "what a call reads of its caller's memory",
	};

	return id < BEMU_FINDING_NR && texts[id] ? texts[id] : "?";
}

void bemu_findings_init(struct bemu_findings *set, struct bemu_env *env)
{
	memset(set, 0, sizeof(*set));
	set->env = env;
}

void bemu_findings_fini(struct bemu_findings *set)
{
	bemu_mem_free(set->env, set->arr);
	bemu_findings_init(set, set->env);
}

struct bemu_finding *bemu_findings_add(struct bemu_findings *set, enum bemu_finding_id id,
				       uint32_t step, int32_t insn_idx, const char *fmt, ...)
{
	struct bemu_finding *finding;
	va_list args;

	if (bemu_grow(set->env, &set->arr, &set->cap, (size_t)set->nr + 1, sizeof(*set->arr)))
		return NULL;
	finding = &set->arr[set->nr++];
	memset(finding, 0, sizeof(*finding));
	finding->id = id;
	finding->step = step;
	finding->insn_idx = insn_idx;
	finding->root = -1;
	va_start(args, fmt);
	(void)vsnprintf(finding->summary, sizeof(finding->summary), fmt, args);
	va_end(args);
	return finding;
}

void bemu_finding_line(struct bemu_finding *finding, const char *fmt, ...)
{
	va_list args;

	if (!finding || finding->nr_lines == BEMU_FINDING_LINES)
		return;
	va_start(args, fmt);
	(void)vsnprintf(finding->lines[finding->nr_lines++], BEMU_FINDING_LINE_LEN, fmt, args);
	va_end(args);
}

uint32_t bemu_findings_roots(const struct bemu_findings *set)
{
	uint32_t i, n = 0;

	for (i = 0; i < set->nr; i++)
		n += set->arr[i].root < 0;
	return n;
}
