/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * bemu sweep A [B]: runs a light skeleton's loader as it is, then once for every call that it makes with
 * that call failing, over tasks whose lowest free FD differs; tells what each run leaves open, closes
 * twice or returns wrong, of two loaders only what differs.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/skel.h"

enum { MAX_LOWEST = 8 };

/** struct outcome - of one run; texts have no FD numbers in @key, so that two can be compared */
struct outcome {
	struct bemu_inject_call call; /* that failed; label "" when none did */
	int err; /* of the load */
	bool wrong;
	char *key; /* all that two runs may differ in */
	char *text; /* lines for the reader: what is wrong */
};

/** struct round - all runs over one lowest FD */
struct round {
	uint32_t lowest_fd;
	uint32_t nr, cap;
	struct outcome *arr;
};

/** struct loader - one that is swept */
struct loader {
	struct bemu_cli_skel_file file;
	struct bemu_skel *skel;
	const char *
		trap; /* what one run did that no verifier lets pass: there are no runs to tell of */
	uint32_t nr_rounds;
	struct round rounds[MAX_LOWEST];
};

struct sweep {
	struct bemu_env *env;
	struct bemu_cli_target target;
	struct bemu_cli_world world;
	uint32_t nr_loaders, nr_lowest;
	struct loader loaders[2];
	uint32_t lowest[MAX_LOWEST];
	bool verbose;
	struct bemu_cli_skel_file next; /* what options say of the loaders named after them */
	const char *pending; /* the last of those, as long as no loader came */
};

enum {
	OPT_LIBBPF = BEMU_CLI_OPT_OWN,
	OPT_LOWEST_FD,
	OPT_LAYOUT,
	OPT_HASH,
	OPT_QUIRK,
	OPT_NO_QUIRK,
};

static const struct option options[] = {
	{ "vmlinux", required_argument, NULL, BEMU_CLI_OPT_VMLINUX },
	{ "module", required_argument, NULL, BEMU_CLI_OPT_MODULE },
	{ "btf-dir", required_argument, NULL, BEMU_CLI_OPT_BTF_DIR },
	{ "kernel", required_argument, NULL, BEMU_CLI_OPT_KERNEL },
	{ "kconfig", required_argument, NULL, BEMU_CLI_OPT_KCONFIG },
	{ "kallsyms", required_argument, NULL, BEMU_CLI_OPT_KALLSYMS },
	{ "libbpf", required_argument, NULL, OPT_LIBBPF },
	{ "lowest-fd", required_argument, NULL, OPT_LOWEST_FD },
	{ "layout", required_argument, NULL, OPT_LAYOUT },
	{ "hash", no_argument, NULL, OPT_HASH },
	{ "quirk", required_argument, NULL, OPT_QUIRK },
	{ "no-quirk", required_argument, NULL, OPT_NO_QUIRK },
	{ "verbose", no_argument, NULL, 'v' },
	{ 0 },
};

/* ---- arguments ---- */

static int add_lowest(struct sweep *sw, const char *text)
{
	uint32_t i, fd;
	int code = bemu_cli_number_option("lowest-fd", text, 0, BEMU_CLI_MAX_FD, &fd);

	if (code)
		return code;
	for (i = 0; i < sw->nr_lowest; i++)
		if (sw->lowest[i] == fd)
			return BEMU_CLI_YES;
	if (sw->nr_lowest == MAX_LOWEST)
		return bemu_cli_usage("sweep: at most %d lowest FDs", MAX_LOWEST);
	sw->lowest[sw->nr_lowest++] = fd;
	return BEMU_CLI_YES;
}

static int add_loader(struct sweep *sw, const char *path)
{
	if (sw->nr_loaders == 2)
		return bemu_cli_usage("sweep: one loader, or two to compare");
	sw->next.path = path;
	sw->pending = NULL;
	sw->loaders[sw->nr_loaders++].file = sw->next;
	return BEMU_CLI_YES;
}

