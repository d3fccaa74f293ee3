/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A finding: one thing that is wrong, with the evidence. Detectors make them, reports print them. One
 * finding may be the root of others, which then name it.
 */
#ifndef BEMU_AUDIT_FINDING_H
#define BEMU_AUDIT_FINDING_H

#include "base/env.h"

/* X(enumerator, "id", "fires when") */
#define BEMU_FINDINGS(X)                                                                           \
	X(INSN_OFF_TRUNCATED, "insn-off-truncated",                                                \
	  "a value meant for insn->off reads back different")                                      \
	X(INSN_OFF_ALIAS, "insn-off-alias",                                                        \
	  "the slot that off selects holds another object than the call's symbol names")           \
	X(IMM_TRUNCATED, "imm-truncated",                                                          \
	  "a value meant for imm, or for the halves of an ldimm64, reads back different")          \
	X(CORE_WRONG_PATCH, "core-wrong-patch",                                                    \
	  "the patched instruction does not yield what its symbol or relocation names")            \
	X(ATTR_STRAY, "attr-stray", "an attribute says what its program type has no use for")      \
	X(JUMP_ASTRAY, "jump-astray",                                                              \
	  "an error branch of a loader lands beside the place of all others")                      \
	X(ERRNO_MISMATCH, "errno-mismatch", "what a caller is told is not what happened")          \
	X(LAYOUT_OVERLAP, "layout-overlap",                                                        \
	  "bytes of a blob that nothing may write differ from what was generated")                 \
	X(LAYOUT_MISALIGNED, "layout-misaligned",                                                  \
	  "an attribute or array of a blob lies where its type may not")                           \
	X(LAYOUT_UNSIGNED, "layout-unsigned",                                                      \
	  "bytes that a signature does not cover decide what a loader does")                       \
	X(FD_LEAK, "fd-leak", "a load ended and an FD that nobody was handed is still open")       \
	X(FD_DOUBLE_CLOSE, "fd-double-close", "a dead number is closed again")                     \
	X(FD_USE_AFTER_CLOSE, "fd-use-after-close", "a dead number is used")                       \
	X(FD_RECYCLED, "fd-recycled", "a stored number is used and now names another live object") \
	X(FD_ALIASED_RESULT, "fd-aliased-result", "two results that must differ are one number")   \
	X(FD_MISNAMED_RESULT, "fd-misnamed-result",                                                \
	  "a result of that name is the number of another program")                                \
	X(FD_STD, "fd-std", "an object was installed at 0, 1 or 2 and taken for \"no FD\"")        \
	X(FD_CLOEXEC, "fd-cloexec", "an object's FD without close-on-exec crosses an exec")        \
	X(FD_ESCAPE, "fd-escape",                                                                  \
	  "a number stored as plain data outlives its table entry or its task")                    \
	X(REF_LEAK, "ref-leak", "something has more references counted than there are")            \
	X(REF_UNDERFLOW, "ref-underflow", "something has fewer references counted than there are") \
	X(OBJECT_USE_AFTER_FREE, "object-use-after-free", "something freed can still be reached")  \
	X(ID_STALE, "id-stale", "an ID can be found whose object is gone")                         \
	X(MODULE_PINNED, "module-pinned", "a module cannot be unloaded although nothing uses it")  \
	X(MODULE_GONE, "module-gone", "code or types of an unloaded module can be reached")        \
	X(BTF_HOLE, "btf-hole", "a BTF that was accepted makes a query leave its bounds or loop")  \
	X(NULL_DEREF, "null-deref", "something is used that is not there")                         \
	X(VALUE_TRUNCATED, "value-truncated", "a value or name is handed on shorter than it is")   \
	X(LOCK_ORDER, "lock-order", "a lock is taken by who has it, or in the wrong order")        \
	X(PRIVILEGE, "privilege", "a program is let do what only its caller may")                  \
	X(VERDICT_MISMATCH, "verdict-mismatch",                                                    \
	  "the answer differs from the one without quirks, and nothing else tells why")            \
	X(DOUBLE_FETCH, "double-fetch", "bytes that were checked are read again, and differ")

enum bemu_finding_id {
#define X(name, id, when) BEMU_FINDING_##name,
	BEMU_FINDINGS(X)
#undef X
		BEMU_FINDING_NR,
};

/** bemu_finding_name() - "fd-leak"; bemu_finding_when() - the sentence behind it */
const char *bemu_finding_name(uint32_t id);
const char *bemu_finding_when(uint32_t id);
/** bemu_finding_oracle() - what it is judged by: "system-call ledger" */
const char *bemu_finding_oracle(uint32_t id);

enum { BEMU_FINDING_LINES = 8, BEMU_FINDING_LINE_LEN = 160 };

/** struct bemu_finding - @lines are "key  text" pairs for the report, in order */
struct bemu_finding {
	uint32_t id; /* enum bemu_finding_id */
	uint32_t step; /* number of the call, from 1 */
	int32_t insn_idx; /* in the program that made the call; -1 when native */
	int32_t root; /* index of the finding that this one follows from, or -1 */
	char summary[BEMU_FINDING_LINE_LEN];
	uint32_t nr_lines;
	char lines[BEMU_FINDING_LINES][BEMU_FINDING_LINE_LEN];
};

struct bemu_findings {
	struct bemu_env *env;
	uint32_t nr, cap;
	struct bemu_finding *arr;
};

void bemu_findings_init(struct bemu_findings *set, struct bemu_env *env);
void bemu_findings_fini(struct bemu_findings *set);
/** bemu_findings_add() - a new one, to be filled; NULL when memory is gone (the fault is latched) */
struct bemu_finding *bemu_findings_add(struct bemu_findings *set, enum bemu_finding_id id,
				       uint32_t step, int32_t insn_idx, const char *fmt, ...)
	BEMU_PRINTF(5, 6);
void bemu_finding_line(struct bemu_finding *finding, const char *fmt, ...) BEMU_PRINTF(2, 3);
/** bemu_findings_roots() - how many do not follow from another */
uint32_t bemu_findings_roots(const struct bemu_findings *set);

#endif
