/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The real libbpf against our loader, over the whole corpus: both open, load and close the same object
 * in the same emulated kernel, and must make the same calls with the same bytes and results.
 *
 *   libbpf_compare_1_1 [-G|-H|-T] [-o OBJECT] [-k KERNEL]... [-n REPORTS] [-g] CORPUS
 *     -G  generate light skeletons in place of loads: loader and blob must be the same as well; known
 *         differences are those of release "gen-1.1"
 *     -H  the same, with loaders that check their blob's hash, 1.7
 *     -T  kernels that do not know the tag "arg:ctx", as before v6.8
 *     -o  only objects whose path below CORPUS/obj matches this pattern
 *     -k  kernel profile, more than once for several (default: 6.18 and 6.1)
 *     -n  how many differences to show in full (default 10; 0: all)
 *     -g  also the list of differences by kind, with the objects of each
 *
 * The first profile has the kconfig and kallsyms of CORPUS/obj, and objects are opened as files; the
 * others have no such texts, and objects are opened from memory.
 *
 * Exit code: 0 same but for known differences, 1 not the same, 2 the comparison itself failed, 77 this
 * libbpf is not the release that was asked for.
 *
 * Each pair runs in a process of its own: libbpf keeps what it probed for its life, and crashes on some
 * hostile objects. Ours runs first, so that a crash of libbpf leaves a finished run to judge.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "diff.h"
#include "known.h"
#include "shim.h"
#include "world.h"

enum outcome { SAME, DIFFERENT, FAILED, LIBBPF_CRASHED, OURS_CRASHED, NR_OUTCOMES };
enum { MAX_OBJECTS = 4096, MAX_KERNELS = 16, MAX_PROFILES = 5, MAX_KEYS = 256, MAX_NAMES = 512 };

/* Far more than any object needs: libbpf loops for ever over some. */
enum { MAX_CPU_MS = 500 };

struct group {
	char key[160];
	uint32_t nr;
	char names[MAX_NAMES];
	char *text; /* of the first */
};

static struct {
	const char *version, *pattern;
	uint32_t libbpf;
	uint32_t nr_objects, nr_kernels, nr_profiles;
	char *objects[MAX_OBJECTS]; /* path below CORPUS/obj */
	char *kernel_names[MAX_KERNELS];
	struct lb_kernel kernels[MAX_KERNELS];
	struct lb_kernel with_texts[MAX_KERNELS]; /* the same, with kconfig and kallsyms */
	const char *profiles[MAX_PROFILES];
	struct lb_known_list known;
	uint32_t nr_pairs, nr_known, nr_crashed, nr_same, nr_bad, nr_made;
	uint32_t nr_groups, max_reports;
	struct group groups[MAX_KEYS];
	bool show_groups, generate, gen_hash;
} cmp;

static char *copy_of(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		exit(2);
	return copy;
}

/* inputs */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void find_objects(const char *corpus, const char *below)
{
	char path[4096], name[512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/obj/%s", corpus, below);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		const char *dot = strstr(entry->d_name, ".bpf.o");

		if (!dot || dot[6])
			continue;
		snprintf(name, sizeof(name), "%s%s", below, entry->d_name);
		if (cmp.pattern && fnmatch(cmp.pattern, name, 0))
			continue;
		if (cmp.nr_objects < MAX_OBJECTS)
			cmp.objects[cmp.nr_objects++] = copy_of(name);
	}
	if (dir)
		closedir(dir);
}

static void find_kernels(const char *corpus)
{
	char path[4096];
	struct dirent *entry;
	uint32_t i;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/btf", corpus);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/btf/%s/vmlinux.btf", corpus, entry->d_name);
		if (!access(path, R_OK) && cmp.nr_kernels < MAX_KERNELS)
			cmp.kernel_names[cmp.nr_kernels++] = copy_of(entry->d_name);
	}
	if (dir)
		closedir(dir);
	qsort(cmp.kernel_names, cmp.nr_kernels, sizeof(char *), by_text);
	for (i = 0; i < cmp.nr_kernels; i++) {
		snprintf(path, sizeof(path), "%s/btf/%s", corpus, cmp.kernel_names[i]);
		lb_kernel_read(path, &cmp.kernels[i]);
		snprintf(path, sizeof(path), "%s/obj", corpus);
		cmp.with_texts[i] = cmp.kernels[i];
		lb_kernel_texts(path, &cmp.with_texts[i]);
	}
}

