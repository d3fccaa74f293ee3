// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: a CO-RE relocation ends with a value, a poisoned word or an error, within its budget; and two
 * routes agree. What the patched instruction says when it is decoded is the value that was calculated;
 * the calculation gives the same for the same candidates once more, and, where all releases have the
 * same rules, for each of them; a relocation of a type against itself finds the local value.
 *
 * Input: sections of a four-letter tag, a length and that many bytes (or what is left):
 *   LOCL the object's BTF   VMLX the kernel's   MODU a module's, split over VMLX, any number of them
 *   RELO records: struct bemu_core_relo and two instruction words
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hunt.h"
#include "relo/core.h"

enum { MAX_TARGETS = 4, MAX_RECS = 32, SECTION_HEAD = 8, REC_LEN = 32 };

struct core_input {
	struct bemu_env *env;
	struct bemu_btf *local;
	struct bemu_btf *target[MAX_TARGETS];
	uint32_t nr_targets;
	const uint8_t *recs;
	size_t recs_len;
	void *bytes[MAX_TARGETS + 1];
	uint32_t nr_bytes;
};

struct rec {
	struct bemu_core_relo relo;
	struct bpf_insn insn[2];
};

_Static_assert(sizeof(struct rec) == REC_LEN, "a record has no padding");

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct fuzz_input none = { 0 };

	(void)argc;
	(void)argv;
	fuzz_warm(fuzz_env(&none));
	return 0;
}

/* BTF in bytes of its own: borrowed, so that a read past its end is seen. */
static struct bemu_btf *read_btf(struct core_input *ci, const uint8_t *data, size_t len,
				 const struct bemu_btf *base, unsigned int flags)
{
	struct bemu_btf *btf = NULL;
	uint8_t *copy;

	if (ci->nr_bytes == MAX_TARGETS + 1)
		return NULL;
	copy = fuzz_sub(data, len);
	if (bemu_btf_parse(ci->env, copy, len, base, flags | BEMU_BTF_PARSE_BORROW, &btf)) {
		free(copy);
		return NULL;
	}
	ci->bytes[ci->nr_bytes++] = copy;
	return btf;
}

static void one_section(struct core_input *ci, const uint8_t *tag, const uint8_t *data, size_t len,
			unsigned int flags)
{
	const struct bemu_btf *base = NULL;

	if (!memcmp(tag, "LOCL", 4) && !ci->local) {
		ci->local = read_btf(ci, data, len, NULL, flags);
		return;
	}
	if (!memcmp(tag, "RELO", 4)) {
		ci->recs = data;
		ci->recs_len = len;
		return;
	}
	if (!memcmp(tag, "MODU", 4) && ci->nr_targets)
		base = ci->target[0];
	else if (memcmp(tag, "VMLX", 4) || ci->nr_targets)
		return;
	if (ci->nr_targets < MAX_TARGETS)
		ci->target[ci->nr_targets] = read_btf(ci, data, len, base, 0);
	if (ci->nr_targets < MAX_TARGETS && ci->target[ci->nr_targets])
		ci->nr_targets++;
}

static void read_sections(struct core_input *ci, const struct fuzz_input *in)
{
	unsigned int flags = in->knobs.extra & BEMU_BTF_PARSE_LIBBPF_1_1;
	size_t pos = 0, left;
	uint32_t len;

	while (in->size - pos >= SECTION_HEAD) {
		left = in->size - pos - SECTION_HEAD;
		memcpy(&len, in->data + pos + 4, sizeof(len));
		if (len > left)
			len = (uint32_t)left;
		one_section(ci, in->data + pos, in->data + pos + SECTION_HEAD, len, flags);
		pos += SECTION_HEAD + len;
	}
}

static int find_cands(struct core_input *ci, uint32_t rules, const struct bemu_core_relo *relo,
		      struct bemu_core_cands *cands)
{
	static const char *const owners[MAX_TARGETS] = { "vmlinux", "m1", "m2", "m3" };
	bool kernel = rules == BEMU_CORE_KERNEL_6_1 || rules == BEMU_CORE_KERNEL_6_18;
	uint32_t i;
	int err = 0;

	memset(cands, 0, sizeof(*cands));
	for (i = 0; !err && i < ci->nr_targets; i++) {
		err = kernel ? bemu_core_add_cands_kernel(ci->env, ci->local, relo->type_id,
							  ci->target[i], owners[i], i + 1, cands)
			     : bemu_core_add_cands(ci->env, ci->local, relo->type_id, ci->target[i],
						   owners[i], i + 1, cands);
	}
	return err;
}

static int calc(struct core_input *ci, uint32_t rules, const struct bemu_core_relo *relo,
		struct bemu_core_res *res, bool with_record)
{
	struct bemu_core_record rec = { 0 };
	struct bemu_core_cands cands;
	struct bemu_buf lines;
	int err;

	memset(res, 0, sizeof(*res));
	bemu_buf_init(&lines, ci->env);
	rec.lines = &lines;
	err = find_cands(ci, rules, relo, &cands);
	if (!err)
		err = bemu_core_calc(ci->env, rules, ci->local, relo, &cands, "p", res,
				     with_record ? &rec : NULL);
	if (with_record)
		bemu_core_record_fini(ci->env, &rec);
	bemu_core_cands_fini(ci->env, &cands);
	bemu_buf_fini(&lines);
	return err;
}

/* What a word, decoded by itself, says that it holds. */
static uint64_t decode(const struct bpf_insn *insn, bool *is_access)
{
	unsigned int class = insn->code & 7;

	*is_access = class == BPF_LDX || class == BPF_ST || class == BPF_STX;
	if (*is_access)
		return (uint64_t)(int64_t)insn->off;
	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW))
		return (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32;
	return (uint64_t)(int64_t)insn->imm;
}