static int one_option(struct sweep *sw, int opt, const char *name)
{
	if (opt == OPT_LIBBPF || (opt >= OPT_LAYOUT && opt <= OPT_NO_QUIRK))
		sw->pending = name;
	switch (opt) {
	case 1: /* no option: a loader, in its place among them */
		return add_loader(sw, optarg);
	case OPT_LIBBPF:
		return bemu_cli_libbpf_option(optarg, &sw->next.libbpf);
	case OPT_LOWEST_FD:
		return add_lowest(sw, optarg);
	case OPT_LAYOUT:
		return bemu_cli_layout_option(optarg, &sw->next.gen.layout);
	case OPT_HASH:
		sw->next.gen.gen_hash = true;
		return BEMU_CLI_YES;
	case OPT_QUIRK:
	case OPT_NO_QUIRK:
		return bemu_cli_quirk_option(optarg, opt == OPT_QUIRK, &sw->next.gen.quirks);
	case 'v':
		sw->verbose = true;
		return BEMU_CLI_YES;
	default:
		return bemu_cli_target_option(sw->env, &sw->target, opt);
	}
}

static int parse_args(struct sweep *sw, int argc, char **argv)
{
	int opt, code, idx = 0;

	opterr = 0;
	optind = 1;
	while ((opt = getopt_long(argc, argv, "-:v", options, &idx)) != -1) {
		if (opt == '?' || opt == ':')
			return bemu_cli_option_error("sweep", opt, argv);
		code = one_option(sw, opt, options[idx].name);
		if (code)
			return code;
	}
	for (; optind < argc; optind++) {
		code = add_loader(sw, argv[optind]);
		if (code)
			return code;
	}
	if (!sw->nr_loaders)
		return bemu_cli_usage("sweep: which loader?");
	if (sw->pending)
		return bemu_cli_usage("sweep: --%s comes before the loader that it is for",
				      sw->pending);
	return bemu_cli_target_check("sweep", &sw->target);
}

/* ---- one run ---- */

/* Is what comes at @at the number of an FD, an instruction or a call? */
static bool is_place(const char *text, const char *at)
{
	static const char *const before[] = { "fd ", "insn ", "call ", "at ", "(" };
	size_t i, len;

	for (i = 0; i < BEMU_ARRAY_SIZE(before); i++) {
		len = strlen(before[i]);
		if ((size_t)(at - text) >= len && !memcmp(at - len, before[i], len))
			return true;
	}
	return false;
}

/* Without the numbers that two loaders may differ in; those in names stay. */
static void add_key(struct bemu_buf *key, const char *text)
{
	const char *at = text;

	while (*at) {
		if (is_place(text, at))
			at += strspn(at, "0123456789");
		if (*at)
			bemu_buf_add(key, at++, 1);
	}
}

static void tell_findings(const struct bemu_cli_skel_run *run, struct bemu_buf *text,
			  struct bemu_buf *key)
{
	const struct bemu_findings *set = bemu_witness_findings(run->witness);
	uint32_t i;

	for (i = 0; i < set->nr; i++) {
		const struct bemu_finding *f = &set->arr[i];

		if (f->root >= 0)
			continue;
		bemu_buf_printf(text, "      %s", bemu_finding_name(f->id));
		if (f->insn_idx >= 0)
			bemu_buf_printf(text, ", insn %d", f->insn_idx);
		bemu_buf_printf(text, ": %s\n", f->summary);
		bemu_buf_printf(key, "; %s: ", bemu_finding_name(f->id));
		add_key(key, f->summary);
	}
}

/*
 * What failed is what the load has to return. A lookup is an exception: a weak symbol may be missing.
 */
static void tell_error(const struct bemu_cli_skel_run *run, const struct bemu_inject_call *failed,
		       struct bemu_buf *text)
{
	if (!failed || run->res.err == failed->err)
		return;
	if (!run->res.err && failed->kind != BEMU_SEEN_BPF)
		return;
	bemu_buf_printf(text, "      errno-mismatch: the load returns %s\n",
			run->res.err ? bemu_cli_errno(run->res.err) : "0");
}

static int keep_outcome(struct sweep *sw, const struct bemu_cli_skel_run *run, struct round *round)
{
	const struct bemu_inject_call *failed =
		run->inject.failed ? &run->inject.calls[run->fail_nr - 1] : NULL;
	struct outcome *out;
	struct bemu_buf text, key;
	int err;

	if (bemu_grow(sw->env, &round->arr, &round->cap, (size_t)round->nr + 1, sizeof(*out)))
		return -ENOMEM;
	out = &round->arr[round->nr];
	memset(out, 0, sizeof(*out));
	if (failed)
		out->call = *failed;
	out->err = run->res.err;
	bemu_buf_init(&text, sw->env);
	bemu_buf_init(&key, sw->env);
	bemu_buf_printf(&key, "returns %s", out->err ? bemu_cli_errno(out->err) : "0");
	tell_error(run, failed, &text);
	tell_findings(run, &text, &key);
	out->wrong = text.len > 0;
	out->text = bemu_strdup(sw->env, bemu_buf_str(&text));
	out->key = bemu_strdup(sw->env, bemu_buf_str(&key));
	err = text.err ? text.err : key.err;
	bemu_buf_fini(&text);
	bemu_buf_fini(&key);
	if (!err && (!out->text || !out->key))
		err = -ENOMEM;
	round->nr += !err;
	return err;
}

