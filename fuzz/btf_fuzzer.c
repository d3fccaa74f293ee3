// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: BTF is refused with a reason or accepted whole. When it was accepted, no question leaves its
 * bounds or goes on for ever, what is asked by name finds what has that name, and its own bytes are
 * accepted once more as the same types. BTF that the kernel's rules accept, the library's rules accept,
 * too, and the kernel's verdict depends neither on its log nor on what was asked before.
 *
 * Input: BTF; when more BTF follows it, that is split over the first.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/btf_query.h"
#include "audit/checks.h"
#include "btf/btf.h"
#include "hunt.h"
#include "sys/kbtf.h"
#include "scenario/btf_input.h"
#include "world.h"

enum { MANY = 4096, LOG_LEN = 4096, KLOG_LEVEL = 1 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_worlds_warm(FUZZ_WORLD_EMPTY);
	return 0;
}

/* Names and ids lead back to where they came from. */
static void ask_names(const struct bemu_btf *btf, uint32_t id, unsigned int flags)
{
	const struct btf_type *t = bemu_btf_type(btf, id);
	const char *name = bemu_btf_name(btf, id);
	uint32_t kind = bemu_btf_kind(t), found, steps = 0;
	struct bemu_btf_essential_iter it;
	size_t essential;

	FUZZ_CHECK(name || (flags & BEMU_BTF_PARSE_LIBBPF_1_1));
	if (!name || !*name || id < bemu_btf_start_id(btf))
		return;
	found = bemu_btf_find(btf, name, kind, true);
	FUZZ_CHECK(found && found <= id && found >= bemu_btf_start_id(btf));
	FUZZ_CHECK(!strcmp(bemu_btf_name(btf, found), name));
	FUZZ_CHECK(bemu_btf_kind(bemu_btf_type(btf, found)) == kind);
	found = bemu_btf_find(btf, name, kind, false);
	FUZZ_CHECK(found && found <= id && !strcmp(bemu_btf_name(btf, found), name));
	FUZZ_CHECK(bemu_btf_find_any(btf, name) <= found);
	essential = bemu_btf_essential_len(name);
	FUZZ_CHECK(essential <= strlen(name));
	bemu_btf_essential_begin(&it, btf, name, essential, kind);
	for (found = 0; found != id && steps < MANY; steps++) {
		uint32_t next = bemu_btf_essential_next(&it);

		FUZZ_CHECK(next > found); /* it must come to id before its end */
		found = next;
	}
}

/* What libbpf 1.1 does not look at may lead nowhere. */
static void ask_members(const struct bemu_btf *btf, const struct btf_type *t, unsigned int flags)
{
	bool checked = !(flags & BEMU_BTF_PARSE_LIBBPF_1_1);
	uint32_t i;

	for (i = 0; i < bemu_btf_vlen(t); i++) {
		const struct btf_member *m = &bemu_btf_members(t)[i];

		FUZZ_CHECK(bemu_btf_type(btf, m->type) || !checked);
		FUZZ_CHECK(bemu_btf_str(btf, m->name_off) || !checked);
		(void)bemu_btf_member_bit_off(t, i);
		(void)bemu_btf_member_bitfield_size(t, i);
	}
}

static void ask_type(const struct bemu_btf *btf, uint32_t id, unsigned int flags)
{
	const struct btf_type *t = bemu_btf_type(btf, id);
	uint32_t nr = bemu_btf_nr_types(btf), end_id = nr;
	int64_t size;

	FUZZ_CHECK(t);
	ask_names(btf, id, flags);
	if (bemu_btf_skip_mods(btf, id, true, &end_id))
		FUZZ_CHECK(end_id < nr);
	(void)bemu_btf_skip_mods(btf, id, false, NULL);
	if (!bemu_btf_resolve_size(btf, id, &size))
		FUZZ_CHECK(size >= 0);
	FUZZ_CHECK(bemu_btf_align_of(btf, id) <= 8);
	if (bemu_btf_is_composite(t))
		ask_members(btf, t, flags);
}

static void ask_all(struct bemu_env *env, const struct bemu_btf *btf, unsigned int flags)
{
	uint32_t nr = bemu_btf_nr_types(btf), id, edge;
	struct bemu_buf buf;

	for (id = 0; id < nr && id < MANY; id++)
		ask_type(btf, id, flags);
	for (edge = 0; edge < 3; edge++)
		FUZZ_CHECK(!bemu_btf_type(btf, nr + edge) && !bemu_btf_name(btf, nr + edge));
	FUZZ_CHECK(!bemu_btf_type(btf, UINT32_MAX) && !bemu_btf_str(btf, UINT32_MAX));
	FUZZ_CHECK(!bemu_btf_str(btf, bemu_btf_end_str_off(btf)));
	bemu_buf_init(&buf, env);
	bemu_btf_dump_raw(&buf, btf);
	bemu_buf_clear(&buf);
	for (id = 0; id < nr && id < 64; id++)
		bemu_btf_decl_append(&buf, btf, id);
	bemu_buf_clear(&buf);
	(void)!bemu_btf_dump_c(&buf, btf);
	bemu_buf_fini(&buf);
}

/* What a BTF's own bytes say is the BTF. */
static void parse_again(struct bemu_env *env, const struct bemu_btf *btf, unsigned int flags)
{
	struct bemu_btf *again = NULL;
	size_t len, again_len;
	const void *raw = bemu_btf_raw(btf, &len), *again_raw;
	int err = bemu_btf_parse(env, raw, len, bemu_btf_base(btf), flags, &again);

	if (err) {
		FUZZ_CHECK(env->fault);
		return;
	}
	again_raw = bemu_btf_raw(again, &again_len);
	FUZZ_CHECK(len == again_len && !memcmp(raw, again_raw, len));
	FUZZ_CHECK(bemu_btf_nr_types(again) == bemu_btf_nr_types(btf));
	bemu_btf_put(again);
}

