// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* What a step was answered, against what the text says that it must be. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "obj/obj.h"
#include "scenario/lex.h"
#include "scenario/private.h"

enum { ERR_MAX = 4200 };

const char *bemu_scn_errno(long err, char buf[32])
{
	const char *name = err < 0 && err >= -ERR_MAX ? bemu_obj_errno_name((int)err) : NULL;

	if (err == -EBADFD)
		name = "-EBADFD";
	if (name)
		return name;
	(void)snprintf(buf, 32, "%ld", err);
	return buf;
}

int bemu_scn_errno_find(const char *name, size_t len)
{
	char buf[32];
	int err;

	for (err = 1; err < ERR_MAX; err++) {
		const char *known = bemu_scn_errno(-err, buf);

		if (strlen(known) == len + 1 && !memcmp(known + 1, name, len))
			return -err;
	}
	return 0;
}

void bemu_scn_field(struct bemu_scn_run *run, const char *name, uint64_t value)
{
	struct bemu_scn_answer *a = &run->answer;

	if (a->nr_fields < BEMU_SCN_MAX_FIELDS)
		a->fields[a->nr_fields++] = (struct bemu_scn_field){ .name = name, .value = value };
}

void bemu_scn_text_field(struct bemu_scn_run *run, const char *name, const char *text, size_t len)
{
	struct bemu_scn_answer *a = &run->answer;
	struct bemu_scn_field *field;

	if (a->nr_fields >= BEMU_SCN_MAX_FIELDS)
		return;
	field = &a->fields[a->nr_fields++];
	memset(field, 0, sizeof(*field));
	field->name = name;
	field->is_text = true;
	memcpy(field->text, text,
	       strnlen(text, len < BEMU_SCN_FIELD_LEN ? len : BEMU_SCN_FIELD_LEN - 1));
}

bool bemu_scn_wants(const struct bemu_scn_run *run, const char *word)
{
	const struct bemu_scn_line *line = run->line;
	bool first = true;
	uint32_t i;

	for (i = 0; i < line->nr_answer; i++) {
		const struct bemu_scn_arg *arg = &run->scn->args[line->answer + i];

		if (arg->kind == BEMU_SCN_COMMA)
			first = true;
		else if (first && bemu_scn_is(run->scn, &arg->val, word))
			return true;
		else
			first = false;
	}
	return false;
}

/** struct part - one part of an answer: up to three words */
struct part {
	const struct bemu_scn_arg *words[3];
	uint32_t nr;
};

static bool says(const struct bemu_scn_run *run, const struct part *part, const char *word)
{
	return part->words[0]->kind == BEMU_SCN_WORD &&
	       bemu_scn_is(run->scn, &part->words[0]->val, word);
}

static int add_expect(struct bemu_scn_run *run, const struct bemu_scn_str *id, uint32_t step,
		      uint32_t line, const struct bemu_scn_str *text)
{
	struct bemu_scn_expect expect = { .step = step, .line = line };
	uint32_t len = id->len;

	if (len && run->scn->text[id->off + len - 1] == ':')
		len--;
	for (expect.id = 0; expect.id < BEMU_FINDING_NR; expect.id++) {
		const char *name = bemu_finding_name(expect.id);

		if (strlen(name) == len && !memcmp(name, run->scn->text + id->off, len))
			break;
	}
	if (expect.id == BEMU_FINDING_NR)
		return bemu_scn_mistake(run, id, "no finding has this id");
	if (text)
		expect.text = *text;
	if (bemu_grow(run->env, &run->expects, &run->cap_expects, (size_t)run->nr_expects + 1,
		      sizeof(expect)))
		return -ENOMEM;
	run->expects[run->nr_expects++] = expect;
	return 0;
}