/* @nr_calls: receives how many calls of this run could have failed. An exit code. */
static int run_once(struct sweep *sw, struct loader *ld, struct round *round, uint32_t fail_nr,
		    uint32_t *nr_calls)
{
	struct bemu_cli_skel_run run = {
		.env = sw->env,
		.world = &sw->world,
		.skel = ld->skel,
		.libbpf = ld->file.libbpf,
		.lowest_fd = round->lowest_fd,
		.fail_nr = fail_nr,
		.quirks = ld->file.gen.quirks,
		.unnamed = ld->file.insns != NULL,
	};
	int err, code = BEMU_CLI_YES;

	bemu_env_budget(sw->env);
	err = bemu_cli_skel_run(&run);
	if (run.trap)
		ld->trap = run.trap;
	else if (!err)
		err = keep_outcome(sw, &run, round);
	*nr_calls = run.inject.nr;
	if (err)
		code = bemu_cli_fault(ld->file.path, err, bemu_cli_skel_log(&run));
	bemu_cli_skel_run_end(&run);
	bemu_reset(sw->world.em);
	return code;
}

static int run_all(struct sweep *sw, struct loader *ld)
{
	uint32_t i, nr, nr_calls, unused;
	int code;

	code = bemu_cli_skel_read(&ld->file, sw->world.em, &ld->skel);
	bemu_reset(sw->world.em);
	for (i = 0; !code && !ld->trap && i < sw->nr_lowest; i++) {
		struct round *round = &ld->rounds[ld->nr_rounds++];

		round->lowest_fd = sw->lowest[i];
		code = run_once(sw, ld, round, 0, &nr_calls);
		for (nr = 1; !code && !ld->trap && nr <= nr_calls; nr++)
			code = run_once(sw, ld, round, nr, &unused);
	}
	return code;
}

/* ---- telling ---- */

static void print_name(struct bemu_buf *buf, const struct outcome *out)
{
	if (!out->call.label[0]) {
		bemu_buf_printf(buf, "nothing fails");
		return;
	}
	bemu_buf_printf(buf, "%s", out->call.label);
	if (out->call.nth > 1)
		bemu_buf_printf(buf, " (%u)", out->call.nth);
	bemu_buf_printf(buf, " fails with %s", bemu_cli_errno(out->call.err));
}

static void print_outcome(struct bemu_buf *buf, const struct outcome *out)
{
	bemu_buf_printf(buf, "returns %s, %s\n", out->err ? bemu_cli_errno(out->err) : "0",
			out->wrong ? BEMU_CLI_RED "wrong" BEMU_CLI_PLAIN : "clean");
	bemu_buf_printf(buf, "%s", out->text);
}

static bool same_round(const struct round *a, const struct round *b)
{
	uint32_t i;

	for (i = 0; i < a->nr && a->nr == b->nr; i++)
		if (strcmp(a->arr[i].key, b->arr[i].key) ||
		    strcmp(a->arr[i].call.label, b->arr[i].call.label))
			return false;
	return a->nr == b->nr;
}

static uint32_t nr_wrong(const struct round *round)
{
	uint32_t i, nr = 0;

	for (i = 0; i < round->nr; i++)
		nr += round->arr[i].wrong;
	return nr;
}

static void print_round(struct bemu_buf *buf, const struct sweep *sw, const struct round *round)
{
	uint32_t i;

	for (i = 0; i < round->nr; i++) {
		if (!round->arr[i].wrong && !sw->verbose)
			continue;
		bemu_buf_printf(buf, "  %2u  ", i);
		print_name(buf, &round->arr[i]);
		bemu_buf_printf(buf, ": ");
		print_outcome(buf, &round->arr[i]);
	}
}

