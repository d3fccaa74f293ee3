// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/witness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/blob.h"
#include "audit/btf_bytes.h"
#include "audit/constants.h"
#include "audit/inputs.h"
#include "audit/jumps.h"
#include "audit/outcome.h"
#include "audit/seen.h"
#include "audit/words.h"
#include "insn/insn.h"
#include "uapi/bpf.h"

enum { MAX_DEPTH = 4, MAX_RESULTS = 16, TEXT_LEN = 120, NAME_LEN = 64, OBJ_NAME_LEN = 16 };

/* Offsets in an attribute; the names of union bpf_attr's members. */
enum {
	OBJ_FD = 8, /* bpf_fd of OBJ_PIN */
	RAW_TP_PROG_FD = 8,
	BIND_MAP_FD = 4,
	ELEM_VALUE = 16,
};

struct life_note {
	uint32_t map_type, value_size;
	bool is_object, cloexec;
	char name[OBJ_NAME_LEN + 1]; /* of a map or program, as it was given */
	bool is_map, is_prog, std_told;
	char symbol[NAME_LEN]; /* that a module's BTF was opened for */
};

struct bemu_witness {
	struct bemu_env *env;
	struct bemu_witness_opts opts;
	struct bemu_watch watch;
	struct bemu_findings findings;
	struct bemu_ledger *ledger;
	struct bemu_words *words;
	struct bemu_constants *constants;
	struct bemu_blob_book *blob;
	struct bemu_inputs *inputs;
	struct bemu_outcome outcome;
	uint32_t step; /* calls begun so far */
	uint32_t depth;
	uint32_t steps[MAX_DEPTH]; /* of the calls under way */
	uint64_t fd_array; /* of the last program load of a program */
	uint32_t cap_notes;
	struct life_note *notes; /* by life - 1 */
};

/* "bpf_sys_close(6)" for a program's, "close(6)" for the task's own. */
static void name_call(const struct bemu_seen *seen, char *buf, size_t len)
{
	bool prog = seen->insn_idx != BEMU_SEEN_NATIVE;

	switch (seen->kind) {
	case BEMU_SEEN_CLOSE:
		(void)snprintf(buf, len, "%sclose(%d)", prog ? "bpf_sys_" : "", seen->fd);
		break;
	case BEMU_SEEN_DUP:
		(void)snprintf(buf, len, "dup(%d)", seen->fd);
		break;
	case BEMU_SEEN_FIND_BTF:
		(void)snprintf(buf, len, "bpf_btf_find_by_name_kind(\"%.48s\")", seen->name);
		break;
	case BEMU_SEEN_BPF:
		(void)snprintf(buf, len, "%sbpf(command %u)", prog ? "bpf_sys_" : "", seen->cmd);
		break;
	default:
		(void)snprintf(buf, len, "call");
		break;
	}
}

/* Who does something, with texts that live as long as this. */
struct place {
	struct bemu_ledger_where where;
	char call[TEXT_LEN], stored[TEXT_LEN];
};

static void set_place(const struct bemu_witness *w, const struct bemu_seen *seen,
		      const struct bemu_origin *origin, uint32_t life, struct place *place)
{
	int n;

	memset(place, 0, sizeof(*place));
	name_call(seen, place->call, sizeof(place->call));
	place->where.step = w->steps[w->depth ? w->depth - 1 : 0];
	place->where.insn_idx = seen->insn_idx;
	place->where.call = place->call;
	place->where.stored_by = UINT32_MAX;
	if (life && life <= w->cap_notes && w->notes[life - 1].symbol[0])
		place->where.symbol = w->notes[life - 1].symbol;
	if (!origin || !origin->addr)
		return;
	n = snprintf(place->stored, sizeof(place->stored), "%.32s+%llu", origin->region,
		     (unsigned long long)origin->off);
	if (n > 0 && w->fd_array && origin->addr >= w->fd_array &&
	    origin->addr - w->fd_array <= 4ull * INT16_MAX)
		(void)snprintf(place->stored + n, sizeof(place->stored) - (size_t)n,
			       " = fd_array[%llu]",
			       (unsigned long long)(origin->addr - w->fd_array) / 4);
	place->where.stored = place->stored;
	place->where.stored_by = origin->stored_by;
}

