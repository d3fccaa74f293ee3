/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Lines that are done in the middle of a call, programs that run, a recount after each step: their mistakes, with
 * place, and what they do. Each finding is told once; a failing allocator leaves nothing behind.
 */
#include <errno.h>
#include <stdio.h>

#include "helpers.h"

#include "scenario/run.h"

struct outcome {
	int err;
	struct bemu_scn_where where;
	struct bemu_scn_result res;
	char report[2000], trace[4000];
};

static int run_env(struct bemu_env *env, const char *text, bool audit, struct outcome *out)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts), .audit_each = audit };
	struct bemu_buf report, trace;
	struct bemu_scn *scn = NULL;
	int err;

	memset(out, 0, sizeof(*out));
	bemu_buf_init(&report, env);
	bemu_buf_init(&trace, env);
	opts.report = &report;
	opts.trace = &trace;
	err = bemu_scn_parse(env, text, strlen(text), &out->where, &scn);
	if (!err)
		err = bemu_scn_run(env, scn, &opts, &out->where, &out->res);
	bemu_scn_free(scn);
	(void)snprintf(out->report, sizeof(out->report), "%s",
		       report.err ? "" : bemu_buf_str(&report));
	(void)snprintf(out->trace, sizeof(out->trace), "%s", trace.err ? "" : bemu_buf_str(&trace));
	if (!err)
		err = report.err ? report.err : trace.err;
	bemu_buf_fini(&report);
	bemu_buf_fini(&trace);
	assert_int_equal(bemu_env_live(env), 0);
	out->err = err;
	return err;
}

static void run(const char *text, bool audit, struct outcome *out)
{
	struct bemu_env *env;

	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	(void)run_env(env, text, audit, out);
	bemu_env_free(env);
}

/* ---- mistakes ---- */

struct mistake {
	const char *name, *text;
	uint32_t line, col;
	const char *why;
};

#define LOAD "prog load socket_filter { r0 = 0; exit } -> fd p\n"

static const struct mistake mistakes[] = {
	{ "no point", "scenario: a\nat\n", 2, 1, "a yield point is missing" },
	{ "an unknown point", "scenario: a\nat here\n  drain\n", 2, 4, "no yield point" },
	{ "how often is no number", "scenario: a\nat put.id_gone#x\n  drain\n", 2, 4, "from 1" },
	{ "the 0th time", "scenario: a\nat put.id_gone#0\n  drain\n", 2, 4, "from 1" },
	{ "a point with an answer", "scenario: a\nat put.id_gone -> 0\n  drain\n", 2, 1,
	  "no answer" },
	{ "nothing to do there", "scenario: a\nat put.id_gone\ndrain\n", 2, 1,
	  "nothing is indented" },
	{ "a point in the lines of another",
	  "scenario: a\nat prog_load.copied\n  at put.id_gone\n    drain\n" LOAD, 3, 3,
	  "of another" },
	{ "a call of who is in a call", "scenario: a\nat prog_load.copied\n  close 0 -> 0\n" LOAD,
	  3, 3, "is under way" },
	{ "an exit of who is in a call", "scenario: a\nat prog_load.copied\n  exit\n" LOAD, 3, 3,
	  "is under way" },
	{ "a mistake in the lines", "scenario: a\nat prog_load.copied\n  drain it\n" LOAD, 3, 9,
	  "neither a number" },
	{ "nothing to poke", "scenario: a\npoke 0 x:00\n", 2, 1, "no call is under way" },
	{ "past what was handed", "scenario: a\nat prog_load.copied\n  poke 15 x:0000\n" LOAD, 3,
	  11, "16 bytes" },
	{ "an audit that is not known", "scenario: a\naudit sometimes\ndrain\n", 2, 7,
	  "every-step" },
	{ "an audit of nothing", "scenario: a\naudit\ndrain\n", 2, 1, "every-step" },
	{ "files that are not shared", "scenario: a\nfork b files=mine -> ok\n", 2, 14, "shared" },
	{ "a run without a name", "scenario: a\n" LOAD "prog enter p -> 0\n", 3, 1,
	  "name for the run" },
	{ "two runs of one name", "scenario: a\n" LOAD "prog enter p r -> 0\nprog enter p r -> 0\n",
	  4, 14, "a run has that name" },
	{ "a run that is not there", "scenario: a\nprog leave r -> 0\n", 2, 12, "no run" },
	{ "a run that has left",
	  "scenario: a\n" LOAD "prog enter p r -> 0\nprog leave r -> 0\nprog leave r -> 0\n", 5, 12,
	  "no run" },
	{ "what no program can find", "scenario: a\n" LOAD "prog enter p r holds=[0] -> 0\n", 3, 23,
	  "not the FD of an object" },
	{ "a timer in no map of its own",
	  "scenario: a\n" LOAD "map create array 4 4 1 -> fd m\nprog enter p r -> 0\n"
	  "prog timer r m -> 0\n",
	  5, 14, "a map that it uses" },
};

