// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: a text is refused with line and column, or it is a scenario whose canonical text prints as
 * itself; and running it ends, within its budget, with the same trace each time.
 *
 * Input: the text of a scenario. Steps that name files are refused.
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "hunt.h"
#include "scenario/run.h"

enum { MAX_MEMORY = 64 << 20 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct fuzz_input none = { 0 };

	(void)argc;
	(void)argv;
	fuzz_warm(fuzz_env(&none));
	return 0;
}

static struct bemu_scn *parse(struct bemu_env *env, const char *text, size_t len)
{
	struct bemu_scn *scn = (struct bemu_scn *)-1;
	struct bemu_scn_where where = { 0 };
	int err = bemu_scn_parse(env, text, len, &where, &scn);

	if (!err)
		return scn;
	FUZZ_CHECK(scn == (struct bemu_scn *)-1);
	FUZZ_CHECK(err == -EINVAL || err == -E2BIG || err == -ENOMEM || err == -EDQUOT);
	FUZZ_CHECK(err != -EINVAL || (where.line && where.text[0]));
	return NULL;
}

/* What is printed is a scenario, and prints as itself. */
static void check_print(struct bemu_env *env, const struct bemu_scn *scn)
{
	struct bemu_buf once, twice;
	struct bemu_scn *again;

	bemu_buf_init(&once, env);
	bemu_buf_init(&twice, env);
	bemu_scn_print(&once, scn);
	if (!once.err) {
		again = parse(env, bemu_buf_str(&once), once.len);
		FUZZ_CHECK(again || env->fault);
		if (again) {
			bemu_scn_print(&twice, again);
			FUZZ_CHECK(env->fault ||
				   (once.len == twice.len &&
				    (!once.len || !memcmp(once.data, twice.data, once.len))));
			bemu_scn_free(again);
		}
	}
	bemu_buf_fini(&once);
	bemu_buf_fini(&twice);
}

static void on_unmet(void *ctx, uint32_t line, long ret)
{
	(void)ctx;
	(void)line;
	(void)ret;
}

static void on_found(void *ctx, const struct bemu_finding *finding, uint32_t line, bool expected)
{
	(void)ctx;
	(void)line;
	(void)expected;
	fuzz_found_one(finding);
}

/* In a hunt a scenario says which quirks it has, behind its title. */
static void put_text(struct bemu_buf *text, const struct fuzz_input *in)
{
	const uint8_t *end = in->size ? memchr(in->data, '\n', in->size) : NULL;
	size_t title = end ? (size_t)(end - in->data) + 1 : in->size;
	const struct bemu_quirks set = fuzz_quirks();
	uint32_t i;

	bemu_buf_add(text, in->data, title);
	for (i = 0; i < BEMU_NR_QUIRKS; i++)
		if (fuzz_hunting() && fuzz_is_hunted(i))
			bemu_buf_printf(text, "%s %s\n", set.on >> i & 1 ? "quirk" : "no-quirk",
					bemu_quirk_info(i)->id);
	bemu_buf_add(text, in->data + title, in->size - title);
}

static int run(struct bemu_env *env, const struct bemu_scn *scn, struct bemu_buf *trace)
{
	static const struct bemu_scn_watch watch = { .unmet = on_unmet, .found = on_found };
	struct bemu_scn_opts opts = { .size = sizeof(opts),
				      .max_memory = MAX_MEMORY,
				      .audit_each = fuzz_hunting(),
				      .watch = fuzz_hunting() ? &watch : NULL,
				      .trace = trace };
	struct bemu_scn_where where = { 0 };
	struct bemu_scn_result res = { 0 };
	int err = bemu_scn_run(env, scn, &opts, &where, &res);

	FUZZ_CHECK(!err || err == -EINVAL || err == -EOPNOTSUPP || err == -ENOMEM ||
		   err == -EDQUOT);
	if (!err && !res.nr_unmet)
		fuzz_outcome = FUZZ_ACCEPT;
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bemu_buf first, second, text;
	struct bemu_scn *scn;
	struct bemu_env *env;
	struct fuzz_input in;
	int err;

	fuzz_input_init(&in, data, size);
	fuzz_outcome = FUZZ_REJECT;
	env = fuzz_env(&in);
	bemu_buf_init(&text, env);
	put_text(&text, &in);
	scn = text.err ? NULL : parse(env, bemu_buf_str(&text), text.len);
	if (scn) {
		check_print(env, scn);
		bemu_buf_init(&first, env);
		bemu_buf_init(&second, env);
		env->fault = 0;
		err = run(env, scn, &first);
		if (!err && !env->fault && fuzz_twice(&in)) {
			FUZZ_CHECK(run(env, scn, &second) == err || env->fault);
			FUZZ_CHECK(env->fault ||
				   (first.len == second.len &&
				    (!first.len || !memcmp(first.data, second.data, first.len))));
		}
		bemu_buf_fini(&first);
		bemu_buf_fini(&second);
		bemu_scn_free(scn);
	}
	bemu_buf_fini(&text);
	fuzz_env_done(env);
	fuzz_input_fini(&in);
	return 0;
}