/* one pair, in a child */

static sigjmp_buf after_crash;
static volatile sig_atomic_t in_libbpf;

static void on_crash(int sig)
{
	if (in_libbpf && !vk_in_backend())
		siglongjmp(after_crash, sig);
	_exit(OURS_CRASHED);
}

static void catch_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGVTALRM };
	static char stack[1 << 16];
	struct itimerval limit = { .it_value = { .tv_usec = MAX_CPU_MS * 1000 } };
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK };
	size_t i;

	sigaltstack(&alt, NULL);
	for (i = 0; i < BEMU_ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
	setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

/** struct pairing - a kernel as a profile: the worlds that every child starts from, one a side */
struct pairing {
	const char *kernel, *profile;
	bool from_memory;
	struct bemu *em, *em_ours;
};

static enum outcome run_pair(const struct pairing *on, const struct lb_file *object, FILE *out)
{
	static struct lb_run real, ours;
	struct bemu_buf key, text;
	int err, sig;

	lb_world_add(on->em, object);
	lb_world_add(on->em_ours, object);
	lb_run_init(&ours, on->em_ours);
	ours.generate = cmp.generate;
	ours.gen_hash = cmp.gen_hash;
	err = lb_run_ours(&ours, object, cmp.libbpf, on->from_memory, on->em_ours);
	if (err) {
		fprintf(out, "fault %s\n%s", lb_errno(err), bemu_buf_str(&ours.warnings));
		return FAILED;
	}
	lb_run_init(&real, on->em);
	real.generate = cmp.generate;
	real.gen_hash = cmp.gen_hash;
	bemu_buf_init(&key, ours.env);
	bemu_buf_init(&text, ours.env);
	sig = sigsetjmp(after_crash, 1);
	if (!sig) {
		in_libbpf = 1;
		lb_run_real(&real, object, on->from_memory);
		in_libbpf = 0;
	} else {
		in_libbpf = 0;
		fprintf(out, "libbpf crashed (signal %d); ours: open %d, load %d\n", sig,
			ours.open_err, ours.load_err);
		return LIBBPF_CRASHED;
	}
	if (lb_diff(&real, &ours, &key, &text)) {
		if (ours.gen_insns.len)
			fprintf(out, "made");
		return SAME;
	}
	fprintf(out, "%s\n%s", bemu_buf_str(&key), bemu_buf_str(&text));
	return DIFFERENT;
}

/* Runs a pair; *@text is what the child wrote: key, newline, report. Given to the caller. */
static enum outcome run_child(const struct pairing *on, const struct lb_file *object, char **text)
{
	int pipe_fds[2], status;
	size_t len = 0;
	FILE *out;
	pid_t pid;

	*text = NULL;
	fflush(stdout);
	if (pipe(pipe_fds))
		exit(2);
	pid = fork();
	if (pid < 0)
		exit(2);
	if (!pid) {
		enum outcome outcome;

		close(pipe_fds[0]);
		out = fdopen(pipe_fds[1], "w");
		if (!out)
			_exit(FAILED);
		catch_crashes();
		outcome = run_pair(on, object, out);
		fflush(out);
		_exit((int)outcome);
	}
	close(pipe_fds[1]);
	out = fdopen(pipe_fds[0], "r");
	if (!out)
		exit(2);
	if (getdelim(text, &len, '\0', out) < 0) {
		free(*text);
		*text = NULL;
	}
	fclose(out);
	if (waitpid(pid, &status, 0) != pid)
		exit(2);
	if (WIFSIGNALED(status) && asprintf(text, "killed by signal %d\n", WTERMSIG(status)) < 0)
		exit(2);
	return WIFEXITED(status) && WEXITSTATUS(status) < NR_OUTCOMES
		       ? (enum outcome)WEXITSTATUS(status)
		       : FAILED;
}

/* differences by kind */

static void add_to_group(const char *key, const char *object, const char *kernel,
			 const char *profile, const char *text)
{
	struct group *group;
	size_t used;
	uint32_t i;

	for (i = 0; i < cmp.nr_groups; i++)
		if (!strcmp(cmp.groups[i].key, key))
			break;
	if (i == MAX_KEYS)
		i = MAX_KEYS - 1; /* the last one takes all others */
	group = &cmp.groups[i];
	if (i == cmp.nr_groups) {
		cmp.nr_groups++;
		snprintf(group->key, sizeof(group->key), "%s", key);
		group->text = copy_of(text);
	}
	group->nr++;
	used = strlen(group->names);
	snprintf(group->names + used, sizeof(group->names) - used, " %s(%s,%s)", object, kernel,
		 profile);
}

static int by_count(const void *a, const void *b)
{
	const struct group *ga = a, *gb = b;

	return ga->nr == gb->nr ? strcmp(ga->key, gb->key) : ga->nr < gb->nr ? 1 : -1;
}

static void show_groups(void)
{
	uint32_t i;

	qsort(cmp.groups, cmp.nr_groups, sizeof(cmp.groups[0]), by_count);
	printf("\n## differences by kind\n");
	for (i = 0; i < cmp.nr_groups; i++) {
		const struct group *group = &cmp.groups[i];

		printf("\n# %u x %s\n ", group->nr, group->key);
		printf("%s%s\n%s", group->names,
		       strlen(group->names) == sizeof(group->names) - 1 ? " ..." : "", group->text);
	}
}

/* the whole */

static void judge(const struct pairing *on, const char *name, const struct lb_file *object)
{
	enum outcome outcome;
	char *text, *report;
	struct lb_known *known;

	outcome = run_child(on, object, &text);
	cmp.nr_pairs++;
	if (outcome == SAME) {
		cmp.nr_same++;
		cmp.nr_made += text && !strcmp(text, "made");
		free(text);
		return;
	}
	if (!text || !*text) {
		free(text);
		text = copy_of(outcome == OURS_CRASHED ? "ours crashed\n" : "no report\n");
	}
	report = text + strcspn(text, "\n");
	if (*report)
		*report++ = '\0';
	if (outcome == LIBBPF_CRASHED) {
		cmp.nr_crashed++;
		printf("%s over %s as %s: %s\n", name, on->kernel, on->profile, text);
		free(text);
		return;
	}
	known = outcome == DIFFERENT
			? lb_known_find(&cmp.known, cmp.version, name, on->kernel, text)
			: NULL;
	if (known) {
		cmp.nr_known++;
		free(text);
		return;
	}
	cmp.nr_bad++;
	if (!cmp.max_reports || cmp.nr_bad <= cmp.max_reports)
		printf("%s over %s as %s: %s\n%s", name, on->kernel, on->profile, text, report);
	add_to_group(text, name, on->kernel, on->profile, report);
	free(text);
}

static uint32_t stale_entries(void)
{
	uint32_t i, nr = 0;

	if (cmp.pattern)
		return 0;
	for (i = 0; i < cmp.known.nr; i++) {
		const struct lb_known *known = &cmp.known.entries[i];

		if (known->nr_seen || !lb_known_applies(known, cmp.version))
			continue;
		printf("known difference %s does not show any more: take it out\n", known->id);
		nr++;
	}
	return nr;
}

static void compare_on(const char *corpus, uint32_t kernel, uint32_t profile)
{
	const struct lb_kernel *from = profile ? &cmp.kernels[kernel] : &cmp.with_texts[kernel];
	struct pairing on = {
		.kernel = cmp.kernel_names[kernel],
		.profile = cmp.profiles[profile],
		.from_memory = profile != 0,
		.em = lb_world_new(from, lb_profile(cmp.profiles[profile])),
		.em_ours = lb_world_new(from, lb_profile(cmp.profiles[profile])),
	};
	struct lb_file object;
	char path[4096];
	uint32_t i;

	for (i = 0; i < cmp.nr_objects; i++) {
		snprintf(path, sizeof(path), "%s/obj/%s", corpus, cmp.objects[i]);
		lb_file_read(path, &object);
		judge(&on, cmp.objects[i], &object);
		lb_file_free(&object);
	}
	bemu_free(on.em);
	bemu_free(on.em_ours);
}

static int compare(const char *corpus)
{
	char path[4096];
	uint32_t k, p, stale;

	snprintf(path, sizeof(path), "%s/known-differences.txt", corpus);
	lb_known_read(path, &cmp.known);
	find_objects(corpus, "");
	find_objects(corpus, "hostile/");
	find_kernels(corpus);
	qsort(cmp.objects, cmp.nr_objects, sizeof(char *), by_text);
	if (!cmp.nr_objects || !cmp.nr_kernels) {
		fprintf(stderr, "%s: nothing to compare\n", corpus);
		return 2;
	}
	for (k = 0; k < cmp.nr_kernels; k++)
		for (p = 0; p < cmp.nr_profiles; p++)
			compare_on(corpus, k, p);
	stale = stale_entries();
	if (cmp.show_groups)
		show_groups();
	printf("libbpf %s: %u objects x %u kernels x %u profiles: %u equal, %u known differences, "
	       "%u where libbpf crashes, %u differ\n",
	       cmp.version, cmp.nr_objects, cmp.nr_kernels, cmp.nr_profiles, cmp.nr_same,
	       cmp.nr_known, cmp.nr_crashed, cmp.nr_bad);
	if (cmp.generate)
		printf("%u of the equal ones are loaders, the others are refused alike\n",
		       cmp.nr_made);
	return cmp.nr_bad || stale || (cmp.generate && !cmp.nr_made);
}

static bool right_release(void)
{
	static const struct {
		uint32_t major, minor, libbpf;
		const char *name, *gen_name;
	} releases[] = {
		{ 1, 1, BEMU_LIBBPF_1_1, "1.1", "gen-1.1" },
		{ 1, 5, BEMU_LIBBPF_1_5, "1.5", "gen-1.5" },
		{ 1, 7, BEMU_LIBBPF_1_7, "1.7", "gen-1.7" },
	};
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(releases); i++) {
		if (strcmp(releases[i].name, LB_VERSION))
			continue;
		cmp.version = cmp.generate ? releases[i].gen_name : releases[i].name;
		cmp.libbpf = releases[i].libbpf;
		return libbpf_major_version() == releases[i].major &&
		       libbpf_minor_version() == releases[i].minor;
	}
	return false;
}