/* "expect finding ID [at STEP][: text]" */
int bemu_scn_expect_line(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *what, *id, *at, *where;
	const struct bemu_scn_name *name;
	struct bemu_scn_str str;
	int64_t step = 0;
	int err;

	err = bemu_scn_need(run, 1, "\"finding\"", &what);
	if (!err && !bemu_scn_is(run->scn, &what->val, "finding"))
		err = bemu_scn_mistake(run, &what->val, "only findings can be expected");
	if (!err)
		err = bemu_scn_need(run, 2, "the id of a finding", &id);
	if (err)
		return err;
	at = bemu_scn_arg(run, 3);
	if (at) {
		if (!bemu_scn_is(run->scn, &at->val, "at"))
			return bemu_scn_mistake(run, &at->val, "\"at\" and a step");
		err = bemu_scn_need(run, 4, "a step", &where);
		if (err)
			return err;
		str = where->val;
		if (str.len && run->scn->text[str.off + str.len - 1] == ':')
			str.len--;
		name = bemu_scn_find_name(run, run->scn->text + str.off, str.len);
		if (name)
			step = name->step;
		else if (bemu_scn_number(run->scn->text + str.off, str.len, &step) || step <= 0 ||
			 step > BEMU_SCN_MAX_LINES)
			return bemu_scn_mistake(run, &where->val, "neither a name nor a step");
	}
	return add_expect(run, &id->val, (uint32_t)step, run->line->at.line, &run->line->title);
}

static bool has_text(const struct bemu_scn_run *run, const struct bemu_scn_arg *arg,
		     const char *text)
{
	char want[1024];

	bemu_scn_copy(run, arg, want, sizeof(want));
	return *want ? strstr(text, want) != NULL : !*text;
}

static const struct bemu_scn_field *find_field(const struct bemu_scn_run *run,
					       const struct bemu_scn_str *name)
{
	uint32_t i;

	for (i = 0; i < run->answer.nr_fields; i++)
		if (bemu_scn_is(run->scn, name, run->answer.fields[i].name))
			return &run->answer.fields[i];
	return NULL;
}

/* 1: met, 0: not, or a mistake. */
static int match_value(struct bemu_scn_run *run, const struct bemu_scn_field *field,
		       const struct bemu_scn_arg *arg)
{
	const char *text = run->scn->text + arg->val.off;
	const struct bemu_scn_name *name;
	char want[BEMU_SCN_FIELD_LEN];
	int64_t v;
	int err;

	if (field->is_text)
		return !strcmp(bemu_scn_copy(run, arg, want, sizeof(want)), field->text);
	if (!bemu_scn_number(text, arg->val.len, &v))
		return (uint64_t)v == field->value || (v < 0 && (uint32_t)v == field->value);
	if (*text == '-') {
		err = bemu_scn_errno_find(text + 1, arg->val.len - 1);
		return err && (err == (int64_t)field->value || (uint32_t)err == field->value);
	}
	name = bemu_scn_find_name(run, text, arg->val.len);
	if (name)
		return (uint64_t)name->value == field->value;
	if (arg->kind != BEMU_SCN_WORD)
		return bemu_scn_mistake(run, &arg->val, "the field is a number");
	err = bemu_scn_give_name(run, &arg->val, (int64_t)field->value, run->task, 0);
	return err ? err : 1;
}

static int match_field(struct bemu_scn_run *run, const struct part *part)
{
	const struct bemu_scn_field *field;
	char what[64];

	if (part->nr != 2)
		return bemu_scn_mistake(run, &part->words[0]->val, "a field and its value");
	field = find_field(run, &part->words[0]->val);
	if (field)
		return match_value(run, field, part->words[1]);
	if (run->answer.ret < 0)
		return 0; /* a call that failed fills in nothing */
	return bemu_scn_mistake(run, &part->words[0]->val, "this step answers no \"%s\"",
				bemu_scn_copy(run, part->words[0], what, sizeof(what)));
}