/* As it is @ld fails: the calls that come after that cannot be made to fail. */
static uint32_t print_unfinished(struct bemu_buf *buf, const struct loader *ld, const char *who)
{
	const struct outcome *out = &ld->rounds[0].arr[0];

	if (!out->err)
		return 0;
	bemu_buf_printf(buf, "as it is, %s fails with %s: later calls were not tried\n", who,
			bemu_cli_errno(out->err));
	return 1;
}

/* How many runs are wrong. */
static uint32_t print_one(struct bemu_buf *buf, const struct sweep *sw)
{
	const struct loader *ld = &sw->loaders[0];
	uint32_t i, wrong = 0, unfinished;

	for (i = 0; i < ld->nr_rounds; i++) {
		const struct round *round = &ld->rounds[i];

		wrong += nr_wrong(round);
		bemu_buf_printf(buf, "lowest free FD %u: %u runs, %u wrong", round->lowest_fd,
				round->nr, nr_wrong(round));
		if (i && same_round(&ld->rounds[0], round)) {
			bemu_buf_printf(buf, ", as with %u\n", ld->rounds[0].lowest_fd);
			continue;
		}
		bemu_buf_printf(buf, "\n");
		print_round(buf, sw, round);
	}
	unfinished = print_unfinished(buf, ld, "the loader");
	bemu_buf_printf(buf, "not checked: the verifier beyond relocation, attaching, running\n");
	if (unfinished)
		bemu_buf_printf(buf, "answer: " BEMU_CLI_RED "NO" BEMU_CLI_PLAIN
				     ", the loader fails as it is\n");
	else if (wrong)
		bemu_buf_printf(buf,
				"answer: " BEMU_CLI_RED "NO" BEMU_CLI_PLAIN
				", %u runs went wrong\n",
				wrong);
	else
		bemu_buf_printf(buf, "answer: " BEMU_CLI_GREEN "yes" BEMU_CLI_PLAIN
				     ", whatever fails, nothing stays open, is closed twice or is "
				     "returned wrong\n");
	return wrong + unfinished;
}

static const struct outcome *find(const struct round *round, const struct outcome *like)
{
	uint32_t i;

	for (i = 0; i < round->nr; i++)
		if (!strcmp(round->arr[i].call.label, like->call.label) &&
		    round->arr[i].call.nth == like->call.nth)
			return &round->arr[i];
	return NULL;
}

static uint32_t print_only(struct bemu_buf *buf, const struct round *here,
			   const struct round *there, char letter)
{
	uint32_t i, nr = 0;

	for (i = 0; i < here->nr; i++) {
		if (find(there, &here->arr[i]))
			continue;
		nr++;
		bemu_buf_printf(buf, "  only %c: ", letter);
		print_name(buf, &here->arr[i]);
		bemu_buf_printf(buf, ": ");
		print_outcome(buf, &here->arr[i]);
	}
	return nr;
}

static uint32_t print_pair(struct bemu_buf *buf, const struct round *a, const struct round *b)
{
	uint32_t i, nr = 0;

	for (i = 0; i < a->nr; i++) {
		const struct outcome *other = find(b, &a->arr[i]);

		if (!other || !strcmp(other->key, a->arr[i].key))
			continue;
		nr++;
		bemu_buf_printf(buf, "  ");
		print_name(buf, &a->arr[i]);
		bemu_buf_printf(buf, "\n    A ");
		print_outcome(buf, &a->arr[i]);
		bemu_buf_printf(buf, "    B ");
		print_outcome(buf, other);
	}
	nr += print_only(buf, a, b, 'A');
	return nr + print_only(buf, b, a, 'B');
}