/* In attributes and instructions 0 may mean none, and 1 and 2 are a process's own. */
static int judge_std(struct bemu_witness *w, const struct bemu_seen *seen, int fd)
{
	/* who loads from a file keeps its numbers above; the host of a loader program need not */
	uint32_t life = fd >= 0 && fd <= 2 && w->opts.claims && seen->insn_idx == BEMU_SEEN_NATIVE
				? bemu_ledger_open_life(w->ledger, fd)
				: 0;
	struct bemu_finding *finding;

	if (!life || life > w->cap_notes || !w->notes[life - 1].is_object ||
	    w->notes[life - 1].std_told)
		return 0;
	w->notes[life - 1].std_told = true;
	finding = bemu_findings_add(&w->findings, BEMU_FINDING_FD_STD,
				    w->steps[w->depth ? w->depth - 1 : 0], -1,
				    "fd %d (%s) is handed to command %u, where it may mean none",
				    fd, bemu_ledger_life(w->ledger, life)->what, seen->cmd);
	return finding ? 0 : -ENOMEM;
}

/* @fd, which lies at @addr of the call's memory, is used. */
static int use_at(struct bemu_witness *w, const struct bemu_seen *seen, uint64_t addr, int fd)
{
	struct bemu_origin origin = { 0 };
	uint32_t tag = seen->ops->tag(seen, addr, &origin);
	struct place place;
	int err;

	set_place(w, seen, &origin, tag, &place);
	err = bemu_ledger_used(w->ledger, &place.where, fd, tag);
	return err ? err : judge_std(w, seen, fd);
}

static int use_attr(struct bemu_witness *w, const struct bemu_seen *seen, uint32_t off)
{
	int32_t fd;

	memcpy(&fd, seen->attr + off, sizeof(fd));
	return use_at(w, seen, seen->uattr + off, fd);
}

static int use_word(struct bemu_witness *w, const struct bemu_seen *seen, uint64_t addr)
{
	int32_t fd;

	if (seen->ops->read(seen, addr, &fd, sizeof(fd)))
		return 0; /* the kernel answers that itself */
	return use_at(w, seen, addr, fd);
}

/* The FDs that one instruction makes the kernel look at: in itself, or in the slot that it names. */
static int use_insn(struct bemu_witness *w, const struct bemu_seen *seen, uint64_t addr,
		    const struct bpf_insn *insn)
{
	uint64_t fd_array = bemu_seen_u64(seen, LOAD_OFF(fd_array)), slot;
	int32_t btf_fd;

	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		return insn->off > 0 && fd_array
			       ? use_word(w, seen, fd_array + 4u * (uint32_t)insn->off)
			       : 0;
	if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
		return 0;
	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_VALUE:
		return use_word(w, seen, addr + 4);
	case BPF_PSEUDO_MAP_IDX:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		slot = fd_array + (uint64_t)((int64_t)insn->imm * 4);
		return fd_array ? use_word(w, seen, slot) : 0;
	case BPF_PSEUDO_BTF_ID:
		if (seen->ops->read(seen, addr + 12, &btf_fd, sizeof(btf_fd)) || !btf_fd)
			return 0;
		return use_at(w, seen, addr + 12, btf_fd);
	default:
		return 0;
	}
}

/* Types whose programs name what they attach to; the kernel refuses the field for all others. */
static bool names_target(uint32_t prog_type)
{
	return prog_type == BPF_PROG_TYPE_TRACING || prog_type == BPF_PROG_TYPE_STRUCT_OPS ||
	       prog_type == BPF_PROG_TYPE_EXT || prog_type == BPF_PROG_TYPE_LSM;
}

static int judge_target(struct bemu_witness *w, const struct bemu_seen *seen)
{
	uint32_t type = bemu_seen_u32(seen, LOAD_OFF(prog_type)),
		 id = bemu_seen_u32(seen, LOAD_OFF(attach_btf_id));
	struct bemu_finding *finding;

	if (!id || names_target(type))
		return 0;
	finding = bemu_findings_add(
		&w->findings, BEMU_FINDING_ATTR_STRAY, w->steps[w->depth - 1], seen->insn_idx,
		"PROG_LOAD of %.16s: attach_btf_id %u, which type %u has no use for",
		(const char *)seen->attr + LOAD_OFF(prog_name), id, type);
	return finding ? 0 : -ENOMEM;
}

/* ---- what a file claims ---- */

static const struct life_note *note_of(const struct bemu_witness *w, int fd)
{
	uint32_t life = bemu_ledger_open_life(w->ledger, fd);

	return life && life <= w->cap_notes ? &w->notes[life - 1] : NULL;
}

