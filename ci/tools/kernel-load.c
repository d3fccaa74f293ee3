// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The running kernel's verdict on BPF objects: the installed libbpf opens, loads and closes each in a
 * process of its own with a limit on its time. Nothing is attached or pinned.
 *
 * Usage: kernel-load [-v] OBJECT...     Prints "OBJECT VERDICT ERRNO WHERE" for each:
 *   yes 0 -
 *   no -EINVAL open      libbpf refuses to open it
 *   no -EACCES verifier  the verifier read instructions of a program, one after the other, and refused
 *   no -ESRCH load       anything that comes before: maps, relocation, attach targets, a call's arguments
 *   refused -EPERM load  the kernel lets root load; if it does not, that is the policy of the machine
 *   lost 0 time          the limit ran out, or the process died
 * Exit 0 when every object has a line; 77 when this machine does not let us load anything.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mount.h>
#include <sys/wait.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

enum { TIME_LIMIT = 30 };

static bool verifier_walked, verbose;

/*
 * The verifier's log ends with "processed N insns"; N stays 0 when a program was refused before its
 * instructions were walked: unknown map, kernel function, attach target or opcode.
 */
static void look_at_line(const char *text)
{
	static const char processed[] = "processed ";
	const char *at = text;

	while ((at = strstr(at, processed))) {
		at += sizeof(processed) - 1;
		if (strtoul(at, NULL, 10) > 0)
			verifier_walked = true;
	}
}

static int print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char *text = NULL;

	if (level == LIBBPF_DEBUG || vasprintf(&text, fmt, args) < 0)
		return 0;
	look_at_line(text);
	if (verbose)
		fputs(text, stderr);
	free(text);
	return 0;
}

static const char *errno_name(int err)
{
	static const char *const libbpf[] = {
		"LIBELF", "FORMAT",   "KVERSION", "ENDIAN",   "INTERNAL", "RELOC",  "LOAD",
		"VERIFY", "PROG2BIG", "KVER",	  "PROGTYPE", "WRNGPID",  "INVSEQ", "NLPARSE",
	};
	static char text[64];
	const char *name = strerrorname_np(-err);

	if (name)
		snprintf(text, sizeof(text), "-%s", name);
	else if (err <= -__LIBBPF_ERRNO__START && err > -__LIBBPF_ERRNO__END)
		snprintf(text, sizeof(text), "-LIBBPF_ERRNO__%s",
			 libbpf[-err - __LIBBPF_ERRNO__START]);
	else
		snprintf(text, sizeof(text), "%d", err);
	return text;
}

/*
 * A BPF file system that only this process sees, as a kernel has one after boot: what a map with a pin
 * by name leaves behind goes away with the process.
 */
static bool private_bpffs(void)
{
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL);
}

static void load_one(const char *path)
{
	bool pins = private_bpffs();
	struct bpf_object *obj;
	struct bpf_map *map;
	const char *verdict;
	int err;

	alarm(TIME_LIMIT);
	obj = bpf_object__open_file(path, NULL);
	if (!obj) {
		printf("%s no %s open\n", path, errno_name(-errno));
		return;
	}
	if (!pins) {
		bpf_object__for_each_map(map, obj) bpf_map__set_pin_path(map, NULL);
	}
	err = bpf_object__load(obj);
	bpf_object__close(obj);
	if (!err) {
		printf("%s yes 0 -\n", path);
		return;
	}
	verdict = err == -EPERM && !verifier_walked ? "refused" : "no";
	printf("%s %s %s %s\n", path, verdict, errno_name(err),
	       verifier_walked ? "verifier" : "load");
}

/* A map of four bytes: does bpf(2) answer us at all? */
static bool allowed(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int main(int argc, char **argv)
{
	int i, status;
	pid_t pid;

	if (argc > 1 && !strcmp(argv[1], "-v")) {
		verbose = true;
		argv++;
		argc--;
	}
	if (argc < 2) {
		fprintf(stderr, "usage: kernel-load [-v] OBJECT...\n");
		return 2;
	}
	libbpf_set_print(print);
	if (!allowed()) {
		fprintf(stderr, "kernel-load: bpf(2) is not for us here: %s\n", strerror(errno));
		return 77;
	}
	for (i = 1; i < argc; i++) {
		fflush(stdout);
		pid = fork();
		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (!pid) {
			load_one(argv[i]);
			fflush(stdout);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid)
			return 1;
		if (status)
			printf("%s lost 0 time\n", argv[i]);
	}
	return 0;
}