static void is_refused(void **state)
{
	const struct mistake *m = *state;
	struct outcome out;

	run(m->text, false, &out);
	assert_int_equal(out.err, -EINVAL);
	if (out.where.line != m->line || out.where.col != m->col || !strstr(out.where.text, m->why))
		fail_msg("%u:%u: %s", out.where.line, out.where.col, out.where.text);
}

/* ---- what is done ---- */

struct row {
	const char *name, *text;
	bool audit;
	uint32_t nr_unmet, nr_findings;
	const char *says; /* in the report or the trace; NULL: nothing */
};

static const struct row rows[] = {
	{ "lines are done in the call that gets there",
	  "scenario: a\nat prog_load.public\n  task b\n    open prog 1 -> fd q\n" LOAD, false, 0, 0,
	  "open prog 1" },
	{ "only in the call of the task that stands above",
	  "scenario: a\ntask b\n  at prog_load.public\n    task c\n      open prog 1 -> fd q\n" LOAD,
	  false, 1, 0, "line 3: no call came to prog_load.public#1" },
	{ "once",
	  "scenario: a\nat prog_load.public\n  task b\n    open prog 1 -> fd q\n" LOAD
	  "prog load socket_filter { r0 = 0; exit } -> fd r\n",
	  false, 0, 0, NULL },
	{ "the second time that a call gets there",
	  "scenario: a\nmap create array 4 4 1 -> fd m\nfork b files=shared -> ok\n"
	  "at prog_load.fd_lookup#2\n  task b\n    close m -> 0\n"
	  "prog load socket_filter { r1 = map m ll; r2 = map m ll; r0 = 0; exit } -> -EBADF\n",
	  true, 0, 0, NULL },
	{ "a point that no call comes to is not met",
	  "scenario: a\nat prog_load.public#2\n  task b\n    open prog 1 -> fd q\n" LOAD, false, 1,
	  0, "line 2: no call came to prog_load.public#2" },
	{ "a point of no call is that of whoever makes none",
	  "scenario: a\nat module.going\n  next btf 1 -> id b 2\n"
	  "module load demo { int f(void); } -> ok\nmodule unload demo -> 0\n",
	  false, 0, 0, NULL },
	{ "answers in the lines are judged",
	  "scenario: a\nat prog_load.public\n  task b\n    open prog 2 -> fd q\n" LOAD, false, 1, 0,
	  "line 4: open prog 2" },
	{ "what a shared table lets go of is gone for both",
	  "scenario: a\nmap create array 4 4 1 -> fd m\nfork b files=shared -> ok\ntask b\n"
	  "  close m -> 0\ninfo m -> -EBADFD\n",
	  true, 1, 1, "fd-use-after-close" },
	{ "who shares a table leaves it to the others",
	  "scenario: a\nmap create array 4 4 1 -> fd m\nfork b files=shared -> ok\ntask b\n  exit\n"
	  "close m -> 0\n",
	  true, 0, 0, NULL },
	{ "a grace period waits for a run",
	  "scenario: a\nmap create array 4 4 1 -> fd i\n"
	  "map create array_of_maps 4 4 1 inner=i -> fd o\nmap update o 0 i -> 0\n"
	  "prog load socket_filter { r1 = map o ll; r0 = 0; exit } -> fd p\n"
	  "prog enter p run holds=[i] -> 0\nclose i -> 0\nmap delete o 0 -> 0\nprog leave run -> 0\n",
	  true, 0, 0, NULL },
	{ "a finding is told once, at the step that brought it",
	  "scenario: a\nquirk K-MODBTF-ID-LINGERS\nmodule load demo { int f(void); } -> ok\n"
	  "btf open demo -> fd m\nmodule unload demo -> 0\ndrain\ndrain\n",
	  true, 1, 1, "step 3: an unexpected finding" },
	{ "and at the end without a recount at each",
	  "scenario: a\nquirk K-MODBTF-ID-LINGERS\nmodule load demo { int f(void); } -> ok\n"
	  "btf open demo -> fd m\nmodule unload demo -> 0\ndrain\ndrain\n",
	  false, 1, 1, "step 5: an unexpected finding" },
	{ "an answer that is the quirk's must come with it",
	  "scenario: a\nquirk K-MODBTF-ID-LINGERS\nmodule load demo { int f(void); } -> ok\n"
	  "open btf 2 -> -ENOENT, quirk\n",
	  false, 1, 0, "got       fd 3" },
};

