/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The form of scenarios: what is one, where the mistake of another is, how it prints. */
#include <errno.h>

#include "helpers.h"

#include "scenario/scn.h"

struct form {
	const char *name;
	const char *text;
	uint32_t line, col; /* of the mistake */
};

static const struct form mistakes[] = {
	{ "an empty text", "", 1, 1 },
	{ "no title", "kernel 6.1\n", 1, 1 },
	{ "an empty title", "scenario:\n", 1, 10 },
	{ "a tab", "scenario: a\n\tclose 3 -> 0\n", 2, 1 },
	{ "an odd indent", "scenario: a\ntask t\n   close 3 -> 0\n", 3, 4 },
	{ "an indent under nothing", "scenario: a\ntask t\n    close 3 -> 0\n", 3, 5 },
	{ "a string that is not closed", "scenario: a\nbpf \"x\n", 2, 7 },
	{ "an unknown escape", "scenario: a\nbpf \"\\x\"\n", 2, 7 },
	{ "a list that is not closed", "scenario: a\nbpf a=[1, 2\n", 2, 12 },
	{ "a list of lists", "scenario: a\nbpf a=[[1]]\n", 2, 8 },
	{ "a block that is not closed", "scenario: a\nbtf load { struct s {\n}\n", 2, 10 },
	{ "words behind a block", "scenario: a\nbtf load { } x\n", 2, 14 },
	{ "an answer that is missing", "scenario: a\nclose 3 ->\n", 2, 11 },
	{ "an answer to nothing", "scenario: a\n-> 0\n", 2, 5 },
	{ "two words in one", "scenario: a\nclose \"a\"b\n", 2, 10 },
	{ "a comment in a word's place", "scenario: a\nclose a -> b,#c\n", 2, 14 },
	{ "too many braces", "scenario: a\nbtf load {{{{{{{{{{{{{{{{{\n", 2, 26 },
};

static void is_refused(void **state)
{
	const struct form *form = *state;
	struct bemu_scn_where where;
	struct bemu_scn *scn = (void *)form;
	struct bemu_env *env;
	int err;

	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	err = bemu_scn_parse(env, form->text, strlen(form->text), &where, &scn);
	assert_true(err == -EINVAL || err == -E2BIG);
	assert_ptr_equal(scn, form);
	assert_int_equal(where.line, form->line);
	assert_int_equal(where.col, form->col);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

struct print {
	const char *name;
	const char *text;
	const char *canonical; /* NULL: itself */
};

static const struct print prints[] = {
	{ "a title alone", "scenario: a # b\n", NULL },
	{ "words apart", "scenario:   a\nclose   3  ->   0 ,  log   \"x\"\n",
	  "scenario: a\nclose 3    -> 0, log \"x\"\n" },
	{ "answers in the first one's column", "scenario: a\nclose 3     -> 0\nclose 4 -> 0 # x\n",
	  "scenario: a\nclose 3     -> 0\nclose 4     -> 0 # x\n" },
	{ "comments in that column", "scenario: a\ndrain # x\nclose 3   -> 0 #y\n#\n",
	  "scenario: a\ndrain     # x\nclose 3   -> 0 # y\n#\n" },
	{ "empty lines", "\n\n#x\n\n\nscenario: a\n\n\ndrain\n\n",
	  "# x\n\nscenario: a\n\ndrain\n" },
	{ "lists and settings", "scenario: a\nx a=[1,\"b\" , c] d=\"e\" f=g h=\n",
	  "scenario: a\nx a=[1, \"b\", c] d=\"e\" f=g h=\n" },
	{ "a block on one line", "scenario: a\nx {struct  s { int a; };}\n",
	  "scenario: a\nx { struct s { int a; }; }\n" },
	{ "an empty block", "scenario: a\nx {\n\n}\n", "scenario: a\nx { }\n" },
	{ "a block on several lines",
	  "scenario: a\ntask t\n  x { # c\n struct s {\n\n\nint a;  #b\n};\n\n } -> 0\n",
	  "scenario: a\ntask t\n  x {\n    # c\n    struct s {\n\n      int a; # b\n    };\n"
	  "  } -> 0\n" },
	{ "free text", "scenario: a\nexpect finding x:   b, \"c  d # e\n",
	  "scenario: a\nexpect finding x: b, \"c  d # e\n" },
};

static void print_of(struct bemu_env *env, const char *text, struct bemu_buf *out)
{
	struct bemu_scn_where where = { 0 };
	struct bemu_scn *scn = NULL;

	if (bemu_scn_parse(env, text, strlen(text), &where, &scn))
		fail_msg("%u:%u: %s", where.line, where.col, where.text);
	bemu_buf_init(out, env);
	bemu_scn_print(out, scn);
	assert_int_equal(out->err, 0);
	bemu_scn_free(scn);
}

static void prints_canonically(void **state)
{
	const struct print *print = *state;
	const char *want = print->canonical ? print->canonical : print->text;
	struct bemu_buf once, twice;
	struct bemu_env *env;

	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	print_of(env, print->text, &once);
	assert_string_equal(bemu_buf_str(&once), want);
	print_of(env, bemu_buf_str(&once), &twice);
	assert_string_equal(bemu_buf_str(&twice), want);
	bemu_buf_fini(&once);
	bemu_buf_fini(&twice);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

int main(void)
{
	enum { NR = BEMU_ARRAY_SIZE(mistakes) + BEMU_ARRAY_SIZE(prints) };
	struct CMUnitTest tests[NR];
	size_t i, nr = 0;

	for (i = 0; i < BEMU_ARRAY_SIZE(mistakes); i++)
		tests[nr++] = (struct CMUnitTest){ .name = mistakes[i].name,
						   .test_func = is_refused,
						   .initial_state = (void *)&mistakes[i] };
	for (i = 0; i < BEMU_ARRAY_SIZE(prints); i++)
		tests[nr++] = (struct CMUnitTest){ .name = prints[i].name,
						   .test_func = prints_canonically,
						   .initial_state = (void *)&prints[i] };
	return _cmocka_run_group_tests("scenario", tests, nr, NULL, NULL);
}
