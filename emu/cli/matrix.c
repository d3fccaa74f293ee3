/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Objects by kernels: every cell one load in a world that is reset in between. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "cli/json.h"

struct matrix {
	struct bemu_env *env;
	const struct bemu_cli_object *objects;
	uint32_t nr_objects;
	const struct bemu_cli_kernels *kernels;
	const struct bemu_cli_matrix_opts *opts;
	struct bemu_cli_cell *cells; /* kernel by kernel */
	struct bemu_buf json, detail;
	uint32_t nr_known, cap_known;
	struct bemu_cli_verdict *known; /* the baseline */
	uint32_t nr_changed, nr_fresh, nr_gone;
};

static int read_baseline(struct matrix *mx)
{
	const char *path = mx->opts->baseline;
	struct bemu_cli_file file;
	uint32_t line_nr = 0;
	const char *at, *end;
	int code, err;

	if (!path)
		return BEMU_CLI_YES;
	code = bemu_cli_read(mx->env, path, &file);
	if (code)
		return code;
	at = file.data;
	for (end = at + file.len; at < end;) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl ? nl : end) - at);
		struct bemu_cli_verdict verdict;
		char why[160];

		line_nr++;
		err = len ? bemu_cli_json_verdict(mx->env, at, len, &verdict, why, sizeof(why)) : 0;
		if (err == -EINVAL) {
			bemu_cli_error("%s: line %u: %s", path, line_nr, why);
			return BEMU_CLI_USAGE;
		}
		if (err < 0 || (err && bemu_grow(mx->env, &mx->known, &mx->cap_known,
						 mx->nr_known + 1u, sizeof(verdict))))
			return bemu_cli_fault(path, -ENOMEM, NULL);
		if (err)
			mx->known[mx->nr_known++] = verdict;
		at += len + 1;
	}
	return BEMU_CLI_YES;
}

static bool differs(const struct bemu_cli_verdict *was, const struct bemu_cli_cell *cell)
{
	return strcmp(was->answer, bemu_cli_answer_name(cell->answer)) || was->err != cell->err ||
	       (was->findings >= 0 && was->findings != cell->nr_findings);
}

/* Of two lines about one cell the later one counts. */
static void compare(struct matrix *mx, struct bemu_cli_cell *cell, const char *object,
		    const char *kernel)
{
	uint32_t i;

	cell->fresh = true;
	for (i = 0; i < mx->nr_known; i++) {
		struct bemu_cli_verdict *was = &mx->known[i];

		if (strcmp(was->object, object) || strcmp(was->kernel, kernel))
			continue;
		was->met = true;
		cell->fresh = false;
		cell->was = was->answer;
		cell->were_findings = was->findings > 0;
		cell->changed = differs(was, cell);
	}
	mx->nr_changed += cell->changed;
	mx->nr_fresh += cell->fresh;
}

static void say_findings(struct bemu_buf *reason, const struct bemu_findings *set)
{
	const char *sep = reason->len ? "; " : "";
	uint32_t i;

	for (i = 0; i < set->nr; i++) {
		if (set->arr[i].root >= 0)
			continue;
		bemu_buf_printf(reason, "%sFINDING %s: %s", sep, bemu_finding_name(set->arr[i].id),
				set->arr[i].summary);
		sep = "; ";
	}
}

static int fill_cell(struct matrix *mx, const struct bemu_cli_world *world, uint32_t o,
		     struct bemu_cli_cell *cell)
{
	struct bemu_cli_run run;
	int code;

	code = bemu_cli_run(&run, &mx->objects[o], world, &mx->opts->load);
	if (code)
		return code;
	cell->answer = run.answer;
	cell->err = run.verdict;
	cell->nr_findings = bemu_findings_roots(&run.findings);
	if (mx->opts->verbose && !bemu_cli_cell_good(cell)) {
		bemu_buf_printf(&mx->detail, "\n");
		bemu_cli_report(&mx->detail, &run, true);
	}
	if (mx->opts->json && bemu_cli_verdict_record(&mx->json, &run))
		code = bemu_cli_fault(mx->objects[o].path, -ENOMEM, NULL);
	say_findings(&run.reason, &run.findings);
	cell->reason = bemu_strdup(mx->env, bemu_buf_str(&run.reason));
	if (!code && !cell->reason)
		code = bemu_cli_fault(mx->objects[o].path, -ENOMEM, NULL);
	bemu_cli_run_end(&run);
	if (!code && mx->opts->baseline)
		compare(mx, cell, mx->objects[o].name, world->kernel->name);
	return code;
}