/* "fd NAME [NUMBER]", "id NAME [NUMBER]" */
static int match_result(struct bemu_scn_run *run, const struct part *part)
{
	struct bemu_scn_answer *a = &run->answer;
	const struct bemu_scn_name *known;
	int64_t number = a->ret;
	int err;

	if (part->nr < 2)
		return bemu_scn_mistake(run, &part->words[0]->val, "a name is missing");
	if (part->nr > 2) {
		err = bemu_scn_value(run, &part->words[2]->val, &number);
		if (err)
			return err;
	}
	known = bemu_scn_find_name(run, run->scn->text + part->words[1]->val.off,
				   part->words[1]->val.len);
	if (a->is_id && known)
		return a->ret >= 0 && a->ret == known->value;
	err = bemu_scn_give_name(run, &part->words[1]->val, a->ret, a->is_fd ? a->task : NULL,
				 a->life);
	if (err)
		return err;
	run->names[run->nr_names - 1].btf = a->btf;
	a->btf = NULL;
	return a->ret >= 0 && a->ret == number;
}

static int match_return(struct bemu_scn_run *run, const struct part *part)
{
	const char *text = run->scn->text + part->words[0]->val.off;
	uint32_t len = part->words[0]->val.len;
	int64_t v;
	int err;

	if (!bemu_scn_number(text, len, &v))
		return run->answer.ret == v;
	if (len < 2 || *text != '-')
		return bemu_scn_mistake(run, &part->words[0]->val, "not an answer");
	err = bemu_scn_errno_find(text + 1, len - 1);
	if (!err)
		return bemu_scn_mistake(run, &part->words[0]->val, "not the name of an error");
	return run->answer.ret == err;
}

/* *stated: the part says itself what the call returns. */
static int match_part(struct bemu_scn_run *run, const struct part *part, bool *stated)
{
	struct bemu_scn_answer *a = &run->answer;

	if (says(run, part, "log")) {
		if (part->nr != 2)
			return bemu_scn_mistake(run, &part->words[0]->val, "a text is missing");
		return a->log && has_text(run, part->words[1], a->log);
	}
	if (says(run, part, "finding")) {
		int err;

		if (part->nr < 2 || (part->nr == 3 && part->words[2]->kind != BEMU_SCN_TEXT))
			return bemu_scn_mistake(run, &part->words[0]->val, "an id is missing");
		err = add_expect(run, &part->words[1]->val, run->step, run->line->at.line,
				 part->nr == 3 ? &part->words[2]->val : NULL);
		return err ? err : 1;
	}
	if (says(run, part, "quirk"))
		return 1;
	if (says(run, part, "unproven"))
		return a->unproven;
	if (find_field(run, &part->words[0]->val) && part->nr == 2)
		return match_field(run, part);
	if ((says(run, part, "fd") && a->is_fd) || (says(run, part, "id") && a->is_id)) {
		*stated = true;
		return match_result(run, part);
	}
	if (part->nr == 1) {
		*stated = true;
		return says(run, part, "ok") ? a->ret >= 0 : match_return(run, part);
	}
	return match_field(run, part);
}

static int each_part(struct bemu_scn_run *run, bool *met)
{
	const struct bemu_scn_line *line = run->line;
	struct part part = { 0 };
	bool stated = false;
	uint32_t i;
	int ret = 1;

	for (i = 0; i <= line->nr_answer; i++) {
		const struct bemu_scn_arg *arg = &run->scn->args[line->answer + i];

		if (i < line->nr_answer && arg->kind != BEMU_SCN_COMMA) {
			if (part.nr == 3 || arg->key.len || arg->kind == BEMU_SCN_LIST)
				return bemu_scn_mistake(run, &arg->val, "not an answer");
			part.words[part.nr++] = arg;
			continue;
		}
		if (!part.nr)
			return bemu_scn_mistake(run, &line->at, "an answer is missing");
		ret = match_part(run, &part, &stated);
		if (ret < 0)
			return ret;
		*met &= ret;
		part.nr = 0;
	}
	if (!stated && run->answer.ret < 0)
		*met = false;
	return 0;
}