static const uint8_t widths[4] = { 4, 2, 1, 8 };

static void check_patch(struct core_input *ci, uint32_t rules, const struct rec *rec,
			const struct bemu_core_res *res)
{
	struct bpf_insn insn[2] = { rec->insn[0], rec->insn[1] };
	struct bemu_core_relo relo = rec->relo;
	bool is_access;
	uint64_t value;
	int err;

	relo.insn_off = 0;
	err = bemu_core_patch(ci->env, rules, "p", insn, 2, 0, &relo, res);
	if (err) {
		FUZZ_CHECK(!memcmp(insn, rec->insn, sizeof(insn)));
		return;
	}
	if (res->poison) {
		FUZZ_CHECK(bemu_core_is_poisoned(insn));
		return;
	}
	if (bemu_core_is_poisoned(insn)) {
		FUZZ_CHECK(res->fail_memsz_adjust);
		return;
	}
	value = decode(insn, &is_access);
	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) || is_access)
		FUZZ_CHECK_MSG(value == res->new_val, "%#llx in place of %#llx",
			       (unsigned long long)value, (unsigned long long)res->new_val);
	else
		FUZZ_CHECK((uint32_t)value == (uint32_t)res->new_val);
	if (is_access && res->new_sz != res->orig_sz)
		FUZZ_CHECK(widths[insn->code >> 3 & 3] == res->new_sz);
	FUZZ_CHECK(insn->dst_reg == rec->insn->dst_reg && insn->src_reg == rec->insn->src_reg);
	if (!is_access)
		FUZZ_CHECK(insn->code == rec->insn->code && insn->off == rec->insn->off);
	else
		FUZZ_CHECK(insn->imm == rec->insn->imm);
}

/* Whether the local type among the candidates gives what the record asks of the local type. */
static void check_self(struct core_input *ci, uint32_t rules, const struct bemu_core_relo *relo)
{
	struct bemu_core_cand cand = { .btf = ci->local,
				       .owner = "local",
				       .type_id = relo->type_id };
	struct bemu_core_cands cands = { .nr = 1, .cap = 1, .arr = &cand };
	struct bemu_core_res res = { 0 };

	if (relo->kind == BEMU_CORE_TYPE_ID_LOCAL || relo->kind == BEMU_CORE_TYPE_ID_TARGET ||
	    bemu_core_calc(ci->env, rules, ci->local, relo, &cands, "p", &res, NULL) || !cands.nr)
		return;
	/*
	 * Bitfields have no local value, and a name seen twice may be found elsewhere. A type may not be
	 * compatible with itself (an INT that does not begin at bit 0), and is then as good as missing: 0.
	 */
	if (!res.poison && res.validate && relo->kind == BEMU_CORE_TYPE_SIZE)
		FUZZ_CHECK(res.new_val == res.orig_val || !res.new_val);
}

static bool same(const struct bemu_core_res *a, const struct bemu_core_res *b)
{
	return a->new_val == b->new_val && a->poison == b->poison && a->validate == b->validate &&
	       (!a->validate || a->orig_val == b->orig_val) &&
	       a->fail_memsz_adjust == b->fail_memsz_adjust && a->new_sz == b->new_sz &&
	       a->orig_sz == b->orig_sz;
}

static void one_record(struct core_input *ci, const struct fuzz_input *in, const struct rec *rec)
{
	uint32_t rules = in->knobs.libbpf % (BEMU_CORE_KERNEL_6_18 + 1u);
	bool steady = !(in->knobs.flags & (BEMU_KNOB_FAIL_ALLOC | BEMU_KNOB_FEW_STEPS));
	struct bemu_core_res res, again;
	int err, err_again;

	err = calc(ci, rules, &rec->relo, &res, true);
	if (err) {
		FUZZ_CHECK(err < 0 && bemu_log_last(&ci->env->log));
	} else {
		if (!res.poison)
			fuzz_outcome = FUZZ_ACCEPT;
		check_patch(ci, rules, rec, &res);
	}
	if (!steady || ci->env->fault || !fuzz_twice(in))
		return;
	err_again = calc(ci, rules, &rec->relo, &again, false);
	if (ci->env->fault)
		return;
	FUZZ_CHECK_MSG(err == err_again, "%d with a record, %d without", err, err_again);
	FUZZ_CHECK(err || same(&res, &again));
	if (rec->relo.type_id < bemu_btf_nr_types(ci->local))
		check_self(ci, rules, &rec->relo);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct core_input ci = { 0 };
	struct fuzz_input in;
	uint32_t i, nr;
	struct rec rec;

	fuzz_input_init(&in, data, size);
	fuzz_outcome = FUZZ_REJECT;
	ci.env = fuzz_env(&in);
	read_sections(&ci, &in);
	nr = (uint32_t)(ci.recs_len / sizeof(rec));
	for (i = 0; ci.local && i < nr && i < MAX_RECS && !ci.env->fault; i++) {
		memcpy(&rec, ci.recs + i * sizeof(rec), sizeof(rec));
		one_record(&ci, &in, &rec);
	}
	fuzz_judge_bounds(ci.env);
	for (i = ci.nr_targets; i; i--)
		bemu_btf_put(ci.target[i - 1]);
	bemu_btf_put(ci.local);
	fuzz_env_done(ci.env);
	for (i = 0; i < ci.nr_bytes; i++)
		free(ci.bytes[i]);
	fuzz_input_fini(&in);
	return 0;
}