/* A kernel whose own files are no good: its column says so, the others have answers. */
static int fill_untried(struct matrix *mx, uint32_t k, int verdict, const char *why)
{
	const struct bemu_cli_kernel *kernel = &mx->kernels->arr[k];
	uint32_t o;

	for (o = 0; o < mx->nr_objects; o++) {
		struct bemu_cli_cell *cell = &mx->cells[(size_t)k * mx->nr_objects + o];

		cell->answer = BEMU_CLI_ANSWER_NOT_TRIED;
		cell->err = verdict;
		cell->reason = bemu_strdup(mx->env, why);
		if (!cell->reason || (mx->opts->json &&
				      bemu_cli_untried_record(&mx->json, &mx->objects[o], kernel,
							      mx->opts->load.libbpf, verdict, why)))
			return bemu_cli_fault(kernel->vmlinux, -ENOMEM, NULL);
		if (mx->opts->baseline)
			compare(mx, cell, mx->objects[o].name, kernel->name);
	}
	return BEMU_CLI_YES;
}

static int fill_kernel(struct matrix *mx, uint32_t k, struct bemu_cli_progress *bar)
{
	uint32_t total = mx->kernels->nr * mx->nr_objects, o;
	struct bemu_cli_world world;
	struct bemu_buf why;
	int code, verdict;

	bemu_buf_init(&why, mx->env);
	/* with one kernel only there is nothing to go on with, and the line goes to stderr */
	code = bemu_cli_world_try(&world, &mx->kernels->arr[k], mx->opts->profile,
				  mx->kernels->nr > 1 ? &why : NULL, &verdict);
	if (code) {
		if (why.len)
			code = fill_untried(mx, k, verdict, bemu_buf_str(&why));
		bemu_buf_fini(&why);
		return code;
	}
	for (o = 0; !code && o < mx->nr_objects; o++) {
		code = fill_cell(mx, &world, o, &mx->cells[(size_t)k * mx->nr_objects + o]);
		bemu_cli_progress(bar, k * mx->nr_objects + o + 1, total);
	}
	bemu_cli_world_close(&world);
	bemu_buf_fini(&why);
	return code;
}

static int fill(struct matrix *mx)
{
	uint32_t total = mx->kernels->nr * mx->nr_objects, k;
	struct bemu_cli_progress bar = { 0 };
	int code = BEMU_CLI_YES;

	bemu_cli_progress(&bar, 0, total);
	for (k = 0; !code && k < mx->kernels->nr; k++)
		code = fill_kernel(mx, k, &bar);
	bemu_cli_progress(&bar, total, total);
	return code;
}

bool bemu_cli_cell_good(const struct bemu_cli_cell *cell)
{
	return cell->answer == BEMU_CLI_ANSWER_YES && !cell->nr_findings;
}

bool bemu_cli_cell_failed(const struct bemu_cli_cell *cell, bool baseline)
{
	return baseline && !cell->fresh ? cell->changed : !bemu_cli_cell_good(cell);
}

static const char *colour_of(const struct bemu_cli_cell *cell)
{
	switch ((enum bemu_cli_answer)cell->answer) {
	case BEMU_CLI_ANSWER_YES:
		return cell->nr_findings ? BEMU_CLI_RED : BEMU_CLI_GREEN;
	case BEMU_CLI_ANSWER_NO:
		return BEMU_CLI_RED;
	default:
		return BEMU_CLI_YELLOW;
	}
}

static int column_width(const struct bemu_cli_kernel *kernel)
{
	int len = (int)strlen(kernel->name);

	return len > 9 ? len : 9;
}

static void table(struct matrix *mx, struct bemu_buf *buf)
{
	int width = 0, pad, len;
	uint32_t k, o;

	for (o = 0; o < mx->nr_objects; o++) {
		len = (int)strlen(mx->objects[o].name);
		width = len > width ? len : width;
	}
	bemu_buf_printf(buf, "%-*s", width, "");
	for (k = 0, pad = 2; k < mx->kernels->nr; k++) {
		len = (int)strlen(mx->kernels->arr[k].name);
		bemu_buf_printf(buf, "%*s%s", pad, "", mx->kernels->arr[k].name);
		pad = 2 + column_width(&mx->kernels->arr[k]) - len;
	}
	bemu_buf_printf(buf, "\n");
	for (o = 0; o < mx->nr_objects; o++) {
		bemu_buf_printf(buf, "%-*s", width, mx->objects[o].name);
		for (k = 0, pad = 2; k < mx->kernels->nr; k++) {
			const struct bemu_cli_cell *cell =
				&mx->cells[(size_t)k * mx->nr_objects + o];
			const char *word = bemu_cli_answer_name(cell->answer);
			const char *found = cell->nr_findings ? "*" : "";
			const char *mark = cell->changed ? "!" : cell->fresh ? "+" : "";

			bemu_buf_printf(buf, "%*s%s%s%s%s" BEMU_CLI_PLAIN, pad, "", colour_of(cell),
					word, found, mark);
			pad = 2 + column_width(&mx->kernels->arr[k]) -
			      (int)(strlen(word) + strlen(found) + strlen(mark));
		}
		bemu_buf_printf(buf, "\n");
	}
}

