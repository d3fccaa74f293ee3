// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/seen.h"

enum { NAME_LEN = 16, CHUNK = 256, UPDATE_VALUE = 16, TEXT_LEN = 48 };

#define LOOKUP UINT32_MAX /* in the place of a command: of a name by a helper */

struct call {
	uint32_t cmd;
	int32_t insn_idx;
	uint32_t max_entries; /* MAP_CREATE */
	char name[NAME_LEN + 1];
	uint64_t digest; /* FNV-1a of what is handed over, FDs and addresses left out */
};

struct bemu_inputs {
	struct bemu_env *env;
	uint32_t nr, cap;
	struct call *calls;
};

int bemu_inputs_new(struct bemu_env *env, struct bemu_inputs **out)
{
	struct bemu_inputs *inputs = bemu_zalloc(env, sizeof(*inputs));

	if (!inputs)
		return -ENOMEM;
	inputs->env = env;
	*out = inputs;
	return 0;
}

void bemu_inputs_free(struct bemu_inputs *inputs)
{
	if (!inputs)
		return;
	bemu_mem_free(inputs->env, inputs->calls);
	bemu_mem_free(inputs->env, inputs);
}

static void add(struct call *call, const void *data, size_t len)
{
	const uint8_t *byte = data;
	size_t i;

	for (i = 0; i < len; i++)
		call->digest = (call->digest ^ byte[i]) * 0x100000001b3ull;
}

static void add_memory(struct call *call, const struct bemu_seen *seen, uint64_t addr, uint64_t len)
{
	uint8_t bytes[CHUNK];
	uint64_t at, n;

	for (at = 0; at < len; at += n) {
		n = len - at < CHUNK ? len - at : CHUNK;
		if (seen->ops->read(seen, addr + at, bytes, (size_t)n))
			return;
		add(call, bytes, (size_t)n);
	}
}

static void add_map(struct call *call, const struct bemu_seen *seen)
{
	add(call, seen->attr, MAP_OFF(inner_map_fd));
	add(call, seen->attr + MAP_OFF(map_name), NAME_LEN);
	add(call, seen->attr + MAP_OFF(map_extra), sizeof(uint64_t));
	call->max_entries = bemu_seen_u32(seen, MAP_OFF(max_entries));
	memcpy(call->name, seen->attr + MAP_OFF(map_name), NAME_LEN);
}

/* An array of the attribute, with its count and the size of a record */
static void add_records(struct call *call, const struct bemu_seen *seen, uint32_t ptr, uint32_t cnt,
			uint32_t rec)
{
	add(call, seen->attr + cnt, sizeof(uint32_t));
	add(call, seen->attr + rec, sizeof(uint32_t));
	add_memory(call, seen, bemu_seen_u64(seen, ptr),
		   (uint64_t)bemu_seen_u32(seen, cnt) * bemu_seen_u32(seen, rec));
}

/* As the kernel reads it: to its NUL, 128 bytes at most */
static void add_license(struct call *call, const struct bemu_seen *seen)
{
	uint64_t addr = bemu_seen_u64(seen, LOAD_OFF(license)), i;
	uint8_t c = 1;

	for (i = 0; c && i < 128 && !seen->ops->read(seen, addr + i, &c, 1); i++)
		add(call, &c, 1);
}

static void add_prog(struct call *call, const struct bemu_seen *seen)
{
	add(call, seen->attr, LOAD_OFF(insns));
	add(call, seen->attr + LOAD_OFF(prog_flags), LOAD_OFF(prog_btf_fd) - LOAD_OFF(prog_flags));
	add(call, seen->attr + LOAD_OFF(attach_btf_id), sizeof(uint32_t));
	add_memory(call, seen, bemu_seen_u64(seen, LOAD_OFF(insns)),
		   8ull * bemu_seen_u32(seen, LOAD_OFF(insn_cnt)));
	add_license(call, seen);
	add_records(call, seen, LOAD_OFF(func_info), LOAD_OFF(func_info_cnt),
		    LOAD_OFF(func_info_rec_size));
	add_records(call, seen, LOAD_OFF(line_info), LOAD_OFF(line_info_cnt),
		    LOAD_OFF(line_info_rec_size));
	add_records(call, seen, LOAD_OFF(core_relos), LOAD_OFF(core_relo_cnt),
		    LOAD_OFF(core_relo_rec_size));
	memcpy(call->name, seen->attr + LOAD_OFF(prog_name), NAME_LEN);
}