/* As the text of a scenario has it. */
static void put_text(struct bemu_buf *buf, const char *name, const char *text)
{
	bemu_buf_printf(buf, ", %s \"", name);
	for (; *text; text++)
		if (*text == '\n')
			bemu_buf_printf(buf, "\\n");
		else
			bemu_buf_printf(buf, strchr("\"\\", *text) ? "\\%c" : "%c", *text);
	bemu_buf_printf(buf, "\"");
}

static void put_answer(struct bemu_buf *buf, const struct bemu_scn_run *run)
{
	const struct bemu_scn_answer *a = &run->answer;
	char name[32];
	uint32_t i;

	if (a->ret < 0)
		bemu_buf_printf(buf, "%s", bemu_scn_errno(a->ret, name));
	else
		bemu_buf_printf(buf, "%s%ld", a->is_fd ? "fd " : a->is_id ? "id " : "", a->ret);
	for (i = 0; i < a->nr_fields; i++)
		if (a->fields[i].is_text)
			put_text(buf, a->fields[i].name, a->fields[i].text);
		else if ((int64_t)a->fields[i].value < 0)
			bemu_buf_printf(buf, ", %s %s", a->fields[i].name,
					bemu_scn_errno((long)a->fields[i].value, name));
		else
			bemu_buf_printf(buf, ", %s %" PRIu64, a->fields[i].name,
					a->fields[i].value);
	if (a->unproven)
		bemu_buf_printf(buf, ", unproven");
	if (a->log && *a->log) {
		size_t len = strlen(a->log);

		while (len && a->log[len - 1] == '\n')
			len--;
		bemu_buf_printf(buf, ", log \"");
		for (i = 0; i < len && i < 2000; i++)
			bemu_buf_printf(buf, a->log[i] == '\n' ? "\\n" : "%c", a->log[i]);
		bemu_buf_printf(buf, "\"");
	}
}

static void put_expected(struct bemu_buf *buf, const struct bemu_scn_run *run)
{
	const struct bemu_scn_line *line = run->line;
	const struct bemu_scn_arg *last = &run->scn->args[line->answer + line->nr_answer - 1],
				  *first = &run->scn->args[line->answer];
	uint32_t from = first->val.off - (first->kind == BEMU_SCN_TEXT),
		 end = last->val.off + last->val.len + (last->kind == BEMU_SCN_TEXT);

	bemu_buf_printf(buf, "%.*s", (int)(end - from), run->scn->text + from);
}

static void report(struct bemu_scn_run *run)
{
	struct bemu_buf *buf = run->opts->report;

	run->res->nr_unmet++;
	if (run->opts->watch)
		run->opts->watch->unmet(run->opts->watch->ctx, run->line->at.line, run->answer.ret);
	if (!buf)
		return;
	bemu_buf_printf(buf, "line %u: ", run->line->at.line);
	bemu_scn_words(buf, run->scn, run->line);
	bemu_buf_printf(buf, "\n  expected  ");
	put_expected(buf, run);
	bemu_buf_printf(buf, "\n  got       ");
	put_answer(buf, run);
	bemu_buf_printf(buf, "\n");
}

/* What was answered as the text of an answer: what two machines have in common of it. */
static void put_record(struct bemu_buf *buf, const struct bemu_scn_run *run)
{
	const struct bemu_scn_answer *a = &run->answer;
	char name[32];
	uint32_t i;

	if (a->ret < 0)
		bemu_buf_printf(buf, "%s", bemu_scn_errno(a->ret, name));
	else
		bemu_buf_printf(buf, "%ld", a->ret);
	for (i = 0; i < a->nr_fields; i++) {
		if (strcmp(a->fields[i].name, "value") != 0 &&
		    strcmp(a->fields[i].name, "text") != 0)
			continue;
		if (a->fields[i].is_text)
			put_text(buf, a->fields[i].name, a->fields[i].text);
		else
			bemu_buf_printf(buf, ", value %" PRIu64, a->fields[i].value);
	}
}