static const char *map_name(void *ctx, int fd)
{
	const struct life_note *note = note_of(ctx, fd);

	return !note ? NULL : note->is_map ? note->name : "";
}

static const char *what_of(void *ctx, int fd)
{
	const struct bemu_witness *w = ctx;
	const struct bemu_fd_life *life =
		bemu_ledger_life(w->ledger, bemu_ledger_open_life(w->ledger, fd));

	return life ? life->what : "nothing";
}

static int judge_claims(struct bemu_witness *w, const struct bemu_seen *seen)
{
	const struct bemu_claims_ops ops = { .map_name = map_name,
					     .what = what_of,
					     .ctx = w,
					     .type_name = w->opts.type_name,
					     .type_ctx = w->opts.ctx };

	return bemu_claims_judge(w->opts.claims, &ops, seen, w->steps[w->depth - 1], &w->findings);
}

static int use_prog_load(struct bemu_witness *w, const struct bemu_seen *seen)
{
	uint64_t insns = bemu_seen_u64(seen, LOAD_OFF(insns));
	uint32_t nr = bemu_seen_u32(seen, LOAD_OFF(insn_cnt)), i;
	struct bpf_insn insn, words[2];
	int err = 0;

	if (seen->insn_idx != BEMU_SEEN_NATIVE) {
		w->fd_array = bemu_seen_u64(seen, LOAD_OFF(fd_array));
		err = judge_target(w, seen);
	} else if (bemu_seen_u32(seen, LOAD_OFF(prog_type)) == BPF_PROG_TYPE_SYSCALL) {
		err = bemu_jumps_judge(&w->findings, seen, w->steps[w->depth - 1],
				       bemu_seen_u64(seen, LOAD_OFF(insns)), nr);
	}
	if (!err && w->opts.claims && seen->insn_idx == BEMU_SEEN_NATIVE)
		err = judge_claims(w, seen);
	if (err)
		return err;
	if (bemu_seen_u32(seen, LOAD_OFF(func_info_cnt)) ||
	    bemu_seen_u32(seen, LOAD_OFF(line_info_cnt)))
		err = use_attr(w, seen, LOAD_OFF(prog_btf_fd));
	if (!err && bemu_seen_u32(seen, LOAD_OFF(attach_prog_fd)))
		err = use_attr(w, seen, LOAD_OFF(attach_prog_fd));
	for (i = 0; !err && i < bemu_seen_u32(seen, LOAD_OFF(fd_array_cnt)) && i <= INT16_MAX; i++)
		err = use_word(w, seen, bemu_seen_u64(seen, LOAD_OFF(fd_array)) + 4ull * i);
	for (i = 0; !err && i < nr && nr <= w->env->limits.max_insns; i++) {
		uint64_t addr = insns + 8ull * i;

		if (seen->ops->read(seen, addr, &insn, sizeof(insn)))
			break;
		if (bemu_insn_is_ld64(&insn) && i + 1 == nr)
			break; /* half of one: what is behind it is not the program's */
		err = use_insn(w, seen, addr, &insn);
		if (!err)
			err = bemu_words_judge(w->words, seen, w->steps[w->depth - 1],
					       bemu_seen_u64(seen, LOAD_OFF(fd_array)), addr, i,
					       &insn);
		if (insn.code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (!err && !seen->ops->read(seen, addr, words, sizeof(words)))
			err = bemu_constants_saw(w->constants, i, words);
		i++;
	}
	return err;
}

static int use_map_create(struct bemu_witness *w, const struct bemu_seen *seen)
{
	uint32_t type = bemu_seen_u32(seen, MAP_OFF(map_type));
	int err = 0;

	if (bemu_seen_u32(seen, MAP_OFF(btf_key_type_id)) ||
	    bemu_seen_u32(seen, MAP_OFF(btf_value_type_id)))
		err = use_attr(w, seen, MAP_OFF(btf_fd));
	if (!err && (type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS))
		err = use_attr(w, seen, MAP_OFF(inner_map_fd));
	return err;
}

/* An element whose value is an FD itself: what kind of map that is was seen when it was made. */
static int use_elem(struct bemu_witness *w, const struct bemu_seen *seen)
{
	int err = use_attr(w, seen, 0);
	uint32_t life = bemu_ledger_open_life(w->ledger, (int32_t)bemu_seen_u32(seen, 0)), type;

	if (err || seen->cmd != BPF_MAP_UPDATE_ELEM || !life || life > w->cap_notes)
		return err;
	if (seen->insn_idx == BEMU_SEEN_NATIVE)
		err = bemu_blob_book_filled(w->blob, seen, w->notes[life - 1].name,
					    bemu_seen_u64(seen, ELEM_VALUE),
					    w->notes[life - 1].value_size);
	if (err)
		return err;
	type = w->notes[life - 1].map_type;
	if (type != BPF_MAP_TYPE_ARRAY_OF_MAPS && type != BPF_MAP_TYPE_HASH_OF_MAPS &&
	    type != BPF_MAP_TYPE_PROG_ARRAY)
		return 0;
	return use_word(w, seen, bemu_seen_u64(seen, ELEM_VALUE));
}

static int use_bpf(struct bemu_witness *w, const struct bemu_seen *seen)
{
	int err;

	switch (seen->cmd) {
	case BPF_MAP_CREATE:
		return use_map_create(w, seen);
	case BPF_PROG_LOAD:
		return use_prog_load(w, seen);
	case BPF_BTF_LOAD:
		return bemu_btf_bytes_judge(seen, w->steps[w->depth - 1], &w->findings);
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
		return use_elem(w, seen);
	case BPF_MAP_FREEZE:
	case BPF_PROG_TEST_RUN:
	case BPF_LINK_CREATE:
	case BPF_OBJ_GET_INFO_BY_FD:
		return use_attr(w, seen, 0);
	case BPF_OBJ_PIN:
		bemu_constants_pinned(w->constants,
				      bemu_ledger_open_life(w->ledger,
							    (int32_t)bemu_seen_u32(seen, OBJ_FD)));
		return use_attr(w, seen, OBJ_FD);
	case BPF_RAW_TRACEPOINT_OPEN:
		return use_attr(w, seen, RAW_TP_PROG_FD);
	case BPF_PROG_BIND_MAP:
		err = use_attr(w, seen, 0);
		return err ? err : use_attr(w, seen, BIND_MAP_FD);
	default:
		return 0;
	}
}

/* What a new number means, as far as the call that made it says. */
static void name_object(struct bemu_witness *w, const struct bemu_seen *seen, int fd, char *what,
			size_t len)
{
	const struct bemu_witness_opts *o = &w->opts;
	char name[NAME_LEN] = "";

	switch (seen->kind) {
	case BEMU_SEEN_FIND_BTF:
		if (o->btf_name && !o->btf_name(o->ctx, fd, name, sizeof(name)) && name[0])
			(void)snprintf(what, len, "btf %s", name);
		else
			(void)snprintf(what, len, "btf of %s", seen->name);
		return;
	case BEMU_SEEN_DUP:
		(void)snprintf(what, len, "copy of %d", seen->fd);
		return;
	case BEMU_SEEN_OPEN:
		(void)snprintf(what, len, "%s", seen->name);
		return;
	default:
		break;
	}
	switch (seen->cmd) {
	case BPF_MAP_CREATE:
		memcpy(name, seen->attr + MAP_OFF(map_name), 16);
		(void)snprintf(what, len, "map %.16s", name[0] ? name : "(unnamed)");
		return;
	case BPF_PROG_LOAD:
		memcpy(name, seen->attr + LOAD_OFF(prog_name), 16);
		(void)snprintf(what, len, "prog %.16s", name[0] ? name : "(unnamed)");
		return;
	case BPF_BTF_LOAD:
		(void)snprintf(what, len, "btf (loaded)");
		return;
	case BPF_BTF_GET_FD_BY_ID:
		(void)snprintf(what, len, "btf id %u", bemu_seen_u32(seen, 0));
		return;
	case BPF_LINK_CREATE:
	case BPF_RAW_TRACEPOINT_OPEN:
		(void)snprintf(what, len, "link");
		return;
	default:
		(void)snprintf(what, len, "result of command %u", seen->cmd);
		return;
	}
}

static int opened(struct bemu_witness *w, struct bemu_seen *seen, int fd)
{
	uint32_t from = seen->kind == BEMU_SEEN_DUP ? bemu_ledger_open_life(w->ledger, seen->fd)
						    : 0;
	char what[BEMU_LIFE_WHAT_LEN];
	struct life_note *note;
	struct place place;
	int err;

	name_object(w, seen, fd, what, sizeof(what));
	set_place(w, seen, NULL, 0, &place);
	err = bemu_ledger_opened(w->ledger, &place.where, fd, what, &seen->tag);
	if (err)
		return err;
	err = bemu_grow(w->env, &w->notes, &w->cap_notes, seen->tag, sizeof(*w->notes));
	if (err)
		return err;
	note = &w->notes[seen->tag - 1];
	memset(note, 0, sizeof(*note));
	note->is_object = seen->kind == BEMU_SEEN_BPF || seen->kind == BEMU_SEEN_FIND_BTF;
	note->cloexec = note->is_object || seen->cloexec;
	if (seen->kind == BEMU_SEEN_DUP && from && from <= w->cap_notes) {
		note->is_object = w->notes[from - 1].is_object;
		note->is_map = w->notes[from - 1].is_map;
		memcpy(note->name, w->notes[from - 1].name, sizeof(note->name));
	}
	note->is_prog = seen->kind == BEMU_SEEN_BPF && seen->cmd == BPF_PROG_LOAD;
	if (note->is_prog)
		memcpy(note->name, seen->attr + LOAD_OFF(prog_name), OBJ_NAME_LEN);
	if (seen->kind == BEMU_SEEN_BPF && seen->cmd == BPF_MAP_CREATE) {
		note->is_map = true;
		note->map_type = bemu_seen_u32(seen, MAP_OFF(map_type));
		note->value_size = bemu_seen_u32(seen, MAP_OFF(value_size));
		memcpy(note->name, seen->attr + MAP_OFF(map_name), OBJ_NAME_LEN);
	}
	if (seen->kind == BEMU_SEEN_FIND_BTF)
		(void)snprintf(note->symbol, sizeof(note->symbol), "%s", seen->name);
	return 0;
}

static int closed(struct bemu_witness *w, const struct bemu_seen *seen)
{
	struct bemu_origin origin = { 0 };
	uint32_t tag = seen->ops->arg(seen, &origin);
	uint32_t life = bemu_ledger_open_life(w->ledger, seen->fd);
	struct place place;
	int err;

	set_place(w, seen, &origin, tag, &place);
	err = bemu_ledger_closed(w->ledger, &place.where, seen->fd, (long)seen->ret, tag);
	return err || seen->ret ? err : bemu_constants_closed(w->constants, life, place.where.step);
}

/* To a caller 0 is no FD at all. */
static int zero_result(struct bemu_witness *w, const struct bemu_seen *seen, const char *expected)
{
	struct bemu_finding *finding = bemu_findings_add(
		&w->findings, BEMU_FINDING_FD_STD, w->steps[w->depth ? w->depth - 1 : 0],
		seen->insn_idx, "the result %.32s is fd 0, which is taken for none", expected);

	return finding ? 0 : -ENOMEM;
}

/* A program under the name of another; what an earlier finding explains is not told again. */
static int judge_name(struct bemu_witness *w, const struct bemu_seen *seen, int fd,
		      const char *expected, uint32_t nr_before)
{
	uint32_t life = bemu_ledger_open_life(w->ledger, fd);
	const struct life_note *note = life && life <= w->cap_notes ? &w->notes[life - 1] : NULL;
	struct bemu_finding *finding;

	if (!w->opts.named || w->findings.nr != nr_before || !note || !note->is_prog ||
	    !note->name[0] || !strncmp(note->name, expected, OBJ_NAME_LEN - 1))
		return 0;
	finding = bemu_findings_add(&w->findings, BEMU_FINDING_FD_MISNAMED_RESULT,
				    w->steps[w->depth ? w->depth - 1 : 0], seen->insn_idx,
				    "the result %.32s is fd %d, which is prog %.16s", expected, fd,
				    note->name);
	if (!finding)
		return -ENOMEM;
	bemu_finding_line(finding, "%-7s loaded under the name %.16s, handed out as %.32s", "meant",
			  note->name, expected);
	return 0;
}

/* The context goes to the caller: every number in it is a result. */
static int handed(struct bemu_witness *w, const struct bemu_seen *seen)
{
	const struct bemu_witness_opts *o = &w->opts;
	char text[TEXT_LEN], name[NAME_LEN], *at = text;
	size_t left = sizeof(text);
	uint32_t off, nr = 0, tag, nr_before;
	struct place place;
	int32_t fd;
	int err = 0, n;

	for (off = 0; !err && off + 4 <= seen->attr_len; off += 4) {
		const char *expected = o->result ? o->result(o->ctx, off) : NULL;

		if (seen->ops->read(seen, seen->uattr + off, &fd, sizeof(fd)))
			break;
		tag = seen->ops->tag(seen, seen->uattr + off, NULL);
		if (!tag && (!expected || fd <= 0))
			continue;
		(void)snprintf(name, sizeof(name), "context+%u", off);
		set_place(w, seen, NULL, tag, &place);
		nr_before = w->findings.nr;
		err = bemu_ledger_handed(w->ledger, &place.where, fd, tag,
					 expected ? expected : name);
		if (!err && expected && tag && !fd)
			err = zero_result(w, seen, expected);
		if (!err && expected)
			err = judge_name(w, seen, fd, expected, nr_before);
		n = snprintf(at, left, "%s%s %d", nr++ ? ", " : "", expected ? expected : name, fd);
		if (n > 0 && (size_t)n < left) {
			at += n;
			left -= (size_t)n;
		}
	}
	if (!err)
		bemu_ledger_effect(w->ledger, "the context returns %s", nr ? text : "no FD");
	return err;
}

/* Values that are FDs differ as numbers do. */
static int note_input(struct bemu_witness *w, const struct bemu_seen *seen)
{
	uint32_t life = bemu_ledger_open_life(w->ledger, (int32_t)bemu_seen_u32(seen, 0));
	const struct life_note *note = life && life <= w->cap_notes ? &w->notes[life - 1] : NULL;
	bool is_value = note && note->map_type != BPF_MAP_TYPE_ARRAY_OF_MAPS &&
			note->map_type != BPF_MAP_TYPE_HASH_OF_MAPS &&
			note->map_type != BPF_MAP_TYPE_PROG_ARRAY;

	return bemu_inputs_saw(w->inputs, seen, note ? note->name : "",
			       is_value ? note->value_size : 0);
}

static int on_begin(void *ctx, const struct bemu_seen *seen)
{
	struct bemu_witness *w = ctx;
	int err;

	w->step = w->opts.step ? w->opts.step(w->opts.ctx) : w->step + 1;
	if (w->depth == MAX_DEPTH)
		return -EOPNOTSUPP;
	w->steps[w->depth++] = w->step;
	if (seen->kind == BEMU_SEEN_FIND_BTF || seen->kind == BEMU_SEEN_KSYM) {
		err = bemu_inputs_saw(w->inputs, seen, "", 0);
		if (!err && w->opts.full_name)
			err = bemu_outcome_asked(seen, w->opts.full_name(w->opts.ctx, seen->name),
						 w->step, &w->findings);
		return err;
	}
	if (seen->kind != BEMU_SEEN_BPF)
		return 0;
	err = bemu_blob_book_judge(w->blob, seen, w->step);
	if (!err && seen->insn_idx != BEMU_SEEN_NATIVE)
		err = note_input(w, seen);
	return err ? err : use_bpf(w, seen);
}

static int bpf_ended(struct bemu_witness *w, struct bemu_seen *seen)
{
	bool opens = seen->ret >= 0 && bemu_ledger_returns_fd(seen->cmd);
	int err = opens ? opened(w, seen, (int)seen->ret) : 0;

	if (seen->cmd == BPF_PROG_LOAD)
		bemu_constants_loaded(w->constants, opens && !err ? seen->tag : 0);
	return err;
}

static int judge_end(struct bemu_witness *w, struct bemu_seen *seen)
{
	int err;

	switch (seen->kind) {
	case BEMU_SEEN_BPF:
		return bpf_ended(w, seen);
	case BEMU_SEEN_DUP:
	case BEMU_SEEN_OPEN:
		return seen->ret >= 0 ? opened(w, seen, (int)seen->ret) : 0;
	case BEMU_SEEN_FIND_BTF:
		err = seen->ret >> 32 > 0 ? opened(w, seen, (int)(seen->ret >> 32)) : 0;
		return err ? err : bemu_words_found(w->words, seen, seen->tag);
	case BEMU_SEEN_KSYM:
		return bemu_words_found(w->words, seen, 0);
	case BEMU_SEEN_CLOSE:
		return closed(w, seen);
	default:
		return 0;
	}
}

static int on_end(void *ctx, struct bemu_seen *seen)
{
	struct bemu_witness *w = ctx;
	int err;

	if (seen->kind == BEMU_SEEN_EXIT)
		return handed(w, seen);
	err = judge_end(w, seen);
	bemu_outcome_saw(&w->outcome, seen, w->steps[w->depth - 1]);
	w->depth--;
	return err;
}

int bemu_witness_new(struct bemu_env *env, const struct bemu_witness_opts *opts,
		     struct bemu_witness **out)
{
	struct bemu_constants_opts constants;
	struct bemu_words_opts words;
	struct bemu_witness *w;
	int err;

	if (opts && opts->size != sizeof(*opts))
		return -EINVAL;
	w = bemu_zalloc(env, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->env = env;
	if (opts)
		w->opts = *opts;
	w->watch.size = sizeof(w->watch);
	w->watch.begin = on_begin;
	w->watch.end = on_end;
	w->watch.ctx = w;
	bemu_findings_init(&w->findings, env);
	words.type_name = w->opts.type_name;
	words.ctx = w->opts.ctx;
	constants.type_name = w->opts.type_name;
	constants.ctx = w->opts.ctx;
	err = bemu_ledger_new(env, &w->findings, &w->ledger);
	if (!err)
		err = bemu_words_new(env, &w->findings, w->ledger, &words, &w->words);
	if (!err)
		err = bemu_constants_new(env, &w->findings, w->ledger, &constants, &w->constants);
	if (!err)
		err = bemu_blob_book_new(env, &w->findings, &w->blob);
	if (!err)
		err = bemu_inputs_new(env, &w->inputs);
	if (err) {
		bemu_witness_free(w);
		return err;
	}
	*out = w;
	return 0;
}

void bemu_witness_free(struct bemu_witness *w)
{
	if (!w)
		return;
	bemu_ledger_free(w->ledger);
	bemu_words_free(w->words);
	bemu_constants_free(w->constants);
	bemu_blob_book_free(w->blob);
	bemu_inputs_free(w->inputs);
	bemu_findings_fini(&w->findings);
	bemu_mem_free(w->env, w->notes);
	bemu_mem_free(w->env, w);
}

const struct bemu_watch *bemu_witness_watch(struct bemu_witness *w)
{
	return &w->watch;
}

/* An object's FD that stays open lets the new program do what the old one was trusted with. */
static int crosses(struct bemu_witness *w, const struct bemu_fd_life *life)
{
	struct bemu_finding *finding = bemu_findings_add(
		&w->findings, BEMU_FINDING_FD_CLOEXEC, w->step, -1,
		"fd %d (%s) has no close-on-exec and crosses an exec", life->fd, life->what);

	if (!finding)
		return -ENOMEM;
	bemu_finding_line(finding, "%-7s fd %d  %s  opened by call %u", "meant", life->fd,
			  life->what, life->opened);
	return 0;
}

int bemu_witness_exec(struct bemu_witness *w)
{
	struct bemu_ledger_where where = {
		.step = ++w->step, .insn_idx = -1, .call = "exec", .stored_by = UINT32_MAX
	};
	uint32_t nr = bemu_ledger_nr_lives(w->ledger), i;
	int err = 0;

	for (i = 1; !err && i <= nr && i <= w->cap_notes; i++) {
		const struct bemu_fd_life *life = bemu_ledger_life(w->ledger, i);

		if (life->closed)
			continue;
		if (w->notes[i - 1].cloexec)
			err = bemu_ledger_closed(w->ledger, &where, life->fd, 0, i);
		else if (w->notes[i - 1].is_object)
			err = crosses(w, life);
	}
	return err;
}

int bemu_witness_end(struct bemu_witness *w)
{
	struct bemu_ledger_where where = {
		.step = w->step,
		.insn_idx = -1,
		.call = "end",
		.stored_by = UINT32_MAX,
	};

	return bemu_ledger_end(w->ledger, &where);
}

int bemu_witness_told(struct bemu_witness *w, int told)
{
	return bemu_outcome_told(&w->outcome, told, &w->findings);
}

int bemu_witness_compare(struct bemu_witness *w, const struct bemu_witness *other, const char *blob)
{
	return bemu_inputs_compare(w->inputs, other->inputs, blob, &w->findings);
}

const struct bemu_findings *bemu_witness_findings(const struct bemu_witness *w)
{
	return &w->findings;
}

const struct bemu_ledger *bemu_witness_ledger(const struct bemu_witness *w)
{
	return w->ledger;
}