int bemu_inputs_saw(struct bemu_inputs *inputs, const struct bemu_seen *seen, const char *map,
		    uint32_t value_len)
{
	struct call *call;

	if (bemu_grow(inputs->env, &inputs->calls, &inputs->cap, (size_t)inputs->nr + 1,
		      sizeof(*call)))
		return -ENOMEM;
	call = &inputs->calls[inputs->nr++];
	memset(call, 0, sizeof(*call));
	call->insn_idx = seen->insn_idx;
	call->digest = 0xcbf29ce484222325ull;
	if (seen->kind != BEMU_SEEN_BPF) {
		call->cmd = LOOKUP;
		add(call, seen->name, strlen(seen->name));
		(void)snprintf(call->name, sizeof(call->name), "%.16s", seen->name);
		return 0;
	}
	call->cmd = seen->cmd;
	switch (seen->cmd) {
	case BPF_BTF_LOAD:
		add_memory(call, seen, bemu_seen_u64(seen, BTF_OFF(btf)),
			   bemu_seen_u32(seen, BTF_OFF(btf_size)));
		break;
	case BPF_MAP_CREATE:
		add_map(call, seen);
		break;
	case BPF_MAP_UPDATE_ELEM:
		(void)snprintf(call->name, sizeof(call->name), "%.16s", map);
		add_memory(call, seen, bemu_seen_u64(seen, UPDATE_VALUE), value_len);
		break;
	case BPF_PROG_LOAD:
		add_prog(call, seen);
		break;
	default:
		break;
	}
	return 0;
}

/* "command 5 prog" */
static void name_call(const struct call *call, char *buf, size_t len)
{
	if (call->cmd == LOOKUP)
		(void)snprintf(buf, len, "the lookup of %s", call->name);
	else
		(void)snprintf(buf, len, "command %u%s%s", call->cmd, *call->name ? " " : "",
			       call->name);
}

static int report(const struct call *a, const struct call *b, uint32_t step, const char *blob,
		  struct bemu_findings *findings)
{
	const enum bemu_finding_id id = BEMU_FINDING_LAYOUT_UNSIGNED;
	struct bemu_finding *finding;
	char call[TEXT_LEN];

	name_call(a, call, sizeof(call));
	if (blob)
		finding = bemu_findings_add(findings, id, step, a->insn_idx, "%s, decides %s", blob,
					    call);
	else if (a->max_entries != b->max_entries)
		finding = bemu_findings_add(findings, id, step, a->insn_idx,
					    "map %s gets the max_entries of the context, %u or %u",
					    a->name, a->max_entries, b->max_entries);
	else if (a->cmd == BPF_MAP_UPDATE_ELEM)
		finding = bemu_findings_add(findings, id, step, a->insn_idx,
					    "map %s gets the contents that the context points to",
					    a->name);
	else
		finding = bemu_findings_add(findings, id, step, a->insn_idx,
					    "%s depends on the context", call);
	if (!finding)
		return -ENOMEM;
	bemu_finding_line(finding, "%-7s loader insn %d: %s", "where", a->insn_idx, call);
	return 0;
}

/* One run ended before the other's next call. */
static int report_end(const struct bemu_inputs *a, const struct bemu_inputs *b, const char *blob,
		      struct bemu_findings *findings)
{
	const struct bemu_inputs *more = a->nr > b->nr ? a : b;
	uint32_t nr = a->nr < b->nr ? a->nr : b->nr;
	const struct call *next = &more->calls[nr];
	struct bemu_finding *finding;
	char call[TEXT_LEN];

	name_call(next, call, sizeof(call));
	finding = bemu_findings_add(findings, BEMU_FINDING_LAYOUT_UNSIGNED, nr + 1, next->insn_idx,
				    "%s%s decides whether %s is reached",
				    blob ? blob : "the context", blob ? "," : "", call);
	if (!finding)
		return -ENOMEM;
	bemu_finding_line(finding, "%-7s %u calls, with another %s %u", "runs", a->nr,
			  blob ? "blob" : "context", b->nr);
	return 0;
}

int bemu_inputs_compare(const struct bemu_inputs *a, const struct bemu_inputs *b, const char *blob,
			struct bemu_findings *findings)
{
	uint32_t i;

	if (blob && !b->nr)
		return 0; /* refused */
	for (i = 0; i < a->nr && i < b->nr; i++)
		if (a->calls[i].cmd != b->calls[i].cmd || a->calls[i].digest != b->calls[i].digest)
			return report(&a->calls[i], &b->calls[i], i + 1, blob, findings);
	return a->nr == b->nr ? 0 : report_end(a, b, blob, findings);
}
