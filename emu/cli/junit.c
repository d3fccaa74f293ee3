/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A matrix as JUnit XML: a suite a kernel, a case an object. */
#include "cli/cli.h"
#include "cli/json.h"

static void escaped(struct bemu_buf *buf, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		switch (c) {
		case '&':
			bemu_buf_printf(buf, "&amp;");
			break;
		case '<':
			bemu_buf_printf(buf, "&lt;");
			break;
		case '>':
			bemu_buf_printf(buf, "&gt;");
			break;
		case '"':
			bemu_buf_printf(buf, "&quot;");
			break;
		default:
			/* XML has no way to write control characters; ours come from foreign names */
			bemu_buf_printf(buf, "%c", c < 0x20 || c >= 0x7f ? '?' : c);
		}
	}
}

/* What the baseline has and this run has not: the reader of the file would not miss it. */
static void gone(struct bemu_buf *buf, const struct bemu_cli_verdict *known, uint32_t nr_known)
{
	uint32_t i, nr = 0;

	for (i = 0; i < nr_known; i++)
		nr += !known[i].met;
	if (!nr)
		return;
	bemu_buf_printf(buf,
			"  <testsuite name=\"not in this run\" tests=\"%u\" failures=\"%u\">\n", nr,
			nr);
	for (i = 0; i < nr_known; i++) {
		if (known[i].met)
			continue;
		bemu_buf_printf(buf, "    <testcase classname=\"");
		escaped(buf, known[i].kernel);
		bemu_buf_printf(buf, "\" name=\"");
		escaped(buf, known[i].object);
		bemu_buf_printf(buf, "\">\n      <failure type=\"gone\" message=\"was ");
		escaped(buf, known[i].answer);
		bemu_buf_printf(buf, "\"/>\n    </testcase>\n");
	}
	bemu_buf_printf(buf, "  </testsuite>\n");
}

int bemu_cli_junit(struct bemu_env *env, const char *path, const struct bemu_cli_object *objects,
		   uint32_t nr_objects, const struct bemu_cli_kernels *kernels,
		   const struct bemu_cli_cell *cells, const struct bemu_cli_verdict *known,
		   uint32_t nr_known)
{
	struct bemu_buf buf;
	uint32_t k, o;
	int code;

	bemu_buf_init(&buf, env);
	bemu_buf_printf(&buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	for (k = 0; k < kernels->nr; k++) {
		const struct bemu_cli_cell *row = &cells[(size_t)k * nr_objects];
		uint32_t failures = 0;

		for (o = 0; o < nr_objects; o++)
			failures += bemu_cli_cell_failed(&row[o], known);
		bemu_buf_printf(&buf, "  <testsuite name=\"");
		escaped(&buf, kernels->arr[k].name);
		bemu_buf_printf(&buf, "\" tests=\"%u\" failures=\"%u\">\n", nr_objects, failures);
		for (o = 0; o < nr_objects; o++) {
			bemu_buf_printf(&buf, "    <testcase classname=\"");
			escaped(&buf, kernels->arr[k].name);
			bemu_buf_printf(&buf, "\" name=\"");
			escaped(&buf, objects[o].name);
			if (!bemu_cli_cell_failed(&row[o], known)) {
				bemu_buf_printf(&buf, "\"/>\n");
				continue;
			}
			bemu_buf_printf(&buf, "\">\n      <failure type=\"%s\" message=\"",
					row[o].answer == BEMU_CLI_ANSWER_YES && row[o].nr_findings
						? "finding"
						: bemu_cli_answer_name(row[o].answer));
			if (row[o].was) {
				bemu_buf_printf(&buf, "was ");
				escaped(&buf, row[o].was);
				bemu_buf_printf(&buf, "%s; ",
						row[o].were_findings ? " with findings" : "");
			}
			escaped(&buf, row[o].reason);
			bemu_buf_printf(&buf, "\"/>\n    </testcase>\n");
		}
		bemu_buf_printf(&buf, "  </testsuite>\n");
	}
	gone(&buf, known, nr_known);
	bemu_buf_printf(&buf, "</testsuites>\n");
	code = bemu_cli_write_file(path, &buf);
	bemu_buf_fini(&buf);
	return code;
}