static void is_done(void **state)
{
	const struct row *row = *state;
	struct outcome out;

	run(row->text, row->audit, &out);
	if (out.err)
		fail_msg("%u:%u: %s", out.where.line, out.where.col, out.where.text);
	if (out.res.nr_unmet != row->nr_unmet || out.res.nr_findings != row->nr_findings)
		fail_msg("%u not met, %u findings: %s", out.res.nr_unmet, out.res.nr_findings,
			 out.report);
	if (row->says && !strstr(out.report, row->says) && !strstr(out.trace, row->says))
		fail_msg("%s%s", out.report, out.trace);
}

/* Every allocation of the runner's fails once; those of the world are its own env's. */
static void a_failing_allocator_leaves_nothing(void **state)
{
	static const char text[] =
		"scenario: a\nquirk K-BTF-DOUBLE-FETCH\naudit every-step\nfork b files=shared -> ok\n"
		"at btf_load.copied\n  poke 16 x:f8ffffff\n  task b\n    close 0 -> 0\n"
		"btf load { int x; } -> fd t\n" LOAD "prog enter p r -> 0\nprog leave r -> 0\n";
	struct outcome out;
	struct bemu_env *env;
	uint64_t nth;
	int err = -ENOMEM;

	(void)state;
	for (nth = 1; err == -ENOMEM; nth++) {
		assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
		bemu_env_fail_at(env, nth);
		err = run_env(env, text, true, &out);
		bemu_env_free(env);
		assert_true(nth < 5000);
	}
	assert_int_equal(err, 0);
	assert_true(nth > 20);
	assert_int_equal(out.res.nr_findings, 2);
}

int main(void)
{
	enum { NR = BEMU_ARRAY_SIZE(mistakes) + BEMU_ARRAY_SIZE(rows) };
	struct CMUnitTest tests[NR + 1] = { [NR] = cmocka_unit_test(
						    a_failing_allocator_leaves_nothing) };
	size_t i, nr = 0;

	for (i = 0; i < BEMU_ARRAY_SIZE(mistakes); i++)
		tests[nr++] =
			(struct CMUnitTest){ .name = mistakes[i].name,
					     .test_func = is_refused,
					     .initial_state = (void *)(uintptr_t)&mistakes[i] };
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++)
		tests[nr++] = (struct CMUnitTest){ .name = rows[i].name,
						   .test_func = is_done,
						   .initial_state = (void *)(uintptr_t)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
