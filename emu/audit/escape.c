// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/escape.h"

#include <errno.h>

struct entry {
	struct bemu_escape_note note;
	bool ended, exits, told;
};

struct bemu_escape {
	struct bemu_env *env;
	struct bemu_findings *findings;
	bool (*alive)(void *ctx, uint32_t prog_id);
	void *ctx;
	uint32_t nr, cap;
	struct entry *entries;
};

int bemu_escape_new(struct bemu_env *env, struct bemu_findings *findings,
		    bool (*alive)(void *ctx, uint32_t prog_id), void *ctx, struct bemu_escape **out)
{
	struct bemu_escape *escape = bemu_zalloc(env, sizeof(*escape));

	if (!escape)
		return -ENOMEM;
	escape->env = env;
	escape->findings = findings;
	escape->alive = alive;
	escape->ctx = ctx;
	*out = escape;
	return 0;
}

void bemu_escape_free(struct bemu_escape *escape)
{
	if (!escape)
		return;
	bemu_mem_free(escape->env, escape->entries);
	bemu_mem_free(escape->env, escape);
}

int bemu_escape_note(struct bemu_escape *escape, const struct bemu_escape_note *note)
{
	if (bemu_grow(escape->env, &escape->entries, &escape->cap, (size_t)escape->nr + 1,
		      sizeof(*escape->entries)))
		return -ENOMEM;
	escape->entries[escape->nr++] = (struct entry){ .note = *note };
	return 0;
}

void bemu_escape_ended(struct bemu_escape *escape, uint32_t table, uint32_t life, bool exits)
{
	uint32_t i;

	for (i = 0; i < escape->nr; i++) {
		struct entry *entry = &escape->entries[i];

		if (entry->ended || entry->note.table != table || entry->note.life != life)
			continue;
		entry->ended = true;
		entry->exits = exits;
	}
}

int bemu_escape_judge(struct bemu_escape *escape, uint32_t step)
{
	struct bemu_finding *finding;
	uint32_t i;

	for (i = 0; i < escape->nr; i++) {
		struct entry *entry = &escape->entries[i];
		const struct bemu_escape_note *note = &entry->note;

		if (!entry->ended || entry->told)
			continue;
		entry->told = true;
		if (!escape->alive(escape->ctx, note->prog_id))
			continue;
		finding = bemu_findings_add(escape->findings, BEMU_FINDING_FD_ESCAPE, step, -1,
					    "%s in %s outlives its %s", note->name, note->prog,
					    entry->exits ? "task" : "table entry");
		if (!finding)
			return -ENOMEM;
		bemu_finding_line(finding, "%-7s insn %u of %s, prog id %u", "number",
				  note->insn_idx, note->prog, note->prog_id);
		bemu_finding_line(finding, "%-7s fd %d, which nothing holds any more", "meant",
				  note->fd);
	}
	return 0;
}