static void against_baseline(struct matrix *mx, struct bemu_buf *buf)
{
	const struct bemu_cli_verdict *was;

	for (was = mx->known; was < mx->known + mx->nr_known; was++) {
		if (!was->met)
			bemu_buf_printf(buf, "%s on %s: not in this run, was %s\n", was->object,
					was->kernel, was->answer);
	}
	bemu_buf_printf(buf,
			"against %s: %u changed (!), %u not in it (+), %u of its cells not in this "
			"run\n",
			bemu_cli_base_name(mx->opts->baseline), mx->nr_changed, mx->nr_fresh,
			mx->nr_gone);
}

static void reasons(struct matrix *mx, struct bemu_buf *buf)
{
	uint32_t k, o, nr_found = 0, count[BEMU_CLI_ANSWER_NOT_TRIED + 1] = { 0 };

	for (o = 0; o < mx->nr_objects; o++) {
		for (k = 0; k < mx->kernels->nr; k++) {
			const struct bemu_cli_cell *cell =
				&mx->cells[(size_t)k * mx->nr_objects + o];

			count[cell->answer]++;
			nr_found += cell->nr_findings > 0;
			if (!cell->changed &&
			    (bemu_cli_cell_good(cell) || cell->answer == BEMU_CLI_ANSWER_NOT_TRIED))
				continue;
			bemu_buf_printf(buf, "%s on %s: %s", mx->objects[o].name,
					mx->kernels->arr[k].name,
					bemu_cli_answer_name(cell->answer));
			if (cell->changed)
				bemu_buf_printf(buf, ", was %s%s", cell->was,
						cell->were_findings ? " with findings" : "");
			if (*cell->reason)
				bemu_buf_printf(buf, " (%s)", cell->reason);
			bemu_buf_printf(buf, "\n");
		}
	}
	for (k = 0; k < mx->kernels->nr; k++) {
		const struct bemu_cli_cell *cell = &mx->cells[(size_t)k * mx->nr_objects];

		if (cell->answer == BEMU_CLI_ANSWER_NOT_TRIED)
			bemu_buf_printf(buf, "nothing was tried on %s: %s\n",
					mx->kernels->arr[k].name, cell->reason);
	}
	bemu_buf_printf(buf, "%u yes, %u no, %u unproven", count[BEMU_CLI_ANSWER_YES],
			count[BEMU_CLI_ANSWER_NO], count[BEMU_CLI_ANSWER_UNPROVEN]);
	if (count[BEMU_CLI_ANSWER_NOT_TRIED])
		bemu_buf_printf(buf, ", %u not_tried", count[BEMU_CLI_ANSWER_NOT_TRIED]);
	if (nr_found)
		bemu_buf_printf(buf, ", %u with findings (*)", nr_found);
	bemu_buf_printf(buf, "\n");
	if (mx->opts->baseline)
		against_baseline(mx, buf);
	bemu_buf_printf(buf,
			"yes: relocates as on that kernel; the verifier was not run, the kernel "
			"may still refuse it\n");
}

static int exit_code(const struct matrix *mx)
{
	size_t nr = (size_t)mx->kernels->nr * mx->nr_objects, i;

	for (i = 0; i < nr; i++) {
		if (bemu_cli_cell_failed(&mx->cells[i], mx->opts->baseline))
			return BEMU_CLI_NO;
	}
	return mx->nr_gone ? BEMU_CLI_NO : BEMU_CLI_YES;
}

int bemu_cli_matrix(struct bemu_env *env, const struct bemu_cli_object *objects,
		    uint32_t nr_objects, const struct bemu_cli_kernels *kernels,
		    const struct bemu_cli_matrix_opts *opts)
{
	struct matrix mx = { .env = env,
			     .objects = objects,
			     .nr_objects = nr_objects,
			     .kernels = kernels,
			     .opts = opts };
	struct bemu_buf text;
	uint32_t i;
	int code;

	bemu_buf_init(&mx.json, env);
	bemu_buf_init(&mx.detail, env);
	bemu_buf_init(&text, env);
	mx.cells = bemu_zalloc_array(env, (size_t)kernels->nr * nr_objects, sizeof(*mx.cells));
	if (!mx.cells)
		return bemu_cli_fault("matrix", -ENOMEM, NULL);
	code = read_baseline(&mx);
	if (!code)
		code = fill(&mx);
	for (i = 0; i < mx.nr_known; i++)
		mx.nr_gone += !mx.known[i].met;
	if (!code && opts->junit)
		code = bemu_cli_junit(env, opts->junit, objects, nr_objects, kernels, mx.cells,
				      mx.known, mx.nr_known);
	if (code)
		return code;
	if (opts->json) {
		code = bemu_cli_write(&mx.json, stdout);
	} else {
		table(&mx, &text);
		reasons(&mx, &text);
		bemu_buf_add(&text, bemu_buf_str(&mx.detail), mx.detail.len);
		if (!text.err)
			text.err = mx.detail.err;
		code = bemu_cli_write(&text, stdout);
	}
	return code ? code : exit_code(&mx);
}