static struct bemu_btf *parse(struct bemu_env *env, const uint8_t *data, size_t size,
			      const struct bemu_btf *base, unsigned int flags)
{
	struct bemu_btf *btf = (struct bemu_btf *)-1;
	int err = bemu_btf_parse(env, data, size, base, flags, &btf);

	if (!err) {
		ask_all(env, btf, flags);
		parse_again(env, btf, flags & ~(unsigned int)BEMU_BTF_PARSE_BORROW);
		return btf;
	}
	FUZZ_CHECK(btf == (struct bemu_btf *)-1);
	FUZZ_CHECK(bemu_log_last(&env->log));
	return NULL;
}

/* Whether questions about what was accepted have answers, and what a checked kernel would have said. */
static void judge(struct bemu *em)
{
	struct bemu_findings set;
	uint64_t serial = 0;
	uint32_t seen = 0;
	int err;

	bemu_findings_init(&set, em->env);
	err = bemu_btf_query_audit(&em->model, &serial, 1, &set);
	if (!err)
		err = bemu_checks_audit(&em->model, &seen, 1, &set);
	if (!err)
		fuzz_found(&set);
	bemu_findings_fini(&set);
}

/* BTF_LOAD of a new task; the number that it answers is closed again. */
static long kernel_load(struct bemu *em, const struct fuzz_input *in, const uint8_t *data,
			size_t size, bool log)
{
	static char text[LOG_LEN];
	struct bemu_attr_btf_load attr = { .btf = (uintptr_t)data, .btf_size = (uint32_t)size };
	struct bemu_task *task;
	long kret = 0, closed = 0;
	int err;

	if (log) {
		attr.btf_log_buf = (uintptr_t)text;
		attr.btf_log_size = sizeof(text);
		attr.btf_log_level = KLOG_LEVEL;
	}
	fuzz_arm(em->env, in);
	if (bemu_task_new(em, NULL, &task)) {
		FUZZ_CHECK(in->knobs.flags & BEMU_KNOB_FAIL_ALLOC);
		bemu_reset(em);
		return 0;
	}
	err = bemu_sys_bpf(task, BPF_BTF_LOAD, (uintptr_t)&attr, sizeof(attr), &kret);
	if (err) {
		FUZZ_CHECK(err == -ENOMEM || err == -EDQUOT);
		kret = err;
	} else if (kret >= 0) {
		if (fuzz_hunting())
			judge(em);
		FUZZ_CHECK(!bemu_sys_close(task, (int)kret, &closed) && !closed);
	}
	bemu_task_exit(task);
	fuzz_env_done(em->env);
	bemu_reset(em);
	return kret;
}

/* Trouble of ours, or of the log's, is no verdict. */
static bool is_verdict(const struct fuzz_input *in, long kret)
{
	if (in->knobs.flags & (BEMU_KNOB_FAIL_ALLOC | BEMU_KNOB_FEW_STEPS))
		return false;
	return kret != -ENOSPC && kret != -ENOMEM && kret != -EDQUOT;
}

static void check_verdicts(const struct fuzz_input *in, const uint8_t *data, size_t size,
			   const struct bemu_btf *btf)
{
	struct bemu *em = fuzz_world(fuzz_kernel(in), FUZZ_WORLD_EMPTY, 0);
	bool log = in->knobs.flags & BEMU_KNOB_LOG;
	long kret = kernel_load(em, in, data, size, log), other;

	fuzz_answer(is_verdict(in, kret) ? kret >= 0 ? 0 : kret : 0);
	if (btf && kret >= 0)
		fuzz_outcome = FUZZ_ACCEPT;
	if (!is_verdict(in, kret))
		return;
	FUZZ_CHECK_MSG(kret < 0 || btf || fuzz_hunting(),
		       "the kernel accepts what the library refuses");
	if (!fuzz_twice(in))
		return;
	other = kernel_load(em, in, data, size, !log);
	FUZZ_CHECK_MSG(!is_verdict(in, other) || other == kret, "%ld, with a log %ld", kret, other);
	em = fuzz_world(fuzz_kernel(in), FUZZ_WORLD_EMPTY, 1);
	other = kernel_load(em, in, data, size, log);
	FUZZ_CHECK_MSG(other == kret, "%ld, in a new world %ld", kret, other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bemu_btf *btf = NULL, *split = NULL;
	struct bemu_env *env;
	struct fuzz_input in;
	uint8_t *head, *tail = NULL;
	unsigned int flags;
	size_t len;

	fuzz_input_init(&in, data, size);
	flags = in.knobs.extra & (BEMU_BTF_PARSE_BORROW | BEMU_BTF_PARSE_LIBBPF_1_1);
	fuzz_outcome = FUZZ_REJECT;
	len = bemu_btf_input_first(in.data, in.size);
	head = fuzz_sub(in.data, len);
	env = fuzz_env(&in);
	btf = parse(env, head, len, NULL, flags);
	if (btf && len < in.size) {
		tail = fuzz_sub(in.data + len, in.size - len);
		split = parse(env, tail, in.size - len, btf, flags);
		if (split)
			fuzz_outcome = FUZZ_ACCEPT;
	}
	if (len == in.size)
		check_verdicts(&in, head, len, btf);
	fuzz_judge_bounds(env);
	bemu_btf_put(split);
	bemu_btf_put(btf);
	fuzz_env_done(env);
	free(head);
	free(tail);
	fuzz_input_fini(&in);
	return 0;
}