/* How many runs differ, or could not be compared. */
static uint32_t print_both(struct bemu_buf *buf, const struct sweep *sw)
{
	const struct loader *a = &sw->loaders[0], *b = &sw->loaders[1];
	uint32_t i, nr, unfinished, differ = 0;
	struct bemu_buf body;

	for (i = 0; i < sw->nr_lowest; i++) {
		bemu_buf_init(&body, sw->env);
		nr = print_pair(&body, &a->rounds[i], &b->rounds[i]);
		bemu_buf_printf(buf, "lowest free FD %u: %u and %u runs, %u differ",
				a->rounds[i].lowest_fd, a->rounds[i].nr, b->rounds[i].nr, nr);
		if (i && same_round(&a->rounds[0], &a->rounds[i]) &&
		    same_round(&b->rounds[0], &b->rounds[i]))
			bemu_buf_printf(buf, ", as with %u\n", sw->lowest[0]);
		else
			bemu_buf_printf(buf, "\n%s", bemu_buf_str(&body));
		bemu_buf_fini(&body);
		differ += nr;
	}
	unfinished = print_unfinished(buf, a, "A");
	unfinished += print_unfinished(buf, b, "B");
	bemu_buf_printf(buf, "answer: %s\n",
			differ	     ? "the two differ"
			: unfinished ? "no difference before one fails by itself"
				     : "the two leave the same open, close the same, return the "
				       "same");
	return differ + unfinished;
}

/* How many of the loaders no kernel would run. */
static uint32_t print_trapped(struct bemu_buf *buf, const struct sweep *sw)
{
	uint32_t i, nr = 0;

	for (i = 0; i < sw->nr_loaders; i++) {
		if (!sw->loaders[i].trap)
			continue;
		nr++;
		bemu_buf_printf(buf, "answer: " BEMU_CLI_RED "NO" BEMU_CLI_PLAIN ", %s%s\n",
				sw->nr_loaders == 1 ? ""
				: i		    ? "B: "
						    : "A: ",
				sw->loaders[i].trap);
	}
	return nr;
}

static void print_head(struct bemu_buf *buf, const struct sweep *sw)
{
	const struct bemu_cli_kernel *kernel = sw->world.kernel;
	uint32_t i;

	for (i = 0; i < sw->nr_loaders; i++) {
		const struct loader *ld = &sw->loaders[i];

		if (sw->nr_loaders == 2)
			bemu_buf_printf(buf, "%c  ", 'A' + (int)i);
		bemu_buf_printf(buf,
				"%s: %u instructions, blob of %u bytes, host side as libbpf %s",
				bemu_cli_base_name(ld->file.path), ld->skel->nr_insns,
				ld->skel->data_len,
				bemu_cli_libbpf(bemu_skel_libbpf(ld->skel, ld->file.libbpf)));
		if (ld->file.gen.quirks.on || ld->file.gen.quirks.off) {
			bemu_buf_printf(buf, ", quirks: ");
			bemu_cli_quirks_text(buf, &ld->file.gen.quirks);
		}
		bemu_buf_printf(buf, "\n");
	}
	bemu_buf_printf(buf, "on %s (vmlinux", kernel->name);
	if (kernel->nr_modules)
		bemu_buf_printf(buf, " + %u module%s", kernel->nr_modules,
				kernel->nr_modules == 1 ? "" : "s");
	bemu_buf_printf(buf, "), rules of Linux %s%s\n", bemu_cli_kernel_short(sw->world.profile),
			sw->world.profile_from);
}

static int report(const struct sweep *sw)
{
	struct bemu_buf buf;
	uint32_t nr;
	int code;

	bemu_buf_init(&buf, sw->env);
	print_head(&buf, sw);
	nr = print_trapped(&buf, sw);
	if (!nr)
		nr = sw->nr_loaders == 2 ? print_both(&buf, sw) : print_one(&buf, sw);
	code = bemu_cli_write(&buf, stdout);
	bemu_buf_fini(&buf);
	return code ? code : nr ? BEMU_CLI_NO : BEMU_CLI_YES;
}

int bemu_cli_sweep(int argc, char **argv)
{
	struct bemu_cli_kernel kernel = { 0 };
	struct sweep sw = { .nr_lowest = 2, .lowest = { 0, BEMU_TASK_STD } };
	uint32_t i;
	int code;

	if (bemu_env_new(NULL, NULL, &sw.env))
		return bemu_cli_fault("sweep", -ENOMEM, NULL);
	sw.next.env = sw.env;
	code = parse_args(&sw, argc, argv);
	if (!code)
		code = bemu_cli_target_kernel(sw.env, "sweep", &sw.target, &kernel);
	if (!code)
		code = bemu_cli_world_open(&sw.world, &kernel, sw.target.profile);
	for (i = 0; !code && i < sw.nr_loaders; i++)
		code = run_all(&sw, &sw.loaders[i]);
	if (!code)
		code = report(&sw);
	bemu_cli_world_close(&sw.world);
	bemu_env_free(sw.env);
	return code;
}
