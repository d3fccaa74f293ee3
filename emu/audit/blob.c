// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/blob.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/seen.h"
#include "insn/insn.h"

enum { NAME_LEN = 16, MAX_BLOB = 256 << 20, CHUNK = 256, ALIGN = 8 };

struct bemu_blob_book {
	struct bemu_env *env;
	struct bemu_findings *findings;
	char name[NAME_LEN + 1]; /* of the map */
	uint32_t len;
	bool misplaced; /* told once */
	uint8_t *data; /* as generated; NULL without one */
};

/* A range that the call's attribute points to. */
struct range {
	struct bemu_blob_book *book;
	const struct bemu_seen *seen;
	const char *what;
	uint32_t step;
	uint64_t addr, off, len; /* @off in the blob */
	bool is_insns;
};

int bemu_blob_book_new(struct bemu_env *env, struct bemu_findings *findings,
		       struct bemu_blob_book **out)
{
	struct bemu_blob_book *book = bemu_zalloc(env, sizeof(*book));

	if (!book)
		return -ENOMEM;
	book->env = env;
	book->findings = findings;
	*out = book;
	return 0;
}

void bemu_blob_book_free(struct bemu_blob_book *book)
{
	if (!book)
		return;
	bemu_mem_free(book->env, book->data);
	bemu_mem_free(book->env, book);
}

int bemu_blob_book_filled(struct bemu_blob_book *book, const struct bemu_seen *seen,
			  const char *name, uint64_t addr, uint32_t len)
{
	if (!len || len > MAX_BLOB)
		return 0;
	bemu_mem_free(book->env, book->data);
	book->len = 0;
	book->data = bemu_alloc(book->env, len);
	if (!book->data)
		return -ENOMEM;
	if (seen->ops->read(seen, addr, book->data, len))
		return 0;
	(void)snprintf(book->name, sizeof(book->name), "%.16s", name);
	book->len = len;
	return 0;
}

static int report(const struct range *r, enum bemu_finding_id id, uint64_t at, const char *text)
{
	struct bemu_origin origin = { 0 };
	struct bemu_finding *finding = bemu_findings_add(
		r->book->findings, id, r->step, r->seen->insn_idx, "%s: %s", r->what, text);

	if (!finding)
		return -ENOMEM;
	bemu_finding_line(finding, "%-7s loader insn %d: bpf_sys_bpf(command %u)", "where",
			  r->seen->insn_idx, r->seen->cmd);
	bemu_finding_line(finding, "%-7s %.16s+%llu, %llu bytes of %s at %.16s+%llu", "bytes",
			  r->book->name, (unsigned long long)(r->off + at),
			  (unsigned long long)r->len, r->what, r->book->name,
			  (unsigned long long)r->off);
	if (r->seen->ops->tag(r->seen, (r->addr + at) & ~3ull, &origin) && origin.addr)
		bemu_finding_line(finding, "%-7s a number, stored by insn %u", "by",
				  origin.stored_by);
	return 0;
}

/*
 * May that byte of an instruction differ? @first: the word, or the first one of an ldimm64 that @word ends. An
 * ldimm64 of an address is generated as 0.
 */
static bool may_differ(const struct bpf_insn *first, const struct bpf_insn *word, uint32_t byte)
{
	bool second = first != word;

	if (bemu_insn_is_ld64(first)) {
		if (first->src_reg == BPF_PSEUDO_BTF_ID)
			return byte >= 4 || (!second && byte == 1);
		return !first->src_reg && !first->imm && !word->imm && byte >= 4;
	}
	return word->code == (BPF_JMP | BPF_CALL) && word->src_reg == BPF_PSEUDO_KFUNC_CALL &&
	       byte >= 2;
}

static bool allowed(const struct range *r, uint64_t at)
{
	struct bpf_insn word, before;
	uint64_t start = at / 8 * 8;

	if (!r->is_insns)
		return false;
	memcpy(&word, r->book->data + r->off + start, sizeof(word));
	if (!word.code && start) {
		memcpy(&before, r->book->data + r->off + start - 8, sizeof(before));
		return may_differ(&before, &word, (uint32_t)(at % 8));
	}
	return may_differ(&word, &word, (uint32_t)(at % 8));
}