void bemu_scn_record(struct bemu_scn_run *run, bool answered)
{
	const struct bemu_scn_line *line = run->line;
	uint32_t end = line->at.off, from = line->at.off;
	struct bemu_buf *buf = run->opts->record;

	while (end < run->scn->len && run->scn->text[end] != '\n')
		end++;
	bemu_buf_printf(buf, "%*s%.*s", (int)(line->depth * BEMU_SCN_INDENT), "", (int)(end - from),
			run->scn->text + from);
	if (answered) {
		bemu_buf_printf(buf, " -> ");
		put_record(buf, run);
	}
	bemu_buf_printf(buf, "\n");
}

static bool without_quirks(const struct bemu_scn_run *run)
{
	return run->opts->no_quirks && run->has_quirks;
}

int bemu_scn_match(struct bemu_scn_run *run)
{
	bool met = true;
	int err;

	if (!run->line->has_answer)
		return 0;
	err = each_part(run, &met);
	if (without_quirks(run) && bemu_scn_wants(run, "quirk"))
		met = !met;
	/* the answer of a step that gives a finding is the quirk's as well */
	if (!err && !met && !(without_quirks(run) && bemu_scn_wants(run, "finding")))
		report(run);
	return err;
}

/* ---- findings ---- */

static bool is_expected(struct bemu_scn_run *run, const struct bemu_finding *finding)
{
	char text[BEMU_FINDING_LINE_LEN];
	bool found = false;
	uint32_t i;

	for (i = 0; i < run->nr_expects; i++) {
		struct bemu_scn_expect *expect = &run->expects[i];
		uint32_t len = expect->text.len;

		if (expect->id != finding->id || (expect->step && expect->step != finding->step))
			continue;
		if (len >= sizeof(text))
			len = sizeof(text) - 1;
		memcpy(text, run->scn->text + expect->text.off, len);
		text[len] = '\0';
		if (!strstr(finding->summary, text))
			continue;
		expect->nr_met++;
		found = true;
	}
	return found;
}

static void report_finding(struct bemu_scn_run *run, const struct bemu_finding *finding)
{
	struct bemu_buf *buf = run->opts->report;
	uint32_t i;

	run->res->nr_unmet++;
	if (!buf)
		return;
	bemu_buf_printf(buf, "step %u: an unexpected finding\n  %s: %s\n", finding->step,
			bemu_finding_name(finding->id), finding->summary);
	for (i = 0; i < finding->nr_lines; i++)
		bemu_buf_printf(buf, "    %s\n", finding->lines[i]);
}

static void tell(struct bemu_scn_run *run, const struct bemu_finding *finding, bool expected)
{
	const struct bemu_scn_watch *watch = run->opts->watch;
	uint32_t line = finding->step && finding->step < run->res->nr_steps
				? run->step_lines[finding->step - 1]
				: 0;

	watch->found(watch->ctx, finding, line, expected);
}

int bemu_scn_judge(struct bemu_scn_run *run)
{
	bool reversed = without_quirks(run);
	struct bemu_buf *buf = run->opts->report;
	bool expected;
	uint32_t i;

	for (i = 0; i < run->findings.nr; i++) {
		const struct bemu_finding *finding = &run->findings.arr[i];

		if (finding->root >= 0)
			continue;
		run->res->nr_findings++;
		expected = is_expected(run, finding) && !reversed;
		if (run->opts->watch)
			tell(run, finding, expected);
		if (!expected)
			report_finding(run, finding);
	}
	for (i = 0; i < run->nr_expects && !reversed; i++) {
		if (run->expects[i].nr_met)
			continue;
		run->res->nr_unmet++;
		if (buf)
			bemu_buf_printf(buf, "line %u: finding %s was expected and did not come\n",
					run->expects[i].line,
					bemu_finding_name(run->expects[i].id));
	}
	return 0;
}
