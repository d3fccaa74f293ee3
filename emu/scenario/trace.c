// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Every step with its answer, under the task that did it, and at the end the life of every number:
 *
 *   loader
 *      3  btf open demo                          fd 3
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/private.h"

enum { WORDS_MAX = 72, COLUMN = 56 };

void bemu_scn_words(struct bemu_buf *buf, const struct bemu_scn *scn,
		    const struct bemu_scn_line *line)
{
	const char *text = scn->text + line->at.off;
	uint32_t i, end = line->has_block ? line->block.off - 1 - line->at.off : WORDS_MAX;

	for (i = 0; i < end && line->at.off + i < scn->len; i++) {
		const char *c = text + i;

		if (*c == '\n' || (*c == '-' && line->at.off + i + 1 < scn->len && c[1] == '>') ||
		    (*c == '#' && c[-1] == ' '))
			break;
	}
	while (i && text[i - 1] == ' ')
		i--;
	if (i > WORDS_MAX)
		i = WORDS_MAX;
	bemu_buf_printf(buf, "%.*s%s", (int)i, text, line->has_block ? " {...}" : "");
}

static void pad(struct bemu_buf *buf, size_t start, size_t column)
{
	do
		bemu_buf_add(buf, " ", 1);
	while (!buf->err && buf->len - start < column);
}

void bemu_scn_trace_step(struct bemu_scn_run *run)
{
	const struct bemu_scn_answer *a = &run->answer;
	struct bemu_buf *buf = run->opts->trace;
	size_t start;
	char name[32];
	uint32_t i;

	if (!buf)
		return;
	start = buf->len;
	bemu_buf_printf(buf, "%*s%4u  ", (int)run->line->depth * 2, "", run->step);
	bemu_scn_words(buf, run->scn, run->line);
	pad(buf, start, COLUMN);
	if (a->ret < 0)
		bemu_buf_printf(buf, "%s", bemu_scn_errno(a->ret, name));
	else if (a->is_fd)
		bemu_buf_printf(buf, "fd %ld: %s", a->ret, a->what);
	else
		bemu_buf_printf(buf, "%s%ld", a->is_id ? "id " : "", a->ret);
	for (i = 0; i < a->nr_fields && i < 6; i++)
		if (a->fields[i].is_text)
			bemu_buf_printf(buf, ", %s \"%s\"", a->fields[i].name, a->fields[i].text);
		else
			bemu_buf_printf(buf, ", %s %" PRId64, a->fields[i].name,
					(int64_t)a->fields[i].value);
	bemu_buf_printf(buf, "\n");
}

static void trace_task(struct bemu_buf *buf, const struct bemu_scn_task *task)
{
	uint32_t i, nr = bemu_ledger_nr_lives(task->ledger);

	for (i = 1; i <= nr; i++) {
		const struct bemu_fd_life *life = bemu_ledger_life(task->ledger, i);

		bemu_buf_printf(buf, "  %-10s fd %-4d %-24s step %u", task->name, life->fd,
				life->what, life->opened);
		if (life->closed)
			bemu_buf_printf(buf, " --x %u\n", life->closed);
		else
			bemu_buf_printf(buf, " -->\n");
	}
}

static void trace_objects(struct bemu_buf *buf, const struct bemu *em)
{
	struct bemu_object_info info;
	uint32_t kind;

	bemu_buf_printf(buf, "objects at the end\n");
	for (kind = BEMU_KIND_MAP; kind <= BEMU_KIND_LINK; kind++) {
		uint64_t serial = 0;

		while (!bemu_next_object(em, kind, serial, &info)) {
			serial = info.serial;
			bemu_buf_printf(buf, "  %-5s id %-4u %-16s %u reference%s%s\n",
					bemu_kind_name(kind), info.id, info.name, info.refs,
					info.refs == 1 ? "" : "s",
					info.dying ? ", waits to be freed" : "");
		}
	}
}

static void trace_findings(struct bemu_buf *buf, const struct bemu_findings *set)
{
	uint32_t i;

	if (set->nr)
		bemu_buf_printf(buf, "findings\n");
	for (i = 0; i < set->nr; i++)
		bemu_buf_printf(buf, "  %s%-21s step %-4u %s\n", set->arr[i].root < 0 ? "" : "  ",
				bemu_finding_name(set->arr[i].id), set->arr[i].step,
				set->arr[i].summary);
}

void bemu_scn_trace_end(struct bemu_scn_run *run)
{
	const struct bemu_scn_task *task;
	struct bemu_buf *buf = run->opts->trace;

	if (!buf)
		return;
	bemu_buf_printf(buf, "numbers\n");
	for (task = run->tasks; task; task = task->next)
		if (task->book == task)
			trace_task(buf, task);
	trace_objects(buf, run->em);
	trace_findings(buf, &run->findings);
}