/* The first byte that differs where none may is a finding. */
static int compare(const struct range *r)
{
	uint8_t now[CHUNK];
	uint64_t at, n, i;
	char text[96];

	for (at = 0; at < r->len; at += n) {
		n = r->len - at < CHUNK ? r->len - at : CHUNK;
		if (r->seen->ops->read(r->seen, r->addr + at, now, (size_t)n))
			return 0; /* the kernel answers that itself */
		for (i = 0; i < n; i++) {
			const uint8_t was = r->book->data[r->off + at + i];

			if (now[i] == was || allowed(r, at + i))
				continue;
			(void)snprintf(text, sizeof(text),
				       "byte %llu was generated as 0x%02x and is 0x%02x",
				       (unsigned long long)(at + i), was, now[i]);
			return report(r, BEMU_FINDING_LAYOUT_OVERLAP, at + i, text);
		}
	}
	return 0;
}

/* Sets what lies in the blob; false for an address elsewhere, or past its end. */
static bool locate(struct range *r)
{
	const char *region = r->seen->ops->region(r->seen, r->addr, &r->off);

	return region && !strcmp(region, r->book->name) && r->off <= r->book->len &&
	       r->len <= r->book->len - r->off;
}

static int judge_range(struct range *r, const char *what, uint64_t addr, uint64_t len)
{
	r->what = what;
	r->addr = addr;
	r->len = len;
	if (!addr || !len || !locate(r))
		return 0;
	return compare(r);
}

static int judge_prog(struct range *r)
{
	static const struct {
		const char *what;
		uint32_t ptr, cnt, rec;
	} arrays[] = {
		{ "func_info", LOAD_OFF(func_info), LOAD_OFF(func_info_cnt),
		  LOAD_OFF(func_info_rec_size) },
		{ "line_info", LOAD_OFF(line_info), LOAD_OFF(line_info_cnt),
		  LOAD_OFF(line_info_rec_size) },
		{ "core_relos", LOAD_OFF(core_relos), LOAD_OFF(core_relo_cnt),
		  LOAD_OFF(core_relo_rec_size) },
	};
	uint64_t license = bemu_seen_u64(r->seen, LOAD_OFF(license));
	size_t i;
	int err;

	r->what = "license";
	r->addr = license;
	r->len = 1;
	if (locate(r)) {
		const uint8_t *end = memchr(r->book->data + r->off, '\0', r->book->len - r->off);

		r->len = end ? (uint64_t)(end - r->book->data) - r->off + 1 : 0;
	}
	err = judge_range(r, "license", license, r->len);
	for (i = 0; !err && i < BEMU_ARRAY_SIZE(arrays); i++)
		err = judge_range(r, arrays[i].what, bemu_seen_u64(r->seen, arrays[i].ptr),
				  (uint64_t)bemu_seen_u32(r->seen, arrays[i].cnt) *
					  bemu_seen_u32(r->seen, arrays[i].rec));
	r->is_insns = true;
	return err ? err
		   : judge_range(r, "instructions", bemu_seen_u64(r->seen, LOAD_OFF(insns)),
				 bemu_seen_u32(r->seen, LOAD_OFF(insn_cnt)) *
					 sizeof(struct bpf_insn));
}

/* Attributes hold u64, so that is where they lie. One that is beside shifts all that follow. */
static int judge_place(struct range *r)
{
	char text[96];

	r->what = "attribute";
	r->addr = r->seen->uattr;
	r->len = r->seen->attr_len;
	if (r->book->misplaced || !locate(r) || r->off % ALIGN == 0)
		return 0;
	r->book->misplaced = true;
	(void)snprintf(text, sizeof(text), "offset %llu of the blob is no multiple of %d",
		       (unsigned long long)r->off, ALIGN);
	return report(r, BEMU_FINDING_LAYOUT_MISALIGNED, 0, text);
}

int bemu_blob_book_judge(struct bemu_blob_book *book, const struct bemu_seen *seen, uint32_t step)
{
	struct range r = { .book = book, .seen = seen, .step = step };
	int err;

	if (!book->len || seen->insn_idx == BEMU_SEEN_NATIVE)
		return 0;
	err = judge_place(&r);
	if (err)
		return err;
	switch (seen->cmd) {
	case BPF_PROG_LOAD:
		return judge_prog(&r);
	case BPF_BTF_LOAD:
		return judge_range(&r, "BTF", bemu_seen_u64(seen, BTF_OFF(btf)),
				   bemu_seen_u32(seen, BTF_OFF(btf_size)));
	default:
		return 0;
	}
}