int main(int argc, char **argv)
{
	int opt;

	cmp.max_reports = 10;
	while ((opt = getopt(argc, argv, "GHTo:k:n:g")) != -1) {
		switch (opt) {
		case 'o':
			cmp.pattern = optarg;
			break;
		case 'k':
			if (cmp.nr_profiles < MAX_PROFILES)
				cmp.profiles[cmp.nr_profiles++] = optarg;
			break;
		case 'n':
			cmp.max_reports = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'H':
			cmp.gen_hash = true;
			cmp.generate = true;
			break;
		case 'T':
			lb_without_ctx_tags();
			break;
		case 'G':
			cmp.generate = true;
			break;
		case 'g':
			cmp.show_groups = true;
			break;
		default:
			argc = 0;
			break;
		}
	}
	if (argc - optind != 1) {
		fprintf(stderr,
			"usage: %s [-G|-H|-T] [-o OBJECT] [-k KERNEL]... [-n REPORTS] [-g] CORPUS\n",
			argv[0]);
		return 2;
	}
	if (!cmp.nr_profiles) {
		cmp.profiles[cmp.nr_profiles++] = "6.18";
		cmp.profiles[cmp.nr_profiles++] = "6.1";
	}
	if (!right_release()) {
		printf("this is libbpf %s, not " LB_VERSION ": skipped\n", libbpf_version_string());
		return 77;
	}
	return compare(argv[optind]);
}
